/* window_rows.c: the rows of a segment, in memory or on disk, and bits about them. */
#include "base/bits.h"
#include "exec/op/window.h"

void vonk_window_rows_init(struct vonk_arena *arena, struct vonk_window_rows *rows, const struct vonk_window *window) {
  *rows = (struct vonk_window_rows){.layout = &window->sorter.layout};
  vonk_rows_init(&rows->rows, rows->layout);
  rows->not_null = ARENA_ARRAY(arena, struct vonk_buffer *, window->call_count + 1);
  rows->not_null_slots = ARENA_ARRAY(arena, uint32_t, window->call_count + 1);
  rows->not_null_count = window->call_count;
  for (uint32_t i = 0; i < window->call_count; i++) {
    rows->not_null_slots[i] = window->calls[i].ignore_nulls ? window->calls[i].value : VONK_WINDOW_NONE;
  }
}

void vonk_window_rows_deinit(struct vonk_window_rows *rows) {
  vonk_rows_deinit(&rows->rows);
  vonk_buffer_release(rows->pointers);
  vonk_buffer_release(rows->starts);
  vonk_buffer_release(rows->partitions);
  vonk_buffer_release(rows->peers);
  for (uint32_t i = 0; i < rows->not_null_count; i++) vonk_buffer_release(rows->not_null[i]);
  vonk_buffer_release(rows->held_memory);
}

void vonk_window_rows_clear(struct vonk_window_rows *rows, bool copied) {
  vonk_rows_deinit(&rows->rows);
  rows->copied = copied;
  rows->count = 0;
  rows->last_block = 0;
  rows->held_count = rows->held_old = 0;
}

/* Room for SIZE bytes. */
static STATUS reserve(struct vonk_task *task, struct vonk_buffer **buffer, size_t used, size_t size) {
  if (!*buffer) return vonk_buffer_create(task->budget, size < 4096 ? 4096 : size, buffer);
  if ((*buffer)->capacity >= size) return VONK_OK;
  (*buffer)->size = used;
  return vonk_buffer_grow(buffer, size * 2);
}

static STATUS put_bit(struct vonk_task *task, struct vonk_buffer **bits, uint64_t row, bool value) {
  if ((row & 63) == 0) {
    TRY(reserve(task, bits, row / 8, row / 8 + 8));
    ((uint64_t *)(*bits)->data)[row >> 6] = 0;
  }
  if (value) vonk_bits_set((uint64_t *)(*bits)->data, row);
  return VONK_OK;
}

STATUS vonk_window_rows_add(struct vonk_task *task, struct vonk_window_rows *rows, const uint8_t *row, bool begins_partition,
                            bool begins_peers, const uint8_t **stored) {
  uint64_t number = rows->count;
  TRY(put_bit(task, &rows->partitions, number, begins_partition));
  TRY(put_bit(task, &rows->peers, number, begins_peers));
  for (uint32_t i = 0; i < rows->not_null_count; i++) {
    uint32_t slot = rows->not_null_slots[i];
    if (slot != VONK_WINDOW_NONE) TRY(put_bit(task, &rows->not_null[i], number, !vonk_row_is_null(row, slot)));
  }
  *stored = row;
  if (rows->copied) {
    uint32_t blocks = rows->rows.block_count;
    uint8_t *copy;
    TRY(vonk_rows_add(task, &rows->rows, row, &copy));
    *stored = copy;
    if (rows->rows.block_count > blocks) {
      TRY(reserve(task, &rows->starts, blocks * sizeof number, (blocks + 1) * sizeof number));
      ((uint64_t *)rows->starts->data)[blocks] = number;
    }
  } else {
    TRY(reserve(task, &rows->pointers, number * sizeof row, (number + 1) * sizeof row));
    ((const uint8_t **)rows->pointers->data)[number] = row;
  }
  rows->count++;
  return VONK_OK;
}

