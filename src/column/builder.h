/* builder.h: makes one column row by row: results of functions, decoders of text formats, tests.
 *
 * Grows by itself; memory is buffers charged to the task's budget. After vonk_builder_finish the column points into the
 * builder's buffers, which live until vonk_builder_reset or _deinit (or are handed over with vonk_builder_take).
 */
#ifndef VONK_COLUMN_BUILDER_H
#define VONK_COLUMN_BUILDER_H

#include "column/column.h"

struct vonk_builder {
  const struct vonk_type *type;
  enum vonk_physical physical;
  struct vonk_arena *arena;      /* small things; of the outermost builder, shared with its children */
  bool owns_arena;
  uint32_t row_count, row_capacity;
  bool has_nulls;
  struct vonk_buffer *data;      /* by physical; LIST entries; none for STRUCT */
  struct vonk_buffer *validity;
  struct vonk_buffer **heaps;    /* string bytes: chunks that never move */
  uint32_t heap_count, heap_capacity, heap_current;
  uint32_t list_end;             /* rows of the children that belong to ended lists */
  struct vonk_builder *children; /* ARRAY 1, MAP 2, STRUCT field_count, VARIANT 2 */
  uint32_t child_count;
  struct vonk_column *finished;  /* children of the finished column */
};

STATUS vonk_builder_init(struct vonk_task *task, struct vonk_builder *builder, const struct vonk_type *type);
void vonk_builder_deinit(struct vonk_builder *builder);
/* Drops the rows, keeps the memory. */
void vonk_builder_reset(struct vonk_builder *builder);

/* Room for so many more rows, and as many of a STRUCT's fields: they can be added by slots. */
STATUS vonk_builder_reserve(struct vonk_task *task, struct vonk_builder *builder, uint32_t rows);
/* Where the next row's value goes, at the builder's physical (not BOOL, NONE or STRUCT); reserved before, ended behind it. */
static inline void *vonk_builder_slot(const struct vonk_builder *builder) {
  KERNEL_ASSERT(builder->row_count < builder->row_capacity);
  return builder->data->data + (size_t)builder->row_count * vonk_physical_size[builder->physical];
}
static inline void vonk_builder_end_slot(struct vonk_builder *builder) {
  ((uint64_t *)(void *)builder->validity->data)[builder->row_count >> 6] |= (uint64_t)1 << (builder->row_count & 63);
  builder->row_count++;
}

STATUS vonk_builder_add_null(struct vonk_task *task, struct vonk_builder *builder);
STATUS vonk_builder_add_bool(struct vonk_task *task, struct vonk_builder *builder, bool value);
/* I8..I128 by the builder's physical; the value must fit. */
STATUS vonk_builder_add_integer(struct vonk_task *task, struct vonk_builder *builder, vonk_int128 value);
STATUS vonk_builder_add_real(struct vonk_task *task, struct vonk_builder *builder, double value);
/* Bytes are copied to the heap. */
STATUS vonk_builder_add_bytes(struct vonk_task *task, struct vonk_builder *builder, const char *data, size_t size);
/* Room for SIZE bytes to be written in place; then vonk_builder_commit_bytes with what was used (<= SIZE). */
STATUS vonk_builder_reserve_bytes(struct vonk_task *task, struct vonk_builder *builder, size_t size, char **out);
STATUS vonk_builder_commit_bytes(struct vonk_task *task, struct vonk_builder *builder, size_t used);
STATUS vonk_builder_add_interval(struct vonk_task *task, struct vonk_builder *builder, struct vonk_interval value);
/* A list entry of the children rows added since the previous entry ended. */
STATUS vonk_builder_end_list(struct vonk_task *task, struct vonk_builder *builder);
/* A struct row: each child must have had one row added. */
STATUS vonk_builder_end_struct(struct vonk_task *task, struct vonk_builder *builder);
STATUS vonk_builder_add_value(struct vonk_task *task, struct vonk_builder *builder, const struct vonk_value *value);
/* Row ROW of COLUMN (same type), deep. */
STATUS vonk_builder_add_row(struct vonk_task *task, struct vonk_builder *builder, const struct vonk_column *column, uint32_t row);

/* The FLAT column of all rows added. */
STATUS vonk_builder_finish(struct vonk_task *task, struct vonk_builder *builder, struct vonk_column *out);

/* Hands over the memory of the finished COLUMN: its structs move to ARENA, its buffers are yours in BUFFERS (an array on
 * ARENA). The builder is empty afterwards and may be used again. */
uint32_t vonk_builder_take(struct vonk_builder *builder, struct vonk_arena *arena, struct vonk_column *column,
                           struct vonk_buffer ***buffers);

#endif
