/* datetime_format.h: date and time patterns (yyyy-MM-dd HH:mm:ss) as date_format, to_timestamp and the readers accept them:
 * java.time.format.DateTimeFormatter's language as Spark restricts it, English names, strict resolution.
 *
 * Letters: G y M L d D Q q E F a h H k K m s S z V O X x Z, text in quotes, sections in brackets that may be absent when
 * parsing. E, F, Q and q only format. Without G, y is the proleptic year (may be negative). A compiled format never changes.
 * Gap: the long names of zones (zzzz) are written as their short ones.
 */
#ifndef VONK_TYPE_DATETIME_FORMAT_H
#define VONK_TYPE_DATETIME_FORMAT_H

#include "type/text.h"

struct vonk_datetime_format;

enum vonk_datetime_fault {
  VONK_DATETIME_GOOD,
  VONK_DATETIME_WEEK_BASED,        /* Y W w u e c: INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN */
  VONK_DATETIME_ILLEGAL_CHARACTER, /* INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER */
  VONK_DATETIME_LENGTH,            /* INVALID_DATETIME_PATTERN.LENGTH */
  VONK_DATETIME_UNRECOGNIZED,      /* INVALID_DATETIME_PATTERN.WITH_SUGGESTION */
  VONK_DATETIME_LEGACY,            /* only Spark 2 knew it: INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION */
};
/* ABOUT (may be NULL) is the letter or the run of letters at fault, or the whole pattern. */
enum vonk_datetime_fault vonk_datetime_format_compile(struct vonk_arena *arena, struct vonk_str pattern, bool for_parsing,
                                                      const struct vonk_datetime_format **out, struct vonk_str *about);

/* Bytes that a formatted value may take. */
size_t vonk_datetime_format_max(const struct vonk_datetime_format *format);
/* A timestamp in ZONE; local micros with the zone UTC. OUT has vonk_datetime_format_max bytes. Returns the length. */
size_t vonk_datetime_format_print(const struct vonk_datetime_format *format, const struct vonk_timezone *zone, int64_t utc_micros,
                                  char *out);

/* The whole TEXT by the format; fields that are missing are those of 1970-01-01 00:00. False when it does not match. */
bool vonk_datetime_format_parse(const struct vonk_datetime_format *format, struct vonk_str text,
                                struct vonk_parse_context *context, int64_t *utc_micros);
/* Local micros; a zone in the text is checked and dropped, or refused. */
bool vonk_datetime_format_parse_ntz(const struct vonk_datetime_format *format, struct vonk_str text,
                                    struct vonk_parse_context *context, bool allow_zone, int64_t *local_micros);
bool vonk_datetime_format_parse_date(const struct vonk_datetime_format *format, struct vonk_str text,
                                     struct vonk_parse_context *context, int32_t *days);
/* Time of day in nanoseconds. */
bool vonk_datetime_format_parse_time(const struct vonk_datetime_format *format, struct vonk_str text,
                                     struct vonk_parse_context *context, int64_t *nanos);

#endif
