/* sum.h: sums and extremes of many values at once, by CPU level. */
#ifndef VONK_KERNEL_SUM_H
#define VONK_KERNEL_SUM_H

#include <stdint.h>

#include "column/column.h"

/* MAGNITUDE has all bits that any value needs: each value v is in -m-1..m for m = the bits filled up. SUM is modulo 2^64, so it
 * is exact when COUNT * (m + 1) fits. */
struct vonk_integer_sum {
  int64_t sum;
  uint64_t magnitude;
};
/* I8..I64. */
struct vonk_integer_sum vonk_sum_integers(enum vonk_physical physical, const void *values, uint32_t count);
/* Of the values whose bit is set in MASK; its bits at and behind COUNT are 0, VALUES readable in whole words of 64. */
struct vonk_integer_sum vonk_sum_integers_masked(enum vonk_physical physical, const void *values, const uint64_t *mask, uint32_t count);
/* I8..I64; the smallest or largest of COUNT > 0 values. */
int64_t vonk_integers_extreme(enum vonk_physical physical, const void *values, uint32_t count, bool largest);

#endif
