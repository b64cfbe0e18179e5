/* reset.c: RESET, RESET key: back to what the session started with. */
#include "session/command/command.h"

STATUS vonk_command_reset_run(struct vonk_statement *statement, struct vonk_command_reset *command) {
  return vonk_session_reset(&statement->task, statement->session, command->key);
}
