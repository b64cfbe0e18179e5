/* time_window.c: window(), session_window() and window_time(): columns of a relation that is laid below what asks for them.
 *
 * A window is counted once for a query block, as Spark does it: rows without a time are dropped, sliding windows multiply rows, and
 * what called the function refers to the column. Its metadata says what it is: window_time() takes no other structs, and GROUP BY a
 * session puts those together that meet (session_group.c).
 */
#include "bind/binder_internal.h"

#include "func/time_window.h"

#define WINDOW_MARK "\"spark.timeWindow\""
#define SESSION_MARK "\"spark.sessionWindow\""

struct windowing {
  struct binder *b;
  struct bind_scope scope;            /* `added` grows */
  struct vonk_relation *relation;     /* its first columns are those added */
  const struct vonk_origin *origin;   /* of the block */
  const struct vonk_expr_call *asked; /* the one window or session, bound; NULL: none yet */
  const struct vonk_plan_column *column; /* of it */
};

/* --- finding --- */

static enum vonk_time_window_kind kind_of(const struct vonk_node *node) {
  const struct vonk_expr_function *function = EXPR_AS(node, function);
  if (!function) return VONK_NO_TIME_WINDOW;
  struct vonk_str name = function->name.parts[function->name.count - 1];
  if (function->name.count > 1 && !vonk_str_equal_nocase(function->name.parts[function->name.count - 2], STR("builtin"))) return VONK_NO_TIME_WINDOW;
  if (vonk_str_equal_nocase(name, STR("window"))) return VONK_TIME_WINDOW;
  if (vonk_str_equal_nocase(name, STR("session_window"))) return VONK_SESSION_WINDOW;
  return vonk_str_equal_nocase(name, STR("window_time")) ? VONK_WINDOW_TIME : VONK_NO_TIME_WINDOW;
}

static bool mentions_window(struct vonk_str text) {
  struct vonk_str word = STR("window");
  for (size_t i = 0; i + word.size <= text.size; i++) {
    if (vonk_str_equal_nocase(vonk_str_slice(text, i, i + word.size), word)) return true;
  }
  return false;
}

static bool may_ask(const void *object, const struct vonk_node *node) {
  (void)object;
  const struct vonk_expr_expression_string *string = EXPR_AS(node, expression_string);
  return string ? mentions_window(string->text) : kind_of(node) != VONK_NO_TIME_WINDOW;
}

/* --- columns --- */

static const struct vonk_plan_column *column_of(const struct windowing *w, const struct vonk_expr *expr) {
  const struct vonk_expr_column *reference = EXPR_AS(expr, column);
  for (uint32_t i = 0; reference && !reference->outer && i < w->relation->column_count; i++) {
    if (w->relation->columns[i].id == reference->id) return &w->relation->columns[i];
  }
  return NULL;
}

static struct vonk_str with_mark(struct binder *b, const struct vonk_plan_column *time, const char *mark) {
  struct vonk_str own = time ? time->metadata : STR("");
  if (own.size <= 2) return vonk_str_format(b->arena, "{%s:true}", mark);
  return vonk_str_format(b->arena, STR_FMT ",%s:true}", STR_ARG(vonk_str_slice(own, 0, own.size - 1)), mark);
}

/* METADATA without the member of that key, which is the last one or has others behind it. */
static struct vonk_str without_mark(struct binder *b, struct vonk_str metadata, const char *mark) {
  size_t from = vonk_str_find(metadata, vonk_str_of(mark), 0);
  if (from == SIZE_MAX) return metadata;
  size_t to = vonk_str_find(metadata, STR("true"), from) + 4;
  if (metadata.data[to] == ',') to++;
  else if (metadata.data[from - 1] == ',') from--;
  struct vonk_str rest = vonk_str_format(b->arena, STR_FMT STR_FMT, STR_ARG(vonk_str_slice(metadata, 0, from)), STR_ARG(vonk_str_slice(metadata, to, metadata.size)));
  return rest.size == 2 ? STR("") : rest;
}

bool bind_is_session(struct vonk_str metadata) { return vonk_str_find(metadata, STR(SESSION_MARK), 0) != SIZE_MAX; }

