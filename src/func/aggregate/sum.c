/* sum.c: sum and avg, try_sum and try_avg.
 *
 * Three kinds of states by the argument's type: 64-bit integers (sums of integers and intervals), doubles (sums of reals, averages
 * of integers too, as Spark adds them), 128-bit integers (decimals). Each counts its rows; OVERFLOWED stands in the count
 * for ever. What an overflow means is decided when the group is finished: an error, null, or for sums of integers without ANSI
 * a wrapped value. Whole batches into one state are added by kernel where their magnitude proves the sum.
 */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "kernel/sum.h"
#include "type/decimal.h"

#define OVERFLOWED (INT64_MIN / 2)

struct integer_sum {
  int64_t count, sum;
};
struct real_sum {
  int64_t count;
  double sum;
};
struct decimal_sum {
  vonk_int128 sum;
  int64_t count;
};

enum kind { INTEGER, REAL, DECIMAL };

struct plan {
  enum kind kind;
  bool average, try;
};

static const struct plan *plan_of(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate)->data; }
static bool wraps(const struct vonk_frame *frame) {
  return !EXPR_AS(frame->expr, aggregate)->ansi && vonk_type_is_integral(frame->expr->type) && !plan_of(frame)->try;
}

static uint32_t sum_size(const struct vonk_expr_aggregate *call) {
  return ((const struct plan *)call->data)->kind == DECIMAL ? sizeof(struct decimal_sum) : sizeof(struct integer_sum);
}

/* ---- one value ---- */

/* FLAG: wraps. */
VONK_INLINE void add_integer(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  struct integer_sum *s = state;
  bool overflow = __builtin_add_overflow(s->sum, vonk_load_integer(data, physical, index), &s->sum);
  s->count++;
  if (UNLIKELY(overflow && !flag)) s->count = OVERFLOWED;
}
VONK_INLINE void add_real(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)flag;
  struct real_sum *s = state;
  s->sum += vonk_load_real(data, physical, index);
  s->count++;
}
/* FLAG: 38 digits may be passed. */
VONK_INLINE void add_decimal(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  struct decimal_sum *s = state;
  s->sum += vonk_load_wide(data, physical, index);
  s->count++;
  if (!flag || LIKELY(vonk_decimal_fits(s->sum, VONK_DECIMAL_PRECISION_MAX))) return;
  s->count = OVERFLOWED;
  s->sum = 0;
}

static bool may_pass_38(const struct vonk_frame *frame) { return frame->arguments[0].type->precision + 10 > VONK_DECIMAL_PRECISION_MAX; }

VONK_INLINE void add_rows(const struct vonk_frame *frame, void *const *states, void *one) {
  switch (plan_of(frame)->kind) {
    case INTEGER:
      if (wraps(frame)) vonk_states_step_numbers(frame, states, one, add_integer, true);
      else vonk_states_step_numbers(frame, states, one, add_integer, false);
      break;
    case REAL: vonk_states_step_numbers(frame, states, one, add_real, false); break;
    case DECIMAL:
      if (may_pass_38(frame)) vonk_states_step_numbers(frame, states, one, add_decimal, true);
      else vonk_states_step_numbers(frame, states, one, add_decimal, false);
      break;
  }
}

static STATUS sum_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  add_rows(frame, states, NULL);
  return VONK_OK;
}

/* ---- a batch into one state ---- */

/* False when the batch is not one of whole numbers of up to 64 bits. */
static bool sum_batch(const struct vonk_frame *frame, struct vonk_integer_sum *out) {
  const struct vonk_column *column = &frame->arguments[0];
  if (column->encoding != VONK_FLAT || column->physical < VONK_PHYSICAL_I8 || column->physical > VONK_PHYSICAL_I64) return false;
  if (frame->live) *out = vonk_sum_integers_masked(column->physical, column->data, frame->live, frame->row_count);
  else *out = vonk_sum_integers(column->physical, column->data, frame->row_count);
  return true;
}

/* May COUNT values of MAGNITUDE be added to any value of up to 62 bits without passing BITS bits on the way? */
static bool stays_below(uint64_t magnitude, uint32_t count, int bits) {
  return magnitude <= (((uint64_t)1 << bits) - 1) / (count + 1);
}

