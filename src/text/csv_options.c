/* csv_options.c: options by name, with the errors that Spark has for them. */
#include "text/csv_options.h"

#include "base/array.h"

static STATUS refuse(struct vonk_task *task, const char *name, struct vonk_str value) {
  return vonk_raisef(task, VONK__LEGACY_ERROR_TEMP_0064, NULL, "msg", "The option %s cannot be \"" STR_FMT "\".", name, STR_ARG(value));
}

/* One character of ASCII; 0 for an empty text. */
static STATUS read_char(struct vonk_task *task, const struct vonk_text_options *options, const char *name, char *out) {
  struct vonk_str text = vonk_text_option(options, name);
  if (!text.data) return VONK_OK;
  if (vonk_utf8_count(text) > 1) {
    return vonk_raise(task, VONK_OPTION_VALUE_EXCEEDS_ONE_CHARACTER, NULL, "paramName", vonk_str_of(name), "actualValue", text, NULL);
  }
  if (text.size > 1) return vonk_unsupported(task, NULL, "a CSV quote or escape that is no character of ASCII");
  *out = text.size ? text.data[0] : 0;
  return VONK_OK;
}

static STATUS read_int(struct vonk_task *task, const struct vonk_text_options *options, const char *name, int64_t *out) {
  struct vonk_str text = vonk_text_option(options, name);
  if (!text.data || vonk_str_to_int64(text, out)) return VONK_OK;
  return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_2146, NULL, "paramName", vonk_str_of(name), "value", text, NULL);
}

/* \t and the like; Java's escapes as far as Spark takes them. */
static bool unescape(char c, char *out) {
  static const char escapes[][2] = {{'t', '\t'}, {'r', '\r'}, {'b', '\b'}, {'f', '\f'}, {'"', '"'}, {'\'', '\''}, {'\\', '\\'}};
  for (size_t i = 0; i < COUNT_OF(escapes); i++) {
    if (escapes[i][0] != c) continue;
    *out = escapes[i][1];
    return true;
  }
  return false;
}

static STATUS read_separator(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_text_options *options, struct vonk_str *out) {
  struct vonk_str text = vonk_text_option(options, "sep");
  struct vonk_text made;
  if (!text.data) text = vonk_text_option(options, "delimiter");
  if (!text.data) text = STR(",");
  if (!text.size) return refuse(task, "sep", text);
  vonk_text_init(&made, arena);
  if (vonk_str_equal(text, STR("\\u0000"))) vonk_text_add_char(&made, 0);
  for (size_t i = 0; i < text.size && !made.size; i++) {
    for (; i < text.size && text.data[i] != '\\'; i++) vonk_text_add_char(&made, text.data[i]);
    if (i == text.size) break;
    char c;
    if (++i == text.size) return vonk_raise(task, VONK_INVALID_DELIMITER_VALUE__SINGLE_BACKSLASH, NULL, NULL);
    if (!unescape(text.data[i], &c))
      return vonk_raise(task, VONK_INVALID_DELIMITER_VALUE__UNSUPPORTED_SPECIAL_CHARACTER, NULL, "str", vonk_str_slice(text, i - 1, i + 1), NULL);
    vonk_text_add_char(&made, c);
    for (i++; i < text.size; i++) {
      if (text.data[i] != '\\') vonk_text_add_char(&made, text.data[i]);
      else if (i + 1 < text.size && unescape(text.data[i + 1], &c)) vonk_text_add_char(&made, c), i++;
      else return vonk_raise(task, VONK_INVALID_DELIMITER_VALUE__SINGLE_BACKSLASH, NULL, NULL);
    }
  }
  *out = vonk_text_str(&made);
  return VONK_OK;
}

static STATUS read_unescaped(struct vonk_task *task, const struct vonk_text_options *options, enum vonk_csv_unescaped *out) {
  static const char *const names[] = {"STOP_AT_DELIMITER", "STOP_AT_CLOSING_QUOTE", "SKIP_VALUE", "RAISE_ERROR"};
  struct vonk_str text = vonk_text_option(options, "unescapedQuoteHandling");
  if (!text.data) return VONK_OK;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (!vonk_str_equal_nocase(text, vonk_str_of(names[i]))) continue;
    *out = (enum vonk_csv_unescaped)i;
    return VONK_OK;
  }
  if (vonk_str_equal_nocase(text, STR("BACK_TO_DELIMITER"))) return vonk_unsupported(task, NULL, "unescapedQuoteHandling BACK_TO_DELIMITER");
  return refuse(task, "unescapedQuoteHandling", text);
}

