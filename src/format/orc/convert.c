/* convert.c: row by row: each value as one of few forms, then from that form to the type.
 *
 * Timestamps become numbers by the seconds that their clock shows, and come from them the same way.
 */
#include "format/orc/convert.h"

#include <math.h>
#include <string.h>

#include "base/bits.h"
#include "format/orc/metadata.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/real_text.h"
#include "type/text.h"

#define SECONDS_MAX INT64_C(9223372036854)

enum form { FORM_NONE, FORM_BOOLEAN, FORM_INTEGER, FORM_REAL, FORM_DECIMAL, FORM_TEXT, FORM_BINARY, FORM_DATE, FORM_TIMESTAMP };

enum { TEXT_MAX = 64, DATE_TEXT = 10 };

struct conversion {
  const struct vonk_type *from, *to;
  enum form form, target;
  const struct vonk_timezone *zone;
};

/* One value in its form. */
struct value {
  int64_t integer;               /* booleans, integers, days, microseconds */
  double real;
  vonk_int128 decimal;           /* of FROM's scale */
  struct vonk_str text;
};

static enum form form_of(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_BOOLEAN: return FORM_BOOLEAN;
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_LONG:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_INTERVAL_YM:
    case VONK_TYPE_INTERVAL_DT: return FORM_INTEGER;
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE: return FORM_REAL;
    case VONK_TYPE_DECIMAL: return FORM_DECIMAL;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: return FORM_TEXT;
    case VONK_TYPE_BINARY: return FORM_BINARY;
    case VONK_TYPE_DATE: return FORM_DATE;
    case VONK_TYPE_TIMESTAMP: return FORM_TIMESTAMP;
    default: return FORM_NONE;
  }
}

bool orc_stored_alike(int32_t kind, const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_BOOLEAN: return kind == ORC_BOOLEAN;
    case VONK_TYPE_BYTE: return kind == ORC_BYTE;
    case VONK_TYPE_SHORT: return kind == ORC_SHORT;
    case VONK_TYPE_INT:
    case VONK_TYPE_INTERVAL_YM: return kind == ORC_INT;
    case VONK_TYPE_LONG:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_INTERVAL_DT: return kind == ORC_LONG;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR: return kind == ORC_STRING || kind == ORC_CHAR || kind == ORC_VARCHAR;
    default: return false;
  }
}

bool orc_can_convert(const struct vonk_type *from, const struct vonk_type *to) {
  enum form a = form_of(from), b = form_of(to);
  if (a == FORM_NONE || b == FORM_NONE) return false;
  if (b == FORM_TEXT) return true;
  if (a == FORM_BINARY) return b == FORM_BINARY;
  if (b == FORM_BINARY) return a == FORM_TEXT;
  if (a == FORM_DATE) return b == FORM_DATE || b == FORM_TIMESTAMP;
  if (b == FORM_DATE) return a == FORM_TEXT || a == FORM_TIMESTAMP;
  return true;
}

void orc_converted_deinit(struct orc_converted *room) {
  vonk_buffer_release(room->values);
  vonk_buffer_release(room->valid);
  vonk_buffer_release(room->text);
  *room = (struct orc_converted){0};
}

static struct value value_at(const struct conversion *c, const struct vonk_column *column, uint32_t row) {
  const void *values = vonk_column_values(column);
  uint32_t i = vonk_column_index(column, row);
  struct value v = {0};
  switch (column->encoding == VONK_DICT ? VONK_PHYSICAL_VIEW : column->physical) {
    case VONK_PHYSICAL_BOOL: v.integer = vonk_bits_get(values, i); break;
    case VONK_PHYSICAL_I8: v.integer = ((const int8_t *)values)[i]; break;
    case VONK_PHYSICAL_I16: v.integer = ((const int16_t *)values)[i]; break;
    case VONK_PHYSICAL_I32: v.integer = ((const int32_t *)values)[i]; break;
    case VONK_PHYSICAL_I64: v.integer = ((const int64_t *)values)[i]; break;
    case VONK_PHYSICAL_I128: v.decimal = ((const vonk_int128 *)values)[i]; break;
    case VONK_PHYSICAL_F32: v.real = (double)((const float *)values)[i]; break;
    case VONK_PHYSICAL_F64: v.real = ((const double *)values)[i]; break;
    default: v.text = vonk_view_str(&((const struct vonk_view *)values)[i]);
  }
  if (c->form == FORM_DECIMAL && column->physical != VONK_PHYSICAL_I128) v.decimal = v.integer;
  return v;
}

