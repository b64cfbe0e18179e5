/* schema.c: the type that all records of all files have in common. */
#include "format/json/json.h"
#include "format/text_given.h"
#include "format/text_scan.h"
#include "text/json_infer.h"

/* Lines of UTF-16 and UTF-32 are not looked for without their byte order, and in other encodings than UTF-8 not without their end. */
static STATUS check_encoding(struct vonk_task *task, const struct json_setup *setup) {
  enum vonk_encoding_name encoding = setup->rules.encoding;
  if (setup->options.multi_line || encoding == VONK_ENCODING_UTF8) return VONK_OK;
  if (encoding == VONK_ENCODING_UTF16 || encoding == VONK_ENCODING_UTF32) {
    return vonk_raise(task, VONK__REQUIREMENT_FAILED, NULL, "message", STR("JSON lines cannot be UTF-16 or UTF-32 of any byte order; multiLine can."), NULL);
  }
  if (setup->rules.line_end.size) return VONK_OK;
  return vonk_raise(task, VONK__REQUIREMENT_FAILED, NULL, "message", STR("JSON lines in this encoding need the option lineSep."), NULL);
}

STATUS json_setup_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_options *scan, struct json_setup *out) {
  struct vonk_text_defaults defaults;
  vonk_text_given(arena, scan->items, scan->item_count, scan->zone, &out->given, &defaults);
  TRY(vonk_json_options_read(task, arena, &out->given, &defaults, &out->options));
  TRY(vonk_text_rules_read(task, "JSONOptions", scan->items, scan->item_count, &out->rules));
  if (out->options.variant_name.size) return vonk_unsupported(task, NULL, "JSON files with singleVariantColumn");
  out->rules.is_whole = out->options.multi_line;
  struct vonk_str locale = vonk_text_option(&out->given, "locale");
  bool is_us = !locale.size || vonk_str_equal_nocase(locale, STR("en-US")) || vonk_str_equal_nocase(locale, STR("en"));
  if (!is_us) return vonk_unsupported(task, NULL, "JSON in a locale other than en-US");
  out->options.exact_texts = true;
  return check_encoding(task, out);
}

struct vonk_str json_file_text(const struct vonk_text_source *source) {
  struct vonk_str text = vonk_str_make(source->data, source->size);
  return vonk_str_starts_with(text, STR("\xEF\xBB\xBF")) ? vonk_str_slice(text, 3, text.size) : text;
}

struct walk {
  const struct json_setup *setup;
  struct vonk_json_inference *inference;
  struct vonk_arena *kept, *spare;     /* TYPE lies on KEPT */
  struct vonk_arena *record;
  const struct vonk_type *type;        /* NULL: no record yet */
  bool malformed;
  uint64_t sampled;                    /* of 2^32 records */
  uint32_t seed;
};

static void keep_type(struct walk *w, const struct vonk_type *type) {
  if (w->type && vonk_type_equal(w->type, type)) return;
  struct vonk_arena *kept = w->spare;
  w->type = vonk_type_copy(kept, type);
  w->spare = w->kept;
  w->kept = kept;
  vonk_arena_reset(w->spare);
}

static STATUS add_record(struct vonk_task *task, struct walk *w, struct vonk_str text) {
  enum { SHOWN_BYTES = 1000 };
  w->seed = w->seed * 1664525 + 1013904223;
  if (w->seed >= w->sampled) return VONK_OK;
  const struct vonk_type *type = vonk_json_infer(w->inference, w->record, text);
  while (type && type->id == VONK_TYPE_ARRAY) type = type->element;
  if (type && type->id == VONK_TYPE_VOID) return VONK_OK;
  if (!type || type->id != VONK_TYPE_STRUCT) {
    w->malformed = true;
    if (w->setup->options.mode != VONK_TEXT_FAIL_FAST) return VONK_OK;
    if (text.size > SHOWN_BYTES) text.size = SHOWN_BYTES;
    return vonk_raise(task, VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION, NULL, "badRecord", text, "failFastMode", STR("FAILFAST"), NULL);
  }
  keep_type(w, w->type ? vonk_json_infer_merge(w->record, w->type, type) : type);
  vonk_arena_reset(w->record);
  return VONK_OK;
}

static STATUS walk_lines(struct vonk_task *task, struct walk *w, struct vonk_text_source *source) {
  enum { LINES = 512 };
  struct vonk_str lines[LINES];
  for (;;) {
    size_t used;
    uint32_t count = vonk_text_lines(&w->setup->rules, vonk_str_make(source->data, source->size), lines, LINES, &used);
    if (!count) return VONK_OK;
    for (uint32_t i = 0; i < count; i++) TRY(add_record(task, w, lines[i]));
    TRY(vonk_task_check(task));
    TRY(vonk_text_source_next(task, source, used));
  }
}

static STATUS walk_file(struct vonk_task *task, struct walk *w, const struct vonk_scan_file *file, const struct vonk_scan_options *options) {
  struct vonk_text_source source;
  enum vonk_status status = vonk_text_source_open(task, &w->setup->rules, file, 0, UINT64_MAX, &source);
  if (status == VONK_OK) status = w->setup->options.multi_line ? add_record(task, w, json_file_text(&source)) : walk_lines(task, w, &source);
  vonk_text_source_close(&source);
  if (vonk_scan_may_ignore(task, options, status)) return VONK_OK;
  return vonk_task_memory_error_reading(task, status, file->path);
}

STATUS json_infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                         const struct vonk_type *given, struct vonk_scan_info *info) {
  struct json_setup setup;
  vonk_text_info(files, file_count, NULL, info);
  TRY(json_setup_read(task, task->arena, options, &setup));
  if (given) return VONK_OK;
  double ratio = setup.options.sampling_ratio > 0.99 ? 1 : setup.options.sampling_ratio;
  struct walk w = {.setup = &setup, .sampled = (uint64_t)(ratio * 4294967296.0), .seed = 1};
  TRY(vonk_json_inference_create(task, &setup.options, &w.inference));
  w.kept = vonk_arena_create(task->budget), w.spare = vonk_arena_create(task->budget), w.record = vonk_arena_create(task->budget);
  enum vonk_status status = VONK_OK;
  for (uint32_t i = 0; i < file_count && status == VONK_OK; i++) status = walk_file(task, &w, &files[i], options);
  if (status == VONK_OK) {
    const struct vonk_type *type = w.type ? vonk_type_copy(task->arena, w.type) : NULL;
    info->schema = vonk_json_infer_schema(&setup.options, task->arena, type, w.malformed);
  }
  vonk_json_inference_destroy(w.inference);
  vonk_arena_destroy(w.kept), vonk_arena_destroy(w.spare), vonk_arena_destroy(w.record);
  return status;
}
