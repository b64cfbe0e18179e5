/* datetime_operator.c: + - * / div, minus and abs over dates, timestamps and intervals.
 *
 * Follows Spark's BinaryArithmeticWithDatetimeResolver: which operation an operator is depends on the types of its sides, known at
 * binding. Days and months are added to local time of the session's zone (java.time.ZonedDateTime), the rest to the instant. These
 * operators fail in both modes alike.
 */
#include "func/datetime_operator.h"

#include <math.h>

#include "func/bind_call.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"

/* --- errors --- */

static bool is_try(const struct vonk_frame *frame) { return strncmp(EXPR_AS(frame->expr, call)->function->name, "try_", 4) == 0; }

static STATUS raise_overflow(struct vonk_frame *frame) {
  return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", STR("overflow"), "alternative", STR(""), "config",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}

static STATUS raise_interval_overflow(struct vonk_frame *frame, const char *forgiving) {
  if (!forgiving) return vonk_raise(frame->task, VONK_INTERVAL_ARITHMETIC_OVERFLOW__WITHOUT_SUGGESTION, frame->expr->node.origin, NULL);
  return vonk_raise(frame->task, VONK_INTERVAL_ARITHMETIC_OVERFLOW__WITH_SUGGESTION, frame->expr->node.origin, "functionName",
                    vonk_str_of(forgiving), NULL);
}

static STATUS raise_zero(struct vonk_frame *frame) {
  return vonk_raise(frame->task, VONK_INTERVAL_DIVIDED_BY_ZERO, frame->expr->node.origin, NULL);
}

/* --- dates and timestamps --- */

static struct vonk_interval *intervals(struct vonk_frame *frame) { return frame->data; }
static const struct vonk_interval *interval_at(const struct vonk_frame *frame, uint32_t argument, uint32_t row) {
  const struct vonk_column *c = &frame->arguments[argument];
  return (const struct vonk_interval *)c->data + vonk_column_index(c, row);
}

static STATUS put_date(struct vonk_frame *frame, uint32_t row, int64_t days) {
  if (days != (int32_t)days) return raise_overflow(frame);
  vonk_row_put_int(frame, row, (int32_t)days);
  return VONK_OK;
}

/* NTZ counts in no zone. */
static const struct vonk_timezone *zone_of(const struct vonk_frame *frame) {
  return frame->arguments[0].type->id == VONK_TYPE_TIMESTAMP && frame->state ? frame->state : &vonk_timezone_utc;
}

static STATUS shift(struct vonk_frame *frame, uint32_t row, int64_t months, int64_t days, int64_t micros) {
  int64_t value = vonk_row_int(frame, 0, row);
  if (months && !vonk_datetime_shift(zone_of(frame), months, 0, &value)) return raise_overflow(frame);
  if (days && !vonk_datetime_shift(zone_of(frame), 0, days, &value)) return raise_overflow(frame);
  if (__builtin_add_overflow(value, micros, &value)) return raise_overflow(frame);
  vonk_row_put_long(frame, row, value);
  return VONK_OK;
}

static STATUS date_months(struct vonk_frame *frame, uint32_t row, int sign) {
  return put_date(frame, row, vonk_calendar_add_months(vonk_row_int(frame, 0, row), sign * vonk_row_int(frame, 1, row)));
}
static STATUS time_months(struct vonk_frame *frame, uint32_t row, int sign) { return shift(frame, row, sign * vonk_row_int(frame, 1, row), 0, 0); }
static STATUS time_micros(struct vonk_frame *frame, uint32_t row, int sign) {
  int64_t micros = vonk_row_int(frame, 1, row), days = micros / VONK_MICROS_PER_DAY;
  return shift(frame, row, 0, sign * days, sign * (micros - days * VONK_MICROS_PER_DAY));
}
static STATUS time_interval(struct vonk_frame *frame, uint32_t row, int sign) {
  const struct vonk_interval *i = interval_at(frame, 1, row);
  int64_t micros = i->micros;
  if (sign < 0 && __builtin_sub_overflow(0, i->micros, &micros)) return raise_overflow(frame);
  return shift(frame, row, (int64_t)sign * i->months, (int64_t)sign * i->days, micros);
}
/* ANSI takes no time of day; else the date's midnight is moved and cut to its day. */
static STATUS date_interval(struct vonk_frame *frame, uint32_t row, int sign) {
  const struct vonk_interval *i = interval_at(frame, 1, row);
  int64_t days = vonk_row_int(frame, 0, row);
  if (i->micros && (EXPR_AS(frame->expr, call)->data || is_try(frame))) {
    return vonk_raise(frame->task, VONK_INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION, frame->expr->node.origin, NULL);
  }
  if (i->months) days = vonk_calendar_add_months(days, (int64_t)sign * i->months);
  days += (int64_t)sign * i->days;
  if (i->micros == 0) return put_date(frame, row, days);
  int64_t micros = sign * (i->micros % VONK_MICROS_PER_DAY);
  return put_date(frame, row, days + sign * (i->micros / VONK_MICROS_PER_DAY) + vonk_calendar_floor_div(micros, VONK_MICROS_PER_DAY));
}

static STATUS date_difference(struct vonk_frame *frame, uint32_t row) {
  int64_t micros;
  if (!vonk_calendar_days_to_micros(vonk_row_int(frame, 0, row) - vonk_row_int(frame, 1, row), &micros)) return raise_overflow(frame);
  vonk_row_put_long(frame, row, micros);
  return VONK_OK;
}
static STATUS time_difference(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_timezone *zone = zone_of(frame);
  int64_t micros;
  if (__builtin_sub_overflow(vonk_timezone_to_local(zone, vonk_row_int(frame, 0, row)), vonk_timezone_to_local(zone, vonk_row_int(frame, 1, row)), &micros)) {
    return raise_overflow(frame);
  }
  vonk_row_put_long(frame, row, micros);
  return VONK_OK;
}

/* --- intervals --- */

/* A result of months or micros. */
static bool put_amount(struct vonk_frame *frame, uint32_t row, vonk_int128 value) {
  bool months = frame->expr->type->id == VONK_TYPE_INTERVAL_YM;
  if (months && value == (int32_t)value) vonk_row_put_int(frame, row, (int32_t)value);
  else if (!months && value == (int64_t)value) vonk_row_put_long(frame, row, (int64_t)value);
  else return false;
  return true;
}

static STATUS amounts(struct vonk_frame *frame, uint32_t row, int sign) {
  vonk_int128 sum = (vonk_int128)vonk_row_int(frame, 0, row) + (vonk_int128)sign * vonk_row_int(frame, 1, row);
  return put_amount(frame, row, sum) ? VONK_OK : raise_interval_overflow(frame, sign > 0 ? "`try_add`" : "`try_subtract`");
}

/* CalendarIntervals wrap without ANSI. */
static STATUS put_interval(struct vonk_frame *frame, uint32_t row, int64_t months, int64_t days, vonk_int128 micros) {
  bool fits = months == (int32_t)months && days == (int32_t)days && micros == (int64_t)micros;
  if (!fits && (EXPR_AS(frame->expr, call)->data || is_try(frame))) return raise_overflow(frame);
  intervals(frame)[row] = (struct vonk_interval){(int32_t)months, (int32_t)days, (int64_t)micros};
  return VONK_OK;
}
static STATUS calendar_intervals(struct vonk_frame *frame, uint32_t row, int sign) {
  const struct vonk_interval *a = interval_at(frame, 0, row), *b = interval_at(frame, 1, row);
  return put_interval(frame, row, (int64_t)a->months + sign * (int64_t)b->months, (int64_t)a->days + sign * (int64_t)b->days,
                      (vonk_int128)a->micros + (vonk_int128)sign * b->micros);
}

static STATUS negative_amount(struct vonk_frame *frame, uint32_t row) {
  return put_amount(frame, row, -(vonk_int128)vonk_row_int(frame, 0, row)) ? VONK_OK : raise_interval_overflow(frame, NULL);
}
static STATUS abs_amount(struct vonk_frame *frame, uint32_t row) {
  vonk_int128 value = vonk_row_int(frame, 0, row);
  return put_amount(frame, row, value < 0 ? -value : value) ? VONK_OK : raise_overflow(frame);
}
static STATUS negative_interval(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_interval *a = interval_at(frame, 0, row);
  return put_interval(frame, row, -(int64_t)a->months, -(int64_t)a->days, -(vonk_int128)a->micros);
}

/* VALUE rounded, halves away from zero; false when it is no number or too large by far. */
static bool round_real(double value, vonk_int128 *out) {
  value = round(value);
  if (!(value >= -9.3e18 && value <= 9.3e18)) return false;
  *out = (vonk_int128)value;
  return true;
}

static STATUS multiply_amount(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_column *factor = &frame->arguments[1];
  vonk_int128 amount = vonk_row_int(frame, 0, row), product;
  bool fits;
  if (vonk_type_is_fractional(factor->type)) fits = round_real((double)amount * vonk_read_real(factor, row), &product);
  else if (factor->type->id == VONK_TYPE_DECIMAL) fits = vonk_int128_multiply_scaled(amount, vonk_read_int128(factor, row), factor->type->scale, &product);
  else fits = !__builtin_mul_overflow(amount, vonk_read_int128(factor, row), &product);
  return fits && put_amount(frame, row, product) ? VONK_OK : raise_interval_overflow(frame, "`try_multiply`");
}

static STATUS divide_amount(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_column *divisor = &frame->arguments[1];
  vonk_int128 amount = vonk_row_int(frame, 0, row), quotient;
  bool fits;
  if (vonk_type_is_fractional(divisor->type)) {
    double by = vonk_read_real(divisor, row);
    if (by == 0) return raise_zero(frame);
    fits = round_real((double)amount / by, &quotient);
  } else {
    vonk_int128 by = vonk_read_int128(divisor, row);
    int scale = divisor->type->id == VONK_TYPE_DECIMAL ? divisor->type->scale : 0;
    if (by == 0) return raise_zero(frame);
    fits = vonk_int128_divide_scaled(amount, by, scale, &quotient);
  }
  return fits && put_amount(frame, row, quotient) ? VONK_OK : raise_interval_overflow(frame, "`try_divide`");
}

static int64_t saturate(double value, double low, double high) {
  if (value != value) return 0;
  return value <= low ? (int64_t)low : value >= high ? (high > INT32_MAX ? INT64_MAX : (int64_t)high) : (int64_t)value;
}

/* The three parts apart: a fraction of a month is lost, one of a day becomes time. */
static STATUS scale_interval(struct vonk_frame *frame, uint32_t row, double months, double days, double micros) {
  micros += (days - trunc(days)) * (double)VONK_MICROS_PER_DAY;
  bool checks = EXPR_AS(frame->expr, call)->data || is_try(frame);
  bool fits = fabs(months) < 2147483648.0 && fabs(days) < 2147483648.0 && fabs(micros) < 9223372036854775808.0;
  if (checks && !fits) return raise_overflow(frame);
  intervals(frame)[row] = (struct vonk_interval){(int32_t)saturate(months, INT32_MIN, INT32_MAX), (int32_t)saturate(days, INT32_MIN, INT32_MAX),
                                                 saturate(floor(micros + 0.5), (double)INT64_MIN, (double)INT64_MAX)};
  return VONK_OK;
}
static STATUS multiply_interval(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_interval *a = interval_at(frame, 0, row);
  double by = vonk_row_real(frame, 1, row);
  return scale_interval(frame, row, by * a->months, by * a->days, by * (double)a->micros);
}
static STATUS divide_interval(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_interval *a = interval_at(frame, 0, row);
  double by = vonk_row_real(frame, 1, row);
  if (by == 0 && (EXPR_AS(frame->expr, call)->data || is_try(frame))) return raise_zero(frame);
  if (by == 0) {
    vonk_row_put_null(frame, row);
    return VONK_OK;
  }
  return scale_interval(frame, row, a->months / by, a->days / by, (double)a->micros / by);
}

static STATUS quotient_of_amounts(struct vonk_frame *frame, uint32_t row) {
  int64_t a = vonk_row_int(frame, 0, row), b = vonk_row_int(frame, 1, row);
  if (b == 0 && !EXPR_AS(frame->expr, call)->data) {
    vonk_row_put_null(frame, row);
    return VONK_OK;
  }
  if (b == 0) return vonk_raise(frame->task, VONK_DIVIDE_BY_ZERO, frame->expr->node.origin, "config", STR("\"spark.sql.ansi.enabled\""), NULL);
  if (b == -1 && a == INT64_MIN) return raise_interval_overflow(frame, "`try_divide`");
  vonk_row_put_long(frame, row, a / b);
  return VONK_OK;
}

static STATUS whole_days(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, (int32_t)(vonk_row_int(frame, 0, row) / VONK_MICROS_PER_DAY));
  return VONK_OK;
}

