/* file.c: files as they appear in a folder, all formats that can be scanned.
 *
 * The folder in the checkpoint is a compact log of the files seen: entry N lists those of offset N, {"logOffset":N}. A file is read once,
 * by its path; files older than the newest by more than maxFileAge are passed over, and forgotten. Files are taken by their time of change.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/map.h"
#include "fs/sink_log.h"
#include "stream/source.h"
#include "type/json.h"

enum { DAY_MS = 24 * 3600 * 1000, LOG_INTERVAL = 10, LOG_KEEP_MS = 10 * 60 * 1000, UNREAD_MAX = 10000 };

struct options {
  int64_t files_max, bytes_max;        /* of a batch; 0: no bound */
  int64_t age_max_ms;
  bool latest_first, name_only;
};

struct seen {
  struct vonk_arena *arena;
  struct vonk_map times;               /* of the files, on arena: int64_t ms, by path or name */
  int64_t latest_ms, forgotten_ms;
};

struct unread {
  struct vonk_arena *arena;            /* NULL: none */
  struct vonk_scan_file *items;
  size_t next, count;
};

struct files {
  struct vonk_stream_source source;
  const struct vonk_stream_context *context;
  const struct vonk_stream_read *read;
  struct vonk_str log;
  struct vonk_arena *arena;
  const struct vonk_type *schema;      /* as described */
  struct options options;
  struct seen seen;
  struct unread unread;                /* found, and left for the next batches */
  bool end_is_fixed;                   /* then UNREAD is all there will be */
  int64_t latest;                      /* offset; -1: none */
};

static bool file_reads(struct vonk_str format) { return vonk_format_find(format) != NULL; }

/* --- options --- */

static STATUS refuse_option(struct vonk_task *task, const struct vonk_stream_read *read, struct vonk_str key, struct vonk_str value, const char *demand) {
  return vonk_raisef(task, VONK__ILLEGAL_ARGUMENT, read->origin, "message", "Invalid value '" STR_FMT "' for option '" STR_FMT "', must be %s", STR_ARG(value), STR_ARG(key), demand);
}

static STATUS read_positive(struct vonk_task *task, const struct vonk_stream_read *read, struct vonk_str key, int64_t *out) {
  struct vonk_str text = vonk_stream_option(read->options, key);
  if (!text.data) return VONK_OK;
  bool good = vonk_str_to_int64(text, out) || vonk_conf_parse_bytes(text, 1, out);
  return good && *out > 0 ? VONK_OK : refuse_option(task, read, key, text, "a positive integer");
}

static STATUS read_flag(struct vonk_task *task, const struct vonk_stream_read *read, struct vonk_str key, bool *out) {
  struct vonk_str text = vonk_stream_option(read->options, key);
  *out = vonk_str_equal_nocase(text, STR("true"));
  return !text.data || *out || vonk_str_equal_nocase(text, STR("false")) ? VONK_OK : refuse_option(task, read, key, text, "'true' or 'false'");
}

static STATUS read_options(struct vonk_task *task, const struct vonk_stream_read *read, struct options *out) {
  struct vonk_str age = vonk_stream_option(read->options, STR("maxFileAge")), clean = vonk_stream_option(read->options, STR("cleanSource"));
  *out = (struct options){.age_max_ms = 7 * (int64_t)DAY_MS};
  TRY(read_positive(task, read, STR("maxFilesPerTrigger"), &out->files_max));
  TRY(read_positive(task, read, STR("maxBytesPerTrigger"), &out->bytes_max));
  TRY(read_flag(task, read, STR("latestFirst"), &out->latest_first));
  TRY(read_flag(task, read, STR("fileNameOnly"), &out->name_only));
  if (age.data && !vonk_conf_parse_time_ms(age, &out->age_max_ms)) return refuse_option(task, read, STR("maxFileAge"), age, "a time");
  if (clean.data && !vonk_str_equal_nocase(clean, STR("off"))) return vonk_unsupported(task, read->origin, "cleanSource of a stream of files");
  /* The oldest come last then, however old they are. */
  if (out->latest_first && (out->files_max || out->bytes_max)) out->age_max_ms = INT64_MAX;
  return VONK_OK;
}

