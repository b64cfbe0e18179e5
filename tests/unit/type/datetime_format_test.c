/* datetime_format_test.c: patterns against Spark's own answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "type/datetime_format.h"

static const char *const faults[] = {"", "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN", "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER",
                                     "INVALID_DATETIME_PATTERN.LENGTH", "INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
                                     "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION"};

struct print_case {
  const char *zone;
  int64_t micros;
  const char *pattern, *result;
};
struct parse_case {
  const char *zone, *text, *pattern, *result;
};

static void test_datetime_format__prints(void **state) {
  (void)state;
  static const struct print_case cases[] = {
#define PRINT(...) {__VA_ARGS__},
#define PARSE(...)
#include "pattern_cases.def"
#undef PRINT
#undef PARSE
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct vonk_arena *arena = vonk_arena_create(NULL);
    const struct vonk_timezone *zone;
    const struct vonk_datetime_format *format;
    assert_true(vonk_timezone_load(arena, vonk_str_of(cases[i].zone), &zone));
    enum vonk_datetime_fault fault = vonk_datetime_format_compile(arena, vonk_str_of(cases[i].pattern), false, &format, NULL);
    struct vonk_str result;
    if (fault) {
      result = vonk_str_format(arena, "!%s", faults[fault]);
    } else {
      char *text = vonk_arena_alloc(arena, vonk_datetime_format_max(format));
      size_t size = vonk_datetime_format_print(format, zone, cases[i].micros, text);
      result = vonk_str_format(arena, "=%.*s", (int)size, text);
    }
    assert_string_equal(result.data, cases[i].result);
    vonk_arena_destroy(arena);
  }
}

static void test_datetime_format__parses(void **state) {
  (void)state;
  static const struct parse_case cases[] = {
#define PRINT(...)
#define PARSE(...) {__VA_ARGS__},
#include "pattern_cases.def"
#undef PRINT
#undef PARSE
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct vonk_arena *arena = vonk_arena_create(NULL);
    struct vonk_parse_context context = {.arena = arena};
    const struct vonk_datetime_format *format;
    assert_true(vonk_timezone_load(arena, vonk_str_of(cases[i].zone), &context.zone));
    enum vonk_datetime_fault fault = vonk_datetime_format_compile(arena, vonk_str_of(cases[i].pattern), true, &format, NULL);
    struct vonk_str result = STR("N");
    int64_t micros;
    if (fault) result = vonk_str_format(arena, "!%s", faults[fault]);
    else if (vonk_datetime_format_parse(format, vonk_str_of(cases[i].text), &context, &micros)) result = vonk_str_format(arena, "=%ld", (long)micros);
    if (strcmp(result.data, cases[i].result) != 0) print_error("'%s' by '%s'\n", cases[i].text, cases[i].pattern);
    assert_string_equal(result.data, cases[i].result);
    vonk_arena_destroy(arena);
  }
}

static void test_datetime_format__other_results(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_parse_context context = {.arena = arena, .zone = &vonk_timezone_utc};
  const struct vonk_datetime_format *format;
  int64_t wide;
  int32_t days;
  assert_int_equal(vonk_datetime_format_compile(arena, STR("yyyy-MM-dd HH:mm:ssXXX"), true, &format, NULL), VONK_DATETIME_GOOD);
  assert_true(vonk_datetime_format_parse_ntz(format, STR("2020-01-02 03:04:05+02:00"), &context, true, &wide));
  assert_true(wide == 1577934245000000);
  assert_false(vonk_datetime_format_parse_ntz(format, STR("2020-01-02 03:04:05+02:00"), &context, false, &wide));
  assert_true(vonk_datetime_format_parse_date(format, STR("2020-01-02 03:04:05+02:00"), &context, &days));
  assert_int_equal(days, 18263);
  assert_int_equal(vonk_datetime_format_compile(arena, STR("h:mm a"), true, &format, NULL), VONK_DATETIME_GOOD);
  assert_true(vonk_datetime_format_parse_time(format, STR("3:05 pm"), &context, &wide));
  assert_true(wide == (15 * 3600 + 5 * 60) * 1000000000L);
  struct vonk_str about;
  assert_int_equal(vonk_datetime_format_compile(arena, STR("yyyy-MM-ddTHH"), false, &format, &about), VONK_DATETIME_UNRECOGNIZED);
  assert_int_equal(vonk_datetime_format_compile(arena, STR("yyyy-MM-B"), false, &format, &about), VONK_DATETIME_ILLEGAL_CHARACTER);
  assert_true(vonk_str_equal(about, STR("B")));
  vonk_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_datetime_format__prints),
      cmocka_unit_test(test_datetime_format__parses),
      cmocka_unit_test(test_datetime_format__other_results),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
