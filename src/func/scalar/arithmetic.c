/* arithmetic.c: + - * / % div, pmod, negative, positive, abs, and their try_ forms, over numbers.
 *
 * A name stands for several rows, one for each kind of operand; binding picks the row, so that evaluation asks no types. Integers and
 * decimals whose result is proven to fit are computed modulo the width of the result by kernel/arith.h: what wraps on the
 * way comes out right. Operators over dates, times and intervals are in datetime_operator.c.
 */
#include <math.h>

#include "base/bits.h"
#include "conf/conf.h"
#include "expr/range.h"
#include "func/bind_call.h"
#include "func/datetime_operator.h"
#include "func/operands.h"
#include "kernel/compare.h"
#include "kernel/gather.h"
#include "type/decimal.h"
#include "type/text.h"

#define NUMBERS_OR_ANSI_INTERVALS "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")"
#define NUMBERS_OR_INTERVALS "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")"

static bool is_try(const struct vonk_function *function) { return strncmp(function->name, "try_", 4) == 0; }

/* --- operands --- */

/* Argument INDEX at PHYSICAL: a value a row or one for all. */
static STATUS operand(struct vonk_frame *frame, uint32_t index, enum vonk_physical physical, const void **values, uint32_t *step) {
  struct vonk_column column;
  TRY(vonk_column_widen(frame->task, frame->scratch, &frame->arguments[index], frame->row_count, physical, &column));
  *values = column.data;
  *step = column.encoding == VONK_FLAT;
  return VONK_OK;
}

static STATUS operands(struct vonk_frame *frame, enum vonk_physical physical, struct vonk_arith_inputs *out) {
  TRY(operand(frame, 0, physical, &out->a, &out->a_step));
  return operand(frame, 1, physical, &out->b, &out->b_step);
}

/* Products of twice the width of both factors, without widening them first. *DONE is false for other widths. */
static STATUS widening_product(struct vonk_frame *frame, bool *done) {
  struct vonk_arith_inputs in;
  const struct vonk_column *sides = frame->arguments;
  enum vonk_physical half = frame->expr->physical == VONK_PHYSICAL_I128 ? VONK_PHYSICAL_I64 : VONK_PHYSICAL_I32;
  *done = frame->expr->physical >= VONK_PHYSICAL_I64 && frame->expr->physical <= VONK_PHYSICAL_I128 && sides[0].physical <= half &&
          sides[1].physical <= half;
  if (!*done) return VONK_OK;
  TRY(operands(frame, half, &in));
  if (half == VONK_PHYSICAL_I32) vonk_multiply_long(&in, frame->row_count, frame->data);
  else vonk_multiply_wide(&in, frame->row_count, frame->data);
  return VONK_OK;
}

/* --- integers --- */

static STATUS integers_wrapped(struct vonk_frame *frame, enum vonk_arith op) {
  struct vonk_arith_inputs in;
  bool done = false;
  if (op == VONK_ARITH_MULTIPLY) TRY(widening_product(frame, &done));
  if (done) return VONK_OK;
  TRY(operands(frame, frame->expr->physical, &in));
  vonk_arith(op, frame->expr->physical, &in, frame->row_count, frame->data);
  return VONK_OK;
}

static STATUS integers_checked(struct vonk_frame *frame, enum vonk_arith op) {
  struct vonk_arith_inputs in;
  if (frame->expr->range.known) return integers_wrapped(frame, op);
  TRY(operands(frame, frame->expr->physical, &in));
  vonk_arith_checked(op, frame->expr->physical, &in, frame->row_count, frame->data, frame->bad);
  return VONK_OK;
}

/* The same loop for all widths: integers up to 64 bits. */
static void put_long(struct vonk_frame *frame, size_t row, int64_t value) {
  switch (frame->expr->physical) {
    case VONK_PHYSICAL_I8: ((int8_t *)frame->data)[row] = (int8_t)value; return;
    case VONK_PHYSICAL_I16: ((int16_t *)frame->data)[row] = (int16_t)value; return;
    case VONK_PHYSICAL_I32: ((int32_t *)frame->data)[row] = (int32_t)value; return;
    default: ((int64_t *)frame->data)[row] = value;
  }
}

enum division { QUOTIENT, REMAINDER, MODULUS };

/* B is not zero. The smallest integer by -1 wraps to itself, its remainder is 0. */
static int64_t divide_integers(enum division kind, int64_t a, int64_t b) {
  if (b == -1) return kind == QUOTIENT ? (int64_t)-(uint64_t)a : 0;
  int64_t rest = a % b;
  if (kind == QUOTIENT) return a / b;
  if (kind == REMAINDER || rest >= 0) return rest;
  return (int64_t)((uint64_t)rest + (uint64_t)b) % b;
}

/* Rows whose divisor, of PHYSICAL, is zero are bad. */
static STATUS mark_zeros(struct vonk_frame *frame, enum vonk_physical physical, const struct vonk_arith_inputs *in) {
  static const vonk_int128 zero = 0;
  void *zeros;
  uint32_t count = in->b_step ? frame->row_count : 1;
  TRY(vonk_scratch_take_rows(frame->task, frame->scratch, count, 0, &zeros));
  vonk_compare(VONK_COMPARE_EQ, physical, &(struct vonk_arith_inputs){in->b, &zero, 1, 0}, count, zeros);
  if (in->b_step) vonk_bits_or(frame->bad, zeros, frame->row_count, frame->bad);
  else if (*(const uint64_t *)zeros & 1) vonk_bits_fill(frame->bad, frame->row_count, true);
  return VONK_OK;
}

