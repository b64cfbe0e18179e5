/* catalog.h: databases, tables and views by name.
 *
 * A catalog is the local warehouse of spark.sql.warehouse.dir and the global temporary views; it is shared by sessions and
 * safe for their threads. A session adds its temporary views and its current database, and may run statements of several
 * threads too. Descriptions handed out live as long as the task's arena, whatever becomes of what they describe. Names are compared without case and kept in lower case, as Spark's session catalog does.
 *
 * On disk: WAREHOUSE/_vonk_catalog/DB.json and .../DB/TABLE.json, one object a file, written whole (fs/fs.h); data in
 * WAREHOUSE/TABLE for the database `default` and WAREHOUSE/DB.db/TABLE for others. Nothing is made before the first table is.
 */
#ifndef VONK_CATALOG_CATALOG_H
#define VONK_CATALOG_CATALOG_H

#include "catalog/source.h"

enum vonk_table_kind { VONK_TABLE_MANAGED, VONK_TABLE_EXTERNAL, VONK_TABLE_VIEW, VONK_TABLE_TEMP_VIEW, VONK_TABLE_GLOBAL_TEMP_VIEW };

struct vonk_catalog_table {
  enum vonk_table_kind kind;
  struct vonk_str database, name;      /* database is empty for temporary views, global_temp for global ones */
  const struct vonk_type *schema;      /* STRUCT, partition columns last; comments in the fields' metadata. NULL: infer (USING views) */
  struct vonk_name partition_columns;
  struct vonk_str format;              /* tables, and views USING a format */
  struct vonk_options options;         /* of the format; `path` says where a USING view reads */
  struct vonk_options properties;
  struct vonk_str location;            /* tables: folder */
  struct vonk_str comment, owner;
  int64_t created_ms;
  struct vonk_options statistics;      /* of ANALYZE: "numRows", "sizeInBytes", "COLUMN.min", ... */
  /* Views AS a query: */
  struct vonk_str view_text;
  const struct vonk_node *view_plan;   /* temporary views of DataFrames, instead of a text: an unresolved relation */
  struct vonk_name view_output;        /* the columns of the text when it was made */
  struct vonk_name view_columns;       /* as named by the user; else those of the schema */
  struct vonk_str view_database;       /* current database when it was made */
  struct vonk_options view_settings;   /* spark.sql.* settings under which the text is bound */
  struct vonk_buffer *memory;          /* temporary views as found: what the description stands on; borrowed */
};

static inline bool vonk_catalog_is_temporary(const struct vonk_catalog_table *table) { return table->kind >= VONK_TABLE_TEMP_VIEW; }

struct vonk_catalog_database {
  struct vonk_str name, comment, location, owner;
  struct vonk_options properties;
};

/* A Java class by a name; it can be told of, not called. */
struct vonk_catalog_function {
  struct vonk_str database, name, class_name;
  struct vonk_options resources;       /* "jar", "file", "archive": where they are */
};

struct vonk_catalog;
struct vonk_catalog_session;

struct vonk_footer_cache;
struct vonk_page_cache;

/* WAREHOUSE is an absolute path or file URI; nothing is made there yet. FOOTERS is borrowed and may be NULL: what files that are
 * read tell of themselves is kept there. */
struct vonk_catalog *vonk_catalog_create(struct vonk_str warehouse, struct vonk_footer_cache *footers, struct vonk_page_cache *pages);
void vonk_catalog_destroy(struct vonk_catalog *catalog);
/* The session's memory is its own; CATALOG must outlive it. */
struct vonk_catalog_session *vonk_catalog_session_create(struct vonk_catalog *catalog);
/* Another with the same temporary views and current database. */
struct vonk_catalog_session *vonk_catalog_session_clone(struct vonk_catalog_session *session);
void vonk_catalog_session_destroy(struct vonk_catalog_session *session);

/* As USE gave it. */
struct vonk_str vonk_catalog_current_database(struct vonk_catalog_session *session);
/* Where a name of one part is looked for, as messages show it: "[`system`.`session`, `spark_catalog`.`default`]"; BUILTIN: also among
 * what is built in. */
struct vonk_str vonk_catalog_search_path(struct vonk_arena *arena, struct vonk_catalog_session *session, bool builtin);
/* The database that NAME means: d or spark_catalog.d. Raises REQUIRES_SINGLE_PART_NAMESPACE for more. */
STATUS vonk_catalog_database_name(struct vonk_task *task, struct vonk_name name, const struct vonk_origin *origin, struct vonk_str *out);
/* Raises SCHEMA_NOT_FOUND. */
STATUS vonk_catalog_use(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, const struct vonk_origin *origin);

/* What NAME means: v (temporary view, else of the current database), db.t, spark_catalog.db.t, global_temp.v. *OUT NULL
 * when there is none. Raises REQUIRES_SINGLE_PART_NAMESPACE. */
