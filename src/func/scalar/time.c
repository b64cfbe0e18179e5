/* time.c: the type TIME, nanoseconds since midnight: made of parts, cut, counted, subtracted. */
#include "func/bind_call.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"
#include "type/text.h"

#define NANOS_PER_DAY (VONK_MICROS_PER_DAY * VONK_NANOS_PER_MICRO)

static STATUS out_of_bounds(struct vonk_frame *frame, struct vonk_str message) {
  return vonk_raise(frame->task, VONK_DATETIME_FIELD_OUT_OF_BOUNDS__WITHOUT_SUGGESTION, frame->expr->node.origin, "rangeMessage", message, NULL);
}

/* --- of parts --- */

/* Hours, minutes, and seconds as a decimal of scale 6. */
static STATUS make_time_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_datetime_problem problem;
  int64_t hour = vonk_row_int(frame, 0, row), minute = vonk_row_int(frame, 1, row), micros = (int64_t)vonk_read_int128(&frame->arguments[2], row);
  bool good = vonk_datetime_check(VONK_BOUND_HOUR, hour, &problem) && vonk_datetime_check(VONK_BOUND_MINUTE, minute, &problem) &&
              vonk_datetime_check(VONK_BOUND_SECOND, micros / VONK_MICROS_PER_SECOND, &problem);
  if (good && micros < 0) good = vonk_datetime_check(VONK_BOUND_SECOND, -1, &problem);
  if (!good) return out_of_bounds(frame, vonk_datetime_problem_text(frame->task->arena, &problem));
  vonk_row_put_long(frame, row, (hour * VONK_MICROS_PER_HOUR + minute * VONK_MICROS_PER_MINUTE + micros) * VONK_NANOS_PER_MICRO);
  return VONK_OK;
}
static STATUS make_time(struct vonk_frame *frame) { return vonk_rows_each(frame, make_time_row); }

/* --- to numbers and back --- */

static STATUS put_time(struct vonk_frame *frame, uint32_t row, vonk_int128 nanos) {
  if (nanos >= 0 && nanos < NANOS_PER_DAY) {
    vonk_row_put_long(frame, row, (int64_t)nanos);
    return VONK_OK;
  }
  if (nanos != (int64_t)nanos) return out_of_bounds(frame, STR("long overflow"));
  return out_of_bounds(frame, vonk_str_format(frame->task->arena, "Invalid TIME value: must be between 00:00:00 and 23:59:59.999999999, but got %lld nanoseconds",
                                              (long long)nanos));
}

/* Of whole numbers, decimals and doubles. */
static STATUS from_seconds_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_type *type = frame->arguments[0].type;
  vonk_int128 nanos;
  if (type->id == VONK_TYPE_FLOAT || type->id == VONK_TYPE_DOUBLE) {
    double seconds = vonk_row_real(frame, 0, row);
    if (!(seconds > -1e9 && seconds < 1e9)) return out_of_bounds(frame, STR("Cannot convert NaN or Infinite to TIME"));
    return put_time(frame, row, (vonk_int128)(seconds * 1e6) * VONK_NANOS_PER_MICRO);
  }
  int scale = type->id == VONK_TYPE_DECIMAL ? type->scale : 0;
  if (!vonk_int128_multiply_scaled(vonk_read_int128(&frame->arguments[0], row), VONK_NANOS_PER_SECOND, scale, &nanos)) nanos = (vonk_int128)INT64_MAX + 1;
  return put_time(frame, row, nanos);
}
static STATUS from_seconds(struct vonk_frame *frame) { return vonk_rows_each(frame, from_seconds_row); }
static STATUS from_millis_row(struct vonk_frame *frame, uint32_t row) { return put_time(frame, row, (vonk_int128)vonk_row_int(frame, 0, row) * 1000000); }
static STATUS from_millis(struct vonk_frame *frame) { return vonk_rows_each(frame, from_millis_row); }
static STATUS from_micros_row(struct vonk_frame *frame, uint32_t row) { return put_time(frame, row, (vonk_int128)vonk_row_int(frame, 0, row) * 1000); }
static STATUS from_micros(struct vonk_frame *frame) { return vonk_rows_each(frame, from_micros_row); }

static STATUS to_micros_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_long(frame, row, vonk_row_int(frame, 0, row) / VONK_NANOS_PER_MICRO);
  return VONK_OK;
}
/* As micros, and as seconds: a decimal of scale 6. */
static STATUS to_micros(struct vonk_frame *frame) { return vonk_rows_each(frame, to_micros_row); }
static STATUS to_millis_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_long(frame, row, vonk_row_int(frame, 0, row) / 1000000);
  return VONK_OK;
}
static STATUS to_millis(struct vonk_frame *frame) { return vonk_rows_each(frame, to_millis_row); }

/* --- units --- */

static STATUS nanos_of_unit(struct vonk_frame *frame, uint32_t row, int64_t *out) {
  static const struct { const char *name; int64_t micros; } units[] = {
      {"HOUR", VONK_MICROS_PER_HOUR}, {"MINUTE", VONK_MICROS_PER_MINUTE}, {"SECOND", VONK_MICROS_PER_SECOND}, {"MILLISECOND", 1000}, {"MICROSECOND", 1}};
  struct vonk_str unit = vonk_row_str(frame, 0, row);
  for (size_t i = 0; i < COUNT_OF(units); i++) {
    *out = units[i].micros * VONK_NANOS_PER_MICRO;
    if (vonk_str_equal_nocase(unit, vonk_str_of(units[i].name))) return VONK_OK;
  }
  struct vonk_arena *arena = frame->task->arena;
  return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__TIME_UNIT, frame->expr->node.origin, "functionName",
                    vonk_str_format(arena, "`%s`", EXPR_AS(frame->expr, call)->function->name), "parameter", STR("`unit`"), "invalidValue",
                    vonk_str_format(arena, "'" STR_FMT "'", STR_ARG(unit)), NULL);
}

