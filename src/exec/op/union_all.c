/* union_all.c: no work of its own: the planner lets all inputs feed the same pipeline, one behind the other. Columns are
 * taken by position. */
#include "exec/execution_internal.h"

static STATUS union_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                         struct vonk_operator **out) {
  (void)task;
  const struct vonk_relation_union_all *plan = (const struct vonk_relation_union_all *)relation;
  *out = vonk_operator_create(execution, &vonk_operator_union_all, relation, VONK_SHAPE_UNION, sizeof(struct vonk_operator));
  vonk_operator_set_inputs(*out, plan->inputs.items, plan->inputs.count);
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_union_all = {
    .name = "Union", .relation = &vonk_relation_union_all_type, .open = union_open};
