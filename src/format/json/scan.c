/* scan.c: records of JSON files to batches. */
#include "base/array.h"
#include "format/json/json.h"
#include "format/text_given.h"
#include "format/text_scan.h"
#include "text/json_batch.h"

struct json_scan {
  struct vonk_text_scan head;
  struct json_setup setup;
};

struct json_reader {
  struct vonk_text_reader head;
  struct vonk_json_batches *batches;
  size_t used;                         /* of the window, by the lines */
  uint32_t line_at, line_count;
  bool read_file;                      /* multiLine: the file's text has been given */
  struct vonk_str lines[VONK_BATCH_ROWS];
};

static STATUS check_schema(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_scan_options *options) {
  struct json_setup setup;
  if (!options) return VONK_OK;
  TRY(json_setup_read(task, task->arena, options, &setup));
  return vonk_text_check_corrupt(task, schema, setup.options.corrupt_name);
}

static STATUS open_scan(struct vonk_task *task, const struct vonk_scan_spec *spec, struct vonk_scan **out) {
  struct json_setup setup;
  struct vonk_text_scan *head;
  TRY(json_setup_read(task, task->arena, &spec->options, &setup));
  TRY(vonk_text_scan_open(task, &vonk_format_json, spec, &setup.rules, sizeof(struct json_scan), &head));
  struct json_scan *scan = (struct json_scan *)head;
  enum vonk_status status = json_setup_read(task, head->arena, &spec->options, &scan->setup);
  if (status == VONK_OK) status = vonk_text_check_wanted(task, spec->schema, head->columns.data, head->columns.data_count, setup.options.corrupt_name);
  if (status != VONK_OK) {
    vonk_text_scan_close(&head->scan);
    return status;
  }
  *out = &head->scan;
  return VONK_OK;
}

static void close_unit(struct vonk_reader *reader) {
  vonk_json_batches_close(((struct json_reader *)reader)->batches);
  vonk_text_reader_close((struct vonk_text_reader *)reader);
}

static STATUS open_unit(struct vonk_task *task, const struct vonk_scan *base, uint32_t unit, struct vonk_reader **out) {
  const struct json_scan *scan = (const struct json_scan *)base;
  struct vonk_text_reader *head;
  TRY(vonk_text_reader_open(task, base, unit, sizeof(struct json_reader), &head));
  struct json_reader *r = (struct json_reader *)head;
  enum vonk_status status =
      vonk_json_batches_open(task, &scan->setup.options, base->spec->schema, scan->head.columns.data, scan->head.columns.data_count, &r->batches);
  if (status != VONK_OK) {
    close_unit(&head->reader);
    return status;
  }
  *out = &head->reader;
  return VONK_OK;
}

/* The next texts, when those there are used. */
static STATUS take_lines(struct vonk_task *task, struct json_reader *r) {
  const struct json_scan *scan = (const struct json_scan *)r->head.reader.scan;
  struct vonk_text_source *source = &r->head.source;
  if (r->line_at < r->line_count) return VONK_OK;
  r->line_at = r->line_count = 0;
  if (scan->head.rules.is_whole) {
    if (!r->read_file) r->lines[r->line_count++] = json_file_text(source);
    r->read_file = true;
    return VONK_OK;
  }
  TRY(vonk_text_source_next(task, source, r->used));
  r->line_count = vonk_text_lines(&scan->head.rules, vonk_str_make(source->data, source->size), r->lines, VONK_BATCH_ROWS, &r->used);
  return VONK_OK;
}

static STATUS read_batch(struct vonk_task *task, struct json_reader *r, struct vonk_batch *out) {
  struct vonk_batch records;
  uint32_t count, used;
  do {
    TRY(vonk_task_check(task));
    TRY(take_lines(task, r));
    count = r->line_count - r->line_at;
    TRY(vonk_json_batches_read(task, r->batches, r->lines + r->line_at, count, &used, &records));
    r->line_at += used;
  } while (!records.row_count && count);
  if (records.row_count) vonk_text_reader_batch(&r->head, records.columns, records.row_count, out);
  else r->head.is_over = true;
  return VONK_OK;
}

static STATUS next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out) {
  struct json_reader *r = (struct json_reader *)reader;
  *out = (struct vonk_batch){.unit = reader->unit};
  if (r->head.is_over) return VONK_OK;
  return vonk_text_reader_status(task, &r->head, read_batch(task, r, out));
}

static const enum vonk_conf_key settings[] = {VONK_CONF_CORRUPT_RECORD_NAME, VONK_CONF_TIMESTAMP_TYPE, VONK_CONF_JSON_IGNORE_NULLS};

const struct vonk_format_type vonk_format_json = {
    .name = "json",
    .settings = settings,
    .setting_count = COUNT_OF(settings),
    .infer_schema = json_infer_schema,
    .check_schema = check_schema,
    .open_scan = open_scan,
    .close_scan = vonk_text_scan_close,
    .open_unit = open_unit,
    .next = next,
    .close_unit = close_unit,
    .sink = &json_sink,
};
