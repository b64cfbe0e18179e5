/* json_options.h: what one may say about JSON when it is read or written (Spark's JSON options). */
#ifndef VONK_TEXT_JSON_OPTIONS_H
#define VONK_TEXT_JSON_OPTIONS_H

#include "text/json_tree.h"
#include "text/options.h"

struct vonk_json_options {
  struct vonk_json_rules rules;
  enum vonk_text_mode mode;
  struct vonk_str corrupt_name;        /* of the column that takes malformed records */
  const struct vonk_timezone *zone;
  /* Patterns; data is NULL where there is none: then dates and times are as CAST reads them, and as ISO 8601 writes them. */
  struct vonk_str date_pattern, timestamp_pattern, ntz_pattern, time_pattern;
  /* Reading. */
  struct vonk_str line_separator, encoding; /* empty: any line end, UTF-8 */
  struct vonk_str variant_name;        /* singleVariantColumn; empty: none */
  bool multi_line;
  bool exact_texts;                    /* what is no text is, as a STRING, what the file says, not written anew; for who reads files to set */
  bool old_times;                      /* enableDateTimeParsingFallback: what a pattern refuses is read as CAST does */
  /* Inference. */
  double sampling_ratio;
  bool primitives_as_string, prefers_decimal, infer_timestamp, drop_null_fields, prefer_ntz;
  /* Writing. */
  struct vonk_str compression;
  bool ignore_null_fields, pretty, ascii;
};

/* Texts are borrowed from OPTIONS, zones go to ARENA. Raises for values that options cannot have. */
STATUS vonk_json_options_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_text_options *options,
                              const struct vonk_text_defaults *defaults, struct vonk_json_options *out);

#endif
