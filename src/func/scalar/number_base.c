/* number_base.c: numbers written in other bases: bin, conv; and bits as places in bitmaps. */
#include "func/rows.h"

static STATUS bin_row(struct vonk_frame *frame, uint32_t row) {
  uint64_t value = (uint64_t)vonk_row_int(frame, 0, row);
  char text[64];
  size_t at = sizeof text;
  do {
    text[--at] = (char)('0' + (value & 1));
    value >>= 1;
  } while (value);
  return vonk_row_add_str(frame, vonk_str_make(text + at, sizeof text - at));
}
static STATUS bin(struct vonk_frame *frame) { return vonk_rows_build(frame, bin_row); }

/* --- conv --- */

static int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* The digits up to the first that is none; a value above 64 bits overflows to all ones. */
static bool read_digits(struct vonk_str text, int base, uint64_t *out) {
  uint64_t value = 0;
  for (size_t i = 0; i < text.size; i++) {
    int digit = digit_of(text.data[i]);
    if (digit >= base) break;
    if (__builtin_mul_overflow(value, (uint64_t)base, &value) || __builtin_add_overflow(value, (uint64_t)digit, &value)) {
      *out = UINT64_MAX;
      return false;
    }
  }
  *out = value;
  return true;
}

static STATUS conv_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_str_trim(vonk_row_str(frame, 0, row));
  int64_t from = vonk_row_int(frame, 1, row), to = vonk_row_int(frame, 2, row), base = to < 0 ? -to : to;
  uint64_t value;
  if (from < 2 || from > 36 || base < 2 || base > 36 || text.size == 0) return vonk_row_add_null(frame);
  bool negative = text.data[0] == '-';
  if (!read_digits(vonk_str_slice(text, negative, text.size), (int)from, &value) && EXPR_AS(frame->expr, call)->ansi) {
    return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", STR("Overflow in function conv()"), "alternative",
                      STR(""), "config", STR("\"spark.sql.ansi.enabled\""), NULL);
  }
  if (negative && to > 0) value = (int64_t)value < 0 ? UINT64_MAX : -value;
  if (to < 0 && (int64_t)value < 0) {
    value = -value;
    negative = true;
  }
  char digits[65];
  size_t at = sizeof digits;
  do {
    digits[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % (uint64_t)base];
    value /= (uint64_t)base;
  } while (value);
  if (negative && to < 0) digits[--at] = '-';
  return vonk_row_add_str(frame, vonk_str_make(digits + at, sizeof digits - at));
}
static STATUS conv(struct vonk_frame *frame) { return vonk_rows_build(frame, conv_row); }

/* --- bitmaps: 32768 bits each --- */

enum { BITMAP_BITS = 32768 };

static STATUS bit_position_row(struct vonk_frame *frame, uint32_t row) {
  int64_t value = vonk_row_int(frame, 0, row);
  vonk_row_put_long(frame, row, value > 0 ? (value - 1) % BITMAP_BITS : (int64_t)(-(uint64_t)value % BITMAP_BITS));
  return VONK_OK;
}
static STATUS bitmap_bit_position(struct vonk_frame *frame) { return vonk_rows_each(frame, bit_position_row); }

static STATUS bucket_number_row(struct vonk_frame *frame, uint32_t row) {
  int64_t value = vonk_row_int(frame, 0, row);
  vonk_row_put_long(frame, row, value > 0 ? 1 + (value - 1) / BITMAP_BITS : value / BITMAP_BITS);
  return VONK_OK;
}
static STATUS bitmap_bucket_number(struct vonk_frame *frame) { return vonk_rows_each(frame, bucket_number_row); }

static STATUS bitmap_count_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str bytes = vonk_row_str(frame, 0, row);
  int64_t count = 0;
  for (size_t i = 0; i < bytes.size; i++) count += __builtin_popcount((unsigned char)bytes.data[i]);
  vonk_row_put_long(frame, row, count);
  return VONK_OK;
}
static STATUS bitmap_count(struct vonk_frame *frame) { return vonk_rows_each(frame, bitmap_count_row); }

#define ROW(row_name, row_signature, row_eval, row_group, ...)                                                           \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = row_group, __VA_ARGS__}

const struct vonk_function vonk_functions_number_base[] = {
    ROW("bin", "(bigint) -> string", bin, "math_funcs", .doc = "The bits of a number as text.", .example = "SELECT bin(13)"),
    ROW("conv", "(string, int, int) -> string", conv, "math_funcs", .flags = VONK_FN_RAISES | VONK_FN_MAY_NULL, .raise = conv_row,
        .doc = "A number written in one base as text in another; a negative base gives a signed result.", .example = "SELECT conv('ff', 16, 2)"),
    ROW("bitmap_bit_position", "(bigint) -> bigint", bitmap_bit_position, "misc_funcs", .doc = "The bit that stands for a number in its bitmap of 32768 bits.",
        .example = "SELECT bitmap_bit_position(123)"),
    ROW("bitmap_bucket_number", "(bigint) -> bigint", bitmap_bucket_number, "misc_funcs", .doc = "Number of the bitmap of 32768 bits that a number falls into.",
        .example = "SELECT bitmap_bucket_number(40000)"),
    ROW("bitmap_count", "(binary) -> bigint", bitmap_count, "misc_funcs", .doc = "Number of bits that are set.", .example = "SELECT bitmap_count(X'FF10')"),
    {0},
};
