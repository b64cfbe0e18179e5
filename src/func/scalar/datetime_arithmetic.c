/* datetime_arithmetic.c: dates and timestamps moved, cut, compared and made of parts. */
#include <math.h>

#include "func/bind_call.h"
#include "func/constant.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"

static bool fits_int(int64_t value) { return value >= INT32_MIN && value <= INT32_MAX; }

/* --- days and months --- */

static STATUS put_date(struct vonk_frame *frame, uint32_t row, int64_t days) {
  if (!fits_int(days)) return vonk_datetime_too_long(frame);
  vonk_row_put_int(frame, row, (int32_t)days);
  return VONK_OK;
}

static STATUS date_add_row(struct vonk_frame *frame, uint32_t row) {
  return put_date(frame, row, (int32_t)((uint32_t)vonk_row_int(frame, 0, row) + (uint32_t)vonk_row_int(frame, 1, row)));
}
static STATUS date_add(struct vonk_frame *frame) { return vonk_rows_each(frame, date_add_row); }
static STATUS date_sub_row(struct vonk_frame *frame, uint32_t row) {
  return put_date(frame, row, (int32_t)((uint32_t)vonk_row_int(frame, 0, row) - (uint32_t)vonk_row_int(frame, 1, row)));
}
static STATUS date_sub(struct vonk_frame *frame) { return vonk_rows_each(frame, date_sub_row); }

static STATUS datediff_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, (int32_t)(vonk_row_int(frame, 0, row) - vonk_row_int(frame, 1, row)));
  return VONK_OK;
}
static STATUS datediff(struct vonk_frame *frame) { return vonk_rows_each(frame, datediff_row); }

static STATUS add_months_row(struct vonk_frame *frame, uint32_t row) {
  return put_date(frame, row, vonk_calendar_add_months(vonk_row_int(frame, 0, row), vonk_row_int(frame, 1, row)));
}
static STATUS add_months(struct vonk_frame *frame) { return vonk_rows_each(frame, add_months_row); }

static STATUS last_day_row(struct vonk_frame *frame, uint32_t row) {
  return put_date(frame, row, vonk_calendar_last_day(vonk_row_int(frame, 0, row)));
}
static STATUS last_day(struct vonk_frame *frame) { return vonk_rows_each(frame, last_day_row); }

/* Monday 1; 0 when it is no name of a day. */
static int day_of_name(struct vonk_str name) {
  static const char *const names[][3] = {{"MO", "MON", "MONDAY"}, {"TU", "TUE", "TUESDAY"}, {"WE", "WED", "WEDNESDAY"},
                                         {"TH", "THU", "THURSDAY"}, {"FR", "FRI", "FRIDAY"}, {"SA", "SAT", "SATURDAY"},
                                         {"SU", "SUN", "SUNDAY"}};
  for (int day = 0; day < 7; day++) {
    for (int form = 0; form < 3; form++) {
      if (vonk_str_equal_nocase(name, vonk_str_of(names[day][form]))) return day + 1;
    }
  }
  return 0;
}

static STATUS next_day_row(struct vonk_frame *frame, uint32_t row) {
  int64_t days = vonk_row_int(frame, 0, row);
  struct vonk_str name = vonk_row_str(frame, 1, row);
  int day = day_of_name(name);
  if (day == 0) return vonk_raise(frame->task, VONK_ILLEGAL_DAY_OF_WEEK, frame->expr->node.origin, "string", name, NULL);
  return put_date(frame, row, days + 1 + (day - vonk_calendar_day_of_week(days + 1) + 7) % 7);
}
static STATUS next_day(struct vonk_frame *frame) { return vonk_rows_each(frame, next_day_row); }

