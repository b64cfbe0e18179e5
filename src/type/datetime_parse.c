/* datetime_parse.c: reads texts by a compiled pattern and puts the fields together, strictly as java.time does.
 *
 * Parsing collects fields; a field read twice must be the same both times. Resolution then builds a date and a time, with
 * Spark's defaults for what is missing.
 */
#include "base/status.h"
#include "type/calendar.h"
#include "type/datetime_format_internal.h"

struct parsed {
  bool has[FIELD_COUNT];
  int64_t fields[FIELD_COUNT];
  bool has_offset;
  int32_t offset;
  struct vonk_str zone; /* an id; data NULL: none */
  struct vonk_datetime_problem problem;
};

struct reader {
  const struct vonk_datetime_format *format;
  struct vonk_str text;
  struct vonk_parse_context *context;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char char_at(const struct reader *r, size_t at) { return at < r->text.size ? r->text.data[at] : 0; }

static bool set_field(struct parsed *parsed, enum datetime_field field, int64_t value) {
  if (parsed->has[field] && parsed->fields[field] != value) return false;
  parsed->has[field] = true;
  parsed->fields[field] = value;
  return true;
}

/* Up to WIDTH_MAX digits; false for fewer than WIDTH_MIN, or more than a number holds. */
static bool read_digits(const struct reader *r, size_t *at, int width_min, int width_max, int64_t *out) {
  int64_t value = 0;
  int count = 0;
  for (; count < width_max && is_digit(char_at(r, *at)); count++, ++*at) {
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, char_at(r, *at) - '0', &value)) return false;
  }
  *out = value;
  return count >= width_min;
}

static bool read_number(const struct reader *r, const struct datetime_step *step, size_t *at, struct parsed *parsed) {
  char sign = char_at(r, *at);
  bool positive = sign == '+', negative = sign == '-';
  if (positive && step->sign != SIGN_EXCEEDS_PAD) return false;
  if (negative && step->sign == SIGN_NEVER) return false;
  size_t start = *at + (positive || negative), end = start;
  int reserved = step->subsequent > 0 ? step->subsequent : 0, width_max = step->max;
  int64_t value;
  /* The numbers behind take their digits from the end of the run. */
  if (reserved) {
    while (end - start < (size_t)(step->max + reserved) && is_digit(char_at(r, end))) end++;
    int left = (int)(end - start) - reserved;
    width_max = left > step->min ? left : step->min;
    end = start;
  }
  if (!read_digits(r, &end, step->min, width_max, &value)) return false;
  int width = (int)(end - start);
  if (negative && value == 0) return false;
  if (step->sign == SIGN_EXCEEDS_PAD && !negative && positive != (width > step->min)) return false;
  *at = end;
  if (step->kind == STEP_SHORT_YEAR) value += 2000;
  return set_field(parsed, step->field, negative ? -value : value);
}

static bool read_fraction(const struct reader *r, const struct datetime_step *step, size_t *at, struct parsed *parsed) {
  int64_t value;
  size_t start = *at;
  if (!read_digits(r, at, step->min, step->max, &value)) return false;
  for (size_t digits = *at - start; digits < 9; digits++) value *= 10;
  return set_field(parsed, FIELD_NANO, value);
}

/* The longest name that stands here, any case. */
static bool read_name(const struct reader *r, const struct datetime_step *step, size_t *at, struct parsed *parsed) {
  struct datetime_names names = vonk_datetime_names(step->field, step->width);
  struct vonk_str rest = vonk_str_slice(r->text, *at, r->text.size);
  size_t best = 0;
  int found = -1;
  for (int i = 0; i < names.count; i++) {
    struct vonk_str name = vonk_str_of(names.names[i]);
    if (name.size <= best || !vonk_str_starts_with_nocase(rest, name)) continue;
    best = name.size;
    found = i;
  }
  if (found < 0) return false;
  *at += best;
  return set_field(parsed, step->field, names.first + found);
}

