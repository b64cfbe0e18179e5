/* block.c: blocks of rows: room, growth, spill and pin. */
#include "exec/row.h"

#include "base/array.h"

void vonk_rows_init(struct vonk_rows *rows, const struct vonk_row_layout *layout) { *rows = (struct vonk_rows){.layout = layout}; }

void vonk_rows_deinit(struct vonk_rows *rows) {
  for (uint32_t i = 0; i < rows->block_count; i++) vonk_buffer_release(rows->blocks[i].buffer);
  vonk_buffer_release(rows->block_memory);
  vonk_spill_file_destroy(rows->file);
  vonk_rows_init(rows, rows->layout);
}

/* Room in the block table for one more. */
static STATUS grow_table(struct vonk_task *task, struct vonk_rows *rows, uint32_t more) {
  size_t wanted = ((size_t)rows->block_count + more) * sizeof *rows->blocks;
  if (!rows->block_memory) TRY(vonk_buffer_create(task->budget, wanted < 512 ? 512 : wanted, &rows->block_memory));
  if (rows->block_memory->capacity < wanted) TRY(vonk_buffer_grow(&rows->block_memory, wanted * 2));
  rows->blocks = (struct vonk_block *)rows->block_memory->data;
  return VONK_OK;
}

static STATUS new_block(struct vonk_task *task, struct vonk_rows *rows, size_t wanted) {
  /* Small beginnings: many operators hold a handful of rows. */
  size_t size = rows->block_count == 0 ? 16 * 1024 : rows->block_count == 1 ? 64 * 1024 : VONK_BLOCK_SIZE;
  if (size < wanted) size = wanted;
  if (size > UINT32_MAX) return VONK_NO_MEMORY;
  TRY(grow_table(task, rows, 1));
  struct vonk_buffer *buffer;
  TRY(vonk_buffer_create(task->budget, size, &buffer));
  struct vonk_block *block = &rows->blocks[rows->block_count++];
  rows->block_memory->size = (size_t)rows->block_count * sizeof *rows->blocks;
  *block = (struct vonk_block){.buffer = buffer, .base = buffer->data, .capacity = (uint32_t)size, .heap_start = (uint32_t)size};
  rows->byte_size += size;
  return VONK_OK;
}

/* Writes a block whole; nothing of it that is not in use. */
static STATUS write_block(struct vonk_task *task, struct vonk_rows *rows, struct vonk_block *block) {
  size_t end = (size_t)block->row_count * rows->layout->stride;
  memset(block->base + end, 0, block->heap_start - end);
  TRY(vonk_spill_file_write(task, rows->file, block->base, block->capacity, &block->file_offset));
  block->file_base = block->base;
  block->written = true;
  return VONK_OK;
}

static size_t long_bytes(const struct vonk_row_layout *layout, const uint8_t *row) {
  size_t bytes = 0;
  for (uint32_t c = 0; c < layout->column_count; c++) {
    if (layout->physicals[c] != VONK_PHYSICAL_VIEW) continue;
    const struct vonk_view *view = (const struct vonk_view *)(row + layout->offsets[c]);
    if (view->size > VONK_VIEW_INLINE) bytes += view->size;
  }
  return bytes;
}

/* The row's long strings become copies in the block. */
static void take_strings(const struct vonk_row_layout *layout, struct vonk_block *block, uint8_t *row) {
  for (uint32_t c = 0; c < layout->column_count; c++) {
    if (layout->physicals[c] != VONK_PHYSICAL_VIEW) continue;
    struct vonk_view *view = (struct vonk_view *)(row + layout->offsets[c]);
    if (view->size <= VONK_VIEW_INLINE) continue;
    block->heap_start -= view->size;
    char *to = (char *)block->base + block->heap_start;
    memcpy(to, view->pointer, view->size);
    view->pointer = to;
  }
}

static size_t room(const struct vonk_rows *rows, const struct vonk_block *block) {
  return block->heap_start - (size_t)block->row_count * rows->layout->stride;
}

static struct vonk_block *last_block(struct vonk_rows *rows) {
  struct vonk_block *block = rows->block_count ? &rows->blocks[rows->block_count - 1] : NULL;
  return block && block->buffer && !block->written ? block : NULL;
}

