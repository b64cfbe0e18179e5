/* footer.h: a file's footer, read and understood. A scan holds those of its files; the metadata may be shared with other queries. */
#ifndef VONK_FORMAT_PARQUET_FOOTER_H
#define VONK_FORMAT_PARQUET_FOOTER_H

#include "format/footer_cache.h"
#include "format/parquet/schema.h"
#include "fs/fs.h"

struct parquet_footer {
  struct vonk_footer_key key;          /* the state of the file it was read from */
  struct parquet_metadata metadata;
  struct parquet_schema schema;
};

/* Lives as long as ARENA. Comes from the options' cache of footers if it can. Raises FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER, UNSUPPORTED_FEATURE for encrypted files. */
STATUS parquet_footer_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_file *file, const struct vonk_scan_options *options,
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
