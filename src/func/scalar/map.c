/* map.c: keys and values of maps, maps from arrays, entries and texts, and put together. */
#include "func/bind_call.h"
#include "func/lists.h"
#include "func/map_entries.h"
#include "func/rows.h"
#include "type/text.h"

static STATUS add(struct vonk_frame *frame, struct vonk_builder *to, const struct vonk_column *from, uint32_t row) {
  return vonk_builder_add_row(frame->task, to, from, row);
}

/* --- parts --- */

__attribute__((always_inline)) static inline STATUS side_row(struct vonk_frame *frame, uint32_t row, uint32_t side) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    TRY(add(frame, &frame->builder->children[0], &frame->arguments[0].children[side], i));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS keys_row(struct vonk_frame *frame, uint32_t row) { return side_row(frame, row, 0); }
static STATUS values_row(struct vonk_frame *frame, uint32_t row) { return side_row(frame, row, 1); }
static STATUS map_keys(struct vonk_frame *frame) { return vonk_rows_build(frame, keys_row); }
static STATUS map_values(struct vonk_frame *frame) { return vonk_rows_build(frame, values_row); }

static STATUS entries_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  struct vonk_builder *structs = &frame->builder->children[0];
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    for (uint32_t side = 0; side < 2; side++) TRY(add(frame, &structs->children[side], &frame->arguments[0].children[side], i));
    TRY(vonk_builder_end_struct(frame->task, structs));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS map_entries(struct vonk_frame *frame) { return vonk_rows_build(frame, entries_row); }

static STATUS contains_key_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  bool found = false;
  for (uint32_t i = list.offset; i < list.offset + list.length && !found; i++) {
    found = vonk_compare_rows(&frame->arguments[0].children[0], i, &frame->arguments[1], row) == 0;
  }
  vonk_row_put_bool(frame, row, found);
  return VONK_OK;
}
static STATUS map_contains_key(struct vonk_frame *frame) { return vonk_rows_each(frame, contains_key_row); }

/* --- making --- */

static STATUS add_entries(struct vonk_frame *frame, struct vonk_map_entry *entries, uint32_t count) {
  TRY(vonk_map_add_entries(frame, frame->state, entries, count));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}

static STATUS from_arrays_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list keys = vonk_list_at(&frame->arguments[0], row), values = vonk_list_at(&frame->arguments[1], row);
  if (keys.length != values.length) {
    return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__LENGTHS, frame->expr->node.origin, "functionName", STR("`map_from_arrays`"), NULL);
  }
  struct vonk_map_entry *pairs = ARENA_ARRAY(frame->state, struct vonk_map_entry, keys.length);
  for (uint32_t i = 0; i < keys.length; i++) {
    pairs[i] = (struct vonk_map_entry){&frame->arguments[0].children[0], &frame->arguments[1].children[0], keys.offset + i, values.offset + i};
  }
  return add_entries(frame, pairs, keys.length);
}
static STATUS map_from_arrays(struct vonk_frame *frame) { return vonk_rows_build(frame, from_arrays_row); }

static STATUS from_entries_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  const struct vonk_column *structs = &frame->arguments[0].children[0];
  struct vonk_map_entry *pairs = ARENA_ARRAY(frame->state, struct vonk_map_entry, list.length);
  for (uint32_t i = 0; i < list.length; i++) {
    if (!vonk_column_row_valid(structs, list.offset + i)) return vonk_row_add_null(frame);
    uint32_t at = vonk_column_index(structs, list.offset + i);
    pairs[i] = (struct vonk_map_entry){&structs->children[0], &structs->children[1], at, at};
  }
  return add_entries(frame, pairs, list.length);
}
static STATUS map_from_entries(struct vonk_frame *frame) { return vonk_rows_build(frame, from_entries_row); }

static STATUS concat_row(struct vonk_frame *frame, uint32_t row) {
  uint32_t count = 0, at = 0;
  for (uint32_t a = 0; a < frame->argument_count; a++) count += vonk_list_at(&frame->arguments[a], row).length;
  struct vonk_map_entry *pairs = ARENA_ARRAY(frame->state, struct vonk_map_entry, count);
  for (uint32_t a = 0; a < frame->argument_count; a++) {
    struct vonk_list list = vonk_list_at(&frame->arguments[a], row);
    const struct vonk_column *c = &frame->arguments[a];
    for (uint32_t i = list.offset; i < list.offset + list.length; i++) pairs[at++] = (struct vonk_map_entry){&c->children[0], &c->children[1], i, i};
  }
  return add_entries(frame, pairs, count);
}
static STATUS map_concat(struct vonk_frame *frame) { return vonk_rows_build(frame, concat_row); }

