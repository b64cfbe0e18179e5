/* scan.c: records of CSV files to batches. */
#include "base/array.h"
#include "format/csv/csv.h"
#include "format/text_given.h"
#include "format/text_scan.h"
#include "text/csv_reader.h"
#include "text/csv_tokens.h"

struct csv_scan {
  struct vonk_text_scan head;
  struct csv_setup setup;
};

struct csv_reader {
  struct vonk_text_reader head;
  struct vonk_csv_reader *records;
  struct vonk_csv_options options;     /* the scan's, with the file's line ends */
  size_t used;                         /* of the window, by the batch before */
  struct vonk_str lines[VONK_BATCH_ROWS];
};

static STATUS check_schema(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_scan_options *options) {
  struct csv_setup setup;
  TRY(vonk_csv_check_schema(task, schema));
  if (!options) return VONK_OK;
  TRY(csv_setup_read(task, task->arena, options, &setup));
  return vonk_text_check_corrupt(task, schema, setup.options.corrupt_name);
}

static STATUS open_scan(struct vonk_task *task, const struct vonk_scan_spec *spec, struct vonk_scan **out) {
  struct csv_setup setup;
  struct vonk_text_scan *head;
  TRY(csv_setup_read(task, task->arena, &spec->options, &setup));
  TRY(vonk_text_scan_open(task, &vonk_format_csv, spec, &setup.rules, sizeof(struct csv_scan), &head));
  struct csv_scan *scan = (struct csv_scan *)head;
  enum vonk_status status = csv_setup_read(task, head->arena, &spec->options, &scan->setup);
  if (status == VONK_OK) status = vonk_text_check_wanted(task, spec->schema, head->columns.data, head->columns.data_count, setup.options.corrupt_name);
  if (status != VONK_OK) {
    vonk_text_scan_close(&head->scan);
    return status;
  }
  *out = &head->scan;
  return VONK_OK;
}

/* --- a unit --- */

static struct vonk_str window(const struct csv_reader *r) { return vonk_str_make(r->head.source.data, r->head.source.size); }

static STATUS advance(struct vonk_task *task, struct csv_reader *r) {
  size_t used = r->used;
  r->used = 0;
  return vonk_text_source_next(task, &r->head.source, used);
}

static STATUS refuse_header(struct vonk_task *task, const struct csv_reader *r, const char *reason) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", r->head.source.file->path, "reason", vonk_str_of(reason), NULL);
}

/* enforceSchema false: the names of the header are those of the columns: of all of them, or of those that are wanted where the others are
 * not looked at. */
static STATUS check_header(struct vonk_task *task, const struct csv_reader *r, const struct vonk_csv_tokens *header) {
  const struct csv_scan *scan = (const struct csv_scan *)r->head.reader.scan;
  const struct vonk_scan_spec *spec = scan->head.scan.spec;
  const struct vonk_type *schema = spec->schema;
  uint32_t count = 0, wanted_count = 0, corrupt = UINT32_MAX;
  bool *wanted = ARENA_ARRAY(task->arena, bool, schema->field_count);
  for (uint32_t i = 0; i < scan->head.columns.data_count; i++) wanted[scan->head.columns.data[i]] = true;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    if (vonk_str_equal(schema->fields[i].name, r->options.corrupt_name)) corrupt = i;
    else count++, wanted_count += wanted[i];
  }
  bool prunes = r->options.prune_columns && wanted_count < count && (corrupt == UINT32_MAX || !wanted[corrupt]);
  if (!prunes && header->count != count) return refuse_header(task, r, "its header has another number of columns than the schema");
  for (uint32_t i = 0, place = 0; i < schema->field_count; i++) {
    if (i == corrupt) continue;
    uint32_t at = place++;
    if (prunes && !wanted[i]) continue;
    struct vonk_str name = schema->fields[i].name, found = {0};
    if (at < header->count) found = vonk_str_make(header->items[at].data, header->items[at].size);
    if (spec->options.case_sensitive ? !vonk_str_equal(name, found) : !vonk_str_equal_nocase(name, found)) {
      return refuse_header(task, r, "the names in its header are not those of the schema");
    }
  }
  return VONK_OK;
}

/* The header: the first line that is a record. */
static STATUS skip_header(struct vonk_task *task, struct csv_reader *r) {
  const struct csv_scan *scan = (const struct csv_scan *)r->head.reader.scan;
  for (bool found = false; !found;) {
    struct vonk_str line;
    if (!vonk_text_lines(&scan->head.rules, window(r), &line, 1, &r->used)) return VONK_OK;
    found = !vonk_csv_is_no_record(&r->options, line);
    if (found && !r->options.enforce_schema) {
      struct vonk_csv_tokens tokens = {.arena = task->arena};
      size_t size;
      (void)vonk_csv_tokenize(&r->options, line, &tokens, &size);
      TRY(check_header(task, r, &tokens));
    }
    TRY(advance(task, r));
  }
  return VONK_OK;
}

