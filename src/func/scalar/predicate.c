/* predicate.c: isnull, isnotnull, isnan, nanvl, in. */
#include "base/bits.h"
#include "func/bind_call.h"
#include "func/coercion.h"
#include "kernel/compare.h"
#include "kernel/gather.h"

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

/* --- in --- */

/* Rows equal to item INDEX are added to FOUND. */
static STATUS find_item(struct vonk_frame *frame, uint32_t index, uint64_t *found, uint64_t *bits) {
  struct vonk_column a = frame->arguments[0], b = frame->arguments[index];
  bool integers = a.physical >= VONK_PHYSICAL_I8 && a.physical <= VONK_PHYSICAL_I128;
  if (a.physical == VONK_PHYSICAL_LIST || a.physical == VONK_PHYSICAL_STRUCT) {
    for (uint32_t i = 0; i < frame->row_count; i++) {
      bool both = vonk_bits_get(frame->live, i) && vonk_column_row_valid(&a, i) && vonk_column_row_valid(&b, i);
      if (both && vonk_compare_rows(&a, i, &b, i) == 0) vonk_bits_set(found, i);
    }
    return VONK_OK;
  }
  if (integers && a.physical != b.physical) {
    enum vonk_physical wide = a.physical > b.physical ? a.physical : b.physical;
    TRY(vonk_column_widen(frame->task, frame->scratch, &a, frame->row_count, wide, &a));
    TRY(vonk_column_widen(frame->task, frame->scratch, &b, frame->row_count, wide, &b));
  }
  struct vonk_arith_inputs in = {a.data, b.data, a.encoding == VONK_FLAT, b.encoding == VONK_FLAT};
  vonk_compare(VONK_COMPARE_EQ, a.physical, &in, frame->row_count, bits);
  if (b.encoding == VONK_FLAT) vonk_bits_and(bits, b.valid, frame->row_count, bits);
  vonk_bits_or(found, bits, frame->row_count, found);
  return VONK_OK;
}

/* Null when nothing is found and the value or an item is null. */
static STATUS eval_in(struct vonk_frame *frame) {
  uint64_t *found = frame->data;
  void *memory;
  uint32_t count = frame->row_count;
  TRY(vonk_scratch_take_rows(frame->task, frame->scratch, count, 0, &memory));
  memset(found, 0, vonk_bits_words(count) * 8);
  for (uint32_t k = 1; k < frame->argument_count; k++) {
    const struct vonk_column *item = &frame->arguments[k];
    if (item->encoding == VONK_CONST && !vonk_column_row_valid(item, 0)) continue;
    TRY(find_item(frame, k, found, memory));
  }
  return VONK_OK;
}

static STATUS eval_in_nullable(struct vonk_frame *frame) {
  const struct vonk_column *a = &frame->arguments[0];
  uint64_t *found = frame->data;
  TRY(eval_in(frame));
  for (uint32_t k = 1; k < frame->argument_count; k++) {
    const struct vonk_column *item = &frame->arguments[k];
    for (size_t w = 0, words = vonk_bits_words(frame->row_count); w < words; w++) {
      uint64_t valid = item->encoding == VONK_CONST ? -(uint64_t)vonk_column_row_valid(item, 0) : vonk_bits_word(item->valid, w);
      frame->valid[w] &= valid | found[w];
    }
  }
  for (size_t w = 0, words = vonk_bits_words(frame->row_count); w < words; w++) {
    uint64_t valid = a->encoding == VONK_CONST ? -(uint64_t)vonk_column_row_valid(a, 0) : vonk_bits_word(a->valid, w);
    found[w] &= valid;
    frame->valid[w] &= valid;
  }
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

#define IN_SIGNATURE "(any, any...) -> boolean"

/* Without nulls among the items IN is strict, so dictionaries are asked once per entry. */
static const struct vonk_function in_strict = {.name = "in", .signature = IN_SIGNATURE, .nulls = VONK_NULLS_STRICT, .eval = eval_in};
static const struct vonk_function in_nullable = {.name = "in", .signature = IN_SIGNATURE, .nulls = VONK_NULLS_CUSTOM, .eval = eval_in_nullable};

static STATUS bind_in(struct vonk_bind_call *call) {
  uint32_t count = call->arguments.count;
  const struct vonk_type **types = ARENA_ARRAY(call->task->arena, const struct vonk_type *, count);
  bool items_nullable = false;
  for (uint32_t i = 0; i < count; i++) {
    types[i] = call->arguments.items[i]->type;
    if (i) items_nullable |= call->arguments.items[i]->nullable;
  }
  const struct vonk_type *common = vonk_coercion_wider_all(call->task->arena, types, count, call->ansi);
  if (!common) return vonk_bind_diff_types(call, types, count);
  if (common->id == VONK_TYPE_VOID) common = &vonk_type_boolean;
  if (!vonk_type_is_orderable(common)) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_ORDERING_TYPE, call->expr->node.origin, "sqlExpr",
                      vonk_bind_quote_expr(call->task->arena, call->expr), "functionName", STR("`in`"), "dataType",
                      vonk_bind_quote_type(call->task->arena, common), NULL);
  }
  for (uint32_t i = 0; i < count; i++) TRY(vonk_bind_coerce(call, i, common));
  vonk_bind_use_function(call, items_nullable ? &in_nullable : &in_strict);
  call->expr->nullable = items_nullable || call->arguments.items[0]->nullable;
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
    {.name = "in", .signature = IN_SIGNATURE, .nulls = VONK_NULLS_CUSTOM, .bind = bind_in, .group = "predicate_funcs",
     .doc = "True when the first equals one of the others.", .example = "SELECT 1 in (1, 2, 3)"},
    {0},
};
