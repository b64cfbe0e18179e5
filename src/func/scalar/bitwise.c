/* bitwise.c: & | ^ ~, shifts, counting and looking at single bits. */
#include "base/bits.h"
#include "expr/range.h"
#include "func/bind_call.h"
#include "func/operands.h"
#include "func/rows.h"
#include "kernel/gather.h"

/* --- and, or, xor --- */

enum operation { AND, OR, XOR };

#define COMBINE(type)                                                                                                      \
  do {                                                                                                                     \
    const type *a = sides[0].data, *b = sides[1].data;                                                                     \
    type *out = frame->data;                                                                                               \
    for (uint32_t i = 0; i < frame->row_count; i++) {                                                                      \
      type x = a[i * steps[0]], y = b[i * steps[1]];                                                                       \
      out[i] = (type)(operation == AND ? x & y : operation == OR ? x | y : x ^ y);                                         \
    }                                                                                                                      \
    return VONK_OK;                                                                                                        \
  } while (0)

/* Cutting the operands to the width of the result cuts the result. */
__attribute__((always_inline)) static inline STATUS combine(struct vonk_frame *frame, enum operation operation) {
  struct vonk_column sides[2];
  uint32_t steps[2];
  for (uint32_t i = 0; i < 2; i++) {
    TRY(vonk_column_widen(frame->task, frame->scratch, &frame->arguments[i], frame->row_count, frame->expr->physical, &sides[i]));
    steps[i] = sides[i].encoding == VONK_FLAT;
  }
  switch (frame->expr->physical) {
    case VONK_PHYSICAL_I8: COMBINE(int8_t);
    case VONK_PHYSICAL_I16: COMBINE(int16_t);
    case VONK_PHYSICAL_I32: COMBINE(int32_t);
    default: COMBINE(int64_t);
  }
}
static STATUS eval_and(struct vonk_frame *frame) { return combine(frame, AND); }
static STATUS eval_or(struct vonk_frame *frame) { return combine(frame, OR); }
static STATUS eval_xor(struct vonk_frame *frame) { return combine(frame, XOR); }

/* What is not negative bounds the result. */
static void range_and(const struct vonk_expr_call *call, struct vonk_range *out) {
  for (uint32_t i = 0; i < 2; i++) {
    struct vonk_range range = vonk_range_of(call->arguments.items[i]);
    if (!range.known || range.low < 0 || (out->known && out->high <= range.high)) continue;
    *out = (struct vonk_range){true, 0, range.high};
  }
}

/* Integers of one type. */
static STATUS bind_bitwise(struct vonk_bind_call *call) {
  const struct vonk_function *function = EXPR_AS(call->expr, call)->function;
  TRY(vonk_operands_to_integers(call));
  const struct vonk_type *a = call->arguments.items[0]->type, *b = call->arguments.items[1]->type;
  if (!vonk_type_is_integral(a) || a->id != b->id) return vonk_operands_refuse(call, "\"INTEGRAL\"");
  call->expr->type = a;
  vonk_bind_use_function(call, function);
  return VONK_OK;
}

/* --- one operand --- */

static void put_integer(struct vonk_frame *frame, uint32_t row, int64_t value) {
  switch (frame->expr->physical) {
    case VONK_PHYSICAL_I8: ((int8_t *)frame->data)[row] = (int8_t)value; return;
    case VONK_PHYSICAL_I16: ((int16_t *)frame->data)[row] = (int16_t)value; return;
    case VONK_PHYSICAL_I32: ((int32_t *)frame->data)[row] = (int32_t)value; return;
    default: ((int64_t *)frame->data)[row] = value;
  }
}

static STATUS eval_not(struct vonk_frame *frame) {
  for (uint32_t i = 0; i < frame->row_count; i++) put_integer(frame, i, ~vonk_row_int(frame, 0, i));
  return VONK_OK;
}
static void range_not(const struct vonk_expr_call *call, struct vonk_range *out) {
  struct vonk_range range = vonk_range_of(call->arguments.items[0]);
  if (range.known) *out = (struct vonk_range){true, -range.high - 1, -range.low - 1};
}
static STATUS bind_not(struct vonk_bind_call *call) {
  const struct vonk_function *function = EXPR_AS(call->expr, call)->function;
  if (call->arguments.items[0]->type->id == VONK_TYPE_VOID) TRY(vonk_bind_coerce(call, 0, &vonk_type_int));
  if (!vonk_type_is_integral(call->arguments.items[0]->type)) return vonk_bind_unexpected(call, 0, "\"INTEGRAL\"");
  call->expr->type = call->arguments.items[0]->type;
  vonk_bind_use_function(call, function);
  return VONK_OK;
}

static STATUS eval_bit_count(struct vonk_frame *frame) {
  bool boolean = frame->arguments[0].physical == VONK_PHYSICAL_BOOL;
  for (uint32_t i = 0; i < frame->row_count; i++) {
    vonk_row_put_int(frame, i, boolean ? vonk_row_bool(frame, 0, i) : __builtin_popcountll((uint64_t)vonk_row_int(frame, 0, i)));
  }
  return VONK_OK;
}

/* --- shifts: the amount counts modulo the width, as in Java --- */

enum shift { LEFT, RIGHT, RIGHT_UNSIGNED };