static bool in_block(const struct vonk_window_rows *rows, uint32_t block, uint64_t row) {
  uint64_t start = ((const uint64_t *)rows->starts->data)[block];
  return row >= start && row - start < rows->rows.blocks[block].row_count;
}

static uint32_t block_of(struct vonk_window_rows *rows, uint64_t row) {
  uint32_t last = rows->last_block;
  if (last < rows->rows.block_count && in_block(rows, last, row)) return last;
  uint32_t low = 0, high = rows->rows.block_count;
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (((const uint64_t *)rows->starts->data)[middle] <= row) low = middle;
    else high = middle;
  }
  return rows->last_block = low;
}

static size_t offset_in(const struct vonk_window_rows *rows, uint32_t block, uint64_t row) {
  return (size_t)(row - ((const uint64_t *)rows->starts->data)[block]) * rows->layout->stride;
}

/* Block BLOCK has been used: it moves to the new end of the list. */
static STATUS note_held(struct vonk_task *task, struct vonk_window_rows *rows, uint32_t block) {
  TRY(reserve(task, &rows->held_memory, rows->held_count * sizeof block, (rows->held_count + 1) * sizeof block));
  uint32_t *held = (uint32_t *)rows->held_memory->data;
  for (uint32_t i = rows->held_count; i-- > 0;) {
    if (held[i] != block) continue;
    if (i >= rows->held_old) return VONK_OK;
    rows->held_old--;
    held[i] = held[rows->held_old];
    held[rows->held_old] = block;
    return VONK_OK;
  }
  held[rows->held_count++] = block;
  return VONK_OK;
}

STATUS vonk_window_rows_hold(struct vonk_task *task, struct vonk_window_rows *rows, uint64_t row, const uint8_t **out) {
  if (!rows->copied) {
    *out = ((const uint8_t **)rows->pointers->data)[row];
    return VONK_OK;
  }
  uint32_t index = block_of(rows, row);
  struct vonk_block *block = &rows->rows.blocks[index];
  if (block->written) {
    TRY(vonk_rows_pin(task, &rows->rows, index));
    TRY(note_held(task, rows, index));
  }
  *out = block->base + offset_in(rows, index, row);
  return VONK_OK;
}

void vonk_window_rows_let_go(struct vonk_window_rows *rows) {
  if (!rows->held_count) return;
  uint32_t *held = (uint32_t *)rows->held_memory->data, kept = rows->held_count - rows->held_old;
  for (uint32_t i = 0; i < rows->held_old; i++) vonk_rows_unpin(&rows->rows, held[i]);
  memmove(held, held + rows->held_old, kept * sizeof *held);
  rows->held_count = rows->held_old = kept;
}

bool vonk_window_cursor_stays(struct vonk_window_rows *rows, const struct vonk_window_cursor *cursor, uint64_t row) {
  if (!rows->copied || (cursor->buffer && in_block(rows, cursor->block, row))) return true;
  return !rows->rows.blocks[block_of(rows, row)].written;
}

STATUS vonk_window_rows_look(struct vonk_task *task, struct vonk_window_rows *rows, struct vonk_window_cursor *cursor, uint64_t row,
                             const uint8_t **out) {
  if (!rows->copied) {
    *out = ((const uint8_t **)rows->pointers->data)[row];
    return VONK_OK;
  }
  uint32_t index = cursor->buffer && in_block(rows, cursor->block, row) ? cursor->block : block_of(rows, row);
  const struct vonk_block *block = &rows->rows.blocks[index];
  if (!block->written) {
    *out = block->base + offset_in(rows, index, row);
    return VONK_OK;
  }
  if (!cursor->buffer || cursor->block != index) {
    vonk_buffer_release(cursor->buffer);
    cursor->buffer = NULL;
    TRY(vonk_rows_read(task, &rows->rows, index, &cursor->buffer));
    cursor->block = index;
  }
  *out = cursor->buffer->data + offset_in(rows, index, row);
  return VONK_OK;
}
