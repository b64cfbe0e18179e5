/* interval.c: reading and writing intervals. */
#include "type/interval.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "type/calendar.h"

static const char *const field_names[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};

/* --- writing --- */

static int put_fields(char *out, enum vonk_interval_field start, enum vonk_interval_field end) {
  if (start == end) return snprintf(out, 32, "' %s", field_names[start]);
  return snprintf(out, 32, "' %s TO %s", field_names[start], field_names[end]);
}

int vonk_interval_format_ym(int32_t months, enum vonk_interval_field start, enum vonk_interval_field end,
                            enum vonk_interval_style style, char out[VONK_INTERVAL_TEXT_MAX]) {
  long magnitude = labs((long)months);
  const char *sign = months < 0 ? "-" : "";
  int size = 0;
  if (style == VONK_INTERVAL_HIVE) return snprintf(out, VONK_INTERVAL_TEXT_MAX, "%s%ld-%ld", sign, magnitude / 12, magnitude % 12);
  size = snprintf(out, VONK_INTERVAL_TEXT_MAX, "INTERVAL '%s", sign);
  char *at = out + size;
  if (start != end) size += snprintf(at, 64, "%ld-%ld", magnitude / 12, magnitude % 12);
  else size += snprintf(at, 64, "%ld", start == VONK_FIELD_YEAR ? magnitude / 12 : magnitude);
  return size + put_fields(out + size, start, end);
}

/* Seconds with two digits before the point, and the fraction without zeros at its end. */
static int put_seconds(char *out, uint64_t micros, const char *format) {
  int size = snprintf(out, 64, format, (unsigned long)(micros / 1000000));
  uint64_t fraction = micros % 1000000;
  if (fraction == 0) return size;
  size += snprintf(out + size, 16, ".%06lu", (unsigned long)fraction);
  while (out[size - 1] == '0') size--;
  return size;
}

static int put_day_time(char *out, uint64_t rest, enum vonk_interval_field start, enum vonk_interval_field end) {
  static const uint64_t units[] = {0, 0, 86400000000u, 3600000000u, 60000000u, 1000000u};
  int size = 0;
  for (int field = start; field <= (int)end; field++) {
    if (field > (int)start) out[size++] = field == VONK_FIELD_HOUR ? ' ' : ':';
    if (field == VONK_FIELD_SECOND) return size + put_seconds(out + size, rest, "%02lu");
    size += snprintf(out + size, 32, field == VONK_FIELD_DAY ? "%lu" : "%02lu", (unsigned long)(rest / units[field]));
    rest %= units[field];
  }
  return size;
}

int vonk_interval_format_dt(int64_t micros, enum vonk_interval_field start, enum vonk_interval_field end,
                            enum vonk_interval_style style, char out[VONK_INTERVAL_TEXT_MAX]) {
  uint64_t magnitude = micros < 0 ? -(uint64_t)micros : (uint64_t)micros;
  const char *sign = micros < 0 ? "-" : "";
  if (style == VONK_INTERVAL_HIVE) {
    unsigned long seconds = (unsigned long)(magnitude / 1000000);
    return snprintf(out, VONK_INTERVAL_TEXT_MAX, "%s%lu %02lu:%02lu:%02lu.%06lu000", sign, seconds / 86400, seconds / 3600 % 24,
                    seconds / 60 % 60, seconds % 60, (unsigned long)(magnitude % 1000000));
  }
  int size = snprintf(out, VONK_INTERVAL_TEXT_MAX, "INTERVAL '%s", sign);
  size += put_day_time(out + size, magnitude, start, end);
  return size + put_fields(out + size, start, end);
}

static int put_unit(char *out, int64_t value, const char *unit) {
  return value ? snprintf(out, 48, "%ld %s ", (long)value, unit) : 0;
}

