/* text_parse.c: text as values, in the forms Spark's casts accept. */
#include "base/status.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/interval.h"
#include "type/real_text.h"
#include "type/text.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Without white space and control characters at both ends. */
static struct vonk_str trim(struct vonk_str text) {
  while (text.size && ((unsigned char)text.data[0] <= ' ' || text.data[0] == 0x7F)) text = vonk_str_slice(text, 1, text.size);
  while (text.size && ((unsigned char)text.data[text.size - 1] <= ' ' || text.data[text.size - 1] == 0x7F)) text.size--;
  return text;
}

bool vonk_parse_integer(struct vonk_str text, bool truncate, int64_t *out) {
  text = trim(text);
  if (truncate) {
    size_t point = vonk_str_find(text, STR("."), 0);
    if (point != SIZE_MAX) {
      for (size_t i = point + 1; i < text.size; i++) {
        if (!is_digit(text.data[i])) return false;
      }
      text.size = point;
      bool sign = text.size && (text.data[0] == '-' || text.data[0] == '+');
      if (text.size == (size_t)sign) {
        /* "." and "-.5" are zero. */
        *out = 0;
        return true;
      }
    }
  }
  return vonk_str_to_int64(text, out);
}

bool vonk_parse_boolean(struct vonk_str text, bool *out) {
  static const char *const words[] = {"f", "false", "n", "no", "0", "t", "true", "y", "yes", "1"};
  text = trim(text);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!vonk_str_equal_nocase(text, vonk_str_of(words[i]))) continue;
    *out = i >= 5;
    return true;
  }
  return false;
}

/* --- dates and times --- */

struct cursor {
  struct vonk_str text;
  size_t at;
};

static char peek(const struct cursor *c) { return c->at < c->text.size ? c->text.data[c->at] : 0; }
static bool at_end(const struct cursor *c) { return c->at == c->text.size; }

/* A run of digits; its length must lie between MIN and MAX. */
static bool read_digits(struct cursor *c, int min, int max, int *out) {
  int digits = 0, value = 0;
  for (; is_digit(peek(c)); c->at++, digits++) {
    if (digits < 9) value = value * 10 + (peek(c) - '0');
  }
  *out = value;
  return digits >= min && digits <= max;
}

static int read_sign(struct cursor *c) {
  char sign = peek(c);
  if (sign == '-' || sign == '+') c->at++;
  return sign == '-' ? -1 : 1;
}

static bool is_date_end(char c) { return c == ' ' || c == 'T'; }

bool vonk_parse_date(struct vonk_str text, int32_t *days) {
  enum { YEAR_DIGITS_MAX = 7 };
  struct cursor c = {.text = trim(text)};
  int fields[3] = {1, 1, 1}, sign = read_sign(&c);
  for (int i = 0;; i++) {
    if (!read_digits(&c, i == 0 ? 4 : 1, i == 0 ? YEAR_DIGITS_MAX : 2, &fields[i])) return false;
    if (at_end(&c) || i == 2) break;
    if (peek(&c) != '-') return false;
    c.at++;
  }
  if (!at_end(&c) && !is_date_end(peek(&c))) return false;
  int64_t year = sign * (int64_t)fields[0];
  if (!vonk_calendar_is_valid(year, fields[1], fields[2])) return false;
  int64_t result = vonk_calendar_days(year, fields[1], fields[2]);
  if (result < INT32_MIN || result > INT32_MAX) return false;
  *days = (int32_t)result;
  return true;
}

/* The parts of a timestamp's text. */
struct parts {
  bool time_only;
  int64_t year;
  int month, day, hour, minute, second, micros;
  struct vonk_str zone; /* data NULL: none */
};

/* Digits behind the point; those behind the sixth are dropped. */
static void read_fraction(struct cursor *c, int *micros) {
  int digits = 0, value = 0;
  for (; is_digit(peek(c)); c->at++, digits++) {
    if (digits < 6) value = value * 10 + (peek(c) - '0');
  }
  for (; digits < 6; digits++) value *= 10;
  *micros = value;
}

/* h[:m[:s[.f][zone]]], from the hour on when HOUR_READ. */
static bool read_clock(struct cursor *c, struct parts *parts, bool hour_read) {
  if (!hour_read && !read_digits(c, 1, 2, &parts->hour)) return false;
  if (at_end(c)) return true;
  if (peek(c) != ':') return false;
  c->at++;
  if (!read_digits(c, 1, 2, &parts->minute)) return false;
  if (at_end(c)) return true;
  if (peek(c) != ':') return false;
  c->at++;
  if (!read_digits(c, 1, 2, &parts->second)) return false;
  if (peek(c) == '.') {
    c->at++;
    read_fraction(c, &parts->micros);
  }
  if (!at_end(c)) parts->zone = trim(vonk_str_slice(c->text, c->at, c->text.size));
  return true;
}

