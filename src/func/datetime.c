/* datetime.c: zones of expressions. */
#include "func/datetime.h"

#include "type/calendar.h"

STATUS vonk_zone_of(struct vonk_task *task, const struct vonk_expr *expr, const struct vonk_timezone **out) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  struct vonk_str id = call ? call->time_zone : (struct vonk_str){0};
  *out = &vonk_timezone_utc;
  if (id.size == 0 || vonk_timezone_load(task->arena, id, out)) return VONK_OK;
  return vonk_raise(task, VONK_INVALID_TIMEZONE, expr->node.origin, "timeZone", id, NULL);
}

STATUS vonk_zone_open(struct vonk_task *task, const struct vonk_expr *expr, void **state) {
  const struct vonk_timezone *zone;
  TRY(vonk_zone_of(task, expr, &zone));
  *state = (void *)(uintptr_t)zone;
  return VONK_OK;
}

STATUS vonk_zone_cursor_init(struct vonk_frame *frame, struct vonk_zone_cursor *out) {
  TRY(vonk_zone_of(frame->task, frame->expr, &out->zone));
  out->span = (struct vonk_timezone_span){0};
  return VONK_OK;
}

STATUS vonk_datetime_out_of_bounds(struct vonk_frame *frame, const struct vonk_datetime_problem *problem) {
  return vonk_raise(frame->task, VONK_DATETIME_FIELD_OUT_OF_BOUNDS__WITH_SUGGESTION, frame->expr->node.origin, "rangeMessage",
                    vonk_datetime_problem_text(frame->task->arena, problem), "ansiConfig", STR("\"spark.sql.ansi.enabled\""), NULL);
}

STATUS vonk_datetime_too_long(struct vonk_frame *frame) {
  return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", STR("overflow"), "alternative", STR(""), "config",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}

bool vonk_datetime_shift(const struct vonk_timezone *zone, int64_t months, int64_t days, int64_t *micros) {
  int64_t seconds = vonk_calendar_floor_div(*micros, VONK_MICROS_PER_SECOND), local;
  int64_t offset = vonk_timezone_offset(zone, seconds) * VONK_MICROS_PER_SECOND;
  if (__builtin_add_overflow(*micros, offset, &local)) return false;
  int64_t day = vonk_calendar_micros_to_days(local), rest = vonk_calendar_micros_of_day(local);
  day = months ? vonk_calendar_add_months(day, months) : day;
  if (!vonk_calendar_days_to_micros(day + days, &local) || __builtin_add_overflow(local, rest, &local)) return false;
  if (__builtin_sub_overflow(local, offset, micros)) return false;
  seconds = vonk_calendar_floor_div(*micros, VONK_MICROS_PER_SECOND);
  if (vonk_timezone_offset(zone, seconds) * VONK_MICROS_PER_SECOND != offset) *micros = vonk_timezone_to_utc(zone, local);
  return true;
}