STATUS vonk_catalog_find(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, const struct vonk_catalog_table **out);
/* The full name of what NAME would make: database and name, in lower case. Raises for other catalogs and too many parts. */
STATUS vonk_catalog_resolve(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, const struct vonk_origin *origin,
                            struct vonk_str *database, struct vonk_str *table);
/* `spark_catalog`.`default`.`t` */
struct vonk_str vonk_catalog_quoted_name(struct vonk_arena *arena, struct vonk_str database, struct vonk_str table);
/* Tables and databases go by letters, digits and underscores; raises INVALID_SCHEMA_OR_RELATION_NAME. */
STATUS vonk_catalog_check_name(struct vonk_task *task, struct vonk_str name, const struct vonk_origin *origin);
/* Where a managed table's files go. */
STATUS vonk_catalog_table_location(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str database, struct vonk_str table, struct vonk_str *out);

/* Writes TABLE's description: tables and persistent views. With REPLACE over an older one; else raises
 * TABLE_OR_VIEW_ALREADY_EXISTS. Raises SCHEMA_NOT_FOUND. */
STATUS vonk_catalog_put(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_table *table, bool replace,
                        const struct vonk_origin *origin);
/* Temporary and global temporary views. Raises TEMP_TABLE_OR_VIEW_ALREADY_EXISTS. */
/* A deep copy is kept: VIEW and its plan may go. */
STATUS vonk_catalog_put_temporary(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_table *view, bool replace,
                                  const struct vonk_origin *origin);
/* Removes what NAME means, a managed table's files too. AS_VIEW: only views. Raises TABLE_OR_VIEW_NOT_FOUND, WRONG_COMMAND_FOR_OBJECT_TYPE. */
STATUS vonk_catalog_drop(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, bool if_exists, bool as_view,
                         const struct vonk_origin *origin);

/* TABLE, a view or not, goes by another name; a managed table's folder moves along. TO without a database stays in TABLE's.
 * Raises TABLE_OR_VIEW_ALREADY_EXISTS, _LEGACY_ERROR_TEMP_1073. */
STATUS vonk_catalog_rename(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_table *table, struct vonk_name to,
                           const struct vonk_origin *origin);

/* The partitions of TABLE, which are its folders: "a=1/b=x", sorted. */
STATUS vonk_catalog_list_partitions(struct vonk_task *task, const struct vonk_catalog_table *table, struct vonk_name *out);

struct vonk_catalog_tables {
  const struct vonk_catalog_table **items;
  size_t count, capacity;
};
/* Tables and views of DATABASE and, behind them, the session's temporary views, by name. Raises SCHEMA_NOT_FOUND. */
STATUS vonk_catalog_list_tables(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str database, const struct vonk_origin *origin,
                                struct vonk_catalog_tables *out);

/* --- functions, on disk as WAREHOUSE/_vonk_catalog/DB/_functions/NAME.json --- */

/* What NAME means: f (of the current database), db.f, spark_catalog.db.f. *OUT NULL when there is none. Raises REQUIRES_SINGLE_PART_NAMESPACE. */
STATUS vonk_catalog_find_function(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name name, const struct vonk_origin *origin,
                                  const struct vonk_catalog_function **out);
/* Raises SCHEMA_NOT_FOUND. */
STATUS vonk_catalog_put_function(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_function *function,
                                 const struct vonk_origin *origin);
STATUS vonk_catalog_drop_function(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_function *function);
struct vonk_catalog_functions {
  const struct vonk_catalog_function **items;
  size_t count, capacity;
};
STATUS vonk_catalog_list_functions(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str database, struct vonk_catalog_functions *out);
/* CANNOT_LOAD_FUNCTION_CLASS. */
STATUS vonk_catalog_cannot_load(struct vonk_task *task, const struct vonk_catalog_function *function, const struct vonk_origin *origin);

/* *OUT NULL when there is none. */
STATUS vonk_catalog_find_database(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str name, const struct vonk_catalog_database **out);
/* The same; raises SCHEMA_NOT_FOUND when there is none. */
STATUS vonk_catalog_database(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str name, const struct vonk_origin *origin,
                             const struct vonk_catalog_database **out);
/* Raises SCHEMA_ALREADY_EXISTS. */
STATUS vonk_catalog_create_database(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_database *database,
                                    bool if_not_exists, const struct vonk_origin *origin);
/* Writes DATABASE's description over the older one. */
STATUS vonk_catalog_put_database(struct vonk_task *task, struct vonk_catalog_session *session, const struct vonk_catalog_database *database);
STATUS vonk_catalog_no_database(struct vonk_task *task, struct vonk_str name, const struct vonk_origin *origin); /* SCHEMA_NOT_FOUND */
/* Raises SCHEMA_NOT_FOUND, SCHEMA_NOT_EMPTY. */
STATUS vonk_catalog_drop_database(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_str name, bool if_exists, bool cascade,
                                  const struct vonk_origin *origin);
/* Names, sorted. */
STATUS vonk_catalog_list_databases(struct vonk_task *task, struct vonk_catalog_session *session, struct vonk_name *out);

#endif
