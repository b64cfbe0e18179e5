/* file.c: files of a folder, each batch at once and exactly once: its files are made, then the folder's log (fs/sink_log.h) takes them in.
 *
 * A batch whose number is in the log already is not written again. Files of a batch that was killed before that stay in the folder, and
 * nobody who reads the log sees them. With toTable the folder is a table's, which is made when it is not there.
 */
#include "base/clock.h"
#include "bind/binder.h"
#include "fs/sink_log.h"
#include "session/columns.h"
#include "session/command/command.h"
#include "session/stream_sink.h"
#include "session/target.h"
#include "session/write.h"
#include "stream/source.h"

enum { LOG_INTERVAL = 10, LOG_KEEP_MS = 10 * 60 * 1000 };

struct files {
  struct vonk_stream_sink sink;
  struct vonk_str folder;
  const struct vonk_format_type *format;
  const struct vonk_type *schema;            /* partition columns last */
  struct vonk_name partition_by;
  struct vonk_options options;
  bool by_name;
};

static bool file_takes(struct vonk_str format) { return vonk_format_find(format) != NULL; }

/* --- the folder --- */

static STATUS check_partitions(struct vonk_statement *statement, const struct vonk_stream_sink_request *request) {
  struct vonk_name columns = request->command->partition_by;
  struct vonk_text names;
  vonk_text_init(&names, statement->arena);
  for (uint32_t i = 0; i < request->schema->field_count; i++) vonk_text_addf(&names, "%s" STR_FMT, i ? ", " : "", STR_ARG(request->schema->fields[i].name));
  for (uint32_t i = 0; i < columns.count; i++) {
    bool found = false;
    for (uint32_t k = 0; k < request->schema->field_count && !found; k++) found = vonk_str_equal_nocase(request->schema->fields[k].name, columns.parts[i]);
    if (found) continue;
    return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1196, NULL, "columnType", STR("Partition"), "columnName", columns.parts[i], "validColumnNames",
                      vonk_text_str(&names), NULL);
  }
  return VONK_OK;
}

static STATUS to_folder(struct vonk_statement *statement, const struct vonk_stream_sink_request *request, struct files *files) {
  const struct vonk_command_write_stream *command = request->command;
  struct vonk_columns_layout layout = {.partition_by = command->partition_by};
  struct vonk_str path = command->path.size ? command->path : vonk_stream_option(command->options, STR("path"));
  if (!path.size) return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_2047, NULL, NULL);
  while (path.size > 1 && path.data[path.size - 1] == '/') path.size--;
  TRY(vonk_write_format(statement, request->format_name, NULL, &files->format));
  TRY(check_partitions(statement, request));
  TRY(vonk_columns_partitioned(statement, &layout, request->schema, &files->schema));
  files->folder = path;
  files->partition_by = command->partition_by;
  files->options = command->options;
  files->by_name = true;
  return VONK_OK;
}

/* --- a table --- */

static STATUS create_table(struct vonk_statement *statement, const struct vonk_stream_sink_request *request) {
  const struct vonk_command_write_stream *command = request->command;
  const struct vonk_type *schema = request->schema;
  struct vonk_command_create_table *create = COMMAND_NEW(statement->arena, create_table, NULL);
  struct vonk_column_definition *columns = ARENA_ARRAY(statement->arena, struct vonk_column_definition, schema->field_count);
  struct vonk_str path = command->path.size ? command->path : vonk_stream_option(command->options, STR("path"));
  for (uint32_t i = 0; i < schema->field_count; i++) columns[i] = (struct vonk_column_definition){.name = schema->fields[i].name, .type = schema->fields[i].type};
  create->name = command->table;
  create->columns = columns;
  create->column_count = schema->field_count;
  create->format = request->format_name;
  create->partition_by = command->partition_by;
  create->location = path;
  return vonk_command_create_table_run(statement, create);
}

