/* scan.c: lines of text, or whole files, as the column `value`. */
#include "base/array.h"
#include "format/text/text.h"
#include "format/text_scan.h"

struct text_reader {
  struct vonk_text_reader head;
  struct vonk_scratch scratch;
  struct vonk_str lines[VONK_BATCH_ROWS];
};

/* Lines are UTF-8 whatever an encoding says, as on Spark. */
static STATUS read_rules(struct vonk_task *task, const struct vonk_scan_options *options, struct vonk_text_rules *out) {
  struct vonk_str whole = vonk_scan_option(options->items, options->item_count, STR("wholetext"));
  *out = (struct vonk_text_rules){.is_whole = vonk_str_equal_nocase(whole, STR("true"))};
  if (whole.data && !out->is_whole && !vonk_str_equal_nocase(whole, STR("false"))) {
    return vonk_raisef(task, VONK__LEGACY_ERROR_TEMP_0064, NULL, "msg", "The option wholetext is true or false, not \"" STR_FMT "\".", STR_ARG(whole));
  }
  return vonk_text_line_end(task, options->items, options->item_count, &out->line_end);
}

static STATUS infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                           const struct vonk_type *given, struct vonk_scan_info *info) {
  const struct vonk_type_field value = {.name = STR("value"), .type = &vonk_type_string, .nullable = true};
  (void)options, (void)given;
  vonk_text_info(files, file_count, vonk_type_struct(task->arena, &value, 1), info);
  return VONK_OK;
}

static STATUS check_schema(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_scan_options *options) {
  TRY(text_check_schema(task, schema));
  if (!options || schema->field_count == 1) return VONK_OK; /* a table may be made all the same */
  return vonk_raisef(task, VONK__LEGACY_ERROR_TEMP_1290, NULL, "schemaSize", "%u", schema->field_count);
}

static STATUS open_scan(struct vonk_task *task, const struct vonk_scan_spec *spec, struct vonk_scan **out) {
  struct vonk_text_rules rules;
  struct vonk_text_scan *scan;
  TRY(read_rules(task, &spec->options, &rules));
  TRY(vonk_text_scan_open(task, &vonk_format_text, spec, &rules, sizeof *scan, &scan));
  *out = &scan->scan;
  return VONK_OK;
}

static STATUS open_unit(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  struct vonk_text_reader *reader;
  TRY(vonk_text_reader_open(task, scan, unit, sizeof(struct text_reader), &reader));
  *out = &reader->reader;
  return VONK_OK;
}

static void close_unit(struct vonk_reader *reader) {
  vonk_scratch_deinit(&((struct text_reader *)reader)->scratch);
  vonk_text_reader_close((struct vonk_text_reader *)reader);
}

/* The whole file is one value, also an empty one. */
static uint32_t take_file(struct text_reader *r, size_t *used) {
  r->lines[0] = vonk_str_make(r->head.source.data, r->head.source.size);
  r->head.is_over = true;
  *used = 0;
  return 1;
}

static STATUS fill(struct vonk_task *task, struct text_reader *r, uint32_t count, struct vonk_column *column) {
  struct vonk_view *views;
  vonk_scratch_reset(&r->scratch);
  TRY(vonk_scratch_take_rows(task, &r->scratch, count, sizeof *views, (void **)&views));
  for (uint32_t i = 0; i < count; i++) {
    if (r->lines[i].size > INT32_MAX) {
      return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", r->head.source.file->path, "reason", STR("a value is longer than 2 GiB"), NULL);
    }
    vonk_view_put(&views[i], r->lines[i].data, (uint32_t)r->lines[i].size);
  }
  *column = (struct vonk_column){.type = &vonk_type_string, .physical = VONK_PHYSICAL_VIEW, .data = views};
  return VONK_OK;
}

static STATUS read_batch(struct vonk_task *task, struct text_reader *r, struct vonk_batch *out) {
  const struct vonk_text_scan *scan = (const struct vonk_text_scan *)r->head.reader.scan;
  struct vonk_text_source *source = &r->head.source;
  struct vonk_column column;
  size_t used = 0;
  TRY(vonk_task_check(task));
  uint32_t count = scan->rules.is_whole ? take_file(r, &used) : vonk_text_lines(&scan->rules, vonk_str_make(source->data, source->size), r->lines, VONK_BATCH_ROWS, &used);
  if (!count) {
    r->head.is_over = true;
    return VONK_OK;
  }
  source->data += used;
  source->size -= used;
  if (scan->columns.data_count) TRY(fill(task, r, count, &column));
  vonk_text_reader_batch(&r->head, &column, count, out);
  return VONK_OK;
}

static STATUS next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out) {
  struct text_reader *r = (struct text_reader *)reader;
  *out = (struct vonk_batch){.unit = reader->unit};
  if (!r->head.is_over && r->head.row_at) TRY(vonk_text_reader_status(task, &r->head, vonk_text_source_next(task, &r->head.source, 0)));
  return r->head.is_over ? VONK_OK : read_batch(task, r, out);
}

const struct vonk_format_type vonk_format_text = {
    .name = "text",
    .infer_schema = infer_schema,
    .check_schema = check_schema,
    .open_scan = open_scan,
    .close_scan = vonk_text_scan_close,
    .open_unit = open_unit,
    .next = next,
    .close_unit = close_unit,
    .sink = &text_sink,
};
