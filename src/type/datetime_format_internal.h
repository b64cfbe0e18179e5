/* datetime_format_internal.h: a compiled pattern, shared by its compiler, printer and parser. */
#ifndef VONK_TYPE_DATETIME_FORMAT_INTERNAL_H
#define VONK_TYPE_DATETIME_FORMAT_INTERNAL_H

#include "type/datetime_format.h"

enum datetime_field {
  FIELD_ERA,
  FIELD_YEAR_OF_ERA,
  FIELD_YEAR,
  FIELD_QUARTER,
  FIELD_MONTH,
  FIELD_DAY_OF_YEAR,
  FIELD_DAY,
  FIELD_WEEKDAY_IN_MONTH,
  FIELD_WEEKDAY,
  FIELD_HALF_DAY,
  FIELD_HOUR,            /* 0..23 */
  FIELD_CLOCK_HOUR,      /* 1..24 */
  FIELD_HALF_HOUR,       /* 0..11 */
  FIELD_CLOCK_HALF_HOUR, /* 1..12 */
  FIELD_MINUTE,
  FIELD_SECOND,
  FIELD_NANO,
  FIELD_COUNT
};

enum datetime_step_kind {
  STEP_NUMBER,
  STEP_SHORT_YEAR,       /* two digits of 2000..2099 */
  STEP_TEXT,             /* a name; WIDTH 3 short, 4 full */
  STEP_FRACTION,         /* of the second */
  STEP_OFFSET,
  STEP_LOCALIZED_OFFSET, /* GMT+8; WIDTH 4: GMT+08:00 */
  STEP_ZONE_ID,
  STEP_ZONE_NAME,
  STEP_LITERAL,
  STEP_OPTIONAL,         /* the steps up to JUMP may be absent */
};

enum datetime_sign { SIGN_NEVER, SIGN_NORMAL /* minus only */, SIGN_EXCEEDS_PAD /* plus when wider than MIN */ };

/* Layouts of offsets: hours alone are always there; minutes and seconds are optional where said. */
struct datetime_offset {
  bool colon, minutes_optional, seconds; /* seconds are optional where they are known */
  const char *zero;                      /* text of offset 0 */
};

struct datetime_step {
  enum datetime_step_kind kind;
  enum datetime_field field;
  enum datetime_sign sign;
  int min, max;         /* digits */
  int subsequent;       /* digits reserved for the fixed numbers behind; -1: a fixed number itself */
  int width;
  size_t jump;          /* OPTIONAL: index of the step behind the section */
  struct datetime_offset offset;
  struct vonk_str literal;
};

struct vonk_datetime_format {
  const struct datetime_step *steps;
  size_t step_count;
  size_t text_max;
};

/* Names of a text field: NULL-terminated, in the order of the field's values from FIRST. */
struct datetime_names {
  const char *const *names;
  int first, count;
};
struct datetime_names vonk_datetime_names(enum datetime_field field, int width);

#endif
