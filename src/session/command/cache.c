/* cache.c: CACHE [LAZY] TABLE t [AS query]: the plan of the table or view is registered (session/cache.h), and its rows are made at once
 * unless it is LAZY. */
#include "bind/binder.h"
#include "session/cache.h"
#include "session/command/command.h"
#include "session/target.h"
#include "session/view.h"

static STATUS create_view(struct vonk_statement *statement, const struct vonk_command_cache *command, struct vonk_str text) {
  struct vonk_catalog_table view = {.kind = VONK_TABLE_TEMP_VIEW, .name = command->name.parts[0], .owner = statement->session->user,
                                    .created_ms = statement->session->start_micros / 1000};
  struct vonk_view_request request = {.query = command->query, .query_text = text, .origin = command->node.origin};
  if (command->name.count > 1) {
    struct vonk_str quoted = vonk_type_quote(statement->arena, command->name.parts[0]);
    return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_0037, command->node.origin, "quoted", quoted, NULL);
  }
  TRY(vonk_view_describe(statement, &request, &view));
  return vonk_catalog_put_temporary(&statement->task, statement->session->catalog, &view, false, command->node.origin);
}

static STATUS keep(struct vonk_statement *statement, const struct vonk_command_cache *command) {
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, command->at);
  struct vonk_relation *resolved;
  struct vonk_text name;
  bool added;
  read->name = command->name;
  vonk_text_init(&name, statement->arena);
  for (uint32_t i = 0; i < command->name.count; i++) vonk_text_addf(&name, "%s" STR_FMT, i ? "." : "", STR_ARG(command->name.parts[i]));
  TRY(vonk_statement_bind(statement, &read->relation, &resolved));
  TRY(vonk_cache_add(statement, resolved, &vonk_storage_level_default, vonk_text_str(&name), &added));
  return command->lazy ? VONK_OK : vonk_cache_use(statement, resolved, true, &resolved);
}

STATUS vonk_command_cache_run(struct vonk_statement *statement, struct vonk_command_cache *command) {
  const struct vonk_catalog_table *table;
  if (command->query) TRY(create_view(statement, command, command->query_text));
  TRY(vonk_target_relation(statement, command->name, command->at, &table));
  return keep(statement, command);
}
