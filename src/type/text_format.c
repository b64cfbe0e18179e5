/* text_format.c: values as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/status.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/interval.h"
#include "type/real_text.h"
#include "type/text.h"
#include "type/variant.h"

static int put_two(char *out, int value) {
  out[0] = (char)('0' + value / 10);
  out[1] = (char)('0' + value % 10);
  return 2;
}

static int put_year(char *out, int64_t year) {
  if (year >= 0 && year <= 9999) {
    put_two(out, (int)(year / 100));
    return 2 + put_two(out + 2, (int)(year % 100));
  }
  return snprintf(out, 16, year < 0 ? "-%04ld" : "+%ld", (long)(year < 0 ? -year : year));
}

int vonk_format_date(int64_t days, char out[VONK_TEXT_DATE_MAX]) {
  struct vonk_date date = vonk_calendar_date(days);
  int size = put_year(out, date.year);
  out[size++] = '-';
  size += put_two(out + size, date.month);
  out[size++] = '-';
  return size + put_two(out + size, date.day);
}

/* Spark's shell prints by java.sql.Date and Timestamp, which count years within their era: no sign, and 1 for the year 0. */
static int era_year(char *text, int size) {
  char *rest = memchr(text + 1, '-', (size_t)size - 1), year[24];
  long number = strtol(text, NULL, 10);
  if (number > 0 && number <= 9999) return size;
  int year_size = snprintf(year, sizeof year, "%04ld", number > 0 ? number : 1 - number), rest_size = (int)(text + size - rest);
  memmove(text + year_size, rest, (size_t)rest_size);
  memcpy(text, year, (size_t)year_size);
  return year_size + rest_size;
}

/* .123 of 123000: DIGITS digits without the zeros at the end; nothing for 0. */
static int put_fraction(char *out, int64_t fraction, int digits) {
  if (fraction == 0) return 0;
  out[0] = '.';
  for (int i = digits; i > 0; i--, fraction /= 10) out[i] = (char)('0' + fraction % 10);
  int size = digits + 1;
  while (out[size - 1] == '0') size--;
  return size;
}

static int put_clock(char *out, int64_t seconds) {
  int size = put_two(out, (int)(seconds / 3600));
  out[size++] = ':';
  size += put_two(out + size, (int)(seconds / 60 % 60));
  out[size++] = ':';
  return size + put_two(out + size, (int)(seconds % 60));
}

int vonk_format_timestamp(int64_t local_micros, char out[VONK_TEXT_TIMESTAMP_MAX]) {
  int64_t of_day = vonk_calendar_micros_of_day(local_micros);
  int size = vonk_format_date(vonk_calendar_micros_to_days(local_micros), out);
  out[size++] = ' ';
  size += put_clock(out + size, of_day / VONK_MICROS_PER_SECOND);
  return size + put_fraction(out + size, of_day % VONK_MICROS_PER_SECOND, 6);
}

int vonk_format_time(int64_t nanos, char out[VONK_TEXT_TIMESTAMP_MAX]) {
  int size = put_clock(out, nanos / VONK_NANOS_PER_SECOND);
  return size + put_fraction(out + size, nanos % VONK_NANOS_PER_SECOND, 9);
}

/* --- binaries --- */

static void add_base64(struct vonk_text *out, struct vonk_str bytes) {
  enum { PIECE = 300 };
  char text[PIECE / 3 * 4];
  for (size_t i = 0; i < bytes.size; i += PIECE) {
    struct vonk_str piece = vonk_str_slice(bytes, i, bytes.size - i < PIECE ? bytes.size : i + PIECE);
    vonk_text_add(out, vonk_str_make(text, vonk_base64_encode(piece, true, text)));
  }
}

static void add_binary(struct vonk_text *out, struct vonk_str bytes, enum vonk_binary_style style) {
  switch (style) {
    case VONK_BINARY_UTF8: vonk_text_add(out, bytes); return;
    case VONK_BINARY_BASE64: add_base64(out, bytes); return;
    case VONK_BINARY_HEX:
      for (size_t i = 0; i < bytes.size; i++) vonk_text_addf(out, "%02X", (unsigned char)bytes.data[i]);
      return;
    case VONK_BINARY_BASIC:
    case VONK_BINARY_HEX_DISCRETE: break;
  }
  bool basic = style == VONK_BINARY_BASIC;
  vonk_text_add_char(out, '[');
  for (size_t i = 0; i < bytes.size; i++) {
    if (i) vonk_text_add(out, basic ? STR(", ") : STR(" "));
    if (basic) vonk_text_addf(out, "%d", (signed char)bytes.data[i]);
    else vonk_text_addf(out, "%02X", (unsigned char)bytes.data[i]);
  }
  vonk_text_add_char(out, ']');
}