static STATUS read_flags(struct vonk_task *task, const struct vonk_text_options *options, struct vonk_csv_options *out) {
  const struct { const char *name; bool *value; } all[] = {
      {"header", &out->header},
      {"inferSchema", &out->infer_schema},
      {"enforceSchema", &out->enforce_schema},
      {"multiLine", &out->multi_line},
      {"preferDate", &out->prefer_date},
      {"ignoreLeadingWhiteSpace", &out->trim_leading},
      {"ignoreTrailingWhiteSpace", &out->trim_trailing},
  };
  for (size_t i = 0; i < COUNT_OF(all); i++) TRY(vonk_text_option_bool(task, options, all[i].name, all[i].value));
  /* Off with multiLine unless somebody says otherwise. */
  TRY(vonk_text_option_bool(task, options, "spark.sql.csv.parser.columnPruning.enabled", &out->prune_columns));
  out->prune_columns = out->prune_columns && !out->multi_line;
  return vonk_text_option_bool(task, options, "columnPruning", &out->prune_columns);
}

static STATUS read_values(struct vonk_task *task, const struct vonk_text_options *options, struct vonk_csv_options *out) {
  const struct { const char *name; struct vonk_str *value; } all[] = {
      {"nullValue", &out->null_value},     {"emptyValue", &out->empty_value},   {"nanValue", &out->nan},
      {"positiveInf", &out->positive_inf}, {"negativeInf", &out->negative_inf}, {"columnNameOfCorruptRecord", &out->corrupt_name},
  };
  for (size_t i = 0; i < COUNT_OF(all); i++) {
    struct vonk_str text = vonk_text_option(options, all[i].name);
    if (text.data) *all[i].value = text;
  }
  struct vonk_str comment = vonk_text_option(options, "comment");
  if (vonk_utf8_count(comment) > 1) {
    return vonk_raise(task, VONK_OPTION_VALUE_EXCEEDS_ONE_CHARACTER, NULL, "paramName", STR("comment"), "actualValue", comment, NULL);
  }
  out->comment = comment;
  TRY(read_char(task, options, "quote", &out->quote));
  TRY(read_char(task, options, "escape", &out->escape));
  out->escape_escape = out->quote == out->escape ? 0 : out->escape;
  struct vonk_str before = vonk_text_option(options, "charToEscapeQuoteEscaping");
  return before.size ? read_char(task, options, "charToEscapeQuoteEscaping", &out->escape_escape) : VONK_OK;
}

static STATUS read_numbers(struct vonk_task *task, const struct vonk_text_options *options, struct vonk_csv_options *out) {
  struct vonk_str ratio = vonk_text_option(options, "samplingRatio"), locale = vonk_text_option(options, "locale");
  TRY(read_int(task, options, "maxColumns", &out->columns_max));
  TRY(read_int(task, options, "maxCharsPerColumn", &out->chars_max));
  if (ratio.data && (!vonk_str_to_double(ratio, &out->sampling_ratio) || !(out->sampling_ratio > 0))) return refuse(task, "samplingRatio", ratio);
  if (locale.data && !vonk_str_equal_nocase(locale, STR("en-US")) && !vonk_str_equal_nocase(locale, STR("en")))
    return vonk_unsupported(task, NULL, "CSV in a locale other than en-US");
  return VONK_OK;
}

STATUS vonk_csv_options_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_text_options *options,
                             const struct vonk_text_defaults *defaults, struct vonk_csv_options *out) {
  *out = (struct vonk_csv_options){
      .given = options,
      .mode = vonk_text_option_mode(options),
      .corrupt_name = defaults->corrupt_name,
      .zone = defaults->zone,
      .quote = '"',
      .escape = '\\',
      .null_value = STR(""),
      .empty_value = STR(""),
      .nan = STR("NaN"),
      .positive_inf = STR("Inf"),
      .negative_inf = STR("-Inf"),
      .columns_max = 20480,
      .chars_max = -1,
      .enforce_schema = true,
      .prune_columns = true,
      .commas_in_decimals = true,
      .sampling_ratio = 1,
      .prefer_date = true,
      .prefer_ntz = defaults->prefer_ntz,
  };
  struct vonk_str line_end = vonk_text_option(options, "lineSep");
  if (line_end.data && (!line_end.size || vonk_utf8_count(line_end) > 2)) return refuse(task, "lineSep", line_end);
  TRY(read_separator(task, arena, options, &out->separator));
  TRY(read_values(task, options, out));
  TRY(read_flags(task, options, out));
  TRY(read_numbers(task, options, out));
  TRY(read_unescaped(task, options, &out->unescaped));
  return vonk_text_option_zone(task, options, arena, &out->zone);
}

STATUS vonk_csv_check_schema(struct vonk_task *task, const struct vonk_type *schema) {
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    bool fine = !vonk_type_is_nested(field->type) && field->type->id != VONK_TYPE_VARIANT && field->type->id != VONK_TYPE_VOID;
    if (fine) continue;
    return vonk_raise(task, VONK_UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, NULL, "columnName", vonk_type_quote(task->arena, field->name), "columnType",
                      vonk_str_format(task->arena, "\"" STR_FMT "\"", STR_ARG(vonk_type_sql(task->arena, field->type))), "format", STR("CSV"), NULL);
  }
  return VONK_OK;
}
