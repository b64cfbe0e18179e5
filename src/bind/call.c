/* call.c: function calls: what the binder does beyond finding the row and letting func/ match the signature. */
#include "bind/binder_internal.h"

#include "func/coercion.h"
#include "func/time_window.h"
#include "expr/program.h"

struct vonk_bind_options bind_options(const struct binder *b, const struct vonk_origin *origin) {
  return (struct vonk_bind_options){.ansi = b->ansi, .case_sensitive = b->case_sensitive, .time_zone = b->time_zone, .conf = b->conf,
                                    .parse_type = vonk_sql_parse_type_text, .origin = origin};
}

STATUS bind_call_list(struct binder *b, const char *name, const struct vonk_origin *origin, struct vonk_exprs arguments, struct vonk_expr **out) {
  const struct vonk_function *function;
  struct vonk_str part = vonk_str_of(name);
  TRY(bind_find_function(b, (struct vonk_name){&part, 1}, origin, &function));
  struct vonk_bind_options options = bind_options(b, origin);
  if (function->flags & VONK_FN_FOLD_ONCE) *b->folds = true;
  return vonk_bind_function(b->task, &options, function, &arguments, out);
}

STATUS bind_call(struct binder *b, const char *name, const struct vonk_origin *origin, struct vonk_expr **out, uint32_t count, ...) {
  struct vonk_exprs arguments = {ARENA_ARRAY(b->arena, struct vonk_expr *, count), count};
  va_list list;
  va_start(list, count);
  for (uint32_t i = 0; i < count; i++) arguments.items[i] = va_arg(list, struct vonk_expr *);
  va_end(list);
  return bind_call_list(b, name, origin, arguments, out);
}

STATUS bind_cast(struct binder *b, struct vonk_expr *child, const struct vonk_type *target, bool implicit, struct vonk_expr **out) {
  struct vonk_bind_options options = bind_options(b, child->node.origin);
  return vonk_bind_cast(b->task, &options, child, target, VONK_CAST_DEFAULT, implicit, out);
}

STATUS bind_common_type(struct binder *b, const struct vonk_type *a, const struct vonk_type *c, const struct vonk_type **out) {
  *out = vonk_type_equal(a, c) ? a : vonk_coercion_wider(b->arena, a, c, b->ansi);
  return VONK_OK;
}

STATUS bind_fold(struct binder *b, struct vonk_expr *expr, struct vonk_value *out) {
  struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
  if (literal) {
    *out = literal->value;
    return VONK_OK;
  }
  return vonk_expr_fold(b->task, expr, out);
}

struct vonk_expr *bind_long(struct binder *b, int64_t value, const struct vonk_type *type, const struct vonk_origin *origin) {
  struct vonk_value literal = vonk_value_integer(type, value);
  return vonk_expr_literal_of(b->arena, &literal, origin);
}

bool bind_is_generator(const struct vonk_expr *expr) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  return call && call->function && call->function->kind == VONK_GENERATOR;
}

STATUS bind_find_function(struct binder *b, struct vonk_name name, const struct vonk_origin *origin, const struct vonk_function **out) {
  struct vonk_str last = name.parts[name.count - 1];
  bool builtin = name.count == 1 || (vonk_str_equal_nocase(name.parts[name.count - 2], STR("builtin")) && name.count <= 3);
  *out = builtin ? vonk_function_lookup(last) : NULL;
  if (*out) return VONK_OK;
  const struct vonk_catalog_function *java;
  TRY(vonk_catalog_find_function(b->task, b->context->catalog, name, origin, &java));
  if (java) return vonk_catalog_cannot_load(b->task, java, origin);
  struct vonk_str path = vonk_catalog_search_path(b->arena, b->context->catalog, true);
  return vonk_raise(b->task, VONK_UNRESOLVED_ROUTINE, origin, "routineName", vonk_name_quote(b->arena, name), "searchPath", path, NULL);
}

