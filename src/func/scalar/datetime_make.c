/* datetime_make.c: timestamps and intervals made of parts, zones converted, names of days and months. */
#include "conf/conf.h"
#include "func/bind_call.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"

enum { YEAR_MAX = 294246 }; /* of a timestamp */

static bool is_try(const struct vonk_frame *frame) {
  return vonk_str_starts_with(vonk_str_of(EXPR_AS(frame->expr, call)->function->name), STR("try_"));
}

/* --- names --- */

static STATUS dayname_row(struct vonk_frame *frame, uint32_t row) {
  static const char names[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return vonk_row_add_str(frame, vonk_str_make(names[vonk_calendar_day_of_week(vonk_row_int(frame, 0, row)) - 1], 3));
}
static STATUS dayname(struct vonk_frame *frame) { return vonk_rows_build(frame, dayname_row); }

static STATUS monthname_row(struct vonk_frame *frame, uint32_t row) {
  static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return vonk_row_add_str(frame, vonk_str_make(names[vonk_calendar_date(vonk_row_int(frame, 0, row)).month - 1], 3));
}
static STATUS monthname(struct vonk_frame *frame) { return vonk_rows_build(frame, monthname_row); }

/* --- zones --- */

static STATUS load_zone(struct vonk_frame *frame, struct vonk_str id, const struct vonk_timezone **zone) {
  if (*zone && vonk_str_equal(vonk_timezone_id(*zone), id)) return VONK_OK;
  if (vonk_timezone_load(frame->task->arena, id, zone)) return VONK_OK;
  return vonk_raise(frame->task, VONK_INVALID_TIMEZONE, frame->expr->node.origin, "timeZone", id, NULL);
}

static STATUS convert_timezone(struct vonk_frame *frame) {
  const struct vonk_timezone *from = NULL, *to = NULL;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    TRY(load_zone(frame, vonk_row_str(frame, 0, row), &from));
    TRY(load_zone(frame, vonk_row_str(frame, 1, row), &to));
    vonk_row_put_long(frame, row, vonk_timezone_to_local(to, vonk_timezone_to_utc(from, vonk_row_int(frame, 2, row))));
  }
  return VONK_OK;
}

/* convert_timezone(to, time) goes from the session's zone. */
static STATUS bind_convert(struct vonk_bind_call *call) {
  struct vonk_bind_options options = {.ansi = call->ansi, .time_zone = call->time_zone, .conf = call->conf, .origin = call->expr->node.origin};
  call->expr->raises = true;
  if (call->arguments.count == 2) {
    struct vonk_expr **items = ARENA_ARRAY(call->task->arena, struct vonk_expr *, 3);
    TRY(vonk_bind_named(call->task, &options, &items[0], "current_timezone", 0));
    items[1] = call->arguments.items[0];
    items[2] = call->arguments.items[1];
    call->arguments = (struct vonk_exprs){items, 3};
  }
  for (uint32_t i = 0; i < 2; i++) TRY(vonk_bind_coerce(call, i, &vonk_type_string));
  return vonk_bind_coerce(call, 2, &vonk_type_timestamp_ntz);
}

/* --- timestamps --- */

/* The fields as java.time checks them, one after the other; 60 whole seconds are the next minute. */
static STATUS check_fields(struct vonk_frame *frame, const int64_t fields[5], int64_t micros) {
  struct vonk_datetime_problem problem;
  int64_t second = vonk_calendar_floor_div(micros, VONK_MICROS_PER_SECOND), rest = vonk_calendar_floor_mod(micros, VONK_MICROS_PER_SECOND);
  if (second == 60 && rest) {
    int digits = 6;
    for (; rest % 10 == 0; rest /= 10) digits--;
    return vonk_raisef(frame->task, VONK_INVALID_FRACTION_OF_SECOND, frame->expr->node.origin, "secAndMicros", "60.%0*lld", digits, (long long)rest);
  }
  bool good = vonk_datetime_check_date(fields[0], fields[1], fields[2], &problem) && vonk_datetime_check(VONK_BOUND_HOUR, fields[3], &problem) &&
              vonk_datetime_check(VONK_BOUND_MINUTE, fields[4], &problem) && (second == 60 || vonk_datetime_check(VONK_BOUND_SECOND, second, &problem));
  if (!good) return vonk_datetime_out_of_bounds(frame, &problem);
  return fields[0] >= -YEAR_MAX && fields[0] <= YEAR_MAX ? VONK_OK : vonk_datetime_too_long(frame);
}

