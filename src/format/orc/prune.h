/* prune.h: what a unit's filters leave of it, told by what stands beside the data: statistics of the stripe for filters of joins, those of
 * row indexes, Bloom filters. */
#ifndef VONK_FORMAT_ORC_PRUNE_H
#define VONK_FORMAT_ORC_PRUNE_H

#include "format/orc/column.h"
#include "format/orc/scan_internal.h"

struct orc_pruned {
  bool is_empty;                 /* no row can pass */
  uint64_t *groups;              /* bit i: the i-th entry of row indexes may have rows that pass; NULL: all */
  uint64_t *batches;             /* bit i: rows from i * VONK_BATCH_ROWS on may pass; NULL: all */
};

/* Memory on the unit's arena. What is malformed beside the data is not used; only the data itself must be well-formed. */
STATUS orc_prune(struct vonk_task *task, const struct orc_scan *scan, const struct vonk_scan_unit *place, struct orc_unit *unit, struct orc_pruned *out);

#endif
