/* extraction.c: parts of nested values: a[0], m['k'], s.f, element_at, get, size, and making arrays, maps and structs.
 *
 * The binder calls get_array_item, get_map_value, get_struct_field (ordinal as a literal) and get_array_struct_fields.
 */
#include "func/bind_call.h"
#include "func/coercion.h"
#include "func/constant.h"
#include "func/lists.h"
#include "func/rows.h"

/* Row INDEX of FROM becomes the result of ROW. */
static STATUS put_item(struct vonk_frame *frame, uint32_t row, const struct vonk_column *from, uint32_t index) {
  if (frame->builder) return vonk_builder_add_row(frame->task, frame->builder, from, index);
  if (!vonk_column_row_valid(from, index)) {
    vonk_row_put_null(frame, row);
    return VONK_OK;
  }
  vonk_list_copy_fixed(from, index, frame->data, vonk_physical_of(frame->expr->type), row);
  return VONK_OK;
}

static STATUS put_none(struct vonk_frame *frame, uint32_t row) {
  if (frame->builder) return vonk_row_add_null(frame);
  if (frame->valid) vonk_row_put_null(frame, row);
  return VONK_OK;
}

/* For results of either kind. */
__attribute__((always_inline)) static inline STATUS each(struct vonk_frame *frame, vonk_row_function function) {
  return frame->builder ? vonk_rows_build(frame, function) : vonk_rows_each(frame, function);
}

static STATUS bad_index(struct vonk_frame *frame, int64_t index, uint32_t size, bool element_at) {
  struct vonk_arena *arena = frame->task->arena;
  struct vonk_str shown = vonk_str_format(arena, "%lld", (long long)index), count = vonk_str_format(arena, "%u", size);
  if (element_at) {
    return vonk_raise(frame->task, VONK_INVALID_ARRAY_INDEX_IN_ELEMENT_AT, frame->expr->node.origin, "indexValue", shown, "arraySize", count, NULL);
  }
  return vonk_raise(frame->task, VONK_INVALID_ARRAY_INDEX, frame->expr->node.origin, "indexValue", shown, "arraySize", count, NULL);
}

static STATUS array_item_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  int64_t index = vonk_row_int(frame, 1, row);
  if (index >= 0 && index < list.length) return put_item(frame, row, &frame->arguments[0].children[0], list.offset + (uint32_t)index);
  return bad_index(frame, index, list.length, false);
}
static STATUS get_array_item(struct vonk_frame *frame) { return each(frame, array_item_row); }

static STATUS get_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  int64_t index = vonk_row_int(frame, 1, row);
  if (index < 0 || index >= list.length) return put_none(frame, row);
  return put_item(frame, row, &frame->arguments[0].children[0], list.offset + (uint32_t)index);
}
static STATUS get(struct vonk_frame *frame) { return each(frame, get_row); }

static STATUS map_value_row(struct vonk_frame *frame, uint32_t row) {
  const struct vonk_column *map = &frame->arguments[0];
  struct vonk_list list = vonk_list_at(map, row);
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    if (vonk_compare_rows(&map->children[0], i, &frame->arguments[1], row) == 0) return put_item(frame, row, &map->children[1], i);
  }
  return put_none(frame, row);
}
static STATUS get_map_value(struct vonk_frame *frame) { return each(frame, map_value_row); }

static STATUS element_at_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  int64_t index = vonk_row_int(frame, 1, row), place = index < 0 ? list.length + index : index - 1;
  if (index == 0) return vonk_raise(frame->task, VONK_INVALID_INDEX_OF_ZERO, frame->expr->node.origin, NULL);
  if (place < 0 || place >= list.length) return bad_index(frame, index, list.length, true);
  return put_item(frame, row, &frame->arguments[0].children[0], list.offset + (uint32_t)place);
}
static STATUS element_at(struct vonk_frame *frame) {
  if (frame->arguments[0].type->id == VONK_TYPE_MAP) return each(frame, map_value_row);
  return each(frame, element_at_row);
}

