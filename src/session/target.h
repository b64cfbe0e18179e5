/* target.h: the table or view that a command names, and whether it is of the kind the command takes. */
#ifndef VONK_SESSION_TARGET_H
#define VONK_SESSION_TARGET_H

#include "catalog/catalog.h"
#include "session/query.h"

/* Raises TABLE_OR_VIEW_NOT_FOUND at AT. */
STATUS vonk_target_find(struct vonk_statement *statement, struct vonk_name name, const struct vonk_origin *at, const struct vonk_catalog_table **out);
/* The same for commands that name it as a query does: the message says that it was looked for among what is built in, too. */
STATUS vonk_target_relation(struct vonk_statement *statement, struct vonk_name name, const struct vonk_origin *at, const struct vonk_catalog_table **out);

struct vonk_target_request {
  struct vonk_name name;
  const struct vonk_origin *at;
  const char *operation;        /* "TRUNCATE TABLE" */
  bool as_relation;             /* named as in a query */
  bool alter;                   /* the other ALTER is what to use for the other kind */
};
/* A table; views raise EXPECT_TABLE_NOT_VIEW.*. A view; tables raise EXPECT_VIEW_NOT_TABLE.*. */
STATUS vonk_target_table(struct vonk_statement *statement, const struct vonk_target_request *request, const struct vonk_catalog_table **out);
STATUS vonk_target_view(struct vonk_statement *statement, const struct vonk_target_request *request, const struct vonk_catalog_table **out);

static inline bool vonk_target_is_view(const struct vonk_catalog_table *table) { return table->kind >= VONK_TABLE_VIEW; }
/* `spark_catalog`.`default`.`t`, and without quotes. */
struct vonk_str vonk_target_quoted(struct vonk_arena *arena, const struct vonk_catalog_table *table);
struct vonk_str vonk_target_dotted(struct vonk_arena *arena, const struct vonk_catalog_table *table);
/* Writes a changed description, temporary views included. */
STATUS vonk_target_save(struct vonk_statement *statement, const struct vonk_catalog_table *table);

/* No two columns of SCHEMA may have one name: COLUMN_ALREADY_EXISTS. */
STATUS vonk_target_check_columns(struct vonk_statement *statement, const struct vonk_type *schema, const struct vonk_origin *origin);
/* The field called NAME; field_count when there is none. */
uint32_t vonk_target_field(const struct vonk_type *schema, struct vonk_str name);

/* Which partitions PARTITION (...) means. */
struct vonk_target_partition {
  struct vonk_str *parts;       /* "key=value" escaped, one per partition column; data NULL where none is given */
  uint32_t given;
};
/* The names must be partition columns (PARTITIONS_NOT_FOUND), the values fit their types. */
STATUS vonk_target_partition(struct vonk_statement *statement, const struct vonk_catalog_table *table, struct vonk_options spec,
                             const struct vonk_origin *origin, struct vonk_target_partition *out);
/* PATH is "a=1/b=x". */
bool vonk_target_partition_has(const struct vonk_target_partition *partition, struct vonk_str path);
/* The whole path when all columns are given, else the leading ones that are. */
struct vonk_str vonk_target_partition_path(struct vonk_arena *arena, const struct vonk_target_partition *partition, uint32_t column_count);
/* PARTITIONS_NOT_FOUND. */
STATUS vonk_target_no_partition(struct vonk_statement *statement, const struct vonk_catalog_table *table, struct vonk_str partition,
                                const struct vonk_origin *origin);

/* A table cannot be read while it is overwritten, but for partitions that are written to when all rows are there: RESOLVED
 * must not read TABLE. Raises UNSUPPORTED_OVERWRITE.TABLE. */
STATUS vonk_target_check_overwrite(struct vonk_statement *statement, const struct vonk_catalog_table *table, struct vonk_relation *resolved,
                                   const struct vonk_origin *origin);

#endif
