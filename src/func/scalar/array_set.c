/* array_set.c: arrays as sets: distinct, union, intersect, except, overlap. Nulls are equal to each other, NaN to NaN. */
#include "func/bind_call.h"
#include "func/lists.h"
#include "func/rows.h"

struct entry {
  const struct vonk_column *column;
  uint32_t row;
};

/* The elements seen, open addressing at half load. */
struct set {
  struct entry *entries;
  uint32_t mask;
};

static struct set new_set(struct vonk_arena *arena, uint32_t capacity) {
  uint32_t size = 8;
  while (size < capacity * 2) size *= 2;
  return (struct set){ARENA_ARRAY(arena, struct entry, size), size - 1};
}

/* Is the element there? ADD: it is afterwards. */
static bool seen(struct set *set, const struct vonk_column *column, uint32_t row, bool add) {
  uint32_t slot = (uint32_t)(vonk_list_hash(column, row) >> 16) & set->mask;
  for (; set->entries[slot].column; slot = (slot + 1) & set->mask) {
    if (vonk_compare_nullable_rows(set->entries[slot].column, set->entries[slot].row, column, row) == 0) return true;
  }
  if (add) set->entries[slot] = (struct entry){column, row};
  return false;
}

static STATUS add_element(struct vonk_frame *frame, const struct vonk_column *column, uint32_t row) {
  return vonk_builder_add_row(frame->task, &frame->builder->children[0], column, row);
}

static STATUS end(struct vonk_frame *frame) {
  vonk_arena_reset(frame->state);
  return vonk_builder_end_list(frame->task, frame->builder);
}

/* The elements of argument A that are new to SET. */
static STATUS add_new(struct vonk_frame *frame, struct set *set, uint32_t a, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[a], row);
  const struct vonk_column *elements = &frame->arguments[a].children[0];
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    if (!seen(set, elements, i, true)) TRY(add_element(frame, elements, i));
  }
  return VONK_OK;
}

static STATUS distinct_row(struct vonk_frame *frame, uint32_t row) {
  struct set set = new_set(frame->state, vonk_list_at(&frame->arguments[0], row).length);
  TRY(add_new(frame, &set, 0, row));
  return end(frame);
}
static STATUS array_distinct(struct vonk_frame *frame) { return vonk_rows_build(frame, distinct_row); }

static STATUS union_row(struct vonk_frame *frame, uint32_t row) {
  struct set set = new_set(frame->state, vonk_list_at(&frame->arguments[0], row).length + vonk_list_at(&frame->arguments[1], row).length);
  TRY(add_new(frame, &set, 0, row));
  TRY(add_new(frame, &set, 1, row));
  return end(frame);
}
static STATUS array_union(struct vonk_frame *frame) { return vonk_rows_build(frame, union_row); }

static struct set set_of(struct vonk_frame *frame, uint32_t argument, uint32_t row) {
  struct vonk_list list = vonk_list_at(&frame->arguments[argument], row);
  struct set set = new_set(frame->state, list.length);
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) seen(&set, &frame->arguments[argument].children[0], i, true);
  return set;
}

/* Distinct elements of the first that are (WANTED) or are not in the second. */
__attribute__((always_inline)) static inline STATUS filter_row(struct vonk_frame *frame, uint32_t row, bool wanted) {
  struct vonk_list list = vonk_list_at(&frame->arguments[0], row);
  const struct vonk_column *elements = &frame->arguments[0].children[0];
  struct set other = set_of(frame, 1, row), done = new_set(frame->state, list.length);
  for (uint32_t i = list.offset; i < list.offset + list.length; i++) {
    if (seen(&other, elements, i, false) != wanted || seen(&done, elements, i, true)) continue;
    TRY(add_element(frame, elements, i));
  }
  return end(frame);
}
static STATUS intersect_row(struct vonk_frame *frame, uint32_t row) { return filter_row(frame, row, true); }
static STATUS array_intersect(struct vonk_frame *frame) { return vonk_rows_build(frame, intersect_row); }
static STATUS except_row(struct vonk_frame *frame, uint32_t row) { return filter_row(frame, row, false); }
static STATUS array_except(struct vonk_frame *frame) { return vonk_rows_build(frame, except_row); }

/* Null when nothing is common, but a null among the elements leaves it open. */
static STATUS overlap_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_list a = vonk_list_at(&frame->arguments[0], row), b = vonk_list_at(&frame->arguments[1], row);
  struct set other = set_of(frame, 1, row);
  bool found = false, null = false;
  for (uint32_t i = a.offset; i < a.offset + a.length && !found; i++) {
    bool valid = vonk_column_row_valid(&frame->arguments[0].children[0], i);
    null |= !valid;
    found = valid && seen(&other, &frame->arguments[0].children[0], i, false);
  }
  for (uint32_t i = b.offset; i < b.offset + b.length && !found && !null; i++) null = !vonk_column_row_valid(&frame->arguments[1].children[0], i);
  vonk_row_put_bool(frame, row, found);
  if (!found && null && a.length && b.length) vonk_row_put_null(frame, row);
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS arrays_overlap(struct vonk_frame *frame) { return vonk_rows_each(frame, overlap_row); }

static STATUS bind_same(struct vonk_bind_call *call) {
  call->expr->type = call->arguments.items[0]->type;
  return VONK_OK;
}

/* Both sides have the same element type by now; whether there may be nulls is decided by the operation. */
static STATUS bind_either(struct vonk_bind_call *call) {
  const struct vonk_type *a = call->arguments.items[0]->type, *b = call->arguments.items[1]->type;
  call->expr->type = vonk_type_array(call->task->arena, a->element, a->contains_null || b->contains_null);
  return VONK_OK;
}
static STATUS bind_both(struct vonk_bind_call *call) {
  const struct vonk_type *a = call->arguments.items[0]->type, *b = call->arguments.items[1]->type;
  call->expr->type = vonk_type_array(call->task->arena, a->element, a->contains_null && b->contains_null);
  return VONK_OK;
}

static STATUS bind_overlap(struct vonk_bind_call *call) {
  call->expr->nullable |= call->arguments.items[0]->type->contains_null || call->arguments.items[1]->type->contains_null;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                     \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .open = vonk_rows_open_arena,       \
   .close = vonk_rows_close_arena, .group = "array_funcs", __VA_ARGS__}
#define TWO_ARRAYS "(array<T>, array<T>) -> bind"

const struct vonk_function vonk_functions_array_set[] = {
    ROW("array_distinct", "(array<T>) -> bind", array_distinct, .bind = bind_same, .doc = "The array without elements that came before.",
        .example = "SELECT array_distinct(array(2, 1, 2, NULL, NULL))"),
    ROW("array_union", TWO_ARRAYS, array_union, .bind = bind_either, .doc = "The elements of both arrays, each once.",
        .example = "SELECT array_union(array(1, 2), array(2, 3))"),
    ROW("array_intersect", TWO_ARRAYS, array_intersect, .bind = bind_both, .doc = "The elements that both arrays have, each once.",
        .example = "SELECT array_intersect(array(1, 2), array(2, 3))"),
    ROW("array_except", TWO_ARRAYS, array_except, .bind = bind_same, .doc = "The elements of the first that the second does not have, each once.",
        .example = "SELECT array_except(array(1, 2), array(2, 3))"),
    ROW("arrays_overlap", "(array<T>, array<T>) -> boolean", arrays_overlap, .bind = bind_overlap, .doc = "Have the arrays an element in common?",
        .example = "SELECT arrays_overlap(array(1, 2), array(2, 3))"),
    {0},
};
