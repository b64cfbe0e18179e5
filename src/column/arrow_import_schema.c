/* arrow_import_schema.c: Arrow's fields as types. */
#include "base/array.h"
#include "column/arrow_internal.h"

struct plain_format {
  const char *format;
  const struct vonk_type *type;
};

static const struct plain_format plain_formats[] = {
    {"n", &vonk_type_void},      {"b", &vonk_type_boolean},  {"c", &vonk_type_byte},   {"C", &vonk_type_short},
    {"s", &vonk_type_short},     {"S", &vonk_type_int},      {"i", &vonk_type_int},    {"I", &vonk_type_long},
    {"l", &vonk_type_long},      {"e", &vonk_type_float},    {"f", &vonk_type_float},  {"g", &vonk_type_double},
    {"u", &vonk_type_string},    {"U", &vonk_type_string},    {"vu", &vonk_type_string},  {"z", &vonk_type_binary}, {"Z", &vonk_type_binary},
    {"vz", &vonk_type_binary},   {"tdD", &vonk_type_date},   {"tdm", &vonk_type_date}, {"tiM", &vonk_type_interval_ym},
    {"tin", &vonk_type_interval}, {"tDs", &vonk_type_interval_dt}, {"tDm", &vonk_type_interval_dt},
    {"tDu", &vonk_type_interval_dt}, {"tDn", &vonk_type_interval_dt},
};

static STATUS unknown_format(struct vonk_task *task, const char *format) {
  return vonk_raisef(task, VONK_UNSUPPORTED_ARROWTYPE, NULL, "typeName", "'%s'", format);
}

struct vonk_str arrow_metadata_find(const char *metadata, struct vonk_str key) {
  int32_t count, sizes[2];
  if (!metadata) return (struct vonk_str){0};
  memcpy(&count, metadata, 4);
  metadata += 4;
  for (int32_t i = 0; i < count; i++) {
    memcpy(&sizes[0], metadata, 4);
    struct vonk_str found = {metadata + 4, (size_t)sizes[0]};
    metadata = found.data + found.size;
    memcpy(&sizes[1], metadata, 4);
    struct vonk_str value = {metadata + 4, (size_t)sizes[1]};
    metadata = value.data + value.size;
    if (vonk_str_equal(found, key)) return value;
  }
  return (struct vonk_str){0};
}

static STATUS import_type(struct vonk_task *task, const struct ArrowSchema *schema, int depth, const struct vonk_type **out);

static STATUS import_fields(struct vonk_task *task, const struct ArrowSchema *schema, int depth, const struct vonk_type **out) {
  struct vonk_type_field *fields = ARENA_ARRAY(task->arena, struct vonk_type_field, (size_t)schema->n_children);
  bool variant = schema->n_children == 2;
  for (int64_t i = 0; i < schema->n_children; i++) {
    const struct ArrowSchema *child = schema->children[i];
    fields[i].name = vonk_str_copy(task->arena, vonk_str_of(child->name ? child->name : ""));
    fields[i].nullable = (child->flags & ARROW_FLAG_NULLABLE) != 0;
    fields[i].metadata = vonk_str_copy(task->arena, arrow_metadata_find(child->metadata, ARROW_METADATA_KEY));
    TRY(import_type(task, child, depth + 1, &fields[i].type));
    static const char *const names[] = {"value", "metadata"};
    variant = variant && fields[i].type->id == VONK_TYPE_BINARY && vonk_str_equal(fields[i].name, vonk_str_of(names[i]));
  }
  if (variant && vonk_str_equal(arrow_metadata_find(schema->children[1]->metadata, ARROW_VARIANT_KEY), STR("true"))) *out = &vonk_type_variant;
  else *out = vonk_type_struct(task->arena, fields, (uint32_t)schema->n_children);
  return VONK_OK;
}

