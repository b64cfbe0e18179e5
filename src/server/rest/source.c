/* source.c: see source.h. */
#include "server/rest/source.h"

#include "server/rest/filter.h"
#include "sql/parser.h"

#define TABLE_NAME "data_table"

struct vonk_str rest_source_path(struct vonk_arena *arena, const struct rest_request *request, struct vonk_str key) {
  return vonk_str_format(arena, "s3a://" STR_FMT "/" STR_FMT, STR_ARG(request->values[REST_bucket].text), STR_ARG(key));
}

struct vonk_relation *rest_source_read(struct vonk_arena *arena, struct vonk_name paths) {
  struct vonk_relation_read *read = RELATION_NEW(arena, read, NULL);
  struct vonk_option *literal = ARENA_NEW(arena, struct vonk_option);
  *literal = (struct vonk_option){STR("__globPaths__"), STR("false")};
  read->format = STR("parquet");
  read->paths = paths;
  read->options = (struct vonk_options){literal, 1};
  return &read->relation;
}

STATUS rest_source_narrow(struct vonk_statement *statement, const struct rest_request *request, struct vonk_relation *input, struct vonk_relation **out) {
  struct vonk_arena *arena = statement->arena;
  const struct rest_value *filters = &request->values[REST_filters], *columns = &request->values[REST_columns];
  struct vonk_sql_options options = vonk_statement_parse_options(statement);
  struct vonk_expr *condition = NULL;
  *out = input;
  if (filters->is_given) TRY(rest_filter_read(&statement->task, &options, filters->text, &condition));
  if (condition) {
    struct vonk_relation_filter *filter = RELATION_NEW(arena, filter, NULL);
    filter->input = *out;
    filter->condition = condition;
    *out = &filter->relation;
  }
  if (!columns->is_given) return VONK_OK;
  struct vonk_relation_project_star *project = RELATION_NEW(arena, project_star, NULL);
  project->input = *out;
  project->expressions = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, columns->texts.count), columns->texts.count};
  for (uint32_t i = 0; i < columns->texts.count; i++) project->expressions.items[i] = rest_column(arena, columns->texts.parts[i]);
  *out = &project->relation;
  return VONK_OK;
}

STATUS rest_source_parse(struct vonk_statement *statement, struct vonk_str sql, struct vonk_node **out) {
  struct vonk_sql_options options = vonk_statement_parse_options(statement);
  statement->sql = vonk_str_copy(statement->arena, sql);
  TRY(vonk_sql_parse_statement(&statement->task, statement->sql, &options, out));
  bool allowed = (*out)->type->node_class == VONK_CLASS_RELATION || COMMAND_IS(*out, update) || COMMAND_IS(*out, delete_rows);
  return allowed ? VONK_OK : vonk_raise(&statement->task, VONK_REST_STATEMENT_NOT_ALLOWED, NULL, NULL);
}

struct vonk_relation *rest_source_with_table(struct vonk_arena *arena, struct vonk_relation *table, struct vonk_relation *query) {
  struct vonk_relation_with_cte *with = RELATION_NEW(arena, with_cte, NULL);
  struct vonk_relation_subquery_alias *alias = RELATION_NEW(arena, subquery_alias, NULL);
  struct vonk_node **definition = ARENA_NEW(arena, struct vonk_node *);
  alias->input = table;
  alias->alias = STR(TABLE_NAME);
  *definition = &alias->relation.node;
  with->definitions = (struct vonk_nodes){definition, 1};
  with->body = query;
  return &with->relation;
}

static struct vonk_expr *integer(struct vonk_arena *arena, int64_t count) {
  struct vonk_value value = vonk_value_integer(&vonk_type_int, count);
  return vonk_expr_literal_of(arena, &value, NULL);
}

struct vonk_relation *rest_source_limit(struct vonk_arena *arena, struct vonk_relation *input, int64_t count) {
  struct vonk_relation_limit *limit = RELATION_NEW(arena, limit, NULL);
  limit->input = input;
  limit->count = integer(arena, count);
  return &limit->relation;
}

static struct vonk_relation *count_of(struct vonk_arena *arena, struct vonk_relation *input) {
  struct vonk_relation_aggregate *aggregate = RELATION_NEW(arena, aggregate, NULL);
  struct vonk_expr_function *function = EXPR_NEW(arena, function, NULL);
  struct vonk_str *name = ARENA_NEW(arena, struct vonk_str);
  struct vonk_expr **items = ARENA_ARRAY(arena, struct vonk_expr *, 2);
  *name = STR("count");
  items[0] = integer(arena, 1);
  items[1] = &function->expr;
  function->name = (struct vonk_name){name, 1};
  function->arguments = (struct vonk_exprs){items, 1};
  aggregate->input = input;
  aggregate->expressions = (struct vonk_exprs){items + 1, 1};
  return &aggregate->relation;
}

static STATUS run_count(struct vonk_statement *statement, struct vonk_relation *input, int64_t *out) {
  struct vonk_relation *resolved;
  struct vonk_batch batch;
  TRY(vonk_statement_bind(statement, count_of(statement->arena, input), &resolved));
  TRY(vonk_statement_start(statement, resolved));
  TRY(vonk_statement_next_batch(statement, &batch));
  ASSERT(batch.row_count == 1 && batch.column_count == 1);
  *out = vonk_column_get(&batch.columns[0], 0, statement->arena).integer;
  return VONK_OK;
}

STATUS rest_source_count(struct rest_call *call, struct vonk_relation *input, int64_t *out) {
  struct vonk_statement *statement;
  TRY(rest_open_statement(call, &statement));
  enum vonk_status status = rest_take_error(call, statement, run_count(statement, input, out));
  vonk_statement_close(statement);
  return status;
}
