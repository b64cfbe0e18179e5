/* percentage.h: the constant of percentile functions: one percentage or an array of them. */
#ifndef VONK_FUNC_PERCENTAGE_H
#define VONK_FUNC_PERCENTAGE_H

#include "expr/function.h"

struct vonk_percentages {
  const double *items;   /* each in 0..1 */
  uint32_t count;
  bool is_array;         /* the result is an array */
};

/* Argument INDEX, a constant double or array of double. */
STATUS vonk_bind_percentages(struct vonk_bind_call *call, uint32_t index, struct vonk_percentages *out);
/* One percentile of result ROW: the row itself, or a further item of its array. Intervals drop the fraction. */
STATUS vonk_percentage_put(struct vonk_frame *frame, uint32_t row, const struct vonk_percentages *percentages, double value);

#endif
