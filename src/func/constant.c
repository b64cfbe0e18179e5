/* constant.c: folds arguments at binding. */
#include "func/constant.h"

#include "expr/program.h"
#include "func/bind_call.h"

static bool is_constant(const struct vonk_expr *expr) {
  const struct vonk_expr_cast *cast = EXPR_AS(expr, cast);
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  if (EXPR_IS(expr, literal)) return true;
  if (cast) return is_constant(cast->child);
  if (!call || !expr->deterministic) return false;
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    if (!is_constant(call->arguments.items[i])) return false;
  }
  return true;
}

STATUS vonk_bind_find_constant(struct vonk_bind_call *call, uint32_t index, struct vonk_value *out, bool *found) {
  const struct vonk_expr *argument = call->arguments.items[index];
  *found = is_constant(argument);
  return *found ? vonk_expr_fold(call->task, argument, out) : VONK_OK;
}

STATUS vonk_bind_constant(struct vonk_bind_call *call, uint32_t index, struct vonk_value *out) {
  const struct vonk_expr *argument = call->arguments.items[index];
  struct vonk_arena *arena = call->task->arena;
  bool found;
  TRY(vonk_bind_find_constant(call, index, out, &found));
  if (found) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__NON_FOLDABLE_INPUT, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, call->expr), "inputName", vonk_bind_quote_expr(arena, argument), "inputType",
                    vonk_bind_quote_type(arena, argument->type), "inputExpr", vonk_bind_quote_expr(arena, argument), NULL);
}
