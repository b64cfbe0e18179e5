/* datetime_text.c: dates and timestamps by patterns: date_format, to_date, to_timestamp, unix_timestamp, from_unixtime.
 *
 * A pattern is compiled when it differs from the last row's, so a constant one once a worker.
 */
#include "conf/conf.h"
#include "func/bind_call.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "text/options.h"
#include "type/calendar.h"

struct text_state {
  struct vonk_arena *arena;
  const struct vonk_timezone *zone;
  struct vonk_str pattern;
  const struct vonk_datetime_format *format;
};

static STATUS open_text(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct text_state *state = ARENA_NEW(arena, struct text_state);
  struct vonk_str zone = EXPR_AS(expr, call)->time_zone;
  state->arena = arena;
  state->zone = &vonk_timezone_utc;
  *out = state;
  if (zone.size == 0 || vonk_timezone_load(arena, zone, &state->zone)) return VONK_OK;
  return vonk_raise(task, VONK_INVALID_TIMEZONE, expr->node.origin, "timeZone", zone, NULL);
}
static void close_text(void *object) { vonk_arena_destroy(((struct text_state *)object)->arena); }

static STATUS compile(struct vonk_frame *frame, struct vonk_str pattern, bool for_parsing) {
  struct text_state *state = frame->state;
  if (state->format && vonk_str_equal(state->pattern, pattern)) return VONK_OK;
  state->pattern = vonk_str_copy(state->arena, pattern);
  state->format = NULL;
  return vonk_text_pattern(frame->task, state->arena, frame->expr->node.origin, state->pattern, for_parsing, &state->format);
}

/* --- to text --- */

static STATUS add_formatted(struct vonk_frame *frame, const struct vonk_timezone *zone, int64_t micros) {
  const struct text_state *state = frame->state;
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, vonk_datetime_format_max(state->format), &out));
  return vonk_builder_commit_bytes(frame->task, frame->builder, vonk_datetime_format_print(state->format, zone, micros, out));
}

static STATUS date_format_row(struct vonk_frame *frame, uint32_t row) {
  const struct text_state *state = frame->state;
  TRY(compile(frame, vonk_row_str(frame, 1, row), false));
  return add_formatted(frame, state->zone, vonk_row_int(frame, 0, row));
}
static STATUS date_format(struct vonk_frame *frame) { return vonk_rows_build(frame, date_format_row); }

static STATUS from_unixtime_row(struct vonk_frame *frame, uint32_t row) {
  const struct text_state *state = frame->state;
  TRY(compile(frame, vonk_row_str(frame, 1, row), false));
  int64_t micros;
  if (__builtin_mul_overflow(vonk_row_int(frame, 0, row), VONK_MICROS_PER_SECOND, &micros)) micros = INT64_MAX;
  return add_formatted(frame, state->zone, micros);
}
static STATUS from_unixtime(struct vonk_frame *frame) { return vonk_rows_build(frame, from_unixtime_row); }

/* --- from text --- */

static STATUS cannot_parse(struct vonk_frame *frame, struct vonk_str text, const struct vonk_parse_context *context) {
  const char *function = frame->expr->type->id == VONK_TYPE_DATE ? "`try_to_date`" : "`try_to_timestamp`";
  return vonk_raise(frame->task, VONK_CANNOT_PARSE_TIMESTAMP, frame->expr->node.origin, "func", vonk_str_of(function), "message",
                    vonk_datetime_problem_of_text(frame->task->arena, text, &context->problem), NULL);
}

