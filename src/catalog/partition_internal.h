/* partition_internal.h: partition columns from folder names. */
#ifndef VONK_CATALOG_PARTITION_INTERNAL_H
#define VONK_CATALOG_PARTITION_INTERNAL_H

#include "catalog/source.h"
#include "type/timezone.h"

enum { CATALOG_PARTITION_COLUMNS_MAX = 64 };

struct catalog_partition_request {
  struct vonk_scan_file *files;
  const size_t *base_sizes;            /* for each file the bytes of its path that are above the partitions */
  uint32_t file_count;
  bool infer_types;
  const struct vonk_timezone *zone;
};

/* The partition columns that the folders show, a STRUCT; NULL when there are none. */
STATUS catalog_discover_partitions(struct vonk_task *task, const struct catalog_partition_request *request, const struct vonk_type **out);
/* Sets the files' values for the fields of SCHEMA. */
STATUS catalog_fill_partitions(struct vonk_task *task, const struct catalog_partition_request *request, const struct vonk_type *schema);
struct vonk_str catalog_unescape_path(struct vonk_arena *arena, struct vonk_str text);

#endif
