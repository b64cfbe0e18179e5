/* histogram.c: histogram_numeric: bins of unequal width (Y. Ben-Haim, E. Tom-Tov, A Streaming Parallel Decision Tree Algorithm, 2010):
 * a new value is a bin of its own, and then the two closest bins become one. Ties are broken by Spark's random numbers, and visible
 * partitions have histograms of their own, which are merged in their order. */
#include <stdlib.h>

#include "column/batch.h"
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/java_random.h"
#include "func/number_at.h"
#include "type/decimal.h"

enum { BINS_MAX = 1 << 20, FIRST_BINS = 8, TIE_SEED = 31183 };

struct bin {
  double x, y;
};

struct histogram {
  struct bin *bins;
  uint32_t count, capacity;
  uint64_t random;        /* 0: not drawn from yet */
};

/* The partition that rows come from, and those before. */
struct parts {
  struct histogram part, all;
  uint32_t partition;
};

static uint32_t limit_of(const struct vonk_frame *frame) { return *(const uint32_t *)EXPR_AS(frame->expr, aggregate)->data; }

static uint32_t histogram_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct parts);
}

static void reserve(struct vonk_task *task, struct histogram *h, uint32_t count) {
  if (count <= h->capacity) return;
  uint32_t capacity = count * 2 < FIRST_BINS ? FIRST_BINS : count * 2;
  struct bin *bins = ARENA_ARRAY(task->arena, struct bin, capacity);
  if (h->count) memcpy(bins, h->bins, h->count * sizeof *bins);
  h->bins = bins;
  h->capacity = capacity;
}

static void join_closest(struct histogram *h) {
  if (!h->random) h->random = vonk_java_random_seed(TIE_SEED);
  double smallest = h->bins[1].x - h->bins[0].x;
  uint32_t at = 0, ties = 1;
  for (uint32_t i = 1; i + 1 < h->count; i++) {
    double distance = h->bins[i + 1].x - h->bins[i].x;
    if (distance < smallest) smallest = distance, at = i, ties = 1;
    else if (distance == smallest && vonk_java_random_double(&h->random) <= 1.0 / ++ties) at = i;
  }
  struct bin *a = &h->bins[at], *b = a + 1;
  double rows = a->y + b->y;
  a->x *= a->y / rows;
  a->x += b->x / rows * b->y;
  a->y = rows;
  memmove(b, b + 1, (h->count - at - 2) * sizeof *b);
  h->count--;
}

static void add_value(struct vonk_task *task, struct histogram *h, uint32_t limit, double value) {
  uint32_t at = 0;
  for (uint32_t low = 0, high = h->count; low < high;) {
    at = (low + high) / 2;
    if (h->bins[at].x > value) high = at;
    else if (h->bins[at].x < value) low = ++at;
    else break;
  }
  if (at < h->count && h->bins[at].x == value) {
    h->bins[at].y++;
    return;
  }
  reserve(task, h, h->count + 1);
  memmove(h->bins + at + 1, h->bins + at, (h->count - at) * sizeof *h->bins);
  h->bins[at] = (struct bin){value, 1};
  if (++h->count > limit) join_closest(h);
}

static int by_x(const void *a, const void *b) {
  double x = ((const struct bin *)a)->x, y = ((const struct bin *)b)->x;
  return (x > y) - (x < y);
}

static void merge(struct vonk_task *task, const struct histogram *a, struct histogram *b, uint32_t limit) {
  if (!a->count) return;
  reserve(task, b, a->count + b->count);
  memcpy(b->bins + b->count, a->bins, a->count * sizeof *a->bins);
  b->count += a->count;
  qsort(b->bins, b->count, sizeof *b->bins, by_x);
  while (b->count > limit) join_closest(b);
}

static struct histogram *end_partition(struct vonk_task *task, struct parts *s, uint32_t limit) {
  merge(task, &s->part, &s->all, limit);
  s->part.count = 0;
  s->part.random = 0;
  return &s->all;
}

/* Rows of one partition only, as those of window functions, stay what they are. */
static const struct histogram *result_of(struct vonk_task *task, struct parts *s, uint32_t limit) { return s->all.count ? end_partition(task, s, limit) : &s->part; }

static void add_rows(struct vonk_frame *frame, void *const *states, void *one) {
  const struct vonk_column *column = &frame->arguments[0];
  uint32_t limit = limit_of(frame), partition = frame->batch ? frame->batch->partition : 0;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    struct parts *s = states ? states[row] : one;
    if (s->partition != partition) end_partition(frame->task, s, limit);
    s->partition = partition;
    add_value(frame->task, &s->part, limit, vonk_number_at(column, row));
  }
}

static STATUS histogram_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  add_rows(frame, states, NULL);
  return VONK_OK;
}

static STATUS histogram_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  add_rows(frame, NULL, state);
  return VONK_OK;
}

static STATUS histogram_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  uint32_t limit = limit_of(frame);
  for (uint32_t i = 0; i < count; i++) merge(frame->task, end_partition(frame->task, from[i], limit), end_partition(frame->task, into[i], limit), limit);
  return VONK_OK;
}