static STATUS parse_row(struct vonk_frame *frame, uint32_t row) {
  const struct text_state *state = frame->state;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  struct vonk_parse_context context = {.zone = state->zone, .arena = frame->task->arena};
  int64_t micros;
  int32_t days;
  struct vonk_str pattern = vonk_row_str(frame, 1, row);
  TRY(compile(frame, pattern, true));
  switch (frame->expr->type->id) {
    case VONK_TYPE_DATE:
      if (!vonk_datetime_format_parse_date(state->format, text, &context, &days)) return cannot_parse(frame, text, &context);
      vonk_row_put_int(frame, row, days);
      break;
    case VONK_TYPE_TIMESTAMP_NTZ:
      if (!vonk_datetime_format_parse_ntz(state->format, text, &context, true, &micros)) return cannot_parse(frame, text, &context);
      vonk_row_put_long(frame, row, micros);
      break;
    default:
      if (!vonk_datetime_format_parse(state->format, text, &context, &micros)) return cannot_parse(frame, text, &context);
      if (frame->expr->type->id == VONK_TYPE_LONG) micros = vonk_calendar_floor_div(micros, VONK_MICROS_PER_SECOND);
      vonk_row_put_long(frame, row, micros);
  }
  return VONK_OK;
}
static STATUS parse(struct vonk_frame *frame) { return vonk_rows_each(frame, parse_row); }

/* unix_timestamp of what is a date or timestamp already. */
static STATUS seconds_of(struct vonk_frame *frame) {
  if (frame->arguments[0].physical == VONK_PHYSICAL_VIEW) return parse(frame);
  const struct text_state *state = frame->state;
  enum vonk_type_id id = frame->arguments[0].type->id;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    int64_t micros = vonk_row_int(frame, 0, row);
    if (id == VONK_TYPE_DATE) micros *= VONK_MICROS_PER_DAY;
    if (id != VONK_TYPE_TIMESTAMP) micros = vonk_timezone_to_utc(state->zone, micros);
    vonk_row_put_long(frame, row, vonk_calendar_floor_div(micros, VONK_MICROS_PER_SECOND));
  }
  return VONK_OK;
}

/* Without a pattern to_date and its like are casts; the argument was cast at binding and passes through. */
static STATUS parse_or_pass(struct vonk_frame *frame) {
  if (frame->argument_count > 1 && frame->arguments[0].physical == VONK_PHYSICAL_VIEW) return parse(frame);
  *frame->result = frame->arguments[0];
  return VONK_OK;
}

static STATUS bind_to(struct vonk_bind_call *call, const struct vonk_type *type) {
  bool text = vonk_type_is_string(call->arguments.items[0]->type);
  if (call->arguments.count == 1 || !text) TRY(vonk_bind_coerce(call, 0, type));
  call->expr->type = type;
  call->expr->nullable = call->arguments.items[0]->nullable || (call->arguments.count > 1 && (!call->ansi || call->arguments.items[1]->nullable));
  return VONK_OK;
}
/* Casts inside the try_ forms are tried as well. */
static STATUS bind_try(struct vonk_bind_call *call, const struct vonk_type *type) {
  struct vonk_bind_options options = {.ansi = true, .time_zone = call->time_zone, .conf = call->conf, .origin = call->expr->node.origin};
  call->expr->type = type;
  call->expr->nullable = true;
  if (call->arguments.count > 1 && vonk_type_is_string(call->arguments.items[0]->type)) return VONK_OK;
  TRY(vonk_bind_cast(call->task, &options, call->arguments.items[0], type, VONK_CAST_TRY, true, &call->arguments.items[0]));
  call->expr->raises = false;
  return VONK_OK;
}
static STATUS bind_try_to_date(struct vonk_bind_call *call) { return bind_try(call, &vonk_type_date); }
/* What TIMESTAMP means in SQL. */
static const struct vonk_type *plain_timestamp(const struct vonk_bind_call *call) {
  bool local = call->conf && vonk_str_equal(vonk_conf_text(call->conf, VONK_CONF_TIMESTAMP_TYPE), STR("TIMESTAMP_NTZ"));
  return local ? &vonk_type_timestamp_ntz : &vonk_type_timestamp;
}
static STATUS bind_try_to_timestamp(struct vonk_bind_call *call) { return bind_try(call, plain_timestamp(call)); }
static STATUS bind_to_date(struct vonk_bind_call *call) { return bind_to(call, &vonk_type_date); }
static STATUS bind_to_timestamp(struct vonk_bind_call *call) { return bind_to(call, plain_timestamp(call)); }
static STATUS bind_to_ltz(struct vonk_bind_call *call) { return bind_to(call, &vonk_type_timestamp); }
static STATUS bind_to_ntz(struct vonk_bind_call *call) { return bind_to(call, &vonk_type_timestamp_ntz); }

