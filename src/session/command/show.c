/* show.c: SHOW DATABASES, TABLES, VIEWS, COLUMNS, FUNCTIONS, TBLPROPERTIES, CATALOGS, CURRENT NAMESPACE. */
#include <stdlib.h>

#include "bind/binder.h"
#include "catalog/catalog.h"
#include "func/lookup.h"
#include "session/command/command.h"
#include "session/pattern.h"

static void string_column(struct vonk_statement *statement, const char *name) {
  vonk_answer_column(&statement->answer, name, &vonk_type_string, false);
}

static void text_row(struct vonk_statement *statement, struct vonk_str text) { vonk_answer_texts(&statement->answer, &text); }

static bool wanted(const struct vonk_command_show *command, struct vonk_str name) {
  return !command->pattern.data || vonk_pattern_matches(command->pattern, name);
}

static STATUS databases(struct vonk_statement *statement, struct vonk_command_show *command) {
  struct vonk_name names;
  string_column(statement, "namespace");
  TRY(vonk_catalog_list_databases(&statement->task, statement->session->catalog, &names));
  for (uint32_t i = 0; i < names.count; i++) {
    if (wanted(command, names.parts[i])) text_row(statement, names.parts[i]);
  }
  return VONK_OK;
}

static bool is_view(const struct vonk_catalog_table *table) { return table->kind >= VONK_TABLE_VIEW; }
static bool is_temporary(const struct vonk_catalog_table *table) { return table->kind >= VONK_TABLE_TEMP_VIEW; }

static STATUS tables(struct vonk_statement *statement, struct vonk_command_show *command) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  bool views = command->kind == VONK_SHOW_VIEWS;
  struct vonk_str database = command->name.count ? command->name.parts[command->name.count - 1] : vonk_catalog_current_database(catalog);
  struct vonk_catalog_tables found;
  string_column(statement, "namespace");
  string_column(statement, views ? "viewName" : "tableName");
  vonk_answer_column(&statement->answer, "isTemporary", &vonk_type_boolean, false);
  statement->form = VONK_ANSWER_NAMES;
  TRY(vonk_catalog_list_tables(&statement->task, catalog, database, command->node.origin, &found));
  for (size_t i = 0; i < found.count; i++) {
    const struct vonk_catalog_table *table = found.items[i];
    if (!wanted(command, table->name) || (views && !is_view(table))) continue;
    struct vonk_value row[] = {vonk_value_text(&vonk_type_string, table->database), vonk_value_text(&vonk_type_string, table->name),
                               vonk_value_integer(&vonk_type_boolean, is_temporary(table))};
    vonk_answer_row(&statement->answer, row);
  }
  return VONK_OK;
}

static STATUS columns(struct vonk_statement *statement, struct vonk_command_show *command) {
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, command->node.origin);
  struct vonk_relation *resolved;
  read->name = command->name;
  string_column(statement, "col_name");
  TRY(vonk_statement_bind(statement, &read->relation, &resolved));
  const struct vonk_type *schema = vonk_bind_schema(statement->arena, resolved);
  for (uint32_t i = 0; i < schema->field_count; i++) text_row(statement, schema->fields[i].name);
  return VONK_OK;
}

struct functions {
  struct vonk_arena *arena;
  const struct vonk_command_show *command;
  ARRAY_OF(struct vonk_str) names;
};

static void add_function(void *object, const struct vonk_function *function) {
  struct functions *functions = object;
  struct vonk_str name = vonk_str_of(function->name);
  if (!(function->flags & VONK_FN_INTERNAL) && wanted(functions->command, name)) *ARRAY_PUSH(functions->arena, &functions->names) = name;
}

static int by_text(const void *a, const void *b) { return vonk_str_compare(*(const struct vonk_str *)a, *(const struct vonk_str *)b); }

static STATUS functions(struct vonk_statement *statement, struct vonk_command_show *command) {
  struct functions found = {.arena = statement->arena, .command = command};
  string_column(statement, "function");
  vonk_function_each(add_function, &found);
  if (found.names.count) qsort(found.names.items, found.names.count, sizeof *found.names.items, by_text);
  for (size_t i = 0; i < found.names.count; i++) {
    if (i == 0 || !vonk_str_equal(found.names.items[i], found.names.items[i - 1])) text_row(statement, found.names.items[i]);
  }
  return VONK_OK;
}

static STATUS properties(struct vonk_statement *statement, struct vonk_command_show *command) {
  const struct vonk_catalog_table *table;
  string_column(statement, "key");
  string_column(statement, "value");
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, command->name, &table));
  for (uint32_t i = 0; table && i < table->properties.count; i++) {
    const struct vonk_option *property = &table->properties.items[i];
    if (command->key.size && !vonk_str_equal(command->key, property->key)) continue;
    vonk_answer_texts(&statement->answer, (struct vonk_str[]){property->key, property->value});
  }
  return VONK_OK;
}

STATUS vonk_command_show_run(struct vonk_statement *statement, struct vonk_command_show *command) {
  switch (command->kind) {
    case VONK_SHOW_DATABASES: return databases(statement, command);
    case VONK_SHOW_TABLES:
    case VONK_SHOW_VIEWS: return tables(statement, command);
    case VONK_SHOW_COLUMNS: return columns(statement, command);
    case VONK_SHOW_FUNCTIONS: return functions(statement, command);
    case VONK_SHOW_TBLPROPERTIES: return properties(statement, command);
    case VONK_SHOW_CATALOGS:
      string_column(statement, "catalog");
      text_row(statement, STR("spark_catalog"));
      return VONK_OK;
    case VONK_SHOW_CURRENT_NAMESPACE:
      string_column(statement, "catalog");
      string_column(statement, "namespace");
      vonk_answer_texts(&statement->answer,
                        (struct vonk_str[]){STR("spark_catalog"), vonk_catalog_current_database(statement->session->catalog)});
      return VONK_OK;
    default: return vonk_unsupported(&statement->task, command->node.origin, "this form of SHOW");
  }
}
