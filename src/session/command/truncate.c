/* truncate.c: TRUNCATE TABLE [PARTITION (...)]: the files go, the table and its partitions stay. */
#include "fs/fs.h"
#include "fs/sink_log.h"
#include "session/command/command.h"
#include "session/target.h"

static STATUS empty_folder(struct vonk_statement *statement, struct vonk_str folder) {
  struct vonk_fs_list files = {0};
  struct vonk_fs_entry entry;
  bool found;
  TRY(vonk_fs_stat(&statement->task, folder, &found, &entry));
  if (!found) return VONK_OK;
  TRY(vonk_sink_log_remove(&statement->task, folder));
  TRY(vonk_fs_find(&statement->task, folder, &files));
  for (size_t i = 0; i < files.count; i++) TRY(vonk_fs_remove(&statement->task, files.items[i].path));
  return VONK_OK;
}

static STATUS truncate_partitions(struct vonk_statement *statement, const struct vonk_command_truncate *command, const struct vonk_catalog_table *table) {
  struct vonk_target_partition wanted;
  struct vonk_name all;
  uint32_t columns = table->partition_columns.count;
  bool found = false;
  if (columns == 0) {
    return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1267, command->node.origin, "tableIdentWithDB",
                      vonk_target_quoted(statement->arena, table), NULL);
  }
  TRY(vonk_target_partition(statement, table, command->partition, command->node.origin, &wanted));
  TRY(vonk_catalog_list_partitions(&statement->task, table, &all));
  for (uint32_t i = 0; i < all.count; i++) {
    if (!vonk_target_partition_has(&wanted, all.parts[i])) continue;
    found = true;
    TRY(empty_folder(statement, vonk_str_format(statement->arena, STR_FMT "/" STR_FMT, STR_ARG(table->location), STR_ARG(all.parts[i]))));
  }
  /* Naming a whole partition says that it is there; naming a part of it does not. */
  if (found || wanted.given < columns) return VONK_OK;
  return vonk_target_no_partition(statement, table, vonk_target_partition_path(statement->arena, &wanted, columns), command->node.origin);
}

STATUS vonk_command_truncate_run(struct vonk_statement *statement, struct vonk_command_truncate *command) {
  struct vonk_target_request request = {.name = command->name, .at = command->at, .operation = "TRUNCATE TABLE"};
  const struct vonk_catalog_table *table;
  TRY(vonk_target_table(statement, &request, &table));
  if (table->kind == VONK_TABLE_EXTERNAL) {
    return vonk_raise(&statement->task, VONK_CANNOT_TRUNCATE_EXTERNAL_TABLE, command->node.origin, "tableName",
                      vonk_target_quoted(statement->arena, table), NULL);
  }
  return command->partition.count ? truncate_partitions(statement, command, table) : empty_folder(statement, table->location);
}
