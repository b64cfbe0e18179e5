/* source.c: finds a source's files, asks the format what is in them, and puts both together with the partition columns. */
#include "catalog/source.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "base/array.h"
#include "catalog/catalog_internal.h"
#include "catalog/partition_internal.h"
#include "fs/fs.h"
#include "fs/sink_log.h"
#include "type/text.h"

enum { SOURCE_FILES_MAX = 1 << 24 };

struct listing {
  struct { struct vonk_scan_file *items; size_t count, capacity; } files;
  struct { size_t *items; size_t count, capacity; } base_sizes;
  bool logged;                     /* by a stream, which wrote them */
};

static struct vonk_str option_of(const struct vonk_source_request *request, struct vonk_str key) {
  for (uint32_t i = 0; i < request->options.count; i++) {
    if (vonk_str_equal_nocase(request->options.items[i].key, key)) return request->options.items[i].value;
  }
  return (struct vonk_str){0};
}

/* --- files --- */

/* Which of the files found are wanted. */
struct selection {
  const char *glob;                /* NULL: any name */
  int64_t before_ns, after_ns;     /* modified between */
};

static STATUS read_time(struct vonk_task *task, const struct vonk_source_request *request, struct vonk_str key, const struct vonk_timezone *zone, int64_t *ns) {
  struct vonk_str text = option_of(request, key);
  struct vonk_parse_context context = {.zone = zone, .arena = task->arena};
  int64_t micros;
  if (!text.data) return VONK_OK;
  if (!vonk_parse_timestamp(text, &context, &micros) || micros > INT64_MAX / 1000 || micros < INT64_MIN / 1000) {
    return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_1294, request->origin, "strategy", key, "timeString", text, NULL);
  }
  *ns = micros * 1000;
  return VONK_OK;
}

static STATUS read_selection(struct vonk_task *task, const struct vonk_source_request *request, const struct vonk_timezone *zone, struct selection *out) {
  struct vonk_str glob = option_of(request, STR("pathGlobFilter"));
  *out = (struct selection){.before_ns = INT64_MAX, .after_ns = INT64_MIN};
  if (glob.data) out->glob = vonk_str_copy(task->arena, glob).data;
  TRY(read_time(task, request, STR("modifiedBefore"), zone, &out->before_ns));
  return read_time(task, request, STR("modifiedAfter"), zone, &out->after_ns);
}

static struct vonk_str file_name(struct vonk_str path) {
  size_t start = path.size;
  while (start > 0 && path.data[start - 1] != '/') start--;
  return vonk_str_slice(path, start, path.size);
}

static bool is_selected(struct vonk_task *task, const struct selection *selection, const struct vonk_fs_entry *entry) {
  if (entry->mtime_ns >= selection->before_ns || entry->mtime_ns <= selection->after_ns) return false;
  return !selection->glob || fnmatch(selection->glob, vonk_str_copy(task->arena, file_name(entry->path)).data, 0) == 0;
}

/* Bytes of ROOT's path that are above its partitions: itself, or its folder when it is a file; or the option basePath. */
static STATUS base_size(struct vonk_task *task, const struct vonk_source_request *request, const struct vonk_fs_entry *root, size_t *out) {
  const struct vonk_fs_type *fs;
  struct vonk_str path = root->path, base = option_of(request, STR("basePath"));
  if (!root->is_folder) path.size -= file_name(path).size;
  while (path.size > 1 && path.data[path.size - 1] == '/') path.size--;
  *out = path.size;
  if (!base.data) return VONK_OK;
  TRY(vonk_fs_resolve(task, &base, &fs));
  while (base.size > 1 && base.data[base.size - 1] == '/') base.size--;
  if (!vonk_str_starts_with(path, base) || (path.size > base.size && path.data[base.size] != '/'))
    return vonk_raise(task, VONK_CONFLICTING_DIRECTORY_STRUCTURES, request->origin, "discoveredBasePaths",
                      vonk_str_format(task->arena, STR_FMT ", basePath " STR_FMT, STR_ARG(path), STR_ARG(base)), NULL);
  *out = base.size;
  return VONK_OK;
}

/* What PATH names: what its glob matches or, with Spark's option __globPaths__ = false, what has just that name. */
static STATUS expand_path(struct vonk_task *task, const struct vonk_source_request *request, struct vonk_str path, struct vonk_fs_list *out) {
  struct vonk_fs_entry entry;
  bool exists;
  if (!vonk_str_equal_nocase(option_of(request, STR("__globPaths__")), STR("false"))) return vonk_fs_expand(task, path, out);
  TRY(vonk_fs_stat(task, path, &exists, &entry));
  if (!exists) return vonk_raise(task, VONK_PATH_NOT_FOUND, request->origin, "path", vonk_fs_uri(task->arena, path), NULL);
  *ARRAY_PUSH(task->arena, out) = entry;
  return VONK_OK;
}

