/* datetime_operator.h: + - * / div over dates, timestamps and intervals. */
#ifndef VONK_FUNC_DATETIME_OPERATOR_H
#define VONK_FUNC_DATETIME_OPERATOR_H

#include "expr/function.h"

/* Binds CALL, a binary operator (one of + - * / and 'd' for div) whose try_ form has TRY set, when one of its operands is a date, a
 * timestamp or an interval that Spark has a rule for. *DONE is false when it is the business of numbers. */
struct vonk_datetime_operator {
  char sign;
  bool try;
};
STATUS vonk_bind_datetime_operator(struct vonk_bind_call *call, struct vonk_datetime_operator op, bool *done);
/* -x and abs(x) of an interval. */
STATUS vonk_bind_interval_unary(struct vonk_bind_call *call, bool is_abs, bool *done);

#endif
