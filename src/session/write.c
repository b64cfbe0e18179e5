/* write.c: a query's rows to files: names, folders, one file open at a time, in the order of the rows.
 *
 * Workers of the execution encode pieces and hand them here in turn (exec/write.h). A file holds the rows of one visible
 * partition and one folder, cut by spark.sql.files.maxRecordsPerFile; runs of few rows are put together in a piece of
 * the file's own.
 */
#include "session/write.h"

#include "base/map.h"
#include "exec/write.h"
#include "session/write_commit.h"


struct job {
  struct vonk_statement *statement;
  const struct vonk_write_request *request;
  struct vonk_arena *arena;            /* of the file names; one thread at a time */
  const struct vonk_sink_plan *plan;
  struct vonk_commit commit;
  uint64_t file_rows_max;              /* 0: no bound */
  /* The file under way. */
  struct vonk_writer *writer;          /* NULL: none */
  struct vonk_output *output;          /* of the writer; the commit's */
  struct vonk_piece *piece;            /* rows for it that came as batches; NULL: none */
  uint64_t file_rows;
  bool named;                          /* partition and folder are those of the latest file, NUMBER of the next */
  uint32_t partition, number;
  struct vonk_str folder;
};

STATUS vonk_write_known_format(struct vonk_statement *statement, struct vonk_str name, const struct vonk_origin *origin,
                               const struct vonk_format_type **out) {
  if (name.size == 0) name = vonk_conf_text(statement->conf, VONK_CONF_SOURCES_DEFAULT);
  *out = vonk_format_find(name);
  return *out ? VONK_OK : vonk_raise(&statement->task, VONK_DATA_SOURCE_NOT_FOUND, origin, "provider", name, NULL);
}

STATUS vonk_write_format(struct vonk_statement *statement, struct vonk_str name, const struct vonk_origin *origin,
                         const struct vonk_format_type **out) {
  TRY(vonk_write_known_format(statement, name, origin, out));
  return (*out)->sink ? VONK_OK : vonk_unsupported(&statement->task, origin, "writing this format");
}

/* --- what the format is told --- */

/* What OPTIONS says, then the session's settings that the format asks for, as Spark merges them. */
static void collect_options(struct job *job, struct vonk_sink_options *out) {
  const struct vonk_write_request *request = job->request;
  struct vonk_arena *arena = job->statement->arena;
  const struct vonk_conf_setting *settings;
  const char *prefix = request->format->hadoop_prefix;
  size_t setting_count = vonk_conf_settings(job->statement->conf, &settings);
  ARRAY_OF(struct vonk_option) items = {0};
  for (uint32_t i = 0; i < request->options.count; i++) {
    *ARRAY_PUSH(arena, &items) = (struct vonk_option){request->options.items[i].key, request->options.items[i].value};
  }
  for (size_t i = 0; i < setting_count; i++) {
    struct vonk_str key = settings[i].key;
    if (vonk_str_starts_with(key, STR("spark.hadoop."))) key = vonk_str_slice(key, strlen("spark.hadoop."), key.size);
    if (prefix && vonk_str_starts_with(key, vonk_str_of(prefix))) *ARRAY_PUSH(arena, &items) = (struct vonk_option){key, settings[i].value};
  }
  for (uint32_t i = 0; i < request->format->setting_count; i++) {
    enum vonk_conf_key key = request->format->settings[i];
    *ARRAY_PUSH(arena, &items) = (struct vonk_option){vonk_conf_rows[key].key, vonk_conf_text(job->statement->conf, key)};
  }
  out->zone = job->statement->zone;
  out->items = items.items;
  out->item_count = (uint32_t)items.count;
}

/* Two columns of one name could not be told apart in the files. */
static STATUS check_names(struct job *job) {
  const struct vonk_type *schema = job->request->schema;
  struct vonk_map names;
  vonk_map_init(&names, job->arena, !vonk_conf_bool(job->statement->conf, VONK_CONF_CASE_SENSITIVE));
  for (uint32_t i = 0; i < schema->field_count; i++) {
    struct vonk_str name = schema->fields[i].name;
    if (vonk_map_put(&names, name, job)) continue;
    struct vonk_str lower = vonk_str_lower(job->arena, name);
    return vonk_raisef(&job->statement->task, VONK_COLUMN_ALREADY_EXISTS, NULL, "columnName", "`" STR_FMT "`", STR_ARG(lower));
  }
  return VONK_OK;
}

