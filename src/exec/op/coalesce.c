/* coalesce.c: partitions are numbered anew, rows stay where they are: partition i of n holds those from i * all / n on. */
#include "exec/op/partition.h"

static STATUS coalesce_push(struct vonk_context *context, struct vonk_operator *op, void *state, const struct vonk_batch *in,
                            struct vonk_batch *out, enum vonk_step *step) {
  (void)context, (void)state;
  *out = *in;
  *step = VONK_STEP_NEED_INPUT;
  if (op->input_partitions <= op->partition_limit) return VONK_OK;
  uint64_t number = in->partition - op->first_partition;
  out->partition = op->first_partition + (uint32_t)(((number + 1) * op->partition_limit - 1) / op->input_partitions);
  return VONK_OK;
}

static const struct vonk_operator_type coalesce_type = {.name = "Coalesce", .push = coalesce_push};

STATUS vonk_coalesce_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation_partition *plan, struct vonk_operator **out) {
  (void)task;
  struct vonk_operator *op = vonk_operator_create(execution, &coalesce_type, &plan->relation, VONK_SHAPE_TRANSFORM, sizeof *op);
  vonk_operator_set_inputs(op, &plan->input, 1);
  op->partition_limit = (uint32_t)plan->count;
  *out = op;
  return VONK_OK;
}