/* --- from the forms --- */

static int64_t clock_micros(const struct conversion *c, const struct value *v) { return vonk_timezone_to_local(c->zone, v->integer); }

static bool real_to_integer(double real, int64_t *out) {
  if (!(real >= -0x1p63 && real < 0x1p63)) return false;
  *out = (int64_t)real;
  return true;
}

static bool has_blanks(struct vonk_str text) {
  return text.size == 0 || (uint8_t)text.data[0] <= ' ' || (uint8_t)text.data[text.size - 1] <= ' ';
}

static bool to_integer(const struct conversion *c, const struct value *v, int64_t *out) {
  *out = v->integer;
  switch (c->form) {
    case FORM_REAL: return real_to_integer(v->real, out);
    case FORM_TEXT: return !has_blanks(v->text) && vonk_parse_integer(v->text, false, out);
    case FORM_TIMESTAMP: *out = vonk_calendar_floor_div(clock_micros(c, v), VONK_MICROS_PER_SECOND); return true;
    case FORM_DECIMAL: {
      vonk_int128 whole = v->decimal / vonk_pow10_128[c->from->scale];
      *out = (int64_t)whole;
      return whole == *out;
    }
    default: return true;
  }
}

static bool to_real(const struct conversion *c, const struct value *v, double *out) {
  switch (c->form) {
    case FORM_REAL: *out = v->real; return true;
    case FORM_TEXT: return vonk_real_parse_double(v->text, out);
    case FORM_DECIMAL: *out = vonk_decimal_to_double(v->decimal, c->from->scale); return true;
    case FORM_TIMESTAMP: *out = vonk_decimal_to_double(clock_micros(c, v), 6); return true;
    default: *out = (double)v->integer; return true;
  }
}

static bool to_decimal(const struct conversion *c, const struct value *v, vonk_int128 *out) {
  struct vonk_decimal_shape shape = {c->to->precision, c->to->scale};
  switch (c->form) {
    case FORM_REAL: return vonk_decimal_from_double(v->real, shape, out);
    case FORM_TEXT: return vonk_decimal_parse(v->text, shape, out) == VONK_DECIMAL_OK;
    case FORM_DECIMAL: return vonk_decimal_rescale(v->decimal, c->from->scale, shape, out);
    case FORM_TIMESTAMP: return vonk_decimal_rescale(clock_micros(c, v), 6, shape, out);
    default: return vonk_decimal_rescale(v->integer, 0, shape, out);
  }
}

/* Digits in pairs where a pattern such as "0000-00-00" has zeros, else its own letters. */
static bool has_pattern(struct vonk_str text, const char *pattern) {
  for (size_t i = 0; pattern[i]; i++) {
    if (i >= text.size) return false;
    bool is_digit = text.data[i] >= '0' && text.data[i] <= '9';
    if (pattern[i] == '0' ? !is_digit : text.data[i] != pattern[i]) return false;
  }
  return true;
}

static bool text_to_date(struct vonk_str text, int64_t *out) {
  int32_t days;
  if (text.size != DATE_TEXT || !has_pattern(text, "0000-00-00") || !vonk_parse_date(text, &days)) return false;
  *out = days;
  return true;
}

/* A date and a time, to the minute at least, of the clock. */
static bool text_to_clock(struct vonk_str text, int64_t *out) {
  struct vonk_parse_context context = {.zone = &vonk_timezone_utc};
  return has_pattern(text, "0000-00-00 00:00") && vonk_parse_timestamp_ntz(text, &context, false, out);
}

