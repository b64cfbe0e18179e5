/* create_table.c: CREATE TABLE with columns, over files that are there, LIKE another, AS SELECT. */
#include "base/clock.h"
#include "bind/binder.h"
#include "session/command/command.h"
#include "session/write.h"

static struct vonk_str comment_json(struct vonk_arena *arena, struct vonk_str comment) {
  struct vonk_value value = vonk_value_text(&vonk_type_string, comment);
  struct vonk_text text;
  vonk_text_init(&text, arena);
  vonk_text_add(&text, STR("{\"comment\":"));
  vonk_json_put(&text, &value, NULL);
  vonk_text_add_char(&text, '}');
  return vonk_text_str(&text);
}

static const struct vonk_type *schema_of_columns(struct vonk_arena *arena, const struct vonk_command_create_table *command) {
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, (size_t)command->column_count);
  for (int64_t i = 0; i < command->column_count; i++) {
    const struct vonk_column_definition *column = &command->columns[i];
    fields[i] = (struct vonk_type_field){column->name, column->type, !column->not_null, STR("")};
    if (column->comment.data) fields[i].metadata = comment_json(arena, column->comment);
  }
  return vonk_type_struct(arena, fields, (uint32_t)command->column_count);
}

static bool is_partition(const struct vonk_command_create_table *command, struct vonk_str name) {
  for (uint32_t i = 0; i < command->partition_by.count; i++) {
    if (vonk_str_equal_nocase(command->partition_by.parts[i], name)) return true;
  }
  return false;
}

/* SCHEMA with the partition columns behind the others, in the order of PARTITIONED BY. */
static STATUS order_columns(struct vonk_statement *statement, const struct vonk_command_create_table *command, const struct vonk_type *schema,
                            const struct vonk_type **out) {
  struct vonk_type_field *fields = ARENA_ARRAY(statement->arena, struct vonk_type_field, schema->field_count + command->partition_by.count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    if (!is_partition(command, schema->fields[i].name)) fields[count++] = schema->fields[i];
  }
  for (uint32_t i = 0; i < command->partition_by.count; i++) {
    uint32_t found = 0;
    while (found < schema->field_count && !vonk_str_equal_nocase(schema->fields[found].name, command->partition_by.parts[i])) found++;
    if (found == schema->field_count) {
      struct vonk_str name = vonk_type_quote_name(statement->arena, command->partition_by.parts[i]);
      return vonk_raise(&statement->task, VONK_UNRESOLVED_COLUMN__WITHOUT_SUGGESTION, command->node.origin, "objectName", name, NULL);
    }
    fields[count++] = schema->fields[found];
  }
  *out = vonk_type_struct(statement->arena, fields, count);
  return VONK_OK;
}

static STATUS copy_like(struct vonk_statement *statement, const struct vonk_command_create_table *command, struct vonk_catalog_table *table) {
  const struct vonk_catalog_table *like;
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, command->like, &like));
  if (!like) return vonk_statement_no_table(statement, command->like, command->node.origin);
  table->schema = like->schema;
  table->partition_columns = like->partition_columns;
  if (!command->format.size && like->format.size) table->format = like->format;
  return VONK_OK;
}

/* CREATE TABLE t USING f LOCATION 'x': the files say what the columns are. */
static STATUS infer(struct vonk_statement *statement, const struct vonk_command_create_table *command, struct vonk_catalog_table *table) {
  const struct vonk_source *source;
  struct vonk_source_request request = {
      .format = table->format, .paths = {&table->location, 1}, .options = command->options, .origin = command->node.origin};
  TRY(vonk_source_open(&statement->task, statement->conf, &request, &source));
  table->schema = source->schema;
  uint32_t count = source->partition_schema ? source->partition_schema->field_count : 0;
  struct vonk_str *names = ARENA_ARRAY(statement->arena, struct vonk_str, count);
  for (uint32_t i = 0; i < count; i++) names[i] = source->partition_schema->fields[i].name;
  table->partition_columns = (struct vonk_name){names, count};
  return VONK_OK;
}

static STATUS fill(struct vonk_statement *statement, struct vonk_command_create_table *command, struct vonk_catalog_table *table) {
  TRY(vonk_write_format(statement, command->format, command->node.origin, &(const struct vonk_format_type *){NULL}));
  table->format = command->format.size ? command->format : vonk_conf_text(statement->conf, VONK_CONF_SOURCES_DEFAULT);
  struct vonk_str location = command->location;
  for (uint32_t i = 0; i < command->options.count; i++) {
    if (vonk_str_equal_nocase(command->options.items[i].key, STR("path"))) location = command->options.items[i].value;
  }
  table->kind = location.size ? VONK_TABLE_EXTERNAL : VONK_TABLE_MANAGED;
  table->location = location;
  if (!location.size) {
    TRY(vonk_catalog_table_location(&statement->task, statement->session->catalog, table->database, table->name, &table->location));
  }
  table->partition_columns = command->partition_by;
  if (command->like.count) return copy_like(statement, command, table);
  if (command->query) return VONK_OK;
  if (command->column_count == 0 && location.size) return infer(statement, command, table);
  return order_columns(statement, command, schema_of_columns(statement->arena, command), &table->schema);
}

/* Writes the rows; the table is there when all of them are. */
static STATUS select_into(struct vonk_statement *statement, struct vonk_command_create_table *command, struct vonk_catalog_table *table) {
  struct vonk_bind_context context;
  struct vonk_relation *resolved, *arranged;
  struct vonk_write_request request = {.folder = table->location,
                                       .partition_column_count = table->partition_columns.count,
                                       .mode = VONK_WRITE_OVERWRITE,
                                       .options = command->options};
  TRY(vonk_write_format(statement, table->format, command->node.origin, &request.format));
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  TRY(order_columns(statement, command, vonk_bind_schema(statement->arena, resolved), &table->schema));
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
  if (command->replace) return vonk_unsupported(task, command->node.origin, "REPLACE TABLE for tables of plain files");
  if (old) {
    struct vonk_str name = vonk_catalog_quoted_name(statement->arena, table.database, table.name);
    return vonk_raise(task, VONK_TABLE_OR_VIEW_ALREADY_EXISTS, command->node.origin, "relationName", name, NULL);
  }
  TRY(fill(statement, command, &table));
  if (command->query) TRY(select_into(statement, command, &table));
  return vonk_catalog_put(task, catalog, &table, false, command->node.origin);
}
