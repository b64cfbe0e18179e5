/* datetime.h: what the families of dates and times share: fields, and zones over the rows of a batch. */
#ifndef VONK_FUNC_DATETIME_H
#define VONK_FUNC_DATETIME_H

#include "expr/function.h"
#include "type/datetime_problem.h"
#include "type/timezone.h"

/* Fields of time stand behind those of days. */
enum vonk_datetime_field {
  VONK_DATETIME_YEAR,
  VONK_DATETIME_YEAR_OF_WEEK,
  VONK_DATETIME_QUARTER,
  VONK_DATETIME_MONTH,
  VONK_DATETIME_WEEK,
  VONK_DATETIME_DAY,
  VONK_DATETIME_DAY_OF_WEEK,     /* Sunday 1 */
  VONK_DATETIME_DAY_OF_WEEK_ISO, /* Monday 1 */
  VONK_DATETIME_WEEKDAY,         /* Monday 0 */
  VONK_DATETIME_DAY_OF_YEAR,
  VONK_DATETIME_HOUR,
  VONK_DATETIME_MINUTE,
  VONK_DATETIME_SECOND,
  VONK_DATETIME_SECOND_MICROS,   /* seconds and micros as a decimal of scale 6 */
};

/* The zone stamped on an expression, on the task's arena; UTC when there is none. */
STATUS vonk_zone_of(struct vonk_task *task, const struct vonk_expr *expr, const struct vonk_timezone **out);
/* The same as the `open` of a function: its state is the zone. */
STATUS vonk_zone_open(struct vonk_task *task, const struct vonk_expr *expr, void **state);

/* Raises DATETIME_FIELD_OUT_OF_BOUNDS, and ARITHMETIC_OVERFLOW for what does not fit the number behind a date or timestamp. */
STATUS vonk_datetime_out_of_bounds(struct vonk_frame *frame, const struct vonk_datetime_problem *problem);
STATUS vonk_datetime_too_long(struct vonk_frame *frame);

/* The same local time of ZONE so many months and days on; in an overlap the old offset stays where it can. False: out of range. */
bool vonk_datetime_shift(const struct vonk_timezone *zone, int64_t months, int64_t days, int64_t *micros);

/* Local time of many instants: keeps the span of the last offset. */
struct vonk_zone_cursor {
  const struct vonk_timezone *zone;
  struct vonk_timezone_span span;
};
STATUS vonk_zone_cursor_init(struct vonk_frame *frame, struct vonk_zone_cursor *out);
static inline int64_t vonk_zone_cursor_local(struct vonk_zone_cursor *cursor, int64_t utc_micros) {
  int64_t seconds = utc_micros / 1000000 - (utc_micros % 1000000 < 0);
  if (seconds < cursor->span.from || seconds >= cursor->span.to) cursor->span = vonk_timezone_span_at(cursor->zone, seconds);
  int64_t local;
  if (__builtin_add_overflow(utc_micros, (int64_t)cursor->span.offset * 1000000, &local)) return vonk_timezone_to_local(cursor->zone, utc_micros);
  return local;
}

#endif
