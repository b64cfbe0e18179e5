/* simplify.h: rewritings of one expression that rules share. Each returns EXPR itself when it has nothing to say. */
#ifndef VONK_OPT_SIMPLIFY_H
#define VONK_OPT_SIMPLIFY_H

#include "opt/optimizer_internal.h"

bool opt_is_false(const struct vonk_expr *expr);
/* cast(c) < literal becomes c < literal at c's type, when the cast keeps order and the literal can be said there. */
struct vonk_expr *opt_unwrap_cast(struct opt *o, struct vonk_expr *comparison);
/* The same for a list of literals; a list of one becomes an equality. */
struct vonk_expr *opt_unwrap_in(struct opt *o, struct vonk_expr *in);
/* (a and b) or (a and c) becomes a and (b or c). */
struct vonk_expr *opt_factor_or(struct opt *o, struct vonk_expr *disjunction);
/* What DISJUNCTION implies about the columns of SET alone: an OR of the parts of its branches that use only these; NULL when a
 * branch has none. */
struct vonk_expr *opt_implied_by_or(struct opt *o, struct vonk_expr *disjunction, struct opt_set set);

#endif
