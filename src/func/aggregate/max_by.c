/* max_by.c: max_by and min_by: the value of the row with the largest or smallest key; of equal keys the last row's. */
#include "func/aggregate_rows.h"
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/kept_value.h"
#include "func/top_by.h"

struct by_state {
  struct vonk_kept key, value;
  uint64_t tag;
};

static uint32_t by_size(const struct vonk_expr_aggregate *call) {
  (void)call;
  return sizeof(struct by_state);
}

static bool wants_largest(const struct vonk_frame *frame) { return EXPR_AS(frame->expr, aggregate)->function->name[1] == 'a'; }

/* ORDER is that of the new key and the kept one. */
static bool replaces(int order, bool largest, uint64_t tag, uint64_t old_tag) {
  if (order == 0) return tag >= old_tag;
  return largest ? order > 0 : order < 0;
}

static STATUS offer_rows(struct vonk_frame *frame, void *const *states, void *one, uint64_t tag) {
  const struct vonk_column *value = &frame->arguments[0], *key = &frame->arguments[1];
  bool largest = wants_largest(frame);
  uint32_t count = frame->row_count;
  for (uint32_t row = 0; row < count; row++) {
    if (!vonk_bits_get(frame->live, row) || !vonk_column_row_valid(key, row)) continue;
    struct by_state *s = states ? states[row] : one;
    if (s->key.set) {
      int order;
      TRY(vonk_kept_compare_row(frame, &s->key, key, row, &order));
      if (!replaces(order, largest, tag + row, s->tag)) continue;
    }
    vonk_kept_put(frame->task, &s->key, key, row);
    vonk_kept_put(frame->task, &s->value, value, row);
    s->tag = tag + row;
  }
  return VONK_OK;
}

static STATUS by_update(struct vonk_frame *frame, void *const *states, uint64_t tag) { return offer_rows(frame, states, NULL, tag); }
static STATUS by_update_one(struct vonk_frame *frame, void *state, uint64_t tag) { return offer_rows(frame, NULL, state, tag); }

static STATUS by_merge(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  const struct vonk_type *type = EXPR_AS(frame->expr, aggregate)->arguments.items[1]->type;
  bool largest = wants_largest(frame);
  for (uint32_t i = 0; i < count; i++) {
    const struct by_state *a = from[i];
    struct by_state *b = into[i];
    if (!a->key.set) continue;
    if (!b->key.set || replaces(vonk_kept_compare(type, &a->key, &b->key), largest, a->tag, b->tag)) *b = *a;
  }
  return VONK_OK;
}

static STATUS by_finalize(struct vonk_frame *frame, void *const *states, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) TRY(vonk_kept_result(frame, i, &((const struct by_state *)states[i])->value));
  return VONK_OK;
}

static STATUS by_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  const struct by_state *s = state;
  size_t size = 8 + vonk_kept_saved_size(&s->key) + vonk_kept_saved_size(&s->value);
  char *to;
  TRY(vonk_builder_reserve_bytes(frame->task, bytes, size, &to));
  memcpy(to, &s->tag, 8);
  vonk_kept_save(&s->value, vonk_kept_save(&s->key, to + 8));
  return vonk_builder_commit_bytes(frame->task, bytes, size);
}

static STATUS by_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  struct by_state *s = state;
  memcpy(&s->tag, bytes.data, 8);
  vonk_kept_load(frame->task, vonk_kept_load(frame->task, bytes.data + 8, &s->key), &s->value);
  return VONK_OK;
}

static const struct vonk_aggregate_type by_type = {
    .state_size = by_size, .update = by_update, .update_one = by_update_one, .merge = by_merge, .finalize = by_finalize,
    .save = by_save, .load = by_load,
};

static const struct vonk_function top_rows[] = {
    {.name = "max_by", .kind = VONK_AGGREGATE, .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_ORDERED, .aggregate = &vonk_top_by_type},
    {.name = "min_by", .kind = VONK_AGGREGATE, .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_ORDERED, .aggregate = &vonk_top_by_type},
};

/* With a third argument the values of so many rows are wanted, in an array. */
static STATUS bind_top(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  struct vonk_expr_aggregate *aggregate = EXPR_AS(call->expr, aggregate);
  struct vonk_top_by *top = ARENA_NEW(arena, struct vonk_top_by);
  struct vonk_value count;
  TRY(vonk_bind_coerce(call, 2, &vonk_type_int));
  TRY(vonk_bind_constant(call, 2, &count));
  if (count.is_null || count.integer < 1 || count.integer > VONK_TOP_BY_MAX) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__VALUE_OUT_OF_RANGE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                      "exprName", STR("`k`"), "valueRange", vonk_str_format(arena, "[1, %d]", VONK_TOP_BY_MAX), "currentValue",
                      vonk_value_sql(arena, &count), NULL);
  }
  top->count = (uint32_t)count.integer;
  aggregate->data = top;
  aggregate->function = &top_rows[aggregate->function->name[1] == 'i'];
  call->expr->type = vonk_type_array(arena, call->arguments.items[0]->type, true);
  return VONK_OK;
}

static STATUS bind_by(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *type = call->arguments.items[1]->type;
  call->expr->nullable = true;
  call->expr->type = call->arguments.items[0]->type;
  if (type->id == VONK_TYPE_VOID || vonk_type_is_orderable(type)) return call->arguments.count > 2 ? bind_top(call) : VONK_OK;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_ORDERING_TYPE, call->expr->node.origin, "sqlExpr", vonk_bind_quote_expr(arena, call->expr),
                    "functionName", vonk_str_format(arena, "`%s`", EXPR_AS(call->expr, aggregate)->function->name), "dataType",
                    vonk_bind_quote_type(arena, type), NULL);
}

const struct vonk_function vonk_functions_max_by[] = {
    {.name = "max_by", .kind = VONK_AGGREGATE, .signature = "(any, any, [any]) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_ORDERED,
     .aggregate = &by_type, .bind = bind_by, .group = "agg_funcs", .doc = "The first argument where the second is largest, or an array of so many of them.",
     .example = "SELECT max_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS t(x, y)"},
    {.name = "min_by", .kind = VONK_AGGREGATE, .signature = "(any, any, [any]) -> bind", .nulls = VONK_NULLS_CUSTOM, .flags = VONK_FN_ORDERED,
     .aggregate = &by_type, .bind = bind_by, .group = "agg_funcs", .doc = "The first argument where the second is smallest, or an array of so many of them.",
     .example = "SELECT min_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS t(x, y)"},
    {0},
};
