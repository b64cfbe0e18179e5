/* literal.c: strings, numbers and typed literals. */
#include "sql/parser_internal.h"

#include "type/decimal.h"
#include "type/interval.h"
#include "type/real_text.h"
#include "type/text.h"

#include <math.h>

struct vonk_expr *literal_expr(struct parser *p, struct vonk_value value, uint32_t first) {
  struct vonk_expr_literal *literal = EXPR_NEW(p->arena, literal, place(p, first));
  literal->value = value;
  literal->zone = p->options.zone;
  return &literal->expr;
}

struct vonk_expr *string_expr(struct parser *p, struct vonk_str text, uint32_t first) {
  return literal_expr(p, vonk_value_text(&vonk_type_string, text), first);
}

/* --- strings --- */

static int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  char lower = c | 32;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

/* COUNT digits of BASE at POSITION; false when there are fewer. */
static bool read_digits(struct vonk_str text, size_t position, size_t count, int base, uint32_t *value) {
  *value = 0;
  if (text.size - position < count) return false;
  for (size_t i = 0; i < count; i++) {
    int digit = digit_of(text.data[position + i]);
    if (digit >= base) return false;
    *value = *value * (uint32_t)base + (uint32_t)digit;
  }
  return true;
}

static void add_code_point(struct vonk_text *out, uint32_t code) {
  char bytes[4];
  vonk_text_add(out, vonk_str_make(bytes, vonk_utf8_encode(code, bytes)));
}

/* The escape behind the backslash at POSITION; returns the position behind it. */
static size_t add_escape(struct vonk_text *out, struct vonk_str text, size_t position) {
  size_t next = position + 1;
  uint32_t code, low;
  char c = text.data[next];
  if (c == 'u' && read_digits(text, next + 1, 4, 16, &code)) {
    next += 5;
    bool pair = code >= 0xD800 && code < 0xDC00 && text.size - next >= 6 && text.data[next] == '\\' && text.data[next + 1] == 'u' &&
                read_digits(text, next + 2, 4, 16, &low) && low >= 0xDC00 && low < 0xE000;
    if (pair) code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    else if (code >= 0xD800 && code < 0xE000) code = '?';
    add_code_point(out, code);
    return pair ? next + 6 : next;
  }
  if (c == 'U' && read_digits(text, next + 1, 8, 16, &code) && code <= 0x10FFFF) {
    add_code_point(out, code);
    return next + 9;
  }
  if ((c == '0' || c == '1') && read_digits(text, next, 3, 8, &code)) {
    add_code_point(out, code);
    return next + 3;
  }
  switch (c) {
    case '0': vonk_text_add_char(out, '\0'); break;
    case 'b': vonk_text_add_char(out, '\b'); break;
    case 'n': vonk_text_add_char(out, '\n'); break;
    case 'r': vonk_text_add_char(out, '\r'); break;
    case 't': vonk_text_add_char(out, '\t'); break;
    case 'Z': vonk_text_add_char(out, '\x1A'); break;
    case '%': vonk_text_add(out, STR("\\%")); break;
    case '_': vonk_text_add(out, STR("\\_")); break;
    default: vonk_text_add_char(out, c); break;
  }
  return next + 1;
}

static void add_string(struct parser *p, const struct token *token, struct vonk_text *out) {
  struct vonk_str text = token_text(p, token);
  bool raw = (text.data[0] | 32) == 'r';
  char quote = text.data[raw];
  text = vonk_str_slice(text, raw + 1u, text.size - 1);
  for (size_t i = 0; i < text.size;) {
    char c = text.data[i];
    if (c == '\\' && !raw && !p->options.escaped_strings && i + 1 < text.size) {
      i = add_escape(out, text, i);
      continue;
    }
    vonk_text_add_char(out, c);
    i += c == quote && !raw ? 2 : 1;
  }
}

STATUS parse_one_string(struct parser *p, struct vonk_str *out) {
  struct vonk_text text;
  vonk_text_init(&text, p->arena);
  if (peek(p)->kind != TOKEN_STRING) return fail_syntax(p);
  add_string(p, peek(p), &text);
  p->position++;
  *out = vonk_text_str(&text);
  if (!out->data) *out = STR("");
  return VONK_OK;
}