static STATUS put_bin(struct vonk_frame *frame, const struct bin *bin) {
  struct vonk_builder *row = &frame->builder->children[0], *x = &row->children[0];
  const struct vonk_type *type = x->type;
  if (vonk_type_is_fractional(type)) {
    TRY(vonk_builder_add_real(frame->task, x, bin->x));
  } else if (type->id == VONK_TYPE_DECIMAL) {
    vonk_int128 value;
    struct vonk_decimal_shape shape = {type->precision, type->scale};
    if (vonk_decimal_from_double(bin->x, shape, &value)) TRY(vonk_builder_add_integer(frame->task, x, value));
    else TRY(vonk_builder_add_null(frame->task, x));
  } else {
    TRY(vonk_builder_add_integer(frame->task, x, (int64_t)bin->x));
  }
  TRY(vonk_builder_add_real(frame->task, &row->children[1], bin->y));
  return vonk_builder_end_struct(frame->task, row);
}

static STATUS histogram_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct histogram *h = result_of(frame->task, states[i], limit_of(frame));
    if (!h->count) {
      TRY(vonk_builder_add_null(frame->task, frame->builder));
      continue;
    }
    for (uint32_t k = 0; k < h->count; k++) TRY(put_bin(frame, &h->bins[k]));
    TRY(vonk_builder_end_list(frame->task, frame->builder));
  }
  return VONK_OK;
}

static STATUS histogram_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  const struct histogram *h = end_partition(frame->task, (struct parts *)(uintptr_t)state, limit_of(frame)); /* which is gone afterwards */
  size_t bins = h->count * sizeof *h->bins, size = 8 + bins;
  char *to;
  TRY(vonk_builder_reserve_bytes(frame->task, bytes, size, &to));
  memcpy(to, &h->random, 8);
  if (bins) memcpy(to + 8, h->bins, bins);
  return vonk_builder_commit_bytes(frame->task, bytes, size);
}

static STATUS histogram_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  struct parts *parts = state;
  struct histogram *h = &parts->all;
  *parts = (struct parts){0};
  uint32_t count = (uint32_t)((bytes.size - 8) / sizeof *h->bins);
  memcpy(&h->random, bytes.data, 8);
  reserve(frame->task, h, count);
  if (count) memcpy(h->bins, bytes.data + 8, count * sizeof *h->bins);
  h->count = count;
  return VONK_OK;
}

static const struct vonk_aggregate_type histogram_type = {
    .state_size = histogram_size, .update = histogram_update, .update_one = histogram_update_one, .merge = histogram_merge,
    .finalize = histogram_finalize, .save = histogram_save, .load = histogram_load,
};

static STATUS bind_limit(struct vonk_bind_call *call, uint32_t *limit) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_value bins;
  TRY(vonk_bind_constant(call, 1, &bins));
  if (bins.is_null) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_NULL, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                      "exprName", STR("nb"), NULL);
  }
  if (bins.integer < 2) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                      "exprName", STR("nb"), "valueRange", STR("[2, 2147483647]"), "currentValue", vonk_value_sql(arena, &bins), NULL);
  }
  if (bins.integer > BINS_MAX) return vonk_unsupported(call->task, call->expr->node.origin, "histogram_numeric with more than a million bins");
  *limit = (uint32_t)bins.integer;
  return VONK_OK;
}

static STATUS bind_histogram(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[0]->type;
  uint32_t *limit = ARENA_NEW(arena, uint32_t);
  EXPR_AS(call->expr, aggregate)->data = limit;
  if (type->id == VONK_TYPE_VOID || vonk_type_is_string(type)) {
    TRY(vonk_bind_coerce(call, 0, &vonk_type_double));
    type = &vonk_type_double;
  }
  if (!vonk_type_is_numeric(type) && !vonk_type_is_datetime(type) && type->id != VONK_TYPE_INTERVAL_YM && type->id != VONK_TYPE_INTERVAL_DT) {
    return vonk_bind_unexpected(call, 0, "\"NUMERIC\", \"DATE\", \"TIMESTAMP\", \"TIMESTAMP_NTZ\", \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\"");
  }
  TRY(bind_limit(call, limit));
  struct vonk_type_field fields[2] = {{.name = STR("x"), .type = type, .nullable = true}, {.name = STR("y"), .type = &vonk_type_double, .nullable = true}};
  call->expr->type = vonk_type_array(arena, vonk_type_struct(arena, fields, 2), true);
  call->expr->nullable = true;
  return VONK_OK;
}

const struct vonk_function vonk_functions_histogram[] = {
    {.name = "histogram_numeric", .kind = VONK_AGGREGATE, .signature = "(any, int) -> bind", .nulls = VONK_NULLS_STRICT,
     .flags = VONK_FN_PARTITION, .aggregate = &histogram_type, .bind = bind_histogram, .group = "agg_funcs", .doc = "Centres and heights of at most so many bins of unequal width.",
     .example = "SELECT histogram_numeric(v, 5) FROM VALUES (0), (1), (2), (10) AS t(v)"},
    {0},
};
