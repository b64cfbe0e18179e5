/* query.h: from an unresolved relation to rows. */
#ifndef VONK_SESSION_QUERY_H
#define VONK_SESSION_QUERY_H

#include "plan/relation.h"
#include "session/statement.h"
#include "sql/parser.h"

struct vonk_bind_context;
struct vonk_engine;
struct vonk_exec_options;
struct vonk_write_spec;
struct vonk_bind_rows;

struct vonk_sql_options vonk_statement_parse_options(struct vonk_statement *statement);
void vonk_statement_bind_context(struct vonk_statement *statement, struct vonk_bind_context *out);
STATUS vonk_statement_bind(struct vonk_statement *statement, struct vonk_relation *unresolved, struct vonk_relation **out);
/* What the session's settings say of running its queries; borrows from the statement. */
struct vonk_exec_options vonk_statement_exec_options(struct vonk_statement *statement, const struct vonk_engine *engine);
/* TABLE_OR_VIEW_NOT_FOUND. BUILTIN: it was looked for as a query does, see vonk_catalog_search_path. */
STATUS vonk_statement_no_table(struct vonk_statement *statement, struct vonk_name name, bool builtin, const struct vonk_origin *origin);
/* Rows and tables have values of the type TIME only where it is switched on: UNSUPPORTED_TIME_TYPE. */
STATUS vonk_statement_check_time(struct vonk_statement *statement, const struct vonk_type *type);
/* Where LOCATION of a table of DATABASE is: as it stands, or below the database's folder when it is relative. */
STATUS vonk_statement_location(struct vonk_statement *statement, struct vonk_str database, struct vonk_str location, struct vonk_str *out);
/* The rows of a query given as SQL text, at most ROW_LIMIT. */
STATUS vonk_statement_ask(struct vonk_statement *statement, struct vonk_str sql, uint32_t row_limit, struct vonk_bind_rows *out);
/* Optimises, runs and gives each batch to FN, in order, with its visible partition; *PARTITION_COUNT are there. All is charged to BUDGET,
 * so that what FN keeps of a batch (dictionaries) may stay. */
typedef STATUS vonk_statement_batch(void *object, struct vonk_task *task, const struct vonk_batch *batch);
STATUS vonk_statement_run_rows(struct vonk_statement *statement, struct vonk_relation *resolved, struct vonk_budget *budget, vonk_statement_batch *fn, void *object,
                               uint32_t *partition_count);
/* Optimises and starts; rows come from vonk_statement_next_batch. Sets the schema. */
STATUS vonk_statement_start(struct vonk_statement *statement, struct vonk_relation *resolved);
/* Optimises and runs to the end with rows going to SPEC (exec/write.h); vonk_statement_stop ends it, whether it failed or not. */
STATUS vonk_statement_run_write(struct vonk_statement *statement, struct vonk_relation *resolved, const struct vonk_write_spec *spec);
/* Ends what start began; the statement answers nothing then. */
void vonk_statement_stop(struct vonk_statement *statement);

#endif
