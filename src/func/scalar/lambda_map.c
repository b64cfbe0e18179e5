/* lambda_map.c: map_filter, transform_keys, transform_values, map_zip_with: bodies run over the entries of all rows at once. */
#include "func/bind_call.h"
#include "func/coercion.h"
#include "func/lambda_call.h"
#include "func/lists.h"
#include "func/map_entries.h"
#include "func/rows.h"
#include "kernel/gather.h"

struct map_state {
  struct vonk_arena *arena, *row_arena;
  struct vonk_lambda lambda;
  struct vonk_builder keys;            /* map_zip_with: the keys of both maps */
  bool has_keys;
};

static STATUS open_at(struct vonk_task *task, const struct vonk_expr *expr, uint32_t index, void **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct map_state *state = ARENA_NEW(arena, struct map_state);
  state->arena = arena;
  state->row_arena = vonk_arena_create(task->budget);
  *out = state;
  return vonk_lambda_open(task, expr, index, &state->lambda);
}
static STATUS open_entries(struct vonk_task *task, const struct vonk_expr *expr, void **out) { return open_at(task, expr, 1, out); }
static STATUS open_zip(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  TRY(open_at(task, expr, 2, out));
  struct map_state *state = *out;
  state->has_keys = true;
  return vonk_builder_init(task, &state->keys, expr->type->key);
}

static void close_map(void *object) {
  struct map_state *state = object;
  vonk_lambda_close(&state->lambda);
  if (state->has_keys) vonk_builder_deinit(&state->keys);
  vonk_arena_destroy(state->row_arena);
  vonk_arena_destroy(state->arena);
}

/* The body for each entry of the first argument. */
static STATUS eval_entries(struct vonk_frame *frame, struct vonk_lambda_elements *elements, struct vonk_column *body) {
  struct map_state *state = frame->state;
  uint64_t count = 0;
  for (uint32_t row = 0; row < frame->row_count; row++) count += vonk_lambda_list(frame, row).length;
  TRY(vonk_lambda_elements_init(frame, 2, count, elements));
  for (uint32_t side = 0; side < 2; side++) elements->columns[side] = &frame->arguments[0].children[side];
  for (uint32_t row = 0; row < frame->row_count; row++) {
    struct vonk_list list = vonk_lambda_list(frame, row);
    for (uint32_t i = 0; i < list.length; i++) {
      elements->rows[elements->count] = row;
      elements->places[0][elements->count] = elements->places[1][elements->count] = list.offset + i;
      elements->count++;
    }
  }
  return vonk_lambda_eval_all(frame, &state->lambda, elements, body);
}

static STATUS add(struct vonk_frame *frame, uint32_t side, const struct vonk_column *column, uint32_t row) {
  return vonk_builder_add_row(frame->task, &frame->builder->children[side], column, row);
}

static STATUS map_filter(struct vonk_frame *frame) {
  struct vonk_lambda_elements elements;
  struct vonk_column body;
  uint32_t at = 0;
  TRY(eval_entries(frame, &elements, &body));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    for (uint32_t stop = at + vonk_lambda_list(frame, row).length; at < stop; at++) {
      if (!vonk_lambda_true(&body, at)) continue;
      for (uint32_t side = 0; side < 2; side++) TRY(add(frame, side, elements.columns[side], elements.places[side][at]));
    }
    TRY(vonk_lambda_end_row(frame, row));
  }
  return VONK_OK;
}

static STATUS transform_values(struct vonk_frame *frame) {
  struct vonk_lambda_elements elements;
  struct vonk_column body;
  uint32_t at = 0;
  TRY(eval_entries(frame, &elements, &body));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    for (uint32_t stop = at + vonk_lambda_list(frame, row).length; at < stop; at++) {
      TRY(add(frame, 0, elements.columns[0], elements.places[0][at]));
      TRY(add(frame, 1, &body, at));
    }
    TRY(vonk_lambda_end_row(frame, row));
  }
  return VONK_OK;
}