STATUS parse_string(struct parser *p, struct vonk_str *out) {
  if (peek(p)->kind != TOKEN_STRING) return fail_syntax(p);
  struct vonk_text text;
  vonk_text_init(&text, p->arena);
  for (; peek(p)->kind == TOKEN_STRING; p->position++) add_string(p, peek(p), &text);
  *out = vonk_text_str(&text);
  if (!out->data) *out = STR("");
  return VONK_OK;
}

STATUS parse_string_expr(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  struct vonk_str text;
  TRY(parse_string(p, &text));
  *out = string_expr(p, text, first);
  return VONK_OK;
}

/* --- numbers --- */

bool at_number(const struct parser *p, uint32_t ahead) {
  uint8_t kind = peek_at(p, ahead)->kind;
  return kind >= TOKEN_INTEGER && kind <= TOKEN_BIGDECIMAL;
}

STATUS parse_integer(struct parser *p, int64_t *out) {
  if (peek(p)->kind != TOKEN_INTEGER || !vonk_str_to_int64(token_text(p, peek(p)), out)) return fail_syntax(p);
  p->position++;
  return VONK_OK;
}

static STATUS fail_range(struct parser *p, uint32_t first, struct vonk_str text, const char *low, const char *high, const char *type) {
  struct vonk_origin origin = *place(p, first);
  return vonk_raise(p->task, VONK_INVALID_NUMERIC_LITERAL_RANGE, &origin, "rawStrippedQualifier", text, "minValue", vonk_str_of(low),
                    "maxValue", vonk_str_of(high), "typeName", vonk_str_of(type), NULL);
}

static STATUS decimal_value(struct parser *p, uint32_t first, struct vonk_str text, struct vonk_value *value) {
  struct vonk_decimal_shape shape;
  vonk_int128 unscaled;
  if (vonk_decimal_parse_natural(text, &unscaled, &shape) != VONK_DECIMAL_OK) {
    struct vonk_origin origin = *place(p, first);
    struct vonk_str digits = vonk_str_format(p->arena, "%zu", text.size);
    return vonk_raise(p->task, VONK_DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, &origin, "precision", digits, "maxPrecision", STR("38"), NULL);
  }
  *value = (struct vonk_value){.type = vonk_type_decimal(p->arena, shape.precision, shape.scale), .decimal = unscaled};
  return VONK_OK;
}

/* Without suffix: the first of INT, LONG, DECIMAL that it fits. */
static STATUS plain_integer(struct parser *p, uint32_t first, struct vonk_str text, struct vonk_value *value) {
  int64_t integer;
  if (!vonk_str_to_int64(text, &integer)) return decimal_value(p, first, text, value);
  bool fits = integer >= INT32_MIN && integer <= INT32_MAX;
  *value = vonk_value_integer(fits ? &vonk_type_int : &vonk_type_long, integer);
  return VONK_OK;
}

static STATUS sized_integer(struct parser *p, uint32_t first, uint8_t kind, struct vonk_str text, struct vonk_value *value) {
  int64_t integer;
  bool good = vonk_str_to_int64(text, &integer);
  if (kind == TOKEN_TINYINT) {
    if (!good || integer < INT8_MIN || integer > INT8_MAX) return fail_range(p, first, text, "-128", "127", "tinyint");
    *value = vonk_value_integer(&vonk_type_byte, integer);
  } else if (kind == TOKEN_SMALLINT) {
    if (!good || integer < INT16_MIN || integer > INT16_MAX) return fail_range(p, first, text, "-32768", "32767", "smallint");
    *value = vonk_value_integer(&vonk_type_short, integer);
  } else {
    if (!good) return fail_range(p, first, text, "-9223372036854775808", "9223372036854775807", "bigint");
    *value = vonk_value_integer(&vonk_type_long, integer);
  }
  return VONK_OK;
}

static STATUS real_value(struct parser *p, uint32_t first, uint8_t kind, struct vonk_str text, struct vonk_value *value) {
  double real = 0;
  float narrow = 0;
  bool is_float = kind == TOKEN_FLOAT;
  bool good = is_float ? vonk_str_to_float(text, &narrow) : vonk_str_to_double(text, &real);
  if (is_float) real = narrow;
  if (good && isinf(real)) {
    return is_float ? fail_range(p, first, text, "-3.4028234663852886E+38", "3.4028234663852886E+38", "float")
                    : fail_range(p, first, text, "-1.7976931348623157E+308", "1.7976931348623157E+308", "double");
  }
  *value = (struct vonk_value){.type = is_float ? &vonk_type_float : &vonk_type_double, .real = real};
  return good ? VONK_OK : fail_syntax(p);
}

