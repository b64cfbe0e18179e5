/* times.c: the common spellings (2020-01-31, 2020-01-31 12:34:56.789) are read digit by digit; all others by the parsers of casts. */
#include "text/times.h"

#include "base/clock.h"
#include "type/calendar.h"

static STATUS compile(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_text_options *options, const char *name, struct vonk_str fallback,
                      bool for_parsing, const struct vonk_datetime_format **out) {
  struct vonk_str pattern = vonk_text_option(options, name);
  if (!pattern.data) pattern = fallback;
  return pattern.data ? vonk_text_pattern(task, arena, NULL, pattern, for_parsing, out) : VONK_OK;
}

STATUS vonk_text_times_open(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_text_options *options, const struct vonk_timezone *zone,
                            bool for_parsing, struct vonk_text_times *out) {
  const struct vonk_str none = {0};
  *out = (struct vonk_text_times){.zone = zone, .context = {.zone = zone, .arena = arena, .now_micros = vonk_clock_wall_micros()}};
  out->date_fallback = !vonk_text_option(options, "dateFormat").data;
  out->timestamp_fallback = !vonk_text_option(options, "timestampFormat").data;
  bool fallback = false, given = vonk_text_option(options, "enableDateTimeParsingFallback").data != NULL;
  TRY(vonk_text_option_bool(task, options, "enableDateTimeParsingFallback", &fallback));
  if (given) out->date_fallback = out->timestamp_fallback = fallback;
  TRY(compile(task, arena, options, "dateFormat", for_parsing ? none : STR("yyyy-MM-dd"), for_parsing, &out->date));
  TRY(compile(task, arena, options, "timestampFormat", for_parsing ? none : STR("yyyy-MM-dd'T'HH:mm:ss[.SSS][X" "XX]"), for_parsing, &out->timestamp));
  return compile(task, arena, options, "timestampNTZFormat", for_parsing ? none : STR("yyyy-MM-dd'T'HH:mm:ss[.SSS]"), for_parsing, &out->ntz);
}

/* COUNT digits at TEXT; -1 when there are others among them. */
static inline int digits(const char *text, int count) {
  int value = 0;
  for (int i = 0; i < count; i++) {
    unsigned digit = (unsigned)(text[i] - '0');
    if (digit > 9) return -1;
    value = 10 * value + (int)digit;
  }
  return value;
}

/* yyyy-MM-dd */
static inline bool plain_date(const char *text, int32_t *days) {
  static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || text[4] != '-' || text[7] != '-') return false;
  if (day > lengths[month - 1] + (month == 2 && vonk_calendar_is_leap(year))) return false;
  *days = (int32_t)vonk_calendar_days(year, month, day);
  return true;
}

/* yyyy-MM-dd HH:mm:ss, perhaps with up to six digits of a fraction. */
static inline bool plain_timestamp(struct vonk_str text, int64_t *local) {
  int32_t days;
  const char *t = text.data;
  if (text.size < 19 || text.size > 26 || (t[10] != ' ' && t[10] != 'T') || t[13] != ':' || t[16] != ':' || !plain_date(t, &days)) return false;
  int hour = digits(t + 11, 2), minute = digits(t + 14, 2), second = digits(t + 17, 2), fraction = 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  if (text.size > 19) {
    if (t[19] != '.' || text.size == 20) return false;
    fraction = digits(t + 20, (int)text.size - 20);
    if (fraction < 0) return false;
    for (size_t i = text.size; i < 26; i++) fraction *= 10;
  }
  *local = days * VONK_MICROS_PER_DAY + ((hour * 60 + minute) * 60 + second) * VONK_MICROS_PER_SECOND + fraction;
  return true;
}

bool vonk_text_parse_date(struct vonk_text_times *times, struct vonk_str text, int32_t *days) {
  if (times->date && vonk_datetime_format_parse_date(times->date, text, &times->context, days)) return true;
  if (times->date && !times->date_fallback) return false;
  return (text.size == 10 && plain_date(text.data, days)) || vonk_parse_date(text, days);
}

bool vonk_text_parse_timestamp(struct vonk_text_times *times, struct vonk_str text, int64_t *micros) {
  if (times->timestamp && vonk_datetime_format_parse(times->timestamp, text, &times->context, micros)) return true;
  if (times->timestamp && !times->timestamp_fallback) return false;
  if (!plain_timestamp(text, micros)) return vonk_parse_timestamp(text, &times->context, micros);
  *micros = vonk_timezone_to_utc(times->zone, *micros);
  return true;
}

bool vonk_text_parse_ntz(struct vonk_text_times *times, struct vonk_str text, int64_t *micros) {
  if (times->ntz) return vonk_datetime_format_parse_ntz(times->ntz, text, &times->context, false, micros);
  return plain_timestamp(text, micros) || vonk_parse_timestamp_ntz(text, &times->context, false, micros);
}

bool vonk_text_is_date(struct vonk_text_times *times, struct vonk_str text) {
  int32_t days;
  if (times->date) return vonk_datetime_format_parse_date(times->date, text, &times->context, &days);
  return text.size == 10 && plain_date(text.data, &days);
}

void vonk_text_add_time(const struct vonk_text_times *times, const struct vonk_type *type, int64_t value, struct vonk_arena *arena, struct vonk_text *out) {
  const struct vonk_datetime_format *format = type->id == VONK_TYPE_DATE ? times->date : type->id == VONK_TYPE_TIMESTAMP ? times->timestamp : times->ntz;
  const struct vonk_timezone *zone = type->id == VONK_TYPE_TIMESTAMP ? times->zone : &vonk_timezone_utc;
  char *text = vonk_arena_alloc(arena, vonk_datetime_format_max(format));
  size_t size = vonk_datetime_format_print(format, zone, type->id == VONK_TYPE_DATE ? value * VONK_MICROS_PER_DAY : value, text);
  vonk_text_add(out, vonk_str_make(text, size));
}
