/* batch.h: a set of columns of the same rows on their way through a pipeline.
 *
 * Rows are 0..row_count-1; a mask may say which of them are live (NULL = all). Operators accept both; where less than half
 * are live, vonk_batch_compact (kernel/gather.h) makes a dense one. ORDER TAG: (partition, unit, first_row) order all rows of an operator's output:
 * units are fixed by the data (row group, page range), never by time or by thread. Rows keep their order inside a batch.
 * `row_origin` NULL means row i has position first_row + i in its unit; compaction sets it.
 */
#ifndef VONK_COLUMN_BATCH_H
#define VONK_COLUMN_BATCH_H

#include "column/column.h"

/* The piece of a file that rows were read from: input_file_name() and its like. */
struct vonk_batch_file {
  struct vonk_str path;
  uint64_t start, length;        /* bytes */
};

struct vonk_batch {
  struct vonk_column *columns;
  uint32_t column_count;
  uint32_t row_count;            /* <= VONK_BATCH_ROWS */
  uint32_t live_count;           /* == row_count when live is NULL */
  const uint64_t *live;          /* bit i: row i counts; bits at and behind row_count are 0 */
  uint32_t partition;            /* visible (Spark) partition */
  uint64_t unit;                 /* order of the work unit among all units of the source */
  uint64_t first_row;            /* position of row 0 in its unit */
  const uint32_t *row_origin;    /* NULL, or row i has position first_row + row_origin[i] */
  const struct vonk_batch_file *file; /* NULL: from no file, or an operator that gathers rows stands between */
};

/* A batch that owns what its columns point to: deep copy of the live rows, dense, FLAT (CONST stays CONST, DICT keeps
 * its dictionary by reference); without the file. For results, caches, queues. */
struct vonk_owned_batch {
  struct vonk_batch batch;
  struct vonk_arena *arena;      /* columns, small things */
  struct vonk_buffer **buffers;  /* retained */
  uint32_t buffer_count;
  struct vonk_dictionary **dictionaries;
  uint32_t dictionary_count;
};
STATUS vonk_batch_copy(struct vonk_task *task, const struct vonk_batch *batch, struct vonk_owned_batch **out);
void vonk_owned_batch_destroy(struct vonk_owned_batch *batch);
/* About the memory that only BATCH holds: its buffers and small things. */
uint64_t vonk_owned_batch_byte_size(const struct vonk_owned_batch *batch);

static inline bool vonk_batch_row_live(const struct vonk_batch *b, uint32_t row) {
  return !b->live || (b->live[row >> 6] >> (row & 63) & 1);
}

#endif
