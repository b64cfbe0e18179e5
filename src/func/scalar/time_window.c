/* time_window.c: window, session_window and window_time, and what the binder makes of them.
 *
 * The three are no values of a row: they drop rows without a time and put others into several windows, so the binder lays a
 * relation below the query (bind/time_window.c). Here their arguments are checked. Windows are counted in microseconds since the
 * epoch, whatever the time zone says of days.
 */
#include "func/time_window.h"

#include "func/bind_call.h"
#include "func/rows.h"
#include "type/interval.h"

/* --- evaluation --- */

/* The start of the last window that begins at TIME or before it. As in Java, sums wrap where they are not checked. */
static bool last_start(const struct vonk_frame *frame, uint32_t time_argument, uint32_t row, int64_t *out) {
  int64_t time = vonk_row_int(frame, time_argument, row), slide = vonk_row_int(frame, frame->argument_count - 2, row);
  int64_t start = vonk_row_int(frame, frame->argument_count - 1, row), since, remainder;
  bool wrapped = __builtin_sub_overflow(time, start, &since);
  remainder = since % slide;
  if (remainder < 0) remainder += slide;
  return !(__builtin_sub_overflow(time, remainder, out) | wrapped);
}

static STATUS overflow(struct vonk_frame *frame) {
  return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", STR("long overflow"), "alternative", STR(""), "config",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}

static STATUS window_start_row(struct vonk_frame *frame, uint32_t row) {
  int64_t start;
  if (!last_start(frame, 0, row, &start) && EXPR_AS(frame->expr, call)->ansi) return overflow(frame);
  vonk_row_put_long(frame, row, start);
  return VONK_OK;
}
static STATUS window_start(struct vonk_frame *frame) { return vonk_rows_each(frame, window_start_row); }

static STATUS shift_time_row(struct vonk_frame *frame, uint32_t row) {
  int64_t sum;
  if (__builtin_add_overflow(vonk_row_int(frame, 0, row), vonk_row_int(frame, 1, row), &sum) && EXPR_AS(frame->expr, call)->ansi) return overflow(frame);
  vonk_row_put_long(frame, row, sum);
  return VONK_OK;
}
static STATUS shift_time(struct vonk_frame *frame) { return vonk_rows_each(frame, shift_time_row); }

/* The windows of one time, the latest first. */
static STATUS sliding_windows_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_builder *records = &frame->builder->children[0], *windows = &records->children[0];
  int64_t time = vonk_row_int(frame, 0, row), duration = vonk_row_int(frame, 1, row), slide = vonk_row_int(frame, 2, row), start, end;
  bool good = last_start(frame, 0, row, &start);
  for (uint32_t count = 0; good; count++) {
    if ((count & 0xFFFF) == 0xFFFF) TRY(vonk_task_check(frame->task));
    good = !__builtin_add_overflow(start, duration, &end);
    if (!good || time >= end) break;
    TRY(vonk_builder_add_integer(frame->task, &windows->children[0], start));
    TRY(vonk_builder_add_integer(frame->task, &windows->children[1], end));
    TRY(vonk_builder_end_struct(frame->task, windows));
    TRY(vonk_builder_end_struct(frame->task, records));
    good = !__builtin_sub_overflow(start, slide, &start);
  }
  return good ? vonk_builder_end_list(frame->task, frame->builder) : overflow(frame);
}
static STATUS sliding_windows(struct vonk_frame *frame) { return vonk_rows_build(frame, sliding_windows_row); }

/* --- binding --- */

static const struct vonk_type *window_type(struct vonk_arena *arena, const struct vonk_type *time) {
  struct vonk_type_field fields[] = {{.name = STR("start"), .type = time, .nullable = true}, {.name = STR("end"), .type = time, .nullable = true}};
  return vonk_type_struct(arena, fields, 2);
}

static bool is_time(const struct vonk_type *type) { return type->id == VONK_TYPE_TIMESTAMP || type->id == VONK_TYPE_TIMESTAMP_NTZ; }

/* Argument 0 is a time, what may be cast to one, or a window; the call's type is a window of the same kind of time. */
static STATUS bind_time(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  if (type->id == VONK_TYPE_STRUCT && type->field_count == 2 && is_time(type->fields[0].type) && vonk_type_same(type->fields[0].type, type->fields[1].type)) {
    call->expr->type = window_type(call->task->arena, type->fields[0].type);
    return VONK_OK;
  }
  if (!is_time(type) && type->id != VONK_TYPE_DATE && type->id != VONK_TYPE_VOID && !vonk_type_is_string(type)) {
    return vonk_bind_unexpected(call, 0, "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \"STRUCT<start: TIMESTAMP, end: TIMESTAMP>\" or "
                                         "\"STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>\")");
  }
  if (!is_time(type)) TRY(vonk_bind_coerce(call, 0, &vonk_type_timestamp));
  call->expr->type = window_type(call->task->arena, call->arguments.items[0]->type);
  return VONK_OK;
}

