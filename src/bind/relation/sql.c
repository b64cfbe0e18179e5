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

struct markers {
  bool named, positional;
};

/* Never stops the search. */
static bool note_marker(const void *object, const struct vonk_node *node) {
  struct markers *markers = (struct markers *)(uintptr_t)object;
  const struct vonk_expr_parameter *parameter = EXPR_AS(node, parameter);
  if (!parameter) return false;
  if (parameter->name.size) markers->named = true;
  else markers->positional = true;
  return false;
}

/* Literals, and functions that make collections of them. */
static bool is_constant(const struct vonk_expr *expr) {
  static const char *const makers[] = {"array", "map", "struct", "named_struct", "map_from_arrays", "map_from_entries", "negative"};
  const struct vonk_expr_function *function = EXPR_AS(expr, function);
  if (EXPR_IS(expr, alias)) return is_constant(EXPR_AS(expr, alias)->child);
  if (EXPR_IS(expr, cast)) return is_constant(EXPR_AS(expr, cast)->child);
  if (!function) return EXPR_IS(expr, literal);
  bool known = false;
  for (size_t i = 0; i < COUNT_OF(makers); i++) known |= vonk_str_equal_nocase(function->name.parts[function->name.count - 1], vonk_str_of(makers[i]));
  for (uint32_t i = 0; i < function->arguments.count && known; i++) known = is_constant(function->arguments.items[i]);
  return known;
}

static STATUS check_arguments(struct binder *b, const struct vonk_relation_sql *sql) {
  for (uint32_t i = 0; i < sql->arguments.count; i++) {
    if (is_constant(sql->arguments.items[i])) continue;
    struct vonk_str name = i < sql->argument_names.count ? sql->argument_names.parts[i] : vonk_str_format(b->arena, "_%u", i + 1);
    return vonk_raise(b->task, VONK_INVALID_SQL_ARG, sql->relation.node.origin, "name", name, NULL);
  }
  return VONK_OK;
}

STATUS bind_parameter(struct binder *b, const struct vonk_expr_parameter *parameter, struct vonk_expr **out) {
  struct vonk_expr *argument = b->context->arguments ? argument_of(b->context->arguments, parameter) : NULL;
  if (argument) return bind_expr(b, NULL, argument, out);
  struct vonk_str name = parameter->name.size ? parameter->name : vonk_str_format(b->arena, "_%u", parameter->expr.node.origin->start);
  return vonk_raise(b->task, VONK_UNBOUND_SQL_PARAMETER, parameter->expr.node.origin, "name", name, NULL);
}

/* --- the query --- */

static STATUS bind_text(struct binder *b, const struct vonk_relation_sql *sql, const struct bind_scope *outer, struct vonk_relation **out) {
  struct vonk_sql_options options = bind_sql_options(b, b->conf);
  struct vonk_relation *query;
  struct markers markers = {0};
  TRY(check_arguments(b, sql));
  TRY(vonk_sql_parse_query(b->task, sql->text, &options, &query));
  (void)bind_find(&query->node, true, note_marker, &markers);
  if (sql->arguments.count && markers.named && markers.positional) return vonk_raise(b->task, VONK_INVALID_QUERY_MIXED_QUERY_PARAMETERS, NULL, NULL);
  return bind_relation(b, &query->node, outer, out);
}

STATUS bind_sql(struct binder *b, const struct vonk_relation_sql *sql, const struct bind_scope *outer, struct vonk_relation **out) {
  const struct vonk_bind_context *before = b->context;
  struct vonk_bind_context context = *before;
  context.arguments = sql;
  b->context = &context;
  enum vonk_status status = bind_text(b, sql, outer, out);
  b->context = before;
  return status;
}
