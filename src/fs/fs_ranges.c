/* fs_ranges.c: see ranges.h.
 *
 * One lock guards all: it is held for looking up and linking, never while bytes are copied, fetched or charged. A range and its bytes are
 * one buffer; a range that somebody reads or fetches is pinned.
 */
#include "fs/ranges.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/recency.h"
#include "fs/fs_internal.h"

enum {
  HINTS_MAX = 4096,
  GAP_BYTES = 64 << 10,              /* neighbours that are nearer are fetched as one */
  REQUEST_BYTES = 8 << 20,
  AHEAD_BYTES = 64 << 10,
  TAIL_BYTES = 256 << 10,
  FLIGHT_BYTES = 64 << 20,           /* of one file at a time */
  SLOTS = 4096,
  CACHE_PART = 8,                    /* of the memory limit */
  RECLAIM_PRIORITY = 0,
  WAIT_SLICE_NS = 20 * 1000 * 1000,
  REASON_SIZE = 300,
};
#define CACHE_BYTES_MAX (UINT64_C(1) << 30)

enum state { FETCHING, READY, FAILED };

struct vonk_range {
  struct vonk_recency_link use;      /* under the lock */
  struct vonk_buffer *buffer;        /* holds this struct, and the bytes behind it */
  struct cache *cache;
  uint8_t *bytes;
  uint64_t file[2];                  /* digest of the identity */
  uint64_t offset;
  size_t size;
  enum state state;                  /* under the lock, as all below */
  uint32_t pins;
  bool linked;
  struct vonk_range *next;           /* in its slot */
  struct vonk_ranges *owner;         /* whose flight it counts for; NULL when that is closed */
  char reason[REASON_SIZE];
};

struct cache {
  struct vonk_fs_part part;
  struct vonk_arena *arena;
  struct vonk_budget *root, *budget;
  uint64_t byte_limit;
  struct vonk_mutex lock;
  struct vonk_condition_variable changed;
  struct vonk_range *slots[SLOTS];   /* by file */
  struct vonk_recency uses;
  uint64_t byte_size;
  uint32_t fetching;
};

struct hint {
  uint64_t start, end;
};

struct vonk_ranges {
  struct vonk_arena *arena;
  struct cache *cache;
  struct vonk_range_source source;
  struct vonk_mutex hint_lock;       /* of the hints; before the cache's */
  uint64_t file[2];
  uint64_t byte_size;
  struct hint *hints;
  uint32_t hint_count, hint_at;
  bool sorted;
  uint64_t in_flight;                /* under the lock */
};

static struct vonk_range **slot_of(struct cache *cache, const uint64_t file[2]) { return &cache->slots[file[0] % SLOTS]; }

static void unlink_range(struct cache *cache, struct vonk_range *range) {
  if (!range->linked) return;
  struct vonk_range **place = slot_of(cache, range->file);
  while (*place != range) place = &(*place)->next;
  *place = range->next;
  vonk_recency_leave(&cache->uses, &range->use);
  range->linked = false;
  cache->byte_size -= range->size;
}

static void free_range(struct vonk_range *range) { vonk_buffer_release(range->buffer); }

/* Takes ranges out, oldest first, until BYTES are out; they are chained by next, to be freed without the lock. */
static struct vonk_range *take_oldest(struct cache *cache, uint64_t bytes, uint64_t *taken) {
  struct vonk_range *out = NULL;
  *taken = 0;
  for (struct vonk_recency_link *use = cache->uses.oldest, *newer; use && *taken < bytes; use = newer) {
    struct vonk_range *range = RECENCY_OF(struct vonk_range, use);
    newer = use->newer;
    if (range->pins) continue;
    unlink_range(cache, range);
    *taken += range->size;
    range->next = out;
    out = range;
  }
  return out;
}

static uint64_t evict(struct cache *cache, uint64_t bytes) {
  uint64_t taken;
  vonk_mutex_lock(&cache->lock);
  struct vonk_range *out = take_oldest(cache, bytes, &taken);
  vonk_mutex_unlock(&cache->lock);
  while (out) {
    struct vonk_range *range = out;
    out = range->next;
    free_range(range);
  }
  return taken;
}

