/* rewrite.c: pieces of unresolved plans, for relations that stand for others. */
#include "bind/rewrite.h"

struct vonk_expr *make_call_list(struct binder *b, const char *name, struct vonk_exprs arguments) {
  struct vonk_expr_function *function = EXPR_NEW(b->arena, function, NULL);
  struct vonk_str *part = ARENA_NEW(b->arena, struct vonk_str);
  *part = vonk_str_of(name);
  function->name = (struct vonk_name){part, 1};
  function->arguments = arguments;
  return &function->expr;
}

struct vonk_expr *make_call_of(struct binder *b, const char *name, size_t count, struct vonk_expr *const *arguments) {
  struct vonk_expr **items = vonk_arena_copy(b->arena, arguments, count * sizeof *arguments);
  return make_call_list(b, name, (struct vonk_exprs){items, (uint32_t)count});
}

struct vonk_expr *make_alias(struct binder *b, struct vonk_expr *child, struct vonk_str name) {
  struct vonk_expr_alias *alias = EXPR_NEW(b->arena, alias, NULL);
  struct vonk_str *part = ARENA_NEW(b->arena, struct vonk_str);
  *part = name;
  alias->child = child;
  alias->names = (struct vonk_name){part, 1};
  return &alias->expr;
}

struct vonk_expr *make_text(struct binder *b, struct vonk_str text) {
  struct vonk_value value = vonk_value_text(&vonk_type_string, text);
  return vonk_expr_literal_of(b->arena, &value, NULL);
}

struct vonk_expr *make_int(struct binder *b, int64_t value) { return bind_long(b, value, &vonk_type_int, NULL); }

struct vonk_expr *make_double(struct binder *b, double value) {
  struct vonk_value literal = {.type = &vonk_type_double, .real = value};
  return vonk_expr_literal_of(b->arena, &literal, NULL);
}

struct vonk_expr *make_null(struct binder *b, const struct vonk_type *type) {
  struct vonk_value null = vonk_value_null(type);
  return vonk_expr_literal_of(b->arena, &null, NULL);
}

struct vonk_expr *make_cast(struct binder *b, struct vonk_expr *child, const struct vonk_type *type) {
  struct vonk_expr_cast *cast = EXPR_NEW(b->arena, cast, NULL);
  cast->child = child;
  cast->target = type;
  return &cast->expr;
}

struct vonk_expr *make_name(struct binder *b, struct vonk_str name) {
  struct vonk_expr_attribute *attribute = EXPR_NEW(b->arena, attribute, NULL);
  struct vonk_str *part = ARENA_NEW(b->arena, struct vonk_str);
  *part = name;
  attribute->name = (struct vonk_name){part, 1};
  return &attribute->expr;
}

struct vonk_expr *make_lambda(struct binder *b, struct vonk_str parameter, struct vonk_expr *body) {
  struct vonk_expr_lambda *lambda = EXPR_NEW(b->arena, lambda, NULL);
  struct vonk_expr_lambda_variable *variable = EXPR_NEW(b->arena, lambda_variable, NULL);
  struct vonk_str *part = ARENA_NEW(b->arena, struct vonk_str);
  *part = parameter;
  variable->name = (struct vonk_name){part, 1};
  lambda->parameters = (struct vonk_exprs){ARENA_NEW(b->arena, struct vonk_expr *), 1};
  lambda->parameters.items[0] = &variable->expr;
  lambda->body = body;
  return &lambda->expr;
}

struct vonk_expr *make_sort_order(struct binder *b, struct vonk_expr *child, bool descending) {
  struct vonk_expr_sort_order *order = EXPR_NEW(b->arena, sort_order, NULL);
  order->child = child;
  order->descending = descending;
  return &order->expr;
}

struct vonk_relation *make_project(struct binder *b, struct vonk_relation *input, struct vonk_exprs expressions, const struct vonk_origin *origin) {
  struct vonk_relation_project_star *project = RELATION_NEW(b->arena, project_star, origin);
  project->input = input;
  project->expressions = expressions;
  return &project->relation;
}

struct vonk_relation *make_aggregate(struct binder *b, struct vonk_relation *input, struct vonk_exprs keys, struct vonk_exprs expressions, const struct vonk_origin *origin) {
  struct vonk_relation_aggregate *aggregate = RELATION_NEW(b->arena, aggregate, origin);
  aggregate->input = input;
  aggregate->group = keys;
  aggregate->expressions = expressions;
  aggregate->prepend_grouping = true;
  return &aggregate->relation;
}

