/* sum.c: chooses the loop for this machine. */
#include "kernel/sum.h"

#include "kernel/kernel_internal.h"

struct vonk_integer_sum vonk_sum_integers(enum vonk_physical physical, const void *values, uint32_t count) {
  return vonk_sum_table()->sum[physical](values, count);
}

struct vonk_integer_sum vonk_sum_integers_masked(enum vonk_physical physical, const void *values, const uint64_t *mask, uint32_t count) {
  return vonk_sum_table()->sum_masked[physical](values, mask, count);
}

int64_t vonk_integers_extreme(enum vonk_physical physical, const void *values, uint32_t count, bool largest) {
  return (largest ? vonk_sum_table()->largest : vonk_sum_table()->smallest)[physical](values, count);
}