static STATUS remainders_of_ints(struct vonk_frame *frame, enum division kind) {
  struct vonk_arith_inputs in;
  TRY(operands(frame, VONK_PHYSICAL_I32, &in));
  vonk_remainder_int(&in, frame->row_count, kind == MODULUS, frame->data);
  return mark_zeros(frame, VONK_PHYSICAL_I32, &in);
}

static STATUS divide_integer_rows(struct vonk_frame *frame, enum division kind) {
  const struct vonk_column *a = &frame->arguments[0], *b = &frame->arguments[1];
  bool ints = a->physical <= VONK_PHYSICAL_I32 && b->physical <= VONK_PHYSICAL_I32 && frame->expr->physical == VONK_PHYSICAL_I32;
  if (ints && kind != QUOTIENT) return remainders_of_ints(frame, kind);
  bool checks = EXPR_AS(frame->expr, call)->ansi || is_try(EXPR_AS(frame->expr, call)->function);
  for (size_t i = vonk_bits_next(frame->live, frame->row_count, 0); i < frame->row_count; i = vonk_bits_next(frame->live, frame->row_count, i + 1)) {
    int64_t x = vonk_read_int(a, (uint32_t)i), y = vonk_read_int(b, (uint32_t)i);
    if (y == 0 || (kind == QUOTIENT && checks && y == -1 && x == INT64_MIN)) vonk_bits_set(frame->bad, i);
    else put_long(frame, i, divide_integers(kind, x, y));
  }
  return VONK_OK;
}

/* --- reals --- */

static STATUS reals(struct vonk_frame *frame, enum vonk_arith op) { return integers_wrapped(frame, op); }

static STATUS divide_reals(struct vonk_frame *frame) {
  struct vonk_arith_inputs in;
  TRY(operands(frame, VONK_PHYSICAL_F64, &in));
  vonk_divide_real(&in, frame->row_count, frame->data);
  return mark_zeros(frame, VONK_PHYSICAL_F64, &in);
}

static STATUS remainder_of_reals(struct vonk_frame *frame, enum division kind) {
  const struct vonk_column *a = &frame->arguments[0], *b = &frame->arguments[1];
  for (size_t i = vonk_bits_next(frame->live, frame->row_count, 0); i < frame->row_count; i = vonk_bits_next(frame->live, frame->row_count, i + 1)) {
    double x = vonk_read_real(a, (uint32_t)i), y = vonk_read_real(b, (uint32_t)i), rest = fmod(x, y);
    if (kind == MODULUS && rest < 0) {
      rest = frame->expr->physical == VONK_PHYSICAL_F32 ? (double)fmodf((float)rest + (float)y, (float)y) : fmod(rest + y, y);
    }
    if (y == 0) vonk_bits_set(frame->bad, i);
    else if (frame->expr->physical == VONK_PHYSICAL_F32) ((float *)frame->data)[i] = (float)rest;
    else ((double *)frame->data)[i] = rest;
  }
  return VONK_OK;
}

/* --- decimals --- */

static int scale_of(const struct vonk_type *type) { return type->id == VONK_TYPE_DECIMAL ? type->scale : 0; }
static int larger(int a, int b) { return a > b ? a : b; }

static void put_decimal(struct vonk_frame *frame, size_t row, vonk_int128 value) {
  if (frame->expr->physical == VONK_PHYSICAL_I128) ((vonk_int128 *)frame->data)[row] = value;
  else put_long(frame, row, (int64_t)value);
}

/* How the operands of a sum, difference or remainder come to one scale, and how many digits the result gives up. */
struct alignment {
  int raise[2], drop;
};

static struct alignment align(const struct vonk_exprs *arguments, const struct vonk_type *result) {
  int a = scale_of(arguments->items[0]->type), b = scale_of(arguments->items[1]->type), common = larger(a, b);
  return (struct alignment){{common - a, common - b}, common - scale_of(result)};
}

/* IN's values times 10^RAISE, modulo the width. */
static STATUS raise_values(struct vonk_frame *frame, enum vonk_physical physical, int raise, const void **values, uint32_t step) {
  _Alignas(16) char factor[16];
  uint32_t count = step ? frame->row_count : 1;
  void *out;
  if (raise == 0) return VONK_OK;
  vonk_widen_values(&vonk_pow10_128[raise], VONK_PHYSICAL_I128, factor, physical, 1);
  TRY(vonk_scratch_take_rows(frame->task, frame->scratch, count, vonk_physical_size[physical], &out));
  vonk_arith(VONK_ARITH_MULTIPLY, physical, &(struct vonk_arith_inputs){*values, factor, step, 0}, count, out);
  *values = out;
  return VONK_OK;
}

static STATUS decimals_proven(struct vonk_frame *frame, enum vonk_arith op, const struct alignment *alignment) {
  struct vonk_arith_inputs in;
  enum vonk_physical physical = frame->expr->physical;
  bool done = false;
  if (op == VONK_ARITH_MULTIPLY) TRY(widening_product(frame, &done));
  if (done) return VONK_OK;
  TRY(operands(frame, physical, &in));
  TRY(raise_values(frame, physical, alignment->raise[0], &in.a, in.a_step));
  TRY(raise_values(frame, physical, alignment->raise[1], &in.b, in.b_step));
  vonk_arith(op, physical, &in, frame->row_count, frame->data);
  return VONK_OK;
}

/* One row with all digits; false when the result does not fit. */
typedef bool decimal_row(const struct vonk_frame *frame, vonk_int128 a, vonk_int128 b, vonk_int128 *out);

