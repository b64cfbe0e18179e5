/* math.c: roots, powers, logarithms, trigonometry over doubles, and what gives a number from a number. */
#include <math.h>

#include "func/rows.h"
#include "func/strict_math.h"

/* --- one double to one double --- */

#define DOUBLE_ROW(name, expression)                                        \
  static STATUS name##_row(struct vonk_frame *frame, uint32_t row) {        \
    double x = vonk_row_real(frame, 0, row);                                \
    vonk_row_put_real(frame, row, (expression));                            \
    return VONK_OK;                                                         \
  }                                                                         \
  static STATUS math_##name(struct vonk_frame *frame) { return vonk_rows_each(frame, name##_row); }

DOUBLE_ROW(sqrt, sqrt(x))
/* The C library's cbrt is an ulp off for cubes. */
DOUBLE_ROW(cbrt, (double)cbrtl(x))
DOUBLE_ROW(exp, vonk_strict_exp(x))
DOUBLE_ROW(expm1, vonk_strict_expm1(x))
DOUBLE_ROW(sin, sin(x))
DOUBLE_ROW(cos, cos(x))
DOUBLE_ROW(tan, tan(x))
DOUBLE_ROW(cot, 1 / tan(x))
DOUBLE_ROW(sec, 1 / cos(x))
DOUBLE_ROW(csc, 1 / sin(x))
DOUBLE_ROW(asin, asin(x))
DOUBLE_ROW(acos, acos(x))
DOUBLE_ROW(atan, atan(x))
DOUBLE_ROW(sinh, vonk_strict_sinh(x))
DOUBLE_ROW(cosh, vonk_strict_cosh(x))
DOUBLE_ROW(tanh, vonk_strict_tanh(x))
/* The definitions by logarithms that Spark takes, so that the last digits agree. */
DOUBLE_ROW(asinh, vonk_strict_asinh(x))
DOUBLE_ROW(acosh, vonk_strict_acosh(x))
DOUBLE_ROW(atanh, 0.5 * (vonk_strict_log1p(x) - vonk_strict_log1p(-x)))
DOUBLE_ROW(degrees, x * (180.0 / M_PI))
DOUBLE_ROW(radians, x / 180.0 * M_PI)
DOUBLE_ROW(rint, rint(x))

/* Of an interval too. */
static STATUS signum_row(struct vonk_frame *frame, uint32_t row) {
  bool interval = vonk_type_is_interval(frame->arguments[0].type);
  double x = interval ? (double)vonk_row_int(frame, 0, row) : vonk_row_real(frame, 0, row);
  vonk_row_put_real(frame, row, x > 0 ? 1 : x < 0 ? -1 : x);
  return VONK_OK;
}
static STATUS math_signum(struct vonk_frame *frame) { return vonk_rows_each(frame, signum_row); }

/* Logarithms are null outside their domain. LIMIT: the largest argument that has none. */
#define LOGARITHM_ROW(name, limit, expression)                              \
  static STATUS name##_row(struct vonk_frame *frame, uint32_t row) {        \
    double x = vonk_row_real(frame, 0, row);                                \
    if (x <= (limit)) vonk_row_put_null(frame, row);                        \
    else vonk_row_put_real(frame, row, (expression));                       \
    return VONK_OK;                                                         \
  }                                                                         \
  static STATUS math_##name(struct vonk_frame *frame) { return vonk_rows_each(frame, name##_row); }

LOGARITHM_ROW(ln, 0, vonk_strict_log(x))
LOGARITHM_ROW(log2, 0, vonk_strict_log(x) / vonk_strict_log(2.0))
LOGARITHM_ROW(log10, 0, vonk_strict_log10(x))
LOGARITHM_ROW(log1p, -1, vonk_strict_log1p(x))

/* log(x), or log(base, x). */
static STATUS log_row(struct vonk_frame *frame, uint32_t row) {
  if (frame->argument_count == 1) return ln_row(frame, row);
  double base = vonk_row_real(frame, 0, row), x = vonk_row_real(frame, 1, row);
  if (x <= 0 || base <= 0) vonk_row_put_null(frame, row);
  else vonk_row_put_real(frame, row, vonk_strict_log(x) / vonk_strict_log(base));
  return VONK_OK;
}
static STATUS math_log(struct vonk_frame *frame) { return vonk_rows_each(frame, log_row); }

/* --- two doubles --- */

static STATUS pow_row(struct vonk_frame *frame, uint32_t row) {
  double x = vonk_row_real(frame, 0, row), y = vonk_row_real(frame, 1, row);
  /* Java gives NaN where C gives 1: 1 to the power of NaN or infinity, -1 to that of infinity. */
  double value = isnan(y) || (isinf(y) && fabs(x) == 1) ? NAN : pow(x, y);
  vonk_row_put_real(frame, row, value);
  return VONK_OK;
}
static STATUS math_pow(struct vonk_frame *frame) { return vonk_rows_each(frame, pow_row); }

