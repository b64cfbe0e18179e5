/* writer_internal.h: the parts of a Parquet file being written.
 *
 * plan      settings, the tree of the schema, its leaves (writer_plan.c, writer_schema.c)
 * piece     a row group being filled: one column of pages for each leaf (writer_piece.c, writer_shred.c)
 * column    a page under way, the finished pages, a dictionary, statistics (writer_column.c, writer_page.c)
 * file      sealed pieces one behind the other, the indexes, the footer (writer.c)
 */
#ifndef VONK_FORMAT_PARQUET_WRITER_INTERNAL_H
#define VONK_FORMAT_PARQUET_WRITER_INTERNAL_H

#include "base/array.h"
#include "format/parquet/metadata.h"
#include "format/sink.h"
#include "kernel/scratch.h"
#include "wire/compress.h"

enum { PARQUET_OUT_PATH_MAX = 200 };

/* From what columns hold to what is stored. */
enum parquet_out_form {
  PARQUET_OUT_VOID,              /* no values */
  PARQUET_OUT_BOOLEAN,           /* a byte each while the page is under way */
  PARQUET_OUT_I32,
  PARQUET_OUT_I64,
  PARQUET_OUT_F32,
  PARQUET_OUT_F64,
  PARQUET_OUT_BYTES,
  PARQUET_OUT_DECIMAL,           /* big-endian, `width` bytes */
  PARQUET_OUT_INT96,             /* nanoseconds of the day, Julian day */
  PARQUET_OUT_MILLIS,            /* of microseconds */
  PARQUET_OUT_TIME,              /* microseconds of nanoseconds */
};

struct parquet_out_node {
  struct vonk_str name;
  const struct vonk_type *type;
  bool nullable;
  int32_t field_id;                    /* -1: none */
  uint8_t definition;                  /* of the node when it is not null */
  uint8_t repetition;                  /* lists and maps: of their entries */
  uint32_t leaf, leaf_count;
  struct parquet_out_node *children;   /* ARRAY: element; MAP: key, value; STRUCT: fields */
  uint32_t child_count;
};

struct parquet_out_leaf {
  const struct vonk_type *type;
  enum parquet_physical physical;
  enum parquet_out_form form;
  uint32_t width;                      /* bytes of a stored value; 0: BYTES, VOID */
  uint8_t max_definition, max_repetition;
  struct vonk_str *path;
  uint32_t path_count;
  bool dictionary;                     /* may be tried */
  uint32_t bloom_bytes;                /* 0: no Bloom filter */
};

struct parquet_plan {
  struct vonk_sink_plan plan;
  const struct vonk_type *schema;      /* as the files say it: all nullable */
  enum vonk_codec codec;
  int codec_level;
  bool version_2;                      /* pages of version 2, delta encodings */
  bool legacy;                         /* lists and decimals as Spark 1.4 wrote them */
  bool field_ids;
  bool checksums;
  enum parquet_out_form timestamp;
  uint64_t group_bytes, group_rows;
  uint32_t page_bytes, page_rows, dictionary_bytes, index_bytes;
  struct parquet_out_node *fields;
  struct parquet_out_leaf *leaves;
  uint32_t leaf_count, element_count;
};
extern const struct vonk_sink_type parquet_sink;

STATUS parquet_out_plan(struct vonk_task *task, const struct vonk_type *schema, const struct vonk_sink_options *options, struct vonk_sink_plan **out);

/* Of dictionary codes in data pages (version 1 has its older name), and of values that are not coded. */
enum parquet_encoding parquet_out_code_encoding(const struct parquet_plan *plan);
enum parquet_encoding parquet_out_plain_encoding(const struct parquet_plan *plan, const struct parquet_out_leaf *leaf);

/* --- writer_schema.c --- */

/* The tree of the plan's schema and its leaves; ELEMENT_COUNT with the root. Raises for types Parquet cannot hold. */
STATUS parquet_out_build(struct vonk_task *task, struct parquet_plan *plan);
/* All schema elements in thrift, the root first. */
void parquet_out_put_schema(struct vonk_text *text, const struct parquet_plan *plan);

/* --- bytes that grow --- */

/* Room for SIZE more bytes behind (*BUFFER)->size; NULL becomes a buffer. */
STATUS parquet_out_reserve(struct vonk_task *task, struct vonk_buffer **buffer, size_t size);
STATUS parquet_out_append(struct vonk_task *task, struct vonk_buffer **buffer, const void *bytes, size_t size);
static inline size_t parquet_out_size(const struct vonk_buffer *buffer) { return buffer ? buffer->size : 0; }

/* --- writer_encode.c --- */

