/* window.c: window functions: what calls need beside the input's columns, segments, batches.
 *
 * Rows are sorted (sorter.h), then cut into ranges of whole partitions, a unit each, that workers take side by side. The
 * answer comes in the order of partition and order keys.
 */
#include "exec/execution_internal.h"
#include "exec/op/window.h"
#include "expr/function.h"

enum { SEGMENT_ROWS = 4 * VONK_BATCH_ROWS };

/* ---- planning ---- */

struct planning {
  struct vonk_task *task;
  const struct vonk_relation *input;
  ARRAY_OF(struct vonk_expr *) extras;
};

/* Where rows keep EXPR: with the input's columns or behind them. */
static uint32_t slot_of(struct planning *p, struct vonk_expr *expr) {
  const struct vonk_expr_column *column = EXPR_AS(expr, column);
  for (uint32_t i = 0; column && i < p->input->column_count; i++) {
    if (p->input->columns[i].id == column->id) return 1 + i;
  }
  size_t i = 0;
  while (i < p->extras.count && !(expr->deterministic && vonk_node_equal(&p->extras.items[i]->node, &expr->node))) i++;
  if (i == p->extras.count) *ARRAY_PUSH(p->task->arena, &p->extras) = expr;
  return (uint32_t)(1 + p->input->column_count + i);
}

static STATUS whole_number(struct vonk_task *task, const struct vonk_expr *expr, int64_t *out) {
  struct vonk_value value;
  TRY(vonk_expr_fold(task, expr, &value));
  *out = value.is_null ? 0 : (int64_t)value.integer;
  return VONK_OK;
}

static const struct {
  const char *name;
  enum vonk_window_kind kind;
} kinds[] = {
    {"row_number", VONK_WINDOW_ROW_NUMBER}, {"rank", VONK_WINDOW_RANK}, {"dense_rank", VONK_WINDOW_DENSE_RANK},
    {"percent_rank", VONK_WINDOW_PERCENT_RANK}, {"cume_dist", VONK_WINDOW_CUME_DIST}, {"ntile", VONK_WINDOW_NTILE},
    {"lag", VONK_WINDOW_OFFSET}, {"lead", VONK_WINDOW_OFFSET}, {"nth_value", VONK_WINDOW_NTH},
    {"first", VONK_WINDOW_FIRST}, {"first_value", VONK_WINDOW_FIRST}, {"any_value", VONK_WINDOW_FIRST},
    {"last", VONK_WINDOW_LAST}, {"last_value", VONK_WINDOW_LAST},
};

static enum vonk_window_kind kind_of(const struct vonk_function *function) {
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    if (strcmp(function->name, kinds[i].name) == 0) return kinds[i].kind;
  }
  return VONK_WINDOW_AGGREGATE;
}

/* States that may be merged: not those that depend on order, nor on the grouping of a sum of floats. */
static bool may_merge(const struct vonk_aggregate_call *call) {
  if (call->type->save || !call->type->merge || call->expr->function->flags & VONK_FN_ORDERED) return false;
  for (uint32_t i = 0; i < call->expr->arguments.count; i++) {
    enum vonk_type_id id = call->expr->arguments.items[i]->type->id;
    if (id == VONK_TYPE_FLOAT || id == VONK_TYPE_DOUBLE) return false;
  }
  return true;
}

static STATUS plan_aggregate(struct planning *p, struct vonk_window_call *call, struct vonk_expr_aggregate *aggregate) {
  call->filter = aggregate->filter ? slot_of(p, aggregate->filter) : VONK_WINDOW_NONE;
  struct vonk_expr *expr = &aggregate->expr;
  struct vonk_exprs one = {&expr, 1};
  TRY(vonk_aggregate_calls_init(p->task, &call->calls, NULL, &one, NULL, 0));
  uint32_t arguments = aggregate->arguments.count, count = call->calls.items[0].argument_count;
  call->arguments = (struct vonk_exprs){ARENA_ARRAY(p->task->arena, struct vonk_expr *, count + 1), count};
  call->slots = ARENA_ARRAY(p->task->arena, uint32_t, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_expr *argument = i < arguments ? aggregate->arguments.items[i]
                                               : ((struct vonk_expr_sort_order *)aggregate->order.items[i - arguments])->child;
    call->arguments.items[i] = argument;
    call->slots[i] = EXPR_IS(argument, literal) ? VONK_WINDOW_NONE : slot_of(p, argument);
  }
  call->merges = may_merge(&call->calls.items[0]);
  return VONK_OK;
}

static bool is_null(const struct vonk_expr *expr) {
  while (EXPR_IS(expr, cast)) expr = ((const struct vonk_expr_cast *)expr)->child;
  return EXPR_IS(expr, literal) && ((const struct vonk_expr_literal *)expr)->value.is_null;
}