/* --- the columns --- */

static struct vonk_source_request request_of(const struct vonk_stream_read *read) {
  return (struct vonk_source_request){.format = read->format, .paths = read->paths, .options = read->options, .schema = read->schema, .may_be_empty = true,
                                      .origin = read->origin};
}

static bool is_glob(struct vonk_str path) {
  for (size_t i = 0; i < path.size; i++) {
    if (path.data[i] == '*' || path.data[i] == '?' || path.data[i] == '[' || path.data[i] == '{') return true;
  }
  return false;
}

static STATUS check_path(struct vonk_task *task, const struct vonk_stream_read *read) {
  struct vonk_fs_entry entry;
  bool found;
  if (!read->paths.count) return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_2047, read->origin, NULL);
  if (read->paths.count > 1) return vonk_raise(task, VONK_CONNECT_INVALID_PLAN__MULTIPLE_PATHS_NOT_SUPPORTED_FOR_STREAMING_SOURCE, read->origin, NULL);
  struct vonk_str path = read->paths.parts[0];
  if (is_glob(path)) return VONK_OK;
  TRY(vonk_fs_stat(task, path, &found, &entry));
  return found ? VONK_OK : vonk_raise(task, VONK_PATH_NOT_FOUND, read->origin, "path", path, NULL);
}

/* One column: no file says more. */
static bool is_text(const struct vonk_stream_read *read) {
  return vonk_str_equal_nocase(read->format, STR("text")) || vonk_str_equal_nocase(read->format, STR("binaryFile"));
}

static STATUS file_describe(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read,
                            struct vonk_stream_description *out) {
  static const struct vonk_type_field value = {.name = STR("value"), .type = &vonk_type_string, .nullable = true};
  struct vonk_source_request request = request_of(read);
  const struct vonk_source *source;
  struct options options;
  TRY(check_path(task, read));
  TRY(read_options(task, read, &options));
  bool infers = vonk_conf_bool(context->conf, VONK_CONF_STREAMING_SCHEMA_INFERENCE);
  if (!request.schema && !infers && !is_text(read)) return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_2048, read->origin, NULL);
  if (!request.schema && vonk_str_equal_nocase(read->format, STR("text"))) request.schema = vonk_type_struct(task->arena, &value, 1);
  TRY(vonk_source_open(task, context->catalog, context->conf, &request, &source));
  *out = (struct vonk_stream_description){source->schema, vonk_str_format(task->arena, "FileSource[" STR_FMT "]", STR_ARG(read->paths.parts[0]))};
  return VONK_OK;
}

/* --- files that were seen --- */

static struct vonk_str key_of(const struct files *files, struct vonk_str path) {
  size_t start = files->options.name_only ? path.size : 0;
  while (start > 0 && path.data[start - 1] != '/') start--;
  return vonk_str_slice(path, start, path.size);
}

static void see(struct files *files, struct vonk_str path, int64_t ms) {
  int64_t *kept = ARENA_NEW(files->seen.arena, int64_t);
  *kept = ms;
  vonk_map_put(&files->seen.times, key_of(files, path), kept);
  if (ms > files->seen.latest_ms) files->seen.latest_ms = ms;
}

static bool is_new(const struct files *files, const struct vonk_scan_file *file) {
  return file->mtime_ns / 1000000 >= files->seen.forgotten_ms && !vonk_map_has(&files->seen.times, key_of(files, file->path));
}