/* Of a date, perhaps a time of day and a zone. */
static STATUS date_and_time_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_timezone *zone = &vonk_timezone_utc;
  int64_t days = vonk_row_int(frame, 0, row), time = frame->argument_count > 1 ? vonk_row_int(frame, 1, row) / VONK_NANOS_PER_MICRO : 0, micros;
  bool local = frame->expr->type->id == VONK_TYPE_TIMESTAMP_NTZ;
  if (!local && frame->argument_count > 2) TRY(load_zone(frame, vonk_row_str(frame, 2, row), &zone));
  else if (!local) TRY(vonk_zone_of(frame->task, frame->expr, &zone));
  if (!vonk_calendar_days_to_micros(days, &micros) || __builtin_add_overflow(micros, time, &micros)) return vonk_datetime_too_long(frame);
  vonk_row_put_long(frame, row, local ? micros : vonk_timezone_to_utc(zone, micros));
  return VONK_OK;
}

/* Year to minute as integers, seconds as a decimal of scale 6; 60 seconds are the next minute. */
static STATUS make_timestamp_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_timezone *zone = &vonk_timezone_utc;
  if (frame->argument_count <= 3) return date_and_time_row(frame, row); /* told of a bad row */
  int64_t fields[5], micros = (int64_t)vonk_read_int128(&frame->arguments[5], row);
  for (uint32_t i = 0; i < 5; i++) fields[i] = vonk_row_int(frame, i, row);
  bool local = frame->expr->type->id == VONK_TYPE_TIMESTAMP_NTZ;
  if (!local && frame->argument_count > 6) TRY(load_zone(frame, vonk_row_str(frame, 6, row), &zone));
  else if (!local) TRY(vonk_zone_of(frame->task, frame->expr, &zone));
  TRY(check_fields(frame, fields, micros));
  micros += vonk_calendar_days(fields[0], (int)fields[1], (int)fields[2]) * VONK_MICROS_PER_DAY + fields[3] * VONK_MICROS_PER_HOUR +
            fields[4] * VONK_MICROS_PER_MINUTE;
  vonk_row_put_long(frame, row, local ? micros : vonk_timezone_to_utc(zone, micros));
  return VONK_OK;
}

/* A wrong zone fails even where the rest is only tried. */
static STATUS make_timestamp(struct vonk_frame *frame) {
  const struct vonk_timezone *zone = NULL;
  if (frame->argument_count <= 3) return vonk_rows_each(frame, date_and_time_row);
  for (uint32_t row = 0; frame->argument_count > 6 && row < frame->row_count; row++) {
    if (vonk_bits_get(frame->live, row)) TRY(load_zone(frame, vonk_row_str(frame, 6, row), &zone));
  }
  return vonk_rows_each(frame, make_timestamp_row);
}

/* --- intervals --- */

static STATUS interval_overflow(struct vonk_frame *frame) {
  return vonk_raise(frame->task, VONK_INTERVAL_ARITHMETIC_OVERFLOW__WITHOUT_SUGGESTION, frame->expr->node.origin, NULL);
}

static STATUS make_dt_row(struct vonk_frame *frame, uint32_t row) {
  static const int64_t units[] = {VONK_MICROS_PER_DAY, VONK_MICROS_PER_HOUR, VONK_MICROS_PER_MINUTE};
  int64_t sum = (int64_t)vonk_read_int128(&frame->arguments[3], row), part;
  for (uint32_t i = 0; i < 3; i++) {
    if (__builtin_mul_overflow(vonk_row_int(frame, i, row), units[i], &part) || __builtin_add_overflow(sum, part, &sum)) return interval_overflow(frame);
  }
  vonk_row_put_long(frame, row, sum);
  return VONK_OK;
}
static STATUS make_dt_interval(struct vonk_frame *frame) { return vonk_rows_each(frame, make_dt_row); }