static struct vonk_expr *text_literal(struct binder *b, struct vonk_str text) {
  struct vonk_value value = vonk_value_text(&vonk_type_string, text);
  return vonk_expr_literal_of(b->arena, &value, NULL);
}

/* The name a value gets as a field of struct(...): its alias, its last name, or its place. */
static struct vonk_str field_name(struct binder *b, const struct vonk_expr *unresolved, uint32_t index) {
  const struct vonk_expr_alias *alias = EXPR_AS(unresolved, alias);
  const struct vonk_expr_attribute *attribute = EXPR_AS(unresolved, attribute);
  const struct vonk_expr_column *column = EXPR_AS(unresolved, column);
  if (alias && alias->names.count) return alias->names.parts[0];
  if (attribute) return attribute->name.parts[attribute->name.count - 1];
  if (column) return column->name;
  return vonk_str_format(b->arena, "col%u", index + 1);
}

/* struct(a, b AS c) takes names and values in turn, as named_struct('a', a, 'c', b). */
static STATUS bind_struct(struct binder *b, const struct bind_scope *scope, struct vonk_expr_function *call, struct vonk_expr **out) {
  const struct vonk_function *function;
  struct vonk_str name = STR("struct");
  struct vonk_exprs values;
  TRY(bind_find_function(b, (struct vonk_name){&name, 1}, call->expr.node.origin, &function));
  struct vonk_exprs unresolved = call->arguments;
  TRY(bind_star_arguments(b, scope, unresolved, &unresolved));
  TRY(bind_exprs(b, scope, unresolved, &values));
  struct vonk_exprs pairs = {ARENA_ARRAY(b->arena, struct vonk_expr *, (size_t)values.count * 2), values.count * 2};
  for (uint32_t i = 0; i < values.count; i++) {
    pairs.items[2 * i] = text_literal(b, field_name(b, unresolved.items[i], i));
    pairs.items[2 * i + 1] = values.items[i];
  }
  struct vonk_bind_options options = bind_options(b, call->expr.node.origin);
  return vonk_bind_function(b->task, &options, function, &pairs, out);
}

/* --- aggregates --- */

static STATUS check_aggregate(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_aggregate *call) {
  const struct vonk_origin *origin = call->expr.node.origin;
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    const struct vonk_node *argument = &call->arguments.items[i]->node;
    const struct vonk_node *nested = bind_find(argument, false, bind_test_aggregate, NULL);
    if (nested && !(scope && scope->over)) return vonk_raise(b->task, VONK_NESTED_AGGREGATE_FUNCTION, nested->origin, NULL);
    if (bind_find(argument, false, bind_test_window, NULL)) {
      return vonk_unsupported(b->task, origin, "a window function inside an aggregate");
    }
    if (!call->arguments.items[i]->deterministic) {
      return vonk_raise(b->task, VONK_AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION, origin, "sqlExpr", bind_quote_expr(b, &call->expr), NULL);
    }
  }
  return VONK_OK;
}

static STATUS refuse(struct binder *b, const struct vonk_expr_function *call, const char *what) {
  return vonk_raise(b->task, VONK_INVALID_SQL_SYNTAX__FUNCTION_WITH_UNSUPPORTED_SYNTAX, call->expr.node.origin, "prettyName",
                    vonk_name_quote(b->arena, call->name), "syntax", vonk_str_of(what), NULL);
}

static STATUS finish_aggregate(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_function *call, struct vonk_expr *bound) {
  struct vonk_expr_aggregate *aggregate = EXPR_AS(bound, aggregate);
  aggregate->distinct = call->distinct;
  if (call->filter) {
    TRY(bind_condition(b, scope, call->filter, "FILTER", NULL, &aggregate->filter));
    if (bind_find(&aggregate->filter->node, false, bind_test_aggregate, NULL)) {
      return vonk_raise(b->task, VONK_INVALID_AGGREGATE_FILTER__CONTAINS_AGGREGATE, aggregate->expr.node.origin, "filterExpr",
                        bind_quote_expr(b, aggregate->filter), "aggExpr", bind_quote_expr(b, &aggregate->expr), NULL);
    }
  }
  return check_aggregate(b, scope, aggregate);
}

