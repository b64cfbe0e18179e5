/* source.h: what a scan reads.
 *
 * A source is files of one format with one schema, found once when a query is bound: format.`path`, a view USING ... OPTIONS
 * (path), or a catalog table. It lives on the query's arena and does not change. The schema's last PARTITION_COLUMN_COUNT
 * fields come from the folders' names (key=value), not from the files. Statistics are what file footers say; absent
 * ones are unknown, never guessed.
 */
#ifndef VONK_CATALOG_SOURCE_H
#define VONK_CATALOG_SOURCE_H

#include "conf/conf.h"
#include "expr/expr.h"

struct vonk_source_file {
  struct vonk_str path;                      /* as the file system takes it */
  int64_t byte_size;
  int64_t modified_ms;                       /* since 1970, 0 when unknown */
  int64_t row_count;                         /* -1: not known without reading */
  const struct vonk_value *partition_values; /* one per partition column */
};

/* Of one field of the schema, over all files. */
struct vonk_source_statistics {
  struct vonk_range range;                   /* numbers, dates, times; unscaled for decimals */
  double distinct_count;                     /* < 0: unknown */
  int64_t null_count;                        /* -1: unknown */
  double average_byte_size;                  /* of strings and binaries; 0: unknown */
};

struct vonk_source {
  struct vonk_str format;                    /* "parquet" */
  const struct vonk_type *schema;            /* STRUCT: file columns, then partition columns */
  uint32_t partition_column_count;
  const struct vonk_source_file *files;      /* in the order of reading: by path */
  uint32_t file_count;
  const struct vonk_source_statistics *statistics; /* one per field of the schema; NULL when there are none */
  int64_t row_count;                         /* -1: unknown */
  int64_t byte_size;                         /* sum of the files */
  struct vonk_options options;
  struct vonk_name table;                    /* catalog, database, table; or format, path; for EXPLAIN and messages */
  const void *listing;                       /* what the format keeps beside (struct vonk_scan_listing of format/scan.h); may be NULL */
};

/* What to look for. */
struct vonk_source_request {
  struct vonk_str format;                    /* any case */
  struct vonk_name paths;                    /* files, folders, globs */
  struct vonk_options options;
  const struct vonk_type *schema;            /* NULL: infer; else the answer has this schema */
  struct vonk_name partition_columns;        /* with a schema: names that come from folders, the schema's last; else discovered */
  struct vonk_name table;
  bool may_be_empty;                         /* a catalog table without files; else no files is an error */
  const struct vonk_origin *origin;          /* of the name, for errors */
  struct vonk_str time_zone;                 /* of timestamps in folder names */
};

/* Lists the files and asks the format for the schema and statistics. Raises PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA,
 * DATA_SOURCE_NOT_FOUND, and what the format finds wrong with a file. */
STATUS vonk_source_open(struct vonk_task *task, const struct vonk_conf *conf, const struct vonk_source_request *request,
                        const struct vonk_source **out);

#endif
