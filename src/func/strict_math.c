/* strict_math.c: see strict_math.h. The order of operations is what counts: nothing here may be rearranged. */
#include "func/strict_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LN2 6.93147180559945286227e-01
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define INVERSE_LN2 1.44269504088896338700e+00
#define EXP_MAX 7.09782712893383973096e+02
#define EXP_MIN (-7.45133219101941108420e+02)
#define HYPERBOLIC_MAX 7.10475860073943863426e+02
#define TWO_54 0x1p54

/* The upper half of a double: sign, exponent and 20 bits; as integers these order like the numbers. */
static int32_t high_word(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (int32_t)(bits >> 32);
}
static double with_high_word(double x, int32_t high) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits = (bits & UINT32_MAX) | (uint64_t)(uint32_t)high << 32;
  memcpy(&x, &bits, sizeof x);
  return x;
}
/* X * 2^K by its exponent, without a look at the ends of the range. */
static double scale(double x, int32_t k) { return with_high_word(x, (int32_t)((uint32_t)high_word(x) + ((uint32_t)k << 20))); }

/* The logarithm, of any base, of what is not a positive finite number. */
static double log_of_special(double x) {
  if (x == 0) return -INFINITY;
  return x < 0 ? NAN : x + x;
}

/* The exponent of a positive finite X to K, its high word to HIGH; a subnormal is made normal first. */
static void split(double *x, int32_t *high, int32_t *k) {
  *k = -1023;
  if (high_word(*x) < 0x00100000) {
    *k -= 54;
    *x *= TWO_54;
  }
  *high = high_word(*x);
  *k += *high >> 20;
}

/* The coefficients of log((1 + s) / (1 - s)), shared by log and log1p. */
static const double log_terms[] = {6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
                                   1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01};

/* x = 2^k * (1 + f); both terms of the reduction are added last. */
double vonk_strict_log(double x) {
  int32_t high, k;
  if (!(x > 0) || isinf(x)) return log_of_special(x);
  split(&x, &high, &k);
  high &= 0x000fffff;
  int32_t up = (high + 0x95f64) & 0x100000;
  x = with_high_word(x, high | (up ^ 0x3ff00000));
  k += up >> 20;
  double f = x - 1.0, dk = k;
  if ((0x000fffff & (2 + high)) < 3) {
    if (f == 0) return k == 0 ? 0 : dk * LN2_HIGH + dk * LN2_LOW;
    double r = f * f * (0.5 - 0.33333333333333333 * f);
    return k == 0 ? f - r : dk * LN2_HIGH - ((r - dk * LN2_LOW) - f);
  }
  double s = f / (2.0 + f), z = s * s, w = z * z;
  double even = w * (log_terms[1] + w * (log_terms[3] + w * log_terms[5]));
  double odd = z * (log_terms[0] + w * (log_terms[2] + w * (log_terms[4] + w * log_terms[6])));
  double r = odd + even;
  if (((high - 0x6147a) | (0x6b851 - high)) > 0) {
    double half = 0.5 * f * f;
    return k == 0 ? f - (half - s * (half + r)) : dk * LN2_HIGH - ((half - (s * (half + r) + dk * LN2_LOW)) - f);
  }
  return k == 0 ? f - s * (f - r) : dk * LN2_HIGH - ((s * (f - r) - dk * LN2_LOW) - f);
}

double vonk_strict_log10(double x) {
  int32_t high, k;
  if (!(x > 0) || isinf(x)) return log_of_special(x);
  split(&x, &high, &k);
  int32_t below = k < 0;
  double y = k + below;
  x = with_high_word(x, (high & 0x000fffff) | ((0x3ff - below) << 20));
  double z = y * 3.69423907715893078616e-13 + 4.34294481903251816668e-01 * vonk_strict_log(x);
  return z + y * 3.01029995663611771306e-01;
}

/* 1 + x = 2^k * (1 + f), C the rounding error of 1 + x relative to it; HIGH tells how near 1 it is. */
struct reduced {
  double f, c;
  int32_t k, high;
};

