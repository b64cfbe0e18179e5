/* aggregate_calls.c: one set of calls over batches and groups. */
#include "exec/aggregate_calls.h"

#include "base/bits.h"
#include "kernel/gather.h"

static uint32_t round_up16(uint32_t value) { return (value + 15) & ~15u; }

static const struct vonk_expr_aggregate *aggregate_of(struct vonk_expr *expr) {
  while (EXPR_IS(expr, alias)) expr = ((struct vonk_expr_alias *)expr)->child;
  ASSERT(EXPR_IS(expr, aggregate));
  return (const struct vonk_expr_aggregate *)expr;
}

static const struct vonk_expr *argument_of(const struct vonk_expr_aggregate *expr, uint32_t k) {
  uint32_t own = expr->arguments.count;
  return k < own ? expr->arguments.items[k] : ((const struct vonk_expr_sort_order *)expr->order.items[k - own])->child;
}

const struct vonk_type *vonk_aggregate_argument_type(const struct vonk_aggregate_call *call, uint32_t k) { return argument_of(call->expr, k)->type; }

STATUS vonk_aggregate_calls_init(struct vonk_task *task, struct vonk_aggregate_calls *calls, const struct vonk_exprs *keys,
                                 const struct vonk_exprs *aggregates, const struct vonk_relation *input, uint32_t states_at) {
  struct vonk_arena *arena = task->arena;
  *calls = (struct vonk_aggregate_calls){.count = aggregates->count, .key_count = keys ? keys->count : 0};
  calls->items = ARENA_ARRAY(arena, struct vonk_aggregate_call, calls->count + 1);
  ARRAY_OF(struct vonk_expr *) exprs = {0};
  for (uint32_t i = 0; i < calls->key_count; i++) *ARRAY_PUSH(arena, &exprs) = keys->items[i];
  uint32_t at = states_at;
  calls->order_use = VONK_ORDER_UNUSED;
  for (uint32_t i = 0; i < calls->count; i++) {
    const struct vonk_expr_aggregate *expr = aggregate_of(aggregates->items[i]);
    struct vonk_aggregate_call *call = &calls->items[i];
    *call = (struct vonk_aggregate_call){.expr = expr, .type = expr->function->aggregate, .filter = UINT32_MAX,
                                         .first_argument = (uint32_t)exprs.count, .state_offset = at, .distinct_set = UINT32_MAX};
    for (uint32_t k = 0; k < expr->arguments.count; k++) *ARRAY_PUSH(arena, &exprs) = expr->arguments.items[k];
    for (uint32_t k = 0; k < expr->order.count; k++) {
      *ARRAY_PUSH(arena, &exprs) = ((struct vonk_expr_sort_order *)expr->order.items[k])->child;
    }
    call->argument_count = (uint32_t)exprs.count - call->first_argument;
    if (expr->function->flags & VONK_FN_ORDERED) calls->order_use = VONK_ORDER_USED;
    if (expr->filter) {
      call->filter = (uint32_t)exprs.count;
      *ARRAY_PUSH(arena, &exprs) = expr->filter;
    }
    at += round_up16(call->type->state_size(expr));
    calls->has_outside_memory |= call->type->save != NULL;
  }
  calls->state_size = at - states_at;
  calls->result_count = (uint32_t)exprs.count;
  if (!input) return VONK_OK;
  struct vonk_exprs all = {exprs.items, (uint32_t)exprs.count};
  return vonk_program_compile(task, &all, vonk_relation_ids(arena, input), &calls->program);
}

