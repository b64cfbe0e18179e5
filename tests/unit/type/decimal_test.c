/* decimal_test.c: types of results, rounding, text and reals against Spark's own answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "type/decimal.h"

static void assert_shape(struct vonk_decimal_shape shape, int precision, int scale) {
  assert_int_equal(shape.precision, precision);
  assert_int_equal(shape.scale, scale);
}

static void test_decimal__result_types(void **state) {
  (void)state;
  static const int cases[][22] = {
#define SHAPE(...) {__VA_ARGS__},
#include "shape_cases.def"
#undef SHAPE
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const int *c = cases[i];
    struct vonk_decimal_shape a = {c[0], c[1]}, b = {c[2], c[3]};
    for (int loss = 0; loss < 2; loss++) {
      const int *want = c + (loss ? 4 : 12);
      assert_shape(vonk_decimal_add_shape(a, b, loss), want[0], want[1]);
      assert_shape(vonk_decimal_multiply_shape(a, b, loss), want[2], want[3]);
      assert_shape(vonk_decimal_divide_shape(a, b, loss), want[4], want[5]);
      assert_shape(vonk_decimal_remainder_shape(a, b, loss), want[6], want[7]);
    }
    assert_shape(vonk_decimal_wider_shape(a, b, false), c[20], c[21]);
  }
}

static vonk_int128 unscaled(const char *text) {
  vonk_int128 value = 0;
  for (const char *p = text + (*text == '-'); *p; p++) value = value * 10 + (*p - '0');
  return *text == '-' ? -value : value;
}

static void assert_text(const char *text, int size, const char *expected) {
  assert_int_equal(size, strlen(expected));
  assert_memory_equal(text, expected, size);
}

static void test_decimal__values(void **state) {
  (void)state;
  static const struct {
    const char *unscaled;
    int scale;
    const char *plain, *exponent;
    uint64_t double_bits;
    uint32_t float_bits;
    int to_precision, to_scale;
    const char *cast;
  } cases[] = {
#define VALUE(...) {__VA_ARGS__},
#include "decimal_cases.def"
#undef VALUE
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    vonk_int128 value = unscaled(cases[i].unscaled), cast, back;
    char text[VONK_DECIMAL_TEXT_MAX];
    assert_text(text, vonk_decimal_format(value, cases[i].scale, text), cases[i].plain);
    assert_text(text, vonk_decimal_format_exponent(value, cases[i].scale, text), cases[i].exponent);
    double real = vonk_decimal_to_double(value, cases[i].scale);
    float narrow = vonk_decimal_to_float(value, cases[i].scale);
    assert_memory_equal(&real, &cases[i].double_bits, 8);
    assert_memory_equal(&narrow, &cases[i].float_bits, 4);
    struct vonk_decimal_shape shape = {cases[i].to_precision, cases[i].to_scale};
    bool fits = vonk_decimal_rescale(value, cases[i].scale, shape, &cast);
    assert_int_equal(fits, strcmp(cases[i].cast, "N") != 0);
    if (fits) assert_text(text, vonk_decimal_format_exponent(cast, shape.scale, text), cases[i].cast);
    /* Text reads back as the value, by its own shape and by a wide one. */
    assert_int_equal(vonk_decimal_parse(vonk_str_of(cases[i].exponent), (struct vonk_decimal_shape){38, cases[i].scale}, &back), VONK_DECIMAL_OK);
    assert_true(back == value);
    assert_int_equal(vonk_decimal_parse_natural(vonk_str_of(cases[i].plain), &back, &shape), VONK_DECIMAL_OK);
    assert_int_equal(shape.scale, cases[i].scale);
    assert_true(back == value);
  }
}

static void test_decimal__natural_shapes(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int precision, scale;
  } cases[] = {{"1.50", 3, 2}, {"0.001", 3, 3}, {"1E3", 4, 0}, {"-12", 2, 0}, {"0", 1, 0}, {"0.0", 1, 1}, {"1E-3", 3, 3}, {"007", 1, 0}};
  vonk_int128 value;
  struct vonk_decimal_shape shape;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(vonk_decimal_parse_natural(vonk_str_of(cases[i].text), &value, &shape), VONK_DECIMAL_OK);
    assert_shape(shape, cases[i].precision, cases[i].scale);
  }
  assert_int_equal(vonk_decimal_parse_natural(STR("1E38"), &value, &shape), VONK_DECIMAL_OVERFLOW);
  assert_int_equal(vonk_decimal_parse_natural(STR("0.000000000000000000000000000000000000001"), &value, &shape), VONK_DECIMAL_OVERFLOW);
  assert_int_equal(vonk_decimal_parse_natural(STR("1.2.3"), &value, &shape), VONK_DECIMAL_MALFORMED);
  assert_true(vonk_decimal_from_double(0.1, (struct vonk_decimal_shape){10, 3}, &value) && value == 100);
  assert_false(vonk_decimal_from_double(1e300, (struct vonk_decimal_shape){38, 0}, &value));
  assert_false(vonk_decimal_from_double(__builtin_nan(""), (struct vonk_decimal_shape){38, 0}, &value));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_decimal__result_types),
      cmocka_unit_test(test_decimal__values),
      cmocka_unit_test(test_decimal__natural_shapes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
