/* execute.c: parse, then carry out the command or start the query. */
#include "session/execute.h"

#include "session/command/command.h"

/* Casts the node for the runners, so that each has the type it is made for. */
#define VONK_COMMAND(kind)                                                                        \
  static STATUS run_##kind(struct vonk_statement *statement, struct vonk_node *node) {            \
    return vonk_command_##kind##_run(statement, COMMAND_AS(node, kind));                          \
  }
#include "session/command/registry.def"
#undef VONK_COMMAND

static const struct {
  const struct vonk_node_type *type;
  STATUS (*run)(struct vonk_statement *statement, struct vonk_node *node);
} commands[] = {
#define VONK_COMMAND(kind) {&vonk_command_##kind##_type, run_##kind},
#include "session/command/registry.def"
#undef VONK_COMMAND
};

STATUS vonk_statement_execute_node(struct vonk_statement *statement, struct vonk_node *node) {
  if (node->type->node_class == VONK_CLASS_RELATION) {
    struct vonk_relation *resolved;
    TRY(vonk_statement_bind(statement, (struct vonk_relation *)node, &resolved));
    return vonk_statement_start(statement, resolved);
  }
  for (size_t i = 0; i < COUNT_OF(commands); i++) {
    if (commands[i].type != node->type) continue;
    TRY(commands[i].run(statement, node));
    const struct vonk_answer *answer = &statement->answer;
    if (answer->columns.count) statement->schema = vonk_type_struct(statement->arena, answer->columns.items, (uint32_t)answer->columns.count);
    return VONK_OK;
  }
  return vonk_unsupported(&statement->task, node->origin, node->type->name);
}

STATUS vonk_statement_execute(struct vonk_statement *statement) {
  struct vonk_sql_options options = vonk_statement_parse_options(statement);
  struct vonk_node *node;
  TRY(vonk_sql_parse_statement(&statement->task, statement->sql, &options, &node));
  return vonk_statement_execute_node(statement, node);
}
