/* python.h: what the binder, the optimiser and the operators agree on about functions in Python. */
#ifndef VONK_FUNC_PYTHON_H
#define VONK_FUNC_PYTHON_H

#include "conf/conf.h"
#include "expr/function.h"

/* The settings that a worker process is told. */
struct vonk_options vonk_python_settings(struct vonk_arena *arena, const struct vonk_conf *conf);

/* Stands for an aggregate in Python: its only argument is the expr python. */
extern const struct vonk_function vonk_python_aggregate;
/* The function behind AGGREGATE's bound call; NULL when that is another one. */
struct vonk_expr_python *vonk_python_of_aggregate(const struct vonk_expr *aggregate);
/* Does EVAL_TYPE give one value for the rows of a group? */
bool vonk_python_aggregates(int64_t eval_type);

#endif
