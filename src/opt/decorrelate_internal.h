/* decorrelate_internal.h: what the two ways of decorrelate.h share. */
#ifndef VONK_OPT_DECORRELATE_INTERNAL_H
#define VONK_OPT_DECORRELATE_INTERNAL_H

#include "opt/decorrelate.h"

struct opt_free_walk {
  struct opt *o;
  struct opt_set outer, found;
};

/* Does NODE (and what is below it) refer to a column of OUTER? */
bool opt_is_correlated(struct opt *o, struct opt_set outer, const struct vonk_node *node);
/* Only the expressions that stand in RELATION itself. */
bool opt_own_exprs_correlated(struct opt *o, struct opt_set outer, const struct vonk_relation *relation);
/* OUT->outer is given; the rest is filled in. */
STATUS opt_decorrelate_by_domain(struct opt *o, struct vonk_relation *relation, struct opt_decorrelated *out);

#endif
