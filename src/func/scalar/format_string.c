/* format_string.c: format_string and printf: java.util.Formatter's language over values as Spark keeps them.
 *
 * %[index$][flags][width][.precision]conversion. Doubles are rounded from their shortest digits, halves up, as Java does it. Dates are
 * their days and timestamps their microseconds. What Java refuses fails with its words; %t and %h are left out.
 */
#include <math.h>
#include <stdio.h>

#include "func/bind_call.h"
#include "func/constant.h"
#include "func/rows.h"
#include "func/text.h"
#include "type/real_text.h"
#include "type/text.h"

enum { MINUS = 1, SHARP = 2, PLUS = 4, BLANK = 8, ZERO = 16, COMMA = 32, PAREN = 64 };
/* Of a width or a precision: what one format makes is bounded. */
enum { LENGTH_MAX = 1 << 20 };

struct spec {
  struct vonk_str text;  /* for messages */
  int64_t index;         /* from 1; 0: the next argument */
  uint32_t flags;
  int64_t width, precision; /* -1: none */
  char conversion;
};

struct formatting {
  struct vonk_frame *frame;
  uint32_t row;
  struct vonk_case *state;
  struct vonk_text out;
  uint32_t next;         /* argument, from 1 */
};

static STATUS refuse(const struct formatting *f, struct vonk_str message) {
  return vonk_raise(f->frame->task, VONK__LEGACY_ERROR_TEMP_0064, f->frame->expr->node.origin, "msg", message, NULL);
}

/* --- reading --- */

static bool read_number(struct vonk_str format, size_t *at, int64_t *out) {
  size_t from = *at;
  *out = 0;
  while (*at < format.size && format.data[*at] >= '0' && format.data[*at] <= '9' && *out < LENGTH_MAX) *out = *out * 10 + (format.data[(*at)++] - '0');
  return *at > from;
}

/* Behind the percent sign at *AT - 1. False: not a specification. */
static bool read_spec(struct vonk_str format, size_t *at, struct spec *out) {
  static const char flags[] = "-#+ 0,(";
  size_t from = *at - 1, start = *at;
  const char *flag;
  *out = (struct spec){.width = -1, .precision = -1};
  if (read_number(format, at, &out->index) && *at < format.size && format.data[*at] == '$') ++*at;
  else *at = start, out->index = 0;
  while (*at < format.size && format.data[*at] && (flag = strchr(flags, format.data[*at]))) out->flags |= 1U << (flag - flags), ++*at;
  if (!read_number(format, at, &out->width)) out->width = -1;
  if (*at < format.size && format.data[*at] == '.') {
    ++*at;
    if (!read_number(format, at, &out->precision)) return false;
  }
  if (*at >= format.size) return false;
  out->conversion = format.data[(*at)++];
  out->text = vonk_str_slice(format, from, *at);
  return out->width < LENGTH_MAX && out->precision < LENGTH_MAX;
}

/* --- writing --- */

static void add_repeated(struct vonk_text *out, char c, int64_t count) {
  for (int64_t i = 0; i < count; i++) vonk_text_add_char(out, c);
}

static void add_padded(struct formatting *f, const struct spec *spec, struct vonk_str text) {
  int64_t missing = spec->width - (int64_t)vonk_utf8_count(text);
  if (!(spec->flags & MINUS)) add_repeated(&f->out, ' ', missing);
  vonk_text_add(&f->out, text);
  if (spec->flags & MINUS) add_repeated(&f->out, ' ', missing);
}

static bool is_upper(const struct spec *spec) { return spec->conversion >= 'A' && spec->conversion <= 'Z'; }

/* General conversions: cut to the precision, in upper case where the conversion is. */
static STATUS add_general(struct formatting *f, const struct spec *spec, struct vonk_str text) {
  if (spec->precision >= 0) text = vonk_text_substring(text, 1, spec->precision, false);
  if (is_upper(spec)) TRY(vonk_unicode_upper(f->frame->task, &f->state->unicode, f->state->row_arena, text, &text));
  add_padded(f, spec, text);
  return VONK_OK;
}