__attribute__((always_inline)) static inline STATUS shift_rows(struct vonk_frame *frame, enum shift shift) {
  bool wide = frame->expr->type->id == VONK_TYPE_LONG;
  for (uint32_t i = 0; i < frame->row_count; i++) {
    int64_t value = vonk_row_int(frame, 0, i);
    uint32_t by = (uint32_t)vonk_row_int(frame, 1, i) & (wide ? 63 : 31);
    uint64_t bits = wide ? (uint64_t)value : (uint32_t)value;
    int64_t out = shift == LEFT ? (int64_t)(bits << by) : shift == RIGHT ? value >> by : (int64_t)(bits >> by);
    put_integer(frame, i, out);
  }
  return VONK_OK;
}
static STATUS shift_left(struct vonk_frame *frame) { return shift_rows(frame, LEFT); }
static STATUS shift_right(struct vonk_frame *frame) { return shift_rows(frame, RIGHT); }
static STATUS shift_right_unsigned(struct vonk_frame *frame) { return shift_rows(frame, RIGHT_UNSIGNED); }

/* --- one bit --- */

static STATUS bit_get_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_expr_call *call = EXPR_AS(frame->expr, call);
  int bits = 8 << (call->arguments.items[0]->type->id - VONK_TYPE_BYTE);
  int64_t position = vonk_row_int(frame, 1, row);
  if (position >= 0 && position < bits) {
    put_integer(frame, row, vonk_row_int(frame, 0, row) >> position & 1);
    return VONK_OK;
  }
  struct vonk_arena *arena = frame->task->arena;
  return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__BIT_POSITION_RANGE, frame->expr->node.origin, "parameter", STR("`pos`"),
                    "functionName", vonk_str_format(arena, "`%s`", call->function->name), "upper", vonk_str_format(arena, "%d", bits),
                    "invalidValue", vonk_str_format(arena, "%lld", (long long)position), NULL);
}
static STATUS bit_get(struct vonk_frame *frame) { return vonk_rows_each(frame, bit_get_row); }

/* A wrong position is an error in both modes. */
static STATUS bind_bit_get(struct vonk_bind_call *call) {
  if (call->arguments.items[0]->type->id == VONK_TYPE_VOID) TRY(vonk_bind_coerce(call, 0, &vonk_type_int));
  EXPR_AS(call->expr, call)->ansi = 1;
  call->expr->raises = true;
  call->expr->nullable = call->arguments.items[0]->nullable || call->arguments.items[1]->nullable;
  return VONK_OK;
}

#define BITWISE(row_name, row_signature, row_eval, row_doc, row_example, ...)                                              \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = "bitwise_funcs", \
   .doc = row_doc, .example = row_example, __VA_ARGS__}
#define SHIFT "(int, int) -> int | (bigint, int) -> bigint"

const struct vonk_function vonk_functions_bitwise[] = {
    BITWISE("&", "(any, any) -> bind", eval_and, "Bits that both have.", "SELECT 3 & 5", .bind = bind_bitwise, .range = range_and),
    BITWISE("|", "(any, any) -> bind", eval_or, "Bits that one of them has.", "SELECT 3 | 5", .bind = bind_bitwise),
    BITWISE("^", "(any, any) -> bind", eval_xor, "Bits that only one of them has.", "SELECT 3 ^ 5", .bind = bind_bitwise),
    BITWISE("~", "(any) -> bind", eval_not, "Every bit turned.", "SELECT ~ 0", .bind = bind_not, .range = range_not),
    BITWISE("bit_count", "(integral) -> int | (boolean) -> int", eval_bit_count, "The number of bits that are set, of the value as BIGINT.",
            "SELECT bit_count(0)", .bind = NULL),
    BITWISE("bit_get", "(integral, int) -> tinyint", bit_get, "The bit at a position, from the right and from 0.", "SELECT bit_get(11, 0)",
            .bind = bind_bit_get, .flags = VONK_FN_RAISES, .raise = bit_get_row),
    BITWISE("getbit", "(integral, int) -> tinyint", bit_get, "The same as bit_get.", "SELECT getbit(11, 0)", .bind = bind_bit_get,
            .flags = VONK_FN_RAISES, .raise = bit_get_row),
    BITWISE("shiftleft", SHIFT, shift_left, "The bits moved to the left.", "SELECT shiftleft(2, 1)", .bind = NULL),
    BITWISE("<<", SHIFT, shift_left, "The bits moved to the left.", "SELECT 2 << 1", .bind = NULL),
    BITWISE("shiftright", SHIFT, shift_right, "The bits moved to the right, the sign stays.", "SELECT shiftright(4, 1)", .bind = NULL),
    BITWISE(">>", SHIFT, shift_right, "The bits moved to the right, the sign stays.", "SELECT 4 >> 1", .bind = NULL),
    BITWISE("shiftrightunsigned", SHIFT, shift_right_unsigned, "The bits moved to the right, zeros come in.", "SELECT shiftrightunsigned(4, 1)",
            .bind = NULL),
    BITWISE(">>>", SHIFT, shift_right_unsigned, "The bits moved to the right, zeros come in.", "SELECT 4 >>> 1", .bind = NULL),
    {0},
};