static STATUS plan_function(struct planning *p, struct vonk_window_call *call, const struct vonk_function *function, const struct vonk_exprs *arguments) {
  call->value = call->otherwise = VONK_WINDOW_NONE;
  call->number = 1;
  call->kind = kind_of(function);
  switch (call->kind) {
    case VONK_WINDOW_NTILE:
      if (arguments->count) TRY(whole_number(p->task, arguments->items[0], &call->number));
      return VONK_OK;
    case VONK_WINDOW_OFFSET:
    case VONK_WINDOW_NTH:
      if (arguments->count > 1) TRY(whole_number(p->task, arguments->items[1], &call->number));
      if (strcmp(function->name, "lead") == 0) call->number = -call->number;
      if (arguments->count > 2 && !is_null(arguments->items[2])) call->otherwise = slot_of(p, arguments->items[2]);
      break;
    case VONK_WINDOW_FIRST:
    case VONK_WINDOW_LAST:
      if (arguments->count > 1) {
        int64_t ignore;
        TRY(whole_number(p->task, arguments->items[1], &ignore));
        call->ignore_nulls |= ignore != 0;
      }
      break;
    default: return VONK_OK;
  }
  call->value = slot_of(p, arguments->items[0]);
  return VONK_OK;
}

static STATUS plan_frame(struct planning *p, struct vonk_window_call *call) {
  const struct vonk_expr_window_call *expr = call->expr;
  bool by_rows = expr->frame_unit == VONK_FRAME_ROWS;
  if (expr->lower == VONK_BOUND_VALUE) {
    if (by_rows) TRY(whole_number(p->task, expr->lower_value, &call->lower_offset));
    else call->lower_slot = slot_of(p, expr->lower_key);
  }
  if (expr->upper == VONK_BOUND_VALUE) {
    if (by_rows) TRY(whole_number(p->task, expr->upper_value, &call->upper_offset));
    else call->upper_slot = slot_of(p, expr->upper_key);
  }
  return VONK_OK;
}

static STATUS plan_call(struct planning *p, struct vonk_window_call *call, const struct vonk_expr_window_call *expr) {
  call->expr = expr;
  call->ignore_nulls = expr->ignore_nulls;
  TRY(plan_frame(p, call));
  const struct vonk_expr_call *function = EXPR_AS(expr->function, call);
  if (function) return plan_function(p, call, function->function, &function->arguments);
  struct vonk_expr_aggregate *aggregate = EXPR_AS(expr->function, aggregate);
  call->ignore_nulls |= aggregate->ignore_nulls;
  if (kind_of(aggregate->function) != VONK_WINDOW_AGGREGATE) return plan_function(p, call, aggregate->function, &aggregate->arguments);
  call->kind = VONK_WINDOW_AGGREGATE;
  call->ignore_nulls = false;
  return plan_aggregate(p, call, aggregate);
}

static const struct vonk_expr_window_call *call_of(struct vonk_expr *expr) {
  while (EXPR_IS(expr, alias)) expr = ((struct vonk_expr_alias *)expr)->child;
  ASSERT(EXPR_IS(expr, window_call));
  return (const struct vonk_expr_window_call *)expr;
}

static STATUS window_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                          struct vonk_operator **out) {
  const struct vonk_relation_window_of *plan = (const struct vonk_relation_window_of *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_window, relation, VONK_SHAPE_BREAKER, sizeof(struct vonk_window));
  struct vonk_window *window = (struct vonk_window *)op;
  *out = op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  window->call_count = plan->calls.count;
  window->calls = ARENA_ARRAY(task->arena, struct vonk_window_call, plan->calls.count + 1);
  struct planning planning = {.task = task, .input = plan->input};
  for (uint32_t i = 0; i < plan->calls.count; i++) TRY(plan_call(&planning, &window->calls[i], call_of(plan->calls.items[i])));
  struct vonk_exprs extras = {planning.extras.items, (uint32_t)planning.extras.count};
  const struct vonk_expr_window_call *first = window->calls[0].expr;
  struct vonk_sorter_options options = {.input = plan->input, .partition = &first->partition, .order = &first->order,
                                        .extras = &extras, .wanted = UINT64_MAX};
  return vonk_sorter_init(task, &window->sorter, op, &options);
}

/* ---- reading ---- */

struct state {
  struct vonk_window_range range;
  struct vonk_window_aggregate *aggregate;
  uint64_t found[2];
};

