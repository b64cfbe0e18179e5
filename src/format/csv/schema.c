/* schema.c: names from the first record of the largest file, as Spark lists it first; types, when asked for, from all records of all files. */
#include "base/bits.h"
#include "format/csv/csv.h"
#include "format/text_given.h"
#include "format/text_scan.h"
#include "text/csv_infer.h"
#include "text/csv_tokens.h"

STATUS csv_setup_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_options *scan, struct csv_setup *out) {
  struct vonk_text_defaults defaults;
  vonk_text_given(arena, scan->items, scan->item_count, scan->zone, &out->given, &defaults);
  TRY(vonk_csv_options_read(task, arena, &out->given, &defaults, &out->options));
  TRY(vonk_text_rules_read(task, "CSVOptions", scan->items, scan->item_count, &out->rules));
  out->rules.is_whole = out->options.multi_line;
  if (vonk_text_option(&out->given, "singleVariantColumn").size) return vonk_unsupported(task, NULL, "CSV files with singleVariantColumn");
  struct vonk_str end = out->rules.line_end;
  if (!out->options.multi_line || !end.size) return VONK_OK;
  out->options.line_end = vonk_str_equal(end, STR("\r\n")) ? VONK_CSV_CRLF : end.data[0] == '\r' ? VONK_CSV_CR : VONK_CSV_LF;
  bool known = end.size == 1 ? end.data[0] == '\n' || end.data[0] == '\r' : vonk_str_equal(end, STR("\r\n"));
  return known ? VONK_OK : vonk_unsupported(task, NULL, "CSV with multiLine and such a lineSep");
}

void csv_detect_line_end(struct vonk_csv_options *options, struct vonk_str text) {
  size_t at = 0;
  while (at < text.size && text.data[at] != '\n' && text.data[at] != '\r') at++;
  if (at == text.size || text.data[at] == '\n') options->line_end = VONK_CSV_LF;
  else options->line_end = at + 1 < text.size && text.data[at + 1] == '\n' ? VONK_CSV_CRLF : VONK_CSV_CR;
}

/* --- records of files --- */

struct walk {
  struct csv_setup *setup;
  bool case_sensitive;
  struct vonk_str first;               /* the first record of all, copied */
  struct vonk_csv_inference *inference;
  uint64_t sampled;                    /* of 2^32 records */
  uint32_t seed;
};

/* Is the next record one of the sample? */
static bool is_sampled(struct walk *w) {
  w->seed = w->seed * 1664525 + 1013904223;
  return w->seed < w->sampled;
}

static void add_lines(struct walk *w, struct vonk_str *lines, uint32_t count) {
  const struct vonk_csv_options *o = &w->setup->options;
  for (uint32_t i = 0; i < count; i++) {
    if (vonk_csv_is_no_record(o, lines[i]) || (o->header && vonk_str_equal(lines[i], w->first))) continue;
    if (is_sampled(w)) vonk_csv_inference_add(w->inference, lines[i], NULL);
  }
}

/* The names, once the first record is known. */
static STATUS set_first(struct vonk_task *task, struct walk *w, struct vonk_str record, struct vonk_scan_info *info) {
  const struct vonk_csv_options *o = &w->setup->options;
  struct vonk_str *names;
  uint32_t count;
  w->first = vonk_str_copy(task->arena, record);
  TRY(vonk_csv_column_names(task, o, w->first, w->case_sensitive, &names, &count));
  struct vonk_type_field *fields = ARENA_ARRAY(task->arena, struct vonk_type_field, count);
  for (uint32_t i = 0; i < count; i++) fields[i] = (struct vonk_type_field){.name = names[i], .type = &vonk_type_string, .nullable = true};
  info->schema = vonk_type_struct(task->arena, fields, count);
  return o->infer_schema ? vonk_csv_inference_create(task, o, count, &w->inference) : VONK_OK;
}

/* A file of lines. Without inference only its first record counts. */
static STATUS walk_lines(struct vonk_task *task, struct walk *w, struct vonk_text_source *source, struct vonk_scan_info *info) {
  enum { LINES = 512 };
  struct vonk_str lines[LINES];
  for (;;) {
    size_t used;
    uint32_t count = vonk_text_lines(&w->setup->rules, vonk_str_make(source->data, source->size), lines, LINES, &used);
    for (uint32_t i = 0; i < count && !info->schema; i++) {
      if (!vonk_csv_is_no_record(&w->setup->options, lines[i])) TRY(set_first(task, w, lines[i], info));
    }
    if (!count || (info->schema && !w->inference)) return VONK_OK;
    if (w->inference) add_lines(w, lines, count);
    TRY(vonk_task_check(task));
    TRY(vonk_text_source_next(task, source, used));
  }
}

