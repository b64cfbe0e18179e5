/* comment.c: COMMENT ON TABLE, COMMENT ON DATABASE; NULL takes the comment away. */
#include "session/command/command.h"
#include "session/target.h"

static STATUS comment_database(struct vonk_statement *statement, const struct vonk_command_comment *command) {
  struct vonk_catalog_session *catalog = statement->session->catalog;
  const struct vonk_catalog_database *old;
  TRY(vonk_catalog_database(&statement->task, catalog, command->name.parts[command->name.count - 1], command->node.origin, &old));
  struct vonk_catalog_database changed = *old;
  changed.comment = command->comment;
  return vonk_catalog_put_database(&statement->task, catalog, &changed);
}

STATUS vonk_command_comment_run(struct vonk_statement *statement, struct vonk_command_comment *command) {
  const struct vonk_catalog_table *old;
  if (command->on_database) return comment_database(statement, command);
  TRY(vonk_target_find(statement, command->name, command->at, &old));
  struct vonk_catalog_table changed = *old;
  changed.comment = command->comment;
  return vonk_target_save(statement, &changed);
}
