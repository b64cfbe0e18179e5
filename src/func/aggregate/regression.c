/* regression.c: correlation, covariance and linear regression of pairs; rows with a null in either are not live.
 *
 * One state serves all: means, the co-moment and both second moments, kept up and merged with the operations in Spark's order.
 */
#include <math.h>

#include "func/aggregate_rows.h"
#include "func/bind_call.h"

struct pairs {
  double n, x_mean, y_mean, co, x2, y2;
};

/* The regr_ functions have y first. */
enum result { CORRELATION, COVARIANCE_POP, COVARIANCE_SAMP, R2, SXX, SXY, SYY, SLOPE, INTERCEPT };

static enum result result_of(const struct vonk_frame *frame) { return *(const enum result *)EXPR_AS(frame->expr, aggregate)->data; }

static uint32_t pairs_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct pairs);
}

/* Spark sums squares in two ways, and products starting from either side: the last bits differ. */
VONK_INLINE void add_pair(struct pairs *s, double x, double y, bool by_moments, bool from_y) {
  double n = s->n + 1.0, dx = x - s->x_mean, dy = y - s->y_mean, dx_n = dx / n, dy_n = dy / n;
  double x_mean = s->x_mean + dx_n, y_mean = s->y_mean + dy_n;
  s->n = n;
  s->x_mean = x_mean;
  s->y_mean = y_mean;
  s->co += from_y ? dy * (x - x_mean) : dx * (y - y_mean);
  s->x2 += by_moments ? dx * (dx - dx_n) : dx * (x - x_mean);
  s->y2 += by_moments ? dy * (dy - dy_n) : dy * (y - y_mean);
}

static void add_rows(struct vonk_frame *frame, void *const *states, void *one) {
  const struct vonk_column *x = &frame->arguments[0], *y = &frame->arguments[1];
  enum result result = result_of(frame);
  bool from_y = result == SLOPE || result == INTERCEPT, by_moments = from_y || result == SXX || result == SYY;
  uint32_t count = frame->row_count;
  for (size_t row = vonk_bits_next(frame->live, count, 0); row < count; row = vonk_bits_next(frame->live, count, row + 1)) {
    add_pair(states ? states[row] : one, vonk_read_real(x, (uint32_t)row), vonk_read_real(y, (uint32_t)row), by_moments, from_y);
  }
}

static STATUS pairs_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  add_rows(frame, states, NULL);
  return VONK_OK;
}

static STATUS pairs_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  add_rows(frame, NULL, state);
  return VONK_OK;
}

static void merge(const struct pairs *a, struct pairs *b) {
  double n1 = b->n, n2 = a->n, n = n1 + n2;
  double dx = a->x_mean - b->x_mean, dx_n = n == 0.0 ? 0.0 : dx / n;
  double dy = a->y_mean - b->y_mean, dy_n = n == 0.0 ? 0.0 : dy / n;
  b->n = n;
  b->x_mean = b->x_mean + dx_n * n2;
  b->y_mean = b->y_mean + dy_n * n2;
  b->co = b->co + a->co + dx * dy_n * n1 * n2;
  b->x2 = b->x2 + a->x2 + dx * dx_n * n1 * n2;
  b->y2 = b->y2 + a->y2 + dy * dy_n * n1 * n2;
}

static STATUS pairs_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  (void)frame;
  for (uint32_t i = 0; i < count; i++) merge(from[i], into[i]);
  return VONK_OK;
}

/* Of y = first and x = second argument; false: null. The mean as it is after Spark's last merge, into an empty state. */
static bool regress(const struct pairs *s, enum result result, double *out) {
  double y_second = s->x2, x_second = s->y2;
  switch (result) {
    case SXX: *out = x_second; return true;
    case SYY: *out = y_second; return true;
    case SXY: *out = s->co; return true;
    case R2: {
      if (x_second == 0.0 || s->n == 1.0) return false;
      double correlation = s->co / sqrt(y_second * x_second);
      *out = y_second == 0.0 ? 1.0 : correlation * correlation;
      return true;
    }
    default: break;
  }
  if (x_second == 0.0) return false;
  double slope = s->co / x_second;
  *out = result == SLOPE ? slope : s->x_mean / s->n * s->n - slope * (s->y_mean / s->n * s->n);
  return true;
}

