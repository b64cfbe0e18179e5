/* expr.c: expressions, kind by kind. */
#include "bind/binder_internal.h"

static STATUS literal(struct binder *b, const struct vonk_expr_literal *literal, struct vonk_expr **out) {
  *out = vonk_expr_literal_of(b->arena, &literal->value, literal->expr.node.origin);
  EXPR_AS(*out, literal)->zone = literal->zone;
  return VONK_OK;
}

static STATUS cast(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_cast *cast, struct vonk_expr **out) {
  struct vonk_expr *child;
  TRY(bind_expr(b, scope, cast->child, &child));
  struct vonk_bind_options options = bind_options(b, cast->expr.node.origin);
  const struct vonk_type *target = cast->target;
  /* CHAR and VARCHAR are types of table columns; in a cast they are strings. */
  if (target->id == VONK_TYPE_CHAR || target->id == VONK_TYPE_VARCHAR) target = &vonk_type_string;
  return vonk_bind_cast(b->task, &options, child, target, (enum vonk_cast_mode)cast->mode, false, out);
}

static STATUS sort_order(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_sort_order *order, struct vonk_expr **out) {
  struct vonk_expr_sort_order *bound = EXPR_NEW(b->arena, sort_order, order->expr.node.origin);
  TRY(bind_expr(b, scope, order->child, &bound->child));
  bound->descending = order->descending;
  bound->nulls = order->nulls ? order->nulls : order->descending ? 2 : 1;
  bound->expr.type = bound->child->type;
  bound->expr.nullable = bound->child->nullable;
  bound->expr.deterministic = bound->child->deterministic;
  bound->expr.can_raise = bound->child->can_raise;
  bound->expr.physical = bound->child->physical;
  if (!vonk_type_is_orderable(bound->child->type)) {
    return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__INVALID_ORDERING_TYPE, order->expr.node.origin, "functionName", STR("`sortorder`"), "dataType",
                      bind_quote_type(b, bound->child->type), "sqlExpr", bind_quote_expr(b, &bound->expr), NULL);
  }
  *out = &bound->expr;
  return VONK_OK;
}

STATUS bind_expand_text(struct binder *b, struct vonk_expr *unresolved, struct vonk_expr **out) {
  const struct vonk_expr_expression_string *string = EXPR_AS(unresolved, expression_string);
  const struct vonk_expr_alias *alias = EXPR_AS(unresolved, alias);
  *out = unresolved;
  if (alias && EXPR_IS(alias->child, expression_string)) {
    struct vonk_expr_alias *copy = (struct vonk_expr_alias *)(void *)vonk_node_clone(b->arena, &alias->expr.node);
    TRY(bind_expand_text(b, alias->child, &copy->child));
    *out = &copy->expr;
  }
  if (!string) return VONK_OK;
  struct vonk_sql_options options = bind_sql_options(b, b->conf);
  return vonk_sql_parse_expression(b->task, string->text, &options, out);
}

/* A name within an expression means nothing, but for what v:path is called in the names of columns. */
static STATUS inner_alias(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_alias *alias, struct vonk_expr **out) {
  TRY(bind_expr(b, scope, alias->child, out));
  struct vonk_expr_call *call = EXPR_AS(*out, call);
  if (!call || alias->names.count != 1 || strcmp(call->function->name, "variant_get") != 0) return VONK_OK;
  call->shown = vonk_str_format(b->arena, STR_FMT " AS " STR_FMT, STR_ARG(vonk_expr_sql(b->arena, *out)), STR_ARG(alias->names.parts[0]));
  return VONK_OK;
}

