/* datetime_field.c: fields of dates, timestamps and intervals: year ... second, extract, date_part.
 *
 * A TIMESTAMP is looked at in the session's zone, which is stamped on the call; the span of one offset is kept from row to
 * row, so that a column costs one look into the zone's table.
 */
#include "func/bind_call.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"

static int64_t field_of_days(enum vonk_datetime_field field, int64_t days) {
  struct vonk_date date;
  switch (field) {
    case VONK_DATETIME_DAY_OF_WEEK: return vonk_calendar_day_of_week(days) % 7 + 1;
    case VONK_DATETIME_DAY_OF_WEEK_ISO: return vonk_calendar_day_of_week(days);
    case VONK_DATETIME_WEEKDAY: return vonk_calendar_day_of_week(days) - 1;
    case VONK_DATETIME_DAY_OF_YEAR: return vonk_calendar_day_of_year(days);
    case VONK_DATETIME_WEEK: return vonk_calendar_week(days);
    case VONK_DATETIME_YEAR_OF_WEEK: return vonk_calendar_week_year(days);
    default: break;
  }
  date = vonk_calendar_date(days);
  switch (field) {
    case VONK_DATETIME_YEAR: return date.year;
    case VONK_DATETIME_QUARTER: return vonk_calendar_quarter(date.month);
    case VONK_DATETIME_MONTH: return date.month;
    default: return date.day;
  }
}

static bool is_time_field(enum vonk_datetime_field field) { return field >= VONK_DATETIME_HOUR; }

static int64_t field_of_micros(enum vonk_datetime_field field, int64_t local) {
  if (!is_time_field(field)) return field_of_days(field, vonk_calendar_micros_to_days(local));
  int64_t micros = vonk_calendar_micros_of_day(local);
  switch (field) {
    case VONK_DATETIME_HOUR: return micros / VONK_MICROS_PER_HOUR;
    case VONK_DATETIME_MINUTE: return micros / VONK_MICROS_PER_MINUTE % 60;
    case VONK_DATETIME_SECOND: return micros / VONK_MICROS_PER_SECOND % 60;
    default: return micros % VONK_MICROS_PER_MINUTE; /* seconds with six digits behind the point */
  }
}

static int64_t field_of_interval(enum vonk_datetime_field field, int64_t months, int64_t days, int64_t micros) {
  switch (field) {
    case VONK_DATETIME_YEAR: return months / 12;
    case VONK_DATETIME_MONTH: return months % 12;
    case VONK_DATETIME_DAY: return days;
    case VONK_DATETIME_HOUR: return micros / VONK_MICROS_PER_HOUR;
    case VONK_DATETIME_MINUTE: return micros / VONK_MICROS_PER_MINUTE % 60;
    default: return micros % VONK_MICROS_PER_MINUTE;
  }
}

static void put(struct vonk_frame *frame, uint32_t row, int64_t value) {
  if (frame->expr->type->id == VONK_TYPE_LONG) vonk_row_put_long(frame, row, value);
  else if (frame->expr->type->id == VONK_TYPE_BYTE) ((int8_t *)frame->data)[row] = (int8_t)value;
  else vonk_row_put_int(frame, row, (int32_t)value);
}

/* The argument's type decides; ARGUMENT is the date, timestamp, time or interval. */
static STATUS field_rows(struct vonk_frame *frame, enum vonk_datetime_field field, uint32_t argument) {
  const struct vonk_column *column = &frame->arguments[argument];
  struct vonk_zone_cursor cursor;
  enum vonk_type_id id = column->type->id;
  if (id == VONK_TYPE_TIMESTAMP) TRY(vonk_zone_cursor_init(frame, &cursor));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    if (id == VONK_TYPE_INTERVAL) {
      const struct vonk_interval *v = (const struct vonk_interval *)column->data + vonk_column_index(column, row);
      put(frame, row, field_of_interval(field, v->months, v->days, v->micros));
      continue;
    }
    int64_t value = vonk_read_int(column, row);
    switch (id) {
      case VONK_TYPE_DATE: value = field_of_days(field, value); break;
      case VONK_TYPE_TIMESTAMP: value = field_of_micros(field, vonk_zone_cursor_local(&cursor, value)); break;
      case VONK_TYPE_TIME: value = field_of_micros(field, value / VONK_NANOS_PER_MICRO); break;
      case VONK_TYPE_INTERVAL_YM: value = field_of_interval(field, value, 0, 0); break;
      case VONK_TYPE_INTERVAL_DT:
        value = field_of_interval(field, 0, value / VONK_MICROS_PER_DAY, value % VONK_MICROS_PER_DAY);
        break;
      default: value = field_of_micros(field, value); break;
    }
    put(frame, row, value);
  }
  return VONK_OK;
}

/* --- one function a field --- */