/* ENTRY itself, or the files below the folder: where a stream has written, those of its log. */
static STATUS walk(struct vonk_task *task, const struct vonk_fs_entry *entry, bool *logged, struct vonk_fs_list *out) {
  *logged = false;
  if (entry->is_folder) TRY(vonk_sink_log_files(task, entry->path, logged, out));
  return *logged ? VONK_OK : vonk_fs_walk(task, entry, out);
}

static STATUS list_path(struct vonk_task *task, const struct vonk_source_request *request, struct vonk_str path, const struct selection *selection,
                        struct listing *out) {
  struct vonk_fs_list roots = {0};
  struct vonk_fs_entry entry;
  bool exists = true;
  if (request->may_be_empty) TRY(vonk_fs_stat(task, path, &exists, &entry));
  if (!exists) return VONK_OK;
  TRY(expand_path(task, request, path, &roots));
  for (size_t r = 0; r < roots.count; r++) {
    struct vonk_fs_list found = {0};
    size_t base;
    TRY(base_size(task, request, &roots.items[r], &base));
    TRY(walk(task, &roots.items[r], &out->logged, &found));
    for (size_t i = 0; i < found.count; i++) {
      if (!is_selected(task, selection, &found.items[i])) continue;
      *ARRAY_PUSH(task->arena, &out->files) =
          (struct vonk_scan_file){.path = found.items[i].path, .byte_size = found.items[i].byte_size, .mtime_ns = found.items[i].mtime_ns,
                                   .inode = found.items[i].inode};
      *ARRAY_PUSH(task->arena, &out->base_sizes) = base < found.items[i].path.size ? base : found.items[i].path.size;
    }
  }
  if (out->files.count > SOURCE_FILES_MAX) return vonk_unsupported(task, NULL, "a table of more than 16777216 files");
  return VONK_OK;
}

static enum vonk_scan_rebase rebase_mode(struct vonk_str text) {
  if (vonk_str_equal_nocase(text, STR("EXCEPTION"))) return VONK_SCAN_REBASE_EXCEPTION;
  return vonk_str_equal_nocase(text, STR("LEGACY")) ? VONK_SCAN_REBASE_LEGACY : VONK_SCAN_REBASE_CORRECTED;
}

