/* predicate.c: isnull, isnotnull, isnan, nanvl, between. */
#include "base/bits.h"
#include "func/bind_call.h"

/* --- nulls --- */

static STATUS put_validity(struct vonk_frame *frame, bool wanted) {
  const struct vonk_column *a = &frame->arguments[0];
  if (a->physical == VONK_PHYSICAL_NONE || a->encoding == VONK_CONST) {
    vonk_bits_fill(frame->data, frame->row_count, vonk_column_row_valid(a, 0) == wanted);
  } else if (wanted) {
    vonk_bits_copy(a->valid, frame->row_count, frame->data);
  } else {
    vonk_bits_not(a->valid, frame->row_count, frame->data);
  }
  return VONK_OK;
}
static STATUS eval_isnull(struct vonk_frame *frame) { return put_validity(frame, false); }
static STATUS eval_isnotnull(struct vonk_frame *frame) { return put_validity(frame, true); }

/* --- NaN --- */

static STATUS eval_isnan(struct vonk_frame *frame) {
  const struct vonk_column *a = &frame->arguments[0];
  memset(frame->data, 0, vonk_bits_words(frame->row_count) * 8);
  for (uint32_t i = 0; i < frame->row_count; i++) {
    double value = vonk_read_real(a, i);
    if (value != value && vonk_column_row_valid(a, i)) vonk_bits_set(frame->data, i);
  }
  return VONK_OK;
}

/* Null where the chosen side is; the second side counts only where the first is NaN. */
static STATUS eval_nanvl(struct vonk_frame *frame) {
  const struct vonk_column *a = &frame->arguments[0], *b = &frame->arguments[1];
  for (uint32_t i = 0; i < frame->row_count; i++) {
    bool valid = vonk_column_row_valid(a, i);
    double value = valid ? vonk_read_real(a, i) : 0;
    if (value != value) {
      valid = vonk_column_row_valid(b, i);
      value = valid ? vonk_read_real(b, i) : 0;
    }
    if (!valid) vonk_bits_clear(frame->valid, i);
    if (frame->expr->physical == VONK_PHYSICAL_F32) ((float *)frame->data)[i] = (float)value;
    else ((double *)frame->data)[i] = value;
  }
  return VONK_OK;
}

static STATUS bind_nanvl(struct vonk_bind_call *call) {
  call->expr->nullable = call->arguments.items[0]->nullable || call->arguments.items[1]->nullable;
  return VONK_OK;
}

/* --- between --- */

static STATUS bind_between(struct vonk_bind_call *call) {
  struct vonk_bind_options options = vonk_bind_options_of(call);
  struct vonk_expr **a = call->arguments.items, *from, *to, *both;
  TRY(vonk_bind_named(call->task, &options, &from, ">=", 2, a[0], a[1]));
  TRY(vonk_bind_named(call->task, &options, &to, "<=", 2, a[0], a[2]));
  TRY(vonk_bind_named(call->task, &options, &both, "and", 2, from, to));
  vonk_bind_replace(call, both);
  return VONK_OK;
}

const struct vonk_function vonk_functions_predicate[] = {
    {.name = "isnull", .signature = "(any) -> boolean", .nulls = VONK_NULLS_NEVER, .flags = VONK_FN_DICT, .eval = eval_isnull,
     .group = "predicate_funcs", .doc = "True when the value is null.", .example = "SELECT isnull(1)"},
    {.name = "isnotnull", .signature = "(any) -> boolean", .nulls = VONK_NULLS_NEVER, .flags = VONK_FN_DICT, .eval = eval_isnotnull,
     .group = "predicate_funcs", .doc = "True when the value is not null.", .example = "SELECT isnotnull(1)"},
    {.name = "isnan", .signature = "(double) -> boolean | (float) -> boolean", .nulls = VONK_NULLS_NEVER, .eval = eval_isnan,
     .group = "predicate_funcs", .doc = "True when the value is NaN, false for null.", .example = "SELECT isnan(cast('NaN' AS DOUBLE))"},
    {.name = "nanvl", .signature = "(double, double) -> double | (float, float) -> float", .nulls = VONK_NULLS_CUSTOM, .eval = eval_nanvl,
     .bind = bind_nanvl, .group = "conditional_funcs", .doc = "The first, or the second where it is NaN.",
     .example = "SELECT nanvl(cast('NaN' AS DOUBLE), 123)"},
    {.name = "between", .signature = "(any, any, any) -> bind", .nulls = VONK_NULLS_CUSTOM, .bind = bind_between, .group = "predicate_funcs",
     .doc = "True when the first is not below the second and not above the third.", .example = "SELECT 0.5 between 0.1 AND 1.0"},
    {0},
};
