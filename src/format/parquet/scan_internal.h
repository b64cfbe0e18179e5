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
static inline const struct vonk_type *parquet_column_type(const struct vonk_scan_spec *spec, uint32_t column) {
  uint32_t data = spec->schema->field_count;
  return column < data ? spec->schema->fields[column].type : spec->partition_schema->fields[column - data].type;
}

STATUS parquet_reader_open(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out);
STATUS parquet_reader_next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out);
void parquet_reader_close(struct vonk_reader *reader);

#endif