/* DIGITS (perhaps with a point) of a number, whose whole part is grouped by COMMA, with its sign and width. */
static void add_number(struct formatting *f, const struct spec *spec, bool negative, struct vonk_str digits) {
  struct vonk_text text;
  size_t whole = 0;
  vonk_text_init(&text, f->state->row_arena);
  while (whole < digits.size && digits.data[whole] >= '0' && digits.data[whole] <= '9') whole++;
  const char *before = negative ? (spec->flags & PAREN ? "(" : "-") : spec->flags & PLUS ? "+" : spec->flags & BLANK ? " " : "";
  const char *after = negative && (spec->flags & PAREN) ? ")" : "";
  for (size_t i = 0; i < digits.size; i++) {
    if ((spec->flags & COMMA) && i && i < whole && (whole - i) % 3 == 0) vonk_text_add_char(&text, ',');
    vonk_text_add_char(&text, digits.data[i]);
  }
  int64_t zeros = spec->flags & ZERO ? spec->width - (int64_t)(strlen(before) + text.size + strlen(after)) : 0;
  struct vonk_text all;
  vonk_text_init(&all, f->state->row_arena);
  vonk_text_add(&all, vonk_str_of(before));
  add_repeated(&all, '0', zeros);
  vonk_text_add(&all, vonk_text_str(&text));
  vonk_text_add(&all, vonk_str_of(after));
  add_padded(f, spec, vonk_text_str(&all));
}

/* The decimal digits of a double: VALUE = 0.DIGITS * 10^POINT. */
struct decimal_digits {
  char digits[32];
  int count, point;
};

static struct decimal_digits digits_of(double value) {
  struct decimal_digits out = {.count = 1, .point = 1, .digits = "0"};
  uint64_t digits;
  int exponent;
  if (value == 0) return out;
  vonk_real_shortest_double(value, &digits, &exponent);
  out.count = snprintf(out.digits, sizeof out.digits, "%llu", (unsigned long long)digits);
  out.point = out.count + exponent;
  return out;
}

/* Keeps COUNT digits, halves up; a carry moves the point. */
static void round_digits(struct decimal_digits *d, int64_t count) {
  if (count >= d->count) return;
  bool up = count >= 0 && d->digits[count] >= '5';
  d->count = count > 0 ? (int)count : 0;
  int at = d->count - 1;
  for (; up && at >= 0 && d->digits[at] == '9'; at--) d->digits[at] = '0';
  if (up && at >= 0) d->digits[at]++;
  if (up && at < 0) {
    memmove(d->digits + 1, d->digits, (size_t)d->count);
    d->digits[0] = '1';
    if (d->count == 0) d->count = 1;
    d->point++;
  }
}

static char digit_at(const struct decimal_digits *d, int64_t at) { return at >= 0 && at < d->count ? d->digits[at] : '0'; }

static struct vonk_str fixed_text(struct formatting *f, double value, int64_t precision, bool point) {
  struct decimal_digits d = digits_of(value);
  struct vonk_text text;
  round_digits(&d, d.point + precision);
  vonk_text_init(&text, f->state->row_arena);
  for (int64_t i = 0; i < d.point; i++) vonk_text_add_char(&text, digit_at(&d, i));
  if (d.point <= 0) vonk_text_add_char(&text, '0');
  if (precision > 0 || point) vonk_text_add_char(&text, '.');
  for (int64_t i = 0; i < precision; i++) vonk_text_add_char(&text, digit_at(&d, d.point + i));
  return vonk_text_str(&text);
}

static struct vonk_str scientific_text(struct formatting *f, double value, int64_t precision, bool point) {
  struct decimal_digits d = digits_of(value);
  struct vonk_text text;
  round_digits(&d, precision + 1);
  vonk_text_init(&text, f->state->row_arena);
  vonk_text_add_char(&text, digit_at(&d, 0));
  if (precision > 0 || point) vonk_text_add_char(&text, '.');
  for (int64_t i = 1; i <= precision; i++) vonk_text_add_char(&text, digit_at(&d, i));
  int exponent = value == 0 ? 0 : d.point - 1;
  vonk_text_addf(&text, "e%c%02d", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
  return vonk_text_str(&text);
}

/* %g: so many digits, plain from 10^-4 to below 10^precision. */
static struct vonk_str general_text(struct formatting *f, double value, int64_t precision) {
  if (precision == 0) precision = 1;
  if (value == 0) return fixed_text(f, 0, precision - 1, false);
  struct decimal_digits d = digits_of(value);
  round_digits(&d, precision);
  bool plain = d.point > -4 && d.point <= precision;
  return plain ? fixed_text(f, value, precision - d.point, false) : scientific_text(f, value, precision - 1, false);
}

static void add_real(struct formatting *f, const struct spec *spec, double value) {
  bool negative = signbit(value) && !isnan(value), sharp = spec->flags & SHARP;
  int64_t precision = spec->precision < 0 ? 6 : spec->precision;
  struct spec plain = *spec;
  double size = fabs(value);
  struct vonk_str text;
  if (isnan(value) || isinf(value)) {
    plain.flags &= ~(uint32_t)(ZERO | COMMA);
    text = isnan(value) ? STR("NaN") : STR("Infinity");
    if (isnan(value)) plain.flags &= MINUS;
  } else if ((spec->conversion | 0x20) == 'f') {
    text = fixed_text(f, size, precision, sharp);
  } else {
    text = (spec->conversion | 0x20) == 'e' ? scientific_text(f, size, precision, sharp) : general_text(f, size, precision);
  }
  if (is_upper(spec)) text = vonk_str_upper(f->state->row_arena, text);
  add_number(f, &plain, negative, text);
}

/* --- arguments --- */

static const char *java_class(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_BOOLEAN: return "java.lang.Boolean";
    case VONK_TYPE_BYTE: return "java.lang.Byte";
    case VONK_TYPE_SHORT: return "java.lang.Short";
    case VONK_TYPE_INT:
    case VONK_TYPE_DATE:
    case VONK_TYPE_INTERVAL_YM: return "java.lang.Integer";
    case VONK_TYPE_FLOAT: return "java.lang.Float";
    case VONK_TYPE_DOUBLE: return "java.lang.Double";
    case VONK_TYPE_DECIMAL: return "org.apache.spark.sql.types.Decimal";
    case VONK_TYPE_STRING: return "org.apache.spark.unsafe.types.UTF8String";
    case VONK_TYPE_BINARY: return "[B";
    default: return "java.lang.Long";
  }
}

