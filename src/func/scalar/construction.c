/* construction.c: makes arrays, maps and structs of their parts. */
#include "func/bind_call.h"
#include "func/coercion.h"
#include "func/constant.h"
#include "func/map_entries.h"
#include "func/rows.h"

static STATUS add(struct vonk_frame *frame, struct vonk_builder *to, uint32_t argument, uint32_t row) {
  return vonk_builder_add_row(frame->task, to, &frame->arguments[argument], row);
}

static STATUS array_row(struct vonk_frame *frame, uint32_t row) {
  for (uint32_t a = 0; a < frame->argument_count; a++) TRY(add(frame, &frame->builder->children[0], a, row));
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS array(struct vonk_frame *frame) { return vonk_rows_build(frame, array_row); }

static STATUS map_row(struct vonk_frame *frame, uint32_t row) {
  uint32_t count = frame->argument_count / 2;
  struct vonk_map_entry *entries = ARENA_ARRAY(frame->state, struct vonk_map_entry, count);
  for (uint32_t i = 0; i < count; i++) entries[i] = (struct vonk_map_entry){&frame->arguments[2 * i], &frame->arguments[2 * i + 1], row, row};
  TRY(vonk_map_add_entries(frame, frame->state, entries, count));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS map(struct vonk_frame *frame) { return vonk_rows_build(frame, map_row); }

static STATUS named_struct_row(struct vonk_frame *frame, uint32_t row) {
  for (uint32_t a = 1; a < frame->argument_count; a += 2) TRY(add(frame, &frame->builder->children[a / 2], a, row));
  return vonk_builder_end_struct(frame->task, frame->builder);
}
static STATUS named_struct(struct vonk_frame *frame) { return vonk_rows_build(frame, named_struct_row); }

/* --- binding --- */

/* Arguments FIRST, FIRST + STEP, ... get their common type; ANY_NULL tells whether one may be null. */
static STATUS unify(struct vonk_bind_call *call, uint32_t first, uint32_t step, const struct vonk_type **out, bool *any_null) {
  struct vonk_arena *arena = call->task->arena;
  const struct vonk_type **types = ARENA_ARRAY(arena, const struct vonk_type *, call->arguments.count);
  uint32_t count = 0;
  *any_null = false;
  for (uint32_t i = first; i < call->arguments.count; i += step) {
    types[count++] = call->arguments.items[i]->type;
    *any_null |= call->arguments.items[i]->nullable;
  }
  *out = count ? vonk_coercion_wider_all(arena, types, count, call->ansi) : &vonk_type_void;
  for (uint32_t i = first; *out && i < call->arguments.count; i += step) TRY(vonk_bind_coerce(call, i, *out));
  if (*out) return VONK_OK;
  return vonk_bind_diff_types(call, types, count, true);
}

static STATUS bind_array(struct vonk_bind_call *call) {
  const struct vonk_type *element;
  bool any_null;
  TRY(unify(call, 0, 1, &element, &any_null));
  call->expr->type = vonk_type_array(call->task->arena, element, any_null);
  return VONK_OK;
}

static STATUS bind_map(struct vonk_bind_call *call) {
  const struct vonk_type *key, *value;
  bool null_key_possible, null_value;
  uint32_t count = call->arguments.count;
  if (count % 2) {
    return vonk_raise(call->task, VONK_WRONG_NUM_ARGS__WITHOUT_SUGGESTION, call->expr->node.origin, "functionName", STR("`map`"), "expectedNum",
                      STR("2n (n > 0)"), "actualNum", vonk_str_format(call->task->arena, "%u", count), "docroot",
                      STR("https://spark.apache.org/docs/latest"), NULL);
  }
  TRY(unify(call, 0, 2, &key, &null_key_possible));
  TRY(unify(call, 1, 2, &value, &null_value));
  call->expr->type = vonk_type_map(call->task->arena, key, value, null_value);
  call->expr->raises = true;
  return VONK_OK;
}

static STATUS bind_named_struct(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  uint32_t count = call->arguments.count;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, count / 2);
  if (count % 2 || count == 0) {
    return vonk_raise(call->task, VONK_WRONG_NUM_ARGS__WITHOUT_SUGGESTION, call->expr->node.origin, "functionName", STR("`named_struct`"),
                      "expectedNum", STR("2n (n > 0)"), "actualNum", vonk_str_format(arena, "%u", count), "docroot",
                      STR("https://spark.apache.org/docs/latest"), NULL);
  }
  for (uint32_t i = 0; i < count / 2; i++) {
    struct vonk_value name;
    struct vonk_expr *value = call->arguments.items[2 * i + 1];
    TRY(vonk_bind_coerce(call, 2 * i, &vonk_type_string));
    TRY(vonk_bind_constant(call, 2 * i, &name));
    if (name.is_null) return vonk_bind_unexpected(call, 2 * i, "\"STRING\"");
    fields[i] = (struct vonk_type_field){.name = vonk_str_copy(arena, name.text), .type = value->type, .nullable = value->nullable};
  }
  call->expr->type = vonk_type_struct(arena, fields, count / 2);
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, row_bind, row_group, ...)                                                 \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_NEVER, .eval = row_eval, .bind = row_bind, .group = row_group, __VA_ARGS__}

const struct vonk_function vonk_functions_construction[] = {
    ROW("array", "(any*) -> bind", array, bind_array, "array_funcs", .doc = "An array of its arguments.", .example = "SELECT array(3, 1, 2)"),
    ROW("map", "(any*) -> bind", map, bind_map, "map_funcs", .open = vonk_rows_open_arena, .close = vonk_rows_close_arena, .doc = "A map of keys and values in turn.", .example = "SELECT map('a', 1, 'b', 2)"),
    /* The binder gives it names and values in turn. */
    ROW("struct", "(any...) -> bind", named_struct, bind_named_struct, "struct_funcs", .doc = "A struct of its arguments, named after them.",
        .example = "SELECT struct(1, 'a')"),
    ROW("named_struct", "(any...) -> bind", named_struct, bind_named_struct, "struct_funcs", .doc = "A struct of names and values in turn.",
        .example = "SELECT named_struct('id', 1, 'name', 'a')"),
    {0},
};
