/* create_table.c: CREATE TABLE with columns, over files that are there, LIKE another, AS SELECT. */
#include "base/clock.h"
#include "bind/binder.h"
#include "session/columns.h"
#include "session/command/command.h"
#include "session/target.h"
#include "session/write.h"

static struct vonk_columns_layout layout_of(const struct vonk_command_create_table *command) {
  return (struct vonk_columns_layout){command->name.parts[command->name.count - 1], command->partition_by, command->node.origin};
}

static STATUS copy_like(struct vonk_statement *statement, const struct vonk_command_create_table *command, struct vonk_catalog_table *table) {
  const struct vonk_catalog_table *like;
  TRY(vonk_target_find(statement, command->like, command->at, &like));
  table->schema = like->schema;
  table->partition_columns = like->partition_columns;
  if (!command->format.size && like->format.size) table->format = like->format;
  return VONK_OK;
}

/* CREATE TABLE t USING f [LOCATION 'x']: the files say what the columns are. */
static STATUS infer(struct vonk_statement *statement, const struct vonk_command_create_table *command, struct vonk_catalog_table *table) {
  const struct vonk_source *source;
  struct vonk_source_request request = {.format = table->format, .paths = {&table->location, 1}, .options = command->options, .may_be_empty = true,
                                        .origin = command->node.origin};
  TRY(vonk_source_open(&statement->task, statement->session->catalog, statement->conf, &request, &source));
  table->schema = source->schema;
  uint32_t count = source->partition_schema ? source->partition_schema->field_count : 0;
  struct vonk_str *names = ARENA_ARRAY(statement->arena, struct vonk_str, count);
  for (uint32_t i = 0; i < count; i++) names[i] = source->partition_schema->fields[i].name;
  table->partition_columns = (struct vonk_name){names, count};
  return VONK_OK;
}

static struct vonk_str wanted_location(const struct vonk_command_create_table *command) {
  for (uint32_t i = 0; i < command->options.count; i++) {
    if (vonk_str_equal_nocase(command->options.items[i].key, STR("path"))) return command->options.items[i].value;
  }
  return command->location;
}

static STATUS fill(struct vonk_statement *statement, struct vonk_command_create_table *command, struct vonk_catalog_table *table) {
  const struct vonk_type *schema;
  struct vonk_str location = wanted_location(command);
  const struct vonk_format_type *format;
  TRY(vonk_write_known_format(statement, command->format, command->node.origin, &format));
  table->format = command->format.size ? command->format : vonk_conf_text(statement->conf, VONK_CONF_SOURCES_DEFAULT);
  table->kind = location.size ? VONK_TABLE_EXTERNAL : VONK_TABLE_MANAGED;
  TRY(vonk_statement_location(statement, table->database, location.size ? location : table->name, &table->location));
  table->partition_columns = command->partition_by;
  if (command->like.count) return copy_like(statement, command, table);
  if (command->query) return VONK_OK;
  if (command->column_count == 0) return infer(statement, command, table);
  struct vonk_columns_layout layout = layout_of(command);
  TRY(vonk_columns_schema(statement, "CREATE TABLE", command->columns, (uint32_t)command->column_count, command->node.origin, &schema));
  if (format->check_schema) TRY(format->check_schema(&statement->task, schema, NULL));
  return vonk_columns_partitioned(statement, &layout, schema, &table->schema);
}

/* Writes the rows; the table is there when all of them are. */
static STATUS select_into(struct vonk_statement *statement, struct vonk_command_create_table *command, struct vonk_catalog_table *table) {
  struct vonk_columns_layout layout = layout_of(command);
  struct vonk_bind_context context;
  struct vonk_relation *resolved, *arranged;
  struct vonk_write_request request = {.folder = table->location,
                                       .partition_column_count = table->partition_columns.count,
                                       .mode = VONK_WRITE_OVERWRITE,
                                       .options = command->options};
  TRY(vonk_write_format(statement, table->format, command->node.origin, &request.format));
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  TRY(vonk_columns_partitioned(statement, &layout, vonk_bind_schema(statement->arena, resolved), &table->schema));
  struct vonk_bind_insert insert = {.table = vonk_catalog_quoted_name(statement->arena, table->database, table->name),
                                    .schema = table->schema,
                                    .partition_column_count = table->partition_columns.count,
                                    .by_name = table->partition_columns.count > 0,
                                    .origin = command->node.origin};
  vonk_statement_bind_context(statement, &context);
  TRY(vonk_bind_insert(&statement->task, &context, resolved, &insert, &arranged));
  request.schema = table->schema;
  return vonk_write_query(statement, arranged, &request);
}

STATUS vonk_command_create_table_run(struct vonk_statement *statement, struct vonk_command_create_table *command) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  struct vonk_task *task = &statement->task;
  struct vonk_catalog_table table = {
      .options = command->options,
      .properties = command->properties,
      .comment = command->comment,
      .owner = statement->session->user,
      .created_ms = vonk_clock_wall_micros() / 1000,
  };
  const struct vonk_catalog_table *old;
  TRY(vonk_catalog_resolve(task, catalog, command->name, command->node.origin, &table.database, &table.name));
  TRY(vonk_catalog_find(task, catalog, (struct vonk_name){(struct vonk_str[]){table.database, table.name}, 2}, &old));
  if (old && command->if_not_exists) return VONK_OK;
  if (command->replace) {
    struct vonk_str name = vonk_catalog_quoted_name(statement->arena, table.database, table.name);
    return vonk_raise(task, VONK_UNSUPPORTED_FEATURE__TABLE_OPERATION, command->node.origin, "tableName", name, "operation", STR("REPLACE TABLE"), NULL);
  }
  TRY(vonk_catalog_check_name(task, table.database, command->node.origin));
  TRY(vonk_catalog_check_name(task, table.name, command->node.origin));
  if (old && !command->overwrite) {
    struct vonk_str name = vonk_catalog_quoted_name(statement->arena, table.database, table.name);
    return vonk_raise(task, VONK_TABLE_OR_VIEW_ALREADY_EXISTS, command->node.origin, "relationName", name, NULL);
  }
  TRY(fill(statement, command, &table));
  if (command->query) TRY(select_into(statement, command, &table));
  return vonk_catalog_put(task, catalog, &table, command->overwrite, command->node.origin);
}
