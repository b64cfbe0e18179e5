/* create_database.c: CREATE DATABASE. */
#include "catalog/catalog.h"
#include "session/command/command.h"

STATUS vonk_command_create_database_run(struct vonk_statement *statement, struct vonk_command_create_database *command) {
  struct vonk_catalog_database database = {
      .comment = command->comment,
      .location = command->location,
      .owner = statement->session->user,
      .properties = command->properties,
  };
  TRY(vonk_catalog_database_name(&statement->task, command->name, command->node.origin, &database.name));
  return vonk_catalog_create_database(&statement->task, statement->session->catalog, &database, command->if_not_exists, command->node.origin);
}