/* Whole months, and the rest in months of 31 days; rounded to eight places unless told otherwise. */
static STATUS months_between(struct vonk_frame *frame) {
  struct vonk_zone_cursor cursor;
  TRY(vonk_zone_cursor_init(frame, &cursor));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    int64_t a = vonk_zone_cursor_local(&cursor, vonk_row_int(frame, 0, row)), b = vonk_zone_cursor_local(&cursor, vonk_row_int(frame, 1, row));
    int64_t a_days = vonk_calendar_micros_to_days(a), b_days = vonk_calendar_micros_to_days(b);
    struct vonk_date x = vonk_calendar_date(a_days), y = vonk_calendar_date(b_days);
    double months = (double)((x.year - y.year) * 12 + x.month - y.month);
    bool ends = a_days == vonk_calendar_last_day(a_days) && b_days == vonk_calendar_last_day(b_days);
    if (x.day != y.day && !ends) {
      int64_t seconds = vonk_calendar_micros_of_day(a) / VONK_MICROS_PER_SECOND - vonk_calendar_micros_of_day(b) / VONK_MICROS_PER_SECOND;
      seconds += (int64_t)(x.day - y.day) * 86400;
      months += (double)seconds / (31.0 * 86400);
      bool round_off = vonk_row_bool(frame, 2, row);
      if (round_off) months = round(months * 1e8) / 1e8;
    }
    vonk_row_put_real(frame, row, months);
  }
  return VONK_OK;
}

/* --- numbers --- */

static STATUS unix_date_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, (int32_t)vonk_row_int(frame, 0, row));
  return VONK_OK;
}
static STATUS unix_date(struct vonk_frame *frame) { return vonk_rows_each(frame, unix_date_row); }

static STATUS unix_micros_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_long(frame, row, vonk_row_int(frame, 0, row));
  return VONK_OK;
}
static STATUS unix_micros(struct vonk_frame *frame) { return vonk_rows_each(frame, unix_micros_row); }
static STATUS unix_millis_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_long(frame, row, vonk_calendar_floor_div(vonk_row_int(frame, 0, row), 1000));
  return VONK_OK;
}
static STATUS unix_millis(struct vonk_frame *frame) { return vonk_rows_each(frame, unix_millis_row); }
static STATUS unix_seconds_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_long(frame, row, vonk_calendar_floor_div(vonk_row_int(frame, 0, row), VONK_MICROS_PER_SECOND));
  return VONK_OK;
}
static STATUS unix_seconds(struct vonk_frame *frame) { return vonk_rows_each(frame, unix_seconds_row); }

static STATUS put_scaled(struct vonk_frame *frame, uint32_t row, int64_t scale) {
  int64_t micros;
  if (__builtin_mul_overflow(vonk_row_int(frame, 0, row), scale, &micros)) {
    return vonk_datetime_too_long(frame);
  }
  vonk_row_put_long(frame, row, micros);
  return VONK_OK;
}

static STATUS timestamp_seconds_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_type *type = frame->arguments[0].type;
  if (vonk_type_is_integral(type)) return put_scaled(frame, row, VONK_MICROS_PER_SECOND);
  if (type->id == VONK_TYPE_DECIMAL) {
    vonk_int128 micros;
    if (!vonk_int128_multiply_scaled(vonk_read_int128(&frame->arguments[0], row), VONK_MICROS_PER_SECOND, type->scale, &micros)) {
      return vonk_datetime_too_long(frame);
    }
    vonk_row_put_long(frame, row, (int64_t)micros);
    return VONK_OK;
  }
  double seconds = vonk_row_real(frame, 0, row);
  if (!isfinite(seconds)) vonk_row_put_null(frame, row);
  else vonk_row_put_long(frame, row, (int64_t)(seconds * 1e6));
  return VONK_OK;
}
static STATUS timestamp_seconds(struct vonk_frame *frame) { return vonk_rows_each(frame, timestamp_seconds_row); }
static STATUS bind_timestamp_seconds(struct vonk_bind_call *call) {
  enum vonk_type_id id = call->arguments.items[0]->type->id;
  call->expr->nullable |= id == VONK_TYPE_FLOAT || id == VONK_TYPE_DOUBLE;
  return VONK_OK;
}
static STATUS timestamp_millis_row(struct vonk_frame *frame, uint32_t row) { return put_scaled(frame, row, 1000); }
static STATUS timestamp_millis(struct vonk_frame *frame) { return vonk_rows_each(frame, timestamp_millis_row); }
static STATUS timestamp_micros(struct vonk_frame *frame) { return vonk_rows_each(frame, unix_micros_row); }