#define ROW(row_name, row_signature, row_eval, ...)                                                                     \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .open = open_text,        \
   .close = close_text, .group = "datetime_funcs", __VA_ARGS__}
#define RAISING .flags = VONK_FN_RAISES, .raise = parse_row
#define SECONDS_OF                                                                                                      \
  "(string, [string = 'yyyy-MM-dd HH:mm:ss']) -> bigint | (date, [string = 'yyyy-MM-dd HH:mm:ss']) -> bigint | "            \
  "(timestamp, [string = 'yyyy-MM-dd HH:mm:ss']) -> bigint | (timestamp_ntz, [string = 'yyyy-MM-dd HH:mm:ss']) -> bigint"

const struct vonk_function vonk_functions_datetime_text[] = {
    ROW("date_format", "(timestamp, string) -> string", date_format, .doc = "A timestamp as text by a pattern.",
        .example = "SELECT date_format(TIMESTAMP '2024-02-29 21:14:08', 'dd.MM.yyyy HH:mm')"),
    ROW("from_unixtime", "(bigint, [string = 'yyyy-MM-dd HH:mm:ss']) -> string", from_unixtime, .flags = VONK_FN_MAY_NULL, .doc = "Seconds since 1970-01-01 UTC as text by a pattern.",
        .example = "SELECT from_unixtime(0, 'yyyy')"),
    ROW("to_date", "(any, [string]) -> bind", parse_or_pass, RAISING, .bind = bind_to_date, .doc = "The date that a text means, by a pattern if one is given.",
        .example = "SELECT to_date('29.02.2024', 'dd.MM.yyyy')"),
    ROW("to_timestamp", "(any, [string]) -> bind", parse_or_pass, RAISING, .bind = bind_to_timestamp,
        .doc = "The timestamp that a text means, by a pattern if one is given.", .example = "SELECT to_timestamp('29.02.2024 21:14', 'dd.MM.yyyy HH:mm')"),
    ROW("try_to_date", "(any, [string]) -> bind", parse_or_pass, RAISING, .bind = bind_try_to_date, .doc = "The same as to_date, null where the text is no date.",
        .example = "SELECT try_to_date('29.02.2023', 'dd.MM.yyyy')"),
    ROW("try_to_timestamp", "(any, [string]) -> bind", parse_or_pass, RAISING, .bind = bind_try_to_timestamp,
        .doc = "The same as to_timestamp, null where the text is none.", .example = "SELECT try_to_timestamp('tomorrow noon', 'yyyy-MM-dd')"),
    ROW("to_timestamp_ltz", "(any, [string]) -> bind", parse_or_pass, RAISING, .bind = bind_to_ltz, .doc = "The same as to_timestamp.",
        .example = "SELECT to_timestamp_ltz('2024-02-29 21:14:08')"),
    ROW("to_timestamp_ntz", "(any, [string]) -> bind", parse_or_pass, RAISING, .bind = bind_to_ntz, .doc = "The same without a time zone.",
        .example = "SELECT to_timestamp_ntz('2024-02-29 21:14:08')"),
    ROW("unix_timestamp", SECONDS_OF, seconds_of, RAISING, .doc = "Seconds since 1970-01-01 UTC of a text by a pattern, or of a date or timestamp.",
        .example = "SELECT unix_timestamp('2024-02-29', 'yyyy-MM-dd')"),
    ROW("to_unix_timestamp", SECONDS_OF, seconds_of, RAISING, .doc = "The same as unix_timestamp.",
        .example = "SELECT to_unix_timestamp('2024-02-29', 'yyyy-MM-dd')"),
    {0},
};