static bool set_offset(struct parsed *parsed, int32_t offset) {
  if (parsed->has_offset && parsed->offset != offset) return false;
  parsed->has_offset = true;
  parsed->offset = offset;
  return offset >= -18 * 3600 && offset <= 18 * 3600;
}

/* Two digits below LIMIT, behind a colon if COLON. Leaves *AT alone when they are not there. */
static bool read_two(const struct reader *r, size_t *at, bool colon, int limit, int *out) {
  size_t p = *at;
  if (colon && char_at(r, p++) != ':') return false;
  if (!is_digit(char_at(r, p)) || !is_digit(char_at(r, p + 1))) return false;
  *out = (char_at(r, p) - '0') * 10 + (char_at(r, p + 1) - '0');
  if (*out >= limit) return false;
  *at = p + 2;
  return true;
}

static bool read_offset(const struct reader *r, const struct datetime_offset *layout, size_t *at, struct parsed *parsed) {
  struct vonk_str rest = vonk_str_slice(r->text, *at, r->text.size), zero = vonk_str_of(layout->zero);
  char sign = char_at(r, *at);
  if (sign == '+' || sign == '-') {
    size_t p = *at + 1;
    int hours, minutes = 0, seconds = 0;
    bool good = read_two(r, &p, false, 24, &hours);
    bool has_minutes = good && read_two(r, &p, layout->colon, 60, &minutes);
    if (good && !has_minutes && !layout->minutes_optional) good = false;
    if (good && has_minutes && layout->seconds) (void)read_two(r, &p, layout->colon, 60, &seconds);
    if (good) {
      *at = p;
      return set_offset(parsed, (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds));
    }
  }
  if (!vonk_str_starts_with_nocase(rest, zero)) return false;
  *at += zero.size;
  return set_offset(parsed, 0);
}

/* GMT, GMT+8, GMT+8:30, GMT+08:00. */
static bool read_localized_offset(const struct reader *r, int width, size_t *at, struct parsed *parsed) {
  if (!vonk_str_starts_with_nocase(vonk_str_slice(r->text, *at, r->text.size), STR("GMT"))) return false;
  *at += 3;
  char sign = char_at(r, *at);
  if (sign != '+' && sign != '-') return set_offset(parsed, 0);
  size_t p = *at + 1;
  int hours = 0, minutes = 0, seconds = 0;
  if (width == 4) {
    if (!read_two(r, &p, false, 24, &hours) || !read_two(r, &p, true, 60, &minutes)) return false;
  } else {
    if (!is_digit(char_at(r, p))) return false;
    hours = char_at(r, p++) - '0';
    if (is_digit(char_at(r, p))) hours = hours * 10 + (char_at(r, p++) - '0');
    (void)read_two(r, &p, true, 60, &minutes);
  }
  (void)read_two(r, &p, true, 60, &seconds);
  *at = p;
  return set_offset(parsed, (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds));
}

/* The names people write; others are region ids. */
static const struct {
  const char *name, *id;
} zone_names[] = {
    {"PST", "America/Los_Angeles"}, {"PDT", "America/Los_Angeles"}, {"MST", "America/Denver"},   {"MDT", "America/Denver"},
    {"CST", "America/Chicago"},     {"CDT", "America/Chicago"},     {"EST", "America/New_York"}, {"EDT", "America/New_York"},
    {"CET", "Europe/Paris"},        {"CEST", "Europe/Paris"},       {"EET", "Europe/Athens"},    {"EEST", "Europe/Athens"},
    {"WET", "Europe/Lisbon"},       {"WEST", "Europe/Lisbon"},      {"BST", "Europe/London"},    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},          {"MSK", "Europe/Moscow"},
};

static bool is_zone_char(char c) {
  return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '/' || c == '_' || c == '+' || c == '-' || c == ':';
}

