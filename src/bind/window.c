/* window.c: window functions: the call with its specification, and their way out of a SELECT's expressions. */
#include "bind/binder_internal.h"

static STATUS find_definition(struct binder *b, const struct vonk_expr_window *window, const struct vonk_expr_window **out) {
  for (const struct bind_windows *w = b->windows; w; w = w->outer) {
    for (uint32_t i = 0; w->definitions && i < w->definitions->count; i++) {
      struct vonk_expr_alias *alias = EXPR_AS(w->definitions->items[i], alias);
      struct vonk_expr_window *definition = EXPR_AS(alias->child, window);
      if (!bind_same_name(b, alias->names.parts[0], window->reference)) continue;
      if (definition->reference.size) return find_definition(b, definition, out);
      *out = definition;
      return VONK_OK;
    }
  }
  return vonk_raise(b->task, VONK_MISSING_WINDOW_SPECIFICATION, NULL, "windowName", window->reference, "docroot",
                    STR("https://spark.apache.org/docs/latest"), NULL);
}

static STATUS bad_frame(struct binder *b, const struct vonk_expr_window *spec, const struct vonk_expr_window_call *call, enum vonk_condition condition) {
  return vonk_raise(b->task, condition, spec->expr.node.origin, "sqlExpr", bind_quote_expr(b, &call->expr), NULL);
}

/* What a RANGE frame may add to a key. */
static bool frame_type_fits(const struct vonk_type *key, const struct vonk_type *offset) {
  if (vonk_type_is_numeric(key)) return vonk_type_is_numeric(offset);
  bool months = offset->id == VONK_TYPE_INTERVAL_YM;
  if (key->id == VONK_TYPE_DATE) return offset->id == VONK_TYPE_INT || offset->id == VONK_TYPE_INTERVAL_DT || months;
  if (key->id != VONK_TYPE_TIMESTAMP && key->id != VONK_TYPE_TIMESTAMP_NTZ) return vonk_type_equal(key, offset);
  return months || offset->id == VONK_TYPE_INTERVAL_DT || offset->id == VONK_TYPE_INTERVAL;
}

static STATUS frame_type_error(struct binder *b, const struct vonk_expr_window *spec, struct vonk_expr *value, const char *expected, bool is_upper) {
  return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE, spec->expr.node.origin, "location",
                    is_upper ? STR("upper") : STR("lower"), "exprType", bind_quote_type(b, value->type), "expectedType", vonk_str_of(expected),
                    "sqlExpr", bind_quote_expr(b, value), NULL);
}

/* One bound; for RANGE also the order key and the offset, which the keys of other rows are compared with. */
static STATUS frame_bound(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_window *spec, struct vonk_expr_window_call *call, bool is_upper) {
  struct vonk_expr *unresolved = is_upper ? spec->upper_value : spec->lower_value;
  struct vonk_expr **out = is_upper ? &call->upper_value : &call->lower_value;
  if (!unresolved) return VONK_OK;
  TRY(bind_expr(b, scope, unresolved, out));
  if (vonk_expr_references(b->arena, *out).count) {
    return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE, spec->expr.node.origin, "location",
                      is_upper ? STR("upper") : STR("lower"), "expression", bind_quote_expr(b, *out), "sqlExpr", bind_quote_expr(b, *out), NULL);
  }
  if (call->frame_unit == VONK_FRAME_ROWS) {
    if ((*out)->type->id != VONK_TYPE_INT) return frame_type_error(b, spec, *out, "\"INT\"", is_upper);
    return VONK_OK;
  }
  if (call->order.count != 1) return bad_frame(b, spec, call, VONK_DATATYPE_MISMATCH__RANGE_FRAME_MULTI_ORDER);
  const struct vonk_expr_sort_order *order = EXPR_AS(call->order.items[0], sort_order);
  const struct vonk_type *key = order->child->type;
  if (!vonk_type_is_numeric(key) && !vonk_type_is_datetime(key) && !vonk_type_is_interval(key)) {
    return frame_type_error(b, spec, order->child, "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")", is_upper);
  }
  if (vonk_type_is_numeric(key)) TRY(bind_cast(b, *out, key, true, out));
  if (!frame_type_fits(key, (*out)->type)) {
    return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__RANGE_FRAME_INVALID_TYPE, spec->expr.node.origin, "sqlExpr", bind_quote_expr(b, &call->expr),
                      "orderSpecType", bind_quote_type(b, key), "valueBoundaryType", bind_quote_type(b, (*out)->type), NULL);
  }
  struct vonk_bind_options options = bind_options(b, unresolved->node.origin);
  struct vonk_expr **sum = is_upper ? &call->upper_key : &call->lower_key;
  TRY(vonk_bind_named(b->task, &options, sum, order->descending ? "-" : "+", 2, order->child, *out));
  return (*sum)->type->id == key->id ? VONK_OK : bind_cast(b, *sum, key, true, sum);
}