static bool add_row(const struct vonk_frame *frame, vonk_int128 a, vonk_int128 b, vonk_int128 *out) {
  struct alignment alignment = align(&EXPR_AS(frame->expr, call)->arguments, frame->expr->type);
  return vonk_int128_add_scaled(a, alignment.raise[0], b, alignment.raise[1], alignment.drop, out);
}
static bool subtract_row(const struct vonk_frame *frame, vonk_int128 a, vonk_int128 b, vonk_int128 *out) { return add_row(frame, a, -b, out); }

static int multiply_drop(const struct vonk_exprs *arguments, const struct vonk_type *result) {
  return scale_of(arguments->items[0]->type) + scale_of(arguments->items[1]->type) - scale_of(result);
}
static bool multiply_row(const struct vonk_frame *frame, vonk_int128 a, vonk_int128 b, vonk_int128 *out) {
  return vonk_int128_multiply_scaled(a, b, multiply_drop(&EXPR_AS(frame->expr, call)->arguments, frame->expr->type), out);
}

static bool divide_row(const struct vonk_frame *frame, vonk_int128 a, vonk_int128 b, vonk_int128 *out) {
  const struct vonk_exprs *arguments = &EXPR_AS(frame->expr, call)->arguments;
  int raise = scale_of(frame->expr->type) - scale_of(arguments->items[0]->type) + scale_of(arguments->items[1]->type);
  return b != 0 && vonk_int128_divide_scaled(a, b, raise, out);
}

static bool integral_divide_row(const struct vonk_frame *frame, vonk_int128 a, vonk_int128 b, vonk_int128 *out) {
  struct alignment alignment = align(&EXPR_AS(frame->expr, call)->arguments, frame->expr->type);
  return b != 0 && vonk_int128_quotient_scaled(a, alignment.raise[0], b, alignment.raise[1], out);
}
static bool remainder_row(const struct vonk_frame *frame, vonk_int128 a, vonk_int128 b, vonk_int128 *out) {
  struct alignment alignment = align(&EXPR_AS(frame->expr, call)->arguments, frame->expr->type);
  if (b == 0) return false;
  *out = vonk_int128_remainder_scaled(a, alignment.raise[0], b, alignment.raise[1]);
  return true;
}
static bool modulus_row(const struct vonk_frame *frame, vonk_int128 a, vonk_int128 b, vonk_int128 *out) {
  struct alignment alignment = align(&EXPR_AS(frame->expr, call)->arguments, frame->expr->type);
  if (!remainder_row(frame, a, b, out)) return false;
  if (*out >= 0) return true;
  /* The remainder has the common scale already, so only the divisor is raised. */
  vonk_int128 sum;
  if (!vonk_int128_add_scaled(*out, 0, b, alignment.raise[1], 0, &sum)) return true;
  *out = vonk_int128_remainder_scaled(sum, 0, b, alignment.raise[1]);
  return true;
}

/* The digits a row may have; those of div before it becomes a BIGINT. */
static int result_digits(const struct vonk_frame *frame) {
  const struct vonk_exprs *arguments = &EXPR_AS(frame->expr, call)->arguments;
  if (frame->expr->type->id == VONK_TYPE_DECIMAL) return frame->expr->type->precision;
  struct vonk_decimal_shape a = vonk_decimal_shape_of(arguments->items[0]->type), b = vonk_decimal_shape_of(arguments->items[1]->type);
  return vonk_decimal_integral_divide_shape(a, b).precision;
}

__attribute__((always_inline)) static inline STATUS decimal_rows(struct vonk_frame *frame, decimal_row *row) {
  const struct vonk_column *a = &frame->arguments[0], *b = &frame->arguments[1];
  int precision = result_digits(frame);
  for (size_t i = vonk_bits_next(frame->live, frame->row_count, 0); i < frame->row_count; i = vonk_bits_next(frame->live, frame->row_count, i + 1)) {
    vonk_int128 value = 0;
    bool fits = row(frame, vonk_read_int128(a, (uint32_t)i), vonk_read_int128(b, (uint32_t)i), &value);
    if (frame->bad && !(fits && vonk_decimal_fits(value, precision))) vonk_bits_set(frame->bad, i);
    else put_decimal(frame, i, value);
  }
  return VONK_OK;
}

static STATUS decimal_sum(struct vonk_frame *frame, enum vonk_arith op) {
  struct alignment alignment = align(&EXPR_AS(frame->expr, call)->arguments, frame->expr->type);
  if (frame->expr->range.known && alignment.drop == 0) return decimals_proven(frame, op, &alignment);
  return op == VONK_ARITH_ADD ? decimal_rows(frame, add_row) : decimal_rows(frame, subtract_row);
}
static STATUS decimal_product(struct vonk_frame *frame) {
  bool exact = multiply_drop(&EXPR_AS(frame->expr, call)->arguments, frame->expr->type) == 0;
  if (frame->expr->range.known && exact) return decimals_proven(frame, VONK_ARITH_MULTIPLY, &(struct alignment){{0, 0}, 0});
  return decimal_rows(frame, multiply_row);
}

/* --- evaluations by kind --- */

