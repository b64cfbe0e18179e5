/* arith.h: loops of arithmetic over values of one width.
 *
 * STEPS: an input's step is 1 for a value a row, 0 for one value for all. Wrapping forms compute modulo the width. Checked
 * forms OR into BAD the rows that do not fit (for any row, also those that are null or not live: the caller masks). OUT may be an input.
 */
#ifndef VONK_KERNEL_ARITH_H
#define VONK_KERNEL_ARITH_H

#include <stdint.h>

#include "column/column.h"

enum vonk_arith { VONK_ARITH_ADD, VONK_ARITH_SUBTRACT, VONK_ARITH_MULTIPLY, VONK_ARITH_COUNT };

struct vonk_arith_inputs {
  const void *a, *b;
  uint32_t a_step, b_step; /* 0 or 1 */
};

/* I8..I128, F32, F64. */
void vonk_arith(enum vonk_arith op, enum vonk_physical physical, const struct vonk_arith_inputs *in, uint32_t count, void *out);
/* I8..I128. */
void vonk_arith_checked(enum vonk_arith op, enum vonk_physical physical, const struct vonk_arith_inputs *in, uint32_t count, void *out, uint64_t *bad);
/* I32 times I32 into I64. */
void vonk_multiply_long(const struct vonk_arith_inputs *in, uint32_t count, int64_t *out);
/* I64 times I64 into I128. */
void vonk_multiply_wide(const struct vonk_arith_inputs *in, uint32_t count, vonk_int128 *out);
void vonk_divide_real(const struct vonk_arith_inputs *in, uint32_t count, double *out);
/* A % B, not negative for a positive B when POSITIVE. Rows where B is 0 get anything. */
void vonk_remainder_int(const struct vonk_arith_inputs *in, uint32_t count, bool positive, int32_t *out);

#endif