static struct vonk_scan_options scan_options(struct vonk_task *task, const struct vonk_conf *conf, const struct vonk_timezone *zone,
                                             const struct vonk_source_request *request, const struct vonk_format_type *format) {
  uint32_t given = request->options.count;
  struct vonk_option *items = ARENA_ARRAY(task->arena, struct vonk_option, given + format->setting_count);
  struct vonk_scan_options options = {
      .items = items,
      .item_count = given + format->setting_count,
      .zone = zone,
      .case_sensitive = vonk_conf_bool(conf, VONK_CONF_CASE_SENSITIVE),
      .binary_as_string = vonk_conf_bool(conf, VONK_CONF_PARQUET_BINARY_AS_STRING),
      .timestamp_without_zone_as_timestamp = !vonk_conf_bool(conf, VONK_CONF_PARQUET_INFER_NTZ),
      .merge_schema = vonk_conf_bool(conf, VONK_CONF_PARQUET_MERGE_SCHEMA),
      .field_ids = vonk_conf_bool(conf, VONK_CONF_PARQUET_FIELD_ID_READ),
      .field_ids_may_lack = vonk_conf_bool(conf, VONK_CONF_PARQUET_FIELD_ID_IGNORE_MISSING),
      .verify_checksums = vonk_conf_bool(conf, VONK_CONF_PARQUET_VERIFY_CHECKSUM),
      .rebase_datetime = rebase_mode(vonk_conf_text(conf, VONK_CONF_PARQUET_REBASE_READ)),
      .rebase_int96 = rebase_mode(vonk_conf_text(conf, VONK_CONF_PARQUET_INT96_REBASE_READ)),
      .int96_zone = vonk_conf_bool(conf, VONK_CONF_PARQUET_INT96_CONVERSION) ? zone : NULL,
      .ignore_corrupt_files = vonk_conf_bool(conf, VONK_CONF_IGNORE_CORRUPT_FILES),
      .ignore_missing_files = vonk_conf_bool(conf, VONK_CONF_IGNORE_MISSING_FILES),
  };
  for (uint32_t i = 0; i < format->setting_count; i++) {
    items[given + i] = (struct vonk_option){vonk_conf_rows[format->settings[i]].key, vonk_conf_text(conf, format->settings[i])};
  }
  for (uint32_t i = 0; i < given; i++) {
    const struct vonk_option *option = &request->options.items[i];
    items[i] = (struct vonk_option){option->key, option->value};
    bool on = vonk_str_equal_nocase(option->value, STR("true"));
    if (vonk_str_equal_nocase(option->key, STR("datetimeRebaseMode"))) options.rebase_datetime = rebase_mode(option->value);
    if (vonk_str_equal_nocase(option->key, STR("int96RebaseMode"))) options.rebase_int96 = rebase_mode(option->value);
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

static uint32_t find_field(const struct vonk_type *schema, struct vonk_str name) {
  for (uint32_t i = 0; schema && i < schema->field_count; i++) {
    if (vonk_str_equal_nocase(schema->fields[i].name, name)) return i;
  }
  return UINT32_MAX;
}

/* SCHEMA without the columns NAMES, and those in their order: as GIVEN has them, else as DISCOVERED. */
static void split_schema(struct vonk_arena *arena, struct vonk_name names, const struct vonk_type *schema, const struct vonk_type *given,
                         const struct vonk_type *discovered, struct vonk_source *source) {
  struct vonk_type_field *data = ARENA_ARRAY(arena, struct vonk_type_field, schema->field_count);
  struct vonk_type_field *partition = ARENA_ARRAY(arena, struct vonk_type_field, names.count);
  uint32_t data_count = 0, partition_count = 0;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    if (!is_named(names, schema->fields[i].name)) data[data_count++] = schema->fields[i];
  }
  for (uint32_t i = 0; i < names.count; i++) {
    uint32_t own = find_field(given, names.parts[i]), found = find_field(discovered, names.parts[i]);
    if (own != UINT32_MAX) partition[partition_count++] = given->fields[own];
    else if (found != UINT32_MAX) partition[partition_count++] = discovered->fields[found];
  }
  source->data_schema = vonk_type_struct(arena, data, data_count);
  source->partition_schema = partition_count ? vonk_type_struct(arena, partition, partition_count) : NULL;
}

/* Files that hold a partition column as well show it in its place. */
static void order_columns(struct vonk_arena *arena, const struct vonk_type *files, struct vonk_source *source) {
  uint32_t width = source->data_schema->field_count, count = 0, data = 0;
  bool *shown = ARENA_ARRAY(arena, bool, source->schema->field_count);
  uint32_t *order = ARENA_ARRAY(arena, uint32_t, source->schema->field_count);
  for (uint32_t i = 0; i < files->field_count; i++) {
    uint32_t partition = find_field(source->partition_schema, files->fields[i].name);
    uint32_t place = partition == UINT32_MAX ? data++ : width + partition;
    if (!shown[place]) order[count++] = place;
    shown[place] = true;
  }
  if (count == width) return; /* none of them */
  for (uint32_t i = width; i < source->schema->field_count; i++) {
    if (!shown[i]) order[count++] = i;
  }
  source->column_order = order;
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

static void column_statistics(const struct vonk_scan_statistics *from, const struct vonk_type *type, struct vonk_source_statistics *out) {
  if (from->has_null_count) out->null_count = (int64_t)from->null_count;
  if (from->distinct_count) out->distinct_count = (double)from->distinct_count;
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
      column_statistics(&info->columns[j], schema->fields[i].type, &statistics[i]);
      break;
    }
  }
  source->statistics = statistics;
}

/* --- opening --- */

static int by_name(const void *a, const void *b) { return vonk_str_compare(*(const struct vonk_str *)a, *(const struct vonk_str *)b); }

/* Names of files are data: sorted, so that a thousand columns take no million comparisons. */
static STATUS check_names(struct vonk_task *task, const struct vonk_type *schema, bool case_sensitive) {
  struct vonk_str *names = ARENA_ARRAY(task->arena, struct vonk_str, schema->field_count);
  for (uint32_t i = 0; i < schema->field_count; i++) names[i] = case_sensitive ? schema->fields[i].name : vonk_str_lower(task->arena, schema->fields[i].name);
  if (schema->field_count) qsort(names, schema->field_count, sizeof *names, by_name);
  for (uint32_t i = 1; i < schema->field_count; i++) {
    if (vonk_str_equal(names[i - 1], names[i]))
      return vonk_raisef(task, VONK_COLUMN_ALREADY_EXISTS, NULL, "columnName", "`" STR_FMT "`", STR_ARG(names[i]));
  }
  return VONK_OK;
}

