/* timezone_test.c: ids as Java accepts them, offsets, gaps and overlaps; the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "type/calendar.h"
#include "type/timezone.h"

static void test_timezone__ids(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  const struct vonk_timezone *zone;
  static const struct {
    const char *id;
    int32_t offset;
  } good[] = {{"Z", 0}, {"UTC", 0}, {"GMT", 0}, {"GMT0", 0}, {"+8", 28800}, {"+08", 28800}, {"-08:00", -28800}, {"+0530", 19800}, {"+8:00", 28800},
              {"+08:5", 29100}, {"+8:0", 28800}, {"+05:30:15", 19815}, {"+053015", 19815}, {"GMT+8", 28800}, {"UTC-3:30", -12600}, {"UT+1", 3600},
              {"EST", -18000}, {"HST", -36000}, {"MST", -25200}, {"Etc/GMT+3", -10800}, {"+18:00", 64800}, {"JST", 32400}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    assert_true(vonk_timezone_load(arena, vonk_str_of(good[i].id), &zone));
    assert_int_equal(vonk_timezone_offset(zone, 1700000000), good[i].offset);
  }
  static const char *const bad[] = {"", "8", "+", "+19:00", "+18:01", "-18:00:01", "+08:", "+080", "+08000", "+08:60", "UTC8", "utc", "Foo/Bar", "../UTC",
                                    "posix/UTC", "tzdata.zi", "america/los_angeles", "A", "Europe", "+1:00:0"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(vonk_timezone_load(arena, vonk_str_of(bad[i]), &zone));
  vonk_arena_destroy(arena);
}

static void test_timezone__transitions(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  const struct vonk_timezone *zone;
  assert_true(vonk_timezone_load(arena, STR("Europe/Berlin"), &zone));
  /* 2024-03-31 02:00 +1 becomes 03:00 +2; also in 2124, by the rule behind the file's last transition. */
  static const int64_t springs[] = {1711846800, 4867088400};
  for (int i = 0; i < 2; i++) {
    int64_t spring = springs[i];
    assert_int_equal(vonk_timezone_offset(zone, spring - 1), 3600);
    assert_int_equal(vonk_timezone_offset(zone, spring), 7200);
    struct vonk_timezone_span span = vonk_timezone_span_at(zone, spring);
    assert_true(span.from == spring && span.daylight);
    assert_int_equal(vonk_timezone_offset(zone, span.to), 3600);
    /* In the gap: 02:30 is read as 03:30 +2. */
    assert_int_equal(vonk_timezone_local_offset(zone, spring + 3600 + 1800), 3600);
    assert_int_equal(vonk_timezone_local_offset(zone, spring + 7200), 7200);
    /* In the overlap the earlier instant, summer time. */
    assert_int_equal(vonk_timezone_local_offset(zone, span.to + 7200 - 1800), 7200);
    assert_int_equal(vonk_timezone_local_offset(zone, span.to + 7200), 3600);
  }
  assert_int_equal(vonk_timezone_offset(zone, -10000000000), 3208); /* local mean time */
  assert_true(vonk_str_equal(vonk_timezone_name(zone, true), STR("CEST")));
  assert_true(vonk_timezone_to_local(zone, INT64_MAX) == INT64_MAX);
  assert_true(vonk_timezone_to_utc(zone, INT64_MIN) == INT64_MIN);
  for (int64_t micros = -4000000000000000; micros < 8000000000000000; micros += 77777777777777) {
    int64_t local = vonk_timezone_to_local(zone, micros), back = vonk_timezone_to_utc(zone, local);
    assert_true(back == micros || vonk_timezone_to_local(zone, back) == local);
  }
  vonk_arena_destroy(arena);
}

static void test_timezone__calendar(void **state) {
  (void)state;
  assert_int_equal(vonk_calendar_days(1970, 1, 1), 0);
  assert_int_equal(vonk_calendar_days(2000, 2, 29), 11016);
  assert_int_equal(vonk_calendar_days(1, 1, 1), -719162);
  int64_t previous = vonk_calendar_days(-5000, 12, 31);
  for (int64_t days = previous + 1; days < 200000; days++) {
    struct vonk_date date = vonk_calendar_date(days);
    assert_true(vonk_calendar_is_valid(date.year, date.month, date.day));
    assert_int_equal(vonk_calendar_days(date.year, date.month, date.day), days);
  }
  /* java.time: 2021-01-03 is a Sunday in week 53 of 2020; 2024-12-30 a Monday in week 1 of 2025. */
  int64_t sunday = vonk_calendar_days(2021, 1, 3), monday = vonk_calendar_days(2024, 12, 30);
  assert_int_equal(vonk_calendar_day_of_week(sunday), 7);
  assert_int_equal(vonk_calendar_week(sunday), 53);
  assert_int_equal(vonk_calendar_week_year(sunday), 2020);
  assert_int_equal(vonk_calendar_week(monday), 1);
  assert_int_equal(vonk_calendar_week_year(monday), 2025);
  assert_int_equal(vonk_calendar_day_of_year(monday), 365);
  assert_int_equal(vonk_calendar_add_months(vonk_calendar_days(2024, 1, 31), 1), vonk_calendar_days(2024, 2, 29));
  assert_int_equal(vonk_calendar_add_months(vonk_calendar_days(2024, 2, 29), -12), vonk_calendar_days(2023, 2, 28));
  assert_int_equal(vonk_calendar_last_day(vonk_calendar_days(1900, 2, 1)), vonk_calendar_days(1900, 2, 28));
  assert_int_equal(vonk_calendar_day_of_week(-1), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_timezone__ids),
      cmocka_unit_test(test_timezone__transitions),
      cmocka_unit_test(test_timezone__calendar),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
