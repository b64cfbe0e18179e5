/* source.c: finds a source's files, asks the format what is in them, and puts both together with the partition columns. */
#include "catalog/source.h"

#include "catalog/partition_internal.h"
#include "fs/fs.h"

enum { SOURCE_FILES_MAX = 1 << 24 };

struct listing {
  struct { struct vonk_scan_file *items; size_t count, capacity; } files;
  struct { size_t *items; size_t count, capacity; } base_sizes;
};

/* How much of the found paths is above the partition folders: the path itself, up to the first glob or key=value. */
static size_t base_size(struct vonk_str path) {
  size_t base = path.size;
  for (size_t i = 0; i < path.size; i++) {
    if (path.data[i] == '*' || path.data[i] == '?' || path.data[i] == '[' || path.data[i] == '{') {
      base = i;
      break;
    }
  }
  while (base < path.size && base > 0 && path.data[base - 1] != '/') base--;
  return base;
}

static STATUS list_path(struct vonk_task *task, struct vonk_str path, bool may_be_empty, struct listing *out) {
  const struct vonk_fs_type *fs;
  struct vonk_fs_list found = {0};
  struct vonk_fs_entry entry;
  bool exists = true;
  TRY(vonk_fs_resolve(task, &path, &fs));
  if (may_be_empty) TRY(vonk_fs_stat(task, path, &exists, &entry));
  if (!exists) return VONK_OK;
  TRY(vonk_fs_find(task, path, &found));
  while (path.size > 1 && path.data[path.size - 1] == '/') path.size--;
  size_t base = base_size(path);
  for (size_t i = 0; i < found.count; i++) {
    struct vonk_scan_file *file = ARRAY_PUSH(task->arena, &out->files);
    *file = (struct vonk_scan_file){.path = found.items[i].path, .byte_size = found.items[i].byte_size, .mtime_ns = found.items[i].mtime_ns};
    file->partition = (uint32_t)(out->files.count - 1);
    *ARRAY_PUSH(task->arena, &out->base_sizes) = base < found.items[i].path.size ? base : found.items[i].path.size;
  }
  if (out->files.count > SOURCE_FILES_MAX) return vonk_unsupported(task, NULL, "a table of more than 16777216 files");
  return VONK_OK;
}

static struct vonk_scan_options scan_options(struct vonk_task *task, const struct vonk_conf *conf, const struct vonk_source_request *request) {
  struct vonk_scan_option *items = ARENA_ARRAY(task->arena, struct vonk_scan_option, request->options.count);
  struct vonk_scan_options options = {
      .items = items,
      .item_count = request->options.count,
      .case_sensitive = vonk_conf_bool(conf, VONK_CONF_CASE_SENSITIVE),
      .binary_as_string = vonk_conf_bool(conf, VONK_CONF_PARQUET_BINARY_AS_STRING),
      .timestamp_without_zone_as_timestamp = !vonk_conf_bool(conf, VONK_CONF_PARQUET_INFER_NTZ),
      .merge_schema = vonk_conf_bool(conf, VONK_CONF_PARQUET_MERGE_SCHEMA),
      .verify_checksums = vonk_conf_bool(conf, VONK_CONF_PARQUET_VERIFY_CHECKSUM),
      .ignore_corrupt_files = vonk_conf_bool(conf, VONK_CONF_IGNORE_CORRUPT_FILES),
      .ignore_missing_files = vonk_conf_bool(conf, VONK_CONF_IGNORE_MISSING_FILES),
  };
  for (uint32_t i = 0; i < request->options.count; i++) {
    const struct vonk_option *option = &request->options.items[i];
    items[i] = (struct vonk_scan_option){option->key, option->value};
    bool on = vonk_str_equal_nocase(option->value, STR("true"));
    if (vonk_str_equal_nocase(option->key, STR("mergeSchema"))) options.merge_schema = on;
    if (vonk_str_equal_nocase(option->key, STR("parquet.page.verify-checksum.enabled"))) options.verify_checksums = on;
    if (vonk_str_equal_nocase(option->key, STR("ignoreCorruptFiles"))) options.ignore_corrupt_files = on;
    if (vonk_str_equal_nocase(option->key, STR("ignoreMissingFiles"))) options.ignore_missing_files = on;
  }
  return options;
}

