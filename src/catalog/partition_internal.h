/* partition_internal.h: partition columns from folder names. */
#ifndef VONK_CATALOG_PARTITION_INTERNAL_H
#define VONK_CATALOG_PARTITION_INTERNAL_H

#include "catalog/source.h"
#include "type/timezone.h"

enum { CATALOG_PARTITION_COLUMNS_MAX = 64 };

struct catalog_partition_request {
  struct vonk_scan_file *files;
  size_t *base_sizes;                  /* for each file the bytes of its path that are above the partitions */
  uint32_t file_count;                 /* files that lie beside partitions, in none, are taken out */
  bool infer_types, case_sensitive;
  const struct vonk_type *timestamp;   /* what times are: TIMESTAMP or TIMESTAMP_NTZ */
  const struct vonk_timezone *zone;
};

/* The partition columns that the folders show, a STRUCT; NULL when there are none. Raises CONFLICTING_DIRECTORY_STRUCTURES,
 * CONFLICTING_PARTITION_COLUMN_NAMES, COLUMN_ALREADY_EXISTS, EMPTY_PARTITION_COLUMN_NAME, EMPTY_PARTITION_COLUMN_VALUE. */
STATUS catalog_discover_partitions(struct vonk_task *task, struct catalog_partition_request *request, const struct vonk_type **out);
/* Sets the files' values for the fields of SCHEMA. */
STATUS catalog_fill_partitions(struct vonk_task *task, const struct catalog_partition_request *request, const struct vonk_type *schema);

/* partition_type.c: what type a value in a folder's name looks like, and what two of them have in common. */
const struct vonk_type *catalog_partition_type(struct vonk_arena *arena, struct vonk_str text, const struct catalog_partition_request *request);
const struct vonk_type *catalog_merge_partition_types(struct vonk_arena *arena, const struct vonk_type *a, const struct vonk_type *b);
/* TEXT as a value of TYPE; NULL for Hive's name of the null partition. Raises CAST_INVALID_INPUT. */
STATUS catalog_partition_value(struct vonk_task *task, struct vonk_str text, const struct vonk_type *type, const struct vonk_timezone *zone, struct vonk_value *out);

#endif