/* Types that are kept as integers: bits of the number; 0 for others. */
static int integer_bits(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_BYTE: return 8;
    case VONK_TYPE_SHORT: return 16;
    case VONK_TYPE_INT:
    case VONK_TYPE_DATE:
    case VONK_TYPE_INTERVAL_YM: return 32;
    case VONK_TYPE_LONG:
    case VONK_TYPE_TIMESTAMP:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_TIME:
    case VONK_TYPE_INTERVAL_DT: return 64;
    default: return 0;
  }
}

static STATUS mismatch(const struct formatting *f, const struct spec *spec, const struct vonk_type *type) {
  return refuse(f, vonk_str_format(f->frame->task->arena, "%c != %s", spec->conversion, java_class(type)));
}

static STATUS add_integer(struct formatting *f, const struct spec *spec, const struct vonk_column *column) {
  char text[32];
  int bits = integer_bits(column->type);
  if (!bits) return mismatch(f, spec, column->type);
  int64_t value = vonk_read_int(column, f->row);
  if (spec->conversion == 'd') {
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    add_number(f, spec, value < 0, vonk_str_make(text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)size)));
    return VONK_OK;
  }
  uint64_t word = (uint64_t)value & (bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1);
  const char *prefix = !(spec->flags & SHARP) ? "" : spec->conversion == 'o' ? "0" : "0x";
  int digits = snprintf(text, sizeof text, spec->conversion == 'o' ? "%llo" : "%llx", (unsigned long long)word);
  int64_t zeros = spec->flags & ZERO ? spec->width - digits - (int64_t)strlen(prefix) : 0;
  struct vonk_text all;
  vonk_text_init(&all, f->state->row_arena);
  vonk_text_add(&all, vonk_str_of(prefix));
  add_repeated(&all, '0', zeros);
  vonk_text_add(&all, vonk_str_make(text, (size_t)digits));
  struct vonk_str shown = vonk_text_str(&all);
  add_padded(f, spec, is_upper(spec) ? vonk_str_upper(f->state->row_arena, shown) : shown);
  return VONK_OK;
}

static STATUS add_character(struct formatting *f, const struct spec *spec, const struct vonk_column *column) {
  char bytes[4];
  int bits = integer_bits(column->type);
  if (!bits || bits == 64) return mismatch(f, spec, column->type);
  int64_t code = vonk_read_int(column, f->row);
  if (code < 0 || code > 0x10FFFF) return refuse(f, vonk_str_format(f->frame->task->arena, "Code point = 0x%llx", (unsigned long long)code));
  const struct spec plain = {.width = spec->width, .flags = spec->flags, .precision = -1, .conversion = spec->conversion};
  return add_general(f, &plain, vonk_str_make(bytes, vonk_utf8_encode((uint32_t)code, bytes)));
}

static STATUS add_text(struct formatting *f, const struct spec *spec, const struct vonk_column *column) {
  struct vonk_format_options options = {.form = VONK_TEXT_CAST};
  struct vonk_text text;
  vonk_text_init(&text, f->state->row_arena);
  if (integer_bits(column->type)) {
    vonk_text_addf(&text, "%lld", (long long)vonk_read_int(column, f->row));
  } else {
    struct vonk_value value = vonk_column_get(column, f->row, f->state->row_arena);
    value.type = column->type;
    vonk_format_value(&text, &value, &options);
  }
  return add_general(f, spec, text.size ? vonk_text_str(&text) : STR(""));
}

