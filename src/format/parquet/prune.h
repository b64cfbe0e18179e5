/* prune.h: what a unit's filters leave of it, told by what stands beside the data: statistics for filters of joins, Bloom filters,
 * page indexes. */
#ifndef VONK_FORMAT_PARQUET_PRUNE_H
#define VONK_FORMAT_PARQUET_PRUNE_H

#include "format/parquet/scan_internal.h"

struct parquet_pruned {
  bool is_empty;                 /* no row can pass */
  uint64_t *batches;             /* bit i: rows from i * VONK_BATCH_ROWS on, counted in the unit, may pass; NULL: all */
};

/* Memory on ARENA. What is malformed beside the data is not used; only the data itself must be well-formed. */
STATUS parquet_prune(struct vonk_task *task, struct vonk_arena *arena, const struct parquet_scan *scan, const struct vonk_scan_unit *unit,
                     struct vonk_file *file, struct parquet_pruned *out);

#endif
