/* coercion.h: Spark's rules for bringing types together, with ANSI (AnsiTypeCoercion) and without (TypeCoercion).
 *
 * Results are NULL when the rules give no type. Types made live on ARENA.
 */
#ifndef VONK_FUNC_COERCION_H
#define VONK_FUNC_COERCION_H

#include "type/type.h"

/* Without loss and without strings: UNION ALL's numbers, dates and timestamps (findTightestCommonType). */
const struct vonk_type *vonk_coercion_tightest(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b, bool ansi);
/* CASE, COALESCE, IN, UNION, array(...): with decimals widened and strings promoted (findWiderTypeForTwo). */
const struct vonk_type *vonk_coercion_wider(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b, bool ansi);
/* The same over COUNT types (findWiderCommonType). */
const struct vonk_type *vonk_coercion_wider_all(struct vonk_arena *arena, const struct vonk_type *const *types, uint32_t count, bool ansi);
/* The type two sides of a comparison are cast to: without ANSI a string becomes the other side's type. */
const struct vonk_type *vonk_coercion_comparison(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b, bool ansi);
/* May an argument of type FROM be cast to TO unasked? LITERAL: it is a literal (ANSI casts string literals only). */
bool vonk_coercion_implicit(const struct vonk_type *from, const struct vonk_type *to, bool literal, bool ansi);

#endif
