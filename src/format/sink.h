/* sink.h: the one way out for data: files written from batches, by several workers, in order.
 *
 * A plan says once for a job what all its files share. Workers fill pieces: rows that stand together in one file (a row
 * group, a block of lines), encoded when sealed. A file is made of sealed pieces, in the order of their appending. A writer
 * only puts bytes into the output it is given (fs/fs.h): committing or aborting that, and what several files together mean
 * (job commit, _SUCCESS, tables), is the caller's.
 */
#ifndef VONK_FORMAT_SINK_H
#define VONK_FORMAT_SINK_H

#include "column/batch.h"
#include "format/scan.h"
#include "fs/fs.h"

struct vonk_sink_options {
  const struct vonk_option *items; /* the first of equal keys counts; letters without case */
  uint32_t item_count;
  uint64_t memory_bytes;         /* what the pieces being filled should hold together at the most; 0: no bound */
  uint32_t piece_count;          /* that are filled at once */
  const struct vonk_timezone *zone; /* of the session */
};

/* What a finished file holds: for commits and statistics. */
struct vonk_sink_result {
  uint64_t row_count;
  uint64_t byte_size;
};

/* The heads of what every format has. */
struct vonk_sink_plan {
  const struct vonk_sink_type *type;
  struct vonk_str suffix;        /* ".snappy.parquet": what follows a file's own name */
};
struct vonk_piece {
  const struct vonk_sink_plan *plan;
  uint64_t row_count;
  uint64_t byte_size;            /* memory it holds */
  bool is_full;                  /* as large as a piece should be */
};
struct vonk_writer {
  const struct vonk_sink_plan *plan;
};

struct vonk_sink_type {
  const char *name;
  /* On the task's arena; SCHEMA and OPTIONS are borrowed. Raises for what the format cannot hold. The plan may be used by
   * several threads. */
  STATUS (*plan)(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_sink_options *options, struct vonk_sink_plan **out);
  /* A piece is charged to the budget of TASK, and lives on when the task ends. */
  STATUS (*open_piece)(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_piece **out);
  /* The live rows of BATCH, whose columns are the schema's fields. */
  STATUS (*write)(struct vonk_task *task, struct vonk_piece *piece, const struct vonk_batch *batch);
  /* No more rows. */
  STATUS (*seal)(struct vonk_task *task, struct vonk_piece *piece);
  void (*close_piece)(struct vonk_piece *piece);
  /* OUTPUT is empty, and borrowed until the writer ends. */
  STATUS (*open_file)(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_output *output, struct vonk_writer **out);
  /* PIECE is sealed and stays the caller's. */
  STATUS (*append)(struct vonk_task *task, struct vonk_writer *writer, const struct vonk_piece *piece);
  /* Both end the writer's life, finish also when it fails. After finish the output has all bytes of the file. */
  STATUS (*finish)(struct vonk_task *task, struct vonk_writer *writer, struct vonk_sink_result *out);
  void (*abort)(struct vonk_writer *writer);
};

/* Both take NULL. */
static inline void vonk_piece_close(struct vonk_piece *piece) {
  if (piece) piece->plan->type->close_piece(piece);
}
static inline void vonk_writer_abort(struct vonk_writer *writer) {
  if (writer) writer->plan->type->abort(writer);
}

/* The value of KEY among OPTIONS; data is NULL when it has none. */
static inline struct vonk_str vonk_sink_option(const struct vonk_sink_options *options, struct vonk_str key) {
  return vonk_scan_option(options->items, options->item_count, key);
}

#endif
