/* julian.h: dates and times of writers that keep the hybrid calendar of java.util: Julian up to 1582-10-04.
 *
 * A day number means the same day in both calendars, but another date; the date is kept.
 */
#ifndef VONK_TYPE_JULIAN_H
#define VONK_TYPE_JULIAN_H

#include "type/timezone.h"

#define VONK_JULIAN_SWITCH_DAY INT64_C(-141427)               /* 1582-10-15, the first day that has one date in both */
#define VONK_JULIAN_ANCIENT_MICROS INT64_C(-2208988800000000) /* 1900-01-01: what Spark's mode EXCEPTION asks for timestamps */

/* The day whose Gregorian date is the Julian date of DAYS; a 29th of February that only the Julian calendar has becomes the 1st of March. */
int64_t vonk_julian_rebase_days(int64_t days);
/* The instant whose local Gregorian date and time in ZONE are the Julian ones of MICROS. */
int64_t vonk_julian_rebase_micros(const struct vonk_timezone *zone, int64_t micros);

/* And back, for writing: a date between the calendars (1582-10-05 to 14) becomes the 15th. */
int64_t vonk_julian_from_days(int64_t days);
int64_t vonk_julian_from_micros(const struct vonk_timezone *zone, int64_t micros);

/* The first two numbers of the VERSION of Spark that a file tells, which tells the calendar. */
void vonk_julian_version(struct vonk_str version, int *major, int *minor);

#endif
