/* interval_test.c: intervals from and to text against Spark's own answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "type/interval.h"

static const char *const faults[] = {"", "INPUT_IS_EMPTY", "INVALID_PREFIX", "UNRECOGNIZED_NUMBER", "INVALID_VALUE", "INVALID_PRECISION",
                                     "INVALID_FRACTION", "INVALID_UNIT", "MISSING_NUMBER", "MISSING_UNIT", "ARITHMETIC_EXCEPTION"};

static void parse(char kind, int start, int end, const char *text, char *out, size_t size) {
  struct vonk_interval interval;
  int32_t months;
  int64_t micros;
  snprintf(out, size, "N");
  if (kind == 'Y') {
    if (vonk_interval_parse_ym(vonk_str_of(text), start, end, &months)) snprintf(out, size, "%d", months);
  } else if (kind == 'D') {
    if (vonk_interval_parse_dt(vonk_str_of(text), start, end, &micros)) snprintf(out, size, "%ld", (long)micros);
  } else {
    enum vonk_interval_fault fault = vonk_interval_parse(vonk_str_of(text), &interval, NULL);
    if (fault) snprintf(out, size, "N %s", faults[fault]);
    else snprintf(out, size, "%d,%d,%ld", interval.months, interval.days, (long)interval.micros);
  }
}

static void test_interval__from_text(void **state) {
  (void)state;
  static const struct {
    char kind;
    int start, end;
    const char *text, *result;
  } cases[] = {
#define PARSE(...) {__VA_ARGS__},
#define FORMAT(...)
#include "interval_cases.def"
#undef PARSE
#undef FORMAT
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char result[100];
    parse(cases[i].kind, cases[i].start, cases[i].end, cases[i].text, result, sizeof result);
    if (strcmp(result, cases[i].result) != 0) print_error("%c '%s'\n", cases[i].kind, cases[i].text);
    assert_string_equal(result, cases[i].result);
  }
}

static void test_interval__to_text(void **state) {
  (void)state;
  static const struct {
    int32_t months, days;
    int64_t micros;
    int ym_start, ym_end, dt_start, dt_end;
    const char *texts[5];
  } cases[] = {
#define PARSE(...)
#define FORMAT(months, days, micros, a, b, c, d, ...) {months, days, micros, a, b, c, d, {__VA_ARGS__}},
#include "interval_cases.def"
#undef PARSE
#undef FORMAT
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char texts[5][VONK_INTERVAL_TEXT_MAX + 1];
    struct vonk_interval interval = {cases[i].months, cases[i].days, cases[i].micros};
    for (int style = 0; style < 2; style++) {
      char *ym = texts[style], *dt = texts[2 + style];
      ym[vonk_interval_format_ym(cases[i].months, cases[i].ym_start, cases[i].ym_end, style, ym)] = 0;
      dt[vonk_interval_format_dt(cases[i].micros, cases[i].dt_start, cases[i].dt_end, style, dt)] = 0;
    }
    texts[4][vonk_interval_format(&interval, texts[4])] = 0;
    for (int k = 0; k < 5; k++) assert_string_equal(texts[k], cases[i].texts[k]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_interval__from_text), cmocka_unit_test(test_interval__to_text)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
