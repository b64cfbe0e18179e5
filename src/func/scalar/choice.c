/* choice.c: one of several values: greatest, least; zero for null and null for zero. */
#include "func/bind_call.h"
#include "func/coercion.h"
#include "func/lists.h"
#include "func/rows.h"

static STATUS put(struct vonk_frame *frame, const struct vonk_column *from, uint32_t index, uint32_t row) {
  if (frame->builder) return vonk_builder_add_row(frame->task, frame->builder, from, index);
  if (vonk_column_row_valid(from, index)) vonk_list_copy_fixed(from, index, frame->data, vonk_physical_of(frame->expr->type), row);
  else vonk_row_put_null(frame, row);
  return VONK_OK;
}

/* Nulls do not take part; null when all are. */
__attribute__((always_inline)) static inline STATUS extreme_row(struct vonk_frame *frame, uint32_t row, int sign) {
  uint32_t best = 0;
  for (uint32_t a = 1; a < frame->argument_count; a++) {
    if (!vonk_row_valid(frame, a, row)) continue;
    bool better = !vonk_row_valid(frame, best, row) || vonk_compare_rows(&frame->arguments[a], row, &frame->arguments[best], row) * sign > 0;
    if (better) best = a;
  }
  return put(frame, &frame->arguments[best], row, row);
}
static STATUS greatest_row(struct vonk_frame *frame, uint32_t row) { return extreme_row(frame, row, 1); }
static STATUS least_row(struct vonk_frame *frame, uint32_t row) { return extreme_row(frame, row, -1); }

static STATUS each(struct vonk_frame *frame, vonk_row_function function) {
  if (!frame->builder && !frame->data) { /* only nulls */
    for (uint32_t row = 0; row < frame->row_count; row++) vonk_row_put_null(frame, row);
    return VONK_OK;
  }
  return frame->builder ? vonk_rows_build(frame, function) : vonk_rows_each(frame, function);
}
static STATUS greatest(struct vonk_frame *frame) { return each(frame, greatest_row); }
static STATUS least(struct vonk_frame *frame) { return each(frame, least_row); }

static bool is_zero(const struct vonk_column *column, uint32_t row) {
  if (column->physical == VONK_PHYSICAL_F32 || column->physical == VONK_PHYSICAL_F64) return vonk_read_real(column, row) == 0;
  return vonk_read_int128(column, row) == 0;
}

static STATUS nullifzero_row(struct vonk_frame *frame, uint32_t row) {
  if (!vonk_row_valid(frame, 0, row) || is_zero(&frame->arguments[0], row)) {
    vonk_row_put_null(frame, row);
    return VONK_OK;
  }
  return put(frame, &frame->arguments[0], row, row);
}
static STATUS nullifzero(struct vonk_frame *frame) { return each(frame, nullifzero_row); }

static STATUS zeroifnull_row(struct vonk_frame *frame, uint32_t row) {
  if (vonk_row_valid(frame, 0, row)) return put(frame, &frame->arguments[0], row, row);
  size_t size = vonk_physical_size[vonk_physical_of(frame->expr->type)];
  memset((char *)frame->data + size * row, 0, size);
  return VONK_OK;
}
static STATUS zeroifnull(struct vonk_frame *frame) { return each(frame, zeroifnull_row); }

/* --- binding --- */

static STATUS bind_extreme(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  uint32_t count = call->arguments.count;
  const struct vonk_type **types = ARENA_ARRAY(arena, const struct vonk_type *, count);
  bool nullable = true, texts = false, others = false;
  for (uint32_t i = 0; i < count; i++) {
    types[i] = call->arguments.items[i]->type;
    nullable &= call->arguments.items[i]->nullable;
    texts |= vonk_type_is_string(types[i]);
    others |= !vonk_type_is_string(types[i]) && types[i]->id != VONK_TYPE_VOID;
  }
  /* Strings do not become numbers here, nor numbers strings. */
  const struct vonk_type *common = texts && others ? NULL : vonk_coercion_wider_all(arena, types, count, call->ansi);
  if (!common) return vonk_bind_diff_types(call, types, count, false);
  for (uint32_t i = 0; i < count; i++) TRY(vonk_bind_coerce(call, i, common));
  call->expr->type = common;
  call->expr->nullable = nullable;
  if (common->id == VONK_TYPE_ARRAY) return VONK_OK;
  return vonk_bind_orderable(call, 0);
}

static STATUS bind_nullifzero(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  call->expr->type = type;
  if (vonk_type_is_numeric(type) || type->id == VONK_TYPE_VOID) return VONK_OK;
  return vonk_bind_unexpected(call, 0, "\"NUMERIC\"");
}

static STATUS bind_zeroifnull(struct vonk_bind_call *call) {
  const struct vonk_type *type = vonk_coercion_wider(call->task->arena, call->arguments.items[0]->type, &vonk_type_int, call->ansi);
  if (!type || !vonk_type_is_numeric(type)) return vonk_bind_unexpected(call, 0, "\"NUMERIC\"");
  call->expr->type = type;
  call->expr->nullable = false;
  return vonk_bind_coerce(call, 0, type);
}

#define ROW(row_name, row_signature, row_eval, row_bind, row_group, ...)                                                 \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_CUSTOM, .eval = row_eval, .bind = row_bind,         \
   .group = row_group, __VA_ARGS__}

const struct vonk_function vonk_functions_choice[] = {
    ROW("greatest", "(any, any...) -> bind", greatest, bind_extreme, "math_funcs", .doc = "The largest of the arguments that are not null.",
        .example = "SELECT greatest(10, 9, NULL)"),
    ROW("least", "(any, any...) -> bind", least, bind_extreme, "math_funcs", .doc = "The smallest of the arguments that are not null.",
        .example = "SELECT least(10, 9, NULL)"),
    ROW("nullifzero", "(any) -> bind", nullifzero, bind_nullifzero, "conditional_funcs", .doc = "The number, null where it is 0.",
        .example = "SELECT nullifzero(0)"),
    ROW("zeroifnull", "(any) -> bind", zeroifnull, bind_zeroifnull, "conditional_funcs", .doc = "The number, 0 where it is null.",
        .example = "SELECT zeroifnull(NULL)"),
    {0},
};