static STATUS add_argument(struct formatting *f, const struct spec *spec, const struct vonk_column *column) {
  bool valid = vonk_column_row_valid(column, f->row), boolean = column->type->id == VONK_TYPE_BOOLEAN;
  char kind = (char)(spec->conversion | 0x20);
  if (kind == 'b') {
    bool value = valid && (!boolean || vonk_read_bool(column, f->row));
    return add_general(f, spec, value ? STR("true") : STR("false"));
  }
  if (!strchr("sdoxefgc", kind) || (is_upper(spec) && strchr("DOF", spec->conversion))) {
    if (strchr("ath", kind)) return vonk_unsupported(f->frame->task, f->frame->expr->node.origin, "%a, %h and %t in format strings");
    return refuse(f, vonk_str_format(f->frame->task->arena, "Conversion = '%c'", spec->conversion));
  }
  if (!valid) return add_general(f, spec, STR("null"));
  if (kind == 's') return add_text(f, spec, column);
  if (kind == 'c') return add_character(f, spec, column);
  if (kind == 'd' || kind == 'o' || kind == 'x') return add_integer(f, spec, column);
  if (!vonk_type_is_fractional(column->type)) return mismatch(f, spec, column->type);
  double value = vonk_read_real(column, f->row);
  char shortest[VONK_REAL_TEXT_MAX];
  /* A float has fewer digits than the double of the same value. */
  bool plain = column->type->id == VONK_TYPE_FLOAT && isfinite(value);
  if (plain) vonk_str_to_double(vonk_str_make(shortest, (size_t)vonk_real_format_float((float)value, shortest)), &value);
  add_real(f, spec, value);
  return VONK_OK;
}

static STATUS add_spec(struct formatting *f, const struct spec *spec) {
  if (spec->conversion == 'n') return vonk_text_add_char(&f->out, '\n'), VONK_OK;
  if (spec->conversion == '%') return add_padded(f, spec, STR("%")), VONK_OK;
  uint32_t index = spec->index ? (uint32_t)spec->index : f->next++;
  if (index >= f->frame->argument_count) {
    return refuse(f, vonk_str_format(f->frame->task->arena, "Format specifier '" STR_FMT "'", STR_ARG(spec->text)));
  }
  return add_argument(f, spec, &f->frame->arguments[index]);
}

static STATUS format_row(struct vonk_frame *frame, uint32_t row) {
  struct formatting f = {.frame = frame, .row = row, .state = frame->state, .next = 1};
  if (!vonk_row_valid(frame, 0, row)) return vonk_row_add_null(frame);
  struct vonk_str format = vonk_row_str(frame, 0, row);
  vonk_text_init(&f.out, f.state->row_arena);
  for (size_t at = 0; at < format.size;) {
    const char *percent = memchr(format.data + at, '%', format.size - at);
    size_t stop = percent ? (size_t)(percent - format.data) : format.size;
    struct spec spec;
    vonk_text_add(&f.out, vonk_str_slice(format, at, stop));
    at = stop + 1;
    if (!percent) break;
    if (!read_spec(format, &at, &spec)) return refuse(&f, STR("Conversion = '%'"));
    TRY(add_spec(&f, &spec));
  }
  TRY(vonk_row_add_str(frame, f.out.size ? vonk_text_str(&f.out) : STR("")));
  vonk_arena_reset(f.state->row_arena);
  return VONK_OK;
}
static STATUS format_string(struct vonk_frame *frame) { return vonk_rows_build(frame, format_row); }

static STATUS bind_format(struct vonk_bind_call *call) {
  struct vonk_value format;
  bool found;
  call->expr->nullable = call->arguments.items[0]->nullable;
  TRY(vonk_bind_find_constant(call, 0, &format, &found));
  bool zero = found && !format.is_null && vonk_str_find(format.text, STR("%0$"), 0) != SIZE_MAX;
  if (!zero) return VONK_OK;
  return vonk_raise(call->task, VONK_INVALID_PARAMETER_VALUE__ZERO_INDEX, call->expr->node.origin, "parameter", STR("`strfmt`"), "functionName",
                    STR("`format_string`"), NULL);
}

#define ROW(row_name, ...)                                                                                                               \
  {.name = row_name, .signature = "(string, any*) -> string", .nulls = VONK_NULLS_CUSTOM, .eval = format_string, .bind = bind_format,    \
   .open = vonk_case_open, .close = vonk_case_close, .group = "string_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_format_string[] = {
    ROW("format_string", .doc = "A format with the arguments in the places of %d, %s and the like.", .example = "SELECT format_string('%05d|%-5s|%.2f', 42, 'ab', 3.14159D)"),
    ROW("printf", .doc = "The same as format_string.", .example = "SELECT printf('%s has %,d rows', 't', 1234567)"),
    {0},
};
