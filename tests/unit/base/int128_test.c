/* int128_test.c: 256-bit steps against values computed with arbitrary precision, and against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/int128.h"

static uint64_t random_state = 3;
static uint64_t next_random(void) { return random_state = random_state * 6364136223846793005u + 1442695040888963407u, random_state ^ random_state >> 29; }

static vonk_int128 parse(const char *text) {
  vonk_int128 value = 0;
  for (const char *p = text + (*text == '-'); *p; p++) value = value * 10 + (*p - '0');
  return *text == '-' ? -value : value;
}

static void assert_text(vonk_int128 value, const char *expected) {
  char text[48];
  text[vonk_int128_format(value, 0, text)] = 0;
  assert_string_equal(text, expected);
}

/* Expected values from exact integer arithmetic, halves away from zero as BigDecimal's HALF_UP. */
static void test_int128__multiply(void **state) {
  (void)state;
  const struct { const char *a, *b; int drop; const char *result; } cases[] = {
      {"15", "1", 1, "2"}, {"-15", "1", 1, "-2"}, {"14", "1", 1, "1"}, {"-14", "1", 1, "-1"}, {"7", "6", 0, "42"},
      {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999", 38, "99999999999999999999999999999999999998"},
      {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999", 76, "1"},
      {"-99999999999999999999999999999999999999", "70000000000000000000000000000000000000", 40, "-700000000000000000000000000000000000"},
      {"12345678901234567890123456789012345678", "98765432109876543210987654321098765432", 45, "1219326311370217952261850327339"},
      {"170141183460469231731687303715884105727", "10", 1, "170141183460469231731687303715884105727"},
      {"170141183460469231731687303715884105727", "100", 1, NULL},
      {"0", "99999999999999999999999999999999999999", 76, "0"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    vonk_int128 out;
    bool fits = vonk_int128_multiply_scaled(parse(cases[i].a), parse(cases[i].b), cases[i].drop, &out);
    assert_int_equal(fits, cases[i].result != NULL);
    if (fits) assert_text(out, cases[i].result);
  }
}

static void test_int128__divide(void **state) {
  (void)state;
  const struct { const char *a, *b; int raise; const char *result; } cases[] = {
      {"1", "3", 38, "33333333333333333333333333333333333333"}, {"2", "3", 6, "666667"}, {"-2", "3", 6, "-666667"},
      {"1", "2", 0, "1"}, {"-1", "2", 0, "-1"}, {"1", "-3", 0, "0"},
      {"99999999999999999999999999999999999999", "99999999999999999999999999999999999998", 38, "100000000000000000000000000000000000001"},
      {"123456789012345678901234567890", "98765432109876543210987654321098765432", 45, "1249999988609375000142382812496970215"},
      {"1", "99999999999999999999999999999999999999", 76, "100000000000000000000000000000000000001"},
      {"10", "1", 38, NULL}, {"99999999999999999999999999999999999999", "1", 76, NULL},
      {"170141183460469231731687303715884105727", "170141183460469231731687303715884105727", 38, "100000000000000000000000000000000000000"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    vonk_int128 out;
    bool fits = vonk_int128_divide_scaled(parse(cases[i].a), parse(cases[i].b), cases[i].raise, &out);
    assert_int_equal(fits, cases[i].result != NULL);
    if (fits) assert_text(out, cases[i].result);
  }
}

/* (a * b + rest) / b == a for divisors of every length: exercises each branch of the long division. */
static void test_int128__divide_undoes_multiply(void **state) {
  (void)state;
  for (int i = 0; i < 200000; i++) {
    vonk_uint128 a = (vonk_uint128)next_random() << 64 | next_random(), b = (vonk_uint128)next_random() << 64 | next_random();
    vonk_int128 x = (vonk_int128)(a >> (2 + next_random() % 120)), y = (vonk_int128)(b >> (2 + next_random() % 120)) | 1, product, back;
    if (next_random() & 1) x = -x;
    if (next_random() & 1) y = -y;
    int digits = (int)(next_random() % 39);
    /* x * 10^digits / y * y rounds to within one unit of 10^digits of x. */
    if (!vonk_int128_divide_scaled(x, y, digits, &product)) continue;
    assert_true(vonk_int128_multiply_scaled(product, y, digits, &back));
    vonk_int128 difference = back > x ? back - x : x - back;
    vonk_int128 allowed = (y < 0 ? -y : y) / vonk_pow10_128[digits] + 1;
    assert_true(difference <= allowed);
    if (digits == 0 && !__builtin_mul_overflow(x, y, &product)) {
      assert_true(vonk_int128_divide_scaled(product, y, 0, &back));
      assert_true(back == x);
    }
  }
}

static void test_int128__format(void **state) {
  (void)state;
  const struct { vonk_int128 value; int scale; const char *text; } cases[] = {
      {0, 0, "0"}, {0, 2, "0.00"}, {5, 1, "0.5"}, {-5, 3, "-0.005"}, {12345, 2, "123.45"}, {-100, 2, "-1.00"},
      {VONK_INT128_MIN, 0, "-170141183460469231731687303715884105728"}, {VONK_INT128_MAX, 38, "1.70141183460469231731687303715884105727"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[48];
    text[vonk_int128_format(cases[i].value, cases[i].scale, text)] = 0;
    assert_string_equal(text, cases[i].text);
  }
  for (int i = 1; i < 39; i++) assert_true(vonk_pow10_128[i] / 10 == vonk_pow10_128[i - 1] && vonk_pow10_128[i] % 10 == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_int128__multiply),
      cmocka_unit_test(test_int128__divide),
      cmocka_unit_test(test_int128__divide_undoes_multiply),
      cmocka_unit_test(test_int128__format),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