/* --- rows --- */

#define LOOP(stem) static STATUS eval_##stem(struct vonk_frame *frame) { return vonk_rows_each(frame, stem); }
#define SIGNED(stem)                                                                                                                     \
  static STATUS stem##_plus(struct vonk_frame *frame, uint32_t row) { return stem(frame, row, 1); }                                      \
  static STATUS stem##_minus(struct vonk_frame *frame, uint32_t row) { return stem(frame, row, -1); }                                    \
  LOOP(stem##_plus)                                                                                                                      \
  LOOP(stem##_minus)
SIGNED(date_months)
SIGNED(time_months)
SIGNED(time_micros)
SIGNED(time_interval)
SIGNED(date_interval)
SIGNED(amounts)
SIGNED(calendar_intervals)
LOOP(date_difference)
LOOP(time_difference)
LOOP(negative_amount)
LOOP(abs_amount)
LOOP(negative_interval)
LOOP(multiply_amount)
LOOP(divide_amount)
LOOP(multiply_interval)
LOOP(divide_interval)
LOOP(quotient_of_amounts)
LOOP(whole_days)

#define ROW(row_name, stem, ...)                                                                                                \
  {.name = row_name, .signature = "(any, any) -> bind", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_RAISES, .eval = eval_##stem, \
   .raise = stem, __VA_ARGS__}
/* The operator and its try_ form. */
#define FORMS(sign, try_name, stem, ...) {ROW(sign, stem, __VA_ARGS__), ROW(try_name, stem, .open = vonk_zone_open)}

typedef const struct vonk_function forms[2];
#define PLUS(stem) FORMS("+", "try_add", stem, .shown = "$1 + $2", .open = vonk_zone_open)
#define MINUS(stem) FORMS("-", "try_subtract", stem, .shown = "$1 - $2", .open = vonk_zone_open)
static forms date_months_rows[2] = {PLUS(date_months_plus), MINUS(date_months_minus)};
static forms time_months_rows[2] = {PLUS(time_months_plus), MINUS(time_months_minus)};
static forms time_micros_rows[2] = {PLUS(time_micros_plus), MINUS(time_micros_minus)};
static forms time_interval_rows[2] = {PLUS(time_interval_plus), MINUS(time_interval_minus)};
static forms date_interval_rows[2] = {PLUS(date_interval_plus), MINUS(date_interval_minus)};
static forms amounts_rows[2] = {FORMS("+", "try_add", amounts_plus, .open = NULL), FORMS("-", "try_subtract", amounts_minus, .open = NULL)};
static forms calendar_rows[2] = {FORMS("+", "try_add", calendar_intervals_plus, .open = NULL),
                                 FORMS("-", "try_subtract", calendar_intervals_minus, .open = NULL)};
static forms date_difference_rows = FORMS("-", "try_subtract", date_difference, .open = NULL);
static forms time_difference_rows = FORMS("-", "try_subtract", time_difference, .open = vonk_zone_open);
static forms multiply_amount_rows = FORMS("*", "try_multiply", multiply_amount, .open = NULL);
static forms divide_amount_rows = FORMS("/", "try_divide", divide_amount, .open = NULL);
static forms multiply_interval_rows = FORMS("*", "try_multiply", multiply_interval, .shown = "multiply_interval($1, $2)");
static forms divide_interval_rows = FORMS("/", "try_divide", divide_interval, .shown = "divide_interval($1, $2)");
static const struct vonk_function quotient_row = ROW("div", quotient_of_amounts, .open = NULL);
static const struct vonk_function minus_amount_row = ROW("-", negative_amount, .open = NULL), minus_interval_row = ROW("-", negative_interval, .open = NULL),
                                  negative_amount_row = ROW("negative", negative_amount, .open = NULL),
                                  negative_interval_row = ROW("negative", negative_interval, .open = NULL),
                                  abs_amount_row = ROW("abs", abs_amount, .open = NULL);

const struct vonk_function vonk_functions_datetime_operator[] = {
    {.name = "extractansiintervaldays", .signature = "(intervaldt) -> int", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_INTERNAL,
     .eval = eval_whole_days, .group = "datetime_funcs", .doc = "The whole days of a day-time interval.", .example = ""},
    {0},
};

/* --- binding --- */

static const struct vonk_type *type_of(const struct vonk_bind_call *call, uint32_t index) { return call->arguments.items[index]->type; }
static bool is_date(const struct vonk_type *t) { return t->id == VONK_TYPE_DATE; }
static bool is_timestamp(const struct vonk_type *t) { return t->id == VONK_TYPE_TIMESTAMP || t->id == VONK_TYPE_TIMESTAMP_NTZ; }
static bool is_void(const struct vonk_type *t) { return t->id == VONK_TYPE_VOID; }
static bool is_ym(const struct vonk_type *t) { return t->id == VONK_TYPE_INTERVAL_YM; }
static bool is_dt(const struct vonk_type *t) { return t->id == VONK_TYPE_INTERVAL_DT; }
static bool is_calendar(const struct vonk_type *t) { return t->id == VONK_TYPE_INTERVAL; }

static void swap(struct vonk_bind_call *call) {
  struct vonk_expr *left = call->arguments.items[0];
  call->arguments.items[0] = call->arguments.items[1];
  call->arguments.items[1] = left;
}

/* CALL is one of ROWS, of TYPE. Whether the session has ANSI is kept in `data`: the call itself always raises. */
static STATUS use(struct vonk_bind_call *call, struct vonk_datetime_operator op, const struct vonk_function *rows, const struct vonk_type *type) {
  static const char ansi;
  struct vonk_expr_call *expr = EXPR_AS(call->expr, call);
  vonk_bind_use_function(call, &rows[op.try]);
  expr->data = call->ansi ? &ansi : NULL;
  expr->ansi = 1;
  expr->expr.type = type;
  expr->expr.raises = !op.try;
  expr->expr.nullable = op.try;
  for (uint32_t i = 0; i < call->arguments.count; i++) expr->expr.nullable |= call->arguments.items[i]->nullable;
  return VONK_OK;
}

/* date + n, date - n. */
static STATUS add_days(struct vonk_bind_call *call, bool try, const char *name, struct vonk_expr *days) {
  struct vonk_bind_options options = vonk_bind_options_of(call);
  const struct vonk_type *type = days->type;
  const struct vonk_function *function = vonk_function_lookup(vonk_str_of(name));
  struct vonk_exprs arguments = {ARENA_ARRAY(call->task->arena, struct vonk_expr *, 2), 2};
  arguments.items[0] = call->arguments.items[0];
  arguments.items[1] = days;
  bool small = type->id >= VONK_TYPE_BYTE && type->id <= VONK_TYPE_INT;
  if (small) {
    struct vonk_expr *other;
    TRY(vonk_bind_function(call->task, &options, function, &arguments, &other));
    if (try) vonk_bind_replace(call, other);
    call->expr = other;
    return VONK_OK;
  }
  EXPR_AS(call->expr, call)->function = function;
  EXPR_AS(call->expr, call)->arguments = call->arguments = arguments;
  return vonk_bind_unexpected(call, 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")");
}

static STATUS add_interval_days(struct vonk_bind_call *call, bool try, bool minus) {
  struct vonk_bind_options options = vonk_bind_options_of(call);
  struct vonk_expr *days;
  TRY(vonk_bind_named(call->task, &options, &days, "extractansiintervaldays", 1, call->arguments.items[1]));
  if (minus) TRY(vonk_bind_named(call->task, &options, &days, "-", 1, days));
  return add_days(call, try, "date_add", days);
}

/* Argument 1 is a day-time or calendar interval, argument 0 what it is added to. A string is read as a timestamp and the result written
 * as a string again. */
static STATUS add_to_timestamp(struct vonk_bind_call *call, struct vonk_datetime_operator op) {
  const struct vonk_type *from = type_of(call, 0);
  struct vonk_bind_options options = vonk_bind_options_of(call);
  if (is_date(from) || vonk_type_is_string(from) || is_void(from)) TRY(vonk_bind_coerce(call, 0, &vonk_type_timestamp));
  if (!is_timestamp(type_of(call, 0))) return vonk_bind_unexpected(call, 0, "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"");
  TRY(use(call, op, is_calendar(type_of(call, 1)) ? time_interval_rows[op.sign == '-'] : time_micros_rows[op.sign == '-'], type_of(call, 0)));
  if (!vonk_type_is_string(from)) return VONK_OK;
  EXPR_AS(call->expr, call)->arguments = call->arguments;
  call->expr->physical = VONK_PHYSICAL_I64;
  return vonk_bind_cast(call->task, &options, call->expr, from, VONK_CAST_DEFAULT, true, &call->expr);
}

/* date +- interval, timestamp +- interval. *DONE is false for other pairs. */
static STATUS bind_shift(struct vonk_bind_call *call, struct vonk_datetime_operator op, bool *done) {
  bool minus = op.sign == '-';
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  *done = true;
  if (is_date(a) && is_dt(b)) {
    bool whole = b->start_field == VONK_FIELD_DAY && b->end_field == VONK_FIELD_DAY;
    return whole ? add_interval_days(call, op.try, minus) : add_to_timestamp(call, op);
  }
  if (is_date(a) && is_ym(b)) return use(call, op, date_months_rows[minus], a);
  if (is_timestamp(a) && is_ym(b)) return use(call, op, time_months_rows[minus], a);
  if (is_date(a) && is_calendar(b)) return use(call, op, date_interval_rows[minus], a);
  if (!is_void(a) && (is_dt(b) || is_calendar(b))) return add_to_timestamp(call, op);
  *done = false;
  return VONK_OK;
}

/* Two intervals of one kind, or one and a null. */
static STATUS bind_amounts(struct vonk_bind_call *call, struct vonk_datetime_operator op, bool *done) {
  bool minus = op.sign == '-';
  if (is_void(type_of(call, 0)) && vonk_type_is_interval(type_of(call, 1))) TRY(vonk_bind_coerce(call, 0, type_of(call, 1)));
  if (is_void(type_of(call, 1)) && vonk_type_is_interval(type_of(call, 0))) TRY(vonk_bind_coerce(call, 1, type_of(call, 0)));
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  *done = vonk_type_is_interval(a) && a->id == b->id;
  if (!*done) return VONK_OK;
  if (is_calendar(a)) return use(call, op, calendar_rows[minus], a);
  uint8_t start = a->start_field < b->start_field ? a->start_field : b->start_field, end = a->end_field > b->end_field ? a->end_field : b->end_field;
  return use(call, op, amounts_rows[minus], vonk_type_interval_of(call->task->arena, start, end));
}

static STATUS bind_add(struct vonk_bind_call *call, struct vonk_datetime_operator op, bool *done) {
  TRY(bind_amounts(call, op, done));
  if (*done) return VONK_OK;
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  bool a_moves = is_date(a) || is_timestamp(a), b_moves = is_date(b) || is_timestamp(b);
  /* A null beside a date or timestamp counts as a day-time interval. */
  for (uint32_t i = 0; i < 2; i++) {
    if (is_void(type_of(call, i)) && (a_moves || b_moves)) TRY(vonk_bind_coerce(call, i, &vonk_type_interval_dt));
  }
  a = type_of(call, 0), b = type_of(call, 1);
  if (vonk_type_is_interval(a) && !vonk_type_is_interval(b) && !(is_ym(a) && !b_moves)) swap(call);
  TRY(bind_shift(call, op, done));
  if (*done) return VONK_OK;
  a = type_of(call, 0), b = type_of(call, 1);
  *done = true;
  if (is_date(a)) {
    if (vonk_type_is_string(b)) TRY(vonk_bind_coerce(call, 1, call->ansi ? &vonk_type_date : &vonk_type_double));
    return add_days(call, op.try, "date_add", call->arguments.items[1]);
  }
  if (is_date(b)) {
    swap(call);
    if (vonk_type_is_string(a)) TRY(vonk_bind_coerce(call, 1, call->ansi ? &vonk_type_date : &vonk_type_double));
    return add_days(call, op.try, "date_add", call->arguments.items[1]);
  }
  *done = false;
  return VONK_OK;
}

/* timestamp - timestamp, with dates and strings beside them. */
static STATUS bind_time_difference(struct vonk_bind_call *call, struct vonk_datetime_operator op) {
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  const struct vonk_type *common = is_timestamp(a) ? a : b;
  if (is_timestamp(a) && is_timestamp(b) && a->id != b->id) common = &vonk_type_timestamp_ntz;
  for (uint32_t i = 0; i < 2; i++) {
    const struct vonk_type *type = type_of(call, i);
    bool fits = is_timestamp(type) || is_date(type) || is_void(type) || (call->ansi && vonk_type_is_string(type));
    if (!fits) return vonk_bind_unexpected(call, i, "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"");
    TRY(vonk_bind_coerce(call, i, common));
  }
  return use(call, op, time_difference_rows, &vonk_type_interval_dt);
}

static STATUS bind_subtract(struct vonk_bind_call *call, struct vonk_datetime_operator op, bool *done) {
  TRY(bind_amounts(call, op, done));
  if (*done) return VONK_OK;
  TRY(bind_shift(call, op, done));
  if (*done) return VONK_OK;
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  *done = is_timestamp(a) || is_timestamp(b) || is_date(a) || is_date(b);
  if (is_timestamp(a) || is_timestamp(b)) return bind_time_difference(call, op);
  bool days = is_date(a) && !is_date(b) && !is_void(b) && !(call->ansi && vonk_type_is_string(b));
  if (days && vonk_type_is_string(b)) TRY(vonk_bind_coerce(call, 1, &vonk_type_double));
  if (days) return add_days(call, op.try, "date_sub", call->arguments.items[1]);
  if (!*done) return VONK_OK;
  for (uint32_t i = 0; i < 2; i++) {
    const struct vonk_type *type = type_of(call, i);
    if (!is_date(type) && !is_void(type) && !vonk_type_is_string(type)) return vonk_bind_unexpected(call, i, "\"DATE\"");
    TRY(vonk_bind_coerce(call, i, &vonk_type_date));
  }
  return use(call, op, date_difference_rows, vonk_type_interval_of(call->task->arena, VONK_FIELD_DAY, VONK_FIELD_DAY));
}

static STATUS bind_scale(struct vonk_bind_call *call, struct vonk_datetime_operator op, bool *done) {
  if (op.sign == '*' && !vonk_type_is_interval(type_of(call, 0)) && vonk_type_is_interval(type_of(call, 1))) swap(call);
  const struct vonk_type *a = type_of(call, 0), *b = type_of(call, 1);
  *done = vonk_type_is_interval(a);
  if (!*done) return VONK_OK;
  if (is_calendar(a) || is_void(b) || vonk_type_is_string(b)) TRY(vonk_bind_coerce(call, 1, &vonk_type_double));
  if (!vonk_type_is_numeric(type_of(call, 1))) return vonk_bind_unexpected(call, 1, "\"NUMERIC\"");
  if (is_calendar(a)) {
    TRY(use(call, op, op.sign == '*' ? multiply_interval_rows : divide_interval_rows, a));
    call->expr->nullable = true;
    return VONK_OK;
  }
  return use(call, op, op.sign == '*' ? multiply_amount_rows : divide_amount_rows, is_ym(a) ? &vonk_type_interval_ym : &vonk_type_interval_dt);
}

STATUS vonk_bind_datetime_operator(struct vonk_bind_call *call, struct vonk_datetime_operator op, bool *done) {
  *done = false;
  switch (op.sign) {
    case '+': return bind_add(call, op, done);
    case '-': return bind_subtract(call, op, done);
    case '*':
    case '/': return bind_scale(call, op, done);
    default:
      *done = vonk_type_is_interval(type_of(call, 0)) && type_of(call, 0)->id == type_of(call, 1)->id && !is_calendar(type_of(call, 0));
      if (!*done) return VONK_OK;
      TRY(use(call, op, &quotient_row, &vonk_type_long));
      call->expr->nullable = true;
      return VONK_OK;
  }
}

STATUS vonk_bind_interval_unary(struct vonk_bind_call *call, bool is_abs, bool *done) {
  const struct vonk_type *type = type_of(call, 0);
  bool sign = EXPR_AS(call->expr, call)->function->name[0] == '-';
  *done = vonk_type_is_interval(type) && !(is_abs && is_calendar(type));
  if (!*done) return VONK_OK;
  const struct vonk_function *row = is_abs ? &abs_amount_row : sign ? &minus_amount_row : &negative_amount_row;
  if (is_calendar(type)) row = sign ? &minus_interval_row : &negative_interval_row;
  return use(call, (struct vonk_datetime_operator){0}, row, type);
}
