/* checkpoint.c: DataFrame.checkpoint and localCheckpoint: the rows are made now, lazy or not, and stay in memory either way. */
#include "session/checkpoint.h"

#include "session/command/command.h"

STATUS vonk_command_checkpoint_run(struct vonk_statement *statement, struct vonk_command_checkpoint *command) {
  struct vonk_relation *resolved;
  struct vonk_str id;
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  TRY(vonk_checkpoint_make(statement, resolved, &id));
  vonk_answer_column(&statement->answer, "id", &vonk_type_string, false);
  vonk_answer_texts(&statement->answer, &id);
  return VONK_OK;
}
