/* rounding.c: round, bround, ceil and floor, with and without a number of places.
 *
 * Whole numbers and decimals are rounded as 128-bit integers. A double is rounded on its shortest digits, as the text of it
 * shows: round(2.675, 2) is 2.68 although the double lies below.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "func/bind_call.h"
#include "func/constant.h"
#include "func/rows.h"
#include "func/text.h"
#include "type/decimal.h"
#include "type/real_text.h"

enum mode { HALF_UP, HALF_EVEN, UP /* to +infinity */, DOWN /* to -infinity */ };

struct rounding {
  int32_t places;
};

/* VALUE / 10^DROP, rounded. */
static vonk_int128 drop_digits(vonk_int128 value, int drop, enum mode mode) {
  if (drop <= 0) return value;
  if (drop > 38) return mode == UP && value > 0 ? 1 : mode == DOWN && value < 0 ? -1 : 0;
  vonk_int128 unit = vonk_pow10_128[drop], quotient = value / unit, rest = value % unit;
  int sign = value < 0 ? -1 : 1;
  vonk_int128 left = rest < 0 ? -rest : rest, other = unit - left;
  switch (mode) {
    case HALF_UP: return quotient + (left >= other ? sign : 0);
    case HALF_EVEN: return quotient + (left > other || (left == other && quotient % 2 != 0) ? sign : 0);
    case UP: return quotient + (rest > 0);
    default: return quotient - (rest < 0);
  }
}

static double round_double(double value, int32_t places, enum mode mode) {
  if (!isfinite(value) || value == 0) return value;
  uint64_t digits;
  int exponent;
  vonk_real_shortest_double(fabs(value), &digits, &exponent);
  int drop = -exponent - places;
  if (drop <= 0) return value;
  vonk_int128 kept = drop_digits(value < 0 ? -(vonk_int128)digits : (vonk_int128)digits, drop, mode);
  char text[48];
  snprintf(text, sizeof text, "%llde%d", (long long)kept, -places);
  return strtod(text, NULL);
}

static float round_float(float value, int32_t places, enum mode mode) {
  if (!isfinite(value) || value == 0) return value;
  char text[VONK_REAL_TEXT_MAX + 1];
  text[vonk_real_format_float(value, text)] = 0;
  return (float)round_double(strtod(text, NULL), places, mode);
}

static void put_integer(struct vonk_frame *frame, uint32_t row, vonk_int128 value) {
  switch (vonk_physical_of(frame->expr->type)) {
    case VONK_PHYSICAL_I8: ((int8_t *)frame->data)[row] = (int8_t)value; break;
    case VONK_PHYSICAL_I16: ((int16_t *)frame->data)[row] = (int16_t)value; break;
    case VONK_PHYSICAL_I32: ((int32_t *)frame->data)[row] = (int32_t)value; break;
    case VONK_PHYSICAL_I64: ((int64_t *)frame->data)[row] = (int64_t)value; break;
    default: ((vonk_int128 *)frame->data)[row] = value; break;
  }
}

static void round_decimal(struct vonk_frame *frame, uint32_t row, int32_t places, enum mode mode) {
  const struct vonk_type *from = frame->arguments[0].type, *to = frame->expr->type;
  vonk_int128 value = vonk_read_int128(&frame->arguments[0], row);
  value = drop_digits(value, from->scale - places, mode);
  /* Negative places: the value counts tens or hundreds now, the type has scale 0. */
  int raise = to->scale - (places < from->scale ? places : from->scale);
  if (raise > 0 && (raise > 38 || __builtin_mul_overflow(value, vonk_pow10_128[raise], &value))) {
    if (value) {
      vonk_row_put_null(frame, row);
      return;
    }
  }
  if (!vonk_decimal_fits(value, to->precision)) vonk_row_put_null(frame, row);
  else put_integer(frame, row, value);
}

static void round_integer(struct vonk_frame *frame, uint32_t row, int32_t places, enum mode mode) {
  vonk_int128 value = vonk_row_int(frame, 0, row);
  if (places < 0) value = places < -30 ? 0 : drop_digits(value, -places, mode) * vonk_pow10_128[-places];
  int bits = 8 << (frame->expr->type->id - VONK_TYPE_BYTE);
  vonk_int128 limit = (vonk_int128)1 << (bits - 1);
  if ((value >= limit || value < -limit) && EXPR_AS(frame->expr, call)->ansi) vonk_bits_set(frame->bad, row);
  else put_integer(frame, row, value);
}

/* Same type in and out, a decimal perhaps narrower. */
static STATUS round_rows(struct vonk_frame *frame, enum mode mode) {
  int32_t places = ((const struct rounding *)EXPR_AS(frame->expr, call)->data)->places;
  enum vonk_type_id id = frame->arguments[0].type->id;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    if (id == VONK_TYPE_DECIMAL) round_decimal(frame, row, places, mode);
    else if (id == VONK_TYPE_DOUBLE) vonk_row_put_real(frame, row, round_double(vonk_row_real(frame, 0, row), places, mode));
    else if (id == VONK_TYPE_FLOAT) ((float *)frame->data)[row] = round_float((float)vonk_row_real(frame, 0, row), places, mode);
    else round_integer(frame, row, places, mode);
  }
  return VONK_OK;
}
static STATUS round_half_up(struct vonk_frame *frame) { return round_rows(frame, HALF_UP); }
static STATUS round_half_even(struct vonk_frame *frame) { return round_rows(frame, HALF_EVEN); }