/* What is too old to be taken again is forgotten, in a map of its own once half of the old one is that. */
static void forget(struct files *files) {
  struct seen *seen = &files->seen;
  int64_t since_ms = seen->latest_ms - files->options.age_max_ms;
  if (files->options.age_max_ms == INT64_MAX || since_ms <= seen->forgotten_ms) return;
  seen->forgotten_ms = since_ms;
  size_t old = 0;
  for (size_t i = 0; i < seen->times.entry_count; i++) old += *(const int64_t *)seen->times.entries[i].value < since_ms;
  if (old * 2 <= seen->times.entry_count) return;
  struct seen kept = {.arena = vonk_arena_create(NULL), .latest_ms = seen->latest_ms, .forgotten_ms = since_ms};
  vonk_map_init(&kept.times, kept.arena, false);
  for (size_t i = 0; i < seen->times.entry_count; i++) {
    const struct vonk_map_entry *entry = &seen->times.entries[i];
    int64_t ms = *(const int64_t *)entry->value;
    if (ms >= since_ms) vonk_map_put(&kept.times, entry->key, vonk_arena_copy(kept.arena, &ms, sizeof ms));
  }
  vonk_arena_destroy(seen->arena);
  *seen = kept;
}

/* --- the log --- */

struct logged {
  struct vonk_str path;
  int64_t ms, batch;
};

static STATUS parse_line(struct vonk_task *task, struct vonk_str line, struct logged *out) {
  struct vonk_json json = {.arena = task->arena, .text = line};
  uint32_t members = 0;
  struct vonk_str key;
  bool good = true;
  *out = (struct logged){0};
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &members, &key)) {
    if (vonk_str_equal(key, STR("path"))) out->path = vonk_log_path_read(task->arena, vonk_json_string(&json));
    else if (vonk_str_equal(key, STR("timestamp"))) good &= vonk_str_to_int64(vonk_json_skip(&json), &out->ms);
    else if (vonk_str_equal(key, STR("batchId"))) good &= vonk_str_to_int64(vonk_json_skip(&json), &out->batch);
    else (void)vonk_json_skip(&json);
  }
  return good && !json.failed && out->path.size ? VONK_OK : vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", line, NULL);
}

static STATUS recover(struct vonk_task *task, struct files *files) {
  struct vonk_log_lines lines = {0};
  TRY(vonk_compact_log_latest(task, files->log, &files->latest));
  TRY(vonk_compact_log_read(task, files->log, -1, &lines));
  for (size_t i = 0; i < lines.count; i++) {
    struct logged file;
    TRY(parse_line(task, lines.items[i], &file));
    see(files, file.path, file.ms);
  }
  forget(files);
  return VONK_OK;
}

static STATUS log_files(struct vonk_task *task, struct files *files, const struct vonk_scan_file *items, size_t count) {
  struct vonk_compact_log_options options = {LOG_INTERVAL, LOG_KEEP_MS, vonk_clock_wall_micros() / 1000};
  struct vonk_log_lines lines = {0};
  for (size_t i = 0; i < count; i++) {
    struct vonk_text text;
    vonk_text_init(&text, task->arena);
    vonk_text_add(&text, STR("{\"path\":"));
    vonk_json_quote(&text, vonk_log_path_write(task->arena, items[i].path));
    vonk_text_addf(&text, ",\"timestamp\":%" PRId64 ",\"batchId\":%" PRId64 "}", items[i].mtime_ns / 1000000, files->latest + 1);
    *ARRAY_PUSH(task->arena, &lines) = vonk_text_str(&text);
  }
  TRY(vonk_compact_log_add(task, files->log, files->latest + 1, &lines, &options));
  files->latest++;
  return VONK_OK;
}

/* --- life --- */

static STATUS file_open(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read, struct vonk_arena *arena,
                        struct vonk_str folder, struct vonk_stream_source **out) {
  struct files *files = ARENA_NEW(arena, struct files);
  struct vonk_stream_description description;
  *out = &files->source;
  files->context = context;
  files->read = read;
  files->log = folder;
  files->arena = arena;
  files->seen.arena = vonk_arena_create(NULL);
  vonk_map_init(&files->seen.times, files->seen.arena, false);
  TRY(file_describe(task, context, read, &description));
  files->schema = vonk_type_copy(arena, description.schema);
  TRY(read_options(task, read, &files->options));
  files->source.description = vonk_str_format(arena, "FileStreamSource[" STR_FMT "]", STR_ARG(vonk_fs_uri(task->arena, read->paths.parts[0])));
  return recover(task, files);
}

