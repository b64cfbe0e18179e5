/* explain.h: the operators of an execution as text, for EXPLAIN. */
#ifndef VONK_EXEC_EXPLAIN_H
#define VONK_EXEC_EXPLAIN_H

#include "exec/query.h"

enum vonk_operators_form {
  VONK_OPERATORS_TREE,      /* a line each, with the expected rows */
  VONK_OPERATORS_MEASURED,  /* and what running them took: rows, time over all workers, memory, spill */
  VONK_OPERATORS_NUMBERED,  /* kinds only, numbered; then a paragraph for each number */
};

/* On ARENA, ends with a line feed. MEASURED: the execution was started with `analyze` and has ended. */
struct vonk_str vonk_execution_explain(struct vonk_arena *arena, const struct vonk_execution *execution, enum vonk_operators_form form);

#endif
