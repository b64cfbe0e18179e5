/* moments.c: variances, deviations, skewness and kurtosis.
 *
 * Central moments are kept up row by row (X. Meng, Simpler Online Updates for Arbitrary-Order Central Moments, 2015) and merged as
 * Chan and others do; the operations stand in the order that Spark has them, so that the last bits agree. For skewness and kurtosis, whose
 * last bits are soon lost, visible partitions are summed up one by one and merged, as there.
 */
#include <math.h>

#include "column/batch.h"
#include "func/aggregate_rows.h"
#include "func/bind_call.h"

struct moments {
  double n, mean, m2, m3, m4;
};

/* The state of orders above 2: the partition that rows come from, and what is known of those before. */
struct parts {
  struct moments part, all;
  uint32_t partition;
};

enum result { VARIANCE_POP, VARIANCE_SAMP, DEVIATION_POP, DEVIATION_SAMP, SKEWNESS, KURTOSIS };

static enum result result_of(const struct vonk_expr_aggregate *call) { return *(const enum result *)call->data; }

static uint32_t moments_size(const struct vonk_expr_aggregate *call) {
  switch (result_of(call)) {
    case KURTOSIS:
    case SKEWNESS: return sizeof(struct parts);
    default: return offsetof(struct moments, m3);
  }
}

VONK_INLINE void add_value(struct moments *s, double x, int order) {
  double n = s->n + 1.0, delta = x - s->mean, delta_n = delta / n;
  double m2 = s->m2 + delta * (delta - delta_n);
  if (order >= 3) {
    double delta2 = delta * delta, delta_n2 = delta_n * delta_n;
    double m3 = s->m3 - 3.0 * delta_n * m2 + delta * (delta2 - delta_n2);
    if (order >= 4) s->m4 = s->m4 - 4.0 * delta_n * m3 - 6.0 * delta_n2 * m2 + delta * (delta * delta2 - delta_n * delta_n2);
    s->m3 = m3;
  }
  s->n = n;
  s->mean += delta_n;
  s->m2 = m2;
}

VONK_INLINE void step_2(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)flag;
  add_value(state, vonk_load_real(data, physical, index), 2);
}
VONK_INLINE void step_3(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)flag;
  add_value(state, vonk_load_real(data, physical, index), 3);
}
VONK_INLINE void step_4(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)flag;
  add_value(state, vonk_load_real(data, physical, index), 4);
}

/* A into B, which is the left side. */
static void merge(const struct moments *a, struct moments *b, int order) {
  double n1 = b->n, n2 = a->n, n = n1 + n2;
  double delta = a->mean - b->mean, delta_n = n == 0.0 ? 0.0 : delta / n;
  if (order >= 4) {
    b->m4 = b->m4 + a->m4 + delta_n * delta_n * delta_n * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2) +
            6.0 * delta_n * delta_n * (n1 * n1 * a->m2 + n2 * n2 * b->m2) + 4.0 * delta_n * (n1 * a->m3 - n2 * b->m3);
  }
  if (order >= 3) b->m3 = b->m3 + a->m3 + delta_n * delta_n * delta * n1 * n2 * (n1 - n2) + 3.0 * delta_n * (n1 * a->m2 - n2 * b->m2);
  b->m2 = b->m2 + a->m2 + delta * delta_n * n1 * n2;
  b->mean = b->mean + delta_n * n2;
  b->n = n;
}

static void end_partition(struct parts *s, int order) {
  if (s->part.n != 0.0) merge(&s->part, &s->all, order);
  s->part = (struct moments){0};
}

static int order_of(const struct vonk_expr_aggregate *call) {
  enum result result = result_of(call);
  return result == KURTOSIS ? 4 : result == SKEWNESS ? 3 : 2;
}

static void begin_partition(struct parts *s, uint32_t partition, int order) {
  if (s->partition != partition) end_partition(s, order);
  s->partition = partition;
}

VONK_INLINE void add_rows(const struct vonk_frame *frame, void *const *states, void *one) {
  int order = order_of(EXPR_AS(frame->expr, aggregate));
  uint32_t partition = frame->batch ? frame->batch->partition : 0, count = frame->row_count;
  if (order > 2 && one) begin_partition(one, partition, order);
  for (size_t row = vonk_bits_next(frame->live, count, 0); order > 2 && !one && row < count; row = vonk_bits_next(frame->live, count, row + 1)) {
    begin_partition(states[row], partition, order);
  }
  switch (order) {
    case 4: vonk_states_step(frame, states, one, step_4, VONK_PHYSICAL_F64, false); break;
    case 3: vonk_states_step(frame, states, one, step_3, VONK_PHYSICAL_F64, false); break;
    default: vonk_states_step(frame, states, one, step_2, VONK_PHYSICAL_F64, false); break;
  }
}

static STATUS moments_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  add_rows(frame, states, NULL);
  return VONK_OK;
}

