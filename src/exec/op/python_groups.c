/* python_groups.c: functions in Python over groups of rows: one value a group (AGGREGATE), the same for each row of it (WINDOW),
 * tables (GROUP, CO_GROUP).
 *
 * Rows are sorted by the groups' keys (sorter.h), so that a group is what lies side by side; of a co-group the rows of the first table
 * come first. One reader sends group after group, each an Arrow stream of its own, while results of earlier ones come back.
 */
#include "exec/python_arguments.h"
#include "exec/sorter.h"

struct groups {
  struct vonk_operator op;
  struct vonk_sorter sorter;
  struct vonk_python_spec spec;
  uint32_t *sent[2], sent_count[2];  /* slots of the rows, by table */
  uint32_t *keys, key_count;         /* slots that stand beside the value: the keys, of a WINDOW the input's columns */
  uint32_t side;                     /* CO_GROUP: slot of the table's number */
};

struct reader {
  struct vonk_sorter_reader *merge;
  struct vonk_python_stream *stream;
  const uint8_t *rows[VONK_BATCH_ROWS];
  uint32_t count, at;                /* of the rows read; those before AT are sent */
  uint32_t run_end;                  /* rows up to here are one table's; sent up to POSITION from AT on */
  uint32_t position;
  bool in_group, has_run, at_end, is_ended;
  uint32_t table;
  struct vonk_text key;              /* of the group */
  uint64_t given;
  struct vonk_column *columns;
  struct vonk_scratch scratch;
};

/* --- opening --- */

/* Where a row of the sorter has EXPR: a column of the input, or one of the extras. */
static uint32_t slot_of(const struct vonk_relation *input, struct vonk_exprs *extras, struct vonk_expr *expr) {
  const struct vonk_expr_column *column = EXPR_AS(expr, column);
  for (uint32_t i = 0; column && i < input->column_count; i++) {
    if (input->columns[i].id == column->id) return 1 + i;
  }
  return 1 + input->column_count + vonk_python_place(extras, expr);
}

static void set_slots(struct groups *groups, struct vonk_arena *arena, uint32_t table, struct vonk_exprs exprs, struct vonk_exprs *extras) {
  groups->sent[table] = ARENA_ARRAY(arena, uint32_t, exprs.count + 1);
  groups->sent_count[table] = exprs.count;
  for (uint32_t i = 0; i < exprs.count; i++) groups->sent[table][i] = slot_of(groups->spec.plan->input, extras, exprs.items[i]);
}

/* What PySpark wants for a table: how many numbers follow, the number of keys, where these are, where the values are. */
static uint32_t put_places(struct vonk_python_argument *out, struct vonk_exprs *sent, struct vonk_exprs keys, struct vonk_exprs values) {
  uint32_t n = 2;
  for (uint32_t i = 0; i < values.count; i++) sent->items[sent->count++] = values.items[i];
  for (uint32_t i = 0; i < keys.count; i++) out[n++].column = (int32_t)vonk_python_place(sent, keys.items[i]);
  for (uint32_t i = 0; i < values.count; i++) out[n++].column = (int32_t)i;
  out[0].column = (int32_t)(n - 1);
  out[1].column = (int32_t)keys.count;
  return n;
}

static struct vonk_str name_of(const struct vonk_expr *expr) {
  const struct vonk_expr_column *column = EXPR_AS(expr, column);
  return column ? column->name : (struct vonk_str){0};
}

static STATUS open_tables(struct vonk_task *task, struct vonk_execution *execution, struct groups *groups, const struct vonk_relation_python *plan,
                          struct vonk_exprs *extras) {
  uint32_t tables = plan->mode == VONK_PYTHON_CO_GROUP ? 2 : 1, argument_count = 0;
  uint32_t left = tables == 2 ? (uint32_t)plan->left_count : plan->values.count;
  const struct vonk_type *types[2] = {NULL, NULL};
  uint32_t most = plan->keys.count + plan->values.count;
  struct vonk_python_argument *arguments = ARENA_ARRAY(task->arena, struct vonk_python_argument, (size_t)tables * (most + 2));
  for (uint32_t t = 0; t < tables; t++) {
    struct vonk_exprs values = {plan->values.items + (t ? left : 0), t ? plan->values.count - left : left};
    struct vonk_exprs sent = {ARENA_ARRAY(task->arena, struct vonk_expr *, most + 1), 0};
    argument_count += put_places(arguments + argument_count, &sent, plan->keys, values);
    struct vonk_str *names = ARENA_ARRAY(task->arena, struct vonk_str, sent.count + 1);
    for (uint32_t i = 0; i < sent.count; i++) names[i] = name_of(sent.items[i]);
    types[t] = vonk_python_type_of(task->arena, sent, names);
    set_slots(groups, task->arena, t, sent, extras);
  }
  if (plan->side) groups->side = slot_of(plan->input, extras, plan->side);
  return vonk_python_spec_init(task, execution, plan, types, tables, &arguments, &argument_count, &groups->spec);
}