/* Microseconds that the clock shows. */
static bool to_clock(const struct conversion *c, const struct value *v, int64_t *out) {
  struct vonk_decimal_shape micros = {VONK_DECIMAL_PRECISION_MAX, 9};
  vonk_int128 nanos;
  switch (c->form) {
    case FORM_TEXT: return text_to_clock(v->text, out);
    case FORM_DATE: return vonk_calendar_days_to_micros(v->integer, out);
    case FORM_REAL:
      if (!(fabs(v->real) < (double)SECONDS_MAX)) return false;
      *out = (int64_t)floor(v->real) * VONK_MICROS_PER_SECOND + (int64_t)round((v->real - floor(v->real)) * 1e9) / VONK_NANOS_PER_MICRO;
      return true;
    case FORM_DECIMAL:
      if (!vonk_decimal_rescale(v->decimal, c->from->scale, micros, &nanos) || nanos / VONK_NANOS_PER_SECOND > SECONDS_MAX || nanos / VONK_NANOS_PER_SECOND < -SECONDS_MAX)
        return false;
      *out = (int64_t)(nanos / VONK_NANOS_PER_MICRO) - (nanos % VONK_NANOS_PER_MICRO < 0);
      return true;
    default: return !__builtin_mul_overflow(v->integer, VONK_MICROS_PER_SECOND, out);
  }
}

static int decimal_text(vonk_int128 value, int scale, char *out) {
  int size = vonk_decimal_format(value, scale, out);
  if (scale == 0) return size;
  while (size > 0 && out[size - 1] == '0') size--;
  return size > 0 && out[size - 1] == '.' ? size - 1 : size;
}

/* The length of VALUE's text in OUT; -1: it has none. */
static int to_text(const struct conversion *c, const struct value *v, char out[TEXT_MAX]) {
  switch (c->form) {
    case FORM_BOOLEAN: memcpy(out, v->integer ? "TRUE" : "FALSE", v->integer ? 4 : 5); return v->integer ? 4 : 5;
    case FORM_REAL: return isnan(v->real) ? -1 : vonk_real_format_double(v->real, out);
    case FORM_DECIMAL: return decimal_text(v->decimal, c->from->scale, out);
    case FORM_DATE: return vonk_format_date(v->integer, out);
    case FORM_TIMESTAMP: return vonk_format_timestamp(clock_micros(c, v), out);
    default: return vonk_decimal_format(v->integer, 0, out);
  }
}

/* --- to columns --- */

/* False: null. */
static bool put_integer(const struct conversion *c, const struct value *v, enum vonk_physical physical, uint32_t row, void *out) {
  int64_t n = 0;
  bool fits = c->to->id == VONK_TYPE_BOOLEAN && c->form == FORM_DECIMAL ? (n = v->decimal != 0, true) : to_integer(c, v, &n);
  switch (physical) {
    case VONK_PHYSICAL_BOOL: vonk_bits_put(out, row, fits && n != 0); return fits;
    case VONK_PHYSICAL_I8: ((int8_t *)out)[row] = (int8_t)n; return fits && n == (int8_t)n;
    case VONK_PHYSICAL_I16: ((int16_t *)out)[row] = (int16_t)n; return fits && n == (int16_t)n;
    case VONK_PHYSICAL_I32: ((int32_t *)out)[row] = (int32_t)n; return fits && n == (int32_t)n;
    default: ((int64_t *)out)[row] = n; return fits;
  }
}

static bool put_real(const struct conversion *c, const struct value *v, enum vonk_physical physical, uint32_t row, void *out) {
  double real = 0;
  bool fits = to_real(c, v, &real);
  if (physical == VONK_PHYSICAL_F32) ((float *)out)[row] = (float)real;
  else ((double *)out)[row] = real;
  return fits;
}

static bool put_decimal(const struct conversion *c, const struct value *v, enum vonk_physical physical, uint32_t row, void *out) {
  vonk_int128 decimal = 0;
  bool fits = to_decimal(c, v, &decimal);
  if (physical == VONK_PHYSICAL_I32) ((int32_t *)out)[row] = (int32_t)decimal;
  else if (physical == VONK_PHYSICAL_I64) ((int64_t *)out)[row] = (int64_t)decimal;
  else ((vonk_int128 *)out)[row] = decimal;
  return fits;
}

static bool put_date(const struct conversion *c, const struct value *v, uint32_t row, int32_t *out) {
  int64_t days = 0;
  bool fits = c->form == FORM_TEXT ? text_to_date(v->text, &days) : (days = vonk_calendar_micros_to_days(clock_micros(c, v)), true);
  out[row] = (int32_t)days;
  return fits;
}

