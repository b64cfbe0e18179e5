/* leaf.h: one column chunk read in order: pages found, decompressed, and their values handed out run by run.
 *
 * Skipping is lazy: rows skipped are only counted until something is read, and whole pages of them are passed by their
 * headers without being decompressed (flat columns; a repeated one must decode its levels).
 */
#ifndef VONK_FORMAT_PARQUET_LEAF_H
#define VONK_FORMAT_PARQUET_LEAF_H

#include "format/file_window.h"
#include "format/page_cache.h"
#include "format/parquet/decode.h"

/* How pages of a file come to be. */
struct parquet_pages {
  struct vonk_file *file;
  uint64_t number;                   /* of the file's state; its key in the cache */
  struct vonk_page_cache *cache;     /* NULL: pages are not kept */
  bool verify;                       /* those with a checksum are tested */
};

struct parquet_leaf {
  struct parquet_source source;
  struct parquet_pages pages;
  const struct parquet_chunk *chunk;
  const struct parquet_node *node;
  uint8_t max_definition, max_repetition;
  uint64_t values_left;              /* level entries not yet in a page that was met */
  uint64_t to_skip;                  /* rows */
  struct vonk_file_window window;    /* over what is left of the chunk */
  uint64_t dictionary_offset;        /* of the dictionary page's header, once met; 0: none */
  struct vonk_dictionary *dictionary; /* read when the first page wants it */
  /* The current page. */
  struct vonk_buffer *page, *decoded;
  const uint8_t *values;             /* of the page: physical form; NULL: dictionary codes */
  struct parquet_hybrid codes;
  uint32_t entry_count, entry_at;    /* level entries */
  uint32_t value_count, value_at;    /* values that are not null */
  struct vonk_buffer *levels;        /* nested: definition then repetition, a byte each; flat: validity words */
  const uint8_t *definitions, *repetitions; /* nested */
  const uint64_t *valid;             /* flat; NULL: no nulls in the page */
  /* What the batch before borrowed. */
  struct vonk_buffer *kept;          /* holds pointers to buffers */
  uint32_t kept_count;
  /* Output, by batch. */
  struct vonk_buffer *out_values, *out_codes, *out_valid;
  uint32_t out_count, out_capacity;
  bool out_flat, out_has_nulls;
  const uint8_t *out_view;           /* values of the page itself, when they are all there is */
};

STATUS parquet_leaf_open(struct vonk_task *task, const struct parquet_pages *pages, const struct parquet_chunk *chunk, const struct parquet_node *node,
                         struct parquet_leaf *leaf);
void parquet_leaf_close(struct parquet_leaf *leaf);

/* ROW_COUNT rows of a flat column (<= VONK_BATCH_ROWS). OUT borrows from the leaf until its next read. */
STATUS parquet_leaf_read(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t row_count, struct vonk_column *out);
static inline void parquet_leaf_skip(struct parquet_leaf *leaf, uint64_t row_count) { leaf->to_skip += row_count; }

/* For nested columns: the next rows' levels are gathered, one byte an entry. */
struct parquet_levels {
  struct vonk_buffer *definitions, *repetitions;
  uint32_t count;
};
/* Appends to LEVELS the entries of ROW_COUNT rows, and to the leaf's output a slot for each entry at or above slot_definition. */
STATUS parquet_leaf_read_nested(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t row_count, struct parquet_levels *levels,
                                struct vonk_column *out);

/* leaf_page.c: the next data page with at least one entry; fails when there is none. */
STATUS parquet_leaf_next_page(struct vonk_task *task, struct parquet_leaf *leaf);

#endif
