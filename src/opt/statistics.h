/* statistics.h: how many rows and distinct values a plan is expected to have.
 *
 * Row counts, ranges and distinct counts come from the sources (footers, dictionaries); what filters and joins leave of them is
 * estimated: uniform values, independent conjuncts, keys of one side contained in the other's. A guess is never below one row.
 */
#ifndef VONK_OPT_STATISTICS_H
#define VONK_OPT_STATISTICS_H

#include "opt/optimizer_internal.h"

/* Of one column id. Filters on the column itself narrow the values; filters on others and joins leave them: a filtered key
 * still has the values it was made of, so that a key of the other side finds as small a part of them as there are rows left. */
struct opt_column_stats {
  bool known;
  double distinct_count;     /* < 0: unknown */
  bool is_bound;             /* no more than distinct_count, perhaps far fewer */
  double null_fraction;
  struct vonk_range range;
  double base_rows;          /* of the relation that made it, before filters; 0: unknown */
  uint64_t base_id;          /* names that relation */
  double mean, deviation;    /* of an aggregate's results; deviation 0: unknown */
};

/* Sets estimated_rows of RELATION and everything below, and the statistics of the columns they make. Returns the rows of RELATION. */
double opt_estimate(struct opt *o, struct vonk_relation *relation);
/* The statistics of a column, unknown ones when there are none. */
struct opt_column_stats opt_stats_of(const struct opt *o, uint64_t id);
/* The part of rows for which CONJUNCTS hold, 0..1. */
double opt_selectivity(struct opt *o, struct vonk_exprs conjuncts);
/* Expected distinct values of EXPR among ROWS rows. */
double opt_distinct(struct opt *o, const struct vonk_expr *expr, double rows);
/* The part of pairs of rows that agree on COUNT pairs of keys. */
double opt_key_selectivity(struct opt *o, struct vonk_expr *const *left, struct vonk_expr *const *right, uint32_t count);
/* The part of left rows with a match when each has MATCHES on average, RIGHT_KEYS (COUNT of them) being the other side's keys. */
double opt_matched_part(struct opt *o, struct vonk_expr *const *right_keys, uint32_t count, double matches);

#endif
