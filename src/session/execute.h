/* execute.h: what a statement's text means and does. */
#ifndef VONK_SESSION_EXECUTE_H
#define VONK_SESSION_EXECUTE_H

#include "session/statement.h"

/* Parses STATEMENT->sql, then carries out the command or starts the query; sets the schema. */
STATUS vonk_statement_execute(struct vonk_statement *statement);
/* The same for a parsed statement (the inside of EXPLAIN). */
struct vonk_node;
STATUS vonk_statement_execute_node(struct vonk_statement *statement, struct vonk_node *node);

#endif