/* EXPR becomes the first column, before KEPT of those that were there. */
static void add_column(struct windowing *w, struct vonk_plan_column column, struct vonk_expr *expr, uint32_t kept) {
  struct binder *b = w->b;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, kept + 1);
  struct vonk_expr **exprs = ARENA_ARRAY(b->arena, struct vonk_expr *, kept + 1);
  columns[0] = column;
  exprs[0] = expr;
  for (uint32_t i = 0; i < kept; i++) {
    columns[i + 1] = w->relation->columns[i];
    exprs[i + 1] = bind_reference(b, &columns[i + 1], NULL);
  }
  w->relation = bind_project(b, w->relation, columns, exprs, kept + 1, w->origin);
  w->scope.added = (struct bind_columns){columns, w->scope.added.count + 1};
}

static STATUS drop_nulls(struct windowing *w, struct vonk_expr *time) {
  struct vonk_expr *has_time;
  if (!time->nullable) return VONK_OK;
  TRY(bind_call(w->b, "isnotnull", w->origin, &has_time, 1, time));
  w->relation = bind_select_where(w->b, w->relation, has_time, w->origin);
  return VONK_OK;
}

STATUS bind_window_value(struct binder *b, const struct vonk_type *type, struct vonk_expr *start, struct vonk_expr *end, struct vonk_expr **out) {
  struct vonk_value names[] = {vonk_value_text(&vonk_type_string, STR("start")), vonk_value_text(&vonk_type_string, STR("end"))};
  const struct vonk_origin *origin = start->node.origin;
  TRY(bind_call(b, "named_struct", origin, out, 4, vonk_expr_literal_of(b->arena, &names[0], origin), start, vonk_expr_literal_of(b->arena, &names[1], origin), end));
  (*out)->type = type;
  return VONK_OK;
}
static struct vonk_plan_column new_column(struct binder *b, struct vonk_str name, const struct vonk_type *type, bool nullable, struct vonk_str metadata) {
  return (struct vonk_plan_column){.id = bind_new_id(b), .name = name, .type = type, .nullable = nullable, .metadata = metadata};
}

static struct vonk_expr *micros(struct windowing *w, int64_t value) { return bind_long(w->b, value, &vonk_type_long, w->origin); }

static STATUS add_tumbling(struct windowing *w, struct vonk_expr *time, const struct vonk_time_window *window, struct vonk_plan_column column) {
  struct vonk_expr *start, *end, *value;
  TRY(drop_nulls(w, time));
  TRY(bind_call(w->b, "window_start", w->origin, &start, 3, time, micros(w, window->slide), micros(w, window->start)));
  TRY(bind_call(w->b, "shift_time", w->origin, &end, 2, start, micros(w, window->duration)));
  TRY(bind_window_value(w->b, column.type, start, end, &value));
  value->nullable = false;
  add_column(w, column, value, w->relation->column_count);
  return VONK_OK;
}

static STATUS add_sliding(struct windowing *w, struct vonk_expr *time, const struct vonk_time_window *window, struct vonk_plan_column column) {
  struct binder *b = w->b;
  struct vonk_expr *windows;
  TRY(drop_nulls(w, time));
  TRY(bind_call(b, "sliding_windows", w->origin, &windows, 4, time, micros(w, window->duration), micros(w, window->slide), micros(w, window->start)));
  TRY(bind_generate(b, w->relation, windows, false, (struct vonk_name){0}, STR(""), w->origin, &w->relation));
  uint32_t last = w->relation->column_count - 1;
  add_column(w, column, bind_reference(b, &w->relation->columns[last], w->origin), last);
  return VONK_OK;
}

/* The gap as an interval; *positive: it is the same for all rows, and longer than nothing. */
static STATUS bind_gap(struct windowing *w, struct vonk_expr *gap, struct vonk_expr **out, bool *positive) {
  struct binder *b = w->b;
  struct vonk_bind_options options = bind_options(b, gap->node.origin);
  struct vonk_value value;
  *positive = false;
  /* A text that is no interval gives none, whatever the mode. */
  TRY(vonk_bind_cast(b->task, &options, gap, &vonk_type_interval, VONK_CAST_LEGACY, true, out));
  if (!(*out)->deterministic || vonk_expr_references(b->arena, *out).count || EXPR_IS(gap, subquery)) return VONK_OK;
  TRY(bind_fold(b, *out, &value));
  *positive = !value.is_null && (vonk_int128)value.interval.months + value.interval.days + value.interval.micros > 0;
  return VONK_OK;
}

