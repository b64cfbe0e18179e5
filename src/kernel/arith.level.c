/* arith.level.c: arithmetic and comparison loops of one CPU level, by physical type. */
#include "base/bits.h"
#include "kernel/compare.h"
#include "kernel/kernel_internal.h"

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
#define IS_REAL 0
#include "kernel/arith.tmpl.h"
#define T int64_t
#define U uint64_t
#define N i64
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
#define IS_REAL 1
#include "kernel/arith.tmpl.h"

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
    .multiply_wide = multiply_wide,
};