struct reader {
  struct vonk_sorter_reader *merge;  /* of the unit; NULL: not begun */
  const uint8_t *chunk[VONK_BATCH_ROWS];
  uint32_t chunk_at, chunk_count;
  bool ended;                        /* the merge has */
  struct vonk_window_rows rows;      /* the segment, */
  uint64_t at;                       /* and its row to go on with */
  struct vonk_str last_key;          /* of the segment's last row, */
  uint32_t last_boundary;
  struct vonk_arena *text;           /* kept here when that is on disk */
  struct vonk_memory memory;
  struct vonk_window_batch batch;
  struct state *states;              /* a call */
  struct vonk_column *columns;
  struct vonk_scratch scratch;
  uint64_t emitted;
};

static STATUS open_reader(struct vonk_context *context, struct vonk_window *window, void **state) {
  struct vonk_arena *arena = context->task.arena;
  struct reader *r = ARENA_NEW(arena, struct reader);
  *state = r;
  r->text = vonk_arena_create(context->task.budget);
  r->columns = ARENA_ARRAY(arena, struct vonk_column, window->op.relation->column_count + 1);
  r->states = ARENA_ARRAY(arena, struct state, window->call_count + 1);
  vonk_window_rows_init(arena, &r->rows, window);
  for (uint32_t i = 0; i < window->call_count; i++) {
    if (window->calls[i].kind != VONK_WINDOW_AGGREGATE) continue;
    TRY(vonk_window_aggregate_open(context, &window->calls[i], &r->states[i].aggregate));
  }
  return VONK_OK;
}

static void drop_cursors(struct state *state) {
  vonk_buffer_release(state->range.lower.buffer);
  vonk_buffer_release(state->range.upper.buffer);
  state->range = (struct vonk_window_range){0};
}

static void close_reader(struct vonk_window *window, struct reader *r) {
  for (uint32_t i = 0; i < window->call_count; i++) {
    vonk_window_aggregate_close(r->states[i].aggregate);
    drop_cursors(&r->states[i]);
  }
  vonk_window_rows_deinit(&r->rows);
  vonk_sorter_reader_close(r->merge);
  vonk_scratch_deinit(&r->scratch);
  vonk_arena_destroy(r->text);
}

static STATUS window_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  struct vonk_window *window = (struct vonk_window *)op;
  if (role == VONK_ROLE_SINK) return vonk_sorter_sink_open(context, &window->sorter, (struct vonk_sorter_sink **)state);
  return open_reader(context, window, state);
}

static void window_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  if (!state) return;
  if (role == VONK_ROLE_SINK) vonk_sorter_sink_close(state);
  else close_reader((struct vonk_window *)op, state);
}

static STATUS window_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  *step = VONK_STEP_NEED_INPUT;
  return vonk_sorter_absorb(context, &((struct vonk_window *)op)->sorter, state, in);
}

static STATUS window_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  return vonk_sorter_combine(context, &((struct vonk_window *)op)->sorter, state);
}

static STATUS window_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  if (part != VONK_FINISH_END) return VONK_OK;
  struct vonk_sorter *sorter = &((struct vonk_window *)op)->sorter;
  uint32_t ranges, workers = op->execution->worker_limit;
  bool one = workers == 1 || sorter->boundary_count == 0; /* without PARTITION BY all rows are one partition */
  TRY(vonk_sorter_split(context, sorter, one ? 1 : workers * 4, &ranges));
  atomic_store(&op->unit_count, ranges);
  return VONK_OK;
}

static bool same_start(struct vonk_str a, struct vonk_str b, uint32_t size) { return memcmp(a.data, b.data, size) == 0; }

/* The next row of the chunk joins the segment, unless it begins a partition and the segment is long enough. */
static STATUS take_row(struct vonk_context *context, struct vonk_window *window, struct reader *r, bool *full) {
  const uint8_t *row = r->chunk[r->chunk_at];
  struct vonk_str key = vonk_view_str(vonk_sorter_key(&window->sorter, row));
  uint32_t boundary = vonk_sorter_boundary(&window->sorter, row);
  bool first = r->rows.count == 0;
  bool new_partition = first || boundary != r->last_boundary || !same_start(key, r->last_key, boundary);
  bool new_peers = new_partition || key.size != r->last_key.size || !same_start(key, r->last_key, (uint32_t)key.size);
  *full = new_partition && r->rows.count >= SEGMENT_ROWS;
  if (*full) return VONK_OK;
  r->chunk_at++;
  TRY(vonk_window_rows_add(&context->task, &r->rows, row, new_partition, new_peers, &row));
  r->last_key = vonk_view_str(vonk_sorter_key(&window->sorter, row));
  r->last_boundary = boundary;
  return VONK_OK;
}

