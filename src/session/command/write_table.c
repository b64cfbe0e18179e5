/* write_table.c: DataFrameWriterV2: writeTo(t).create(), append(), overwrite..., replace(). */
#include "session/command/command.h"
#include "session/target.h"

static STATUS create(struct vonk_statement *statement, const struct vonk_command_write_table *command, bool replace) {
  struct vonk_command_create_table *create = COMMAND_NEW(statement->arena, create_table, command->node.origin);
  struct vonk_str *names = ARENA_ARRAY(statement->arena, struct vonk_str, command->partition_by.count);
  for (uint32_t i = 0; i < command->partition_by.count; i++) {
    const struct vonk_expr_attribute *column = EXPR_AS(command->partition_by.items[i], attribute);
    if (!column || column->name.count != 1) return vonk_unsupported(&statement->task, command->node.origin, "partitions by expressions");
    names[i] = column->name.parts[0];
  }
  create->name = command->table;
  create->format = command->format;
  create->options = command->options;
  create->properties = command->properties;
  create->partition_by = (struct vonk_name){names, command->partition_by.count};
  create->query = command->query;
  create->replace = replace;
  return vonk_command_create_table_run(statement, create);
}

static STATUS insert(struct vonk_statement *statement, const struct vonk_command_write_table *command, enum vonk_insert_mode mode) {
  struct vonk_command_insert *insert = COMMAND_NEW(statement->arena, insert, command->node.origin);
  insert->table = command->table;
  insert->query = command->query;
  insert->by_name = true;
  insert->mode = mode;
  insert->condition = command->condition;
  return vonk_command_insert_run(statement, insert);
}

STATUS vonk_command_write_table_run(struct vonk_statement *statement, struct vonk_command_write_table *command) {
  if (command->cluster_by.count) return vonk_unsupported(&statement->task, command->node.origin, "clusterBy");
  switch ((enum vonk_table_write)command->mode) {
    case VONK_TABLE_CREATE: return create(statement, command, false);
    case VONK_TABLE_REPLACE:
    case VONK_TABLE_CREATE_OR_REPLACE: return create(statement, command, true);
    case VONK_TABLE_APPEND: return insert(statement, command, VONK_INSERT_APPEND);
    case VONK_TABLE_OVERWRITE: return insert(statement, command, VONK_INSERT_REPLACE_WHERE);
    case VONK_TABLE_OVERWRITE_PARTITIONS: return insert(statement, command, VONK_INSERT_OVERWRITE);
  }
  return vonk_unsupported(&statement->task, command->node.origin, "this way to write to a table");
}
