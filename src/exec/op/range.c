/* range.c: range(start, end, step, partitions): one column of LONG. A unit is a visible partition. */
#include "exec/execution_internal.h"

struct range {
  struct vonk_operator op;
  vonk_int128 start, step;
  uint64_t count;
};

struct range_worker {
  bool has_unit;
  uint32_t unit;
  uint64_t next, end;
  struct vonk_column column;
  struct vonk_buffer *buffer;
};

static STATUS range_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                         struct vonk_operator **out) {
  (void)task;
  const struct vonk_relation_range_of *plan = (const struct vonk_relation_range_of *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_range, relation, VONK_SHAPE_SOURCE, sizeof(struct range));
  struct range *range = (struct range *)op;
  range->start = plan->start;
  range->step = plan->step;
  vonk_int128 span = (vonk_int128)plan->end - plan->start;
  if (plan->step > 0 && span > 0) range->count = (uint64_t)((span + plan->step - 1) / plan->step);
  if (plan->step < 0 && span < 0) range->count = (uint64_t)((span + plan->step + 1) / plan->step);
  int64_t partitions = plan->partitions > 0 ? plan->partitions : execution->partitioning.leaf_parallelism;
  op->partition_count = (uint32_t)partitions;
  atomic_store(&op->unit_count, (uint32_t)partitions);
  *out = op;
  return VONK_OK;
}

static STATUS range_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)op, (void)role;
  struct range_worker *w = ARENA_NEW(context->task.arena, struct range_worker);
  *state = w;
  return vonk_buffer_create(context->task.budget, VONK_BATCH_ROWS * sizeof(int64_t), &w->buffer);
}

static void range_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op, (void)role;
  if (state) vonk_buffer_release(((struct range_worker *)state)->buffer);
}

static STATUS range_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct range *range = (struct range *)op;
  struct range_worker *w = state;
  if (!w->has_unit) {
    w->has_unit = true;
    vonk_uint128 count = range->count;
    w->next = (uint64_t)(count * context->unit / op->partition_count);
    w->end = (uint64_t)(count * (context->unit + 1) / op->partition_count);
  }
  uint64_t left = w->end - w->next;
  uint32_t rows = left < VONK_BATCH_ROWS ? (uint32_t)left : VONK_BATCH_ROWS;
  if (!rows) {
    w->has_unit = false;
    *step = VONK_STEP_NEED_INPUT;
    return VONK_OK;
  }
  int64_t *values = (int64_t *)w->buffer->data;
  uint64_t value = (uint64_t)(range->start + range->step * w->next), by = (uint64_t)range->step;
  for (uint32_t i = 0; i < rows; i++) values[i] = (int64_t)(value + by * i);
  w->next += rows;
  w->column = (struct vonk_column){.type = &vonk_type_long, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_I64, .data = values};
  out->columns = &w->column;
  out->column_count = 1;
  out->row_count = out->live_count = rows;
  out->partition = context->unit;
  *step = VONK_STEP_HAVE_OUTPUT;
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_range = {
    .name = "Range",
    .relation = &vonk_relation_range_of_type,
    .open = range_open,
    .open_worker = range_open_worker,
    .close_worker = range_close_worker,
    .pull = range_pull,
};
