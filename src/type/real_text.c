/* real_text.c: shortest decimals of binary numbers, and back.
 *
 * A number c * 2^q is scaled by a power of ten so that the interval of reals that round to it spans a few integers; the
 * shortest decimal is then found by comparing at most two candidates of one digit less, else two of full length. All
 * products are computed with 126-bit powers, whose error is too small to change a comparison (Giulietti, "The Schubfach
 * way to render doubles", 2020). Names in the code follow the paper.
 */
#include "type/real_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/int128.h"
#include "base/status.h"

enum { POWER_MIN = -292, POWER_MAX = 324 };

static const struct power {
  uint64_t high, low;
} powers[POWER_MAX - POWER_MIN + 1] = {
#define POWER(high, low) {high, low},
#include "type/power_of_ten.def"
#undef POWER
};

/* Floors of logarithms, exact for all exponents of doubles. */
static int floor_log10_pow2(int e) { return (int)((e * 661971961083) >> 41); }
static int floor_log10_three_quarters_pow2(int e) { return (int)((e * 661971961083 - 274743187321) >> 41); }
static int floor_log2_pow10(int e) { return (int)((e * 913124641741) >> 38); }

static uint64_t multiply_high(uint64_t a, uint64_t b) { return (uint64_t)((vonk_uint128)a * b >> 64); }

/* floor(g * cp / 2^127), made odd when a fraction was cut, so that comparisons see it. */
static uint64_t round_to_odd(const struct power *g, uint64_t cp) {
  const uint64_t mask63 = ~(uint64_t)0 >> 1;
  uint64_t x1 = multiply_high(g->low, cp);
  vonk_uint128 y = (vonk_uint128)g->high * cp;
  uint64_t z = ((uint64_t)y >> 1) + x1;
  uint64_t w = (uint64_t)(y >> 64) + (z >> 63);
  return w | ((z & mask63) + mask63) >> 63;
}

/* What tells floats and doubles apart. */
struct format {
  int q_min;      /* exponent of subnormals */
  uint64_t c_min; /* smallest normal significand */
  uint64_t c_tiny; /* subnormals below this would get one digit only, where Java shows two */
};
static const struct format double_format = {-1074, (uint64_t)1 << 52, 3};
static const struct format float_format = {-149, (uint64_t)1 << 23, 8};

/* DIGITS * 10^EXPONENT for c * 2^q; digits may end in zeros. */
static uint64_t to_decimal(const struct format *format, int q, uint64_t c, int *exponent) {
  uint64_t out = c & 1, cb = c << 2, cbr = cb + 2, cbl;
  int k;
  if (c != format->c_min || q == format->q_min) {
    cbl = cb - 2;
    k = floor_log10_pow2(q);
  } else {
    /* The neighbour below a power of two is nearer. */
    cbl = cb - 1;
    k = floor_log10_three_quarters_pow2(q);
  }
  int h = q + floor_log2_pow10(-k) + 2;
  const struct power *g = &powers[-k - POWER_MIN];
  uint64_t vb = round_to_odd(g, cb << h), vbl = round_to_odd(g, cbl << h), vbr = round_to_odd(g, cbr << h);
  uint64_t s = vb >> 2;
  *exponent = k;
  if (s >= 100) {
    uint64_t sp10 = s / 10 * 10, tp10 = sp10 + 10;
    bool upin = vbl + out <= sp10 << 2, wpin = (tp10 << 2) + out <= vbr;
    if (upin != wpin) return upin ? sp10 : tp10;
  }
  uint64_t t = s + 1;
  bool uin = vbl + out <= s << 2, win = (t << 2) + out <= vbr;
  if (uin != win) return uin ? s : t;
  int64_t compare = (int64_t)(vb - ((s + t) << 1));
  return compare < 0 || (compare == 0 && (s & 1) == 0) ? s : t;
}

/* T: the fraction bits; BQ: the biased exponent; not zero, not special. */
static uint64_t shortest(const struct format *format, uint64_t t, int bq, int *exponent) {
  uint64_t digits;
  if (bq > 0) {
    uint64_t c = format->c_min | t;
    int mq = -format->q_min + 1 - bq;
    int width = 64 - __builtin_clzll(format->c_min);
    if (mq > 0 && mq < width && (c >> mq) << mq == c) {
      digits = c >> mq;
      *exponent = 0;
    } else {
      digits = to_decimal(format, -mq, c, exponent);
    }
  } else if (t < format->c_tiny) {
    digits = to_decimal(format, format->q_min, 10 * t, exponent);
    --*exponent;
  } else {
    digits = to_decimal(format, format->q_min, t, exponent);
  }
  while (digits % 10 == 0) {
    digits /= 10;
    ++*exponent;
  }
  return digits;
}

void vonk_real_shortest_double(double value, uint64_t *digits, int *exponent) {
  uint64_t bits;
  memcpy(&bits, &value, 8);
  ASSERT(bits != 0 && bits >> 52 < 0x7FF);
  *digits = shortest(&double_format, bits & (((uint64_t)1 << 52) - 1), (int)(bits >> 52), exponent);
}

static int put_digits(uint64_t digits, char *out) {
  char reversed[24];
  int count = 0;
  for (; digits; digits /= 10) reversed[count++] = (char)('0' + digits % 10);
  for (int i = 0; i < count; i++) out[i] = reversed[count - 1 - i];
  return count;
}

