/* type_json.c: Spark's JSON form of types (StructType.json) and back.
 *
 * A string's collation is not in its type but in the metadata of the nearest struct field, under __COLLATIONS, keyed by
 * the path from the field ("a", "a.element", "a.key"); the provider ("icu", "spark") stands before the name.
 */
#include "base/array.h"
#include "base/status.h"
#include "type/json.h"
#include "type/type.h"

static const struct {
  const char *name;
  const struct vonk_type *type;
} plain_types[] = {
    {"void", &vonk_type_void},
    {"null", &vonk_type_void},
    {"boolean", &vonk_type_boolean},
    {"byte", &vonk_type_byte},
    {"short", &vonk_type_short},
    {"integer", &vonk_type_int},
    {"long", &vonk_type_long},
    {"float", &vonk_type_float},
    {"double", &vonk_type_double},
    {"decimal", &vonk_type_decimal_default},
    {"string", &vonk_type_string},
    {"binary", &vonk_type_binary},
    {"date", &vonk_type_date},
    {"timestamp", &vonk_type_timestamp},
    {"timestamp_ltz", &vonk_type_timestamp},
    {"timestamp_ntz", &vonk_type_timestamp_ntz},
    {"interval", &vonk_type_interval},
    {"calendarinterval", &vonk_type_interval},
    {"variant", &vonk_type_variant},
};

/* --- writing --- */

/* IN_FIELD: the collation goes to the metadata of a field around. */
static void add_json(struct vonk_text *out, const struct vonk_type *type, bool in_field);

static void add_collations(struct vonk_text *out, const struct vonk_type *type, struct vonk_str path, bool *any) {
  if (type->id == VONK_TYPE_STRING && type->collation.size) {
    vonk_text_add(out, *any ? STR(",") : STR("\"__COLLATIONS\":{"));
    *any = true;
    vonk_json_quote(out, path);
    const char *provider = vonk_str_starts_with(type->collation, STR("UTF8_")) ? "spark" : "icu";
    vonk_text_addf(out, ":\"%s." STR_FMT "\"", provider, STR_ARG(type->collation));
  } else if (type->id == VONK_TYPE_ARRAY) {
    add_collations(out, type->element, vonk_str_format(out->arena, STR_FMT ".element", STR_ARG(path)), any);
  } else if (type->id == VONK_TYPE_MAP) {
    add_collations(out, type->key, vonk_str_format(out->arena, STR_FMT ".key", STR_ARG(path)), any);
    add_collations(out, type->element, vonk_str_format(out->arena, STR_FMT ".value", STR_ARG(path)), any);
  }
}

/* The field's own metadata with the collations added. */
static void add_metadata(struct vonk_text *out, const struct vonk_type_field *field) {
  struct vonk_text collations;
  vonk_text_init(&collations, out->arena);
  bool any = false;
  add_collations(&collations, field->type, field->name, &any);
  struct vonk_str own = vonk_str_trim(field->metadata);
  bool has_own = own.size > 2;
  struct vonk_str inner = has_own ? vonk_str_trim(vonk_str_slice(own, 1, own.size - 1)) : STR("");
  vonk_text_addf(out, "{" STR_FMT, STR_ARG(inner));
  if (any) vonk_text_addf(out, "%s" STR_FMT "}", inner.size ? "," : "", STR_ARG(vonk_text_str(&collations)));
  vonk_text_add_char(out, '}');
}

