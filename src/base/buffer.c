/* buffer.c: where counted buffers come from.
 *
 * The header stands in the same block in front of the data. Blocks up to 32 KiB of data are cut from 256 KiB slabs of one
 * size class (four classes per doubling), found again by masking the block's address; larger ones are mappings of their
 * own, kept for reuse up to 4 MiB each. One that grows moves to a kept one of its new size, else it grows with mremap. What the
 * process holds beyond the charged bytes is counted, bounded, and trimmed by budget.c when a root's limit comes near, so that
 * resident memory follows the charges: free mappings and empty slabs are unmapped, and free blocks of two pages or more in other
 * slabs give their whole pages back.
 */
#include "base/buffer.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/budget_internal.h"
#include "base/sanitizer.h"
#include "base/thread.h"

enum {
  HEADER_SIZE = 64,
  OVERHEAD = HEADER_SIZE + VONK_BUFFER_PADDING,
  SLAB_SIZE = 256 << 10,
  SLAB_HEADER = 64,
  SMALL_MAX = 32 << 10, /* capacity */
  SMALL_CLASSES = 37,   /* 64, 80, 96, 112, 128, ... 32768, in whole 64 bytes */
  PAGE = 4096,
  CACHED_MAX = 4 << 20, /* largest mapping kept for reuse: pages of files are a little over 1 MiB */
  LARGE_CLASSES = 30,   /* mappings of up to 4 MiB and a page, four per doubling */
  HELD_MAX = 64 << 20,  /* free bytes kept at most */
  HUGE_PAGE = 2 << 20,
};
_Static_assert(sizeof(struct vonk_buffer) <= HEADER_SIZE, "the header fits before the data");

enum buffer_flags { FLAG_SMALL = 1, FLAG_LARGE = 2, FLAG_FOREIGN = 4, CLASS_SHIFT = 8 };

struct free_block {
  struct free_block *next;
  size_t given_back; /* bytes of whole pages inside, when the system has them again */
};

struct slab {
  struct slab *next, *previous; /* among the slabs of the class that have room */
  struct free_block *free;
  uint32_t class_index;
  uint32_t used_count; /* blocks handed out */
  uint32_t cut_count;  /* blocks ever cut: the rest of the slab was never touched */
  uint32_t held;       /* bytes of free blocks, without what was given back */
  uint32_t page_bytes; /* of HELD, what lies in whole pages of free blocks */
  uint32_t trimmable;  /* what this slab counts in trimmable_bytes */
};
_Static_assert(sizeof(struct slab) <= SLAB_HEADER, "the slab header fits");

struct mapping {
  struct mapping *next;
};

/* Process-wide state of the allocator, like malloc's own. */
static struct vonk_mutex slab_locks[SMALL_CLASSES] = {[0 ... SMALL_CLASSES - 1] = VONK_MUTEX_INIT};
static struct slab *slabs_with_room[SMALL_CLASSES];
static struct vonk_mutex mapping_lock = VONK_MUTEX_INIT;
static struct mapping *free_mappings[LARGE_CLASSES];
static _Atomic int64_t held_bytes;
static _Atomic int64_t trimmable_bytes; /* of held_bytes: free mappings, empty slabs, whole pages of free blocks */

uint64_t vonk_buffer_held_bytes(void) {
  int64_t held = atomic_load_explicit(&held_bytes, memory_order_relaxed);
  return held > 0 ? (uint64_t)held : 0;
}

static void held_add(int64_t bytes) { atomic_fetch_add_explicit(&held_bytes, bytes, memory_order_relaxed); }
static void trimmable_add(int64_t bytes) { atomic_fetch_add_explicit(&trimmable_bytes, bytes, memory_order_relaxed); }

static void mapping_count(int64_t bytes) {
  held_add(bytes);
  trimmable_add(bytes);
}

/* --- sizes --- */

/* Steps of a quarter between powers of two: 4 * log2 + quarter, rounded up. SIZE >= 4. */
static uint32_t quarter_class(size_t size) {
  uint32_t log2 = 63 - (uint32_t)__builtin_clzll(size);
  size_t step = (size_t)1 << (log2 - 2);
  return 4 * log2 + (uint32_t)((size - ((size_t)1 << log2) + step - 1) / step);
}

static size_t quarter_size(uint32_t class_index) {
  uint32_t log2 = class_index / 4;
  return ((size_t)1 << log2) + (class_index % 4) * ((size_t)1 << (log2 - 2));
}

static uint32_t small_class(size_t capacity) { return capacity <= 64 ? 0 : quarter_class(capacity) - 4 * 6; }
static size_t small_capacity(uint32_t class_index) {
  return (quarter_size(class_index + 4 * 6) + 63) & ~(size_t)63;
}
static size_t small_block_size(uint32_t class_index) { return small_capacity(class_index) + OVERHEAD; }