static STATUS import_nested(struct vonk_task *task, const struct ArrowSchema *schema, int depth, const struct vonk_type **out) {
  char kind = schema->format[1];
  const struct vonk_type *key, *element;
  if (kind == 's') return import_fields(task, schema, depth, out);
  if (schema->n_children != 1) return unknown_format(task, schema->format);
  const struct ArrowSchema *child = schema->children[0];
  if (kind == 'l' || kind == 'L' || kind == 'w') {
    TRY(import_type(task, child, depth + 1, &element));
    *out = vonk_type_array(task->arena, element, (child->flags & ARROW_FLAG_NULLABLE) != 0);
    return VONK_OK;
  }
  if (kind != 'm' || child->n_children != 2) return unknown_format(task, schema->format);
  TRY(import_type(task, child->children[0], depth + 2, &key));
  TRY(import_type(task, child->children[1], depth + 2, &element));
  *out = vonk_type_map(task->arena, key, element, (child->children[1]->flags & ARROW_FLAG_NULLABLE) != 0);
  return VONK_OK;
}

/* "d:10,2" or "d:10,2,128"; other widths are 32, 64 and 256 bits. */
static bool import_decimal(struct vonk_arena *arena, struct vonk_str format, const struct vonk_type **out) {
  int64_t numbers[3] = {0, 0, 128};
  size_t at = 2;
  for (int i = 0; i < 3 && at < format.size; i++) {
    size_t comma = vonk_str_find(format, STR(","), at);
    if (comma == SIZE_MAX) comma = format.size;
    if (!vonk_str_to_int64(vonk_str_slice(format, at, comma), &numbers[i])) return false;
    at = comma + 1;
  }
  if (numbers[2] < 32 || numbers[2] > 256 || (numbers[2] & (numbers[2] - 1)) || numbers[0] < 1 || numbers[0] > VONK_DECIMAL_PRECISION_MAX || numbers[1] < 0 || numbers[1] > numbers[0]) {
    return false;
  }
  *out = vonk_type_decimal(arena, (int)numbers[0], (int)numbers[1]);
  return true;
}

static STATUS import_type(struct vonk_task *task, const struct ArrowSchema *schema, int depth, const struct vonk_type **out) {
  struct vonk_str format = vonk_str_of(schema->format);
  if (depth > VONK_TYPE_DEPTH_MAX) return vonk_unsupported(task, NULL, "Arrow types nested that deep");
  if (schema->dictionary) return import_type(task, schema->dictionary, depth, out);
  for (size_t i = 0; i < COUNT_OF(plain_formats); i++) {
    if (!vonk_str_equal(format, vonk_str_of(plain_formats[i].format))) continue;
    *out = plain_formats[i].type;
    return VONK_OK;
  }
  if (format.size >= 2 && format.data[0] == '+') return import_nested(task, schema, depth, out);
  if (vonk_str_starts_with(format, STR("w:"))) {
    *out = &vonk_type_binary;
    return VONK_OK;
  }
  if (vonk_str_equal(format, STR("L"))) {
    *out = vonk_type_decimal(task->arena, 20, 0);
    return VONK_OK;
  }
  if (format.size >= 4 && vonk_str_starts_with(format, STR("ts")) && format.data[3] == ':' && strchr("smun", format.data[2])) {
    *out = format.size > 4 ? &vonk_type_timestamp : &vonk_type_timestamp_ntz;
    return VONK_OK;
  }
  if (format.size == 3 && vonk_str_starts_with(format, STR("tt")) && strchr("smun", format.data[2])) {
    *out = vonk_type_time(task->arena, 6);
    return VONK_OK;
  }
  if (vonk_str_starts_with(format, STR("d:")) && import_decimal(task->arena, format, out)) return VONK_OK;
  return unknown_format(task, schema->format);
}

STATUS vonk_arrow_import_schema(struct vonk_task *task, const struct ArrowSchema *schema, const struct vonk_type **out) {
  if (strcmp(schema->format, "+s") != 0) return unknown_format(task, schema->format);
  TRY(import_type(task, schema, 0, out));
  if ((*out)->id != VONK_TYPE_STRUCT) return unknown_format(task, "+s of a variant");
  return VONK_OK;
}