static STATUS add_session(struct windowing *w, struct vonk_expr *time, struct vonk_expr *gap, struct vonk_plan_column column) {
  struct binder *b = w->b;
  struct vonk_expr *interval, *end, *value, *from, *to, *lasts;
  bool positive;
  TRY(bind_gap(w, gap, &interval, &positive));
  TRY(drop_nulls(w, time));
  TRY(bind_call(b, "+", w->origin, &end, 2, time, interval));
  TRY(bind_window_value(b, column.type, time, end, &value));
  value->nullable = false;
  add_column(w, column, value, w->relation->column_count);
  if (positive) return VONK_OK;
  struct vonk_expr *session = bind_reference(b, &w->relation->columns[0], w->origin);
  TRY(bind_field(b, session, STR("start"), w->origin, &from));
  TRY(bind_field(b, session, STR("end"), w->origin, &to));
  TRY(bind_call(b, ">", w->origin, &lasts, 2, to, from));
  w->relation = bind_select_where(b, w->relation, lasts, w->origin);
  return VONK_OK;
}

/* window_time() of a bound window. */
static STATUS add_window_time(struct windowing *w, struct vonk_expr *window, struct vonk_expr **out) {
  struct binder *b = w->b;
  const struct vonk_plan_column *source = column_of(w, window);
  struct vonk_str name = vonk_str_format(b->arena, "window_time(" STR_FMT ")", STR_ARG(vonk_expr_sql(b->arena, window)));
  struct vonk_str metadata = source ? without_mark(b, without_mark(b, source->metadata, WINDOW_MARK), SESSION_MARK) : STR("");
  if (!source || (vonk_str_find(source->metadata, STR(WINDOW_MARK), 0) == SIZE_MAX && !bind_is_session(source->metadata))) {
    return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_3101, NULL, "windowTime", name, NULL);
  }
  for (uint32_t i = 0; i < w->scope.added.count; i++) {
    if (!vonk_str_equal(w->scope.added.items[i].name, name)) continue;
    *out = bind_reference(b, &w->scope.added.items[i], w->origin);
    return VONK_OK;
  }
  struct vonk_expr *end;
  TRY(bind_call(b, "get_struct_field", w->origin, &end, 2, window, bind_long(b, 1, &vonk_type_int, w->origin)));
  TRY(bind_call(b, "shift_time", w->origin, &end, 2, end, micros(w, -1)));
  add_column(w, new_column(b, name, end->type, true, metadata), end, w->relation->column_count);
  *out = bind_reference(b, &w->relation->columns[0], w->origin);
  return VONK_OK;
}

/* --- calls --- */

/* *OUT is NULL when a function of the session has the name. */
static STATUS bind_asked(struct windowing *w, struct vonk_expr_function *call, struct vonk_expr_call **out) {
  struct vonk_expr *bound;
  struct bind_scope scope = w->scope;
  scope.takes_time_windows = true;
  TRY(bind_function_call(w->b, &scope, call, &bound));
  *out = EXPR_AS(bound, call);
  return VONK_OK;
}

static bool same_window(const struct vonk_expr_call *a, const struct vonk_expr_call *c) {
  if (a->function != c->function || !vonk_node_equal(&a->arguments.items[0]->node, &c->arguments.items[0]->node)) return false;
  if (!a->data) return vonk_node_equal(&a->arguments.items[1]->node, &c->arguments.items[1]->node);
  const struct vonk_time_window *x = a->data, *y = c->data;
  return x->duration == y->duration && x->slide == y->slide && x->start == y->start;
}

static STATUS take_times(void *object, struct vonk_node *node, struct vonk_node **out);

