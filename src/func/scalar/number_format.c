/* number_format.c: format_number: digits in groups of three, rounded to so many places, halves to the even neighbour. */
#include <math.h>
#include <stdio.h>

#include "func/bind_call.h"
#include "func/rows.h"

enum { DIGITS_MAX = 2048, PLACES_MAX = 340 };

/* PLAIN is [-]digits[.digits]. */
static STATUS add_grouped(struct vonk_frame *frame, struct vonk_str plain) {
  char *out;
  size_t sign = plain.data[0] == '-', point = vonk_str_find(plain, STR("."), 0), used = 0;
  size_t whole = (point == SIZE_MAX ? plain.size : point) - sign;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, plain.size + whole / 3 + 1, &out));
  for (size_t i = 0; i < plain.size; i++) {
    size_t left = sign + whole - i;
    if (i > sign && i < sign + whole && left % 3 == 0) out[used++] = ',';
    out[used++] = plain.data[i];
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, used);
}

/* VALUE of SCALE at PLACES. */
static STATUS add_decimal(struct vonk_frame *frame, vonk_int128 value, int scale, int places) {
  char text[64 + PLACES_MAX];
  bool negative = value < 0;
  vonk_uint128 digits = negative ? -(vonk_uint128)value : (vonk_uint128)value;
  if (places < scale) {
    vonk_uint128 unit = (vonk_uint128)vonk_pow10_128[scale - places], rest = digits % unit;
    digits /= unit;
    if (rest > unit - rest || (rest == unit - rest && digits % 2)) digits++;
    scale = places;
  }
  int size = 0;
  if (negative) text[size++] = '-';
  size += vonk_int128_format((vonk_int128)digits, scale, text + size);
  if (places > scale && scale == 0) text[size++] = '.';
  for (int i = scale; i < places; i++) text[size++] = '0';
  return add_grouped(frame, vonk_str_make(text, (size_t)size));
}

static STATUS format_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_column *column = &frame->arguments[0];
  int64_t places = vonk_row_int(frame, 1, row);
  char text[DIGITS_MAX];
  if (places < 0) return vonk_row_add_null(frame);
  if (places > PLACES_MAX) places = PLACES_MAX;
  if (!vonk_type_is_fractional(column->type)) {
    return add_decimal(frame, vonk_read_int128(column, row), column->type->id == VONK_TYPE_DECIMAL ? column->type->scale : 0, (int)places);
  }
  double value = vonk_row_real(frame, 0, row);
  if (isnan(value)) return vonk_row_add_str(frame, STR("NaN"));
  if (isinf(value)) return vonk_row_add_str(frame, value > 0 ? STR("\xE2\x88\x9E") : STR("-\xE2\x88\x9E"));
  int size = snprintf(text, sizeof text, "%.*f", (int)places, value);
  return add_grouped(frame, vonk_str_make(text, (size_t)size));
}
static STATUS format_number(struct vonk_frame *frame) { return vonk_rows_build(frame, format_row); }

static STATUS bind_format(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  if (type->id == VONK_TYPE_VOID) TRY(vonk_bind_coerce(call, 0, &vonk_type_double));
  else if (!vonk_type_is_numeric(type)) return vonk_bind_unexpected(call, 0, "\"NUMERIC\"");
  if (vonk_type_is_string(call->arguments.items[1]->type)) return vonk_unsupported(call->task, call->expr->node.origin, "format_number with a pattern");
  return vonk_bind_coerce(call, 1, &vonk_type_int);
}

const struct vonk_function vonk_functions_number_format[] = {
    {.name = "format_number", .signature = "(any, any) -> string", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .eval = format_number,
     .bind = bind_format, .group = "string_funcs", .doc = "A number with commas between thousands, rounded to so many places.",
     .example = "SELECT format_number(1234567.891, 2)"},
    {0},
};
