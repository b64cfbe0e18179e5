/* pipeline.h: chains of operators from sources to one sink.
 *
 * A pipeline has branches, each a source and the transforms behind it, that feed one sink; union gives several, and so does
 * an outer join (what found no match comes from a branch of its own). Branches run one behind the other. A pipeline starts
 * when those it depends on have ended; what has not started may change.
 *
 * Work is cut into units that the data fix. Workers claim them in order; batch.unit numbers them through over all branches,
 * and one unit is read by one worker, so the number and the order of arrival order all rows of the pipeline. `floor` says
 * which units are complete, so that order-exact sinks may let rows go.
 */
#ifndef VONK_EXEC_PIPELINE_H
#define VONK_EXEC_PIPELINE_H

#include "exec/operator.h"
#include "exec/scheduler.h"

struct vonk_branch {
  struct vonk_operator *source;
  struct vonk_operator **transforms;
  uint32_t transform_count;
  uint32_t partition_base;       /* set when the pipeline starts */
};

enum { VONK_PIPELINE_DEPENDENTS_MAX = 64 };

struct vonk_pipeline {
  struct vonk_execution *execution;
  struct vonk_operator *sink;
  struct vonk_operator *input;            /* the root of the operators that run in it */
  struct vonk_branch *branches;
  uint32_t branch_count, branch_capacity;
  uint32_t partition_count;               /* visible partitions of what reaches the sink, known when */
  _Atomic bool numbered;                  /* it has started */
  struct vonk_pipeline *dependents[VONK_PIPELINE_DEPENDENTS_MAX]; /* those that wait for this one */
  uint32_t dependent_count;
  uint32_t waiting_for;                   /* pipelines not ended yet */
  bool started;
  struct vonk_pipeline *next;             /* in the execution */

  /* While running. */
  uint32_t phase;                         /* pipeline.c */
  uint32_t branch;                        /* the current one */
  uint64_t unit_base;                     /* units of the branches before */
  _Atomic uint64_t next_unit;             /* unit_base and the units claimed of the current branch */
  _Atomic uint64_t unit_end;
  _Atomic bool branch_stopped, stopped;   /* DONE was answered: claim no more */
  _Atomic uint32_t drain_from;            /* transforms before this one need not give what they keep */
  struct vonk_pipeline_worker **workers;
  _Atomic uint32_t worker_count;          /* stands when the workers do: readers of the floor come at any time */
  _Atomic uint32_t active_workers;
  _Atomic uint32_t next_part;
  _Atomic bool input_ended;
};

/* Makes workers and submits them. */
STATUS vonk_pipeline_start(struct vonk_task *task, struct vonk_pipeline *pipeline);
/* No row of a unit below comes any more. It never falls; UINT64_MAX when the pipeline's input has ended. */
uint64_t vonk_pipeline_floor(const struct vonk_pipeline *pipeline);
/* Units claimed so far and in all, of the current branch. */
void vonk_pipeline_progress(const struct vonk_pipeline *pipeline, uint64_t *done, uint64_t *total);

#endif
