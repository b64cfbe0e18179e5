/* count_min_sketch.c: count_min_sketch (G. Cormode, S. Muthukrishnan, 2005): how often values occur, never too low. The result is
 * the bytes of Spark's CountMinSketch, version 1, big-endian; the state is the total and the table. */
#include <math.h>

#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/hash_value.h"
#include "func/java_random.h"

enum { DEPTH_MAX = 64, CELLS_MAX = 1 << 20, VERSION = 1, HEAD_BYTES = 20 };

struct plan {
  uint32_t depth, width;
  int64_t factors[DEPTH_MAX];
};

struct sketch {
  int64_t total;
  int64_t cells[];   /* row by row */
};

static const struct plan *plan_of(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate)->data; }
static uint32_t cell_count(const struct plan *plan) { return plan->depth * plan->width; }

static uint32_t sketch_size(const struct vonk_expr_aggregate *call) {
  return (uint32_t)(sizeof(struct sketch) + cell_count(call->data) * sizeof(int64_t));
}

static void add_integer(const struct plan *plan, struct sketch *sketch, int64_t value) {
  for (uint32_t i = 0; i < plan->depth; i++) {
    int64_t hash = (int64_t)((uint64_t)plan->factors[i] * (uint64_t)value);
    hash = (int64_t)((uint64_t)hash + (uint64_t)(hash >> 32)) & INT32_MAX;
    sketch->cells[i * plan->width + (uint32_t)((int32_t)hash % (int32_t)plan->width)]++;
  }
}

static void add_bytes(const struct plan *plan, struct sketch *sketch, struct vonk_str bytes) {
  uint32_t first = vonk_murmur3_bytes(0, bytes), second = vonk_murmur3_bytes(first, bytes);
  for (uint32_t i = 0; i < plan->depth; i++) {
    int32_t bucket = (int32_t)(first + i * second) % (int32_t)plan->width;
    sketch->cells[i * plan->width + (uint32_t)(bucket < 0 ? -bucket : bucket)]++;
  }
}

static void add_rows(struct vonk_frame *frame, void *const *states, void *one) {
  const struct plan *plan = plan_of(frame);
  const struct vonk_column *column = &frame->arguments[0];
  bool bytes = column->physical == VONK_PHYSICAL_VIEW;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    struct sketch *sketch = states ? states[row] : one;
    sketch->total++;
    if (bytes) add_bytes(plan, sketch, vonk_read_str(column, row));
    else add_integer(plan, sketch, vonk_read_int(column, row));
  }
}

static STATUS sketch_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  add_rows(frame, states, NULL);
  return VONK_OK;
}

static STATUS sketch_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  add_rows(frame, NULL, state);
  return VONK_OK;
}

static STATUS sketch_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  uint32_t cells = cell_count(plan_of(frame));
  for (uint32_t i = 0; i < count; i++) {
    const struct sketch *a = from[i];
    struct sketch *b = into[i];
    b->total += a->total;
    for (uint32_t k = 0; k < cells; k++) b->cells[k] += a->cells[k];
  }
  return VONK_OK;
}

static char *put_32(char *to, uint32_t value) {
  value = __builtin_bswap32(value);
  memcpy(to, &value, 4);
  return to + 4;
}
static char *put_64(char *to, int64_t value) {
  uint64_t swapped = __builtin_bswap64((uint64_t)value);
  memcpy(to, &swapped, 8);
  return to + 8;
}

static STATUS sketch_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  const struct plan *plan = plan_of(frame);
  uint32_t cells = cell_count(plan);
  for (uint32_t i = 0; i < count; i++) {
    const struct sketch *sketch = states[i];
    size_t size = HEAD_BYTES + 8 * ((size_t)plan->depth + cells);
    char *to;
    TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, size, &to));
    to = put_32(put_32(put_64(put_32(to, VERSION), sketch->total), plan->depth), plan->width);
    for (uint32_t k = 0; k < plan->depth; k++) to = put_64(to, plan->factors[k]);
    for (uint32_t k = 0; k < cells; k++) to = put_64(to, sketch->cells[k]);
    TRY(vonk_builder_commit_bytes(frame->task, frame->builder, size));
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type sketch_type = {
    .state_size = sketch_size, .update = sketch_update, .update_one = sketch_update_one, .merge = sketch_merge, .finalize = sketch_finalize,
};

/* A constant argument that may not be null. */
static STATUS constant(struct vonk_bind_call *call, uint32_t index, const char *name, struct vonk_value *out) {
  TRY(vonk_bind_constant(call, index, out));
  if (!out->is_null) return VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNEXPECTED_NULL, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(call->task->arena, call->expr), "exprName", vonk_str_of(name), NULL);
}

static STATUS out_of_range(struct vonk_bind_call *call, const char *name, const char *range, const struct vonk_value *value) {
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "exprName", vonk_str_of(name), "valueRange", vonk_str_of(range), "currentValue", vonk_value_sql(arena, value), NULL);
}

static STATUS bind_sketch(struct vonk_bind_call *call) {
  struct plan *plan = ARENA_NEW(call->task->arena, struct plan);
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct vonk_value error, confidence, seed;
  if (!vonk_type_is_integral(type) && !vonk_type_is_string(type) && type->id != VONK_TYPE_BINARY) {
    return vonk_bind_unexpected(call, 0, "(\"INTEGRAL\" or \"STRING\" or \"BINARY\")");
  }
  TRY(constant(call, 1, "eps", &error));
  TRY(constant(call, 2, "confidence", &confidence));
  TRY(constant(call, 3, "seed", &seed));
  if (!(error.real > 0)) return out_of_range(call, "eps", "(0.0, 1.7976931348623157E308]", &error);
  if (!(confidence.real > 0 && confidence.real < 1)) return out_of_range(call, "confidence", "(0.0, 1.0)", &confidence);
  double width = ceil(2 / error.real), depth = ceil(-log(1 - confidence.real) / log(2.0));
  if (depth > DEPTH_MAX || width * depth > CELLS_MAX) {
    return vonk_unsupported(call->task, call->expr->node.origin, "a count_min_sketch of more than a million cells");
  }
  plan->width = (uint32_t)width;
  plan->depth = (uint32_t)depth;
  uint64_t random = vonk_java_random_seed((int32_t)seed.integer);
  for (uint32_t i = 0; i < plan->depth; i++) plan->factors[i] = vonk_java_random_int(&random, INT32_MAX);
  EXPR_AS(call->expr, aggregate)->data = plan;
  call->expr->nullable = false;
  return VONK_OK;
}

const struct vonk_function vonk_functions_count_min_sketch[] = {
    {.name = "count_min_sketch", .kind = VONK_AGGREGATE, .signature = "(any, double, double, int) -> binary | (any, double, double, bigint) -> binary", .nulls = VONK_NULLS_STRICT,
     .aggregate = &sketch_type, .bind = bind_sketch, .group = "agg_funcs",
     .doc = "A count-min sketch of a group's values with a relative error, a confidence and a seed, as bytes.",
     .example = "SELECT hex(count_min_sketch(v, 0.5D, 0.5D, 1)) FROM VALUES (1), (2), (1) AS t(v)"},
    {0},
};