static STATUS year(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_YEAR, 0); }
static STATUS quarter(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_QUARTER, 0); }
static STATUS month(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_MONTH, 0); }
static STATUS day(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_DAY, 0); }
static STATUS dayofweek(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_DAY_OF_WEEK, 0); }
static STATUS weekday(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_WEEKDAY, 0); }
static STATUS dayofyear(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_DAY_OF_YEAR, 0); }
static STATUS weekofyear(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_WEEK, 0); }
static STATUS hour(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_HOUR, 0); }
static STATUS minute(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_MINUTE, 0); }
static STATUS second(struct vonk_frame *frame) { return field_rows(frame, VONK_DATETIME_SECOND, 0); }

/* --- extract and date_part: the field is a constant --- */

static const struct {
  const char *name;
  enum vonk_datetime_field field;
} field_names[] = {
    {"YEAR", VONK_DATETIME_YEAR}, {"Y", VONK_DATETIME_YEAR}, {"YEARS", VONK_DATETIME_YEAR}, {"YR", VONK_DATETIME_YEAR},
    {"YRS", VONK_DATETIME_YEAR}, {"YEAROFWEEK", VONK_DATETIME_YEAR_OF_WEEK}, {"QUARTER", VONK_DATETIME_QUARTER},
    {"QTR", VONK_DATETIME_QUARTER}, {"MONTH", VONK_DATETIME_MONTH}, {"MON", VONK_DATETIME_MONTH}, {"MONS", VONK_DATETIME_MONTH},
    {"MONTHS", VONK_DATETIME_MONTH}, {"WEEK", VONK_DATETIME_WEEK}, {"W", VONK_DATETIME_WEEK}, {"WEEKS", VONK_DATETIME_WEEK},
    {"DAY", VONK_DATETIME_DAY}, {"D", VONK_DATETIME_DAY}, {"DAYS", VONK_DATETIME_DAY}, {"DAYOFWEEK", VONK_DATETIME_DAY_OF_WEEK},
    {"DOW", VONK_DATETIME_DAY_OF_WEEK}, {"DAYOFWEEK_ISO", VONK_DATETIME_DAY_OF_WEEK_ISO}, {"DOW_ISO", VONK_DATETIME_DAY_OF_WEEK_ISO},
    {"DOY", VONK_DATETIME_DAY_OF_YEAR}, {"HOUR", VONK_DATETIME_HOUR}, {"H", VONK_DATETIME_HOUR}, {"HOURS", VONK_DATETIME_HOUR},
    {"HR", VONK_DATETIME_HOUR}, {"HRS", VONK_DATETIME_HOUR}, {"MINUTE", VONK_DATETIME_MINUTE}, {"M", VONK_DATETIME_MINUTE},
    {"MIN", VONK_DATETIME_MINUTE}, {"MINS", VONK_DATETIME_MINUTE}, {"MINUTES", VONK_DATETIME_MINUTE},
    {"SECOND", VONK_DATETIME_SECOND_MICROS}, {"S", VONK_DATETIME_SECOND_MICROS}, {"SEC", VONK_DATETIME_SECOND_MICROS},
    {"SECS", VONK_DATETIME_SECOND_MICROS}, {"SECONDS", VONK_DATETIME_SECOND_MICROS},
};

/* Which fields a value of a type has. */
static bool has_field(const struct vonk_type *type, enum vonk_datetime_field field) {
  bool month_part = field == VONK_DATETIME_YEAR || field == VONK_DATETIME_MONTH;
  bool time_part = is_time_field(field);
  switch (type->id) {
    case VONK_TYPE_INTERVAL_YM: return month_part;
    case VONK_TYPE_INTERVAL_DT: return time_part || field == VONK_DATETIME_DAY;
    case VONK_TYPE_INTERVAL: return month_part || time_part || field == VONK_DATETIME_DAY;
    case VONK_TYPE_TIME: return time_part;
    default: return true;
  }
}