static STATUS spill_segment(struct vonk_context *context, struct vonk_window *window, struct reader *r) {
  struct vonk_rows *rows = &r->rows.rows;
  uint64_t before = vonk_rows_spilled_size(rows);
  /* The key may lie in what was kept before. */
  struct vonk_arena *text = vonk_arena_create(context->task.budget);
  r->last_key = vonk_str_copy(text, r->last_key);
  vonk_arena_destroy(r->text);
  r->text = text;
  TRY(vonk_rows_spill(&context->task, rows, vonk_engine_spill(context->execution->engine)));
  atomic_fetch_add_explicit(&window->op.metrics.spill_bytes, vonk_rows_spilled_size(rows) - before, memory_order_relaxed);
  return VONK_OK;
}

static STATUS load_segment(struct vonk_context *context, struct vonk_window *window, struct reader *r) {
  vonk_window_rows_clear(&r->rows, vonk_sorter_spilled(&window->sorter));
  r->at = 0;
  r->batch.count = 0;
  for (bool full = false; !full;) {
    if (r->chunk_at == r->chunk_count) {
      TRY(vonk_task_check(&context->task));
      if (r->rows.count && r->rows.copied && vonk_memory_must_spill(context->execution, &r->memory, r->rows.rows.byte_size)) TRY(spill_segment(context, window, r));
      if (!r->ended) TRY(vonk_sorter_next(context, &window->sorter, r->merge, r->chunk, &r->chunk_count));
      r->chunk_at = 0;
      r->ended |= r->chunk_count == 0;
      if (r->ended) break;
    }
    TRY(take_row(context, window, r, &full));
  }
  for (uint32_t i = 0; i < window->call_count; i++) {
    struct state *state = &r->states[i];
    drop_cursors(state);
    state->found[0] = state->found[1] = 0;
    if (state->aggregate) vonk_window_aggregate_start(state->aggregate);
  }
  return VONK_OK;
}

static STATUS compute(struct vonk_context *context, struct vonk_window *window, struct reader *r, uint32_t i, struct vonk_column *out) {
  const struct vonk_window_call *call = &window->calls[i];
  struct state *state = &r->states[i];
  if (call->kind < VONK_WINDOW_OFFSET) return vonk_window_rank(&context->task, call, &r->batch, &r->scratch, out);
  if (call->kind != VONK_WINDOW_OFFSET) {
    TRY(vonk_window_frames(context, window, call, &r->rows, &state->range, &r->scratch, &r->batch));
  }
  if (call->kind == VONK_WINDOW_AGGREGATE) return vonk_window_aggregate_next(state->aggregate, &r->rows, &r->batch, out);
  const uint64_t *not_null = call->ignore_nulls ? vonk_window_bits(r->rows.not_null[i]) : NULL;
  return vonk_window_value(&context->task, call, &r->rows, not_null, &r->batch, state->found, &r->scratch, out);
}

static STATUS emit(struct vonk_context *context, struct vonk_window *window, struct reader *r, struct vonk_batch *out) {
  uint32_t inputs = window->sorter.input_count;
  vonk_scratch_reset(&r->scratch);
  TRY(vonk_window_batch_next(&context->task, &r->rows, r->at, &r->batch));
  for (uint32_t c = 0; c < inputs; c++) {
    TRY(vonk_row_gather(&context->task, &window->sorter.layout, c + 1, &r->scratch, r->batch.rows, r->batch.count, &r->columns[c]));
  }
  for (uint32_t i = 0; i < window->call_count; i++) TRY(compute(context, window, r, i, &r->columns[inputs + i]));
  out->columns = r->columns;
  out->column_count = inputs + window->call_count;
  out->row_count = out->live_count = r->batch.count;
  out->first_row = r->emitted;
  r->at += r->batch.count;
  r->emitted += r->batch.count;
  return VONK_OK;
}

static STATUS window_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct vonk_window *window = (struct vonk_window *)op;
  struct reader *r = state;
  if (!r->merge) {
    TRY(vonk_sorter_reader_open(context, &window->sorter, context->unit, &r->merge));
    r->chunk_at = r->chunk_count = 0;
    r->ended = false;
    r->emitted = 0;
    TRY(load_segment(context, window, r));
  } else if (r->at == r->rows.count) {
    TRY(load_segment(context, window, r));
  }
  *step = r->rows.count ? VONK_STEP_HAVE_OUTPUT : VONK_STEP_NEED_INPUT;
  if (r->rows.count) return emit(context, window, r, out);
  vonk_sorter_reader_close(r->merge);
  r->merge = NULL;
  return VONK_OK;
}

static void window_close(struct vonk_operator *op) { vonk_sorter_deinit(&((struct vonk_window *)op)->sorter); }

const struct vonk_operator_type vonk_operator_window = {
    .name = "Window",
    .relation = &vonk_relation_window_of_type,
    .open = window_open,
    .open_worker = window_open_worker,
    .close_worker = window_close_worker,
    .pull = window_pull,
    .absorb = window_absorb,
    .combine = window_combine,
    .finish = window_finish,
    .close = window_close,
};
