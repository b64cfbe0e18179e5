/* operator.h: what a physical operator is: one const struct of functions, one file in exec/op/, one line in registry.def.
 *
 * An operator plays one or more roles in pipelines (pipeline.h): it yields batches (SOURCE: pull), passes them on
 * (TRANSFORM: push) or takes them in (SINK: absorb, combine, finish). A hash join is the sink of the pipeline that builds,
 * a transform of the one that probes, and a source of what stayed without a match. Shared state lies behind struct
 * vonk_operator; what a worker needs lies in the object its open_worker makes, one for each role.
 *
 * Calls are resumable: the position lives in the worker's state and a call returns after a batch, or with BLOCKED when it
 * has to wait; compute threads never sleep.
 */
#ifndef VONK_EXEC_OPERATOR_H
#define VONK_EXEC_OPERATOR_H

#include <stdatomic.h>

#include "column/batch.h"
#include "exec/event.h"
#include "plan/relation.h"

struct vonk_execution;
struct vonk_operator;
struct vonk_pipeline;

enum vonk_role { VONK_ROLE_SOURCE, VONK_ROLE_TRANSFORM, VONK_ROLE_SINK };

enum vonk_step {
  VONK_STEP_NEED_INPUT,  /* the input is used up. pull: this unit has ended. push: OUT may hold a last batch (row_count > 0) */
  VONK_STEP_HAVE_OUTPUT, /* OUT holds a batch; call again without input for more */
  VONK_STEP_BLOCKED,     /* nothing was taken: wait for the event in the context, then repeat the call */
  VONK_STEP_DONE,        /* nothing more is wanted of any worker of this pipeline; OUT may hold a last batch */
};

/* Where a call runs. One for each worker of a pipeline. */
struct vonk_context {
  struct vonk_task task;             /* its arena lives as long as the worker */
  struct vonk_execution *execution;
  struct vonk_pipeline *pipeline;
  uint32_t worker;                   /* number in the pipeline */
  uint32_t unit;                     /* SOURCE: the one to read, numbered within the source */
  uint64_t deadline_ns;              /* end of the time slice */
  struct vonk_event *wait_event;     /* BLOCKED: what to wait for, */
  uint64_t wait_ticket;              /* and its ticket from before the condition was tested */
};

/* Written by workers with relaxed atomics, read by EXPLAIN ANALYZE and the progress bar. */
struct vonk_operator_metrics {
  _Atomic uint64_t rows;             /* that came out */
  _Atomic uint64_t batches;
  _Atomic uint64_t time_ns;          /* summed over workers; only with options.analyze or timed */
  _Atomic uint64_t spill_bytes;
};

/* Whether the order of an input's rows can be told from the answer. Where it cannot, hash tables may give rows as they lie. */
enum vonk_order_use {
  VONK_ORDER_PASSED_ON, /* as far as that of the operator's own rows can */
  VONK_ORDER_USED,      /* which rows or values come out depends on it: LIMIT, first, windows over ties */
  VONK_ORDER_UNUSED,
};

enum { VONK_FINISH_PLAN = UINT32_MAX, VONK_FINISH_END = UINT32_MAX - 1 };

struct vonk_operator_type {
  const char *name;                  /* as EXPLAIN shows it: "HashAggregate" */
  const struct vonk_node_type *relation;
  /* NULL: every relation of that kind. Types are asked in the order of the registry. */
  bool (*accepts)(const struct vonk_relation *relation);
  /* Makes the operator on the execution's arena with vonk_operator_create; children and pipelines come later. Compiles
   * programs, opens scans. */
  STATUS (*open)(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation, struct vonk_operator **out);
  /* NULL: no state. Close takes NULL. */
  STATUS (*open_worker)(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state);
  void (*close_worker)(struct vonk_operator *op, enum vonk_role role, void *state);
  /* SOURCE: the next batch of context->unit. Units are numbered 0..op->unit_count-1 and claimed in that order. OUT's tag
   * is set by the pipeline but for first_row, row_origin and partition; batch.unit counts units over all branches. */
  STATUS (*pull)(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step);
  /* TRANSFORM: IN is NULL when the last answer was HAVE_OUTPUT. OUT starts zeroed, with the tag of the input. */
  STATUS (*push)(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                 struct vonk_batch *out, enum vonk_step *step);
  /* TRANSFORM that keeps rows back: the unit has ended (LAST: all that this worker gets of the branch). HAVE_OUTPUT: OUT holds a batch and
   * there may be more; NEED_INPUT: nothing is kept any more, but for a LAST to come. OUT starts zeroed, without a tag. NULL: nothing is kept. */
  STATUS (*drain)(struct vonk_context *context, struct vonk_operator *op, void *state, bool last, struct vonk_batch *out, enum vonk_step *step);
  /* SINK: NEED_INPUT, BLOCKED or DONE. */
  STATUS (*absorb)(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step);
  /* SINK: the worker has no more input: hands its state to the shared one. */
  STATUS (*combine)(struct vonk_context *context, struct vonk_operator *op, void *state);
  /* SINK, when all workers combined: PART is VONK_FINISH_PLAN once (it may set op->finish_count), then 0..finish_count-1
   * by any workers at once, then VONK_FINISH_END once (a source sets op->unit_count). NULL: nothing to do. */
  STATUS (*finish)(struct vonk_context *context, struct vonk_operator *op, uint32_t part);
  /* Frees what is shared; the struct itself is the arena's. NULL: nothing. */
  void (*close)(struct vonk_operator *op);
};

