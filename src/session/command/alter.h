/* alter.h: what the files of ALTER share: each does one kind of change to a table that was found. */
#ifndef VONK_SESSION_COMMAND_ALTER_H
#define VONK_SESSION_COMMAND_ALTER_H

#include "session/command/command.h"
#include "session/target.h"
#include "session/view.h"

/* UNSUPPORTED_FEATURE.TABLE_OPERATION: tables of plain files cannot do it. */
STATUS vonk_alter_not_possible(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table,
                               const char *operation);

#define VONK_ALTER(change)                                                                                                    \
  STATUS vonk_alter_##change(struct vonk_statement *statement, const struct vonk_command_alter_table *command,                \
                             const struct vonk_catalog_table *table);
VONK_ALTER(add_columns)
VONK_ALTER(change_column)
VONK_ALTER(add_partitions)
VONK_ALTER(drop_partitions)
VONK_ALTER(rename_partition)
VONK_ALTER(recover_partitions)
#undef VONK_ALTER

#endif