/* True when the whole batch was added at once. */
static bool add_batch(const struct vonk_frame *frame, enum kind kind, void *state) {
  struct vonk_integer_sum batch;
  uint32_t rows = vonk_frame_live_count(frame);
  if (!sum_batch(frame, &batch)) return false;
  if (kind == INTEGER) {
    struct integer_sum *s = state;
    bool small = s->sum < ((int64_t)1 << 62) && s->sum > -((int64_t)1 << 62);
    if (!wraps(frame) && !(small && stays_below(batch.magnitude, rows, 61))) return false;
    s->sum = (int64_t)((uint64_t)s->sum + (uint64_t)batch.sum);
    s->count += rows;
  } else if (kind == REAL) {
    /* Whole numbers below 2^53 add up exactly in any order. */
    struct real_sum *s = state;
    if (!stays_below(batch.magnitude, rows, 51) || !(s->sum < 0x1p52 && s->sum > -0x1p52)) return false;
    s->sum += (double)batch.sum;
    s->count += rows;
  } else {
    struct decimal_sum *s = state;
    if (!vonk_decimal_fits(s->sum, VONK_DECIMAL_PRECISION_MAX - 1) || !stays_below(batch.magnitude, rows, 62)) return false;
    s->sum += batch.sum;
    s->count += rows;
  }
  return true;
}

static STATUS sum_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  enum kind kind = plan_of(frame)->kind;
  if (add_batch(frame, kind, state)) return VONK_OK;
  /* A copy may stay in registers. */
  union { struct integer_sum integer; struct real_sum real; struct decimal_sum decimal; } copy;
  size_t size = kind == DECIMAL ? sizeof copy.decimal : sizeof copy.integer;
  memcpy(&copy, state, size);
  add_rows(frame, NULL, &copy);
  memcpy(state, &copy, size);
  return VONK_OK;
}

static STATUS sum_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  enum kind kind = plan_of(frame)->kind;
  bool wrapping = wraps(frame);
  for (uint32_t i = 0; i < count; i++) {
    if (kind == INTEGER) {
      const struct integer_sum *a = from[i];
      struct integer_sum *b = into[i];
      bool overflow = __builtin_add_overflow(a->sum, b->sum, &b->sum);
      b->count = (a->count < 0 || b->count < 0 || overflow) && !wrapping ? OVERFLOWED : a->count + b->count;
    } else if (kind == REAL) {
      const struct real_sum *a = from[i];
      struct real_sum *b = into[i];
      b->sum += a->sum;
      b->count += a->count;
    } else {
      const struct decimal_sum *a = from[i];
      struct decimal_sum *b = into[i];
      bool overflow = a->count < 0 || b->count < 0 || !vonk_decimal_fits(a->sum + b->sum, VONK_DECIMAL_PRECISION_MAX);
      b->sum = overflow ? 0 : a->sum + b->sum;
      b->count = overflow ? OVERFLOWED : a->count + b->count;
    }
  }
  return VONK_OK;
}

/* ---- results ---- */

/* A / B to the nearest, halves away from zero. */
static int64_t divide_rounded(int64_t a, int64_t b) {
  int64_t quotient = a / b, rest = a % b;
  if (rest < 0) rest = -rest;
  return rest >= b - rest ? quotient + (a < 0 ? -1 : 1) : quotient;
}

static STATUS raise_overflow(struct vonk_frame *frame) {
  const struct vonk_origin *origin = frame->expr->node.origin;
  const struct plan *plan = plan_of(frame);
  if (vonk_type_is_interval(frame->expr->type)) {
    return vonk_raise(frame->task, VONK_INTERVAL_ARITHMETIC_OVERFLOW__WITH_SUGGESTION, origin, "functionName", STR("`try_add`"), NULL);
  }
  struct vonk_str alternative = plan->kind != DECIMAL ? STR("try_add") : plan->average ? STR("try_avg") : STR("try_sum");
  return vonk_raise(frame->task, VONK_ARITHMETIC_OVERFLOW, origin, "message",
                    plan->kind == DECIMAL ? STR("Overflow in sum of decimals") : STR("overflow"), "alternative",
                    vonk_str_format(frame->task->arena, " Use '" STR_FMT "' to tolerate overflow and return NULL instead.", STR_ARG(alternative)),
                    "config", STR("\"spark.sql.ansi.enabled\""), NULL);
}

