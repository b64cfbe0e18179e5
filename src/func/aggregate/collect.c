/* collect.c: collect_list and array_agg in the order of the rows; collect_set, each value once, in the order they were met; the candidates for
 * frequent values (DataFrame.freqItems). */
#include "column/batch.h"
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/value_list.h"
#include "func/value_set.h"

/* ---- lists ---- */

static uint32_t list_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct vonk_value_list);
}

static void list_rows(struct vonk_frame *frame, void *const *states, void *one, uint64_t tag) {
  bool skip = EXPR_AS(frame->expr, aggregate)->ignore_nulls;
  const struct vonk_column *column = &frame->arguments[0];
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row) || (skip && !vonk_column_row_valid(column, row))) continue;
    vonk_value_list_add(frame->task, states ? states[row] : one, column, 1, row, tag + row);
  }
}

static STATUS list_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  list_rows(frame, states, NULL, tag);
  return VONK_OK;
}

static STATUS list_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  list_rows(frame, NULL, state, tag);
  return VONK_OK;
}

static STATUS list_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  (void)frame;
  for (uint32_t i = 0; i < count; i++) vonk_value_list_merge(from[i], into[i]);
  return VONK_OK;
}

static STATUS put_item(struct vonk_task *task, struct vonk_builder *items, const char *bytes) {
  return bytes ? vonk_value_bytes_read(task, items, &bytes) : vonk_builder_add_null(task, items);
}

static STATUS put_list(struct vonk_frame *frame, const struct vonk_value_list *list) {
  struct vonk_value_chunk **chunks;
  const struct vonk_type *type = frame->expr->type->element;
  uint32_t chunk_count = vonk_value_list_sorted(frame->task, list, &chunks);
  for (uint32_t c = 0; c < chunk_count; c++) {
    const char *at = chunks[c]->bytes;
    for (uint32_t i = 0; i < chunks[c]->count; i++) TRY(put_item(frame->task, &frame->builder->children[0], vonk_value_list_next(type, &at)));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}

static STATUS list_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) TRY(put_list(frame, states[i]));
  return VONK_OK;
}

static const struct vonk_aggregate_type list_type = {
    .state_size = list_size, .update = list_update, .update_one = list_update_one, .merge = list_merge, .finalize = list_finalize,
    .save = vonk_value_list_save, .load = vonk_value_list_load,
};

/* ---- sets ---- */

static uint32_t set_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct vonk_value_set);
}

static STATUS set_rows(struct vonk_frame *frame, void *const *states, void *one) {
  bool skip = EXPR_AS(frame->expr, aggregate)->ignore_nulls;
  const struct vonk_column *column = &frame->arguments[0];
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row) || (skip && !vonk_column_row_valid(column, row))) continue;
    TRY(vonk_value_set_add_row(frame, states ? states[row] : one, column, row, 1));
  }
  return VONK_OK;
}

static STATUS set_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  return set_rows(frame, states, NULL);
}

static STATUS set_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  return set_rows(frame, NULL, state);
}

static STATUS set_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_value_set *set = states[i];
    for (uint32_t k = 0; k < set->count; k++) TRY(put_item(frame->task, &frame->builder->children[0], vonk_value_set_at(set, k, NULL)));
    TRY(vonk_builder_end_list(frame->task, frame->builder));
  }
  return VONK_OK;
}

static const struct vonk_aggregate_type set_type = {
    .state_size = set_size, .update = set_update, .update_one = set_update_one, .merge = vonk_value_set_merge_states, .finalize = set_finalize,
    .save = vonk_value_set_save, .load = vonk_value_set_load,
};

/* ---- frequent values ---- */

/* Spark counts each partition for itself and then puts these together, which gives other candidates than all rows in a row. */
struct frequent {
  struct vonk_value_set all, partition;
  uint32_t number;                 /* of the partition that is counted */
};

static uint32_t frequent_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct frequent);
}

static uint32_t candidate_limit(const struct vonk_frame *frame) { return *(const uint32_t *)EXPR_AS(frame->expr, aggregate)->data; }

/* The partition has ended. */
static STATUS end_partition(struct vonk_frame *frame, struct frequent *state, uint32_t limit) {
  TRY(vonk_value_set_merge_candidates(frame, &state->partition, &state->all, limit));
  state->partition = (struct vonk_value_set){0};
  return VONK_OK;
}

static STATUS frequent_rows(struct vonk_frame *frame, void *const *states, void *one) {
  uint32_t limit = candidate_limit(frame), partition = frame->batch ? frame->batch->partition : 0;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    struct frequent *state = states ? states[row] : one;
    if (!vonk_bits_get(frame->live, row)) continue;
    if (state->number != partition) TRY(end_partition(frame, state, limit));
    state->number = partition;
    TRY(vonk_value_set_add_candidate(frame, &state->partition, &frame->arguments[0], row, limit));
  }
  return VONK_OK;
}