static void file_close(struct vonk_stream_source *source) {
  struct files *files = (struct files *)(void *)source;
  vonk_arena_destroy(files->seen.arena);
  vonk_arena_destroy(files->unread.arena);
}

/* --- batches --- */

static int by_time(const void *a, const void *b) {
  const struct vonk_scan_file *x = a, *y = b;
  if (x->mtime_ns != y->mtime_ns) return x->mtime_ns < y->mtime_ns ? -1 : 1;
  return vonk_str_compare(x->path, y->path);
}
static int by_time_descending(const void *a, const void *b) { return by_time(b, a); }

/* What is there and new, in the order of reading, becomes UNREAD. */
static STATUS list_new(struct vonk_task *task, struct files *files) {
  struct vonk_source_request request = request_of(files->read);
  struct vonk_scan_file *found;
  uint32_t count, kept = 0;
  vonk_arena_destroy(files->unread.arena);
  files->unread = (struct unread){0};
  TRY(vonk_source_list(task, files->context->conf, &request, &found, &count));
  for (uint32_t i = 0; i < count; i++) {
    if (is_new(files, &found[i])) found[kept++] = found[i];
  }
  if (!kept) return VONK_OK;
  qsort(found, kept, sizeof *found, files->options.latest_first ? by_time_descending : by_time);
  files->unread.arena = vonk_arena_create(NULL);
  files->unread.items = vonk_arena_copy(files->unread.arena, found, kept * sizeof *found);
  files->unread.count = kept;
  for (uint32_t i = 0; i < kept; i++) files->unread.items[i].path = vonk_str_copy(files->unread.arena, found[i].path);
  return VONK_OK;
}

/* How many of UNREAD go into the next batch: at least one. */
static size_t take_count(const struct files *files, bool unlimited) {
  const struct unread *unread = &files->unread;
  size_t count = 0, left = unread->count - unread->next;
  uint64_t bytes = 0;
  if (unlimited) return left;
  while (count < left) {
    bytes += unread->items[unread->next + count].byte_size;
    if (files->options.files_max && count >= (size_t)files->options.files_max) break;
    if (files->options.bytes_max && count && bytes > (uint64_t)files->options.bytes_max) break;
    count++;
  }
  return count;
}

static STATUS file_latest(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str start, bool unlimited, struct vonk_stream_offsets *out) {
  struct files *files = (struct files *)(void *)source;
  struct unread *unread = &files->unread;
  (void)start;
  /* What was listed is used up before the folder is looked at again; the latest are always looked for. */
  bool list = unread->next >= unread->count || files->options.latest_first || unread->count - unread->next > UNREAD_MAX;
  if (!files->end_is_fixed && list) TRY(list_new(task, files));
  size_t count = take_count(files, unlimited);
  if (count) {
    const struct vonk_scan_file *items = unread->items + unread->next;
    TRY(log_files(task, files, items, count));
    for (size_t i = 0; i < count; i++) see(files, items[i].path, items[i].mtime_ns / 1000000);
    unread->next += count;
    forget(files);
  }
  if (files->latest >= 0) out->end = vonk_str_format(task->arena, "{\"logOffset\":%" PRId64 "}", files->latest);
  return VONK_OK;
}

static STATUS file_fix_end(struct vonk_task *task, struct vonk_stream_source *source) {
  struct files *files = (struct files *)(void *)source;
  files->end_is_fixed = true;
  return list_new(task, files);
}