/* DIGITS * 10^EXPONENT in Java's layout. */
static int layout(uint64_t digits, int exponent, char *out) {
  char text[24] = {0};
  int count = put_digits(digits, text), point = count + exponent, at = 0;
  if (point > 7 || point < -2) {
    out[at++] = text[0];
    out[at++] = '.';
    if (count == 1) out[at++] = '0';
    for (int i = 1; i < count; i++) out[at++] = text[i];
    return at + snprintf(out + at, 8, "E%d", point - 1);
  }
  if (point <= 0) {
    out[at++] = '0';
    out[at++] = '.';
    for (int i = point; i < 0; i++) out[at++] = '0';
    for (int i = 0; i < count; i++) out[at++] = text[i];
    return at;
  }
  for (int i = 0; i < count || i < point; i++) {
    if (i == point) out[at++] = '.';
    out[at++] = i < count ? text[i] : '0';
  }
  if (count <= point) {
    out[at++] = '.';
    out[at++] = '0';
  }
  return at;
}

static int put_text(const char *text, char *out) {
  int size = (int)strlen(text);
  memcpy(out, text, (size_t)size);
  return size;
}

int vonk_real_format_double(double value, char out[VONK_REAL_TEXT_MAX]) {
  if (value != value) return put_text("NaN", out);
  int at = 0, exponent;
  if (signbit(value)) out[at++] = '-';
  if (value == 0) return at + put_text("0.0", out + at);
  if (isinf(value)) return at + put_text("Infinity", out + at);
  uint64_t digits;
  vonk_real_shortest_double(fabs(value), &digits, &exponent);
  return at + layout(digits, exponent, out + at);
}

int vonk_real_format_float(float value, char out[VONK_REAL_TEXT_MAX]) {
  if (value != value) return put_text("NaN", out);
  int at = 0, exponent;
  if (signbit(value)) out[at++] = '-';
  if (value == 0) return at + put_text("0.0", out + at);
  if (isinf(value)) return at + put_text("Infinity", out + at);
  uint32_t bits;
  value = fabsf(value);
  memcpy(&bits, &value, 4);
  uint64_t digits = shortest(&float_format, bits & ((1u << 23) - 1), (int)(bits >> 23), &exponent);
  return at + layout(digits, exponent, out + at);
}

/* --- from text --- */

static struct vonk_str trim_control(struct vonk_str text) {
  while (text.size && (unsigned char)text.data[0] <= ' ') text = vonk_str_slice(text, 1, text.size);
  while (text.size && (unsigned char)text.data[text.size - 1] <= ' ') text.size--;
  return text;
}

/* NaN and infinities: Java's spellings with any sign, Spark's without case. */
static bool parse_special(struct vonk_str text, double *out) {
  bool sign = text.size && (text.data[0] == '-' || text.data[0] == '+');
  bool negative = sign && text.data[0] == '-';
  struct vonk_str word = vonk_str_slice(text, sign, text.size);
  if (vonk_str_equal_nocase(word, STR("infinity")) || vonk_str_equal_nocase(word, STR("inf"))) {
    *out = negative ? -INFINITY : INFINITY;
    return true;
  }
  *out = NAN;
  return vonk_str_equal(word, STR("NaN")) || (!sign && vonk_str_equal_nocase(word, STR("nan")));
}

/* 0x1.8p3: digits on at least one side of the point, and the exponent is a must. */
static bool is_hexadecimal(struct vonk_str text) {
  size_t i = text.size && (text.data[0] == '-' || text.data[0] == '+'), digits = 0;
  if (text.size < i + 2 || text.data[i] != '0' || (text.data[i + 1] | 32) != 'x') return false;
  bool point = false;
  for (i += 2; i < text.size; i++) {
    char c = text.data[i];
    if (c == '.' && !point) point = true;
    else if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f')) digits++;
    else break;
  }
  if (digits == 0 || i >= text.size || (text.data[i] | 32) != 'p') return false;
  i++;
  if (i < text.size && (text.data[i] == '-' || text.data[i] == '+')) i++;
  if (i == text.size) return false;
  for (; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9') return false;
  }
  return true;
}

/* Drops one suffix; hexadecimal digits are not suffixes, but their exponents end in decimal digits. */
static struct vonk_str drop_suffix(struct vonk_str text) {
  char last = text.size ? (char)(text.data[text.size - 1] | 32) : 0;
  if (last == 'd' || last == 'f') text.size--;
  return text;
}

/* Hexadecimal numbers are short: longer ones are not taken. For strtod and strtof, which want a NUL. */
enum { HEXADECIMAL_MAX = 127 };
static bool hexadecimal_text(struct vonk_str text, char copy[HEXADECIMAL_MAX + 1]) {
  if (text.size > HEXADECIMAL_MAX || !is_hexadecimal(text)) return false;
  memcpy(copy, text.data, text.size);
  copy[text.size] = 0;
  return true;
}

bool vonk_real_parse_double(struct vonk_str text, double *out) {
  char copy[HEXADECIMAL_MAX + 1];
  text = trim_control(text);
  if (parse_special(text, out)) return true;
  text = drop_suffix(text);
  if (vonk_str_to_double(text, out)) return true;
  if (!hexadecimal_text(text, copy)) return false;
  *out = strtod(copy, NULL);
  return true;
}

bool vonk_real_parse_float(struct vonk_str text, float *out) {
  char copy[HEXADECIMAL_MAX + 1];
  double special;
  text = trim_control(text);
  if (parse_special(text, &special)) {
    *out = (float)special;
    return true;
  }
  text = drop_suffix(text);
  if (vonk_str_to_float(text, out)) return true;
  if (!hexadecimal_text(text, copy)) return false;
  *out = strtof(copy, NULL);
  return true;
}
