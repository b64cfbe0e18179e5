/* delete_rows.c: DELETE. */
#include "session/command/modify.h"

STATUS vonk_command_delete_rows_run(struct vonk_statement *statement, struct vonk_command_delete_rows *command) {
  struct vonk_expr_star *star = EXPR_NEW(statement->arena, star, command->node.origin);
  struct vonk_expr *all = &star->expr;
  struct vonk_modify modify = {.operation = "DELETE", .table = command->table, .expressions = {&all, 1}, .condition = command->condition,
                               .origin = command->node.origin};
  return vonk_modify_refuse(statement, &modify);
}
