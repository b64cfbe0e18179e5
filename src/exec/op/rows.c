/* rows.c: literal rows (VALUES, a SELECT without FROM), or batches stored earlier. */
#include "exec/execution_internal.h"
#include "exec/stored_batches.h"
#include "expr/program.h"

struct rows {
  struct vonk_operator op;
  const struct vonk_stored_batches *batches;
  struct vonk_builder *builders;
  struct vonk_column *columns;
  uint32_t row_count;
};

static STATUS build_literals(struct vonk_task *task, struct rows *rows, const struct vonk_relation_rows *plan) {
  uint32_t columns = plan->relation.column_count;
  rows->builders = ARENA_ARRAY(task->arena, struct vonk_builder, columns + 1);
  rows->columns = ARENA_ARRAY(task->arena, struct vonk_column, columns + 1);
  rows->row_count = plan->rows.count;
  for (uint32_t c = 0; c < columns; c++) {
    TRY(vonk_builder_init(task, &rows->builders[c], plan->relation.columns[c].type));
    for (uint32_t r = 0; r < rows->row_count; r++) {
      const struct vonk_expr_call *call = EXPR_AS(plan->rows.items[r], call);
      ASSERT(call && call->arguments.count == columns);
      struct vonk_value value;
      TRY(vonk_expr_fold(task, call->arguments.items[c], &value));
      TRY(vonk_builder_add_value(task, &rows->builders[c], &value));
    }
    TRY(vonk_builder_finish(task, &rows->builders[c], &rows->columns[c]));
  }
  return VONK_OK;
}

static STATUS rows_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                        struct vonk_operator **out) {
  const struct vonk_relation_rows *plan = (const struct vonk_relation_rows *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_rows, relation, VONK_SHAPE_SOURCE, sizeof(struct rows));
  struct rows *rows = (struct rows *)op;
  rows->batches = plan->batches;
  if (rows->batches) {
    atomic_store(&op->unit_count, rows->batches->count);
  } else {
    TRY(build_literals(task, rows, plan));
    atomic_store(&op->unit_count, (rows->row_count + VONK_BATCH_ROWS - 1) / VONK_BATCH_ROWS);
  }
  *out = op;
  return VONK_OK;
}

static STATUS rows_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)role;
  *state = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count + 1);
  return VONK_OK;
}

/* A unit is one batch. Literal columns of more rows are cut at whole words, so that all pointers just move. */
static STATUS rows_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct rows *rows = (struct rows *)op;
  *step = VONK_STEP_NEED_INPUT;
  if (rows->batches) {
    *out = rows->batches->items[context->unit]->batch;
    return VONK_OK;
  }
  uint32_t first = context->unit * VONK_BATCH_ROWS, left = rows->row_count - first;
  struct vonk_column *columns = state;
  for (uint32_t c = 0; c < op->relation->column_count; c++) columns[c] = vonk_column_from(&rows->columns[c], first, context->task.arena);
  out->columns = columns;
  out->column_count = op->relation->column_count;
  out->row_count = out->live_count = left < VONK_BATCH_ROWS ? left : VONK_BATCH_ROWS;
  return VONK_OK;
}

static void rows_close(struct vonk_operator *op) {
  struct rows *rows = (struct rows *)op;
  for (uint32_t c = 0; rows->builders && c < op->relation->column_count; c++) {
    if (rows->builders[c].type) vonk_builder_deinit(&rows->builders[c]);
  }
}

const struct vonk_operator_type vonk_operator_rows = {
    .name = "LocalTableScan",
    .relation = &vonk_relation_rows_type,
    .open = rows_open,
    .open_worker = rows_open_worker,
    .pull = rows_pull,
    .close = rows_close,
};
