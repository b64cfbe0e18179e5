/* update.c: UPDATE. See modify.h. */
#include "session/command/modify.h"

#include "session/target.h"

/* Binds the expressions over the rows that the condition picks. */
static STATUS check(struct vonk_statement *statement, const struct vonk_modify *modify) {
  struct vonk_relation_project_star *project = RELATION_NEW(statement->arena, project_star, modify->origin);
  struct vonk_relation *resolved;
  project->input = modify->table;
  project->expressions = modify->expressions;
  if (modify->condition) {
    struct vonk_relation_filter *filter = RELATION_NEW(statement->arena, filter, modify->origin);
    filter->input = modify->table;
    filter->condition = modify->condition;
    project->input = &filter->relation;
  }
  return vonk_statement_bind(statement, &project->relation, &resolved);
}

static STATUS refuse(struct vonk_statement *statement, const struct vonk_modify *modify) {
  const struct vonk_relation_subquery_alias *alias = RELATION_AS(modify->table, subquery_alias);
  const struct vonk_relation_read *read = RELATION_AS(alias ? alias->input : modify->table, read);
  const struct vonk_catalog_table *table;
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, read->name, &table));
  struct vonk_str name = table && !vonk_target_is_view(table) ? vonk_target_quoted(statement->arena, table) : STR("`unknown`");
  return vonk_raise(&statement->task, VONK_UNSUPPORTED_FEATURE__TABLE_OPERATION, modify->origin, "tableName", name, "operation", vonk_str_of(modify->operation), NULL);
}

STATUS vonk_modify_refuse(struct vonk_statement *statement, const struct vonk_modify *modify) {
  TRY(check(statement, modify));
  return refuse(statement, modify);
}

STATUS vonk_command_update_run(struct vonk_statement *statement, struct vonk_command_update *update) {
  uint32_t count = update->columns.count;
  struct vonk_expr **both = ARENA_ARRAY(statement->arena, struct vonk_expr *, (size_t)count * 2);
  for (uint32_t i = 0; i < count; i++) both[i] = update->columns.items[i], both[count + i] = update->values.items[i];
  struct vonk_modify modify = {.operation = "UPDATE TABLE", .table = update->table, .expressions = {both, count * 2}, .condition = update->condition,
                               .origin = update->node.origin};
  return vonk_modify_refuse(statement, &modify);
}