/* A field is a column already; the struct's own nulls join it. */
static STATUS get_struct_field(struct vonk_frame *frame) {
  int32_t ordinal = *(const int32_t *)EXPR_AS(frame->expr, call)->data;
  const struct vonk_column *from = &frame->arguments[0];
  if (from->encoding == VONK_FLAT && !from->valid) {
    *frame->result = from->children[ordinal];
    return VONK_OK;
  }
  for (uint32_t row = 0; row < frame->row_count; row++) {
    bool live = vonk_bits_get(frame->live, row);
    TRY(live ? put_item(frame, row, &from->children[ordinal], vonk_column_index(from, row)) : put_none(frame, row));
  }
  return VONK_OK;
}

static STATUS array_struct_fields_row(struct vonk_frame *frame, uint32_t row) {
  int32_t ordinal = *(const int32_t *)EXPR_AS(frame->expr, call)->data;
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  const struct vonk_column *structs = &frame->arguments[0].children[0];
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    if (!vonk_column_row_valid(structs, i)) TRY(vonk_builder_add_null(frame->task, &frame->builder->children[0]));
    else TRY(vonk_builder_add_row(frame->task, &frame->builder->children[0], &structs->children[ordinal], i));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS get_array_struct_fields(struct vonk_frame *frame) { return vonk_rows_build(frame, array_struct_fields_row); }

/* --- size --- */

static STATUS size_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, (int32_t)vonk_list_at(&frame->arguments[0], row).length);
  return VONK_OK;
}
static STATUS size(struct vonk_frame *frame) { return vonk_rows_each(frame, size_row); }

/* --- binding --- */

/* Element PLACE of an array that is made on the spot, array(a, b), or of its structs' field, may be null. A place outside: true. */
static bool made_item_nullable(const struct vonk_expr *array, int64_t place) {
  const struct vonk_expr_call *call = EXPR_AS(array, call);
  if (!call) return true;
  if (strcmp(call->function->name, "get_array_struct_fields") == 0) {
    const struct vonk_type *record = call->arguments.items[0]->type->element;
    return record->fields[*(const int32_t *)call->data].nullable || made_item_nullable(call->arguments.items[0], place);
  }
  return strcmp(call->function->name, "array") != 0 || place < 0 || place >= call->arguments.count || call->arguments.items[place]->nullable;
}

/* BASE: the index of the first element; from 1 on, negative ones count from the end. STRICT: there is an error for places outside. */
static STATUS bind_array_item(struct vonk_bind_call *call, int base, bool strict) {
  const struct vonk_expr *array = call->arguments.items[0];
  struct vonk_value index;
  bool constant;
  call->expr->type = array->type->element;
  call->expr->nullable = true;
  TRY(vonk_bind_coerce(call, 1, &vonk_type_int));
  TRY(vonk_bind_find_constant(call, 1, &index, &constant));
  if (constant && !index.is_null) {
    const struct vonk_expr_call *made = EXPR_AS(array, call);
    bool from_end = base == 1 && index.integer < 0 && made;
    call->expr->nullable = array->nullable || made_item_nullable(array, from_end ? made->arguments.count + index.integer : index.integer - base);
  } else if (!constant && strict) {
    call->expr->nullable = array->nullable || array->type->contains_null || call->arguments.items[1]->nullable;
  }
  return VONK_OK;
}

static STATUS bind_map_value(struct vonk_bind_call *call) {
  const struct vonk_type *type = call->arguments.items[0]->type;
  call->expr->nullable = true;
  call->expr->raises = false;
  call->expr->type = type->element;
  return vonk_bind_coerce(call, 1, type->key);
}