static STATUS begin_text(struct vonk_task *task, struct csv_reader *r) {
  const struct csv_scan *scan = (const struct csv_scan *)r->head.reader.scan;
  struct vonk_csv_tokens tokens = {.arena = task->arena};
  struct vonk_str text = window(r);
  if (vonk_str_starts_with(text, STR("\xEF\xBB\xBF"))) r->used = 3;
  text = vonk_str_slice(text, r->used, text.size);
  if (!scan->setup.rules.line_end.size) csv_detect_line_end(&r->options, text);
  if (r->options.header && text.size) {
    size_t size;
    (void)vonk_csv_tokenize(&r->options, text, &tokens, &size);
    if (!r->options.enforce_schema) TRY(check_header(task, r, &tokens));
    r->used += size;
  }
  return advance(task, r);
}

static STATUS begin(struct vonk_task *task, struct csv_reader *r, uint32_t unit) {
  const struct csv_scan *scan = (const struct csv_scan *)r->head.reader.scan;
  const struct vonk_scan_spec *spec = scan->head.scan.spec;
  r->options = scan->setup.options;
  TRY(vonk_csv_reader_open(task, &r->options, spec->schema, scan->head.columns.data, scan->head.columns.data_count, &r->records));
  if (r->head.is_over) return VONK_OK;
  if (r->options.multi_line) return vonk_text_reader_status(task, &r->head, begin_text(task, r));
  if (!r->options.header || scan->head.scan.units[unit].part) return VONK_OK;
  return vonk_text_reader_status(task, &r->head, skip_header(task, r));
}

static void close_unit(struct vonk_reader *reader) {
  vonk_csv_reader_close(((struct csv_reader *)reader)->records);
  vonk_text_reader_close((struct vonk_text_reader *)reader);
}

static STATUS open_unit(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  struct vonk_text_reader *head;
  TRY(vonk_text_reader_open(task, scan, unit, sizeof(struct csv_reader), &head));
  enum vonk_status status = begin(task, (struct csv_reader *)head, unit);
  if (status != VONK_OK) {
    close_unit(&head->reader);
    return status;
  }
  *out = &head->reader;
  return VONK_OK;
}

/* --- batches --- */

/* Rows of the window; OUT's row_count is 0 at the end. */
static STATUS read_lines(struct vonk_task *task, struct csv_reader *r, struct vonk_batch *out) {
  const struct csv_scan *scan = (const struct csv_scan *)r->head.reader.scan;
  uint32_t count = 0, kept = 0;
  for (;;) {
    count = vonk_text_lines(&scan->head.rules, window(r), r->lines, VONK_BATCH_ROWS, &r->used);
    for (uint32_t i = 0; i < count; i++) {
      r->lines[kept] = r->lines[i];
      kept += !vonk_csv_is_no_record(&r->options, r->lines[i]);
    }
    if (kept || !count) break;
    TRY(advance(task, r));
  }
  return vonk_csv_reader_read(task, r->records, r->lines, kept, true, out);
}

static STATUS read_batch(struct vonk_task *task, struct csv_reader *r, struct vonk_batch *out) {
  struct vonk_batch records;
  do {
    TRY(vonk_task_check(task));
    TRY(advance(task, r));
    if (r->options.multi_line) TRY(vonk_csv_reader_read_text(task, r->records, window(r), &r->used, &records));
    else TRY(read_lines(task, r, &records));
  } while (records.row_count && !records.live_count);
  if (!records.row_count) {
    r->head.is_over = true;
    return VONK_OK;
  }
  bool dense = !records.column_count && !((const struct vonk_text_scan *)r->head.reader.scan)->scan.spec->column_count;
  vonk_text_reader_batch(&r->head, records.columns, dense ? records.live_count : records.row_count, out);
  if (dense) return VONK_OK;
  out->live = records.live;
  out->live_count = records.live_count;
  return VONK_OK;
}

static STATUS next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out) {
  struct csv_reader *r = (struct csv_reader *)reader;
  *out = (struct vonk_batch){.unit = reader->unit};
  if (r->head.is_over) return VONK_OK;
  return vonk_text_reader_status(task, &r->head, read_batch(task, r, out));
}

static const enum vonk_conf_key settings[] = {VONK_CONF_CORRUPT_RECORD_NAME, VONK_CONF_TIMESTAMP_TYPE, VONK_CONF_CSV_COLUMN_PRUNING};

const struct vonk_format_type vonk_format_csv = {
    .name = "csv",
    .settings = settings,
    .setting_count = COUNT_OF(settings),
    .infer_schema = csv_infer_schema,
    .check_schema = check_schema,
    .open_scan = open_scan,
    .close_scan = vonk_text_scan_close,
    .open_unit = open_unit,
    .next = next,
    .close_unit = close_unit,
    .sink = &csv_sink,
};
