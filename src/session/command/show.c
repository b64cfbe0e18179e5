/* show.c: SHOW DATABASES, TABLES, VIEWS, COLUMNS, FUNCTIONS, TBLPROPERTIES, CATALOGS, CURRENT NAMESPACE; the others have files of their own. */
#include <stdlib.h>

#include "bind/binder.h"
#include "catalog/catalog.h"
#include "func/lookup.h"
#include "session/command/show.h"
#include "session/pattern.h"
#include "session/python.h"
#include "session/table_details.h"
#include "session/target.h"

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

/* SHOW COLUMNS IN t IN d means d.t, and may not contradict it. */
static STATUS name_with_database(struct vonk_statement *statement, const struct vonk_command_show *command, struct vonk_name *out) {
  struct vonk_name name = command->name, database = command->database;
  *out = name;
  if (database.count == 0) return VONK_OK;
  struct vonk_str wanted = database.parts[database.count - 1];
  if (name.count > 1 && !vonk_str_equal_nocase(name.parts[name.count - 2], wanted)) {
    return vonk_raise(&statement->task, VONK_SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE, command->node.origin, "namespaceA",
                      vonk_type_quote(statement->arena, wanted), "namespaceB", vonk_type_quote(statement->arena, name.parts[name.count - 2]), NULL);
  }
  struct vonk_str *parts = ARENA_ARRAY(statement->arena, struct vonk_str, 2);
  parts[0] = wanted;
  parts[1] = name.parts[name.count - 1];
  *out = (struct vonk_name){parts, 2};
  return VONK_OK;
}

static STATUS columns(struct vonk_statement *statement, struct vonk_command_show *command) {
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, command->at);
  const struct vonk_catalog_table *table;
  struct vonk_relation *resolved;
  string_column(statement, "col_name");
  TRY(name_with_database(statement, command, &read->name));
  TRY(vonk_target_find(statement, read->name, command->at, &table));
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

/* What the session has registered, and what DATABASE has. */
static STATUS add_user_functions(struct vonk_statement *statement, struct vonk_str database, struct functions *functions) {
  struct vonk_name names = vonk_session_function_names(statement->session, statement->arena);
  struct vonk_catalog_functions found = {0};
  for (uint32_t i = 0; i < names.count; i++) {
    if (wanted(functions->command, names.parts[i])) *ARRAY_PUSH(functions->arena, &functions->names) = names.parts[i];
  }
  TRY(vonk_catalog_list_functions(&statement->task, statement->session->catalog, database, &found));
  for (size_t i = 0; i < found.count; i++) {
    struct vonk_str name = found.items[i]->name;
    if (!wanted(functions->command, name)) continue;
    *ARRAY_PUSH(functions->arena, &functions->names) =
        vonk_str_format(functions->arena, "spark_catalog." STR_FMT "." STR_FMT, STR_ARG(found.items[i]->database), STR_ARG(name));
  }
  return VONK_OK;
}

static STATUS functions(struct vonk_statement *statement, struct vonk_command_show *command) {
  struct functions found = {.arena = statement->arena, .command = command};
  const struct vonk_catalog_database *database;
  string_column(statement, "function");
  if (command->name.count) {
    struct vonk_str name = command->name.parts[command->name.count - 1];
    TRY(vonk_catalog_find_database(&statement->task, statement->session->catalog, name, &database));
    if (!database) return vonk_catalog_no_database(&statement->task, name, command->node.origin);
  }
  struct vonk_str in = command->name.count ? command->name.parts[command->name.count - 1] : vonk_catalog_current_database(statement->session->catalog);
  if (!vonk_str_equal(command->key, STR("user"))) vonk_function_each(add_function, &found);
  if (!vonk_str_equal(command->key, STR("system"))) TRY(add_user_functions(statement, in, &found));
  if (found.names.count) qsort(found.names.items, found.names.count, sizeof *found.names.items, by_text);
  for (size_t i = 0; i < found.names.count; i++) {
    if (i == 0 || !vonk_str_equal(found.names.items[i], found.names.items[i - 1])) text_row(statement, found.names.items[i]);
  }
  return VONK_OK;
}

/* The options of the format are properties too, as Spark shows them. */
static struct vonk_options all_properties(struct vonk_arena *arena, const struct vonk_catalog_table *table) {
  struct vonk_option *items = ARENA_ARRAY(arena, struct vonk_option, table->properties.count + table->options.count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < table->properties.count; i++) items[count++] = table->properties.items[i];
  for (uint32_t i = 0; i < table->options.count; i++) {
    struct vonk_str key = vonk_str_format(arena, "option." STR_FMT, STR_ARG(table->options.items[i].key));
    items[count++] = (struct vonk_option){key, table->options.items[i].value};
  }
  return vonk_options_sorted(arena, (struct vonk_options){items, count});
}

static STATUS properties(struct vonk_statement *statement, struct vonk_command_show *command) {
  const struct vonk_catalog_table *table;
  string_column(statement, "key");
  string_column(statement, "value");
  TRY(vonk_target_find(statement, command->name, command->at, &table));
  if (vonk_catalog_is_temporary(table)) return VONK_OK;
  struct vonk_options all = all_properties(statement->arena, table);
  if (command->key.size) {
    struct vonk_str value = vonk_options_get(all, command->key), name = vonk_target_dotted(statement->arena, table);
    struct vonk_str none = vonk_str_format(statement->arena, "Table " STR_FMT " does not have property: " STR_FMT, STR_ARG(name), STR_ARG(command->key));
    vonk_answer_texts(&statement->answer, (struct vonk_str[]){command->key, value.data ? value : none});
    return VONK_OK;
  }
  for (uint32_t i = 0; i < all.count; i++) vonk_answer_texts(&statement->answer, (struct vonk_str[]){all.items[i].key, all.items[i].value});
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
    case VONK_SHOW_CREATE_TABLE: return vonk_show_create_table(statement, command);
    case VONK_SHOW_PARTITIONS: return vonk_show_partitions(statement, command);
    case VONK_SHOW_TABLE_EXTENDED: return vonk_show_table_extended(statement, command);
    case VONK_SHOW_CATALOGS:
      string_column(statement, "catalog");
      if (wanted(command, STR("spark_catalog"))) text_row(statement, STR("spark_catalog"));
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
