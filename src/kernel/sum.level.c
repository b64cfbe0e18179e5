/* sum.level.c: sums and extremes of one CPU level, by physical type. */
#include "kernel/kernel_internal.h"

#define T int8_t
#define N i8
#include "kernel/sum.tmpl.h"
#define T int16_t
#define N i16
#include "kernel/sum.tmpl.h"
#define T int32_t
#define N i32
#include "kernel/sum.tmpl.h"
#define T int64_t
#define N i64
#include "kernel/sum.tmpl.h"

extern const struct vonk_sum_table VONK_LEVEL_NAME(vonk_sum_table);
const struct vonk_sum_table VONK_LEVEL_NAME(vonk_sum_table) = {
    .sum = {[VONK_PHYSICAL_I8] = sum_i8, [VONK_PHYSICAL_I16] = sum_i16, [VONK_PHYSICAL_I32] = sum_i32, [VONK_PHYSICAL_I64] = sum_i64},
    .sum_masked = {[VONK_PHYSICAL_I8] = sum_masked_i8, [VONK_PHYSICAL_I16] = sum_masked_i16, [VONK_PHYSICAL_I32] = sum_masked_i32,
                   [VONK_PHYSICAL_I64] = sum_masked_i64},
    .smallest = {[VONK_PHYSICAL_I8] = smallest_i8, [VONK_PHYSICAL_I16] = smallest_i16, [VONK_PHYSICAL_I32] = smallest_i32,
                 [VONK_PHYSICAL_I64] = smallest_i64},
    .largest = {[VONK_PHYSICAL_I8] = largest_i8, [VONK_PHYSICAL_I16] = largest_i16, [VONK_PHYSICAL_I32] = largest_i32,
                [VONK_PHYSICAL_I64] = largest_i64},
};
