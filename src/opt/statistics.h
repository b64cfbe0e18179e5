/* statistics.h: how many rows and distinct values a plan is expected to have.
 *
 * Row counts, ranges and distinct counts come from the sources (footers, dictionaries); what filters and joins leave of them is
 * estimated: uniform values, independent conjuncts, keys of one side contained in the other's. A guess is never below one row.
 */
#ifndef VONK_OPT_STATISTICS_H
#define VONK_OPT_STATISTICS_H

#include "opt/optimizer_internal.h"

/* Of one column id, where it is made. */
struct opt_column_stats {
  bool known;
  double distinct_count;     /* < 0: unknown */
  bool is_bound;             /* distinct_count is only the row count: it says nothing */
  double null_fraction;
  struct vonk_range range;
};

/* Sets estimated_rows of RELATION and everything below, and the statistics of the columns they make. Returns the rows of RELATION. */
double opt_estimate(struct opt *o, struct vonk_relation *relation);
/* The statistics of a column, unknown ones when there are none. */
struct opt_column_stats opt_stats_of(const struct opt *o, uint64_t id);
/* The part of rows for which CONJUNCTS hold, 0..1. */
double opt_selectivity(struct opt *o, struct vonk_exprs conjuncts);
/* Expected distinct values of EXPR among ROWS rows; *GUESSED when that is only the row count. */
double opt_distinct(struct opt *o, const struct vonk_expr *expr, double rows, bool *guessed);
/* The part of pairs that match when LEFT_ROWS and RIGHT_ROWS (before filters) are joined on COUNT key pairs. */
double opt_key_selectivity(struct opt *o, struct vonk_expr *const *left, struct vonk_expr *const *right, uint32_t count, double left_rows,
                           double right_rows);

#endif
