/* kernel_internal.h: the table of loops that exist once per CPU level. */
#ifndef VONK_KERNEL_KERNEL_INTERNAL_H
#define VONK_KERNEL_KERNEL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/compare.h"
#include "kernel/sum.h"

struct vonk_kernel_table {
  uint32_t (*select_rows)(const uint64_t *mask, uint32_t count, uint32_t *rows);
  void (*gather_32)(const uint32_t *values, const uint32_t *rows, uint32_t count, uint32_t *out);
  void (*gather_64)(const uint64_t *values, const uint32_t *rows, uint32_t count, uint64_t *out);
};

struct vonk_arith_table {
  void (*arith[VONK_PHYSICAL_COUNT])(enum vonk_arith op, const struct vonk_arith_inputs *in, uint32_t count, void *out);
  void (*checked[VONK_PHYSICAL_COUNT])(enum vonk_arith op, const struct vonk_arith_inputs *in, uint32_t count, void *out, uint64_t *bad);
  void (*compare[VONK_PHYSICAL_COUNT])(enum vonk_compare op, const struct vonk_arith_inputs *in, uint32_t count, uint64_t *out);
  void (*multiply_long)(const struct vonk_arith_inputs *in, uint32_t count, int64_t *out);
  void (*multiply_wide)(const struct vonk_arith_inputs *in, uint32_t count, vonk_int128 *out);
  void (*divide_real)(const struct vonk_arith_inputs *in, uint32_t count, double *out);
  void (*remainder_int)(const struct vonk_arith_inputs *in, uint32_t count, bool positive, int32_t *out);
  void (*equal_views)(const struct vonk_view *a, const struct vonk_view *constant, uint32_t count, bool whole, uint64_t *out);
};

struct vonk_sum_table {
  struct vonk_integer_sum (*sum[VONK_PHYSICAL_COUNT])(const void *values, uint32_t count);
  struct vonk_integer_sum (*sum_masked[VONK_PHYSICAL_COUNT])(const void *values, const uint64_t *mask, uint32_t count);
  int64_t (*smallest[VONK_PHYSICAL_COUNT])(const void *values, uint32_t count);
  int64_t (*largest[VONK_PHYSICAL_COUNT])(const void *values, uint32_t count);
};

/* Loops of unpack.h. */
struct vonk_unpack_table {
  uint32_t (*bits)(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint32_t *out);
  void (*bits_big)(const uint8_t *bytes, uint32_t width, uint32_t count, uint64_t *out);
  void (*mask)(const uint8_t *table, const uint32_t *codes, uint32_t count, uint64_t *mask);
  void (*entries)(const void *table, uint32_t width, const uint32_t *codes, uint32_t count, void *out);
};

/* Those of this machine's level. */
const struct vonk_unpack_table *vonk_unpack_table(void);
const struct vonk_arith_table *vonk_arith_table(void);
const struct vonk_kernel_table *vonk_kernel_table(void);
const struct vonk_sum_table *vonk_sum_table(void);

#define VONK_INLINE __attribute__((always_inline)) static inline
#define VONK_PASTE_(a, b) a##b
#define VONK_PASTE(a, b) VONK_PASTE_(a, b)
/* NAME with the level's suffix. */
#define VONK_LEVEL_NAME(name) VONK_PASTE(name, VONK_SUFFIX)

#endif
