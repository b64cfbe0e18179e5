/* random.c: rand, randn, randstr, uniform, uuid.
 *
 * Numbers are those of Spark for the same seed: a xorshift generator whose state is the hash of seed plus partition, so the rows
 * of a partition are drawn in order by one task. Without a seed one is drawn when the worker opens.
 */
#include <math.h>
#include <stdio.h>
#include <sys/random.h>

#include "column/batch.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/number_at.h"
#include "func/rows.h"
#include "func/strict_math.h"
#include "func/xorshift.h"
#include "type/decimal.h"

struct generator {
  uint64_t state;
  double next_normal;
  bool has_normal;
};

struct random_state {
  int64_t seed;
  uint32_t partition;
  struct generator generator;
};

/* --- the generator --- */

static uint32_t next_bits(struct generator *g, int bits) { return vonk_xorshift_next(&g->state, bits); }
static double next_real(struct generator *g) { return vonk_xorshift_double(&g->state); }

/* Marsaglia's polar method; numbers come in pairs. */
static double next_normal(struct generator *g) {
  double x, y, square;
  if (g->has_normal) {
    g->has_normal = false;
    return g->next_normal;
  }
  do {
    x = 2 * next_real(g) - 1;
    y = 2 * next_real(g) - 1;
    square = x * x + y * y;
  } while (square >= 1 || square == 0);
  double factor = sqrt(-2 * vonk_strict_log(square) / square);
  g->next_normal = y * factor;
  g->has_normal = true;
  return x * factor;
}

/* --- state --- */

struct seed {
  bool given;
  int64_t value;
};

static STATUS open_random(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  const struct seed *seed = EXPR_AS(expr, call)->data;
  struct random_state *state = ARENA_NEW(task->arena, struct random_state);
  *state = (struct random_state){.partition = UINT32_MAX};
  if (seed && seed->given) state->seed = seed->value;
  else if (getrandom(&state->seed, sizeof state->seed, 0) != sizeof state->seed) return vonk_unsupported(task, expr->node.origin, "random numbers on this machine");
  *out = state;
  return VONK_OK;
}

/* The generator of the partition that the batch belongs to. */
static struct generator *start(struct vonk_frame *frame) {
  struct random_state *state = frame->state;
  uint32_t partition = frame->batch ? frame->batch->partition : 0;
  if (state->partition != partition) state->generator = (struct generator){.state = vonk_xorshift_seed((int64_t)((uint64_t)state->seed + partition))};
  state->partition = partition;
  return &state->generator;
}

static STATUS rand_eval(struct vonk_frame *frame) {
  struct generator *g = start(frame);
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (vonk_bits_get(frame->live, row)) vonk_row_put_real(frame, row, next_real(g));
  }
  return VONK_OK;
}

static STATUS randn_eval(struct vonk_frame *frame) {
  struct generator *g = start(frame);
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (vonk_bits_get(frame->live, row)) vonk_row_put_real(frame, row, next_normal(g));
  }
  return VONK_OK;
}

static STATUS randstr_row(struct vonk_frame *frame, uint32_t row) {
  struct random_state *state = frame->state;
  int64_t length = vonk_row_int(frame, 0, row);
  char *out;
  if (length < 0) {
    return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__LENGTH, frame->expr->node.origin, "functionName", STR("`randstr`"), "parameter",
                      STR("`length`"), "length", vonk_str_format(frame->task->arena, "%lld", (long long)length), NULL);
  }
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, (size_t)length, &out));
  for (int64_t i = 0; i < length; i++) {
    int32_t draw = (int32_t)next_bits(&state->generator, 32) % 62, v = draw < 0 ? -draw : draw;
    out[i] = (char)(v < 10 ? '0' + v : v < 36 ? 'a' + v - 10 : 'A' + v - 36);
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, (size_t)length);
}
static STATUS randstr(struct vonk_frame *frame) {
  start(frame);
  return vonk_rows_build(frame, randstr_row);
}

/* MIN + (MAX - MIN) * rand() as the type of the result. */
static STATUS uniform_row(struct vonk_frame *frame, uint32_t row) {
  struct random_state *state = frame->state;
  double low = vonk_number_at(&frame->arguments[0], row), high = vonk_number_at(&frame->arguments[1], row), value = low + (high - low) * next_real(&state->generator);
  const struct vonk_type *type = frame->expr->type;
  vonk_int128 decimal;
  switch (vonk_physical_of(type)) {
    case VONK_PHYSICAL_F32: ((float *)frame->data)[row] = (float)value; return VONK_OK;
    case VONK_PHYSICAL_F64: vonk_row_put_real(frame, row, value); return VONK_OK;
    case VONK_PHYSICAL_I8: ((int8_t *)frame->data)[row] = (int8_t)value; return VONK_OK;
    case VONK_PHYSICAL_I16: ((int16_t *)frame->data)[row] = (int16_t)value; return VONK_OK;
    default: break;
  }
  decimal = (vonk_int128)value;
  struct vonk_decimal_shape shape = {type->precision, type->scale};
  if (type->id == VONK_TYPE_DECIMAL && !vonk_decimal_from_double(value, shape, &decimal)) vonk_row_put_null(frame, row);
  if (vonk_physical_of(type) == VONK_PHYSICAL_I32) vonk_row_put_int(frame, row, (int32_t)decimal);
  else if (vonk_physical_of(type) == VONK_PHYSICAL_I64) vonk_row_put_long(frame, row, (int64_t)decimal);
  else ((vonk_int128 *)frame->data)[row] = decimal;
  return VONK_OK;
}
static STATUS uniform(struct vonk_frame *frame) {
  start(frame);
  return vonk_rows_each(frame, uniform_row);
}