static bool put_timestamp(const struct conversion *c, const struct value *v, uint32_t row, int64_t *out) {
  int64_t clock = 0;
  bool fits = to_clock(c, v, &clock);
  out[row] = vonk_timezone_to_utc(c->zone, clock);
  return fits;
}

static bool put_value(const struct conversion *c, const struct value *v, enum vonk_physical physical, uint32_t row, void *out) {
  switch (c->target) {
    case FORM_REAL: return put_real(c, v, physical, row, out);
    case FORM_DECIMAL: return put_decimal(c, v, physical, row, out);
    case FORM_DATE: return put_date(c, v, row, out);
    case FORM_TIMESTAMP: return put_timestamp(c, v, row, out);
    default: return put_integer(c, v, physical, row, out);
  }
}

static STATUS reserve(struct vonk_task *task, struct vonk_buffer **buffer, size_t size) {
  if (*buffer && (*buffer)->capacity >= size) return VONK_OK;
  vonk_buffer_release(*buffer);
  *buffer = NULL;
  TRY(vonk_buffer_create(task->budget, size, buffer));
  memset((*buffer)->data, 0, (*buffer)->capacity + VONK_BUFFER_PADDING);
  return VONK_OK;
}

/* Bytes as their digits, two and a blank between: "ff 00". */
static size_t hex_text(struct vonk_str bytes, char *out) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < bytes.size; i++) {
    uint8_t byte = (uint8_t)bytes.data[i];
    if (i) *out++ = ' ';
    *out++ = digits[byte >> 4];
    *out++ = digits[byte & 15];
  }
  return bytes.size ? 3 * bytes.size - 1 : 0;
}

static STATUS put_texts(struct vonk_task *task, struct orc_converted *room, const struct conversion *c, const struct vonk_column *column, uint32_t rows, uint64_t *valid) {
  struct vonk_view *out = (struct vonk_view *)(void *)room->values->data;
  size_t most = 0, used = 0;
  for (uint32_t i = 0; i < rows; i++) {
    most += c->form == FORM_BINARY && vonk_bits_get(valid, i) ? 3 * value_at(c, column, i).text.size : TEXT_MAX;
    out[i] = (struct vonk_view){0};
  }
  TRY(reserve(task, &room->text, most + 1));
  for (uint32_t i = 0; i < rows; i++) {
    if (!vonk_bits_get(valid, i)) continue;
    struct value v = value_at(c, column, i);
    char *text = (char *)room->text->data + used;
    int64_t size = c->form == FORM_BINARY ? (int64_t)hex_text(v.text, text) : to_text(c, &v, text);
    if (size < 0) vonk_bits_clear(valid, i);
    else out[i] = vonk_view_make(text, (uint32_t)size), used += (size_t)size;
  }
  return VONK_OK;
}

STATUS orc_convert(struct vonk_task *task, struct orc_converted *room, const struct vonk_timezone *zone, const struct vonk_type *type, uint32_t row_count,
                   struct vonk_column *column) {
  struct conversion c = {.from = column->type, .to = type, .form = form_of(column->type), .target = form_of(type), .zone = zone};
  enum vonk_physical physical = vonk_physical_of(type);
  size_t width = vonk_physical_size[physical], words = vonk_bits_words(row_count);
  bool is_text = c.form == FORM_TEXT || c.form == FORM_BINARY;
  if (is_text && (c.target == c.form || c.target == FORM_BINARY)) { /* the same bytes */
    column->type = type;
    return VONK_OK;
  }
  TRY(reserve(task, &room->values, width ? row_count * width : words * 8 + 8));
  TRY(reserve(task, &room->valid, words * 8 + 8));
  uint64_t *valid = (uint64_t *)(void *)room->valid->data;
  vonk_bits_copy(column->valid, row_count, valid);
  if (c.target == FORM_TEXT) {
    TRY(put_texts(task, room, &c, column, row_count, valid));
  } else {
    for (uint32_t i = 0; i < row_count; i++) {
      if (!vonk_bits_get(valid, i)) continue;
      struct value v = value_at(&c, column, i);
      if (!put_value(&c, &v, physical, i, room->values->data)) vonk_bits_clear(valid, i);
    }
  }
  *column = (struct vonk_column){.type = type, .encoding = VONK_FLAT, .physical = (uint8_t)physical, .valid = valid, .data = room->values->data};
  return VONK_OK;
}