static STATUS open_values(struct vonk_task *task, struct vonk_execution *execution, struct groups *groups, const struct vonk_relation_python *plan,
                          struct vonk_exprs *extras) {
  struct vonk_python_columns columns;
  vonk_python_collect(task->arena, &plan->functions, NULL, &columns);
  set_slots(groups, task->arena, 0, columns.exprs, extras);
  bool is_window = plan->mode == VONK_PYTHON_WINDOW;
  groups->key_count = is_window ? plan->input->column_count : plan->keys.count;
  groups->keys = ARENA_ARRAY(task->arena, uint32_t, groups->key_count + 1);
  for (uint32_t i = 0; i < groups->key_count; i++) groups->keys[i] = is_window ? 1 + i : slot_of(plan->input, extras, plan->keys.items[i]);
  return vonk_python_spec_init(task, execution, plan, &columns.type, 1, columns.arguments, columns.argument_counts, &groups->spec);
}

/* The order of rows in a group; a co-group's tables one behind the other. */
static struct vonk_exprs order_of(struct vonk_arena *arena, const struct vonk_relation_python *plan) {
  if (!plan->side) return plan->order;
  struct vonk_expr_sort_order *order = EXPR_NEW(arena, sort_order, NULL);
  struct vonk_exprs list = {ARENA_NEW(arena, struct vonk_expr *), 1};
  order->child = plan->side;
  order->nulls = 1;
  order->expr.type = plan->side->type;
  order->expr.deterministic = true;
  order->expr.physical = plan->side->physical;
  list.items[0] = &order->expr;
  return list;
}

/* Windows of a Python function are whole partitions. */
static STATUS check_frames(struct vonk_task *task, const struct vonk_relation_python *plan) {
  for (uint32_t i = 0; plan->mode == VONK_PYTHON_WINDOW && i < plan->functions.count; i++) {
    const struct vonk_expr_window_call *call = EXPR_AS(plan->functions.items[i], window_call);
    bool is_whole = call->lower == VONK_BOUND_UNBOUNDED && call->upper == VONK_BOUND_UNBOUNDED;
    if (!is_whole) return vonk_unsupported(task, call->expr.node.origin, "a Python function over a window frame that is not the whole partition");
  }
  return VONK_OK;
}

static uint32_t most_extras(const struct vonk_relation_python *plan) {
  uint32_t most = plan->keys.count + plan->values.count + 2;
  for (uint32_t i = 0; i < plan->functions.count; i++) most += vonk_python_innermost(plan->functions.items[i])->arguments.count;
  return most;
}

static STATUS groups_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation, struct vonk_operator **out) {
  const struct vonk_relation_python *plan = (const struct vonk_relation_python *)relation;
  struct vonk_operator *op = vonk_operator_create(execution, &vonk_operator_python_groups, relation, VONK_SHAPE_BREAKER, sizeof(struct groups));
  struct groups *groups = (struct groups *)op;
  struct vonk_exprs extras = {ARENA_ARRAY(task->arena, struct vonk_expr *, most_extras(plan)), 0};
  *out = op;
  vonk_operator_set_inputs(op, &plan->input, 1);
  op->order_use[0] = VONK_ORDER_USED; /* rows of a group come as they lie */
  groups->spec.plan = plan;
  TRY(check_frames(task, plan));
  if (plan->mode == VONK_PYTHON_AGGREGATE || plan->mode == VONK_PYTHON_WINDOW) TRY(open_values(task, execution, groups, plan, &extras));
  else TRY(open_tables(task, execution, groups, plan, &extras));
  struct vonk_exprs *order = ARENA_NEW(task->arena, struct vonk_exprs);
  *order = order_of(task->arena, plan);
  struct vonk_sorter_options options = {.input = plan->input, .partition = &plan->keys, .order = order, .extras = &extras, .wanted = UINT64_MAX};
  return vonk_sorter_init(task, &groups->sorter, op, &options);
}