static STATUS add_wrapped(struct vonk_frame *frame) { return integers_wrapped(frame, VONK_ARITH_ADD); }
static STATUS add_checked(struct vonk_frame *frame) { return integers_checked(frame, VONK_ARITH_ADD); }
static STATUS add_real(struct vonk_frame *frame) { return reals(frame, VONK_ARITH_ADD); }
static STATUS add_decimal(struct vonk_frame *frame) { return decimal_sum(frame, VONK_ARITH_ADD); }
static STATUS subtract_wrapped(struct vonk_frame *frame) { return integers_wrapped(frame, VONK_ARITH_SUBTRACT); }
static STATUS subtract_checked(struct vonk_frame *frame) { return integers_checked(frame, VONK_ARITH_SUBTRACT); }
static STATUS subtract_real(struct vonk_frame *frame) { return reals(frame, VONK_ARITH_SUBTRACT); }
static STATUS subtract_decimal(struct vonk_frame *frame) { return decimal_sum(frame, VONK_ARITH_SUBTRACT); }
static STATUS multiply_wrapped(struct vonk_frame *frame) { return integers_wrapped(frame, VONK_ARITH_MULTIPLY); }
static STATUS multiply_checked(struct vonk_frame *frame) { return integers_checked(frame, VONK_ARITH_MULTIPLY); }
static STATUS multiply_real(struct vonk_frame *frame) { return reals(frame, VONK_ARITH_MULTIPLY); }
static STATUS divide_decimal(struct vonk_frame *frame) { return decimal_rows(frame, divide_row); }
static STATUS quotient_integer(struct vonk_frame *frame) { return divide_integer_rows(frame, QUOTIENT); }
static STATUS quotient_decimal(struct vonk_frame *frame) { return decimal_rows(frame, integral_divide_row); }
static STATUS remainder_integer(struct vonk_frame *frame) { return divide_integer_rows(frame, REMAINDER); }
static STATUS remainder_real(struct vonk_frame *frame) { return remainder_of_reals(frame, REMAINDER); }
static STATUS remainder_decimal(struct vonk_frame *frame) { return decimal_rows(frame, remainder_row); }
static STATUS modulus_integer(struct vonk_frame *frame) { return divide_integer_rows(frame, MODULUS); }
static STATUS modulus_real(struct vonk_frame *frame) { return remainder_of_reals(frame, MODULUS); }
static STATUS modulus_decimal(struct vonk_frame *frame) { return decimal_rows(frame, modulus_row); }

/* --- one operand --- */

static STATUS negate(struct vonk_frame *frame, bool checked) {
  static const vonk_int128 zero = 0;
  struct vonk_arith_inputs in = {.a = &zero};
  enum vonk_physical physical = frame->expr->physical;
  TRY(operand(frame, 0, physical, &in.b, &in.b_step));
  if (checked) vonk_arith_checked(VONK_ARITH_SUBTRACT, physical, &in, frame->row_count, frame->data, frame->bad);
  else vonk_arith(VONK_ARITH_SUBTRACT, physical, &in, frame->row_count, frame->data);
  return VONK_OK;
}
static STATUS negative_wrapped(struct vonk_frame *frame) { return negate(frame, false); }
static STATUS negative_checked(struct vonk_frame *frame) { return negate(frame, !frame->expr->range.known); }
static STATUS negative_decimal(struct vonk_frame *frame) { return negate(frame, false); }
static STATUS negative_real(struct vonk_frame *frame) {
  /* A difference would lose the sign of a zero. */
  static const float small = -1;
  static const double large = -1;
  enum vonk_physical physical = frame->expr->physical;
  struct vonk_arith_inputs in = {.a = physical == VONK_PHYSICAL_F32 ? (const void *)&small : &large};
  TRY(operand(frame, 0, physical, &in.b, &in.b_step));
  vonk_arith(VONK_ARITH_MULTIPLY, physical, &in, frame->row_count, frame->data);
  return VONK_OK;
}

static STATUS positive(struct vonk_frame *frame) {
  *frame->result = frame->arguments[0];
  return VONK_OK;
}

static STATUS abs_checked(struct vonk_frame *frame) {
  const struct vonk_column *a = &frame->arguments[0];
  vonk_int128 smallest = vonk_range_of_type(frame->expr->type).low;
  bool checks = frame->bad && vonk_type_is_integral(frame->expr->type);
  for (uint32_t i = 0; i < frame->row_count; i++) {
    vonk_int128 value = vonk_read_int128(a, i);
    if (checks && value == smallest) vonk_bits_set(frame->bad, i);
    put_decimal(frame, i, value < 0 ? -value : value);
  }
  return VONK_OK;
}
static STATUS abs_wrapped(struct vonk_frame *frame) { return abs_checked(frame); }
static STATUS abs_decimal(struct vonk_frame *frame) { return abs_checked(frame); }
static STATUS abs_real(struct vonk_frame *frame) {
  for (uint32_t i = 0; i < frame->row_count; i++) {
    double value = fabs(vonk_read_real(&frame->arguments[0], i));
    if (frame->expr->physical == VONK_PHYSICAL_F32) ((float *)frame->data)[i] = (float)value;
    else ((double *)frame->data)[i] = value;
  }
  return VONK_OK;
}

/* --- errors --- */

#define ANSI_SETTING STR("\"spark.sql.ansi.enabled\"")

/* The name of the form that gives null, without try_; NULL when there is none. */
static const char *forgiving_name(const char *name) {
  static const char *const names[][2] = {{"+", "add"}, {"-", "subtract"}, {"*", "multiply"}, {"/", "divide"}, {"div", "divide"}};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (strcmp(names[i][0], name) == 0) return names[i][1];
  }
  return NULL;
}

