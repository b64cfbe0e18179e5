/* sort.c: ORDER BY, SORT BY and top-N, over the sorter (sorter.h). The merged result is cut into ranges, a unit each. */
#include "exec/op/sort.h"

#include "exec/partition_key.h"
#include "exec/partitioning.h"
#include "exec/sorter.h"
#include "func/row_image.h"

struct sort {
  struct vonk_operator op;
  struct vonk_sorter sorter;
  enum vonk_sort_kind kind;
  uint64_t offset;
  uint32_t target_count, target_column;
  struct vonk_mutex lock;              /* of the sizes */
  uint64_t *target_bytes;              /* MERGED */
  uint32_t source_count;               /* partitions of the input */
};

struct sink {
  struct vonk_sorter_sink *sorter;
  uint64_t *target_bytes;
};

struct reader {
  struct vonk_sorter_reader *merge; /* of the current range; NULL: not begun */
  uint32_t source;                  /* MERGED: the range is of this one's rows */
  uint64_t skipped;
  const uint8_t *rows[VONK_BATCH_ROWS]; /* read; those in front of AT have gone out */
  uint32_t count, at;
  struct vonk_column *columns;
  struct vonk_scratch scratch;
};

STATUS vonk_sort_create(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_sort_plan *plan, struct vonk_operator **out) {
  struct vonk_operator *op = vonk_operator_create(execution, plan->type, plan->relation, VONK_SHAPE_BREAKER, sizeof(struct sort));
  struct sort *sort = (struct sort *)op;
  *out = op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  /* Rows with equal keys stay as they came. */
  if (plan->limit >= 0) op->order_use[0] = VONK_ORDER_USED;
  sort->kind = plan->kind;
  sort->target_count = plan->target_count;
  sort->target_column = plan->target_column;
  sort->target_bytes = ARENA_ARRAY(execution->arena, uint64_t, plan->target_count + 1);
  sort->offset = plan->offset > 0 ? (uint64_t)plan->offset : 0;
  vonk_mutex_init(&sort->lock);
  uint64_t wanted = plan->limit < 0 ? UINT64_MAX : (uint64_t)plan->limit + sort->offset;
  struct vonk_sorter_options options = {.input = plan->input, .order = &plan->order, .wanted = wanted};
  return vonk_sorter_init(task, &sort->sorter, op, &options);
}

/* SORT BY: within partitions, which are the first key. */
static STATUS open_local(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation_order *plan, struct vonk_operator **out) {
  if (!execution->ordered && !execution->partitioned) return vonk_operator_make(task, execution, plan->input, out);
  struct vonk_sort_plan sort = {.type = &vonk_operator_sort, .relation = &plan->relation, .input = plan->input, .kind = VONK_SORT_PARTITIONS, .limit = -1};
  sort.order.items = ARENA_ARRAY(task->arena, struct vonk_expr *, plan->order.count + 1);
  sort.order.count = plan->order.count + 1;
  sort.order.items[0] = vonk_partition_key(task->arena, vonk_partition_id(task->arena));
  if (plan->order.count) memcpy(sort.order.items + 1, plan->order.items, plan->order.count * sizeof *sort.order.items);
  TRY(vonk_sort_create(task, execution, &sort, out));
  (*out)->uses_partitions = true;
  return VONK_OK;
}

static STATUS sort_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                        struct vonk_operator **out) {
  const struct vonk_relation_order *plan = (const struct vonk_relation_order *)relation;
  if (!plan->is_global) return open_local(task, execution, plan, out);
  struct vonk_sort_plan sort = {.type = &vonk_operator_sort, .relation = relation, .input = plan->input, .order = plan->order,
                                .limit = plan->limit, .offset = plan->offset};
  return vonk_sort_create(task, execution, &sort, out);
}

STATUS vonk_sort_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  struct sort *sort = (struct sort *)op;
  struct vonk_arena *arena = context->task.arena;
  if (role == VONK_ROLE_SINK) {
    struct sink *sink = ARENA_NEW(arena, struct sink);
    *state = sink;
    sink->target_bytes = ARENA_ARRAY(arena, uint64_t, sort->target_count + 1);
    return vonk_sorter_sink_open(context, &sort->sorter, &sink->sorter);
  }
  struct reader *r = ARENA_NEW(arena, struct reader);
  r->columns = ARENA_ARRAY(arena, struct vonk_column, op->relation->column_count + 1);
  *state = r;
  return VONK_OK;
}

void vonk_sort_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op;
  if (!state) return;
  if (role == VONK_ROLE_SINK) {
    vonk_sorter_sink_close(((struct sink *)state)->sorter);
    return;
  }
  vonk_sorter_reader_close(((struct reader *)state)->merge);
  vonk_scratch_deinit(&((struct reader *)state)->scratch);
}

/* What the rows of a batch would take in a shuffle, by target. */
static void count_bytes(struct vonk_context *context, const struct sort *sort, struct sink *sink, const struct vonk_batch *in) {
  const struct vonk_column *targets = &in->columns[sort->target_column];
  uint64_t row_bytes = vonk_row_image_average(&context->task, in->columns, sort->op.relation->column_count, in->row_count);
  for (uint32_t i = 0; i < in->row_count; i++) {
    if (!vonk_batch_row_live(in, i)) continue;
    uint32_t target = (uint32_t)((const int32_t *)vonk_column_values(targets))[vonk_column_index(targets, i)];
    sink->target_bytes[target] += row_bytes;
  }
}