STATUS vonk_aggregate_worker_open(struct vonk_task *task, const struct vonk_aggregate_calls *calls, struct vonk_arena *arena,
                                  struct vonk_arena *states, struct vonk_aggregate_worker *w) {
  w->task = w->state_task = *task;
  w->task.arena = arena;
  w->state_task.arena = states;
  w->calls = calls;
  w->results = ARENA_ARRAY(arena, struct vonk_column, calls->result_count + 1);
  w->open = ARENA_ARRAY(arena, void *, calls->count + 1);
  w->builders = ARENA_ARRAY(arena, struct vonk_builder, calls->count + 1);
  if (calls->has_outside_memory) TRY(vonk_builder_init(task, &w->saved, &vonk_type_binary));
  for (uint32_t i = 0; i < calls->count; i++) {
    const struct vonk_expr_aggregate *expr = calls->items[i].expr;
    if (expr->function->open) TRY(expr->function->open(&w->task, &expr->expr, &w->open[i]));
  }
  return calls->program ? vonk_program_open_worker(task, calls->program, &w->program) : VONK_OK;
}

void vonk_aggregate_worker_close(struct vonk_aggregate_worker *w) {
  if (w->program) vonk_program_close_worker(w->program);
  w->program = NULL;
  for (uint32_t i = 0; w->calls && i < w->calls->count; i++) {
    const struct vonk_function *function = w->calls->items[i].expr->function;
    if (function->close && w->open[i]) function->close(w->open[i]);
    w->open[i] = NULL;
    if (w->builders[i].type) vonk_builder_deinit(&w->builders[i]);
    w->builders[i].type = NULL;
  }
  if (w->saved.type) vonk_builder_deinit(&w->saved);
  w->saved.type = NULL;
  vonk_scratch_deinit(&w->scratch);
}

STATUS vonk_aggregate_eval(struct vonk_aggregate_worker *w, const struct vonk_batch *batch, uint64_t *tag) {
  *tag = vonk_tag_next(&w->tags, batch->unit, batch->row_count);
  vonk_scratch_reset(&w->scratch);
  if (!w->calls->result_count) return VONK_OK;
  return vonk_program_eval(&w->task, w->program, batch, w->results);
}

void vonk_aggregate_init_states(const struct vonk_aggregate_calls *calls, uint8_t *row) {
  for (uint32_t i = 0; i < calls->count; i++) {
    const struct vonk_aggregate_call *call = &calls->items[i];
    if (call->type->init) call->type->init(call->expr, row + call->state_offset);
  }
}

/* LIVE and the rows where COLUMN is not null. */
static void and_valid(const struct vonk_column *column, uint32_t rows, uint64_t *live) {
  if (column->physical == VONK_PHYSICAL_NONE || (column->encoding == VONK_CONST && !vonk_column_row_valid(column, 0))) {
    vonk_bits_fill(live, rows, false);
  } else if (column->encoding != VONK_CONST && column->valid) {
    vonk_bits_and(live, column->valid, rows, live);
  }
}

static void and_true(const struct vonk_column *column, uint32_t rows, uint64_t *live) {
  and_valid(column, rows, live);
  if (column->encoding == VONK_CONST) {
    if (!vonk_bits_get(column->data, 0)) vonk_bits_fill(live, rows, false);
  } else {
    vonk_bits_and(live, column->data, rows, live);
  }
}

uint32_t vonk_aggregate_live(struct vonk_aggregate_worker *w, const struct vonk_aggregate_call *call, const struct vonk_batch *batch,
                             const struct vonk_column *arguments, const struct vonk_column *filter, const uint64_t **live) {
  bool strict = call->expr->function->nulls == VONK_NULLS_STRICT, narrowed = filter != NULL;
  for (uint32_t i = 0; strict && i < call->argument_count; i++) {
    narrowed |= arguments[i].valid != NULL || arguments[i].physical == VONK_PHYSICAL_NONE;
  }
  *live = batch->live;
  if (!narrowed) return batch->live ? batch->live_count : batch->row_count;
  vonk_bits_copy(batch->live, batch->row_count, w->live);
  if (filter) and_true(filter, batch->row_count, w->live);
  for (uint32_t i = 0; strict && i < call->argument_count; i++) and_valid(&arguments[i], batch->row_count, w->live);
  uint32_t count = (uint32_t)vonk_bits_count(w->live, batch->row_count);
  *live = count == batch->row_count ? NULL : w->live;
  return count;
}

