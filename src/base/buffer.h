/* buffer.h: counted, 64-byte-aligned memory for data in flight, charged to a budget.
 *
 * A buffer is written by its maker, then immutable and shared by reference. Freed memory of common sizes is kept in
 * size-class lists per process (bounded, and given back when the root budget asks) so that batches do not fault pages.
 */
#ifndef VONK_BASE_BUFFER_H
#define VONK_BASE_BUFFER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/status.h"

enum { VONK_BUFFER_ALIGNMENT = 64, VONK_BUFFER_PADDING = 64 };

struct vonk_buffer {
  atomic_uint references;
  uint32_t flags;              /* of the allocator */
  uint8_t *data;               /* 64-byte aligned; VONK_BUFFER_PADDING readable and writable bytes follow CAPACITY */
  size_t size;                 /* bytes in use, kept by the maker */
  size_t capacity;
  struct vonk_budget *budget;  /* charged capacity */
  void (*release)(struct vonk_buffer *); /* NULL: own memory; else foreign (mapped file, Arrow import) */
  void *release_object;
};

/* One reference, contents undefined, size 0. VONK_NO_MEMORY when the budget refuses. */
STATUS vonk_buffer_create(struct vonk_budget *budget, size_t capacity, struct vonk_buffer **out);
/* Grows to at least CAPACITY keeping SIZE bytes; the caller must hold the only reference. */
STATUS vonk_buffer_grow(struct vonk_buffer **buffer, size_t capacity);
/* Wraps foreign memory: RELEASE is called with the last reference. Charges nothing. */
struct vonk_buffer *vonk_buffer_wrap(void *data, size_t size, void (*release)(struct vonk_buffer *), void *object);
static inline struct vonk_buffer *vonk_buffer_retain(struct vonk_buffer *buffer) {
  if (buffer) atomic_fetch_add_explicit(&buffer->references, 1, memory_order_relaxed);
  return buffer;
}
/* Takes NULL. */
void vonk_buffer_release(struct vonk_buffer *buffer);

/* Gives the system what this process holds and does not use, of buffers and of the heap: milliseconds, for times when nothing runs. */
void vonk_memory_trim(void);

#endif
