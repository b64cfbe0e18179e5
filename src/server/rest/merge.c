/* merge.c: POST /api/spark/parquet/merge: the rows of many files in one, those that repeat left out. */
#include "bind/binder.h"
#include "server/rest/output.h"

/* The columns of all files, united as by Spark's mergeSchema. */
static STATUS merged_schema(struct vonk_statement *statement, struct vonk_name paths, const struct vonk_type **out) {
  struct vonk_relation_read *read = RELATION_AS(rest_source_read(statement->arena, paths), read);
  struct vonk_option *options = ARENA_ARRAY(statement->arena, struct vonk_option, 2);
  struct vonk_relation *resolved;
  options[0] = read->options.items[0];
  options[1] = (struct vonk_option){STR("mergeSchema"), STR("true")};
  read->options = (struct vonk_options){options, 2};
  TRY(vonk_statement_bind(statement, &read->relation, &resolved));
  *out = vonk_bind_schema(statement->arena, resolved);
  return VONK_OK;
}

/* The rows of COUNT files, in the order of FILES; halves, so that many files make no deep tree. */
static struct vonk_relation *one_after_another(struct vonk_arena *arena, struct vonk_relation *const *files, uint32_t count) {
  if (count == 1) return *files;
  struct vonk_relation_set_op *both = RELATION_NEW(arena, set_op, NULL);
  both->left = one_after_another(arena, files, count / 2);
  both->right = one_after_another(arena, files + count / 2, count - count / 2);
  both->op = VONK_SET_UNION;
  both->is_all = true;
  return &both->relation;
}

/* The rows file by file, in the order of the keys. */
static STATUS read_files(struct rest_call *call, struct vonk_statement *statement, struct vonk_relation **out) {
  const struct vonk_name keys = call->request.values[REST_keys].texts;
  struct vonk_arena *arena = statement->arena;
  struct vonk_str *paths = ARENA_ARRAY(arena, struct vonk_str, keys.count);
  const struct vonk_type *schema;
  for (uint32_t i = 0; i < keys.count; i++) paths[i] = rest_source_path(arena, &call->request, keys.parts[i]);
  TRY(merged_schema(statement, (struct vonk_name){paths, keys.count}, &schema));
  struct vonk_relation **files = ARENA_ARRAY(arena, struct vonk_relation *, keys.count);
  for (uint32_t i = 0; i < keys.count; i++) {
    struct vonk_relation_to_schema *file = RELATION_NEW(arena, to_schema, NULL);
    file->input = rest_source_read(arena, (struct vonk_name){&paths[i], 1});
    file->schema = schema;
    files[i] = &file->relation;
  }
  *out = one_after_another(arena, files, keys.count);
  return VONK_OK;
}

static STATUS run(struct rest_call *call, struct vonk_statement *statement, struct vonk_str path, uint64_t *written) {
  const struct rest_value *deduplicate_on = &call->request.values[REST_deduplicate_on];
  struct rest_output output = {.path = path};
  TRY(read_files(call, statement, &output.query));
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
  struct vonk_str path = rest_source_path(call->task.arena, &call->request, call->request.values[REST_output_key].text);
  uint64_t written = 0;
  TRY(rest_open_statement(call, &statement));
  enum vonk_status status = rest_take_error(call, statement, run(call, statement, path, &written));
  vonk_statement_close(statement);
  TRY(status);
  uint32_t files = call->request.values[REST_keys].texts.count;
  vonk_text_addf(&call->out, "\"files_merged\":%u,\"total_rows\":%llu,\"output_path\":", files, (unsigned long long)written);
  vonk_json_quote(&call->out, path);
  vonk_text_addf(&call->out, ",\"message\":\"%u files, %llu rows\"", files, (unsigned long long)written);
  return VONK_OK;
}
