/* csv_options.h: what one may say about CSV when it is read or written (Spark's CSV options). */
#ifndef VONK_TEXT_CSV_OPTIONS_H
#define VONK_TEXT_CSV_OPTIONS_H

#include "text/options.h"
#include "type/type.h"

/* What becomes of a value with a quote in it that nothing escapes. */
enum vonk_csv_unescaped { VONK_CSV_STOP_AT_DELIMITER, VONK_CSV_STOP_AT_CLOSING_QUOTE, VONK_CSV_SKIP_VALUE, VONK_CSV_RAISE_ERROR };

/* How records end inside a text: with \n alone, with \r\n, with \r. */
enum vonk_csv_line_end { VONK_CSV_LF, VONK_CSV_CRLF, VONK_CSV_CR };

struct vonk_csv_options {
  const struct vonk_text_options *given;
  enum vonk_text_mode mode;
  struct vonk_str corrupt_name;        /* of the column that takes malformed records */
  const struct vonk_timezone *zone;
  struct vonk_str separator;           /* at least one byte */
  char quote, escape, escape_escape;   /* 0: none */
  struct vonk_str comment;             /* lines that start so are none; empty: there are none */
  struct vonk_str null_value, empty_value, nan, positive_inf, negative_inf;
  enum vonk_csv_unescaped unescaped;
  enum vonk_csv_line_end line_end;     /* of records that may hold line ends: LF unless a file says otherwise */
  int64_t columns_max, chars_max;      /* chars_max -1: no limit */
  bool header, enforce_schema, multi_line;
  bool prune_columns;                  /* columns that nobody asks for are not looked at, and records that lack them are sound */
  bool trim_leading, trim_trailing;    /* blanks around values, when reading */
  bool commas_in_decimals;             /* locale en-US */
  /* Inference. */
  double sampling_ratio;
  bool infer_schema, prefer_date, prefer_ntz;
};

/* Texts are borrowed from OPTIONS, others go to ARENA. Raises for values that options cannot have. */
STATUS vonk_csv_options_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_text_options *options,
                             const struct vonk_text_defaults *defaults, struct vonk_csv_options *out);
/* Raises UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for types that CSV cannot hold. */
STATUS vonk_csv_check_schema(struct vonk_task *task, const struct vonk_type *schema);

#endif
