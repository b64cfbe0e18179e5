/* schema.c: options, and the SQL schema: of the option avroSchema, or of the first file that can be read. */
#include "format/avro/avro.h"

#include "format/text_scan.h"

enum { SCHEMA_BYTES_MAX = 16 << 20 };

static struct vonk_str option(const struct vonk_scan_options *options, const char *name) { return vonk_scan_option(options->items, options->item_count, vonk_str_of(name)); }
static bool is_on(const struct vonk_scan_options *options, const char *name) { return vonk_str_equal_nocase(option(options, name), STR("true")); }

STATUS avro_schema_text(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_option *items, uint32_t item_count, struct vonk_str *out) {
  struct vonk_str url = vonk_scan_option(items, item_count, STR("avroSchemaUrl")), text;
  *out = vonk_scan_option(items, item_count, STR("avroSchema"));
  if (out->data || !url.data) return VONK_OK;
  TRY(vonk_fs_read_small(task, url, SCHEMA_BYTES_MAX, &text));
  *out = vonk_str_copy(arena, text);
  return VONK_OK;
}

static STATUS wrong_option(struct vonk_task *task, const char *name, const char *why) {
  return vonk_raise(task, VONK_STDS_INVALID_OPTION_VALUE__WITH_MESSAGE, NULL, "optionName", vonk_str_of(name), "message", vonk_str_of(why), NULL);
}

static STATUS read_mapping(struct vonk_task *task, const struct vonk_scan_options *options, struct vonk_avro_mapping *out) {
  struct vonk_str prefix = option(options, "stableIdentifierPrefixForUnionType"), depth = option(options, "recursiveFieldMaxDepth");
  int64_t most = -1;
  if (depth.data && (!vonk_str_to_int64(depth, &most) || most < INT32_MIN)) return wrong_option(task, "recursiveFieldMaxDepth", "It is not a number.");
  if (most > VONK_AVRO_RECURSION_MAX) return wrong_option(task, "recursiveFieldMaxDepth", "Should not be greater than 15.");
  *out = (struct vonk_avro_mapping){.stable_ids = is_on(options, "enableStableIdentifiersForUnionType"), .stable_prefix = prefix.data ? prefix : STR("member_"),
                                    .recursion_max = (int)most};
  return VONK_OK;
}

static enum vonk_avro_calendar read_calendar(const struct vonk_scan_options *options) {
  struct vonk_str mode = option(options, "datetimeRebaseMode");
  if (!mode.data) mode = option(options, "spark.sql.avro.datetimeRebaseModeInRead");
  if (vonk_str_equal_nocase(mode, STR("EXCEPTION"))) return VONK_AVRO_CALENDAR_UNKNOWN;
  return vonk_str_equal_nocase(mode, STR("LEGACY")) ? VONK_AVRO_HYBRID : VONK_AVRO_GREGORIAN;
}

STATUS avro_setup_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_options *options, struct avro_setup *out) {
  struct vonk_str text, reason, ignore = option(options, "ignoreExtension");
  *out = (struct avro_setup){.positional = is_on(options, "positionalFieldMatching"), .allow_incompatible = is_on(options, "spark.sql.legacy.avro.allowIncompatibleSchema"),
                             .calendar = read_calendar(options)};
  out->needs_extension = ignore.data ? !vonk_str_equal_nocase(ignore, STR("true")) : is_on(options, "avro.mapred.ignore.inputs.without.extension");
  TRY(read_mapping(task, options, &out->mapping));
  TRY(avro_schema_text(task, arena, options->items, options->item_count, &text));
  if (!text.data) return VONK_OK;
  out->schema = vonk_avro_schema_parse(arena, text, &reason);
  if (out->schema) return VONK_OK;
  return vonk_raise(task, VONK_STDS_INVALID_OPTION_VALUE__WITH_MESSAGE, NULL, "optionName", STR("avroSchema"), "message", reason, NULL);
}

bool avro_file_is_read(const struct avro_setup *setup, const struct vonk_scan_file *file) {
  return file->byte_size > 0 && (!setup->needs_extension || vonk_str_ends_with(file->path, STR(".avro")));
}

/* The schema of the first file that has one; NULL when none is read. PATH is that file's. */
static STATUS find_schema(struct vonk_task *task, const struct avro_setup *setup, const struct vonk_scan_file *files, uint32_t file_count,
                          const struct vonk_scan_options *options, const struct vonk_avro_schema **out, struct vonk_str *path) {
  *out = setup->schema;
  *path = STR("");
  for (uint32_t i = 0; i < file_count && !*out; i++) {
    const struct avro_head *head;
    if (setup->needs_extension && !vonk_str_ends_with(files[i].path, STR(".avro"))) continue;
    TRY(vonk_task_check(task));
    enum vonk_status status = avro_head_read(task, task->arena, &files[i], options, &head);
    if (vonk_scan_may_ignore(task, options, status)) continue;
    TRY(status);
    *out = head->schema;
    *path = files[i].path;
  }
  return VONK_OK;
}

STATUS avro_infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                         const struct vonk_type *given, struct vonk_scan_info *info) {
  struct avro_setup setup;
  const struct vonk_avro_schema *schema;
  struct vonk_str path, reason;
  bool nullable;
  vonk_text_info(files, file_count, NULL, info);
  TRY(avro_setup_read(task, task->arena, options, &setup));
  if (given) return VONK_OK;
  TRY(find_schema(task, &setup, files, file_count, options, &schema, &path));
  if (!schema) return vonk_raise(task, VONK_UNABLE_TO_INFER_SCHEMA, NULL, "format", STR("Avro"), NULL);
  const struct vonk_type *type = vonk_avro_sql_type(task->arena, schema, &setup.mapping, &nullable, &reason);
  if (type && type->id != VONK_TYPE_STRUCT) reason = STR("it is not of a record");
  else if (type) info->schema = vonk_type_as_nullable(task->arena, type);
  if (info->schema) return VONK_OK;
  reason = vonk_str_format(task->arena, "its schema has no SQL type: " STR_FMT, STR_ARG(reason));
  return path.size ? avro_bad_file(task, path, reason) : wrong_option(task, "avroSchema", vonk_str_copy(task->arena, reason).data);
}

/* What Spark's AvroUtils.supportsDataType says. */
static bool is_supported(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_VARIANT:
    case VONK_TYPE_INTERVAL: return false;
    case VONK_TYPE_ARRAY: return is_supported(type->element);
    case VONK_TYPE_MAP: return is_supported(type->key) && is_supported(type->element);
    case VONK_TYPE_STRUCT:
      for (uint32_t i = 0; i < type->field_count; i++) {
        if (!is_supported(type->fields[i].type)) return false;
      }
      return true;
    default: return true;
  }
}

STATUS avro_check_schema(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_scan_options *options) {
  (void)options;
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    if (is_supported(field->type)) continue;
    return vonk_raise(task, VONK_UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, NULL, "format", STR("Avro"), "columnName", vonk_type_quote(task->arena, field->name), "columnType",
                      vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(vonk_type_sql(task->arena, field->type))), NULL);
  }
  return VONK_OK;
}
