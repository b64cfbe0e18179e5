/* query.h: runs a resolved relation and hands out its rows, in order, with bounded buffering.
 *
 *   TRY(vonk_exec_start(task, engine, relation, &options, &execution));
 *   while (!(TRY..., vonk_execution_next(execution, &batch)), batch.row_count) ...
 *   vonk_execution_destroy(execution);
 */
#ifndef VONK_EXEC_QUERY_H
#define VONK_EXEC_QUERY_H

#include "column/batch.h"
#include "exec/operator.h"
#include "exec/scheduler.h"

struct vonk_partitioning;
struct vonk_python_pool;
struct vonk_write_spec;

struct vonk_exec_options {
  uint32_t weight;                  /* of the session; 0 is 1 */
  uint64_t memory_limit;            /* of this query; 0: none of its own */
  struct vonk_budget *budget;       /* to charge, which outlives the execution; NULL: one of its own */
  uint32_t force_spill;             /* vonk.debug.forceSpill: every n-th grant is refused; 0 off */
  bool dictionaries;                /* vonk.debug.dictionaries: literal rows come encoded */
  const struct vonk_partitioning *partitioning; /* copied; NULL: as without settings */
  bool analyze;                     /* take time and memory per operator; */
  bool timed;                       /* time alone */
  bool plan_only;                   /* operators are made and nothing runs: there are no rows */
  bool partitions;                  /* visible partitions can be told: rows come with theirs, and they can be counted */
  struct vonk_python_pool *python;  /* of the session; NULL: functions in Python are refused */
  const struct vonk_write_spec *write; /* the rows go there (write.h), not to _next; borrowed */
};

/* RELATION must outlive the execution. Errors of planning (missing files) come from here, those of running from _next. */
STATUS vonk_exec_start(struct vonk_task *task, struct vonk_engine *engine, const struct vonk_relation *relation,
                       const struct vonk_exec_options *options, struct vonk_execution **out);
/* The next rows in the order of the plan; row_count 0 at the end. Valid until the next call. Waits; the caller is not a worker. Errors are copied to TASK. */
STATUS vonk_execution_next(struct vonk_task *task, struct vonk_execution *execution, struct vonk_batch *out);
/* With options.write: waits for the end of all. */
STATUS vonk_execution_run(struct vonk_task *task, struct vonk_execution *execution);
/* With options.partitions or options.write: how many visible partitions the rows have. Waits until what decides that has run, the
 * rows themselves need not. */
STATUS vonk_execution_partition_count(struct vonk_task *task, struct vonk_execution *execution, uint32_t *out);
/* From any thread; returns at once. */
void vonk_execution_cancel(struct vonk_execution *execution);
/* Cancels, waits for the workers (at most a slice) and frees. Takes NULL. */
void vonk_execution_destroy(struct vonk_execution *execution);

/* Units done and in all of what runs now, for the progress bar. */
void vonk_execution_progress(const struct vonk_execution *execution, uint64_t *done, uint64_t *total);

#endif