/* ID with the case of region names: a capital behind each mark. */
static struct vonk_str capitalize(struct vonk_arena *arena, struct vonk_str id) {
  struct vonk_str lower = vonk_str_lower(arena, id), upper = vonk_str_upper(arena, id);
  char *bytes = vonk_arena_copy(arena, lower.data, lower.size + 1);
  for (size_t i = 0; i < id.size; i++) {
    bool first = i == 0 || strchr("/_-", lower.data[i - 1]);
    if (first) bytes[i] = upper.data[i];
  }
  return vonk_str_make(bytes, id.size);
}

static bool is_zone(const struct reader *r, struct vonk_str id) {
  const struct vonk_timezone *zone;
  int32_t offset;
  return vonk_timezone_parse_offset(id, &offset) || vonk_timezone_load(r->context->arena, id, &zone);
}

/* The longest run that names a zone, in any case. */
static bool read_zone(const struct reader *r, bool names, size_t *at, struct parsed *parsed) {
  static const struct datetime_offset plain = {.colon = true, .seconds = true, .zero = "Z"};
  char first = char_at(r, *at);
  if (first == '+' || first == '-') return read_offset(r, &plain, at, parsed);
  size_t end = *at;
  while (is_zone_char(char_at(r, end))) end++;
  for (; end > *at; end--) {
    struct vonk_str id = vonk_str_slice(r->text, *at, end);
    for (size_t i = 0; names && i < sizeof zone_names / sizeof *zone_names; i++) {
      if (vonk_str_equal_nocase(id, vonk_str_of(zone_names[i].name))) id = vonk_str_of(zone_names[i].id);
    }
    if (!is_zone(r, id)) id = vonk_str_upper(r->context->arena, id);
    if (!is_zone(r, id)) id = capitalize(r->context->arena, id);
    if (!is_zone(r, id)) continue;
    parsed->zone = id;
    *at = end;
    return true;
  }
  return false;
}

static bool read_step(const struct reader *r, const struct datetime_step *step, size_t *at, struct parsed *parsed) {
  switch (step->kind) {
    case STEP_NUMBER:
    case STEP_SHORT_YEAR: return read_number(r, step, at, parsed);
    case STEP_FRACTION: return read_fraction(r, step, at, parsed);
    case STEP_TEXT: return read_name(r, step, at, parsed);
    case STEP_OFFSET: return read_offset(r, &step->offset, at, parsed);
    case STEP_LOCALIZED_OFFSET: return read_localized_offset(r, step->width, at, parsed);
    case STEP_ZONE_ID: return read_zone(r, false, at, parsed);
    case STEP_ZONE_NAME: return read_zone(r, true, at, parsed);
    case STEP_LITERAL:
      if (!vonk_str_starts_with_nocase(vonk_str_slice(r->text, *at, r->text.size), step->literal)) return false;
      *at += step->literal.size;
      return true;
    case STEP_OPTIONAL: break;
  }
  return false;
}

/* Steps FROM..TO. A section that does not match counts as absent; what it had read is forgotten. */
static bool read_steps(const struct reader *r, size_t from, size_t to, size_t *at, struct parsed *parsed) {
  for (size_t i = from; i < to; i++) {
    const struct datetime_step *step = &r->format->steps[i];
    if (step->kind != STEP_OPTIONAL) {
      size_t start = *at;
      if (read_step(r, step, at, parsed)) continue;
      *at = start;
      return false;
    }
    struct parsed trial = *parsed;
    size_t position = *at;
    if (read_steps(r, i + 1, step->jump, &position, &trial)) {
      *parsed = trial;
      *at = position;
    }
    i = step->jump - 1;
  }
  return true;
}

/* --- resolution --- */

static bool in_range(struct parsed *parsed, enum datetime_field field, enum vonk_datetime_bound bound) {
  return !parsed->has[field] || vonk_datetime_check(bound, parsed->fields[field], &parsed->problem);
}

static int64_t field_or(const struct parsed *parsed, enum datetime_field field, int64_t other) {
  return parsed->has[field] ? parsed->fields[field] : other;
}

