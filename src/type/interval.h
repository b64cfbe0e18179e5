/* interval.h: intervals from text and to text, as Spark writes them.
 *
 * Year-month intervals are months, day-time intervals microseconds; their types say which fields they show (START..END).
 * CalendarInterval has all three parts apart.
 */
#ifndef VONK_TYPE_INTERVAL_H
#define VONK_TYPE_INTERVAL_H

#include "type/value.h"

/* ANSI: INTERVAL '1-2' YEAR TO MONTH. HIVE: 1-2; 1 02:03:04.000000000 (all fields, whatever the type). */
enum vonk_interval_style { VONK_INTERVAL_ANSI, VONK_INTERVAL_HIVE };

enum { VONK_INTERVAL_TEXT_MAX = 160 };
/* Return the length; no NUL. */
int vonk_interval_format_ym(int32_t months, enum vonk_interval_field start, enum vonk_interval_field end,
                            enum vonk_interval_style style, char out[VONK_INTERVAL_TEXT_MAX]);
int vonk_interval_format_dt(int64_t micros, enum vonk_interval_field start, enum vonk_interval_field end,
                            enum vonk_interval_style style, char out[VONK_INTERVAL_TEXT_MAX]);
/* "1 years 2 months -3 days 4.5 seconds", "0 seconds". */
int vonk_interval_format(const struct vonk_interval *interval, char out[VONK_INTERVAL_TEXT_MAX]);

/* "1-2", "-3", "2 03:04:05.6" or the same as a literal (INTERVAL '1-2' YEAR TO MONTH); the fields must be exactly those
 * asked for, inner fields within their bounds. For casts, and literals with a pair of fields. */
bool vonk_interval_parse_ym(struct vonk_str text, enum vonk_interval_field start, enum vonk_interval_field end, int32_t *months);
bool vonk_interval_parse_dt(struct vonk_str text, enum vonk_interval_field start, enum vonk_interval_field end, int64_t *micros);

/* What is wrong with a text of units: each is a sub-condition of INVALID_INTERVAL_FORMAT. */
enum vonk_interval_fault {
  VONK_INTERVAL_GOOD,
  VONK_INTERVAL_INPUT_IS_EMPTY,
  VONK_INTERVAL_INVALID_PREFIX,
  VONK_INTERVAL_UNRECOGNIZED_NUMBER,
  VONK_INTERVAL_INVALID_VALUE,
  VONK_INTERVAL_INVALID_PRECISION,
  VONK_INTERVAL_INVALID_FRACTION,
  VONK_INTERVAL_INVALID_UNIT,
  VONK_INTERVAL_MISSING_NUMBER,
  VONK_INTERVAL_MISSING_UNIT,
  VONK_INTERVAL_ARITHMETIC,
};
/* "[interval] 1 day -2 hours 3.5 seconds", any case: year, month, week, day, hour, minute, second, millisecond, microsecond,
 * each with or without s. WORD (may be NULL) is the part of TEXT a fault is about. */
enum vonk_interval_fault vonk_interval_parse(struct vonk_str text, struct vonk_interval *out, struct vonk_str *word);

#endif
