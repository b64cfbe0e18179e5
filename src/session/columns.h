/* columns.h: the columns that a command defines, as a schema. */
#ifndef VONK_SESSION_COLUMNS_H
#define VONK_SESSION_COLUMNS_H

#include "plan/command.h"
#include "session/query.h"

/* Comments and defaults go into the fields' metadata. NOT NULL is not kept: files of tables may hold what others wrote, and
 * Spark does not keep it either. Raises INVALID_DEFAULT_VALUE.*; STATEMENT names the command there. */
STATUS vonk_columns_schema(struct vonk_statement *statement, const char *command, const struct vonk_column_definition *columns, uint32_t count,
                           const struct vonk_origin *origin, const struct vonk_type **out);
/* A default is a constant of a type that may be stored in the column. */
STATUS vonk_columns_check_default(struct vonk_statement *statement, const char *command, struct vonk_str name, const struct vonk_type *type,
                                  struct vonk_str default_sql, const struct vonk_origin *origin);

/* Of the columns of what is written. */
struct vonk_columns_layout {
  struct vonk_str table;           /* for messages; empty for files of a path */
  struct vonk_name partition_by;
  const struct vonk_origin *origin;
};
/* SCHEMA with the partition columns behind the others, in the order of LAYOUT, all nullable. Raises COLUMN_ALREADY_EXISTS,
 * COLUMN_NOT_DEFINED_IN_TABLE, _LEGACY_ERROR_TEMP_1155 for a path, INVALID_PARTITION_COLUMN_DATA_TYPE, ALL_PARTITION_COLUMNS_NOT_ALLOWED. */
STATUS vonk_columns_partitioned(struct vonk_statement *statement, const struct vonk_columns_layout *layout, const struct vonk_type *schema,
                                const struct vonk_type **out);

#endif
