/* table.c: tables and views. */
#include "bind/binder.h"
#include "catalog/catalog.h"
#include "plan/command.h"
#include "session/cache.h"
#include "session/catalog_call/catalog_call.h"
#include "session/execute.h"
#include "session/query.h"
#include "session/target.h"

/* --- descriptions --- */

static void table_columns(struct catalog_call *call) {
  catalog_call_text_column(call, "name");
  catalog_call_text_column(call, "catalog");
  vonk_answer_column(call->answer, "namespace", catalog_call_names_type(call), true);
  catalog_call_text_column(call, "description");
  catalog_call_text_column(call, "tableType");
  vonk_answer_column(call->answer, "isTemporary", &vonk_type_boolean, false);
}

static void put_table(struct catalog_call *call, const struct vonk_catalog_table *table) {
  static const struct vonk_str kinds[] = {[VONK_TABLE_MANAGED] = STR("MANAGED"), [VONK_TABLE_EXTERNAL] = STR("EXTERNAL"), [VONK_TABLE_VIEW] = STR("VIEW"),
                                          [VONK_TABLE_TEMP_VIEW] = STR("TEMPORARY"), [VONK_TABLE_GLOBAL_TEMP_VIEW] = STR("TEMPORARY")};
  bool temporary = vonk_catalog_is_temporary(table);
  struct vonk_name space = {&table->database, table->database.size ? 1 : 0};
  struct vonk_value row[] = {
      vonk_value_text(&vonk_type_string, table->name),
      catalog_call_text(temporary ? (struct vonk_str){0} : STR("spark_catalog")),
      catalog_call_names(call, call->answer->columns.items[2].type, space),
      catalog_call_text(table->comment),
      vonk_value_text(&vonk_type_string, kinds[table->kind]),
      vonk_value_integer(&vonk_type_boolean, temporary),
  };
  vonk_answer_row(call->answer, row);
}

static STATUS list(struct catalog_call *call, bool views_alone) {
  struct vonk_statement *statement = call->statement;
  struct vonk_catalog_session *catalog = statement->session->catalog;
  struct vonk_str database = call->asked->database.size ? call->asked->database : vonk_catalog_current_database(catalog);
  struct vonk_catalog_tables tables;
  struct vonk_name name;
  TRY(vonk_sql_parse_name(&statement->task, database, &name));
  TRY(vonk_catalog_database_name(&statement->task, name, call->asked->relation.node.origin, &database));
  table_columns(call);
  TRY(vonk_catalog_list_tables(&statement->task, catalog, database, call->asked->relation.node.origin, &tables));
  for (size_t i = 0; i < tables.count; i++) {
    bool wanted = !views_alone || vonk_target_is_view(tables.items[i]);
    if (wanted && catalog_call_wants(call, tables.items[i]->name)) put_table(call, tables.items[i]);
  }
  return VONK_OK;
}

STATUS catalog_call_list_tables(struct catalog_call *call) { return list(call, false); }
STATUS catalog_call_list_views(struct catalog_call *call) { return list(call, true); }

static STATUS find(struct catalog_call *call, const struct vonk_catalog_table **out) {
  struct vonk_name name;
  TRY(catalog_call_name(call, &name));
  return vonk_target_find(call->statement, name, call->asked->relation.node.origin, out);
}

STATUS catalog_call_get_table(struct catalog_call *call) {
  const struct vonk_catalog_table *table;
  TRY(find(call, &table));
  table_columns(call);
  put_table(call, table);
  return VONK_OK;
}

STATUS catalog_call_table_exists(struct catalog_call *call) {
  const struct vonk_catalog_table *table;
  struct vonk_name name;
  TRY(catalog_call_name(call, &name));
  TRY(vonk_catalog_find(&call->statement->task, call->statement->session->catalog, name, &table));
  catalog_call_answer_flag(call, table != NULL);
  return VONK_OK;
}

static bool is_among(struct vonk_name names, struct vonk_str name) {
  for (uint32_t i = 0; i < names.count; i++) {
    if (vonk_str_equal_nocase(names.parts[i], name)) return true;
  }
  return false;
}