static STATUS walk_records(struct vonk_task *task, struct walk *w, struct vonk_text_source *source, struct vonk_scan_info *info) {
  struct vonk_csv_options *o = &w->setup->options;
  struct vonk_str text = vonk_str_make(source->data, source->size);
  bool is_first = true;
  if (vonk_str_starts_with(text, STR("\xEF\xBB\xBF"))) text = vonk_str_slice(text, 3, text.size);
  if (!w->setup->rules.line_end.size) csv_detect_line_end(o, text);
  for (size_t at = 0, size; at < text.size; at += size) {
    struct vonk_csv_tokens tokens = {.arena = task->arena};
    struct vonk_str rest = vonk_str_slice(text, at, text.size);
    bool blank = rest.data[0] == '\n' || rest.data[0] == '\r';
    if (!info->schema && !blank) {
      (void)vonk_csv_tokenize(o, rest, &tokens, &size);
      TRY(set_first(task, w, vonk_str_slice(rest, 0, size), info));
      if (!w->inference) return VONK_OK;
    }
    if (blank) size = 1;
    else if (is_first && o->header) (void)vonk_csv_tokenize(o, rest, &tokens, &size);
    else vonk_csv_inference_add(w->inference, rest, &size);
    is_first = is_first && blank;
    TRY(vonk_task_check(task));
  }
  return VONK_OK;
}

static STATUS walk_file(struct vonk_task *task, struct walk *w, const struct vonk_scan_file *file, const struct vonk_scan_options *options,
                        struct vonk_scan_info *info) {
  struct vonk_text_source source;
  enum vonk_status status = vonk_text_source_open(task, &w->setup->rules, file, 0, UINT64_MAX, &source);
  if (status == VONK_OK) status = w->setup->options.multi_line ? walk_records(task, w, &source, info) : walk_lines(task, w, &source, info);
  vonk_text_source_close(&source);
  if (vonk_scan_may_ignore(task, options, status)) return VONK_OK;
  return vonk_task_memory_error_reading(task, status, file->path);
}

static STATUS walk_files(struct vonk_task *task, struct walk *w, const struct vonk_scan_file *files, uint32_t file_count,
                         const struct vonk_scan_options *options, struct vonk_scan_info *info) {
  uint32_t first = 0;
  for (uint32_t i = 1; i < file_count; i++) {
    if (files[i].byte_size > files[first].byte_size) first = i;
  }
  TRY(walk_file(task, w, &files[first], options, info));
  for (uint32_t i = 0; i < file_count && (!info->schema || w->inference); i++) {
    if (i != first) TRY(walk_file(task, w, &files[i], options, info));
  }
  if (!info->schema) info->schema = vonk_type_struct(task->arena, NULL, 0);
  if (!w->inference) return VONK_OK;
  struct vonk_type_field *fields = vonk_arena_copy(task->arena, info->schema->fields, info->schema->field_count * sizeof *fields);
  for (uint32_t i = 0; i < info->schema->field_count; i++) fields[i].type = vonk_csv_inference_type(w->inference, task->arena, i);
  info->schema = vonk_type_struct(task->arena, fields, info->schema->field_count);
  return VONK_OK;
}

STATUS csv_infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                        const struct vonk_type *given, struct vonk_scan_info *info) {
  struct csv_setup setup;
  vonk_text_info(files, file_count, NULL, info);
  TRY(csv_setup_read(task, task->arena, options, &setup));
  if (given) return VONK_OK;
  double ratio = setup.options.sampling_ratio > 0.99 ? 1 : setup.options.sampling_ratio;
  struct walk w = {.setup = &setup, .case_sensitive = options->case_sensitive, .sampled = (uint64_t)(ratio * 4294967296.0), .seed = 1};
  enum vonk_status status = walk_files(task, &w, files, file_count, options, info);
  vonk_csv_inference_destroy(w.inference);
  return status;
}
