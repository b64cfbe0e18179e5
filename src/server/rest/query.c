/* query.c: POST /api/spark/parquet/query: rows of a file as JSON. */
#include "server/rest/source.h"

enum { OUT_BYTES_MAX = 256 << 20 };

static STATUS build(struct rest_call *call, struct vonk_statement *statement, struct vonk_relation **out) {
  const struct rest_value *sql = &call->request.values[REST_sql_query];
  struct vonk_str *path = ARENA_NEW(statement->arena, struct vonk_str);
  struct vonk_node *query;
  *path = rest_source_path(statement->arena, &call->request, call->request.values[REST_key].text);
  TRY(rest_source_narrow(statement, &call->request, rest_source_read(statement->arena, (struct vonk_name){path, 1}), out));
  if (!sql->is_given) return VONK_OK;
  TRY(rest_source_parse(statement, sql->text, &query));
  if (query->type->node_class != VONK_CLASS_RELATION) return vonk_raise(&statement->task, VONK_REST_STATEMENT_NOT_ALLOWED, NULL, NULL);
  *out = rest_source_with_table(statement->arena, *out, (struct vonk_relation *)(void *)query);
  return VONK_OK;
}

static void put_row(struct vonk_text *out, struct vonk_statement *statement, const struct vonk_batch *batch, uint32_t row) {
  const struct vonk_type *schema = statement->schema;
  vonk_text_add_char(out, '{');
  for (uint32_t i = 0; i < schema->field_count; i++) {
    struct vonk_value value = vonk_column_get(&batch->columns[i], row, statement->cells);
    if (i) vonk_text_add_char(out, ',');
    vonk_json_quote(out, schema->fields[i].name);
    vonk_text_add_char(out, ':');
    vonk_json_put(out, &value, VONK_JSON_ISO, statement->zone);
  }
  vonk_text_add_char(out, '}');
  vonk_arena_reset(statement->cells);
}

/* Stops at MOST rows when that is the caller's limit; when it is ours, more rows are an error. */
static STATUS put_rows(struct rest_call *call, struct vonk_statement *statement, int64_t most, int64_t *count) {
  struct vonk_text *out = &call->out;
  struct vonk_batch batch;
  vonk_text_add(out, STR("\"data\":["));
  for (*count = 0;;) {
    TRY(vonk_statement_next_batch(statement, &batch));
    if (batch.row_count == 0) break;
    for (uint32_t row = 0; row < batch.row_count; row++) {
      if (!vonk_batch_row_live(&batch, row)) continue;
      if (*count == most || out->size > OUT_BYTES_MAX) return vonk_raisef(&statement->task, VONK_REST_RESULT_TOO_LARGE, NULL, "rows", "%lld", (long long)*count);
      if ((*count)++) vonk_text_add_char(out, ',');
      put_row(out, statement, &batch, row);
    }
  }
  vonk_text_add_char(out, ']');
  return VONK_OK;
}

static STATUS run(struct rest_call *call, struct vonk_statement *statement, int64_t *count) {
  const struct rest_value *limit = &call->request.values[REST_limit];
  struct vonk_relation *query, *resolved;
  TRY(build(call, statement, &query));
  if (limit->is_given) query = rest_source_limit(statement->arena, query, limit->count);
  TRY(vonk_statement_bind(statement, query, &resolved));
  TRY(vonk_statement_start(statement, resolved));
  TRY(put_rows(call, statement, call->service->row_limit, count));
  vonk_text_add_char(&call->out, ',');
  vonk_text_add(&call->out, STR("\"schema\":["));
  rest_put_fields(&call->out, statement->schema, false);
  vonk_text_add_char(&call->out, ']');
  return VONK_OK;
}

/* How many rows there are without the limit. */
static STATUS count_all(struct rest_call *call, struct vonk_statement *statement, int64_t *out) {
  struct vonk_relation *query;
  enum vonk_status status = rest_take_error(call, statement, build(call, statement, &query));
  return status == VONK_OK ? rest_source_count(call, query, out) : status;
}

STATUS rest_query(struct rest_call *call) {
  const struct rest_request *request = &call->request;
  const struct rest_value *limit = &request->values[REST_limit];
  struct vonk_statement *statement;
  int64_t count = 0, total;
  TRY(rest_open_statement(call, &statement));
  enum vonk_status status = rest_take_error(call, statement, run(call, statement, &count));
  uint32_t width = status == VONK_OK ? statement->schema->field_count : 0;
  vonk_statement_stop(statement);
  total = count;
  if (status == VONK_OK && limit->is_given && count == limit->count) status = count_all(call, statement, &total);
  vonk_statement_close(statement);
  TRY(status);
  vonk_text_addf(&call->out, ",\"stats\":{\"total_rows\":%lld,\"rows_returned\":%lld,\"num_columns\":%u,\"file_path\":", (long long)total, (long long)count, width);
  vonk_json_quote(&call->out, rest_source_path(call->task.arena, request, request->values[REST_key].text));
  vonk_text_addf(&call->out, "},\"message\":\"%lld of %lld rows\"", (long long)count, (long long)total);
  return VONK_OK;
}
