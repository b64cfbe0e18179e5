/* alter_database.c: ALTER DATABASE d SET DBPROPERTIES (...), SET LOCATION. */
#include "session/command/command.h"

#include "catalog/catalog.h"
#include "session/table_details.h"

STATUS vonk_command_alter_database_run(struct vonk_statement *statement, struct vonk_command_alter_database *command) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  const struct vonk_catalog_database *old;
  TRY(vonk_catalog_database(&statement->task, catalog, command->name.parts[command->name.count - 1], command->node.origin, &old));
  struct vonk_catalog_database changed = *old;
  if (command->location.size) changed.location = command->location;
  changed.properties = vonk_options_change(statement->arena, old->properties, command->properties, false);
  return vonk_catalog_put_database(&statement->task, catalog, &changed);
}