/* Appends VALUES as runs of the hybrid encoding of WIDTH bits. */
STATUS parquet_out_hybrid(struct vonk_task *task, struct vonk_buffer **out, const uint32_t *values, uint32_t count, uint32_t width);
/* A byte each to bits. */
STATUS parquet_out_pack_booleans(struct vonk_task *task, struct vonk_buffer **out, const uint8_t *values, uint32_t count);
/* DELTA_BINARY_PACKED of COUNT integers of WIDTH bytes (4 or 8). */
STATUS parquet_out_delta(struct vonk_task *task, struct vonk_buffer **out, const void *values, uint32_t count, uint32_t width);
/* DELTA_BYTE_ARRAY. */
STATUS parquet_out_delta_bytes(struct vonk_task *task, struct vonk_buffer **out, const struct vonk_str *values, uint32_t count);

/* --- writer_values.c --- */

/* The rows ROWS (NULL: the first COUNT) of COLUMN, none of them null, as stored: LEAF->width bytes each, or views. On SCRATCH,
 * or in the column's own memory. */
STATUS parquet_out_values(struct vonk_task *task, struct vonk_scratch *scratch, const struct parquet_out_leaf *leaf, const struct vonk_column *column,
                          const uint32_t *rows, uint32_t count, const void **out);

/* --- writer_dictionary.c --- */

/* Distinct values in the order they came, in their plain encoding. */
struct parquet_out_dictionary {
  struct vonk_buffer *plain;           /* of the entries */
  struct vonk_buffer *offsets;         /* BYTES: uint32_t, of an entry's length in PLAIN */
  struct vonk_buffer *slots;           /* hash table */
  uint32_t entry_count, slot_count;    /* a power of two, or 0 */
  /* The entries of the last column that came as a dictionary. */
  uint64_t known_id;                   /* 0: none */
  struct vonk_buffer *known;           /* uint32_t: our code, or UINT32_MAX */
};
void parquet_out_dictionary_clear(struct parquet_out_dictionary *dictionary);
void parquet_out_dictionary_deinit(struct parquet_out_dictionary *dictionary);
/* The codes of VALUES (as parquet_out_values gives them); new ones become entries. */
STATUS parquet_out_dictionary_codes(struct vonk_task *task, struct parquet_out_dictionary *dictionary, const struct parquet_out_leaf *leaf,
                                    const void *values, uint32_t count, uint32_t *codes);
/* The same for rows of a column that is a dictionary itself: each of its entries is looked up once. */
STATUS parquet_out_dictionary_translate(struct vonk_task *task, struct parquet_out_dictionary *dictionary, struct vonk_scratch *scratch,
                                        const struct parquet_out_leaf *leaf, const struct vonk_column *column, const uint32_t *rows, uint32_t count,
                                        uint32_t *codes);
static inline struct vonk_str parquet_out_entry(const struct parquet_out_dictionary *dictionary, const struct parquet_out_leaf *leaf, uint32_t code) {
  const char *plain = (const char *)dictionary->plain->data;
  if (leaf->width) return (struct vonk_str){plain + (size_t)code * leaf->width, leaf->width};
  const char *at = plain + ((const uint32_t *)(const void *)dictionary->offsets->data)[code];
  uint32_t size;
  memcpy(&size, at, 4);
  return (struct vonk_str){at + 4, size};
}

/* --- writer_bounds.c --- */

/* The least and the greatest value of a page or chunk, as stored. */
struct parquet_out_bounds {
  bool known;                          /* some value was seen */
  bool unordered;                      /* a NaN, or a type without an order: says nothing */
  bool min_exact, max_exact;
  struct vonk_str min, max;            /* data NULL: none */
};
/* BOUNDS of COUNT values in their plain encoding at VALUES (BYTES: lengths before them). Long ones are cut. Memory on ARENA. */
void parquet_out_bounds_plain(struct vonk_arena *arena, const struct parquet_out_leaf *leaf, const uint8_t *values, uint32_t count,
                              struct parquet_out_bounds *bounds);
/* Of the entries that CODES name. SEEN: a byte an entry, all 0 before and after. */
void parquet_out_bounds_codes(struct vonk_arena *arena, const struct parquet_out_leaf *leaf, const struct parquet_out_dictionary *dictionary,
                              const uint32_t *codes, uint32_t count, uint8_t *seen, struct parquet_out_bounds *bounds);
