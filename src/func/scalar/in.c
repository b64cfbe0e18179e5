/* in.c: a IN (b, c, ...).
 *
 * A short list is compared item by item, each a kernel over the batch. A long one of literals, integers up to 64 bits or strings, becomes
 * a hash table that each worker makes once. Without nulls among the items IN is strict, so that dictionaries are asked once per entry.
 */
#include "base/bits.h"
#include "func/bind_call.h"
#include "func/coercion.h"
#include "kernel/compare.h"
#include "kernel/gather.h"

enum { LONG_LIST = 16 };

/* --- item by item --- */

/* Rows equal to item INDEX are added to FOUND. */
static STATUS find_item(struct vonk_frame *frame, uint32_t index, uint64_t *found, uint64_t *bits) {
  struct vonk_column sides[2] = {frame->arguments[0], frame->arguments[index]};
  if (sides[0].physical == VONK_PHYSICAL_LIST || sides[0].physical == VONK_PHYSICAL_STRUCT) {
    for (uint32_t i = 0; i < frame->row_count; i++) {
      bool both = vonk_bits_get(frame->live, i) && vonk_column_row_valid(&sides[0], i) && vonk_column_row_valid(&sides[1], i);
      if (both && vonk_compare_rows(&sides[0], i, &sides[1], i) == 0) vonk_bits_set(found, i);
    }
    return VONK_OK;
  }
  TRY(vonk_column_match_widths(frame->task, frame->scratch, frame->row_count, sides));
  struct vonk_arith_inputs in = {sides[0].data, sides[1].data, sides[0].encoding == VONK_FLAT, sides[1].encoding == VONK_FLAT};
  vonk_compare(VONK_COMPARE_EQ, sides[0].physical, &in, frame->row_count, bits);
  if (sides[1].encoding == VONK_FLAT) vonk_bits_and(bits, sides[1].valid, frame->row_count, bits);
  vonk_bits_or(found, bits, frame->row_count, found);
  return VONK_OK;
}

static STATUS find_items(struct vonk_frame *frame) {
  uint64_t *found = frame->data;
  void *memory;
  TRY(vonk_scratch_take_rows(frame->task, frame->scratch, frame->row_count, 0, &memory));
  memset(found, 0, vonk_bits_words(frame->row_count) * 8);
  for (uint32_t k = 1; k < frame->argument_count; k++) {
    const struct vonk_column *item = &frame->arguments[k];
    if (item->encoding == VONK_CONST && !vonk_column_row_valid(item, 0)) continue;
    TRY(find_item(frame, k, found, memory));
  }
  return VONK_OK;
}

/* --- long lists --- */

/* Open addressing; a slot is free while its TAKEN is false. */
struct set {
  struct vonk_arena *arena;
  bool texts;
  uint32_t mask;
  bool *taken;
  int64_t *integers;
  struct vonk_view *views;
};

static uint32_t slot_of_integer(const struct set *set, int64_t value) { return (uint32_t)((uint64_t)value * 0x9E3779B97F4A7C15u >> 32) & set->mask; }
static uint32_t slot_of_text(const struct set *set, struct vonk_str text) { return (uint32_t)(vonk_str_hash(text) >> 32) & set->mask; }

static bool has_integer(const struct set *set, int64_t value) {
  for (uint32_t slot = slot_of_integer(set, value); set->taken[slot]; slot = (slot + 1) & set->mask) {
    if (set->integers[slot] == value) return true;
  }
  return false;
}
static bool has_text(const struct set *set, const struct vonk_view *view) {
  for (uint32_t slot = slot_of_text(set, vonk_view_str(view)); set->taken[slot]; slot = (slot + 1) & set->mask) {
    if (vonk_equal_views(&set->views[slot], view)) return true;
  }
  return false;
}

static void add_item(struct set *set, const struct vonk_value *value) {
  struct vonk_view view = {0};
  if (set->texts) view = vonk_view_make(value->text.data, (uint32_t)value->text.size);
  int64_t integer = set->texts ? 0 : value->type->id == VONK_TYPE_DECIMAL ? (int64_t)value->decimal : value->integer;
  if (set->texts ? has_text(set, &view) : has_integer(set, integer)) return;
  uint32_t slot = set->texts ? slot_of_text(set, value->text) : slot_of_integer(set, integer);
  while (set->taken[slot]) slot = (slot + 1) & set->mask;
  set->taken[slot] = true;
  if (set->texts) set->views[slot] = view;
  else set->integers[slot] = integer;
}

static bool all_literal(const struct vonk_exprs *arguments) {
  for (uint32_t i = 1; i < arguments->count; i++) {
    const struct vonk_expr_literal *literal = EXPR_AS(arguments->items[i], literal);
    if (!literal || literal->value.is_null) return false;
  }
  return true;
}

