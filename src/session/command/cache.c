/* cache.c: CACHE [LAZY] TABLE t [AS query].
 *
 * A cache may never show in answers: Spark drops it when a table changes and does not use it for queries that are not deterministic. No rows
 * are kept here: the table is read once, so that what is wrong with it shows and its files are in the system's cache; UNCACHE has
 * nothing to undo.
 */
#include "bind/binder.h"
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

static STATUS read_all(struct vonk_statement *statement, const struct vonk_command_cache *command) {
  struct vonk_relation_read *read = RELATION_NEW(statement->arena, read, command->at);
  struct vonk_relation *resolved;
  struct vonk_batch batch;
  read->name = command->name;
  TRY(vonk_statement_bind(statement, &read->relation, &resolved));
  TRY(vonk_statement_start(statement, resolved));
  enum vonk_status status;
  do status = vonk_statement_next_batch(statement, &batch);
  while (status == VONK_OK && batch.row_count > 0);
  vonk_statement_stop(statement);
  return status;
}

STATUS vonk_command_cache_run(struct vonk_statement *statement, struct vonk_command_cache *command) {
  const struct vonk_catalog_table *table;
  if (command->query) TRY(create_view(statement, command, command->query_text));
  TRY(vonk_target_find(statement, command->name, command->at, &table));
  return command->lazy ? VONK_OK : read_all(statement, command);
}