int vonk_interval_format(const struct vonk_interval *interval, char out[VONK_INTERVAL_TEXT_MAX]) {
  int size = put_unit(out, interval->months / 12, "years");
  size += put_unit(out + size, interval->months % 12, "months");
  size += put_unit(out + size, interval->days, "days");
  size += put_unit(out + size, interval->micros / VONK_MICROS_PER_HOUR, "hours");
  size += put_unit(out + size, interval->micros % VONK_MICROS_PER_HOUR / VONK_MICROS_PER_MINUTE, "minutes");
  int64_t rest = interval->micros % VONK_MICROS_PER_MINUTE;
  if (rest) {
    if (rest < 0) out[size++] = '-';
    size += put_seconds(out + size, (uint64_t)(rest < 0 ? -rest : rest), "%lu");
    size += snprintf(out + size, 16, " seconds ");
  }
  if (size == 0) return snprintf(out, VONK_INTERVAL_TEXT_MAX, "0 seconds");
  return size - 1;
}

/* --- reading fields --- */

struct cursor {
  struct vonk_str text;
  size_t at;
};

static char peek(const struct cursor *c) { return c->at < c->text.size ? c->text.data[c->at] : 0; }
static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static struct vonk_str trim(struct vonk_str text) {
  while (text.size && ((unsigned char)text.data[0] <= ' ' || text.data[0] == 0x7F)) text = vonk_str_slice(text, 1, text.size);
  while (text.size && ((unsigned char)text.data[text.size - 1] <= ' ' || text.data[text.size - 1] == 0x7F)) text.size--;
  return text;
}

static bool accept(struct cursor *c, char wanted) {
  if (peek(c) != wanted) return false;
  c->at++;
  return true;
}

static bool accept_spaces(struct cursor *c) {
  size_t start = c->at;
  while (is_space(peek(c))) c->at++;
  return c->at > start;
}

static bool accept_word(struct cursor *c, const char *word) {
  struct vonk_str rest = vonk_str_slice(c->text, c->at, c->text.size);
  if (!vonk_str_starts_with_nocase(rest, vonk_str_of(word))) return false;
  c->at += strlen(word);
  return true;
}

/* A sign, if there is one. Spark's patterns take a bar for a plus. */
static int accept_sign(struct cursor *c) {
  if (accept(c, '-')) return -1;
  if (!accept(c, '+')) accept(c, '|');
  return 1;
}

/* 1 to DIGITS_MAX digits with a value of at most MAX. */
static bool read_number(struct cursor *c, int digits_max, int64_t max, int64_t *out) {
  int64_t value = 0;
  int digits = 0;
  for (; is_digit(peek(c)); c->at++, digits++) {
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, peek(c) - '0', &value)) return false;
  }
  *out = value;
  return digits >= 1 && digits <= digits_max && value <= max;
}

/* INTERVAL [sign] ' in front, ' FIELD TO FIELD behind: either both or neither. */
struct frame {
  bool literal;
  int sign;
};

static bool read_front(struct cursor *c, struct frame *frame) {
  *frame = (struct frame){.sign = 1};
  if (accept_word(c, "INTERVAL")) {
    frame->literal = true;
    if (!accept_spaces(c)) return false;
    frame->sign = accept_sign(c);
    if (!accept(c, '\'')) return false;
  }
  frame->sign *= accept_sign(c);
  return true;
}

static bool read_back(struct cursor *c, const struct frame *frame, enum vonk_interval_field start, enum vonk_interval_field end) {
  if (frame->literal) {
    if (!accept(c, '\'') || !accept_spaces(c) || !accept_word(c, field_names[start])) return false;
    if (start != end && (!accept_spaces(c) || !accept_word(c, "TO") || !accept_spaces(c) || !accept_word(c, field_names[end]))) return false;
  }
  return c->at == c->text.size;
}

bool vonk_interval_parse_ym(struct vonk_str text, enum vonk_interval_field start, enum vonk_interval_field end, int32_t *months) {
  struct cursor c = {.text = trim(text)};
  struct frame frame;
  int64_t first, second = 0, total;
  if (!read_front(&c, &frame) || !read_number(&c, 1000, INT64_MAX / 24, &first)) return false;
  if (start != end && (!accept(&c, '-') || !read_number(&c, 1000, 11, &second))) return false;
  if (!read_back(&c, &frame, start, end)) return false;
  if (start != end && first > INT32_MAX / 12) return false;
  total = frame.sign * (first * (start == VONK_FIELD_YEAR ? 12 : 1) + second);
  if (total < INT32_MIN || total > INT32_MAX) return false;
  *months = (int32_t)total;
  return true;
}

