/* array.c: arrays searched, cut, joined, sorted, repeated and put side by side. */
#include "func/bind_call.h"
#include "func/lists.h"
#include "func/rows.h"

static const struct vonk_column *elements_of(const struct vonk_frame *frame, uint32_t argument) { return &frame->arguments[argument].children[0]; }

static STATUS add_element(struct vonk_frame *frame, const struct vonk_column *column, uint32_t row) {
  return vonk_builder_add_row(frame->task, &frame->builder->children[0], column, row);
}
static STATUS add_range(struct vonk_frame *frame, const struct vonk_column *column, uint32_t from, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) TRY(add_element(frame, column, from + i));
  return VONK_OK;
}
static STATUS end(struct vonk_frame *frame) { return vonk_builder_end_list(frame->task, frame->builder); }

/* --- searching --- */

/* Place of the element from 0, or the length; HAS_NULL: a null was met before. */
static uint32_t find(struct vonk_frame *frame, uint32_t row, struct vonk_list list, bool *has_null) {
  const struct vonk_column *elements = elements_of(frame, 0);
  *has_null = false;
  for (uint32_t i = 0; i < list.length; i++) {
    if (!vonk_column_row_valid(elements, list.offset + i)) *has_null = true;
    else if (vonk_compare_rows(elements, list.offset + i, &frame->arguments[1], row) == 0) return i;
  }
  return list.length;
}

static STATUS contains_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  bool has_null, found = find(frame, row, list, &has_null) < list.length;
  vonk_row_put_bool(frame, row, found);
  if (!found && has_null) vonk_row_put_null(frame, row);
  return VONK_OK;
}
static STATUS array_contains(struct vonk_frame *frame) { return vonk_rows_each(frame, contains_row); }

static STATUS position_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  bool has_null;
  uint32_t at = find(frame, row, list, &has_null);
  vonk_row_put_long(frame, row, at < list.length ? (int64_t)at + 1 : 0);
  return VONK_OK;
}
static STATUS array_position(struct vonk_frame *frame) { return vonk_rows_each(frame, position_row); }

/* The smallest (SIGN 1) or largest (SIGN -1) element that is not null. */
__attribute__((always_inline)) static inline STATUS extreme_row(struct vonk_frame *frame, uint32_t row, int sign) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  const struct vonk_column *elements = elements_of(frame, 0);
  uint32_t best = UINT32_MAX;
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    if (!vonk_column_row_valid(elements, i)) continue;
    if (best == UINT32_MAX || vonk_compare_rows(elements, i, elements, best) * sign < 0) best = i;
  }
  if (frame->builder) return best == UINT32_MAX ? vonk_row_add_null(frame) : vonk_builder_add_row(frame->task, frame->builder, elements, best);
  if (best == UINT32_MAX) vonk_row_put_null(frame, row);
  else vonk_list_copy_fixed(elements, best, frame->data, vonk_physical_of(frame->expr->type), row);
  return VONK_OK;
}
static STATUS min_row(struct vonk_frame *frame, uint32_t row) { return extreme_row(frame, row, 1); }
static STATUS max_row(struct vonk_frame *frame, uint32_t row) { return extreme_row(frame, row, -1); }
static STATUS array_min(struct vonk_frame *frame) { return frame->builder ? vonk_rows_build(frame, min_row) : vonk_rows_each(frame, min_row); }
static STATUS array_max(struct vonk_frame *frame) { return frame->builder ? vonk_rows_build(frame, max_row) : vonk_rows_each(frame, max_row); }

/* --- taking away and adding --- */

static STATUS remove_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  const struct vonk_column *elements = elements_of(frame, 0);
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    if (vonk_column_row_valid(elements, i) && vonk_compare_rows(elements, i, &frame->arguments[1], row) == 0) continue;
    TRY(add_element(frame, elements, i));
  }
  return end(frame);
}
static STATUS array_remove(struct vonk_frame *frame) { return vonk_rows_build(frame, remove_row); }

