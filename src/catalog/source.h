/* source.h: what a scan reads.
 *
 * A source is files of one format with one schema, found once when a query is bound: format.`path`, a view USING ... OPTIONS
 * (path), or a catalog table. It lives on the query's arena and does not change. The schema is the data schema and then the
 * partition schema, whose values come from the folders' names (key=value), so column numbers are those of format/scan.h.
 * Statistics are what files and folders say; absent ones are unknown, never guessed.
 */
#ifndef VONK_CATALOG_SOURCE_H
#define VONK_CATALOG_SOURCE_H

#include "conf/conf.h"
#include "expr/expr.h"
#include "format/scan.h"

struct vonk_catalog_session;

/* Of one field of the schema, over all files. */
struct vonk_source_statistics {
  struct vonk_range range;                   /* numbers, dates, times; unscaled for decimals */
  double distinct_count;                     /* about; < 0: unknown */
  int64_t null_count;                        /* -1: unknown */
};

struct vonk_source {
  const struct vonk_format_type *format;
  const struct vonk_type *schema;            /* STRUCT: all columns */
  const struct vonk_type *data_schema;
  const struct vonk_type *partition_schema;  /* NULL when there is none */
  const uint32_t *column_order;              /* where queries see the schema's fields (a partition column may stand in the
                                              * place of a file's column of its name); NULL: as they are */
  const struct vonk_scan_file *files;        /* in the order of reading: by path */
  uint32_t file_count;
  const struct vonk_source_statistics *statistics; /* one per field of the schema */
  int64_t row_count;                         /* -1: unknown */
  int64_t byte_size;                         /* sum of the files */
  struct vonk_scan_options options;
  struct vonk_name table;                    /* catalog, database, table; or format, path; for EXPLAIN and messages */
};

/* The place of the hidden column _metadata among a source's columns: behind all others. It is a STRUCT of these fields, none ever null;
 * only formats that know the places of their rows have the last. */
#define VONK_SOURCE_METADATA UINT32_MAX
enum vonk_source_metadata {
  VONK_METADATA_FILE_PATH, VONK_METADATA_FILE_NAME, VONK_METADATA_FILE_SIZE, VONK_METADATA_FILE_BLOCK_START, VONK_METADATA_FILE_BLOCK_LENGTH,
  VONK_METADATA_FILE_MODIFICATION_TIME, VONK_METADATA_ROW_INDEX,
  VONK_METADATA_COUNT
};
const struct vonk_type *vonk_source_metadata_type(struct vonk_arena *arena, const struct vonk_source *source);
/* Those fields that are of a whole file, as values on ARENA: the others stay as they are. */
void vonk_source_metadata_of_file(struct vonk_arena *arena, const struct vonk_scan_file *file, struct vonk_value *fields);

/* What to look for. Options: basePath, pathGlobFilter, recursiveFileLookup, modifiedBefore, modifiedAfter, and the format's. */
struct vonk_source_request {
  struct vonk_str format;                    /* any case */
  struct vonk_name paths;                    /* files, folders, globs */
  struct vonk_options options;
  const struct vonk_type *schema;            /* NULL: infer; else the answer's columns */
  struct vonk_name partition_columns;        /* with a schema: those of its fields that come from folders; else discovered */
  struct vonk_name table;
  bool may_be_empty;                         /* a catalog table without files; else no files is an error */
  const struct vonk_origin *origin;          /* of the name, for errors */
};

/* The files alone, in the order of REQUEST's paths, then of their own. */
STATUS vonk_source_list(struct vonk_task *task, const struct vonk_conf *conf, const struct vonk_source_request *request, struct vonk_scan_file **out, uint32_t *count);

/* Lists the files and asks the format for the schema and statistics. Raises PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA,
 * DATA_SOURCE_NOT_FOUND, and what the format finds wrong with a file. */
STATUS vonk_source_open(struct vonk_task *task, const struct vonk_catalog_session *session, const struct vonk_conf *conf,
                        const struct vonk_source_request *request, const struct vonk_source **out);

#endif