static struct vonk_str argument_text(struct vonk_frame *frame, uint32_t index, uint32_t row) {
  struct vonk_value value = vonk_column_get(&frame->arguments[index], row, frame->task->arena);
  struct vonk_text text;
  value.type = EXPR_AS(frame->expr, call)->arguments.items[index]->type;
  vonk_text_init(&text, frame->task->arena);
  vonk_format_value(&text, &value, &(struct vonk_format_options){.form = VONK_TEXT_CAST});
  return vonk_text_str(&text);
}

/* Spark shows both TINYINT and SMALLINT as literals of the latter. */
static struct vonk_str short_text(struct vonk_frame *frame, uint32_t index, uint32_t row) {
  return vonk_str_format(frame->task->arena, STR_FMT "S", STR_ARG(argument_text(frame, index, row)));
}

static STATUS raise_overflow(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_type *type = frame->expr->type;
  const char *name = EXPR_AS(frame->expr, call)->function->name, *forgiving = forgiving_name(name);
  struct vonk_arena *arena = frame->task->arena;
  bool binary = frame->argument_count == 2;
  if (binary && EXPR_AS(frame->expr, call)->arguments.items[0]->type->id == VONK_TYPE_DECIMAL) {
    struct vonk_str a = argument_text(frame, 0, row), b = argument_text(frame, 1, row);
    return vonk_raise(frame->task, VONK_NUMERIC_VALUE_OUT_OF_RANGE__WITH_SUGGESTION, frame->expr->node.origin, "value",
                      vonk_str_format(arena, STR_FMT " %s " STR_FMT, STR_ARG(a), name, STR_ARG(b)), "precision",
                      vonk_str_format(arena, "%d", result_digits(frame)), "scale", vonk_str_format(arena, "%d", scale_of(type)), "config", ANSI_SETTING, NULL);
  }
  if (binary && (type->id == VONK_TYPE_BYTE || type->id == VONK_TYPE_SHORT)) {
    return vonk_raise(frame->task, VONK_BINARY_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "value1", short_text(frame, 0, row), "symbol",
                      vonk_str_of(name), "value2", short_text(frame, 1, row), "functionName", vonk_str_format(arena, "`try_%s`", forgiving), NULL);
  }
  const char *what = strcmp(name, "div") == 0 ? "Overflow in integral divide" : "overflow";
  struct vonk_str alternative = binary && forgiving ? vonk_str_format(arena, " Use 'try_%s' to tolerate overflow and return NULL instead.", forgiving) : STR("");
  return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", vonk_str_of(what), "alternative", alternative,
                    "config", ANSI_SETTING, NULL);
}

static bool divisor_is_zero(const struct vonk_frame *frame, uint32_t row) {
  const struct vonk_column *b = &frame->arguments[1];
  bool real = b->physical == VONK_PHYSICAL_F32 || b->physical == VONK_PHYSICAL_F64;
  return real ? vonk_read_real(b, row) == 0 : vonk_read_int128(b, row) == 0;
}
static STATUS raise_division(struct vonk_frame *frame, uint32_t row) {
  if (!divisor_is_zero(frame, row)) return raise_overflow(frame, row);
  return vonk_raise(frame->task, VONK_DIVIDE_BY_ZERO, frame->expr->node.origin, "config", ANSI_SETTING, NULL);
}
static STATUS raise_remainder(struct vonk_frame *frame, uint32_t row) {
  if (!divisor_is_zero(frame, row)) return raise_overflow(frame, row);
  return vonk_raise(frame->task, VONK_REMAINDER_BY_ZERO, frame->expr->node.origin, "config", ANSI_SETTING, NULL);
}

/* --- ranges --- */

static bool scale_range(struct vonk_range *range, int raise) {
  vonk_int128 factor = vonk_pow10_128[raise];
  return range->known && !__builtin_mul_overflow(range->low, factor, &range->low) && !__builtin_mul_overflow(range->high, factor, &range->high);
}

/* Both operands at the scale of the result; DROP > 0 is rounded away afterwards. */
static bool aligned_ranges(const struct vonk_expr_call *call, struct vonk_range *a, struct vonk_range *b, int *drop) {
  struct alignment alignment = align(&call->arguments, call->expr.type);
  *a = vonk_range_of(call->arguments.items[0]);
  *b = vonk_range_of(call->arguments.items[1]);
  *drop = alignment.drop;
  return scale_range(a, alignment.raise[0]) && scale_range(b, alignment.raise[1]);
}

static void set_result_range(struct vonk_range *out, vonk_int128 low, vonk_int128 high, int drop) {
  vonk_int128 unit = vonk_pow10_128[drop];
  *out = drop ? (struct vonk_range){true, low / unit - 1, high / unit + 1} : (struct vonk_range){true, low, high};
}

static void range_add(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range a, b;
  vonk_int128 low, high;
  int drop;
  if (!aligned_ranges(call, &a, &b, &drop)) return;
  if (__builtin_add_overflow(a.low, b.low, &low) || __builtin_add_overflow(a.high, b.high, &high)) return;
  set_result_range(out, low, high, drop);
}
static void range_subtract(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range a, b;
  vonk_int128 low, high;
  int drop;
  if (!aligned_ranges(call, &a, &b, &drop)) return;
  if (__builtin_sub_overflow(a.low, b.high, &low) || __builtin_sub_overflow(a.high, b.low, &high)) return;
  set_result_range(out, low, high, drop);
}

