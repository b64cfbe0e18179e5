/* trigger.c: see trigger.h. */
#include "stream/trigger.h"

#include "type/interval.h"

STATUS vonk_stream_trigger_interval(struct vonk_task *task, struct vonk_str text, int64_t *out) {
  enum { MICROS_PER_MS = 1000 };
  const int64_t micros_per_day = 86400000000;
  struct vonk_interval interval;
  struct vonk_str word;
  int64_t micros;
  if (vonk_interval_parse(text, &interval, &word) != VONK_INTERVAL_GOOD) {
    return vonk_raise(task, VONK_INVALID_INTERVAL_FORMAT__UNRECOGNIZED_NUMBER, NULL, "input", text, "number", word, NULL);
  }
  if (interval.months) return vonk_raise(task, VONK__ILLEGAL_ARGUMENT, NULL, "message", STR("Doesn't support month or year interval: interval"), NULL);
  if (__builtin_mul_overflow((int64_t)interval.days, micros_per_day, &micros) || __builtin_add_overflow(micros, interval.micros, &micros) || micros < 0) {
    return vonk_raise(task, VONK__REQUIREMENT_FAILED, NULL, "message", STR("the interval of trigger should not be negative"), NULL);
  }
  *out = micros / MICROS_PER_MS;
  return VONK_OK;
}

int64_t vonk_stream_trigger_next(const struct vonk_stream_trigger *trigger, int64_t now_ms) {
  if (trigger->kind != VONK_STREAM_PROCESSING_TIME || trigger->interval_ms <= 0) return now_ms;
  return (now_ms / trigger->interval_ms + 1) * trigger->interval_ms;
}