/* --- parts --- */

static STATUS make_date_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_datetime_problem problem;
  int64_t year = vonk_row_int(frame, 0, row), month = vonk_row_int(frame, 1, row), day = vonk_row_int(frame, 2, row);
  if (!vonk_datetime_check_date(year, month, day, &problem)) return vonk_datetime_out_of_bounds(frame, &problem);
  return put_date(frame, row, vonk_calendar_days(year, (int)month, (int)day));
}
static STATUS make_date(struct vonk_frame *frame) { return vonk_rows_each(frame, make_date_row); }

/* --- zones --- */

/* Zone ids by row; the last one is kept. */
static STATUS zone_of_row(struct vonk_frame *frame, uint32_t row, const struct vonk_timezone **zone) {
  struct vonk_str id = vonk_row_str(frame, 1, row);
  if (*zone && vonk_str_equal(vonk_timezone_id(*zone), id)) return VONK_OK;
  if (vonk_timezone_load(frame->task->arena, id, zone)) return VONK_OK;
  return vonk_raise(frame->task, VONK_INVALID_TIMEZONE, frame->expr->node.origin, "timeZone", id, NULL);
}

__attribute__((always_inline)) static inline STATUS shift_rows(struct vonk_frame *frame, bool to_utc) {
  const struct vonk_timezone *zone = NULL;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    TRY(zone_of_row(frame, row, &zone));
    int64_t micros = vonk_row_int(frame, 0, row);
    vonk_row_put_long(frame, row, to_utc ? vonk_timezone_to_utc(zone, micros) : vonk_timezone_to_local(zone, micros));
  }
  return VONK_OK;
}
static STATUS from_utc_timestamp(struct vonk_frame *frame) { return shift_rows(frame, false); }
static STATUS to_utc_timestamp(struct vonk_frame *frame) { return shift_rows(frame, true); }

/* Numbers of other types are not cast; texts are, without ANSI only constant ones. */
static STATUS bind_days(struct vonk_bind_call *call) {
  const struct vonk_expr_cast *cast = EXPR_AS(call->arguments.items[1], cast);
  struct vonk_value value;
  bool constant = true;
  if (!cast || !cast->implicit || cast->child->type->id == VONK_TYPE_VOID) return VONK_OK;
  call->arguments.items[1] = cast->child;
  if (!vonk_type_is_string(cast->child->type)) {
    constant = cast->child->type->id == VONK_TYPE_SHORT || cast->child->type->id == VONK_TYPE_BYTE;
  } else if (!call->ansi) {
    TRY(vonk_bind_find_constant(call, 1, &value, &constant));
  }
  if (!constant) return vonk_bind_unexpected(call, 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")");
  return vonk_bind_coerce(call, 1, &vonk_type_int);
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                     \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = "datetime_funcs", __VA_ARGS__}
#define DAYS "(date, int) -> date | (date, smallint) -> date | (date, tinyint) -> date"