static STATUS compact_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    if (vonk_column_row_valid(elements_of(frame, 0), i)) TRY(add_element(frame, elements_of(frame, 0), i));
  }
  return end(frame);
}
static STATUS array_compact(struct vonk_frame *frame) { return vonk_rows_build(frame, compact_row); }

/* The element may be null, the array not. */
__attribute__((always_inline)) static inline STATUS add_row(struct vonk_frame *frame, uint32_t row, bool front) {
  if (!vonk_row_valid(frame, 0, row)) return vonk_row_add_null(frame);
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  if (front) TRY(add_element(frame, &frame->arguments[1], row));
  TRY(add_range(frame, elements_of(frame, 0), list.offset, list.length));
  if (!front) TRY(add_element(frame, &frame->arguments[1], row));
  return end(frame);
}
static STATUS append_row(struct vonk_frame *frame, uint32_t row) { return add_row(frame, row, false); }
static STATUS prepend_row(struct vonk_frame *frame, uint32_t row) { return add_row(frame, row, true); }
static STATUS array_append(struct vonk_frame *frame) { return vonk_rows_build(frame, append_row); }
static STATUS array_prepend(struct vonk_frame *frame) { return vonk_rows_build(frame, prepend_row); }

enum { ELEMENTS_MAX = INT32_MAX - 15 };

static STATUS too_long(struct vonk_frame *frame, int64_t count) {
  return vonk_raise(frame->task, VONK_COLLECTION_SIZE_LIMIT_EXCEEDED__FUNCTION, frame->expr->node.origin, "numberOfElements",
                    vonk_str_format(frame->task->arena, "%lld", (long long)count), "maxRoundedArrayLength", STR("2147483632"), "functionName",
                    vonk_str_format(frame->task->arena, "`%s`", EXPR_AS(frame->expr, call)->function->name), NULL);
}

/* Puts a value at a place from 1, or from the end when negative, with nulls between the end and a place behind it. */
static STATUS insert_row(struct vonk_frame *frame, uint32_t row) {
  if (!vonk_row_valid(frame, 0, row) || !vonk_row_valid(frame, 1, row)) return vonk_row_add_null(frame);
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  const struct vonk_column *elements = elements_of(frame, 0);
  int64_t place = vonk_row_int(frame, 1, row), length = list.length;
  if (place == 0) return vonk_raise(frame->task, VONK_INVALID_INDEX_OF_ZERO, frame->expr->node.origin, NULL);
  int64_t at = place > 0 ? place - 1 : length + place + 1;
  if (at > ELEMENTS_MAX || at < -(int64_t)ELEMENTS_MAX) return too_long(frame, at < 0 ? -at : at);
  if (at < 0) {
    TRY(add_element(frame, &frame->arguments[2], row));
    for (int64_t i = at + 1; i <= 0; i++) {
      if (i < 0) TRY(vonk_builder_add_null(frame->task, &frame->builder->children[0]));
    }
    TRY(add_range(frame, elements, list.offset, list.length));
    return end(frame);
  }
  int64_t before = at < length ? at : length;
  TRY(add_range(frame, elements, list.offset, (uint32_t)before));
  for (int64_t i = length; i < at; i++) TRY(vonk_builder_add_null(frame->task, &frame->builder->children[0]));
  TRY(add_element(frame, &frame->arguments[2], row));
  TRY(add_range(frame, elements, list.offset + (uint32_t)before, (uint32_t)(length - before)));
  return end(frame);
}
static STATUS array_insert(struct vonk_frame *frame) { return vonk_rows_build(frame, insert_row); }

