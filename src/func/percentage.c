/* percentage.c: see the header. */
#include "func/percentage.h"

#include "func/bind_call.h"
#include "func/constant.h"
#include "type/real_text.h"

static STATUS raise_null(struct vonk_bind_call *call) {
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_NULL, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(call->task->arena, call->expr), "exprName", STR("percentage"), NULL);
}

static STATUS take(struct vonk_bind_call *call, const struct vonk_value *value, double *out) {
  struct vonk_arena *arena = call->task->arena;
  if (value->is_null) return raise_null(call);
  *out = value->real;
  if (*out >= 0 && *out <= 1) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "exprName", STR("percentage"), "valueRange", STR("[0.0, 1.0]"), "currentValue", vonk_value_sql(arena, value), NULL);
}

STATUS vonk_bind_percentages(struct vonk_bind_call *call, uint32_t index, struct vonk_percentages *out) {
  struct vonk_arena *arena = call->task->arena;
  bool found;
  struct vonk_value value;
  out->is_array = call->arguments.items[index]->type->id == VONK_TYPE_ARRAY;
  TRY(vonk_bind_coerce(call, index, out->is_array ? vonk_type_array(arena, &vonk_type_double, call->arguments.items[index]->type->contains_null) : &vonk_type_double));
  TRY(vonk_bind_find_constant(call, index, &value, &found));
  if (!found) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__NON_FOLDABLE_INPUT, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                      "inputName", STR("`percentage`"), "inputType", out->is_array ? STR("\"ARRAY<DOUBLE>\"") : STR("\"DOUBLE\""), "inputExpr",
                      vonk_bind_quote_expr(arena, call->arguments.items[index]), NULL);
  }
  if (value.is_null) return raise_null(call);
  out->count = out->is_array ? value.nested.count : 1;
  double *items = ARENA_ARRAY(arena, double, out->count + 1);
  for (uint32_t i = 0; i < out->count; i++) TRY(take(call, out->is_array ? &value.nested.items[i] : &value, &items[i]));
  out->items = items;
  return VONK_OK;
}

STATUS vonk_percentage_put(struct vonk_frame *frame, uint32_t row, const struct vonk_percentages *percentages, double value) {
  const struct vonk_type *type = percentages->is_array ? frame->expr->type->element : frame->expr->type;
  if (percentages->is_array) {
    struct vonk_builder *items = &frame->builder->children[0];
    return type->id == VONK_TYPE_DOUBLE ? vonk_builder_add_real(frame->task, items, value)
                                        : vonk_builder_add_integer(frame->task, items, (vonk_int128)value);
  }
  if (type->id == VONK_TYPE_DOUBLE) ((double *)frame->data)[row] = value;
  else if (type->id == VONK_TYPE_INTERVAL_YM) ((int32_t *)frame->data)[row] = (int32_t)value;
  else ((int64_t *)frame->data)[row] = (int64_t)value;
  return VONK_OK;
}
