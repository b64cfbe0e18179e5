/* runtime_filter.h: what the build side of a join tells the scans below its probe side.
 *
 * While planning, a join announces a slot for each key that is a plain column of its probe side; a scan that yields the
 * column takes the slot. When the whole build side is in, the join seals the filter and publishes it into the slot.
 */
#ifndef VONK_EXEC_RUNTIME_FILTER_H
#define VONK_EXEC_RUNTIME_FILTER_H

#include "exec/operator.h"
#include "format/scan.h"

struct vonk_runtime_slot {
  struct vonk_runtime_slot *next;
  uint64_t column_id;
  _Atomic(const struct vonk_runtime_filter *) filter;
  struct vonk_runtime_filter sealed;
  const struct vonk_operator *join;  /* that publishes */
  const struct vonk_relation *scan;  /* that listens; NULL: none */
};

/* Before the probe side's operators are made. */
struct vonk_runtime_slot *vonk_runtime_slot_announce(const struct vonk_operator *join, uint64_t column_id);
/* SPEC gets the slots announced for columns of RELATION (a scan). COLUMNS are its columns' numbers in the source. */
void vonk_runtime_slots_make(struct vonk_execution *execution, const struct vonk_relation *relation, const uint32_t *columns,
                             struct vonk_scan_spec *spec);
static inline void vonk_runtime_slot_publish(struct vonk_runtime_slot *slot) {
  atomic_store_explicit(&slot->filter, &slot->sealed, memory_order_release);
}

#endif