static uint64_t reclaim(void *object, uint64_t bytes) {
  struct cache *cache = object;
  if (bytes) return evict(cache, bytes);
  vonk_mutex_lock(&cache->lock);
  uint64_t all = cache->byte_size;
  vonk_mutex_unlock(&cache->lock);
  return all;
}

static void cache_destroy(struct vonk_fs_part *part) {
  struct cache *cache = (struct cache *)part;
  vonk_budget_remove_reclaimer(cache->root, cache);
  evict(cache, UINT64_MAX);
  ASSERT(!cache->uses.newest);
  vonk_budget_destroy(cache->budget);
  vonk_condition_variable_deinit(&cache->changed);
  vonk_mutex_deinit(&cache->lock);
  vonk_arena_destroy(cache->arena);
}

static STATUS cache_create(struct vonk_task *task, struct vonk_budget *root, struct vonk_fs_part **out) {
  (void)task;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct cache *cache = ARENA_NEW(arena, struct cache);
  cache->part.destroy = cache_destroy;
  cache->arena = arena;
  cache->root = root;
  cache->budget = vonk_budget_create(root, "remote files", 0);
  cache->byte_limit = vonk_budget_limit(root) / CACHE_PART;
  if (cache->byte_limit > CACHE_BYTES_MAX || cache->byte_limit == 0) cache->byte_limit = CACHE_BYTES_MAX;
  vonk_mutex_init(&cache->lock);
  vonk_condition_variable_init(&cache->changed);
  vonk_budget_add_reclaimer(root, RECLAIM_PRIORITY, reclaim, cache);
  *out = &cache->part;
  return VONK_OK;
}

STATUS vonk_ranges_open(struct vonk_task *task, struct vonk_str identity, uint64_t byte_size, const struct vonk_range_source *source, struct vonk_ranges **out) {
  struct vonk_fs_part *part;
  TRY(vonk_fs_part(task, VONK_FS_SLOT_RANGES, cache_create, &part));
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_ranges *ranges = ARENA_NEW(arena, struct vonk_ranges);
  ranges->arena = arena;
  ranges->cache = (struct cache *)part;
  ranges->source = *source;
  ranges->byte_size = byte_size;
  vonk_mutex_init(&ranges->hint_lock);
  ranges->file[0] = vonk_str_hash(identity);
  ranges->file[1] = vonk_str_hash(vonk_str_format(arena, "2 " STR_FMT, STR_ARG(identity)));
  *out = ranges;
  return VONK_OK;
}

void vonk_ranges_close(struct vonk_ranges *ranges) {
  struct cache *cache = ranges->cache;
  vonk_mutex_lock(&cache->lock);
  for (struct vonk_range *range = ranges->in_flight ? *slot_of(cache, ranges->file) : NULL; range; range = range->next) {
    if (range->owner == ranges) range->owner = NULL;
  }
  vonk_mutex_unlock(&cache->lock);
  vonk_mutex_deinit(&ranges->hint_lock);
  vonk_arena_destroy(ranges->arena);
}

/* --- fetching --- */

static bool is_of(const struct vonk_range *range, const uint64_t file[2]) { return range->file[0] == file[0] && range->file[1] == file[1]; }

/* The range that has the byte at OFFSET; else *LIMIT is the start of the next one, if that is before. */
static struct vonk_range *find(struct cache *cache, const uint64_t file[2], uint64_t offset, uint64_t *limit) {
  for (struct vonk_range *range = *slot_of(cache, file); range; range = range->next) {
    if (!is_of(range, file)) continue;
    if (range->offset <= offset && offset - range->offset < range->size) return range;
    if (range->offset > offset && range->offset < *limit) *limit = range->offset;
  }
  return NULL;
}

static STATUS create_range(struct vonk_ranges *ranges, uint64_t offset, size_t size, struct vonk_range **out) {
  struct cache *cache = ranges->cache;
  struct vonk_buffer *buffer;
  size_t head = (sizeof(struct vonk_range) + 63) & ~(size_t)63;
  vonk_mutex_lock(&cache->lock);
  uint64_t over = cache->byte_size + size > cache->byte_limit ? cache->byte_size + size - cache->byte_limit : 0;
  vonk_mutex_unlock(&cache->lock);
  if (over) evict(cache, over);
  TRY(vonk_buffer_create(cache->budget, head + size, &buffer));
  struct vonk_range *range = (struct vonk_range *)(void *)buffer->data;
  *range = (struct vonk_range){.buffer = buffer, .cache = cache, .bytes = buffer->data + head, .file = {ranges->file[0], ranges->file[1]}, .offset = offset, .size = size,
                               .owner = ranges};
  *out = range;
  return VONK_OK;
}