/* --- scalars --- */

/* Casts of whole columns come here: printf takes several times as long. */
static void add_integer(struct vonk_text *out, int64_t value) {
  char digits[20]; /* of INT64_MIN */
  size_t at = sizeof digits;
  uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do digits[--at] = (char)('0' + left % 10);
  while (left /= 10);
  if (value < 0) digits[--at] = '-';
  vonk_text_add(out, vonk_str_make(digits + at, sizeof digits - at));
}

static void add_decimal(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options) {
  char text[VONK_DECIMAL_TEXT_MAX];
  bool exponent = options->form == VONK_TEXT_CAST && options->decimal_exponent;
  int size = exponent ? vonk_decimal_format_exponent(value->decimal, value->type->scale, text)
                      : vonk_decimal_format(value->decimal, value->type->scale, text);
  vonk_text_add(out, vonk_str_make(text, (size_t)size));
}

static void add_interval(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options) {
  char text[VONK_INTERVAL_TEXT_MAX];
  enum vonk_interval_style style = options->form == VONK_TEXT_HIVE ? VONK_INTERVAL_HIVE : VONK_INTERVAL_ANSI;
  enum vonk_interval_field start = value->type->start_field, end = value->type->end_field;
  int size;
  if (value->type->id == VONK_TYPE_INTERVAL) size = vonk_interval_format(&value->interval, text);
  else if (value->type->id == VONK_TYPE_INTERVAL_YM) size = vonk_interval_format_ym((int32_t)value->integer, start, end, style, text);
  else size = vonk_interval_format_dt(value->integer, start, end, style, text);
  vonk_text_add(out, vonk_str_make(text, (size_t)size));
}

static void add_datetime(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options) {
  char text[VONK_TEXT_TIMESTAMP_MAX];
  int size;
  switch (value->type->id) {
    case VONK_TYPE_DATE:
      size = vonk_format_date(value->integer, text);
      if (options->form == VONK_TEXT_HIVE) size = era_year(text, size);
      break;
    case VONK_TYPE_TIME: size = vonk_format_time(value->integer, text); break;
    case VONK_TYPE_TIMESTAMP_NTZ: size = vonk_format_timestamp(value->integer, text); break;
    default: {
      const struct vonk_timezone *zone = options->zone ? options->zone : &vonk_timezone_utc;
      size = vonk_format_timestamp(vonk_timezone_to_local(zone, value->integer), text);
      if (options->form == VONK_TEXT_HIVE) size = era_year(text, size);
    }
  }
  vonk_text_add(out, vonk_str_make(text, (size_t)size));
}

static void add_real(struct vonk_text *out, const struct vonk_value *value) {
  char text[VONK_REAL_TEXT_MAX];
  int size = value->type->id == VONK_TYPE_FLOAT ? vonk_real_format_float((float)value->real, text)
                                                : vonk_real_format_double(value->real, text);
  vonk_text_add(out, vonk_str_make(text, (size_t)size));
}

/* --- nested values --- */

static void add_value(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options, bool nested);

/* The brackets and separators of a form. */
struct layout {
  const char *open, *close, *between, *arrow;
};

static struct layout layout_of(const struct vonk_format_options *options, enum vonk_type_id id) {
  if (options->form == VONK_TEXT_HIVE) {
    return id == VONK_TYPE_ARRAY ? (struct layout){"[", "]", ",", ""} : (struct layout){"{", "}", ",", ":"};
  }
  bool square = id == VONK_TYPE_ARRAY || (options->form == VONK_TEXT_CAST && options->legacy_complex);
  return square ? (struct layout){"[", "]", ", ", " -> "} : (struct layout){"{", "}", ", ", " -> "};
}

/* Legacy casts leave NULLs out, and write the blank behind a comma only before a value. */
static void add_item(struct vonk_text *out, const struct vonk_value *item, const struct vonk_format_options *options, const char *before) {
  bool legacy = options->form == VONK_TEXT_CAST && options->legacy_complex;
  if (legacy && item->is_null) {
    vonk_text_add(out, vonk_str_trim(vonk_str_of(before)));
    return;
  }
  vonk_text_add(out, vonk_str_of(before));
  add_value(out, item, options, true);
}

