/* refresh.c: REFRESH: files are listed anew for each query, so there is nothing to forget; the name must be there. */
#include "catalog/catalog.h"
#include "session/command/command.h"

STATUS vonk_command_refresh_run(struct vonk_statement *statement, struct vonk_command_refresh *command) {
  const struct vonk_catalog_table *table;
  if (command->function || command->name.count == 0) return VONK_OK;
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, command->name, &table));
  return table ? VONK_OK : vonk_statement_no_table(statement, command->name, command->node.origin);
}
