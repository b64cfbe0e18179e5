/* row.h: rows of columns in blocks: what everything materialised is made of.
 *
 * A row is [null words][slots][extra]: bit c of the null words set = column c is null (its slot is then all zero), slots by
 * the type's default physical (BOOL one byte), extra bytes for the operator (a chain pointer, aggregate states). Strings are
 * views; nested values are bytes behind a view (column/value_bytes.h). Long strings lie in the same block as their row:
 * rows grow from the front, bytes from the back, so a block is whole by itself, in memory and on disk; a block that was
 * read back at another address has its views moved (block.c).
 */
#ifndef VONK_EXEC_ROW_H
#define VONK_EXEC_ROW_H

#include "column/builder.h"
#include "exec/spill_file.h"
#include "kernel/scratch.h"

struct vonk_row_layout {
  const struct vonk_type **types;
  uint8_t *physicals;        /* of the slots: VIEW for nested types */
  bool *nested;
  uint32_t *offsets;
  uint32_t column_count;
  uint32_t null_words;
  uint32_t key_size;         /* null words and slots, a multiple of 8 */
  uint32_t extra_offset;     /* a multiple of 16 */
  uint32_t stride;           /* a multiple of 16 */
  bool has_views;
};

/* TYPES are borrowed, arrays on ARENA. */
void vonk_row_layout_init(struct vonk_arena *arena, struct vonk_row_layout *layout, const struct vonk_type *const *types,
                          uint32_t column_count, uint32_t extra_size);

static inline bool vonk_row_is_null(const uint8_t *row, uint32_t column) {
  return ((const uint64_t *)row)[column >> 6] >> (column & 63) & 1;
}

/* Rows ROWS[0..count-1] (NULL: 0..) of COLUMN into slot C of COUNT rows that lie STRIDE apart from BASE on. Null words must
 * have been zeroed. Views still point at the source. */
STATUS vonk_row_scatter(struct vonk_task *task, const struct vonk_row_layout *layout, uint32_t c, struct vonk_scratch *scratch,
                        const struct vonk_column *column, const uint32_t *rows, uint32_t count, uint32_t row_count, uint8_t *base);
/* Null words and all slots of COUNT rows at BASE. ROW_COUNT is the batch's. */
STATUS vonk_row_scatter_all(struct vonk_task *task, const struct vonk_row_layout *layout, struct vonk_scratch *scratch,
                            const struct vonk_column *columns, const uint32_t *rows, uint32_t count, uint32_t row_count, uint8_t *base);
/* Slot C of the rows at POINTERS[0..count-1] (NULL: a null row) as a FLAT column in SCRATCH. Views point into the blocks. */
STATUS vonk_row_gather(struct vonk_task *task, const struct vonk_row_layout *layout, uint32_t c, struct vonk_scratch *scratch,
                       const uint8_t *const *pointers, uint32_t count, struct vonk_column *out);

/* The first COUNT columns of ROW to TO, whose bytes were zeroed; both layouts have the same types there. */
void vonk_row_copy_columns(const struct vonk_row_layout *from, const uint8_t *row, const struct vonk_row_layout *layout, uint32_t count, uint8_t *to);

/* Hash and equality of the key part; NULLs equal each other. */
uint64_t vonk_row_hash(const struct vonk_row_layout *layout, const uint8_t *row);
bool vonk_row_equal(const struct vonk_row_layout *layout, const uint8_t *a, const uint8_t *b);
/* The same of the first COUNT columns, whose types rows of two layouts have in common; this hash is another one. */
uint64_t vonk_row_hash_columns(const struct vonk_row_layout *layout, uint32_t count, const uint8_t *row);
bool vonk_row_equal_columns(const struct vonk_row_layout *a_layout, const uint8_t *a, const struct vonk_row_layout *b_layout, const uint8_t *b,
                            uint32_t count);

enum { VONK_BLOCK_SIZE = 256 * 1024 };

struct vonk_block {
  struct vonk_buffer *buffer;      /* NULL: on disk */
  uint8_t *base;                   /* of the memory, where its views point to */
  uint8_t *file_base;              /* where the views of the bytes on disk point to */
  uint32_t row_count;
  uint32_t heap_start;             /* offset of the lowest byte of long strings */
  uint32_t capacity;
  uint64_t file_offset;
  bool written;
};

/* Rows in blocks, in the order they were added. Charged to the budget of the tasks that add. */
struct vonk_rows {
  const struct vonk_row_layout *layout;
  struct vonk_block *blocks;       /* memory of a buffer */
  struct vonk_buffer *block_memory;
  uint32_t block_count;
  uint64_t row_count;
  uint64_t byte_size;              /* of blocks in memory */
  struct vonk_spill_file *file;    /* of blocks on disk; owned */
};

void vonk_rows_init(struct vonk_rows *rows, const struct vonk_row_layout *layout);
void vonk_rows_deinit(struct vonk_rows *rows);
/* One row like ROW, its long strings copied; extra bytes too. */
STATUS vonk_rows_add(struct vonk_task *task, struct vonk_rows *rows, const uint8_t *row, uint8_t **out);
/* Rows of columns; OUT (may be NULL) gets their addresses. Extra bytes are zero. */
STATUS vonk_rows_append(struct vonk_task *task, struct vonk_rows *rows, struct vonk_scratch *scratch, const struct vonk_column *columns,
                        const uint32_t *select, uint32_t count, uint32_t row_count, uint8_t **out);
static inline uint8_t *vonk_block_row(const struct vonk_rows *rows, const struct vonk_block *block, uint32_t row) {
  return block->base + (size_t)row * rows->layout->stride;
}
/* FROM's blocks go behind INTO's; FROM is empty afterwards. Same layout. */
STATUS vonk_rows_concat(struct vonk_task *task, struct vonk_rows *into, struct vonk_rows *from);
/* Writes blocks to disk and frees their memory; addresses of rows are void. */
STATUS vonk_rows_spill(struct vonk_task *task, struct vonk_rows *rows, struct vonk_spill_folder *folder);
/* Bytes on disk. */
static inline uint64_t vonk_rows_spilled_size(const struct vonk_rows *rows) { return rows->file ? vonk_spill_file_byte_size(rows->file) : 0; }
/* Block BLOCK in memory again. */
STATUS vonk_rows_pin(struct vonk_task *task, struct vonk_rows *rows, uint32_t block);
/* A copy of block BLOCK, which is on disk: for several readers at once. *OUT is yours; row i is at its data + i * stride. */
STATUS vonk_rows_read(struct vonk_task *task, const struct vonk_rows *rows, uint32_t block, struct vonk_buffer **out);
/* A copy of block BLOCK of FROM, which is on disk, becomes INTO's last. Same layout. */
STATUS vonk_rows_add_copy(struct vonk_task *task, struct vonk_rows *into, const struct vonk_rows *from, uint32_t block);
/* Lets the memory of a block go that is on disk too. */
void vonk_rows_unpin(struct vonk_rows *rows, uint32_t block);

/* Writes rows straight to disk through one block. STAGING is made before memory is short; it is replaced by a larger one for a
 * longer row. */
struct vonk_rows_writer {
  struct vonk_rows *rows;          /* all blocks of which end on disk */
  struct vonk_buffer **staging;
  struct vonk_spill_folder *folder;
  struct vonk_block block;         /* being filled */
};
STATUS vonk_rows_writer_add(struct vonk_task *task, struct vonk_rows_writer *writer, const uint8_t *row);
STATUS vonk_rows_writer_flush(struct vonk_task *task, struct vonk_rows_writer *writer);

#endif
