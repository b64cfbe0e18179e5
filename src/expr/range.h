/* range.h: what is proven of the values of bound expressions.
 *
 * Columns bring ranges from statistics, literals are their own, functions have a `range` callback. A known range narrows
 * the physical width of integers and decimals and clears `raises` where nothing can overflow.
 */
#ifndef VONK_EXPR_RANGE_H
#define VONK_EXPR_RANGE_H

#include "column/column.h"
#include "expr/expr.h"

/* Range, physical width and can_raise of a node whose arguments are done: what binding calls. */
void vonk_expr_set_range(struct vonk_expr *expr);
/* The range of all values of an integral, date, timestamp or decimal type. */
struct vonk_range vonk_range_of_type(const struct vonk_type *type);
/* The range of EXPR: the proven one or else that of its type. */
struct vonk_range vonk_range_of(const struct vonk_expr *expr);
/* The narrowest of I32, I64, I128 for RANGE and TYPE; the type's own when the range is not known. */
enum vonk_physical vonk_range_physical(const struct vonk_type *type, const struct vonk_range *range);

#endif
