/* catalog_call.h: the calls of spark.catalog, numbered as in Connect's Catalog message: what a relation `catalog` reads.
 *
 * A call answers a few rows, or none when all it does is a change; the change is made when its plan is bound, as Spark does it.
 */
#ifndef VONK_SESSION_CATALOG_CALL_CATALOG_CALL_H
#define VONK_SESSION_CATALOG_CALL_CATALOG_CALL_H

#include "plan/relation.h"
#include "session/statement.h"

/* Carries CALL out; its columns and rows go to ANSWER, whose arena is set. */
STATUS vonk_catalog_call_run(struct vonk_statement *statement, const struct vonk_relation_catalog *call, struct vonk_answer *answer);

/* --- for the calls --- */

struct catalog_call {
  struct vonk_statement *statement;
  const struct vonk_relation_catalog *asked;
  struct vonk_answer *answer;
};
#define VONK_CATALOG_CALL(number, identifier) STATUS catalog_call_##identifier(struct catalog_call *call);
#include "session/catalog_call/registry.def"
#undef VONK_CATALOG_CALL

/* The name asked for, in parts, behind the database when one is given apart; the database's own when that is all there is. */
STATUS catalog_call_name(struct catalog_call *call, struct vonk_name *out);
bool catalog_call_wants(const struct catalog_call *call, struct vonk_str name);
/* The whole answer: one column `value`. */
void catalog_call_answer_text(struct catalog_call *call, struct vonk_str text);
void catalog_call_answer_flag(struct catalog_call *call, bool flag);
void catalog_call_text_column(struct catalog_call *call, const char *name);
/* Runs a command for what it does; what it answers is dropped. */
STATUS catalog_call_command(struct catalog_call *call, struct vonk_node *command);
/* A column of names, and its value; no parts: empty. */
const struct vonk_type *catalog_call_names_type(struct catalog_call *call);
struct vonk_value catalog_call_names(struct catalog_call *call, const struct vonk_type *type, struct vonk_name names);
/* Text, NULL when absent or empty. */
struct vonk_value catalog_call_text(struct vonk_str text);

#endif