static STATUS to_table(struct vonk_statement *statement, const struct vonk_stream_sink_request *request, struct files *files) {
  struct vonk_task *task = &statement->task;
  const struct vonk_command_write_stream *command = request->command;
  const struct vonk_catalog_table *table;
  TRY(check_partitions(statement, request));
  TRY(vonk_catalog_find(task, statement->session->catalog, command->table, &table));
  if (!table) {
    TRY(create_table(statement, request));
    TRY(vonk_catalog_find(task, statement->session->catalog, command->table, &table));
    ASSERT(table);
  }
  struct vonk_str name = vonk_name_quote(statement->arena, command->table);
  if (vonk_target_is_view(table)) return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_1190, NULL, "viewName", name, NULL);
  if (command->format.size && !vonk_str_equal_nocase(command->format, table->format)) {
    return vonk_raisef(task, VONK__ILLEGAL_ARGUMENT, NULL, "message", "The input source(" STR_FMT ") is different from the table " STR_FMT "'s data source provider(" STR_FMT ").",
                       STR_ARG(command->format), STR_ARG(name), STR_ARG(table->format));
  }
  TRY(vonk_write_format(statement, table->format, NULL, &files->format));
  files->folder = table->location;
  files->schema = table->schema;
  files->partition_by = table->partition_columns;
  files->options = table->options;
  return VONK_OK;
}

static STATUS file_open(struct vonk_statement *statement, const struct vonk_stream_sink_request *request, struct vonk_stream_sink **out) {
  struct vonk_arena *arena = request->arena;
  struct files *files = ARENA_NEW(arena, struct files);
  *out = &files->sink;
  if (request->command->cluster_by.count) return vonk_unsupported(&statement->task, NULL, "clusterBy");
  TRY(request->command->table.count ? to_table(statement, request, files) : to_folder(statement, request, files));
  files->folder = vonk_str_copy(arena, files->folder);
  files->schema = vonk_type_copy(arena, files->schema);
  files->partition_by = vonk_name_copy(arena, files->partition_by);
  files->options = vonk_options_copy(arena, files->options);
  files->sink.description = vonk_str_format(arena, "FileSink[" STR_FMT "]", STR_ARG(vonk_fs_uri(statement->arena, files->folder)));
  return VONK_OK;
}

/* --- batches --- */

/* What was written, as the log takes it. */
static STATUS look_at(struct vonk_task *task, const struct files *files, struct vonk_name written, struct vonk_fs_list *out) {
  for (uint32_t i = 0; i < written.count; i++) {
    struct vonk_fs_entry entry;
    bool found;
    TRY(vonk_fs_stat(task, vonk_str_format(task->arena, STR_FMT "/" STR_FMT, STR_ARG(files->folder), STR_ARG(written.parts[i])), &found, &entry));
    if (found) *ARRAY_PUSH(task->arena, out) = entry;
  }
  return VONK_OK;
}

static STATUS write_files(struct vonk_statement *statement, struct files *files, struct vonk_stream_sink_batch *batch, struct vonk_name *written) {
  struct vonk_bind_context context;
  struct vonk_relation *resolved;
  struct vonk_bind_insert insert = {.table = files->folder, .schema = files->schema, .partition_column_count = files->partition_by.count, .by_name = files->by_name};
  struct vonk_write_request request = {.folder = files->folder, .format = files->format, .schema = files->schema, .options = files->options,
                                       .partition_column_count = files->partition_by.count, .files = written};
  TRY(vonk_stream_sink_bind(statement, batch, &resolved));
  vonk_statement_bind_context(statement, &context);
  TRY(vonk_bind_insert(&statement->task, &context, resolved, &insert, &resolved));
  return vonk_write_query(statement, resolved, &request);
}

static STATUS file_add(struct vonk_statement *statement, struct vonk_stream_sink *sink, struct vonk_stream_sink_batch *batch) {
  struct files *files = (struct files *)(void *)sink;
  struct vonk_task *task = &statement->task;
  struct vonk_compact_log_options options = {LOG_INTERVAL, LOG_KEEP_MS, vonk_clock_wall_micros() / 1000};
  struct vonk_fs_list entries = {0};
  struct vonk_name written;
  int64_t latest;
  TRY(vonk_sink_log_latest(task, files->folder, &latest));
  if (batch->id <= latest) return VONK_OK;
  TRY(write_files(statement, files, batch, &written));
  TRY(look_at(task, files, written, &entries));
  return vonk_sink_log_add(task, files->folder, batch->id, &entries, &options);
}

const struct vonk_stream_sink_type vonk_stream_sink_file = {
    .name = "file",
    .takes = file_takes,
    .modes = VONK_STREAM_APPEND,
    .recovers = VONK_STREAM_APPEND,
    .open = file_open,
    .add = file_add,
};
