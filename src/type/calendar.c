/* calendar.c: the calendar in eras of 400 years, with years that start in March so that leap days come last. */
#include "type/calendar.h"

#include "base/status.h"

enum { ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH_SHIFT = 719468 /* days from 0000-03-01 to 1970-01-01 */ };

int vonk_calendar_month_length(int64_t year, int month) {
  if (month == 2) return vonk_calendar_is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool vonk_calendar_is_valid(int64_t year, int month, int day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= vonk_calendar_month_length(year, month);
}

struct vonk_date vonk_calendar_date(int64_t days) {
  int64_t shifted = days + EPOCH_SHIFT;
  int64_t era = vonk_calendar_floor_div(shifted, ERA_DAYS);
  int64_t day_of_era = shifted - era * ERA_DAYS;
  /* Take the leap days out, then years have 365 days. */
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int month_from_march = (int)((5 * day_of_year + 2) / 153); /* five months from March have 153 days */
  int day = (int)(day_of_year - (153 * month_from_march + 2) / 5) + 1;
  int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return (struct vonk_date){year_of_era + era * ERA_YEARS + (month <= 2), month, day};
}

int64_t vonk_calendar_days(int64_t year, int month, int day) {
  KERNEL_ASSERT(vonk_calendar_is_valid(year, month, day));
  year -= month <= 2;
  int64_t era = vonk_calendar_floor_div(year, ERA_YEARS);
  int64_t year_of_era = year - era * ERA_YEARS;
  int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * ERA_DAYS + day_of_era - EPOCH_SHIFT;
}

int vonk_calendar_day_of_week(int64_t days) { return (int)vonk_calendar_floor_mod(days + 3, 7) + 1; }

int vonk_calendar_day_of_year(int64_t days) {
  return (int)(days - vonk_calendar_days(vonk_calendar_date(days).year, 1, 1)) + 1;
}

/* A week belongs to the year of its Thursday. */
static int64_t thursday_of(int64_t days) { return days + 4 - vonk_calendar_day_of_week(days); }

int vonk_calendar_week(int64_t days) { return (vonk_calendar_day_of_year(thursday_of(days)) - 1) / 7 + 1; }
int64_t vonk_calendar_week_year(int64_t days) { return vonk_calendar_date(thursday_of(days)).year; }

int64_t vonk_calendar_add_months(int64_t days, int64_t months) {
  struct vonk_date date = vonk_calendar_date(days);
  int64_t total = date.year * 12 + (date.month - 1) + months;
  int64_t year = vonk_calendar_floor_div(total, 12);
  int month = (int)vonk_calendar_floor_mod(total, 12) + 1;
  int length = vonk_calendar_month_length(year, month);
  return vonk_calendar_days(year, month, date.day < length ? date.day : length);
}

int64_t vonk_calendar_last_day(int64_t days) {
  struct vonk_date date = vonk_calendar_date(days);
  return days + vonk_calendar_month_length(date.year, date.month) - date.day;
}
