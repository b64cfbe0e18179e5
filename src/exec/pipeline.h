/* pipeline.h: chains of operators from sources to one sink.
 *
 * A pipeline has branches, each a source and the transforms behind it, that feed one sink; union gives several, and so does
 * an outer join (what found no match comes from a branch of its own). Branches run one behind the other. A pipeline starts
 * when those it depends on have ended; what has not started may change.
 *
 * Work is cut into units that the data fix. Workers claim them in order; the number of a unit, together with that of its
 * branch, and a row's position in it order all rows of the pipeline: batch.unit and batch.first_row. `floor` says which
 * units are complete, so that order-exact sinks may let rows go.
 */
#ifndef VONK_EXEC_PIPELINE_H
#define VONK_EXEC_PIPELINE_H

#include "exec/operator.h"
#include "exec/scheduler.h"

enum { VONK_UNIT_BRANCH_SHIFT = 40 };

struct vonk_branch {
  struct vonk_operator *source;
  struct vonk_operator **transforms;
  uint32_t transform_count;
  uint32_t partition_base;
};

struct vonk_pipeline {
  struct vonk_execution *execution;
  struct vonk_operator *sink;
  struct vonk_branch *branches;
  uint32_t branch_count, branch_capacity;
  struct vonk_pipeline *dependents[64];   /* pipelines that wait for this one */
  uint32_t dependent_count;
  uint32_t waiting_for;                   /* pipelines not ended yet */
  bool started, ended;

  /* While running. */
  uint32_t branch;                        /* the current one */
  _Atomic uint32_t next_unit;             /* of the current branch's source */
  _Atomic bool stopped;                   /* a DONE was answered: claim no more */
  struct vonk_pipeline_worker **workers;
  uint32_t worker_count;
  _Atomic uint32_t active_workers;
  uint32_t phase;                         /* enum in pipeline.c */
  _Atomic uint32_t next_part;
  struct vonk_pipeline *next;             /* in the execution */
};

/* Makes workers and submits them; the engine's lock is not held. */
STATUS vonk_pipeline_start(struct vonk_pipeline *pipeline);
/* The lowest unit (branch included) that may still get rows; UINT64_MAX when the pipeline's input has ended. */
uint64_t vonk_pipeline_floor(const struct vonk_pipeline *pipeline);
/* The pipeline that a sink's workers run in. */
void vonk_pipeline_close_workers(struct vonk_pipeline *pipeline);

#endif
