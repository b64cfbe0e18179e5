/* hyperloglog.c: approx_count_distinct by HyperLogLog++ (Heule, Nunkesser, Hall, 2013) over 64-bit hashes, as Spark computes it:
 * without the sparse form, the bias from the six nearest points. The state is a byte for each register. */
#include <math.h>

#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/hash_value.h"
#include "type/real_text.h"

enum { BITS_MIN = 4, BITS_TABLES = 18, BITS_MAX = 20, NEAREST = 6, POINTS_MAX = 201 };

#define HYPERLOGLOG_ESTIMATES(bits, ...) static const double estimates_##bits[] = {__VA_ARGS__};
#define HYPERLOGLOG_BIASES(bits, ...) static const double biases_##bits[] = {__VA_ARGS__};
#include "func/hyperloglog_bias.def"
#undef HYPERLOGLOG_ESTIMATES
#undef HYPERLOGLOG_BIASES

static const struct bias_table {
  const double *estimates, *biases;
  uint32_t count;
} bias_tables[] = {
#define HYPERLOGLOG_ESTIMATES(bits, ...) {estimates_##bits, biases_##bits, COUNT_OF(estimates_##bits)},
#define HYPERLOGLOG_BIASES(bits, ...)
#include "func/hyperloglog_bias.def"
#undef HYPERLOGLOG_ESTIMATES
#undef HYPERLOGLOG_BIASES
};

/* Up to these estimates counting empty registers is better. */
static const double thresholds[] = {10, 20, 40, 80, 220, 400, 900, 1800, 3100, 6500, 15500, 20000, 50000, 120000, 350000};

static uint32_t bits_of(const struct vonk_expr_aggregate *call) { return *(const uint32_t *)call->data; }
static uint32_t register_count(const struct vonk_expr_aggregate *call) { return 1u << bits_of(call); }

static void add_rows(struct vonk_frame *frame, void *const *states, void *one) {
  const struct vonk_column *column = &frame->arguments[0];
  uint32_t bits = bits_of(EXPR_AS(frame->expr, aggregate));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    uint64_t hash = vonk_xxhash64_value(42, column, row);
    uint8_t *registers = states ? states[row] : one, *at = &registers[hash >> (64 - bits)];
    uint8_t zeros = (uint8_t)(__builtin_clzll(hash << bits | (uint64_t)1 << (bits - 1)) + 1);
    if (zeros > *at) *at = zeros;
  }
}

static STATUS registers_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  add_rows(frame, states, NULL);
  return VONK_OK;
}

static STATUS registers_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  add_rows(frame, NULL, state);
  return VONK_OK;
}

static STATUS registers_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  uint32_t registers = register_count(EXPR_AS(frame->expr, aggregate));
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *a = from[i];
    uint8_t *b = into[i];
    for (uint32_t k = 0; k < registers; k++) b[k] = a[k] > b[k] ? a[k] : b[k];
  }
  return VONK_OK;
}

static double square_distance(double a, double b) { return (a - b) * (a - b); }

static double bias_at(const struct bias_table *table, double estimate) {
  uint32_t nearest = 0, count = table->count;
  for (uint32_t high = count; nearest < high;) {
    uint32_t middle = (nearest + high) / 2;
    if (table->estimates[middle] < estimate) nearest = middle + 1;
    else high = middle;
  }
  uint32_t low = nearest >= NEAREST ? nearest - NEAREST + 1 : 0, high = low + NEAREST < count ? low + NEAREST : count;
  while (high < count && square_distance(estimate, table->estimates[high]) < square_distance(estimate, table->estimates[low])) low++, high++;
  double sum = 0;
  for (uint32_t i = low; i < high; i++) sum += table->biases[i];
  return sum / (high - low);
}

static double alpha_of(uint32_t bits, double m) {
  return bits == 4 ? 0.673 : bits == 5 ? 0.697 : bits == 6 ? 0.709 : 0.7213 / (1.0 + 1.079 / m);
}

static int64_t estimate(const uint8_t *registers, uint32_t bits) {
  double m = 1u << bits, inverse = 0, empty = 0;
  for (uint32_t i = 0; i < 1u << bits; i++) {
    inverse += 1.0 / (double)((uint64_t)1 << registers[i]);
    empty += registers[i] == 0;
  }
  bool tables = bits <= BITS_TABLES;
  double raw = alpha_of(bits, m) * m * m / inverse, out = raw;
  double linear = empty > 0 ? m * log(m / empty) : 0;
  if (empty > 0 && ((tables && linear <= thresholds[bits - BITS_MIN]) || raw <= 2.5 * m)) out = linear;
  else if (tables && raw < 5.0 * m) out = raw - bias_at(&bias_tables[bits - BITS_MIN], raw);
  return (int64_t)floor(out + 0.5);
}

static STATUS registers_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  uint32_t bits = bits_of(EXPR_AS(frame->expr, aggregate));
  for (uint32_t i = 0; i < count; i++) ((int64_t *)frame->data)[i] = estimate(states[i], bits);
  return VONK_OK;
}

static const struct vonk_aggregate_type registers_type = {
    .state_size = register_count, .update = registers_update, .update_one = registers_update_one, .merge = registers_merge,
    .finalize = registers_finalize,
};

/* The second argument is the largest relative standard deviation allowed. */
static STATUS bind_registers(struct vonk_bind_call *call) {
  struct vonk_value deviation = {.real = 0.05};
  uint32_t *bits = ARENA_NEW(call->task->arena, uint32_t);
  if (call->arguments.count == 2) TRY(vonk_bind_constant(call, 1, &deviation));
  double wanted = deviation.is_null || deviation.real <= 0 ? BITS_MAX + 1 : ceil(2.0 * log(1.106 / deviation.real) / log(2.0));
  if (wanted < BITS_MIN) return vonk_unsupported(call->task, call->expr->node.origin, "approx_count_distinct with an error above 39%");
  if (wanted > BITS_MAX) return vonk_unsupported(call->task, call->expr->node.origin, "approx_count_distinct with an error below 0.11%");
  *bits = (uint32_t)wanted;
  EXPR_AS(call->expr, aggregate)->data = bits;
  call->expr->nullable = false;
  return VONK_OK;
}

const struct vonk_function vonk_functions_hyperloglog[] = {
    {.name = "approx_count_distinct", .shown = "approx_count_distinct($1$_)", .kind = VONK_AGGREGATE, .signature = "(any, [double]) -> bigint", .nulls = VONK_NULLS_STRICT,
     .aggregate = &registers_type, .bind = bind_registers, .group = "agg_funcs", .doc = "An estimate of the number of different values.",
     .example = "SELECT approx_count_distinct(v) FROM VALUES (1), (1), (2), (2), (3) AS t(v)"},
    {0},
};