static bool read_parts(struct vonk_str text, struct parts *parts) {
  enum { YEAR_DIGITS_MAX = 6 };
  struct cursor c = {.text = trim(text)};
  *parts = (struct parts){.month = 1, .day = 1};
  if (at_end(&c)) return false;
  if (peek(&c) == 'T' && c.text.data == text.data) {
    c.at++;
    parts->time_only = true;
    return read_clock(&c, parts, false);
  }
  char first = peek(&c);
  bool signed_year = first == '-' || first == '+';
  int sign = read_sign(&c), number;
  size_t start = c.at;
  bool year = read_digits(&c, 4, YEAR_DIGITS_MAX, &number);
  if (!year) {
    size_t digits = c.at - start;
    if (signed_year || peek(&c) != ':' || digits < 1 || digits > 2) return false;
    parts->time_only = true;
    parts->hour = number;
    return read_clock(&c, parts, true);
  }
  parts->year = sign * (int64_t)number;
  for (int i = 0; i < 2; i++) {
    if (at_end(&c)) return true;
    if (peek(&c) != '-') return false;
    c.at++;
    if (!read_digits(&c, 1, 2, i == 0 ? &parts->month : &parts->day)) return false;
  }
  if (at_end(&c)) return true;
  if (!is_date_end(peek(&c))) return false;
  c.at++;
  return read_clock(&c, parts, false);
}

static bool clock_micros(const struct parts *parts, int64_t *out) {
  if (parts->hour > 23 || parts->minute > 59 || parts->second > 59) return false;
  *out = ((int64_t)parts->hour * 3600 + parts->minute * 60 + parts->second) * VONK_MICROS_PER_SECOND + parts->micros;
  return true;
}

/* Local micros of the parts on the day they name, or on TODAY. */
static bool local_micros(const struct parts *parts, int64_t today, int64_t *out) {
  int64_t of_day, days = today, start;
  if (!clock_micros(parts, &of_day)) return false;
  if (!parts->time_only) {
    if (!vonk_calendar_is_valid(parts->year, parts->month, parts->day)) return false;
    days = vonk_calendar_days(parts->year, parts->month, parts->day);
  }
  /* The first day of all micros begins before the first micro, so the sum may fit where the day's start does not. */
  if (days < 0) {
    if (!vonk_calendar_days_to_micros(days + 1, &start)) return false;
    return !__builtin_add_overflow(start, of_day - VONK_MICROS_PER_DAY, out);
  }
  return vonk_calendar_days_to_micros(days, &start) && !__builtin_add_overflow(start, of_day, out);
}

static bool find_zone(struct vonk_parse_context *context, struct vonk_str id, const struct vonk_timezone **out) {
  if (context->last_zone && vonk_str_equal(context->last_id, id)) {
    *out = context->last_zone;
    return true;
  }
  if (!vonk_timezone_load(context->arena, id, out)) return false;
  context->last_id = vonk_str_copy(context->arena, id);
  context->last_zone = *out;
  return true;
}

static bool to_utc(const struct parts *parts, int64_t today, const struct vonk_timezone *zone, int64_t *micros) {
  int64_t local;
  if (!local_micros(parts, today, &local)) return false;
  int64_t seconds = vonk_calendar_floor_div(local, VONK_MICROS_PER_SECOND);
  return !__builtin_sub_overflow(local, vonk_timezone_local_offset(zone, seconds) * VONK_MICROS_PER_SECOND, micros);
}

bool vonk_parse_timestamp(struct vonk_str text, struct vonk_parse_context *context, int64_t *micros) {
  struct parts parts;
  const struct vonk_timezone *zone = context->zone;
  int32_t offset;
  int64_t local, today;
  if (!read_parts(text, &parts)) return false;
  if (parts.zone.data && vonk_timezone_parse_offset(parts.zone, &offset)) {
    today = vonk_calendar_micros_to_days(context->now_micros + offset * VONK_MICROS_PER_SECOND);
    if (!local_micros(&parts, today, &local)) return false;
    return !__builtin_sub_overflow(local, offset * VONK_MICROS_PER_SECOND, micros);
  }
  if (parts.zone.data && !find_zone(context, parts.zone, &zone)) return false;
  today = vonk_calendar_micros_to_days(vonk_timezone_to_local(zone, context->now_micros));
  return to_utc(&parts, today, zone, micros);
}