/* .123456789 in nanoseconds, cut to micros. */
static bool read_fraction(struct cursor *c, int64_t *micros) {
  *micros = 0;
  if (!accept(c, '.')) return true;
  int digits = 0;
  int64_t nanos = 0;
  for (; is_digit(peek(c)); c->at++, digits++) {
    if (digits < 9) nanos = nanos * 10 + (peek(c) - '0');
  }
  if (digits < 1 || digits > 9) return false;
  for (int i = digits; i < 9; i++) nanos *= 10;
  *micros = nanos / 1000;
  return true;
}

bool vonk_interval_parse_dt(struct vonk_str text, enum vonk_interval_field start, enum vonk_interval_field end, int64_t *micros) {
  static const int64_t units[] = {0, 0, VONK_MICROS_PER_DAY, VONK_MICROS_PER_HOUR, VONK_MICROS_PER_MINUTE, VONK_MICROS_PER_SECOND};
  static const int first_digits[] = {0, 0, 9, 10, 12, 13};
  static const int inner_max[] = {0, 0, 0, 23, 59, 59};
  struct cursor c = {.text = trim(text)};
  struct frame frame;
  int64_t total = 0;
  if (!read_front(&c, &frame)) return false;
  for (int field = start; field <= (int)end; field++) {
    int64_t number, part, fraction = 0;
    bool first = field == (int)start;
    if (!first && !accept(&c, field == VONK_FIELD_HOUR ? ' ' : ':')) return false;
    if (!read_number(&c, first ? first_digits[field] : 2, first ? INT64_MAX : inner_max[field], &number)) return false;
    if (field == VONK_FIELD_SECOND && !read_fraction(&c, &fraction)) return false;
    if (__builtin_mul_overflow(frame.sign * number, units[field], &part)) return false;
    if (__builtin_add_overflow(total, part, &total) || __builtin_add_overflow(total, frame.sign * fraction, &total)) return false;
  }
  if (!read_back(&c, &frame, start, end)) return false;
  *micros = total;
  return true;
}

/* --- reading units --- */

/* A number before its unit. */
struct quantity {
  int64_t value, fraction; /* fraction in micros */
  bool has_fraction;
};

/* The run of characters around AT without white space: what an error is about. */
static struct vonk_str word_at(const struct cursor *c) {
  size_t from = c->at < c->text.size ? c->at : c->text.size, to = from;
  while (from > 0 && !is_space(c->text.data[from - 1])) from--;
  while (to < c->text.size && !is_space(c->text.data[to])) to++;
  return vonk_str_slice(c->text, from, to);
}

static enum vonk_interval_fault read_quantity(struct cursor *c, struct quantity *out) {
  *out = (struct quantity){0};
  bool negative = accept(c, '-'), sign = negative || accept(c, '+');
  if (sign) accept_spaces(c);
  if (c->at == c->text.size) return VONK_INTERVAL_MISSING_NUMBER;
  if (!is_digit(peek(c)) && peek(c) != '.') return sign ? VONK_INTERVAL_INVALID_VALUE : VONK_INTERVAL_UNRECOGNIZED_NUMBER;
  bool whole = sign || is_digit(peek(c)); /* a point alone is taken behind a sign, as Spark does */
  for (; is_digit(peek(c)); c->at++) {
    if (__builtin_mul_overflow(out->value, 10, &out->value) || __builtin_add_overflow(out->value, peek(c) - '0', &out->value)) {
      return VONK_INTERVAL_ARITHMETIC;
    }
  }
  if (accept(c, '.')) {
    out->has_fraction = true;
    int64_t nanos = 0, scale = 100000000;
    size_t start = c->at;
    for (; is_digit(peek(c)); c->at++, scale /= 10) {
      if (scale == 0) return VONK_INTERVAL_INVALID_PRECISION;
      nanos += scale * (peek(c) - '0');
    }
    if (!whole && c->at == start) return VONK_INTERVAL_INVALID_VALUE;
    out->fraction = nanos / 1000;
  }
  if (negative) {
    out->value = -out->value;
    out->fraction = -out->fraction;
  }
  if (c->at == c->text.size) return VONK_INTERVAL_MISSING_UNIT;
  return is_space(peek(c)) ? VONK_INTERVAL_GOOD : VONK_INTERVAL_INVALID_VALUE;
}

