/* partition.c: partition columns from folder names (a=1/b=x/file): which there are, and their values.
 *
 * As Spark's PartitioningUtils: a file's folders are looked at from the last upwards, to the first that is no key=value once
 * some was, or to the path that was asked for. All files must agree in where that is, and in the names.
 */
#include "catalog/partition_internal.h"

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct vonk_str unescape(struct vonk_arena *arena, struct vonk_str text) {
  char *out = vonk_arena_alloc(arena, text.size + 1);
  size_t n = 0;
  for (size_t i = 0; i < text.size; i++) {
    int high = text.data[i] == '%' && i + 2 < text.size ? hex(text.data[i + 1]) : -1, low = high >= 0 ? hex(text.data[i + 2]) : -1;
    if (low >= 0) i += 2;
    out[n++] = low >= 0 ? (char)(high << 4 | low) : text.data[i];
  }
  return (struct vonk_str){out, n};
}

struct parts {
  struct vonk_option items[CATALOG_PARTITION_COLUMNS_MAX]; /* in the order of the path */
  uint32_t count;
  struct vonk_str base;            /* what lies above them; without any the file's folder */
};

static STATUS split_segment(struct vonk_task *task, struct vonk_str segment, size_t equals, struct vonk_option *out) {
  if (equals == 0) return vonk_raise(task, VONK_EMPTY_PARTITION_COLUMN_NAME, NULL, "pathSegment", segment, NULL);
  if (equals + 1 == segment.size) return vonk_raise(task, VONK_EMPTY_PARTITION_COLUMN_VALUE, NULL, "pathSegment", segment, NULL);
  out->key = unescape(task->arena, vonk_str_slice(segment, 0, equals));
  out->value = unescape(task->arena, vonk_str_slice(segment, equals + 1, segment.size));
  return VONK_OK;
}

/* The key=value folders of the file PATH, below its first BASE_SIZE bytes. */
static STATUS split_path(struct vonk_task *task, struct vonk_str path, size_t base_size, struct parts *out) {
  size_t end = path.size;
  while (end > base_size && path.data[end - 1] != '/') end--;
  out->count = 0;
  out->base = vonk_str_slice(path, 0, end > base_size ? end - 1 : base_size);
  while (end > base_size + 1) {
    size_t start = --end; /* END is a slash */
    while (start > base_size && path.data[start - 1] != '/') start--;
    struct vonk_str segment = vonk_str_slice(path, start, end);
    size_t equals = vonk_str_find(segment, STR("="), 0);
    if (equals == SIZE_MAX && out->count) break;
    if (equals != SIZE_MAX) {
      if (out->count == CATALOG_PARTITION_COLUMNS_MAX) return vonk_unsupported(task, NULL, "more than 64 partition columns");
      TRY(split_segment(task, segment, equals, &out->items[out->count++]));
      out->base = vonk_str_slice(path, 0, start > base_size ? start - 1 : base_size);
    }
    end = start;
  }
  for (uint32_t i = 0; i < out->count / 2; i++) {
    struct vonk_option swapped = out->items[i];
    out->items[i] = out->items[out->count - 1 - i];
    out->items[out->count - 1 - i] = swapped;
  }
  return VONK_OK;
}

static bool same_name(const struct catalog_partition_request *request, struct vonk_str a, struct vonk_str b) {
  return request->case_sensitive ? vonk_str_equal(a, b) : vonk_str_equal_nocase(a, b);
}

static void add_names(struct vonk_text *text, const struct parts *parts) {
  if (text->size) vonk_text_add(text, STR("; "));
  for (uint32_t i = 0; i < parts->count; i++) vonk_text_addf(text, "%s" STR_FMT, i ? ", " : "", STR_ARG(parts->items[i].key));
}

static STATUS check_names(struct vonk_task *task, const struct catalog_partition_request *request, const struct parts *first, const struct parts *parts) {
  bool same = first->count == parts->count;
  for (uint32_t i = 0; i < parts->count; i++) {
    same = same && same_name(request, first->items[i].key, parts->items[i].key);
    for (uint32_t k = 0; k < i; k++) {
      if (!same_name(request, parts->items[k].key, parts->items[i].key)) continue;
      return vonk_raisef(task, VONK_COLUMN_ALREADY_EXISTS, NULL, "columnName", "`" STR_FMT "`", STR_ARG(parts->items[i].key));
    }
  }
  if (same) return VONK_OK;
  struct vonk_text names;
  vonk_text_init(&names, task->arena);
  add_names(&names, first);
  add_names(&names, parts);
  return vonk_raise(task, VONK_CONFLICTING_PARTITION_COLUMN_NAMES, NULL, "distinctPartColLists", vonk_text_str(&names), NULL);
}

