/* partition_key.h: numbers of visible partitions as keys of the sorter. */
#ifndef VONK_EXEC_PARTITION_KEY_H
#define VONK_EXEC_PARTITION_KEY_H

#include "column/column.h"
#include "expr/expr.h"

/* spark_partition_id(): of the row the expression is evaluated for. */
struct vonk_expr *vonk_partition_id(struct vonk_arena *arena);
/* NUMBER (INT, not null) as a sort_order. */
struct vonk_expr *vonk_partition_key(struct vonk_arena *arena, struct vonk_expr *number);
/* What the sorter makes of two such keys. */
struct vonk_str vonk_partition_key_bytes(struct vonk_arena *arena, uint32_t first, uint32_t second);
/* The first key's number. */
uint32_t vonk_partition_of_key(const struct vonk_view *key);

#endif