static STATUS check_bounds(struct binder *b, const struct vonk_expr_window *spec, const struct vonk_expr_window_call *call) {
  if (!call->lower_value || !call->upper_value) return VONK_OK;
  const struct vonk_type *lower_type = call->lower_value->type, *upper_type = call->upper_value->type;
  if (!vonk_type_equal(lower_type, upper_type)) {
    return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__SPECIFIED_WINDOW_FRAME_DIFF_TYPES, spec->expr.node.origin, "sqlExpr", bind_quote_expr(b, &call->expr),
                      "lower", bind_quote_expr(b, call->lower_value), "upper", bind_quote_expr(b, call->upper_value), "lowerType",
                      bind_quote_type(b, lower_type), "upperType", bind_quote_type(b, upper_type), NULL);
  }
  if (lower_type->id == VONK_TYPE_INTERVAL) return VONK_OK; /* has no order */
  struct vonk_value lower, upper;
  TRY(bind_fold(b, call->lower_value, &lower));
  TRY(bind_fold(b, call->upper_value, &upper));
  if (lower.is_null || upper.is_null || vonk_value_compare(&lower, &upper) <= 0) return VONK_OK;
  return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON, spec->expr.node.origin, "sqlExpr",
                    bind_quote_expr(b, &call->expr), "comparison", STR("less than or equal"), NULL);
}

static bool is_offset(const struct vonk_function *function) { return strcmp(function->name, "lag") == 0 || strcmp(function->name, "lead") == 0; }

/* What a function that is no aggregate wants; lag and lead one row. */
static STATUS required_frame(struct binder *b, struct vonk_expr_window_call *call, const struct vonk_function *function) {
  call->frame_unit = strcmp(function->name, "cume_dist") == 0 ? VONK_FRAME_RANGE : VONK_FRAME_ROWS;
  call->lower = VONK_BOUND_UNBOUNDED;
  call->upper = VONK_BOUND_CURRENT;
  if (!is_offset(function)) return VONK_OK;
  struct vonk_value offset;
  TRY(bind_fold(b, EXPR_AS(call->function, call)->arguments.items[1], &offset));
  offset.integer = strcmp(function->name, "lag") == 0 ? -offset.integer : offset.integer;
  call->lower = call->upper = VONK_BOUND_VALUE;
  call->lower_value = call->upper_value = vonk_expr_literal_of(b->arena, &offset, call->expr.node.origin);
  return VONK_OK;
}

/* Spark's default: all rows without ORDER BY, else up to the current row and its equals. */
static void default_frame(struct vonk_expr_window_call *call) {
  call->frame_unit = call->order.count ? VONK_FRAME_RANGE : VONK_FRAME_ROWS;
  call->lower = VONK_BOUND_UNBOUNDED;
  call->upper = call->order.count ? VONK_BOUND_CURRENT : VONK_BOUND_UNBOUNDED;
}

static STATUS bind_required(struct binder *b, const struct vonk_expr_window *spec, struct vonk_expr_window_call *call, const struct vonk_function *function) {
  TRY(required_frame(b, call, function));
  if (spec->frame_unit == VONK_FRAME_NONE) return VONK_OK;
  if (is_offset(function)) return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_1035, NULL, "prettyName", vonk_str_of(function->name), NULL);
  if (spec->frame_unit == call->frame_unit && spec->lower == call->lower && spec->upper == call->upper) return VONK_OK;
  struct vonk_str required = bind_quote_expr(b, &call->expr);
  call->frame_unit = spec->frame_unit;
  call->lower = spec->lower;
  call->upper = spec->upper;
  call->lower_value = spec->lower_value;
  call->upper_value = spec->upper_value;
  return vonk_raise(b->task, VONK__LEGACY_ERROR_TEMP_1036, NULL, "wf", bind_quote_expr(b, &call->expr), "required", required, NULL);
}

