/* json_options.c: options by name. */
#include "text/json_options.h"

#include "base/array.h"

static STATUS read_rules(struct vonk_task *task, const struct vonk_text_options *options, struct vonk_json_rules *rules) {
  const struct { const char *name; bool *value; } all[] = {
      {"allowComments", &rules->comments},
      {"allowUnquotedFieldNames", &rules->bare_names},
      {"allowSingleQuotes", &rules->single_quotes},
      {"allowNumericLeadingZeros", &rules->leading_zeros},
      {"allowNonNumericNumbers", &rules->nan},
      {"allowBackslashEscapingAnyCharacter", &rules->any_escape},
      {"allowUnquotedControlChars", &rules->control_characters},
  };
  for (size_t i = 0; i < COUNT_OF(all); i++) TRY(vonk_text_option_bool(task, options, all[i].name, all[i].value));
  return VONK_OK;
}

static STATUS read_flags(struct vonk_task *task, const struct vonk_text_options *options, struct vonk_json_options *out) {
  const struct { const char *name; bool *value; } all[] = {
      {"multiLine", &out->multi_line},           {"enableDateTimeParsingFallback", &out->old_times},
      {"primitivesAsString", &out->primitives_as_string}, {"prefersDecimal", &out->prefers_decimal},
      {"inferTimestamp", &out->infer_timestamp}, {"dropFieldIfAllNull", &out->drop_null_fields},
      {"ignoreNullFields", &out->ignore_null_fields},     {"pretty", &out->pretty},
      {"writeNonAsciiCharacterAsCodePoint", &out->ascii},
  };
  for (size_t i = 0; i < COUNT_OF(all); i++) TRY(vonk_text_option_bool(task, options, all[i].name, all[i].value));
  return VONK_OK;
}

STATUS vonk_json_options_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_text_options *options,
                              const struct vonk_text_defaults *defaults, struct vonk_json_options *out) {
  *out = (struct vonk_json_options){
      .rules = {.single_quotes = true, .nan = true},
      .mode = vonk_text_option_mode(options),
      .corrupt_name = vonk_text_option(options, "columnNameOfCorruptRecord"),
      .zone = defaults->zone,
      .date_pattern = vonk_text_option(options, "dateFormat"),
      .timestamp_pattern = vonk_text_option(options, "timestampFormat"),
      .ntz_pattern = vonk_text_option(options, "timestampNTZFormat"),
      .time_pattern = vonk_text_option(options, "timeFormat"),
      .line_separator = vonk_text_option(options, "lineSep"),
      .encoding = vonk_text_option(options, "encoding"),
      .variant_name = vonk_text_option(options, "singleVariantColumn"),
      .compression = vonk_text_option(options, "compression"),
      .sampling_ratio = 1,
      .ignore_null_fields = defaults->ignore_null_fields,
      .prefer_ntz = defaults->prefer_ntz,
  };
  struct vonk_str ratio = vonk_text_option(options, "samplingRatio");
  if (!out->corrupt_name.data) out->corrupt_name = defaults->corrupt_name;
  if (!out->encoding.data) out->encoding = vonk_text_option(options, "charset");
  if (ratio.data && !vonk_str_to_double(ratio, &out->sampling_ratio)) {
    return vonk_raisef(task, VONK__LEGACY_ERROR_TEMP_0064, NULL, "msg", "The option samplingRatio is a number, not \"" STR_FMT "\".", STR_ARG(ratio));
  }
  TRY(read_rules(task, options, &out->rules));
  TRY(read_flags(task, options, out));
  return vonk_text_option_zone(task, options, arena, &out->zone);
}
