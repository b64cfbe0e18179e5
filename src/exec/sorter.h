/* sorter.h: sorts rows by key bytes (sort_key.h): the machine behind ORDER BY, top-N and windows.
 *
 * Each worker fills a sink: rows in blocks, whose column 0 is the key, then the input's columns, then what `extras` compute;
 * and beside them (first eight key bytes, row) pairs, which are sorted (stable merge sort). When memory is tight a sink writes
 * its rows in order to a file and starts anew. A reader merges all runs; equal keys come by run of a worker in the order
 * they came in, between workers by unit.
 */
#ifndef VONK_EXEC_SORTER_H
#define VONK_EXEC_SORTER_H

#include "base/thread.h"
#include "exec/memory.h"
#include "exec/row.h"
#include "exec/sort_key.h"
#include "expr/program.h"

struct vonk_sorter {
  struct vonk_execution *execution;
  struct vonk_operator_metrics *metrics;
  struct vonk_program *program;   /* keys, then extras */
  struct vonk_sort_key *keys;
  uint32_t key_count, extra_count;
  uint32_t boundary_count;        /* leading keys that make the partition of a window */
  uint32_t input_count;           /* the input's columns */
  struct vonk_row_layout layout;
  uint64_t wanted;                /* rows that are read at the most; UINT64_MAX: all */
  struct vonk_mutex lock;
  struct vonk_arena *arena;       /* of runs, under the lock */
  struct vonk_sorter_run *runs;
  uint32_t run_count;
  struct vonk_str *splitters;     /* range i begins with splitter i - 1 */
  uint32_t splitter_count;
};

struct vonk_sorter_options {
  const struct vonk_relation *input;
  const struct vonk_exprs *partition; /* ascending, in front; may be NULL */
  const struct vonk_exprs *order;     /* sort_order */
  const struct vonk_exprs *extras;    /* may be NULL */
  uint64_t wanted;
};

struct vonk_sorter_sink;
struct vonk_sorter_reader;

STATUS vonk_sorter_init(struct vonk_task *task, struct vonk_sorter *sorter, struct vonk_operator *op, const struct vonk_sorter_options *options);
void vonk_sorter_deinit(struct vonk_sorter *sorter);

STATUS vonk_sorter_sink_open(struct vonk_context *context, struct vonk_sorter *sorter, struct vonk_sorter_sink **out);
/* Takes NULL. */
void vonk_sorter_sink_close(struct vonk_sorter_sink *sink);
STATUS vonk_sorter_absorb(struct vonk_context *context, struct vonk_sorter *sorter, struct vonk_sorter_sink *sink, const struct vonk_batch *in);
/* The last run is sorted. */
STATUS vonk_sorter_combine(struct vonk_context *context, struct vonk_sorter *sorter, struct vonk_sorter_sink *sink);

/* When all sinks have combined: cuts the rows into up to WANTED ranges of keys of about the same size, to be read side by side, each
 * by a reader of its own; *COUNT of them come out, at least one. Partitions of a window stay whole. Called once at the most. */
STATUS vonk_sorter_split(struct vonk_context *context, struct vonk_sorter *sorter, uint32_t wanted, uint32_t *count);
/* Instead: range 0, and one from each of KEYS on, which rise (COUNT of them, borrowed). */
void vonk_sorter_cut(struct vonk_sorter *sorter, const struct vonk_str *keys, uint32_t count);
STATUS vonk_sorter_reader_open(struct vonk_context *context, struct vonk_sorter *sorter, uint32_t range, struct vonk_sorter_reader **out);
/* Takes NULL. */
void vonk_sorter_reader_close(struct vonk_sorter_reader *reader);
/* Up to VONK_BATCH_ROWS rows in order, valid until the next call (with runs on disk; else as long as the sorter). */
STATUS vonk_sorter_next(struct vonk_context *context, struct vonk_sorter *sorter, struct vonk_sorter_reader *reader,
                        const uint8_t **rows, uint32_t *count);
/* Are there runs on disk? Then rows do not stay. */
bool vonk_sorter_spilled(const struct vonk_sorter *sorter);

static inline const struct vonk_view *vonk_sorter_key(const struct vonk_sorter *sorter, const uint8_t *row) {
  return (const struct vonk_view *)(row + sorter->layout.offsets[0]);
}
/* Bytes of the key that are the partition's. */
static inline uint32_t vonk_sorter_boundary(const struct vonk_sorter *sorter, const uint8_t *row) {
  return *(const uint32_t *)(row + sorter->layout.extra_offset + 8);
}

#endif