static void add_struct_json(struct vonk_text *out, const struct vonk_type *type) {
  vonk_text_add(out, STR("{\"type\":\"struct\",\"fields\":["));
  for (uint32_t i = 0; i < type->field_count; i++) {
    const struct vonk_type_field *field = &type->fields[i];
    vonk_text_add(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
    vonk_json_quote(out, field->name);
    vonk_text_add(out, STR(",\"type\":"));
    add_json(out, field->type, true);
    vonk_text_addf(out, ",\"nullable\":%s,\"metadata\":", field->nullable ? "true" : "false");
    add_metadata(out, field);
    vonk_text_add_char(out, '}');
  }
  vonk_text_add(out, STR("]}"));
}

static void add_json(struct vonk_text *out, const struct vonk_type *type, bool in_field) {
  switch (type->id) {
    case VONK_TYPE_STRUCT: add_struct_json(out, type); return;
    case VONK_TYPE_ARRAY:
      vonk_text_add(out, STR("{\"type\":\"array\",\"elementType\":"));
      add_json(out, type->element, in_field);
      vonk_text_addf(out, ",\"containsNull\":%s}", type->contains_null ? "true" : "false");
      return;
    case VONK_TYPE_MAP:
      vonk_text_add(out, STR("{\"type\":\"map\",\"keyType\":"));
      add_json(out, type->key, in_field);
      vonk_text_add(out, STR(",\"valueType\":"));
      add_json(out, type->element, in_field);
      vonk_text_addf(out, ",\"valueContainsNull\":%s}", type->contains_null ? "true" : "false");
      return;
    default: break;
  }
  for (size_t i = 0; i < COUNT_OF(plain_types); i++) {
    if (plain_types[i].type->id != type->id || type->id == VONK_TYPE_DECIMAL) continue;
    if (type->collation.size && !in_field) break;
    vonk_text_addf(out, "\"%s\"", plain_types[i].name);
    return;
  }
  vonk_text_addf(out, "\"" STR_FMT "\"", STR_ARG(vonk_type_simple_string(out->arena, type)));
}

struct vonk_str vonk_type_json(struct vonk_arena *arena, const struct vonk_type *type) {
  struct vonk_text out;
  vonk_text_init(&out, arena);
  add_json(&out, type, false);
  return vonk_text_str(&out);
}

/* --- reading --- */

/* "decimal(10,2)" with NAME "decimal": up to two numbers into ARGUMENTS; their count, or 0. */
static int read_arguments(struct vonk_str text, struct vonk_str name, int64_t arguments[2]) {
  if (!vonk_str_starts_with(text, name) || !vonk_str_ends_with(text, STR(")"))) return 0;
  struct vonk_str inside = vonk_str_trim(vonk_str_slice(text, name.size, text.size - 1));
  if (inside.size == 0 || inside.data[0] != '(') return 0;
  inside = vonk_str_slice(inside, 1, inside.size);
  size_t comma = vonk_str_find(inside, STR(","), 0);
  if (comma == SIZE_MAX) return vonk_str_to_int64(vonk_str_trim(inside), &arguments[0]);
  bool both = vonk_str_to_int64(vonk_str_trim(vonk_str_slice(inside, 0, comma)), &arguments[0]) &&
              vonk_str_to_int64(vonk_str_trim(vonk_str_slice(inside, comma + 1, inside.size)), &arguments[1]);
  return both ? 2 : 0;
}

static int interval_field(struct vonk_str name) {
  static const char *const names[] = {"year", "month", "day", "hour", "minute", "second"};
  for (int i = 0; i < (int)COUNT_OF(names); i++) {
    if (vonk_str_equal(name, vonk_str_of(names[i]))) return i;
  }
  return -1;
}

static const struct vonk_type *interval_type(struct vonk_arena *arena, struct vonk_str text) {
  if (!vonk_str_starts_with(text, STR("interval "))) return NULL;
  text = vonk_str_slice(text, 9, text.size);
  size_t to = vonk_str_find(text, STR(" to "), 0);
  int start = interval_field(to == SIZE_MAX ? text : vonk_str_slice(text, 0, to));
  int end = to == SIZE_MAX ? start : interval_field(vonk_str_slice(text, to + 4, text.size));
  if (start < 0 || end < start || (start <= VONK_FIELD_MONTH) != (end <= VONK_FIELD_MONTH)) return NULL;
  return vonk_type_interval_of(arena, (enum vonk_interval_field)start, (enum vonk_interval_field)end);
}

/* Names of collations are letters, digits and underscores; which there are is not for this folder to know. */
static const struct vonk_type *collated(struct vonk_json *json, struct vonk_str name) {
  for (size_t i = 0; i < name.size; i++) {
    char c = name.data[i];
    if (!((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9') && c != '_') json->failed = true;
  }
  return vonk_type_collated(json->arena, name);
}

static const struct vonk_type *named_type(struct vonk_json *json, struct vonk_str name) {
  struct vonk_arena *arena = json->arena;
  for (size_t i = 0; i < COUNT_OF(plain_types); i++) {
    if (vonk_str_equal(name, vonk_str_of(plain_types[i].name))) return plain_types[i].type;
  }
  if (vonk_str_starts_with(name, STR("string collate "))) {
    return collated(json, vonk_str_slice(name, strlen("string collate "), name.size));
  }
  int64_t n[2] = {0};
  int count = read_arguments(name, STR("decimal"), n);
  if (count && n[0] >= 1 && n[0] <= VONK_DECIMAL_PRECISION_MAX && n[1] >= 0 && n[1] <= n[0]) {
    return vonk_type_decimal(arena, (int)n[0], (int)n[1]);
  }
  if (read_arguments(name, STR("char"), n) == 1 && n[0] > 0 && n[0] <= INT32_MAX) return vonk_type_char(arena, (uint32_t)n[0]);
  if (read_arguments(name, STR("varchar"), n) == 1 && n[0] > 0 && n[0] <= INT32_MAX) return vonk_type_varchar(arena, (uint32_t)n[0]);
  if (read_arguments(name, STR("time"), n) == 1 && n[0] >= 0 && n[0] <= 6) return vonk_type_time(arena, (int)n[0]);
  return interval_type(arena, name);
}

static const struct vonk_type *read_type(struct vonk_json *json, int depth);

/* The type with the collations that METADATA names for PATH and below. */
static const struct vonk_type *apply_collations(struct vonk_json *json, const struct vonk_type *type, struct vonk_str map,
                                                struct vonk_str path) {
  struct vonk_arena *arena = json->arena;
  if (type->id == VONK_TYPE_ARRAY) {
    path = vonk_str_format(arena, STR_FMT ".element", STR_ARG(path));
    return vonk_type_array(arena, apply_collations(json, type->element, map, path), type->contains_null);
  }
  if (type->id == VONK_TYPE_MAP) {
    struct vonk_str key_path = vonk_str_format(arena, STR_FMT ".key", STR_ARG(path));
    path = vonk_str_format(arena, STR_FMT ".value", STR_ARG(path));
    return vonk_type_map(arena, apply_collations(json, type->key, map, key_path),
                         apply_collations(json, type->element, map, path), type->contains_null);
  }
  if (type->id != VONK_TYPE_STRING) return type;
  struct vonk_json reader = {.arena = arena, .text = map};
  struct vonk_str key;
  uint32_t count = 0;
  vonk_json_expect(&reader, '{');
  while (vonk_json_next_member(&reader, &count, &key)) {
    struct vonk_str name = vonk_json_string(&reader);
    if (!vonk_str_equal(key, path)) continue;
    size_t dot = vonk_str_find(name, STR("."), 0);
    return collated(json, dot == SIZE_MAX ? name : vonk_str_slice(name, dot + 1, name.size));
  }
  return type;
}

/* Takes __COLLATIONS out of the metadata into the field's type. */
static void settle_metadata(struct vonk_json *json, struct vonk_type_field *field, struct vonk_str metadata) {
  struct vonk_json reader = {.arena = json->arena, .text = metadata};
  struct vonk_text kept;
  vonk_text_init(&kept, json->arena);
  struct vonk_str key, collations = {0};
  uint32_t count = 0;
  vonk_json_expect(&reader, '{');
  while (vonk_json_next_member(&reader, &count, &key)) {
    struct vonk_str value = vonk_json_skip(&reader);
    if (vonk_str_equal(key, STR("__COLLATIONS"))) {
      collations = value;
      continue;
    }
    vonk_text_add_char(&kept, kept.size ? ',' : '{');
    vonk_json_quote(&kept, key);
    vonk_text_add_char(&kept, ':');
    vonk_text_add(&kept, value);
  }
  if (reader.failed) json->failed = true;
  if (kept.size) vonk_text_add_char(&kept, '}');
  field->metadata = vonk_text_str(&kept);
  if (collations.size) field->type = apply_collations(json, field->type, collations, field->name);
}

static struct vonk_type_field read_field(struct vonk_json *json, int depth) {
  struct vonk_type_field field = {.nullable = true};
  struct vonk_str key, metadata = {0};
  uint32_t count = 0;
  vonk_json_expect(json, '{');
  while (vonk_json_next_member(json, &count, &key)) {
    if (vonk_str_equal(key, STR("name"))) field.name = vonk_json_string(json);
    else if (vonk_str_equal(key, STR("type"))) field.type = read_type(json, depth + 1);
    else if (vonk_str_equal(key, STR("nullable"))) field.nullable = vonk_json_bool(json);
    else if (vonk_str_equal(key, STR("metadata"))) metadata = vonk_json_skip(json);
    else vonk_json_skip(json);
  }
  if (!field.type || !field.name.data) json->failed = true;
  else if (metadata.size) settle_metadata(json, &field, metadata);
  return field;
}

/* The members that the object forms of types use, in whatever order they come. */
struct parts {
  struct vonk_str kind;
  const struct vonk_type *element, *key, *value, *sql_type;
  bool contains_null;
  ARRAY_OF(struct vonk_type_field) fields;
  bool has_fields;
};

static void read_part(struct vonk_json *json, struct vonk_str name, struct parts *parts, int depth) {
  uint32_t count = 0;
  if (vonk_str_equal(name, STR("type"))) parts->kind = vonk_json_string(json);
  else if (vonk_str_equal(name, STR("elementType"))) parts->element = read_type(json, depth + 1);
  else if (vonk_str_equal(name, STR("keyType"))) parts->key = read_type(json, depth + 1);
  else if (vonk_str_equal(name, STR("valueType"))) parts->value = read_type(json, depth + 1);
  else if (vonk_str_equal(name, STR("sqlType"))) parts->sql_type = read_type(json, depth + 1);
  else if (vonk_str_equal(name, STR("containsNull"))) parts->contains_null = vonk_json_bool(json);
  else if (vonk_str_equal(name, STR("valueContainsNull"))) parts->contains_null = vonk_json_bool(json);
  else if (vonk_str_equal(name, STR("fields"))) {
    parts->has_fields = true;
    vonk_json_expect(json, '[');
    while (vonk_json_next_element(json, &count)) {
      struct vonk_type_field field = read_field(json, depth);
      *ARRAY_PUSH(json->arena, &parts->fields) = field;
    }
  } else {
    vonk_json_skip(json);
  }
}

static const struct vonk_type *read_type(struct vonk_json *json, int depth) {
  const struct vonk_type *type = NULL;
  if (depth > VONK_TYPE_DEPTH_MAX) json->failed = true;
  if (vonk_json_peek(json) == '"') {
    type = named_type(json, vonk_json_string(json));
  } else {
    struct parts parts = {.contains_null = true};
    struct vonk_str name;
    uint32_t count = 0;
    vonk_json_expect(json, '{');
    while (vonk_json_next_member(json, &count, &name)) read_part(json, name, &parts, depth);
    if (vonk_str_equal(parts.kind, STR("struct")) && parts.has_fields) {
      type = vonk_type_struct(json->arena, parts.fields.items, (uint32_t)parts.fields.count);
    } else if (vonk_str_equal(parts.kind, STR("array")) && parts.element) {
      type = vonk_type_array(json->arena, parts.element, parts.contains_null);
    } else if (vonk_str_equal(parts.kind, STR("map")) && parts.key && parts.value) {
      type = vonk_type_map(json->arena, parts.key, parts.value, parts.contains_null);
    } else if (vonk_str_equal(parts.kind, STR("udt")) && parts.sql_type) {
      type = parts.sql_type;
    }
  }
  if (!type) json->failed = true;
  return json->failed ? NULL : type;
}

bool vonk_type_from_json(struct vonk_arena *arena, struct vonk_str json, const struct vonk_type **out) {
  struct vonk_json reader = {.arena = arena, .text = json};
  *out = read_type(&reader, 1);
  return !reader.failed && vonk_json_peek(&reader) == 0 && reader.position == json.size;
}
