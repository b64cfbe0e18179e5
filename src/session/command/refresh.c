/* refresh.c: REFRESH: files are listed anew for each query, so there is nothing to forget; the name must be there. */
#include "catalog/catalog.h"
#include "func/lookup.h"
#include "session/command/command.h"
#include "session/target.h"

static STATUS refresh_function(struct vonk_statement *statement, const struct vonk_command_refresh *command) {
  struct vonk_str name = command->name.parts[command->name.count - 1], quoted = vonk_type_quote(statement->arena, name);
  bool known = vonk_function_lookup(name) != NULL;
  const struct vonk_catalog_function *function;
  TRY(vonk_catalog_find_function(&statement->task, statement->session->catalog, command->name, command->at, &function));
  if (function && !known) return vonk_catalog_cannot_load(&statement->task, function, command->at);
  if (known) return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1256, command->at, "functionName", quoted, NULL);
  return vonk_raise(&statement->task, VONK_ROUTINE_NOT_FOUND, command->at, "routineName", quoted, NULL);
}

STATUS vonk_command_refresh_run(struct vonk_statement *statement, struct vonk_command_refresh *command) {
  const struct vonk_catalog_table *table;
  if (command->function) return refresh_function(statement, command);
  return command->name.count ? vonk_target_find(statement, command->name, command->at, &table) : VONK_OK;
}