/* Group ROW overflowed. */
static STATUS put_overflow(struct vonk_frame *frame, uint32_t row) {
  bool silent = plan_of(frame)->try || (!EXPR_AS(frame->expr, aggregate)->ansi && !vonk_type_is_interval(frame->expr->type));
  if (!silent) return raise_overflow(frame);
  vonk_bits_clear(frame->valid, row);
  return VONK_OK;
}

static STATUS put_integer(struct vonk_frame *frame, uint32_t row, const struct integer_sum *s) {
  int64_t value = s->sum;
  if (s->count < 0) return put_overflow(frame, row);
  if (frame->expr->physical == VONK_PHYSICAL_I32 && (value != (int32_t)value)) return put_overflow(frame, row);
  vonk_result_put_integer(frame, row, plan_of(frame)->average ? divide_rounded(value, s->count) : value);
  return VONK_OK;
}

static STATUS put_decimal(struct vonk_frame *frame, uint32_t row, const struct decimal_sum *s) {
  const struct vonk_type *type = frame->expr->type;
  const struct plan *plan = plan_of(frame);
  vonk_int128 value = s->sum;
  int scale = EXPR_AS(frame->expr, aggregate)->arguments.items[0]->type->scale;
  if (s->count < 0 || (!plan->average && !vonk_decimal_fits(value, type->precision))) return put_overflow(frame, row);
  if (plan->average && (!vonk_int128_divide_scaled(value, s->count, type->scale - scale, &value) || !vonk_decimal_fits(value, type->precision))) {
    vonk_bits_clear(frame->valid, row);
    if (plan->try || !EXPR_AS(frame->expr, aggregate)->ansi) return VONK_OK;
    char text[VONK_DECIMAL_TEXT_MAX];
    int size = vonk_decimal_format(s->sum / s->count, scale, text);
    struct vonk_arena *arena = frame->task->arena;
    return vonk_raise(frame->task, VONK_NUMERIC_VALUE_OUT_OF_RANGE__WITH_SUGGESTION, frame->expr->node.origin, "value",
                      vonk_str_format(arena, "%.*s", size, text), "precision", vonk_str_format(arena, "%d", type->precision), "scale",
                      vonk_str_format(arena, "%d", type->scale), "config", STR("\"spark.sql.ansi.enabled\""), NULL);
  }
  vonk_result_put_integer(frame, row, value);
  return VONK_OK;
}

static STATUS sum_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  const struct plan *plan = plan_of(frame);
  for (uint32_t i = 0; i < count; i++) {
    int64_t rows = plan->kind == DECIMAL ? ((const struct decimal_sum *)states[i])->count : ((const struct integer_sum *)states[i])->count;
    if (!rows) {
      vonk_bits_clear(frame->valid, i);
    } else if (plan->kind == REAL) {
      const struct real_sum *s = states[i];
      ((double *)frame->data)[i] = plan->average ? s->sum / (double)s->count : s->sum;
    } else if (plan->kind == DECIMAL) {
      TRY(put_decimal(frame, i, states[i]));
    } else {
      TRY(put_integer(frame, i, states[i]));
    }
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type sum_type = {
    .state_size = sum_size, .update = sum_update, .update_one = sum_update_one, .merge = sum_merge, .finalize = sum_finalize,
};

/* ---- binding ---- */

static STATUS bind_sum(struct vonk_bind_call *call, bool average, bool try) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct plan *plan = ARENA_NEW(arena, struct plan);
  *plan = (struct plan){.average = average, .try = try};
  EXPR_AS(call->expr, aggregate)->data = plan;
  call->expr->nullable = true;
  bool seconds = call->ansi && type->id == VONK_TYPE_TIMESTAMP; /* ANSI takes timestamps for numbers where several kinds of these fit */
  if (type->id == VONK_TYPE_VOID || vonk_type_is_string(type) || seconds) {
    TRY(vonk_bind_coerce(call, 0, &vonk_type_double));
    type = &vonk_type_double;
  }
  if (type->id == VONK_TYPE_DECIMAL) {
    int more = average ? 4 : 10;
    struct vonk_decimal_shape shape = vonk_decimal_bounded(type->precision + more, type->scale + (average ? 4 : 0));
    plan->kind = DECIMAL;
    call->expr->type = vonk_type_decimal(arena, shape.precision, shape.scale);
  } else if (type->id == VONK_TYPE_INTERVAL_YM || type->id == VONK_TYPE_INTERVAL_DT) {
    plan->kind = INTEGER;
    call->expr->type = !average ? type : type->id == VONK_TYPE_INTERVAL_YM ? &vonk_type_interval_ym : &vonk_type_interval_dt;
  } else if (vonk_type_is_numeric(type)) {
    plan->kind = average || vonk_type_is_fractional(type) ? REAL : INTEGER;
    call->expr->type = plan->kind == REAL ? &vonk_type_double : &vonk_type_long;
  } else {
    return vonk_bind_unexpected(call, 0, "\"NUMERIC\" or \"ANSI INTERVAL\"");
  }
  return VONK_OK;
}

