/* datetime_unit.c: timestampadd and timestampdiff, which SQL also writes dateadd(MONTH, 1, t) and datediff(DAY, a, b).
 *
 * Days and longer units move the local time of the session's zone, shorter ones the instant. Differences are those of local times, in
 * whole units towards zero.
 */
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"
#include "type/value.h"

/* MONTHS of local time, or MICROS; days are counted in micros. */
struct unit {
  const char *name;
  int64_t months, micros;
};

static const struct unit units[] = {
    {"YEAR", 12, 0}, {"QUARTER", 3, 0}, {"MONTH", 1, 0}, {"WEEK", 0, 7 * VONK_MICROS_PER_DAY}, {"DAY", 0, VONK_MICROS_PER_DAY},
    {"DAYOFYEAR", 0, VONK_MICROS_PER_DAY}, {"HOUR", 0, VONK_MICROS_PER_HOUR}, {"MINUTE", 0, VONK_MICROS_PER_MINUTE},
    {"SECOND", 0, VONK_MICROS_PER_SECOND}, {"MILLISECOND", 0, 1000}, {"MICROSECOND", 0, 1},
};

static const struct unit *unit_of(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, call)->data; }

/* --- adding --- */

static STATUS overflow(struct vonk_frame *frame, int64_t quantity, int64_t micros) {
  struct vonk_arena *arena = frame->task->arena;
  struct vonk_value value = vonk_value_integer(frame->arguments[2].type, micros);
  return vonk_raise(frame->task, VONK_DATETIME_OVERFLOW, frame->expr->node.origin, "operation",
                    vonk_str_format(arena, "add %lld %s to " STR_FMT, (long long)quantity, unit_of(frame)->name, STR_ARG(vonk_value_sql(arena, &value))), NULL);
}

static STATUS add_row(struct vonk_frame *frame, uint32_t row) {
  const struct unit *unit = unit_of(frame);
  const struct vonk_timezone *zone = frame->arguments[2].type->id == VONK_TYPE_TIMESTAMP ? frame->state : &vonk_timezone_utc;
  int64_t quantity = vonk_row_int(frame, 1, row), before = vonk_row_int(frame, 2, row), after = before, micros, months;
  bool good = !__builtin_mul_overflow(quantity, unit->micros, &micros) && !__builtin_mul_overflow(quantity, unit->months, &months);
  good = good && months == (int32_t)months;
  if (good && months) good = vonk_datetime_shift(zone, months, 0, &after);
  int64_t days = good ? micros / VONK_MICROS_PER_DAY : 0;
  if (good && days) good = vonk_datetime_shift(zone, 0, days, &after);
  if (!good || __builtin_add_overflow(after, micros - days * VONK_MICROS_PER_DAY, &after)) return overflow(frame, quantity, before);
  vonk_row_put_long(frame, row, after);
  return VONK_OK;
}
static STATUS add(struct vonk_frame *frame) { return vonk_rows_each(frame, add_row); }

/* --- differences --- */

/* Whole months between local times: the day and the time of day decide on the last one. */
static int64_t months_between(int64_t from, int64_t to) {
  int64_t days = vonk_calendar_micros_to_days(to), from_days = vonk_calendar_micros_to_days(from);
  int64_t from_time = vonk_calendar_micros_of_day(from), to_time = vonk_calendar_micros_of_day(to);
  if (days > from_days && to_time < from_time) days--;
  else if (days < from_days && to_time > from_time) days++;
  struct vonk_date a = vonk_calendar_date(from_days), b = vonk_calendar_date(days);
  return ((b.year * 12 + b.month) * 32 + b.day - ((a.year * 12 + a.month) * 32 + a.day)) / 32;
}

static STATUS difference_row(struct vonk_frame *frame, uint32_t row) {
  const struct unit *unit = unit_of(frame);
  const struct vonk_timezone *zone = frame->state;
  int64_t from = vonk_timezone_to_local(zone, vonk_row_int(frame, 1, row)), to = vonk_timezone_to_local(zone, vonk_row_int(frame, 2, row));
  int64_t value = unit->months ? months_between(from, to) / unit->months : (int64_t)(((vonk_int128)to - from) / unit->micros);
  vonk_row_put_long(frame, row, value);
  return VONK_OK;
}
static STATUS difference(struct vonk_frame *frame) { return vonk_rows_each(frame, difference_row); }

/* --- binding --- */

static STATUS bind_unit(struct vonk_bind_call *call) {
  struct vonk_value name;
  TRY(vonk_bind_constant(call, 0, &name));
  for (size_t i = 0; i < COUNT_OF(units) && !name.is_null; i++) {
    if (vonk_str_equal_nocase(name.text, vonk_str_of(units[i].name))) EXPR_AS(call->expr, call)->data = (void *)(uintptr_t)&units[i];
  }
  if (EXPR_AS(call->expr, call)->data) return VONK_OK;
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, VONK_INVALID_PARAMETER_VALUE__DATETIME_UNIT, call->expr->node.origin, "functionName",
                    vonk_str_format(arena, "`%s`", EXPR_AS(call->expr, call)->function->name), "parameter", STR("`unit`"), "invalidValue",
                    vonk_bind_quote_expr(arena, call->arguments.items[0]), NULL);
}

static STATUS bind_add(struct vonk_bind_call *call) {
  TRY(bind_unit(call));
  call->expr->raises = true;
  call->expr->type = call->arguments.items[2]->type;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, row_bind, ...)                                                                        \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .bind = row_bind, .open = vonk_zone_open, .group = "datetime_funcs", \
   __VA_ARGS__}

const struct vonk_function vonk_functions_datetime_unit[] = {
    ROW("timestampadd", "(string, bigint, timestamp) -> bind | (string, bigint, timestamp_ntz) -> bind", add, bind_add,
        .doc = "The timestamp so many units on.", .example = "SELECT timestampadd(MONTH, 1, TIMESTAMP '2024-01-31 12:00:00')"),
    ROW("timestampdiff", "(string, timestamp, timestamp) -> bigint", difference, bind_unit, .doc = "Whole units from the first timestamp to the second.",
        .example = "SELECT timestampdiff(DAY, TIMESTAMP '2024-01-31 12:00:00', TIMESTAMP '2024-03-01 00:00:00')"),
    {0},
};