static STATUS bind_extract(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_expr *name = call->arguments.items[0];
  const struct vonk_type *type = call->arguments.items[1]->type;
  const struct vonk_expr_literal *literal = EXPR_AS(name, literal);
  if (!literal) {
    return vonk_raise(call->task, VONK_NON_FOLDABLE_ARGUMENT, call->expr->node.origin, "funcName",
                      vonk_str_format(arena, "`%s`", EXPR_AS(call->expr, call)->function->name), "paramName",
                      STR("`field`"), "paramType", STR("\"STRING\""), NULL);
  }
  int found = -1;
  for (size_t i = 0; !literal->value.is_null && i < COUNT_OF(field_names); i++) {
    if (vonk_str_equal_nocase(literal->value.text, vonk_str_of(field_names[i].name)) && has_field(type, field_names[i].field)) found = (int)i;
  }
  if (found < 0 && !literal->value.is_null) {
    return vonk_raise(call->task, VONK_INVALID_EXTRACT_FIELD, call->expr->node.origin, "field",
                      vonk_type_quote(arena, literal->value.text), "expr",
                      vonk_str_format(arena, "\"" STR_FMT "\"", STR_ARG(vonk_expr_sql(arena, call->arguments.items[1]))), NULL);
  }
  if (vonk_type_is_string(type) || type->id == VONK_TYPE_VOID) {
    TRY(vonk_bind_coerce(call, 1, found >= 0 && field_names[found].field >= VONK_DATETIME_HOUR ? &vonk_type_timestamp : &vonk_type_date));
    type = call->arguments.items[1]->type;
  } else if (!vonk_type_is_datetime(type) && !vonk_type_is_interval(type) && type->id != VONK_TYPE_TIME) {
    return vonk_bind_unexpected(call, 1, "\"DATE\"");
  }
  enum vonk_datetime_field *field = ARENA_NEW(arena, enum vonk_datetime_field);
  *field = found < 0 ? VONK_DATETIME_YEAR : field_names[found].field;
  EXPR_AS(call->expr, call)->data = field;
  bool is_interval = vonk_type_is_interval(type);
  bool byte = is_interval && *field != VONK_DATETIME_YEAR && *field != VONK_DATETIME_DAY;
  call->expr->nullable |= call->arguments.items[1]->nullable;
  call->expr->type = found < 0                               ? &vonk_type_double
                     : *field == VONK_DATETIME_SECOND_MICROS ? vonk_type_decimal(arena, 8, 6)
                     : *field == VONK_DATETIME_HOUR && type->id == VONK_TYPE_INTERVAL ? &vonk_type_long
                     : byte ? &vonk_type_byte
                     : &vonk_type_int;
  return VONK_OK;
}

static STATUS extract(struct vonk_frame *frame) {
  return field_rows(frame, *(const enum vonk_datetime_field *)EXPR_AS(frame->expr, call)->data, 1);
}

#define FIELD(row_name, row_signature, row_eval, ...)                                                                    \
  {.name = row_name, .kind = VONK_SCALAR, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval,      \
   .group = "datetime_funcs", __VA_ARGS__}
#define OF_DATE "(date) -> int"
#define OF_TIME "(timestamp) -> int | (timestamp_ntz) -> int | (time) -> int"

const struct vonk_function vonk_functions_datetime_field[] = {
    FIELD("year", OF_DATE, year, .doc = "The year.", .example = "SELECT year(DATE '1889-03-31')"),
    FIELD("quarter", OF_DATE, quarter, .doc = "The quarter of the year, 1 to 4.", .example = "SELECT quarter(DATE '1889-05-06')"),
    FIELD("month", OF_DATE, month, .doc = "The month, 1 to 12.", .example = "SELECT month(DATE '1889-03-31')"),
    FIELD("day", OF_DATE, day, .doc = "The day of the month.", .example = "SELECT day(DATE '1889-03-31')"),
    FIELD("dayofmonth", OF_DATE, day, .doc = "The same as day.", .example = "SELECT dayofmonth(DATE '1889-03-31')"),
    FIELD("dayofweek", OF_DATE, dayofweek, .doc = "The day of the week, 1 for Sunday to 7 for Saturday.",
          .example = "SELECT dayofweek(DATE '2024-02-29')"),
    FIELD("weekday", OF_DATE, weekday, .doc = "The day of the week, 0 for Monday to 6 for Sunday.",
          .example = "SELECT weekday(DATE '2024-02-29')"),
    FIELD("dayofyear", OF_DATE, dayofyear, .doc = "The day of the year, 1 to 366.", .example = "SELECT dayofyear(DATE '2024-12-31')"),
    FIELD("weekofyear", OF_DATE, weekofyear, .doc = "The week of the year by ISO 8601, 1 to 53.",
          .example = "SELECT weekofyear(DATE '2021-01-03')"),
    FIELD("hour", OF_TIME, hour, .doc = "The hour, 0 to 23.", .example = "SELECT hour(TIMESTAMP '2024-02-29 21:14:08')"),
    FIELD("minute", OF_TIME, minute, .doc = "The minute.", .example = "SELECT minute(TIMESTAMP '2024-02-29 21:14:08')"),
    FIELD("second", OF_TIME, second, .doc = "The second.", .example = "SELECT second(TIMESTAMP '2024-02-29 21:14:08')"),
    FIELD("extract", "(string, any) -> bind", extract, .bind = bind_extract, .shown = "extract($1 FROM $2)",
          .doc = "A field of a date, time or interval, named by a constant.", .example = "SELECT extract(WEEK FROM DATE '2024-02-29')"),
    FIELD("date_part", "(string, any) -> bind", extract, .bind = bind_extract, .doc = "The same as extract.",
          .example = "SELECT date_part('DOY', DATE '2024-02-29')"),
    FIELD("datepart", "(string, any) -> bind", extract, .bind = bind_extract, .shown = "datepart($1 FROM $2)", .doc = "The same as extract.",
          .example = "SELECT datepart('SECONDS', TIMESTAMP '2024-02-29 21:14:08.5')"),
    {0},
};
