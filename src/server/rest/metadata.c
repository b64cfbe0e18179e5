/* metadata.c: POST /api/spark/parquet/metadata: the schema and the number of rows, from footers. */
#include "bind/binder.h"
#include "server/rest/source.h"

static STATUS describe(struct rest_call *call, struct vonk_statement *statement, struct vonk_relation **query) {
  struct vonk_str *path = ARENA_NEW(statement->arena, struct vonk_str);
  struct vonk_relation *resolved;
  *path = rest_source_path(statement->arena, &call->request, call->request.values[REST_key].text);
  *query = rest_source_read(statement->arena, (struct vonk_name){path, 1});
  TRY(vonk_statement_bind(statement, *query, &resolved));
  const struct vonk_type *schema = vonk_bind_schema(statement->arena, resolved);
  vonk_text_add(&call->out, STR("\"schema\":["));
  rest_put_fields(&call->out, schema, true);
  vonk_text_addf(&call->out, "],\"num_columns\":%u,\"file_path\":", schema->field_count);
  vonk_json_quote(&call->out, *path);
  return VONK_OK;
}

STATUS rest_metadata(struct rest_call *call) {
  struct vonk_statement *statement;
  struct vonk_relation *query = NULL;
  int64_t rows = 0;
  TRY(rest_open_statement(call, &statement));
  enum vonk_status status = rest_take_error(call, statement, describe(call, statement, &query));
  if (status == VONK_OK) status = rest_source_count(call, query, &rows);
  vonk_statement_close(statement);
  TRY(status);
  vonk_text_addf(&call->out, ",\"total_rows\":%lld,\"message\":\"%lld rows\"", (long long)rows, (long long)rows);
  return VONK_OK;
}
