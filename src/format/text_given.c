/* text_given.c: the same items by another name. */
#include "format/text_given.h"

void vonk_text_given(struct vonk_arena *arena, const struct vonk_option *items, uint32_t count, const struct vonk_timezone *zone,
                     struct vonk_text_options *options, struct vonk_text_defaults *defaults) {
  struct vonk_text_option *made = ARENA_ARRAY(arena, struct vonk_text_option, count);
  for (uint32_t i = 0; i < count; i++) made[i] = (struct vonk_text_option){items[i].key, items[i].value};
  *options = (struct vonk_text_options){made, count};
  struct vonk_str corrupt = vonk_scan_option(items, count, STR("spark.sql.columnNameOfCorruptRecord"));
  *defaults = (struct vonk_text_defaults){
      .zone = zone,
      .corrupt_name = corrupt.data ? corrupt : STR("_corrupt_record"),
      .ignore_null_fields = !vonk_str_equal_nocase(vonk_scan_option(items, count, STR("spark.sql.jsonGenerator.ignoreNullFields")), STR("false")),
      .prefer_ntz = vonk_str_equal_nocase(vonk_scan_option(items, count, STR("spark.sql.timestampType")), STR("TIMESTAMP_NTZ")),
  };
}

STATUS vonk_text_check_corrupt(struct vonk_task *task, const struct vonk_type *schema, struct vonk_str name) {
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    if (!vonk_str_equal(field->name, name) || (field->type->id == VONK_TYPE_STRING && field->nullable)) continue;
    return vonk_raise(task, VONK_INVALID_CORRUPT_RECORD_TYPE, NULL, "columnName", vonk_type_quote(task->arena, name), "actualType",
                      vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(vonk_type_sql(task->arena, field->type))), NULL);
  }
  return VONK_OK;
}

STATUS vonk_text_check_wanted(struct vonk_task *task, const struct vonk_type *schema, const uint32_t *columns, uint32_t count, struct vonk_str name) {
  if (count != 1 || !vonk_str_equal(schema->fields[columns[0]].name, name)) return VONK_OK;
  return vonk_raise(task, VONK_UNSUPPORTED_FEATURE__QUERY_ONLY_CORRUPT_RECORD_COLUMN, NULL, NULL);
}