static STATUS make_ym_row(struct vonk_frame *frame, uint32_t row) {
  int64_t months = vonk_row_int(frame, 0, row) * 12 + vonk_row_int(frame, 1, row);
  if (months < INT32_MIN || months > INT32_MAX) return interval_overflow(frame);
  vonk_row_put_int(frame, row, (int32_t)months);
  return VONK_OK;
}
static STATUS make_ym_interval(struct vonk_frame *frame) { return vonk_rows_each(frame, make_ym_row); }

/* Years, months, weeks, days, hours, minutes, seconds. */
static STATUS make_interval_row(struct vonk_frame *frame, uint32_t row) {
  int64_t months = vonk_row_int(frame, 0, row) * 12 + vonk_row_int(frame, 1, row);
  int64_t days = vonk_row_int(frame, 2, row) * 7 + vonk_row_int(frame, 3, row);
  int64_t micros = vonk_row_int(frame, 4, row) * VONK_MICROS_PER_HOUR + vonk_row_int(frame, 5, row) * VONK_MICROS_PER_MINUTE +
                   (int64_t)vonk_read_int128(&frame->arguments[6], row);
  bool fits = months >= INT32_MIN && months <= INT32_MAX && days >= INT32_MIN && days <= INT32_MAX;
  if (!fits && !is_try(frame) && EXPR_AS(frame->expr, call)->ansi) {
    return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", STR("overflow"), "alternative", STR(""),
                      "config", STR("\"spark.sql.ansi.enabled\""), NULL);
  }
  if (!fits) vonk_row_put_null(frame, row);
  ((struct vonk_interval *)frame->data)[row] = (struct vonk_interval){fits ? (int32_t)months : 0, fits ? (int32_t)days : 0, micros};
  return VONK_OK;
}
static STATUS make_interval(struct vonk_frame *frame) { return vonk_rows_each(frame, make_interval_row); }

static STATUS bind_raises(struct vonk_bind_call *call) {
  call->expr->raises = true;
  return VONK_OK;
}

/* The plain forms make what TIMESTAMP means in SQL. */
static STATUS bind_timestamp(struct vonk_bind_call *call) {
  struct vonk_str name = vonk_str_of(EXPR_AS(call->expr, call)->function->name);
  bool plain = vonk_str_ends_with(name, STR("make_timestamp"));
  bool local = plain && call->arguments.count > 3 && call->conf && vonk_str_equal(vonk_conf_text(call->conf, VONK_CONF_TIMESTAMP_TYPE), STR("TIMESTAMP_NTZ"));
  if (local) call->expr->type = &vonk_type_timestamp_ntz;
  if (call->arguments.count > 3) return VONK_OK;
  call->expr->raises = true;
  for (uint32_t i = 0; i < call->arguments.count && i < 2; i++) { /* a date and a time only: nothing is cast */
    const struct vonk_expr_cast *cast = EXPR_AS(call->arguments.items[i], cast);
    if (!cast || !cast->implicit) continue;
    call->arguments.items[i] = cast->child;
    return vonk_bind_unexpected(call, i, i ? "\"TIME\"" : "\"DATE\"");
  }
  return VONK_OK;
}

static STATUS bind_make_interval(struct vonk_bind_call *call) {
  call->expr->nullable |= !call->ansi;
  return bind_raises(call);
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                      \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = "datetime_funcs", __VA_ARGS__}
#define FIELDS "int, int, int, int, int, decimal(16,6)"
#define TIMESTAMP_ROW(row_name, row_signature, row_flags, ...)                                                            \
  ROW(row_name, row_signature, make_timestamp, .bind = bind_timestamp, .flags = row_flags, .raise = make_timestamp_row, __VA_ARGS__)
#define TIMESTAMP(row_name, row_signature, ...) TIMESTAMP_ROW(row_name, row_signature, VONK_FN_RAISES, __VA_ARGS__)
#define TRY_TIMESTAMP(row_name, row_signature, ...) TIMESTAMP_ROW(row_name, row_signature, VONK_FN_RAISES | VONK_FN_MAY_NULL, __VA_ARGS__)
#define LTZ_SHOWN "make_timestamp($1, $2)|make_timestamp($1, $2, $3)"
#define DATE_AND_TIME "(date) -> timestamp | (date, time) -> timestamp | (date, time, string) -> timestamp | "
#define UNITS "[int = 0], [int = 0], [int = 0], [int = 0], [int = 0], [int = 0], [decimal(18,6) = 0.000000]"

