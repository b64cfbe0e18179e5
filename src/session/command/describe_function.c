/* describe_function.c: DESCRIBE FUNCTION [EXTENDED] name, from the function's own row. */
#include "func/lookup.h"
#include "session/command/command.h"

static void put(struct vonk_statement *statement, const char *label, struct vonk_str text) {
  struct vonk_str line = vonk_str_format(statement->arena, "%s: " STR_FMT, label, STR_ARG(text));
  vonk_answer_texts(&statement->answer, &line);
}

STATUS vonk_command_describe_function_run(struct vonk_statement *statement, struct vonk_command_describe_function *command) {
  struct vonk_str name = command->name.parts[command->name.count - 1];
  const struct vonk_function *function = vonk_function_lookup(name);
  vonk_answer_column(&statement->answer, "function_desc", &vonk_type_string, false);
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
