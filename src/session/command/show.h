/* show.h: what the files of SHOW share. */
#ifndef VONK_SESSION_COMMAND_SHOW_H
#define VONK_SESSION_COMMAND_SHOW_H

#include "session/command/command.h"

STATUS vonk_show_create_table(struct vonk_statement *statement, const struct vonk_command_show *command);
STATUS vonk_show_partitions(struct vonk_statement *statement, const struct vonk_command_show *command);
STATUS vonk_show_table_extended(struct vonk_statement *statement, const struct vonk_command_show *command);

#endif
