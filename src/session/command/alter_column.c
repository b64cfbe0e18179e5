/* alter_column.c: ALTER TABLE ADD COLUMNS, ALTER COLUMN, CHANGE COLUMN. Files stay as they are: what a file lacks is NULL. */
#include "bind/binder.h"
#include "session/columns.h"
#include "session/command/alter.h"

STATUS vonk_alter_add_columns(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table) {
  struct vonk_catalog_table changed = *table;
  const struct vonk_type *old = table->schema, *added;
  uint32_t count = (uint32_t)command->column_count, partitions = table->partition_columns.count, front = old->field_count - partitions;
  TRY(vonk_columns_schema(statement, "ALTER TABLE ADD COLUMNS", command->columns, count, command->node.origin, &added));
  for (uint32_t i = 0; i < count; i++) {
    if (command->columns[i].default_sql.data) return vonk_unsupported(&statement->task, command->node.origin, "DEFAULT of a column that is added later");
  }
  struct vonk_type_field *fields = ARENA_ARRAY(statement->arena, struct vonk_type_field, old->field_count + count);
  memcpy(fields, old->fields, front * sizeof *fields);
  memcpy(fields + front, added->fields, count * sizeof *fields);
  if (partitions) memcpy(fields + front + count, old->fields + front, partitions * sizeof *fields);
  changed.schema = vonk_type_struct(statement->arena, fields, old->field_count + count);
  TRY(vonk_target_check_columns(statement, changed.schema, command->node.origin));
  return vonk_target_save(statement, &changed);
}

static STATUS no_column(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table) {
  struct vonk_text proposal;
  vonk_text_init(&proposal, statement->arena);
  for (uint32_t i = 0; i < table->schema->field_count; i++) {
    if (i) vonk_text_add(&proposal, STR(", "));
    vonk_text_add(&proposal, vonk_type_quote(statement->arena, table->schema->fields[i].name));
  }
  return vonk_raise(&statement->task, VONK_UNRESOLVED_COLUMN__WITH_SUGGESTION, command->node.origin, "objectName",
                    vonk_type_quote(statement->arena, command->column.parts[0]), "proposal", vonk_text_str(&proposal), NULL);
}

/* Types and names are what files were written with; the rest may change. */
static STATUS check_change(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table,
                           const struct vonk_type_field *field) {
  const struct vonk_column_definition *change = command->columns;
  const struct vonk_type *type = change->type ? change->type : field->type;
  struct vonk_str name = change->name.data ? change->name : field->name;
  if (vonk_type_same(type, field->type) && vonk_str_equal_nocase(name, field->name)) return VONK_OK;
  struct vonk_str old_type = vonk_type_simple_string(statement->arena, field->type), new_type = vonk_type_simple_string(statement->arena, type);
  return vonk_raise(&statement->task, VONK_NOT_SUPPORTED_CHANGE_COLUMN, command->node.origin, "table", vonk_target_quoted(statement->arena, table),
                    "originName", vonk_type_quote(statement->arena, field->name), "originType", old_type, "newName",
                    vonk_type_quote(statement->arena, name), "newType", new_type, NULL);
}

STATUS vonk_alter_change_column(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table) {
  struct vonk_catalog_table changed = *table;
  const struct vonk_column_definition *change = command->columns;
  uint32_t place = vonk_target_field(table->schema, command->column.parts[0]);
  if (place == table->schema->field_count) return no_column(statement, command, table);
  if (command->column.count > 1) return vonk_alter_not_possible(statement, command, table, "ALTER COLUMN of a part of a column");
  struct vonk_type_field *fields = vonk_arena_copy(statement->arena, table->schema->fields, table->schema->field_count * sizeof *fields);
  struct vonk_type_field *field = &fields[place];
  TRY(check_change(statement, command, table, field));
  if (change->not_null) return vonk_alter_not_possible(statement, command, table, "SET NOT NULL");
  struct vonk_str comment = change->comment.data ? change->comment : vonk_type_field_comment(statement->arena, field);
  struct vonk_str value = change->default_sql.data ? change->default_sql : vonk_type_field_default(statement->arena, field);
  if (command->drop_default) value = (struct vonk_str){0};
  if (change->default_sql.data) TRY(vonk_columns_check_default(statement, "ALTER TABLE ALTER COLUMN", field->name, field->type, value, command->node.origin));
  field->metadata = vonk_type_field_metadata(statement->arena, comment, value);
  changed.schema = vonk_type_struct(statement->arena, fields, table->schema->field_count);
  return vonk_target_save(statement, &changed);
}