static void range_multiply(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range a = vonk_range_of(call->arguments.items[0]), b = vonk_range_of(call->arguments.items[1]);
  vonk_int128 ends[4];
  if (!a.known || !b.known) return;
  if (__builtin_mul_overflow(a.low, b.low, &ends[0]) || __builtin_mul_overflow(a.low, b.high, &ends[1]) ||
      __builtin_mul_overflow(a.high, b.low, &ends[2]) || __builtin_mul_overflow(a.high, b.high, &ends[3])) {
    return;
  }
  vonk_int128 low = ends[0], high = ends[0];
  for (int i = 1; i < 4; i++) {
    if (ends[i] < low) low = ends[i];
    if (ends[i] > high) high = ends[i];
  }
  set_result_range(out, low, high, multiply_drop(&call->arguments, call->expr.type));
}

static vonk_int128 largest_magnitude(const struct vonk_range *range) {
  vonk_int128 below = range->low == VONK_INT128_MIN ? VONK_INT128_MAX : -range->low;
  return below > range->high ? below : range->high;
}

/* Smaller than the divisor, not larger than the dividend, with the sign of the dividend. */
static void range_remainder(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range a, b;
  int drop;
  if (!aligned_ranges(call, &a, &b, &drop) || drop) return;
  vonk_int128 most = largest_magnitude(&b) - 1;
  if (most < 0) return;
  vonk_int128 below = a.low < 0 ? -most : 0, above = a.high > 0 ? most : 0;
  if (a.low < 0 && a.low > below) below = a.low;
  if (a.high > 0 && a.high < above) above = a.high;
  *out = (struct vonk_range){true, below, above};
}
static void range_modulus(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range a, b;
  int drop;
  if (!aligned_ranges(call, &a, &b, &drop) || drop || b.low <= 0) return;
  *out = (struct vonk_range){true, 0, b.high - 1};
}
static void range_quotient(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range a = vonk_range_of(call->arguments.items[0]);
  if (!a.known || call->arguments.items[0]->type->id == VONK_TYPE_DECIMAL) return;
  vonk_int128 most = largest_magnitude(&a);
  if (most <= INT64_MAX) *out = (struct vonk_range){true, -most, most};
}
static void range_negative(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range a = vonk_range_of(call->arguments.items[0]);
  if (a.known) *out = (struct vonk_range){true, -a.high, -a.low};
}
static void range_abs(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range a = vonk_range_of(call->arguments.items[0]);
  if (!a.known) return;
  vonk_int128 least = a.low > 0 ? a.low : a.high < 0 ? -a.high : 0;
  *out = (struct vonk_range){true, least, largest_magnitude(&a)};
}
static void range_positive(const struct vonk_expr_call *call, struct vonk_range *out) { *out = call->arguments.items[0]->range; }

/* --- rows --- */

enum kind { KIND_INTEGER, KIND_WRAPPED, KIND_REAL, KIND_DECIMAL, KIND_COUNT };

#define ROW(row_name, row_eval, row_flags, row_raise, row_range)                                                                        \
  {.name = row_name, .signature = "(any, any) -> bind", .nulls = VONK_NULLS_STRICT, .eval = row_eval, .flags = row_flags, .raise = row_raise, \
   .range = row_range}