/* The first call makes the column; the others must mean the same. */
static STATUS take_window(struct windowing *w, struct vonk_node *node, struct vonk_node **out) {
  struct binder *b = w->b;
  struct vonk_expr_call *call;
  TRY(vonk_node_map_children(b->arena, node, take_times, w, &node));
  TRY(bind_asked(w, EXPR_AS(node, function), &call));
  *out = node;
  if (!call) return VONK_OK;
  if (w->asked && !same_window(w->asked, call)) return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_1039, w->origin, NULL);
  if (!w->asked) {
    struct vonk_expr *time = call->arguments.items[0];
    bool is_session = vonk_time_window_kind(call->function) == VONK_SESSION_WINDOW;
    const struct vonk_time_window *window = call->data;
    if (time->type->id == VONK_TYPE_STRUCT) TRY(add_window_time(w, time, &time));
    struct vonk_plan_column column = new_column(b, is_session ? STR("session_window") : STR("window"), call->expr.type, call->expr.nullable,
                                                with_mark(b, column_of(w, time), is_session ? SESSION_MARK : WINDOW_MARK));
    w->asked = call;
    if (is_session) TRY(add_session(w, time, call->arguments.items[1], column));
    else if (window->slide < window->duration) TRY(add_sliding(w, time, window, column));
    else TRY(add_tumbling(w, time, window, column));
    w->column = vonk_arena_copy(b->arena, &column, sizeof column);
  }
  *out = &bind_reference(b, w->column, node->origin)->node;
  return VONK_OK;
}

/* Texts are read here, others looked through; relations have windows of their own. */
static STATUS look_inside(struct windowing *w, struct vonk_node *node, vonk_node_rewrite *take, struct vonk_node **out) {
  *out = node;
  if (node->type->node_class == VONK_CLASS_RELATION) return VONK_OK;
  if (EXPR_IS(node, expression_string)) {
    struct vonk_expr *expr;
    TRY(bind_expand_text(w->b, (struct vonk_expr *)(void *)node, &expr));
    node = &expr->node;
    return take(w, node, out);
  }
  return vonk_node_map_children(w->b->arena, node, take, w, out);
}

static STATUS take_windows(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct windowing *w = object;
  enum vonk_time_window_kind kind = kind_of(node);
  if (kind == VONK_TIME_WINDOW || kind == VONK_SESSION_WINDOW) return take_window(w, node, out);
  return look_inside(w, node, take_windows, out);
}

static STATUS take_times(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct windowing *w = object;
  struct vonk_expr_call *call;
  if (kind_of(node) != VONK_WINDOW_TIME) return look_inside(w, node, take_times, out);
  TRY(bind_asked(w, EXPR_AS(node, function), &call));
  *out = node;
  if (!call) return VONK_OK;
  struct vonk_expr *time;
  TRY(add_window_time(w, call->arguments.items[0], &time));
  *out = &time->node;
  return VONK_OK;
}

static STATUS take_all(struct windowing *w, vonk_node_rewrite *take, struct vonk_exprs *const *lists, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_exprs list = {ARENA_ARRAY(w->b->arena, struct vonk_expr *, lists[i]->count), lists[i]->count};
    for (uint32_t k = 0; k < list.count; k++) {
      struct vonk_node *out;
      TRY(take(w, &lists[i]->items[k]->node, &out));
      list.items[k] = (struct vonk_expr *)(void *)out;
    }
    *lists[i] = list;
  }
  return VONK_OK;
}

bool bind_asks_time_window(struct vonk_exprs list) {
  for (uint32_t i = 0; i < list.count; i++) {
    if (bind_find(&list.items[i]->node, false, may_ask, NULL)) return true;
  }
  return false;
}

STATUS bind_time_windows(struct binder *b, struct bind_scope *scope, struct vonk_exprs *const *lists, uint32_t count, const struct vonk_origin *origin,
                         struct vonk_relation **relation) {
  bool any = false;
  for (uint32_t i = 0; i < count && !any; i++) any = bind_asks_time_window(*lists[i]);
  if (!any) return VONK_OK;
  struct windowing w = {.b = b, .scope = *scope, .relation = *relation, .origin = origin};
  TRY(take_all(&w, take_windows, lists, count));
  TRY(take_all(&w, take_times, lists, count));
  *relation = w.relation;
  scope->added = w.scope.added;
  return VONK_OK;
}
