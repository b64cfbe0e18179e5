/* decimal.c: decimal types and values. */
#include "type/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "type/real_text.h"

enum { PRECISION_MAX = VONK_DECIMAL_PRECISION_MAX, ADJUSTED_SCALE_MIN = 6 };

static int min_int(int a, int b) { return a < b ? a : b; }
static int max_int(int a, int b) { return a > b ? a : b; }

/* --- types --- */

struct vonk_decimal_shape vonk_decimal_bounded(int precision, int scale) {
  return (struct vonk_decimal_shape){min_int(precision, PRECISION_MAX), min_int(scale, PRECISION_MAX)};
}

struct vonk_decimal_shape vonk_decimal_adjusted(int precision, int scale) {
  if (precision <= PRECISION_MAX) return (struct vonk_decimal_shape){precision, scale};
  int whole = precision - scale;
  return (struct vonk_decimal_shape){PRECISION_MAX, max_int(PRECISION_MAX - whole, min_int(scale, ADJUSTED_SCALE_MIN))};
}

static struct vonk_decimal_shape limit(int precision, int scale, bool loss) {
  return loss ? vonk_decimal_adjusted(precision, scale) : vonk_decimal_bounded(precision, scale);
}

struct vonk_decimal_shape vonk_decimal_add_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss) {
  int scale = max_int(a.scale, b.scale);
  return limit(max_int(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale, loss);
}

struct vonk_decimal_shape vonk_decimal_multiply_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss) {
  return limit(a.precision + b.precision + 1, a.scale + b.scale, loss);
}

struct vonk_decimal_shape vonk_decimal_divide_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss) {
  int whole = a.precision - a.scale + b.scale;
  int scale = max_int(ADJUSTED_SCALE_MIN, a.scale + b.precision + 1);
  if (loss) return vonk_decimal_adjusted(whole + scale, scale);
  whole = min_int(PRECISION_MAX, whole);
  scale = min_int(PRECISION_MAX, scale);
  int excess = whole + scale - PRECISION_MAX;
  if (excess > 0) {
    scale -= excess / 2 + 1;
    whole = PRECISION_MAX - scale;
  }
  return vonk_decimal_bounded(whole + scale, scale);
}

struct vonk_decimal_shape vonk_decimal_remainder_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss) {
  int scale = max_int(a.scale, b.scale);
  return limit(min_int(a.precision - a.scale, b.precision - b.scale) + scale, scale, loss);
}

struct vonk_decimal_shape vonk_decimal_integral_divide_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b) {
  int whole = a.precision - a.scale + b.scale;
  return vonk_decimal_bounded(whole == 0 ? 1 : whole, 0);
}

struct vonk_decimal_shape vonk_decimal_wider_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool retain_fraction) {
  int scale = max_int(a.scale, b.scale);
  int precision = max_int(a.precision - a.scale, b.precision - b.scale) + scale;
  if (retain_fraction || precision <= PRECISION_MAX) return vonk_decimal_bounded(precision, scale);
  return (struct vonk_decimal_shape){PRECISION_MAX, max_int(0, scale - (precision - PRECISION_MAX))};
}

struct vonk_decimal_shape vonk_decimal_shape_of(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_BYTE: return (struct vonk_decimal_shape){3, 0};
    case VONK_TYPE_SHORT: return (struct vonk_decimal_shape){5, 0};
    case VONK_TYPE_INT: return (struct vonk_decimal_shape){10, 0};
    case VONK_TYPE_LONG: return (struct vonk_decimal_shape){20, 0};
    case VONK_TYPE_FLOAT: return (struct vonk_decimal_shape){14, 7};
    case VONK_TYPE_DOUBLE: return (struct vonk_decimal_shape){30, 15};
    case VONK_TYPE_BOOLEAN: return (struct vonk_decimal_shape){1, 0};
    default: ASSERT(type->id == VONK_TYPE_DECIMAL); return (struct vonk_decimal_shape){type->precision, type->scale};
  }
}

/* --- values --- */

bool vonk_decimal_rescale(vonk_int128 value, int from, struct vonk_decimal_shape shape, vonk_int128 *out) {
  int raise = shape.scale - from;
  vonk_int128 result = value;
  if (raise > 0) {
    if (raise > PRECISION_MAX && value != 0) return false;
    if (value != 0 && __builtin_mul_overflow(value, vonk_pow10_128[raise], &result)) return false;
  } else if (raise < -PRECISION_MAX) {
    result = 0; /* less than half of the last digit */
  } else if (raise < 0) {
    vonk_int128 unit = vonk_pow10_128[-raise], rest = value % unit, half = unit / 2;
    result = value / unit + (rest >= half) - (rest <= -half);
  }
  if (!vonk_decimal_fits(result, shape.precision)) return false;
  *out = result;
  return true;
}

/* A number's significant digits and where the point is: 0.DIGITS * 10^point. */
struct number {
  bool negative;
  const char *text; /* digits and perhaps a point */
  size_t size;
  size_t digit_count;
  int64_t point;
  int64_t scale; /* of the text: digits behind the point, minus the exponent */
};

/* The exponent of BigDecimal's grammar: at most ten digits, an int. */
static bool read_exponent(struct vonk_str text, int64_t *out) {
  size_t digits = text.size - (text.size && (text.data[0] == '+' || text.data[0] == '-'));
  if (digits == 0 || digits > 10) return false;
  return vonk_str_to_int64(text, out) && *out >= INT32_MIN && *out <= INT32_MAX;
}