#define OVERFLOWS (VONK_FN_RAISES | VONK_FN_OVERFLOWS)
/* Sums, differences, products. */
#define MODULAR(name, stem, range)                                                                                        \
  {                                                                                                                       \
    [KIND_INTEGER] = ROW(name, stem##_checked, OVERFLOWS, raise_overflow, range),                                         \
    [KIND_WRAPPED] = ROW(name, stem##_wrapped, 0, NULL, range), [KIND_REAL] = ROW(name, stem##_real, 0, NULL, NULL),      \
    [KIND_DECIMAL] = ROW(name, stem##_decimal, OVERFLOWS, raise_overflow, range)                                          \
  }
#define DIVIDING(name, stem, raise, range)                                                                                            \
  {                                                                                                                                   \
    [KIND_INTEGER] = ROW(name, stem##_integer, VONK_FN_RAISES, raise, range), [KIND_WRAPPED] = ROW(name, stem##_integer, VONK_FN_RAISES, raise, range), \
    [KIND_REAL] = ROW(name, stem##_real, VONK_FN_RAISES, raise, NULL), [KIND_DECIMAL] = ROW(name, stem##_decimal, VONK_FN_RAISES, raise, NULL)          \
  }
#define multiply_decimal decimal_product
#define divide_real divide_reals
#define divide_integer NULL
#define quotient_real NULL

typedef const struct vonk_function rows_by_kind[KIND_COUNT];
static rows_by_kind add_rows = MODULAR("+", add, range_add), try_add_rows = MODULAR("try_add", add, range_add);
static rows_by_kind subtract_rows = MODULAR("-", subtract, range_subtract), try_subtract_rows = MODULAR("try_subtract", subtract, range_subtract);
static rows_by_kind multiply_rows = MODULAR("*", multiply, range_multiply), try_multiply_rows = MODULAR("try_multiply", multiply, range_multiply);
static rows_by_kind divide_rows = DIVIDING("/", divide, raise_division, NULL), try_divide_rows = DIVIDING("try_divide", divide, raise_division, NULL);
static rows_by_kind quotient_rows = DIVIDING("div", quotient, raise_division, range_quotient);
static rows_by_kind remainder_rows = DIVIDING("%", remainder, raise_remainder, range_remainder),
                    mod_rows = DIVIDING("mod", remainder, raise_remainder, range_remainder),
                    try_mod_rows = DIVIDING("try_mod", remainder, raise_remainder, range_remainder);
static rows_by_kind modulus_rows = DIVIDING("pmod", modulus, raise_remainder, range_modulus);
static rows_by_kind negative_rows = MODULAR("negative", negative, range_negative), minus_rows = MODULAR("-", negative, range_negative);
static rows_by_kind abs_rows = MODULAR("abs", abs, range_abs);

/* --- binding --- */

typedef struct vonk_decimal_shape decimal_rule(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss);

struct operator {
  char sign;                             /* as datetime_operator.h names it; 0: numbers only */
  const char *required;                  /* Spark's text for the types it takes */
  const struct vonk_function *rows, *try_rows;
  decimal_rule *shape;                   /* NULL: div */
  bool divides;                          /* by zero: null without ANSI, so Spark calls the result nullable */
};

static enum kind kind_of(const struct vonk_bind_call *call, const struct vonk_type *type) {
  if (type->id == VONK_TYPE_DECIMAL) return KIND_DECIMAL;
  if (vonk_type_is_fractional(type)) return KIND_REAL;
  return call->ansi || is_try(EXPR_AS(call->expr, call)->function) ? KIND_INTEGER : KIND_WRAPPED;
}

static const struct vonk_type *result_type(const struct vonk_bind_call *call, const struct operator *op) {
  const struct vonk_type *a = call->arguments.items[0]->type, *b = call->arguments.items[1]->type;
  if (!op->shape) return &vonk_type_long;
  if (a->id != VONK_TYPE_DECIMAL) return a;
  bool loss = !call->conf || vonk_conf_bool(call->conf, VONK_CONF_ALLOW_PRECISION_LOSS);
  struct vonk_decimal_shape shape = op->shape(vonk_decimal_shape_of(a), vonk_decimal_shape_of(b), loss);
  return vonk_type_decimal(call->task->arena, shape.precision, shape.scale);
}

/* A try_ form answers null instead of raising, also with ANSI. */
static void settle_try(struct vonk_bind_call *call) {
  call->expr->nullable = true;
  call->expr->raises = false;
}

static STATUS use_row(struct vonk_bind_call *call, const struct operator *op) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  enum kind kind = kind_of(call, type);
  bool tries = is_try(EXPR_AS(call->expr, call)->function);
  call->expr->type = result_type(call, op);
  vonk_bind_use_function(call, &(tries ? op->try_rows : op->rows)[kind]);
  call->expr->nullable |= op->divides;
  if (tries) settle_try(call);
  return VONK_OK;
}

static bool takes(const struct vonk_bind_call *call) {
  const struct vonk_type *a = call->arguments.items[0]->type, *b = call->arguments.items[1]->type;
  return vonk_type_is_numeric(a) && a->id == b->id;
}

static STATUS bind_datetime(struct vonk_bind_call *call, const struct operator *op, bool *done) {
  struct vonk_datetime_operator datetime = {op->sign, is_try(EXPR_AS(call->expr, call)->function)};
  *done = false;
  return op->sign ? vonk_bind_datetime_operator(call, datetime, done) : VONK_OK;
}

static STATUS bind_numbers(struct vonk_bind_call *call, const struct operator *op) {
  bool done;
  TRY(bind_datetime(call, op, &done));
  if (done) return VONK_OK;
  TRY(vonk_operands_to_numbers(call));
  return takes(call) ? use_row(call, op) : vonk_operands_refuse(call, op->required);
}

static STATUS bind_unary(struct vonk_bind_call *call, const struct vonk_function *rows) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  bool done = false;
  if (rows) TRY(vonk_bind_interval_unary(call, rows == abs_rows, &done));
  if (done) return VONK_OK;
  if (type->id == VONK_TYPE_VOID || vonk_type_is_string(type)) TRY(vonk_bind_coerce(call, 0, &vonk_type_double));
  type = call->arguments.items[0]->type;
  if (!vonk_type_is_numeric(type) && (rows || !vonk_type_is_interval(type))) return vonk_bind_unexpected(call, 0, rows ? NUMBERS_OR_ANSI_INTERVALS : NUMBERS_OR_INTERVALS);
  call->expr->type = type;
  if (rows) vonk_bind_use_function(call, &rows[kind_of(call, type)]);
  else vonk_bind_use_function(call, EXPR_AS(call->expr, call)->function);
  if (type->id == VONK_TYPE_DECIMAL) call->expr->nullable = call->arguments.items[0]->nullable;
  return VONK_OK;
}

static STATUS bind_add(struct vonk_bind_call *call) {
  static const struct operator op = {'+', NUMBERS_OR_INTERVALS, add_rows, try_add_rows, vonk_decimal_add_shape, false};
  return bind_numbers(call, &op);
}
static STATUS bind_subtract(struct vonk_bind_call *call) {
  static const struct operator op = {'-', NUMBERS_OR_INTERVALS, subtract_rows, try_subtract_rows, vonk_decimal_add_shape, false};
  return call->arguments.count == 1 ? bind_unary(call, minus_rows) : bind_numbers(call, &op);
}
static STATUS bind_multiply(struct vonk_bind_call *call) {
  static const struct operator op = {'*', "\"NUMERIC\"", multiply_rows, try_multiply_rows, vonk_decimal_multiply_shape, false};
  return bind_numbers(call, &op);
}
static STATUS bind_remainder(struct vonk_bind_call *call) {
  static const struct operator op = {0, "\"NUMERIC\"", remainder_rows, try_mod_rows, vonk_decimal_remainder_shape, true};
  static const struct operator named = {0, "\"NUMERIC\"", mod_rows, try_mod_rows, vonk_decimal_remainder_shape, true};
  return bind_numbers(call, EXPR_AS(call->expr, call)->function->name[0] == 'm' ? &named : &op);
}
static STATUS bind_modulus(struct vonk_bind_call *call) {
  static const struct operator op = {0, "\"NUMERIC\"", modulus_rows, modulus_rows, vonk_decimal_remainder_shape, true};
  return bind_numbers(call, &op);
}

/* All but decimals are divided as DOUBLE. */
static STATUS bind_divide(struct vonk_bind_call *call) {
  static const struct operator op = {'/', "(\"DOUBLE\" or \"DECIMAL\")", divide_rows, try_divide_rows, vonk_decimal_divide_shape, true};
  bool done;
  TRY(bind_datetime(call, &op, &done));
  if (done) return VONK_OK;
  TRY(vonk_operands_to_fractions(call));
  return takes(call) ? use_row(call, &op) : vonk_operands_refuse(call, op.required);
}

/* Integers are divided as BIGINT; a FLOAT or DOUBLE is refused. */
static STATUS bind_quotient(struct vonk_bind_call *call) {
  static const struct operator op = {'d', "(\"BIGINT\" or \"DECIMAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")",
                                     quotient_rows, quotient_rows, NULL, true};
  bool real = false, done;
  TRY(bind_datetime(call, &op, &done));
  if (done) return VONK_OK;
  for (uint32_t i = 0; i < 2; i++) {
    const struct vonk_type *type = call->arguments.items[i]->type;
    real |= vonk_type_is_fractional(type) || (!call->ansi && vonk_type_is_string(type));
  }
  for (uint32_t i = 0; i < 2 && real; i++) {
    if (vonk_type_is_integral(call->arguments.items[i]->type)) TRY(vonk_bind_coerce(call, i, &vonk_type_long));
  }
  if (real) return vonk_operands_refuse(call, op.required);
  TRY(vonk_operands_to_numbers(call));
  for (uint32_t i = 0; i < 2; i++) {
    bool both_null = call->arguments.items[i]->type->id == VONK_TYPE_DOUBLE;
    if (both_null || vonk_type_is_integral(call->arguments.items[i]->type)) TRY(vonk_bind_coerce(call, i, &vonk_type_long));
  }
  return takes(call) ? use_row(call, &op) : vonk_operands_refuse(call, op.required);
}

static STATUS bind_negative(struct vonk_bind_call *call) { return bind_unary(call, negative_rows); }
static STATUS bind_abs(struct vonk_bind_call *call) { return bind_unary(call, abs_rows); }
static STATUS bind_positive(struct vonk_bind_call *call) { return bind_unary(call, NULL); }

#define OPERATOR(row_name, row_bind, row_doc, row_example)                                                                            \
  {.name = row_name, .signature = "(any, any) -> bind", .nulls = VONK_NULLS_STRICT, .bind = row_bind, .group = "math_funcs", .doc = row_doc, \
   .example = row_example}

/* Those with bind only are replaced by a row of their kind when they are bound. */
const struct vonk_function vonk_functions_arithmetic[] = {
    OPERATOR("+", bind_add, "The sum.", "SELECT 1 + 2"),
    {.name = "-", .signature = "(any, any) -> bind | (any) -> bind", .nulls = VONK_NULLS_STRICT, .bind = bind_subtract, .group = "math_funcs",
     .doc = "The difference, or the value with the other sign.", .example = "SELECT 2 - 1"},
    OPERATOR("*", bind_multiply, "The product.", "SELECT 2 * 3"),
    OPERATOR("/", bind_divide, "The quotient, as DOUBLE or DECIMAL.", "SELECT 3 / 2"),
    OPERATOR("div", bind_quotient, "The quotient without its fraction.", "SELECT 3 div 2"),
    OPERATOR("%", bind_remainder, "What is left of a division, with the sign of the dividend.", "SELECT 2 % 1.8"),
    OPERATOR("mod", bind_remainder, "What is left of a division, with the sign of the dividend.", "SELECT mod(2, 1.8)"),
    OPERATOR("pmod", bind_modulus, "What is left of a division, not negative for a positive divisor.", "SELECT pmod(-10, 3)"),
    OPERATOR("try_add", bind_add, "The sum, null where it overflows.", "SELECT try_add(2147483647, 1)"),
    OPERATOR("try_subtract", bind_subtract, "The difference, null where it overflows.", "SELECT try_subtract(-2147483648, 1)"),
    OPERATOR("try_multiply", bind_multiply, "The product, null where it overflows.", "SELECT try_multiply(2147483647, 2)"),
    OPERATOR("try_divide", bind_divide, "The quotient, null for a division by zero.", "SELECT try_divide(1, 0)"),
    OPERATOR("try_mod", bind_remainder, "The remainder, null for a division by zero.", "SELECT try_mod(3, 0)"),
    {.name = "negative", .signature = "(any) -> bind", .nulls = VONK_NULLS_STRICT, .bind = bind_negative, .group = "math_funcs",
     .doc = "The value with the other sign.", .example = "SELECT negative(1)"},
    {.name = "positive", .signature = "(any) -> bind", .nulls = VONK_NULLS_STRICT, .bind = bind_positive, .eval = positive, .range = range_positive,
     .group = "math_funcs", .doc = "The value itself.", .example = "SELECT positive(1)"},
    {.name = "abs", .signature = "(any) -> bind", .nulls = VONK_NULLS_STRICT, .bind = bind_abs, .group = "math_funcs",
     .doc = "The value without its sign.", .example = "SELECT abs(-1)"},
    {0},
};