static bool is_named(struct vonk_name names, struct vonk_str name) {
  for (uint32_t i = 0; i < names.count; i++) {
    if (vonk_str_equal_nocase(names.parts[i], name)) return true;
  }
  return false;
}

/* SCHEMA cut in two by NAMES (or by the fields of OTHER). */
static void split_schema(struct vonk_arena *arena, const struct vonk_type *schema, struct vonk_name names, const struct vonk_type **data, const struct vonk_type **partition) {
  struct vonk_type_field *d = ARENA_ARRAY(arena, struct vonk_type_field, schema->field_count), *p = ARENA_ARRAY(arena, struct vonk_type_field, schema->field_count);
  uint32_t d_count = 0, p_count = 0;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    if (is_named(names, schema->fields[i].name)) p[p_count++] = schema->fields[i];
    else d[d_count++] = schema->fields[i];
  }
  *data = vonk_type_struct(arena, d, d_count);
  *partition = p_count ? vonk_type_struct(arena, p, p_count) : NULL;
}

static struct vonk_name field_names(struct vonk_arena *arena, const struct vonk_type *schema) {
  uint32_t count = schema ? schema->field_count : 0;
  struct vonk_str *names = ARENA_ARRAY(arena, struct vonk_str, count);
  for (uint32_t i = 0; i < count; i++) names[i] = schema->fields[i].name;
  return (struct vonk_name){names, count};
}

static const struct vonk_type *join_schemas(struct vonk_arena *arena, const struct vonk_type *data, const struct vonk_type *partition) {
  if (!partition) return data;
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, data->field_count + partition->field_count);
  if (data->field_count) memcpy(fields, data->fields, data->field_count * sizeof *fields);
  memcpy(fields + data->field_count, partition->fields, partition->field_count * sizeof *fields);
  return vonk_type_struct(arena, fields, data->field_count + partition->field_count);
}

/* --- statistics --- */

static void column_statistics(const struct vonk_scan_statistics *from, const struct vonk_type *type, int64_t rows, struct vonk_source_statistics *out) {
  if (from->has_null_count) out->null_count = (int64_t)from->null_count;
  if (from->distinct_count) out->distinct_count = (double)from->distinct_count;
  if (from->byte_size && rows > 0) out->average_byte_size = (double)from->byte_size / (double)rows;
  if (!from->has_min || !from->has_max || from->min.is_null || from->max.is_null || from->min.type->id != type->id) return;
  if (type->id == VONK_TYPE_DECIMAL && from->min.type->scale == type->scale) {
    out->range = (struct vonk_range){true, from->min.decimal, from->max.decimal};
  } else if (vonk_type_is_integral(type) || vonk_type_is_datetime(type)) {
    out->range = (struct vonk_range){true, from->min.integer, from->max.integer};
  }
}

static void partition_statistics(const struct vonk_source *source, uint32_t index, struct vonk_source_statistics *out) {
  const struct vonk_type *type = source->partition_schema->fields[index].type;
  if (!vonk_type_is_integral(type) && type->id != VONK_TYPE_DATE) return;
  for (uint32_t i = 0; i < source->file_count; i++) {
    const struct vonk_value *value = &source->files[i].partition_values[index];
    if (value->is_null) continue;
    if (!out->range.known) out->range = (struct vonk_range){true, value->integer, value->integer};
    if (value->integer < out->range.low) out->range.low = value->integer;
    if (value->integer > out->range.high) out->range.high = value->integer;
  }
}

