/* describe.c: DESCRIBE [TABLE] [EXTENDED] name [PARTITION (...)] [column]: columns, then partitioning, then what is known of the table. */
#include "bind/binder.h"
#include "fs/fs.h"
#include "session/command/command.h"
#include "session/describe_columns.h"
#include "session/table_details.h"
#include "session/target.h"

static void put(struct vonk_statement *statement, struct vonk_str name, struct vonk_str value) {
  vonk_answer_texts(&statement->answer, (struct vonk_str[]){name, value, STR("")});
}

static void put_partitioning(struct vonk_statement *statement, const struct vonk_catalog_table *table) {
  uint32_t count = table->partition_columns.count;
  if (count == 0) return;
  put(statement, STR("# Partition Information"), STR(""));
  vonk_answer_texts(&statement->answer, (struct vonk_str[]){STR("# col_name"), STR("data_type"), STR("comment")});
  struct vonk_type tail = {.id = VONK_TYPE_STRUCT, .fields = table->schema->fields + table->schema->field_count - count, .field_count = count};
  vonk_describe_fields(statement, &tail);
}

static void put_details(struct vonk_statement *statement, const struct vonk_catalog_table *table) {
  struct vonk_options details = vonk_table_details(statement, table);
  put(statement, STR(""), STR(""));
  put(statement, STR("# Detailed Table Information"), STR(""));
  for (uint32_t i = 0; i < details.count; i++) put(statement, details.items[i].key, details.items[i].value);
}

/* --- partitions --- */

static void put_partition(struct vonk_statement *statement, const struct vonk_catalog_table *table, struct vonk_str path) {
  struct vonk_text values;
  vonk_text_init(&values, statement->arena);
  vonk_text_add_char(&values, '[');
  for (size_t i = 0; i < path.size; i++) {
    if (path.data[i] == '/') vonk_text_add(&values, STR(", "));
    else vonk_text_add_char(&values, path.data[i]);
  }
  vonk_text_add_char(&values, ']');
  struct vonk_str uri = vonk_fs_uri(statement->arena, table->location);
  put(statement, STR(""), STR(""));
  put(statement, STR("# Detailed Partition Information"), STR(""));
  put(statement, STR("Database"), table->database);
  put(statement, STR("Table"), table->name);
  put(statement, STR("Partition Values"), vonk_text_str(&values));
  put(statement, STR("Location"), vonk_str_format(statement->arena, STR_FMT "/" STR_FMT, STR_ARG(uri), STR_ARG(path)));
  put(statement, STR("Created Time"), vonk_time_text(statement, table->created_ms));
  put(statement, STR("Last Access"), STR("UNKNOWN"));
  put(statement, STR(""), STR(""));
  put(statement, STR("# Storage Information"), STR(""));
  put(statement, STR("Location"), uri);
}

static STATUS describe_partition(struct vonk_statement *statement, const struct vonk_command_describe *command, const struct vonk_catalog_table *table) {
  struct vonk_target_partition partition;
  struct vonk_name all;
  bool found = false;
  TRY(vonk_target_partition(statement, table, command->partition, command->node.origin, &partition));
  struct vonk_str path = vonk_target_partition_path(statement->arena, &partition, table->partition_columns.count);
  TRY(vonk_catalog_list_partitions(&statement->task, table, &all));
  for (uint32_t i = 0; i < all.count; i++) found |= vonk_str_equal(all.parts[i], path);
  if (!found) return vonk_target_no_partition(statement, table, path, command->node.origin);
  if (command->extended) put_partition(statement, table, path);
  return VONK_OK;
}

/* --- one column --- */

static struct vonk_str statistic(struct vonk_statement *statement, const struct vonk_catalog_table *table, struct vonk_str column, const char *name) {
  struct vonk_str key = vonk_str_format(statement->arena, STR_FMT ".%s", STR_ARG(column), name);
  struct vonk_str value = vonk_options_get(table->statistics, key);
  return value.data ? value : STR("NULL");
}

