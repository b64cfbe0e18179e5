/* write.h: the rows of a query as files of a folder: INSERT, CREATE TABLE AS SELECT. */
#ifndef VONK_SESSION_WRITE_H
#define VONK_SESSION_WRITE_H

#include "format/sink.h"
#include "session/query.h"

enum vonk_write_mode {
  VONK_WRITE_APPEND,
  VONK_WRITE_OVERWRITE,            /* what the folder held goes, below `overwritten` when that is not empty */
  VONK_WRITE_OVERWRITE_PARTITIONS, /* what the partitions written to held goes */
};

struct vonk_write_request {
  struct vonk_str folder;
  const struct vonk_format_type *format;
  const struct vonk_type *schema;   /* STRUCT, as the query's columns; partition columns last */
  uint32_t partition_column_count;
  enum vonk_write_mode mode;
  struct vonk_str overwritten;      /* "a=1/b=2" below the folder */
  struct vonk_options options;
  struct vonk_str file;             /* not empty: the name of the only file; all rows are in one partition, and nothing else of the folder is touched */
  struct vonk_name *files;          /* not NULL: what was written, paths below the folder; then nothing marks success in it */
  uint64_t *row_count;              /* not NULL: the number of rows written */
};

/* The format of NAME, the default one for no name. Raises DATA_SOURCE_NOT_FOUND. */
STATUS vonk_write_known_format(struct vonk_statement *statement, struct vonk_str name, const struct vonk_origin *origin,
                               const struct vonk_format_type **out);
/* The same, and raises UNSUPPORTED_FEATURE for a format that cannot be written. */
STATUS vonk_write_format(struct vonk_statement *statement, struct vonk_str name, const struct vonk_origin *origin,
                         const struct vonk_format_type **out);
/* Runs RESOLVED, whose rows come together by the columns of their folders. Files become visible when all rows are in them
 * (write_commit.h); a failure leaves what was there. */
STATUS vonk_write_query(struct vonk_statement *statement, struct vonk_relation *resolved, const struct vonk_write_request *request);
/* "a=1/b=2" of the values at the end of ROW's columns; names and values escaped as Hive does. */
struct vonk_str vonk_partition_path(struct vonk_arena *arena, const struct vonk_type_field *fields, const struct vonk_value *values,
                                    uint32_t count, const struct vonk_timezone *zone);

#endif