static STATUS frequent_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  (void)tag;
  return frequent_rows(frame, states, NULL);
}

static STATUS frequent_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  (void)tag;
  return frequent_rows(frame, NULL, state);
}

static STATUS frequent_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  uint32_t limit = candidate_limit(frame);
  for (uint32_t i = 0; i < count; i++) {
    struct frequent *a = from[i], *b = into[i];
    TRY(end_partition(frame, a, limit));
    TRY(end_partition(frame, b, limit));
    TRY(vonk_value_set_merge_candidates(frame, &a->all, &b->all, limit));
  }
  return VONK_OK;
}

static STATUS frequent_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    struct frequent *state = states[i];
    TRY(end_partition(frame, state, candidate_limit(frame)));
    void *all = &state->all;
    TRY(set_finalize(frame, &all, 1));
  }
  return VONK_OK;
}

static STATUS frequent_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  struct frequent *ended = (struct frequent *)(uintptr_t)state; /* which is gone afterwards */
  TRY(end_partition(frame, ended, candidate_limit(frame)));
  return vonk_value_set_save(frame, &ended->all, bytes);
}

static STATUS frequent_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  struct frequent *loaded = state;
  *loaded = (struct frequent){0};
  return vonk_value_set_load(frame, bytes, &loaded->all);
}

static const struct vonk_aggregate_type frequent_type = {
    .state_size = frequent_size, .update = frequent_update, .update_one = frequent_update_one, .merge = frequent_merge, .finalize = frequent_finalize,
    .save = frequent_save, .load = frequent_load,
};

/* ---- binding ---- */

static STATUS bind_frequent(struct vonk_bind_call *call) {
  const struct vonk_expr *values = call->arguments.items[0];
  uint32_t *limit = ARENA_NEW(call->task->arena, uint32_t);
  struct vonk_value size;
  TRY(vonk_bind_constant(call, 1, &size));
  ASSERT(!size.is_null && size.integer > 0 && size.integer <= UINT32_MAX);
  *limit = (uint32_t)size.integer;
  EXPR_AS(call->expr, aggregate)->data = limit;
  call->expr->type = vonk_type_array(call->task->arena, values->type, values->nullable);
  call->expr->nullable = false;
  return VONK_OK;
}

static STATUS bind_collect(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct vonk_expr_aggregate *aggregate = EXPR_AS(call->expr, aggregate);
  aggregate->ignore_nulls = !aggregate->respect_nulls;
  call->expr->type = vonk_type_array(call->task->arena, type, aggregate->respect_nulls);
  call->expr->nullable = false;
  return VONK_OK;
}

static bool has_map(const struct vonk_type *type) {
  bool found = type->id == VONK_TYPE_MAP;
  for (uint32_t i = 0; i < vonk_type_child_count(type) && !found; i++) found = has_map(vonk_type_child(type, i));
  return found;
}

static STATUS bind_collect_set(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[0]->type;
  if (!has_map(type)) return bind_collect(call);
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__UNSUPPORTED_INPUT_TYPE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "functionName", STR("`collect_set`"), "dataType", STR("\"MAP\" or \"COLLATED STRING\""), NULL);
}

#define COLLECT(row_name, row_shown, row_type, row_bind, ...)                                                                             \
  {.name = row_name, .shown = row_shown, .kind = VONK_AGGREGATE, .signature = "(any) -> bind", .nulls = VONK_NULLS_CUSTOM,                \
   .flags = VONK_FN_ORDERED | VONK_FN_IGNORES_NULLS, .aggregate = &row_type, .bind = row_bind, .group = "agg_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_collect[] = {
    COLLECT("collect_list", NULL, list_type, bind_collect, .doc = "An array of a group's values that are not null.",
            .example = "SELECT collect_list(v) FROM VALUES (1), (2), (NULL), (1) AS t(v)"),
    COLLECT("array_agg", "collect_list", list_type, bind_collect, .doc = "An array of a group's values that are not null.",
            .example = "SELECT array_agg(v) FROM VALUES (1), (2), (NULL), (1) AS t(v)"),
    COLLECT("collect_set", NULL, set_type, bind_collect_set, .doc = "An array of a group's values, each once.",
            .example = "SELECT sort_array(collect_set(v)) FROM VALUES (1), (2), (NULL), (1) AS t(v)"),
    {.name = "collect_frequent_items", .kind = VONK_AGGREGATE, .signature = "(any, int) -> bind", .nulls = VONK_NULLS_CUSTOM,
     .flags = VONK_FN_INTERNAL | VONK_FN_PARTITION | VONK_FN_ORDERED, .aggregate = &frequent_type, .bind = bind_frequent, .group = "agg_funcs"},
    {0},
};