const struct vonk_function vonk_functions_datetime_make[] = {
    ROW("dayname", "(date) -> string", dayname, .doc = "The day of the week in three letters.", .example = "SELECT dayname(DATE '2024-02-29')"),
    ROW("monthname", "(date) -> string", monthname, .doc = "The month in three letters.", .example = "SELECT monthname(DATE '2024-02-29')"),
    ROW("convert_timezone", "(string, any, [any]) -> timestamp_ntz", convert_timezone, .bind = bind_convert,
        .doc = "The local time of one zone, or the session's, as that of another.",
        .example = "SELECT convert_timezone('Europe/Amsterdam', 'Asia/Seoul', TIMESTAMP_NTZ '2024-02-29 08:00:00')"),
    TIMESTAMP("make_timestamp", DATE_AND_TIME "(" FIELDS ", [string]) -> timestamp", .doc = "The timestamp of a year, month, day, hour, minute and second, perhaps in a zone.",
              .example = "SELECT make_timestamp(2024, 2, 29, 21, 14, 8.5)"),
    TIMESTAMP("make_timestamp_ltz", "(date, time, [string]) -> timestamp | (" FIELDS ", [string]) -> timestamp", .shown = LTZ_SHOWN, .doc = "The same as make_timestamp.",
              .example = "SELECT make_timestamp_ltz(2024, 2, 29, 21, 14, 8.5, 'Asia/Seoul')"),
    TIMESTAMP("make_timestamp_ntz", "(date, time) -> timestamp_ntz | (" FIELDS ") -> timestamp_ntz", .doc = "The timestamp without a zone of its fields.",
              .example = "SELECT make_timestamp_ntz(2024, 2, 29, 21, 14, 8.5)"),
    TRY_TIMESTAMP("try_make_timestamp", DATE_AND_TIME "(" FIELDS ", [string]) -> timestamp",
                  .doc = "The same as make_timestamp, null where there is no such time.", .example = "SELECT try_make_timestamp(2023, 2, 29, 21, 14, 8.5)"),
    TRY_TIMESTAMP("try_make_timestamp_ltz", "(date, time, [string]) -> timestamp | (" FIELDS ", [string]) -> timestamp", .shown = LTZ_SHOWN, .doc = "The same as try_make_timestamp.",
                  .example = "SELECT try_make_timestamp_ltz(2023, 2, 29, 21, 14, 8.5)"),
    TRY_TIMESTAMP("try_make_timestamp_ntz", "(date, time) -> timestamp_ntz | (" FIELDS ") -> timestamp_ntz",
                  .shown = "try_make_timestamp_ntz(make_timestamp_ntz($1, $2))", .doc = "The same as make_timestamp_ntz, null where there is no such time.",
                  .example = "SELECT try_make_timestamp_ntz(2023, 2, 29, 21, 14, 8.5)"),
    ROW("make_dt_interval", "([int = 0], [int = 0], [int = 0], [decimal(18,6) = 0.000000]) -> intervaldt", make_dt_interval, .bind = bind_raises,
        .doc = "An interval of days, hours, minutes and seconds.", .example = "SELECT make_dt_interval(1, 12, 30, 1.5)"),
    ROW("make_ym_interval", "([int = 0], [int = 0]) -> intervalym", make_ym_interval, .bind = bind_raises, .doc = "An interval of years and months.",
        .example = "SELECT make_ym_interval(1, 14)"),
    ROW("make_interval", "(" UNITS ") -> interval", make_interval, .bind = bind_make_interval,
        .doc = "An interval of years, months, weeks, days, hours, minutes and seconds.", .example = "SELECT make_interval(0, 1, 1, 1, 0, 0, 1.5)"),
    ROW("try_make_interval", "(" UNITS ") -> interval", make_interval, .flags = VONK_FN_MAY_NULL, .doc = "The same as make_interval, null where it overflows.",
        .example = "SELECT try_make_interval(2147483647)"),
    {0},
};
