/* schema.c: walks the flat list of schema elements and builds the tree of nodes.
 *
 * Levels count on the way down: an optional field adds a definition level, a repeated one adds both.
 */
#include "format/parquet/schema.h"

#include "format/parquet/rebase.h"

enum { LEVEL_MAX = 200 };

struct builder {
  struct vonk_arena *arena;
  const struct parquet_metadata *metadata;
  const struct vonk_scan_options *options;
  uint32_t next;                 /* element */
  uint32_t leaf_count;
  int depth;
  const char *reason;
  bool is_unsupported;
};

struct levels {
  int definition, repetition, slot;
};

static bool fail(struct builder *b, const char *reason) {
  if (!b->reason) b->reason = reason;
  return false;
}

static const struct vonk_type *binary_type(const struct builder *b, const struct parquet_element *e) {
  bool text = e->converted == PARQUET_UTF8 || e->converted == PARQUET_ENUM || e->converted == PARQUET_JSON || e->logical == PARQUET_LOGICAL_STRING ||
              e->logical == PARQUET_LOGICAL_ENUM || e->logical == PARQUET_LOGICAL_JSON;
  bool plain = e->converted < 0 && e->logical == 0;
  return text || (plain && b->options->binary_as_string) ? &vonk_type_string : &vonk_type_binary;
}

static bool is_decimal(const struct parquet_element *e) { return e->converted == PARQUET_DECIMAL || e->logical == PARQUET_LOGICAL_DECIMAL; }

static bool decimal_leaf(struct builder *b, const struct parquet_element *e, struct parquet_node *n) {
  if (e->precision < 1 || e->scale < 0 || e->scale > e->precision) return fail(b, "a decimal column has no valid precision and scale");
  if (e->precision > VONK_DECIMAL_PRECISION_MAX) return fail(b, "a decimal column has more than 38 digits");
  n->type = vonk_type_decimal(b->arena, e->precision, e->scale);
  if (e->physical == PARQUET_INT32) {
    n->physical = VONK_PHYSICAL_I32;
  } else if (e->physical == PARQUET_INT64) {
    n->physical = VONK_PHYSICAL_I64;
  } else {
    n->physical = e->precision <= 18 ? VONK_PHYSICAL_I64 : VONK_PHYSICAL_I128;
    n->conversion = e->physical == PARQUET_FIXED ? PARQUET_FIXED_TO_DECIMAL : PARQUET_BYTES_TO_DECIMAL;
  }
  return true;
}

static void int32_leaf(struct builder *b, const struct parquet_element *e, struct parquet_node *n) {
  n->physical = VONK_PHYSICAL_I32;
  n->type = &vonk_type_int;
  int width = e->logical == PARQUET_LOGICAL_INTEGER ? e->bit_width : 0;
  bool is_unsigned = e->logical == PARQUET_LOGICAL_INTEGER && !e->is_signed;
  if (e->converted == PARQUET_DATE || e->logical == PARQUET_LOGICAL_DATE) {
    n->type = &vonk_type_date;
  } else if (e->converted == PARQUET_TIME_MILLIS || e->logical == PARQUET_LOGICAL_TIME) {
    n->type = vonk_type_time(b->arena, 3);
    n->physical = VONK_PHYSICAL_I64;
    n->conversion = PARQUET_MILLIS_TO_NANOS;
  } else if (e->converted == PARQUET_INT_8 || (width == 8 && !is_unsigned)) {
    n->type = &vonk_type_byte;
  } else if (e->converted == PARQUET_INT_16 || (width == 16 && !is_unsigned) || e->converted == PARQUET_UINT_8 || (width == 8 && is_unsigned)) {
    n->type = &vonk_type_short;
  } else if (e->converted == PARQUET_UINT_32 || (width == 32 && is_unsigned)) {
    n->type = &vonk_type_long;
    n->physical = VONK_PHYSICAL_I64;
    n->conversion = PARQUET_UINT32_TO_I64;
  }
}

