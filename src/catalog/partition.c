/* partition.c: partition columns from folder names (a=1/b=x/file): which there are, their types and values. */
#include "catalog/partition_internal.h"

#include "type/text.h"

#define DEFAULT_PARTITION "__HIVE_DEFAULT_PARTITION__"

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct vonk_str catalog_unescape_path(struct vonk_arena *arena, struct vonk_str text) {
  char *out = vonk_arena_alloc(arena, text.size + 1);
  size_t n = 0;
  for (size_t i = 0; i < text.size; i++) {
    int high = text.data[i] == '%' && i + 2 < text.size ? hex(text.data[i + 1]) : -1, low = high >= 0 ? hex(text.data[i + 2]) : -1;
    if (low >= 0) i += 2;
    out[n++] = low >= 0 ? (char)(high << 4 | low) : text.data[i];
  }
  return (struct vonk_str){out, n};
}

/* The key=value folders of PATH below the first BASE_SIZE bytes. */
static uint32_t split_path(struct vonk_arena *arena, struct vonk_str path, size_t base_size, struct vonk_option *out) {
  uint32_t count = 0;
  size_t start = base_size;
  for (size_t i = base_size; i < path.size; i++) {
    if (path.data[i] != '/') continue;
    struct vonk_str segment = vonk_str_slice(path, start, i);
    size_t equals = vonk_str_find(segment, STR("="), 0);
    if (equals != SIZE_MAX && equals > 0 && count < CATALOG_PARTITION_COLUMNS_MAX) {
      out[count].key = catalog_unescape_path(arena, vonk_str_slice(segment, 0, equals));
      out[count++].value = catalog_unescape_path(arena, vonk_str_slice(segment, equals + 1, segment.size));
    }
    start = i + 1;
  }
  return count;
}

/* Spark's order: INT, BIGINT, DOUBLE, DATE, TIMESTAMP, else STRING. */
static const struct vonk_type *infer(struct vonk_arena *arena, struct vonk_str text) {
  struct vonk_parse_context context = {.zone = &vonk_timezone_utc, .arena = arena};
  int64_t integer, micros;
  double real;
  int32_t days;
  if (vonk_str_equal(text, STR(DEFAULT_PARTITION))) return &vonk_type_void;
  if (vonk_str_to_int64(text, &integer)) return integer >= INT32_MIN && integer <= INT32_MAX ? &vonk_type_int : &vonk_type_long;
  char last = text.size ? text.data[text.size - 1] : 'x';
  if (((last >= '0' && last <= '9') || last == '.') && vonk_str_to_double(text, &real)) return &vonk_type_double;
  if (text.size == 10 && text.data[4] == '-' && vonk_parse_date(text, &days)) return &vonk_type_date;
  if (text.size > 10 && text.data[4] == '-' && vonk_parse_timestamp(text, &context, &micros)) return &vonk_type_timestamp;
  return &vonk_type_string;
}

static const struct vonk_type *merge(const struct vonk_type *a, const struct vonk_type *b) {
  if (a->id == b->id || b->id == VONK_TYPE_VOID) return a;
  if (a->id == VONK_TYPE_VOID) return b;
  bool a_number = vonk_type_is_numeric(a), b_number = vonk_type_is_numeric(b);
  if (a_number && b_number) return a->id > b->id ? a : b;
  if (vonk_type_is_datetime(a) && vonk_type_is_datetime(b)) return &vonk_type_timestamp;
  return &vonk_type_string;
}

static STATUS conflicting(struct vonk_task *task, struct vonk_str path) {
  return vonk_raise(task, VONK_CONFLICTING_DIRECTORY_STRUCTURES, NULL, "discoveredBasePaths", path, NULL);
}

static STATUS parse(struct vonk_task *task, struct vonk_str text, const struct vonk_type *type, const struct vonk_timezone *zone, struct vonk_value *out) {
  struct vonk_parse_context context = {.zone = zone, .arena = task->arena};
  *out = vonk_value_null(type);
  if (vonk_str_equal(text, STR(DEFAULT_PARTITION)) || type->id == VONK_TYPE_VOID) return VONK_OK;
  const struct vonk_type *target = type->id == VONK_TYPE_CHAR || type->id == VONK_TYPE_VARCHAR ? &vonk_type_string : type;
  if (vonk_parse_value(text, target, &context, false, out)) return VONK_OK;
  return vonk_raise(task, VONK_CAST_INVALID_INPUT, NULL, "expression", vonk_str_format(task->arena, "'" STR_FMT "'", STR_ARG(text)), "sourceType",
                    STR("\"STRING\""), "targetType", vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(vonk_type_sql(task->arena, type))), "ansiConfig",
                    STR("\"spark.sql.ansi.enabled\""), NULL);
}

STATUS catalog_discover_partitions(struct vonk_task *task, const struct catalog_partition_request *request, const struct vonk_type **out) {
  struct vonk_option parts[CATALOG_PARTITION_COLUMNS_MAX], first[CATALOG_PARTITION_COLUMNS_MAX];
  const struct vonk_type *types[CATALOG_PARTITION_COLUMNS_MAX];
  uint32_t count = 0;
  *out = NULL;
  for (uint32_t i = 0; i < request->file_count; i++) {
    uint32_t n = split_path(task->arena, request->files[i].path, request->base_sizes[i], i ? parts : first);
    if (i == 0) count = n;
    if (n != count) return conflicting(task, request->files[i].path);
    for (uint32_t p = 0; p < n; p++) {
      if (i && !vonk_str_equal_nocase(parts[p].key, first[p].key)) return conflicting(task, request->files[i].path);
      const struct vonk_type *type = request->infer_types ? infer(task->arena, i ? parts[p].value : first[p].value) : &vonk_type_string;
      types[p] = i ? merge(types[p], type) : type;
    }
  }
  if (count == 0) return VONK_OK;
  struct vonk_type_field *fields = ARENA_ARRAY(task->arena, struct vonk_type_field, count);
  for (uint32_t p = 0; p < count; p++) {
    if (types[p]->id == VONK_TYPE_VOID) types[p] = &vonk_type_string;
    fields[p] = (struct vonk_type_field){.name = first[p].key, .type = types[p], .nullable = true};
  }
  *out = vonk_type_struct(task->arena, fields, count);
  return VONK_OK;
}

STATUS catalog_fill_partitions(struct vonk_task *task, const struct catalog_partition_request *request, const struct vonk_type *schema) {
  struct vonk_option parts[CATALOG_PARTITION_COLUMNS_MAX];
  for (uint32_t i = 0; i < request->file_count; i++) {
    struct vonk_value *values = ARENA_ARRAY(task->arena, struct vonk_value, schema->field_count);
    uint32_t n = split_path(task->arena, request->files[i].path, request->base_sizes[i], parts);
    for (uint32_t f = 0; f < schema->field_count; f++) {
      values[f] = vonk_value_null(schema->fields[f].type);
      for (uint32_t p = 0; p < n; p++) {
        if (vonk_str_equal_nocase(parts[p].key, schema->fields[f].name)) TRY(parse(task, parts[p].value, schema->fields[f].type, request->zone, &values[f]));
      }
    }
    request->files[i].partition_values = values;
  }
  return VONK_OK;
}