/* LOGGED: a schema that somebody gave has the partition columns where they stand, as in Spark. */
static STATUS set_schemas(struct vonk_task *task, const struct vonk_source_request *request, struct catalog_partition_request *partitions,
                          const struct vonk_type *discovered, const struct vonk_type *files, bool logged, struct vonk_source *source) {
  const struct vonk_type *schema = request->schema ? request->schema : files;
  struct vonk_name names = request->partition_columns.count ? request->partition_columns : field_names(task->arena, discovered);
  split_schema(task->arena, names, schema, request->schema, discovered, source);
  source->schema = join_schemas(task->arena, source->data_schema, source->partition_schema);
  if (!source->partition_schema) return VONK_OK;
  if (!request->schema || logged) order_columns(task->arena, schema, source);
  return catalog_fill_partitions(task, partitions, source->partition_schema);
}

static const struct vonk_timezone *zone_of(struct vonk_task *task, const struct vonk_conf *conf) {
  const struct vonk_timezone *zone;
  struct vonk_str id = vonk_conf_text(conf, VONK_CONF_TIME_ZONE);
  return id.size && vonk_timezone_load(task->arena, id, &zone) ? zone : &vonk_timezone_utc;
}

static STATUS list_files(struct vonk_task *task, const struct vonk_source_request *request, const struct vonk_timezone *zone, struct listing *out) {
  struct selection selection;
  TRY(read_selection(task, request, zone, &selection));
  for (uint32_t i = 0; i < request->paths.count; i++) TRY(list_path(task, request, request->paths.parts[i], &selection, out));
  return VONK_OK;
}

STATUS vonk_source_list(struct vonk_task *task, const struct vonk_conf *conf, const struct vonk_source_request *request, struct vonk_scan_file **out, uint32_t *count) {
  struct listing listing = {0};
  TRY(list_files(task, request, zone_of(task, conf), &listing));
  *out = listing.files.items;
  *count = (uint32_t)listing.files.count;
  return VONK_OK;
}

STATUS vonk_source_open(struct vonk_task *task, const struct vonk_catalog_session *session, const struct vonk_conf *conf,
                        const struct vonk_source_request *request, const struct vonk_source **out) {
  struct vonk_source *source = ARENA_NEW(task->arena, struct vonk_source);
  struct listing listing = {0};
  struct vonk_scan_info info = {0};
  const struct vonk_type *discovered = NULL;
  const struct vonk_timezone *zone = zone_of(task, conf);
  source->format = vonk_format_find(request->format);
  if (!source->format) return vonk_raise(task, VONK_DATA_SOURCE_NOT_FOUND, request->origin, "provider", request->format, NULL);
  TRY(list_files(task, request, zone, &listing));
  bool ntz = vonk_str_equal(vonk_conf_text(conf, VONK_CONF_TIMESTAMP_TYPE), STR("TIMESTAMP_NTZ"));
  bool recursive = vonk_str_equal_nocase(option_of(request, STR("recursiveFileLookup")), STR("true"));
  struct catalog_partition_request partitions = {.files = listing.files.items, .base_sizes = listing.base_sizes.items,
                                                 .file_count = (uint32_t)listing.files.count,
                                                 .infer_types = vonk_conf_bool(conf, VONK_CONF_PARTITION_TYPE_INFERENCE),
                                                 .case_sensitive = vonk_conf_bool(conf, VONK_CONF_CASE_SENSITIVE),
                                                 .timestamp = ntz ? &vonk_type_timestamp_ntz : &vonk_type_timestamp, .zone = zone};
  if (!recursive && request->partition_columns.count == 0) TRY(catalog_discover_partitions(task, &partitions, &discovered));
  uint32_t count = partitions.file_count;
  source->options = scan_options(task, conf, zone, request, source->format);
  source->options.footers = session->catalog->footers;
  source->options.pages = session->catalog->pages;
  if (count == 0 && !request->schema) {
    return vonk_raise(task, VONK_UNABLE_TO_INFER_SCHEMA, request->origin, "format", vonk_str_format(task->arena, "%s", source->format->name), NULL);
  }
  if (count) TRY(source->format->infer_schema(task, listing.files.items, count, &source->options, request->schema, &info));
  else info.has_row_count = true;
  if (info.schema && !request->schema) TRY(check_names(task, info.schema, source->options.case_sensitive));
  TRY(set_schemas(task, request, &partitions, discovered, info.schema, listing.logged, source));
  if (source->format->check_schema) TRY(source->format->check_schema(task, source->data_schema, &source->options));
  source->files = listing.files.items;
  source->file_count = count;
  source->table = request->table;
  for (uint32_t i = 0; i < count; i++) source->byte_size += (int64_t)listing.files.items[i].byte_size;
  set_statistics(task, source, &info);
  *out = source;
  return VONK_OK;
}