const struct vonk_function vonk_functions_datetime_arithmetic[] = {
    ROW("date_add", DAYS, date_add, .bind = bind_days, .doc = "The date so many days later.", .example = "SELECT date_add(DATE '2024-02-28', 2)"),
    ROW("dateadd", DAYS, date_add, .bind = bind_days, .shown = "date_add", .doc = "The same as date_add.", .example = "SELECT dateadd(DATE '2024-02-28', 2)"),
    ROW("date_sub", DAYS, date_sub, .bind = bind_days, .doc = "The date so many days before.", .example = "SELECT date_sub(DATE '2024-03-01', 1)"),
    ROW("datediff", "(date, date) -> int", datediff, .doc = "Days from the second date to the first.",
        .example = "SELECT datediff(DATE '2024-03-01', DATE '2024-02-01')"),
    ROW("date_diff", "(date, date) -> int", datediff, .doc = "The same as datediff.",
        .example = "SELECT date_diff(DATE '2024-02-01', DATE '2024-03-01')"),
    ROW("add_months", "(date, int) -> date", add_months, .doc = "The date so many months later, cut to the length of that month.",
        .example = "SELECT add_months(DATE '2024-01-31', 1)"),
    ROW("last_day", "(date) -> date", last_day, .doc = "The last day of the month.", .example = "SELECT last_day(DATE '2024-02-10')"),
    ROW("next_day", "(date, string) -> date", next_day, .flags = VONK_FN_RAISES | VONK_FN_MAY_NULL, .raise = next_day_row,
        .doc = "The first day of that name behind the date.", .example = "SELECT next_day(DATE '2024-02-29', 'MON')"),
    ROW("months_between", "(timestamp, timestamp, [boolean = true]) -> double", months_between,
        .doc = "Months from the second timestamp to the first, with a fraction.", .example = "SELECT months_between('2024-03-31', '2024-02-29')"),
    ROW("unix_date", "(date) -> int", unix_date, .doc = "Days since 1970-01-01.", .example = "SELECT unix_date(DATE '1970-01-02')"),
    ROW("date_from_unix_date", "(int) -> date", unix_date, .doc = "The date so many days after 1970-01-01.",
        .example = "SELECT date_from_unix_date(19782)"),
    ROW("unix_seconds", "(timestamp) -> bigint", unix_seconds, .doc = "Seconds since 1970-01-01 00:00:00 UTC.",
        .example = "SELECT unix_seconds(TIMESTAMP '1970-01-01 00:00:01Z')"),
    ROW("unix_millis", "(timestamp) -> bigint", unix_millis, .doc = "Milliseconds since 1970-01-01 00:00:00 UTC.",
        .example = "SELECT unix_millis(TIMESTAMP '1970-01-01 00:00:01Z')"),
    ROW("unix_micros", "(timestamp) -> bigint", unix_micros, .doc = "Microseconds since 1970-01-01 00:00:00 UTC.",
        .example = "SELECT unix_micros(TIMESTAMP '1970-01-01 00:00:01Z')"),
    ROW("timestamp_seconds", "(numeric) -> timestamp", timestamp_seconds, .bind = bind_timestamp_seconds, .doc = "The instant so many seconds after 1970-01-01 UTC.",
        .example = "SELECT timestamp_seconds(1709164800)"),
    ROW("timestamp_millis", "(bigint) -> timestamp", timestamp_millis, .doc = "The instant so many milliseconds after 1970-01-01 UTC.",
        .example = "SELECT timestamp_millis(1709164800123)"),
    ROW("timestamp_micros", "(bigint) -> timestamp", timestamp_micros, .doc = "The instant so many microseconds after 1970-01-01 UTC.",
        .example = "SELECT timestamp_micros(1709164800123456)"),
    ROW("make_date", "(int, int, int) -> date", make_date, .flags = VONK_FN_RAISES, .raise = make_date_row, .doc = "The date of a year, month and day.",
        .example = "SELECT make_date(2024, 2, 29)"),
    ROW("from_utc_timestamp", "(timestamp, string) -> timestamp", from_utc_timestamp,
        .doc = "Reads the timestamp as UTC and shows it in a zone.", .example = "SELECT from_utc_timestamp('2024-02-29', 'Asia/Seoul')"),
    ROW("to_utc_timestamp", "(timestamp, string) -> timestamp", to_utc_timestamp,
        .doc = "Reads the timestamp as of a zone and shows it in UTC.", .example = "SELECT to_utc_timestamp('2024-02-29', 'Asia/Seoul')"),
    {0},
};
