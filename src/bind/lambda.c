/* lambda.c: lambdas among a function's arguments: their parameters get types from the collections beside them. */
#include "bind/binder_internal.h"

/* The types of the parameters of a lambda with COUNT of them, as NAME hands out its collection's parts. */
static uint32_t parameter_types(struct binder *b, const struct vonk_function *function, const struct vonk_exprs *arguments, uint32_t place, uint32_t count,
                                const struct vonk_type *types[4], bool nulls[4]) {
  const struct vonk_type *first = arguments->items[0]->type, *second = arguments->count > 1 ? arguments->items[1]->type : NULL;
  (void)b;
  if (first && first->id == VONK_TYPE_MAP) {
    types[0] = first->key;
    types[1] = first->element;
    nulls[0] = false;
    nulls[1] = first->contains_null;
    if (strcmp(function->name, "map_zip_with") == 0 && second && second->id == VONK_TYPE_MAP) {
      types[2] = second->element;
      nulls[1] = nulls[2] = true;
      return 3;
    }
    return 2;
  }
  if (!first || first->id != VONK_TYPE_ARRAY) return 0;
  bool folds = strcmp(function->name, "aggregate") == 0 || strcmp(function->name, "reduce") == 0;
  if (folds) {
    types[0] = second;
    types[1] = first->element;
    nulls[0] = true;
    nulls[1] = first->contains_null;
    return place == 3 ? 1 : 2;
  }
  types[0] = first->element;
  nulls[0] = first->contains_null;
  if (strcmp(function->name, "zip_with") == 0 && second && second->id == VONK_TYPE_ARRAY) {
    types[1] = second->element;
    nulls[0] = nulls[1] = true;
    return 2;
  }
  if (strcmp(function->name, "array_sort") == 0) {
    types[1] = first->element;
    nulls[1] = first->contains_null;
    return 2;
  }
  types[1] = &vonk_type_int;
  nulls[1] = false;
  return count > 2 ? 2 : count;
}

static STATUS bind_lambda_body(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_lambda *lambda, const struct vonk_type *const *types,
                               const bool *nulls, struct vonk_expr **out) {
  struct vonk_expr_lambda *bound = (struct vonk_expr_lambda *)(void *)vonk_node_clone(b->arena, &lambda->expr.node);
  bound->parameters.items = ARENA_ARRAY(b->arena, struct vonk_expr *, lambda->parameters.count);
  for (uint32_t i = 0; i < lambda->parameters.count; i++) {
    struct vonk_expr_lambda_variable *variable = (struct vonk_expr_lambda_variable *)(void *)vonk_node_clone(b->arena, &lambda->parameters.items[i]->node);
    variable->id = bind_new_id(b);
    variable->expr.type = types[i];
    variable->expr.nullable = nulls[i];
    variable->expr.deterministic = true;
    variable->expr.physical = (uint8_t)vonk_physical_of(types[i]);
    bound->parameters.items[i] = &variable->expr;
  }
  struct bind_lambda frame = {scope ? scope->lambda : NULL, &bound->parameters};
  struct bind_scope inner = scope ? *scope : (struct bind_scope){0};
  inner.lambda = &frame;
  TRY(bind_expr(b, &inner, lambda->body, &bound->body));
  bound->expr.type = bound->body->type;
  bound->expr.nullable = bound->body->nullable;
  bound->expr.deterministic = bound->body->deterministic;
  bound->expr.can_raise = bound->body->can_raise;
  bound->expr.physical = bound->body->physical;
  *out = &bound->expr;
  return VONK_OK;
}

STATUS bind_lambdas(struct binder *b, const struct bind_scope *scope, const struct vonk_function *function, struct vonk_exprs *arguments,
                    const struct vonk_origin *origin) {
  for (uint32_t i = 0; i < arguments->count; i++) {
    const struct vonk_expr_lambda *lambda = EXPR_AS(arguments->items[i], lambda);
    const struct vonk_type *types[4] = {0};
    bool nulls[4] = {0};
    if (!lambda) continue;
    uint32_t count = parameter_types(b, function, arguments, i, lambda->parameters.count, types, nulls);
    if (count != lambda->parameters.count || count == 0) {
      if (count == 0 && i == 0) return vonk_raise(b->task, VONK_INVALID_LAMBDA_FUNCTION_CALL__NON_HIGHER_ORDER_FUNCTION, origin, "class", vonk_str_of(function->name), NULL);
      return vonk_raise(b->task, VONK_INVALID_LAMBDA_FUNCTION_CALL__NUM_ARGS_MISMATCH, origin, "expectedNumArgs",
                        vonk_str_format(b->arena, "%u", lambda->parameters.count), "actualNumArgs", vonk_str_format(b->arena, "%u", count), NULL);
    }
    TRY(bind_lambda_body(b, scope, lambda, types, nulls, &arguments->items[i]));
  }
  return VONK_OK;
}
