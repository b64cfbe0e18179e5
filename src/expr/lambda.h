/* lambda.h: what lambdas take from around them.
 *
 * A lambda's body may use columns of the query and variables of the lambdas around it. Compiling a call with lambdas gives
 * these to the function as further arguments behind its own, in the order of vonk_lambda_captures.
 */
#ifndef VONK_EXPR_LAMBDA_H
#define VONK_EXPR_LAMBDA_H

#include "expr/expr.h"

/* Columns and lambda_variables that the lambdas among ARGUMENTS use and do not declare, each once. */
struct vonk_exprs vonk_lambda_captures(struct vonk_arena *arena, const struct vonk_exprs *arguments);
/* The id of a column or lambda_variable, 0 for others. */
uint64_t vonk_lambda_input_id(const struct vonk_expr *expr);

#endif
