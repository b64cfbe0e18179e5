/* approx_quantile.c: df.approxQuantile: one row with a list of quantiles for each column. The error is one by a whole number. */
#include <math.h>

#include "bind/rewrite.h"

static int64_t accuracy_of(double relative_error) {
  if (relative_error >= 1) return 1;
  double accuracy = relative_error > 0 ? round(1.0 / relative_error) : INT32_MAX;
  return accuracy > INT32_MAX ? INT32_MAX : (int64_t)accuracy;
}

static STATUS quantiles_of(struct binder *b, const struct vonk_relation_approx_quantile *node, const struct vonk_relation *input, struct vonk_str name, struct vonk_expr **out) {
  const struct vonk_origin *origin = node->relation.node.origin;
  struct vonk_expr *column;
  TRY(bind_named_column(b, input, name, origin, &column));
  if (!vonk_type_is_numeric(column->type)) {
    return vonk_raisef(b->task, VONK__REQUIREMENT_FAILED, origin, "message",
                       "Quantile calculation for column " STR_FMT " with data type " STR_FMT " is not supported.", STR_ARG(name),
                       STR_ARG(vonk_type_simple_string(b->arena, column->type)));
  }
  struct vonk_expr *number = make_call(b, "nanvl", make_cast(b, column, &vonk_type_double), make_null(b, &vonk_type_double));
  struct vonk_expr *list = make_call(b, "percentile_approx", number, make_call_list(b, "array", node->probabilities), make_int(b, accuracy_of(node->relative_error)));
  *out = make_call(b, "coalesce", list, make_cast(b, make_call_of(b, "array", 0, NULL), vonk_type_array(b->arena, &vonk_type_double, false)));
  return VONK_OK;
}

static STATUS check(struct binder *b, const struct vonk_relation_approx_quantile *node) {
  if (node->relative_error < 0) {
    return vonk_raise(b->task, VONK__REQUIREMENT_FAILED, node->relation.node.origin, "message", STR("Relative Error must be non-negative"), NULL);
  }
  for (uint32_t i = 0; i < node->probabilities.count; i++) {
    const struct vonk_expr_literal *literal = EXPR_AS(node->probabilities.items[i], literal);
    if (literal && !literal->value.is_null && literal->value.real >= 0 && literal->value.real <= 1) continue;
    return vonk_raise(b->task, VONK__REQUIREMENT_FAILED, node->relation.node.origin, "message", STR("percentile should be in the range [0.0, 1.0]"), NULL);
  }
  return VONK_OK;
}

STATUS bind_approx_quantile(struct binder *b, const struct vonk_relation_approx_quantile *node, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_relation *input;
  struct make_exprs lists = {0}, list = {0};
  TRY(check(b, node));
  TRY(bind_input(b, node->input, outer, &input));
  for (uint32_t i = 0; i < node->column_names.count; i++) TRY(quantiles_of(b, node, input, node->column_names.parts[i], ARRAY_PUSH(b->arena, &lists)));
  *ARRAY_PUSH(b->arena, &list) = make_alias(b, make_call_list(b, "array", make_list(&lists)), STR("approx_quantile"));
  TRY(bind_rewritten(b, make_aggregate(b, input, (struct vonk_exprs){0}, make_list(&list), node->relation.node.origin), outer, out));
  struct vonk_plan_column *column = vonk_arena_copy(b->arena, (*out)->columns, sizeof *column);
  column->type = vonk_type_array(b->arena, vonk_type_array(b->arena, &vonk_type_double, true), true);
  *out = bind_over_columns(b, *out, column);
  return VONK_OK;
}
