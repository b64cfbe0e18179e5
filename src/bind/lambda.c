/* lambda.c: lambdas among a function's arguments: their parameters get types from the collections beside them. */
#include "bind/binder_internal.h"

#include "func/coercion.h"

/* How many parameters lambdas may have, by function and argument. */
static const struct arity {
  const char *function;
  uint32_t place, least, most;
} arities[] = {
    {"transform", 1, 1, 2},  {"filter", 1, 1, 2},     {"exists", 1, 1, 1},          {"forall", 1, 1, 1},         {"array_sort", 1, 2, 2},
    {"aggregate", 2, 2, 2},  {"aggregate", 3, 1, 1},  {"reduce", 2, 2, 2},          {"reduce", 3, 1, 1},         {"zip_with", 2, 2, 2},
    {"map_filter", 1, 2, 2}, {"transform_keys", 1, 2, 2}, {"transform_values", 1, 2, 2}, {"map_zip_with", 2, 3, 3},
};

static const struct arity *arity_of(const struct vonk_function *function, uint32_t place) {
  for (size_t i = 0; i < COUNT_OF(arities); i++) {
    if (arities[i].place == place && strcmp(arities[i].function, function->name) == 0) return &arities[i];
  }
  return NULL;
}

struct parameter {
  const struct vonk_type *type;
  bool nullable;
};

static void map_parameters(struct binder *b, const struct vonk_type *first, const struct vonk_type *second, struct parameter *out) {
  bool zips = second && second->id == VONK_TYPE_MAP;
  const struct vonk_type *key = zips ? vonk_coercion_wider(b->arena, first->key, second->key, b->ansi) : first->key;
  out[0] = (struct parameter){key ? key : first->key, false};
  out[1] = (struct parameter){first->element, first->contains_null || zips};
  if (zips) out[2] = (struct parameter){second->element, true};
}

/* What is handed to the lambda at PLACE; false when the arguments before it are not what the function works on. */
static bool find_parameters(struct binder *b, const struct vonk_function *function, const struct vonk_exprs *arguments, uint32_t place,
                            struct parameter *out) {
  const struct vonk_type *first = arguments->items[0]->type, *second = arguments->count > 1 ? arguments->items[1]->type : NULL;
  bool of_map = strstr(function->name, "map") || strstr(function->name, "_keys") || strstr(function->name, "_values");
  if (!first || first->id != (of_map ? VONK_TYPE_MAP : VONK_TYPE_ARRAY)) return false;
  if (of_map) {
    map_parameters(b, first, second, out);
    return true;
  }
  struct parameter element = {first->element, first->contains_null};
  out[0] = element;
  out[1] = strcmp(function->name, "array_sort") == 0 ? element : (struct parameter){&vonk_type_int, false};
  if (place < 2) return true;
  if (!second) return false;
  if (strcmp(function->name, "zip_with") == 0) {
    if (second->id != VONK_TYPE_ARRAY) return false;
    out[0].nullable = true;
    out[1] = (struct parameter){second->element, true};
    return true;
  }
  out[0] = (struct parameter){second, true};
  out[1] = element;
  return true;
}

static STATUS bind_lambda_body(struct binder *b, const struct bind_scope *scope, const struct vonk_expr_lambda *lambda,
                               const struct parameter *parameters, struct vonk_expr **out) {
  struct vonk_expr_lambda *bound = (struct vonk_expr_lambda *)(void *)vonk_node_clone(b->arena, &lambda->expr.node);
  bound->parameters.items = ARENA_ARRAY(b->arena, struct vonk_expr *, lambda->parameters.count);
  for (uint32_t i = 0; i < lambda->parameters.count; i++) {
    struct vonk_expr_lambda_variable *variable = (struct vonk_expr_lambda_variable *)(void *)vonk_node_clone(b->arena, &lambda->parameters.items[i]->node);
    variable->id = bind_new_id(b);
    variable->expr.type = parameters[i].type;
    variable->expr.nullable = parameters[i].nullable;
    variable->expr.deterministic = true;
    variable->expr.physical = (uint8_t)vonk_physical_of(parameters[i].type);
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

/* aggregate(a, start, merge) ends with x -> x. */
static void add_identity(struct binder *b, const struct vonk_function *function, struct vonk_exprs *arguments, const struct vonk_origin *origin) {
  if (arguments->count != 3 || !arity_of(function, 3)) return;
  struct vonk_expr **items = ARENA_ARRAY(b->arena, struct vonk_expr *, 4);
  memcpy(items, arguments->items, 3 * sizeof *items);
  struct vonk_expr_lambda *lambda = EXPR_NEW(b->arena, lambda, origin);
  struct vonk_expr_lambda_variable *variable = EXPR_NEW(b->arena, lambda_variable, origin);
  struct vonk_expr_attribute *body = EXPR_NEW(b->arena, attribute, origin);
  struct vonk_str *name = ARENA_NEW(b->arena, struct vonk_str);
  *name = STR("x");
  variable->name = body->name = (struct vonk_name){name, 1};
  lambda->parameters = (struct vonk_exprs){ARENA_NEW(b->arena, struct vonk_expr *), 1};
  lambda->parameters.items[0] = &variable->expr;
  lambda->body = &body->expr;
  items[3] = &lambda->expr;
  *arguments = (struct vonk_exprs){items, 4};
}

STATUS bind_lambdas(struct binder *b, const struct bind_scope *scope, const struct vonk_function *function, struct vonk_exprs *arguments,
                    const struct vonk_origin *origin) {
  if (!strstr(function->signature, "lambda")) {
    return vonk_raise(b->task, VONK_INVALID_LAMBDA_FUNCTION_CALL__NON_HIGHER_ORDER_FUNCTION, origin, "class", vonk_str_of(function->name), NULL);
  }
  add_identity(b, function, arguments, origin);
  for (uint32_t i = 0; i < arguments->count; i++) {
    const struct vonk_expr_lambda *lambda = EXPR_AS(arguments->items[i], lambda);
    struct parameter parameters[4];
    /* Where the other arguments are wrong, matching the signature says so. */
    const struct arity *arity = lambda ? arity_of(function, i) : NULL;
    if (!arity || !find_parameters(b, function, arguments, i, parameters)) continue;
    if (lambda->parameters.count < arity->least || lambda->parameters.count > arity->most) {
      return vonk_raise(b->task, VONK_INVALID_LAMBDA_FUNCTION_CALL__NUM_ARGS_MISMATCH, lambda->expr.node.origin, "expectedNumArgs",
                        vonk_str_format(b->arena, "%u", lambda->parameters.count), "actualNumArgs", vonk_str_format(b->arena, "%u", arity->most), NULL);
    }
    TRY(bind_lambda_body(b, scope, lambda, parameters, &arguments->items[i]));
  }
  return VONK_OK;
}
