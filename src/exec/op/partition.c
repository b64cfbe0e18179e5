/* partition.c: repartition, DISTRIBUTE BY: execution does not move rows between visible partitions; they pass. */
#include "exec/execution_internal.h"

static STATUS partition_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                             struct vonk_operator **out) {
  return vonk_operator_make(task, execution, ((const struct vonk_relation_partition *)relation)->input, out);
}

const struct vonk_operator_type vonk_operator_partition = {
    .name = "Exchange", .relation = &vonk_relation_partition_type, .open = partition_open};
