/* reset.c: RESET, RESET key: back to what the session started with. */
#include "session/command/command.h"

STATUS vonk_command_reset_run(struct vonk_statement *statement, struct vonk_command_reset *command) {
  struct vonk_session *session = statement->session;
  struct vonk_conf *conf;
  if (command->key.size) {
    TRY(vonk_conf_reset(&statement->task, session->conf, session->origin, command->key, &conf));
  } else {
    conf = vonk_conf_retain(session->origin);
  }
  vonk_conf_release(session->conf);
  session->conf = conf;
  return VONK_OK;
}
