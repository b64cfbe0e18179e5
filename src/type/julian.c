/* julian.c: the usual arithmetic of Julian day numbers.
 *
 * Between 1582 and 1900 Java's old zones also had other offsets than its new ones, by minutes and seconds; these stay as they are.
 */
#include "type/julian.h"

#include "type/calendar.h"

enum { JULIAN_DAY_OF_EPOCH = 2440588, DAY_OFFSET = 32082, YEAR_OFFSET = 4800 };

int64_t vonk_julian_rebase_days(int64_t days) {
  if (days >= VONK_JULIAN_SWITCH_DAY) return days;
  int64_t c = days + JULIAN_DAY_OF_EPOCH + DAY_OFFSET, d = vonk_calendar_floor_div(4 * c + 3, 1461), e = c - vonk_calendar_floor_div(1461 * d, 4);
  int64_t m = (5 * e + 2) / 153, day = e - (153 * m + 2) / 5 + 1, month = m + 3 - 12 * (m / 10), year = d - YEAR_OFFSET + m / 10;
  return vonk_calendar_days(year, (int)month, 1) + day - 1;
}

int64_t vonk_julian_from_days(int64_t days) {
  if (days >= VONK_JULIAN_SWITCH_DAY) return days;
  struct vonk_date date = vonk_calendar_date(days);
  int64_t early = date.month <= 2, y = date.year + YEAR_OFFSET - early, m = date.month + 12 * early - 3;
  int64_t julian = date.day - 1 + (153 * m + 2) / 5 + 365 * y + vonk_calendar_floor_div(y, 4) - DAY_OFFSET - JULIAN_DAY_OF_EPOCH;
  return julian < VONK_JULIAN_SWITCH_DAY ? julian : VONK_JULIAN_SWITCH_DAY;
}

static int64_t move_micros(const struct vonk_timezone *zone, int64_t micros, int64_t (*move)(int64_t days)) {
  int64_t local = vonk_timezone_to_local(zone, micros), days = vonk_calendar_micros_to_days(local), moved;
  if (days >= VONK_JULIAN_SWITCH_DAY || !vonk_calendar_days_to_micros(move(days), &moved)) return micros;
  return vonk_timezone_to_utc(zone, moved + vonk_calendar_micros_of_day(local));
}

int64_t vonk_julian_rebase_micros(const struct vonk_timezone *zone, int64_t micros) { return move_micros(zone, micros, vonk_julian_rebase_days); }
int64_t vonk_julian_from_micros(const struct vonk_timezone *zone, int64_t micros) { return move_micros(zone, micros, vonk_julian_from_days); }

static int read_number(struct vonk_str text, size_t *at) {
  int number = 0;
  for (; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9' && number < 1000; (*at)++) number = number * 10 + text.data[*at] - '0';
  return number;
}

void vonk_julian_version(struct vonk_str version, int *major, int *minor) {
  size_t at = 0;
  *major = read_number(version, &at);
  at++;
  *minor = read_number(version, &at);
}