static STATUS transform_keys(struct vonk_frame *frame) {
  struct map_state *state = frame->state;
  struct vonk_lambda_elements elements;
  struct vonk_column body;
  uint32_t at = 0;
  TRY(eval_entries(frame, &elements, &body));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    uint32_t length = vonk_lambda_list(frame, row).length;
    if (!vonk_lambda_row(frame, 0, row)) {
      TRY(vonk_row_add_null(frame));
      continue;
    }
    struct vonk_map_entry *entries = ARENA_ARRAY(state->row_arena, struct vonk_map_entry, length);
    for (uint32_t i = 0; i < length; i++, at++) entries[i] = (struct vonk_map_entry){&body, elements.columns[1], at, elements.places[1][at]};
    TRY(vonk_map_add_entries(frame, state->row_arena, entries, length));
    vonk_arena_reset(state->row_arena);
  }
  return VONK_OK;
}

/* --- two maps --- */

static uint32_t find_key(const struct vonk_column *keys, struct vonk_list list, const struct vonk_column *wanted, uint32_t wanted_row) {
  for (uint32_t i = 0; i < list.length; i++) {
    if (vonk_compare_rows(keys, list.offset + i, wanted, wanted_row) == 0) return list.offset + i;
  }
  return VONK_GATHER_NULL;
}

static STATUS add_zipped(struct vonk_frame *frame, struct vonk_lambda_elements *elements, uint32_t row, uint32_t side, uint32_t place,
                         uint32_t left, uint32_t right) {
  struct map_state *state = frame->state;
  TRY(vonk_builder_add_row(frame->task, &state->keys, &frame->arguments[side].children[0], place));
  elements->places[0][elements->count] = elements->count;
  elements->places[1][elements->count] = left;
  elements->places[2][elements->count] = right;
  elements->rows[elements->count++] = row;
  return VONK_OK;
}

static bool both_at(const struct vonk_frame *frame, uint32_t row) { return vonk_lambda_row(frame, 0, row) && vonk_lambda_row(frame, 1, row); }

/* The keys of the first map, then those that only the second has. COUNTS[row]: how many. */
static STATUS zip_keys(struct vonk_frame *frame, struct vonk_lambda_elements *elements, uint32_t *counts) {
  const struct vonk_column *maps = frame->arguments;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    uint32_t before = elements->count;
    counts[row] = 0;
    if (!both_at(frame, row)) continue;
    struct vonk_list a = vonk_list_at(&maps[0], row), b = vonk_list_at(&maps[1], row);
    for (uint32_t i = a.offset; i < a.offset + a.length; i++) {
      TRY(add_zipped(frame, elements, row, 0, i, i, find_key(&maps[1].children[0], b, &maps[0].children[0], i)));
    }
    for (uint32_t i = b.offset; i < b.offset + b.length; i++) {
      if (find_key(&maps[0].children[0], a, &maps[1].children[0], i) != VONK_GATHER_NULL) continue;
      TRY(add_zipped(frame, elements, row, 1, i, VONK_GATHER_NULL, i));
    }
    counts[row] = elements->count - before;
  }
  return VONK_OK;
}

static STATUS map_zip_with(struct vonk_frame *frame) {
  struct map_state *state = frame->state;
  struct vonk_lambda_elements elements;
  struct vonk_column keys, body, nothing[2];
  uint64_t count = 0;
  uint32_t at = 0;
  void *counts;
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (both_at(frame, row)) count += (uint64_t)vonk_list_at(&frame->arguments[0], row).length + vonk_list_at(&frame->arguments[1], row).length;
  }
  TRY(vonk_scratch_take(frame->task, frame->scratch, sizeof(uint32_t) * frame->row_count, &counts));
  TRY(vonk_lambda_elements_init(frame, 3, count, &elements));
  vonk_builder_reset(&state->keys);
  TRY(zip_keys(frame, &elements, counts));
  TRY(vonk_builder_finish(frame->task, &state->keys, &keys));
  elements.columns[0] = &keys;
  for (uint32_t side = 0; side < 2; side++) {
    const struct vonk_column *map = &frame->arguments[side];
    struct vonk_value null = vonk_value_null(map->type->element);
    nothing[side] = vonk_column_const(frame->task->arena, &null);
    elements.columns[side + 1] = map->child_count ? &map->children[1] : &nothing[side];
  }
  TRY(vonk_lambda_eval_all(frame, &state->lambda, &elements, &body));
  for (uint32_t row = 0; row < frame->row_count; row++) {
    for (uint32_t stop = at + ((uint32_t *)counts)[row]; at < stop; at++) {
      TRY(add(frame, 0, &keys, at));
      TRY(add(frame, 1, &body, at));
    }
    TRY(both_at(frame, row) ? vonk_builder_end_list(frame->task, frame->builder) : vonk_row_add_null(frame));
  }
  return VONK_OK;
}

