/* lambda.c: walks the bodies of lambdas, and keeps the parameters that are declared on the way down. */
#include "expr/lambda.h"

struct scope {
  const struct scope *outer;
  const struct vonk_exprs *parameters;
};

struct search {
  struct vonk_arena *arena;
  const struct scope *scope;
  ARRAY_OF(struct vonk_expr *) found;
};

uint64_t vonk_lambda_input_id(const struct vonk_expr *expr) {
  if (EXPR_IS(expr, column)) return ((const struct vonk_expr_column *)(const void *)expr)->id;
  if (EXPR_IS(expr, lambda_variable)) return ((const struct vonk_expr_lambda_variable *)(const void *)expr)->id;
  return 0;
}

static bool is_declared(const struct scope *scope, uint64_t id) {
  for (; scope; scope = scope->outer) {
    for (uint32_t i = 0; i < scope->parameters->count; i++) {
      if (vonk_lambda_input_id(scope->parameters->items[i]) == id) return true;
    }
  }
  return false;
}

static STATUS visit(void *object, struct vonk_node *node) {
  struct search *search = object;
  if (node->type->node_class != VONK_CLASS_EXPR) return VONK_OK;
  struct vonk_expr *expr = (struct vonk_expr *)(void *)node;
  const struct vonk_expr_lambda *lambda = EXPR_AS(expr, lambda);
  uint64_t id = vonk_lambda_input_id(expr);
  if (lambda) {
    struct scope inner = {search->scope, &lambda->parameters};
    search->scope = &inner;
    enum vonk_status status = visit(search, &lambda->body->node);
    search->scope = inner.outer;
    return status;
  }
  if (id == 0) return vonk_node_children(node, visit, object);
  if (is_declared(search->scope, id)) return VONK_OK;
  for (size_t i = 0; i < search->found.count; i++) {
    if (vonk_lambda_input_id(search->found.items[i]) == id) return VONK_OK;
  }
  *ARRAY_PUSH(search->arena, &search->found) = expr;
  return VONK_OK;
}

struct vonk_exprs vonk_lambda_captures(struct vonk_arena *arena, const struct vonk_exprs *arguments) {
  struct search search = {.arena = arena};
  for (uint32_t i = 0; i < arguments->count; i++) {
    if (!EXPR_IS(arguments->items[i], lambda)) continue;
    if (visit(&search, &arguments->items[i]->node) != VONK_OK) ASSERT(!"a walk cannot fail");
  }
  return (struct vonk_exprs){search.found.items, (uint32_t)search.found.count};
}
