/* time_bucket.c: time_bucket: the start of the bucket that a time falls into.
 *
 * Bucket K begins K sizes behind the origin. A size below a day is a distance of instants; months, and the whole days that K sizes make, move
 * the local time of the session's zone, so those buckets are searched from where they would be without changes of the clock.
 */
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/datetime.h"
#include "func/rows.h"
#include "type/calendar.h"
#include "type/value.h"

enum { SEARCH_MAX = 64 };

struct bucket {
  int64_t months, micros; /* the size: one of them is zero */
  int64_t origin;
  bool is_null;                 /* of a size or an origin that is null */
};

static STATUS overflow(struct vonk_frame *frame) {
  return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, frame->expr->node.origin, "message", STR("long overflow"), "alternative", STR(""), "config",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}

/* Where bucket NUMBER begins; false: out of range. */
static bool start_of(const struct vonk_timezone *zone, const struct bucket *b, int64_t number, int64_t *out) {
  int64_t months, micros;
  *out = b->origin;
  if (__builtin_mul_overflow(b->months, number, &months) || __builtin_mul_overflow(b->micros, number, &micros)) return false;
  if (!vonk_datetime_shift(zone, months, micros / VONK_MICROS_PER_DAY, out)) return false;
  return !__builtin_add_overflow(*out, micros % VONK_MICROS_PER_DAY, out);
}

static int64_t floor_divide(vonk_int128 a, int64_t b) { return (int64_t)(a / b - (a % b < 0)); }

/* The number of the bucket by local times: at most a little off. */
static int64_t guess(const struct vonk_timezone *zone, const struct bucket *b, int64_t time) {
  int64_t local = vonk_timezone_to_local(zone, time), origin = vonk_timezone_to_local(zone, b->origin);
  if (!b->months) return floor_divide((vonk_int128)local - origin, b->micros);
  struct vonk_date to = vonk_calendar_date(vonk_calendar_micros_to_days(local)), from = vonk_calendar_date(vonk_calendar_micros_to_days(origin));
  return floor_divide(((vonk_int128)to.year - from.year) * 12 + to.month - from.month, b->months);
}

static STATUS bucket_row(struct vonk_frame *frame, uint32_t row) {
  const struct bucket *b = EXPR_AS(frame->expr, call)->data;
  const struct vonk_timezone *zone = frame->arguments[1].type->id == VONK_TYPE_TIMESTAMP ? frame->state : &vonk_timezone_utc;
  int64_t time = vonk_row_int(frame, 1, row), start, next;
  if (b->is_null) {
    vonk_row_put_null(frame, row);
    return VONK_OK;
  }
  if (!b->months && b->micros < VONK_MICROS_PER_DAY) {
    vonk_int128 exact = (vonk_int128)floor_divide((vonk_int128)time - b->origin, b->micros) * b->micros + b->origin;
    if (exact != (int64_t)exact) return overflow(frame);
    vonk_row_put_long(frame, row, (int64_t)exact);
    return VONK_OK;
  }
  int64_t number = guess(zone, b, time);
  bool good = start_of(zone, b, number, &start);
  for (int i = 0; i < SEARCH_MAX && good && start > time; i++) good = start_of(zone, b, --number, &start);
  for (int i = 0; i < SEARCH_MAX && good && start_of(zone, b, number + 1, &next) && next <= time; i++) start = next, number++;
  if (!good) return overflow(frame);
  vonk_row_put_long(frame, row, start);
  return VONK_OK;
}
static STATUS time_bucket(struct vonk_frame *frame) { return vonk_rows_each(frame, bucket_row); }

/* --- binding --- */

static bool is_time(const struct vonk_type *type) { return type->id == VONK_TYPE_TIMESTAMP || type->id == VONK_TYPE_TIMESTAMP_NTZ; }

