/* python_stream.h: one call of Python functions, between an operator and a worker process: batches in, batches out.
 *
 * A spec is made once for an operator, a stream for each of its workers. A stream runs calls one after the other: begin, then
 * tables (append, end_table) in groups or one for all, then end; results are taken at any time. For values that belong to
 * rows (EVAL, AGGREGATE, WINDOW) these rows are kept beside and put together with the results again, in order.
 * Nothing here waits: append takes what finds room, next says whether something came; both work through `execution->wake`.
 */
#ifndef VONK_EXEC_PYTHON_STREAM_H
#define VONK_EXEC_PYTHON_STREAM_H

#include "column/ipc.h"
#include "exec/execution_internal.h"
#include "exec/python_pool.h"
#include "kernel/scratch.h"

/* Where a function finds an argument: a column of its input, or -1 and a name. */
struct vonk_python_argument {
  int32_t column;
  struct vonk_str name;
};

struct vonk_python_spec {
  struct vonk_python_pool *pool;
  const struct vonk_relation_python *plan;
  int64_t eval_type;
  const struct vonk_type *inputs[2];    /* STRUCT of the columns of a table; [1]: of the second one of a co-group */
  const struct vonk_type *output;       /* STRUCT of the result's columns */
  bool wraps_input, wraps_output;       /* the columns are fields of one column */
  struct vonk_ipc_options ipc;
  struct vonk_str schemas[2];           /* messages: what a table begins with */
  struct vonk_str call;                 /* the payload of CALL; the partition stands at byte 4 */
};

/* FUNCTIONS (of PLAN) in the columns that ARGUMENTS[i] say; on the task's arena. INPUT_COUNT tables. */
STATUS vonk_python_spec_init(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation_python *plan,
                             const struct vonk_type *const *inputs, uint32_t input_count, struct vonk_python_argument *const *arguments,
                             const uint32_t *argument_counts, struct vonk_python_spec *out);

struct vonk_python_stream;
/* KEPT_COUNT columns of the rows beside; 0: results stand for themselves. */
STATUS vonk_python_stream_create(struct vonk_context *context, const struct vonk_python_spec *spec, uint32_t kept_count, struct vonk_python_stream **out);
/* Takes NULL. */
void vonk_python_stream_destroy(struct vonk_python_stream *stream);

/* A call for the visible partition. None is running. */
STATUS vonk_python_begin(struct vonk_context *context, struct vonk_python_stream *stream, uint32_t partition);
bool vonk_python_is_running(const struct vonk_python_stream *stream);
/* So many tables follow as one group. */
STATUS vonk_python_begin_group(struct vonk_context *context, struct vonk_python_stream *stream, uint32_t tables);
/* Live rows of BATCH (the columns of table TABLE) from *POSITION on, as many as there is room for. */
STATUS vonk_python_append(struct vonk_context *context, struct vonk_python_stream *stream, uint32_t table, const struct vonk_batch *batch, uint32_t *position);
/* What was appended goes out now. */
STATUS vonk_python_flush(struct vonk_context *context, struct vonk_python_stream *stream);
STATUS vonk_python_end_table(struct vonk_context *context, struct vonk_python_stream *stream, uint32_t table);
/* No more input. The call runs until its results are taken. */
STATUS vonk_python_end(struct vonk_context *context, struct vonk_python_stream *stream);
/* There is room for a table's beginning or end, or a few rows. */
bool vonk_python_has_room(struct vonk_python_stream *stream);
/* Rows that were kept and have no result yet. */
uint64_t vonk_python_waiting(const struct vonk_python_stream *stream);

/* Rows to be put beside results: a copy of the live rows of BATCH. */
STATUS vonk_python_keep(struct vonk_context *context, struct vonk_python_stream *stream, const struct vonk_batch *batch);
/* The next rows: those kept and the results, valid until the next call; false when none have come. */
STATUS vonk_python_next(struct vonk_context *context, struct vonk_python_stream *stream, struct vonk_batch *out, bool *came);

#endif