static STATUS groups_open_worker(struct vonk_context *context, struct vonk_operator *op, enum vonk_role role, void **state) {
  struct groups *groups = (struct groups *)op;
  if (role == VONK_ROLE_SINK) return vonk_sorter_sink_open(context, &groups->sorter, (struct vonk_sorter_sink **)state);
  struct reader *r = ARENA_NEW(context->task.arena, struct reader);
  uint32_t widest = groups->sent_count[0] > groups->sent_count[1] ? groups->sent_count[0] : groups->sent_count[1];
  *state = r;
  r->columns = ARENA_ARRAY(context->task.arena, struct vonk_column, (size_t)widest + groups->key_count + 1);
  vonk_text_init(&r->key, context->task.arena);
  return vonk_python_stream_create(context, &groups->spec, groups->key_count, &r->stream);
}

static void groups_close_worker(struct vonk_operator *op, enum vonk_role role, void *state) {
  (void)op;
  if (!state) return;
  if (role == VONK_ROLE_SINK) {
    vonk_sorter_sink_close(state);
    return;
  }
  struct reader *r = state;
  vonk_python_stream_destroy(r->stream);
  vonk_sorter_reader_close(r->merge);
  vonk_scratch_deinit(&r->scratch);
}

static STATUS groups_absorb(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in, enum vonk_step *step) {
  *step = VONK_STEP_NEED_INPUT;
  return vonk_sorter_absorb(context, &((struct groups *)op)->sorter, state, in);
}

static STATUS groups_combine(struct vonk_context *context, struct vonk_operator *op, void *state) {
  return vonk_sorter_combine(context, &((struct groups *)op)->sorter, state);
}

static STATUS groups_finish(struct vonk_context *context, struct vonk_operator *op, uint32_t part) {
  uint32_t ranges;
  return part == VONK_FINISH_END ? vonk_sorter_split(context, &((struct groups *)op)->sorter, 1, &ranges) : VONK_OK;
}

/* --- sending --- */

static struct vonk_str key_of(const struct groups *groups, const uint8_t *row) {
  return vonk_str_slice(vonk_view_str(vonk_sorter_key(&groups->sorter, row)), 0, vonk_sorter_boundary(&groups->sorter, row));
}

static uint32_t table_of(const struct groups *groups, const uint8_t *row) {
  return groups->side ? (uint32_t) * (const int32_t *)(row + groups->sorter.layout.offsets[groups->side]) : 0;
}

static STATUS gather(struct vonk_context *context, struct groups *groups, struct reader *r, const uint32_t *slots, uint32_t slot_count, uint32_t from, uint32_t to,
                     struct vonk_batch *out) {
  vonk_scratch_reset(&r->scratch);
  for (uint32_t i = 0; i < slot_count; i++) {
    TRY(vonk_row_gather(&context->task, &groups->sorter.layout, slots[i], &r->scratch, r->rows + from, to - from, &r->columns[i]));
  }
  *out = (struct vonk_batch){.columns = r->columns, .column_count = slot_count, .row_count = to - from, .live_count = to - from};
  return VONK_OK;
}

/* Tables up to TABLE are begun and ended. */
static STATUS pass_tables(struct vonk_context *context, struct reader *r, uint32_t table) {
  for (; r->table < table; r->table++) TRY(vonk_python_end_table(context, r->stream, r->table));
  return VONK_OK;
}

static STATUS end_group(struct vonk_context *context, const struct groups *groups, struct reader *r) {
  if (!r->in_group) return VONK_OK;
  r->in_group = false;
  return pass_tables(context, r, groups->side ? 2 : 1);
}

static STATUS begin_group(struct vonk_context *context, struct groups *groups, struct reader *r, struct vonk_str key) {
  TRY(end_group(context, groups, r));
  if (!vonk_python_is_running(r->stream)) TRY(vonk_python_begin(context, r->stream, 0));
  TRY(vonk_python_begin_group(context, r->stream, groups->side ? 2 : 1));
  r->in_group = true;
  r->table = 0;
  r->key.size = 0;
  vonk_text_add(&r->key, key);
  if (groups->spec.plan->mode != VONK_PYTHON_AGGREGATE) return VONK_OK;
  struct vonk_batch keys;
  TRY(gather(context, groups, r, groups->keys, groups->key_count, r->at, r->at + 1, &keys));
  return vonk_python_keep(context, r->stream, &keys);
}

