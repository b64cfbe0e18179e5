/* sequence.c: sequence(start, stop [, step]) over integers, dates and timestamps.
 *
 * Steps of months and days are taken from the start each time, not from the element before, so that 31 January is followed by
 * the last day of February and then by 31 March.
 */
#include "func/bind_call.h"
#include "func/coercion.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"

enum { SEQUENCE_MAX = INT32_MAX - 15 };

static STATUS too_long(struct vonk_frame *frame, vonk_int128 count) {
  char text[48];
  int size = vonk_int128_format(count, 0, text);
  return vonk_raise(frame->task, VONK_COLLECTION_SIZE_LIMIT_EXCEEDED__PARAMETER, frame->expr->node.origin, "numberOfElements",
                    vonk_str_make(text, (size_t)size), "functionName", STR("`sequence`"), "maxRoundedArrayLength", STR("2147483632"), "parameter",
                    STR("`count`"), NULL);
}

static STATUS bad_bounds(struct vonk_frame *frame, int64_t start, int64_t stop, int64_t step) {
  struct vonk_arena *arena = frame->task->arena;
  return vonk_raise(frame->task, VONK_INVALID_SEQUENCE_BOUNDARIES, frame->expr->node.origin, "start",
                    vonk_str_format(arena, "%lld", (long long)start), "stop", vonk_str_format(arena, "%lld", (long long)stop), "step",
                    vonk_str_format(arena, "%lld", (long long)step), NULL);
}

/* Number of elements; the bounds must lie in the direction of the step. */
static STATUS count_steps(struct vonk_frame *frame, int64_t start, int64_t stop, int64_t step, uint32_t *out) {
  bool good = step > 0 ? start <= stop : step < 0 ? start >= stop : start == stop;
  if (!good) return bad_bounds(frame, start, stop, step);
  vonk_int128 count = start == stop ? 1 : ((vonk_int128)stop - start) / step + 1;
  if (count > SEQUENCE_MAX) return too_long(frame, count);
  *out = (uint32_t)count;
  return VONK_OK;
}

