/* union_all.c: no work of its own: the planner lets all inputs feed the same pipeline, one behind the other. Columns are
 * taken by position. Where visible partitions show and all inputs are distributed alike, partition i holds those of all inputs:
 * rows come back into the order of partitions by a sort. */
#include "exec/distribution.h"
#include "exec/op/sort.h"
#include "exec/partition_key.h"

static const struct vonk_operator_type by_partition_type = {.name = "UnionByPartition", VONK_SORT_FUNCTIONS};

static STATUS sort_partitions(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation_union_all *plan, struct vonk_operator **out) {
  struct vonk_relation_union_all *zipped = ARENA_NEW(task->arena, struct vonk_relation_union_all);
  *zipped = *plan;
  zipped->zipped = true;
  struct vonk_expr *key = vonk_partition_key(task->arena, vonk_partition_id(task->arena));
  struct vonk_sort_plan sort = {.type = &by_partition_type, .relation = &plan->relation, .input = &zipped->relation, .order = {&key, 1},
                                .kind = VONK_SORT_PARTITIONS, .limit = -1};
  TRY(vonk_sort_create(task, execution, &sort, out));
  (*out)->uses_partitions = true;
  return VONK_OK;
}

static STATUS union_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation *relation,
                         struct vonk_operator **out) {
  const struct vonk_relation_union_all *plan = (const struct vonk_relation_union_all *)relation;
  bool zipped = plan->zipped;
  if (!zipped && (execution->partitioned || execution->ordered)) {
    struct vonk_distribution common = vonk_distribution_common(task->arena, &execution->partitioning, plan);
    if (common.count > 1) return sort_partitions(task, execution, plan, out);
    zipped = common.kind != VONK_DISTRIBUTION_UNKNOWN;
  }
  *out = vonk_operator_create(execution, &vonk_operator_union_all, relation, VONK_SHAPE_UNION, sizeof(struct vonk_operator));
  (*out)->zips = zipped;
  vonk_operator_set_inputs(*out, plan->inputs.items, plan->inputs.count);
  return VONK_OK;
}

const struct vonk_operator_type vonk_operator_union_all = {
    .name = "Union", .relation = &vonk_relation_union_all_type, .open = union_open};
