/* owned_batch.c: the memory of batches that own what they point to. */
#include "base/array.h"
#include "column/batch_internal.h"

struct vonk_owned_batch *vonk_owned_batch_create(struct vonk_task *task) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_owned_batch *owned = ARENA_NEW(arena, struct vonk_owned_batch);
  owned->arena = arena;
  return owned;
}

void vonk_owned_batch_destroy(struct vonk_owned_batch *batch) {
  if (!batch) return;
  for (uint32_t i = 0; i < batch->buffer_count; i++) vonk_buffer_release(batch->buffers[i]);
  for (uint32_t i = 0; i < batch->dictionary_count; i++) vonk_dictionary_release(batch->dictionaries[i]);
  vonk_arena_destroy(batch->arena);
}

uint64_t vonk_owned_batch_byte_size(const struct vonk_owned_batch *batch) {
  uint64_t bytes = 256;
  for (uint32_t i = 0; i < batch->buffer_count; i++) bytes += batch->buffers[i] ? batch->buffers[i]->capacity : 0;
  return bytes;
}

/* ITEMS with room for one more pointer behind COUNT; capacities are powers of two from 8 on. */
static void *grow_list(struct vonk_arena *arena, void *items, uint32_t count) {
  bool full = count == 0 || (count >= 8 && (count & (count - 1)) == 0);
  if (!full) return items;
  void **bigger = ARENA_ARRAY(arena, void *, count == 0 ? 8 : 2 * (size_t)count);
  if (count) memcpy(bigger, items, count * sizeof *bigger);
  return bigger;
}

void vonk_owned_batch_keep_buffer(struct vonk_owned_batch *owned, struct vonk_buffer *buffer) {
  owned->buffers = grow_list(owned->arena, owned->buffers, owned->buffer_count);
  owned->buffers[owned->buffer_count++] = buffer;
}

STATUS vonk_owned_batch_buffer(struct vonk_task *task, struct vonk_owned_batch *owned, size_t size, void **data) {
  struct vonk_buffer *buffer;
  TRY(vonk_buffer_create(task->budget, size, &buffer));
  buffer->size = size;
  vonk_owned_batch_keep_buffer(owned, buffer);
  *data = buffer->data;
  return VONK_OK;
}

STATUS vonk_owned_batch_values(struct vonk_task *task, struct vonk_owned_batch *owned, size_t count, size_t size, void **data) {
  size_t rows = (count + 63) & ~(size_t)63;
  TRY(vonk_owned_batch_buffer(task, owned, rows * size, data));
  memset((char *)*data + count * size, 0, (rows - count) * size);
  return VONK_OK;
}

void vonk_owned_batch_keep(struct vonk_owned_batch *owned, struct vonk_dictionary *dictionary) {
  owned->dictionaries = grow_list(owned->arena, owned->dictionaries, owned->dictionary_count);
  owned->dictionaries[owned->dictionary_count++] = dictionary;
}
