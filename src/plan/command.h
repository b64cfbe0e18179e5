/* command.h: statements that are not queries. They answer no rows unless said (SHOW, DESCRIBE, EXPLAIN, SET). */
#ifndef VONK_PLAN_COMMAND_H
#define VONK_PLAN_COMMAND_H

#include "plan/relation.h"

#define VONK_COMMAND_KINDS(X)                                                                                           \
  X(create_view) X(create_table) X(drop_table) X(insert) X(create_database) X(drop_database) X(use) X(show) X(describe) \
  X(set) X(reset) X(cache) X(uncache) X(refresh) X(explain) X(truncate) X(describe_query) X(describe_function)          \
  X(alter_table) X(alter_database) X(describe_database) X(comment) X(analyze)                                             \
  X(update) X(delete_rows) X(create_function) X(drop_function)                                                                                    \
  X(write) X(write_table) X(write_stream) X(register_function) X(checkpoint) X(remove_checkpoint)

#define X(kind)                                                 \
  struct vonk_command_##kind;                                   \
  extern const struct vonk_node_type vonk_command_##kind##_type;
VONK_COMMAND_KINDS(X)
#undef X
#define COMMAND_IS(node, kind) (((const struct vonk_node *)(node))->type == &vonk_command_##kind##_type)
#define COMMAND_AS(n, kind) ((struct vonk_command_##kind *)(COMMAND_IS((n), kind) ? (void *)(n) : NULL))
#define COMMAND_NEW(arena, kind, origin) ((struct vonk_command_##kind *)vonk_node_create((arena), &vonk_command_##kind##_type, (origin)))

enum vonk_view_life { VONK_VIEW_PERSISTENT, VONK_VIEW_TEMP, VONK_VIEW_GLOBAL_TEMP };
enum vonk_insert_mode { VONK_INSERT_APPEND, VONK_INSERT_OVERWRITE, VONK_INSERT_REPLACE_WHERE };
enum vonk_show_kind {
  VONK_SHOW_DATABASES, VONK_SHOW_TABLES, VONK_SHOW_TABLE_EXTENDED, VONK_SHOW_VIEWS, VONK_SHOW_COLUMNS, VONK_SHOW_FUNCTIONS, VONK_SHOW_PARTITIONS,
  VONK_SHOW_TBLPROPERTIES, VONK_SHOW_CREATE_TABLE, VONK_SHOW_CATALOGS, VONK_SHOW_CURRENT_NAMESPACE
};
enum vonk_explain_mode { VONK_EXPLAIN_SIMPLE, VONK_EXPLAIN_EXTENDED, VONK_EXPLAIN_FORMATTED, VONK_EXPLAIN_COST, VONK_EXPLAIN_CODEGEN, VONK_EXPLAIN_ANALYZE };

/* Where the name of the table stands in the text is kept as `at`: there Spark's errors point. */

/* A column of CREATE TABLE. */
struct vonk_column_definition {
  struct vonk_str name;
  const struct vonk_type *type;
  bool not_null;
  struct vonk_str comment, default_sql;
};

