/* visible.h: plans whose visible partitions are asked for: what Spark exchanges, and which side of a join it streams.
 *
 * With adaptive execution small results of an exchange are one partition, as they are here anyway; without it rows behind
 * group-bys, windows, joins and sorts lie where their keys' hashes or ranges put them. A join of a small side streams the other.
 */
#ifndef VONK_EXEC_VISIBLE_H
#define VONK_EXEC_VISIBLE_H

#include "exec/partitioning.h"
#include "plan/relation.h"

/* RELATION itself, or what stands for it; then *INNER is the relation of its kind in there that is not to be asked for again. */
STATUS vonk_visible_plan(struct vonk_task *task, const struct vonk_partitioning *rules, const struct vonk_relation *relation,
                         const struct vonk_relation **out, const struct vonk_relation **inner);

#endif