static STATUS open_set(struct vonk_task *task, const struct vonk_expr *expr, void **state) {
  const struct vonk_exprs *arguments = &EXPR_AS(expr, call)->arguments;
  enum vonk_physical physical = vonk_physical_of(arguments->items[0]->type);
  bool texts = physical == VONK_PHYSICAL_VIEW, integers = physical >= VONK_PHYSICAL_I8 && physical <= VONK_PHYSICAL_I64;
  *state = NULL;
  if (arguments->count <= LONG_LIST || (!texts && !integers) || !all_literal(arguments)) return VONK_OK;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct set *set = ARENA_NEW(arena, struct set);
  uint32_t slots = 64;
  while (slots < arguments->count * 2) slots *= 2;
  *set = (struct set){.arena = arena, .texts = texts, .mask = slots - 1, .taken = ARENA_ARRAY(arena, bool, slots)};
  if (texts) set->views = ARENA_ARRAY(arena, struct vonk_view, slots);
  else set->integers = ARENA_ARRAY(arena, int64_t, slots);
  for (uint32_t i = 1; i < arguments->count; i++) add_item(set, &EXPR_AS(arguments->items[i], literal)->value);
  *state = set;
  return VONK_OK;
}

static void close_set(void *state) { vonk_arena_destroy(((struct set *)state)->arena); }

static STATUS find_in_set(struct vonk_frame *frame, const struct set *set) {
  const struct vonk_column *a = &frame->arguments[0];
  uint64_t *found = frame->data;
  memset(found, 0, vonk_bits_words(frame->row_count) * 8);
  for (size_t i = vonk_bits_next(frame->live, frame->row_count, 0); i < frame->row_count; i = vonk_bits_next(frame->live, frame->row_count, i + 1)) {
    uint32_t at = a->encoding == VONK_CONST ? 0 : (uint32_t)i;
    bool has = set->texts ? has_text(set, (const struct vonk_view *)a->data + at) : has_integer(set, vonk_read_int(a, at));
    if (has) vonk_bits_set(found, i);
  }
  return VONK_OK;
}

static STATUS eval_in(struct vonk_frame *frame) { return frame->state ? find_in_set(frame, frame->state) : find_items(frame); }

/* Null when nothing is found and the value or an item is null. */
static STATUS eval_in_nullable(struct vonk_frame *frame) {
  uint64_t *found = frame->data;
  size_t words = vonk_bits_words(frame->row_count);
  TRY(find_items(frame));
  for (uint32_t k = 0; k < frame->argument_count; k++) {
    const struct vonk_column *one = &frame->arguments[k];
    for (size_t w = 0; w < words; w++) {
      uint64_t valid = one->encoding == VONK_CONST ? -(uint64_t)vonk_column_row_valid(one, 0) : vonk_bits_word(one->valid, w);
      if (k == 0) found[w] &= valid;
      frame->valid[w] &= valid | found[w];
    }
  }
  return VONK_OK;
}

/* --- binding --- */

#define SIGNATURE "(any, any...) -> boolean"

static const struct vonk_function in_strict = {.name = "in", .signature = SIGNATURE, .nulls = VONK_NULLS_STRICT, .eval = eval_in, .open = open_set,
                                               .close = close_set};
static const struct vonk_function in_nullable = {.name = "in", .signature = SIGNATURE, .nulls = VONK_NULLS_CUSTOM, .eval = eval_in_nullable};

static STATUS check_type(struct vonk_bind_call *call, const struct vonk_type *type) {
  if (vonk_type_is_string(type) && type->collation.size) {
    return vonk_unsupported(call->task, call->expr->node.origin, "comparing strings of another collation than UTF8_BINARY");
  }
  if (vonk_type_is_orderable(type)) return VONK_OK;
  struct vonk_arena *arena = call->task->arena;
  return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INVALID_ORDERING_TYPE, call->expr->node.origin, "sqlExpr",
                    vonk_bind_quote_expr(arena, call->expr), "functionName", STR("`in`"), "dataType", vonk_bind_quote_type(arena, type), NULL);
}

static STATUS bind_in(struct vonk_bind_call *call) {
  uint32_t count = call->arguments.count;
  const struct vonk_type **types = ARENA_ARRAY(call->task->arena, const struct vonk_type *, count);
  bool items_nullable = false;
  for (uint32_t i = 0; i < count; i++) {
    types[i] = call->arguments.items[i]->type;
    if (i) items_nullable |= call->arguments.items[i]->nullable;
  }
  const struct vonk_type *common = vonk_coercion_wider_all(call->task->arena, types, count, call->ansi);
  if (!common) return vonk_bind_diff_types(call, types, count, false);
  if (common->id == VONK_TYPE_VOID) common = &vonk_type_boolean;
  TRY(check_type(call, common));
  for (uint32_t i = 0; i < count; i++) TRY(vonk_bind_coerce(call, i, common));
  vonk_bind_use_function(call, items_nullable ? &in_nullable : &in_strict);
  call->expr->nullable = items_nullable || call->arguments.items[0]->nullable;
  return VONK_OK;
}

const struct vonk_function vonk_functions_in[] = {
    {.name = "in", .signature = SIGNATURE, .nulls = VONK_NULLS_CUSTOM, .bind = bind_in, .group = "predicate_funcs",
     .doc = "True when the first equals one of the others.", .example = "SELECT 1 in (1, 2, 3)"},
    {0},
};
