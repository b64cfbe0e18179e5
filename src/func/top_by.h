/* top_by.h: max_by and min_by with a number: the values of the rows with the largest or smallest keys, best first. */
#ifndef VONK_FUNC_TOP_BY_H
#define VONK_FUNC_TOP_BY_H

#include "expr/function.h"

enum { VONK_TOP_BY_MAX = 100000 };

/* How many are kept: the aggregate's `data`. */
struct vonk_top_by {
  uint32_t count;
};

extern const struct vonk_aggregate_type vonk_top_by_type;

#endif