struct vonk_command_create_view {
  struct vonk_node node;
  struct vonk_name name;
  int32_t life;
  bool replace, if_not_exists;
  struct vonk_name column_names, column_comments;
  struct vonk_str comment;
  struct vonk_options properties;
  struct vonk_relation *query;            /* AS; NULL with USING */
  struct vonk_str query_text;             /* persisted views */
  struct vonk_str format;                 /* USING */
  struct vonk_options options;
  const struct vonk_type *schema;         /* USING with columns */
};
struct vonk_command_create_table {
  struct vonk_node node;
  struct vonk_name name;
  bool replace, if_not_exists, external;
  const struct vonk_column_definition *columns;
  int64_t column_count;
  struct vonk_str format;                 /* empty = spark.sql.sources.default */
  struct vonk_options options, properties;
  struct vonk_name partition_by;          /* column names; typed ones are in columns as well */
  struct vonk_str location, comment;
  struct vonk_relation *query;            /* CTAS */
  bool overwrite;                         /* own: with a query: a table of this name goes when the rows of this one are written */
  struct vonk_name like;                  /* CREATE TABLE x LIKE y */
  const struct vonk_origin *at;           /* of LIKE's name */
};
struct vonk_command_drop_table { struct vonk_node node; struct vonk_name name; bool if_exists, is_view, purge; };
struct vonk_command_insert {
  struct vonk_node node;
  struct vonk_name table;
  const struct vonk_origin *at;
  int32_t mode;
  struct vonk_name column_names;
  bool by_name;
  struct vonk_options partition;          /* static values; value.data NULL = dynamic */
  bool if_not_exists;
  struct vonk_expr *condition;            /* REPLACE_WHERE */
  struct vonk_relation *query;
  struct vonk_str directory, format;      /* INSERT OVERWRITE DIRECTORY */
  struct vonk_options options;
};
struct vonk_command_create_database { struct vonk_node node; struct vonk_name name; bool if_not_exists; struct vonk_str comment, location; struct vonk_options properties; };
struct vonk_command_drop_database { struct vonk_node node; struct vonk_name name; bool if_exists, cascade; };
struct vonk_command_describe_database { struct vonk_node node; struct vonk_name name; bool extended; };
struct vonk_command_use { struct vonk_node node; struct vonk_name name; bool catalog; /* SET CATALOG */ };
struct vonk_command_show {
  struct vonk_node node;
  int32_t kind;
  struct vonk_name name;
  const struct vonk_origin *at;
  struct vonk_name database;              /* SHOW COLUMNS IN t IN database */
  struct vonk_str pattern, key;
  struct vonk_options partition;
};
struct vonk_command_describe { struct vonk_node node; struct vonk_name name; const struct vonk_origin *at; struct vonk_name column; bool extended; struct vonk_options partition; bool as_json; };
struct vonk_command_describe_query { struct vonk_node node; struct vonk_relation *query; };
struct vonk_command_describe_function { struct vonk_node node; struct vonk_name name; const struct vonk_origin *at; bool extended; };
struct vonk_command_set { struct vonk_node node; struct vonk_str key, value; bool has_value; bool all, verbose; struct vonk_expr *time_zone; };
struct vonk_command_reset { struct vonk_node node; struct vonk_str key; /* empty = all */ };
struct vonk_command_cache { struct vonk_node node; struct vonk_name name; const struct vonk_origin *at; bool lazy; struct vonk_options options; struct vonk_relation *query; struct vonk_str query_text; };
struct vonk_command_uncache { struct vonk_node node; struct vonk_name name; const struct vonk_origin *at; bool if_exists, all; };
struct vonk_command_refresh { struct vonk_node node; struct vonk_name name; const struct vonk_origin *at; struct vonk_str path; bool function; };
struct vonk_command_truncate { struct vonk_node node; struct vonk_name name; const struct vonk_origin *at; struct vonk_options partition; };
/* TABLE: a read by name, under an alias or not. COLUMNS (attributes) and VALUES are parallel; CONDITION NULL: all rows. */
struct vonk_command_update { struct vonk_node node; struct vonk_relation *table; struct vonk_exprs columns, values; struct vonk_expr *condition; };
struct vonk_command_delete_rows { struct vonk_node node; struct vonk_relation *table; struct vonk_expr *condition; };
struct vonk_command_explain { struct vonk_node node; int32_t mode; struct vonk_node *statement; };
enum vonk_alter_kind {
  VONK_ALTER_RENAME, VONK_ALTER_SET_PROPERTIES, VONK_ALTER_UNSET_PROPERTIES, VONK_ALTER_ADD_COLUMNS, VONK_ALTER_CHANGE_COLUMN,
  VONK_ALTER_RENAME_COLUMN, VONK_ALTER_DROP_COLUMNS, VONK_ALTER_SET_LOCATION, VONK_ALTER_SET_SERDE, VONK_ALTER_ADD_PARTITIONS,
  VONK_ALTER_DROP_PARTITIONS, VONK_ALTER_RENAME_PARTITION, VONK_ALTER_RECOVER_PARTITIONS, VONK_ALTER_VIEW_AS
};
struct vonk_command_alter_table {
  struct vonk_node node;
  int32_t kind;
  struct vonk_name name, new_name;
  const struct vonk_origin *at;
  bool is_view;
  bool if_exists;                         /* of properties and partitions; IF NOT EXISTS of added ones */
  struct vonk_options properties;
  const struct vonk_column_definition *columns; /* added ones; the one changed, where absent clauses are NULL and false */
  int64_t column_count;
  struct vonk_name column;                /* the one changed or renamed */
  bool drop_not_null, drop_default;       /* of the one changed */
  const struct vonk_options *partitions;  /* RENAME PARTITION: from and to */
  int64_t partition_count;
  struct vonk_str location;
  struct vonk_relation *query;            /* ALTER VIEW AS */
  struct vonk_str query_text;
};
struct vonk_command_alter_database { struct vonk_node node; struct vonk_name name; struct vonk_options properties; struct vonk_str location; };
struct vonk_command_analyze {
  struct vonk_node node;
  struct vonk_name name;                  /* of the database with all_tables */
  const struct vonk_origin *at;
  bool all_tables, all_columns, no_scan;
  struct vonk_name columns;
  struct vonk_options partition;          /* value.data NULL = all of this column */
};
/* DataFrameWriter: to a path, or to a table by saveAsTable or insertInto. */
enum vonk_save_mode { VONK_SAVE_ERROR_IF_EXISTS, VONK_SAVE_APPEND, VONK_SAVE_OVERWRITE, VONK_SAVE_IGNORE };
struct vonk_command_write {
  struct vonk_node node;
  struct vonk_relation *query;
  struct vonk_str format, path;           /* format data NULL: spark.sql.sources.default */
  struct vonk_name table;
  bool insert_into, mode_given;           /* into a table that is there, by position */
  int32_t mode;
  struct vonk_name partition_by, sort_by, bucket_by, cluster_by;
  int64_t bucket_count;
  struct vonk_options options;
};
/* DataFrameWriterV2: writeTo. */
enum vonk_table_write { VONK_TABLE_CREATE = 1, VONK_TABLE_OVERWRITE, VONK_TABLE_OVERWRITE_PARTITIONS, VONK_TABLE_APPEND, VONK_TABLE_REPLACE, VONK_TABLE_CREATE_OR_REPLACE };
struct vonk_command_write_table {
  struct vonk_node node;
  struct vonk_relation *query;
  struct vonk_name table;
  struct vonk_str format;
  int32_t mode;
  struct vonk_exprs partition_by;
  struct vonk_name cluster_by;
  struct vonk_options options, properties;
  struct vonk_expr *condition;            /* OVERWRITE */
};
/* DataStreamWriter.start and toTable. */
enum vonk_stream_trigger_asked { VONK_STREAM_ASK_DEFAULT, VONK_STREAM_ASK_INTERVAL, VONK_STREAM_ASK_AVAILABLE_NOW, VONK_STREAM_ASK_ONCE, VONK_STREAM_ASK_CONTINUOUS, VONK_STREAM_ASK_REAL_TIME };
struct vonk_command_write_stream {
  struct vonk_node node;
  struct vonk_relation *query;
  struct vonk_str format, path;           /* format empty: spark.sql.sources.default */
  struct vonk_name table;                 /* toTable */
  struct vonk_options options;
  struct vonk_name partition_by, cluster_by;
  int32_t trigger;
  struct vonk_str interval;               /* of trigger */
  struct vonk_str output_mode, name;      /* empty: not given */
  bool foreach, foreach_batch;            /* functions of the client */
};
/* A Java class by a name. RESOURCES: kinds ("jar") and where they are. */
struct vonk_command_create_function { struct vonk_node node; struct vonk_name name; struct vonk_str class_name; struct vonk_options resources; bool replace, if_not_exists, is_temporary; };
struct vonk_command_drop_function { struct vonk_node node; struct vonk_name name; bool if_exists, is_temporary; };
struct vonk_command_register_function { struct vonk_node node; struct vonk_expr *function; /* expr python */ };
/* The rows of QUERY are kept under an id that the statement answers. */
struct vonk_command_checkpoint { struct vonk_node node; struct vonk_relation *query; bool local, eager; };
struct vonk_command_remove_checkpoint { struct vonk_node node; struct vonk_str id; };
struct vonk_command_comment { struct vonk_node node; struct vonk_name name; const struct vonk_origin *at; bool on_database; struct vonk_str comment; };

#endif
