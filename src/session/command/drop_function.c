/* drop_function.c: DROP FUNCTION: of the catalog; with TEMPORARY one that the session has registered. */
#include "catalog/catalog.h"
#include "func/lookup.h"
#include "session/command/command.h"
#include "session/python.h"

static STATUS not_found(struct vonk_statement *statement, const struct vonk_command_drop_function *command, struct vonk_str name) {
  if (command->if_exists) return VONK_OK;
  return vonk_raise(&statement->task, VONK_ROUTINE_NOT_FOUND, command->node.origin, "routineName", name, NULL);
}

static STATUS drop_persistent(struct vonk_statement *statement, const struct vonk_command_drop_function *command) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  const struct vonk_catalog_database *database;
  const struct vonk_catalog_function *function;
  struct vonk_str parts[2];
  TRY(vonk_catalog_resolve(&statement->task, catalog, command->name, command->node.origin, &parts[0], &parts[1]));
  TRY(vonk_catalog_find_function(&statement->task, catalog, command->name, command->node.origin, &function));
  if (function) return vonk_catalog_drop_function(&statement->task, catalog, function);
  if (!command->if_exists) TRY(vonk_catalog_database(&statement->task, catalog, parts[0], command->node.origin, &database));
  return not_found(statement, command, vonk_name_quote(statement->arena, (struct vonk_name){parts, 2}));
}

STATUS vonk_command_drop_function_run(struct vonk_statement *statement, struct vonk_command_drop_function *command) {
  struct vonk_str name = command->name.parts[command->name.count - 1], quoted = vonk_type_quote(statement->arena, name);
  const struct vonk_function *builtin = command->name.count == 1 ? vonk_function_lookup(name) : NULL;
  if (command->is_temporary && vonk_session_unregister(statement->session, name)) return VONK_OK;
  if (builtin && !(builtin->flags & VONK_FN_INTERNAL)) {
    return vonk_raise(&statement->task, VONK_FORBIDDEN_OPERATION, command->node.origin, "statement", STR("DROP"), "objectType", STR("FUNCTION"), "objectName",
                      quoted, NULL);
  }
  return command->is_temporary ? not_found(statement, command, quoted) : drop_persistent(statement, command);
}