static struct reduced reduce_log1p(double x, int32_t high) {
  struct reduced r = {.f = x, .high = 1};
  if (high < 0x3FDA827A && (high > 0 || high <= (int32_t)0xbfd2bec3)) return r;
  double u = high < 0x43400000 ? 1.0 + x : x;
  r.high = high_word(u);
  r.k = (r.high >> 20) - 1023;
  if (high < 0x43400000) r.c = (r.k > 0 ? 1.0 - (u - x) : x - (u - 1.0)) / u;
  r.high &= 0x000fffff;
  if (r.high < 0x6a09e) {
    u = with_high_word(u, r.high | 0x3ff00000);
  } else {
    r.k++;
    u = with_high_word(u, r.high | 0x3fe00000);
    r.high = (0x00100000 - r.high) >> 2;
  }
  r.f = u - 1.0;
  return r;
}

double vonk_strict_log1p(double x) {
  int32_t high = high_word(x), magnitude = high & 0x7fffffff;
  if (x == -1) return -INFINITY;
  if (x < -1 || isnan(x)) return NAN;
  if (magnitude < 0x3e200000) return magnitude < 0x3c900000 ? x : x - x * x * 0.5;
  if (high >= 0x7ff00000) return x + x;
  struct reduced part = reduce_log1p(x, high);
  double f = part.f, c = part.c, k = part.k, half = 0.5 * f * f;
  if (part.high == 0) {
    if (f == 0) return part.k == 0 ? 0 : k * LN2_HIGH + (c + k * LN2_LOW);
    double r = half * (1.0 - 0.66666666666666666 * f);
    return part.k == 0 ? f - r : k * LN2_HIGH - ((r - (k * LN2_LOW + c)) - f);
  }
  double s = f / (2.0 + f), z = s * s, r = log_terms[6];
  for (int i = 5; i >= 0; i--) r = log_terms[i] + z * r;
  r *= z;
  if (part.k == 0) return f - (half - s * (half + r));
  return k * LN2_HIGH - ((half - (s * (half + r) + (k * LN2_LOW + c))) - f);
}

/* x = k * ln 2 + (high - low), for |x| above ln 2 / 2. */
static int32_t reduce_exp(double x, double *high, double *low) {
  if ((high_word(x) & 0x7fffffff) < 0x3FF0A2B2) {
    *high = x < 0 ? x + LN2_HIGH : x - LN2_HIGH;
    *low = x < 0 ? -LN2_LOW : LN2_LOW;
    return x < 0 ? -1 : 1;
  }
  int32_t k = (int32_t)(INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5));
  *high = x - k * LN2_HIGH;
  *low = k * LN2_LOW;
  return k;
}

double vonk_strict_exp(double x) {
  static const double p[] = {1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05, -1.65339022054652515390e-06,
                             4.13813679705723846039e-08};
  int32_t magnitude = high_word(x) & 0x7fffffff, k = 0;
  double high = 0, low = 0;
  if (isnan(x)) return x;
  if (x > EXP_MAX) return INFINITY;
  if (x < EXP_MIN) return 0;
  if (magnitude > 0x3fd62e42) {
    k = reduce_exp(x, &high, &low);
    x = high - low;
  } else if (magnitude < 0x3e300000) {
    return 1.0 + x;
  }
  double t = x * x, c = x - t * (p[0] + t * (p[1] + t * (p[2] + t * (p[3] + t * p[4]))));
  if (k == 0) return 1.0 - ((x * c) / (c - 2.0) - x);
  double y = 1.0 - ((low - (x * c) / (2.0 - c)) - high);
  return k >= -1021 ? scale(y, k) : scale(y, k + 1000) * 0x1p-1000;
}

/* The end of expm1: 2^k * (1 + (x - e)) - 1 with as little lost as possible. */
static double expm1_of_parts(double x, double e, int32_t k) {
  if (k == -1) return 0.5 * (x - e) - 0.5;
  if (k == 1) return x < -0.25 ? -2.0 * (e - (x + 0.5)) : 1.0 + 2.0 * (x - e);
  if (k <= -2 || k > 56) {
    double y = 1.0 - (e - x);
    y = k == 1024 ? y * 2.0 * 0x1p1023 : scale(y, k);
    return y - 1.0;
  }
  if (k < 20) return scale(with_high_word(1.0, 0x3ff00000 - (0x200000 >> k)) - (e - x), k);
  return scale((x - (e + with_high_word(1.0, (0x3ff - k) << 20))) + 1.0, k);
}

