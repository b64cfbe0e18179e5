/* kept_extreme.c: the state is one kept value. */
#include "func/kept_extreme.h"

#include "base/bits.h"
#include "func/kept_value.h"

static bool wants_largest(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate)->function == &vonk_kept_max; }

static uint32_t kept_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct vonk_kept);
}

static STATUS offer_rows(struct vonk_frame *frame, void *const *states, void *one) {
  const struct vonk_column *column = &frame->arguments[0];
  bool largest = wants_largest(frame);
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) continue;
    struct vonk_kept *kept = states ? states[row] : one;
    int order = 0;
    if (kept->set) TRY(vonk_kept_compare_row(frame, kept, column, row, &order));
    if (!kept->set || (largest ? order > 0 : order < 0)) vonk_kept_put(frame->task, kept, column, row);
  }
  return VONK_OK;
}

static STATUS kept_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  return offer_rows(frame, states, NULL);
}

static STATUS kept_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  return offer_rows(frame, NULL, state);
}

static STATUS kept_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  bool largest = wants_largest(frame);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_kept *a = from[i];
    struct vonk_kept *b = into[i];
    int order = a->set && b->set ? vonk_kept_compare(frame->expr->type, a, b) : 0;
    if (a->set && (!b->set || (largest ? order > 0 : order < 0))) *b = *a;
  }
  return VONK_OK;
}

static STATUS kept_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) TRY(vonk_kept_result(frame, i, states[i]));
  return VONK_OK;
}

static STATUS kept_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  size_t size = vonk_kept_saved_size(state);
  char *to;
  TRY(vonk_builder_reserve_bytes(frame->task, bytes, size, &to));
  vonk_kept_save(state, to);
  return vonk_builder_commit_bytes(frame->task, bytes, size);
}

static STATUS kept_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  vonk_kept_load(frame->task, bytes.data, state);
  return VONK_OK;
}

static const struct vonk_aggregate_type kept_type = {
    .state_size = kept_size, .update = kept_update, .update_one = kept_update_one, .merge = kept_merge, .finalize = kept_finalize,
    .save = kept_save, .load = kept_load,
};

const struct vonk_function vonk_kept_min = {.name = "min", .kind = VONK_AGGREGATE, .nulls = VONK_NULLS_STRICT, .aggregate = &kept_type};
const struct vonk_function vonk_kept_max = {.name = "max", .kind = VONK_AGGREGATE, .nulls = VONK_NULLS_STRICT, .aggregate = &kept_type};
