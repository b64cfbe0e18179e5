/* compare.h: comparisons into bit words.
 *
 * F32 and F64 by Spark's order: NaN equals NaN and is the largest, -0.0 equals 0.0. VIEW by bytes. Steps as in arith.h.
 * Rows that are null give any bit. Whole words are written; bits behind COUNT are 0.
 */
#ifndef VONK_KERNEL_COMPARE_H
#define VONK_KERNEL_COMPARE_H

#include "kernel/arith.h"

enum vonk_compare { VONK_COMPARE_EQ, VONK_COMPARE_NE, VONK_COMPARE_LT, VONK_COMPARE_LE, VONK_COMPARE_GT, VONK_COMPARE_GE, VONK_COMPARE_COUNT };

/* Does OP hold for sides that compare as ORDER (negative, 0, positive)? */
static inline bool vonk_compare_holds(enum vonk_compare op, int order) {
  switch (op) {
    case VONK_COMPARE_EQ: return order == 0;
    case VONK_COMPARE_NE: return order != 0;
    case VONK_COMPARE_LT: return order < 0;
    case VONK_COMPARE_LE: return order <= 0;
    case VONK_COMPARE_GT: return order > 0;
    default: return order >= 0;
  }
}

/* I8..I128, F32, F64, VIEW, BOOL. */
void vonk_compare(enum vonk_compare op, enum vonk_physical physical, const struct vonk_arith_inputs *in, uint32_t count, uint64_t *out);
/* -1, 0, 1 for two entries. */
int vonk_compare_views(const struct vonk_view *a, const struct vonk_view *b);
bool vonk_equal_views(const struct vonk_view *a, const struct vonk_view *b);
/* One row of each of two columns of the same type (any physical widths, any encoding), not null; nested ones item by item, nulls first. */
int vonk_compare_rows(const struct vonk_column *a, uint32_t a_row, const struct vonk_column *b, uint32_t b_row);
/* The same where the rows may be null: nulls are smallest and equal. */
int vonk_compare_nullable_rows(const struct vonk_column *a, uint32_t a_row, const struct vonk_column *b, uint32_t b_row);

#endif