static STATUS dispatch(struct binder *b, const struct bind_scope *scope, struct vonk_expr *e, struct vonk_expr **out) {
  if (EXPR_IS(e, attribute)) return bind_name(b, scope, EXPR_AS(e, attribute), out);
  if (EXPR_IS(e, literal)) return literal(b, EXPR_AS(e, literal), out);
  if (EXPR_IS(e, function)) return bind_function_call(b, scope, EXPR_AS(e, function), out);
  if (EXPR_IS(e, cast)) return cast(b, scope, EXPR_AS(e, cast), out);
  if (EXPR_IS(e, alias)) return inner_alias(b, scope, EXPR_AS(e, alias), out);
  if (EXPR_IS(e, extract)) return bind_extract(b, scope, EXPR_AS(e, extract), out);
  if (EXPR_IS(e, subquery)) return bind_subquery(b, scope, EXPR_AS(e, subquery), out);
  if (EXPR_IS(e, window)) return bind_window(b, scope, EXPR_AS(e, window), out);
  if (EXPR_IS(e, sort_order)) return sort_order(b, scope, EXPR_AS(e, sort_order), out);
  if (EXPR_IS(e, parameter)) return bind_parameter(b, EXPR_AS(e, parameter), out);
  if (EXPR_IS(e, star)) return vonk_raise(b->task, VONK_INVALID_USAGE_OF_STAR_OR_REGEX, e->node.origin, "elem", STR("'*'"), "prettyName", STR("expression"), NULL);
  if (EXPR_IS(e, update_fields)) return bind_update_fields(b, scope, EXPR_AS(e, update_fields), out);
  if (EXPR_IS(e, python)) return bind_python(b, scope, EXPR_AS(e, python), out);
  if (EXPR_IS(e, expression_string)) {
    TRY(bind_expand_text(b, e, &e));
    return bind_expr(b, scope, e, out);
  }
  if (EXPR_IS(e, column) || EXPR_IS(e, call) || EXPR_IS(e, aggregate) || EXPR_IS(e, window_call)) {
    *out = e; /* bound already: an expanded star, a part of a rewritten relation */
    return VONK_OK;
  }
  return vonk_unsupported(b->task, e->node.origin, e->node.type->name);
}

STATUS bind_expr(struct binder *b, const struct bind_scope *scope, struct vonk_expr *unresolved, struct vonk_expr **out) {
  if (b->depth >= BIND_DEPTH_MAX) return vonk_unsupported(b->task, unresolved->node.origin, "an expression that is nested this deeply");
  b->depth++;
  enum vonk_status status = dispatch(b, scope, unresolved, out);
  b->depth--;
  return status;
}

STATUS bind_exprs(struct binder *b, const struct bind_scope *scope, struct vonk_exprs unresolved, struct vonk_exprs *out) {
  struct vonk_exprs bound = {ARENA_ARRAY(b->arena, struct vonk_expr *, unresolved.count), unresolved.count};
  for (uint32_t i = 0; i < unresolved.count; i++) TRY(bind_expr(b, scope, unresolved.items[i], &bound.items[i]));
  *out = bound;
  return VONK_OK;
}

/* ORDER BY 2: the second column in reach, when it is a bare integer. */
static STATUS order_by_position(struct binder *b, const struct bind_scope *scope, struct vonk_expr *unresolved, struct vonk_expr **out) {
  struct vonk_expr_sort_order *order = EXPR_AS(unresolved, sort_order);
  struct vonk_expr_literal *position = order ? EXPR_AS(order->child, literal) : NULL;
  *out = unresolved;
  if (!position || !position->value.type || position->value.type->id != VONK_TYPE_INT || position->value.is_null) return VONK_OK;
  if (!scope || !vonk_conf_bool(b->conf, VONK_CONF_ORDER_BY_ORDINAL)) return VONK_OK;
  uint32_t visible = 0;
  for (uint32_t i = 0; i < scope->columns.count; i++) {
    if (scope->columns.items[i].hidden || ++visible != position->value.integer) continue;
    struct vonk_expr_sort_order *copy = (struct vonk_expr_sort_order *)(void *)vonk_node_clone(b->arena, &unresolved->node);
    copy->child = bind_reference(b, &scope->columns.items[i], order->child->node.origin);
    *out = &copy->expr;
    return VONK_OK;
  }
  return vonk_raise(b->task, VONK_ORDER_BY_POS_OUT_OF_RANGE, order->child->node.origin, "index",
                    vonk_str_format(b->arena, "%lld", (long long)position->value.integer), "size", vonk_str_format(b->arena, "%u", visible), NULL);
}

