/* count.c: count and count_if: one number a group. Rows with a null argument are not live. */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"

static uint32_t count_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(int64_t);
}

VONK_INLINE void count_row(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)data, (void)physical, (void)index, (void)flag;
  ++*(int64_t *)state;
}

static STATUS count_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  vonk_states_step(frame, states, NULL, count_row, VONK_PHYSICAL_NONE, false);
  return VONK_OK;
}

static STATUS count_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  *(int64_t *)state += vonk_frame_live_count(frame);
  return VONK_OK;
}

static STATUS count_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  (void)frame;
  for (uint32_t i = 0; i < count; i++) *(int64_t *)into[i] += *(const int64_t *)from[i];
  return VONK_OK;
}

static STATUS count_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) ((int64_t *)frame->data)[i] = *(const int64_t *)states[i];
  return VONK_OK;
}

static STATUS count_remove(struct vonk_frame *frame, void *state) {
  *(int64_t *)state -= vonk_frame_live_count(frame);
  return VONK_OK;
}

static const struct vonk_aggregate_type count_type = {
    .state_size = count_size, .update = count_update, .update_one = count_update_one, .merge = count_merge,
    .finalize = count_finalize, .remove = count_remove,
};

VONK_INLINE void count_true_row(void *state, const void *data, enum vonk_physical physical, uint32_t index, bool flag) {
  (void)flag;
  *(int64_t *)state += vonk_load_integer(data, physical, index);
}

static STATUS count_if_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  vonk_states_step(frame, states, NULL, count_true_row, VONK_PHYSICAL_BOOL, false);
  return VONK_OK;
}

static int64_t live_and_true(const struct vonk_frame *frame) {
  const struct vonk_column *column = &frame->arguments[0];
  if (column->encoding == VONK_CONST) return vonk_bits_get(column->data, 0) ? vonk_frame_live_count(frame) : 0;
  uint64_t both[VONK_BATCH_WORDS];
  vonk_bits_and(frame->live, column->data, frame->row_count, both);
  return (int64_t)vonk_bits_count(both, frame->row_count);
}

static STATUS count_if_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  *(int64_t *)state += live_and_true(frame);
  return VONK_OK;
}

static STATUS count_if_remove(struct vonk_frame *frame, void *state) {
  *(int64_t *)state -= live_and_true(frame);
  return VONK_OK;
}

static const struct vonk_aggregate_type count_if_type = {
    .state_size = count_size, .update = count_if_update, .update_one = count_if_update_one, .merge = count_merge,
    .finalize = count_finalize, .remove = count_if_remove,
};

static STATUS bind_count(struct vonk_bind_call *call) {
  call->expr->nullable = false;
  return VONK_OK;
}

const struct vonk_function vonk_functions_count[] = {
    {.name = "count", .kind = VONK_AGGREGATE, .signature = "(any...) -> bigint", .nulls = VONK_NULLS_STRICT, .aggregate = &count_type,
     .bind = bind_count, .group = "agg_funcs", .doc = "The number of rows, or of those where no argument is null.",
     .example = "SELECT count(*), count(v) FROM VALUES (1), (NULL), (2) AS t(v)"},
    {.name = "count_if", .kind = VONK_AGGREGATE, .signature = "(boolean) -> bigint", .nulls = VONK_NULLS_STRICT, .aggregate = &count_if_type,
     .bind = bind_count, .group = "agg_funcs", .doc = "The number of rows where the condition is true.",
     .example = "SELECT count_if(v > 1) FROM VALUES (1), (NULL), (2) AS t(v)"},
    {.name = "regr_count", .kind = VONK_AGGREGATE, .signature = "(numeric, numeric) -> bigint", .nulls = VONK_NULLS_STRICT,
     .aggregate = &count_type, .bind = bind_count, .group = "agg_funcs", .doc = "The number of pairs without a null.",
     .example = "SELECT regr_count(y, x) FROM VALUES (1, 2), (2, 2), (2, NULL), (NULL, 4) AS t(y, x)"},
    {0},
};
