/* times.h: dates and times in text records: by the patterns of options, or else as casts read them and as Spark writes them. */
#ifndef VONK_TEXT_TIMES_H
#define VONK_TEXT_TIMES_H

#include "text/options.h"
#include "type/type.h"

struct vonk_text_times {
  const struct vonk_timezone *zone;
  const struct vonk_datetime_format *date, *timestamp, *ntz; /* reading: NULL: as casts do */
  bool date_fallback, timestamp_fallback;  /* what the patterns do not match is read as casts do */
  struct vonk_parse_context context;       /* of one thread */
};

/* The options dateFormat, timestampFormat, timestampNTZFormat and enableDateTimeParsingFallback; formats and zones that texts name go to ARENA.
 * Raises for patterns that are none. */
STATUS vonk_text_times_open(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_text_options *options, const struct vonk_timezone *zone,
                            bool for_parsing, struct vonk_text_times *out);
bool vonk_text_parse_date(struct vonk_text_times *times, struct vonk_str text, int32_t *days);
bool vonk_text_parse_timestamp(struct vonk_text_times *times, struct vonk_str text, int64_t *micros);
bool vonk_text_parse_ntz(struct vonk_text_times *times, struct vonk_str text, int64_t *micros);
/* As schemas are inferred: dates by their pattern (yyyy-MM-dd) alone. */
bool vonk_text_is_date(struct vonk_text_times *times, struct vonk_str text);

/* A DATE, TIMESTAMP or TIMESTAMP_NTZ; formats from vonk_text_times_open without FOR_PARSING. */
void vonk_text_add_time(const struct vonk_text_times *times, const struct vonk_type *type, int64_t value, struct vonk_arena *arena, struct vonk_text *out);

#endif