static STATUS slice_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  int64_t from = vonk_row_int(frame, 1, row), count = vonk_row_int(frame, 2, row), length = list.length;
  if (from == 0) {
    return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__START, frame->expr->node.origin, "functionName", STR("`slice`"), "parameter",
                      STR("`start`"), NULL);
  }
  if (count < 0) {
    return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__LENGTH, frame->expr->node.origin, "functionName", STR("`slice`"), "parameter",
                      STR("`length`"), "length", vonk_str_format(frame->task->arena, "%lld", (long long)count), NULL);
  }
  int64_t start = from > 0 ? from - 1 : length + from;
  if (start >= 0 && start < length) {
    if (count > length - start) count = length - start;
    TRY(add_range(frame, elements_of(frame, 0), list.offset + (uint32_t)start, (uint32_t)count));
  }
  return end(frame);
}
static STATUS slice(struct vonk_frame *frame) { return vonk_rows_build(frame, slice_row); }

static STATUS repeat_row(struct vonk_frame *frame, uint32_t row) {
  if (!vonk_row_valid(frame, 1, row)) return vonk_row_add_null(frame);
  int64_t count = vonk_row_int(frame, 1, row);
  if (count > ELEMENTS_MAX) return too_long(frame, count);
  for (int64_t i = 0; i < count; i++) TRY(add_element(frame, &frame->arguments[0], row));
  return end(frame);
}
static STATUS array_repeat(struct vonk_frame *frame) { return vonk_rows_build(frame, repeat_row); }

/* --- order --- */

static STATUS reverse_text(struct vonk_frame *frame, struct vonk_str text) {
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, text.size, &out));
  size_t end_at = text.size;
  for (size_t i = 0; i < text.size;) {
    size_t from = i;
    vonk_utf8_decode(text, &i);
    end_at -= i - from;
    memcpy(out + end_at, text.data + from, i - from);
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, text.size);
}

static STATUS reverse_row(struct vonk_frame *frame, uint32_t row) {
  if (frame->arguments[0].physical == VONK_PHYSICAL_VIEW) return reverse_text(frame, vonk_row_str(frame, 0, row));
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  for (uint32_t i = list.length; i-- > 0;) TRY(add_element(frame, elements_of(frame, 0), list.offset + i));
  return end(frame);
}
static STATUS reverse(struct vonk_frame *frame) { return vonk_rows_build(frame, reverse_row); }

/* Nulls come first where it goes up, last where it goes down. */
static STATUS sort_array_row(struct vonk_frame *frame, uint32_t row) {
  bool up = vonk_row_bool(frame, 1, row);
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  uint32_t *rows = ARENA_ARRAY(frame->state, uint32_t, list.length);
  for (uint32_t i = 0; i < list.length; i++) rows[i] = list.offset + i;
  vonk_list_sort(elements_of(frame, 0), rows, list.length, !up, !up);
  for (uint32_t i = 0; i < list.length; i++) TRY(add_element(frame, elements_of(frame, 0), rows[i]));
  vonk_arena_reset(frame->state);
  return end(frame);
}
static STATUS sort_array(struct vonk_frame *frame) { return vonk_rows_build(frame, sort_array_row); }

/* --- nested --- */

static STATUS flatten_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  const struct vonk_column *lists = elements_of(frame, 0);
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    if (!vonk_column_row_valid(lists, i)) return vonk_row_add_null(frame);
  }
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    struct vonk_list inner = vonk_list_at(lists, i);
    TRY(add_range(frame, &lists->children[0], inner.offset, inner.length));
  }
  return end(frame);
}
static STATUS flatten(struct vonk_frame *frame) { return vonk_rows_build(frame, flatten_row); }

static STATUS zip_row(struct vonk_frame *frame, uint32_t row) {
  uint32_t length = 0;
  struct vonk_builder *structs = &frame->builder->children[0];
  for (uint32_t a = 0; a < frame->argument_count; a++) {
    uint32_t own = vonk_list_at(&frame->arguments[a], row).length;
    if (own > length) length = own;
  }
  for (uint32_t i = 0; i < length; i++) {
    for (uint32_t a = 0; a < frame->argument_count; a++) {
      struct vonk_list list = vonk_list_at(&frame->arguments[a], row);
      if (i < list.length) TRY(vonk_builder_add_row(frame->task, &structs->children[a], elements_of(frame, a), list.offset + i));
      else TRY(vonk_builder_add_null(frame->task, &structs->children[a]));
    }
    TRY(vonk_builder_end_struct(frame->task, structs));
  }
  return end(frame);
}
static STATUS arrays_zip(struct vonk_frame *frame) { return vonk_rows_build(frame, zip_row); }

