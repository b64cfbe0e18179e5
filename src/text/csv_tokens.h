/* csv_tokens.h: the values of one CSV record, as the parser that Spark uses (univocity-parsers 2.9) finds them.
 *
 * Quotes count at the start of a value only; blanks behind a closing quote are dropped; what follows it otherwise is a quote that nothing
 * escapes. Line ends end a record unless they are quoted.
 */
#ifndef VONK_TEXT_CSV_TOKENS_H
#define VONK_TEXT_CSV_TOKENS_H

#include "text/csv_options.h"

/* DATA NULL: nothing stood there. Points into the record, or to the arena where the record spells it differently. */
struct vonk_csv_token {
  const char *data;
  size_t size;
};

struct vonk_csv_tokens {
  struct vonk_arena *arena;            /* given */
  struct vonk_csv_token *items;
  size_t count, capacity;
};

enum vonk_csv_fault {
  VONK_CSV_SOUND,
  VONK_CSV_NONE,         /* an empty text: no value at all */
  VONK_CSV_TOO_MANY,     /* more values than maxColumns */
  VONK_CSV_TOO_LONG,     /* a value longer than maxCharsPerColumn */
  VONK_CSV_BAD_QUOTE,    /* RAISE_ERROR */
};

/* The record at the start of TEXT; its bytes, line end included, in USED. */
enum vonk_csv_fault vonk_csv_tokenize(const struct vonk_csv_options *options, struct vonk_str text, struct vonk_csv_tokens *out, size_t *used);

/* Walks over a quoted value. */
struct vonk_csv_quoted {
  struct vonk_csv_token token;
  size_t end;                          /* where its separator or line end stands, or the text's size */
  enum vonk_csv_fault fault;
};
/* TEXT[AT] is the opening quote. */
void vonk_csv_take_quoted(const struct vonk_csv_options *options, struct vonk_str text, size_t at, struct vonk_arena *arena, struct vonk_csv_quoted *out);

/* Nothing but blanks, or a comment: lines that are no records. */
bool vonk_csv_is_no_record(const struct vonk_csv_options *options, struct vonk_str line);

#endif
