/* sql.c: a query given as SQL text, and the arguments of its parameters. */
#include "bind/binder_internal.h"

/* --- arguments in the place of parameters --- */

static struct vonk_expr *argument_of(const struct vonk_relation_sql *sql, const struct vonk_expr_parameter *parameter) {
  if (parameter->name.size == 0) {
    bool given = !sql->argument_names.count && parameter->position < (int64_t)sql->arguments.count;
    return given ? sql->arguments.items[parameter->position] : NULL;
  }
  for (uint32_t i = 0; i < sql->argument_names.count; i++) {
    if (vonk_str_equal(sql->argument_names.parts[i], parameter->name)) return sql->arguments.items[i];
  }
  return NULL;
}

/* What has no argument stays, and is an error when it is bound. */
static STATUS replace(void *object, struct vonk_node *node, struct vonk_node **out) {
  const struct vonk_expr_parameter *parameter = EXPR_AS(node, parameter);
  struct vonk_expr *argument = parameter ? argument_of(object, parameter) : NULL;
  *out = argument ? &argument->node : node;
  return VONK_OK;
}

STATUS vonk_bind_arguments(struct vonk_task *task, const struct vonk_relation_sql *sql, struct vonk_node *statement, struct vonk_node **out) {
  *out = statement;
  if (sql->arguments.count == 0) return VONK_OK;
  return vonk_node_transform(task, statement, true, replace, (void *)(uintptr_t)sql, out);
}

/* --- the query --- */

STATUS bind_sql(struct binder *b, const struct vonk_relation_sql *sql, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_sql_options options = bind_sql_options(b, b->conf);
  struct vonk_relation *query;
  struct vonk_node *bound;
  struct binder inner = *b;
  TRY(vonk_sql_parse_query(b->task, sql->text, &options, &query));
  TRY(vonk_bind_arguments(b->task, sql, &query->node, &bound));
  return bind_relation(&inner, bound, outer, out);
}