static STATUS bind_get_array_item(struct vonk_bind_call *call) { return bind_array_item(call, 0, call->ansi); }
static STATUS bind_get(struct vonk_bind_call *call) { return bind_array_item(call, 0, false); }
static STATUS bind_element_at(struct vonk_bind_call *call) {
  enum vonk_type_id id = call->arguments.items[0]->type->id;
  if (id == VONK_TYPE_MAP) return bind_map_value(call);
  if (id != VONK_TYPE_ARRAY) return vonk_bind_unexpected(call, 0, "(\"ARRAY\" or \"MAP\")");
  return bind_array_item(call, 1, call->ansi && EXPR_AS(call->expr, call)->function->name[0] == 'e');
}

static STATUS bind_field(struct vonk_bind_call *call) {
  struct vonk_value value;
  const struct vonk_type *type = call->arguments.items[0]->type;
  TRY(vonk_bind_constant(call, 1, &value));
  int32_t *ordinal = ARENA_NEW(call->task->arena, int32_t);
  *ordinal = (int32_t)value.integer;
  EXPR_AS(call->expr, call)->data = ordinal;
  bool in_array = type->id == VONK_TYPE_ARRAY;
  const struct vonk_type *record = in_array ? type->element : type;
  ASSERT(record->id == VONK_TYPE_STRUCT && *ordinal >= 0 && (uint32_t)*ordinal < record->field_count);
  const struct vonk_type_field *field = &record->fields[*ordinal];
  call->expr->type = in_array ? vonk_type_array(call->task->arena, field->type, type->contains_null || field->nullable) : field->type;
  call->expr->nullable = call->arguments.items[0]->nullable || (!in_array && field->nullable);
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                     \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = "collection_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_extraction[] = {
    ROW("get_array_item", "(array<T>, integral) -> bind", get_array_item, .bind = bind_get_array_item, .raise = array_item_row,
        .flags = VONK_FN_RAISES | VONK_FN_INTERNAL, .doc = "What a[i] becomes.", .example = "SELECT array(7, 8)[1]"),
    ROW("get_map_value", "(map<K,V>, any) -> bind", get_map_value, .bind = bind_map_value, .flags = VONK_FN_INTERNAL, .doc = "What m[k] becomes.",
        .example = "SELECT map('a', 1)['a']"),
    ROW("get_struct_field", "(struct, int) -> bind", get_struct_field, .bind = bind_field, .flags = VONK_FN_INTERNAL, .doc = "What s.f becomes.",
        .example = "SELECT struct(7 AS a).a"),
    ROW("get_array_struct_fields", "(any, int) -> bind", get_array_struct_fields, .bind = bind_field, .flags = VONK_FN_INTERNAL,
        .doc = "The field of each struct of an array.", .example = "SELECT array(struct(7 AS a)).a"),
    ROW("element_at", "(any, any) -> bind", element_at, .bind = bind_element_at, .raise = element_at_row, .flags = VONK_FN_RAISES,
        .doc = "The element at a place from 1, or from the end when negative; or the value of a key.", .example = "SELECT element_at(array(7, 8, 9), -1)"),
    ROW("try_element_at", "(any, any) -> bind", element_at, .bind = bind_element_at, .raise = element_at_row, .flags = VONK_FN_RAISES,
        .doc = "The same as element_at, null where there is none.", .example = "SELECT try_element_at(array(7, 8, 9), 4)"),
    ROW("get", "(array<T>, int) -> bind", get, .bind = bind_get, .doc = "The element at a place from 0, null where there is none.",
        .example = "SELECT get(array(7, 8, 9), 0)"),
    ROW("size", "(array<T>) -> int | (map<K,V>) -> int", size, .doc = "Number of elements.", .example = "SELECT size(array(7, 8, 9))"),
    ROW("cardinality", "(array<T>) -> int | (map<K,V>) -> int", size, .doc = "The same as size.", .example = "SELECT cardinality(map('a', 1))"),
    ROW("array_size", "(array<T>) -> int", size, .doc = "Number of elements of an array.", .example = "SELECT array_size(array(7, 8, 9))"),
    {0},
};