static STATUS check_bad(struct vonk_aggregate_worker *w, const struct vonk_frame *frame) {
  if (vonk_bits_none(frame->bad, frame->row_count)) return VONK_OK;
  return vonk_raisef(&w->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", "overflow in %s",
                     ((const struct vonk_expr_aggregate *)frame->expr)->function->name);
}

static struct vonk_frame make_frame(struct vonk_aggregate_worker *w, uint32_t call, uint32_t row_count) {
  return (struct vonk_frame){.task = &w->state_task, .expr = &w->calls->items[call].expr->expr, .row_count = row_count,
                             .state = w->open[call], .bad = w->bad, .scratch = &w->scratch};
}

/* The frame of call INDEX over BATCH, whose live rows are set; arguments become FLAT or CONST. */
static STATUS open_frame(struct vonk_aggregate_worker *w, uint32_t index, const struct vonk_batch *batch, const struct vonk_column *arguments,
                         struct vonk_frame *frame) {
  const struct vonk_aggregate_call *call = &w->calls->items[index];
  void *memory;
  TRY(vonk_scratch_take(&w->task, &w->scratch, sizeof(struct vonk_column) * (call->argument_count + 1), &memory));
  struct vonk_column *flat = memory;
  for (uint32_t i = 0; i < call->argument_count; i++) {
    flat[i] = arguments[i];
    if (flat[i].encoding == VONK_DICT) TRY(vonk_column_flatten(&w->task, &w->scratch, &arguments[i], batch->row_count, &flat[i]));
  }
  frame->arguments = flat;
  frame->argument_count = call->argument_count;
  memset(w->bad, 0, sizeof w->bad);
  return VONK_OK;
}

STATUS vonk_aggregate_update(struct vonk_aggregate_worker *w, uint32_t index, const struct vonk_batch *batch,
                             const struct vonk_column *arguments, const struct vonk_column *filter, uint8_t *const *rows,
                             uint8_t *one, uint64_t tag) {
  const struct vonk_aggregate_call *call = &w->calls->items[index];
  struct vonk_frame frame = make_frame(w, index, batch->row_count);
  frame.batch = batch;
  if (!vonk_aggregate_live(w, call, batch, arguments, filter, &frame.live)) return VONK_OK;
  TRY(open_frame(w, index, batch, arguments, &frame));
  if (!rows && call->type->update_one) {
    TRY(call->type->update_one(&frame, one + call->state_offset, tag));
    return check_bad(w, &frame);
  }
  void *memory;
  TRY(vonk_scratch_take(&w->task, &w->scratch, sizeof(void *) * batch->row_count, &memory));
  void **states = memory;
  uint32_t offset = call->state_offset;
  if (!rows) {
    for (uint32_t i = 0; i < batch->row_count; i++) states[i] = one + offset;
  } else {
    for (uint32_t i = 0; i < batch->row_count; i++) states[i] = rows[i] + offset;
  }
  TRY(call->type->update(&frame, states, tag));
  return check_bad(w, &frame);
}

STATUS vonk_aggregate_update_masked(struct vonk_aggregate_worker *w, uint32_t index, const struct vonk_batch *batch,
                                    const struct vonk_column *arguments, const struct vonk_column *filter,
                                    const struct vonk_aggregate_masks *masks, uint64_t tag) {
  const struct vonk_aggregate_call *call = &w->calls->items[index];
  struct vonk_frame frame = make_frame(w, index, batch->row_count);
  const uint64_t *live;
  uint64_t both[VONK_BATCH_WORDS];
  ASSERT(call->type->update_one);
  if (!vonk_aggregate_live(w, call, batch, arguments, filter, &live)) return VONK_OK;
  TRY(open_frame(w, index, batch, arguments, &frame));
  for (uint32_t g = 0; g < masks->count; g++) {
    frame.live = masks->masks[g];
    if (live) {
      vonk_bits_and(masks->masks[g], live, batch->row_count, both);
      frame.live = both;
    }
    TRY(call->type->update_one(&frame, masks->groups[g] + call->state_offset, tag));
  }
  return check_bad(w, &frame);
}