static STATUS parse_duration(struct vonk_bind_call *call, struct vonk_str text, int64_t *out) {
  struct vonk_interval interval;
  struct vonk_arena *arena = call->task->arena;
  int64_t days;
  bool good = vonk_interval_parse(text, &interval, NULL) == VONK_INTERVAL_GOOD;
  if (good && interval.months) return vonk_raise(call->task, VONK__LEGACY_ERROR_TEMP_3231, NULL, "interval", text, NULL);
  good = good && !__builtin_mul_overflow((int64_t)interval.days, INT64_C(86400000000), &days) && !__builtin_add_overflow(days, interval.micros, out);
  if (good) return VONK_OK;
  struct vonk_value value = vonk_value_text(&vonk_type_string, text);
  return vonk_raise(call->task, VONK_CANNOT_PARSE_INTERVAL, call->expr->node.origin, "intervalString", vonk_value_sql(arena, &value), NULL);
}

/* A literal: microseconds, or an interval as text. */
static STATUS duration_of(struct vonk_bind_call *call, uint32_t index, int64_t *out) {
  const struct vonk_expr_literal *literal = EXPR_AS(call->arguments.items[index], literal);
  const struct vonk_value *value = literal ? &literal->value : NULL;
  if (value && !value->is_null && vonk_type_is_string(value->type)) return parse_duration(call, value->text, out);
  if (!value || value->is_null || (value->type->id != VONK_TYPE_INT && value->type->id != VONK_TYPE_LONG)) {
    return vonk_raise(call->task, VONK__LEGACY_ERROR_TEMP_1207, call->expr->node.origin, NULL);
  }
  *out = (int64_t)value->integer;
  return VONK_OK;
}

static struct vonk_str long_text(struct vonk_arena *arena, int64_t value) { return vonk_str_format(arena, "%lldL", (long long)value); }

static STATUS check_positive(struct vonk_bind_call *call, const char *name, int64_t value) {
  if (value > 0) return VONK_OK;
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr), "exprName",
                    vonk_str_of(name), "valueRange", vonk_str_format(arena, "(0, %lld]", (long long)INT64_MAX), "currentValue", long_text(arena, value), NULL);
}

static STATUS violated(struct vonk_bind_call *call, const char *left, int64_t left_value, const char *constraint, const char *right, int64_t right_value) {
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__PARAMETER_CONSTRAINT_VIOLATION, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "leftExprName", vonk_str_of(left), "leftExprValue", long_text(arena, left_value), "constraint", vonk_str_of(constraint), "rightExprName",
                    vonk_str_of(right), "rightExprValue", long_text(arena, right_value), NULL);
}

static STATUS bind_window(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_time_window *window = ARENA_NEW(arena, struct vonk_time_window);
  TRY(duration_of(call, 1, &window->duration));
  window->slide = window->duration;
  if (call->arguments.count > 2) TRY(duration_of(call, 2, &window->slide));
  if (call->arguments.count > 3) TRY(duration_of(call, 3, &window->start));
  EXPR_AS(call->expr, call)->data = window;
  EXPR_AS(call->expr, call)->shown = vonk_str_format(arena, "window(" STR_FMT ", %lld, %lld, %lld)", STR_ARG(vonk_expr_sql(arena, call->arguments.items[0])),
                                                     (long long)window->duration, (long long)window->slide, (long long)window->start);
  TRY(bind_time(call));
  TRY(check_positive(call, "`window_duration`", window->duration));
  TRY(check_positive(call, "`slide_duration`", window->slide));
  if (window->slide > window->duration) return violated(call, "`slide_duration`", window->slide, "<=", "`window_duration`", window->duration);
  if (window->start >= window->slide || window->start <= -window->slide) {
    int64_t size = window->start < 0 ? (int64_t)(0 - (uint64_t)window->start) : window->start;
    return violated(call, "`abs(start_time)`", size, "<", "`slide_duration`", window->slide);
  }
  call->expr->nullable = window->slide != window->duration;
  return VONK_OK;
}

