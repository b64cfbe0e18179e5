/* recursion.c: recursive queries as EXPLAIN shows them: what runs are the rows that exec/recursion.c puts in their place. */
#include "exec/execution_internal.h"

static STATUS recursion_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                             struct vonk_operator **out) {
  const struct vonk_relation_recursion *plan = (const struct vonk_relation_recursion *)relation;
  (void)task;
  ASSERT(execution->options.plan_only);
  *out = vonk_operator_create(execution, &vonk_operator_recursion, relation, VONK_SHAPE_UNION, sizeof(struct vonk_operator));
  vonk_operator_set_inputs(*out, (struct vonk_relation *[]){plan->anchor, plan->step}, 2);
  return VONK_OK;
}

static STATUS working_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                           struct vonk_operator **out) {
  (void)task;
  ASSERT(execution->options.plan_only);
  *out = vonk_operator_create(execution, &vonk_operator_working, relation, VONK_SHAPE_SOURCE, sizeof(struct vonk_operator));
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_recursion = {.name = "Recursion", .relation = &vonk_relation_recursion_type, .open = recursion_open};
const struct vonk_operator_type vonk_operator_working = {.name = "RecursionReference", .relation = &vonk_relation_working_type, .open = working_open};
