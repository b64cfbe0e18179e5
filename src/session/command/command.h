/* command.h: how a command is carried out: one file per kind, `vonk_command_KIND_run`, and a row in registry.def. */
#ifndef VONK_SESSION_COMMAND_COMMAND_H
#define VONK_SESSION_COMMAND_COMMAND_H

#include "plan/command.h"
#include "session/query.h"

#define VONK_COMMAND(kind) STATUS vonk_command_##kind##_run(struct vonk_statement *statement, struct vonk_command_##kind *command);
#include "session/command/registry.def"
#undef VONK_COMMAND

#endif