/* As the messages of Spark name types here. */
static struct vonk_str class_name(struct vonk_arena *arena, const struct vonk_type *type) {
  static const struct { enum vonk_type_id id; const char *name; } names[] = {
      {VONK_TYPE_BOOLEAN, "BooleanType"}, {VONK_TYPE_BYTE, "ByteType"}, {VONK_TYPE_SHORT, "ShortType"}, {VONK_TYPE_INT, "IntegerType"}, {VONK_TYPE_LONG, "LongType"},
      {VONK_TYPE_FLOAT, "FloatType"}, {VONK_TYPE_DOUBLE, "DoubleType"}, {VONK_TYPE_BINARY, "BinaryType"}, {VONK_TYPE_DATE, "DateType"},
      {VONK_TYPE_TIMESTAMP, "TimestampType"}, {VONK_TYPE_TIMESTAMP_NTZ, "TimestampNTZType"},
  };
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (names[i].id == type->id) return vonk_str_of(names[i].name);
  }
  if (type->id == VONK_TYPE_INTERVAL_YM) return vonk_str_format(arena, "YearMonthIntervalType(%d,%d)", type->start_field, type->end_field);
  if (type->id != VONK_TYPE_INTERVAL_DT) return vonk_type_sql(arena, type);
  return vonk_str_format(arena, "DayTimeIntervalType(%d,%d)", type->start_field - VONK_FIELD_DAY, type->end_field - VONK_FIELD_DAY);
}

static STATUS bind_session(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *gap = call->arguments.items[1]->type;
  EXPR_AS(call->expr, call)->shown = vonk_str_format(arena, "sessionwindow(" STR_FMT ", " STR_FMT ")", STR_ARG(vonk_expr_sql(arena, call->arguments.items[0])),
                                                     STR_ARG(vonk_expr_sql(arena, call->arguments.items[1])));
  TRY(bind_time(call));
  call->expr->nullable = false;
  if (gap->id != VONK_TYPE_INTERVAL && gap->id != VONK_TYPE_VOID && !vonk_type_is_string(gap)) {
    return vonk_raise(call->task, VONK__LEGACY_ERROR_TEMP_1040, NULL, "dt", class_name(arena, gap), NULL);
  }
  return VONK_OK;
}

static STATUS bind_window_time(struct vonk_bind_call *call) {
  call->expr->type = call->arguments.items[0]->type->fields[0].type;
  call->expr->nullable = true;
  return VONK_OK;
}

static STATUS bind_sliding_windows(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_type_field field = {.name = STR("window"), .type = window_type(arena, call->arguments.items[0]->type), .nullable = true};
  call->expr->type = vonk_type_array(arena, vonk_type_struct(arena, &field, 1), false);
  return VONK_OK;
}

enum vonk_time_window_kind vonk_time_window_kind(const struct vonk_function *function) {
  if (function->bind == bind_window) return VONK_TIME_WINDOW;
  if (function->bind == bind_session) return VONK_SESSION_WINDOW;
  return function->bind == bind_window_time ? VONK_WINDOW_TIME : VONK_NO_TIME_WINDOW;
}

#define WINDOW(row_name, row_signature, row_bind, row_doc, row_example) \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_CUSTOM, .bind = row_bind, .group = "datetime_funcs", .doc = row_doc, .example = row_example}
#define INTERNAL(row_name, row_signature, ...)                                                                                                        \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_INTERNAL | VONK_FN_RAISES, .group = "datetime_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_time_window[] = {
    WINDOW("window", "(any, any, [any], [any]) -> bind", bind_window,
           "The windows of a length that a time falls into: one after another, or one every slide, counted from a start.",
           "SELECT window.start, count(*) FROM VALUES ('2024-01-01 00:01:00'), ('2024-01-01 00:04:00'), ('2024-01-01 00:06:00') AS t(v) GROUP BY window(v, '5 minutes') ORDER BY 1"),
    WINDOW("session_window", "(any, any) -> bind", bind_session, "The time with a gap behind it; GROUP BY makes one session of those that meet.",
           "SELECT session_window.end, count(*) FROM VALUES ('2024-01-01 00:01:00'), ('2024-01-01 00:04:00'), ('2024-01-01 00:16:00') AS t(v) GROUP BY session_window(v, '5 minutes') ORDER BY 1"),
    WINDOW("window_time", "(struct) -> bind", bind_window_time, "The last microsecond that lies in a window.",
           "SELECT window_time(window) FROM (SELECT window(v, '5 minutes') FROM VALUES ('2024-01-01 00:01:00') AS t(v))"),
    INTERNAL("window_start", "(timestamp, bigint, bigint) -> timestamp | (timestamp_ntz, bigint, bigint) -> timestamp_ntz", .eval = window_start),
    INTERNAL("shift_time", "(timestamp, bigint) -> timestamp | (timestamp_ntz, bigint) -> timestamp_ntz", .eval = shift_time),
    INTERNAL("sliding_windows", "(timestamp, bigint, bigint, bigint) -> bind | (timestamp_ntz, bigint, bigint, bigint) -> bind", .kind = VONK_GENERATOR,
             .eval = sliding_windows, .bind = bind_sliding_windows),
    {0},
};
