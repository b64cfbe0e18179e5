/* scan_internal.h: what a Parquet scan shares with its readers. */
#ifndef VONK_FORMAT_PARQUET_SCAN_INTERNAL_H
#define VONK_FORMAT_PARQUET_SCAN_INTERNAL_H

#include "format/parquet/footer.h"

struct parquet_scan {
  struct vonk_scan scan;
  struct vonk_arena *arena;            /* holds all of it */
  struct parquet_footer *footers;      /* per file */
  const struct parquet_node **nodes;   /* file * data columns + column; NULL: the file lacks it */
};

static inline uint32_t parquet_data_columns(const struct vonk_scan_spec *spec) { return spec->schema->field_count; }

STATUS parquet_reader_open(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out);

#endif
