/* scan.c: files as rows: path, modificationTime, length, content. Content is read only when it is wanted; empty files are no rows, as on Spark. */
#include "base/array.h"
#include "format/scan.h"
#include "fs/fs.h"

extern const struct vonk_format_type vonk_format_binary;

enum field { PATH, MODIFICATION_TIME, LENGTH, CONTENT, FIELD_COUNT };

struct binary_scan {
  struct vonk_scan scan;
  struct vonk_arena *arena;            /* holds all of it */
};

struct binary_reader {
  struct vonk_reader reader;
  struct vonk_arena *arena;            /* holds this struct and its columns */
  struct vonk_buffer *content;
  struct vonk_column *out;
  bool is_over;
};

static const struct vonk_type *make_schema(struct vonk_arena *arena) {
  const struct vonk_type_field fields[FIELD_COUNT] = {
      [PATH] = {.name = STR("path"), .type = &vonk_type_string, .nullable = true},
      [MODIFICATION_TIME] = {.name = STR("modificationTime"), .type = &vonk_type_timestamp, .nullable = true},
      [LENGTH] = {.name = STR("length"), .type = &vonk_type_long, .nullable = true},
      [CONTENT] = {.name = STR("content"), .type = &vonk_type_binary, .nullable = true},
  };
  return vonk_type_struct(arena, fields, FIELD_COUNT);
}

static STATUS infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                           const struct vonk_type *given, struct vonk_scan_info *info) {
  (void)options, (void)given;
  *info = (struct vonk_scan_info){.schema = make_schema(task->arena), .has_row_count = true};
  for (uint32_t i = 0; i < file_count; i++) {
    info->byte_size += files[i].byte_size;
    info->row_count += files[i].byte_size > 0;
  }
  return VONK_OK;
}

static STATUS check_schema(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_scan_options *options) {
  const struct vonk_type *own = make_schema(task->arena);
  (void)options;
  bool fits = schema->field_count == own->field_count;
  for (uint32_t i = 0; fits && i < FIELD_COUNT; i++)
    fits = vonk_str_equal(schema->fields[i].name, own->fields[i].name) && vonk_type_same(schema->fields[i].type, own->fields[i].type);
  return fits ? VONK_OK : vonk_unsupported(task, NULL, "binaryFile with another schema than path, modificationTime, length, content");
}

static STATUS open_scan(struct vonk_task *task, const struct vonk_scan_spec *spec, struct vonk_scan **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct binary_scan *scan = ARENA_NEW(arena, struct binary_scan);
  struct vonk_scan_unit *units = ARENA_ARRAY(arena, struct vonk_scan_unit, spec->file_count);
  uint32_t count = 0;
  for (uint32_t f = 0; f < spec->file_count; f++) {
    uint64_t size = spec->files[f].byte_size;
    if (size) units[count++] = (struct vonk_scan_unit){.file = f, .row_count = 1, .byte_size = size, .file_middle = size / 2};
  }
  scan->arena = arena;
  scan->scan = (struct vonk_scan){.type = &vonk_format_binary, .spec = spec, .units = units, .unit_count = count, .row_count = count,
                                  .answers = ARENA_ARRAY(arena, enum vonk_scan_answer, spec->filter_count)};
  *out = &scan->scan;
  return VONK_OK;
}

static void close_scan(struct vonk_scan *scan) { vonk_arena_destroy(((struct binary_scan *)scan)->arena); }

static void close_unit(struct vonk_reader *reader) {
  struct binary_reader *r = (struct binary_reader *)reader;
  vonk_buffer_release(r->content);
  vonk_arena_destroy(r->arena);
}

static STATUS read_content(struct vonk_task *task, struct binary_reader *r, struct vonk_str path, struct vonk_str *out) {
  struct vonk_file *file;
  TRY(vonk_file_open(task, path, &file));
  enum vonk_status status = VONK_OK;
  if (file->byte_size > INT32_MAX) {
    status = vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", path, "reason", STR("it is longer than 2 GiB, too long for one value"), NULL);
  }
  if (status == VONK_OK) status = vonk_buffer_create(task->budget, file->byte_size ? (size_t)file->byte_size : 1, &r->content);
  if (status == VONK_OK && file->byte_size) status = vonk_file_read(task, file, 0, (size_t)file->byte_size, r->content->data);
  if (status == VONK_OK) *out = vonk_str_make((const char *)r->content->data, (size_t)file->byte_size);
  vonk_file_close(file);
  return status;
}

static STATUS set_column(struct vonk_task *task, struct binary_reader *r, const struct vonk_scan_file *file, enum field field, struct vonk_column *out) {
  struct vonk_value value = {0};
  struct vonk_str content;
  switch (field) {
    case PATH: value = vonk_value_text(&vonk_type_string, vonk_fs_uri(r->arena, file->path)); break;
    case MODIFICATION_TIME: value = vonk_value_integer(&vonk_type_timestamp, file->mtime_ns / 1000000 * 1000); break;
    case LENGTH: value = vonk_value_integer(&vonk_type_long, (int64_t)file->byte_size); break;
    default: {
      /* No copy of what may be large. */
      struct vonk_view *view = ARENA_NEW(r->arena, struct vonk_view);
      TRY(read_content(task, r, file->path, &content));
      vonk_view_put(view, content.data, (uint32_t)content.size);
      *out = (struct vonk_column){.type = &vonk_type_binary, .encoding = VONK_CONST, .physical = VONK_PHYSICAL_VIEW, .data = view};
      return VONK_OK;
    }
  }
  *out = vonk_column_const(r->arena, &value);
  return VONK_OK;
}

static STATUS set_columns(struct vonk_task *task, struct binary_reader *r) {
  const struct vonk_scan_spec *spec = r->reader.scan->spec;
  const struct vonk_scan_file *file = &spec->files[r->reader.scan->units[r->reader.unit].file];
  r->out = ARENA_ARRAY(r->arena, struct vonk_column, spec->column_count);
  for (uint32_t i = 0; i < spec->column_count; i++) {
    uint32_t column = spec->columns[i];
    if (column >= FIELD_COUNT) r->out[i] = vonk_column_const(r->arena, &file->partition_values[column - FIELD_COUNT]);
    else TRY(set_column(task, r, file, (enum field)column, &r->out[i]));
  }
  return VONK_OK;
}

static STATUS open_unit(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct binary_reader *r = ARENA_NEW(arena, struct binary_reader);
  r->reader = (struct vonk_reader){.scan = scan, .unit = unit};
  r->arena = arena;
  enum vonk_status status = set_columns(task, r);
  if (vonk_scan_may_ignore(task, &scan->spec->options, status)) {
    r->is_over = true;
    status = VONK_OK;
  }
  if (status != VONK_OK) {
    close_unit(&r->reader);
    return status;
  }
  *out = &r->reader;
  return VONK_OK;
}

static STATUS next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out) {
  struct binary_reader *r = (struct binary_reader *)reader;
  *out = (struct vonk_batch){.unit = reader->unit};
  if (r->is_over) return VONK_OK;
  r->is_over = true;
  TRY(vonk_task_check(task));
  *out = (struct vonk_batch){.columns = r->out, .column_count = reader->scan->spec->column_count, .row_count = 1, .live_count = 1, .unit = reader->unit};
  return VONK_OK;
}

const struct vonk_format_type vonk_format_binary = {
    .name = "binaryFile",
    .infer_schema = infer_schema,
    .check_schema = check_schema,
    .open_scan = open_scan,
    .close_scan = close_scan,
    .open_unit = open_unit,
    .next = next,
    .close_unit = close_unit,
};
