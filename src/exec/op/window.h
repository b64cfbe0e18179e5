/* window.h: what the parts of the window operator share.
 *
 * Rows come sorted by (partition, order) from the sorter, whose layout they keep: slot 0 is the key, then the input's columns,
 * then what calls need beside them. A reader loads a segment: whole partitions, enough for a few batches, or one long
 * partition, which goes to disk when memory is short. Then it answers batch by batch: where each row's partition and peers
 * begin and end, the frame of each call, and the calls over them. Rows are numbered within the segment.
 */
#ifndef VONK_EXEC_OP_WINDOW_H
#define VONK_EXEC_OP_WINDOW_H

#include "exec/aggregate_calls.h"
#include "exec/sorter.h"

#define VONK_WINDOW_NONE UINT32_MAX      /* no slot */
#define VONK_WINDOW_NO_ROW UINT64_MAX

enum vonk_window_kind {
  VONK_WINDOW_ROW_NUMBER,
  VONK_WINDOW_RANK,
  VONK_WINDOW_DENSE_RANK,
  VONK_WINDOW_PERCENT_RANK,
  VONK_WINDOW_CUME_DIST,
  VONK_WINDOW_NTILE,
  VONK_WINDOW_OFFSET,                    /* lag; lead is a negative one */
  VONK_WINDOW_FIRST,
  VONK_WINDOW_LAST,
  VONK_WINDOW_NTH,
  VONK_WINDOW_AGGREGATE,
};

struct vonk_window_call {
  const struct vonk_expr_window_call *expr;
  enum vonk_window_kind kind;
  bool ignore_nulls;
  int64_t number;                        /* ntile: buckets; lag: rows back; nth_value: which */
  uint32_t value, otherwise;             /* slots of the value and of lag's default */
  int64_t lower_offset, upper_offset;    /* ROWS */
  uint32_t lower_slot, upper_slot;       /* RANGE: the order key's bounds */
  struct vonk_aggregate_calls calls;     /* AGGREGATE: of one */
  struct vonk_exprs arguments;           /* and what WITHIN GROUP orders by */
  uint32_t *slots;                       /* of the arguments; NONE: constants */
  uint32_t filter;
  bool merges;                           /* AGGREGATE: states are plain bytes and may be merged in any grouping */
};

struct vonk_window {
  struct vonk_operator op;
  struct vonk_sorter sorter;
  struct vonk_window_call *calls;
  uint32_t call_count;
};

/* ---- window_rows.c: the rows of a segment ---- */

struct vonk_window_rows {
  const struct vonk_row_layout *layout;
  uint64_t count;
  bool copied;                           /* the sorter's rows do not stay: `rows` holds them, else `pointers` point to them */
  struct vonk_buffer *pointers;
  struct vonk_rows rows;
  struct vonk_buffer *starts;            /* uint64_t a block: number of its first row */
  uint32_t last_block;                   /* looked at last */
  struct vonk_buffer *partitions, *peers;/* bits: the row begins a partition, a group of peers */
  struct vonk_buffer **not_null;         /* a call that ignores nulls: bits of rows with a value */
  uint32_t *not_null_slots, not_null_count;
  struct vonk_buffer *held_memory;       /* uint32_t: blocks of those on disk that are in memory; the first held_old of them */
  uint32_t held_count, held_old;         /* were not used since the last let_go */
};

/* A place in the rows that moves forward; what it looks at stays until it is moved. Zeroed is new. */
struct vonk_window_cursor {
  struct vonk_buffer *buffer;
  uint32_t block;
};

/* CALLS that ignore nulls get bits. */
void vonk_window_rows_init(struct vonk_arena *arena, struct vonk_window_rows *rows, const struct vonk_window *window);
void vonk_window_rows_deinit(struct vonk_window_rows *rows);
void vonk_window_rows_clear(struct vonk_window_rows *rows, bool copied);
/* *STORED stays until the rows are spilled. */
STATUS vonk_window_rows_add(struct vonk_task *task, struct vonk_window_rows *rows, const uint8_t *row, bool begins_partition,
                            bool begins_peers, const uint8_t **stored);
/* Row ROW stays until let_go was called twice. */
STATUS vonk_window_rows_hold(struct vonk_task *task, struct vonk_window_rows *rows, uint64_t row, const uint8_t **out);
void vonk_window_rows_let_go(struct vonk_window_rows *rows);
STATUS vonk_window_rows_look(struct vonk_task *task, struct vonk_window_rows *rows, struct vonk_window_cursor *cursor, uint64_t row, const uint8_t **out);
/* Would looking at ROW move the cursor off the block it holds? */
bool vonk_window_cursor_stays(struct vonk_window_rows *rows, const struct vonk_window_cursor *cursor, uint64_t row);
static inline const uint64_t *vonk_window_bits(const struct vonk_buffer *bits) { return (const uint64_t *)bits->data; }

/* ---- window_frame.c: partitions, peers and frames of a batch ---- */

struct vonk_window_batch {
  uint64_t first;                        /* row number of the first */
  uint32_t count;
  const uint8_t *rows[VONK_BATCH_ROWS];
  uint64_t partition[VONK_BATCH_ROWS], partition_end[VONK_BATCH_ROWS];
  uint64_t peers[VONK_BATCH_ROWS], peers_end[VONK_BATCH_ROWS];
  uint32_t dense_rank[VONK_BATCH_ROWS];
  uint64_t lower[VONK_BATCH_ROWS], upper[VONK_BATCH_ROWS]; /* of the call at hand: the frame is lower..upper-1, in the partition */
};

/* Of a call in a reader. */
struct vonk_window_range {
  struct vonk_window_cursor lower, upper;
  uint64_t partition, lower_at, upper_at;
};

/* The batch from row FIRST on, behind the one that BATCH holds (COUNT 0: none). */
STATUS vonk_window_batch_next(struct vonk_task *task, struct vonk_window_rows *rows, uint64_t first, struct vonk_window_batch *batch);
STATUS vonk_window_frames(struct vonk_context *context, const struct vonk_window *window, const struct vonk_window_call *call,
                          struct vonk_window_rows *rows, struct vonk_window_range *range, struct vonk_scratch *scratch, struct vonk_window_batch *batch);

/* ---- window_value.c: ranking, and values of other rows ---- */

/* OUT is on SCRATCH. FOUND remembers the last answer: two numbers, zero at the start of a segment. */
STATUS vonk_window_rank(struct vonk_task *task, const struct vonk_window_call *call, const struct vonk_window_batch *batch,
                        struct vonk_scratch *scratch, struct vonk_column *out);
STATUS vonk_window_value(struct vonk_task *task, const struct vonk_window_call *call, struct vonk_window_rows *rows, const uint64_t *not_null,
                         const struct vonk_window_batch *batch, uint64_t *found, struct vonk_scratch *scratch, struct vonk_column *out);

/* ---- window_aggregate.c ---- */

struct vonk_window_aggregate;
STATUS vonk_window_aggregate_open(struct vonk_context *context, const struct vonk_window_call *call, struct vonk_window_aggregate **out);
/* Takes NULL. */
void vonk_window_aggregate_close(struct vonk_window_aggregate *aggregate);
void vonk_window_aggregate_start(struct vonk_window_aggregate *aggregate); /* a segment */
/* OUT is valid until the next call. */
STATUS vonk_window_aggregate_next(struct vonk_window_aggregate *aggregate, struct vonk_window_rows *rows, const struct vonk_window_batch *batch, struct vonk_column *out);

#endif
