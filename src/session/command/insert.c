/* insert.c: INSERT INTO, INSERT OVERWRITE [DIRECTORY]. */
#include "bind/binder.h"
#include "session/command/command.h"
#include "session/write.h"

static STATUS into_folder(struct vonk_statement *statement, struct vonk_command_insert *command) {
  struct vonk_relation *resolved;
  struct vonk_write_request request = {.folder = command->directory, .mode = VONK_WRITE_OVERWRITE, .options = command->options};
  TRY(vonk_write_format(statement, command->format, command->node.origin, &request.format));
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  request.schema = vonk_bind_schema(statement->arena, resolved);
  return vonk_write_query(statement, resolved, &request);
}

/* The folder of the leading partition columns that have a static value. */
static struct vonk_str static_path(struct vonk_statement *statement, const struct vonk_command_insert *command, const struct vonk_catalog_table *table) {
  uint32_t count = table->partition_columns.count, given = 0;
  const struct vonk_type_field *fields = table->schema->fields + table->schema->field_count - count;
  struct vonk_value *values = ARENA_ARRAY(statement->arena, struct vonk_value, count);
  for (; given < count; given++) {
    const struct vonk_option *value = NULL;
    for (uint32_t i = 0; i < command->partition.count; i++) {
      const struct vonk_option *item = &command->partition.items[i];
      if (item->value.data && vonk_str_equal_nocase(item->key, fields[given].name)) value = item;
    }
    if (!value) break;
    values[given] = vonk_value_text(&vonk_type_string, value->value);
  }
  return vonk_partition_path(statement->arena, fields, values, given, statement->zone);
}

STATUS vonk_command_insert_run(struct vonk_statement *statement, struct vonk_command_insert *command) {
  struct vonk_task *task = &statement->task;
  const struct vonk_origin *origin = command->node.origin;
  if (command->directory.size) return into_folder(statement, command);
  if (command->mode == VONK_INSERT_REPLACE_WHERE) return vonk_unsupported(task, origin, "INSERT INTO ... REPLACE WHERE for plain files");
  const struct vonk_catalog_table *table;
  TRY(vonk_catalog_find(task, statement->session->catalog, command->table, &table));
  if (!table) return vonk_statement_no_table(statement, command->table, origin);
  if (table->kind >= VONK_TABLE_VIEW) return vonk_unsupported(task, origin, "INSERT into a view");
  struct vonk_bind_context context;
  struct vonk_relation *resolved, *arranged;
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  struct vonk_bind_insert insert = {.table = vonk_catalog_quoted_name(statement->arena, table->database, table->name),
                                    .schema = table->schema,
                                    .partition_column_count = table->partition_columns.count,
                                    .column_names = command->column_names,
                                    .by_name = command->by_name,
                                    .partition = command->partition,
                                    .origin = origin};
  vonk_statement_bind_context(statement, &context);
  TRY(vonk_bind_insert(task, &context, resolved, &insert, &arranged));
  struct vonk_write_request request = {.folder = table->location,
                                       .schema = table->schema,
                                       .partition_column_count = table->partition_columns.count,
                                       .options = table->options};
  bool dynamic = vonk_str_equal(vonk_conf_text(statement->conf, VONK_CONF_PARTITION_OVERWRITE_MODE), STR("DYNAMIC"));
  if (command->mode == VONK_INSERT_OVERWRITE) {
    request.mode = dynamic && table->partition_columns.count ? VONK_WRITE_OVERWRITE_PARTITIONS : VONK_WRITE_OVERWRITE;
    request.overwritten = static_path(statement, command, table);
  }
  TRY(vonk_write_format(statement, table->format, origin, &request.format));
  return vonk_write_query(statement, arranged, &request);
}