bool vonk_parse_timestamp_ntz(struct vonk_str text, struct vonk_parse_context *context, bool allow_zone, int64_t *micros) {
  struct parts parts;
  const struct vonk_timezone *zone;
  int32_t offset;
  if (!read_parts(text, &parts) || parts.time_only) return false;
  if (parts.zone.data) {
    if (!allow_zone) return false;
    if (!vonk_timezone_parse_offset(parts.zone, &offset) && !find_zone(context, parts.zone, &zone)) return false;
  }
  return local_micros(&parts, 0, micros);
}

bool vonk_parse_time(struct vonk_str text, int64_t *nanos) {
  struct parts parts;
  while (text.size && text.data[text.size - 1] == ' ') text.size--;
  char last = text.size > 2 ? (char)(text.data[text.size - 1] | 32) : 0;
  char half = last == 'm' ? (char)(text.data[text.size - 2] | 32) : 0;
  if (half == 'a' || half == 'p') text.size -= 2;
  else half = 0;
  if (!read_parts(text, &parts) || !parts.time_only || parts.zone.data) return false;
  if (half) {
    if (parts.hour < 1 || parts.hour > 12) return false;
    parts.hour = parts.hour % 12 + (half == 'p' ? 12 : 0);
  }
  int64_t micros;
  if (!clock_micros(&parts, &micros)) return false;
  *nanos = micros * 1000;
  return true;
}

/* --- any scalar type --- */

static bool parse_sized(struct vonk_str text, int bits, bool truncate, int64_t *out) {
  return vonk_parse_integer(text, truncate, out) && *out >= -((int64_t)1 << (bits - 1)) && *out < (int64_t)1 << (bits - 1);
}

static bool parse_numeric(struct vonk_str text, const struct vonk_type *type, bool truncate, struct vonk_value *out) {
  float narrow;
  switch (type->id) {
    case VONK_TYPE_BYTE: return parse_sized(text, 8, truncate, &out->integer);
    case VONK_TYPE_SHORT: return parse_sized(text, 16, truncate, &out->integer);
    case VONK_TYPE_INT: return parse_sized(text, 32, truncate, &out->integer);
    case VONK_TYPE_LONG: return vonk_parse_integer(text, truncate, &out->integer);
    case VONK_TYPE_DOUBLE: return vonk_real_parse_double(text, &out->real);
    case VONK_TYPE_FLOAT:
      if (!vonk_real_parse_float(text, &narrow)) return false;
      out->real = (double)narrow;
      return true;
    default: return vonk_decimal_parse(text, vonk_decimal_shape_of(type), &out->decimal) == VONK_DECIMAL_OK;
  }
}

static bool parse_interval(struct vonk_str text, const struct vonk_type *type, struct vonk_value *out) {
  enum vonk_interval_field start = type->start_field, end = type->end_field;
  int32_t months;
  if (type->id == VONK_TYPE_INTERVAL) return vonk_interval_parse(text, &out->interval, NULL) == VONK_INTERVAL_GOOD;
  if (type->id == VONK_TYPE_INTERVAL_DT) return vonk_interval_parse_dt(text, start, end, &out->integer);
  if (!vonk_interval_parse_ym(text, start, end, &months)) return false;
  out->integer = months;
  return true;
}

/* TIME keeps only its precision's digits. */
static bool parse_time(struct vonk_str text, int precision, int64_t *out) {
  if (!vonk_parse_time(text, out)) return false;
  int64_t unit = VONK_NANOS_PER_SECOND;
  for (int i = 0; i < precision; i++) unit /= 10;
  *out -= *out % unit;
  return true;
}

bool vonk_parse_value(struct vonk_str text, const struct vonk_type *type, struct vonk_parse_context *context, bool truncate,
                      struct vonk_value *out) {
  bool boolean;
  int32_t days;
  *out = (struct vonk_value){.type = type};
  switch (type->id) {
    case VONK_TYPE_BOOLEAN:
      if (!vonk_parse_boolean(text, &boolean)) return false;
      out->integer = boolean;
      return true;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR:
    case VONK_TYPE_BINARY: out->text = vonk_str_copy(context->arena, text); return true;
    case VONK_TYPE_DATE:
      if (!vonk_parse_date(text, &days)) return false;
      out->integer = days;
      return true;
    case VONK_TYPE_TIMESTAMP: return vonk_parse_timestamp(text, context, &out->integer);
    case VONK_TYPE_TIMESTAMP_NTZ: return vonk_parse_timestamp_ntz(text, context, true, &out->integer);
    case VONK_TYPE_TIME: return parse_time(text, type->precision, &out->integer);
    case VONK_TYPE_INTERVAL_YM:
    case VONK_TYPE_INTERVAL_DT:
    case VONK_TYPE_INTERVAL: return parse_interval(text, type, out);
    default: return vonk_type_is_numeric(type) && parse_numeric(text, type, truncate, out);
  }
}
