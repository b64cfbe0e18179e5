/* csv_convert.h: tokens of one column to its values. */
#ifndef VONK_TEXT_CSV_CONVERT_H
#define VONK_TEXT_CSV_CONVERT_H

#include "column/column.h"
#include "text/csv_tokens.h"
#include "text/times.h"

struct vonk_csv_converter {
  const struct vonk_csv_options *options;
  const struct vonk_type *type;
  enum vonk_physical physical;
  struct vonk_text_times *times;
};

/* The values of COUNT tokens from row FIRST (a multiple of 64) on: DATA, and a bit of VALID each; a bit of BAD is set where a token is no value
 * of the type. Whole words of VALID are written. Strings are views into the tokens. */
void vonk_csv_convert(const struct vonk_csv_converter *converter, const struct vonk_csv_token *tokens, uint32_t first, uint32_t count, void *data,
                      uint64_t *valid, uint64_t *bad, struct vonk_arena *arena);

#endif