/* ORDER BY ALL: every column in reach, unless one is called so. */
static STATUS order_by_all(struct binder *b, const struct bind_scope *scope, struct vonk_exprs unresolved, struct vonk_exprs *out) {
  struct vonk_expr_sort_order *order = unresolved.count == 1 ? EXPR_AS(unresolved.items[0], sort_order) : NULL;
  struct vonk_expr_attribute *all = order ? EXPR_AS(order->child, attribute) : NULL;
  uint32_t index, count = 0;
  *out = unresolved;
  if (!scope || !all || all->name.count != 1 || !vonk_str_equal_nocase(all->name.parts[0], STR("all"))) return VONK_OK;
  TRY(bind_find_column(b, scope->columns, all->name.parts[0], NULL, &index));
  if (index != UINT32_MAX) return VONK_OK;
  struct vonk_exprs list = {ARENA_ARRAY(b->arena, struct vonk_expr *, scope->columns.count), 0};
  for (uint32_t i = 0; i < scope->columns.count; i++) {
    if (scope->columns.items[i].hidden) continue;
    struct vonk_expr_sort_order *copy = (struct vonk_expr_sort_order *)(void *)vonk_node_clone(b->arena, &order->expr.node);
    copy->child = bind_reference(b, &scope->columns.items[i], order->expr.node.origin);
    list.items[count++] = &copy->expr;
  }
  list.count = count;
  *out = list;
  return VONK_OK;
}

STATUS bind_sort_orders(struct binder *b, const struct bind_scope *scope, struct vonk_exprs unresolved, struct vonk_exprs *out) {
  struct vonk_exprs list;
  TRY(order_by_all(b, scope, unresolved, &list));
  struct vonk_exprs bound = {ARENA_ARRAY(b->arena, struct vonk_expr *, list.count), list.count};
  for (uint32_t i = 0; i < list.count; i++) {
    struct vonk_expr *order;
    TRY(order_by_position(b, scope, list.items[i], &order));
    TRY(bind_expr(b, scope, order, &bound.items[i]));
  }
  *out = bound;
  return VONK_OK;
}

static STATUS misplaced(struct binder *b, const struct vonk_expr *condition, const struct vonk_node *found, const struct vonk_origin *origin) {
  return vonk_raise(b->task, VONK_INVALID_WHERE_CONDITION, origin, "condition", bind_quote_expr(b, condition), "expressionList",
                    vonk_expr_sql(b->arena, (const struct vonk_expr *)found), NULL);
}

STATUS bind_condition(struct binder *b, const struct bind_scope *scope, struct vonk_expr *unresolved, const char *what, const struct vonk_origin *origin,
                      struct vonk_expr **out) {
  TRY(bind_expr(b, scope, unresolved, out));
  struct vonk_expr *condition = *out;
  if (!origin) origin = condition->node.origin;
  bool is_clause = strcmp(what, "WHERE") == 0 || strcmp(what, "HAVING") == 0;
  if (is_clause && bind_find(&condition->node, false, bind_test_window, NULL)) {
    return vonk_raise(b->task, VONK_WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE, NULL, "clauseName", vonk_str_of(what), NULL);
  }
  if (strcmp(what, "WHERE") == 0) {
    struct vonk_node *found = bind_find(&condition->node, false, bind_test_aggregate, NULL);
    if (!found) found = bind_find(&condition->node, false, bind_test_generator, NULL);
    if (found) return misplaced(b, condition, found, origin);
  }
  if (condition->type->id == VONK_TYPE_BOOLEAN) return VONK_OK;
  if (condition->type->id == VONK_TYPE_VOID) return bind_cast(b, condition, &vonk_type_boolean, true, out);
  if (vonk_type_is_string(condition->type) && (!b->ansi || EXPR_IS(condition, literal))) return bind_cast(b, condition, &vonk_type_boolean, true, out);
  if (strcmp(what, "ON") == 0) {
    return vonk_raise(b->task, VONK_JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE, origin, "joinCondition", bind_quote_expr(b, condition),
                      "conditionType", bind_quote_type(b, condition->type), NULL);
  }
  return vonk_raise(b->task, VONK_DATATYPE_MISMATCH__FILTER_NOT_BOOLEAN, origin, "sqlExpr", bind_quote_expr(b, condition), "filter",
                    bind_quote_expr(b, condition), "type", bind_quote_type(b, condition->type), NULL);
}
