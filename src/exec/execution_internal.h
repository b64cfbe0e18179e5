/* execution_internal.h: one running query, shared by planner, pipelines and the result. */
#ifndef VONK_EXEC_EXECUTION_INTERNAL_H
#define VONK_EXEC_EXECUTION_INTERNAL_H

#include "exec/partitioning.h"
#include "exec/pipeline.h"
#include "exec/query.h"

struct vonk_execution {
  struct vonk_engine *engine;
  struct vonk_exec_options options;
  struct vonk_arena *arena;        /* operators, pipelines; written only while planning */
  struct vonk_budget *budget;
  const struct vonk_files *files;    /* of the task that started it */
  struct vonk_cancel cancel;
  struct vonk_job_queue queue;
  struct vonk_operator *operators; /* all, latest first */
  struct vonk_operator *root;
  struct vonk_operator *result;    /* the sink of the last pipeline */
  struct vonk_pipeline *pipelines;
  struct vonk_pipeline *last;      /* the one that ends in the result */
  uint32_t worker_limit;
  struct vonk_partitioning partitioning;
  struct vonk_runtime_slot *slots; /* runtime_filter.h */
  bool ordered, partitioned;       /* while planning: of the operator that is made next */
  const struct vonk_relation *visible; /* while planning: this has its visible partitions already (visible.h) */
  struct vonk_operator *stores;    /* of shared results (op/shared.c) */

  struct vonk_mutex lock;          /* of what follows */
  struct vonk_error error;         /* the first */
  enum vonk_status status;         /* of the whole */
  uint32_t open_pipelines;         /* started and not ended */
  struct vonk_event changed;       /* for the reader: rows, end, failure */
  struct vonk_event wake;          /* for blocked workers */
  _Atomic bool ended;              /* nothing runs any more */
  _Atomic bool failed;
};

/* The first failure counts; wakes everything up. */
void vonk_execution_fail(struct vonk_execution *execution, enum vonk_status status, const struct vonk_error *error);
/* A pipeline has ended: starts those that waited for it. */
void vonk_execution_pipeline_ended(struct vonk_execution *execution, struct vonk_pipeline *pipeline);

/* plan.c: operators and pipelines for RELATION; the last pipeline's sink is RESULT. */
STATUS vonk_execution_plan(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation);

#define VONK_OPERATOR(name) extern const struct vonk_operator_type vonk_operator_##name;
#include "exec/registry.def"
#undef VONK_OPERATOR

/* result.c */
struct vonk_operator *vonk_result_create(struct vonk_execution *execution, struct vonk_pipeline *pipeline);
STATUS vonk_result_next(struct vonk_task *task, struct vonk_operator *result, struct vonk_batch *out);

#endif