STATUS catalog_call_list_columns(struct catalog_call *call) {
  static const char *const flags[] = {"nullable", "isPartition", "isBucket", "isCluster"};
  struct vonk_statement *statement = call->statement;
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, call->asked->relation.node.origin);
  const struct vonk_catalog_table *table;
  struct vonk_relation *resolved;
  TRY(catalog_call_name(call, &read->name));
  TRY(find(call, &table));
  TRY(vonk_statement_bind(statement, &read->relation, &resolved));
  catalog_call_text_column(call, "name");
  catalog_call_text_column(call, "description");
  catalog_call_text_column(call, "dataType");
  for (size_t i = 0; i < COUNT_OF(flags); i++) vonk_answer_column(call->answer, flags[i], &vonk_type_boolean, false);
  const struct vonk_type *schema = vonk_bind_schema(statement->arena, resolved);
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    struct vonk_value no = vonk_value_integer(&vonk_type_boolean, false);
    struct vonk_value row[] = {
        vonk_value_text(&vonk_type_string, field->name),
        catalog_call_text(vonk_type_field_comment(statement->arena, field)),
        vonk_value_text(&vonk_type_string, vonk_type_simple_string(statement->arena, field->type)),
        vonk_value_integer(&vonk_type_boolean, field->nullable),
        vonk_value_integer(&vonk_type_boolean, is_among(table->partition_columns, field->name)),
        no, no};
    vonk_answer_row(call->answer, row);
  }
  return VONK_OK;
}

static void put_pair(struct catalog_call *call, struct vonk_str key, struct vonk_str value) {
  vonk_answer_texts(call->answer, (struct vonk_str[]){key, value});
}

STATUS catalog_call_get_table_properties(struct catalog_call *call) {
  const struct vonk_catalog_table *table;
  TRY(find(call, &table));
  catalog_call_text_column(call, "key");
  catalog_call_text_column(call, "value");
  for (uint32_t i = 0; i < table->properties.count; i++) put_pair(call, table->properties.items[i].key, table->properties.items[i].value);
  return VONK_OK;
}

STATUS catalog_call_list_partitions(struct catalog_call *call) {
  const struct vonk_catalog_table *table;
  struct vonk_name partitions;
  TRY(find(call, &table));
  TRY(vonk_catalog_list_partitions(&call->statement->task, table, &partitions));
  catalog_call_text_column(call, "partition");
  for (uint32_t i = 0; i < partitions.count; i++) vonk_answer_texts(call->answer, &partitions.parts[i]);
  return VONK_OK;
}

/* --- what SQL has a command for --- */

STATUS catalog_call_get_create_table_string(struct catalog_call *call) {
  struct vonk_statement *statement = call->statement;
  struct vonk_command_show *command = COMMAND_NEW(statement->arena, show, call->asked->relation.node.origin);
  struct vonk_answer kept = statement->answer;
  TRY(catalog_call_name(call, &command->name));
  if (call->asked->flag) return vonk_unsupported(&statement->task, call->asked->relation.node.origin, "SHOW CREATE TABLE AS SERDE");
  command->kind = VONK_SHOW_CREATE_TABLE;
  statement->answer = (struct vonk_answer){.arena = statement->arena};
  enum vonk_status status = vonk_statement_execute_node(statement, &command->node);
  struct vonk_answer made = statement->answer;
  statement->answer = kept;
  TRY(status);
  catalog_call_answer_text(call, made.rows.items[0][0].text);
  return VONK_OK;
}

STATUS catalog_call_create_table(struct catalog_call *call) {
  const struct vonk_relation_catalog *asked = call->asked;
  struct vonk_arena *arena = call->statement->arena;
  struct vonk_command_create_table *command = COMMAND_NEW(arena, create_table, asked->relation.node.origin);
  uint32_t count = asked->schema ? asked->schema->field_count : 0;
  struct vonk_column_definition *columns = ARENA_ARRAY(arena, struct vonk_column_definition, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_type_field *field = &asked->schema->fields[i];
    columns[i] = (struct vonk_column_definition){.name = field->name, .type = field->type, .not_null = !field->nullable, .comment = vonk_type_field_comment(arena, field)};
  }
  TRY(catalog_call_name(call, &command->name));
  command->columns = columns;
  command->column_count = count;
  command->format = asked->source;
  command->options = asked->options;
  command->location = asked->path;
  command->comment = asked->description;
  return catalog_call_command(call, &command->node);
}

