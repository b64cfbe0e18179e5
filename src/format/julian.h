/* julian.h: dates and times of writers that keep the hybrid calendar of java.util: Julian up to 1582-10-04.
 *
 * A day number means the same day in both calendars, but another date; the date is kept.
 */
#ifndef VONK_FORMAT_JULIAN_H
#define VONK_FORMAT_JULIAN_H

#include "type/timezone.h"

#define VONK_JULIAN_SWITCH_DAY INT64_C(-141427) /* 1582-10-15, the first day that has one date in both */

/* The day whose Gregorian date is the Julian date of DAYS; a 29th of February that only the Julian calendar has becomes the 1st of March. */
int64_t vonk_julian_rebase_days(int64_t days);
/* The instant whose local Gregorian date and time in ZONE are the Julian ones of MICROS. */
int64_t vonk_julian_rebase_micros(const struct vonk_timezone *zone, int64_t micros);

#endif
