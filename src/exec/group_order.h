/* group_order.h: the order in which Spark's users see the groups of a small GROUP BY.
 *
 * Groups are exchanged by the hash of their keys, and small partitions are put together, those of each sender in a piece: groups come by the
 * partition they were first met in, then by that they are sent to, then as they were met. Without aggregates those with a null key, which
 * the faster of two hash tables does not take, are the last. Where states do not fit Spark's rows of fixed width (the least of texts) it sorts, and groups come by their keys.
 */
#ifndef VONK_EXEC_GROUP_ORDER_H
#define VONK_EXEC_GROUP_ORDER_H

#include "exec/execution_internal.h"
#include "exec/row.h"
#include "expr/program.h"

enum { VONK_GROUPS_ORDERED_MAX = 1024 }; /* of more groups nobody looks at the order */

struct vonk_group_order {
  bool is_wanted;
  bool by_keys;
  bool has_arrivals;             /* the order of the input's rows is known at no cost: else groups of one partition come by hash; */
  bool has_partitions;           /* their visible partitions, too: else all are met in one */
  struct vonk_program *target;   /* of a group's partition; NULL: all are met in one */
  const struct vonk_row_layout *layout;
  bool nulls_last;
  uint32_t key_count, arrival_offset; /* in a row */
};

/* Where a group was met first. */
struct vonk_group_arrival {
  uint64_t number;               /* among all rows; 0: not known */
  uint32_t partition;
};

/* Whether and how the groups of PLAN are ordered. The layout and the offset are the caller's to fill in. */
STATUS vonk_group_order_init(struct vonk_task *task, const struct vonk_execution *execution, const struct vonk_relation_group *plan,
                             struct vonk_group_order *out);
/* Brings COUNT <= VONK_GROUPS_ORDERED_MAX rows into it. */
STATUS vonk_group_order_apply(struct vonk_task *task, const struct vonk_group_order *order, uint8_t **rows, uint32_t count);

static inline struct vonk_group_arrival *vonk_group_arrival(const struct vonk_group_order *order, uint8_t *row) {
  return (struct vonk_group_arrival *)(void *)(row + order->arrival_offset);
}

#endif
