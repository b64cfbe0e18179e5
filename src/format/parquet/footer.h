/* footer.h: a file's footer, read and understood. Kept by whoever read it: a scan holds those of its files. */
#ifndef VONK_FORMAT_PARQUET_FOOTER_H
#define VONK_FORMAT_PARQUET_FOOTER_H

#include "format/parquet/schema.h"
#include "fs/fs.h"

struct parquet_footer {
  struct vonk_str path;
  struct parquet_metadata metadata;
  struct parquet_schema schema;
};

/* Memory on ARENA. Raises FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER, UNSUPPORTED_FEATURE for encrypted files. */
STATUS parquet_footer_read(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str path, const struct vonk_scan_options *options,
                           struct parquet_footer *out);
/* The minimum and maximum of a leaf in one row group as values of its type; what cannot be trusted is left out. */
void parquet_statistics_values(struct vonk_arena *arena, const struct parquet_footer *footer, const struct parquet_node *node, uint32_t row_group,
                               struct vonk_scan_statistics *out);
/* The same of a page whose index tells MIN and MAX, encoded; the counts in OUT stay. */
void parquet_statistics_bounds(struct vonk_arena *arena, const struct parquet_footer *footer, const struct parquet_node *node, struct vonk_str min,
                               struct vonk_str max, struct vonk_scan_statistics *out);
/* One encoded value (PLAIN, strings without length) as a value of NODE; false when that cannot be told. */
bool parquet_statistics_value(struct vonk_arena *arena, const struct parquet_node *node, struct vonk_str bytes, struct vonk_value *out);

#endif