static STATUS read_offset(struct vonk_task *task, struct vonk_str text, int64_t *out) {
  struct vonk_json json = {.arena = task->arena, .text = text};
  uint32_t members = 0;
  struct vonk_str key;
  bool found = false;
  *out = -1;
  if (!text.data || vonk_str_to_int64(text, out)) return VONK_OK; /* Spark's oldest form is the number alone */
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &members, &key)) {
    struct vonk_str value = vonk_json_skip(&json);
    if (vonk_str_equal(key, STR("logOffset"))) found = vonk_str_to_int64(value, out);
  }
  return found && !json.failed ? VONK_OK : vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", text, NULL);
}

struct paths {
  struct vonk_str *items;
  size_t count, capacity;
};

/* The files of the entries behind START up to END; a compact entry holds others too. */
static STATUS find_logged(struct vonk_task *task, struct files *files, int64_t start, int64_t end, struct paths *out) {
  for (int64_t number = start + 1; number <= end; number++) {
    struct vonk_log_lines lines = {0};
    bool found;
    TRY(vonk_compact_log_read_one(task, files->log, number, &found, &lines));
    if (!found) TRY(vonk_compact_log_read(task, files->log, -1, &lines));
    for (size_t i = 0; i < lines.count; i++) {
      struct logged file;
      TRY(parse_line(task, lines.items[i], &file));
      if (file.batch == number) *ARRAY_PUSH(task->arena, out) = file.path;
    }
  }
  return VONK_OK;
}

/* The user's options, and where partitions begin; paths are names as they stand. */
static struct vonk_options options_of(struct vonk_arena *arena, const struct files *files) {
  struct vonk_options given = files->read->options;
  struct vonk_option *items = ARENA_ARRAY(arena, struct vonk_option, given.count + 3);
  uint32_t count = 0;
  struct vonk_str path = files->read->paths.parts[0];
  for (uint32_t i = 0; i < given.count; i++) {
    if (!vonk_str_equal_nocase(given.items[i].key, STR("path"))) items[count++] = given.items[i];
  }
  items[count++] = (struct vonk_option){STR("__globPaths__"), STR("false")};
  if (!is_glob(path) && !vonk_stream_option(given, STR("basePath")).data) items[count++] = (struct vonk_option){STR("basePath"), path};
  return (struct vonk_options){items, count};
}

static struct vonk_expr *column(struct vonk_arena *arena, struct vonk_str name) {
  struct vonk_expr_attribute *attribute = EXPR_NEW(arena, attribute, NULL);
  struct vonk_str *part = ARENA_NEW(arena, struct vonk_str);
  *part = name;
  attribute->name = (struct vonk_name){part, 1};
  return &attribute->expr;
}

static STATUS file_rows(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str start, struct vonk_str end, struct vonk_relation **out) {
  struct files *files = (struct files *)(void *)source;
  struct vonk_relation_read *read = RELATION_NEW(task->arena, read, NULL);
  struct vonk_relation_project_star *project = RELATION_NEW(task->arena, project_star, NULL);
  struct paths paths = {0};
  int64_t from, to;
  TRY(read_offset(task, start, &from));
  TRY(read_offset(task, end, &to));
  TRY(find_logged(task, files, from, to, &paths));
  *out = NULL;
  if (!paths.count) return VONK_OK;
  read->format = files->read->format;
  read->paths = (struct vonk_name){paths.items, (uint32_t)paths.count};
  read->options = options_of(task->arena, files);
  read->schema = vonk_type_json(task->arena, files->schema);
  project->input = &read->relation;
  project->expressions = (struct vonk_exprs){ARENA_ARRAY(task->arena, struct vonk_expr *, files->schema->field_count), files->schema->field_count};
  for (uint32_t i = 0; i < files->schema->field_count; i++) project->expressions.items[i] = column(task->arena, files->schema->fields[i].name);
  *out = &project->relation;
  return VONK_OK;
}

const struct vonk_stream_source_type vonk_stream_source_file = {
    .name = "file",
    .reads = file_reads,
    .describe = file_describe,
    .open = file_open,
    .latest = file_latest,
    .fix_end = file_fix_end,
    .rows = file_rows,
    .close = file_close,
};