/* --- binding --- */

static const struct vonk_expr *body_of(const struct vonk_bind_call *call, uint32_t index) {
  return EXPR_AS(call->arguments.items[index], lambda)->body;
}

static STATUS bind_filter(struct vonk_bind_call *call) {
  const struct vonk_type *type = body_of(call, 1)->type;
  if (type->id != VONK_TYPE_BOOLEAN && type->id != VONK_TYPE_VOID) return vonk_bind_unexpected(call, 1, "\"BOOLEAN\"");
  call->expr->type = call->arguments.items[0]->type;
  call->expr->nullable = call->arguments.items[0]->nullable;
  return VONK_OK;
}

static STATUS bind_keys(struct vonk_bind_call *call) {
  const struct vonk_type *map = call->arguments.items[0]->type;
  call->expr->type = vonk_type_map(call->task->arena, body_of(call, 1)->type, map->element, map->contains_null);
  call->expr->nullable = call->arguments.items[0]->nullable;
  call->expr->raises = true;
  return VONK_OK;
}

static STATUS bind_values(struct vonk_bind_call *call) {
  const struct vonk_expr *body = body_of(call, 1);
  call->expr->type = vonk_type_map(call->task->arena, call->arguments.items[0]->type->key, body->type, body->nullable);
  call->expr->nullable = call->arguments.items[0]->nullable;
  return VONK_OK;
}

static STATUS bind_zip(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type *left = call->arguments.items[0]->type, *right = call->arguments.items[1]->type;
  bool mixed = vonk_type_is_string(left->key) != vonk_type_is_string(right->key);
  const struct vonk_type *key = mixed ? NULL : vonk_coercion_wider(arena, left->key, right->key, call->ansi);
  if (!key) {
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__MAP_ZIP_WITH_DIFF_TYPES, call->expr->node.origin, "sqlExpr",
                      vonk_bind_quote_expr(arena, call->expr), "functionName", STR("`map_zip_with`"), "leftType",
                      vonk_bind_quote_type(arena, left->key), "rightType", vonk_bind_quote_type(arena, right->key), NULL);
  }
  const struct vonk_expr *body = body_of(call, 2);
  TRY(vonk_bind_coerce(call, 0, vonk_type_map(arena, key, left->element, left->contains_null)));
  TRY(vonk_bind_coerce(call, 1, vonk_type_map(arena, key, right->element, right->contains_null)));
  call->expr->type = vonk_type_map(arena, key, body->type, body->nullable);
  call->expr->nullable = call->arguments.items[0]->nullable || call->arguments.items[1]->nullable;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, row_open, row_bind, ...)                                                  \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_CUSTOM, .eval = row_eval, .open = row_open,         \
   .close = close_map, .bind = row_bind, .group = "lambda_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_lambda_map[] = {
    ROW("map_filter", "(map<K,V>, lambda2) -> bind", map_filter, open_entries, bind_filter, .doc = "The entries for which a lambda is true.",
        .example = "SELECT map_filter(map(1, 0, 2, 2, 3, -1), (k, v) -> k > v)"),
    ROW("transform_keys", "(map<K,V>, lambda2) -> bind", transform_keys, open_entries, bind_keys,
        .doc = "The map with the keys that a lambda makes of its entries.", .example = "SELECT transform_keys(map('a', 1, 'b', 2), (k, v) -> upper(k))"),
    ROW("transform_values", "(map<K,V>, lambda2) -> bind", transform_values, open_entries, bind_values,
        .doc = "The map with the values that a lambda makes of its entries.",
        .example = "SELECT transform_values(map('a', 1, 'b', 2), (k, v) -> v * 10)"),
    ROW("map_zip_with", "(map<K,V>, map<L,W>, lambda3) -> bind", map_zip_with, open_zip, bind_zip,
        .doc = "The keys of two maps with what a lambda makes of a key and both values, null where a map has none.",
        .example = "SELECT map_zip_with(map(1, 'a', 2, 'b'), map(1, 'x', 3, 'y'), (k, v1, v2) -> concat_ws('/', k, v1, v2))"),
    {0},
};