STATUS parse_number(struct parser *p, bool negative, uint32_t first, struct vonk_expr **out) {
  const struct token *token = peek(p);
  struct vonk_str digits = token_text(p, token);
  uint8_t kind = token->kind;
  if (kind == TOKEN_BIGDECIMAL) digits.size -= 2;
  else if (kind >= TOKEN_TINYINT) digits.size -= 1;
  struct vonk_str text = negative ? vonk_str_format(p->arena, "-" STR_FMT, STR_ARG(digits)) : digits;
  struct vonk_value value;
  if (kind == TOKEN_EXPONENT && p->options.exponent_decimal) kind = TOKEN_DECIMAL;
  p->position++;
  switch (kind) {
    case TOKEN_INTEGER: TRY(plain_integer(p, first, text, &value)); break;
    case TOKEN_TINYINT:
    case TOKEN_SMALLINT:
    case TOKEN_BIGINT: TRY(sized_integer(p, first, kind, text, &value)); break;
    case TOKEN_DECIMAL:
    case TOKEN_BIGDECIMAL: TRY(decimal_value(p, first, text, &value)); break;
    default: TRY(real_value(p, first, kind, text, &value)); break;
  }
  *out = literal_expr(p, value, first);
  return VONK_OK;
}

/* --- typed literals --- */

static bool parse_hex(struct parser *p, struct vonk_str text, struct vonk_value *value) {
  struct vonk_text out;
  vonk_text_init(&out, p->arena);
  size_t odd = text.size % 2;
  for (size_t i = 0; i < text.size; i += i == 0 && odd ? 1 : 2) {
    uint32_t byte;
    if (!read_digits(text, i, i == 0 && odd ? 1 : 2, 16, &byte)) return false;
    vonk_text_add_char(&out, (char)byte);
  }
  *value = vonk_value_text(&vonk_type_binary, out.size ? vonk_text_str(&out) : STR(""));
  return true;
}

/* epoch, now, today, tomorrow, yesterday: micros of the instant, or of its midnight in the zone. */
static bool special_instant(struct parser *p, struct vonk_str text, const struct vonk_timezone *zone, int64_t *local) {
  static const char *const names[] = {"epoch", "now", "today", "tomorrow", "yesterday"};
  const int64_t day = INT64_C(86400000000);
  int64_t now = vonk_timezone_to_local(zone, p->options.now_micros);
  int64_t midnight = now - ((now % day) + day) % day;
  const int64_t instants[] = {vonk_timezone_to_local(zone, 0), now, midnight, midnight + day, midnight - day};
  struct vonk_str trimmed = vonk_str_trim(text);
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (!vonk_str_equal_nocase(trimmed, vonk_str_of(names[i]))) continue;
    *local = i == 0 && zone == NULL ? 0 : instants[i];
    return true;
  }
  return false;
}

/* "tomorrow EST" to its word; ZONE changes when a zone follows. */
static struct vonk_str without_zone(struct parser *p, struct vonk_str text, const struct vonk_timezone **zone) {
  struct vonk_str trimmed = vonk_str_trim(text);
  size_t space = vonk_str_find(trimmed, STR(" "), 0);
  if (space == SIZE_MAX) return text;
  struct vonk_str id = vonk_str_trim(vonk_str_slice(trimmed, space, trimmed.size));
  const struct vonk_timezone *named;
  bool letter = trimmed.size && (trimmed.data[0] | 32) >= 'a' && (trimmed.data[0] | 32) <= 'z';
  if (!letter) return text;
  if (!vonk_timezone_load(p->arena, id, &named)) {
    /* Zulu and other cases of the words for UTC. */
    if (!vonk_str_equal_nocase(id, STR("zulu"))) return text;
    named = &vonk_timezone_utc;
  }
  *zone = named;
  return vonk_str_slice(trimmed, 0, space);
}

static bool parse_date_literal(struct parser *p, struct vonk_str text, const struct vonk_timezone *zone, struct vonk_value *value) {
  const int64_t day = INT64_C(86400000000);
  int64_t local;
  int32_t days;
  if (vonk_str_equal_nocase(vonk_str_trim(text), STR("epoch"))) {
    days = 0;
  } else if (special_instant(p, text, zone, &local)) {
    days = (int32_t)((local - ((local % day) + day) % day) / day);
  } else if (!vonk_parse_date(text, &days)) {
    return false;
  }
  *value = vonk_value_integer(&vonk_type_date, days);
  return true;
}

