/* partition.h: what moves rows between visible partitions, between its files. */
#ifndef VONK_EXEC_OP_PARTITION_H
#define VONK_EXEC_OP_PARTITION_H

#include "exec/execution_internal.h"

/* The column that says where a row goes: behind all others, INT; an id that no plan uses. */
#define VONK_TARGET_ID (UINT64_MAX - 1)

/* coalesce.c: at most PLAN->count partitions, each some neighbouring ones of the input. */
STATUS vonk_coalesce_open(struct vonk_task *task, struct vonk_execution *execution, const struct vonk_relation_partition *plan, struct vonk_operator **out);

/* range_bounds.c: PLAN's input with the target column, computed by PLAN->by (sort orders). At most RANGE_COUNT ranges. */
struct vonk_relation *vonk_ranged(struct vonk_arena *arena, const struct vonk_relation_partition *plan, uint32_t range_count);

#endif