static void timestamp_leaf(const struct builder *b, const struct parquet_element *e, struct parquet_node *n) {
  bool local = e->logical == PARQUET_LOGICAL_TIMESTAMP && !e->adjusted_to_utc && !b->options->timestamp_without_zone_as_timestamp;
  n->type = local ? &vonk_type_timestamp_ntz : &vonk_type_timestamp;
  if (e->converted == PARQUET_TIMESTAMP_MILLIS || e->unit == PARQUET_MILLIS) n->conversion = PARQUET_MILLIS_TO_MICROS;
  if (e->unit == PARQUET_NANOS) n->conversion = PARQUET_NANOS_TO_MICROS;
}

static void int64_leaf(struct builder *b, const struct parquet_element *e, struct parquet_node *n) {
  n->physical = VONK_PHYSICAL_I64;
  n->type = &vonk_type_long;
  if (e->converted == PARQUET_TIMESTAMP_MILLIS || e->converted == PARQUET_TIMESTAMP_MICROS || e->logical == PARQUET_LOGICAL_TIMESTAMP) {
    timestamp_leaf(b, e, n);
  } else if (e->converted == PARQUET_TIME_MICROS || e->logical == PARQUET_LOGICAL_TIME) {
    n->type = vonk_type_time(b->arena, 6);
    if (e->unit != PARQUET_NANOS) n->conversion = PARQUET_MICROS_TO_NANOS;
  } else if (e->converted == PARQUET_UINT_64 || (e->logical == PARQUET_LOGICAL_INTEGER && e->bit_width == 64 && !e->is_signed)) {
    n->type = vonk_type_decimal(b->arena, 20, 0);
    n->physical = VONK_PHYSICAL_I128;
    n->conversion = PARQUET_UINT64_TO_I128;
  }
}

static bool leaf_type(struct builder *b, const struct parquet_element *e, struct parquet_node *n) {
  if (e->physical == PARQUET_FIXED && e->type_length <= 0) return fail(b, "a fixed-length column has no length");
  if (is_decimal(e) && e->physical != PARQUET_BOOLEAN && e->physical != PARQUET_INT96 && e->physical != PARQUET_FLOAT && e->physical != PARQUET_DOUBLE)
    return decimal_leaf(b, e, n);
  switch (e->physical) {
    case PARQUET_BOOLEAN:
      /* Spark's columns of nulls; their levels are read as any other's. */
      n->type = e->logical == PARQUET_LOGICAL_UNKNOWN ? &vonk_type_void : &vonk_type_boolean, n->physical = VONK_PHYSICAL_BOOL;
      return true;
    case PARQUET_INT32: int32_leaf(b, e, n); return true;
    case PARQUET_INT64: int64_leaf(b, e, n); return true;
    case PARQUET_INT96:
      n->type = &vonk_type_timestamp, n->physical = VONK_PHYSICAL_I64, n->conversion = PARQUET_INT96_TO_MICROS;
      return true;
    case PARQUET_FLOAT: n->type = &vonk_type_float, n->physical = VONK_PHYSICAL_F32; return true;
    case PARQUET_DOUBLE: n->type = &vonk_type_double, n->physical = VONK_PHYSICAL_F64; return true;
    case PARQUET_BYTE_ARRAY: n->type = binary_type(b, e), n->physical = VONK_PHYSICAL_VIEW; return true;
    case PARQUET_FIXED:
      if (e->logical == PARQUET_LOGICAL_FLOAT16) {
        if (e->type_length != 2) return fail(b, "a FLOAT16 column is not two bytes wide");
        n->type = &vonk_type_float, n->physical = VONK_PHYSICAL_F32, n->conversion = PARQUET_HALF_TO_FLOAT;
      } else {
        n->type = binary_type(b, e), n->physical = VONK_PHYSICAL_VIEW;
      }
      return true;
    default: return fail(b, "a column has an unknown physical type");
  }
}

static bool build_field(struct builder *b, struct levels at, struct parquet_node *n);
static bool build_content(struct builder *b, const struct parquet_element *e, struct levels at, struct parquet_node *n);

static const struct parquet_element *peek(struct builder *b, uint32_t ahead) {
  return b->next + ahead < b->metadata->element_count ? &b->metadata->elements[b->next + ahead] : NULL;
}

static bool is_bytes(const struct parquet_node *n, struct vonk_str name) {
  return vonk_str_equal(n->name, name) && n->kind == PARQUET_NODE_LEAF && n->physical == VONK_PHYSICAL_VIEW;
}