STATUS vonk_rows_add(struct vonk_task *task, struct vonk_rows *rows, const uint8_t *row, uint8_t **out) {
  const struct vonk_row_layout *layout = rows->layout;
  size_t wanted = layout->stride + (layout->has_views ? long_bytes(layout, row) : 0);
  struct vonk_block *block = last_block(rows);
  if (!block || room(rows, block) < wanted) {
    TRY(new_block(task, rows, wanted));
    block = last_block(rows);
  }
  uint8_t *to = vonk_block_row(rows, block, block->row_count++);
  memcpy(to, row, layout->stride);
  if (layout->has_views) take_strings(layout, block, to);
  rows->row_count++;
  *out = to;
  return VONK_OK;
}

STATUS vonk_rows_append(struct vonk_task *task, struct vonk_rows *rows, struct vonk_scratch *scratch, const struct vonk_column *columns,
                        const uint32_t *select, uint32_t count, uint32_t row_count, uint8_t **out) {
  const struct vonk_row_layout *layout = rows->layout;
  uint32_t stride = layout->stride;
  if (layout->has_views) {
    /* Sizes differ by row: through rows on scratch, one by one. */
    void *memory;
    TRY(vonk_scratch_take(task, scratch, (size_t)count * stride + 16, &memory));
    TRY(vonk_row_scatter_all(task, layout, scratch, columns, select, count, row_count, memory));
    for (uint32_t i = 0; i < count; i++) {
      uint8_t *row;
      TRY(vonk_rows_add(task, rows, (uint8_t *)memory + (size_t)i * stride, &row));
      if (out) out[i] = row;
    }
    return VONK_OK;
  }
  uint32_t identity[VONK_BATCH_ROWS];
  if (!select) {
    for (uint32_t i = 0; i < count; i++) identity[i] = i;
    select = identity;
  }
  for (uint32_t done = 0; done < count;) {
    struct vonk_block *block = last_block(rows);
    if (!block || room(rows, block) < stride) {
      TRY(new_block(task, rows, stride));
      block = last_block(rows);
    }
    uint32_t fit = (uint32_t)(room(rows, block) / stride), take = count - done < fit ? count - done : fit;
    uint8_t *base = vonk_block_row(rows, block, block->row_count);
    TRY(vonk_row_scatter_all(task, layout, scratch, columns, select + done, take, row_count, base));
    for (uint32_t i = 0; out && i < take; i++) out[done + i] = base + (size_t)i * stride;
    block->row_count += take;
    rows->row_count += take;
    done += take;
  }
  return VONK_OK;
}

STATUS vonk_rows_concat(struct vonk_task *task, struct vonk_rows *into, struct vonk_rows *from) {
  if (!from->block_count) return VONK_OK;
  ASSERT(!from->file || !into->file);
  TRY(grow_table(task, into, from->block_count));
  memcpy(into->blocks + into->block_count, from->blocks, from->block_count * sizeof *from->blocks);
  into->block_count += from->block_count;
  into->block_memory->size = (size_t)into->block_count * sizeof *into->blocks;
  into->row_count += from->row_count;
  into->byte_size += from->byte_size;
  if (from->file) into->file = from->file;
  vonk_buffer_release(from->block_memory);
  vonk_rows_init(from, from->layout);
  return VONK_OK;
}

STATUS vonk_rows_spill(struct vonk_task *task, struct vonk_rows *rows, struct vonk_spill_folder *folder) {
  for (uint32_t i = 0; i < rows->block_count; i++) {
    struct vonk_block *block = &rows->blocks[i];
    if (!block->buffer) continue;
    if (!block->written) {
      if (!rows->file) TRY(vonk_spill_file_create(task, folder, &rows->file));
      TRY(write_block(task, rows, block));
    }
    vonk_rows_unpin(rows, i);
    TRY(vonk_task_check(task));
  }
  return VONK_OK;
}

/* Long strings of COUNT rows at BASE still point to where the block lay when it was written. */
static void move_views(const struct vonk_row_layout *layout, uint8_t *base, const uint8_t *written_at, uint32_t count) {
  for (uint32_t c = 0; layout->has_views && c < layout->column_count; c++) {
    if (layout->physicals[c] != VONK_PHYSICAL_VIEW) continue;
    for (uint32_t r = 0; r < count; r++) {
      struct vonk_view *view = (struct vonk_view *)(base + (size_t)r * layout->stride + layout->offsets[c]);
      if (view->size > VONK_VIEW_INLINE) view->pointer = (const char *)base + (view->pointer - (const char *)written_at);
    }
  }
}