static STATUS atan2_row(struct vonk_frame *frame, uint32_t row) {
  /* -0.0 counts as 0.0. */
  vonk_row_put_real(frame, row, atan2(vonk_row_real(frame, 0, row) + 0.0, vonk_row_real(frame, 1, row) + 0.0));
  return VONK_OK;
}
static STATUS math_atan2(struct vonk_frame *frame) { return vonk_rows_each(frame, atan2_row); }

static STATUS hypot_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_real(frame, row, hypot(vonk_row_real(frame, 0, row), vonk_row_real(frame, 1, row)));
  return VONK_OK;
}
static STATUS math_hypot(struct vonk_frame *frame) { return vonk_rows_each(frame, hypot_row); }

/* --- constants --- */

static STATUS pi_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_real(frame, row, M_PI);
  return VONK_OK;
}
static STATUS math_pi(struct vonk_frame *frame) { return vonk_rows_each(frame, pi_row); }
static STATUS e_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_real(frame, row, M_E);
  return VONK_OK;
}
static STATUS math_e(struct vonk_frame *frame) { return vonk_rows_each(frame, e_row); }

/* --- others --- */

static STATUS factorial_row(struct vonk_frame *frame, uint32_t row) {
  int64_t n = vonk_row_int(frame, 0, row), product = 1;
  if (n < 0 || n > 20) {
    vonk_row_put_null(frame, row);
    return VONK_OK;
  }
  for (int64_t i = 2; i <= n; i++) product *= i;
  vonk_row_put_long(frame, row, product);
  return VONK_OK;
}
static STATUS math_factorial(struct vonk_frame *frame) { return vonk_rows_each(frame, factorial_row); }

/* The bucket, from 1, of a value among COUNT equal ones between two ends; 0 and COUNT + 1 outside. */
static STATUS width_bucket_row(struct vonk_frame *frame, uint32_t row) {
  double value = vonk_row_real(frame, 0, row), low = vonk_row_real(frame, 1, row), high = vonk_row_real(frame, 2, row);
  int64_t count = vonk_row_int(frame, 3, row), bucket;
  if (count <= 0 || count == INT64_MAX || isnan(value) || low == high || !isfinite(low) || !isfinite(high)) {
    vonk_row_put_null(frame, row);
    return VONK_OK;
  }
  bool up = low < high;
  if (up ? value < low : value > low) bucket = 0;
  else if (up ? value >= high : value <= high) bucket = count + 1;
  else bucket = (int64_t)((double)count * (up ? value - low : low - value) / (up ? high - low : low - high)) + 1;
  vonk_row_put_long(frame, row, bucket);
  return VONK_OK;
}
static STATUS width_bucket(struct vonk_frame *frame) { return vonk_rows_each(frame, width_bucket_row); }

#define MATH(row_name, row_signature, row_flags, row_eval, row_doc, row_example) MATH_AS(row_name, NULL, row_signature, row_flags, row_eval, row_doc, row_example)
#define MATH_AS(row_name, row_shown, row_signature, row_flags, row_eval, row_doc, row_example)                                       \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .flags = row_flags, .eval = row_eval,       \
   .shown = row_shown, .group = "math_funcs", .doc = row_doc, .example = row_example}
/* Spark's schemas say nullable of all functions of one double. */
#define SIGN "(double) -> double | (intervalym) -> double | (intervaldt) -> double"
#define ONE "(double) -> double"
#define TWO "(double, double) -> double"

