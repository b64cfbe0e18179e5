/* digits.h: short numbers digit by digit: what most numbers in files are. False says nothing but that the text is not one of those. */
#ifndef VONK_TEXT_DIGITS_H
#define VONK_TEXT_DIGITS_H

#include "base/status.h"
#include "base/str.h"

/* A sign and up to 18 digits. */
static inline bool vonk_text_integer(struct vonk_str text, int64_t *out) {
  const char *p = text.data, *end = p + text.size;
  bool minus = p < end && *p == '-';
  p += p < end && (*p == '-' || *p == '+');
  if (p == end || end - p > 18) return false;
  int64_t value = 0;
  for (; p < end; p++) {
    unsigned digit = (unsigned)(*p - '0');
    if (digit > 9) return false;
    value = 10 * value + digit;
  }
  *out = minus ? -value : value;
  return true;
}

/* A sign and up to 18 digits, a point somewhere among them: the digits as one number, and how many stand behind the point. */
static inline bool vonk_text_digits(struct vonk_str text, uint64_t *value, int *scale, bool *minus) {
  const char *p = text.data, *end = p + text.size, *point = NULL;
  *minus = p < end && *p == '-';
  p += p < end && (*p == '-' || *p == '+');
  const char *first = p;
  if (p == end || end - p > 19) return false;
  uint64_t v = 0;
  for (; p < end; p++) {
    unsigned digit = (unsigned)(*p - '0');
    if (LIKELY(digit <= 9)) {
      v = 10 * v + digit;
      continue;
    }
    if (*p != '.' || point) return false;
    point = p;
  }
  long count = end - first - (point != NULL);
  if (count > 18 || !count) return false;
  *value = v;
  *scale = point ? (int)(end - point - 1) : 0;
  return true;
}

/* Digits and power of ten are doubles without loss, so that their quotient is rounded once. */
static inline bool vonk_text_real(struct vonk_str text, double *out) {
  static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  uint64_t value;
  int scale;
  bool minus;
  if (!vonk_text_digits(text, &value, &scale, &minus) || value >= (uint64_t)1 << 53) return false;
  double real = (double)value / powers[scale];
  *out = minus ? -real : real;
  return true;
}

#endif