static bool read_number(struct vonk_str text, struct number *out) {
  while (text.size && (unsigned char)text.data[0] <= ' ') text = vonk_str_slice(text, 1, text.size);
  while (text.size && (unsigned char)text.data[text.size - 1] <= ' ') text.size--;
  size_t i = text.size && (text.data[0] == '-' || text.data[0] == '+');
  *out = (struct number){.negative = i && text.data[0] == '-'};
  size_t digits = 0, fraction = 0, first = SIZE_MAX, leading = 0;
  bool point = false;
  for (; i < text.size; i++) {
    char c = text.data[i];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    digits++;
    fraction += point;
    if (first == SIZE_MAX && c == '0') leading++;
    else if (first == SIZE_MAX) first = i;
  }
  if (digits == 0) return false;
  int64_t exponent = 0;
  if (i < text.size) {
    if ((text.data[i] | 32) != 'e' || !read_exponent(vonk_str_slice(text, i + 1, text.size), &exponent)) return false;
  }
  out->scale = (int64_t)fraction - exponent;
  out->digit_count = digits - leading;
  out->point = (int64_t)out->digit_count - out->scale;
  if (first != SIZE_MAX) {
    out->text = text.data + first;
    out->size = i - first;
  }
  return true;
}

/* The first KEEP significant digits as a number, rounded by the digit behind them. KEEP <= 39. */
static vonk_uint128 take_digits(const struct number *number, int64_t keep) {
  vonk_uint128 value = 0;
  int64_t taken = 0;
  for (size_t i = 0; i < number->size && taken <= keep; i++) {
    if (number->text[i] == '.') continue;
    int digit = number->text[i] - '0';
    if (taken == keep) return value + (digit >= 5);
    value = value * 10 + (vonk_uint128)digit;
    taken++;
  }
  while (taken++ < keep) value *= 10;
  return value;
}

static enum vonk_decimal_parse round_number(const struct number *number, struct vonk_decimal_shape shape, vonk_int128 *out) {
  int64_t keep = number->point + shape.scale;
  *out = 0;
  if (number->digit_count == 0 || keep < 0) return VONK_DECIMAL_OK;
  if (keep > PRECISION_MAX) return VONK_DECIMAL_OVERFLOW;
  vonk_uint128 magnitude = take_digits(number, keep);
  if (!vonk_decimal_fits((vonk_int128)magnitude, shape.precision)) return VONK_DECIMAL_OVERFLOW;
  *out = number->negative ? -(vonk_int128)magnitude : (vonk_int128)magnitude;
  return VONK_DECIMAL_OK;
}

enum vonk_decimal_parse vonk_decimal_parse(struct vonk_str text, struct vonk_decimal_shape shape, vonk_int128 *out) {
  struct number number;
  if (!read_number(text, &number)) return VONK_DECIMAL_MALFORMED;
  return round_number(&number, shape, out);
}

enum vonk_decimal_parse vonk_decimal_parse_natural(struct vonk_str text, vonk_int128 *out, struct vonk_decimal_shape *shape) {
  struct number number;
  if (!read_number(text, &number)) return VONK_DECIMAL_MALFORMED;
  int64_t scale = max_int(0, (int)(number.scale > 1000 ? 1000 : number.scale < -1000 ? -1000 : number.scale));
  int64_t digits = number.digit_count ? number.point + scale : 1;
  int64_t precision = digits > scale ? digits : scale;
  if (precision > PRECISION_MAX || number.scale > PRECISION_MAX) return VONK_DECIMAL_OVERFLOW;
  *shape = (struct vonk_decimal_shape){max_int(1, (int)precision), (int)scale};
  return round_number(&number, *shape, out);
}

int vonk_decimal_format(vonk_int128 value, int scale, char out[VONK_DECIMAL_TEXT_MAX]) {
  return vonk_int128_format(value, scale, out);
}

int vonk_decimal_format_exponent(vonk_int128 value, int scale, char out[VONK_DECIMAL_TEXT_MAX]) {
  char digits[48];
  int size = vonk_int128_format(value, 0, digits);
  int sign = value < 0, count = size - sign;
  int adjusted = count - 1 - scale;
  if (scale == 0 || adjusted >= -6) return vonk_int128_format(value, scale, out);
  int at = 0;
  for (int i = 0; i < size; i++) {
    out[at++] = digits[i];
    if (i == sign && count > 1) out[at++] = '.';
  }
  return at + snprintf(out + at, (size_t)(VONK_DECIMAL_TEXT_MAX - at), "E%d", adjusted);
}

/* --- reals --- */

double vonk_decimal_to_double(vonk_int128 value, int scale) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const vonk_int128 exact = (vonk_int128)1 << 53;
  /* One division of two exact doubles rounds once. */
  if (value <= exact && value >= -exact && scale <= 22) return (double)(int64_t)value / powers[scale];
  char text[VONK_DECIMAL_TEXT_MAX];
  text[vonk_int128_format(value, scale, text)] = 0;
  return strtod(text, NULL);
}

float vonk_decimal_to_float(vonk_int128 value, int scale) {
  static const float powers[] = {1e0F, 1e1F, 1e2F, 1e3F, 1e4F, 1e5F, 1e6F, 1e7F, 1e8F, 1e9F, 1e10F};
  const vonk_int128 exact = 1 << 24;
  if (value <= exact && value >= -exact && scale <= 10) return (float)(int64_t)value / powers[scale];
  char text[VONK_DECIMAL_TEXT_MAX];
  text[vonk_int128_format(value, scale, text)] = 0;
  return strtof(text, NULL);
}

bool vonk_decimal_from_double(double real, struct vonk_decimal_shape shape, vonk_int128 *out) {
  if (!isfinite(real)) return false;
  char text[VONK_REAL_TEXT_MAX];
  int size = vonk_real_format_double(real, text);
  return vonk_decimal_parse(vonk_str_make(text, (size_t)size), shape, out) == VONK_DECIMAL_OK;
}