/* Version 4 of RFC 4122. */
static STATUS uuid_row(struct vonk_frame *frame, uint32_t row) {
  struct random_state *state = frame->state;
  char text[40];
  (void)row;
  uint64_t high = (uint64_t)next_bits(&state->generator, 32) << 32 | next_bits(&state->generator, 32);
  uint64_t low = (uint64_t)next_bits(&state->generator, 32) << 32 | next_bits(&state->generator, 32);
  high = (high & ~UINT64_C(0xf000)) | 0x4000;
  low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
  int size = snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xffff),
                      (unsigned)(low >> 48), (unsigned long long)(low & UINT64_C(0xffffffffffff)));
  return vonk_row_add_str(frame, vonk_str_make(text, (size_t)size));
}
static STATUS uuid(struct vonk_frame *frame) {
  start(frame);
  return vonk_rows_build(frame, uuid_row);
}

/* --- binding --- */

/* Argument INDEX, if there is one, is the seed. */
static STATUS take_seed(struct vonk_bind_call *call, uint32_t index) {
  struct seed *seed = ARENA_NEW(call->task->arena, struct seed);
  struct vonk_value value;
  EXPR_AS(call->expr, call)->data = seed;
  call->expr->nullable = false;
  if (call->arguments.count <= index) return VONK_OK;
  enum vonk_type_id id = call->arguments.items[index]->type->id;
  if (id != VONK_TYPE_INT && id != VONK_TYPE_LONG && id != VONK_TYPE_VOID) return vonk_bind_unexpected(call, index, "(\"INT\" or \"BIGINT\")");
  TRY(vonk_bind_constant(call, index, &value));
  seed->given = true;
  seed->value = value.is_null ? 0 : value.integer;
  return VONK_OK;
}
static STATUS bind_seed(struct vonk_bind_call *call) { return take_seed(call, 0); }

static STATUS bind_randstr(struct vonk_bind_call *call) {
  struct vonk_value length;
  TRY(vonk_bind_constant(call, 0, &length));
  call->expr->raises = true;
  return take_seed(call, 1);
}

static STATUS bind_uniform(struct vonk_bind_call *call) {
  const struct vonk_type *types[2];
  for (uint32_t i = 0; i < 2; i++) {
    struct vonk_value value;
    types[i] = call->arguments.items[i]->type;
    if (!vonk_type_is_numeric(types[i]) && types[i]->id != VONK_TYPE_VOID) return vonk_bind_unexpected(call, i, "\"NUMERIC\"");
    TRY(vonk_bind_constant(call, i, &value));
  }
  const struct vonk_type *wide = types[0]->id == VONK_TYPE_VOID ? types[1] : types[0], *other = types[1];
  bool real = vonk_type_is_fractional(wide) || vonk_type_is_fractional(other);
  if (real) wide = wide->id == VONK_TYPE_DOUBLE || other->id == VONK_TYPE_DOUBLE ? &vonk_type_double : &vonk_type_float;
  else if (other->id == VONK_TYPE_DECIMAL) wide = wide->id == VONK_TYPE_DECIMAL && wide->precision >= other->precision ? wide : other;
  else if (vonk_type_is_integral(other) && other->id > wide->id) wide = other;
  call->expr->type = wide;
  TRY(take_seed(call, 2));
  call->expr->nullable = types[0]->id == VONK_TYPE_VOID || types[1]->id == VONK_TYPE_VOID;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, row_bind, row_group, ...)                                                 \
  {.name = row_name, .signature = row_signature, .eval = row_eval, .bind = row_bind, .open = open_random,                \
   .flags = VONK_FN_NONDETERMINISTIC | VONK_FN_ONE_TASK, .group = row_group, __VA_ARGS__}

const struct vonk_function vonk_functions_random[] = {
    ROW("rand", "([any]) -> double", rand_eval, bind_seed, "math_funcs", .nulls = VONK_NULLS_NEVER,
        .doc = "A random number from 0 to below 1; the same ones for the same seed.", .example = "SELECT rand(66)"),
    ROW("random", "([any]) -> double", rand_eval, bind_seed, "math_funcs", .nulls = VONK_NULLS_NEVER, .shown = "rand", .doc = "The same as rand.",
        .example = "SELECT random(66)"),
    ROW("randn", "([any]) -> double", randn_eval, bind_seed, "math_funcs", .nulls = VONK_NULLS_NEVER,
        .doc = "A random number of the standard normal distribution.", .example = "SELECT randn(66)"),
    ROW("randstr", "(int, [any]) -> string", randstr, bind_randstr, "string_funcs", .nulls = VONK_NULLS_NEVER,
        .doc = "A random text of so many letters and digits.", .example = "SELECT randstr(8, 66)"),
    ROW("uniform", "(any, any, [any]) -> bind", uniform, bind_uniform, "math_funcs", .nulls = VONK_NULLS_STRICT,
        .doc = "A random number between two bounds, of their type.", .example = "SELECT uniform(10, 20, 66)"),
    ROW("uuid", "([any]) -> string", uuid, bind_seed, "misc_funcs", .nulls = VONK_NULLS_NEVER, .doc = "A random universally unique identifier.",
        .example = "SELECT length(uuid())"),
    {0},
};
