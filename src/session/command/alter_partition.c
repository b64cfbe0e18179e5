/* alter_partition.c: ALTER TABLE ADD, DROP, RENAME and RECOVER PARTITIONS. A partition is a folder, so there is no list to keep. */
#include "fs/fs.h"
#include "session/command/alter.h"

static STATUS whole_partition(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table,
                              struct vonk_options spec, struct vonk_str *out) {
  struct vonk_target_partition partition;
  uint32_t count = table->partition_columns.count;
  TRY(vonk_target_partition(statement, table, spec, command->node.origin, &partition));
  if (partition.given == count) {
    struct vonk_str path = vonk_target_partition_path(statement->arena, &partition, count);
    *out = vonk_str_format(statement->arena, STR_FMT "/" STR_FMT, STR_ARG(table->location), STR_ARG(path));
    return VONK_OK;
  }
  struct vonk_text given, columns;
  vonk_text_init(&given, statement->arena);
  vonk_text_init(&columns, statement->arena);
  for (uint32_t i = 0; i < spec.count; i++) vonk_text_addf(&given, "%s" STR_FMT, i ? ", " : "", STR_ARG(spec.items[i].key));
  for (uint32_t i = 0; i < count; i++) vonk_text_addf(&columns, "%s" STR_FMT, i ? ", " : "", STR_ARG(table->partition_columns.parts[i]));
  return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1232, command->node.origin, "specKeys", vonk_text_str(&given), "partitionColumnNames",
                    vonk_text_str(&columns), "tableName", vonk_target_quoted(statement->arena, table), NULL);
}

static STATUS check_partitioned(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table,
                                const char *action) {
  if (table->partition_columns.count) return VONK_OK;
  return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1251, command->node.origin, "action", vonk_str_of(action), "tableName", table->name, NULL);
}

static STATUS folder_exists(struct vonk_statement *statement, struct vonk_str folder, bool *out) {
  struct vonk_fs_entry entry;
  return vonk_fs_stat(&statement->task, folder, out, &entry);
}

static STATUS exists_already(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table,
                             struct vonk_str folder) {
  struct vonk_str partition = vonk_str_slice(folder, table->location.size + 1, folder.size);
  return vonk_raise(&statement->task, VONK_PARTITIONS_ALREADY_EXIST, command->node.origin, "partitionList", partition, "tableName",
                    vonk_target_quoted(statement->arena, table), NULL);
}

/* All are looked at before the first is made. */
STATUS vonk_alter_add_partitions(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table) {
  struct vonk_str *folders = ARENA_ARRAY(statement->arena, struct vonk_str, (size_t)command->partition_count);
  TRY(check_partitioned(statement, command, table, "ALTER TABLE ADD PARTITION"));
  for (int64_t i = 0; i < command->partition_count; i++) {
    bool exists;
    TRY(whole_partition(statement, command, table, command->partitions[i], &folders[i]));
    TRY(folder_exists(statement, folders[i], &exists));
    if (exists && !command->if_exists) return exists_already(statement, command, table, folders[i]);
  }
  for (int64_t i = 0; i < command->partition_count; i++) TRY(vonk_fs_make_folder(&statement->task, folders[i]));
  return VONK_OK;
}

/* Specifications name whole partitions: a part of one is not found, as in Spark's own catalog. */
STATUS vonk_alter_drop_partitions(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table) {
  struct vonk_name all;
  ARRAY_OF(struct vonk_str) chosen = {0};
  TRY(check_partitioned(statement, command, table, "ALTER TABLE DROP PARTITION"));
  TRY(vonk_catalog_list_partitions(&statement->task, table, &all));
  for (int64_t i = 0; i < command->partition_count; i++) {
    struct vonk_target_partition wanted;
    bool found = false;
    TRY(vonk_target_partition(statement, table, command->partitions[i], command->node.origin, &wanted));
    for (uint32_t k = 0; k < all.count && wanted.given == table->partition_columns.count; k++) {
      if (!vonk_target_partition_has(&wanted, all.parts[k])) continue;
      *ARRAY_PUSH(statement->arena, &chosen) = all.parts[k];
      found = true;
    }
    struct vonk_str path = vonk_target_partition_path(statement->arena, &wanted, table->partition_columns.count);
    if (!found && !command->if_exists) return vonk_target_no_partition(statement, table, path, command->node.origin);
  }
  for (size_t i = 0; i < chosen.count; i++) {
    struct vonk_str folder = vonk_str_format(statement->arena, STR_FMT "/" STR_FMT, STR_ARG(table->location), STR_ARG(chosen.items[i]));
    TRY(vonk_fs_remove(&statement->task, folder));
  }
  return VONK_OK;
}

STATUS vonk_alter_rename_partition(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table) {
  struct vonk_str from, to;
  bool exists;
  TRY(check_partitioned(statement, command, table, "ALTER TABLE RENAME PARTITION"));
  TRY(whole_partition(statement, command, table, command->partitions[0], &from));
  TRY(whole_partition(statement, command, table, command->partitions[1], &to));
  TRY(folder_exists(statement, from, &exists));
  if (!exists) {
    struct vonk_str path = vonk_str_slice(from, table->location.size + 1, from.size);
    return vonk_target_no_partition(statement, table, path, command->node.origin);
  }
  TRY(folder_exists(statement, to, &exists));
  return exists ? exists_already(statement, command, table, to) : vonk_fs_move(&statement->task, from, to);
}

STATUS vonk_alter_recover_partitions(struct vonk_statement *statement, const struct vonk_command_alter_table *command,
                                     const struct vonk_catalog_table *table) {
  if (table->partition_columns.count) return VONK_OK;
  return vonk_raise(&statement->task, VONK_NOT_A_PARTITIONED_TABLE, command->node.origin, "operation", STR("REPAIR TABLE"), "tableIdentWithDB",
                    vonk_target_quoted(statement->arena, table), NULL);
}
