/* write.c: one writer per partition that is open; rows in the order of the query. */
#include "session/write.h"

#include <sys/random.h>

#include "base/map.h"
#include "fs/fs.h"

enum { WRITERS_MAX = 64 };

struct part {
  struct vonk_str path;        /* of the partition below the folder; empty without partitions */
  struct vonk_writer *writer;  /* NULL: closed, another file is begun when more rows come */
  uint64_t last_batch;         /* the latest that had rows for it */
  uint64_t *live;              /* mask of the current batch */
  uint32_t live_count;
};

struct job {
  struct vonk_statement *statement;
  struct vonk_task *task;
  const struct vonk_write_request *request;
  const struct vonk_type *file_schema;
  struct vonk_sink_options options;
  struct vonk_str unique, suffix; /* of file names */
  struct vonk_map parts;
  ARRAY_OF(struct vonk_str) files;  /* made */
  uint32_t open_count;
  uint64_t batch;
  struct vonk_arena *row_arena;
};

STATUS vonk_write_format(struct vonk_statement *statement, struct vonk_str name, const struct vonk_origin *origin,
                         const struct vonk_format_type **out) {
  if (name.size == 0) name = vonk_conf_text(statement->conf, VONK_CONF_SOURCES_DEFAULT);
  *out = vonk_format_find(name);
  if (!*out) return vonk_raise(&statement->task, VONK_DATA_SOURCE_NOT_FOUND, origin, "provider", name, NULL);
  return (*out)->sink ? VONK_OK : vonk_unsupported(&statement->task, origin, "writing this format");
}

/* A random UUID: files of several writers of one folder must not meet. */
static STATUS unique_name(struct vonk_task *task, struct vonk_str *out) {
  uint8_t b[16];
  if (getrandom(b, sizeof b, 0) != sizeof b) return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "no random numbers");
  b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
  b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
  *out = vonk_str_format(task->arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
                         b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
  return VONK_OK;
}

static STATUS open_job(struct job *job) {
  const struct vonk_write_request *request = job->request;
  struct vonk_arena *arena = job->task->arena;
  uint32_t width = request->schema->field_count - request->partition_column_count;
  struct vonk_type_field *fields = vonk_arena_copy(arena, request->schema->fields, width * sizeof *fields);
  for (uint32_t i = 0; i < width; i++) fields[i].nullable = true;
  job->file_schema = vonk_type_struct(arena, fields, width);
  struct vonk_scan_option *items = ARENA_ARRAY(arena, struct vonk_scan_option, request->options.count);
  for (uint32_t i = 0; i < request->options.count; i++) {
    const struct vonk_option *option = &request->options.items[i];
    items[i] = (struct vonk_scan_option){option->key, option->value};
    if (vonk_str_equal_nocase(option->key, STR("compression"))) job->options.compression = option->value;
  }
  job->options.items = items;
  job->options.item_count = request->options.count;
  if (!job->options.compression.size) job->options.compression = vonk_conf_text(job->statement->conf, VONK_CONF_PARQUET_CODEC);
  vonk_map_init(&job->parts, arena, false);
  TRY(unique_name(job->task, &job->unique));
  return request->format->sink->suffix(job->task, &job->options, &job->suffix);
}

static STATUS finish_part(struct job *job, struct part *part) {
  struct vonk_sink_result result;
  struct vonk_writer *writer = part->writer;
  if (!writer) return VONK_OK;
  part->writer = NULL;
  job->open_count--;
  return writer->type->finish(job->task, writer, &result);
}

static struct part *part_at(const struct job *job, size_t index) {
  return job->parts.entries[index].live ? job->parts.entries[index].value : NULL;
}

/* Closes the file that has not had rows for the longest time. */
static STATUS close_oldest(struct job *job) {
  struct part *oldest = NULL;
  for (size_t i = 0; i < job->parts.entry_count; i++) {
    struct part *part = part_at(job, i);
    if (part && part->writer && (!oldest || part->last_batch < oldest->last_batch)) oldest = part;
  }
  return finish_part(job, oldest);
}

static STATUS open_part(struct job *job, struct part *part) {
  if (job->open_count == WRITERS_MAX) TRY(close_oldest(job));
  const struct vonk_write_request *request = job->request;
  struct vonk_str path = vonk_str_format(job->task->arena, STR_FMT "/" STR_FMT "%spart-%05zu-" STR_FMT "-c000" STR_FMT, STR_ARG(request->folder),
                                         STR_ARG(part->path), part->path.size ? "/" : "", job->files.count, STR_ARG(job->unique), STR_ARG(job->suffix));
  TRY(request->format->sink->open(job->task, path, job->file_schema, &job->options, &part->writer));
  job->open_count++;
  *ARRAY_PUSH(job->task->arena, &job->files) = path;
  return VONK_OK;
}

static struct part *find_part(struct job *job, struct vonk_str path) {
  struct part *part = vonk_map_get(&job->parts, path);
  if (part) return part;
  part = ARENA_NEW(job->task->arena, struct part);
  part->path = vonk_str_copy(job->task->arena, path);
  part->live = ARENA_ARRAY(job->task->arena, uint64_t, VONK_BATCH_WORDS);
  vonk_map_put(&job->parts, path, part);
  return part;
}

static STATUS write_part(struct job *job, struct part *part, const struct vonk_batch *batch) {
  if (!part->writer) TRY(open_part(job, part));
  part->last_batch = job->batch;
  return part->writer->type->write(job->task, part->writer, batch);
}