/* Longer names stand before names they begin with. */
static const struct unit {
  const char *name;
  char part; /* of the interval: m, d, u */
  int64_t factor;
} units[] = {
    {"year", 'm', 12},
    {"month", 'm', 1},
    {"week", 'd', 7},
    {"day", 'd', 1},
    {"hour", 'u', VONK_MICROS_PER_HOUR},
    {"minute", 'u', VONK_MICROS_PER_MINUTE},
    {"second", 'u', VONK_MICROS_PER_SECOND},
    {"millisecond", 'u', 1000},
    {"microsecond", 'u', 1},
};

static bool add_int32(int32_t *to, int64_t value) {
  int64_t sum;
  if (value < INT32_MIN || value > INT32_MAX) return false;
  sum = *to + value;
  if (sum < INT32_MIN || sum > INT32_MAX) return false;
  *to = (int32_t)sum;
  return true;
}

static bool add_quantity(struct vonk_interval *interval, const struct quantity *quantity, const struct unit *unit) {
  int64_t scaled;
  if (__builtin_mul_overflow(quantity->value, unit->factor, &scaled)) return false;
  if (unit->part == 'm') return add_int32(&interval->months, scaled);
  if (unit->part == 'd') return add_int32(&interval->days, scaled);
  return !__builtin_add_overflow(interval->micros, scaled, &interval->micros) &&
         !__builtin_add_overflow(interval->micros, quantity->fraction, &interval->micros);
}

static enum vonk_interval_fault read_unit(struct cursor *c, const struct quantity *quantity, struct vonk_interval *out) {
  if (quantity->has_fraction && (peek(c) | 32) != 's') return VONK_INTERVAL_INVALID_FRACTION;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (!accept_word(c, units[i].name)) continue;
    if (!add_quantity(out, quantity, &units[i])) return VONK_INTERVAL_ARITHMETIC;
    if ((peek(c) | 32) == 's') c->at++;
    return c->at == c->text.size || is_space(peek(c)) ? VONK_INTERVAL_GOOD : VONK_INTERVAL_INVALID_UNIT;
  }
  return VONK_INTERVAL_INVALID_UNIT;
}

static enum vonk_interval_fault read_units(struct cursor *c, struct vonk_interval *out) {
  if (c->text.size == 0) return VONK_INTERVAL_INPUT_IS_EMPTY;
  if (accept_word(c, "interval")) {
    if (c->at == c->text.size) return VONK_INTERVAL_INPUT_IS_EMPTY;
    if (!is_space(peek(c))) return VONK_INTERVAL_INVALID_PREFIX;
  }
  for (accept_spaces(c); c->at < c->text.size; accept_spaces(c)) {
    struct quantity quantity;
    enum vonk_interval_fault fault = read_quantity(c, &quantity);
    if (fault != VONK_INTERVAL_GOOD) return fault;
    accept_spaces(c);
    fault = read_unit(c, &quantity, out);
    if (fault != VONK_INTERVAL_GOOD) return fault;
  }
  return VONK_INTERVAL_GOOD;
}

enum vonk_interval_fault vonk_interval_parse(struct vonk_str text, struct vonk_interval *out, struct vonk_str *word) {
  struct cursor c = {.text = trim(text)};
  struct vonk_interval interval = {0};
  enum vonk_interval_fault fault = read_units(&c, &interval);
  if (word) *word = fault == VONK_INTERVAL_GOOD ? (struct vonk_str){0} : word_at(&c);
  if (fault == VONK_INTERVAL_GOOD) *out = interval;
  return fault;
}
