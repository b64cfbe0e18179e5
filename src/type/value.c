/* value.c: making, copying and comparing scalar values. */
#include "type/value.h"

#include "base/status.h"

struct vonk_value vonk_value_null(const struct vonk_type *type) { return (struct vonk_value){.type = type, .is_null = true}; }
struct vonk_value vonk_value_integer(const struct vonk_type *type, int64_t integer) {
  return (struct vonk_value){.type = type, .integer = integer};
}
struct vonk_value vonk_value_text(const struct vonk_type *type, struct vonk_str text) {
  return (struct vonk_value){.type = type, .text = text};
}

/* Which member of the union a type uses. */
enum form { FORM_NONE, FORM_INTEGER, FORM_DECIMAL, FORM_REAL, FORM_TEXT, FORM_INTERVAL, FORM_NESTED };

static enum form form_of(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_VOID: return FORM_NONE;
    case VONK_TYPE_DECIMAL: return FORM_DECIMAL;
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE: return FORM_REAL;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR:
    case VONK_TYPE_BINARY: return FORM_TEXT;
    case VONK_TYPE_INTERVAL: return FORM_INTERVAL;
    case VONK_TYPE_ARRAY:
    case VONK_TYPE_MAP:
    case VONK_TYPE_STRUCT:
    case VONK_TYPE_VARIANT: return FORM_NESTED;
    default: return FORM_INTEGER;
  }
}

uint32_t vonk_value_item_count(const struct vonk_value *value) {
  switch (value->type->id) {
    case VONK_TYPE_ARRAY: return value->nested.count;
    case VONK_TYPE_MAP: return 2 * value->nested.count;
    case VONK_TYPE_STRUCT: return value->type->field_count;
    case VONK_TYPE_VARIANT: return 2;
    default: return 0;
  }
}

struct vonk_value vonk_value_copy(struct vonk_arena *arena, const struct vonk_value *value) {
  struct vonk_value copy = *value;
  copy.type = vonk_type_copy(arena, value->type);
  if (value->is_null) return copy;
  if (form_of(value->type) == FORM_TEXT) copy.text = vonk_str_copy(arena, value->text);
  if (form_of(value->type) == FORM_NESTED) {
    uint32_t count = vonk_value_item_count(value);
    struct vonk_value *items = ARENA_ARRAY(arena, struct vonk_value, count);
    for (uint32_t i = 0; i < count; i++) items[i] = vonk_value_copy(arena, &value->nested.items[i]);
    copy.nested.items = items;
  }
  return copy;
}

bool vonk_value_equal(const struct vonk_value *a, const struct vonk_value *b) {
  if (a->is_null || b->is_null) return a->is_null && b->is_null;
  enum form form = form_of(a->type);
  if (form != form_of(b->type)) return false;
  uint32_t count = vonk_value_item_count(a);
  switch (form) {
    case FORM_NONE: return true;
    case FORM_INTEGER: return a->integer == b->integer;
    case FORM_DECIMAL: return a->decimal == b->decimal && a->type->scale == b->type->scale;
    case FORM_REAL: return a->real == b->real || (a->real != a->real && b->real != b->real);
    case FORM_TEXT: return vonk_str_equal(a->text, b->text);
    case FORM_INTERVAL:
      return a->interval.months == b->interval.months && a->interval.days == b->interval.days &&
             a->interval.micros == b->interval.micros;
    case FORM_NESTED: break;
  }
  if (a->type->id != b->type->id || count != vonk_value_item_count(b)) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (!vonk_value_equal(&a->nested.items[i], &b->nested.items[i])) return false;
  }
  return true;
}

#define ORDER(x, y) (((x) > (y)) - ((x) < (y)))

static int compare_items(const struct vonk_value *a, const struct vonk_value *b) {
  uint32_t m = vonk_value_item_count(a), n = vonk_value_item_count(b);
  for (uint32_t i = 0; i < m && i < n; i++) {
    const struct vonk_value *x = &a->nested.items[i], *y = &b->nested.items[i];
    /* Inside of arrays and structs null comes first. */
    int order = x->is_null || y->is_null ? ORDER(!x->is_null, !y->is_null) : vonk_value_compare(x, y);
    if (order) return order;
  }
  return ORDER(m, n);
}

int vonk_value_compare(const struct vonk_value *a, const struct vonk_value *b) {
  ASSERT(!a->is_null && !b->is_null);
  switch (form_of(a->type)) {
    case FORM_INTEGER: return ORDER(a->integer, b->integer);
    case FORM_DECIMAL: return ORDER(a->decimal, b->decimal);
    case FORM_REAL: return a->real != a->real || b->real != b->real ? ORDER(a->real != a->real, b->real != b->real) : ORDER(a->real, b->real);
    case FORM_TEXT: return ORDER(vonk_str_compare(a->text, b->text), 0);
    case FORM_NESTED: return compare_items(a, b);
    default: return 0;
  }
}

static uint64_t hash_bytes(const void *bytes, size_t size) { return vonk_str_hash(vonk_str_make(bytes, size)); }

uint64_t vonk_value_hash(const struct vonk_value *value) {
  if (value->is_null) return 0x51ed270b35a1b5c3u;
  switch (form_of(value->type)) {
    case FORM_NONE: return 0;
    case FORM_INTEGER: return hash_bytes(&value->integer, sizeof value->integer);
    case FORM_DECIMAL: return hash_bytes(&value->decimal, sizeof value->decimal);
    case FORM_REAL: {
      double real = value->real != value->real ? __builtin_nan("") : value->real + 0.0; /* -0.0 + 0.0 is 0.0 */
      return hash_bytes(&real, sizeof real);
    }
    case FORM_TEXT: return vonk_str_hash(value->text);
    case FORM_INTERVAL: return hash_bytes(&value->interval, sizeof value->interval);
    case FORM_NESTED: break;
  }
  uint64_t hash = value->type->id;
  for (uint32_t i = 0, count = vonk_value_item_count(value); i < count; i++) {
    uint64_t pair[2] = {hash, vonk_value_hash(&value->nested.items[i])};
    hash = hash_bytes(pair, sizeof pair);
  }
  return hash;
}