const struct vonk_function vonk_functions_math[] = {
    MATH_AS("sqrt", "SQRT", ONE, VONK_FN_MAY_NULL, math_sqrt, "The square root.", "SELECT sqrt(6.25)"),
    MATH_AS("cbrt", "CBRT", ONE, VONK_FN_MAY_NULL, math_cbrt, "The cube root.", "SELECT cbrt(-27.0)"),
    MATH_AS("exp", "EXP", ONE, VONK_FN_MAY_NULL, math_exp, "e to the power of the argument.", "SELECT exp(0)"),
    MATH_AS("expm1", "EXPM1", ONE, VONK_FN_MAY_NULL, math_expm1, "exp(x) - 1, exact for small arguments.", "SELECT expm1(0)"),
    MATH("ln", ONE, VONK_FN_MAY_NULL, math_ln, "The natural logarithm.", "SELECT ln(1)"),
    MATH_AS("log", "LOG(E(), $1)|LOG($1, $2)", "(double) -> double | (double, double) -> double", VONK_FN_MAY_NULL, math_log,
         "The logarithm to a base, or the natural one.", "SELECT log(10, 1000)"),
    MATH_AS("log2", "LOG2", ONE, VONK_FN_MAY_NULL, math_log2, "The logarithm to base 2.", "SELECT log2(8)"),
    MATH_AS("log10", "LOG10", ONE, VONK_FN_MAY_NULL, math_log10, "The logarithm to base 10.", "SELECT log10(1000)"),
    MATH_AS("log1p", "LOG1P", ONE, VONK_FN_MAY_NULL, math_log1p, "ln(x + 1), exact for small arguments.", "SELECT log1p(0)"),
    MATH("pow", TWO, 0, math_pow, "The first to the power of the second.", "SELECT pow(2, 10)"),
    MATH_AS("power", "POWER", TWO, 0, math_pow, "The same as pow.", "SELECT power(2, -2)"),
    MATH_AS("sin", "SIN", ONE, VONK_FN_MAY_NULL, math_sin, "The sine.", "SELECT sin(0)"),
    MATH_AS("cos", "COS", ONE, VONK_FN_MAY_NULL, math_cos, "The cosine.", "SELECT cos(0)"),
    MATH_AS("tan", "TAN", ONE, VONK_FN_MAY_NULL, math_tan, "The tangent.", "SELECT tan(0)"),
    MATH_AS("cot", "COT", ONE, VONK_FN_MAY_NULL, math_cot, "The cotangent.", "SELECT cot(1)"),
    MATH_AS("sec", "SEC", ONE, VONK_FN_MAY_NULL, math_sec, "The secant.", "SELECT sec(0)"),
    MATH_AS("csc", "CSC", ONE, VONK_FN_MAY_NULL, math_csc, "The cosecant.", "SELECT csc(1)"),
    MATH_AS("asin", "ASIN", ONE, VONK_FN_MAY_NULL, math_asin, "The inverse of the sine.", "SELECT asin(0)"),
    MATH_AS("acos", "ACOS", ONE, VONK_FN_MAY_NULL, math_acos, "The inverse of the cosine.", "SELECT acos(1)"),
    MATH_AS("atan", "ATAN", ONE, VONK_FN_MAY_NULL, math_atan, "The inverse of the tangent.", "SELECT atan(0)"),
    MATH_AS("atan2", "ATAN2", TWO, 0, math_atan2, "The angle of the point (second, first).", "SELECT atan2(0, -1)"),
    MATH_AS("sinh", "SINH", ONE, VONK_FN_MAY_NULL, math_sinh, "The hyperbolic sine.", "SELECT sinh(0)"),
    MATH_AS("cosh", "COSH", ONE, VONK_FN_MAY_NULL, math_cosh, "The hyperbolic cosine.", "SELECT cosh(0)"),
    MATH_AS("tanh", "TANH", ONE, VONK_FN_MAY_NULL, math_tanh, "The hyperbolic tangent.", "SELECT tanh(0)"),
    MATH_AS("asinh", "ASINH", ONE, VONK_FN_MAY_NULL, math_asinh, "The inverse of the hyperbolic sine.", "SELECT asinh(0)"),
    MATH_AS("acosh", "ACOSH", ONE, VONK_FN_MAY_NULL, math_acosh, "The inverse of the hyperbolic cosine.", "SELECT acosh(1)"),
    MATH_AS("atanh", "ATANH", ONE, VONK_FN_MAY_NULL, math_atanh, "The inverse of the hyperbolic tangent.", "SELECT atanh(0)"),
    MATH_AS("degrees", "DEGREES", ONE, VONK_FN_MAY_NULL, math_degrees, "Radians to degrees.", "SELECT degrees(pi())"),
    MATH_AS("radians", "RADIANS", ONE, VONK_FN_MAY_NULL, math_radians, "Degrees to radians.", "SELECT radians(180)"),
    MATH("rint", ONE, VONK_FN_MAY_NULL, math_rint, "The nearest whole number, the even one of two.", "SELECT rint(2.5)"),
    MATH_AS("signum", "SIGNUM", SIGN, VONK_FN_MAY_NULL, math_signum, "-1, 0 or 1 by the sign.", "SELECT signum(-7.5)"),
    MATH("sign", SIGN, VONK_FN_MAY_NULL, math_signum, "-1, 0 or 1 by the sign.", "SELECT sign(42)"),
    MATH_AS("hypot", "HYPOT", TWO, 0, math_hypot, "The length of a hypotenuse.", "SELECT hypot(3, 4)"),
    {.name = "pi", .shown = "PI", .signature = "() -> double", .nulls = VONK_NULLS_NEVER, .eval = math_pi, .group = "math_funcs", .doc = "The number pi.",
     .example = "SELECT pi()"},
    {.name = "e", .shown = "E", .signature = "() -> double", .nulls = VONK_NULLS_NEVER, .eval = math_e, .group = "math_funcs", .doc = "Euler's number.",
     .example = "SELECT e()"},
    MATH("factorial", "(int) -> bigint", VONK_FN_MAY_NULL, math_factorial, "The factorial of 0 to 20.", "SELECT factorial(5)"),
    MATH("width_bucket", "(double, double, double, bigint) -> bigint", VONK_FN_MAY_NULL, width_bucket,
         "Number of the bucket of a value among equal ones between two ends.", "SELECT width_bucket(5.3, 0.2, 10.6, 5)"),
    {0},
};
