/* text_scan.c: opening and closing, and columns in their order. */
#include "format/text_scan.h"

STATUS vonk_text_scan_open(struct vonk_task *task, const struct vonk_format_type *type, const struct vonk_scan_spec *spec, const struct vonk_text_rules *rules,
                           size_t size, struct vonk_text_scan **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_text_scan *scan = vonk_arena_alloc(arena, size);
  scan->scan = (struct vonk_scan){.type = type, .spec = spec};
  scan->arena = arena;
  scan->rules = *rules;
  vonk_scan_columns_find(arena, spec, &scan->columns);
  vonk_text_units(arena, rules, &scan->scan);
  *out = scan;
  return VONK_OK;
}

void vonk_text_scan_close(struct vonk_scan *scan) { vonk_arena_destroy(((struct vonk_text_scan *)scan)->arena); }

/* What is wrong with a record is told with its file. */
static STATUS name_file(struct vonk_task *task, const struct vonk_text_reader *reader, enum vonk_status status) {
  if (LIKELY(status != VONK_FAILED)) return status;
  enum vonk_condition condition = task->error->condition;
  if (condition != VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION && condition != VONK_MALFORMED_CSV_RECORD) return status;
  struct vonk_str reason = vonk_error_sentence(task->error, task->arena);
  vonk_error_clear(task->error);
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", reader->source.file->path, "reason", reason, NULL);
}

STATUS vonk_text_reader_status(struct vonk_task *task, struct vonk_text_reader *reader, enum vonk_status status) {
  status = name_file(task, reader, status);
  if (!vonk_scan_may_ignore(task, &reader->reader.scan->spec->options, status)) return status;
  reader->is_over = true;
  return VONK_OK;
}

STATUS vonk_text_reader_open(struct vonk_task *task, const struct vonk_scan *base, uint32_t unit, size_t size, struct vonk_text_reader **out) {
  const struct vonk_text_scan *scan = (const struct vonk_text_scan *)base;
  const struct vonk_scan_spec *spec = base->spec;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_text_reader *r = vonk_arena_alloc(arena, size);
  const struct vonk_scan_file *file = &spec->files[base->units[unit].file];
  uint64_t start, end;
  r->reader = (struct vonk_reader){.scan = base, .unit = unit};
  r->arena = arena;
  r->out = vonk_scan_columns_open(arena, spec, file);
  vonk_text_unit_range(base, &scan->rules, unit, &start, &end);
  enum vonk_status status = vonk_text_reader_status(task, r, vonk_text_source_open(task, &scan->rules, file, start, end, &r->source));
  if (status != VONK_OK) {
    vonk_text_reader_close(r);
    return status;
  }
  *out = r;
  return VONK_OK;
}

void vonk_text_reader_close(struct vonk_text_reader *reader) {
  vonk_text_source_close(&reader->source);
  vonk_arena_destroy(reader->arena);
}

void vonk_text_reader_batch(struct vonk_text_reader *r, const struct vonk_column *columns, uint32_t row_count, struct vonk_batch *out) {
  const struct vonk_text_scan *scan = (const struct vonk_text_scan *)r->reader.scan;
  const struct vonk_scan_spec *spec = scan->scan.spec;
  vonk_scan_columns_put(spec, &scan->columns, columns, r->out);
  *out = (struct vonk_batch){.columns = r->out, .column_count = spec->column_count, .row_count = row_count, .live_count = row_count,
                             .unit = r->reader.unit, .first_row = r->row_at};
  r->row_at += row_count;
}

void vonk_text_info(const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_type *schema, struct vonk_scan_info *info) {
  *info = (struct vonk_scan_info){.schema = schema};
  for (uint32_t i = 0; i < file_count; i++) info->byte_size += files[i].byte_size;
}
