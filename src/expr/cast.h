/* cast.h: CAST between all of Spark's types: what is allowed, what can fail, and the cast itself over a batch.
 *
 * LEGACY gives null for what does not convert and wraps integers; ANSI marks bad rows; TRY is ANSI with null for bad rows.
 */
#ifndef VONK_EXPR_CAST_H
#define VONK_EXPR_CAST_H

#include "expr/function.h"

/* May one write this cast? (Cast.canCast, canAnsiCast, canTryCast.) */
bool vonk_cast_allowed(const struct vonk_type *from, const struct vonk_type *to, enum vonk_cast_mode mode);
/* Is there a valid FROM that has no TO: under ANSI it raises, else it gives null. */
bool vonk_cast_can_fail(const struct vonk_type *from, const struct vonk_type *to, enum vonk_cast_mode mode);
/* FRAME's expr is the cast, its only argument FLAT or CONST. Bad bits are set for rows that do not convert (all modes but
 * integers of LEGACY, which wrap); the evaluator raises or makes them null. */
STATUS vonk_cast_eval(struct vonk_frame *frame);
/* Raises for row ROW of the argument: CAST_INVALID_INPUT, CAST_OVERFLOW, NUMERIC_VALUE_OUT_OF_RANGE. */
STATUS vonk_cast_raise(struct vonk_frame *frame, uint32_t row);

#endif
