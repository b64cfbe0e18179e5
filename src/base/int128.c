/* int128.c: multiply and divide with 256-bit intermediates, on magnitudes of four 64-bit limbs.
 *
 * Most decimals are small, so each operation first tries to stay in 128 bits. The long division is Knuth's algorithm D
 * (TAOCP 4.3.1) for divisors of one or two limbs.
 */
#include "base/int128.h"

#include <string.h>

#include "base/status.h"

#define E18 ((vonk_int128)1000000000000000000)
const vonk_int128 vonk_pow10_128[39] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    E18,
    E18 * 10,
    E18 * 100,
    E18 * 1000,
    E18 * 10000,
    E18 * 100000,
    E18 * 1000000,
    E18 * 10000000,
    E18 * 100000000,
    E18 * 1000000000,
    E18 * 10000000000,
    E18 * 100000000000,
    E18 * 1000000000000,
    E18 * 10000000000000,
    E18 * 100000000000000,
    E18 * 1000000000000000,
    E18 * 10000000000000000,
    E18 * 100000000000000000,
    E18 * E18,
    E18 * E18 * 10,
    E18 * E18 * 100,
};

/* Little-endian limbs. */
struct wide {
  uint64_t limb[4];
};

static struct wide wide_of(vonk_uint128 low) { return (struct wide){{(uint64_t)low, (uint64_t)(low >> 64), 0, 0}}; }
static bool wide_fits(const struct wide *w) { return (w->limb[2] | w->limb[3]) == 0; }
static vonk_uint128 wide_low(const struct wide *w) { return (vonk_uint128)w->limb[1] << 64 | w->limb[0]; }

static struct wide wide_multiply(vonk_uint128 a, vonk_uint128 b) {
  uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
  vonk_uint128 p00 = (vonk_uint128)a0 * b0, p01 = (vonk_uint128)a0 * b1, p10 = (vonk_uint128)a1 * b0,
               p11 = (vonk_uint128)a1 * b1;
  vonk_uint128 middle = (p00 >> 64) + (uint64_t)p01 + (uint64_t)p10;
  vonk_uint128 high = p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64);
  return (struct wide){{(uint64_t)p00, (uint64_t)middle, (uint64_t)high, (uint64_t)(high >> 64)}};
}

/* False when the product passes 256 bits. */
static bool wide_scale(struct wide *w, vonk_uint128 factor) {
  struct wide low = wide_multiply(wide_low(w), factor);
  struct wide high = wide_multiply((vonk_uint128)w->limb[3] << 64 | w->limb[2], factor);
  if (!wide_fits(&high)) return false;
  vonk_uint128 upper = (vonk_uint128)low.limb[3] << 64 | low.limb[2];
  if (__builtin_add_overflow(upper, wide_low(&high), &upper)) return false;
  w->limb[0] = low.limb[0];
  w->limb[1] = low.limb[1];
  w->limb[2] = (uint64_t)upper;
  w->limb[3] = (uint64_t)(upper >> 64);
  return true;
}

/* Limbs beyond the fourth are lost; callers know the sum fits. */
static void wide_add(struct wide *a, const struct wide *b) {
  uint64_t carry = 0;
  for (int i = 0; i < 4; i++) {
    vonk_uint128 sum = (vonk_uint128)a->limb[i] + b->limb[i] + carry;
    a->limb[i] = (uint64_t)sum;
    carry = (uint64_t)(sum >> 64);
  }
}

static uint64_t divide_by_limb(struct wide *n, uint64_t divisor) {
  vonk_uint128 rest = 0;
  for (int i = 3; i >= 0; i--) {
    vonk_uint128 part = rest << 64 | n->limb[i];
    n->limb[i] = (uint64_t)(part / divisor);
    rest = part % divisor;
  }
  return (uint64_t)rest;
}

