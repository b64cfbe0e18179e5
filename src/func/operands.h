/* operands.h: the two sides of an operator brought to types it can work on, for `bind` callbacks of operators.
 *
 * Follows Spark's AnsiTypeCoercion, TypeCoercion and DecimalPrecision: strings are promoted, a null takes the other side's type,
 * an integer beside a decimal becomes one (a literal with just its digits), a decimal beside FLOAT or DOUBLE becomes DOUBLE.
 */
#ifndef VONK_FUNC_OPERANDS_H
#define VONK_FUNC_OPERANDS_H

#include "expr/function.h"

/* Strings to numbers, then as above. What is not numeric stays as it is: see vonk_operands_refuse. Decimals keep their own shapes,
 * all other numbers end with one type. */
STATUS vonk_operands_to_numbers(struct vonk_bind_call *call);
/* The same where all but decimals become DOUBLE. */
STATUS vonk_operands_to_fractions(struct vonk_bind_call *call);
/* The same for operators that take integers only: what is not integral is left alone but for strings. */
STATUS vonk_operands_to_integers(struct vonk_bind_call *call);
/* Both sides of a comparison to one type, decimals to the wider shape. Raises when there is none. */
STATUS vonk_operands_to_comparable(struct vonk_bind_call *call);
/* Raises BINARY_OP_DIFF_TYPES, or BINARY_OP_WRONG_TYPE when both sides have one type; REQUIRED is Spark's text for what would do. */
STATUS vonk_operands_refuse(struct vonk_bind_call *call, const char *required);

#endif