/* ALL takes in ONE; both keep their memory. */
void parquet_out_bounds_merge(const struct parquet_out_leaf *leaf, struct parquet_out_bounds *all, const struct parquet_out_bounds *one);
/* Order of two stored values. */
int parquet_out_compare(const struct parquet_out_leaf *leaf, struct vonk_str a, struct vonk_str b);
/* VALUE, or a shorter value not above it (not below it with UP) of at most LIMIT bytes; false when there is none. */
bool parquet_out_cut(struct vonk_arena *arena, const struct parquet_out_leaf *leaf, struct vonk_str value, size_t limit, bool up, struct vonk_str *out);

/* --- writer_bloom.c --- */

uint32_t parquet_out_bloom_size(uint64_t distinct_count, double false_positives, uint32_t limit_bytes);
/* Split blocks of 32 bytes. */
void parquet_out_bloom_add(uint8_t *filter, uint32_t byte_size, struct vonk_str value);
void parquet_out_bloom_add_plain(uint8_t *filter, uint32_t byte_size, const struct parquet_out_leaf *leaf, const uint8_t *values, size_t size);
void parquet_out_put_bloom_header(struct vonk_text *text, uint32_t byte_size);

/* --- writer_column.c, writer_page.c --- */

struct parquet_out_page {
  uint64_t offset;                     /* in the chunk's data pages */
  uint32_t byte_size;                  /* with its header */
  uint64_t first_row;                  /* in the row group */
  uint64_t null_count, entry_count;
  struct parquet_out_bounds bounds;
};

struct parquet_out_column {
  const struct parquet_out_leaf *leaf;
  /* The page under way. */
  bool coded;                          /* its values are codes */
  struct vonk_buffer *definitions;     /* a byte an entry; NULL or empty while all are at the maximum */
  struct vonk_buffer *repetitions;     /* a byte an entry; repeated leaves */
  struct vonk_buffer *values;          /* codes, or plain */
  uint32_t entry_count, value_count, row_count;
  /* The chunk. */
  struct parquet_out_dictionary dictionary;
  bool has_dictionary;                 /* some page is coded */
  struct vonk_buffer *dictionary_page; /* made when the piece is sealed */
  struct vonk_buffer *chunk;           /* finished data pages */
  struct vonk_buffer *bloom;           /* NULL: none */
  ARRAY_OF(struct parquet_out_page) pages;
  uint32_t plain_page_count;
  uint64_t row_total, entry_total, null_total, plain_bytes;
  struct parquet_out_bounds bounds;
};

struct parquet_piece {
  struct vonk_piece piece;
  const struct parquet_plan *plan;
  struct vonk_arena *arena;            /* this struct, columns, pages, bounds */
  struct parquet_out_column *columns;  /* one for each leaf */
  struct vonk_scratch batch_scratch;   /* the live rows of the batch */
  struct vonk_scratch scratch;         /* of a column of it */
  struct vonk_compressor compressor;
  struct vonk_arena *header_arena;     /* of a page being closed, as are */
  struct vonk_buffer *body, *packed;
  struct vonk_buffer *seen;            /* parquet_out_bounds_codes */
};

/* Values for the next entries: rows ROWS of DATA (NULL: the first COUNT), none null. */
STATUS parquet_column_add_values(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *column, const struct vonk_column *data,
                                 const uint32_t *rows, uint32_t count);
/* COUNT entries of a leaf that is not repeated; VALID: a byte each, 1 where there is a value; NULL: everywhere. */
STATUS parquet_column_add_flat(struct vonk_task *task, struct parquet_out_column *column, const uint8_t *valid, uint32_t count);
STATUS parquet_column_add_levels(struct vonk_task *task, struct parquet_out_column *column, const uint8_t *definitions, const uint8_t *repetitions,
                                 uint32_t count);
/* ROW_COUNT rows have been added: closes the page when it is large enough. The piece's scratch memory is reset then. */
STATUS parquet_column_end_rows(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *column, uint32_t row_count);
/* Closes the last page and makes the dictionary's. */
STATUS parquet_column_seal(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *column);
void parquet_column_deinit(struct parquet_out_column *column);

STATUS parquet_page_close(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *column);
STATUS parquet_page_dictionary(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *column);
/* The codes of the page become plain values. */
STATUS parquet_column_decode(struct vonk_task *task, struct parquet_out_column *column);

/* --- writer_piece.c, writer_shred.c --- */

STATUS parquet_piece_open(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_piece **out);
STATUS parquet_piece_write(struct vonk_task *task, struct vonk_piece *piece, const struct vonk_batch *batch);
STATUS parquet_piece_seal(struct vonk_task *task, struct vonk_piece *piece);
void parquet_piece_close(struct vonk_piece *piece);
/* COUNT rows from FIRST on of the nested field NODE to the columns of its leaves. */
STATUS parquet_shred(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_node *node, const struct vonk_column *column,
                     uint32_t first, uint32_t count);

#endif