static void set_statistics(struct vonk_task *task, struct vonk_source *source, const struct vonk_scan_info *info) {
  const struct vonk_type *schema = source->schema;
  struct vonk_source_statistics *statistics = ARENA_ARRAY(task->arena, struct vonk_source_statistics, schema->field_count);
  source->row_count = info->has_row_count ? (int64_t)info->row_count : -1;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    statistics[i] = (struct vonk_source_statistics){.distinct_count = -1, .null_count = -1};
    if (i >= source->data_schema->field_count) {
      partition_statistics(source, i - source->data_schema->field_count, &statistics[i]);
      continue;
    }
    for (uint32_t j = 0; info->columns && j < info->schema->field_count; j++) {
      if (!vonk_str_equal_nocase(info->schema->fields[j].name, schema->fields[i].name)) continue;
      column_statistics(&info->columns[j], schema->fields[i].type, source->row_count, &statistics[i]);
      break;
    }
  }
  source->statistics = statistics;
}

/* --- opening --- */

static STATUS set_schemas(struct vonk_task *task, const struct vonk_conf *conf, const struct vonk_source_request *request, struct listing *listing,
                          const struct vonk_scan_info *info, struct vonk_source *source) {
  const struct vonk_timezone *zone = NULL;
  struct vonk_str zone_id = vonk_conf_text(conf, VONK_CONF_TIME_ZONE);
  if (!zone_id.size || !vonk_timezone_load(task->arena, zone_id, &zone)) zone = &vonk_timezone_utc;
  struct catalog_partition_request partitions = {listing->files.items, listing->base_sizes.items, (uint32_t)listing->files.count,
                                                 vonk_conf_bool(conf, VONK_CONF_PARTITION_TYPE_INFERENCE), zone};
  struct vonk_name names = request->partition_columns;
  const struct vonk_type *discovered = NULL, *schema = request->schema;
  if (names.count == 0) {
    TRY(catalog_discover_partitions(task, &partitions, &discovered));
    names = field_names(task->arena, discovered);
  }
  if (!schema) schema = join_schemas(task->arena, info->schema, NULL);
  split_schema(task->arena, schema, names, &source->data_schema, &source->partition_schema);
  if (discovered && (!source->partition_schema || source->partition_schema->field_count < discovered->field_count)) {
    if (!request->schema) source->partition_schema = discovered;
    else if (!source->partition_schema) source->partition_schema = discovered;
  }
  source->schema = join_schemas(task->arena, source->data_schema, source->partition_schema);
  return source->partition_schema ? catalog_fill_partitions(task, &partitions, source->partition_schema) : VONK_OK;
}

STATUS vonk_source_open(struct vonk_task *task, const struct vonk_conf *conf, const struct vonk_source_request *request, const struct vonk_source **out) {
  struct vonk_source *source = ARENA_NEW(task->arena, struct vonk_source);
  struct listing listing = {0};
  struct vonk_scan_info info = {0};
  source->format = vonk_format_find(request->format);
  if (!source->format) return vonk_raise(task, VONK_DATA_SOURCE_NOT_FOUND, request->origin, "provider", request->format, NULL);
  for (uint32_t i = 0; i < request->paths.count; i++) {
    TRY(list_path(task, request->paths.parts[i], request->may_be_empty, &listing));
  }
  source->options = scan_options(task, conf, request);
  if (listing.files.count == 0 && !request->schema) {
    return vonk_raise(task, VONK_UNABLE_TO_INFER_SCHEMA, request->origin, "format", vonk_str_format(task->arena, "%s", source->format->name), NULL);
  }
  uint32_t count = (uint32_t)listing.files.count;
  if (count) TRY(source->format->infer_schema(task, listing.files.items, count, &source->options, &info));
  else info.has_row_count = true;
  TRY(set_schemas(task, conf, request, &listing, &info, source));
  source->files = listing.files.items;
  source->file_count = count;
  source->table = request->table;
  for (uint32_t i = 0; i < count; i++) source->byte_size += (int64_t)listing.files.items[i].byte_size;
  set_statistics(task, source, &info);
  *out = source;
  return VONK_OK;
}