/* Algorithm D for a divisor of two limbs. */
static vonk_uint128 divide_by_two_limbs(struct wide *n, vonk_uint128 divisor) {
  int shift = __builtin_clzll((uint64_t)(divisor >> 64));
  vonk_uint128 d = divisor << shift;
  uint64_t d1 = (uint64_t)(d >> 64), d0 = (uint64_t)d;
  uint64_t u[5];
  u[4] = shift ? n->limb[3] >> (64 - shift) : 0;
  for (int i = 3; i > 0; i--) u[i] = n->limb[i] << shift | (shift ? n->limb[i - 1] >> (64 - shift) : 0);
  u[0] = n->limb[0] << shift;
  struct wide quotient = {{0}};
  for (int j = 2; j >= 0; j--) {
    vonk_uint128 top = (vonk_uint128)u[j + 2] << 64 | u[j + 1];
    vonk_uint128 guess = u[j + 2] == d1 ? ~(uint64_t)0 : top / d1;
    vonk_uint128 rest = top - guess * d1;
    while (!(rest >> 64) && guess * d0 > (rest << 64 | u[j])) {
      guess--;
      rest += d1;
    }
    /* u[j..j+2] -= guess * d, which the tests above made exact but for one unit. */
    vonk_uint128 low = guess * d0, borrow = 0;
    vonk_uint128 high = guess * d1 + (low >> 64);
    uint64_t parts[3] = {(uint64_t)low, (uint64_t)high, (uint64_t)(high >> 64)};
    for (int i = 0; i < 3; i++) {
      vonk_uint128 minus = (vonk_uint128)parts[i] + borrow;
      borrow = u[j + i] < minus;
      u[j + i] -= (uint64_t)minus;
    }
    if (borrow) {
      guess--;
      vonk_uint128 sum = ((vonk_uint128)u[j + 1] << 64 | u[j]) + d;
      u[j] = (uint64_t)sum;
      u[j + 1] = (uint64_t)(sum >> 64);
      u[j + 2] = 0;
    }
    quotient.limb[j] = (uint64_t)guess;
  }
  *n = quotient;
  return ((vonk_uint128)u[1] << 64 | u[0]) >> shift;
}

/* N becomes the quotient; returns the remainder. */
static vonk_uint128 wide_divide(struct wide *n, vonk_uint128 divisor) {
  if (wide_fits(n)) {
    vonk_uint128 low = wide_low(n);
    *n = wide_of(low / divisor);
    return low % divisor;
  }
  return divisor >> 64 ? divide_by_two_limbs(n, divisor) : divide_by_limb(n, (uint64_t)divisor);
}

static vonk_uint128 magnitude(vonk_int128 value) { return value < 0 ? -(vonk_uint128)value : (vonk_uint128)value; }

static bool with_sign(const struct wide *w, bool negative, vonk_int128 *out) {
  vonk_uint128 low = wide_low(w);
  if (!wide_fits(w) || low > (vonk_uint128)VONK_INT128_MAX + negative) return false;
  *out = negative ? (vonk_int128)-low : (vonk_int128)low;
  return true;
}

bool vonk_int128_multiply_scaled(vonk_int128 a, vonk_int128 b, int drop, vonk_int128 *out) {
  KERNEL_ASSERT(drop >= 0 && drop <= 76);
  if (drop == 0) return !__builtin_mul_overflow(a, b, out);
  bool negative = (a < 0) != (b < 0);
  vonk_uint128 product;
  struct wide w;
  if (!__builtin_mul_overflow(magnitude(a), magnitude(b), &product)) w = wide_of(product);
  else w = wide_multiply(magnitude(a), magnitude(b));
  /* Half of 10^drop is added once; then one or two divisions cut, which together cut as one. */
  struct wide half = wide_of((vonk_uint128)vonk_pow10_128[drop > 38 ? 38 : drop] / 2);
  if (drop > 38) wide_scale(&half, (vonk_uint128)vonk_pow10_128[drop - 38]);
  wide_add(&w, &half);
  wide_divide(&w, (vonk_uint128)vonk_pow10_128[drop > 38 ? 38 : drop]);
  if (drop > 38) wide_divide(&w, (vonk_uint128)vonk_pow10_128[drop - 38]);
  return with_sign(&w, negative, out);
}

bool vonk_int128_divide_scaled(vonk_int128 a, vonk_int128 b, int raise, vonk_int128 *out) {
  KERNEL_ASSERT(raise >= 0 && raise <= 76);
  ASSERT(b != 0);
  bool negative = (a < 0) != (b < 0);
  vonk_uint128 divisor = magnitude(b), scaled;
  if (raise <= 38 && !__builtin_mul_overflow(magnitude(a), (vonk_uint128)vonk_pow10_128[raise], &scaled)) {
    bool small = !(scaled >> 64) && !(divisor >> 64);
    vonk_uint128 quotient = small ? (uint64_t)scaled / (uint64_t)divisor : scaled / divisor, rest = scaled - quotient * divisor;
    quotient += rest >= divisor - rest;
    return with_sign(&(struct wide){{(uint64_t)quotient, (uint64_t)(quotient >> 64), 0, 0}}, negative, out);
  }
  struct wide w = wide_multiply(magnitude(a), (vonk_uint128)vonk_pow10_128[raise > 38 ? 38 : raise]);
  if (raise > 38 && !wide_scale(&w, (vonk_uint128)vonk_pow10_128[raise - 38])) return false;
  vonk_uint128 rest = wide_divide(&w, divisor);
  if (rest >= divisor - rest) wide_add(&w, &(struct wide){{1, 0, 0, 0}});
  return with_sign(&w, negative, out);
}

