/* create_view.c: CREATE [OR REPLACE] [GLOBAL] [TEMPORARY] VIEW, AS a query or USING a format. */
#include "base/clock.h"
#include "session/command/command.h"
#include "session/target.h"
#include "session/view.h"

/* A view USING a format reads its files now, so that what is wrong with them shows at once. */
static STATUS look_at_files(struct vonk_statement *statement, const struct vonk_command_create_view *command) {
  const struct vonk_source *source;
  struct vonk_source_request request = {.format = command->format, .options = command->options, .schema = command->schema, .origin = command->node.origin};
  struct vonk_str *paths = ARENA_ARRAY(statement->arena, struct vonk_str, command->options.count);
  for (uint32_t i = 0; i < command->options.count; i++) {
    if (vonk_str_equal_nocase(command->options.items[i].key, STR("path"))) paths[request.paths.count++] = command->options.items[i].value;
  }
  request.paths.parts = paths;
  return vonk_source_open(&statement->task, statement->session->catalog, statement->conf, &request, &source);
}

static STATUS put_temporary(struct vonk_statement *statement, const struct vonk_command_create_view *command, struct vonk_catalog_table *view) {
  if (command->life == VONK_VIEW_GLOBAL_TEMP) view->database = STR("global_temp");
  return vonk_catalog_put_temporary(&statement->task, statement->session->catalog, view, command->replace, command->node.origin);
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
      .created_ms = vonk_clock_wall_micros() / 1000,
  };
  const struct vonk_catalog_table *old = NULL;
  if (command->life == VONK_VIEW_PERSISTENT) {
    TRY(vonk_catalog_resolve(&statement->task, catalog, command->name, command->node.origin, &view.database, &view.name));
    TRY(vonk_catalog_check_name(&statement->task, view.name, command->node.origin));
    TRY(vonk_catalog_find(&statement->task, catalog, (struct vonk_name){(struct vonk_str[]){view.database, view.name}, 2}, &old));
  }
  if (old && command->if_not_exists) return VONK_OK;
  struct vonk_view_request request = {command->query, command->query_text, command->column_names, command->column_comments, command->node.origin};
  if (command->query) TRY(vonk_view_describe(statement, &request, &view));
  else TRY(look_at_files(statement, command));
  if (command->life != VONK_VIEW_PERSISTENT) return put_temporary(statement, command, &view);
  if (old && command->replace && !vonk_target_is_view(old)) {
    struct vonk_str name = vonk_target_quoted(statement->arena, old);
    return vonk_raise(&statement->task, VONK_EXPECT_VIEW_NOT_TABLE__NO_ALTERNATIVE, command->node.origin, "tableName", name, "operation",
                      STR("CREATE OR REPLACE VIEW"), NULL);
  }
  return vonk_catalog_put(&statement->task, catalog, &view, command->replace, command->node.origin);
}