/* Fetches OFFSET to END, as far as nobody has or fetches it; a pin is the fetch's, and *OUT's when that is not NULL. */
static STATUS start_range(struct vonk_ranges *ranges, uint64_t offset, uint64_t end, struct vonk_range **out) {
  struct cache *cache = ranges->cache;
  struct vonk_range *range;
  TRY(create_range(ranges, offset, (size_t)(end - offset), &range));
  vonk_mutex_lock(&cache->lock);
  range->pins = out ? 2 : 1;
  range->linked = true;
  range->next = *slot_of(cache, range->file);
  *slot_of(cache, range->file) = range;
  vonk_recency_enter(&cache->uses, &range->use);
  cache->byte_size += range->size;
  cache->fetching++;
  ranges->in_flight += range->size;
  vonk_mutex_unlock(&cache->lock);
  if (out) *out = range;
  ranges->source.fetch(ranges->source.object, range, offset, range->size, range->bytes);
  return VONK_OK;
}

static void unpin(struct vonk_range *range) {
  struct cache *cache = range->cache;
  vonk_mutex_lock(&cache->lock);
  bool last = --range->pins == 0 && !range->linked;
  vonk_mutex_unlock(&cache->lock);
  if (last) free_range(range);
}

void vonk_range_done(struct vonk_range *range, const char *reason) {
  struct cache *cache = range->cache;
  vonk_mutex_lock(&cache->lock);
  range->state = reason ? FAILED : READY;
  if (range->owner) range->owner->in_flight -= range->size;
  range->owner = NULL;
  if (reason) {
    size_t size = strlen(reason) < REASON_SIZE - 1 ? strlen(reason) : REASON_SIZE - 1;
    memcpy(range->reason, reason, size);
    range->reason[size] = 0;
    unlink_range(cache, range);
  }
  cache->fetching--;
  vonk_condition_variable_broadcast(&cache->changed);
  vonk_mutex_unlock(&cache->lock);
  unpin(range);
}

void vonk_ranges_prefetch(struct vonk_ranges *ranges, uint64_t offset, uint64_t size) {
  if (offset >= ranges->byte_size || size == 0) return;
  if (size > ranges->byte_size - offset) size = ranges->byte_size - offset;
  vonk_mutex_lock(&ranges->hint_lock);
  if (!ranges->hints) ranges->hints = ARENA_ARRAY(ranges->arena, struct hint, HINTS_MAX);
  if (ranges->hint_at == ranges->hint_count) ranges->hint_at = ranges->hint_count = 0;
  if (ranges->hint_count < HINTS_MAX) ranges->hints[ranges->hint_count++] = (struct hint){offset, offset + size};
  ranges->sorted = false;
  vonk_mutex_unlock(&ranges->hint_lock);
}

static int by_start(const void *a, const void *b) {
  const struct hint *one = a, *other = b;
  return one->start < other->start ? -1 : one->start > other->start;
}

static void merge_hints(struct vonk_ranges *ranges) {
  struct hint *hints = ranges->hints + ranges->hint_at;
  uint32_t count = ranges->hint_count - ranges->hint_at, kept = 0;
  qsort(hints, count, sizeof *hints, by_start);
  for (uint32_t i = 0; i < count; i++) {
    if (kept && hints[i].start <= hints[kept - 1].end + GAP_BYTES) {
      if (hints[i].end > hints[kept - 1].end) hints[kept - 1].end = hints[i].end;
    } else {
      hints[kept++] = hints[i];
    }
  }
  ranges->hint_count = ranges->hint_at + kept;
  ranges->sorted = true;
}