/* A is not smaller than B. */
static void wide_subtract(struct wide *a, const struct wide *b) {
  uint64_t borrow = 0;
  for (int i = 0; i < 4; i++) {
    vonk_uint128 minus = (vonk_uint128)b->limb[i] + borrow;
    borrow = a->limb[i] < minus;
    a->limb[i] -= (uint64_t)minus;
  }
}

static bool wide_less(const struct wide *a, const struct wide *b) {
  for (int i = 3; i >= 0; i--) {
    if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i];
  }
  return false;
}

bool vonk_int128_add_scaled(vonk_int128 a, int a_raise, vonk_int128 b, int b_raise, int drop, vonk_int128 *out) {
  KERNEL_ASSERT(a_raise >= 0 && a_raise <= 38 && b_raise >= 0 && b_raise <= 38 && drop >= 0 && drop <= 38);
  vonk_int128 x, y;
  if (drop == 0 && !__builtin_mul_overflow(a, vonk_pow10_128[a_raise], &x) && !__builtin_mul_overflow(b, vonk_pow10_128[b_raise], &y)) {
    return !__builtin_add_overflow(x, y, out);
  }
  struct wide sum = wide_multiply(magnitude(a), (vonk_uint128)vonk_pow10_128[a_raise]);
  struct wide other = wide_multiply(magnitude(b), (vonk_uint128)vonk_pow10_128[b_raise]);
  bool negative = a < 0;
  if (negative == (b < 0)) {
    wide_add(&sum, &other);
  } else if (wide_less(&sum, &other)) {
    wide_subtract(&other, &sum);
    sum = other;
    negative = !negative;
  } else {
    wide_subtract(&sum, &other);
  }
  if (drop) {
    struct wide half = wide_of((vonk_uint128)vonk_pow10_128[drop] / 2);
    wide_add(&sum, &half);
    wide_divide(&sum, (vonk_uint128)vonk_pow10_128[drop]);
  }
  return with_sign(&sum, negative, out);
}

bool vonk_int128_quotient_scaled(vonk_int128 a, int a_raise, vonk_int128 b, int b_raise, vonk_int128 *out) {
  ASSERT(b != 0);
  struct wide divisor = wide_multiply(magnitude(b), (vonk_uint128)vonk_pow10_128[b_raise]);
  struct wide w = wide_multiply(magnitude(a), (vonk_uint128)vonk_pow10_128[a_raise]);
  if (!wide_fits(&divisor)) w = wide_of(0); /* B was raised, so A is below 2^128 */
  else wide_divide(&w, wide_low(&divisor));
  return with_sign(&w, (a < 0) != (b < 0), out);
}

vonk_int128 vonk_int128_remainder_scaled(vonk_int128 a, int a_raise, vonk_int128 b, int b_raise) {
  ASSERT(b != 0);
  int64_t x, y;
  bool small = a == (int64_t)a && b == (int64_t)b && a_raise <= 18 && b_raise <= 18 &&
               !__builtin_mul_overflow((int64_t)a, (int64_t)vonk_pow10_128[a_raise], &x) &&
               !__builtin_mul_overflow((int64_t)b, (int64_t)vonk_pow10_128[b_raise], &y);
  if (small) return y == -1 ? 0 : x % y;
  struct wide divisor = wide_multiply(magnitude(b), (vonk_uint128)vonk_pow10_128[b_raise]);
  if (!wide_fits(&divisor)) return a;
  struct wide w = wide_multiply(magnitude(a), (vonk_uint128)vonk_pow10_128[a_raise]);
  vonk_uint128 rest = wide_divide(&w, wide_low(&divisor));
  return a < 0 ? -(vonk_int128)rest : (vonk_int128)rest;
}

int vonk_int128_format(vonk_int128 value, int scale, char *out) {
  ASSERT(scale >= 0 && scale <= 40);
  char digits[48];
  int count = 0;
  vonk_uint128 left = magnitude(value);
  while (left >> 64) {
    /* 19 digits at a time: 128-bit division is slow. */
    uint64_t part = (uint64_t)(left % 10000000000000000000u);
    left /= 10000000000000000000u;
    for (int i = 0; i < 19; i++, part /= 10) digits[count++] = (char)('0' + part % 10);
  }
  for (uint64_t part = (uint64_t)left; part; part /= 10) digits[count++] = (char)('0' + part % 10);
  while (count <= scale) digits[count++] = '0';
  int size = 0;
  if (value < 0) out[size++] = '-';
  while (count > 0) {
    out[size++] = digits[--count];
    if (count == scale && scale > 0) out[size++] = '.';
  }
  return size;
}
