/* first.c: first, last, any_value: the value of the row with the lowest or highest order tag. */
#include "func/aggregate_rows.h"
#include "func/lookup.h"
#include "func/bind_call.h"
#include "func/kept_value.h"

struct first_state {
  struct vonk_kept value;
  uint64_t tag;
};

static uint32_t first_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct first_state);
}

static bool wants_last(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate)->function->name[0] == 'l'; }

static void offer(struct vonk_frame *frame, struct first_state *state, uint32_t row, uint64_t tag, bool last) {
  if (state->value.set && (last ? tag < state->tag : tag >= state->tag)) return;
  state->tag = tag;
  vonk_kept_put(frame->task, &state->value, &frame->arguments[0], row);
}

static void offer_rows(struct vonk_frame *frame, void *const *states, void *one, uint64_t tag) {
  bool last = wants_last(frame), skip = EXPR_AS(frame->expr, aggregate)->ignore_nulls;
  uint32_t count = frame->row_count;
  for (size_t row = vonk_bits_next(frame->live, count, 0); row < count; row = vonk_bits_next(frame->live, count, row + 1)) {
    if (skip && !vonk_column_row_valid(&frame->arguments[0], (uint32_t)row)) continue;
    offer(frame, states ? states[row] : one, (uint32_t)row, tag + row, last);
  }
}

static STATUS first_update(struct vonk_frame *frame, void *const *states, uint64_t tag) {
  offer_rows(frame, states, NULL, tag);
  return VONK_OK;
}

static STATUS first_update_one(struct vonk_frame *frame, void *state, uint64_t tag) {
  const struct first_state *s = state;
  if (s->value.set && s->tag <= tag && !wants_last(frame)) return VONK_OK;
  offer_rows(frame, NULL, state, tag);
  return VONK_OK;
}

static STATUS first_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  bool last = wants_last(frame);
  for (uint32_t i = 0; i < count; i++) {
    const struct first_state *a = from[i];
    struct first_state *b = into[i];
    if (a->value.set && (!b->value.set || (last ? a->tag >= b->tag : a->tag < b->tag))) *b = *a;
  }
  return VONK_OK;
}

static STATUS first_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) TRY(vonk_kept_result(frame, i, &((const struct first_state *)states[i])->value));
  return VONK_OK;
}

static STATUS first_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  const struct first_state *s = state;
  size_t size = 8 + vonk_kept_saved_size(&s->value);
  char *to;
  TRY(vonk_builder_reserve_bytes(frame->task, bytes, size, &to));
  memcpy(to, &s->tag, 8);
  vonk_kept_save(&s->value, to + 8);
  return vonk_builder_commit_bytes(frame->task, bytes, size);
}

static STATUS first_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  struct first_state *s = state;
  memcpy(&s->tag, bytes.data, 8);
  vonk_kept_load(frame->task, bytes.data + 8, &s->value);
  return VONK_OK;
}

static const struct vonk_aggregate_type first_type = {
    .state_size = first_size, .update = first_update, .update_one = first_update_one, .merge = first_merge,
    .finalize = first_finalize, .save = first_save, .load = first_load,
};

/* The second argument is IGNORE NULLS in other words. */
static STATUS bind_first(struct vonk_bind_call *call) {
  struct vonk_expr_aggregate *aggregate = EXPR_AS(call->expr, aggregate);
  const char *name = aggregate->function->name;
  call->expr->nullable = true;
  call->expr->type = call->arguments.items[0]->type;
  /* Where IGNORE NULLS is said in words, Spark shows the short names. */
  if (aggregate->ignore_nulls && strcmp(name, "first_value") == 0) aggregate->function = vonk_function_lookup(STR("first"));
  if (aggregate->ignore_nulls && strcmp(name, "last_value") == 0) aggregate->function = vonk_function_lookup(STR("last"));
  if (call->arguments.count < 2) return VONK_OK;
  const struct vonk_expr_literal *literal = EXPR_AS(call->arguments.items[1], literal);
  if (!literal || literal->value.is_null || literal->value.type->id != VONK_TYPE_BOOLEAN) {
    return vonk_raise(call->task, VONK__LEGACY_ERROR_TEMP_1210, call->expr->node.origin, "funcName",
                      vonk_str_of(aggregate->function->name), NULL);
  }
  aggregate->ignore_nulls = literal->value.integer;
  call->arguments.count = 1;
  return VONK_OK;
}

#define FIRST(row_name, row_shown, ...)                                                                                                    \
  {.name = row_name, .shown = row_shown, .kind = VONK_AGGREGATE, .signature = "(any, [any]) -> bind", .nulls = VONK_NULLS_CUSTOM,          \
   .flags = VONK_FN_ORDERED | VONK_FN_IGNORES_NULLS, .aggregate = &first_type, .bind = bind_first, .group = "agg_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_first[] = {
    FIRST("first", NULL, .doc = "The first value of a group, or with true the first that is not null.",
          .example = "SELECT first(v), first(v, true) FROM VALUES (NULL), (5), (20) AS t(v)"),
    FIRST("first_value", NULL, .doc = "The first value of a group, or with true the first that is not null.",
          .example = "SELECT first_value(v), first_value(v, true) FROM VALUES (NULL), (5), (20) AS t(v)"),
    FIRST("last", NULL, .doc = "The last value of a group, or with true the last that is not null.",
          .example = "SELECT last(v), last(v, true) FROM VALUES (10), (5), (NULL) AS t(v)"),
    FIRST("last_value", NULL, .doc = "The last value of a group, or with true the last that is not null.",
          .example = "SELECT last_value(v), last_value(v, true) FROM VALUES (10), (5), (NULL) AS t(v)"),
    FIRST("any_value", NULL, .doc = "Some value of a group, or with true one that is not null.",
          .example = "SELECT any_value(v), any_value(v, true) FROM VALUES (NULL), (5), (20) AS t(v)"),
    {0},
};
