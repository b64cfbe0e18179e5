/* options.h: options of text formats, as users give them: names in any case, values as text. */
#ifndef VONK_TEXT_OPTIONS_H
#define VONK_TEXT_OPTIONS_H

#include "base/task.h"
#include "type/datetime_format.h"

struct vonk_text_option {
  struct vonk_str name, value;
};

/* What a record that does not parse becomes: a row with what could be read, no row, an error. */
enum vonk_text_mode { VONK_TEXT_PERMISSIVE, VONK_TEXT_DROP_MALFORMED, VONK_TEXT_FAIL_FAST };

struct vonk_text_options {
  const struct vonk_text_option *items;
  uint32_t count;
};

/* What the session says where options say nothing. */
struct vonk_text_defaults {
  const struct vonk_timezone *zone;
  struct vonk_str corrupt_name;      /* spark.sql.columnNameOfCorruptRecord */
  bool ignore_null_fields;           /* spark.sql.jsonGenerator.ignoreNullFields */
  bool prefer_ntz;                   /* spark.sql.timestampType is TIMESTAMP_NTZ: what inference takes for times without a zone */
};

/* The last value given to NAME; data is NULL when there is none. */
struct vonk_str vonk_text_option(const struct vonk_text_options *options, const char *name);
/* true or false in any case; *OUT stays when there is no such option. Raises for other texts. */
STATUS vonk_text_option_bool(struct vonk_task *task, const struct vonk_text_options *options, const char *name, bool *out);
/* An unknown mode is PERMISSIVE. */
enum vonk_text_mode vonk_text_option_mode(const struct vonk_text_options *options);
/* The zone of the option timeZone, on ARENA; *OUT stays when there is none. Raises INVALID_TIMEZONE. */
STATUS vonk_text_option_zone(struct vonk_task *task, const struct vonk_text_options *options, struct vonk_arena *arena, const struct vonk_timezone **out);

/* Compiles PATTERN, or raises what is wrong with it: INVALID_DATETIME_PATTERN, INCONSISTENT_BEHAVIOR_CROSS_VERSION. */
STATUS vonk_text_pattern(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_origin *origin, struct vonk_str pattern, bool for_parsing,
                         const struct vonk_datetime_format **out);

#endif