/* TIMESTAMP is what the session's default type is, but a text with a zone makes it an instant. */
static bool parse_timestamp_literal(struct parser *p, struct vonk_str text, bool ntz, bool either, struct vonk_parse_context *context,
                                    struct vonk_value *value) {
  int64_t micros;
  if (ntz && special_instant(p, text, context->zone, &micros)) {
    *value = vonk_value_integer(&vonk_type_timestamp_ntz, micros);
    return true;
  }
  if (ntz && vonk_parse_timestamp_ntz(text, context, !either, &micros)) {
    *value = vonk_value_integer(&vonk_type_timestamp_ntz, micros);
    return true;
  }
  if (ntz && !either) return false;
  const struct vonk_timezone *zone = context->zone;
  if (special_instant(p, without_zone(p, text, &zone), zone, &micros)) micros = vonk_timezone_to_utc(zone, micros);
  else if (!vonk_parse_timestamp(text, context, &micros)) return false;
  *value = vonk_value_integer(&vonk_type_timestamp, micros);
  return true;
}

static STATUS parse_interval_literal(struct parser *p, uint32_t first, struct vonk_str text, bool *good, struct vonk_value *value) {
  enum { UNITS_MAX = 32 };
  struct vonk_interval interval;
  struct vonk_str units[UNITS_MAX];
  uint32_t count = 0;
  *good = vonk_interval_parse(text, &interval, NULL) == VONK_INTERVAL_GOOD;
  if (!*good) return VONK_OK;
  struct vonk_str lower = vonk_str_lower(p->arena, text);
  for (size_t i = 0; i < lower.size && count < UNITS_MAX;) {
    size_t start = i;
    while (i < lower.size && lower.data[i] >= 'a' && lower.data[i] <= 'z') i++;
    struct vonk_str unit = vonk_str_slice(lower, start, i);
    if (unit.size && !vonk_str_equal(unit, STR("interval"))) units[count++] = unit;
    if (i == start) i++;
  }
  return interval_from_units(p, first, &interval, units, count, value);
}

STATUS parse_typed_literal(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  struct vonk_str type = vonk_str_upper(p->arena, token_text(p, peek(p))), text;
  p->position++;
  TRY(parse_string(p, &text));
  struct vonk_parse_context context = {.zone = p->options.zone ? p->options.zone : &vonk_timezone_utc, .now_micros = p->options.now_micros,
                                       .arena = p->arena};
  struct vonk_value value;
  int64_t nanos;
  bool good;
  if (vonk_str_equal(type, STR("DATE"))) {
    good = parse_date_literal(p, text, context.zone, &value);
  } else if (vonk_str_equal(type, STR("TIMESTAMP"))) {
    good = parse_timestamp_literal(p, text, p->options.timestamp_ntz, true, &context, &value);
  } else if (vonk_str_equal(type, STR("TIMESTAMP_LTZ"))) {
    good = parse_timestamp_literal(p, text, false, false, &context, &value);
  } else if (vonk_str_equal(type, STR("TIMESTAMP_NTZ"))) {
    good = parse_timestamp_literal(p, text, true, false, &context, &value);
  } else if (vonk_str_equal(type, STR("TIME"))) {
    good = vonk_parse_time(text, &nanos);
    if (good) value = vonk_value_integer(vonk_type_time(p->arena, 6), nanos);
  } else if (vonk_str_equal(type, STR("X"))) {
    good = parse_hex(p, text, &value);
  } else if (vonk_str_equal(type, STR("INTERVAL"))) {
    TRY(parse_interval_literal(p, first, text, &good, &value));
  } else {
    struct vonk_origin origin = *place(p, first);
    return vonk_raise(p->task, VONK_UNSUPPORTED_TYPED_LITERAL, &origin, "unsupportedType", vonk_str_format(p->arena, "\"" STR_FMT "\"", STR_ARG(type)),
                      "supportedTypes", STR("\"DATE\", \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", \"X\", \"TIME\""), NULL);
  }
  if (!good) {
    struct vonk_origin origin = *place(p, first);
    return vonk_raise(p->task, VONK_INVALID_TYPED_LITERAL, &origin, "valueType", vonk_str_format(p->arena, "\"" STR_FMT "\"", STR_ARG(type)),
                      "value", vonk_str_format(p->arena, "'" STR_FMT "'", STR_ARG(text)), NULL);
  }
  *out = literal_expr(p, value, first);
  return VONK_OK;
}
