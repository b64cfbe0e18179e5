/* output.c: see output.h. */
#include "server/rest/output.h"

#include "bind/binder.h"
#include "fs/fs.h"
#include "session/columns.h"
#include "session/write.h"

static STATUS exists_already(struct vonk_statement *statement, struct vonk_str path) {
  return vonk_raise(&statement->task, VONK_PATH_ALREADY_EXISTS, NULL, "outputPath", path, NULL);
}

/* PATH in two: where the file is put, and its name. */
static void split(struct vonk_str path, struct vonk_str *folder, struct vonk_str *name) {
  size_t slash = path.size;
  while (path.data[slash - 1] != '/') slash--;
  *folder = vonk_str_slice(path, 0, slash - 1);
  *name = vonk_str_slice(path, slash, path.size);
}

/* The rows that are at PATH already, then those of QUERY, by the columns' names. */
static struct vonk_relation *behind_old(struct vonk_arena *arena, struct vonk_str path, struct vonk_relation *query) {
  struct vonk_relation_set_op *both = RELATION_NEW(arena, set_op, NULL);
  struct vonk_str *old = ARENA_NEW(arena, struct vonk_str);
  *old = path;
  both->left = rest_source_read(arena, (struct vonk_name){old, 1});
  both->right = query;
  both->op = VONK_SET_UNION;
  both->is_all = both->by_name = true;
  return &both->relation;
}

static struct vonk_relation *in_one_partition(struct vonk_arena *arena, struct vonk_relation *query) {
  struct vonk_relation_repartition *one = RELATION_NEW(arena, repartition, NULL);
  one->input = query;
  one->count = 1;
  return &one->relation;
}

static STATUS bind(struct vonk_statement *statement, const struct rest_output *output, struct vonk_relation *query, struct vonk_write_request *request,
                   struct vonk_name partition_by, struct vonk_relation **resolved) {
  struct vonk_columns_layout layout = {output->path, partition_by, NULL};
  struct vonk_bind_context context;
  TRY(vonk_statement_bind(statement, query, resolved));
  const struct vonk_type *schema = output->schema ? output->schema : vonk_bind_schema(statement->arena, *resolved);
  TRY(vonk_columns_partitioned(statement, &layout, schema, &request->schema));
  struct vonk_bind_insert insert = {.table = output->path, .schema = request->schema, .partition_column_count = partition_by.count, .by_name = true};
  vonk_statement_bind_context(statement, &context);
  return vonk_bind_insert(&statement->task, &context, *resolved, &insert, resolved);
}

static STATUS write_file(struct vonk_statement *statement, const struct rest_output *output, bool append, struct vonk_write_request *request) {
  struct vonk_relation *query = append ? behind_old(statement->arena, output->path, output->query) : output->query, *resolved;
  split(output->path, &request->folder, &request->file);
  TRY(bind(statement, output, in_one_partition(statement->arena, query), request, (struct vonk_name){0}, &resolved));
  return vonk_write_query(statement, resolved, request);
}

static STATUS write_folders(struct vonk_statement *statement, const struct rest_output *output, bool append, struct vonk_name partition_by,
                            struct vonk_write_request *request) {
  struct vonk_relation *resolved;
  request->folder = output->path;
  request->partition_column_count = partition_by.count;
  request->mode = append ? VONK_WRITE_APPEND : VONK_WRITE_OVERWRITE;
  TRY(bind(statement, output, output->query, request, partition_by, &resolved));
  return vonk_write_query(statement, resolved, request);
}

STATUS rest_output_write(struct rest_call *call, struct vonk_statement *statement, const struct rest_output *output, uint64_t *row_count) {
  const struct rest_value *mode = &call->request.values[REST_write_mode], *partition_by = &call->request.values[REST_partition_by];
  bool append = mode->is_given && vonk_str_equal(mode->text, STR("append")), refuse = mode->is_given && vonk_str_equal(mode->text, STR("error"));
  struct vonk_write_request request = {.row_count = row_count};
  struct vonk_fs_entry entry;
  bool found;
  TRY(vonk_fs_stat(&statement->task, output->path, &found, &entry));
  bool wants_folder = partition_by->is_given;
  if (found && (refuse || entry.is_folder != wants_folder)) return exists_already(statement, output->path);
  TRY(vonk_write_format(statement, STR("parquet"), NULL, &request.format));
  if (!wants_folder) return write_file(statement, output, append && found, &request);
  return write_folders(statement, output, append, partition_by->texts, &request);
}
