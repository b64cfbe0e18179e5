/* text.h: values to Spark's text and back: CAST to and from STRING, show(), and the output of the shell.
 *
 * Formatting of scalars writes to a small buffer and returns the length (no NUL). Parsing never raises: false means that
 * the text is none of the accepted forms, or that the value does not fit. Blanks and control characters around a value
 * are dropped, as Spark does. Doubles: real_text.h, decimals: decimal.h, intervals: interval.h.
 */
#ifndef VONK_TYPE_TEXT_H
#define VONK_TYPE_TEXT_H

#include "type/datetime_problem.h"
#include "type/timezone.h"
#include "type/value.h"

/* --- to text --- */

enum { VONK_TEXT_DATE_MAX = 24, VONK_TEXT_TIMESTAMP_MAX = 40 };
/* 2020-01-31; years above 9999 have a plus: +10000-01-01; 1 BC is 0000. */
int vonk_format_date(int64_t days, char out[VONK_TEXT_DATE_MAX]);
/* 2020-01-31 12:34:56.789: local micros, the fraction without zeros at its end. */
int vonk_format_timestamp(int64_t local_micros, char out[VONK_TEXT_TIMESTAMP_MAX]);
/* 12:34:56.789 */
int vonk_format_time(int64_t nanos, char out[VONK_TEXT_TIMESTAMP_MAX]);

/* CAST: as CAST(x AS STRING): [a, b], {k -> v}, {a, b}, null inside.
 * SHOW: the same for show(): NULL also inside, binary by style.
 * HIVE: the shell and the golden files: [1,2], {"k":1}, {"name":1}, strings quoted inside, NULL outside, null inside. */
enum vonk_text_form { VONK_TEXT_CAST, VONK_TEXT_SHOW, VONK_TEXT_HIVE };

enum vonk_binary_style {
  VONK_BINARY_UTF8,
  VONK_BINARY_BASIC,        /* [72, 105] */
  VONK_BINARY_BASE64,
  VONK_BINARY_HEX,          /* 4869 */
  VONK_BINARY_HEX_DISCRETE, /* [48 69] */
};

struct vonk_format_options {
  enum vonk_text_form form;
  enum vonk_binary_style binary;     /* CAST ignores it: the bytes themselves */
  bool decimal_exponent;             /* CAST without ANSI: 1E-7 */
  bool legacy_complex;               /* spark.sql.legacy.castComplexTypesToString.enabled */
  const struct vonk_timezone *zone;  /* of TIMESTAMP; NULL is UTC */
};
void vonk_format_value(struct vonk_text *out, const struct vonk_value *value, const struct vonk_format_options *options);

/* --- from text --- */

/* What date and time texts depend on. Zones named in texts are loaded to ARENA; the last one is remembered. */
struct vonk_parse_context {
  const struct vonk_timezone *zone; /* of texts without a zone */
  int64_t now_micros;               /* the day of texts that have only a time */
  struct vonk_arena *arena;
  struct vonk_str last_id;
  const struct vonk_timezone *last_zone;
  struct vonk_datetime_problem problem; /* of the last text that a pattern refused */
};

/* A sign and digits. TRUNCATE (casts without ANSI) also takes a fraction and drops it: "1.9" is 1. */
bool vonk_parse_integer(struct vonk_str text, bool truncate, int64_t *out);
/* t, true, y, yes, 1 and f, false, n, no, 0, any case. */
bool vonk_parse_boolean(struct vonk_str text, bool *out);
/* yyyy, yyyy-m, yyyy-m-d, and anything behind a blank or T; a sign may stand in front. */
bool vonk_parse_date(struct vonk_str text, int32_t *days);
/* A date, perhaps a time (h, h:m, h:m:s, h:m:s.f) behind a blank or T, perhaps a zone behind the seconds; or a time alone. */
bool vonk_parse_timestamp(struct vonk_str text, struct vonk_parse_context *context, int64_t *micros);
/* The same, a zone is checked and dropped, a time alone refused. ALLOW_ZONE false refuses zones. */
bool vonk_parse_timestamp_ntz(struct vonk_str text, struct vonk_parse_context *context, bool allow_zone, int64_t *micros);
/* h:m, h:m:s, h:m:s.f, with AM or PM behind or T in front. */
bool vonk_parse_time(struct vonk_str text, int64_t *nanos);

/* CAST(text AS type) for scalar types; strings and binaries are copied to the context's arena. TRUNCATE as above. */
bool vonk_parse_value(struct vonk_str text, const struct vonk_type *type, struct vonk_parse_context *context, bool truncate,
                      struct vonk_value *out);

#endif
