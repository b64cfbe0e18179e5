/* python_arguments.h: the columns that functions get: each argument once, computed by one program. */
#ifndef VONK_EXEC_PYTHON_ARGUMENTS_H
#define VONK_EXEC_PYTHON_ARGUMENTS_H

#include "exec/python_stream.h"

struct vonk_python_columns {
  struct vonk_exprs exprs;                 /* distinct */
  const struct vonk_type *type;            /* STRUCT of their values */
  struct vonk_python_argument **arguments; /* of each function */
  uint32_t *argument_counts;
};

/* The innermost function of those that are applied one after the other: its arguments are what is sent. */
const struct vonk_expr_python *vonk_python_innermost(const struct vonk_expr *function);
/* The columns for FUNCTIONS; those of FIRST come before. On ARENA. */
void vonk_python_collect(struct vonk_arena *arena, const struct vonk_exprs *functions, const struct vonk_exprs *first, struct vonk_python_columns *out);
/* A STRUCT of the values of EXPRS called by NAMES (_0, _1, ... where NULL). */
const struct vonk_type *vonk_python_type_of(struct vonk_arena *arena, struct vonk_exprs exprs, const struct vonk_str *names);
/* The place of EXPR among EXPRS, which has room for one more: put behind them when it is not there. */
uint32_t vonk_python_place(struct vonk_exprs *exprs, struct vonk_expr *expr);

#endif