static STATUS drop(struct catalog_call *call, bool is_view) {
  struct vonk_command_drop_table *command = COMMAND_NEW(call->statement->arena, drop_table, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  command->is_view = is_view;
  command->if_exists = call->asked->flag;
  command->purge = call->asked->cascade;
  return catalog_call_command(call, &command->node);
}

STATUS catalog_call_drop_table(struct catalog_call *call) { return drop(call, false); }
STATUS catalog_call_drop_view(struct catalog_call *call) { return drop(call, true); }

/* Answers whether there was one. */
static STATUS drop_temporary(struct catalog_call *call, struct vonk_name name) {
  struct vonk_catalog_session *catalog = call->statement->session->catalog;
  const struct vonk_catalog_table *view;
  TRY(vonk_catalog_find(&call->statement->task, catalog, name, &view));
  bool found = view && vonk_catalog_is_temporary(view);
  if (found) TRY(vonk_catalog_drop(&call->statement->task, catalog, name, true, true, NULL));
  catalog_call_answer_flag(call, found);
  return VONK_OK;
}

STATUS catalog_call_drop_temp_view(struct catalog_call *call) {
  struct vonk_str name = call->asked->name;
  return drop_temporary(call, (struct vonk_name){&name, 1});
}

STATUS catalog_call_drop_global_temp_view(struct catalog_call *call) {
  struct vonk_str name[] = {STR("global_temp"), call->asked->name};
  return drop_temporary(call, (struct vonk_name){name, 2});
}

STATUS catalog_call_recover_partitions(struct catalog_call *call) {
  struct vonk_command_alter_table *command = COMMAND_NEW(call->statement->arena, alter_table, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  command->kind = VONK_ALTER_RECOVER_PARTITIONS;
  return catalog_call_command(call, &command->node);
}

STATUS catalog_call_truncate_table(struct catalog_call *call) {
  struct vonk_command_truncate *command = COMMAND_NEW(call->statement->arena, truncate, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  return catalog_call_command(call, &command->node);
}

STATUS catalog_call_analyze_table(struct catalog_call *call) {
  struct vonk_command_analyze *command = COMMAND_NEW(call->statement->arena, analyze, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  command->no_scan = call->asked->flag;
  return catalog_call_command(call, &command->node);
}

/* --- caches --- */

STATUS catalog_call_is_cached(struct catalog_call *call) {
  struct vonk_relation_read *read = RELATION_NEW(call->statement->arena, read, call->asked->relation.node.origin);
  struct vonk_relation *resolved;
  TRY(catalog_call_name(call, &read->name));
  TRY(vonk_statement_bind(call->statement, &read->relation, &resolved));
  catalog_call_answer_flag(call, vonk_cache_has(call->statement, resolved, NULL));
  return VONK_OK;
}

STATUS catalog_call_cache_table(struct catalog_call *call) {
  struct vonk_command_cache *command = COMMAND_NEW(call->statement->arena, cache, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  command->lazy = true;
  return catalog_call_command(call, &command->node);
}

static STATUS uncache(struct catalog_call *call, bool all) {
  struct vonk_command_uncache *command = COMMAND_NEW(call->statement->arena, uncache, call->asked->relation.node.origin);
  if (!all) TRY(catalog_call_name(call, &command->name));
  command->all = all;
  return catalog_call_command(call, &command->node);
}

STATUS catalog_call_uncache_table(struct catalog_call *call) { return uncache(call, false); }
STATUS catalog_call_clear_cache(struct catalog_call *call) { return uncache(call, true); }

STATUS catalog_call_refresh_table(struct catalog_call *call) {
  struct vonk_command_refresh *command = COMMAND_NEW(call->statement->arena, refresh, call->asked->relation.node.origin);
  TRY(catalog_call_name(call, &command->name));
  return catalog_call_command(call, &command->node);
}

STATUS catalog_call_refresh_by_path(struct catalog_call *call) {
  struct vonk_command_refresh *command = COMMAND_NEW(call->statement->arena, refresh, call->asked->relation.node.origin);
  command->path = call->asked->path;
  return catalog_call_command(call, &command->node);
}
