/* observed.h: metrics that DataFrame.observe asked for, told when a query has ended. */
#ifndef VONK_EXEC_OBSERVED_H
#define VONK_EXEC_OBSERVED_H

#include "exec/query.h"

struct vonk_observed {
  struct vonk_str name;
  int64_t plan_id;                 /* of the protocol; -1: none */
  struct vonk_name keys;
  const struct vonk_value *values; /* one for each key; NULL: */
  const struct vonk_error *error;  /* what came between; the query itself is well */
};
struct vonk_observed_list {
  struct vonk_observed *items;
  size_t count, capacity;
};

/* Adds what EXECUTION, which must not have failed, has observed; waits for its end. A name that is there already stays as it is.
 * Values and errors live on TASK's arena. */
STATUS vonk_execution_observed(struct vonk_task *task, struct vonk_execution *execution, struct vonk_observed_list *out);

#endif