/* count(*), also with a filter or in a window: count(1). */
static bool is_count_star(const struct vonk_expr_function *call) {
  const struct vonk_expr *argument = call->arguments.count == 1 ? call->arguments.items[0] : NULL;
  const struct vonk_expr_expression_string *string = argument ? EXPR_AS(argument, expression_string) : NULL;
  const struct vonk_expr_star *star = argument ? EXPR_AS(argument, star) : NULL;
  bool is_count = !call->distinct && vonk_str_equal_nocase(call->name.parts[call->name.count - 1], STR("count"));
  if (string) return is_count && vonk_str_equal(vonk_str_trim(string->text), STR("*"));
  return is_count && star && star->target.count == 0 && star->except.count == 0;
}

/* count(t.*) might mean rows or columns: Spark refuses it. */
static STATUS check_count_of_table(struct binder *b, const struct vonk_expr_function *call) {
  const struct vonk_expr_star *star = call->arguments.count == 1 ? EXPR_AS(call->arguments.items[0], star) : NULL;
  if (!star || star->target.count != 1 || !vonk_str_equal_nocase(call->name.parts[call->name.count - 1], STR("count"))) return VONK_OK;
  return vonk_raise(b->task, VONK_INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT, call->expr.node.origin, "tableName", star->target.parts[0], NULL);
}

static STATUS bind_arguments(struct binder *b, const struct bind_scope *scope, const struct vonk_function *function,
                             const struct vonk_expr_function *call, struct vonk_exprs *out) {
  struct vonk_exprs unresolved;
  struct bind_scope inner = scope ? *scope : (struct bind_scope){0};
  inner.in_aggregate = function->kind == VONK_AGGREGATE;
  inner.over = inner.takes_time_windows = false;
  if (is_count_star(call)) {
    *out = (struct vonk_exprs){ARENA_NEW(b->arena, struct vonk_expr *), 1};
    out->items[0] = bind_long(b, 1, &vonk_type_int, call->expr.node.origin);
    return VONK_OK;
  }
  TRY(check_count_of_table(b, call));
  TRY(bind_star_arguments(b, scope ? &inner : NULL, call->arguments, &unresolved));
  *out = (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, unresolved.count), unresolved.count};
  bool has_lambda = false;
  for (uint32_t i = 0; i < unresolved.count; i++) {
    struct vonk_expr *argument = unresolved.items[i];
    if (EXPR_IS(argument, named_argument)) {
      return vonk_raise(b->task, VONK_NAMED_PARAMETERS_NOT_SUPPORTED, call->expr.node.origin, "functionName", vonk_name_quote(b->arena, call->name), NULL);
    }
    has_lambda |= EXPR_IS(argument, lambda);
    if (EXPR_IS(argument, lambda)) out->items[i] = argument;
    else TRY(bind_expr(b, scope ? &inner : NULL, argument, &out->items[i]));
    if (bind_is_generator(out->items[i])) {
      return vonk_raise(b->task, VONK_UNSUPPORTED_GENERATOR__NESTED_IN_EXPRESSIONS, NULL, "expression", bind_quote_expr(b, &call->expr), NULL);
    }
  }
  return has_lambda ? bind_lambdas(b, scope, function, out, call->expr.node.origin) : VONK_OK;
}

