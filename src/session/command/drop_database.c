/* drop_database.c: DROP DATABASE. */
#include "catalog/catalog.h"
#include "session/command/command.h"

STATUS vonk_command_drop_database_run(struct vonk_statement *statement, struct vonk_command_drop_database *command) {
  struct vonk_str name;
  TRY(vonk_catalog_database_name(&statement->task, command->name, command->node.origin, &name));
  return vonk_catalog_drop_database(&statement->task, statement->session->catalog, name, command->if_exists, command->cascade, command->node.origin);
}
