/* uncache.c: UNCACHE TABLE [IF EXISTS] t, CLEAR CACHE: see cache.c; the name must be there. */
#include "session/command/command.h"
#include "session/target.h"

STATUS vonk_command_uncache_run(struct vonk_statement *statement, struct vonk_command_uncache *command) {
  const struct vonk_catalog_table *table;
  if (command->all || command->if_exists) return VONK_OK;
  return vonk_target_find(statement, command->name, command->at, &table);
}
