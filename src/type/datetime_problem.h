/* datetime_problem.h: why fields make no date or time, or a text does not match a pattern, in the words that java.time has for it:
 * Spark hands them on as parameters of its messages. */
#ifndef VONK_TYPE_DATETIME_PROBLEM_H
#define VONK_TYPE_DATETIME_PROBLEM_H

#include "base/arena.h"
#include "base/str.h"

enum vonk_datetime_bound {
  VONK_BOUND_YEAR,
  VONK_BOUND_YEAR_OF_ERA,
  VONK_BOUND_MONTH,
  VONK_BOUND_DAY,
  VONK_BOUND_DAY_OF_YEAR,
  VONK_BOUND_HOUR,
  VONK_BOUND_CLOCK_HOUR,
  VONK_BOUND_HALF_HOUR,
  VONK_BOUND_CLOCK_HALF_HOUR,
  VONK_BOUND_MINUTE,
  VONK_BOUND_SECOND,
};

enum vonk_datetime_problem_kind {
  VONK_PROBLEM_NONE,        /* or none that has words */
  VONK_PROBLEM_NO_MATCH,    /* at AT */
  VONK_PROBLEM_UNPARSED,    /* the text goes on behind the pattern, at AT */
  VONK_PROBLEM_BOUND,       /* VALUE of a field */
  VONK_PROBLEM_DAY,         /* DAY of MONTH */
  VONK_PROBLEM_LEAP_DAY,    /* DAY of MONTH in YEAR */
  VONK_PROBLEM_DAY_OF_YEAR, /* 366 in YEAR */
};

/* Small: one is kept for the last text that was parsed, whether or not anybody asks. */
struct vonk_datetime_problem {
  enum vonk_datetime_problem_kind kind;
  enum vonk_datetime_bound bound;
  size_t at;
  int64_t value, year;
  int month, day;
};

/* Is VALUE within the bounds of the field? If not, PROBLEM says so. */
bool vonk_datetime_check(enum vonk_datetime_bound bound, int64_t value, struct vonk_datetime_problem *problem);
/* Is there such a day? */
bool vonk_datetime_check_date(int64_t year, int64_t month, int64_t day, struct vonk_datetime_problem *problem);
bool vonk_datetime_check_day_of_year(int64_t year, int64_t day, struct vonk_datetime_problem *problem);

/* "Invalid value for MonthOfYear (valid values 1 - 12): 13" */
struct vonk_str vonk_datetime_problem_text(struct vonk_arena *arena, const struct vonk_datetime_problem *problem);
/* "Text 'x' could not be parsed at index 0" */
struct vonk_str vonk_datetime_problem_of_text(struct vonk_arena *arena, struct vonk_str text, const struct vonk_datetime_problem *problem);

#endif
