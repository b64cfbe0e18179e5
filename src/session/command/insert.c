/* insert.c: INSERT INTO, INSERT OVERWRITE [DIRECTORY]. */
#include "bind/binder.h"
#include "fs/fs.h"
#include "session/command/command.h"
#include "session/target.h"
#include "session/write.h"

static STATUS into_folder(struct vonk_statement *statement, struct vonk_command_insert *command) {
  struct vonk_relation *resolved;
  struct vonk_write_request request = {.folder = command->directory, .mode = VONK_WRITE_OVERWRITE, .options = command->options};
  TRY(vonk_write_format(statement, command->format, command->node.origin, &request.format));
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  request.schema = vonk_bind_schema(statement->arena, resolved);
  return vonk_write_query(statement, resolved, &request);
}

/* --- PARTITION (...) --- */

static bool is_given(const struct vonk_command_insert *command, struct vonk_str column, bool with_value) {
  for (uint32_t i = 0; i < command->partition.count; i++) {
    const struct vonk_option *item = &command->partition.items[i];
    if (vonk_str_equal_nocase(item->key, column)) return item->value.data || !with_value;
  }
  return false;
}

/* All partition columns are named, and those with values come first. */
static STATUS check_partition(struct vonk_statement *statement, const struct vonk_command_insert *command, const struct vonk_catalog_table *table,
                              struct vonk_target_partition *partition) {
  struct vonk_name columns = table->partition_columns;
  TRY(vonk_target_partition(statement, table, command->partition, command->node.origin, partition));
  bool open = false;
  for (uint32_t i = 0; i < columns.count && command->partition.count; i++) {
    if (!is_given(command, columns.parts[i], false)) {
      return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1169, command->node.origin, "tableName", vonk_target_quoted(statement->arena, table),
                        "normalizedPartSpec", vonk_target_partition_path(statement->arena, partition, columns.count), "partColNames",
                        vonk_name_list(statement->arena, columns), NULL);
    }
    bool value = is_given(command, columns.parts[i], true);
    if (value && open) {
      struct vonk_str names = vonk_name_list(statement->arena, columns);
      return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1147, command->node.origin, "partColumns", names, NULL);
    }
    open |= !value;
  }
  return VONK_OK;
}

static STATUS is_there(struct vonk_statement *statement, const struct vonk_catalog_table *table, const struct vonk_target_partition *partition, bool *out) {
  struct vonk_name all;
  TRY(vonk_catalog_list_partitions(&statement->task, table, &all));
  for (uint32_t i = 0; i < all.count; i++) *out |= vonk_target_partition_has(partition, all.parts[i]);
  return VONK_OK;
}

/* Partitions that an overwrite left empty are no more. */
static STATUS sweep_partitions(struct vonk_statement *statement, const struct vonk_catalog_table *table, const struct vonk_target_partition *partition) {
  struct vonk_name all;
  TRY(vonk_catalog_list_partitions(&statement->task, table, &all));
  for (uint32_t i = 0; i < all.count; i++) {
    struct vonk_fs_list files = {0};
    if (!vonk_target_partition_has(partition, all.parts[i])) continue;
    struct vonk_str folder = vonk_str_format(statement->arena, STR_FMT "/" STR_FMT, STR_ARG(table->location), STR_ARG(all.parts[i]));
    TRY(vonk_fs_find(&statement->task, folder, &files));
    if (files.count == 0) TRY(vonk_fs_remove(&statement->task, folder));
  }
  return VONK_OK;
}

STATUS vonk_command_insert_run(struct vonk_statement *statement, struct vonk_command_insert *command) {
  struct vonk_task *task = &statement->task;
  const struct vonk_origin *origin = command->node.origin;
  if (command->directory.size) return into_folder(statement, command);
  struct vonk_target_request target = {.name = command->table, .at = command->at, .operation = "INSERT", .as_relation = true};
  struct vonk_target_partition partition;
  const struct vonk_catalog_table *table;
  bool exists = false, dynamic = vonk_str_equal(vonk_conf_text(statement->conf, VONK_CONF_PARTITION_OVERWRITE_MODE), STR("DYNAMIC"));
  TRY(vonk_target_table(statement, &target, &table));
  if (command->mode == VONK_INSERT_REPLACE_WHERE) {
    return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_1012, origin, "identifier", vonk_target_quoted(statement->arena, table), NULL);
  }
  TRY(check_partition(statement, command, table, &partition));
  struct vonk_bind_context context;
  struct vonk_relation *resolved, *arranged;
  struct vonk_bind_insert insert = {.table = vonk_target_quoted(statement->arena, table),
                                    .schema = table->schema,
                                    .partition_column_count = table->partition_columns.count,
                                    .column_names = command->column_names,
                                    .by_name = command->by_name,
                                    .partition = command->partition,
                                    .origin = origin};
  vonk_statement_bind_context(statement, &context);
  TRY(vonk_bind_insert_defaults(task, &context, command->query, &insert));
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  dynamic = dynamic && partition.given < table->partition_columns.count;
  if (command->mode == VONK_INSERT_OVERWRITE && !dynamic) TRY(vonk_target_check_overwrite(statement, table, resolved, origin));
  TRY(vonk_bind_insert(task, &context, resolved, &insert, &arranged));
  struct vonk_write_request request = {.folder = table->location,
                                       .schema = table->schema,
                                       .partition_column_count = table->partition_columns.count,
                                       .options = table->options};
  if (command->mode == VONK_INSERT_OVERWRITE) {
    request.mode = dynamic ? VONK_WRITE_OVERWRITE_PARTITIONS : VONK_WRITE_OVERWRITE;
    request.overwritten = vonk_target_partition_path(statement->arena, &partition, table->partition_columns.count);
    if (command->if_not_exists) TRY(is_there(statement, table, &partition, &exists));
    if (exists) return VONK_OK;
  }
  TRY(vonk_write_format(statement, table->format, origin, &request.format));
  TRY(vonk_write_query(statement, arranged, &request));
  bool swept = request.mode == VONK_WRITE_OVERWRITE && table->partition_columns.count;
  return swept ? sweep_partitions(statement, table, &partition) : VONK_OK;
}
