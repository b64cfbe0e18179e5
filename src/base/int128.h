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
/* round_half_up((a * 10^a_raise + b * 10^b_raise) / 10^drop); false when it does not fit. Raises and DROP in 0..38; one raise is 0. */
bool vonk_int128_add_scaled(vonk_int128 a, int a_raise, vonk_int128 b, int b_raise, int drop, vonk_int128 *out);
/* a * 10^a_raise by b * 10^b_raise: the quotient cut towards zero (false when it does not fit) and the remainder, which has the sign
 * of A. B is not 0; raises in 0..38, one of them 0. */
bool vonk_int128_quotient_scaled(vonk_int128 a, int a_raise, vonk_int128 b, int b_raise, vonk_int128 *out);
vonk_int128 vonk_int128_remainder_scaled(vonk_int128 a, int a_raise, vonk_int128 b, int b_raise);
/* Decimal text of VALUE with SCALE digits after the point into OUT (at least 48 bytes); returns its length. */
int vonk_int128_format(vonk_int128 value, int scale, char *out);

#endif