/* All of a value is in its bytes: no part of it has a column of its own. */
static bool is_whole_variant(const struct parquet_node *n) {
  return n->child_count == 2 && is_bytes(&n->children[0], STR("metadata")) && is_bytes(&n->children[1], STR("value"));
}

static bool build_struct(struct builder *b, const struct parquet_element *e, struct levels at, struct parquet_node *n) {
  if (e->child_count <= 0 || (uint32_t)e->child_count > b->metadata->element_count - b->next) return fail(b, "a group has a wrong number of fields");
  n->kind = PARQUET_NODE_STRUCT;
  n->child_count = (uint32_t)e->child_count;
  n->children = ARENA_ARRAY(b->arena, struct parquet_node, n->child_count);
  struct vonk_type_field *fields = ARENA_ARRAY(b->arena, struct vonk_type_field, n->child_count);
  for (uint32_t i = 0; i < n->child_count; i++) {
    if (!build_field(b, at, &n->children[i])) return false;
    fields[i] = (struct vonk_type_field){.name = n->children[i].name, .type = n->children[i].type, .nullable = true};
  }
  n->type = vonk_type_struct(b->arena, fields, n->child_count);
  if (e->logical == PARQUET_LOGICAL_VARIANT) {
    b->is_unsupported = !is_whole_variant(n);
    if (b->is_unsupported) return fail(b, "shredded VARIANT columns");
    n->type = &vonk_type_variant;
  }
  return true;
}

/* N becomes a list whose entries are the repeated element R, already taken; ITSELF: R is the entry, else its only child. */
static bool build_list(struct builder *b, const struct parquet_element *r, bool itself, struct levels at, struct parquet_node *n) {
  struct levels inner = {at.definition + 1, at.repetition + 1, at.definition + 1};
  if (inner.definition > LEVEL_MAX) return fail(b, "the schema is nested too deep");
  n->kind = PARQUET_NODE_LIST;
  n->child_count = 1;
  n->children = ARENA_ARRAY(b->arena, struct parquet_node, 1);
  n->repetition = (uint8_t)inner.repetition, n->entry_definition = (uint8_t)inner.definition;
  struct parquet_node *entry = n->children;
  if (itself) {
    *entry = (struct parquet_node){.name = r->name, .leaf = b->leaf_count, .slot_definition = (uint8_t)inner.slot,
                                   .definition = (uint8_t)inner.definition, .repetition = (uint8_t)inner.repetition};
    if (!build_content(b, r, inner, entry)) return false;
    entry->leaf_count = b->leaf_count - entry->leaf;
  } else if (!build_field(b, inner, entry)) {
    return false;
  }
  n->type = vonk_type_array(b->arena, entry->type, true);
  return true;
}

static bool build_map(struct builder *b, const struct parquet_element *r, struct levels at, struct parquet_node *n) {
  struct levels inner = {at.definition + 1, at.repetition + 1, at.definition + 1};
  if (inner.definition > LEVEL_MAX) return fail(b, "the schema is nested too deep");
  struct parquet_node entry = {0};
  if (!build_struct(b, r, inner, &entry)) return false;
  n->kind = PARQUET_NODE_MAP;
  n->child_count = 2;
  n->children = entry.children;
  n->repetition = (uint8_t)inner.repetition, n->entry_definition = (uint8_t)inner.definition;
  n->type = vonk_type_map(b->arena, entry.children[0].type, entry.children[1].type, true);
  return true;
}

