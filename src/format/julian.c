/* julian.c: the usual arithmetic of Julian day numbers.
 *
 * Between 1582 and 1900 Java's old zones also had other offsets than its new ones, by minutes and seconds; these stay as they are.
 */
#include "format/julian.h"

#include "type/calendar.h"

enum { JULIAN_DAY_OF_EPOCH = 2440588 };

int64_t vonk_julian_rebase_days(int64_t days) {
  if (days >= VONK_JULIAN_SWITCH_DAY) return days;
  int64_t c = days + JULIAN_DAY_OF_EPOCH + 32082, d = vonk_calendar_floor_div(4 * c + 3, 1461), e = c - vonk_calendar_floor_div(1461 * d, 4);
  int64_t m = (5 * e + 2) / 153, day = e - (153 * m + 2) / 5 + 1, month = m + 3 - 12 * (m / 10), year = d - 4800 + m / 10;
  return vonk_calendar_days(year, (int)month, 1) + day - 1;
}

int64_t vonk_julian_rebase_micros(const struct vonk_timezone *zone, int64_t micros) {
  int64_t local = vonk_timezone_to_local(zone, micros), days = vonk_calendar_micros_to_days(local), rebased;
  if (days >= VONK_JULIAN_SWITCH_DAY || !vonk_calendar_days_to_micros(vonk_julian_rebase_days(days), &rebased)) return micros;
  return vonk_timezone_to_utc(zone, rebased + vonk_calendar_micros_of_day(local));
}