static STATUS bind_plain_sum(struct vonk_bind_call *call) { return bind_sum(call, false, false); }
static STATUS bind_avg(struct vonk_bind_call *call) { return bind_sum(call, true, false); }
static STATUS bind_try_sum(struct vonk_bind_call *call) { return bind_sum(call, false, true); }
static STATUS bind_try_avg(struct vonk_bind_call *call) { return bind_sum(call, true, true); }

/* Of the pairs without nulls: the average of the first argument, or of the second, which then goes first. */
static STATUS bind_average_of_pair(struct vonk_bind_call *call, uint32_t index) {
  for (uint32_t i = 0; i < 2; i++) {
    const struct vonk_type *type = call->arguments.items[i]->type;
    if (type->id == VONK_TYPE_VOID || vonk_type_is_string(type)) TRY(vonk_bind_coerce(call, i, &vonk_type_double));
    else if (!vonk_type_is_numeric(type)) return vonk_bind_unexpected(call, i, "\"NUMERIC\"");
  }
  struct vonk_expr *first = call->arguments.items[index];
  call->arguments.items[index] = call->arguments.items[0];
  call->arguments.items[0] = first;
  return bind_sum(call, true, false);
}
static STATUS bind_regr_avgx(struct vonk_bind_call *call) { return bind_average_of_pair(call, 1); }
static STATUS bind_regr_avgy(struct vonk_bind_call *call) { return bind_average_of_pair(call, 0); }

#define SUM(row_name, row_bind, ...)                                                                                       \
  {.name = row_name, .kind = VONK_AGGREGATE, .signature = "(any) -> bind", .nulls = VONK_NULLS_STRICT, .aggregate = &sum_type, \
   .bind = row_bind, .group = "agg_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_sum[] = {
    SUM("sum", bind_plain_sum, .doc = "The sum of a group's values.", .example = "SELECT sum(v) FROM VALUES (1), (NULL), (2) AS t(v)"),
    SUM("avg", bind_avg, .doc = "The mean of a group's values.", .example = "SELECT avg(v) FROM VALUES (1), (NULL), (2) AS t(v)"),
    SUM("mean", bind_avg, .doc = "The mean of a group's values.", .example = "SELECT mean(v) FROM VALUES (1), (NULL), (2) AS t(v)"),
    SUM("try_sum", bind_try_sum, .doc = "The sum of a group's values, null on overflow.",
        .example = "SELECT try_sum(v) FROM VALUES (9223372036854775807L), (1L) AS t(v)"),
    SUM("try_avg", bind_try_avg, .doc = "The mean of a group's values, null on overflow.",
        .example = "SELECT try_avg(v) FROM VALUES (1), (NULL), (2) AS t(v)"),
    {.name = "regr_avgx", .shown = "regr_avgx($2, $1)", .kind = VONK_AGGREGATE, .signature = "(any, any) -> bind", .nulls = VONK_NULLS_STRICT,
     .aggregate = &sum_type, .bind = bind_regr_avgx, .group = "agg_funcs", .doc = "The mean of x over the pairs without a null.",
     .example = "SELECT regr_avgx(y, x) FROM VALUES (1, 2), (2, 2), (2, NULL), (NULL, 4) AS t(y, x)"},
    {.name = "regr_avgy", .kind = VONK_AGGREGATE, .signature = "(any, any) -> bind", .nulls = VONK_NULLS_STRICT, .aggregate = &sum_type,
     .bind = bind_regr_avgy, .group = "agg_funcs", .doc = "The mean of y over the pairs without a null.",
     .example = "SELECT regr_avgy(y, x) FROM VALUES (1, 2), (2, 2), (2, NULL), (NULL, 4) AS t(y, x)"},
    {0},
};