static bool resolve_year(struct parsed *parsed) {
  if (!parsed->has[FIELD_YEAR_OF_ERA]) return in_range(parsed, FIELD_YEAR, VONK_BOUND_YEAR);
  if (!in_range(parsed, FIELD_YEAR_OF_ERA, VONK_BOUND_YEAR_OF_ERA)) return false;
  int64_t year = parsed->fields[FIELD_YEAR_OF_ERA];
  return set_field(parsed, FIELD_YEAR, field_or(parsed, FIELD_ERA, 1) ? year : 1 - year);
}

static bool resolve_date(struct parsed *parsed, int64_t *days) {
  if (!resolve_year(parsed)) return false;
  int64_t year = field_or(parsed, FIELD_YEAR, 1970), month = field_or(parsed, FIELD_MONTH, 1), day = field_or(parsed, FIELD_DAY, 1);
  if (parsed->has[FIELD_DAY_OF_YEAR] && !(parsed->has[FIELD_MONTH] && parsed->has[FIELD_DAY] && parsed->has[FIELD_YEAR])) {
    int64_t day_of_year = parsed->fields[FIELD_DAY_OF_YEAR];
    if (!vonk_datetime_check_day_of_year(year, day_of_year, &parsed->problem)) return false;
    *days = vonk_calendar_days(year, 1, 1) + day_of_year - 1;
    if (!parsed->has[FIELD_YEAR]) return true;
    struct vonk_date date = vonk_calendar_date(*days);
    return field_or(parsed, FIELD_MONTH, date.month) == date.month && field_or(parsed, FIELD_DAY, date.day) == date.day;
  }
  if (!vonk_datetime_check_date(year, month, day, &parsed->problem)) return false;
  *days = vonk_calendar_days(year, (int)month, (int)day);
  bool whole = parsed->has[FIELD_YEAR] && parsed->has[FIELD_MONTH] && parsed->has[FIELD_DAY];
  return !whole || field_or(parsed, FIELD_DAY_OF_YEAR, vonk_calendar_day_of_year(*days)) == vonk_calendar_day_of_year(*days);
}

static bool resolve_hour(struct parsed *parsed, int64_t *hour) {
  if (!in_range(parsed, FIELD_CLOCK_HOUR, VONK_BOUND_CLOCK_HOUR) || !in_range(parsed, FIELD_CLOCK_HALF_HOUR, VONK_BOUND_CLOCK_HALF_HOUR)) return false;
  if (!in_range(parsed, FIELD_HALF_HOUR, VONK_BOUND_HALF_HOUR) || !in_range(parsed, FIELD_HOUR, VONK_BOUND_HOUR)) return false;
  if (parsed->has[FIELD_CLOCK_HOUR] && !set_field(parsed, FIELD_HOUR, parsed->fields[FIELD_CLOCK_HOUR] % 24)) return false;
  if (parsed->has[FIELD_CLOCK_HALF_HOUR] && !set_field(parsed, FIELD_HALF_HOUR, parsed->fields[FIELD_CLOCK_HALF_HOUR] % 12)) return false;
  bool half = parsed->has[FIELD_HALF_DAY], pm = half && parsed->fields[FIELD_HALF_DAY];
  if (parsed->has[FIELD_HALF_HOUR] && half && !set_field(parsed, FIELD_HOUR, parsed->fields[FIELD_HALF_HOUR] + (pm ? 12 : 0))) return false;
  if (parsed->has[FIELD_HOUR]) {
    *hour = parsed->fields[FIELD_HOUR];
    if (half && (*hour >= 12) != pm) return false;
    return !parsed->has[FIELD_HALF_HOUR] || *hour % 12 == parsed->fields[FIELD_HALF_HOUR];
  }
  *hour = parsed->has[FIELD_HALF_HOUR] ? parsed->fields[FIELD_HALF_HOUR] : pm ? 12 : 0;
  return true;
}

