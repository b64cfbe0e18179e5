/* describe.c: DESCRIBE [TABLE] [EXTENDED] name: columns, then partitioning, then what is known of the table. */
#include "bind/binder.h"
#include "session/command/command.h"
#include "session/describe_columns.h"

static void put(struct vonk_statement *statement, struct vonk_str name, struct vonk_str value) {
  vonk_answer_texts(&statement->answer, (struct vonk_str[]){name, value, STR("")});
}

static void put_partitioning(struct vonk_statement *statement, const struct vonk_catalog_table *table) {
  uint32_t count = table->partition_columns.count;
  if (count == 0) return;
  put(statement, STR("# Partition Information"), STR(""));
  put(statement, STR("# col_name"), STR("data_type"));
  struct vonk_type tail = {.id = VONK_TYPE_STRUCT, .fields = table->schema->fields + table->schema->field_count - count, .field_count = count};
  vonk_describe_fields(statement, &tail);
}

static void put_details(struct vonk_statement *statement, const struct vonk_catalog_table *table) {
  static const char *const kinds[] = {"MANAGED", "EXTERNAL", "VIEW", "VIEW", "VIEW"};
  put(statement, STR(""), STR(""));
  put(statement, STR("# Detailed Table Information"), STR(""));
  put(statement, STR("Catalog"), STR("spark_catalog"));
  put(statement, STR("Database"), table->database);
  put(statement, STR("Table"), table->name);
  put(statement, STR("Owner"), table->owner);
  put(statement, STR("Type"), vonk_str_of(kinds[table->kind]));
  if (table->format.size) put(statement, STR("Provider"), table->format);
  if (table->comment.size) put(statement, STR("Comment"), table->comment);
  if (table->view_text.size) put(statement, STR("View Text"), table->view_text);
  if (table->location.size) put(statement, STR("Location"), table->location);
}

STATUS vonk_command_describe_run(struct vonk_statement *statement, struct vonk_command_describe *command) {
  if (command->column.count || command->as_json || command->partition.count) {
    return vonk_unsupported(&statement->task, command->node.origin, "DESCRIBE of a column or partition, or AS JSON");
  }
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, command->node.origin);
  struct vonk_relation *resolved;
  const struct vonk_catalog_table *table;
  read->name = command->name;
  TRY(vonk_statement_bind(statement, &read->relation, &resolved));
  vonk_describe_head(statement);
  vonk_describe_fields(statement, vonk_bind_schema(statement->arena, resolved));
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, command->name, &table));
  if (table) put_partitioning(statement, table);
  if (table && command->extended) put_details(statement, table);
  return VONK_OK;
}