static STATUS bind_specification(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_window *spec, struct vonk_expr_window_call *call,
                                 const struct vonk_function *function) {
  struct bind_scope inner = scope ? *scope : (struct bind_scope){0};
  inner.in_aggregate = true; /* names mean the FROM clause first */
  TRY(bind_exprs(b, &inner, spec->partition, &call->partition));
  struct vonk_exprs unresolved = spec->order;
  call->order = (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, unresolved.count), unresolved.count};
  for (uint32_t i = 0; i < unresolved.count; i++) TRY(bind_expr(b, &inner, unresolved.items[i], &call->order.items[i]));
  if (function->kind == VONK_WINDOW && call->order.count == 0) {
    return vonk_raise(b->task, VONK_WINDOW_FUNCTION_FRAME_NOT_ORDERED, NULL, "wf_name", vonk_str_of(function->name), "wf_expr",
                      vonk_expr_sql(b->arena, call->function), NULL);
  }
  if (function->kind == VONK_WINDOW && strcmp(function->name, "nth_value") != 0) return bind_required(b, spec, call, function);
  if (spec->frame_unit == VONK_FRAME_NONE) {
    default_frame(call);
    return VONK_OK;
  }
  call->frame_unit = spec->frame_unit;
  call->lower = spec->lower;
  call->upper = spec->upper;
  call->lower_value = spec->lower_value; /* for messages, until they are bound */
  call->upper_value = spec->upper_value;
  if (spec->frame_unit == VONK_FRAME_RANGE && call->order.count == 0 && !(spec->lower == VONK_BOUND_UNBOUNDED && spec->upper == VONK_BOUND_UNBOUNDED)) {
    return bad_frame(b, spec, call, VONK_DATATYPE_MISMATCH__RANGE_FRAME_WITHOUT_ORDER);
  }
  TRY(frame_bound(b, scope, spec, call, false));
  TRY(frame_bound(b, scope, spec, call, true));
  return check_bounds(b, spec, call);
}

/* nth_value's third argument is IGNORE NULLS in other words. */
static bool nth_ignores_nulls(struct vonk_expr_call *call) {
  if (!call || strcmp(call->function->name, "nth_value") != 0 || call->arguments.count < 3) return false;
  const struct vonk_expr_literal *literal = EXPR_AS(call->arguments.items[2], literal);
  call->arguments.count = 2;
  return literal && !literal->value.is_null && literal->value.integer;
}

/* What looks at all values in an order of its own. */
static bool needs_whole_partition(const struct vonk_expr_aggregate *aggregate) {
  static const char *const names[] = {"median", "percentile_cont", "percentile_disc"};
  bool found = aggregate->order.count > 0;
  for (size_t i = 0; i < COUNT_OF(names); i++) found |= strcmp(aggregate->function->name, names[i]) == 0;
  return found;
}
static bool is_whole_partition(const struct vonk_expr_window_call *call) {
  return call->order.count == 0 && call->lower == VONK_BOUND_UNBOUNDED && call->upper == VONK_BOUND_UNBOUNDED;
}

STATUS bind_window(struct binder *b, const struct bind_scope *scope, struct vonk_expr_window *window, struct vonk_expr **out) {
  const struct vonk_expr_window *spec = window;
  struct vonk_expr_window_call *call = EXPR_NEW(b->arena, window_call, window->function->node.origin);
  if (window->reference.size) TRY(find_definition(b, window, &spec));
  struct bind_scope inner = scope ? *scope : (struct bind_scope){0};
  inner.in_aggregate = inner.over = true;
  TRY(bind_expr(b, &inner, window->function, &call->function));
  struct vonk_expr_aggregate *aggregate = EXPR_AS(call->function, aggregate);
  struct vonk_expr_call *ranking = EXPR_AS(call->function, call);
  if (!aggregate && (!ranking || ranking->function->kind != VONK_WINDOW)) {
    return vonk_raise(b->task, VONK_UNSUPPORTED_EXPR_FOR_WINDOW, call->expr.node.origin, "sqlExpr", bind_quote_expr(b, call->function), NULL);
  }
  struct vonk_expr_function *function = EXPR_AS(window->function, function);
  call->ignore_nulls = nth_ignores_nulls(ranking) || (function && function->nulls == 2);
  call->expr.type = call->function->type;
  call->expr.nullable = call->function->nullable || aggregate || call->ignore_nulls;
  if (aggregate && !call->function->nullable) call->expr.nullable = false;
  call->expr.deterministic = call->function->deterministic;
  call->expr.can_raise = call->function->can_raise;
  call->expr.physical = call->function->physical;
  TRY(bind_specification(b, scope, spec, call, aggregate ? aggregate->function : ranking->function));
  if (aggregate && needs_whole_partition(aggregate) && !is_whole_partition(call)) {
    return vonk_raise(b->task, VONK_INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC, call->expr.node.origin, "aggFunc", bind_quote_expr(b, call->function), NULL);
  }
  if (aggregate && aggregate->distinct) {
    return vonk_raise(b->task, VONK_DISTINCT_WINDOW_FUNCTION_UNSUPPORTED, call->expr.node.origin, "windowExpr", bind_quote_expr(b, &call->expr), NULL);
  }
  *out = &call->expr;
  return VONK_OK;
}

