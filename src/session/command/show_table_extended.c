/* show_table_extended.c: SHOW TABLE EXTENDED [IN database] LIKE 'pattern'. */
#include "session/command/show.h"
#include "session/pattern.h"
#include "session/table_details.h"
#include "session/target.h"
#include "type/tree.h"

static struct vonk_str information(struct vonk_statement *statement, const struct vonk_catalog_table *table) {
  struct vonk_options details = vonk_table_details(statement, table);
  struct vonk_text text;
  vonk_text_init(&text, statement->arena);
  for (uint32_t i = 0; i < details.count; i++) {
    if (vonk_catalog_is_temporary(table) && details.items[i].value.size == 0) continue;
    vonk_text_addf(&text, STR_FMT ": " STR_FMT "\n", STR_ARG(details.items[i].key), STR_ARG(details.items[i].value));
  }
  struct vonk_str partition = vonk_name_list(statement->arena, table->partition_columns);
  if (partition.size) vonk_text_addf(&text, "Partition Columns: [" STR_FMT "]\n", STR_ARG(partition));
  if (table->schema) vonk_text_addf(&text, "Schema: " STR_FMT "\n", STR_ARG(vonk_type_tree(statement->arena, table->schema, 0)));
  return vonk_text_str(&text);
}

STATUS vonk_show_table_extended(struct vonk_statement *statement, const struct vonk_command_show *command) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  struct vonk_str database = command->name.count ? command->name.parts[command->name.count - 1] : vonk_catalog_current_database(catalog);
  struct vonk_catalog_tables found;
  if (command->partition.count) return vonk_unsupported(&statement->task, command->node.origin, "SHOW TABLE EXTENDED of a partition");
  vonk_answer_column(&statement->answer, "namespace", &vonk_type_string, false);
  vonk_answer_column(&statement->answer, "tableName", &vonk_type_string, false);
  vonk_answer_column(&statement->answer, "isTemporary", &vonk_type_boolean, false);
  vonk_answer_column(&statement->answer, "information", &vonk_type_string, false);
  TRY(vonk_catalog_list_tables(&statement->task, catalog, database, command->node.origin, &found));
  for (size_t i = 0; i < found.count; i++) {
    const struct vonk_catalog_table *table = found.items[i];
    if (!vonk_pattern_matches(command->pattern, table->name)) continue;
    struct vonk_value row[] = {vonk_value_text(&vonk_type_string, table->database), vonk_value_text(&vonk_type_string, table->name),
                               vonk_value_integer(&vonk_type_boolean, vonk_catalog_is_temporary(table)),
                               vonk_value_text(&vonk_type_string, information(statement, table))};
    vonk_answer_row(&statement->answer, row);
  }
  return VONK_OK;
}
