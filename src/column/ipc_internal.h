/* ipc_internal.h: names of Arrow's messages, and the fields of a stream that is written.
 *
 * Numbers are those of Schema.fbs, Message.fbs and File.fbs, as the specification has them.
 */
#ifndef VONK_COLUMN_IPC_INTERNAL_H
#define VONK_COLUMN_IPC_INTERNAL_H

#include "column/arrow_internal.h"
#include "column/ipc.h"
#include "wire/flatbuffer.h"

enum ipc_message_slot { MESSAGE_VERSION, MESSAGE_HEADER_KIND, MESSAGE_HEADER, MESSAGE_BODY_SIZE };
enum ipc_header { HEADER_SCHEMA = 1, HEADER_DICTIONARY = 2, HEADER_BATCH = 3 };
enum { IPC_VERSION_5 = 4 };
enum ipc_schema { SCHEMA_ENDIANNESS, SCHEMA_FIELDS };
enum ipc_field_slot { FIELD_NAME, FIELD_NULLABLE, FIELD_KIND, FIELD_TYPE, FIELD_DICTIONARY, FIELD_CHILDREN, FIELD_METADATA };
enum ipc_pair { PAIR_KEY, PAIR_VALUE };
enum ipc_batch { BATCH_LENGTH, BATCH_NODES, BATCH_BUFFERS, BATCH_COMPRESSION, BATCH_VARIADIC };
enum { NODE_SIZE = 16, BUFFER_SIZE = 16 }; /* (length, nulls), (offset, length) */
enum ipc_compression { COMPRESSION_CODEC, COMPRESSION_METHOD };
enum { CODEC_LZ4_FRAME = 0, CODEC_ZSTD = 1 };

enum ipc_kind {
  KIND_NULL = 1,
  KIND_INT,
  KIND_FLOAT,
  KIND_BINARY,
  KIND_UTF8,
  KIND_BOOL,
  KIND_DECIMAL,
  KIND_DATE,
  KIND_TIME,
  KIND_TIMESTAMP,
  KIND_INTERVAL,
  KIND_LIST,
  KIND_STRUCT,
  KIND_UNION,
  KIND_FIXED_BINARY,
  KIND_FIXED_LIST,
  KIND_MAP,
  KIND_DURATION,
  KIND_LARGE_BINARY,
  KIND_LARGE_UTF8,
  KIND_LARGE_LIST,
  KIND_RUNS,
  KIND_BINARY_VIEW,
  KIND_UTF8_VIEW,
  KIND_LIST_VIEW,
  KIND_LARGE_LIST_VIEW,
};
enum ipc_unit { UNIT_SECOND, UNIT_MILLI, UNIT_MICRO, UNIT_NANO };
enum ipc_interval { INTERVAL_MONTHS, INTERVAL_DAY_TIME, INTERVAL_MONTH_DAY_NANO };

enum ipc_dictionary { DICTIONARY_ID, DICTIONARY_INDEX_TYPE };
enum ipc_dictionary_batch { DICTIONARY_BATCH_ID, DICTIONARY_BATCH_DATA, DICTIONARY_BATCH_DELTA };
enum ipc_footer { FOOTER_VERSION, FOOTER_SCHEMA, FOOTER_DICTIONARIES, FOOTER_BATCHES };
enum { BLOCK_SIZE = 24 }; /* (offset, size of the metadata, size of the body) */

#define IPC_CONTINUATION UINT32_C(0xFFFFFFFF)



/* A field of a stream that is written, and what has been gathered of it. */
struct ipc_column {
  struct vonk_str name;
  const struct vonk_type *type; /* NULL for the entries of a map */
  bool nullable;
  struct vonk_str metadata_key, metadata;
  enum ipc_kind kind;
  struct ipc_column *children;
  uint32_t child_count;

  uint64_t row_count, null_count;
  struct vonk_buffer *validity; /* NULL while no row is null */
  struct vonk_buffer *values;   /* numbers, bits, or offsets */
  struct vonk_buffer *bytes;    /* of strings */
  size_t expected[3];           /* sizes of the three in the piece before */
  struct vonk_buffer *entries;  /* scratch: where the rows' values stand in a batch's column */
  struct vonk_buffer *elements; /* scratch: the rows of a list's children */
};