static bool resolve_time(struct parsed *parsed, int64_t *nanos) {
  int64_t hour;
  if (!in_range(parsed, FIELD_MINUTE, VONK_BOUND_MINUTE) || !in_range(parsed, FIELD_SECOND, VONK_BOUND_SECOND) || !resolve_hour(parsed, &hour)) return false;
  *nanos = (hour * 3600 + field_or(parsed, FIELD_MINUTE, 0) * 60 + field_or(parsed, FIELD_SECOND, 0)) * VONK_NANOS_PER_SECOND +
           field_or(parsed, FIELD_NANO, 0);
  return true;
}

static bool read_all(const struct vonk_datetime_format *format, struct vonk_str text, struct vonk_parse_context *context, struct parsed *parsed) {
  struct reader reader = {format, text, context};
  size_t at = 0;
  *parsed = (struct parsed){0};
  bool matches = read_steps(&reader, 0, format->step_count, &at, parsed);
  if (matches && at == text.size) return true;
  parsed->problem = (struct vonk_datetime_problem){.kind = matches ? VONK_PROBLEM_UNPARSED : VONK_PROBLEM_NO_MATCH, .at = at};
  return false;
}

/* What was wrong goes to the caller. */
static bool failed(struct vonk_parse_context *context, const struct parsed *parsed) {
  context->problem = parsed->problem;
  return false;
}

static bool local_micros(struct parsed *parsed, int64_t *out) {
  int64_t days, nanos, start;
  if (!resolve_date(parsed, &days) || !resolve_time(parsed, &nanos)) return false;
  return vonk_calendar_days_to_micros(days, &start) && !__builtin_add_overflow(start, nanos / 1000, out);
}

bool vonk_datetime_format_parse(const struct vonk_datetime_format *format, struct vonk_str text,
                                struct vonk_parse_context *context, int64_t *utc_micros) {
  struct parsed parsed;
  const struct vonk_timezone *zone = context->zone;
  int64_t local;
  int32_t offset;
  if (!read_all(format, text, context, &parsed) || !local_micros(&parsed, &local)) return failed(context, &parsed);
  /* A zone's id counts more than an offset beside it. */
  if (parsed.zone.data) {
    parsed.has_offset = vonk_timezone_parse_offset(parsed.zone, &offset);
    if (parsed.has_offset) parsed.offset = offset;
    else if (!vonk_timezone_load(context->arena, parsed.zone, &zone)) return false;
  }
  int64_t seconds = vonk_calendar_floor_div(local, VONK_MICROS_PER_SECOND);
  offset = parsed.has_offset ? parsed.offset : vonk_timezone_local_offset(zone, seconds);
  return !__builtin_sub_overflow(local, offset * VONK_MICROS_PER_SECOND, utc_micros);
}

bool vonk_datetime_format_parse_ntz(const struct vonk_datetime_format *format, struct vonk_str text,
                                    struct vonk_parse_context *context, bool allow_zone, int64_t *out) {
  struct parsed parsed;
  if (!read_all(format, text, context, &parsed)) return failed(context, &parsed);
  if (!allow_zone && (parsed.has_offset || parsed.zone.data)) return failed(context, &parsed);
  return local_micros(&parsed, out) || failed(context, &parsed);
}

bool vonk_datetime_format_parse_date(const struct vonk_datetime_format *format, struct vonk_str text,
                                     struct vonk_parse_context *context, int32_t *days) {
  struct parsed parsed;
  int64_t wide, nanos;
  if (!read_all(format, text, context, &parsed) || !resolve_date(&parsed, &wide) || !resolve_time(&parsed, &nanos)) return failed(context, &parsed);
  if (wide < INT32_MIN || wide > INT32_MAX) return false;
  *days = (int32_t)wide;
  return true;
}

bool vonk_datetime_format_parse_time(const struct vonk_datetime_format *format, struct vonk_str text,
                                     struct vonk_parse_context *context, int64_t *nanos) {
  struct parsed parsed;
  return (read_all(format, text, context, &parsed) && resolve_time(&parsed, nanos)) || failed(context, &parsed);
}