/* Nulls are left out, or replaced by the third argument. */
static STATUS join_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  const struct vonk_column *elements = elements_of(frame, 0);
  struct vonk_str separator = vonk_row_str(frame, 1, row);
  struct vonk_text out;
  bool first = true;
  vonk_text_init(&out, frame->state);
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    bool valid = vonk_column_row_valid(elements, i);
    if (!valid && frame->argument_count < 3) continue;
    if (!first) vonk_text_add(&out, separator);
    first = false;
    const struct vonk_view *views = vonk_column_values(elements);
    vonk_text_add(&out, valid ? vonk_view_str(&views[vonk_column_index(elements, i)]) : vonk_row_str(frame, 2, row));
  }
  TRY(vonk_row_add_str(frame, vonk_text_str(&out)));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS array_join(struct vonk_frame *frame) { return vonk_rows_build(frame, join_row); }

/* --- binding --- */

static STATUS bind_first(struct vonk_bind_call *call) {
  call->expr->type = call->arguments.items[0]->type;
  return VONK_OK;
}
static STATUS bind_slice(struct vonk_bind_call *call) {
  call->expr->raises = true;
  return bind_first(call);
}
static STATUS bind_element(struct vonk_bind_call *call) {
  call->expr->type = call->arguments.items[0]->type->element;
  call->expr->nullable = true;
  return VONK_OK;
}
static STATUS bind_contains(struct vonk_bind_call *call) {
  call->expr->nullable |= call->arguments.items[0]->type->contains_null;
  return VONK_OK;
}
static STATUS bind_added(struct vonk_bind_call *call) {
  call->expr->type = vonk_type_array(call->task->arena, call->arguments.items[0]->type->element, true);
  call->expr->nullable = call->arguments.items[0]->nullable;
  return VONK_OK;
}
static STATUS bind_insert(struct vonk_bind_call *call) {
  call->expr->type = vonk_type_array(call->task->arena, call->arguments.items[0]->type->element, true);
  call->expr->nullable = call->arguments.items[0]->nullable || call->arguments.items[1]->nullable;
  call->expr->raises = true;
  return VONK_OK;
}
static STATUS bind_compact(struct vonk_bind_call *call) {
  call->expr->type = vonk_type_array(call->task->arena, call->arguments.items[0]->type->element, false);
  return VONK_OK;
}
static STATUS bind_repeat(struct vonk_bind_call *call) {
  const struct vonk_expr *element = call->arguments.items[0];
  call->expr->type = vonk_type_array(call->task->arena, element->type, element->nullable);
  call->expr->nullable = call->arguments.items[1]->nullable;
  return VONK_OK;
}
static STATUS bind_flatten(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  if (type->element->id != VONK_TYPE_ARRAY) return vonk_bind_unexpected(call, 0, "\"ARRAY\" of \"ARRAY\"");
  call->expr->type = type->element;
  call->expr->nullable = call->arguments.items[0]->nullable || type->contains_null;
  return VONK_OK;
}
/* Fields are named after columns, else by their place from 0. */
static STATUS bind_zip(struct vonk_bind_call *call) {
  struct vonk_arena *arena = call->task->arena;
  uint32_t count = call->arguments.count;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_expr_column *column = EXPR_AS(call->arguments.items[i], column);
    const struct vonk_type *type = call->arguments.items[i]->type;
    fields[i].name = column && column->name.size ? column->name : vonk_str_format(arena, "%u", i);
    fields[i].type = type->element;
    fields[i].nullable = true;
  }
  call->expr->type = vonk_type_array(arena, vonk_type_struct(arena, fields, count), false);
  return VONK_OK;
}