/* --- binding --- */

/* Spark says of both arrays that they may have nulls. */
static STATUS bind_keys(struct vonk_bind_call *call) {
  call->expr->type = vonk_type_array(call->task->arena, call->arguments.items[0]->type->key, true);
  return VONK_OK;
}
static STATUS bind_values(struct vonk_bind_call *call) {
  call->expr->type = vonk_type_array(call->task->arena, call->arguments.items[0]->type->element, true);
  return VONK_OK;
}
static STATUS bind_entries(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  struct vonk_type_field fields[2] = {{.name = STR("key"), .type = type->key}, {.name = STR("value"), .type = type->element, .nullable = type->contains_null}};
  call->expr->type = vonk_type_array(call->task->arena, vonk_type_struct(call->task->arena, fields, 2), false);
  return VONK_OK;
}
static STATUS bind_from_arrays(struct vonk_bind_call *call) {
  const struct vonk_type *keys = call->arguments.items[0]->type, *values = call->arguments.items[1]->type;
  call->expr->type = vonk_type_map(call->task->arena, keys->element, values->element, values->contains_null);
  call->expr->raises = true;
  return VONK_OK;
}
static STATUS bind_from_entries(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type, *entry = type->element;
  if (entry->id != VONK_TYPE_STRUCT || entry->field_count != 2) return vonk_bind_unexpected(call, 0, "\"ARRAY\" of pair \"STRUCT\"");
  call->expr->type = vonk_type_map(call->task->arena, entry->fields[0].type, entry->fields[1].type, entry->fields[1].nullable);
  call->expr->nullable = call->arguments.items[0]->nullable || type->contains_null;
  call->expr->raises = true;
  return VONK_OK;
}
static STATUS bind_concat(struct vonk_bind_call *call) {
  bool contains_null = false;
  const struct vonk_type *type = call->arguments.count ? call->arguments.items[0]->type : vonk_type_map(call->task->arena, &vonk_type_string, &vonk_type_string, false);
  for (uint32_t i = 0; i < call->arguments.count; i++) contains_null |= call->arguments.items[i]->type->contains_null;
  call->expr->type = vonk_type_map(call->task->arena, type->key, type->element, contains_null);
  call->expr->raises = true;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, row_bind, ...)                                                            \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .bind = row_bind,          \
   .open = vonk_rows_open_arena, .close = vonk_rows_close_arena, .group = "map_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_map[] = {
    ROW("map_keys", "(map<K,V>) -> bind", map_keys, bind_keys, .doc = "The keys as an array.", .example = "SELECT map_keys(map('a', 1, 'b', 2))"),
    ROW("map_values", "(map<K,V>) -> bind", map_values, bind_values, .doc = "The values as an array.",
        .example = "SELECT map_values(map('a', 1, 'b', 2))"),
    ROW("map_entries", "(map<K,V>) -> bind", map_entries, bind_entries, .doc = "The pairs as an array of structs.",
        .example = "SELECT map_entries(map('a', 1, 'b', 2))"),
    ROW("map_contains_key", "(map<K,V>, K) -> boolean", map_contains_key, NULL, .flags = VONK_FN_MAY_NULL, .doc = "Has the map the key?",
        .example = "SELECT map_contains_key(map('a', 1), 'b')"),
    ROW("map_from_arrays", "(array<K>, array<V>) -> bind", map_from_arrays, bind_from_arrays, .doc = "A map of an array of keys and one of values.",
        .example = "SELECT map_from_arrays(array('a', 'b'), array(1, 2))"),
    ROW("map_from_entries", "(array<T>) -> bind", map_from_entries, bind_from_entries, .doc = "A map of an array of pairs.",
        .example = "SELECT map_from_entries(array(struct('a', 1), struct('b', 2)))"),
    ROW("map_concat", "(map<K,V>*) -> bind", map_concat, bind_concat, .doc = "The pairs of all maps in one.",
        .example = "SELECT map_concat(map('a', 1), map('b', 2))"),
    {0},
};