/* Rows go to their partitions by masks; runs of equal values are looked up once. */
static STATUS split_batch(struct job *job, struct vonk_batch *batch) {
  const struct vonk_write_request *request = job->request;
  uint32_t count = request->partition_column_count, width = job->file_schema->field_count;
  const struct vonk_type_field *fields = request->schema->fields + width;
  struct vonk_value *values = ARENA_ARRAY(job->row_arena, struct vonk_value, count);
  ARRAY_OF(struct part *) touched = {0};
  for (uint32_t row = 0; row < batch->row_count; row++) {
    if (!vonk_batch_row_live(batch, row)) continue;
    for (uint32_t i = 0; i < count; i++) values[i] = vonk_column_get(&batch->columns[width + i], row, job->row_arena);
    struct part *part = find_part(job, vonk_partition_path(job->row_arena, fields, values, count, job->statement->zone));
    if (part->live_count++ == 0) *ARRAY_PUSH(job->row_arena, &touched) = part;
    part->live[row >> 6] |= (uint64_t)1 << (row & 63);
  }
  batch->column_count = width;
  enum vonk_status status = VONK_OK;
  for (size_t i = 0; i < touched.count; i++) {
    struct part *part = touched.items[i];
    batch->live = part->live;
    batch->live_count = part->live_count;
    if (status == VONK_OK) status = write_part(job, part, batch);
    memset(part->live, 0, VONK_BATCH_WORDS * sizeof *part->live);
    part->live_count = 0;
  }
  vonk_arena_reset(job->row_arena);
  return status;
}

static STATUS write_rows(struct job *job) {
  struct vonk_batch batch;
  for (;; job->batch++) {
    TRY(vonk_statement_next_batch(job->statement, &batch));
    if (batch.row_count == 0) break;
    if (job->request->partition_column_count) {
      TRY(split_batch(job, &batch));
    } else {
      TRY(write_part(job, find_part(job, STR("")), &batch));
    }
  }
  /* A table without rows still has a file, which keeps its schema. */
  if (!job->request->partition_column_count && job->files.count == 0) TRY(open_part(job, find_part(job, STR(""))));
  for (size_t i = 0; i < job->parts.entry_count; i++) {
    struct part *part = part_at(job, i);
    if (part) TRY(finish_part(job, part));
  }
  return VONK_OK;
}

static void abort_job(struct job *job) {
  for (size_t i = 0; i < job->parts.entry_count; i++) {
    struct part *part = part_at(job, i);
    if (!part || !part->writer) continue;
    part->writer->type->abort(part->writer);
    part->writer = NULL;
  }
  /* The failure that led here is what counts, not one of cleaning up. */
  for (size_t i = 0; i < job->files.count; i++) {
    if (vonk_fs_remove(job->task, job->files.items[i]) != VONK_OK) continue;
  }
}

/* The files at PATH now; none when there is no such folder. */
static STATUS list_old(struct job *job, struct vonk_str path, struct vonk_fs_list *out) {
  struct vonk_fs_entry entry;
  bool found;
  *out = (struct vonk_fs_list){0};
  TRY(vonk_fs_stat(job->task, path, &found, &entry));
  return found ? vonk_fs_find(job->task, path, out) : VONK_OK;
}

static bool is_new(const struct job *job, struct vonk_str path) {
  return vonk_str_find(path, job->unique, 0) != SIZE_MAX;
}

static STATUS remove_old(struct job *job, const struct vonk_fs_list *old) {
  for (size_t i = 0; i < old->count; i++) {
    if (!is_new(job, old->items[i].path)) TRY(vonk_fs_remove(job->task, old->items[i].path));
  }
  return VONK_OK;
}

/* With every file in its place. */
static STATUS commit(struct job *job, const struct vonk_fs_list *old) {
  const struct vonk_write_request *request = job->request;
  if (request->mode == VONK_WRITE_OVERWRITE) TRY(remove_old(job, old));
  for (size_t i = 0; request->mode == VONK_WRITE_OVERWRITE_PARTITIONS && i < job->parts.entry_count; i++) {
    struct part *part = part_at(job, i);
    struct vonk_fs_list files;
    if (!part) continue;
    TRY(list_old(job, vonk_str_format(job->task->arena, STR_FMT "/" STR_FMT, STR_ARG(request->folder), STR_ARG(part->path)), &files));
    TRY(remove_old(job, &files));
  }
  struct vonk_output *success;
  TRY(vonk_output_create(job->task, vonk_str_format(job->task->arena, STR_FMT "/_SUCCESS", STR_ARG(request->folder)), &success));
  return vonk_output_commit(job->task, success);
}

STATUS vonk_write_query(struct vonk_statement *statement, struct vonk_relation *resolved, const struct vonk_write_request *request) {
  struct job job = {.statement = statement, .task = &statement->task, .request = request};
  struct vonk_fs_list old = {0};
  TRY(open_job(&job));
  if (request->mode == VONK_WRITE_OVERWRITE) {
    const char *slash = request->overwritten.size ? "/" : "";
    struct vonk_str path = vonk_str_format(statement->arena, STR_FMT "%s" STR_FMT, STR_ARG(request->folder), slash, STR_ARG(request->overwritten));
    TRY(list_old(&job, path, &old));
  }
  TRY(vonk_statement_start(statement, resolved));
  job.row_arena = vonk_arena_create(statement->budget);
  enum vonk_status status = write_rows(&job);
  vonk_statement_stop(statement);
  vonk_arena_destroy(job.row_arena);
  if (status != VONK_OK) {
    abort_job(&job);
    return status;
  }
  return commit(&job, &old);
}
