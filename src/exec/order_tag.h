/* order_tag.h: where a row stands in the input, as a number: its unit, then its place in it. A unit is read by one worker in its
 * order, so each worker counts for itself. */
#ifndef VONK_EXEC_ORDER_TAG_H
#define VONK_EXEC_ORDER_TAG_H

#include "expr/function.h"

/* Zeroed at first. */
struct vonk_tag_counter {
  uint64_t unit, row_count;
};

/* The tag of the first of the next COUNT rows of UNIT; those of the others follow. */
static inline uint64_t vonk_tag_next(struct vonk_tag_counter *counter, uint64_t unit, uint32_t count) {
  if (unit != counter->unit) *counter = (struct vonk_tag_counter){.unit = unit};
  uint64_t first = unit << VONK_TAG_ROW_BITS | counter->row_count;
  counter->row_count += count;
  return first;
}

#endif
