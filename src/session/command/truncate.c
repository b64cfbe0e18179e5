/* truncate.c: TRUNCATE TABLE: the table's files go, the table stays. */
#include "catalog/catalog.h"
#include "fs/fs.h"
#include "session/command/command.h"

STATUS vonk_command_truncate_run(struct vonk_statement *statement, struct vonk_command_truncate *command) {
  struct vonk_task *task = &statement->task;
  const struct vonk_catalog_table *table;
  struct vonk_fs_entry entry;
  struct vonk_fs_list files;
  bool found;
  TRY(vonk_catalog_find(task, statement->session->catalog, command->name, &table));
  if (!table) return vonk_statement_no_table(statement, command->name, command->node.origin);
  if (table->kind != VONK_TABLE_MANAGED || command->partition.count) {
    return vonk_unsupported(task, command->node.origin, "TRUNCATE of views, external tables and single partitions");
  }
  TRY(vonk_fs_stat(task, table->location, &found, &entry));
  if (!found) return VONK_OK;
  TRY(vonk_fs_find(task, table->location, &files));
  for (size_t i = 0; i < files.count; i++) TRY(vonk_fs_remove(task, files.items[i].path));
  return VONK_OK;
}
