/* binder.h: the analyser: what the doors made becomes relations over known columns and typed expressions.
 *
 * Names are resolved against the catalog and the columns in reach, stars and aliases expanded, functions bound and their
 * arguments cast, as Spark does it; columns get unique ids. Settings are read here and nowhere below: evaluation mode
 * and time zone are stamped into each expression. Results live on the task's arena. Errors carry Spark's condition and
 * the place in the text.
 */
#ifndef VONK_BIND_BINDER_H
#define VONK_BIND_BINDER_H

#include "catalog/catalog.h"
#include "conf/conf.h"
#include "plan/command.h"
#include "plan/relation.h"
#include "sql/parser.h"

struct vonk_stored_batches;

/* Rows of a query run for the binder (the values of a pivot column). */
struct vonk_bind_rows {
  const struct vonk_value *values; /* row by row */
  uint32_t row_count, column_count;
};

/* What a relation that streams reads. */
struct vonk_bind_stream {
  const struct vonk_type *schema;  /* STRUCT */
  struct vonk_relation *rows;      /* unresolved: what came of these columns for the batch that runs; NULL: no batch does */
  struct vonk_str name;            /* of the source, for people */
};

struct vonk_bind_context {
  struct vonk_catalog_session *catalog;
  const struct vonk_conf *conf;
  int64_t now_micros;              /* one "now" per query */
  struct vonk_str user;
  /* Runs a resolved RELATION and gives at most ROW_LIMIT rows; NULL where queries cannot be run. */
  STATUS (*run_query)(void *object, struct vonk_task *task, struct vonk_relation *relation, uint32_t row_limit,
                      struct vonk_bind_rows *out);
  void *run_object;
  /* Carries out a call of the catalog: its columns as a STRUCT, and its rows; NULL where there is no session. */
  STATUS (*run_catalog)(void *object, struct vonk_task *task, const struct vonk_relation_catalog *call, const struct vonk_type **schema,
                        struct vonk_bind_rows *out);
  /* The session's own function of that name (expr python), which hides a built-in one; NULL when there is none. On ARENA. */
  const struct vonk_expr *(*find_function)(void *object, struct vonk_arena *arena, struct vonk_str name);
  /* READ is of a stream. NULL: there are none here. */
  STATUS (*find_stream)(void *object, struct vonk_task *task, const struct vonk_relation_read *read, struct vonk_bind_stream *out);
  bool batch_runs;                 /* of a stream: rows are found, not columns alone */
  const struct vonk_relation_sql *arguments; /* whose arguments :name and ? mean; set by the binder, NULL from outside */
  /* The rows kept under ID and their columns, for as long as the task's arena lives; NULL when there are none. May be NULL. */
  const struct vonk_stored_batches *(*find_checkpoint)(void *object, struct vonk_str id, const struct vonk_type **schema);
  struct vonk_str session_id;      /* for messages */
  bool sealed;                     /* names mean what the query itself defines: no tables, views, files */
};

/* How texts are parsed under CONF; CONTEXT is used by parsing, ZONE of literals borrowed. */
struct vonk_sql_options vonk_bind_sql_options(const struct vonk_bind_context *context, const struct vonk_conf *conf, const struct vonk_timezone *zone);

/* STATEMENT, parsed from SQL's text, with the arguments of SQL in the place of its parameters, as far as there are any. */
STATUS vonk_bind_arguments(struct vonk_task *task, const struct vonk_relation_sql *sql, struct vonk_node *statement, struct vonk_node **out);

/* Binds a query. Column ids are unique within one call. */
STATUS vonk_bind_query(struct vonk_task *task, const struct vonk_bind_context *context, struct vonk_relation *unresolved,
                       struct vonk_relation **out);

/* The columns of a resolved relation as a STRUCT, hidden ones left out: for tables, files and text. */
const struct vonk_type *vonk_bind_schema(struct vonk_arena *arena, const struct vonk_relation *relation);
/* The same for a client, which is told by metadata what has no name of its own. */
const struct vonk_type *vonk_bind_answer_schema(struct vonk_arena *arena, const struct vonk_relation *relation);

/* A constant expression without columns: cast to TARGET (NULL: as it is) and evaluated. */
STATUS vonk_bind_query_constant(struct vonk_task *task, const struct vonk_bind_context *context, struct vonk_expr *unresolved,
                          const struct vonk_type *target, struct vonk_value *out);

/* May a value of type FROM be stored in a column of type TO under spark.sql.storeAssignmentPolicy=ANSI? */
bool vonk_bind_may_store(const struct vonk_type *from, const struct vonk_type *to);

/* What INSERT writes where. */
struct vonk_bind_insert {
  struct vonk_str table;                 /* quoted name for messages: `spark_catalog`.`default`.`t` */
  const struct vonk_type *schema;        /* the table's columns, partition columns last */
  uint32_t partition_column_count;
  struct vonk_name column_names;         /* INSERT INTO t (a, b); empty = all */
  bool by_name;
  struct vonk_options partition;         /* PARTITION (p = 'x', q) */
  const struct vonk_origin *origin;
};

/* Puts the columns' defaults where the rows of VALUES or the select list of QUERY (unresolved, changed) say DEFAULT. */
STATUS vonk_bind_insert_defaults(struct vonk_task *task, const struct vonk_bind_context *context, struct vonk_relation *query,
                                 const struct vonk_bind_insert *insert);

/* QUERY (resolved) with a projection that has the table's columns in the table's order, cast by the policy of
 * spark.sql.storeAssignmentPolicy. Raises INSERT_COLUMN_ARITY_MISMATCH.*, INCOMPATIBLE_DATA_FOR_TABLE.*, ... */
STATUS vonk_bind_insert(struct vonk_task *task, const struct vonk_bind_context *context, struct vonk_relation *query,
                        const struct vonk_bind_insert *insert, struct vonk_relation **out);

#endif
