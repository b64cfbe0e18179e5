/* rate_micro_batch.c: the same number of rows in each batch, whose timestamp rises by the same time: for tests, nothing depends on the clock. */
#include <inttypes.h>

#include "stream/counted_rows.h"
#include "type/json.h"

struct options {
  int64_t rows, partitions, start_ms, advance_ms;
};

struct rate {
  struct vonk_stream_source source;
  struct options options;
  bool end_is_fixed, has_end;          /* of availableNow: one batch more */
  struct { int64_t row, ms; } end;
};

static STATUS read_options(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read, struct options *out) {
  TRY(vonk_stream_option_long(task, read, STR("rowsPerBatch"), 0, &out->rows));
  if (out->rows <= 0) return stream_refuse_option(task, read, out->rows, "rowsPerBatch", "be positive");
  TRY(stream_counted_partitions(task, context, read, &out->partitions));
  TRY(vonk_stream_option_long(task, read, STR("startTimestamp"), 0, &out->start_ms));
  if (out->start_ms < 0) return stream_refuse_option(task, read, out->start_ms, "startTimestamp", "be non-negative");
  TRY(vonk_stream_option_long(task, read, STR("advanceMillisPerBatch"), 1000, &out->advance_ms));
  return out->advance_ms < 0 ? stream_refuse_option(task, read, out->advance_ms, "advanceMillisPerBatch", "be non-negative") : VONK_OK;
}

static STATUS rate_describe(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read,
                            struct vonk_stream_description *out) {
  struct options options = {0};
  TRY(stream_refuse_schema(task, read, "RatePerMicroBatchProvider"));
  TRY(read_options(task, context, read, &options));
  *out = (struct vonk_stream_description){stream_counted_schema(task->arena), STR("rate-micro-batch")};
  return VONK_OK;
}

static STATUS rate_open(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read, struct vonk_arena *arena,
                        struct vonk_str folder, struct vonk_stream_source **out) {
  struct rate *rate = ARENA_NEW(arena, struct rate);
  (void)folder;
  *out = &rate->source;
  TRY(read_options(task, context, read, &rate->options));
  rate->source.description =
      vonk_str_format(arena, "RatePerMicroBatchStream[rowsPerBatch=%" PRId64 ", numPartitions=%" PRId64 ", startTimestamp=%" PRId64 ", advanceMsPerBatch=%" PRId64 "]",
                      rate->options.rows, rate->options.partitions, rate->options.start_ms, rate->options.advance_ms);
  return VONK_OK;
}

/* {"offset":10,"timestamp":2000} */
static STATUS read_offset(struct vonk_task *task, const struct rate *rate, struct vonk_str text, int64_t *row, int64_t *ms) {
  struct vonk_json json = {.arena = task->arena, .text = text};
  uint32_t members = 0, found = 0;
  struct vonk_str key;
  *row = 0;
  *ms = rate->options.start_ms;
  if (!text.data) return VONK_OK;
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &members, &key)) {
    struct vonk_str value = vonk_json_skip(&json);
    if (vonk_str_equal(key, STR("offset"))) found += vonk_str_to_int64(value, row);
    if (vonk_str_equal(key, STR("timestamp"))) found += vonk_str_to_int64(value, ms);
  }
  return !json.failed && found == 2 ? VONK_OK : vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", text, NULL);
}

static STATUS rate_latest(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str start, bool unlimited, struct vonk_stream_offsets *out) {
  struct rate *rate = (struct rate *)(void *)source;
  int64_t row, ms;
  (void)unlimited;
  TRY(read_offset(task, rate, start, &row, &ms));
  row += rate->options.rows;
  ms += rate->options.advance_ms;
  if (rate->end_is_fixed && rate->has_end) {
    row = rate->end.row;
    ms = rate->end.ms;
  }
  rate->has_end = true;
  rate->end.row = row;
  rate->end.ms = ms;
  out->end = vonk_str_format(task->arena, "{\"offset\":%" PRId64 ",\"timestamp\":%" PRId64 "}", row, ms);
  return VONK_OK;
}

static STATUS rate_fix_end(struct vonk_task *task, struct vonk_stream_source *source) {
  struct rate *rate = (struct rate *)(void *)source;
  (void)task;
  rate->end_is_fixed = true;
  rate->has_end = false;
  return VONK_OK;
}

static STATUS rate_rows(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str start, struct vonk_str end, struct vonk_relation **out) {
  struct rate *rate = (struct rate *)(void *)source;
  struct stream_counted_rows rows = {.partitions = rate->options.partitions};
  int64_t end_ms;
  TRY(read_offset(task, rate, start, &rows.first, &rows.start_ms));
  TRY(read_offset(task, rate, end, &rows.end, &end_ms));
  *out = stream_counted_relation(task->arena, &rows);
  return VONK_OK;
}

const struct vonk_stream_source_type vonk_stream_source_rate_micro_batch = {
    .name = "rate-micro-batch",
    .describe = rate_describe,
    .open = rate_open,
    .latest = rate_latest,
    .fix_end = rate_fix_end,
    .rows = rate_rows,
};
