/* decorrelate.h: takes the references to an outer query out of a subplan.
 *
 * Two ways. Pulling up: predicates over outer columns rise to the join above, through projections, inner joins and
 * groups (equalities become group keys). Where that is not possible, the domain: the distinct values of the outer columns are
 * joined into the subplan and carried up beside its rows (Neumann, Kemper: Unnesting Arbitrary Queries, BTW 2015).
 */
#ifndef VONK_OPT_DECORRELATE_H
#define VONK_OPT_DECORRELATE_H

#include "opt/optimizer_internal.h"

struct opt_decorrelated {
  struct vonk_relation *relation;    /* free of the outer columns; old columns and perhaps more */
  opt_expr_list conjuncts;           /* over outer columns and relation's: a row belongs to an outer row when all are true */
  struct vonk_relation *outer;       /* the outer plan to join with: the one given, or a shared form of it */
  bool one_per_outer;                /* at most one row for each outer row */
  /* Pulled through a group without keys: an outer row without a partner would have had one row with these values. */
  bool has_defaults;
  struct opt_mappings defaults;      /* column id -> its value then */
};

/* The columns of OUTER that RELATION refers to. */
struct opt_set opt_free_columns(struct opt *o, const struct vonk_relation *outer, const struct vonk_relation *relation);
/* KEEP_DEFAULTS: the caller handles has_defaults; else the domain is used. ORDERLESS: order and LIMIT n >= 1 above do not matter. */
STATUS opt_decorrelate(struct opt *o, struct vonk_relation *outer, struct vonk_relation *relation, bool keep_defaults, bool orderless,
                       struct opt_decorrelated *out);
/* What AGGREGATE gives for no rows; NULL when that cannot be said. */
struct vonk_expr *opt_empty_value(struct opt *o, const struct vonk_expr *aggregate);

#endif
