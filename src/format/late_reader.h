/* late_reader.h: the columns of a unit, batch by batch, so that filters pay: columns of filters are read first, the others only for
 * batches in which a row passes; where none does they are told to skip.
 *
 * A format's reader begins with this struct. Its type opens the columns that are listed here and hands each in as an object of its own.
 */
#ifndef VONK_FORMAT_LATE_READER_H
#define VONK_FORMAT_LATE_READER_H

#include "format/scan_test.h"

struct vonk_late_reader;

struct vonk_late_type {
  size_t size;                         /* of the format's reader */
  /* Opens the columns that are listed; what it leaves when it fails, close frees. */
  STATUS (*open)(struct vonk_task *task, struct vonk_late_reader *reader);
  /* Frees the objects of the columns and what else is the format's own. */
  void (*close)(struct vonk_late_reader *reader);
  /* ROWS <= VONK_BATCH_ROWS; OUT borrows from the column until its next read. */
  STATUS (*read)(struct vonk_task *task, void *object, uint32_t rows, struct vonk_column *out);
  STATUS (*skip)(struct vonk_task *task, void *object, uint64_t rows);
  /* The dictionary that has all values of the column in this unit that are not null; NULL: there is none. */
  const struct vonk_dictionary *(*dictionary)(void *object);
};

struct vonk_late_column {
  uint32_t index;                      /* of the spec's columns */
  const struct vonk_type *type;        /* wanted */
  void *object;                        /* the format's; NULL: VALUE holds for all rows (CONST) */
  bool is_read;                        /* in this batch */
  struct vonk_column value;
};

struct vonk_late_test {
  struct vonk_scan_test test;
  uint32_t column;                     /* of COLUMNS */
  _Atomic(const struct vonk_runtime_filter *) *slot;
};

struct vonk_late_reader {
  struct vonk_reader reader;
  const struct vonk_late_type *type;
  struct vonk_arena *arena;
  const struct vonk_scan_unit *unit;
  struct vonk_late_column *columns;    /* those of the batches and those of filters, each once */
  uint32_t column_count;
  uint32_t *wanted;                    /* of COLUMNS, in the order of the batches */
  struct vonk_late_test *tests;
  uint32_t test_count;
  const uint64_t *batches;             /* bit i: rows from i * VONK_BATCH_ROWS on may pass; NULL: all */
  uint64_t row_at;
  struct vonk_column *out;
  uint64_t live[VONK_BATCH_WORDS];
};

/* A reader with its columns listed and opened; one that has ended where the options pass over what failed. */
STATUS vonk_late_reader_open(struct vonk_task *task, const struct vonk_late_type *type, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out);
/* As vonk_format_type.close_unit. */
void vonk_late_reader_close(struct vonk_reader *reader);
/* A column of the partition, or one that the file has not: its value is set. False: the format must open it. */
bool vonk_late_reader_constant(struct vonk_late_reader *r, struct vonk_late_column *column, bool file_has);
/* As vonk_format_type.next; passes over the rest of a unit that fails where the options say so. */
STATUS vonk_late_reader_next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out);
/* Nothing more comes. */
static inline void vonk_late_reader_end(struct vonk_late_reader *r) { r->row_at = r->unit->row_count; }

#endif
