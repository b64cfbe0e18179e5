/* remove_checkpoint.c: the client has no use for a checkpoint any more. */
#include "session/checkpoint.h"
#include "session/command/command.h"

STATUS vonk_command_remove_checkpoint_run(struct vonk_statement *statement, struct vonk_command_remove_checkpoint *command) {
  vonk_checkpoint_remove(statement, command->id);
  return VONK_OK;
}
