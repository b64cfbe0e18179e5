/* datetime_format.c: compiles patterns and prints by them.
 *
 * A pattern becomes a list of steps. Numbers that stand directly behind one another share their digits when parsed: the
 * first may be of any width, the fixed ones behind it reserve theirs (yyyyMMdd).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/status.h"
#include "type/calendar.h"
#include "type/datetime_format_internal.h"

enum { PATTERN_MAX = 4096, NUMBER_MAX = 19, NAME_MAX = 16 };

/* --- names --- */

static const char *const eras_short[] = {"BC", "AD"};
static const char *const eras_full[] = {"Before Christ", "Anno Domini"};
static const char *const months_short[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const months_full[] = {"January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December"};
static const char *const days_short[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const days_full[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
static const char *const quarters_short[] = {"Q1", "Q2", "Q3", "Q4"};
static const char *const quarters_full[] = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
static const char *const halves[] = {"AM", "PM"};

struct datetime_names vonk_datetime_names(enum datetime_field field, int width) {
  bool full = width == 4;
  switch (field) {
    case FIELD_ERA: return (struct datetime_names){full ? eras_full : eras_short, 0, 2};
    case FIELD_QUARTER: return (struct datetime_names){full ? quarters_full : quarters_short, 1, 4};
    case FIELD_MONTH: return (struct datetime_names){full ? months_full : months_short, 1, 12};
    case FIELD_WEEKDAY: return (struct datetime_names){full ? days_full : days_short, 1, 7};
    default: ASSERT(field == FIELD_HALF_DAY); return (struct datetime_names){halves, 0, 2};
  }
}

/* --- compiling --- */

struct compiler {
  struct vonk_arena *arena;
  ARRAY_OF(struct datetime_step) steps;
  size_t number;      /* index + 1 of the number that following fixed numbers extend; 0: none */
  size_t open[32];    /* optional sections */
  size_t open_count;
  bool for_parsing, has_era;
};

static struct datetime_step *add_step(struct compiler *c, enum datetime_step_kind kind) {
  struct datetime_step *step = ARRAY_PUSH(c->arena, &c->steps);
  step->kind = kind;
  c->number = 0;
  return step;
}

static void add_literal(struct compiler *c, struct vonk_str text) { add_step(c, STEP_LITERAL)->literal = vonk_str_copy(c->arena, text); }

/* A number, joined with the numbers directly before it. */
static void add_number(struct compiler *c, struct datetime_step number) {
  size_t base = c->number;
  bool fixed = number.min == number.max && number.sign == SIGN_NEVER;
  *ARRAY_PUSH(c->arena, &c->steps) = number;
  size_t index = c->steps.count;
  if (base == 0) {
    c->number = index;
  } else if (fixed) {
    c->steps.items[base - 1].subsequent += number.max;
    c->steps.items[index - 1].subsequent = -1;
  } else {
    if (c->steps.items[base - 1].subsequent == 0) c->steps.items[base - 1].subsequent = -1;
    c->number = index;
  }
}

static bool add_value(struct compiler *c, enum datetime_field field, int count, int count_max) {
  if (count > count_max) return false;
  struct datetime_step step = {.kind = STEP_NUMBER, .field = field, .min = count, .max = count};
  if (count == 1) {
    step.max = NUMBER_MAX;
    step.sign = SIGN_NORMAL;
  }
  add_number(c, step);
  return true;
}

static bool add_year(struct compiler *c, enum datetime_field field, int count) {
  struct datetime_step step = {.kind = STEP_NUMBER, .field = field, .min = count, .max = NUMBER_MAX};
  step.sign = count < 4 ? SIGN_NORMAL : SIGN_EXCEEDS_PAD;
  if (count == 2) {
    step.kind = STEP_SHORT_YEAR;
    step.max = 2;
    step.sign = SIGN_NEVER;
  }
  add_number(c, step);
  return true;
}

static bool add_name(struct compiler *c, enum datetime_field field, int width) {
  struct datetime_step *step = add_step(c, STEP_TEXT);
  step->field = field;
  step->width = width;
  return true;
}

static bool add_name_or_value(struct compiler *c, enum datetime_field field, int count) {
  return count <= 2 ? add_value(c, field, count, 2) : add_name(c, field, count);
}

static bool add_day_of_year(struct compiler *c, int count) {
  if (count == 1) return add_value(c, FIELD_DAY_OF_YEAR, 1, 1);
  if (count > 3) return false;
  add_number(c, (struct datetime_step){.kind = STEP_NUMBER, .field = FIELD_DAY_OF_YEAR, .min = count, .max = 3});
  return true;
}

/* When parsing, a fraction may have fewer digits than letters. */
static bool add_fraction(struct compiler *c, int count) {
  if (count > 9) return false;
  struct datetime_step step = {.kind = STEP_FRACTION, .field = FIELD_NANO, .min = c->for_parsing ? 1 : count, .max = count};
  if (c->for_parsing) {
    c->number = 0;
    *ARRAY_PUSH(c->arena, &c->steps) = step;
  } else {
    add_number(c, step);
  }
  return true;
}

static bool add_offset(struct compiler *c, char letter, int count) {
  if (count > 5) return false;
  if (letter == 'Z' && count == 4) {
    add_step(c, STEP_LOCALIZED_OFFSET)->width = 4;
    return true;
  }
  struct datetime_offset offset = {.colon = count == 3 || count == 5, .minutes_optional = count == 1, .seconds = count >= 4};
  if (letter == 'Z') offset = (struct datetime_offset){.colon = count == 5, .seconds = count == 5};
  if (letter == 'X' || (letter == 'Z' && count == 5)) offset.zero = "Z";
  else if (letter == 'x' && count == 1) offset.zero = "+00";
  else offset.zero = offset.colon ? "+00:00" : "+0000";
  add_step(c, STEP_OFFSET)->offset = offset;
  return true;
}

static bool add_letters(struct compiler *c, char letter, int count) {
  switch (letter) {
    case 'G': return add_name(c, FIELD_ERA, count == 4 ? 4 : 3);
    case 'y': return add_year(c, c->has_era ? FIELD_YEAR_OF_ERA : FIELD_YEAR, count);
    case 'Q':
    case 'q': return add_name_or_value(c, FIELD_QUARTER, count);
    case 'M':
    case 'L': return add_name_or_value(c, FIELD_MONTH, count);
    case 'D': return add_day_of_year(c, count);
    case 'd': return add_value(c, FIELD_DAY, count, 2);
    case 'F': return add_value(c, FIELD_WEEKDAY_IN_MONTH, count, 1);
    case 'E': return add_name(c, FIELD_WEEKDAY, count == 4 ? 4 : 3);
    case 'a': return count == 1 && add_name(c, FIELD_HALF_DAY, 3);
    case 'H': return add_value(c, FIELD_HOUR, count, 2);
    case 'k': return add_value(c, FIELD_CLOCK_HOUR, count, 2);
    case 'K': return add_value(c, FIELD_HALF_HOUR, count, 2);
    case 'h': return add_value(c, FIELD_CLOCK_HALF_HOUR, count, 2);
    case 'm': return add_value(c, FIELD_MINUTE, count, 2);
    case 's': return add_value(c, FIELD_SECOND, count, 2);
    case 'S': return add_fraction(c, count);
    case 'X':
    case 'x':
    case 'Z': return add_offset(c, letter, count);
    case 'z': return count <= 4 && (add_step(c, STEP_ZONE_NAME)->width = count);
    case 'v': return (count == 1 || count == 4) && (add_step(c, STEP_ZONE_NAME)->width = count);
    case 'V': return count == 2 && add_step(c, STEP_ZONE_ID);
    case 'O': return (count == 1 || count == 4) && (add_step(c, STEP_LOCALIZED_OFFSET)->width = count);
    default: return false;
  }
}

static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

/* From the opening quote on; two quotes are one, also alone. Returns the position behind it, or 0. */
static size_t add_quoted(struct compiler *c, struct vonk_str pattern, size_t at) {
  struct vonk_text text;
  vonk_text_init(&text, c->arena);
  if (at + 1 < pattern.size && pattern.data[at + 1] == '\'') {
    add_literal(c, STR("'"));
    return at + 2;
  }
  for (at++; at < pattern.size; at++) {
    bool quote = pattern.data[at] == '\'', pair = quote && at + 1 < pattern.size && pattern.data[at + 1] == '\'';
    if (quote && !pair) {
      add_literal(c, vonk_text_str(&text));
      return at + 1;
    }
    vonk_text_add_char(&text, pattern.data[at]);
    at += pair;
  }
  return 0;
}

static bool add_special(struct compiler *c, char special) {
  if (special == '[') {
    if (c->open_count == COUNT_OF(c->open)) return false;
    add_step(c, STEP_OPTIONAL);
    c->open[c->open_count++] = c->steps.count - 1;
    return true;
  }
  if (special == ']') {
    if (c->open_count == 0) return false;
    c->steps.items[c->open[--c->open_count]].jump = c->steps.count;
    c->number = 0;
    return true;
  }
  if (special == '{' || special == '}' || special == '#') return false;
  add_literal(c, vonk_str_make(&special, 1));
  return true;
}

static bool compile(struct compiler *c, struct vonk_str pattern) {
  for (size_t at = 0; at < pattern.size;) {
    char letter = pattern.data[at];
    if (is_letter(letter)) {
      size_t end = at;
      while (end < pattern.size && pattern.data[end] == letter) end++;
      if (!add_letters(c, letter, (int)(end - at))) return false;
      at = end;
    } else if (letter == '\'') {
      at = add_quoted(c, pattern, at);
      if (at == 0) return false;
    } else {
      if (!add_special(c, letter)) return false;
      at++;
    }
  }
  while (c->open_count) add_special(c, ']');
  return true;
}

/* The letters Spark refuses in a part of the pattern outside of quotes, before the pattern is read at all. */
static enum vonk_datetime_fault check_part(struct vonk_str part, bool for_parsing, struct vonk_str *about) {
  for (int pass = 0; pass < 2; pass++) {
    const char *refused = pass == 0 ? "YWwuec" : for_parsing ? "ABnNpEFqQ" : "ABnNp";
    for (size_t i = 0; i < part.size; i++) {
      if (!is_letter(part.data[i]) || !strchr(refused, part.data[i])) continue;
      *about = vonk_str_slice(part, i, i + 1);
      return pass == 0 ? VONK_DATETIME_WEEK_BASED : VONK_DATETIME_ILLEGAL_CHARACTER;
    }
  }
  for (size_t i = 0, run = 0; i < part.size; i++) {
    char letter = part.data[i];
    run = i && part.data[i - 1] == letter ? run + 1 : 1;
    if (!is_letter(letter) || run != (letter == 'y' ? 7 : 5) || !strchr("GMLEQqy", letter)) continue;
    *about = vonk_str_slice(part, i + 1 - run, i + 1);
    return VONK_DATETIME_LENGTH;
  }
  return VONK_DATETIME_GOOD;
}

static enum vonk_datetime_fault check_letters(struct vonk_str pattern, bool for_parsing, bool *has_era, struct vonk_str *about) {
  *has_era = false;
  bool quoted = false;
  for (size_t from = 0; from <= pattern.size; quoted = !quoted) {
    size_t to = vonk_str_find(pattern, STR("'"), from);
    if (to == SIZE_MAX) to = pattern.size;
    struct vonk_str part = vonk_str_slice(pattern, from, to);
    from = to + 1;
    if (quoted) continue;
    *has_era |= memchr(part.data, 'G', part.size) != NULL;
    enum vonk_datetime_fault fault = check_part(part, for_parsing, about);
    if (fault != VONK_DATETIME_GOOD) return fault;
  }
  return VONK_DATETIME_GOOD;
}

/* Whether Spark 2's formatter (java.text.SimpleDateFormat) took the pattern: its letters only, quotes closed. */
static bool is_legacy(struct vonk_str pattern) {
  bool quoted = false;
  size_t offset_run = 0;
  for (size_t i = 0; i < pattern.size; i++) {
    char letter = pattern.data[i];
    offset_run = !quoted && letter == 'X' ? offset_run + 1 : 0;
    if (offset_run > 3) return false;
    if (letter == '\'') quoted = !quoted;
    else if (!quoted && is_letter(letter) && !strchr("GyMwWDdFEuaHhkKmsSzZXYL", letter)) return false;
  }
  return !quoted;
}

static size_t step_max(const struct datetime_step *step) {
  switch (step->kind) {
    case STEP_LITERAL: return step->literal.size;
    case STEP_ZONE_ID:
    case STEP_ZONE_NAME: return 128;
    default: return 32;
  }
}

enum vonk_datetime_fault vonk_datetime_format_compile(struct vonk_arena *arena, struct vonk_str pattern, bool for_parsing,
                                                      const struct vonk_datetime_format **out, struct vonk_str *about) {
  struct compiler compiler = {.arena = arena, .for_parsing = for_parsing};
  struct vonk_str part = {0};
  enum vonk_datetime_fault fault = check_letters(pattern, for_parsing, &compiler.has_era, &part);
  *out = NULL;
  if (fault == VONK_DATETIME_GOOD && (pattern.size > PATTERN_MAX || !compile(&compiler, pattern))) {
    fault = VONK_DATETIME_UNRECOGNIZED;
    part = pattern;
  }
  if (fault != VONK_DATETIME_GOOD && is_legacy(pattern)) {
    fault = VONK_DATETIME_LEGACY;
    part = pattern;
  }
  if (about) *about = part;
  if (fault != VONK_DATETIME_GOOD) return fault;
  struct vonk_datetime_format *format = ARENA_NEW(arena, struct vonk_datetime_format);
  format->steps = compiler.steps.items;
  format->step_count = compiler.steps.count;
  for (size_t i = 0; i < format->step_count; i++) format->text_max += step_max(&format->steps[i]);
  *out = format;
  return VONK_DATETIME_GOOD;
}

size_t vonk_datetime_format_max(const struct vonk_datetime_format *format) { return format->text_max; }

/* --- printing --- */

struct moment {
  int64_t fields[FIELD_COUNT];
  int32_t offset;
  bool daylight;
  const struct vonk_timezone *zone;
};

static void split(const struct vonk_timezone *zone, int64_t utc_micros, struct moment *out) {
  int64_t utc_seconds = vonk_calendar_floor_div(utc_micros, VONK_MICROS_PER_SECOND);
  struct vonk_timezone_span span = vonk_timezone_span_at(zone, utc_seconds);
  int32_t offset = span.offset;
  int64_t local = utc_seconds + offset;
  int64_t days = vonk_calendar_floor_div(local, 86400), second = vonk_calendar_floor_mod(local, 86400), hour = second / 3600;
  struct vonk_date date = vonk_calendar_date(days);
  *out = (struct moment){
      .offset = offset,
      .daylight = span.daylight,
      .zone = zone,
      .fields =
          {
              [FIELD_ERA] = date.year > 0,
              [FIELD_YEAR_OF_ERA] = date.year > 0 ? date.year : 1 - date.year,
              [FIELD_YEAR] = date.year,
              [FIELD_QUARTER] = vonk_calendar_quarter(date.month),
              [FIELD_MONTH] = date.month,
              [FIELD_DAY_OF_YEAR] = vonk_calendar_day_of_year(days),
              [FIELD_DAY] = date.day,
              [FIELD_WEEKDAY_IN_MONTH] = (date.day - 1) % 7 + 1,
              [FIELD_WEEKDAY] = vonk_calendar_day_of_week(days),
              [FIELD_HALF_DAY] = hour / 12,
              [FIELD_HOUR] = hour,
              [FIELD_CLOCK_HOUR] = hour ? hour : 24,
              [FIELD_HALF_HOUR] = hour % 12,
              [FIELD_CLOCK_HALF_HOUR] = hour % 12 ? hour % 12 : 12,
              [FIELD_MINUTE] = second / 60 % 60,
              [FIELD_SECOND] = second % 60,
              [FIELD_NANO] = vonk_calendar_floor_mod(utc_micros, VONK_MICROS_PER_SECOND) * 1000,
          },
  };
}

static size_t put_str(char *out, struct vonk_str text) {
  memcpy(out, text.data, text.size);
  return text.size;
}

static size_t put_number(const struct datetime_step *step, int64_t value, char *out) {
  char digits[24];
  int64_t magnitude = value < 0 ? -value : value;
  int count = snprintf(digits, sizeof digits, "%0*ld", step->min, (long)magnitude);
  size_t size = 0;
  if (value < 0) out[size++] = '-';
  else if (step->sign == SIGN_EXCEEDS_PAD && count > step->min) out[size++] = '+';
  return size + put_str(out + size, vonk_str_make(digits, (size_t)count));
}

static size_t put_fraction(const struct datetime_step *step, int64_t nanos, char *out) {
  int64_t unit = 100000000;
  for (int i = 0; i < step->max; i++, unit /= 10) out[i] = (char)('0' + nanos / unit % 10);
  return (size_t)step->max;
}

static size_t put_offset(const struct datetime_offset *layout, int32_t offset, char *out) {
  int magnitude = abs(offset), minutes = magnitude / 60 % 60, seconds = magnitude % 60;
  const char *colon = layout->colon ? ":" : "";
  if (magnitude / 60 == 0 && (!layout->seconds || seconds == 0)) return put_str(out, vonk_str_of(layout->zero));
  int size = snprintf(out, 32, "%c%02d", offset < 0 ? '-' : '+', magnitude / 3600);
  bool show_seconds = layout->seconds && seconds;
  if (!layout->minutes_optional || minutes || show_seconds) size += snprintf(out + size, 8, "%s%02d", colon, minutes);
  if (show_seconds) size += snprintf(out + size, 8, "%s%02d", colon, seconds);
  return (size_t)size;
}

static size_t put_localized_offset(int width, int32_t offset, char *out) {
  int magnitude = abs(offset), minutes = magnitude / 60 % 60, seconds = magnitude % 60;
  if (offset == 0) return put_str(out, STR("GMT"));
  int size = snprintf(out, 32, width == 4 ? "GMT%c%02d" : "GMT%c%d", offset < 0 ? '-' : '+', magnitude / 3600);
  if (width == 4 || minutes || seconds) size += snprintf(out + size, 8, ":%02d", minutes);
  if (seconds) size += snprintf(out + size, 8, ":%02d", seconds);
  return (size_t)size;
}

static size_t put_step(const struct datetime_step *step, const struct moment *moment, char *out) {
  int64_t value = moment->fields[step->field];
  switch (step->kind) {
    case STEP_NUMBER: return put_number(step, value, out);
    case STEP_SHORT_YEAR: return put_number(step, (value < 0 ? -value : value) % 100, out);
    case STEP_FRACTION: return put_fraction(step, value, out);
    case STEP_TEXT: {
      struct datetime_names names = vonk_datetime_names(step->field, step->width);
      return put_str(out, vonk_str_of(names.names[value - names.first]));
    }
    case STEP_OFFSET: return put_offset(&step->offset, moment->offset, out);
    case STEP_LOCALIZED_OFFSET: return put_localized_offset(step->width, moment->offset, out);
    case STEP_ZONE_ID: return put_str(out, vonk_timezone_id(moment->zone));
    case STEP_ZONE_NAME: return put_str(out, vonk_timezone_name(moment->zone, moment->daylight));
    case STEP_LITERAL: return put_str(out, step->literal);
    case STEP_OPTIONAL: return 0;
  }
  return 0;
}

size_t vonk_datetime_format_print(const struct vonk_datetime_format *format, const struct vonk_timezone *zone, int64_t utc_micros,
                                  char *out) {
  struct moment moment;
  size_t size = 0;
  split(zone, utc_micros, &moment);
  for (size_t i = 0; i < format->step_count; i++) size += put_step(&format->steps[i], &moment, out + size);
  return size;
}
