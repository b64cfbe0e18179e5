/* use.c: USE database. */
#include "catalog/catalog.h"
#include "session/command/command.h"

STATUS vonk_command_use_run(struct vonk_statement *statement, struct vonk_command_use *command) {
  return vonk_catalog_use(&statement->task, statement->session->catalog, command->name, command->node.origin);
}
