/* rate.c: so many rows a second, counted from when the query first ran. Offsets are whole seconds since then.
 *
 * The folder holds that moment, so that a query that starts again goes on counting. Rows of a second have timestamps spread over it.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "fs/numbered_log.h"
#include "stream/counted_rows.h"
#include "type/interval.h"

struct options {
  int64_t rows_per_second, ramp_up_seconds, partitions;
};

struct rate {
  struct vonk_stream_source source;
  struct options options;
  int64_t created_ms, last_ms;         /* the clock never goes back */
  bool end_is_fixed;
};

static STATUS read_options(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read, struct options *out) {
  struct vonk_str ramp_up = vonk_stream_option(read->options, STR("rampUpTime"));
  int64_t ms = 0;
  TRY(vonk_stream_option_long(task, read, STR("rowsPerSecond"), 1, &out->rows_per_second));
  if (out->rows_per_second <= 0) return stream_refuse_option(task, read, out->rows_per_second, "rowsPerSecond", "be positive");
  if (ramp_up.data && !vonk_str_to_int64(ramp_up, &out->ramp_up_seconds)) {
    if (!vonk_conf_parse_time_ms(ramp_up, &ms)) return vonk_raisef(task, VONK__ILLEGAL_ARGUMENT, read->origin, "message", "Failed to parse time string: " STR_FMT, STR_ARG(ramp_up));
    out->ramp_up_seconds = ms / 1000;
  }
  if (out->ramp_up_seconds < 0) return stream_refuse_option(task, read, out->ramp_up_seconds, "rampUpTime", "not be negative");
  return stream_counted_partitions(task, context, read, &out->partitions);
}

static STATUS rate_describe(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read,
                            struct vonk_stream_description *out) {
  struct options options = {0};
  TRY(stream_refuse_schema(task, read, "RateStreamProvider"));
  TRY(read_options(task, context, read, &options));
  *out = (struct vonk_stream_description){stream_counted_schema(task->arena), STR("rate")};
  return VONK_OK;
}

/* The moment of the first run: read, or written now. */
static STATUS read_creation(struct vonk_task *task, struct vonk_str folder, int64_t *out) {
  struct vonk_str text = {0};
  bool found;
  *out = vonk_clock_wall_micros() / 1000;
  TRY(vonk_numbered_log_read(task, folder, 0, &found, &text));
  if (!found) return vonk_numbered_log_add(task, folder, 0, vonk_str_format(task->arena, "%" PRId64, *out));
  return vonk_str_to_int64(vonk_str_trim(text), out) ? VONK_OK : vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", text, NULL);
}

static STATUS rate_open(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read, struct vonk_arena *arena,
                        struct vonk_str folder, struct vonk_stream_source **out) {
  struct rate *rate = ARENA_NEW(arena, struct rate);
  bool given = vonk_stream_option(read->options, STR("numPartitions")).data != NULL;
  *out = &rate->source;
  TRY(read_options(task, context, read, &rate->options));
  TRY(read_creation(task, folder, &rate->created_ms));
  rate->last_ms = rate->created_ms;
  /* Spark leaves the bracket open. */
  struct vonk_str partitions = given ? vonk_str_format(task->arena, "%" PRId64, rate->options.partitions) : STR("default");
  rate->source.description = vonk_str_format(arena, "RateStreamV2[rowsPerSecond=%" PRId64 ", rampUpTimeSeconds=%" PRId64 ", numPartitions=" STR_FMT,
                                             rate->options.rows_per_second, rate->options.ramp_up_seconds, STR_ARG(partitions));
  return VONK_OK;
}

static STATUS rate_latest(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str start, bool unlimited, struct vonk_stream_offsets *out) {
  struct rate *rate = (struct rate *)(void *)source;
  int64_t now_ms = vonk_clock_wall_micros() / 1000, begin = 0;
  (void)unlimited;
  if (now_ms > rate->last_ms && !rate->end_is_fixed) rate->last_ms = now_ms;
  int64_t seconds = (rate->last_ms - rate->created_ms) / 1000;
  if (start.data && vonk_str_to_int64(start, &begin) && begin > seconds) seconds = begin;
  out->end = out->latest = vonk_str_format(task->arena, "%" PRId64, seconds);
  return VONK_OK;
}

static STATUS rate_fix_end(struct vonk_task *task, struct vonk_stream_source *source) {
  struct rate *rate = (struct rate *)(void *)source;
  struct vonk_stream_offsets ignored;
  TRY(rate_latest(task, source, (struct vonk_str){0}, true, &ignored));
  rate->end_is_fixed = true;
  return VONK_OK;
}

/* How many rows there are in all after so many seconds: while the rate rises, each second has the same number more than the one before. */
static bool rows_at(const struct options *options, int64_t seconds, int64_t *out) {
  int64_t more = options->rows_per_second / (options->ramp_up_seconds + 1), rising = seconds < options->ramp_up_seconds ? seconds : options->ramp_up_seconds;
  int64_t pairs, rest, base;
  bool failed = __builtin_mul_overflow(rising % 2 ? (rising + 1) / 2 : rising / 2, more, &pairs);
  failed |= __builtin_mul_overflow(pairs, rising % 2 ? rising : rising + 1, &base);
  failed |= __builtin_mul_overflow(seconds - rising, options->rows_per_second, &rest);
  return !failed && !__builtin_add_overflow(base, rest, out);
}

static STATUS read_offset(struct vonk_task *task, struct vonk_str text, int64_t *out) {
  *out = 0;
  if (!text.data) return VONK_OK;
  if (vonk_str_to_int64(vonk_str_trim(text), out) && *out >= 0) return VONK_OK;
  return vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", text, NULL);
}

static STATUS rate_rows(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str start, struct vonk_str end, struct vonk_relation **out) {
  struct rate *rate = (struct rate *)(void *)source;
  struct stream_counted_rows rows = {.partitions = rate->options.partitions};
  int64_t from, to;
  TRY(read_offset(task, start, &from));
  TRY(read_offset(task, end, &to));
  if (to < from || !rows_at(&rate->options, from, &rows.first) || !rows_at(&rate->options, to, &rows.end)) {
    return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "A rate source cannot count from second %" PRId64 " to %" PRId64 ".", from, to);
  }
  rows.start_ms = rate->created_ms + from * 1000;
  rows.ms_per_row = rows.end > rows.first ? (double)((to - from) * 1000) / (double)(rows.end - rows.first) : 0;
  *out = stream_counted_relation(task->arena, &rows);
  return VONK_OK;
}

const struct vonk_stream_source_type vonk_stream_source_rate = {
    .name = "rate",
    .describe = rate_describe,
    .open = rate_open,
    .latest = rate_latest,
    .fix_end = rate_fix_end,
    .rows = rate_rows,
};