enum vonk_operator_shape {
  VONK_SHAPE_SOURCE,    /* no children */
  VONK_SHAPE_TRANSFORM, /* one child in the same pipeline */
  VONK_SHAPE_BREAKER,   /* sink of the child's pipeline, source of its own */
  VONK_SHAPE_JOIN,      /* child[probe] streams through; the other is built first */
  VONK_SHAPE_UNION,     /* all children feed the same pipeline, one behind the other */
  VONK_SHAPE_READER,    /* reads what STORE, a breaker that others may read too, holds */
};

/* The head of every operator. */
struct vonk_operator {
  const struct vonk_operator_type *type;
  struct vonk_execution *execution;
  const struct vonk_relation *relation;
  enum vonk_operator_shape shape;
  struct vonk_operator **children;   /* made by the planner from INPUTS */
  uint32_t child_count;              /* and of inputs */
  const struct vonk_relation *const *inputs; /* relations of the children, set by open */
  struct vonk_operator *store;       /* READER */
  struct vonk_pipeline *feeding;     /* of a store: the pipeline that fills it */
  uint32_t probe_child;              /* JOIN: 0 or 1 */
  bool ordered;                      /* the order of its rows can be told from the query's answer; set before `open` returns */
  bool partitioned;                  /* the visible partitions of its rows can be told, likewise */
  enum vonk_order_use order_use[2];  /* of the inputs; those behind the second are as the second. Set by open */
  bool is_local;                     /* evaluates over local rows at once, as Spark does before it makes partitions of them */
  bool uses_partitions;              /* its own rows depend on the visible partitions of its input. Set by open, or for its expressions */
  bool emits_unmatched;              /* JOIN: is a source too, when probing has ended, */
  bool emits_spilled;                /* if only when memory was short */
  bool one_worker;                   /* order of input matters more than speed: the pipeline runs in one worker */
  _Atomic uint32_t unit_count;       /* SOURCE: known before its pipeline starts */
  uint32_t partition_count;          /* SOURCE: visible partitions of its rows, known before its pipeline starts */
  bool zips;                         /* UNION: partitions of all inputs with the same number are one, if all have as many */
  uint32_t partition_limit;          /* TRANSFORM: its rows have as many visible partitions at the most; 0: as the input */
  uint32_t first_partition;          /* set when its pipeline starts: its input's partitions begin with this number, */
  uint32_t input_partitions;         /* and there are so many */
  uint32_t finish_count;
  struct vonk_operator_metrics metrics;
  struct vonk_budget *budget;        /* of its own, under the query's: only with options.analyze, else NULL */
  bool is_timed;
  struct vonk_operator *next;        /* in the execution's list */
};

/* The operator of RELATION with all below it. Operators that stand for a combination of others (DISTINCT is a group-by) make
 * that relation in their `open` and answer its operator. */
STATUS vonk_operator_make(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out);
/* INPUTS (COUNT of them, copied) become OP's children. */
void vonk_operator_set_inputs(struct vonk_operator *op, struct vonk_relation *const *inputs, uint32_t count);
/* SIZE bytes, zeroed, with struct vonk_operator first, on the execution's arena. */
struct vonk_operator *vonk_operator_create(struct vonk_execution *execution, const struct vonk_operator_type *type,
                                           const struct vonk_relation *relation, enum vonk_operator_shape shape, size_t size);

/* Ids of a relation's columns, for programs over its rows. */
struct vonk_ids vonk_relation_ids(struct vonk_arena *arena, const struct vonk_relation *relation);

#endif
