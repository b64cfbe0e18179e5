/* modify.c: POST /api/spark/parquet/modify: SELECT, UPDATE or DELETE over a file, whose result is written. */
#include "bind/binder.h"
#include "server/rest/filter.h"
#include "server/rest/output.h"

struct modification {
  struct vonk_str input, output;
  struct vonk_relation *result;        /* what is written */
  struct vonk_relation *affected;      /* rows that are changed or go; NULL: a SELECT */
  bool keeps_schema;                   /* UPDATE and DELETE */
};

static struct vonk_expr *call_of(struct vonk_arena *arena, const char *name, struct vonk_expr *a, struct vonk_expr *b, struct vonk_expr *c) {
  struct vonk_expr_function *function = EXPR_NEW(arena, function, NULL);
  struct vonk_str *part = ARENA_NEW(arena, struct vonk_str);
  struct vonk_expr **arguments = ARENA_ARRAY(arena, struct vonk_expr *, 3);
  *part = vonk_str_of(name);
  function->name = (struct vonk_name){part, 1};
  arguments[0] = a, arguments[1] = b, arguments[2] = c;
  function->arguments = (struct vonk_exprs){arguments, c ? 3 : b ? 2 : 1};
  return &function->expr;
}

static struct vonk_expr *truth(struct vonk_arena *arena) {
  struct vonk_value value = vonk_value_integer(&vonk_type_boolean, true);
  return vonk_expr_literal_of(arena, &value, NULL);
}

static struct vonk_relation *where(struct vonk_arena *arena, struct vonk_relation *table, struct vonk_expr *condition) {
  if (!condition) return table;
  struct vonk_relation_filter *filter = RELATION_NEW(arena, filter, NULL);
  filter->input = table;
  filter->condition = condition;
  return &filter->relation;
}

/* Rows where the condition does not hold, or is unknown, stay. */
static struct vonk_relation *without(struct vonk_arena *arena, const struct vonk_command_delete_rows *command) {
  struct vonk_expr *condition = command->condition ? command->condition : truth(arena);
  return where(arena, command->table, call_of(arena, "not", call_of(arena, "<=>", condition, truth(arena), NULL), NULL, NULL));
}

/* Each assigned column is IF(condition, value, as it was); all values see the rows as they were. */
static STATUS with_assignments(struct vonk_statement *statement, const struct vonk_command_update *update, struct vonk_relation **out) {
  struct vonk_arena *arena = statement->arena;
  struct vonk_relation_with_columns *with = RELATION_NEW(arena, with_columns, update->node.origin);
  uint32_t count = update->columns.count;
  with->input = update->table;
  with->aliases = (struct vonk_exprs){ARENA_ARRAY(arena, struct vonk_expr *, count), count};
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_expr_attribute *column = EXPR_AS(update->columns.items[i], attribute);
    struct vonk_expr_alias *alias = EXPR_NEW(arena, alias, column->expr.node.origin);
    if (column->name.count > 2) return vonk_unsupported(&statement->task, column->expr.node.origin, "UPDATE of fields of a struct");
    alias->child = update->values.items[i];
    if (update->condition) alias->child = call_of(arena, "if", update->condition, alias->child, &column->expr);
    alias->names = (struct vonk_name){column->name.parts + column->name.count - 1, 1};
    with->aliases.items[i] = &alias->expr;
  }
  *out = &with->relation;
  return VONK_OK;
}

/* What is assigned to must be there, whether or not a condition makes its old value part of the new one. */
static STATUS check_columns(struct vonk_statement *statement, struct vonk_relation *table, const struct vonk_command_update *update) {
  struct vonk_relation_project_star *project = RELATION_NEW(statement->arena, project_star, update->node.origin);
  struct vonk_relation *resolved;
  project->input = update->table;
  project->expressions = update->columns;
  return vonk_statement_bind(statement, rest_source_with_table(statement->arena, table, &project->relation), &resolved);
}

static STATUS read_modification(struct rest_call *call, struct vonk_statement *statement, struct modification *m) {
  const struct rest_request *request = &call->request;
  struct vonk_arena *arena = statement->arena;
  struct vonk_relation *table;
  struct vonk_node *node;
  const struct rest_value *output_key = &request->values[REST_output_key];
  m->input = rest_source_path(arena, request, request->values[REST_key].text);
  m->output = output_key->is_given ? rest_source_path(arena, request, output_key->text) : m->input;
  table = rest_source_read(arena, (struct vonk_name){&m->input, 1});
  TRY(rest_source_parse(statement, request->values[REST_sql_modification].text, &node));
  const struct vonk_command_update *update = COMMAND_AS(node, update);
  const struct vonk_command_delete_rows *delete_rows = COMMAND_AS(node, delete_rows);
  m->keeps_schema = update || delete_rows;
  if (update) TRY(check_columns(statement, table, update));
  if (update) TRY(with_assignments(statement, update, &m->result));
  else if (delete_rows) m->result = without(arena, delete_rows);
  else m->result = (struct vonk_relation *)(void *)node;
  if (update) m->affected = where(arena, update->table, update->condition);
  if (delete_rows) m->affected = where(arena, delete_rows->table, delete_rows->condition);
  m->result = rest_source_with_table(arena, table, m->result);
  if (m->affected) m->affected = rest_source_with_table(arena, table, m->affected);
  return VONK_OK;
}

static STATUS write_result(struct rest_call *call, struct vonk_statement *statement, const struct modification *m, uint64_t *row_count) {
  struct rest_output output = {.path = m->output, .query = m->result};
  if (m->keeps_schema) {
    struct vonk_relation *resolved;
    TRY(vonk_statement_bind(statement, rest_source_read(statement->arena, (struct vonk_name){(struct vonk_str *)&m->input, 1}), &resolved));
    output.schema = vonk_bind_schema(statement->arena, resolved);
  }
  return rest_output_write(call, statement, &output, row_count);
}

STATUS rest_modify(struct rest_call *call) {
  const struct rest_value *mode = &call->request.values[REST_write_mode];
  struct vonk_statement *statement;
  struct modification m = {0};
  int64_t initial = 0, affected = 0;
  uint64_t written = 0;
  TRY(rest_open_statement(call, &statement));
  enum vonk_status status = rest_take_error(call, statement, read_modification(call, statement, &m));
  if (status == VONK_OK) status = rest_source_count(call, rest_source_read(call->task.arena, (struct vonk_name){&m.input, 1}), &initial);
  if (status == VONK_OK && m.affected) status = rest_source_count(call, m.affected, &affected);
  if (status == VONK_OK) status = rest_take_error(call, statement, write_result(call, statement, &m, &written));
  if (!m.affected) affected = (int64_t)written;
  struct vonk_str path = vonk_str_copy(call->task.arena, m.output);
  vonk_statement_close(statement);
  TRY(status);
  vonk_text_addf(&call->out, "\"initial_rows\":%lld,\"final_rows\":%llu,\"rows_affected\":%lld,\"output_path\":", (long long)initial, (unsigned long long)written,
                 (long long)affected);
  vonk_json_quote(&call->out, path);
  vonk_text_add(&call->out, STR(",\"write_mode\":"));
  vonk_json_quote(&call->out, mode->is_given ? mode->text : STR("overwrite"));
  vonk_text_addf(&call->out, ",\"message\":\"%llu rows written\"", (unsigned long long)written);
  return VONK_OK;
}