/* --- extraction --- */

struct extraction {
  struct bind_block *block;
  struct { struct vonk_expr **items; size_t count, capacity; } calls;
  struct { uint64_t *items; size_t count, capacity; } ids;
};

static STATUS take_windows(void *object, struct vonk_node *node, struct vonk_node **out) {
  struct extraction *e = object;
  struct binder *b = e->block->b;
  struct vonk_expr_window_call *call = EXPR_AS(node, window_call);
  if (!call) {
    const struct vonk_expr_call *bare = EXPR_AS(node, call);
    if (bare && bare->function->kind == VONK_WINDOW) {
      return vonk_raise(b->task, VONK_WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE, e->block->origin, "funcName", bind_quote_expr(b, &bare->expr), NULL);
    }
    *out = node;
    if (node->type->node_class != VONK_CLASS_EXPR) return VONK_OK;
    return vonk_node_map_children(b->arena, node, take_windows, object, out);
  }
  struct vonk_node *inner[] = {&call->function->node};
  if (bind_find(inner[0], false, bind_test_window, NULL)) {
    return vonk_raise(b->task, VONK_INTERNAL_ERROR, node->origin, "message", STR("A window function cannot be an argument of another."), NULL);
  }
  size_t i = 0;
  while (i < e->calls.count && !(call->expr.deterministic && vonk_node_equal(&e->calls.items[i]->node, node))) i++;
  if (i == e->calls.count) {
    *ARRAY_PUSH(b->arena, &e->calls) = &call->expr;
    *ARRAY_PUSH(b->arena, &e->ids) = bind_new_id(b);
  }
  struct vonk_plan_column column = {.id = e->ids.items[i], .name = STR("_window"), .type = call->expr.type, .nullable = call->expr.nullable};
  *out = &bind_reference(b, &column, node->origin)->node;
  return VONK_OK;
}

static bool same_exprs(struct vonk_exprs a, struct vonk_exprs c) {
  if (a.count != c.count) return false;
  for (uint32_t i = 0; i < a.count; i++) {
    if (!vonk_node_equal(&a.items[i]->node, &c.items[i]->node)) return false;
  }
  return true;
}

/* All calls from FIRST on that have its partition and order become one window_of. */
static void add_window_of(struct extraction *e, size_t first, bool *done) {
  struct binder *b = e->block->b;
  struct vonk_relation *input = e->block->relation;
  struct vonk_expr_window_call *head = EXPR_AS(e->calls.items[first], window_call);
  struct vonk_relation_window_of *of = RELATION_NEW(b->arena, window_of, e->block->origin);
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, input->column_count + e->calls.count);
  uint32_t count = input->column_count;
  if (count) memcpy(columns, input->columns, count * sizeof *columns);
  of->calls.items = ARENA_ARRAY(b->arena, struct vonk_expr *, e->calls.count);
  for (size_t i = first; i < e->calls.count; i++) {
    struct vonk_expr_window_call *call = EXPR_AS(e->calls.items[i], window_call);
    if (done[i] || bind_is_python_window(&head->expr) != bind_is_python_window(&call->expr) || !same_exprs(head->partition, call->partition) || !same_exprs(head->order, call->order)) continue;
    done[i] = true;
    of->calls.items[of->calls.count++] = &call->expr;
    columns[count++] = (struct vonk_plan_column){.id = e->ids.items[i], .name = STR("_window"), .type = call->expr.type, .nullable = call->expr.nullable, .hidden = true};
  }
  of->input = input;
  of->relation.columns = columns;
  of->relation.column_count = count;
  e->block->relation = bind_is_python_window(&head->expr) ? bind_python_window(b, of) : &of->relation;
}

STATUS bind_extract_windows(struct bind_block *block) {
  struct extraction e = {.block = block};
  for (size_t i = 0; i < block->items.count; i++) {
    struct vonk_node *out;
    TRY(take_windows(&e, &block->items.items[i].expr->node, &out));
    block->items.items[i].expr = (struct vonk_expr *)(void *)out;
  }
  bool *done = ARENA_ARRAY(block->b->arena, bool, e.calls.count);
  for (size_t i = 0; i < e.calls.count; i++) {
    if (!done[i]) add_window_of(&e, i, done);
  }
  return VONK_OK;
}