/* The struct TYPE as a column whose children are the fields. */
struct ipc_column *ipc_column_create(struct vonk_arena *arena, const struct vonk_type *type, const struct vonk_ipc_options *options);
/* Bytes of a value in the buffer of values; 0 for bits and where there are none. */
uint32_t ipc_column_value_size(const struct ipc_column *column);
/* The schema message, framed. */
struct vonk_str ipc_write_schema(struct vonk_arena *arena, const struct ipc_column *root, const struct vonk_ipc_options *options);
/* TEXT as a message: marker, size, padding. */
struct vonk_str ipc_frame(struct vonk_arena *arena, struct vonk_str text);

/* Rows first..first+count-1 of a column, or those of INDEXES. */
struct ipc_rows {
  const uint32_t *indexes;
  uint32_t first, count;
};
static inline uint32_t ipc_row_at(struct ipc_rows rows, uint32_t i) { return rows.indexes ? rows.indexes[i] : rows.first + i; }

/* Copies ROWS of FROM behind what COLUMN has. */
STATUS ipc_column_append(struct vonk_task *task, struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows);
/* The bits of one row that do not depend on it; lists and strings add to them by row. */
uint64_t ipc_column_fixed_bits(const struct ipc_column *column);
/* True when rows differ in size. */
bool ipc_column_varies(const struct ipc_column *column);
/* Adds to SIZES[i * STEP] the bits that row i of ROWS takes beyond the fixed ones. */
void ipc_column_add_sizes(const struct ipc_column *column, const struct vonk_column *from, struct ipc_rows rows, uint64_t *sizes, uint32_t step);
/* Releases what is left in COLUMN, scratch too. */
void ipc_column_release(struct ipc_column *column);

/* Which child of ours the CHILD of COLUMN is: the parts of a variant stand the other way round. */
static inline uint32_t ipc_child_position(const struct ipc_column *column, uint32_t child) {
  return column->type && column->type->id == VONK_TYPE_VARIANT ? 1 - child : child;
}

/* --- reading --- */

/* The values of dictionary-encoded fields, by the number that connects them to messages. A field's schema has this as its
 * private_data. */
struct ipc_values {
  int64_t id;
  const struct ArrowSchema *schema; /* of the values */
  struct ArrowArray *array;         /* the latest; NULL: none yet */
};

struct vonk_ipc_reader {
  struct vonk_arena *arena;
  struct vonk_str data;
  struct ArrowSchema schema;
  struct vonk_arrow_reader arrow;   /* over the record batch of the moment */
  ARRAY_OF(struct ipc_values *) values;
  size_t position;                  /* of the next message in a stream */
  struct vonk_flatbuffer footer;    /* of a file; data is NULL for a stream */
  struct vonk_flatbuffer_vector dictionary_blocks, batch_blocks;
  uint32_t block;                   /* the next of both */
  struct vonk_arena *batch_arena;   /* arrays of the record batch of the moment */
  struct vonk_buffer *body;         /* its memory, where it was compressed */
  bool keeps_dictionaries;          /* those that were replaced too: record batches before it are still to be read */
};

STATUS ipc_malformed(struct vonk_task *task, const char *what);
/* The fields of a Schema table as READER's schema; what they name is on the reader's arena. */
STATUS ipc_read_schema(struct vonk_task *task, struct vonk_ipc_reader *reader, struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *schema);

/* A record batch's table with its body, checked and made an array of SCHEMA: all it refers to lies on ARENA, in the reader's data,
 * or in *BODY, which is the caller's (NULL: none). */
struct ipc_message {
  struct vonk_flatbuffer flatbuffer;
  struct vonk_flatbuffer_table header;
  uint8_t kind; /* enum ipc_header; 0 at the end */
  struct vonk_str body;
};
STATUS ipc_read_arrays(struct vonk_task *task, struct vonk_ipc_reader *reader, struct ipc_message *message, const struct vonk_flatbuffer_table *batch,
                       const struct ArrowSchema *schema, struct vonk_arena *arena, struct vonk_buffer **body, struct ArrowArray *out);

/* The next record batch as an array, its dictionaries read; FOUND is false at the end. *BODY is the caller's, also on failure. */
STATUS ipc_next_batch(struct vonk_task *task, struct vonk_ipc_reader *reader, struct vonk_arena *arena, struct vonk_buffer **body, struct ArrowArray *out, bool *found);

#endif
