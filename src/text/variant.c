/* variant.c: numbers take the smallest form that holds them; decimals when they are written without an exponent and have at most 38 digits. */
#include "text/variant.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/map.h"
#include "type/decimal.h"

/* Header bytes: the lower two bits are the basic type. */
enum { BASIC_PRIMITIVE, BASIC_SHORT_STRING, BASIC_OBJECT, BASIC_ARRAY };
enum {
  FORM_NULL, FORM_TRUE, FORM_FALSE, FORM_INT8, FORM_INT16, FORM_INT32, FORM_INT64, FORM_DOUBLE, FORM_DECIMAL4, FORM_DECIMAL8, FORM_DECIMAL16, FORM_DATE,
  FORM_TIMESTAMP, FORM_TIMESTAMP_NTZ, FORM_FLOAT, FORM_BINARY, FORM_STRING, FORM_UUID = 20
};
enum { SHORT_STRING_MAX = 63, SMALL_COUNT_MAX = 255 };

struct member {
  struct vonk_str name;
  uint32_t id;
  size_t offset;
};

struct maker {
  struct vonk_arena *arena;
  struct vonk_text out;
  struct vonk_map ids;                     /* name -> id + 1 */
  ARRAY_OF(struct vonk_str) names;
  size_t name_bytes;
  bool duplicates;
  struct vonk_str duplicate;
};

static bool write_node(struct maker *m, const struct vonk_json_node *node);

static uint32_t width_of(uint64_t value) { return value <= 0xFF ? 1 : value <= 0xFFFF ? 2 : value <= 0xFFFFFF ? 3 : 4; }

/* Little-endian. */
static void put_bytes(struct vonk_text *out, vonk_int128 value, uint32_t width) {
  for (uint32_t i = 0; i < width; i++, value >>= 8) vonk_text_add_char(out, (char)(uint8_t)value);
}

static void put_form(struct vonk_text *out, uint32_t form) { vonk_text_add_char(out, (char)(form << 2 | BASIC_PRIMITIVE)); }

static void write_long(struct vonk_text *out, int64_t value) {
  uint32_t form = value == (int8_t)value ? FORM_INT8 : value == (int16_t)value ? FORM_INT16 : value == (int32_t)value ? FORM_INT32 : FORM_INT64;
  put_form(out, form);
  put_bytes(out, value, 1U << (form - FORM_INT8));
}

static void write_decimal(struct vonk_text *out, vonk_int128 value, struct vonk_decimal_shape shape) {
  int digits = shape.precision > shape.scale ? shape.precision : shape.scale;
  uint32_t form = digits <= 9 ? FORM_DECIMAL4 : digits <= 18 ? FORM_DECIMAL8 : FORM_DECIMAL16;
  put_form(out, form);
  vonk_text_add_char(out, (char)shape.scale);
  put_bytes(out, value, 4U << (form - FORM_DECIMAL4));
}

static void write_double(struct vonk_text *out, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_form(out, FORM_DOUBLE);
  put_bytes(out, bits, 8);
}

static void write_number(struct vonk_text *out, const struct vonk_json_node *node) {
  int64_t integer;
  vonk_int128 decimal;
  struct vonk_decimal_shape shape;
  if (node->kind == VONK_JSON_INTEGER && vonk_str_to_int64(node->text, &integer)) {
    write_long(out, integer);
    return;
  }
  bool plain = !memchr(node->text.data, 'e', node->text.size) && !memchr(node->text.data, 'E', node->text.size);
  if (plain && node->kind != VONK_JSON_NAN && vonk_decimal_parse_natural(node->text, &decimal, &shape) == VONK_DECIMAL_OK) write_decimal(out, decimal, shape);
  else write_double(out, vonk_json_real(node));
}

static void write_string(struct vonk_text *out, struct vonk_str text) {
  if (text.size <= SHORT_STRING_MAX) {
    vonk_text_add_char(out, (char)(text.size << 2 | BASIC_SHORT_STRING));
  } else {
    put_form(out, FORM_STRING);
    put_bytes(out, (vonk_int128)text.size, 4);
  }
  vonk_text_add(out, text);
}