/* The option maxRecordsPerFile, or the setting; 0: no bound. */
static uint64_t file_rows_max(const struct job *job) {
  const struct vonk_options *options = &job->request->options;
  int64_t rows = vonk_conf_int(job->statement->conf, VONK_CONF_FILES_MAX_RECORDS), given;
  for (uint32_t i = 0; i < options->count; i++) {
    if (vonk_str_equal_nocase(options->items[i].key, STR("maxRecordsPerFile")) && vonk_parse_integer(options->items[i].value, false, &given)) rows = given;
  }
  return rows > 0 ? (uint64_t)rows : 0;
}

static STATUS open_job(struct job *job) {
  const struct vonk_write_request *request = job->request;
  struct vonk_statement *statement = job->statement;
  struct vonk_engine *engine;
  struct vonk_sink_options options = {0};
  uint32_t width = request->schema->field_count - request->partition_column_count;
  const struct vonk_type *file_schema = vonk_type_struct(statement->arena, request->schema->fields, width);
  job->file_rows_max = request->file.size ? 0 : file_rows_max(job);
  TRY(check_names(job));
  TRY(vonk_instance_engine(&statement->task, statement->session->instance, &engine));
  collect_options(job, &options);
  options.memory_bytes = vonk_budget_limit(statement->session->instance->budget);
  options.piece_count = vonk_engine_thread_count(engine) + 1;
  TRY(request->format->sink->plan(&statement->task, file_schema, &options, (struct vonk_sink_plan **)&job->plan));
  return vonk_commit_begin(&statement->task, job->arena, request->folder, &job->commit);
}

/* --- files --- */

static STATUS flush_piece(struct vonk_task *task, struct job *job) {
  struct vonk_piece *piece = job->piece;
  if (!piece) return VONK_OK;
  job->piece = NULL;
  enum vonk_status status = job->plan->type->seal(task, piece);
  if (status == VONK_OK) status = job->plan->type->append(task, job->writer, piece);
  vonk_piece_close(piece);
  return status;
}

static STATUS finish_file(struct vonk_task *task, struct job *job) {
  struct vonk_sink_result result;
  if (!job->writer) return VONK_OK;
  TRY(flush_piece(task, job));
  struct vonk_writer *writer = job->writer;
  job->writer = NULL;
  TRY(job->plan->type->finish(task, writer, &result));
  return vonk_commit_close_file(task, &job->commit, job->output);
}

/* "part-00000-UUID-c000.snappy.parquet", below its folder with a dot before the number, as Spark names them. */
static STATUS open_file(struct vonk_task *task, struct job *job) {
  bool one = job->request->file.size;
  ASSERT(!one || job->commit.files.count == 0);
  const char *slash = job->folder.size ? "/" : "", *joint = job->request->partition_column_count ? "." : "-";
  struct vonk_str path = vonk_str_format(job->arena, STR_FMT "%spart-%05u-" STR_FMT "%sc%03u" STR_FMT, STR_ARG(job->folder), slash, job->partition,
                                         STR_ARG(job->commit.unique), joint, job->number++, STR_ARG(job->plan->suffix));
  if (one) path = job->request->file;
  job->file_rows = 0;
  TRY(vonk_commit_open_file(task, &job->commit, path, &job->output));
  return job->plan->type->open_file(task, job->plan, job->output, &job->writer);
}

static STATUS add_batches(struct vonk_task *task, struct job *job, const struct vonk_write_part *part) {
  const struct vonk_sink_type *sink = job->plan->type;
  for (uint32_t i = 0; i < part->batch_count; i++) {
    if (!job->piece) TRY(sink->open_piece(task, job->plan, &job->piece));
    TRY(sink->write(task, job->piece, &part->batches[i]->batch));
    job->file_rows += part->batches[i]->batch.live_count;
    if (job->piece->is_full) TRY(flush_piece(task, job));
  }
  return VONK_OK;
}