/* To BIGINT from a double: cut at the ends of its range, NaN is 0. */
static int64_t double_to_long(double value) {
  if (isnan(value)) return 0;
  if (value >= 9223372036854775808.0) return INT64_MAX;
  return value < -9223372036854775808.0 ? INT64_MIN : (int64_t)value;
}

static STATUS whole_rows(struct vonk_frame *frame, enum mode mode) {
  if (frame->argument_count == 2) return round_rows(frame, mode);
  enum vonk_type_id id = frame->arguments[0].type->id;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    if (id == VONK_TYPE_DECIMAL) {
      round_decimal(frame, row, 0, mode);
    } else if (id == VONK_TYPE_DOUBLE) {
      double x = vonk_row_real(frame, 0, row);
      vonk_row_put_long(frame, row, double_to_long(mode == UP ? ceil(x) : floor(x)));
    } else {
      vonk_row_put_long(frame, row, vonk_row_int(frame, 0, row));
    }
  }
  return VONK_OK;
}
static STATUS ceil_eval(struct vonk_frame *frame) { return whole_rows(frame, UP); }
static STATUS floor_eval(struct vonk_frame *frame) { return whole_rows(frame, DOWN); }

/* --- binding --- */

/* The places must be a constant INT; a null makes the result null. */
static STATUS bind_places(struct vonk_bind_call *call, struct rounding **out) {
  struct rounding *rounding = ARENA_NEW(call->task->arena, struct rounding);
  EXPR_AS(call->expr, call)->data = rounding;
  *out = rounding;
  if (call->arguments.count < 2) return VONK_OK;
  struct vonk_value value;
  TRY(vonk_bind_constant(call, 1, &value));
  rounding->places = value.is_null ? 0 : (int32_t)value.integer;
  return VONK_OK;
}

static const struct vonk_type *rounded_decimal(struct vonk_arena *arena, const struct vonk_type *type, int32_t places) {
  int whole = type->precision - type->scale + 1;
  if (places < 0) {
    int digits = places < -38 ? 38 : -places + 1;
    if (digits < whole) digits = whole;
    return vonk_type_decimal(arena, digits > 38 ? 38 : digits, 0);
  }
  int scale = places < type->scale ? places : type->scale;
  return vonk_type_decimal(arena, whole + scale > 38 ? 38 : whole + scale, scale);
}

static STATUS bind_round(struct vonk_bind_call *call) {
  struct rounding *rounding;
  TRY(bind_places(call, &rounding));
  const struct vonk_type *type = call->arguments.items[0]->type;
  bool is_decimal = type->id == VONK_TYPE_DECIMAL;
  call->expr->type = is_decimal ? rounded_decimal(call->task->arena, type, rounding->places) : type;
  call->expr->raises |= call->ansi && vonk_type_is_integral(type) && rounding->places < 0;
  call->expr->nullable = true; /* as Spark says for all types */
  return VONK_OK;
}

static STATUS bind_whole(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  if (call->arguments.count == 2) {
    if (type->id != VONK_TYPE_DECIMAL) {
      struct vonk_decimal_shape shape = vonk_decimal_shape_of(type);
      TRY(vonk_bind_coerce(call, 0, vonk_type_decimal(call->task->arena, shape.precision, shape.scale)));
    }
    return bind_round(call);
  }
  if (type->id != VONK_TYPE_DECIMAL) {
    call->expr->type = &vonk_type_long;
    return VONK_OK;
  }
  struct vonk_decimal_shape shape = {type->precision, 0};
  if (type->scale > 0) shape = vonk_decimal_bounded(type->precision - type->scale + 1, 0);
  call->expr->type = vonk_type_decimal(call->task->arena, shape.precision, shape.scale);
  return VONK_OK;
}

#define ROUNDING(row_name, row_signature, row_eval, row_bind, row_flags, ...)                                             \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .bind = row_bind,         \
   .flags = row_flags, .group = "math_funcs", __VA_ARGS__}
#define WHOLE "(bigint) -> bind | (decimal) -> bind | (double) -> bind | (numeric, int) -> bind"

const struct vonk_function vonk_functions_rounding[] = {
    ROUNDING("round", "(numeric, [int = 0]) -> bind", round_half_up, bind_round, VONK_FN_RAISES,
             .doc = "Rounds to a number of places behind the point, halves away from zero.", .example = "SELECT round(2.5, 0)"),
    ROUNDING("bround", "(numeric, [int = 0]) -> bind", round_half_even, bind_round, VONK_FN_RAISES,
             .doc = "Rounds to a number of places behind the point, halves to the even neighbour.", .example = "SELECT bround(2.5, 0)"),
    ROUNDING("ceil", WHOLE, ceil_eval, bind_whole, VONK_FN_MAY_NULL, .shown = "CEIL($1)", .doc = "The smallest whole number that is not below, or one with so many places.",
             .example = "SELECT ceil(-0.1)"),
    ROUNDING("ceiling", WHOLE, ceil_eval, bind_whole, VONK_FN_MAY_NULL, .doc = "The same as ceil.", .example = "SELECT ceiling(5.4)"),
    ROUNDING("floor", WHOLE, floor_eval, bind_whole, VONK_FN_MAY_NULL, .shown = "FLOOR($1)", .doc = "The largest whole number that is not above, or one with so many places.",
             .example = "SELECT floor(-0.1)"),
    {0},
};