static uint32_t id_of(struct maker *m, struct vonk_str name) {
  uintptr_t found = (uintptr_t)vonk_map_get(&m->ids, name);
  if (found) return (uint32_t)(found - 1);
  *ARRAY_PUSH(m->arena, &m->names) = name;
  m->name_bytes += name.size;
  vonk_map_put(&m->ids, name, (void *)(uintptr_t)m->names.count);
  return (uint32_t)(m->names.count - 1);
}

static void put_count(struct vonk_text *head, uint32_t count) { put_bytes(head, count, count > SMALL_COUNT_MAX ? 4 : 1); }

/* HEAD goes before what was written since START. */
static void insert_head(struct maker *m, size_t start, struct vonk_str head) {
  size_t body = m->out.size - start;
  vonk_text_add(&m->out, head);
  memmove(m->out.data + start + head.size, m->out.data + start, body);
  memcpy(m->out.data + start, head.data, head.size);
}

/* OFFSETS has one more for the end. */
static void end_list(struct maker *m, size_t start, const size_t *offsets, uint32_t count) {
  uint32_t width = width_of(offsets[count]);
  struct vonk_text head;
  vonk_text_init(&head, m->arena);
  vonk_text_add_char(&head, (char)((count > SMALL_COUNT_MAX) << 4 | (width - 1) << 2 | BASIC_ARRAY));
  put_count(&head, count);
  for (uint32_t i = 0; i <= count; i++) put_bytes(&head, (vonk_int128)offsets[i], width);
  insert_head(m, start, vonk_text_str(&head));
}

static bool write_list(struct maker *m, const struct vonk_json_node *node) {
  size_t *offsets = ARENA_ARRAY(m->arena, size_t, (size_t)node->count + 1), start = m->out.size;
  uint32_t count = 0;
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    offsets[count++] = m->out.size - start;
    if (!write_node(m, child)) return false;
  }
  offsets[count] = m->out.size - start;
  end_list(m, start, offsets, count);
  return true;
}