double vonk_strict_expm1(double x) {
  static const double q[] = {-3.33333333333331316428e-02, 1.58730158725481460165e-03, -7.93650757867487942473e-05, 4.00821782732936239552e-06,
                             -2.01099218183624371326e-07};
  int32_t magnitude = high_word(x) & 0x7fffffff, k = 0;
  double high, low, c = 0;
  if (isnan(x)) return x;
  if (x > EXP_MAX) return INFINITY;
  if (x < 0 && magnitude >= 0x4043687A) return -1.0;
  if (magnitude > 0x3fd62e42) {
    k = reduce_exp(x, &high, &low);
    x = high - low;
    c = (high - x) - low;
  } else if (magnitude < 0x3c900000) {
    return x;
  }
  double half = 0.5 * x, square = x * half;
  double r = 1.0 + square * (q[0] + square * (q[1] + square * (q[2] + square * (q[3] + square * q[4]))));
  double t = 3.0 - r * half, e = square * ((r - t) / (6.0 - x * t));
  if (k == 0) return x - (x * e - square);
  return expm1_of_parts(x, (x * (e - c) - c) - square, k);
}

double vonk_strict_asinh(double x) {
  double a = fabs(x);
  if (!isfinite(x) || a < 0x1p-28) return x;
  double w = a > 0x1p28   ? vonk_strict_log(a) + LN2
             : a > 2.0    ? vonk_strict_log(2.0 * a + 1.0 / (sqrt(x * x + 1.0) + a))
                          : vonk_strict_log1p(a + x * x / (1.0 + sqrt(1.0 + x * x)));
  return copysign(w, x);
}

double vonk_strict_acosh(double x) {
  if (x < 1.0 || isnan(x)) return NAN;
  if (x >= 0x1p28) return isinf(x) ? x : vonk_strict_log(x) + LN2;
  if (x > 2.0) return vonk_strict_log(2.0 * x - 1.0 / (x + sqrt(x * x - 1.0)));
  double t = x - 1.0;
  return vonk_strict_log1p(t + sqrt(2.0 * t + t * t));
}

double vonk_strict_sinh(double x) {
  uint32_t high = (uint32_t)high_word(x) & 0x7fffffff;
  double half = x < 0 ? -0.5 : 0.5, size = fabs(x);
  if (high >= 0x7ff00000) return x + x;
  if (size < 22) {
    if (high < 0x3e300000) return x;
    double t = vonk_strict_expm1(size);
    return high < 0x3ff00000 ? half * (2.0 * t - t * t / (t + 1.0)) : half * (t + t / (t + 1.0));
  }
  if (high < 0x40862e42) return half * vonk_strict_exp(size);
  if (size > HYPERBOLIC_MAX) return x * INFINITY;
  double root = vonk_strict_exp(0.5 * size);
  return half * root * root;
}

double vonk_strict_cosh(double x) {
  uint32_t high = (uint32_t)high_word(x) & 0x7fffffff;
  double size = fabs(x);
  if (high >= 0x7ff00000) return x * x;
  if (high < 0x3fd62e43) {
    double t = vonk_strict_expm1(size), w = 1.0 + t;
    return high < 0x3c800000 ? w : 1.0 + (t * t) / (w + w);
  }
  if (size < 22) {
    double t = vonk_strict_exp(size);
    return 0.5 * t + 0.5 / t;
  }
  if (high < 0x40862e42) return 0.5 * vonk_strict_exp(size);
  if (size > HYPERBOLIC_MAX) return INFINITY;
  double root = vonk_strict_exp(0.5 * size);
  return 0.5 * root * root;
}

double vonk_strict_tanh(double x) {
  uint32_t high = (uint32_t)high_word(x) & 0x7fffffff;
  double size = fabs(x), z = 1.0;
  if (isnan(x)) return x;
  if (high < 0x3c800000) return x * (1.0 + x);
  if (high < 0x3ff00000) {
    double t = vonk_strict_expm1(-2.0 * size);
    z = -t / (t + 2.0);
  } else if (size < 22) {
    z = 1.0 - 2.0 / (vonk_strict_expm1(2.0 * size) + 2.0);
  }
  return x < 0 ? -z : z;
}
