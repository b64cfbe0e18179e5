/* merge.c: POST /api/spark/parquet/merge: the rows of many files in one, those that repeat left out. */
#include "server/rest/output.h"

static STATUS read_files(struct rest_call *call, struct vonk_statement *statement, struct vonk_relation **out) {
  const struct rest_request *request = &call->request;
  const struct vonk_name keys = request->values[REST_keys].texts;
  struct vonk_arena *arena = statement->arena;
  struct vonk_str *paths = ARENA_ARRAY(arena, struct vonk_str, keys.count);
  struct vonk_option *options = ARENA_ARRAY(arena, struct vonk_option, 2);
  for (uint32_t i = 0; i < keys.count; i++) TRY(rest_source_path(&statement->task, request, REST_keys, keys.parts[i], &paths[i]));
  struct vonk_relation_read *read = (struct vonk_relation_read *)(void *)rest_source_read(arena, (struct vonk_name){paths, keys.count});
  options[0] = read->options.items[0];
  options[1] = (struct vonk_option){STR("mergeSchema"), STR("true")};
  read->options = (struct vonk_options){options, 2};
  *out = &read->relation;
  return VONK_OK;
}

static STATUS run(struct rest_call *call, struct vonk_statement *statement, struct vonk_str *path, uint64_t *written) {
  const struct rest_request *request = &call->request;
  const struct rest_value *deduplicate_on = &request->values[REST_deduplicate_on];
  struct rest_output output = {0};
  TRY(rest_source_path(&call->task, request, REST_output_key, request->values[REST_output_key].text, path));
  TRY(read_files(call, statement, &output.query));
  output.path = *path;
  if (deduplicate_on->is_given) {
    struct vonk_relation_deduplicate *unique = RELATION_NEW(statement->arena, deduplicate, NULL);
    unique->input = output.query;
    unique->column_names = deduplicate_on->texts;
    output.query = &unique->relation;
  }
  return rest_output_write(call, statement, &output, written);
}

STATUS rest_merge(struct rest_call *call) {
  struct vonk_statement *statement;
  struct vonk_str path = {0};
  uint64_t written = 0;
  TRY(rest_open_statement(call, &statement));
  enum vonk_status status = rest_take_error(call, statement, run(call, statement, &path, &written));
  vonk_statement_close(statement);
  TRY(status);
  uint32_t files = call->request.values[REST_keys].texts.count;
  vonk_text_addf(&call->out, "\"files_merged\":%u,\"total_rows\":%llu,\"output_path\":", files, (unsigned long long)written);
  vonk_json_quote(&call->out, path);
  vonk_text_addf(&call->out, ",\"message\":\"%u files, %llu rows\"", files, (unsigned long long)written);
  return VONK_OK;
}
