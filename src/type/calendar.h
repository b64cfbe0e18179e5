/* calendar.h: days since 1970-01-01 and the proleptic Gregorian calendar (ISO 8601), as java.time has it. */
#ifndef VONK_TYPE_CALENDAR_H
#define VONK_TYPE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define VONK_MICROS_PER_SECOND ((int64_t)1000000)
#define VONK_MICROS_PER_MINUTE (60 * VONK_MICROS_PER_SECOND)
#define VONK_MICROS_PER_HOUR (60 * VONK_MICROS_PER_MINUTE)
#define VONK_MICROS_PER_DAY (24 * VONK_MICROS_PER_HOUR)
#define VONK_NANOS_PER_MICRO ((int64_t)1000)
#define VONK_NANOS_PER_SECOND ((int64_t)1000000000)

struct vonk_date {
  int64_t year; /* 0 is 1 BC */
  int month;    /* 1..12 */
  int day;      /* 1..31 */
};

static inline bool vonk_calendar_is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
int vonk_calendar_month_length(int64_t year, int month);
/* Fields out of range (month 13, day 30 of February). The year may be anything within a million centuries. */
bool vonk_calendar_is_valid(int64_t year, int month, int day);

struct vonk_date vonk_calendar_date(int64_t days);
/* Valid fields only. */
int64_t vonk_calendar_days(int64_t year, int month, int day);

/* Monday 1 .. Sunday 7. */
int vonk_calendar_day_of_week(int64_t days);
/* 1..366. */
int vonk_calendar_day_of_year(int64_t days);
/* ISO week 1..53 and the year it belongs to. */
int vonk_calendar_week(int64_t days);
int64_t vonk_calendar_week_year(int64_t days);
static inline int vonk_calendar_quarter(int month) { return (month + 2) / 3; }
/* The day is cut to the length of the new month. */
int64_t vonk_calendar_add_months(int64_t days, int64_t months);
/* The last day of the month of DAYS. */
int64_t vonk_calendar_last_day(int64_t days);

static inline int64_t vonk_calendar_floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
static inline int64_t vonk_calendar_floor_mod(int64_t a, int64_t b) {
  int64_t rest = a % b;
  return rest && (rest < 0) != (b < 0) ? rest + b : rest;
}
/* Days and micros of the day of local micros. */
static inline int64_t vonk_calendar_micros_to_days(int64_t micros) { return vonk_calendar_floor_div(micros, VONK_MICROS_PER_DAY); }
static inline int64_t vonk_calendar_micros_of_day(int64_t micros) { return vonk_calendar_floor_mod(micros, VONK_MICROS_PER_DAY); }
/* False on overflow. */
static inline bool vonk_calendar_days_to_micros(int64_t days, int64_t *micros) {
  return !__builtin_mul_overflow(days, VONK_MICROS_PER_DAY, micros);
}

#endif