/* The rows from AT on that belong to one table of one group. */
static STATUS find_run(struct vonk_context *context, struct groups *groups, struct reader *r) {
  struct vonk_str key = key_of(groups, r->rows[r->at]);
  uint32_t table = table_of(groups, r->rows[r->at]);
  if (!r->in_group || !vonk_str_equal(key, vonk_text_str(&r->key))) TRY(begin_group(context, groups, r, key));
  TRY(pass_tables(context, r, table));
  r->run_end = r->at + 1;
  while (r->run_end < r->count && table_of(groups, r->rows[r->run_end]) == table && vonk_str_equal(key_of(groups, r->rows[r->run_end]), key)) r->run_end++;
  r->position = 0;
  r->has_run = true;
  if (groups->spec.plan->mode != VONK_PYTHON_WINDOW) return VONK_OK;
  struct vonk_batch rows;
  TRY(gather(context, groups, r, groups->keys, groups->key_count, r->at, r->run_end, &rows));
  return vonk_python_keep(context, r->stream, &rows);
}

/* One step of sending; there is room. */
static STATUS advance(struct vonk_context *context, struct groups *groups, struct reader *r) {
  if (r->at == r->count && !r->at_end) {
    r->at = 0;
    TRY(vonk_sorter_next(context, &groups->sorter, r->merge, r->rows, &r->count));
    r->at_end = r->count == 0;
  }
  if (r->at_end) {
    r->is_ended = true;
    TRY(end_group(context, groups, r));
    return vonk_python_is_running(r->stream) ? vonk_python_end(context, r->stream) : VONK_OK;
  }
  if (!r->has_run) TRY(find_run(context, groups, r));
  struct vonk_batch run;
  TRY(gather(context, groups, r, groups->sent[r->table], groups->sent_count[r->table], r->at, r->run_end, &run));
  TRY(vonk_python_append(context, r->stream, r->table, &run, &r->position));
  if (r->position < run.row_count) return VONK_OK;
  r->at = r->run_end;
  r->has_run = false;
  return VONK_OK;
}

static STATUS groups_pull(struct vonk_context *context, struct vonk_operator *op, void *state, struct vonk_batch *out, enum vonk_step *step) {
  struct groups *groups = (struct groups *)op;
  struct reader *r = state;
  bool came;
  if (!r->merge) TRY(vonk_sorter_reader_open(context, &groups->sorter, context->unit, &r->merge));
  context->wait_event = &context->execution->wake;
  context->wait_ticket = vonk_event_ticket(context->wait_event);
  *step = VONK_STEP_HAVE_OUTPUT; /* with or without rows: there is more to do */
  TRY(vonk_python_next(context, r->stream, out, &came));
  if (came) {
    out->partition = 0;
    out->first_row = r->given;
    out->row_origin = NULL;
    r->given += out->row_count;
    return VONK_OK;
  }
  bool has_room = !vonk_python_is_running(r->stream) || vonk_python_has_room(r->stream);
  if (!r->is_ended && has_room) return advance(context, groups, r);
  *step = r->is_ended && !vonk_python_is_running(r->stream) ? VONK_STEP_NEED_INPUT : VONK_STEP_BLOCKED;
  return VONK_OK;
}

static void groups_close(struct vonk_operator *op) { vonk_sorter_deinit(&((struct groups *)op)->sorter); }

static bool accepts(const struct vonk_relation *relation) {
  int32_t mode = ((const struct vonk_relation_python *)relation)->mode;
  return mode == VONK_PYTHON_AGGREGATE || mode == VONK_PYTHON_WINDOW || mode == VONK_PYTHON_GROUP || mode == VONK_PYTHON_CO_GROUP;
}

const struct vonk_operator_type vonk_operator_python_groups = {
    .name = "PythonGroups",
    .relation = &vonk_relation_python_type,
    .accepts = accepts,
    .open = groups_open,
    .open_worker = groups_open_worker,
    .close_worker = groups_close_worker,
    .pull = groups_pull,
    .absorb = groups_absorb,
    .combine = groups_combine,
    .finish = groups_finish,
    .close = groups_close,
};
