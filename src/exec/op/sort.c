/* sort.c: ORDER BY and top-N, over the sorter (sorter.h). The merged result is cut into ranges, a unit each. */
#include "exec/execution_internal.h"
#include "exec/sorter.h"

struct sort {
  struct vonk_operator op;
  struct vonk_sorter sorter;
  uint64_t offset;
};

struct reader {
  struct vonk_sorter_reader *merge; /* of the current unit; NULL: not begun */
  uint64_t skipped;
  struct vonk_column *columns;
  struct vonk_scratch scratch;
};

static STATUS sort_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                        struct vonk_operator **out) {
  const struct vonk_relation_order *plan = (const struct vonk_relation_order *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_sort, relation, VONK_SHAPE_BREAKER, sizeof(struct sort));
  struct sort *sort = (struct sort *)op;
  *out = op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  /* Rows with equal keys stay as they came. */
  if (plan->limit >= 0) op->order_use[0] = VONK_ORDER_USED;
  sort->offset = plan->offset > 0 ? (uint64_t)plan->offset : 0;
  uint64_t wanted = plan->limit < 0 ? UINT64_MAX : (uint64_t)plan->limit + sort->offset;
  struct vonk_sorter_options options = {.input = plan->input, .order = &plan->order, .wanted = wanted};
  return vonk_sorter_init(task, &sort->sorter, op, &options);
}

static STATUS sort_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  struct sort *sort = (struct sort *)op;
  if (role == VONK_ROLE_SINK) return vonk_sorter_sink_open(context, &sort->sorter, (struct vonk_sorter_sink **)state);
  struct reader *r = ARENA_NEW(context->task.arena, struct reader);
  r->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, op->relation->column_count + 1);
  *state = r;
  return VONK_OK;
}

static void sort_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op;
  if (!state) return;
  if (role == VONK_ROLE_SINK) {
    vonk_sorter_sink_close(state);
    return;
  }
  vonk_sorter_reader_close(((struct reader *)state)->merge);
  vonk_scratch_deinit(&((struct reader *)state)->scratch);
}

static STATUS sort_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  *step = VONK_STEP_NEED_INPUT;
  return vonk_sorter_absorb(context, &((struct sort *)op)->sorter, state, in);
}

static STATUS sort_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  return vonk_sorter_combine(context, &((struct sort *)op)->sorter, state);
}

static STATUS sort_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  if (part != VONK_FINISH_END) return VONK_OK;
  uint32_t ranges, workers = op->execution->worker_limit;
  TRY(vonk_sorter_split(context, &((struct sort *)op)->sorter, workers > 1 ? workers * 4 : 1, &ranges));
  atomic_store(&op->unit_count, ranges);
  return VONK_OK;
}

static STATUS sort_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct sort *sort = (struct sort *)op;
  struct reader *r = state;
  const uint8_t *rows[VONK_BATCH_ROWS];
  uint32_t count, skip;
  if (!r->merge) TRY(vonk_sorter_reader_open(context, &sort->sorter, context->unit, &r->merge));
  do {
    TRY(vonk_sorter_next(context, &sort->sorter, r->merge, rows, &count));
    uint64_t left = sort->offset - r->skipped;
    skip = left < count ? (uint32_t)left : count;
    r->skipped += skip;
  } while (count && skip == count);
  *step = count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  if (!count) {
    vonk_sorter_reader_close(r->merge);
    r->merge = NULL;
    return VONK_OK;
  }
  vonk_scratch_reset(&r->scratch);
  for (uint32_t c = 0; c < op->relation->column_count; c++) {
    TRY(vonk_row_gather(&context->task, &sort->sorter.layout, c + 1, &r->scratch, rows + skip, count - skip, &r->columns[c]));
  }
  out->columns = r->columns;
  out->column_count = op->relation->column_count;
  out->row_count = out->live_count = count - skip;
  return VONK_OK;
}

static void sort_close(struct vonk_operator *op) { vonk_sorter_deinit(&((struct sort *)op)->sorter); }

const struct vonk_operator_type vonk_operator_sort = {
    .name = "Sort",
    .relation = &vonk_relation_order_type,
    .open = sort_open,
    .open_worker = sort_open_worker,
    .close_worker = sort_close_worker,
    .pull = sort_pull,
    .absorb = sort_absorb,
    .combine = sort_combine,
    .finish = sort_finish,
    .close = sort_close,
};
