/* default.c: defaults of a reader's fields as the bytes that a writer would have written, which the reader then reads. */
#include "avro/encode.h"
#include "avro/schema.h"

enum { DEPTH_MAX = 100 };

static bool encode(struct vonk_text *out, const struct vonk_avro_schema *schema, const struct vonk_json_node *value, int depth);

/* Code points above 255 have no byte. */
static struct vonk_str latin1(struct vonk_arena *arena, struct vonk_str text) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  for (size_t at = 0; at < text.size;) {
    uint32_t c = vonk_utf8_decode(text, &at);
    vonk_text_add_char(&out, c < 256 ? (char)c : '?');
  }
  return vonk_text_str(&out);
}

static void add_fixed(struct vonk_text *out, struct vonk_str bytes, uint32_t size) {
  vonk_text_add(out, vonk_str_slice(bytes, 0, bytes.size < size ? bytes.size : size));
  for (size_t i = bytes.size; i < size; i++) vonk_text_add_char(out, 0);
}

static bool add_number(struct vonk_text *out, enum vonk_avro_kind kind, const struct vonk_json_node *value) {
  double real = vonk_json_real(value);
  float single = (float)real;
  int64_t integer = 0;
  if (kind == VONK_AVRO_KIND_DOUBLE) vonk_text_add(out, vonk_str_make((const char *)&real, sizeof real));
  else if (kind == VONK_AVRO_KIND_FLOAT) vonk_text_add(out, vonk_str_make((const char *)&single, sizeof single));
  else if (value->kind != VONK_JSON_INTEGER || !vonk_str_to_int64(value->text, &integer)) return false;
  else vonk_avro_add_long(out, kind == VONK_AVRO_KIND_INT ? (int32_t)integer : integer);
  return true;
}

static bool is_number(const struct vonk_json_node *value) { return value->kind == VONK_JSON_INTEGER || value->kind == VONK_JSON_REAL; }

/* Might VALUE be of that schema? What unions are told apart by. */
static bool is_of(const struct vonk_avro_schema *schema, const struct vonk_json_node *value) {
  switch (schema->kind) {
    case VONK_AVRO_KIND_NULL: return value->kind == VONK_JSON_NULL;
    case VONK_AVRO_KIND_BOOLEAN: return value->kind == VONK_JSON_TRUE || value->kind == VONK_JSON_FALSE;
    case VONK_AVRO_KIND_INT:
    case VONK_AVRO_KIND_LONG: return value->kind == VONK_JSON_INTEGER;
    case VONK_AVRO_KIND_FLOAT:
    case VONK_AVRO_KIND_DOUBLE: return is_number(value);
    case VONK_AVRO_KIND_ARRAY: return value->kind == VONK_JSON_LIST;
    case VONK_AVRO_KIND_MAP:
    case VONK_AVRO_KIND_RECORD: return value->kind == VONK_JSON_RECORD;
    case VONK_AVRO_KIND_UNION: return true;
    default: return value->kind == VONK_JSON_TEXT;
  }
}

static bool encode_record(struct vonk_text *out, const struct vonk_avro_schema *schema, const struct vonk_json_node *value, int depth) {
  for (uint32_t i = 0; i < schema->count; i++) {
    const struct vonk_avro_field *field = &schema->fields[i];
    const struct vonk_json_node *found = field->default_value;
    for (const struct vonk_json_node *child = value->first; child; child = child->next) {
      if (vonk_str_equal(child->name, field->name)) found = child;
    }
    if (!found || !encode(out, field->schema, found, depth)) return false;
  }
  return true;
}

static bool encode_items(struct vonk_text *out, const struct vonk_avro_schema *schema, const struct vonk_json_node *value, int depth) {
  if (value->count) vonk_avro_add_long(out, value->count);
  for (const struct vonk_json_node *child = value->first; child; child = child->next) {
    if (schema->kind == VONK_AVRO_KIND_MAP) vonk_avro_add_bytes(out, child->name);
    if (!encode(out, schema->branches[0], child, depth)) return false;
  }
  vonk_avro_add_long(out, 0);
  return true;
}

static bool encode_union(struct vonk_text *out, const struct vonk_avro_schema *schema, const struct vonk_json_node *value, int depth) {
  for (uint32_t i = 0; i < schema->count; i++) {
    if (!is_of(schema->branches[i], value)) continue;
    vonk_avro_add_long(out, i);
    return encode(out, schema->branches[i], value, depth);
  }
  return false;
}

static bool encode_enum(struct vonk_text *out, const struct vonk_avro_schema *schema, const struct vonk_json_node *value) {
  for (uint32_t i = 0; i < schema->count; i++) {
    if (!vonk_str_equal(schema->symbols[i], value->text)) continue;
    vonk_avro_add_long(out, i);
    return true;
  }
  return false;
}

static bool encode(struct vonk_text *out, const struct vonk_avro_schema *schema, const struct vonk_json_node *value, int depth) {
  if (depth == DEPTH_MAX || !is_of(schema, value)) return false;
  switch (schema->kind) {
    case VONK_AVRO_KIND_NULL: return true;
    case VONK_AVRO_KIND_BOOLEAN: vonk_text_add_char(out, value->kind == VONK_JSON_TRUE); return true;
    case VONK_AVRO_KIND_INT:
    case VONK_AVRO_KIND_LONG:
    case VONK_AVRO_KIND_FLOAT:
    case VONK_AVRO_KIND_DOUBLE: return add_number(out, schema->kind, value);
    case VONK_AVRO_KIND_STRING: vonk_avro_add_bytes(out, value->text); return true;
    case VONK_AVRO_KIND_BYTES: vonk_avro_add_bytes(out, latin1(out->arena, value->text)); return true;
    case VONK_AVRO_KIND_FIXED: add_fixed(out, latin1(out->arena, value->text), schema->size); return true;
    case VONK_AVRO_KIND_ENUM: return encode_enum(out, schema, value);
    case VONK_AVRO_KIND_RECORD: return encode_record(out, schema, value, depth + 1);
    case VONK_AVRO_KIND_ARRAY:
    case VONK_AVRO_KIND_MAP: return encode_items(out, schema, value, depth + 1);
    case VONK_AVRO_KIND_UNION: return encode_union(out, schema, value, depth + 1);
  }
  return false;
}

bool vonk_avro_encode_default(struct vonk_text *out, const struct vonk_avro_schema *schema, const struct vonk_json_node *value) {
  return encode(out, schema, value, 0);
}