/* A line has no correlation: that is a division by zero. */
static bool is_flat(const struct pairs *s) { return s->n > 1.0 && s->x2 * s->y2 == 0.0; }

static bool evaluate(const struct pairs *s, enum result result, double *out) {
  if (s->n == 0.0) return false;
  switch (result) {
    case CORRELATION:
      *out = s->co / sqrt(s->x2 * s->y2);
      return s->n != 1.0 && !is_flat(s);
    case COVARIANCE_POP: *out = s->co / s->n; return true;
    case COVARIANCE_SAMP:
      *out = s->co / (s->n - 1.0);
      return s->n != 1.0;
    default: return regress(s, result, out);
  }
}

static STATUS pairs_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  bool raises = result_of(frame) == CORRELATION && EXPR_AS(frame->expr, aggregate)->ansi;
  for (uint32_t i = 0; i < count; i++) {
    if (raises && is_flat(states[i])) {
      return vonk_raise(frame->task, VONK_DIVIDE_BY_ZERO, frame->expr->node.origin, "config", STR("\"spark.sql.ansi.enabled\""), NULL);
    }
    if (!evaluate(states[i], result_of(frame), (double *)frame->data + i)) vonk_bits_clear(frame->valid, i);
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type pairs_type = {
    .state_size = pairs_size, .update = pairs_update, .update_one = pairs_update_one, .merge = pairs_merge, .finalize = pairs_finalize,
};

static STATUS bind_result(struct vonk_bind_call *call, enum result result) {
  static const enum result results[] = {CORRELATION, COVARIANCE_POP, COVARIANCE_SAMP, R2, SXX, SXY, SYY, SLOPE, INTERCEPT};
  EXPR_AS(call->expr, aggregate)->data = &results[result];
  call->expr->nullable = true;
  return VONK_OK;
}

static STATUS bind_corr(struct vonk_bind_call *call) { return bind_result(call, CORRELATION); }
static STATUS bind_covar_pop(struct vonk_bind_call *call) { return bind_result(call, COVARIANCE_POP); }
static STATUS bind_covar_samp(struct vonk_bind_call *call) { return bind_result(call, COVARIANCE_SAMP); }
static STATUS bind_r2(struct vonk_bind_call *call) { return bind_result(call, R2); }
static STATUS bind_sxx(struct vonk_bind_call *call) { return bind_result(call, SXX); }
static STATUS bind_sxy(struct vonk_bind_call *call) { return bind_result(call, SXY); }
static STATUS bind_syy(struct vonk_bind_call *call) { return bind_result(call, SYY); }
static STATUS bind_slope(struct vonk_bind_call *call) { return bind_result(call, SLOPE); }
static STATUS bind_intercept(struct vonk_bind_call *call) { return bind_result(call, INTERCEPT); }

#define PAIRS(row_name, row_bind, row_doc)                                                                             \
  {.name = row_name, .kind = VONK_AGGREGATE, .signature = "(double, double) -> double", .nulls = VONK_NULLS_STRICT,    \
   .aggregate = &pairs_type, .bind = row_bind, .group = "agg_funcs", .doc = row_doc,                                   \
   .example = "SELECT " row_name "(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (4, 4) AS t(y, x)"}

const struct vonk_function vonk_functions_regression[] = {
    PAIRS("corr", bind_corr, "Pearson's correlation of pairs."),
    PAIRS("covar_pop", bind_covar_pop, "The covariance of a population of pairs."),
    PAIRS("covar_samp", bind_covar_samp, "The covariance of a sample of pairs."),
    PAIRS("regr_intercept", bind_intercept, "Where the line of least squares meets the y axis."),
    PAIRS("regr_r2", bind_r2, "The coefficient of determination of y by x."),
    PAIRS("regr_slope", bind_slope, "The slope of the line of least squares."),
    PAIRS("regr_sxx", bind_sxx, "The sum of squares of x around its mean."),
    PAIRS("regr_sxy", bind_sxy, "The sum of products of x and y around their means."),
    PAIRS("regr_syy", bind_syy, "The sum of squares of y around its mean."),
    {0},
};