static STATUS check_clauses(struct binder *b, const struct vonk_expr_function *call, const struct vonk_function *function) {
  bool aggregate = function->kind == VONK_AGGREGATE, nulls = function->kind == VONK_WINDOW || (function->flags & VONK_FN_IGNORES_NULLS);
  if (call->distinct && !aggregate) return refuse(b, call, "DISTINCT");
  if (call->filter && !aggregate) return refuse(b, call, "FILTER clause");
  if (call->nulls && !nulls) return refuse(b, call, call->nulls == 2 ? "IGNORE NULLS" : "RESPECT NULLS");
  if (call->within_group.count && !(function->flags & VONK_FN_WITHIN_GROUP)) return refuse(b, call, "WITHIN GROUP (ORDER BY ...)");
  return VONK_OK;
}

static bool compares(const struct vonk_function *function) {
  static const char *const names[] = {"=", "==", "<=>", "!=", "<>", "<", "<=", ">", ">=", "in"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (strcmp(function->name, names[i]) == 0) return true;
  }
  return false;
}

/* Comparisons with a CHAR column do not see blanks at the end: texts and shorter columns beside it are filled up. */
static STATUS fill_up_chars(struct binder *b, const struct vonk_function *function, struct vonk_exprs *arguments) {
  uint32_t length = 0;
  for (uint32_t i = 0; i < arguments->count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(arguments->items[i], column);
    if (column && column->char_length > length) length = column->char_length;
  }
  if (!length || !compares(function) || vonk_conf_bool(b->conf, VONK_CONF_LEGACY_NO_CHAR_PADDING)) return VONK_OK;
  for (uint32_t i = 0; i < arguments->count; i++) {
    struct vonk_expr *expr = arguments->items[i];
    const struct vonk_expr_column *column = EXPR_AS(expr, column);
    const struct vonk_expr_literal *literal = EXPR_AS(expr, literal);
    bool shorter_column = column && column->char_length && column->char_length < length;
    bool shorter_text = literal && !literal->value.is_null && vonk_type_is_string(expr->type) && vonk_utf8_count(literal->value.text) < length;
    if (!shorter_column && !shorter_text) continue;
    const struct vonk_origin *origin = expr->node.origin;
    TRY(bind_call(b, "rpad", origin, &arguments->items[i], 2, expr, bind_long(b, length, &vonk_type_int, origin)));
    EXPR_AS(arguments->items[i], call)->shown = vonk_expr_sql(b->arena, expr);
  }
  return VONK_OK;
}

STATUS bind_function_call(struct binder *b, const struct bind_scope *scope, struct vonk_expr_function *call, struct vonk_expr **out) {
  const struct vonk_function *function;
  const struct vonk_origin *origin = call->expr.node.origin;
  struct vonk_exprs arguments;
  struct vonk_str name = call->name.parts[call->name.count - 1];
  if (call->name.count == 1 && vonk_str_equal_nocase(name, STR("struct"))) return bind_struct(b, scope, call, out);
  TRY(bind_session_function(b, scope, call, out));
  if (*out) return VONK_OK;
  TRY(bind_find_function(b, call->name, origin, &function));
  TRY(bind_arguments(b, scope, function, call, &arguments));
  TRY(fill_up_chars(b, function, &arguments));
  TRY(check_clauses(b, call, function));
  if (function->kind == VONK_WINDOW && !(scope && scope->over)) {
    return vonk_raise(b->task, VONK_WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE, b->query_origin, "funcName", bind_quote_expr(b, &call->expr), NULL);
  }
  if (vonk_time_window_kind(function) && !(scope && scope->takes_time_windows)) return vonk_unsupported(b->task, origin, "a window of time here");
  if (function->flags & VONK_FN_FOLD_ONCE) *b->folds = true;
  struct vonk_bind_options options = bind_options(b, origin);
  options.nulls = call->nulls;
  TRY(bind_sort_orders(b, scope, call->within_group, &options.within_group));
  TRY(vonk_bind_function(b->task, &options, function, &arguments, out));
  return function->kind == VONK_AGGREGATE ? finish_aggregate(b, scope, call, *out) : VONK_OK;
}