static STATUS time_trunc_row(struct vonk_frame *frame, uint32_t row) {
  int64_t unit, nanos = vonk_row_int(frame, 1, row);
  TRY(nanos_of_unit(frame, row, &unit));
  vonk_row_put_long(frame, row, nanos - nanos % unit);
  return VONK_OK;
}
static STATUS time_trunc(struct vonk_frame *frame) { return vonk_rows_each(frame, time_trunc_row); }

static STATUS time_diff_row(struct vonk_frame *frame, uint32_t row) {
  int64_t unit;
  TRY(nanos_of_unit(frame, row, &unit));
  vonk_row_put_long(frame, row, (vonk_row_int(frame, 2, row) / 1000 - vonk_row_int(frame, 1, row) / 1000) / (unit / 1000));
  return VONK_OK;
}
static STATUS time_diff(struct vonk_frame *frame) { return vonk_rows_each(frame, time_diff_row); }

/* --- binding --- */

/* Cut, it keeps the digits that its type has. */
static STATUS bind_trunc(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[1]->type;
  call->expr->raises = true;
  if (type->id == VONK_TYPE_VOID || vonk_type_is_string(type)) TRY(vonk_bind_coerce(call, 1, vonk_type_time(call->task->arena, 6)));
  type = call->arguments.items[1]->type;
  if (type->id != VONK_TYPE_TIME) return vonk_bind_unexpected(call, 1, "\"TIME\"");
  call->expr->type = type;
  call->expr->nullable |= call->arguments.items[1]->nullable;
  return VONK_OK;
}
static STATUS bind_diff(struct vonk_bind_call *call) {
  call->expr->raises = true;
  for (uint32_t i = 1; i < 3; i++) {
    const struct vonk_type *type = call->arguments.items[i]->type;
    if (type->id == VONK_TYPE_VOID || vonk_type_is_string(type)) TRY(vonk_bind_coerce(call, i, vonk_type_time(call->task->arena, 6)));
    if (call->arguments.items[i]->type->id != VONK_TYPE_TIME) return vonk_bind_unexpected(call, i, "\"TIME\"");
    call->expr->nullable |= call->arguments.items[i]->nullable;
  }
  return VONK_OK;
}
static STATUS bind_to(struct vonk_bind_call *call) {
  if (call->arguments.items[0]->type->id == VONK_TYPE_VOID) TRY(vonk_bind_coerce(call, 0, vonk_type_time(call->task->arena, 6)));
  if (call->arguments.items[0]->type->id != VONK_TYPE_TIME) return vonk_bind_unexpected(call, 0, "\"TIME\"");
  call->expr->nullable |= call->arguments.items[0]->nullable;
  return VONK_OK;
}
static STATUS bind_raises(struct vonk_bind_call *call) {
  call->expr->raises = true;
  return VONK_OK;
}
/* It shows as what is cast. */
static STATUS bind_time(struct vonk_bind_call *call) {
  struct vonk_bind_options options = vonk_bind_options_of(call);
  return vonk_bind_cast(call->task, &options, call->arguments.items[0], vonk_type_time(call->task->arena, 6), VONK_CAST_DEFAULT, true, &call->expr);
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                      \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = "datetime_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_time[] = {
    ROW("time", "(any) -> bind", NULL, .bind = bind_time, .doc = "The value cast to TIME.", .example = "SELECT time('12:34:56')"),
    ROW("make_time", "(int, int, decimal(16,6)) -> time", make_time, .bind = bind_raises, .doc = "The time of hours, minutes and seconds.",
        .example = "SELECT make_time(12, 34, 56.5)"),
    ROW("time_trunc", "(string, any) -> bind", time_trunc, .bind = bind_trunc, .doc = "The start of the unit that a time lies in.",
        .example = "SELECT time_trunc('MINUTE', TIME '12:34:56')"),
    ROW("time_diff", "(string, any, any) -> bigint", time_diff, .bind = bind_diff, .doc = "Whole units from the first time to the second.",
        .example = "SELECT time_diff('MINUTE', TIME '12:00:00', TIME '12:34:56')"),
    ROW("time_from_seconds", "(numeric) -> time", from_seconds, .bind = bind_raises, .doc = "The time so many seconds after midnight.",
        .example = "SELECT time_from_seconds(45296.5)"),
    ROW("time_from_millis", "(bigint) -> time", from_millis, .bind = bind_raises, .doc = "The time so many milliseconds after midnight.",
        .example = "SELECT time_from_millis(45296500)"),
    ROW("time_from_micros", "(bigint) -> time", from_micros, .bind = bind_raises, .doc = "The time so many microseconds after midnight.",
        .example = "SELECT time_from_micros(45296500000)"),
    ROW("time_to_seconds", "(any) -> decimal(14,6)", to_micros, .bind = bind_to, .doc = "Seconds since midnight, with a fraction.",
        .example = "SELECT time_to_seconds(TIME '12:34:56.5')"),
    ROW("time_to_millis", "(any) -> bigint", to_millis, .bind = bind_to, .doc = "Milliseconds since midnight.", .example = "SELECT time_to_millis(TIME '12:34:56.5')"),
    ROW("time_to_micros", "(any) -> bigint", to_micros, .bind = bind_to, .doc = "Microseconds since midnight.", .example = "SELECT time_to_micros(TIME '12:34:56.5')"),
    {0},
};
