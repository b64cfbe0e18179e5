/* uncache.c: UNCACHE TABLE [IF EXISTS] t, CLEAR CACHE: see session/cache.h; the name must be there. */
#include "session/cache.h"
#include "session/command/command.h"
#include "session/target.h"

STATUS vonk_command_uncache_run(struct vonk_statement *statement, struct vonk_command_uncache *command) {
  const struct vonk_catalog_table *table;
  struct vonk_relation *resolved;
  if (command->all) {
    vonk_cache_clear(statement->session->instance->cache);
    return VONK_OK;
  }
  enum vonk_status status = vonk_target_relation(statement, command->name, command->at, &table);
  if (status == VONK_FAILED && command->if_exists) {
    vonk_error_clear(statement->task.error);
    return VONK_OK;
  }
  if (status != VONK_OK) return status;
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, command->at);
  read->name = command->name;
  TRY(vonk_statement_bind(statement, &read->relation, &resolved));
  vonk_cache_remove(statement, resolved);
  return VONK_OK;
}
