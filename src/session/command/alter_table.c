/* alter_table.c: ALTER TABLE and ALTER VIEW: names, properties, places, the query of a view; columns and partitions are in files of their own. */
#include "session/command/alter.h"
#include "session/table_details.h"

static STATUS change_properties(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table) {
  struct vonk_catalog_table changed = *table;
  bool remove = command->kind == VONK_ALTER_UNSET_PROPERTIES;
  changed.properties = vonk_options_change(statement->arena, table->properties, command->properties, remove);
  return vonk_target_save(statement, &changed);
}

static STATUS set_location(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table) {
  struct vonk_catalog_table changed = *table;
  TRY(vonk_statement_location(statement, table->database, command->location, &changed.location));
  return vonk_target_save(statement, &changed);
}

STATUS vonk_command_alter_table_run(struct vonk_statement *statement, struct vonk_command_alter_table *command) {
  const struct vonk_catalog_table *table;
  bool renames = command->kind == VONK_ALTER_RENAME, properties = command->kind == VONK_ALTER_SET_PROPERTIES || command->kind == VONK_ALTER_UNSET_PROPERTIES;
  struct vonk_target_request request = {.name = command->name, .at = command->at, .operation = command->kind == VONK_ALTER_VIEW_AS ? "ALTER VIEW ... AS" : command->is_view ? "ALTER VIEW" : "ALTER TABLE",
                                        .alter = renames || properties};
  if (command->is_view) TRY(vonk_target_view(statement, &request, &table));
  else TRY(vonk_target_table(statement, &request, &table));
  switch ((enum vonk_alter_kind)command->kind) {
    case VONK_ALTER_RENAME: return vonk_catalog_rename(&statement->task, statement->session->catalog, table, command->new_name, command->node.origin);
    case VONK_ALTER_SET_PROPERTIES:
    case VONK_ALTER_UNSET_PROPERTIES: return change_properties(statement, command, table);
    case VONK_ALTER_ADD_COLUMNS: return vonk_alter_add_columns(statement, command, table);
    case VONK_ALTER_CHANGE_COLUMN: return vonk_alter_change_column(statement, command, table);
    case VONK_ALTER_RENAME_COLUMN: return vonk_alter_not_possible(statement, command, table, "RENAME COLUMN");
    case VONK_ALTER_DROP_COLUMNS: return vonk_alter_not_possible(statement, command, table, "DROP COLUMN");
    case VONK_ALTER_SET_LOCATION: return set_location(statement, command, table);
    case VONK_ALTER_SET_SERDE:
      return vonk_raise(&statement->task, VONK_UNSUPPORTED_FEATURE__ALTER_TABLE_SERDE_FOR_DATASOURCE_TABLE, command->node.origin, "tableName",
                        vonk_target_quoted(statement->arena, table), NULL);
    case VONK_ALTER_ADD_PARTITIONS: return vonk_alter_add_partitions(statement, command, table);
    case VONK_ALTER_DROP_PARTITIONS: return vonk_alter_drop_partitions(statement, command, table);
    case VONK_ALTER_RENAME_PARTITION: return vonk_alter_rename_partition(statement, command, table);
    case VONK_ALTER_RECOVER_PARTITIONS: return vonk_alter_recover_partitions(statement, command, table);
    case VONK_ALTER_VIEW_AS: return vonk_view_alter(statement, command, table);
  }
  return vonk_unsupported(&statement->task, command->node.origin, "this form of ALTER");
}

STATUS vonk_alter_not_possible(struct vonk_statement *statement, const struct vonk_command_alter_table *command, const struct vonk_catalog_table *table,
                               const char *operation) {
  return vonk_raise(&statement->task, VONK_UNSUPPORTED_FEATURE__TABLE_OPERATION, command->node.origin, "tableName",
                    vonk_target_quoted(statement->arena, table), "operation", vonk_str_of(operation), NULL);
}
