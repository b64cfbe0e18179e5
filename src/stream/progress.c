/* progress.c: see progress.h. */
#include "stream/progress.h"

#include <inttypes.h>

#include "type/json.h"
#include "type/real_text.h"
#include "type/text.h"

static const char *const phases[] = {
    [VONK_STREAM_ADD_BATCH] = "addBatch", [VONK_STREAM_COMMIT_OFFSETS] = "commitOffsets", [VONK_STREAM_GET_BATCH] = "getBatch",
    [VONK_STREAM_LATEST_OFFSET] = "latestOffset", [VONK_STREAM_QUERY_PLANNING] = "queryPlanning", [VONK_STREAM_TRIGGER_EXECUTION] = "triggerExecution",
    [VONK_STREAM_WAL_COMMIT] = "walCommit"};

struct vonk_str vonk_stream_time(struct vonk_arena *arena, int64_t ms) {
  char text[VONK_TEXT_TIMESTAMP_MAX];
  int64_t fraction = ms % 1000;
  int size = vonk_format_timestamp((ms - fraction) * 1000, text);
  struct vonk_str seconds = vonk_str_make(text, (size_t)size);
  size_t blank = vonk_str_find(seconds, STR(" "), 0);
  return vonk_str_format(arena, "%.*sT%.*s.%03dZ", (int)blank, text, size - (int)blank - 1, text + blank + 1, (int)fraction);
}

/* 0.0 where no time has passed, as in Spark. */
static void put_rate(struct vonk_text *text, const char *key, uint64_t rows, double seconds) {
  char digits[VONK_REAL_TEXT_MAX];
  int size = vonk_real_format_double(seconds > 0 ? (double)rows / seconds : 0, digits);
  vonk_text_addf(text, ",\"%s\":%.*s", key, size, digits);
}

static void put_text(struct vonk_text *text, const char *key, struct vonk_str value) {
  vonk_text_addf(text, ",\"%s\":", key);
  if (value.data) vonk_json_quote(text, value);
  else vonk_text_add(text, STR("null"));
}

static void put_json(struct vonk_text *text, const char *key, struct vonk_str json) {
  vonk_text_addf(text, ",\"%s\":" STR_FMT, key, STR_ARG(json.data ? json : STR("null")));
}

static void put_rates(struct vonk_text *text, const struct vonk_stream_progress *progress, uint64_t rows) {
  vonk_text_addf(text, ",\"numInputRows\":%" PRIu64, rows);
  put_rate(text, "inputRowsPerSecond", rows, progress->input_seconds);
  put_rate(text, "processedRowsPerSecond", rows, progress->processing_seconds);
}

static void put_phases(struct vonk_text *text, const struct vonk_stream_progress *progress) {
  bool any = false;
  vonk_text_add(text, STR(",\"durationMs\":{"));
  for (int i = 0; i < VONK_STREAM_PHASE_COUNT; i++) {
    if (progress->phase_ms[i] < 0) continue;
    vonk_text_addf(text, "%s\"%s\":%" PRId64, any ? "," : "", phases[i], progress->phase_ms[i]);
    any = true;
  }
  vonk_text_add_char(text, '}');
}

static void put_sources(struct vonk_text *text, const struct vonk_stream_progress *progress) {
  vonk_text_add(text, STR(",\"sources\":["));
  for (uint32_t i = 0; i < progress->source_count; i++) {
    const struct vonk_stream_source_progress *source = &progress->sources[i];
    vonk_text_add(text, i ? STR(",{\"description\":") : STR("{\"description\":"));
    vonk_json_quote(text, source->description);
    put_json(text, "startOffset", source->start);
    put_json(text, "endOffset", source->end);
    put_json(text, "latestOffset", source->latest);
    put_rates(text, progress, source->row_count);
    vonk_text_add_char(text, '}');
  }
  vonk_text_add_char(text, ']');
}

struct vonk_str vonk_stream_progress_json(struct vonk_arena *arena, const struct vonk_stream_progress *progress) {
  struct vonk_text text;
  uint64_t rows = 0;
  for (uint32_t i = 0; i < progress->source_count; i++) rows += progress->sources[i].row_count;
  vonk_text_init(&text, arena);
  vonk_text_addf(&text, "{\"id\":\"" STR_FMT "\",\"runId\":\"" STR_FMT "\"", STR_ARG(progress->id), STR_ARG(progress->run_id));
  put_text(&text, "name", progress->name);
  put_text(&text, "timestamp", vonk_stream_time(arena, progress->begun_ms));
  vonk_text_addf(&text, ",\"batchId\":%" PRId64 ",\"batchDuration\":%" PRId64, progress->batch_id, (int64_t)(progress->processing_seconds * 1000 + 0.5));
  put_rates(&text, progress, rows);
  put_phases(&text, progress);
  vonk_text_add(&text, STR(",\"stateOperators\":[]"));
  put_sources(&text, progress);
  vonk_text_add(&text, STR(",\"sink\":{\"description\":"));
  vonk_json_quote(&text, progress->sink);
  vonk_text_addf(&text, ",\"numOutputRows\":%" PRId64 "}", progress->output_rows);
  if (progress->observed.data) put_json(&text, "observedMetrics", progress->observed);
  vonk_text_add_char(&text, '}');
  return vonk_text_str(&text);
}