/* 1970-01-01 00:00:00 of the session. */
static STATUS add_origin(struct vonk_bind_call *call, const struct vonk_type *type) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_timezone *zone = NULL;
  struct vonk_expr **items = ARENA_ARRAY(arena, struct vonk_expr *, 3);
  TRY(vonk_zone_of(call->task, call->expr, &zone));
  struct vonk_value origin = vonk_value_integer(type, type->id == VONK_TYPE_TIMESTAMP ? vonk_timezone_to_utc(zone, 0) : 0);
  memcpy(items, call->arguments.items, 2 * sizeof *items);
  items[2] = vonk_expr_literal_of(arena, &origin, call->expr->node.origin);
  EXPR_AS(items[2], literal)->zone = zone;
  call->arguments = EXPR_AS(call->expr, call)->arguments = (struct vonk_exprs){items, 3};
  return VONK_OK;
}

static STATUS constant_of(struct vonk_bind_call *call, uint32_t index, const char *name, struct vonk_value *out) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_expr *argument = call->arguments.items[index];
  bool found;
  TRY(vonk_bind_find_constant(call, index, out, &found));
  if (found) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__NON_FOLDABLE_INPUT, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr), "inputName",
                    vonk_str_of(name), "inputType", vonk_bind_quote_type(arena, argument->type), "inputExpr", vonk_bind_quote_expr(arena, argument), NULL);
}

static STATUS read_size(struct vonk_bind_call *call, struct bucket *b) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_value size;
  TRY(constant_of(call, 0, "`bucketSize`", &size));
  b->is_null = size.is_null;
  if (size.is_null) return VONK_OK;
  if (size.integer <= 0) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr), "exprName",
                      STR("`bucketSize`"), "valueRange", STR("(0, inf)"), "currentValue", vonk_value_sql(arena, &size), NULL);
  }
  if (size.type->id == VONK_TYPE_INTERVAL_YM) b->months = (int64_t)size.integer;
  else b->micros = (int64_t)size.integer;
  return VONK_OK;
}

static STATUS bind_bucket(struct vonk_bind_call *call) {
  struct bucket *b = ARENA_NEW(call->task->arena, struct bucket);
  struct vonk_expr **arguments = call->arguments.items;
  const struct vonk_type *size = arguments[0]->type, *time = arguments[1]->type;
  struct vonk_value origin;
  EXPR_AS(call->expr, call)->data = b;
  if (call->arguments.count == 2) TRY(add_origin(call, is_time(time) ? time : &vonk_type_timestamp));
  const struct vonk_type *anchor = call->arguments.items[2]->type;
  if (size->id != VONK_TYPE_INTERVAL_DT && size->id != VONK_TYPE_INTERVAL_YM && size->id != VONK_TYPE_VOID) {
    return vonk_bind_unexpected(call, 0, "(\"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")");
  }
  if (!is_time(time) && time->id != VONK_TYPE_VOID) return vonk_bind_unexpected(call, 1, "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"");
  if (!is_time(anchor) && anchor->id != VONK_TYPE_VOID) return vonk_bind_unexpected(call, 2, "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"");
  if (time->id == VONK_TYPE_VOID) TRY(vonk_bind_coerce(call, 1, time = &vonk_type_timestamp));
  if (is_time(anchor) && anchor->id != time->id) return vonk_bind_unexpected(call, 2, time->id == VONK_TYPE_TIMESTAMP ? "\"TIMESTAMP\"" : "\"TIMESTAMP_NTZ\"");
  TRY(read_size(call, b));
  TRY(constant_of(call, 2, "`origin`", &origin));
  b->origin = origin.is_null ? 0 : (int64_t)origin.integer;
  b->is_null |= origin.is_null;
  call->expr->type = time;
  call->expr->nullable = b->is_null || call->arguments.items[1]->nullable;
  return VONK_OK;
}

const struct vonk_function vonk_functions_time_bucket[] = {
    {.name = "time_bucket", .signature = "(any, any, [any]) -> bind", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_MAY_NULL, .eval = time_bucket, .bind = bind_bucket,
     .open = vonk_zone_open, .group = "datetime_funcs", .doc = "The start of the bucket of a size that a time falls into, counted from an origin.",
     .example = "SELECT time_bucket(INTERVAL '15' MINUTE, TIMESTAMP_NTZ '2024-01-01 11:27:00')"},
    {0},
};
