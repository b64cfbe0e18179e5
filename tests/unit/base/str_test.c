/* str_test.c: strings, growing text, numbers, UTF-8, the map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

static void test_str__numbers(void **state) {
  (void)state;
  int64_t integer;
  assert_true(vonk_str_to_int64(STR("-9223372036854775808"), &integer) && integer == INT64_MIN);
  assert_true(vonk_str_to_int64(STR("+9223372036854775807"), &integer) && integer == INT64_MAX);
  const char *bad[] = {"9223372036854775808", "-9223372036854775809", "", "-", "+", "1 ", " 1", "1x", "0x1"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(vonk_str_to_int64(vonk_str_of(bad[i]), &integer));
  const struct { const char *text; double value; } reals[] = {
      {"0", 0}, {"1.5", 1.5}, {"-.5", -.5}, {"5.", 5}, {"1e22", 1e22}, {"1e23", 1e23}, {"123456789012345678901234567890", 123456789012345678901234567890.0},
      {"4.9e-324", 4.9e-324}, {"1e-400", 0}, {"1.7976931348623157e308", DBL_MAX}, {"1e400", INFINITY}, {"9007199254740993", 9007199254740992.0},
      {"0.1", 0.1}, {"2.2250738585072011e-308", 2.2250738585072011e-308}, {"1e99999999999999999999", INFINITY}, {"0e99999999999999999999", 0},
      {"0.000000000000000000000000000000000000000001e42", 1}, {"1E+2", 100}};
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    double real;
    assert_true(vonk_str_to_double(vonk_str_of(reals[i].text), &real));
    assert_true(real == reals[i].value);
  }
  const char *bad_reals[] = {"", ".", "-", "e5", "1e", "1e+", "1.2.3", "nan", "inf", "0x1p3", "1 ", "--1"};
  double real;
  for (size_t i = 0; i < sizeof bad_reals / sizeof *bad_reals; i++) assert_false(vonk_str_to_double(vonk_str_of(bad_reals[i]), &real));
}

static void test_str__text_grows(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (int i = 0; i < 1000; i++) vonk_text_addf(&text, "%d,", i % 10);
  vonk_text_add(&text, STR("end"));
  vonk_text_add_char(&text, '.');
  assert_int_equal(text.size, 2004);
  assert_true(vonk_str_ends_with(vonk_text_str(&text), STR("8,9,end.")));
  struct vonk_str big = vonk_str_format(arena, "%0500d", 7);
  assert_int_equal(big.size, 500);
  assert_int_equal(vonk_str_find(STR("abcabc"), STR("ca"), 0), 2);
  assert_int_equal(vonk_str_find(STR("abcabc"), STR("x"), 0), SIZE_MAX);
  assert_true(vonk_str_equal(vonk_str_trim(STR(" \t a b\n")), STR("a b")));
  assert_true(vonk_str_equal_nocase(STR("SeLect"), STR("sELECT")));
  assert_true(vonk_str_compare(STR("a"), STR("ab")) < 0 && vonk_str_compare(STR("b"), STR("ab")) > 0);
  vonk_arena_destroy(arena);
}

static void test_str__utf8(void **state) {
  (void)state;
  assert_true(vonk_utf8_valid(STR("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80 plain ascii behind")));
  const char *bad[] = {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\x80", "abcdefgh\xC3"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(vonk_utf8_valid(vonk_str_of(bad[i])));
  assert_int_equal(vonk_utf8_count(STR("\xE2\x82\xAC\x80x")), 3);
  for (uint32_t code = 0; code < 0x110000; code += code < 0x800 ? 1 : 13) {
    char bytes[4];
    size_t at = 0, size = vonk_utf8_encode(code, bytes);
    uint32_t expected = code >= 0xD800 && code < 0xE000 ? 0xFFFD : code;
    assert_int_equal(vonk_utf8_decode(vonk_str_make(bytes, size), &at), expected);
    assert_int_equal(at, size);
  }
}

static void test_str__map(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_map map;
  vonk_map_init(&map, arena, true);
  int values[2000];
  for (int i = 0; i < 2000; i++) assert_true(vonk_map_put(&map, vonk_str_format(arena, "Key%d", i), &values[i]));
  assert_false(vonk_map_put(&map, STR("KEY7"), &values[8]));
  assert_ptr_equal(vonk_map_get(&map, STR("key7")), &values[8]);
  for (int i = 0; i < 2000; i += 2) assert_true(vonk_map_remove(&map, vonk_str_format(arena, "kEY%d", i)));
  assert_false(vonk_map_remove(&map, STR("key0")));
  for (int i = 0; i < 5000; i++) {
    vonk_map_put(&map, vonk_str_format(arena, "more%d", i), NULL);
    vonk_map_remove(&map, vonk_str_format(arena, "more%d", i));
  }
  assert_int_equal(map.live_count, 1000);
  int expected = 1;
  for (size_t i = 0; i < map.entry_count; i++) {
    if (!map.entries[i].live) continue;
    assert_true(vonk_str_equal(map.entries[i].key, vonk_str_format(arena, "Key%d", expected)));
    expected += 2;
  }
  assert_false(vonk_map_has(&map, STR("more1")));
  vonk_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_str__numbers),
      cmocka_unit_test(test_str__text_grows),
      cmocka_unit_test(test_str__utf8),
      cmocka_unit_test(test_str__map),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
