/* write.c: DataFrameWriter: save to a path, saveAsTable, insertInto. */
#include "bind/binder.h"
#include "fs/fs.h"
#include "session/columns.h"
#include "session/command/command.h"
#include "session/stream.h"
#include "session/target.h"
#include "session/write.h"

/* The other clauses that Spark's writer has and files here do not. */
static STATUS check_clauses(struct vonk_statement *statement, const struct vonk_command_write *command) {
  if (command->bucket_count || command->bucket_by.count) return vonk_unsupported(&statement->task, command->node.origin, "bucketBy");
  if (command->sort_by.count) return vonk_unsupported(&statement->task, command->node.origin, "sortBy without bucketBy");
  if (command->cluster_by.count) return vonk_unsupported(&statement->task, command->node.origin, "clusterBy");
  return VONK_OK;
}

static struct vonk_str option(const struct vonk_command_write *command, struct vonk_str key) {
  for (uint32_t i = 0; i < command->options.count; i++) {
    if (vonk_str_equal_nocase(command->options.items[i].key, key)) return command->options.items[i].value;
  }
  return (struct vonk_str){0};
}

/* --- to a path --- */

static STATUS is_dynamic(struct vonk_statement *statement, const struct vonk_command_write *command, bool *out) {
  struct vonk_str mode = option(command, STR("partitionOverwriteMode"));
  if (!mode.data) mode = vonk_conf_text(statement->conf, VONK_CONF_PARTITION_OVERWRITE_MODE);
  *out = command->partition_by.count && vonk_str_equal_nocase(mode, STR("DYNAMIC"));
  return VONK_OK;
}

/* *SKIP: something is there, and the mode is to leave it. */
static STATUS check_path(struct vonk_statement *statement, const struct vonk_command_write *command, struct vonk_str path, bool *skip) {
  struct vonk_fs_entry entry;
  bool found;
  TRY(vonk_fs_stat(&statement->task, path, &found, &entry));
  *skip = found && command->mode == VONK_SAVE_IGNORE;
  if (!found || command->mode != VONK_SAVE_ERROR_IF_EXISTS) return VONK_OK;
  return vonk_raise(&statement->task, VONK_PATH_ALREADY_EXISTS, command->node.origin, "outputPath", vonk_fs_uri(statement->arena, path), NULL);
}

static STATUS to_path(struct vonk_statement *statement, const struct vonk_command_write *command, struct vonk_str path) {
  struct vonk_task *task = &statement->task;
  struct vonk_columns_layout layout = {.partition_by = command->partition_by, .origin = command->node.origin};
  struct vonk_write_request request = {.folder = path, .partition_column_count = command->partition_by.count, .options = command->options};
  struct vonk_bind_context context;
  struct vonk_relation *resolved;
  bool skip, dynamic;
  TRY(vonk_write_format(statement, command->format, command->node.origin, &request.format));
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  if (vonk_stream_is_in(resolved)) return vonk_raise(task, VONK_CALL_ON_STREAMING_DATASET_UNSUPPORTED, command->node.origin, "methodName", STR("`write`"), NULL);
  TRY(vonk_columns_partitioned(statement, &layout, vonk_bind_schema(statement->arena, resolved), &request.schema));
  TRY(check_path(statement, command, path, &skip));
  if (skip) return VONK_OK;
  TRY(is_dynamic(statement, command, &dynamic));
  if (command->mode == VONK_SAVE_OVERWRITE) request.mode = dynamic ? VONK_WRITE_OVERWRITE_PARTITIONS : VONK_WRITE_OVERWRITE;
  struct vonk_bind_insert insert = {.table = path, .schema = request.schema, .partition_column_count = command->partition_by.count, .by_name = true,
                                    .origin = command->node.origin};
  vonk_statement_bind_context(statement, &context);
  TRY(vonk_bind_insert(task, &context, resolved, &insert, &resolved));
  return vonk_write_query(statement, resolved, &request);
}

/* --- to a table --- */

static STATUS insert(struct vonk_statement *statement, const struct vonk_command_write *command, bool by_name) {
  struct vonk_command_insert *insert = COMMAND_NEW(statement->arena, insert, command->node.origin);
  insert->table = command->table;
  insert->query = command->query;
  insert->by_name = by_name;
  insert->mode = command->mode == VONK_SAVE_OVERWRITE ? VONK_INSERT_OVERWRITE : VONK_INSERT_APPEND;
  return vonk_command_insert_run(statement, insert);
}

static STATUS create(struct vonk_statement *statement, const struct vonk_command_write *command, bool overwrite) {
  struct vonk_command_create_table *create = COMMAND_NEW(statement->arena, create_table, command->node.origin);
  create->name = command->table;
  create->format = command->format;
  create->options = command->options;
  create->partition_by = command->partition_by;
  create->query = command->query;
  create->overwrite = overwrite;
  return vonk_command_create_table_run(statement, create);
}

static STATUS replace(struct vonk_statement *statement, const struct vonk_command_write *command, const struct vonk_catalog_table *old) {
  struct vonk_relation *resolved;
  TRY(vonk_statement_bind(statement, command->query, &resolved));
  TRY(vonk_target_check_overwrite(statement, old, resolved, command->node.origin));
  return create(statement, command, true);
}

static STATUS save_as_table(struct vonk_statement *statement, const struct vonk_command_write *command) {
  const struct vonk_catalog_table *old;
  TRY(vonk_catalog_find(&statement->task, statement->session->catalog, command->table, &old));
  if (old && vonk_catalog_is_temporary(old)) old = NULL; /* tables of the same name stand behind temporary views */
  if (!old) return create(statement, command, false);
  switch ((enum vonk_save_mode)command->mode) {
    case VONK_SAVE_ERROR_IF_EXISTS: return create(statement, command, false); /* says that it is there */
    case VONK_SAVE_IGNORE: return VONK_OK;
    case VONK_SAVE_APPEND: return insert(statement, command, true);
    case VONK_SAVE_OVERWRITE: return vonk_target_is_view(old) ? create(statement, command, false) : replace(statement, command, old);
  }
  return VONK_OK;
}

STATUS vonk_command_write_run(struct vonk_statement *statement, struct vonk_command_write *command) {
  TRY(check_clauses(statement, command));
  if (command->table.count) return command->insert_into ? insert(statement, command, false) : save_as_table(statement, command);
  struct vonk_str path = command->path.size ? command->path : option(command, STR("path"));
  if (path.size) return to_path(statement, command, path);
  return vonk_unsupported(&statement->task, command->node.origin, "save() without a path");
}
