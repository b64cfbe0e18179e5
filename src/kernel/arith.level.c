/* arith.level.c: arithmetic and comparison loops of one CPU level, by physical type. */
#include "base/bits.h"
#include "kernel/compare.h"
#include "kernel/compare_mask.h"

#define T int8_t
#define U uint8_t
#define N i8
#define IS_REAL 0
#include "kernel/arith.tmpl.h"
#define T int16_t
#define U uint32_t
#define N i16
#define IS_REAL 0
#include "kernel/arith.tmpl.h"
#define T int32_t
#define U uint32_t
#define N i32
#if VONK_LEVEL > 0
#define MASK
#endif
#define IS_REAL 0
#include "kernel/arith.tmpl.h"
#define T int64_t
#define U uint64_t
#define N i64
#if VONK_LEVEL > 0
#define MASK
#endif
#define IS_REAL 0
#include "kernel/arith.tmpl.h"
#define T vonk_int128
#define U vonk_uint128
#define N i128
#define IS_REAL 0
#include "kernel/arith.tmpl.h"
#define T float
#define U float
#define N f32
#define IS_REAL 1
#include "kernel/arith.tmpl.h"
#define T double
#define U double
#define N f64
#if VONK_LEVEL > 0
#define MASK
#endif
#define IS_REAL 1
#include "kernel/arith.tmpl.h"

/* One loop for each shape: steps are constants where it is called. */
#define SHAPES(loop, ...)                                                                   \
  do {                                                                                      \
    if (in->a_step && in->b_step) loop(in->a, 1, in->b, 1, count, __VA_ARGS__);             \
    else if (in->a_step) loop(in->a, 1, in->b, 0, count, __VA_ARGS__);                      \
    else if (in->b_step) loop(in->a, 0, in->b, 1, count, __VA_ARGS__);                      \
    else loop(in->a, 0, in->b, 0, count, __VA_ARGS__);                                      \
  } while (0)

VONK_INLINE void multiply_long_loop(const int32_t *a, uint32_t a_step, const int32_t *b, uint32_t b_step, uint32_t count, int64_t *out) {
  for (uint32_t i = 0; i < count; i++) out[i] = (int64_t)a[i * a_step] * b[i * b_step];
}
static void multiply_long(const struct vonk_arith_inputs *in, uint32_t count, int64_t *out) { SHAPES(multiply_long_loop, out); }

VONK_INLINE void divide_real_loop(const double *a, uint32_t a_step, const double *b, uint32_t b_step, uint32_t count, double *out) {
  for (uint32_t i = 0; i < count; i++) out[i] = a[i * a_step] / b[i * b_step];
}
static void divide_real(const struct vonk_arith_inputs *in, uint32_t count, double *out) { SHAPES(divide_real_loop, out); }

/* The quotient of two ints is exact as a double cut to an int. By zero: anything. */
VONK_INLINE void remainder_loop(const int32_t *a, uint32_t a_step, const int32_t *b, uint32_t b_step, uint32_t count, bool positive, int32_t *out) {
  for (uint32_t i = 0; i < count; i++) {
    int32_t x = a[i * a_step], y = b[i * b_step];
    /* 1 for -1 too, which leaves 0 as well: the quotient of the smallest int by -1 is no int. */
    y = y == 0 || y == -1 ? 1 : y;
    int32_t quotient = (int32_t)((double)x / (double)y);
    int32_t rest = (int32_t)((uint32_t)x - (uint32_t)quotient * (uint32_t)y);
    out[i] = positive && rest < 0 && y > 0 ? (int32_t)((uint32_t)rest + (uint32_t)y) : rest;
  }
}
static void remainder_int(const struct vonk_arith_inputs *in, uint32_t count, bool positive, int32_t *out) {
  if (positive) SHAPES(remainder_loop, true, out);
  else SHAPES(remainder_loop, false, out);
}

static void equal_views(const struct vonk_view *a, const struct vonk_view *constant, uint32_t count, bool whole, uint64_t *out) {
  uint32_t from = 0;
  for (; from + 64 <= count; from += 64) out[from >> 6] = mask_views(a + from, constant, whole);
  if (from == count) return;
  /* The column may end with its last row. */
  struct vonk_view rest[64];
  memset(rest, 0, sizeof rest);
  memcpy(rest, a + from, (count - from) * sizeof *rest);
  out[from >> 6] = mask_views(rest, constant, whole);
}

static void multiply_wide(const struct vonk_arith_inputs *in, uint32_t count, vonk_int128 *out) {
  const int64_t *a = in->a, *b = in->b;
  for (uint32_t i = 0; i < count; i++) out[i] = (vonk_int128)a[i * in->a_step] * b[i * in->b_step];
}

extern const struct vonk_arith_table VONK_LEVEL_NAME(vonk_arith_table);
const struct vonk_arith_table VONK_LEVEL_NAME(vonk_arith_table) = {
    .arith = {[VONK_PHYSICAL_I8] = arith_i8, [VONK_PHYSICAL_I16] = arith_i16, [VONK_PHYSICAL_I32] = arith_i32,
              [VONK_PHYSICAL_I64] = arith_i64, [VONK_PHYSICAL_I128] = arith_i128, [VONK_PHYSICAL_F32] = arith_f32,
              [VONK_PHYSICAL_F64] = arith_f64},
    .checked = {[VONK_PHYSICAL_I8] = checked_i8, [VONK_PHYSICAL_I16] = checked_i16, [VONK_PHYSICAL_I32] = checked_i32,
                [VONK_PHYSICAL_I64] = checked_i64, [VONK_PHYSICAL_I128] = checked_i128},
    .compare = {[VONK_PHYSICAL_I8] = compare_i8, [VONK_PHYSICAL_I16] = compare_i16, [VONK_PHYSICAL_I32] = compare_i32,
                [VONK_PHYSICAL_I64] = compare_i64, [VONK_PHYSICAL_I128] = compare_i128, [VONK_PHYSICAL_F32] = compare_f32,
                [VONK_PHYSICAL_F64] = compare_f64},
    .multiply_long = multiply_long,
    .multiply_wide = multiply_wide,
    .divide_real = divide_real,
    .remainder_int = remainder_int,
    .equal_views = equal_views,
};
