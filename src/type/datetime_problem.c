/* datetime_problem.c: see datetime_problem.h. */
#include "type/datetime_problem.h"

#include "type/calendar.h"

enum { SHOWN_TEXT_MAX = 64 };

static const struct {
  int64_t low, high;
  const char *name; /* with the bounds as they are shown */
} bounds[] = {
    [VONK_BOUND_YEAR] = {-999999999, 999999999, "Year (valid values -999999999 - 999999999)"},
    [VONK_BOUND_YEAR_OF_ERA] = {1, 1000000000, "YearOfEra (valid values 1 - 999999999/1000000000)"},
    [VONK_BOUND_MONTH] = {1, 12, "MonthOfYear (valid values 1 - 12)"},
    [VONK_BOUND_DAY] = {1, 31, "DayOfMonth (valid values 1 - 28/31)"},
    [VONK_BOUND_DAY_OF_YEAR] = {1, 366, "DayOfYear (valid values 1 - 365/366)"},
    [VONK_BOUND_HOUR] = {0, 23, "HourOfDay (valid values 0 - 23)"},
    [VONK_BOUND_CLOCK_HOUR] = {1, 24, "ClockHourOfDay (valid values 1 - 24)"},
    [VONK_BOUND_HALF_HOUR] = {0, 11, "HourOfAmPm (valid values 0 - 11)"},
    [VONK_BOUND_CLOCK_HALF_HOUR] = {1, 12, "ClockHourOfAmPm (valid values 1 - 12)"},
    [VONK_BOUND_MINUTE] = {0, 59, "MinuteOfHour (valid values 0 - 59)"},
    [VONK_BOUND_SECOND] = {0, 59, "SecondOfMinute (valid values 0 - 59)"},
};

static const char *const months[] = {"JANUARY", "FEBRUARY", "MARCH",     "APRIL",   "MAY",      "JUNE",
                                     "JULY",    "AUGUST",   "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"};

bool vonk_datetime_check(enum vonk_datetime_bound bound, int64_t value, struct vonk_datetime_problem *problem) {
  if (value >= bounds[bound].low && value <= bounds[bound].high) return true;
  *problem = (struct vonk_datetime_problem){.kind = VONK_PROBLEM_BOUND, .bound = bound, .value = value};
  return false;
}

bool vonk_datetime_check_date(int64_t year, int64_t month, int64_t day, struct vonk_datetime_problem *problem) {
  if (!vonk_datetime_check(VONK_BOUND_YEAR, year, problem) || !vonk_datetime_check(VONK_BOUND_MONTH, month, problem)) return false;
  if (!vonk_datetime_check(VONK_BOUND_DAY, day, problem)) return false;
  if (vonk_calendar_is_valid(year, (int)month, (int)day)) return true;
  bool leap = month == 2 && day == 29;
  *problem = (struct vonk_datetime_problem){leap ? VONK_PROBLEM_LEAP_DAY : VONK_PROBLEM_DAY, .year = year, .month = (int)month, .day = (int)day};
  return false;
}

bool vonk_datetime_check_day_of_year(int64_t year, int64_t day, struct vonk_datetime_problem *problem) {
  if (!vonk_datetime_check(VONK_BOUND_DAY_OF_YEAR, day, problem)) return false;
  if (day < 366 || vonk_calendar_is_leap(year)) return true;
  *problem = (struct vonk_datetime_problem){.kind = VONK_PROBLEM_DAY_OF_YEAR, .year = year};
  return false;
}

struct vonk_str vonk_datetime_problem_text(struct vonk_arena *arena, const struct vonk_datetime_problem *problem) {
  switch (problem->kind) {
    case VONK_PROBLEM_BOUND: return vonk_str_format(arena, "Invalid value for %s: %lld", bounds[problem->bound].name, (long long)problem->value);
    case VONK_PROBLEM_DAY: return vonk_str_format(arena, "Invalid date '%s %d'", months[problem->month - 1], problem->day);
    case VONK_PROBLEM_LEAP_DAY:
      return vonk_str_format(arena, "Invalid date 'February 29' as '%lld' is not a leap year", (long long)problem->year);
    case VONK_PROBLEM_DAY_OF_YEAR:
      return vonk_str_format(arena, "Invalid date 'DayOfYear 366' as '%lld' is not a leap year", (long long)problem->year);
    default: return STR("");
  }
}

struct vonk_str vonk_datetime_problem_of_text(struct vonk_arena *arena, struct vonk_str text, const struct vonk_datetime_problem *problem) {
  bool cut = text.size > SHOWN_TEXT_MAX;
  struct vonk_str shown = cut ? vonk_str_slice(text, 0, SHOWN_TEXT_MAX) : text;
  struct vonk_str start = vonk_str_format(arena, "Text '" STR_FMT "%s' could not be parsed", STR_ARG(shown), cut ? "..." : "");
  switch (problem->kind) {
    case VONK_PROBLEM_NONE: return start;
    case VONK_PROBLEM_NO_MATCH: return vonk_str_format(arena, STR_FMT " at index %zu", STR_ARG(start), problem->at);
    case VONK_PROBLEM_UNPARSED: return vonk_str_format(arena, STR_FMT ", unparsed text found at index %zu", STR_ARG(start), problem->at);
    default: return vonk_str_format(arena, STR_FMT ": " STR_FMT, STR_ARG(start), STR_ARG(vonk_datetime_problem_text(arena, problem)));
  }
}