struct vonk_relation *make_filter(struct binder *b, struct vonk_relation *input, struct vonk_expr *condition, const struct vonk_origin *origin) {
  struct vonk_relation_filter *filter = RELATION_NEW(b->arena, filter, origin);
  filter->input = input;
  filter->condition = condition;
  return &filter->relation;
}

struct vonk_relation *make_rows(struct binder *b, const struct vonk_value *cells, uint32_t row_count, struct vonk_plan_column *columns, uint32_t column_count,
                                const struct vonk_origin *origin) {
  struct vonk_relation_rows *rows = RELATION_NEW(b->arena, rows, origin);
  rows->rows = (struct vonk_nodes){ARENA_ARRAY(b->arena, struct vonk_node *, row_count), row_count};
  for (uint32_t r = 0; r < row_count; r++) {
    struct vonk_expr_call *row = EXPR_NEW(b->arena, call, origin);
    row->expr.type = &vonk_type_void;
    row->expr.deterministic = true;
    row->arguments = (struct vonk_exprs){ARENA_ARRAY(b->arena, struct vonk_expr *, column_count), column_count};
    for (uint32_t c = 0; c < column_count; c++) row->arguments.items[c] = vonk_expr_literal_of(b->arena, &cells[(size_t)r * column_count + c], origin);
    rows->rows.items[r] = &row->expr.node;
  }
  for (uint32_t c = 0; c < column_count; c++) columns[c].id = bind_new_id(b);
  rows->relation.columns = columns;
  rows->relation.column_count = column_count;
  rows->relation.estimated_rows = row_count;
  return &rows->relation;
}

STATUS bind_run(struct binder *b, struct vonk_relation *relation, uint32_t row_limit, struct vonk_bind_rows *out) {
  const struct vonk_bind_context *context = b->context;
  if (!context->run_query) return vonk_unsupported(b->task, relation->node.origin, "a relation that must be run to be known, here");
  if (*b->folds) TRY(bind_fold_once(b, relation, &relation));
  return context->run_query(context->run_object, b->task, relation, row_limit, out);
}

STATUS bind_input(struct binder *b, struct vonk_relation *input, const struct bind_scope *outer, struct vonk_relation **out) {
  return bind_relation(b, input ? &input->node : NULL, outer, out);
}

STATUS make_program_name(struct binder *b, struct vonk_str name, const struct vonk_origin *origin, struct vonk_expr **out) {
  struct vonk_expr_attribute *attribute = EXPR_NEW(b->arena, attribute, origin);
  TRY(vonk_sql_parse_name(b->task, name, &attribute->name));
  *out = &attribute->expr;
  return VONK_OK;
}

/* All columns in their order, as they would be written. */
static struct vonk_str list_columns(struct binder *b, const struct vonk_relation *input) {
  struct vonk_text text;
  vonk_text_init(&text, b->arena);
  for (uint32_t i = 0; i < input->column_count; i++) {
    struct vonk_str column = input->columns[i].name;
    struct vonk_name name = {&column, 1};
    if (input->columns[i].hidden) continue;
    if (vonk_sql_parse_name(b->task, column, &name) != VONK_OK) vonk_error_clear(b->task->error);
    vonk_text_addf(&text, "%s" STR_FMT, text.size ? ", " : "", STR_ARG(vonk_name_quote(b->arena, name.count ? name : (struct vonk_name){&column, 1})));
  }
  return vonk_text_str(&text);
}

STATUS bind_named_column(struct binder *b, const struct vonk_relation *input, struct vonk_str name, const struct vonk_origin *origin, struct vonk_expr **out) {
  struct bind_scope scope = {.columns = bind_columns_of(input)};
  struct vonk_expr *attribute;
  TRY(make_program_name(b, name, origin, &attribute));
  TRY(bind_name_try(b, &scope, EXPR_AS(attribute, attribute), out));
  if (*out) return VONK_OK;
  return vonk_raise(b->task, VONK_UNRESOLVED_COLUMN__WITH_SUGGESTION, origin, "objectName", vonk_name_quote(b->arena, EXPR_AS(attribute, attribute)->name),
                    "proposal", list_columns(b, input), NULL);
}
