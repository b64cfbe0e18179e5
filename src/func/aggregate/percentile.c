/* percentile.c: percentile, median, percentile_cont and percentile_disc, exact; and mode.
 *
 * The state is a set of values with their counts. At the end it is sorted: a percentile lies at its share of the way from the first to
 * the last row, between two values in proportion; percentile_disc takes the value whose rows reach the share.
 */
#include <math.h>
#include <stdlib.h>

#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/kept_value.h"
#include "func/percentage.h"
#include "func/value_set.h"
#include "type/decimal.h"

struct plan {
  struct vonk_percentages percentages;
  uint32_t value;        /* argument of the values; WITHIN GROUP stands behind the others */
  bool discrete, descending;
  bool counted;          /* the third argument is how often a row counts */
};

static const struct plan *plan_of(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate)->data; }

static uint32_t set_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct vonk_value_set);
}

static STATUS raise_negative(struct vonk_frame *frame, int64_t count) {
  struct vonk_arena *arena = frame->task->arena;
  return vonk_raise(frame->task, VONK_NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION, NULL, "frequencyExpression",
                    vonk_expr_sql(arena, EXPR_AS(frame->expr, aggregate)->arguments.items[2]), "negativeValue",
                    vonk_str_format(arena, "%lldL", (long long)count), NULL);
}

static STATUS add_rows(struct vonk_frame *frame, void *const *states, void *one) {
  const struct plan *plan = plan_of(frame);
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    int64_t weight = plan->counted ? vonk_read_int(&frame->arguments[2], row) : 1;
    if (weight < 0) return raise_negative(frame, weight);
    if (weight) TRY(vonk_value_set_add_row(frame, states ? states[row] : one, &frame->arguments[plan->value], row, weight));
  }
  return VONK_OK;
}

static STATUS set_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  return add_rows(frame, states, NULL);
}

static STATUS set_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  return add_rows(frame, NULL, state);
}

/* ---- results ---- */

struct entry {
  const char *bytes;
  int64_t rows;                      /* up to and with this one */
  const struct vonk_type *type;
};

static int by_value(const void *a, const void *b) {
  const struct entry *x = a, *y = b;
  const char *p = x->bytes, *q = y->bytes;
  return vonk_value_bytes_compare(x->type, &p, &q);
}
static int by_value_descending(const void *a, const void *b) { return by_value(b, a); }

static struct entry *sorted(struct vonk_frame *frame, const struct vonk_value_set *set, const struct vonk_type *type, bool descending) {
  struct entry *entries = ARENA_ARRAY(frame->task->arena, struct entry, set->count);
  for (uint32_t i = 0; i < set->count; i++) {
    entries[i].type = type;
    entries[i].bytes = vonk_value_set_at(set, i, &entries[i].rows);
  }
  if (set->count) qsort(entries, set->count, sizeof *entries, descending ? by_value_descending : by_value);
  for (uint32_t i = 1; i < set->count; i++) entries[i].rows += entries[i - 1].rows;
  return entries;
}

static double real_of(const struct vonk_type *type, const char *bytes) {
  enum vonk_physical physical = vonk_physical_of(type);
  _Alignas(16) char aligned[16];
  memcpy(aligned, bytes, vonk_physical_size[physical]);
  if (type->id == VONK_TYPE_DECIMAL) return vonk_decimal_to_double(vonk_load_wide(aligned, physical, 0), type->scale);
  return vonk_load_real(aligned, physical, 0);
}

/* The entry that holds row ROW, from 1. */
static const struct entry *entry_at(const struct entry *entries, uint32_t count, int64_t row) {
  uint32_t low = 0, high = count - 1;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (entries[middle].rows < row) low = middle + 1;
    else high = middle;
  }
  return &entries[low];
}

static double percentile(const struct plan *plan, const struct entry *entries, uint32_t count, double share) {
  int64_t rows = entries[count - 1].rows;
  const struct vonk_type *type = entries->type;
  if (plan->discrete) return real_of(type, entry_at(entries, count, (int64_t)ceil((double)rows * share))->bytes);
  double position = (double)(rows - 1) * share, below = floor(position), above = ceil(position);
  const struct entry *low = entry_at(entries, count, (int64_t)below + 1), *high = entry_at(entries, count, (int64_t)above + 1);
  if (low == high) return real_of(type, low->bytes);
  return (above - position) * real_of(type, low->bytes) + (position - below) * real_of(type, high->bytes);
}