static STATUS moments_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  struct parts copy = {0};
  size_t size = moments_size(EXPR_AS(frame->expr, aggregate));
  memcpy(&copy, state, size);
  add_rows(frame, NULL, &copy);
  memcpy(state, &copy, size);
  return VONK_OK;
}

static STATUS moments_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  int order = order_of(EXPR_AS(frame->expr, aggregate));
  for (uint32_t i = 0; i < count; i++) {
    if (order == 2) {
      merge(from[i], into[i], order);
      continue;
    }
    struct parts *a = from[i], *b = into[i];
    end_partition(a, order);
    end_partition(b, order);
    merge(&a->all, &b->all, order);
  }
  return VONK_OK;
}

/* False: null. */
static bool evaluate(const struct moments *s, enum result result, double *out) {
  bool sample = result == VARIANCE_SAMP || result == DEVIATION_SAMP;
  if (s->n == 0.0 || (sample && s->n == 1.0)) return false;
  if ((result == SKEWNESS || result == KURTOSIS) && s->m2 == 0.0) return false;
  switch (result) {
    case VARIANCE_POP: *out = s->m2 / s->n; break;
    case VARIANCE_SAMP: *out = s->m2 / (s->n - 1.0); break;
    case DEVIATION_POP: *out = sqrt(s->m2 / s->n); break;
    case DEVIATION_SAMP: *out = sqrt(s->m2 / (s->n - 1.0)); break;
    case SKEWNESS: *out = sqrt(s->n) * s->m3 / sqrt(s->m2 * s->m2 * s->m2); break;
    case KURTOSIS: *out = s->n * s->m4 / (s->m2 * s->m2) - 3.0; break;
  }
  return true;
}

static STATUS moments_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  enum result result = result_of(EXPR_AS(frame->expr, aggregate));
  int order = order_of(EXPR_AS(frame->expr, aggregate));
  for (uint32_t i = 0; i < count; i++) {
    const struct moments *all = states[i];
    struct parts ended;
    if (order > 2) {
      ended = *(const struct parts *)states[i];
      end_partition(&ended, order);
      all = &ended.all;
    }
    if (!evaluate(all, result, (double *)frame->data + i)) vonk_bits_clear(frame->valid, i);
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type moments_type = {
    .state_size = moments_size, .update = moments_update, .update_one = moments_update_one, .merge = moments_merge,
    .finalize = moments_finalize,
};

static STATUS bind_result(struct vonk_bind_call *call, enum result result) {
  static const enum result results[] = {VARIANCE_POP, VARIANCE_SAMP, DEVIATION_POP, DEVIATION_SAMP, SKEWNESS, KURTOSIS};
  EXPR_AS(call->expr, aggregate)->data = &results[result];
  call->expr->nullable = true;
  return VONK_OK;
}

static STATUS bind_var_pop(struct vonk_bind_call *call) { return bind_result(call, VARIANCE_POP); }
static STATUS bind_var_samp(struct vonk_bind_call *call) { return bind_result(call, VARIANCE_SAMP); }
static STATUS bind_stddev_pop(struct vonk_bind_call *call) { return bind_result(call, DEVIATION_POP); }
static STATUS bind_stddev_samp(struct vonk_bind_call *call) { return bind_result(call, DEVIATION_SAMP); }
static STATUS bind_skewness(struct vonk_bind_call *call) { return bind_result(call, SKEWNESS); }
static STATUS bind_kurtosis(struct vonk_bind_call *call) { return bind_result(call, KURTOSIS); }

#define MOMENT(row_name, row_bind, row_doc, ...)                                                                                       \
  {.name = row_name, .kind = VONK_AGGREGATE, .signature = "(double) -> double", .nulls = VONK_NULLS_STRICT, .aggregate = &moments_type, \
   .bind = row_bind, .group = "agg_funcs", .doc = row_doc, .example = "SELECT " row_name "(v) FROM VALUES (1), (2), (3), (7) AS t(v)", __VA_ARGS__}

const struct vonk_function vonk_functions_moments[] = {
    MOMENT("kurtosis", bind_kurtosis, "The excess kurtosis of a group's values.", .flags = VONK_FN_PARTITION),
    MOMENT("skewness", bind_skewness, "The skewness of a group's values.", .flags = VONK_FN_PARTITION),
    MOMENT("std", bind_stddev_samp, "The standard deviation of a sample."),
    MOMENT("stddev", bind_stddev_samp, "The standard deviation of a sample."),
    MOMENT("stddev_pop", bind_stddev_pop, "The standard deviation of a whole population."),
    MOMENT("stddev_samp", bind_stddev_samp, "The standard deviation of a sample."),
    MOMENT("var_pop", bind_var_pop, "The variance of a whole population."),
    MOMENT("var_samp", bind_var_samp, "The variance of a sample."),
    MOMENT("variance", bind_var_samp, "The variance of a sample."),
    {0},
};
