/* expr.c: the field tables of all kinds of expressions, and small constructors. */
#include "expr/expr.h"

#include "base/map.h"
#include "column/column.h"
#include "expr/function.h"

#define F(kind, member, field) VONK_FIELD(vonk_expr_##kind, member, VONK_KIND_##field)
#define H(kind, member, field) VONK_FIELD_HIDDEN(vonk_expr_##kind, member, VONK_KIND_##field)
#define NODE_TYPE(kind, connect_name, is_own)                                                                       \
  const struct vonk_node_type vonk_expr_##kind##_type = {connect_name, VONK_CLASS_EXPR, is_own,                     \
                                                         sizeof(struct vonk_expr_##kind), kind##_fields,            \
                                                         COUNT_OF(kind##_fields)};

static const struct vonk_field attribute_fields[] = {F(attribute, name, NAME), F(attribute, is_metadata, BOOL)};
NODE_TYPE(attribute, "unresolved_attribute", false)
static const struct vonk_field star_fields[] = {F(star, target, NAME), F(star, except, NODES)};
NODE_TYPE(star, "unresolved_star", false)
static const struct vonk_field regex_fields[] = {F(regex, pattern, STR), F(regex, target, NAME)};
NODE_TYPE(regex, "unresolved_regex", false)
static const struct vonk_field function_fields[] = {
    F(function, name, NAME), F(function, arguments, NODES), F(function, distinct, BOOL),
    F(function, filter, NODE), F(function, nulls, ENUM), F(function, within_group, NODES)};
NODE_TYPE(function, "unresolved_function", false)
static const struct vonk_field extract_fields[] = {F(extract, child, NODE), F(extract, extraction, NODE)};
NODE_TYPE(extract, "unresolved_extract_value", false)
static const struct vonk_field alias_fields[] = {F(alias, child, NODE), F(alias, names, NAME), F(alias, metadata, STR)};
NODE_TYPE(alias, "alias", false)
static const struct vonk_field cast_fields[] = {F(cast, child, NODE), F(cast, target, TYPE), F(cast, mode, ENUM),
                                                H(cast, implicit, BOOL), F(cast, time_zone, STR), H(cast, stored_column, STR)};
NODE_TYPE(cast, "cast", false)
static const struct vonk_field sort_order_fields[] = {F(sort_order, child, NODE), F(sort_order, descending, BOOL), F(sort_order, nulls, ENUM)};
NODE_TYPE(sort_order, "sort_order", false)
static const struct vonk_field lambda_fields[] = {F(lambda, body, NODE), F(lambda, parameters, NODES)};
NODE_TYPE(lambda, "lambda_function", false)
static const struct vonk_field lambda_variable_fields[] = {F(lambda_variable, name, NAME), F(lambda_variable, id, ID)};
NODE_TYPE(lambda_variable, "unresolved_named_lambda_variable", false)
static const struct vonk_field window_fields[] = {
    F(window, function, NODE), F(window, reference, STR), F(window, partition, NODES), F(window, order, NODES),
    F(window, frame_unit, ENUM), F(window, lower, ENUM), F(window, upper, ENUM), F(window, lower_value, NODE),
    F(window, upper_value, NODE)};
NODE_TYPE(window, "window", false)
static const struct vonk_field subquery_fields[] = {F(subquery, kind, ENUM), F(subquery, plan, NODE), F(subquery, values, NODES)};
NODE_TYPE(subquery, "subquery_expression", false)
static const struct vonk_field literal_fields[] = {F(literal, value, VALUE), H(literal, zone, POINTER)};
NODE_TYPE(literal, "literal", false)
static const struct vonk_field named_argument_fields[] = {F(named_argument, name, STR), F(named_argument, value, NODE)};
NODE_TYPE(named_argument, "named_argument_expression", false)
static const struct vonk_field expression_string_fields[] = {F(expression_string, text, STR)};
NODE_TYPE(expression_string, "expression_string", false)
static const struct vonk_field update_fields_fields[] = {F(update_fields, child, NODE), F(update_fields, field, STR), F(update_fields, value, NODE)};
NODE_TYPE(update_fields, "update_fields", false)
static const struct vonk_field parameter_fields[] = {F(parameter, name, STR), F(parameter, position, INT)};
NODE_TYPE(parameter, "parameter", true)
static const struct vonk_field python_fields[] = {
    F(python, name, NAME), F(python, arguments, NODES), F(python, output, TYPE), F(python, output_text, STR), F(python, command, STR),
    F(python, python_version, STR), F(python, eval_type, INT), F(python, not_deterministic, BOOL), F(python, distinct, BOOL)};
NODE_TYPE(python, "common_inline_user_defined_function", false)
static const struct vonk_field shuffle_partition_fields[] = {F(shuffle_partition, child, NODE)};
NODE_TYPE(shuffle_partition, "direct_shuffle_partition_id", false)
static const struct vonk_field column_fields[] = {F(column, id, ID), H(column, name, STR), F(column, outer, BOOL)};
NODE_TYPE(column, "column", true)
static const struct vonk_field call_fields[] = {F(call, function, POINTER), F(call, arguments, NODES), F(call, ansi, ENUM), F(call, last_key_wins, BOOL),
                                                F(call, time_zone, STR), H(call, data, POINTER), H(call, shown, STR)};
NODE_TYPE(call, "call", true)
static const struct vonk_field aggregate_fields[] = {
    F(aggregate, function, POINTER), F(aggregate, arguments, NODES), F(aggregate, distinct, BOOL),
    F(aggregate, ignore_nulls, BOOL), F(aggregate, respect_nulls, BOOL), F(aggregate, filter, NODE), F(aggregate, order, NODES), F(aggregate, ansi, ENUM),
    F(aggregate, time_zone, STR), H(aggregate, data, POINTER)};
NODE_TYPE(aggregate, "aggregate_call", true)
static const struct vonk_field window_call_fields[] = {
    F(window_call, function, NODE), F(window_call, partition, NODES), F(window_call, order, NODES),
    F(window_call, frame_unit, ENUM), F(window_call, lower, ENUM), F(window_call, upper, ENUM),
    F(window_call, lower_value, NODE), F(window_call, upper_value, NODE),
    F(window_call, lower_key, NODE), F(window_call, upper_key, NODE), F(window_call, ignore_nulls, BOOL)};
NODE_TYPE(window_call, "window_call", true)

/* --- constructors --- */

struct vonk_expr *vonk_expr_literal_of(struct vonk_arena *arena, const struct vonk_value *value, const struct vonk_origin *origin) {
  struct vonk_expr_literal *literal = EXPR_NEW(arena, literal, origin);
  literal->value = *value;
  literal->expr.type = value->type;
  literal->expr.nullable = value->is_null;
  literal->expr.deterministic = true;
  if (!value->type) return &literal->expr;
  literal->expr.physical = (uint8_t)vonk_physical_of(value->type);
  if (value->is_null) return &literal->expr;
  if (value->type->id == VONK_TYPE_DECIMAL) literal->expr.range = (struct vonk_range){true, value->decimal, value->decimal};
  else if (literal->expr.physical >= VONK_PHYSICAL_I8 && literal->expr.physical <= VONK_PHYSICAL_I64)
    literal->expr.range = (struct vonk_range){true, value->integer, value->integer};
  return &literal->expr;
}

struct vonk_expr *vonk_expr_column_of(struct vonk_arena *arena, uint64_t id, struct vonk_str name, const struct vonk_type *type, bool nullable) {
  struct vonk_expr_column *column = EXPR_NEW(arena, column, NULL);
  column->id = id;
  column->name = name;
  column->expr.type = type;
  column->expr.nullable = nullable;
  column->expr.deterministic = true;
  column->expr.physical = (uint8_t)vonk_physical_of(type);
  return &column->expr;
}

/* --- questions --- */

typedef ARRAY_OF(struct vonk_expr *) expr_array;

static void split(struct vonk_arena *arena, struct vonk_expr *condition, expr_array *out) {
  struct vonk_expr_call *call = EXPR_AS(condition, call);
  if (call && strcmp(call->function->name, "and") == 0) {
    for (uint32_t i = 0; i < call->arguments.count; i++) split(arena, call->arguments.items[i], out);
    return;
  }
  *ARRAY_PUSH(arena, out) = condition;
}

void vonk_expr_split_and(struct vonk_arena *arena, struct vonk_expr *condition, struct vonk_exprs *out) {
  expr_array list = {0};
  split(arena, condition, &list);
  *out = (struct vonk_exprs){list.items, (uint32_t)list.count};
}

struct reference_search {
  struct vonk_arena *arena;
  ARRAY_OF(uint64_t) ids;
};

static STATUS collect(void *object, struct vonk_node *node) {
  struct reference_search *search = object;
  const struct vonk_expr_column *column = EXPR_AS(node, column);
  if (node->type->node_class != VONK_CLASS_EXPR) return VONK_OK;
  if (!column) return vonk_node_children(node, collect, object);
  if (column->outer) return VONK_OK;
  for (size_t i = 0; i < search->ids.count; i++) {
    if (search->ids.items[i] == column->id) return VONK_OK;
  }
  *ARRAY_PUSH(search->arena, &search->ids) = column->id;
  return VONK_OK;
}

static STATUS find_raising(void *object, struct vonk_node *child) {
  bool *found = object;
  *found |= child->type->node_class == VONK_CLASS_EXPR && ((const struct vonk_expr *)(const void *)child)->can_raise;
  return VONK_OK;
}

bool vonk_expr_may_raise(const struct vonk_expr *expr) {
  bool found = expr->raises;
  if (vonk_node_children(&expr->node, find_raising, &found) != VONK_OK) ASSERT(!"a walk cannot fail");
  return found;
}

struct vonk_ids vonk_expr_references(struct vonk_arena *arena, const struct vonk_expr *expr) {
  struct reference_search search = {.arena = arena};
  if (collect(&search, (struct vonk_node *)(uintptr_t)expr) != VONK_OK) ASSERT(!"a walk cannot fail");
  return (struct vonk_ids){search.ids.items, (uint32_t)search.ids.count};
}