/* What E is, its own repetition being counted in AT. */
static bool build_content(struct builder *b, const struct parquet_element *e, struct levels at, struct parquet_node *n) {
  if (e->physical >= 0 && e->child_count <= 0) {
    n->kind = PARQUET_NODE_LEAF;
    n->element = e;
    b->leaf_count++;
    if (!leaf_type(b, e, n)) return false;
    parquet_rebase_choose(b->arena, b->metadata, b->options, n);
    return true;
  }
  if (++b->depth > VONK_TYPE_DEPTH_MAX) return fail(b, "the schema is nested too deep");
  const struct parquet_element *r = peek(b, 0);
  bool fine, single = e->child_count == 1 && r && r->repetition == PARQUET_REPEATED;
  bool is_map = e->converted == PARQUET_MAP || e->converted == PARQUET_MAP_KEY_VALUE || e->logical == PARQUET_LOGICAL_MAP;
  bool is_list = e->converted == PARQUET_LIST || e->logical == PARQUET_LOGICAL_LIST;
  if (single && is_map && r->physical < 0 && r->child_count == 2) {
    b->next++;
    fine = build_map(b, r, at, n);
  } else if (single && (is_list || is_map)) {
    b->next++;
    const struct parquet_element *only = peek(b, 0);
    struct vonk_str tuple = vonk_str_format(b->arena, STR_FMT "_tuple", STR_ARG(e->name));
    bool itself = r->physical >= 0 || r->child_count != 1 || vonk_str_equal(r->name, STR("array")) || vonk_str_equal(r->name, tuple) ||
                  (only && only->repetition == PARQUET_REPEATED);
    fine = build_list(b, r, itself, at, n);
  } else {
    fine = build_struct(b, e, at, n);
  }
  b->depth--;
  return fine;
}

static bool build_field(struct builder *b, struct levels at, struct parquet_node *n) {
  const struct parquet_element *e = peek(b, 0);
  if (!e) return fail(b, "the schema ends too early");
  b->next++;
  *n = (struct parquet_node){.name = e->name, .field_id = e->field_id, .leaf = b->leaf_count, .slot_definition = (uint8_t)at.slot};
  if (e->repetition < PARQUET_REQUIRED || e->repetition > PARQUET_REPEATED) return fail(b, "a field has no valid repetition");
  if (e->repetition == PARQUET_OPTIONAL) at.definition++, n->nullable = true;
  if (at.definition > LEVEL_MAX) return fail(b, "the schema is nested too deep");
  n->definition = (uint8_t)at.definition, n->repetition = (uint8_t)at.repetition;
  bool fine = e->repetition == PARQUET_REPEATED ? build_list(b, e, true, at, n) : build_content(b, e, at, n);
  n->leaf_count = b->leaf_count - n->leaf;
  return fine;
}

static const struct vonk_type *with_metadata(struct vonk_arena *arena, const struct vonk_type *have, const struct vonk_type *noted);

/* HAVE's fields with what NOTED, of the same name, has for metadata. */
static const struct vonk_type *struct_with_metadata(struct vonk_arena *arena, const struct vonk_type *have, const struct vonk_type *noted) {
  struct vonk_type_field *fields = vonk_arena_copy(arena, have->fields, have->field_count * sizeof *fields);
  for (uint32_t i = 0; i < have->field_count && i < noted->field_count; i++) {
    if (!vonk_str_equal(fields[i].name, noted->fields[i].name)) continue;
    fields[i].type = with_metadata(arena, fields[i].type, noted->fields[i].type);
    fields[i].metadata = noted->fields[i].metadata;
  }
  return vonk_type_struct(arena, fields, have->field_count);
}

static const struct vonk_type *with_metadata(struct vonk_arena *arena, const struct vonk_type *have, const struct vonk_type *noted) {
  if (have->id != noted->id) return have;
  switch (have->id) {
    case VONK_TYPE_STRUCT: return struct_with_metadata(arena, have, noted);
    case VONK_TYPE_ARRAY: return vonk_type_array(arena, with_metadata(arena, have->element, noted->element), have->contains_null);
    case VONK_TYPE_MAP:
      return vonk_type_map(arena, with_metadata(arena, have->key, noted->key), with_metadata(arena, have->element, noted->element), have->contains_null);
    default: return have;
  }
}

