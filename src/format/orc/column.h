/* column.h: one column of a stripe, with all below it, read in order.
 *
 * Values stand dense in their streams; PRESENT tells which rows have one, of those rows that have one in all structs around them.
 * Dictionaries stay dictionaries.
 */
#ifndef VONK_FORMAT_ORC_COLUMN_H
#define VONK_FORMAT_ORC_COLUMN_H

#include "format/orc/convert.h"
#include "format/orc/rle.h"
#include "format/orc/schema.h"

struct vonk_timezone;

/* What the columns of a unit share. */
struct orc_unit {
  struct orc_input input;
  const struct orc_metadata *metadata;
  const struct orc_stripe *stripe;
  struct orc_stripe_footer footer;
  struct vonk_arena *arena;                  /* of the unit's reader */
  const struct vonk_timezone *reader_zone;   /* timestamps are the same local times here that they were to their writer */
  const struct vonk_timezone *writer_zone;
  int32_t reader_standard, writer_standard;  /* their offsets without daylight saving */
  const struct orc_row_index **indexes;      /* per type, read when wanted */
};

struct orc_column {
  struct orc_unit *unit;
  const struct orc_node *node;
  struct orc_column *children;
  struct orc_stream present, data, second;   /* SECOND: lengths, scales, nanoseconds */
  struct orc_bits present_bits, bits;        /* BITS: booleans */
  struct orc_bytes bytes;                    /* tinyint */
  struct orc_ints *ints, *second_ints;
  bool has_dictionary;
  struct vonk_dictionary *dictionary;        /* read when first wanted */
  /* Output, by batch. */
  struct vonk_buffer *values, *codes, *valid, *numbers, *more_numbers;
  struct orc_converted converted;
};

STATUS orc_column_open(struct vonk_task *task, struct orc_unit *unit, const struct orc_node *node, struct orc_column *out);
void orc_column_close(struct orc_column *column);
/* The next SLOTS rows; OUTER: those that the column has entries for, NULL: all. OUT borrows from the column until its next read; memory of
 * nested ones on BATCH. */
STATUS orc_column_read(struct vonk_task *task, struct orc_column *column, struct vonk_arena *batch, uint32_t slots, const uint64_t *outer, struct vonk_column *out);
STATUS orc_column_skip(struct vonk_task *task, struct orc_column *column, uint64_t entries);
/* To the first row of the GROUP-th entry of the row indexes. */
STATUS orc_column_seek(struct vonk_task *task, struct orc_column *column, uint32_t group);
/* The row index of type COLUMN; has no entries when there is none, or none that fits the stripe. */
STATUS orc_unit_index(struct vonk_task *task, struct orc_unit *unit, uint32_t column, const struct orc_row_index **out);

#endif
