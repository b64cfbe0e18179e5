/* decimal.h: Spark's rules for decimals: result types, rounding, text and doubles.
 *
 * A decimal value is an unscaled 128-bit integer; precision and scale are the type's. Rounding is half away from zero
 * (Java's HALF_UP). LOSS is spark.sql.decimalOperations.allowPrecisionLoss.
 */
#ifndef VONK_TYPE_DECIMAL_H
#define VONK_TYPE_DECIMAL_H

#include "base/int128.h"
#include "type/type.h"

struct vonk_decimal_shape {
  int precision, scale;
};

/* Types of a + b, a - b, a * b, a / b, a % b (and pmod), a div b (before its cast to BIGINT). */
struct vonk_decimal_shape vonk_decimal_add_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss);
struct vonk_decimal_shape vonk_decimal_multiply_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss);
struct vonk_decimal_shape vonk_decimal_divide_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss);
struct vonk_decimal_shape vonk_decimal_remainder_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool loss);
struct vonk_decimal_shape vonk_decimal_integral_divide_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b);
/* The type both fit: UNION, CASE, comparisons. RETAIN_FRACTION is spark.sql.legacy.decimal.retainFractionDigitsOnTruncate. */
struct vonk_decimal_shape vonk_decimal_wider_shape(struct vonk_decimal_shape a, struct vonk_decimal_shape b, bool retain_fraction);
/* Cut to 38 digits; scale suffers only above 38 itself. For sums (precision + 10) and averages (+ 4, scale + 4). */
struct vonk_decimal_shape vonk_decimal_bounded(int precision, int scale);
/* Cut to 38 digits by giving up scale, but not below min(scale, 6). */
struct vonk_decimal_shape vonk_decimal_adjusted(int precision, int scale);
/* The decimal type a number takes part as: INT is (10,0), LONG (20,0), DOUBLE (30,15), ... A DECIMAL is itself. */
struct vonk_decimal_shape vonk_decimal_shape_of(const struct vonk_type *type);
/* Have all values of INNER a place in OUTER, with all their digits? */
static inline bool vonk_decimal_shape_holds(struct vonk_decimal_shape outer, struct vonk_decimal_shape inner) {
  return outer.precision - outer.scale >= inner.precision - inner.scale && outer.scale >= inner.scale;
}

static inline bool vonk_decimal_fits(vonk_int128 value, int precision) {
  return value < vonk_pow10_128[precision] && value > -vonk_pow10_128[precision];
}
/* VALUE of scale FROM at scale SHAPE.scale, rounded; false when it needs more than SHAPE.precision digits. */
bool vonk_decimal_rescale(vonk_int128 value, int from, struct vonk_decimal_shape shape, vonk_int128 *out);

enum vonk_decimal_parse { VONK_DECIMAL_OK, VONK_DECIMAL_MALFORMED, VONK_DECIMAL_OVERFLOW };
/* Text as java.math.BigDecimal reads it ("1", "-.5", "1.", "2E-3"; blanks and control characters around it are dropped),
 * rounded to the shape. OVERFLOW: a number, but too large. */
enum vonk_decimal_parse vonk_decimal_parse(struct vonk_str text, struct vonk_decimal_shape shape, vonk_int128 *out);
/* The same with the shape the text itself has ("1.50" is (3,2), "1E3" is (4,0)): literals. */
enum vonk_decimal_parse vonk_decimal_parse_natural(struct vonk_str text, vonk_int128 *out, struct vonk_decimal_shape *shape);

enum { VONK_DECIMAL_TEXT_MAX = 64 };
/* Plain digits ("0.0000001"). Returns the length. */
int vonk_decimal_format(vonk_int128 value, int scale, char out[VONK_DECIMAL_TEXT_MAX]);
/* As BigDecimal.toString: with an exponent when the value is below 1E-6 ("1E-7"). */
int vonk_decimal_format_exponent(vonk_int128 value, int scale, char out[VONK_DECIMAL_TEXT_MAX]);

/* The nearest double and float. */
double vonk_decimal_to_double(vonk_int128 value, int scale);
float vonk_decimal_to_float(vonk_int128 value, int scale);
/* Through the shortest text of the double, as Spark does: 0.1 is 0.1. False for NaN, infinities and what does not fit. */
bool vonk_decimal_from_double(double real, struct vonk_decimal_shape shape, vonk_int128 *out);

#endif
