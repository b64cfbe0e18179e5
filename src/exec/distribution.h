/* distribution.h: how the rows of a plan are distributed over visible partitions, as far as that decides what others make of them.
 *
 * Spark unites partition by partition what is distributed alike, and one behind the other what is not.
 */
#ifndef VONK_EXEC_DISTRIBUTION_H
#define VONK_EXEC_DISTRIBUTION_H

#include "exec/partitioning.h"
#include "plan/relation.h"

enum vonk_distribution_kind {
  VONK_DISTRIBUTION_UNKNOWN,
  VONK_DISTRIBUTION_SINGLE,  /* one partition, and this is known before anything runs */
  VONK_DISTRIBUTION_HASH,    /* by the columns `by` */
  VONK_DISTRIBUTION_DEALT,   /* in turn */
};

struct vonk_distribution {
  enum vonk_distribution_kind kind;
  uint32_t count;            /* partitions; 0: as the settings have it, small ones put together */
  struct vonk_ids by;
};

struct vonk_distribution vonk_distribution_of(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation *relation);
/* That of the inputs of ALL when it is the same for all of them, `by` in its first input's columns. */
struct vonk_distribution vonk_distribution_common(struct vonk_arena *arena, const struct vonk_partitioning *rules, const struct vonk_relation_union_all *all);

#endif