static STATUS percentile_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  const struct plan *plan = plan_of(frame);
  const struct vonk_expr_aggregate *call = EXPR_AS(frame->expr, aggregate);
  const struct vonk_type *type = plan->value < call->arguments.count
                                     ? call->arguments.items[plan->value]->type
                                     : ((const struct vonk_expr_sort_order *)call->order.items[0])->child->type;
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_value_set *set = states[i];
    if (!set->count) {
      TRY(vonk_result_put_null(frame, i));
      continue;
    }
    struct entry *entries = sorted(frame, set, type, plan->descending);
    for (uint32_t k = 0; k < plan->percentages.count; k++) {
      TRY(vonk_percentage_put(frame, i, &plan->percentages, percentile(plan, entries, set->count, plan->percentages.items[k])));
    }
    if (plan->percentages.is_array) TRY(vonk_builder_end_list(frame->task, frame->builder));
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type percentile_type = {
    .state_size = set_size, .update = set_update, .update_one = set_update_one, .merge = vonk_value_set_merge_states,
    .finalize = percentile_finalize, .save = vonk_value_set_save, .load = vonk_value_set_load,
};

/* Of values that are met equally often the first in order. */
static STATUS mode_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_value_set *set = states[i];
    struct entry best = {.type = frame->expr->type};
    for (uint32_t k = 0; k < set->count; k++) {
      struct entry entry = {.type = frame->expr->type};
      entry.bytes = vonk_value_set_at(set, k, &entry.rows);
      int order = !best.bytes || entry.rows != best.rows ? 0 : plan_of(frame)->descending ? by_value(&best, &entry) : by_value(&entry, &best);
      if (!best.bytes || entry.rows > best.rows || (entry.rows == best.rows && order < 0)) best = entry;
    }
    if (best.bytes) TRY(vonk_result_put_bytes(frame, i, best.bytes));
    else TRY(vonk_result_put_null(frame, i));
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type mode_type = {
    .state_size = set_size, .update = set_update, .update_one = set_update_one, .merge = vonk_value_set_merge_states,
    .finalize = mode_finalize, .save = vonk_value_set_save, .load = vonk_value_set_load,
};

/* ---- binding ---- */

/* Values become double unless they are numbers or intervals; the result is of double or of the interval. */
static STATUS bind_value(struct vonk_bind_call *call, struct vonk_expr **value, uint32_t index, struct plan *plan) {
  const struct vonk_type *type = (*value)->type, *result = &vonk_type_double;
  if (type->id == VONK_TYPE_VOID || vonk_type_is_string(type)) {
    struct vonk_bind_options options = {.ansi = call->ansi, .time_zone = call->time_zone, .conf = call->conf, .origin = call->expr->node.origin};
    TRY(vonk_bind_cast(call->task, &options, *value, &vonk_type_double, VONK_CAST_DEFAULT, true, value));
  } else if (type->id == VONK_TYPE_INTERVAL_YM) {
    result = &vonk_type_interval_ym;
  } else if (type->id == VONK_TYPE_INTERVAL_DT) {
    result = &vonk_type_interval_dt;
  } else if (!vonk_type_is_numeric(type)) {
    return vonk_bind_unexpected(call, index, "\"NUMERIC\" or \"ANSI INTERVAL\"");
  }
  call->expr->type = plan->percentages.is_array ? vonk_type_array(call->task->arena, result, false) : result;
  call->expr->nullable = true;
  return VONK_OK;
}

static struct plan *new_plan(struct vonk_bind_call *call) {
  struct plan *plan = ARENA_NEW(call->task->arena, struct plan);
  EXPR_AS(call->expr, aggregate)->data = plan;
  return plan;
}

static STATUS bind_percentile(struct vonk_bind_call *call) {
  struct plan *plan = new_plan(call);
  plan->counted = true;
  TRY(vonk_bind_percentages(call, 1, &plan->percentages));
  return bind_value(call, &call->arguments.items[0], 0, plan);
}

static STATUS bind_median(struct vonk_bind_call *call) {
  static const double half = 0.5;
  struct plan *plan = new_plan(call);
  plan->percentages = (struct vonk_percentages){.items = &half, .count = 1};
  return bind_value(call, &call->arguments.items[0], 0, plan);
}

static STATUS missing_order(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_expr_aggregate *aggregate = EXPR_AS(call->expr, aggregate);
  struct vonk_str name = vonk_str_format(arena, "`%s`", aggregate->function->name);
  if (!aggregate->order.count) {
    return vonk_raise(call->task, VONK_INVALID_WITHIN_GROUP_EXPRESSION__WITHIN_GROUP_MISSING, call->expr->node.origin, "funcName", name, NULL);
  }
  return vonk_raise(call->task, VONK_INVALID_WITHIN_GROUP_EXPRESSION__WRONG_NUM_ORDERINGS, call->expr->node.origin, "funcName", name,
                    "expectedNumOrderingInput", STR("1"), "actualNumOrderingInput", vonk_str_format(arena, "%u", aggregate->order.count), NULL);
}

