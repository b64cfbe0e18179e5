/* real_text.h: doubles and floats as text, as Java's Double.toString and Float.toString define it.
 *
 * The shortest decimal that reads back as the same number, the nearest one if there are several ("Schubfach", Giulietti
 * 2020, which newer JDKs use): 1.0, 0.1, 1.0E10, 1.0E-5, NaN, Infinity, -0.0. Plain from 10^-3 to below 10^7.
 */
#ifndef VONK_TYPE_REAL_TEXT_H
#define VONK_TYPE_REAL_TEXT_H

#include "base/str.h"

enum { VONK_REAL_TEXT_MAX = 32 };
/* Return the length; no NUL. */
int vonk_real_format_double(double value, char out[VONK_REAL_TEXT_MAX]);
int vonk_real_format_float(float value, char out[VONK_REAL_TEXT_MAX]);
/* The shortest digits themselves: VALUE = DIGITS * 10^EXPONENT without trailing zeros in DIGITS. VALUE finite and > 0. */
void vonk_real_shortest_double(double value, uint64_t *digits, int *exponent);

/* Text as java.lang.Double.parseDouble reads it: decimal or hexadecimal, a suffix d or f, NaN and Infinity spelt so; and
 * Spark's inf, infinity and nan in any case, signs before infinity. Blanks and control characters around it are dropped. */
bool vonk_real_parse_double(struct vonk_str text, double *out);
bool vonk_real_parse_float(struct vonk_str text, float *out);

#endif