STATUS vonk_aggregate_merge(struct vonk_aggregate_worker *w, uint8_t *const *from, uint8_t *const *into, uint32_t count) {
  ASSERT(count <= VONK_BATCH_ROWS);
  void *a[VONK_BATCH_ROWS], *b[VONK_BATCH_ROWS];
  for (uint32_t k = 0; k < w->calls->count; k++) {
    const struct vonk_aggregate_call *call = &w->calls->items[k];
    if (call->distinct_set != UINT32_MAX) continue;
    for (uint32_t i = 0; i < count; i++) a[i] = from[i] + call->state_offset, b[i] = into[i] + call->state_offset;
    struct vonk_frame frame = make_frame(w, k, count);
    memset(w->bad, 0, sizeof w->bad);
    TRY(call->type->merge(&frame, a, b, count));
    TRY(check_bad(w, &frame));
  }
  return VONK_OK;
}

STATUS vonk_aggregate_save_states(struct vonk_aggregate_worker *w, uint8_t *row, struct vonk_builder *bytes) {
  for (uint32_t k = 0; k < w->calls->count; k++) {
    const struct vonk_aggregate_call *call = &w->calls->items[k];
    if (!call->type->save) continue;
    struct vonk_frame frame = make_frame(w, k, 1);
    TRY(call->type->save(&frame, row + call->state_offset, bytes));
  }
  return VONK_OK;
}

STATUS vonk_aggregate_load_state(struct vonk_aggregate_worker *w, uint32_t index, struct vonk_str bytes, uint8_t *row) {
  const struct vonk_aggregate_call *call = &w->calls->items[index];
  struct vonk_frame frame = make_frame(w, index, 1);
  return call->type->load(&frame, bytes, row + call->state_offset);
}

STATUS vonk_aggregate_finalize(struct vonk_aggregate_worker *w, uint8_t *const *rows, uint32_t count, struct vonk_column *columns) {
  void *states[VONK_BATCH_ROWS];
  for (uint32_t k = 0; k < w->calls->count; k++) {
    const struct vonk_aggregate_call *call = &w->calls->items[k];
    for (uint32_t i = 0; i < count; i++) states[i] = rows[i] + call->state_offset;
    struct vonk_frame frame = make_frame(w, k, count);
    memset(w->bad, 0, sizeof w->bad);
    const struct vonk_type *type = call->expr->expr.type;
    enum vonk_physical physical = call->expr->expr.physical ? call->expr->expr.physical : vonk_physical_of(type);
    columns[k] = (struct vonk_column){.type = type, .encoding = VONK_FLAT, .physical = (uint8_t)physical};
    struct vonk_column passed = {0};
    bool fixed = physical == VONK_PHYSICAL_BOOL ||
                 (vonk_physical_size[physical] && physical != VONK_PHYSICAL_VIEW && physical != VONK_PHYSICAL_LIST);
    struct vonk_builder *builder = NULL;
    frame.result = &passed;
    if (fixed) {
      size_t size = physical == VONK_PHYSICAL_BOOL ? 0 : vonk_physical_size[physical];
      TRY(vonk_scratch_take_rows(&w->task, &w->scratch, count, size, &frame.data));
      void *valid;
      TRY(vonk_scratch_take_rows(&w->task, &w->scratch, count, 0, &valid));
      frame.valid = valid;
      vonk_bits_fill(frame.valid, count, true);
    } else {
      builder = frame.builder = &w->builders[k];
      if (builder->type) vonk_builder_reset(builder);
      else TRY(vonk_builder_init(&w->task, builder, type));
    }
    TRY(call->type->finalize(&frame, states, count));
    TRY(check_bad(w, &frame));
    if (builder) {
      TRY(vonk_builder_finish(&w->task, builder, &columns[k]));
    } else {
      columns[k].data = frame.data;
      columns[k].valid = vonk_bits_all(frame.valid, count) ? NULL : frame.valid;
    }
  }
  return VONK_OK;
}