static STATUS bind_within_group(struct vonk_bind_call *call, bool discrete) {
  struct plan *plan = new_plan(call);
  struct vonk_expr_aggregate *aggregate = EXPR_AS(call->expr, aggregate);
  if (aggregate->order.count != 1) return missing_order(call);
  struct vonk_expr_sort_order *order = EXPR_AS(aggregate->order.items[0], sort_order);
  plan->value = 1;
  plan->discrete = discrete;
  plan->descending = order->descending;
  TRY(vonk_bind_percentages(call, 0, &plan->percentages));
  return bind_value(call, &order->child, 1, plan);
}
static STATUS bind_percentile_cont(struct vonk_bind_call *call) { return bind_within_group(call, false); }
static STATUS bind_percentile_disc(struct vonk_bind_call *call) { return bind_within_group(call, true); }

/* mode(x), mode(x, deterministic), mode() WITHIN GROUP (ORDER BY x). Spark shows the last two as orders, turned round. */
static STATUS bind_mode(struct vonk_bind_call *call) {
  struct plan *plan = new_plan(call);
  struct vonk_expr_aggregate *aggregate = EXPR_AS(call->expr, aggregate);
  call->expr->nullable = true;
  if (call->arguments.count == 0) {
    if (aggregate->order.count != 1) return missing_order(call);
    struct vonk_expr_sort_order *order = EXPR_AS(aggregate->order.items[0], sort_order);
    plan->descending = order->descending;
    order->descending = !order->descending;
    call->expr->type = order->child->type;
    return VONK_OK;
  }
  call->expr->type = call->arguments.items[0]->type;
  if (call->arguments.count == 1) return VONK_OK;
  struct vonk_value deterministic;
  TRY(vonk_bind_coerce(call, 1, &vonk_type_boolean));
  TRY(vonk_bind_constant(call, 1, &deterministic));
  if (deterministic.is_null) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_NULL, call->expr->node.origin, "sqlExpr",
                      vonk_bind_quote_expr(call->task->arena, call->expr), "exprName", STR("deterministic"), NULL);
  }
  call->arguments.count = 1;
  if (!deterministic.integer) return VONK_OK;
  struct vonk_expr_sort_order *order = EXPR_NEW(call->task->arena, sort_order, call->expr->node.origin);
  order->child = call->arguments.items[0];
  order->descending = true;
  order->expr.type = order->child->type;
  aggregate->order = (struct vonk_exprs){ARENA_NEW(call->task->arena, struct vonk_expr *), 1};
  aggregate->order.items[0] = &order->expr;
  call->arguments.count = 0;
  return VONK_OK;
}

#define PERCENTILE(row_name, row_signature, row_bind, ...)                                                                       \
  {.name = row_name, .kind = VONK_AGGREGATE, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .aggregate = &percentile_type, \
   .bind = row_bind, .group = "agg_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_percentile[] = {
    PERCENTILE("median", "(any) -> bind", bind_median, .doc = "The middle of a group's values.",
               .example = "SELECT median(v) FROM VALUES (0), (10), (NULL), (7) AS t(v)"),
    {.name = "mode", .kind = VONK_AGGREGATE, .signature = "() -> bind | (any, [any]) -> bind", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_WITHIN_GROUP,
     .aggregate = &mode_type, .bind = bind_mode, .group = "agg_funcs", .doc = "The value that is met most often.",
     .example = "SELECT mode(v) FROM VALUES (0), (10), (10) AS t(v)"},
    PERCENTILE("percentile", "(any, any, [bigint = 1]) -> bind", bind_percentile, .doc = "The exact percentile, or an array of several.",
               .example = "SELECT percentile(v, 0.3), percentile(v, array(0.25, 0.75)) FROM VALUES (0), (10) AS t(v)"),
    PERCENTILE("percentile_cont", "(any) -> bind", bind_percentile_cont, .flags = VONK_FN_WITHIN_GROUP,
               .doc = "The percentile of ordered values, between two of them in proportion.",
               .example = "SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY v) FROM VALUES (0), (10) AS t(v)"),
    PERCENTILE("percentile_disc", "(any) -> bind", bind_percentile_disc, .flags = VONK_FN_WITHIN_GROUP,
               .doc = "The first of ordered values at or behind the percentile.",
               .example = "SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY v) FROM VALUES (0), (10) AS t(v)"),
    {0},
};