static STATUS describe_column(struct vonk_statement *statement, const struct vonk_command_describe *command, const struct vonk_catalog_table *table,
                              const struct vonk_type *schema) {
  static const char *const names[] = {"min", "max", "num_nulls", "distinct_count", "avg_col_len", "max_col_len", "histogram"};
  struct vonk_answer *answer = &statement->answer;
  struct vonk_str name = command->column.parts[0];
  uint32_t place = vonk_target_field(schema, name);
  if (place == schema->field_count) {
    return vonk_raise(&statement->task, VONK_COLUMN_NOT_FOUND, command->node.origin, "colName", vonk_type_quote(statement->arena, name),
                      "caseSensitiveConfig", STR("\"spark.sql.caseSensitive\""), NULL);
  }
  if (command->column.count > 1) {
    return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1060, command->node.origin, "command", STR("DESC TABLE COLUMN"), "column", name, NULL);
  }
  const struct vonk_type_field *field = &schema->fields[place];
  struct vonk_str comment = vonk_type_field_comment(statement->arena, field);
  vonk_answer_described_column(answer, "info_name", false, "name of the column info");
  vonk_answer_described_column(answer, "info_value", false, "value of the column info");
  vonk_answer_texts(answer, (struct vonk_str[]){STR("col_name"), field->name});
  vonk_answer_texts(answer, (struct vonk_str[]){STR("data_type"), vonk_type_simple_string(statement->arena, field->type)});
  vonk_answer_texts(answer, (struct vonk_str[]){STR("comment"), comment.data ? comment : STR("NULL")});
  for (size_t i = 0; i < COUNT_OF(names) && command->extended; i++) {
    vonk_answer_texts(answer, (struct vonk_str[]){vonk_str_of(names[i]), statistic(statement, table, field->name, names[i])});
  }
  return VONK_OK;
}

/* Views over files have the columns of the files. */
static STATUS schema_of(struct vonk_statement *statement, const struct vonk_command_describe *command, const struct vonk_catalog_table *table,
                        const struct vonk_type **out) {
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, command->node.origin);
  struct vonk_relation *resolved;
  *out = table->schema;
  if (*out) return VONK_OK;
  read->name = command->name;
  TRY(vonk_statement_bind(statement, &read->relation, &resolved));
  *out = vonk_bind_schema(statement->arena, resolved);
  return VONK_OK;
}

static void put_defaults(struct vonk_statement *statement, const struct vonk_type *schema) {
  bool any = false;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    struct vonk_str value = vonk_type_field_default(statement->arena, field);
    if (!value.data) continue;
    if (!any) {
      vonk_answer_texts(&statement->answer, (struct vonk_str[]){STR(""), STR(""), STR("")});
      vonk_answer_texts(&statement->answer, (struct vonk_str[]){STR("# Column Default Values"), STR(""), STR("")});
    }
    any = true;
    vonk_answer_texts(&statement->answer, (struct vonk_str[]){field->name, vonk_type_simple_string(statement->arena, field->type), value});
  }
}

STATUS vonk_command_describe_run(struct vonk_statement *statement, struct vonk_command_describe *command) {
  const struct vonk_catalog_table *table;
  const struct vonk_type *schema;
  if (command->as_json) return vonk_unsupported(&statement->task, command->node.origin, "DESCRIBE ... AS JSON");
  TRY(vonk_target_relation(statement, command->name, command->at, &table));
  TRY(schema_of(statement, command, table, &schema));
  if (command->column.count) return describe_column(statement, command, table, schema);
  vonk_describe_head(statement);
  vonk_describe_fields(statement, schema);
  put_partitioning(statement, table);
  if (command->partition.count) TRY(describe_partition(statement, command, table));
  else if (command->extended && !vonk_catalog_is_temporary(table)) put_details(statement, table);
  put_defaults(statement, schema);
  return VONK_OK;
}
