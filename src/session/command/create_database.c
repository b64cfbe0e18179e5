/* create_database.c: CREATE DATABASE. */
#include "catalog/catalog.h"
#include "session/command/command.h"

STATUS vonk_command_create_database_run(struct vonk_statement *statement, struct vonk_command_create_database *command) {
  struct vonk_catalog_database database = {
      .name = command->name.parts[command->name.count - 1],
      .comment = command->comment,
      .location = command->location,
      .owner = statement->session->user,
      .properties = command->properties,
  };
  return vonk_catalog_create_database(&statement->task, statement->session->catalog, &database, command->if_not_exists, command->node.origin);
}
