/* slice.c: OFFSET, LIMIT and tail, exact by order.
 *
 * Units keep copies of their first offset + limit rows (tail: the last limit rows). As soon as the units that are complete,
 * and the one being read next in order, hold enough, no more is read.
 */
#include "base/bits.h"
#include "exec/execution_internal.h"

struct kept {
  struct kept *next;
  struct vonk_owned_batch *batch;
  uint32_t row_count;
};

struct unit {
  struct unit *next; /* rising */
  uint64_t number, row_count;
  struct kept *first, *last;
};

struct slice {
  struct vonk_operator op;
  struct vonk_mutex lock;
  struct vonk_arena *arena;
  struct unit *units;
  uint64_t offset, limit; /* limit UINT64_MAX: none */
  bool from_end;
  struct kept **output;   /* in order, with what to leave out at both ends */
  uint32_t output_count;
  uint64_t skip_first, keep_total;
};

static STATUS slice_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                         struct vonk_operator **out) {
  (void)task;
  const struct vonk_relation_slice *plan = (const struct vonk_relation_slice *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_slice, relation, VONK_SHAPE_BREAKER, sizeof(struct slice));
  struct slice *slice = (struct slice *)op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  op->order_use[0] = VONK_ORDER_USED;
  slice->offset = plan->offset > 0 ? (uint64_t)plan->offset : 0;
  slice->limit = plan->limit < 0 ? UINT64_MAX : (uint64_t)plan->limit;
  slice->from_end = plan->from_end;
  slice->arena = vonk_arena_create(execution->budget);
  vonk_mutex_init(&slice->lock);
  *out = op;
  return VONK_OK;
}

static uint64_t wanted_rows(const struct slice *slice) {
  return slice->limit > UINT64_MAX - slice->offset ? UINT64_MAX : slice->limit + slice->offset;
}

static struct unit *unit_of(struct slice *slice, uint64_t number) {
  struct unit **at = &slice->units;
  while (*at && (*at)->number < number) at = &(*at)->next;
  if (*at && (*at)->number == number) return *at;
  struct unit *unit = ARENA_NEW(slice->arena, struct unit);
  unit->number = number;
  unit->next = *at;
  *at = unit;
  return unit;
}

/* Rows in the units up to FLOOR: of those in front nothing can come any more. The lock is held. */
static uint64_t certain_rows(const struct slice *slice, uint64_t floor) {
  uint64_t rows = 0;
  for (const struct unit *unit = slice->units; unit && unit->number <= floor; unit = unit->next) rows += unit->row_count;
  return rows;
}

static void add(struct slice *slice, struct unit *unit, struct vonk_owned_batch *batch, uint32_t rows) {
  struct kept *kept = ARENA_NEW(slice->arena, struct kept);
  *kept = (struct kept){.batch = batch, .row_count = rows};
  if (unit->last) unit->last->next = kept;
  else unit->first = kept;
  unit->last = kept;
  unit->row_count += rows;
  /* A tail forgets what later rows have pushed out. */
  while (slice->from_end && unit->row_count - unit->first->row_count >= slice->limit && unit->first != unit->last) {
    unit->row_count -= unit->first->row_count;
    vonk_owned_batch_destroy(unit->first->batch);
    unit->first = unit->first->next;
  }
}

static STATUS slice_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                           enum vonk_step *step) {
  (void)state;
  struct slice *slice = (struct slice *)op;
  uint64_t wanted = wanted_rows(slice);
  *step = VONK_STEP_NEED_INPUT;
  vonk_mutex_lock(&slice->lock);
  uint64_t have = unit_of(slice, in->unit)->row_count;
  vonk_mutex_unlock(&slice->lock);
  if (slice->from_end || have < wanted) {
    struct vonk_owned_batch *owned;
    TRY(vonk_batch_copy(&context->task, in, &owned));
    vonk_mutex_lock(&slice->lock);
    add(slice, unit_of(slice, in->unit), owned, owned->batch.row_count);
    vonk_mutex_unlock(&slice->lock);
  }
  if (slice->from_end) return VONK_OK;
  uint64_t floor = vonk_pipeline_floor(context->pipeline);
  vonk_mutex_lock(&slice->lock);
  if (certain_rows(slice, floor) >= wanted) *step = VONK_STEP_DONE;
  vonk_mutex_unlock(&slice->lock);
  return VONK_OK;
}

static STATUS slice_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  (void)context;
  struct slice *slice = (struct slice *)op;
  if (part != VONK_FINISH_END) return VONK_OK;
  uint64_t total = 0;
  uint32_t count = 0;
  for (struct unit *unit = slice->units; unit; unit = unit->next) {
    total += unit->row_count;
    for (struct kept *kept = unit->first; kept; kept = kept->next) count++;
  }
  slice->skip_first = slice->from_end ? (total > slice->limit ? total - slice->limit : 0) : slice->offset;
  uint64_t left = total > slice->skip_first ? total - slice->skip_first : 0;
  slice->keep_total = left < slice->limit ? left : slice->limit;
  slice->output = ARENA_ARRAY(slice->arena, struct kept *, count + 1);
  /* Batches wholly in front of the first row or behind the last are left out here, the ends are cut in pull. */
  uint64_t row = 0;
  for (struct unit *unit = slice->units; unit; unit = unit->next) {
    for (struct kept *kept = unit->first; kept; kept = kept->next) {
      bool used = row + kept->row_count > slice->skip_first && row < slice->skip_first + slice->keep_total;
      if (used) slice->output[slice->output_count++] = kept;
      row += kept->row_count;
      if (!used && row <= slice->skip_first) slice->skip_first -= kept->row_count, row -= kept->row_count;
    }
  }
  atomic_store(&op->unit_count, slice->output_count);
  return VONK_OK;
}

static STATUS slice_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  (void)op;
  *state = role == VONK_ROLE_SOURCE ? vonk_arena_alloc(context->task.arena, VONK_BATCH_WORDS * 8) : NULL;
  return VONK_OK;
}

static STATUS slice_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct slice *slice = (struct slice *)op;
  uint64_t *live = state;
  uint64_t before = 0;
  for (uint32_t i = 0; i < context->unit; i++) before += slice->output[i]->row_count;
  struct kept *kept = slice->output[context->unit];
  uint64_t end = slice->skip_first + slice->keep_total;
  uint32_t from = before < slice->skip_first ? (uint32_t)(slice->skip_first - before) : 0;
  uint32_t to = before + kept->row_count > end ? (uint32_t)(end - before) : kept->row_count;
  *out = kept->batch->batch;
  out->partition = 0;
  if (from || to < kept->row_count) {
    vonk_bits_fill(live, kept->row_count, false);
    vonk_bits_set_range(live, from, to, true);
    out->live = live;
    out->live_count = to - from;
  }
  *step = VONK_STEP_NEED_INPUT;
  return VONK_OK;
}

static void slice_close(struct vonk_operator *op) {
  struct slice *slice = (struct slice *)op;
  for (struct unit *unit = slice->units; unit; unit = unit->next) {
    for (struct kept *kept = unit->first; kept; kept = kept->next) vonk_owned_batch_destroy(kept->batch);
  }
  vonk_arena_destroy(slice->arena);
  vonk_mutex_deinit(&slice->lock);
}

const struct vonk_operator_type vonk_operator_slice = {
    .name = "Limit",
    .relation = &vonk_relation_slice_type,
    .open = slice_open,
    .open_worker = slice_open_worker,
    .pull = slice_pull,
    .absorb = slice_absorb,
    .finish = slice_finish,
    .close = slice_close,
};
