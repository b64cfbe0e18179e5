/* ipc.h: batches as Arrow IPC streams (arrow.apache.org/docs/format/Columnar.html), both ways.
 *
 * Written: what Spark's clients expect. Types map as in arrow.h; list elements are called "element", a map's parts "entries",
 * "key" and "value"; a field's metadata is kept under Spark's key. Rows of many batches are gathered into one record batch.
 * Read: untrusted bytes, a stream or a file: record batches, dictionaries, compressed bodies.
 */
#ifndef VONK_COLUMN_IPC_H
#define VONK_COLUMN_IPC_H

#include "column/batch.h"

/* --- writing --- */

enum vonk_ipc_codec { VONK_IPC_PLAIN, VONK_IPC_LZ4, VONK_IPC_ZSTD };

struct vonk_ipc_options {
  struct vonk_str zone_id;   /* of TIMESTAMP fields; empty is UTC */
  bool large_offsets;        /* 64-bit offsets for strings and binaries */
  enum vonk_ipc_codec codec; /* of the bodies */
  int level;                 /* of zstd; 0 is its usual one */
  uint64_t row_limit;        /* rows of a piece at the most; 0: no limit */
  uint64_t byte_limit;       /* bytes of a piece at the most, before compression; 0: only the format's 2 GiB. A piece has one row at least. */
};

/* The schema message of a stream. TYPE is a STRUCT whose fields are the columns. Lives on the task's arena. */
STATUS vonk_ipc_schema(struct vonk_task *task, const struct vonk_type *type, const struct vonk_ipc_options *options, struct vonk_str *out);

/* A record batch as a complete stream, in parts that are sent one behind the other: the schema message first, the marker of the
 * end last; who writes a longer stream leaves these two out where they do not belong. Owns its memory, which is charged to
 * the budget of the task that made it; may outlive the writer and be freed by any thread. */
struct vonk_ipc_piece {
  struct vonk_str *parts;
  uint32_t part_count;
  uint64_t byte_size; /* of all parts */
  uint64_t row_count;
  struct vonk_arena *arena;
  struct vonk_buffer **buffers;
  uint32_t buffer_count;
};
/* Takes NULL. */
void vonk_ipc_piece_destroy(struct vonk_ipc_piece *piece);

struct vonk_ipc_writer;
/* TYPE and the options' texts are copied. */
STATUS vonk_ipc_writer_create(struct vonk_task *task, const struct vonk_type *type, const struct vonk_ipc_options *options, struct vonk_ipc_writer **out);
/* Takes NULL. */
void vonk_ipc_writer_destroy(struct vonk_ipc_writer *writer);

/* Copies the live rows of BATCH from number *POSITION of them on (0 to begin with) and moves *POSITION behind those that found
 * room. When that is not batch->live_count, the piece is full: take it, and append the rest.
 * VONK_NO_MEMORY when the budget refuses. After a failure the writer is of no use. */
STATUS vonk_ipc_writer_append(struct vonk_task *task, struct vonk_ipc_writer *writer, const struct vonk_batch *batch, uint32_t *position);
/* Rows appended since the last piece; whether their number has reached the limit. */
uint64_t vonk_ipc_writer_row_count(const struct vonk_ipc_writer *writer);
bool vonk_ipc_writer_full(const struct vonk_ipc_writer *writer);
/* The rows so far, none too; the writer begins anew. */
STATUS vonk_ipc_writer_take(struct vonk_task *task, struct vonk_ipc_writer *writer, struct vonk_ipc_piece **out);

/* --- reading --- */

/* Reads DATA, a stream or a file, without trusting it. Strings stay where they are, numbers too where they are aligned (all of
 * them are when DATA is aligned to 8 bytes); compressed record batches are taken apart once. So DATA must outlive the reader
 * and the batches; so must the task's arena, where the types are. Malformed data raises MALFORMED_RECORD_IN_PARSING, types
 * without a counterpart UNSUPPORTED_ARROWTYPE. */
struct vonk_ipc_reader;
STATUS vonk_ipc_reader_create(struct vonk_task *task, struct vonk_str data, struct vonk_ipc_reader **out);
/* Takes NULL. Batches live on. */
void vonk_ipc_reader_destroy(struct vonk_ipc_reader *reader);
/* A STRUCT whose fields are the columns. */
const struct vonk_type *vonk_ipc_reader_type(const struct vonk_ipc_reader *reader);
/* The next rows, at most VONK_BATCH_ROWS and never none; NULL at the end. Dictionaries are kept as DICT and shared between batches. */
STATUS vonk_ipc_reader_next(struct vonk_task *task, struct vonk_ipc_reader *reader, struct vonk_owned_batch **out);

/* All rows of DATA, as slices that may be read in any order, by many threads at a time. Creating it checks the data; what only
 * reading the rows can show (numbers out of range) fails then. */
struct vonk_ipc_table;
/* On the task's arena, with which it ends. */
STATUS vonk_ipc_table_create(struct vonk_task *task, struct vonk_str data, struct vonk_ipc_table **out);
const struct vonk_type *vonk_ipc_table_type(const struct vonk_ipc_table *table);
/* TYPE has the layout of the table's: rows will come with its names. Before the first is read. */
void vonk_ipc_table_set_type(struct vonk_ipc_table *table, const struct vonk_type *type);
/* The stream, as it was given. */
struct vonk_str vonk_ipc_table_data(const struct vonk_ipc_table *table);
uint32_t vonk_ipc_table_slice_count(const struct vonk_ipc_table *table);
/* Rows of a slice, 1..VONK_BATCH_ROWS. */
uint32_t vonk_ipc_table_row_count(const struct vonk_ipc_table *table, uint32_t slice);
STATUS vonk_ipc_table_read(struct vonk_task *task, struct vonk_ipc_table *table, uint32_t slice, struct vonk_owned_batch **out);

#endif
