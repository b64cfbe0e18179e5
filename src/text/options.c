/* options.c: looks options up; the last of equal names counts. */
#include "text/options.h"

struct vonk_str vonk_text_option(const struct vonk_text_options *options, const char *name) {
  for (uint32_t i = options->count; i-- > 0;) {
    if (vonk_str_equal_nocase(options->items[i].name, vonk_str_of(name))) return options->items[i].value;
  }
  return (struct vonk_str){0};
}

STATUS vonk_text_option_bool(struct vonk_task *task, const struct vonk_text_options *options, const char *name, bool *out) {
  struct vonk_str text = vonk_text_option(options, name);
  if (!text.data) return VONK_OK;
  *out = vonk_str_equal_nocase(text, STR("true"));
  if (*out || vonk_str_equal_nocase(text, STR("false"))) return VONK_OK;
  return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_2147, NULL, "paramName", vonk_str_of(name), NULL);
}

enum vonk_text_mode vonk_text_option_mode(const struct vonk_text_options *options) {
  struct vonk_str text = vonk_text_option(options, "mode");
  if (vonk_str_equal_nocase(text, STR("DROPMALFORMED"))) return VONK_TEXT_DROP_MALFORMED;
  return vonk_str_equal_nocase(text, STR("FAILFAST")) ? VONK_TEXT_FAIL_FAST : VONK_TEXT_PERMISSIVE;
}

STATUS vonk_text_option_zone(struct vonk_task *task, const struct vonk_text_options *options, struct vonk_arena *arena, const struct vonk_timezone **out) {
  struct vonk_str id = vonk_text_option(options, "timeZone");
  if (!id.data || vonk_timezone_load(arena, id, out)) return VONK_OK;
  return vonk_raise(task, VONK_INVALID_TIMEZONE, NULL, "timeZone", id, NULL);
}

STATUS vonk_text_pattern(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_origin *origin, struct vonk_str pattern, bool for_parsing,
                         const struct vonk_datetime_format **out) {
  struct vonk_str about = pattern;
  switch (vonk_datetime_format_compile(arena, pattern, for_parsing, out, &about)) {
    case VONK_DATETIME_GOOD: return VONK_OK;
    case VONK_DATETIME_ILLEGAL_CHARACTER:
      return vonk_raise(task, VONK_INVALID_DATETIME_PATTERN__ILLEGAL_CHARACTER, origin, "c", about, "pattern", pattern, NULL);
    case VONK_DATETIME_LENGTH: return vonk_raise(task, VONK_INVALID_DATETIME_PATTERN__LENGTH, origin, "pattern", about, NULL);
    case VONK_DATETIME_WEEK_BASED:
      return vonk_raise(task, VONK_INCONSISTENT_BEHAVIOR_CROSS_VERSION__DATETIME_WEEK_BASED_PATTERN, origin, "c", about, NULL);
    default:
      return vonk_raise(task, VONK_INCONSISTENT_BEHAVIOR_CROSS_VERSION__DATETIME_PATTERN_RECOGNITION, origin, "pattern",
                        vonk_str_format(task->arena, "'" STR_FMT "'", STR_ARG(pattern)), "config", STR("\"spark.sql.legacy.timeParserPolicy\""),
                        "docroot", STR("https://spark.apache.org/docs/latest"), NULL);
  }
}