static STATUS add_steps(struct vonk_frame *frame, int64_t start, int64_t stop, int64_t step) {
  uint32_t count;
  TRY(count_steps(frame, start, stop, step, &count));
  for (uint32_t i = 0; i < count; i++) {
    if (i % 65536 == 65535) TRY(vonk_task_check(frame->task));
    TRY(vonk_builder_add_integer(frame->task, &frame->builder->children[0], (vonk_int128)start + (vonk_int128)i * step));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}

static STATUS integers_row(struct vonk_frame *frame, uint32_t row) {
  int64_t start = vonk_row_int(frame, 0, row), stop = vonk_row_int(frame, 1, row);
  int64_t step = frame->argument_count > 2 ? vonk_row_int(frame, 2, row) : start <= stop ? 1 : -1;
  return add_steps(frame, start, stop, step);
}

/* --- dates and timestamps --- */

static struct vonk_interval step_of(const struct vonk_frame *frame, uint32_t row, bool up) {
  struct vonk_interval step = {0};
  if (frame->argument_count < 3) {
    step.days = up ? 1 : -1;
    return step;
  }
  const struct vonk_column *column = &frame->arguments[2];
  switch (column->type->id) {
    case VONK_TYPE_INTERVAL_YM: step.months = (int32_t)vonk_row_int(frame, 2, row); return step;
    case VONK_TYPE_INTERVAL_DT:
      step.micros = vonk_row_int(frame, 2, row);
      step.days = (int32_t)(step.micros / VONK_MICROS_PER_DAY);
      step.micros %= VONK_MICROS_PER_DAY;
      return step;
    default: return ((const struct vonk_interval *)column->data)[vonk_column_index(column, row)];
  }
}

/* START plus INDEX steps. */
static int64_t step_from(const struct vonk_timezone *zone, int64_t start, struct vonk_interval step, int64_t index) {
  int64_t local = vonk_timezone_to_local(zone, start), of_day = vonk_calendar_micros_of_day(local);
  int64_t days = vonk_calendar_add_months(vonk_calendar_micros_to_days(local), step.months * index) + step.days * index;
  return vonk_timezone_to_utc(zone, days * VONK_MICROS_PER_DAY + of_day) + step.micros * index;
}

static STATUS add_calendar_steps(struct vonk_frame *frame, const struct vonk_timezone *zone, int64_t start, int64_t stop, struct vonk_interval step,
                                 bool dates) {
  const int64_t month = 28 * VONK_MICROS_PER_DAY; /* the shortest: an upper bound for the length */
  int64_t about = step.micros + step.months * month + step.days * VONK_MICROS_PER_DAY, unit = dates ? VONK_MICROS_PER_DAY : 1;
  int64_t from = dates ? vonk_timezone_to_utc(zone, start * unit) : start, to = dates ? vonk_timezone_to_utc(zone, stop * unit) : stop, at = from;
  uint32_t count;
  TRY(count_steps(frame, from, to, about, &count));
  for (int64_t i = 1; about > 0 ? at <= to : at >= to; i++) {
    int64_t item = dates ? vonk_calendar_micros_to_days(vonk_timezone_to_local(zone, at)) : at;
    TRY(vonk_builder_add_integer(frame->task, &frame->builder->children[0], item));
    at = step_from(zone, from, step, i);
    if (about == 0) break;
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}

static STATUS times_row(struct vonk_frame *frame, uint32_t row) {
  int64_t start = vonk_row_int(frame, 0, row), stop = vonk_row_int(frame, 1, row);
  struct vonk_interval step = step_of(frame, row, start <= stop);
  enum vonk_type_id id = frame->arguments[0].type->id;
  const struct vonk_timezone *zone = &vonk_timezone_utc;
  bool dates = id == VONK_TYPE_DATE;
  if (dates && step.months == 0 && step.days == 0 && step.micros) {
    const char *kind = frame->arguments[2].type->id == VONK_TYPE_INTERVAL_DT ? "day to second" : "";
    return vonk_raise(frame->task, VONK__LEGACY_ERROR_TEMP_3242, frame->expr->node.origin, "intervalType", vonk_str_of(kind), NULL);
  }
  if (dates && step.months == 0 && step.micros == 0) return add_steps(frame, start, stop, step.days);
  if (!dates && step.months == 0 && step.days == 0) return add_steps(frame, start, stop, step.micros);
  if (id != VONK_TYPE_TIMESTAMP_NTZ) TRY(vonk_zone_of(frame->task, frame->expr, &zone));
  return add_calendar_steps(frame, zone, start, stop, step, dates);
}

static STATUS sequence(struct vonk_frame *frame) {
  return vonk_type_is_datetime(frame->arguments[0].type) ? vonk_rows_build(frame, times_row) : vonk_rows_build(frame, integers_row);
}

static STATUS wrong_types(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__SEQUENCE_WRONG_INPUT_TYPES, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, call->expr), "functionName", STR("`sequence`"), "startType",
                    STR("(\"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"DATE\")"), "stepType",
                    STR("(\"INTERVAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")"), "otherStartType", STR("\"INTEGRAL\""), NULL);
}

static STATUS bind_sequence(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_expr **items = call->arguments.items;
  const struct vonk_type *type = vonk_coercion_wider(arena, items[0]->type, items[1]->type, call->ansi);
  const struct vonk_type *step = call->arguments.count > 2 ? items[2]->type : NULL;
  bool times = type && vonk_type_is_datetime(type);
  if (!type || (!times && !vonk_type_is_integral(type))) return wrong_types(call);
  if (step && times && !vonk_type_is_interval(step)) return wrong_types(call);
  if (step && !times) {
    type = vonk_coercion_wider(arena, type, step, call->ansi);
    if (!type || !vonk_type_is_integral(type)) return wrong_types(call);
    TRY(vonk_bind_coerce(call, 2, type));
  }
  for (uint32_t i = 0; i < 2; i++) TRY(vonk_bind_coerce(call, i, type));
  call->expr->type = vonk_type_array(arena, type, false);
  call->expr->raises = true;
  return VONK_OK;
}

const struct vonk_function vonk_functions_sequence[] = {
    {.name = "sequence", .signature = "(any, any, [any]) -> bind", .nulls = VONK_NULLS_STRICT, .eval = sequence, .bind = bind_sequence,
     .group = "array_funcs", .doc = "The numbers, dates or timestamps from a start to a stop, both included, by a step.",
     .example = "SELECT sequence(DATE '2024-01-31', DATE '2024-04-30', INTERVAL 1 MONTH)"},
    {0},
};