#define ARRAY_ROW(row_name, row_signature, row_nulls, row_eval, row_bind, ...)                                            \
  {.name = row_name, .signature = row_signature, .nulls = row_nulls, .eval = row_eval, .bind = row_bind, .open = vonk_rows_open_arena, \
   .close = vonk_rows_close_arena, .group = "array_funcs", __VA_ARGS__}
#define ROW(row_name, row_signature, row_eval, row_bind, ...) ARRAY_ROW(row_name, row_signature, VONK_NULLS_STRICT, row_eval, row_bind, __VA_ARGS__)
#define CUSTOM(row_name, row_signature, row_eval, row_bind, ...) ARRAY_ROW(row_name, row_signature, VONK_NULLS_CUSTOM, row_eval, row_bind, __VA_ARGS__)

const struct vonk_function vonk_functions_array[] = {
    ROW("array_contains", "(array<T>, T) -> boolean", array_contains, bind_contains, .doc = "Has the array the value?",
        .example = "SELECT array_contains(array(1, 2, 3), 2)"),
    ROW("array_position", "(array<T>, T) -> bigint", array_position, NULL, .doc = "The first place of the value, from 1; 0 if none.",
        .example = "SELECT array_position(array(5, 6, 5), 6)"),
    ROW("array_min", "(array<T>) -> bind", array_min, bind_element, .doc = "The smallest element.", .example = "SELECT array_min(array(5, NULL, 6))"),
    ROW("array_max", "(array<T>) -> bind", array_max, bind_element, .doc = "The largest element.", .example = "SELECT array_max(array(5, NULL, 6))"),
    ROW("array_remove", "(array<T>, T) -> bind", array_remove, bind_first, .doc = "The array without all elements equal to the value.",
        .example = "SELECT array_remove(array(5, 6, 5), 5)"),
    ROW("array_compact", "(array<T>) -> bind", array_compact, bind_compact, .doc = "The array without nulls.",
        .example = "SELECT array_compact(array(5, NULL, 6))"),
    CUSTOM("array_append", "(array<T>, T) -> bind", array_append, bind_added, .doc = "The array with an element more at its end.",
           .example = "SELECT array_append(array(5, 6), 7)"),
    CUSTOM("array_prepend", "(array<T>, T) -> bind", array_prepend, bind_added, .doc = "The array with an element more at its start.",
           .example = "SELECT array_prepend(array(5, 6), 7)"),
    CUSTOM("array_insert", "(array<T>, int, T) -> bind", array_insert, bind_insert, .doc = "The array with a value put at a place.",
           .example = "SELECT array_insert(array(5, 6), 2, 7)"),
    ROW("slice", "(array<T>, int, int) -> bind", slice, bind_slice, .doc = "The part from a place, with at most so many elements.",
        .example = "SELECT slice(array(5, 6, 7, 8), 2, 2)"),
    CUSTOM("array_repeat", "(any, int!) -> bind", array_repeat, bind_repeat, .doc = "The value so many times.", .example = "SELECT array_repeat('a', 3)"),
    ROW("reverse", "(string) -> string | (array<T>) -> bind", reverse, bind_first, .doc = "The text or array backwards.",
        .example = "SELECT reverse(array(5, 6, 7))"),
    ROW("sort_array", "(array<T>, [boolean = true]) -> bind", sort_array, bind_first, .doc = "The array sorted, up unless told otherwise.",
        .example = "SELECT sort_array(array(6, NULL, 5))"),
    ROW("flatten", "(array<T>) -> bind", flatten, bind_flatten, .doc = "The elements of the arrays of an array.",
        .example = "SELECT flatten(array(array(5, 6), array(7)))"),
    ROW("arrays_zip", "(array<any>*) -> bind", arrays_zip, bind_zip, .doc = "The arrays side by side as structs.",
        .example = "SELECT arrays_zip(array(5, 6), array('a', 'b'))"),
    ROW("array_join", "(array<string>, string, [string]) -> string", array_join, NULL, .doc = "The elements as one text with a separator.",
        .example = "SELECT array_join(array('a', NULL, 'c'), '-')"),
    {0},
};