/* The shell sorts the entries of a map by their text. */
static void add_sorted_map(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options) {
  uint32_t count = value->nested.count;
  struct vonk_str *entries = ARENA_ARRAY(out->arena, struct vonk_str, count);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_text entry;
    vonk_text_init(&entry, out->arena);
    add_value(&entry, &value->nested.items[2 * i], options, true);
    vonk_text_add_char(&entry, ':');
    add_value(&entry, &value->nested.items[2 * i + 1], options, true);
    uint32_t at = i;
    for (; at > 0 && vonk_str_compare(entries[at - 1], vonk_text_str(&entry)) > 0; at--) entries[at] = entries[at - 1];
    entries[at] = vonk_text_str(&entry);
  }
  vonk_text_add_char(out, '{');
  for (uint32_t i = 0; i < count; i++) {
    if (i) vonk_text_add_char(out, ',');
    vonk_text_add(out, entries[i]);
  }
  vonk_text_add_char(out, '}');
}

static void add_nested(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options) {
  enum vonk_type_id id = value->type->id;
  if (id == VONK_TYPE_MAP && options->form == VONK_TEXT_HIVE) {
    add_sorted_map(out, value, options);
    return;
  }
  struct layout layout = layout_of(options, id);
  uint32_t count = id == VONK_TYPE_STRUCT ? value->type->field_count : value->nested.count;
  vonk_text_add(out, vonk_str_of(layout.open));
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_value *items = value->nested.items;
    if (id == VONK_TYPE_STRUCT && options->form == VONK_TEXT_HIVE) {
      vonk_text_addf(out, "%s\"" STR_FMT "\":", i ? "," : "", STR_ARG(value->type->fields[i].name));
      add_value(out, &items[i], options, true);
    } else if (id == VONK_TYPE_MAP) {
      add_item(out, &items[2 * i], options, i ? layout.between : "");
      vonk_text_add(out, options->form == VONK_TEXT_CAST && options->legacy_complex ? STR(" ->") : STR(" -> "));
      add_item(out, &items[2 * i + 1], options, options->form == VONK_TEXT_CAST && options->legacy_complex ? " " : "");
    } else {
      add_item(out, &items[i], options, i ? layout.between : "");
    }
  }
  vonk_text_add(out, vonk_str_of(layout.close));
}

static void add_string(struct vonk_text *out, struct vonk_str text, bool quoted) {
  if (quoted) vonk_text_add_char(out, '"');
  vonk_text_add(out, text);
  if (quoted) vonk_text_add_char(out, '"');
}

/* JSON, or the bytes of what is not valid. */
static void add_variant(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options) {
  struct vonk_variant variant = vonk_variant_of(value);
  size_t before = out->size;
  if (vonk_variant_add_json(out, &variant, options->zone)) return;
  out->size = before;
  add_binary(out, variant.value, VONK_BINARY_HEX);
}

static void add_value(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options, bool nested) {
  bool hive = options->form == VONK_TEXT_HIVE;
  if (value->is_null) {
    vonk_text_add(out, options->form == VONK_TEXT_SHOW || !nested ? STR("NULL") : STR("null"));
    return;
  }
  switch (value->type->id) {
    case VONK_TYPE_BOOLEAN: vonk_text_add(out, value->integer ? STR("true") : STR("false")); return;
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE: add_real(out, value); return;
    case VONK_TYPE_DECIMAL: add_decimal(out, value, options); return;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: add_string(out, value->text, hive && nested); return;
    case VONK_TYPE_BINARY: add_binary(out, value->text, options->form == VONK_TEXT_CAST ? VONK_BINARY_UTF8 : options->binary); return;
    case VONK_TYPE_DATE:
    case VONK_TYPE_TIMESTAMP:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_TIME: add_datetime(out, value, options); return;
    case VONK_TYPE_INTERVAL_YM:
    case VONK_TYPE_INTERVAL_DT:
    case VONK_TYPE_INTERVAL: add_interval(out, value, options); return;
    case VONK_TYPE_ARRAY:
    case VONK_TYPE_MAP:
    case VONK_TYPE_STRUCT: add_nested(out, value, options); return;
    case VONK_TYPE_VARIANT: add_variant(out, value, options); return;
    default: add_integer(out, value->integer); return;
  }
}

void vonk_format_value(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options) {
  add_value(out, value, options, false);
}