/* Spark's own note of the schema knows types that Parquet does not. */
static void take_spark_types(struct builder *b, struct parquet_schema *s, struct vonk_type_field *fields) {
  const struct vonk_type *noted;
  if (!b->metadata->spark_schema.data || !vonk_type_from_json(b->arena, b->metadata->spark_schema, &noted) || noted->id != VONK_TYPE_STRUCT) return;
  for (uint32_t i = 0; i < s->field_count; i++) {
    for (uint32_t k = 0; k < noted->field_count; k++) {
      const struct vonk_type_field *note = &noted->fields[k];
      if (!vonk_str_equal(note->name, fields[i].name)) continue;
      const struct vonk_type *have = fields[i].type;
      bool better = (have->id == VONK_TYPE_INT && note->type->id == VONK_TYPE_INTERVAL_YM) || (have->id == VONK_TYPE_LONG && note->type->id == VONK_TYPE_INTERVAL_DT) ||
                    (vonk_type_is_string(have) && vonk_type_is_string(note->type)) || (have->id == VONK_TYPE_TIME && note->type->id == VONK_TYPE_TIME) ||
                    (have->id == VONK_TYPE_TIMESTAMP && note->type->id == VONK_TYPE_TIMESTAMP_NTZ && s->fields[i].conversion == PARQUET_AS_IS);
      if (better && s->fields[i].kind == PARQUET_NODE_LEAF) s->fields[i].type = fields[i].type = note->type;
      fields[i].type = with_metadata(b->arena, fields[i].type, note->type);
      fields[i].metadata = note->metadata;
    }
  }
}

bool parquet_schema_build(struct vonk_arena *arena, const struct parquet_metadata *metadata, const struct vonk_scan_options *options,
                          struct parquet_schema *out, const char **reason) {
  struct builder b = {.arena = arena, .metadata = metadata, .options = options, .next = 1};
  const struct parquet_element *root = &metadata->elements[0];
  *out = (struct parquet_schema){0};
  if (root->child_count < 0 || (uint32_t)root->child_count >= metadata->element_count + (root->child_count == 0)) fail(&b, "the schema's root has a wrong number of fields");
  uint32_t count = b.reason ? 0 : (uint32_t)root->child_count;
  out->field_count = count;
  out->fields = ARENA_ARRAY(arena, struct parquet_node, count);
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, count);
  for (uint32_t i = 0; i < count && !b.reason; i++) {
    if (!build_field(&b, (struct levels){0, 0, 0}, &out->fields[i])) break;
    fields[i] = (struct vonk_type_field){.name = out->fields[i].name, .type = out->fields[i].type, .nullable = true};
  }
  *reason = b.reason;
  out->is_unsupported = b.is_unsupported;
  if (b.reason) return false;
  take_spark_types(&b, out, fields);
  out->leaf_count = b.leaf_count;
  for (uint32_t i = 1; i < metadata->element_count; i++) out->has_field_ids = out->has_field_ids || metadata->elements[i].field_id >= 0;
  out->type = vonk_type_struct(arena, fields, count);
  return true;
}

int32_t parquet_field_id(struct vonk_str metadata) {
  static const struct vonk_str key = STR("\"parquet.field.id\":");
  size_t at = vonk_str_find(metadata, key, 0), end;
  int64_t id;
  if (at == SIZE_MAX) return -1;
  at += key.size;
  for (end = at; end < metadata.size && metadata.data[end] >= '0' && metadata.data[end] <= '9';) end++;
  return vonk_str_to_int64(vonk_str_slice(metadata, at, end), &id) && id <= INT32_MAX ? (int32_t)id : -1;
}

const struct parquet_node parquet_node_twice = {.kind = PARQUET_NODE_MISSING, .type = &vonk_type_void};

static const struct parquet_node *find_id(const struct parquet_node *nodes, uint32_t count, int32_t id) {
  const struct parquet_node *found = NULL;
  for (uint32_t i = 0; i < count; i++) {
    if (nodes[i].field_id == id) found = found ? &parquet_node_twice : &nodes[i];
  }
  return found;
}

const struct parquet_node *parquet_node_find(const struct parquet_node *nodes, uint32_t count, const struct vonk_type_field *field,
                                             const struct vonk_scan_options *options) {
  int32_t id = options->field_ids ? parquet_field_id(field->metadata) : -1;
  if (id >= 0) return find_id(nodes, count, id);
  for (uint32_t i = 0; i < count; i++) {
    if (vonk_str_equal(nodes[i].name, field->name)) return &nodes[i];
  }
  for (uint32_t i = 0; i < count && !options->case_sensitive; i++) {
    if (vonk_str_equal_nocase(nodes[i].name, field->name)) return &nodes[i];
  }
  return NULL;
}
