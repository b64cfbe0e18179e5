/* describe_query.c: DESCRIBE QUERY: the columns a query would have. */
#include "session/describe_columns.h"

#include "bind/binder.h"
#include "session/command/command.h"

STATUS vonk_command_describe_query_run(struct vonk_statement *statement, struct vonk_command_describe_query *command) {
  struct vonk_relation *resolved;
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  vonk_describe_head(statement);
  vonk_describe_fields(statement, vonk_bind_schema(statement->arena, resolved));
  return VONK_OK;
}