STATUS vonk_sort_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  struct sort *sort = (struct sort *)op;
  struct sink *sink = state;
  *step = VONK_STEP_NEED_INPUT;
  if (sort->kind == VONK_SORT_MERGED) count_bytes(context, sort, sink, in);
  return vonk_sorter_absorb(context, &sort->sorter, sink->sorter, in);
}

STATUS vonk_sort_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  struct sort *sort = (struct sort *)op;
  struct sink *sink = state;
  vonk_mutex_lock(&sort->lock);
  for (uint32_t i = 0; i < sort->target_count; i++) sort->target_bytes[i] += sink->target_bytes[i];
  vonk_mutex_unlock(&sort->lock);
  return vonk_sorter_combine(context, &sort->sorter, sink->sorter);
}

/* Ranges for each source, each of a partition's targets: range s * partitions + p. */
static void cut_merged(struct sort *sort) {
  struct vonk_arena *arena = sort->sorter.arena;
  uint32_t *starts = ARENA_ARRAY(arena, uint32_t, sort->target_count + 1);
  uint32_t partitions = vonk_partitioning_merge(&sort->op.execution->partitioning, sort->target_bytes, sort->target_count, starts);
  struct vonk_str *keys = ARENA_ARRAY(arena, struct vonk_str, (size_t)sort->source_count * partitions + 1);
  uint32_t count = 0;
  for (uint32_t s = 0; partitions > 1 && s < sort->source_count; s++) {
    for (uint32_t p = 0; p < partitions; p++) {
      if (s || p) keys[count++] = vonk_partition_key_bytes(arena, s, p ? starts[p] : 0);
    }
  }
  sort->op.partition_count = partitions;
  vonk_sorter_cut(&sort->sorter, keys, count);
  atomic_store(&sort->op.unit_count, partitions);
}

STATUS vonk_sort_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  struct sort *sort = (struct sort *)op;
  if (part != VONK_FINISH_END) return VONK_OK;
  sort->source_count = context->pipeline->partition_count;
  if (sort->kind == VONK_SORT_MERGED) {
    cut_merged(sort);
    return VONK_OK;
  }
  if (sort->kind == VONK_SORT_PARTITIONS) op->partition_count = sort->target_count ? sort->target_count : sort->source_count;
  uint32_t ranges, workers = op->execution->worker_limit;
  TRY(vonk_sorter_split(context, &sort->sorter, workers > 1 ? workers * 4 : 1, &ranges));
  atomic_store(&op->unit_count, ranges);
  return VONK_OK;
}

/* The next rows of the unit in r->rows; r->count 0 at its end. */
static STATUS read_rows(struct vonk_context *context, struct sort *sort, struct reader *r) {
  uint32_t partitions = sort->op.partition_count, ranges = sort->kind == VONK_SORT_MERGED && partitions > 1 ? sort->source_count : 1;
  r->at = r->count = 0;
  for (;;) {
    if (!r->merge) TRY(vonk_sorter_reader_open(context, &sort->sorter, context->unit + r->source * partitions, &r->merge));
    TRY(vonk_sorter_next(context, &sort->sorter, r->merge, r->rows, &r->count));
    if (r->count) return VONK_OK;
    vonk_sorter_reader_close(r->merge);
    r->merge = NULL;
    if (++r->source >= ranges) break;
  }
  r->source = 0;
  return VONK_OK;
}

/* Rows from AT on that lie in one partition. */
static uint32_t rows_of_partition(const struct sort *sort, const struct reader *r, uint32_t *partition) {
  if (sort->kind == VONK_SORT_GLOBAL) return r->count - r->at;
  *partition = vonk_partition_of_key(vonk_sorter_key(&sort->sorter, r->rows[r->at]));
  uint32_t end = r->at + 1;
  while (end < r->count && vonk_partition_of_key(vonk_sorter_key(&sort->sorter, r->rows[end])) == *partition) end++;
  return end - r->at;
}

STATUS vonk_sort_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct sort *sort = (struct sort *)op;
  struct reader *r = state;
  if (r->at == r->count) TRY(read_rows(context, sort, r));
  while (r->count && r->skipped < sort->offset) {
    uint64_t left = sort->offset - r->skipped;
    r->at = left < r->count ? (uint32_t)left : r->count;
    r->skipped += r->at;
    if (r->at == r->count) TRY(read_rows(context, sort, r));
  }
  *step = r->count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  if (!r->count) return VONK_OK;
  uint32_t partition = context->unit, count = sort->kind == VONK_SORT_MERGED ? r->count : rows_of_partition(sort, r, &partition);
  vonk_scratch_reset(&r->scratch);
  for (uint32_t c = 0; c < op->relation->column_count; c++) {
    TRY(vonk_row_gather(&context->task, &sort->sorter.layout, c + 1, &r->scratch, r->rows + r->at, count, &r->columns[c]));
  }
  r->at += count;
  out->columns = r->columns;
  out->column_count = op->relation->column_count;
  out->row_count = out->live_count = count;
  out->partition = sort->kind == VONK_SORT_GLOBAL ? 0 : partition;
  return VONK_OK;
}

void vonk_sort_close(struct vonk_operator *op) {
  struct sort *sort = (struct sort *)op;
  vonk_sorter_deinit(&sort->sorter);
  vonk_mutex_deinit(&sort->lock);
}

const struct vonk_operator_type vonk_operator_sort = {
    .name = "Sort", .relation = &vonk_relation_order_type, .open = sort_open, VONK_SORT_FUNCTIONS};