/* Whole pages for CAPACITY; cacheable sizes are rounded so that data of a class size fits exactly. */
static size_t large_block_size(size_t capacity) {
  if (capacity <= CACHED_MAX) capacity = quarter_size(quarter_class(capacity));
  return (capacity + OVERHEAD + PAGE - 1) & ~(size_t)(PAGE - 1);
}
static uint32_t large_class(size_t block_size) { return quarter_class(block_size - PAGE) - 4 * 15; }

/* --- mappings --- */

static void *map_pages(size_t byte_size) {
  void *pages = mmap(NULL, byte_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return NULL;
  if (byte_size >= HUGE_PAGE) madvise(pages, byte_size, MADV_HUGEPAGE);
  return pages;
}

static bool is_cached_size(size_t block_size) { return block_size <= CACHED_MAX + PAGE; }

/* One that is kept; NULL: there is none. */
static void *mapping_reuse(size_t block_size) {
  if (!is_cached_size(block_size)) return NULL;
  struct mapping **list = &free_mappings[large_class(block_size)];
  vonk_mutex_lock(&mapping_lock);
  struct mapping *mapping = *list;
  if (mapping) *list = mapping->next;
  vonk_mutex_unlock(&mapping_lock);
  if (mapping) mapping_count(-(int64_t)block_size);
  return mapping;
}

static void *mapping_take(size_t block_size) {
  void *mapping = mapping_reuse(block_size);
  return mapping ? mapping : map_pages(block_size);
}

static void mapping_give(void *pages, size_t block_size) {
  if (!is_cached_size(block_size) || vonk_buffer_held_bytes() + block_size > HELD_MAX) {
    munmap(pages, block_size);
    return;
  }
  struct mapping *mapping = pages, **list = &free_mappings[large_class(block_size)];
  mapping_count((int64_t)block_size);
  vonk_mutex_lock(&mapping_lock);
  mapping->next = *list;
  *list = mapping;
  vonk_mutex_unlock(&mapping_lock);
}

static void trim_mappings(uint64_t kept_bytes) {
  vonk_mutex_lock(&mapping_lock);
  for (uint32_t i = LARGE_CLASSES; i-- > 0;) {
    size_t block_size = large_block_size(quarter_size(i + 4 * 15));
    while (free_mappings[i] && vonk_buffer_held_bytes() > kept_bytes) {
      struct mapping *mapping = free_mappings[i];
      free_mappings[i] = mapping->next;
      munmap(mapping, block_size);
      mapping_count(-(int64_t)block_size);
    }
  }
  vonk_mutex_unlock(&mapping_lock);
}

/* --- slabs --- */

static struct slab *slab_create(uint32_t class_index) {
  /* Twice the size, then the ends cut off: the slab must be aligned to its size. */
  char *pages = mmap(NULL, 2 * SLAB_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return NULL;
  size_t front = (size_t)(-(uintptr_t)pages & (SLAB_SIZE - 1));
  if (front) munmap(pages, front);
  munmap(pages + front + SLAB_SIZE, SLAB_SIZE - front);
  struct slab *slab = (struct slab *)(pages + front);
  slab->class_index = class_index;
  return slab;
}

static struct slab *slab_of(void *block) { return (struct slab *)((uintptr_t)block & ~(uintptr_t)(SLAB_SIZE - 1)); }
static uint32_t slab_block_count(uint32_t class_index) {
  return (uint32_t)((SLAB_SIZE - SLAB_HEADER) / small_block_size(class_index));
}

static void slab_link(struct slab *slab) {
  struct slab **list = &slabs_with_room[slab->class_index];
  slab->previous = NULL;
  slab->next = *list;
  if (*list) (*list)->previous = slab;
  *list = slab;
}

static void slab_unlink(struct slab *slab) {
  if (slab->previous) slab->previous->next = slab->next;
  else slabs_with_room[slab->class_index] = slab->next;
  if (slab->next) slab->next->previous = slab->previous;
}

static bool slab_is_full(const struct slab *slab) {
  return slab->used_count == slab_block_count(slab->class_index);
}

/* The whole pages inside a free block, behind its link. */
static size_t inner_pages(struct free_block *block, size_t block_size, char **first) {
  uintptr_t start = ((uintptr_t)(block + 1) + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
  uintptr_t stop = ((uintptr_t)block + block_size) & ~(uintptr_t)(PAGE - 1);
  *first = (char *)start;
  return block_size >= 2 * PAGE && stop > start ? stop - start : 0;
}

/* Block becomes (SIGN 1) or ceases to be (-1) a free block of SLAB. */
static void slab_count(struct slab *slab, struct free_block *block, int sign) {
  size_t block_size = small_block_size(slab->class_index);
  char *first;
  int64_t held = sign * (int64_t)(block_size - block->given_back);
  slab->held = (uint32_t)(slab->held + held);
  if (!block->given_back) slab->page_bytes += (uint32_t)(sign * (int64_t)inner_pages(block, block_size, &first));
  held_add(held);
}

/* Brings the slab's share of trimmable_bytes up to date. */
static void slab_recount(struct slab *slab) {
  uint32_t trimmable = slab->used_count ? slab->page_bytes : slab->held;
  trimmable_add((int64_t)trimmable - slab->trimmable);
  slab->trimmable = trimmable;
}

/* The caller holds the lock of the class; no block is in use. */
static void slab_destroy(struct slab *slab) {
  slab_unlink(slab);
  held_add(-(int64_t)slab->held);
  trimmable_add(-(int64_t)slab->trimmable);
  munmap(slab, SLAB_SIZE);
}

static void slab_give_pages_back(struct slab *slab) {
  size_t block_size = small_block_size(slab->class_index);
  for (struct free_block *block = slab->free; block; block = block->next) {
    char *first;
    size_t pages = block->given_back ? 0 : inner_pages(block, block_size, &first);
    if (!pages || madvise(first, pages, MADV_DONTNEED) != 0) continue;
    block->given_back = pages;
    slab->held -= (uint32_t)pages;
    slab->page_bytes -= (uint32_t)pages;
    held_add(-(int64_t)pages);
  }
  slab_recount(slab);
}

static void *small_take(uint32_t class_index) {
#ifdef VONK_ASAN
  return aligned_alloc(64, small_block_size(class_index)); /* finds use after free, which slabs would hide */
#endif
  size_t block_size = small_block_size(class_index);
  vonk_mutex_lock(&slab_locks[class_index]);
  struct slab *slab = slabs_with_room[class_index];
  if (!slab) {
    slab = slab_create(class_index);
    if (!slab) {
      vonk_mutex_unlock(&slab_locks[class_index]);
      return NULL;
    }
    slab_link(slab);
  }
  void *block = slab->free;
  if (block) {
    slab->free = slab->free->next;
    slab_count(slab, block, -1);
  } else {
    block = (char *)slab + SLAB_HEADER + slab->cut_count++ * block_size;
  }
  slab->used_count++;
  slab_recount(slab);
  if (slab_is_full(slab)) slab_unlink(slab);
  vonk_mutex_unlock(&slab_locks[class_index]);
  return block;
}

static void small_give(void *bytes, uint32_t class_index) {
#ifdef VONK_ASAN
  free(bytes);
  return;
#endif
  struct free_block *block = bytes;
  struct slab *slab = slab_of(bytes);
  vonk_mutex_lock(&slab_locks[class_index]);
  if (slab_is_full(slab)) slab_link(slab);
  *block = (struct free_block){.next = slab->free};
  slab->free = block;
  slab->used_count--;
  slab_count(slab, block, 1);
  slab_recount(slab);
  if (slab->used_count == 0 && vonk_buffer_held_bytes() > HELD_MAX) slab_destroy(slab);
  vonk_mutex_unlock(&slab_locks[class_index]);
}

static void trim_slabs(uint64_t kept_bytes) {
  for (uint32_t i = SMALL_CLASSES; i-- > 0 && vonk_buffer_held_bytes() > kept_bytes;) {
    vonk_mutex_lock(&slab_locks[i]);
    for (struct slab *slab = slabs_with_room[i], *next; slab && vonk_buffer_held_bytes() > kept_bytes; slab = next) {
      next = slab->next;
      if (slab->used_count == 0) slab_destroy(slab);
      else if (slab->page_bytes) slab_give_pages_back(slab);
    }
    vonk_mutex_unlock(&slab_locks[i]);
  }
}

void vonk_buffer_trim(uint64_t kept_bytes) {
  if (atomic_load_explicit(&trimmable_bytes, memory_order_relaxed) <= 0) return;
  trim_mappings(kept_bytes);
  if (vonk_buffer_held_bytes() > kept_bytes) trim_slabs(kept_bytes);
}

void vonk_memory_trim(void) {
  vonk_buffer_trim(0);
  malloc_trim(0);
}

/* --- buffers --- */

static size_t block_size_of(const struct vonk_buffer *buffer) { return buffer->capacity + OVERHEAD; }

STATUS vonk_buffer_create(struct vonk_budget *budget, size_t capacity, struct vonk_buffer **out) {
  *out = NULL;
  if (capacity > SIZE_MAX / 4) return VONK_NO_MEMORY;
  bool small = capacity <= SMALL_MAX;
  uint32_t class_index = small ? small_class(capacity) : 0;
  size_t block_size = small ? small_block_size(class_index) : large_block_size(capacity);
  if (budget) TRY(vonk_budget_charge(budget, block_size));
  struct vonk_buffer *buffer = small ? small_take(class_index) : mapping_take(block_size);
  if (!buffer) {
    if (budget) vonk_budget_release(budget, block_size);
    return VONK_NO_MEMORY;
  }
  *buffer = (struct vonk_buffer){
      .flags = small ? FLAG_SMALL | class_index << CLASS_SHIFT : FLAG_LARGE,
      .data = (uint8_t *)buffer + HEADER_SIZE,
      .capacity = block_size - OVERHEAD,
      .budget = budget,
  };
  atomic_init(&buffer->references, 1);
  /* The padding may be read behind the last value: it is initialised, if with nothing in particular. */
  memset(buffer->data + buffer->capacity, 0, VONK_BUFFER_PADDING);
  *out = buffer;
  return VONK_OK;
}

/* BUFFER's block, SIZE bytes large, becomes one of NEW_SIZE: one that is kept, else it grows without copying. If all grew, those of their last
 * size would pile up, since none begins with it. MAP_FAILED: there is no memory. */
static void *larger_mapping(struct vonk_buffer *buffer, size_t size, size_t new_size) {
  void *kept = mapping_reuse(new_size);
  if (!kept) return mremap(buffer, size, new_size, MREMAP_MAYMOVE);
  memcpy(kept, buffer, HEADER_SIZE + buffer->size);
  mapping_give(buffer, size);
  return kept;
}

static enum vonk_status grow_mapping(struct vonk_buffer **inout, size_t capacity) {
  struct vonk_buffer *buffer = *inout;
  size_t old_size = block_size_of(buffer), new_size = large_block_size(capacity);
  if (buffer->budget) TRY(vonk_budget_charge(buffer->budget, new_size - old_size));
  void *moved = larger_mapping(buffer, old_size, new_size);
  if (moved == MAP_FAILED) {
    if (buffer->budget) vonk_budget_release(buffer->budget, new_size - old_size);
    return VONK_NO_MEMORY;
  }
  if (new_size >= HUGE_PAGE) madvise(moved, new_size, MADV_HUGEPAGE);
  buffer = moved;
  buffer->data = (uint8_t *)buffer + HEADER_SIZE;
  buffer->capacity = new_size - OVERHEAD;
  *inout = buffer;
  return VONK_OK;
}

STATUS vonk_buffer_grow(struct vonk_buffer **inout, size_t capacity) {
  struct vonk_buffer *buffer = *inout;
  ASSERT(atomic_load(&buffer->references) == 1);
  ASSERT(!(buffer->flags & FLAG_FOREIGN));
  if (capacity <= buffer->capacity) return VONK_OK;
  if (capacity > SIZE_MAX / 4) return VONK_NO_MEMORY;
  if (buffer->flags & FLAG_LARGE) return grow_mapping(inout, capacity);
  struct vonk_buffer *bigger;
  TRY(vonk_buffer_create(buffer->budget, capacity, &bigger));
  memcpy(bigger->data, buffer->data, buffer->size);
  bigger->size = buffer->size;
  vonk_buffer_release(buffer);
  *inout = bigger;
  return VONK_OK;
}

struct vonk_buffer *vonk_buffer_wrap(void *data, size_t size, void (*release)(struct vonk_buffer *), void *object) {
  struct vonk_buffer *buffer = aligned_alloc(64, HEADER_SIZE);
  ASSERT(buffer != NULL);
  *buffer = (struct vonk_buffer){
      .flags = FLAG_FOREIGN, .data = data, .size = size, .capacity = size, .release = release, .release_object = object};
  atomic_init(&buffer->references, 1);
  return buffer;
}

void vonk_buffer_release(struct vonk_buffer *buffer) {
  if (!buffer) return;
  if (atomic_fetch_sub_explicit(&buffer->references, 1, memory_order_acq_rel) != 1) return;
  if (buffer->flags & FLAG_FOREIGN) {
    if (buffer->release) buffer->release(buffer);
    free(buffer);
    return;
  }
  struct vonk_budget *budget = buffer->budget;
  size_t block_size = block_size_of(buffer);
  if (buffer->flags & FLAG_SMALL) small_give(buffer, buffer->flags >> CLASS_SHIFT);
  else mapping_give(buffer, block_size);
  if (budget) vonk_budget_release(budget, block_size);
}
