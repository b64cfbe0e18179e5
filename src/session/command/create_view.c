/* create_view.c: CREATE [OR REPLACE] [GLOBAL] [TEMPORARY] VIEW, AS a query or USING a format. */
#include "bind/binder.h"
#include "session/command/command.h"

/* May the setting differ from view to view? Static ones hold for the whole session. */
static bool is_kept(struct vonk_str key) {
  enum vonk_conf_key known = vonk_conf_find(key);
  return vonk_str_starts_with(key, STR("spark.sql.")) && (known == VONK_CONF_KEY_COUNT || vonk_conf_rows[known].scope == VONK_CONF_SCOPE_RUNTIME);
}

/* The settings under which a view's text is bound later, as Spark keeps them: all of spark.sql that can change. */
static struct vonk_options settings(struct vonk_statement *statement) {
  const struct vonk_conf_setting *all;
  size_t count = vonk_conf_settings(statement->conf, &all);
  struct vonk_option *items = ARENA_ARRAY(statement->arena, struct vonk_option, count);
  uint32_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (is_kept(all[i].key)) items[kept++] = (struct vonk_option){all[i].key, all[i].value};
  }
  return (struct vonk_options){items, kept};
}

/* The query's columns, named as the view names them. */
static STATUS schema_of(struct vonk_statement *statement, struct vonk_command_create_view *command, const struct vonk_type **out) {
  struct vonk_relation *resolved;
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  const struct vonk_type *schema = *out = vonk_bind_schema(statement->arena, resolved);
  if (command->column_names.count == 0) return VONK_OK;
  if (command->column_names.count != schema->field_count) {
    return vonk_raise(&statement->task, VONK_ASSIGNMENT_ARITY_MISMATCH, command->node.origin, "numExpr",
                      vonk_str_format(statement->arena, "%u", command->column_names.count), "numTarget",
                      vonk_str_format(statement->arena, "%u", schema->field_count), NULL);
  }
  struct vonk_type_field *fields = vonk_arena_copy(statement->arena, schema->fields, schema->field_count * sizeof *fields);
  for (uint32_t i = 0; i < schema->field_count; i++) fields[i].name = command->column_names.parts[i];
  *out = vonk_type_struct(statement->arena, fields, schema->field_count);
  return VONK_OK;
}

STATUS vonk_command_create_view_run(struct vonk_statement *statement, struct vonk_command_create_view *command) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  static const enum vonk_table_kind kinds[] = {
      [VONK_VIEW_PERSISTENT] = VONK_TABLE_VIEW, [VONK_VIEW_TEMP] = VONK_TABLE_TEMP_VIEW, [VONK_VIEW_GLOBAL_TEMP] = VONK_TABLE_GLOBAL_TEMP_VIEW};
  struct vonk_catalog_table view = {
      .kind = kinds[command->life],
      .name = command->name.parts[command->name.count - 1],
      .schema = command->schema,
      .format = command->format,
      .options = command->options,
      .properties = command->properties,
      .comment = command->comment,
      .owner = statement->session->user,
      .created_ms = statement->session->start_micros / 1000,
      .view_text = command->query_text,
      .view_columns = command->column_names,
      .view_database = vonk_catalog_current_database(catalog),
      .view_settings = settings(statement),
  };
  if (command->query) TRY(schema_of(statement, command, &view.schema));
  if (command->life != VONK_VIEW_PERSISTENT) {
    if (command->life == VONK_VIEW_GLOBAL_TEMP) view.database = STR("global_temp");
    const struct vonk_catalog_table *old = NULL;
    if (command->if_not_exists) TRY(vonk_catalog_find(&statement->task, catalog, command->name, &old));
    return old ? VONK_OK : vonk_catalog_put_temporary(&statement->task, catalog, &view, command->replace, command->node.origin);
  }
  TRY(vonk_catalog_resolve(&statement->task, catalog, command->name, command->node.origin, &view.database, &view.name));
  const struct vonk_catalog_table *old;
  TRY(vonk_catalog_find(&statement->task, catalog, (struct vonk_name){(struct vonk_str[]){view.database, view.name}, 2}, &old));
  if (old && command->if_not_exists) return VONK_OK;
  return vonk_catalog_put(&statement->task, catalog, &view, command->replace, command->node.origin);
}
