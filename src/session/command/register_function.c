/* register_function.c: a function in Python gets a name for the session. */
#include "session/command/command.h"
#include "session/python.h"

STATUS vonk_command_register_function_run(struct vonk_statement *statement, struct vonk_command_register_function *command) {
  const struct vonk_expr_python *function = EXPR_AS(command->function, python);
  if (!function) return vonk_unsupported(&statement->task, command->node.origin, "registering functions that are not in Python");
  vonk_session_register(statement->session, function);
  return VONK_OK;
}
