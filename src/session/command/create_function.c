/* create_function.c: CREATE FUNCTION: what it says is kept; nothing here can load a Java class. */
#include "catalog/catalog.h"
#include "session/command/command.h"

static struct vonk_str shown_name(struct vonk_arena *arena, struct vonk_str database, struct vonk_str name) {
  return vonk_name_quote(arena, (struct vonk_name){(struct vonk_str[]){database, name}, 2});
}

static STATUS exists_already(struct vonk_statement *statement, const struct vonk_command_create_function *command, const struct vonk_catalog_function *old) {
  return vonk_raise(&statement->task, VONK_ROUTINE_ALREADY_EXISTS, command->node.origin, "routineName", shown_name(statement->arena, old->database, old->name),
                    "newRoutineType", STR("routine"), "existingRoutineType", STR("routine"), NULL);
}

STATUS vonk_command_create_function_run(struct vonk_statement *statement, struct vonk_command_create_function *command) {
  struct vonk_task *task = &statement->task;
  struct vonk_catalog_session *catalog = statement->session->catalog;
  struct vonk_catalog_function function = {.class_name = command->class_name, .resources = command->resources};
  const struct vonk_catalog_function *old;
  if (command->is_temporary) {
    return vonk_raise(task, VONK_CANNOT_LOAD_FUNCTION_CLASS, command->node.origin, "className", command->class_name, "functionName",
                      vonk_name_quote(statement->arena, command->name), NULL);
  }
  TRY(vonk_catalog_resolve(task, catalog, command->name, command->node.origin, &function.database, &function.name));
  TRY(vonk_catalog_check_name(task, function.name, command->node.origin));
  TRY(vonk_catalog_find_function(task, catalog, command->name, command->node.origin, &old));
  if (old && command->if_not_exists) return VONK_OK;
  if (old && !command->replace) return exists_already(statement, command, old);
  return vonk_catalog_put_function(task, catalog, &function, command->node.origin);
}
