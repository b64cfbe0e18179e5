/* strict_math.h: exponentials, logarithms and hyperbolic functions to the last bit as Spark has them.
 *
 * Spark takes these from Java's StrictMath, which prescribes the algorithms of fdlibm (K. C. Ng, SunSoft, 1993): argument
 * reduction by ln 2 in two parts, then a polynomial. They are within one unit in the last place, so another good library
 * differs now and then.
 */
#ifndef VONK_FUNC_STRICT_MATH_H
#define VONK_FUNC_STRICT_MATH_H

double vonk_strict_exp(double x);
double vonk_strict_expm1(double x);
double vonk_strict_log(double x);
double vonk_strict_log10(double x);
double vonk_strict_log1p(double x);
double vonk_strict_sinh(double x);
double vonk_strict_cosh(double x);
double vonk_strict_tanh(double x);
double vonk_strict_asinh(double x);
double vonk_strict_acosh(double x);

#endif
