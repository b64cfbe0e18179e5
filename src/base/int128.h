/* int128.h: 128-bit integers for decimals and ranges, and the 256-bit steps that multiply, divide and rescale need. */
#ifndef VONK_BASE_INT128_H
#define VONK_BASE_INT128_H

#include <stdbool.h>
#include <stdint.h>

typedef __int128 vonk_int128;
typedef unsigned __int128 vonk_uint128;

#define VONK_INT128_MAX ((vonk_int128)(~(vonk_uint128)0 >> 1))
#define VONK_INT128_MIN (-VONK_INT128_MAX - 1)

/* 10^n for n in 0..38. */
extern const vonk_int128 vonk_pow10_128[39];

/* round_half_up(a * b / 10^drop); false when the result does not fit 128 bits. DROP in 0..76. */
bool vonk_int128_multiply_scaled(vonk_int128 a, vonk_int128 b, int drop, vonk_int128 *out);
/* round_half_up(a * 10^raise / b); false when it does not fit. B is not 0; RAISE in 0..76. */
bool vonk_int128_divide_scaled(vonk_int128 a, vonk_int128 b, int raise, vonk_int128 *out);
/* Decimal text of VALUE with SCALE digits after the point into OUT (at least 48 bytes); returns its length. */
int vonk_int128_format(vonk_int128 value, int scale, char *out);

#endif