/* All files of a folder say the same: one of each is looked at. */
static bool same_folder(const struct catalog_partition_request *request, uint32_t i) {
  if (i == 0 || request->base_sizes[i] != request->base_sizes[i - 1]) return false;
  struct vonk_str a = request->files[i - 1].path, b = request->files[i].path;
  size_t size = b.size;
  while (size > 0 && b.data[size - 1] != '/') size--;
  return size <= a.size && memcmp(a.data, b.data, size) == 0 && vonk_str_find(a, STR("/"), size) == SIZE_MAX;
}

struct discovery {
  struct parts first;
  const struct vonk_type *types[CATALOG_PARTITION_COLUMNS_MAX];
  struct vonk_str base;            /* of the first folder of all */
  bool found, conflict;            /* some columns; folders below different ones */
  struct vonk_str other;           /* of the conflict */
  uint32_t outside;                /* files in no partition */
};

static STATUS look_at(struct vonk_task *task, const struct catalog_partition_request *request, uint32_t file, struct discovery *d, struct parts *parts) {
  if (same_folder(request, file)) return VONK_OK;
  TRY(split_path(task, request->files[file].path, request->base_sizes[file], parts));
  if (file == 0) d->base = parts->base;
  if (!vonk_str_equal(d->base, parts->base)) d->conflict = true, d->other = parts->base;
  if (!parts->count) return VONK_OK;
  if (!d->found) d->first = *parts;
  TRY(check_names(task, request, &d->first, parts));
  for (uint32_t p = 0; p < parts->count; p++) {
    const struct vonk_type *type = catalog_partition_type(task->arena, parts->items[p].value, request);
    d->types[p] = d->found ? catalog_merge_partition_types(task->arena, d->types[p], type) : type;
  }
  d->found = true;
  return VONK_OK;
}

/* Files that lie beside the partitions are not read. */
static STATUS drop_outside(struct vonk_task *task, struct catalog_partition_request *request) {
  uint32_t kept = 0;
  struct parts parts;
  for (uint32_t i = 0; i < request->file_count; i++) {
    TRY(split_path(task, request->files[i].path, request->base_sizes[i], &parts));
    if (!parts.count) continue;
    request->files[kept] = request->files[i];
    request->base_sizes[kept++] = request->base_sizes[i];
  }
  request->file_count = kept;
  return VONK_OK;
}

STATUS catalog_discover_partitions(struct vonk_task *task, struct catalog_partition_request *request, const struct vonk_type **out) {
  struct discovery d = {0};
  struct parts parts = {0};
  *out = NULL;
  for (uint32_t i = 0; i < request->file_count; i++) {
    TRY(look_at(task, request, i, &d, &parts));
    d.outside += parts.count == 0;
    if (i % 1024 == 0) TRY(vonk_task_check(task));
  }
  if (!d.found) return VONK_OK;
  if (d.conflict) {
    struct vonk_str bases = vonk_str_format(task->arena, STR_FMT ", " STR_FMT, STR_ARG(d.base), STR_ARG(d.other));
    return vonk_raise(task, VONK_CONFLICTING_DIRECTORY_STRUCTURES, NULL, "discoveredBasePaths", bases, NULL);
  }
  if (d.outside) TRY(drop_outside(task, request));
  struct vonk_type_field *fields = ARENA_ARRAY(task->arena, struct vonk_type_field, d.first.count);
  for (uint32_t p = 0; p < d.first.count; p++) fields[p] = (struct vonk_type_field){.name = d.first.items[p].key, .type = d.types[p], .nullable = true};
  *out = vonk_type_struct(task->arena, fields, d.first.count);
  return VONK_OK;
}

STATUS catalog_fill_partitions(struct vonk_task *task, const struct catalog_partition_request *request, const struct vonk_type *schema) {
  struct parts parts = {0};
  for (uint32_t i = 0; i < request->file_count; i++) {
    if (same_folder(request, i)) {
      request->files[i].partition_values = request->files[i - 1].partition_values;
      continue;
    }
    struct vonk_value *values = ARENA_ARRAY(task->arena, struct vonk_value, schema->field_count);
    TRY(split_path(task, request->files[i].path, request->base_sizes[i], &parts));
    for (uint32_t f = 0; f < schema->field_count; f++) {
      const struct vonk_type_field *field = &schema->fields[f];
      values[f] = vonk_value_null(field->type);
      for (uint32_t p = 0; p < parts.count; p++) {
        if (same_name(request, parts.items[p].key, field->name)) TRY(catalog_partition_value(task, parts.items[p].value, field->type, request->zone, &values[f]));
      }
    }
    request->files[i].partition_values = values;
  }
  return VONK_OK;
}