STATUS vonk_rows_read(struct vonk_task *task, const struct vonk_rows *rows, uint32_t index, struct vonk_buffer **out) {
  const struct vonk_block *block = &rows->blocks[index];
  struct vonk_buffer *buffer;
  TRY(vonk_buffer_create(task->budget, block->capacity, &buffer));
  enum vonk_status status = vonk_spill_file_read(task, rows->file, block->file_offset, buffer->data, block->capacity);
  if (status != VONK_OK) {
    vonk_buffer_release(buffer);
    return status;
  }
  move_views(rows->layout, buffer->data, block->file_base, block->row_count);
  *out = buffer;
  return VONK_OK;
}

STATUS vonk_rows_add_copy(struct vonk_task *task, struct vonk_rows *into, const struct vonk_rows *from, uint32_t index) {
  struct vonk_buffer *buffer;
  TRY(grow_table(task, into, 1));
  TRY(vonk_rows_read(task, from, index, &buffer));
  struct vonk_block *block = &into->blocks[into->block_count++];
  *block = from->blocks[index];
  block->buffer = buffer;
  block->base = buffer->data;
  block->written = false;
  into->block_memory->size = (size_t)into->block_count * sizeof *into->blocks;
  into->row_count += block->row_count;
  into->byte_size += block->capacity;
  return VONK_OK;
}

STATUS vonk_rows_pin(struct vonk_task *task, struct vonk_rows *rows, uint32_t index) {
  struct vonk_block *block = &rows->blocks[index];
  if (block->buffer) return VONK_OK;
  TRY(vonk_rows_read(task, rows, index, &block->buffer));
  block->base = block->buffer->data;
  rows->byte_size += block->capacity;
  return VONK_OK;
}

void vonk_rows_unpin(struct vonk_rows *rows, uint32_t index) {
  struct vonk_block *block = &rows->blocks[index];
  if (!block->buffer || !block->written) return;
  vonk_buffer_release(block->buffer);
  block->buffer = NULL;
  rows->byte_size -= block->capacity;
}

STATUS vonk_rows_writer_flush(struct vonk_task *task, struct vonk_rows_writer *writer) {
  struct vonk_rows *rows = writer->rows;
  struct vonk_block *block = &writer->block;
  if (!block->row_count) return VONK_OK;
  if (!rows->file) TRY(vonk_spill_file_create(task, writer->folder, &rows->file));
  TRY(write_block(task, rows, block));
  TRY(grow_table(task, rows, 1));
  rows->row_count += block->row_count;
  rows->blocks[rows->block_count++] = *block;
  rows->block_memory->size = (size_t)rows->block_count * sizeof *rows->blocks;
  *block = (struct vonk_block){0};
  return vonk_task_check(task);
}

STATUS vonk_rows_writer_add(struct vonk_task *task, struct vonk_rows_writer *writer, const uint8_t *row) {
  const struct vonk_row_layout *layout = writer->rows->layout;
  struct vonk_block *block = &writer->block;
  size_t wanted = layout->stride + (layout->has_views ? long_bytes(layout, row) : 0);
  if (!block->capacity || room(writer->rows, block) < wanted) {
    TRY(vonk_rows_writer_flush(task, writer));
    if ((*writer->staging)->capacity < wanted) {
      struct vonk_buffer *larger;
      TRY(vonk_buffer_create(task->budget, wanted, &larger));
      vonk_buffer_release(*writer->staging);
      *writer->staging = larger;
    }
    uint32_t size = (uint32_t)(wanted > VONK_BLOCK_SIZE ? wanted : VONK_BLOCK_SIZE);
    *block = (struct vonk_block){.base = (*writer->staging)->data, .capacity = size, .heap_start = size};
  }
  uint8_t *to = vonk_block_row(writer->rows, block, block->row_count++);
  memcpy(to, row, layout->stride);
  if (layout->has_views) take_strings(layout, block, to);
  return VONK_OK;
}
