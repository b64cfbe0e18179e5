/* shuffle.c: the elements of arrays in a random order: that of Spark for the same seed, a generator for each partition. */
#include <sys/random.h>

#include "column/batch.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/lists.h"
#include "func/mersenne_twister.h"
#include "func/rows.h"

struct shuffle_state {
  int64_t seed;
  uint32_t partition;
  struct vonk_mersenne generator;
};

static STATUS open_shuffle(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  const int64_t *seed = EXPR_AS(expr, call)->data;
  struct shuffle_state *state = ARENA_NEW(task->arena, struct shuffle_state);
  state->partition = UINT32_MAX;
  if (seed) state->seed = *seed;
  else if (getrandom(&state->seed, sizeof state->seed, 0) != sizeof state->seed) return vonk_unsupported(task, expr->node.origin, "random numbers on this machine");
  *out = state;
  return VONK_OK;
}

static STATUS shuffle_row(struct vonk_frame *frame, uint32_t row) {
  struct shuffle_state *state = frame->state;
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  void *memory;
  TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof(uint32_t) * ((size_t)list.length + 1), &memory));
  uint32_t *places = memory;
  places[0] = 0;
  for (uint32_t i = 0; i < list.length; i++) {
    uint32_t other = vonk_mersenne_below(&state->generator, i + 1);
    places[i] = places[other];
    places[other] = i;
  }
  for (uint32_t i = 0; i < list.length; i++) {
    TRY(vonk_builder_add_row(frame->task, &frame->builder->children[0], &frame->arguments[0].children[0], list.offset + places[i]));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}

static STATUS shuffle(struct vonk_frame *frame) {
  struct shuffle_state *state = frame->state;
  uint32_t partition = frame->batch ? frame->batch->partition : 0;
  if (state->partition != partition) vonk_mersenne_seed(&state->generator, (int64_t)((uint64_t)state->seed + partition));
  state->partition = partition;
  return vonk_rows_build(frame, shuffle_row);
}

static STATUS bind_shuffle(struct vonk_bind_call *call) {
  struct vonk_value seed;
  call->expr->type = call->arguments.items[0]->type;
  if (call->arguments.count < 2) return VONK_OK;
  TRY(vonk_bind_constant(call, 1, &seed));
  int64_t *kept = ARENA_NEW(call->task->arena, int64_t);
  if (!seed.is_null) *kept = seed.integer;
  EXPR_AS(call->expr, call)->data = kept;
  return VONK_OK;
}

const struct vonk_function vonk_functions_shuffle[] = {
    {.name = "shuffle", .signature = "(array<T>, [bigint]) -> bind", .nulls = VONK_NULLS_STRICT,
     .flags = VONK_FN_NONDETERMINISTIC | VONK_FN_ONE_TASK | VONK_FN_PARTITION, .eval = shuffle, .bind = bind_shuffle, .open = open_shuffle,
     .shown = "shuffle($1)|shuffle($1$_)", .group = "array_funcs", .doc = "The elements of an array in a random order, which a seed decides.",
     .example = "SELECT shuffle(array(1, 20, NULL, 3), 0)"},
    {0},
};
