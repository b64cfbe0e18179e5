/* approx_percentile.c: approx_percentile and percentile_approx over quantile summaries of doubles. */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/kept_value.h"
#include "func/number_at.h"
#include "func/percentage.h"
#include "func/quantile_summary.h"
#include "type/decimal.h"

struct plan {
  struct vonk_percentages percentages;
  double error;
};

static const struct plan *plan_of(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate)->data; }

static uint32_t summary_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct vonk_quantile_summary);
}

static void add_rows(struct vonk_frame *frame, void *const *states, void *one) {
  const struct vonk_column *column = &frame->arguments[0];
  double error = plan_of(frame)->error;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    vonk_quantile_insert(frame->task, states ? states[row] : one, error, vonk_number_at(column, row));
  }
}

static STATUS summary_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  add_rows(frame, states, NULL);
  return VONK_OK;
}

static STATUS summary_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  add_rows(frame, NULL, state);
  return VONK_OK;
}

static STATUS summary_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) vonk_quantile_merge(frame->task, from[i], into[i], plan_of(frame)->error);
  return VONK_OK;
}

/* VALUE as a value of the column's type again. */
static vonk_int128 integer_of(const struct vonk_type *type, double value) {
  vonk_int128 out = 0;
  if (type->id != VONK_TYPE_DECIMAL) return (int64_t)value;
  struct vonk_decimal_shape shape = {type->precision, type->scale};
  return vonk_decimal_from_double(value, shape, &out) ? out : 0;
}

static STATUS put_value(struct vonk_frame *frame, uint32_t row, bool in_array, double value) {
  const struct vonk_type *type = in_array ? frame->expr->type->element : frame->expr->type;
  bool real = vonk_type_is_fractional(type);
  if (in_array && real) return vonk_builder_add_real(frame->task, &frame->builder->children[0], value);
  if (in_array) return vonk_builder_add_integer(frame->task, &frame->builder->children[0], integer_of(type, value));
  if (real) vonk_result_put_real(frame, row, value);
  else vonk_result_put_integer(frame, row, integer_of(type, value));
  return VONK_OK;
}

static STATUS summary_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  const struct plan *plan = plan_of(frame);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_quantile_summary *summary = states[i];
    vonk_quantile_compress(frame->task, summary, plan->error);
    if (!summary->count || !plan->percentages.count) {
      TRY(vonk_result_put_null(frame, i));
      continue;
    }
    for (uint32_t k = 0; k < plan->percentages.count; k++) {
      TRY(put_value(frame, i, plan->percentages.is_array, vonk_quantile_query(summary, plan->error, plan->percentages.items[k])));
    }
    if (plan->percentages.is_array) TRY(vonk_builder_end_list(frame->task, frame->builder));
  }
  return VONK_OK;
}

static STATUS summary_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  return vonk_quantile_save(frame->task, state, bytes);
}

static STATUS summary_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  vonk_quantile_load(frame->task, bytes, state);
  return VONK_OK;
}

static const struct vonk_aggregate_type summary_type = {
    .state_size = summary_size, .update = summary_update, .update_one = summary_update_one, .merge = summary_merge,
    .finalize = summary_finalize, .save = summary_save, .load = summary_load,
};

static STATUS bind_accuracy(struct vonk_bind_call *call, double *error) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_value accuracy;
  TRY(vonk_bind_constant(call, 2, &accuracy));
  if (!accuracy.is_null && accuracy.integer > 0 && accuracy.integer <= INT32_MAX) {
    *error = 1.0 / (double)accuracy.integer;
    return VONK_OK;
  }
  if (accuracy.is_null) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_NULL, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                      "exprName", STR("accuracy"), NULL);
  }
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "exprName", STR("accuracy"), "valueRange", STR("(0, 2147483647]"), "currentValue", vonk_value_sql(arena, &accuracy), NULL);
}

static STATUS bind_summary(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct plan *plan = ARENA_NEW(arena, struct plan);
  const struct vonk_type *type = call->arguments.items[0]->type;
  EXPR_AS(call->expr, aggregate)->data = plan;
  if (type->id == VONK_TYPE_VOID || vonk_type_is_string(type)) {
    TRY(vonk_bind_coerce(call, 0, &vonk_type_double));
    type = &vonk_type_double;
  }
  if (!vonk_type_is_numeric(type) && !vonk_type_is_datetime(type) && type->id != VONK_TYPE_INTERVAL_YM && type->id != VONK_TYPE_INTERVAL_DT) {
    return vonk_bind_unexpected(call, 0, "\"NUMERIC\", \"DATE\", \"TIMESTAMP\", \"TIMESTAMP_NTZ\", \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\"");
  }
  TRY(vonk_bind_percentages(call, 1, &plan->percentages));
  TRY(bind_accuracy(call, &plan->error));
  call->expr->type = plan->percentages.is_array ? vonk_type_array(arena, type, false) : type;
  call->expr->nullable = true;
  return VONK_OK;
}

#define APPROXIMATE(row_name)                                                                                                           \
  {.name = row_name, .kind = VONK_AGGREGATE, .signature = "(any, any, [bigint = 10000]) -> bind", .nulls = VONK_NULLS_STRICT,            \
   .aggregate = &summary_type, .bind = bind_summary, .group = "agg_funcs",                                                              \
   .doc = "A value near the percentile, or an array of several: the error is one by the accuracy.",                                     \
   .example = "SELECT " row_name "(v, array(0.5, 0.4, 0.1), 100) FROM VALUES (0), (1), (2), (10) AS t(v)"}

const struct vonk_function vonk_functions_approx_percentile[] = {
    APPROXIMATE("approx_percentile"),
    APPROXIMATE("percentile_approx"),
    {0},
};