static int compare_members(const void *a, const void *b) {
  const struct member *x = a, *y = b;
  int order = vonk_str_compare(x->name, y->name);
  return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

/* Sorted, the last of equal names alone; false when there are some and they are not wanted. */
static bool sort_members(struct maker *m, struct member *members, uint32_t *count) {
  uint32_t kept = 0;
  qsort(members, *count, sizeof *members, compare_members);
  for (uint32_t i = 0; i < *count; i++) {
    bool again = i && members[i].id == members[i - 1].id;
    if (again && !m->duplicates) return m->duplicate = members[i].name, false;
    members[again ? kept - 1 : kept++] = members[i];
  }
  *count = kept;
  return true;
}

/* MEMBERS in the order they were written in. */
static bool end_object(struct maker *m, size_t start, struct member *members, uint32_t count) {
  size_t size = m->out.size - start;
  uint32_t max_id = 0;
  struct vonk_text head;
  for (uint32_t i = 0; i < count; i++) max_id = members[i].id > max_id ? members[i].id : max_id;
  if (!sort_members(m, members, &count)) return false;
  uint32_t width = width_of(size), id_width = width_of(max_id);
  vonk_text_init(&head, m->arena);
  vonk_text_add_char(&head, (char)((count > SMALL_COUNT_MAX) << 6 | (id_width - 1) << 4 | (width - 1) << 2 | BASIC_OBJECT));
  put_count(&head, count);
  for (uint32_t i = 0; i < count; i++) put_bytes(&head, members[i].id, id_width);
  for (uint32_t i = 0; i < count; i++) put_bytes(&head, (vonk_int128)members[i].offset, width);
  put_bytes(&head, (vonk_int128)size, width);
  insert_head(m, start, vonk_text_str(&head));
  return true;
}

static struct member begin_member(struct maker *m, struct vonk_str name, size_t start) {
  return (struct member){.name = name, .id = id_of(m, name), .offset = m->out.size - start};
}

static bool write_object(struct maker *m, const struct vonk_json_node *node) {
  struct member *members = ARENA_ARRAY(m->arena, struct member, node->count);
  size_t start = m->out.size;
  uint32_t count = 0;
  for (const struct vonk_json_node *child = node->first; child; child = child->next) {
    members[count++] = begin_member(m, child->name, start);
    if (!write_node(m, child)) return false;
  }
  return end_object(m, start, members, count);
}

static bool write_node(struct maker *m, const struct vonk_json_node *node) {
  switch (node->kind) {
    case VONK_JSON_NULL: put_form(&m->out, FORM_NULL); return true;
    case VONK_JSON_FALSE: put_form(&m->out, FORM_FALSE); return true;
    case VONK_JSON_TRUE: put_form(&m->out, FORM_TRUE); return true;
    case VONK_JSON_INTEGER:
    case VONK_JSON_REAL:
    case VONK_JSON_NAN: write_number(&m->out, node); return true;
    case VONK_JSON_TEXT: write_string(&m->out, node->text); return true;
    case VONK_JSON_LIST: return write_list(m, node);
    default: return write_object(m, node);
  }
}

/* Version 1, the names in order of their first use. */
static struct vonk_str write_metadata(struct maker *m) {
  struct vonk_text out;
  size_t offset = 0;
  uint32_t width = width_of(m->name_bytes > m->names.count ? m->name_bytes : m->names.count);
  vonk_text_init(&out, m->arena);
  vonk_text_add_char(&out, (char)(uint8_t)(1 | (width - 1) << 6));
  put_bytes(&out, (vonk_int128)m->names.count, width);
  for (size_t i = 0; i <= m->names.count; i++) {
    put_bytes(&out, (vonk_int128)offset, width);
    if (i < m->names.count) offset += m->names.items[i].size;
  }
  for (size_t i = 0; i < m->names.count; i++) vonk_text_add(&out, m->names.items[i]);
  return vonk_text_str(&out);
}

bool vonk_variant_from_json(struct vonk_arena *arena, const struct vonk_json_node *node, bool duplicates, struct vonk_variant *out, struct vonk_str *name) {
  struct maker m = {.arena = arena, .duplicates = duplicates};
  vonk_text_init(&m.out, arena);
  vonk_map_init(&m.ids, arena, false);
  if (!write_node(&m, node)) return *name = m.duplicate, false;
  out->metadata = write_metadata(&m);
  out->value = vonk_text_str(&m.out);
  return true;
}

/* --- values --- */

static bool write_value(struct maker *m, const struct vonk_value *value, uint32_t depth);

static void write_bytes(struct vonk_text *out, uint32_t form, vonk_int128 value, uint32_t width) {
  put_form(out, form);
  put_bytes(out, value, width);
}

static void write_decimal_value(struct vonk_text *out, const struct vonk_value *value) {
  int digits = 1;
  while (digits < VONK_DECIMAL_PRECISION_MAX && !vonk_decimal_fits(value->decimal, digits)) digits++;
  write_decimal(out, value->decimal, (struct vonk_decimal_shape){digits, value->type->scale});
}

/* A variant within a value: its names get other ids. */
static bool write_variant(struct maker *m, const struct vonk_variant *variant, uint32_t depth) {
  struct vonk_variant_view view = vonk_variant_read(variant);
  struct vonk_variant child;
  struct vonk_str name;
  bool object = view.kind == VONK_VARIANT_OBJECT;
  if (depth > VONK_VARIANT_DEPTH_MAX || view.kind == VONK_VARIANT_BROKEN) return false;
  if (!object && view.kind != VONK_VARIANT_ARRAY) return vonk_text_add(&m->out, variant->value), true;
  struct member *members = ARENA_ARRAY(m->arena, struct member, object ? view.count : 0);
  size_t start = m->out.size, *offsets = ARENA_ARRAY(m->arena, size_t, object ? 0 : (size_t)view.count + 1);
  for (uint32_t i = 0; i < view.count; i++) {
    if (!vonk_variant_child(variant, &view, i, &name, &child)) return false;
    if (object) members[i] = begin_member(m, name, start);
    else offsets[i] = m->out.size - start;
    if (!write_variant(m, &child, depth + 1)) return false;
  }
  if (object) return end_object(m, start, members, view.count);
  offsets[view.count] = m->out.size - start;
  end_list(m, start, offsets, view.count);
  return true;
}

static bool write_items(struct maker *m, const struct vonk_value *value, uint32_t depth) {
  const struct vonk_type *type = value->type;
  uint32_t count = value->nested.count;
  bool list = type->id == VONK_TYPE_ARRAY, map = type->id == VONK_TYPE_MAP;
  struct member *members = ARENA_ARRAY(m->arena, struct member, list ? 0 : count);
  size_t start = m->out.size, *offsets = ARENA_ARRAY(m->arena, size_t, list ? (size_t)count + 1 : 0);
  for (uint32_t i = 0; i < count; i++) {
    if (list) offsets[i] = m->out.size - start;
    else members[i] = begin_member(m, map ? value->nested.items[2 * i].text : type->fields[i].name, start);
    if (!write_value(m, &value->nested.items[map ? 2 * i + 1 : i], depth + 1)) return false;
  }
  if (!list) return end_object(m, start, members, count);
  offsets[count] = m->out.size - start;
  end_list(m, start, offsets, count);
  return true;
}

static bool write_value(struct maker *m, const struct vonk_value *value, uint32_t depth) {
  struct vonk_text *out = &m->out;
  float small = (float)value->real;
  uint32_t bits;
  if (depth > VONK_VARIANT_DEPTH_MAX) return false;
  if (value->is_null) return put_form(out, FORM_NULL), true;
  switch (value->type->id) {
    case VONK_TYPE_BOOLEAN: put_form(out, value->integer ? FORM_TRUE : FORM_FALSE); return true;
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_LONG: write_long(out, (int64_t)value->integer); return true;
    case VONK_TYPE_FLOAT:
      memcpy(&bits, &small, sizeof bits);
      write_bytes(out, FORM_FLOAT, bits, 4);
      return true;
    case VONK_TYPE_DOUBLE: write_double(out, value->real); return true;
    case VONK_TYPE_DECIMAL: write_decimal_value(out, value); return true;
    case VONK_TYPE_DATE: write_bytes(out, FORM_DATE, value->integer, 4); return true;
    case VONK_TYPE_TIMESTAMP: write_bytes(out, FORM_TIMESTAMP, value->integer, 8); return true;
    case VONK_TYPE_TIMESTAMP_NTZ: write_bytes(out, FORM_TIMESTAMP_NTZ, value->integer, 8); return true;
    case VONK_TYPE_BINARY:
      write_bytes(out, FORM_BINARY, (vonk_int128)value->text.size, 4);
      vonk_text_add(out, value->text);
      return true;
    case VONK_TYPE_VARIANT: {
      struct vonk_variant variant = vonk_variant_of(value);
      return write_variant(m, &variant, depth);
    }
    case VONK_TYPE_ARRAY:
    case VONK_TYPE_MAP:
    case VONK_TYPE_STRUCT: return write_items(m, value, depth);
    default: write_string(out, value->text); return true;
  }
}

bool vonk_variant_from_value(struct vonk_arena *arena, const struct vonk_value *value, struct vonk_variant *out) {
  struct maker m = {.arena = arena, .duplicates = true};
  vonk_text_init(&m.out, arena);
  vonk_map_init(&m.ids, arena, false);
  if (!write_value(&m, value, 0)) return false;
  out->metadata = write_metadata(&m);
  out->value = vonk_text_str(&m.out);
  return true;
}
