/* drop_table.c: DROP TABLE, DROP VIEW. */
#include "catalog/catalog.h"
#include "session/cache.h"
#include "session/command/command.h"

STATUS vonk_command_drop_table_run(struct vonk_statement *statement, struct vonk_command_drop_table *command) {
  vonk_cache_forget(statement, command->name);
  return vonk_catalog_drop(&statement->task, statement->session->catalog, command->name, command->if_exists, command->is_view,
                           command->node.origin);
}
