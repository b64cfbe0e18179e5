/* scratch.c: a chain of buffers that is walked again after each reset. The link to the next chunk lies in a chunk's
 * first 64 bytes. */
#include "kernel/scratch.h"

#include "base/bits.h"

enum { CHUNK_MIN = 128 << 10, HEADER = 64 };

static struct vonk_buffer **link_of(struct vonk_buffer *chunk) { return (struct vonk_buffer **)(void *)chunk->data; }

/* Makes the next chunk that has room for SIZE bytes the current one. */
static STATUS advance(struct vonk_task *task, struct vonk_scratch *scratch, size_t size) {
  struct vonk_buffer **link = scratch->current ? link_of(scratch->current) : &scratch->first;
  struct vonk_buffer *next = *link;
  if (!next || next->capacity < size + HEADER) {
    size_t capacity = size + HEADER > CHUNK_MIN ? size + HEADER : CHUNK_MIN;
    struct vonk_buffer *fresh;
    TRY(vonk_buffer_create(task->budget, capacity, &fresh));
    *link_of(fresh) = next;
    *link = fresh;
    next = fresh;
  }
  scratch->current = next;
  scratch->used = HEADER;
  return VONK_OK;
}

STATUS vonk_scratch_take(struct vonk_task *task, struct vonk_scratch *scratch, size_t size, void **out) {
  size = (size + 127) & ~(size_t)63;
  if (!scratch->current || scratch->used + size > scratch->current->capacity) TRY(advance(task, scratch, size));
  *out = scratch->current->data + scratch->used;
  scratch->used += size;
  return VONK_OK;
}

STATUS vonk_scratch_take_rows(struct vonk_task *task, struct vonk_scratch *scratch, size_t count, size_t size, void **out) {
  size_t rows = (count + 63) & ~(size_t)63;
  if (rows == 0) rows = 64;
  if (size == 0) {
    TRY(vonk_scratch_take(task, scratch, rows / 8, out));
    ((uint64_t *)*out)[rows / 64 - 1] = 0;
    return VONK_OK;
  }
  TRY(vonk_scratch_take(task, scratch, rows * size, out));
  memset((char *)*out + count * size, 0, (rows - count) * size);
  return VONK_OK;
}

void vonk_scratch_reset(struct vonk_scratch *scratch) {
  scratch->current = NULL;
  scratch->used = 0;
}

void vonk_scratch_deinit(struct vonk_scratch *scratch) {
  for (struct vonk_buffer *chunk = scratch->first; chunk;) {
    struct vonk_buffer *next = *link_of(chunk);
    vonk_buffer_release(chunk);
    chunk = next;
  }
  *scratch = (struct vonk_scratch){0};
}