static uint64_t part_rows(const struct vonk_write_part *part) {
  uint64_t rows = part->piece ? part->piece->row_count : 0;
  for (uint32_t i = 0; i < part->batch_count; i++) rows += part->batches[i]->batch.live_count;
  return rows;
}

static STATUS append_part(struct vonk_task *task, void *object, const struct vonk_write_part *part) {
  struct job *job = object;
  if (!job->named || job->partition != part->partition || !vonk_str_equal(job->folder, part->folder)) {
    TRY(finish_file(task, job));
    job->named = true;
    job->partition = part->partition;
    job->folder = vonk_str_copy(job->arena, part->folder);
    job->number = 0;
  }
  if (!job->writer) TRY(open_file(task, job));
  if (job->request->row_count) *job->request->row_count += part_rows(part);
  if (part->piece) {
    TRY(flush_piece(task, job));
    TRY(job->plan->type->append(task, job->writer, part->piece));
    job->file_rows += part->piece->row_count;
  } else {
    TRY(add_batches(task, job, part));
  }
  return job->file_rows_max && job->file_rows >= job->file_rows_max ? finish_file(task, job) : VONK_OK;
}

static struct vonk_str folder_of(void *object, struct vonk_arena *arena, const struct vonk_batch *batch, uint32_t row) {
  const struct job *job = object;
  uint32_t count = job->request->partition_column_count, width = job->request->schema->field_count - count;
  struct vonk_value *values = ARENA_ARRAY(arena, struct vonk_value, count);
  for (uint32_t i = 0; i < count; i++) values[i] = vonk_column_get(&batch->columns[width + i], row, arena);
  return vonk_partition_path(arena, job->request->schema->fields + width, values, count, job->statement->zone);
}

/* A folder without files would not keep the schema: the first visible partition always has one. */
static STATUS finish_files(struct job *job) {
  struct vonk_task *task = &job->statement->task;
  TRY(finish_file(task, job));
  if (job->request->partition_column_count) return VONK_OK;
  bool first = job->request->file.size && job->commit.files.count;
  for (size_t i = 0; i < job->commit.files.count && !first; i++) first = vonk_str_starts_with(job->commit.files.items[i], STR("part-00000-"));
  if (first) return VONK_OK;
  job->partition = job->number = 0;
  job->folder = STR("");
  TRY(open_file(task, job));
  return finish_file(task, job);
}

static STATUS run(struct job *job, struct vonk_relation *resolved) {
  struct vonk_statement *statement = job->statement;
  const struct vonk_write_request *request = job->request;
  struct vonk_write_spec spec = {.plan = job->plan,
                                 .column_count = request->schema->field_count - request->partition_column_count,
                                 .file_rows = job->file_rows_max,
                                 .folder = request->partition_column_count ? folder_of : NULL,
                                 .append = append_part,
                                 .object = job};
  enum vonk_status status = vonk_statement_run_write(statement, resolved, &spec);
  if (status == VONK_OK) status = finish_files(job);
  /* Files under way are charged to the execution, which ends after them. */
  vonk_piece_close(job->piece);
  vonk_writer_abort(job->writer);
  if (status != VONK_OK) vonk_commit_abort_files(&job->commit);
  vonk_statement_stop(statement);
  return status;
}

STATUS vonk_write_query(struct vonk_statement *statement, struct vonk_relation *resolved, const struct vonk_write_request *request) {
  struct job job = {.statement = statement, .request = request, .arena = vonk_arena_create(statement->budget)};
  struct vonk_str mark = STR("true");
  (void)vonk_conf_get(statement->conf, STR("mapreduce.fileoutputcommitter.marksuccessfuljobs"), &mark);
  enum vonk_status status = open_job(&job);
  if (status == VONK_OK) {
    status = run(&job, resolved);
    if (status == VONK_OK) {
      status = vonk_commit_finish(&statement->task, &job.commit, request->mode, request->overwritten, !request->file.size && !request->files && !vonk_str_equal_nocase(mark, STR("false")));
    }
    if (status != VONK_OK) vonk_commit_abort(&statement->task, &job.commit);
    else if (request->files) *request->files = vonk_name_copy(statement->arena, (struct vonk_name){job.commit.files.items, (uint32_t)job.commit.files.count});
  }
  vonk_arena_destroy(job.arena);
  return status;
}
