/* describe_function.c: DESCRIBE FUNCTION [EXTENDED] name, from the function's own row, or what is known of others. */
#include "catalog/catalog.h"
#include "func/lookup.h"
#include "session/command/command.h"
#include "session/python.h"

static void put(struct vonk_statement *statement, const char *label, struct vonk_str text) {
  struct vonk_str line = vonk_str_format(statement->arena, "%s: " STR_FMT, label, STR_ARG(text));
  vonk_answer_texts(&statement->answer, &line);
}

static void put_class(struct vonk_statement *statement, struct vonk_str function, struct vonk_str class_name, const struct vonk_command_describe_function *command) {
  struct vonk_str name = command->name.parts[command->name.count - 1];
  put(statement, "Function", function);
  put(statement, "Class", class_name);
  put(statement, "Usage", STR("N/A."));
  if (!command->extended) return;
  struct vonk_str extended = vonk_str_format(statement->arena, "Extended Usage:\n    No example/argument for " STR_FMT ".\n", STR_ARG(name));
  vonk_answer_texts(&statement->answer, &extended);
}

/* One that a session has registered or that the catalog has. */
static STATUS describe_user_function(struct vonk_statement *statement, const struct vonk_command_describe_function *command, bool *described) {
  struct vonk_str name = command->name.parts[command->name.count - 1];
  const struct vonk_catalog_function *function;
  *described = true;
  if (command->name.count == 1 && vonk_session_function(statement->session, statement->arena, name)) {
    put_class(statement, vonk_str_format(statement->arena, "spark_catalog.session." STR_FMT, STR_ARG(name)), STR(VONK_PYTHON_FUNCTION_CLASS), command);
    return VONK_OK;
  }
  *described = false;
  if (command->name.count == 1 && vonk_function_lookup(name)) return VONK_OK;
  TRY(vonk_catalog_find_function(&statement->task, statement->session->catalog, command->name, command->at, &function));
  *described = function != NULL;
  if (!function) return VONK_OK;
  put_class(statement, vonk_str_format(statement->arena, "spark_catalog." STR_FMT "." STR_FMT, STR_ARG(function->database), STR_ARG(function->name)),
            function->class_name, command);
  return VONK_OK;
}

STATUS vonk_command_describe_function_run(struct vonk_statement *statement, struct vonk_command_describe_function *command) {
  struct vonk_str name = command->name.parts[command->name.count - 1];
  const struct vonk_function *function = vonk_function_lookup(name);
  bool described;
  vonk_answer_column(&statement->answer, "function_desc", &vonk_type_string, false);
  TRY(describe_user_function(statement, command, &described));
  if (described) return VONK_OK;
  if (!function || (function->flags & VONK_FN_INTERNAL)) {
    struct vonk_str quoted = vonk_str_format(statement->arena, "`" STR_FMT "`", STR_ARG(name));
    return vonk_raise(&statement->task, VONK_UNRESOLVED_ROUTINE, command->at, "routineName", quoted, "searchPath",
                      STR("[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"), NULL);
  }
  struct vonk_str arguments = vonk_str_of(function->signature);
  size_t arrow = vonk_str_find(arguments, STR(" -> "), 0);
  if (arrow != SIZE_MAX) arguments.size = arrow;
  struct vonk_str signature = vonk_str_format(statement->arena, "%s" STR_FMT " - %s", function->name, STR_ARG(arguments), function->doc);
  put(statement, "Function", vonk_str_of(function->name));
  put(statement, "Usage", signature);
  if (!command->extended) return VONK_OK;
  put(statement, "Group", vonk_str_of(function->group));
  put(statement, "Example", vonk_str_of(function->example));
  return VONK_OK;
}
