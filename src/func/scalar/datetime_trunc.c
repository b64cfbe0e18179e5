/* datetime_trunc.c: trunc and date_trunc, and the clock: now, current_date and their like. */
#include <time.h>

#include "func/bind_call.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"

enum unit { BAD_UNIT, MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR };

static enum unit unit_of(struct vonk_str name) {
  static const struct {
    const char *name;
    enum unit unit;
  } names[] = {{"YEAR", YEAR}, {"YYYY", YEAR}, {"YY", YEAR}, {"QUARTER", QUARTER}, {"MONTH", MONTH}, {"MM", MONTH}, {"MON", MONTH},
               {"WEEK", WEEK}, {"DAY", DAY}, {"DD", DAY}, {"HOUR", HOUR}, {"MINUTE", MINUTE}, {"SECOND", SECOND},
               {"MILLISECOND", MILLISECOND}, {"MICROSECOND", MICROSECOND}};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (vonk_str_equal_nocase(name, vonk_str_of(names[i].name))) return names[i].unit;
  }
  return BAD_UNIT;
}

static int64_t trunc_days(int64_t days, enum unit unit) {
  struct vonk_date date = vonk_calendar_date(days);
  switch (unit) {
    case WEEK: return days - (vonk_calendar_day_of_week(days) - 1);
    case MONTH: return vonk_calendar_days(date.year, date.month, 1);
    case QUARTER: return vonk_calendar_days(date.year, (date.month - 1) / 3 * 3 + 1, 1);
    case YEAR: return vonk_calendar_days(date.year, 1, 1);
    default: return days;
  }
}

static STATUS trunc_row(struct vonk_frame *frame, uint32_t row) {
  enum unit unit = unit_of(vonk_row_str(frame, 1, row));
  if (unit < WEEK) vonk_row_put_null(frame, row);
  else vonk_row_put_int(frame, row, (int32_t)trunc_days(vonk_row_int(frame, 0, row), unit));
  return VONK_OK;
}
static STATUS trunc_eval(struct vonk_frame *frame) { return vonk_rows_each(frame, trunc_row); }

static int64_t cut(int64_t micros, int64_t size) { return micros - vonk_calendar_floor_mod(micros, size); }

static int64_t trunc_micros(struct vonk_zone_cursor *cursor, int64_t utc, enum unit unit) {
  static const int64_t sizes[] = {[MICROSECOND] = 1, [MILLISECOND] = 1000, [SECOND] = VONK_MICROS_PER_SECOND,
                                  [MINUTE] = VONK_MICROS_PER_MINUTE, [HOUR] = VONK_MICROS_PER_HOUR};
  if (unit <= SECOND) return cut(utc, sizes[unit]);
  int64_t local = vonk_zone_cursor_local(cursor, utc);
  /* Within the hour the offset stays that of the instant. */
  if (unit <= HOUR) return utc - vonk_calendar_floor_mod(local, sizes[unit]);
  int64_t days = trunc_days(vonk_calendar_micros_to_days(local), unit), start;
  if (!vonk_calendar_days_to_micros(days, &start)) return utc;
  return vonk_timezone_to_utc(cursor->zone, start);
}

static STATUS date_trunc(struct vonk_frame *frame) {
  struct vonk_zone_cursor cursor;
  TRY(vonk_zone_cursor_init(frame, &cursor));
  if (frame->expr->type->id == VONK_TYPE_TIMESTAMP_NTZ) cursor.zone = &vonk_timezone_utc;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    enum unit unit = unit_of(vonk_row_str(frame, 0, row));
    if (unit == BAD_UNIT) vonk_row_put_null(frame, row);
    else vonk_row_put_long(frame, row, trunc_micros(&cursor, vonk_row_int(frame, 1, row), unit));
  }
  return VONK_OK;
}

/* --- the clock: folded once a query --- */

static int64_t clock_micros(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * VONK_MICROS_PER_SECOND + now.tv_nsec / VONK_NANOS_PER_MICRO;
}

static STATUS now_eval(struct vonk_frame *frame) {
  int64_t now = clock_micros();
  for (uint32_t row = 0; row < frame->row_count; row++) vonk_row_put_long(frame, row, now);
  return VONK_OK;
}

static STATUS localtimestamp(struct vonk_frame *frame) {
  const struct vonk_timezone *zone;
  TRY(vonk_zone_of(frame->task, frame->expr, &zone));
  int64_t now = vonk_timezone_to_local(zone, clock_micros());
  for (uint32_t row = 0; row < frame->row_count; row++) vonk_row_put_long(frame, row, now);
  return VONK_OK;
}

static STATUS current_date(struct vonk_frame *frame) {
  const struct vonk_timezone *zone;
  TRY(vonk_zone_of(frame->task, frame->expr, &zone));
  int64_t days = vonk_calendar_micros_to_days(vonk_timezone_to_local(zone, clock_micros()));
  for (uint32_t row = 0; row < frame->row_count; row++) vonk_row_put_int(frame, row, (int32_t)days);
  return VONK_OK;
}

static STATUS current_timezone_row(struct vonk_frame *frame, uint32_t row) {
  (void)row;
  return vonk_row_add_str(frame, EXPR_AS(frame->expr, call)->time_zone);
}
static STATUS current_timezone(struct vonk_frame *frame) { return vonk_rows_build(frame, current_timezone_row); }

#define ROW(row_name, row_signature, row_eval, ...)                                                                     \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = "datetime_funcs", __VA_ARGS__}
#define CLOCK(row_name, row_signature, row_eval, ...)                                                                   \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_NEVER, .flags = VONK_FN_FOLD_ONCE, .eval = row_eval, \
   .group = "datetime_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_datetime_trunc[] = {
    ROW("trunc", "(date, string) -> date", trunc_eval, .flags = VONK_FN_MAY_NULL, .doc = "The first day of the week, month, quarter or year of a date.",
        .example = "SELECT trunc(DATE '2024-02-29', 'MM')"),
    ROW("date_trunc", "(string, timestamp) -> timestamp | (string, timestamp_ntz) -> timestamp_ntz", date_trunc, .flags = VONK_FN_MAY_NULL,
        .doc = "The start of the unit that a timestamp lies in.", .example = "SELECT date_trunc('HOUR', TIMESTAMP '2024-02-29 21:14:08')"),
    CLOCK("now", "() -> timestamp", now_eval, .doc = "The time when the query started.", .example = "SELECT now() IS NOT NULL"),
    CLOCK("current_timestamp", "() -> timestamp", now_eval, .doc = "The same as now.", .example = "SELECT current_timestamp() = now()"),
    CLOCK("localtimestamp", "() -> timestamp_ntz", localtimestamp, .doc = "The local time when the query started.",
          .example = "SELECT localtimestamp() IS NOT NULL"),
    CLOCK("current_date", "() -> date", current_date, .doc = "The date when the query started.", .example = "SELECT current_date() <= current_date()"),
    CLOCK("curdate", "() -> date", current_date, .shown = "current_date", .doc = "The same as current_date.", .example = "SELECT curdate() = current_date()"),
    CLOCK("current_timezone", "() -> string", current_timezone, .doc = "The time zone of the session.", .example = "SELECT current_timezone()"),
    {0},
};