/* Starts what was hinted at, as far as a file may have on its way. A hint that does not fit in memory is forgotten. */
static void start_hints_locked(struct vonk_ranges *ranges) {
  struct cache *cache = ranges->cache;
  if (!ranges->sorted) merge_hints(ranges);
  while (ranges->hint_at < ranges->hint_count) {
    struct hint *hint = &ranges->hints[ranges->hint_at];
    uint64_t limit = hint->end - hint->start > REQUEST_BYTES ? hint->start + REQUEST_BYTES : hint->end;
    vonk_mutex_lock(&cache->lock);
    bool full = ranges->in_flight >= FLIGHT_BYTES;
    struct vonk_range *there = full ? NULL : find(cache, ranges->file, hint->start, &limit);
    if (there) {
      limit = there->offset + there->size;
      if (there->linked) vonk_recency_touch(&cache->uses, &there->use);
    }
    vonk_mutex_unlock(&cache->lock);
    if (full) return;
    if (!there && start_range(ranges, hint->start, limit, NULL) != VONK_OK) limit = hint->end;
    hint->start = limit;
    if (hint->start >= hint->end) ranges->hint_at++;
  }
}

static void start_hints(struct vonk_ranges *ranges) {
  vonk_mutex_lock(&ranges->hint_lock);
  if (ranges->hint_at < ranges->hint_count) start_hints_locked(ranges);
  vonk_mutex_unlock(&ranges->hint_lock);
}

/* --- reading --- */

/* A pinned range that has OFFSET, being fetched perhaps. */
static STATUS find_or_start(struct vonk_task *task, struct vonk_ranges *ranges, uint64_t offset, size_t size, struct vonk_range **out) {
  struct cache *cache = ranges->cache;
  for (int round = 0;; round++) {
    uint64_t limit = offset + (size < REQUEST_BYTES ? size : REQUEST_BYTES), start = offset;
    /* Small reads come in rows (footers with what stands before them, indexes): the next ones are there then. */
    if (offset + size == ranges->byte_size && size <= AHEAD_BYTES) start = ranges->byte_size > TAIL_BYTES ? ranges->byte_size - TAIL_BYTES : 0;
    else if (size < AHEAD_BYTES) limit = offset + AHEAD_BYTES < ranges->byte_size ? offset + AHEAD_BYTES : ranges->byte_size;
    vonk_mutex_lock(&cache->lock);
    *out = find(cache, ranges->file, offset, &limit);
    if (*out) {
      (*out)->pins++;
      if ((*out)->linked) vonk_recency_touch(&cache->uses, &(*out)->use);
    }
    vonk_mutex_unlock(&cache->lock);
    if (*out) return VONK_OK;
    if (round) return vonk_task_memory_error(task, start_range(ranges, start, limit, out));
    start_hints(ranges);
  }
}

static STATUS wait_ready(struct vonk_task *task, struct vonk_range *range, struct vonk_str path) {
  struct cache *cache = range->cache;
  enum vonk_status status = VONK_OK;
  vonk_mutex_lock(&cache->lock);
  while (range->state == FETCHING && status == VONK_OK) {
    (void)vonk_condition_variable_wait_until(&cache->changed, &cache->lock, vonk_clock_monotonic_ns() + WAIT_SLICE_NS);
    status = vonk_task_check(task);
  }
  bool failed = range->state == FAILED;
  vonk_mutex_unlock(&cache->lock);
  if (status != VONK_OK) return status;
  return failed ? vonk_fs_raise_read(task, path, range->reason) : VONK_OK;
}

STATUS vonk_ranges_read(struct vonk_task *task, struct vonk_ranges *ranges, struct vonk_str path, uint64_t offset, size_t size, void *out) {
  uint8_t *to = out;
  if (offset > ranges->byte_size || size > ranges->byte_size - offset) return vonk_fs_raise_read(task, path, "the file is shorter than it says");
  while (size > 0) {
    struct vonk_range *range;
    TRY(find_or_start(task, ranges, offset, size, &range));
    enum vonk_status status = wait_ready(task, range, path);
    if (status == VONK_OK) {
      size_t from = (size_t)(offset - range->offset), part = range->size - from < size ? range->size - from : size;
      memcpy(to, range->bytes + from, part);
      to += part, offset += part, size -= part;
    }
    unpin(range);
    TRY(status);
  }
  start_hints(ranges);
  return VONK_OK;
}
