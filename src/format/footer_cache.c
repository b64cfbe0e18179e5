/* footer_cache.c: a hash table of entries, and a list of them by last use.
 *
 * An entry lies on its own arena; one with users is never evicted. No charge is made under the lock, since a charge that is refused
 * comes back here to reclaim.
 */
#include "format/footer_cache.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/recency.h"
#include "base/thread.h"

enum { BUCKET_COUNT = 1024, RECLAIM_PRIORITY = 1 };

struct entry {
  struct vonk_recency_link use;
  struct vonk_footer_cache *cache;
  struct vonk_arena *memory;           /* holds this struct too */
  struct vonk_footer_key key;
  const void *object;
  uint64_t byte_size;
  uint32_t user_count;
  bool is_kept;                        /* in the table and the list: false where another query was faster */
  struct entry *chain;                 /* next of the bucket */
};

struct vonk_footer_cache {
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_budget *root, *budget;
  struct vonk_mutex lock;              /* of all below */
  uint64_t byte_limit, byte_size, idle_size; /* of kept entries; of those of them without users */
  uint32_t entry_count;                /* kept or used */
  struct vonk_recency uses;
  struct entry *buckets[BUCKET_COUNT];
};

static struct entry **bucket_of(struct vonk_footer_cache *cache, struct vonk_str path) {
  return &cache->buckets[vonk_str_hash(path) % BUCKET_COUNT];
}

static bool is_same(const struct vonk_footer_key *a, const struct vonk_footer_key *b) {
  return a->byte_size == b->byte_size && a->mtime_ns == b->mtime_ns && a->inode == b->inode && vonk_str_equal(a->path, b->path);
}

static void free_entry(struct vonk_footer_cache *cache, struct entry *entry) {
  cache->entry_count--;
  vonk_arena_destroy(entry->memory);
}

/* ENTRY has no users. */
static void evict(struct vonk_footer_cache *cache, struct entry *entry) {
  struct entry **link = bucket_of(cache, entry->key.path);
  while (*link != entry) link = &(*link)->chain;
  *link = entry->chain;
  vonk_recency_leave(&cache->uses, &entry->use);
  cache->byte_size -= entry->byte_size;
  cache->idle_size -= entry->byte_size;
  free_entry(cache, entry);
}

/* Evicts entries without users until BYTES are freed or none is left; returns what was freed. */
static uint64_t shrink(struct vonk_footer_cache *cache, uint64_t bytes) {
  uint64_t freed = 0;
  for (struct vonk_recency_link *use = cache->uses.oldest, *newer; use && freed < bytes; use = newer) {
    struct entry *entry = RECENCY_OF(struct entry, use);
    newer = use->newer;
    if (entry->user_count) continue;
    freed += entry->byte_size;
    evict(cache, entry);
  }
  return freed;
}

static uint64_t reclaim(void *object, uint64_t bytes) {
  struct vonk_footer_cache *cache = object;
  vonk_mutex_lock(&cache->lock);
  uint64_t freed = bytes ? shrink(cache, bytes) : cache->idle_size;
  vonk_mutex_unlock(&cache->lock);
  return freed;
}

struct vonk_footer_cache *vonk_footer_cache_create(struct vonk_budget *root, uint64_t byte_limit) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_footer_cache *cache = ARENA_NEW(arena, struct vonk_footer_cache);
  cache->arena = arena;
  cache->root = root;
  cache->budget = vonk_budget_create(root, "footers", 0);
  cache->byte_limit = byte_limit;
  vonk_mutex_init(&cache->lock);
  vonk_budget_add_reclaimer(root, RECLAIM_PRIORITY, reclaim, cache);
  return cache;
}

void vonk_footer_cache_destroy(struct vonk_footer_cache *cache) {
  if (!cache) return;
  vonk_budget_remove_reclaimer(cache->root, cache);
  shrink(cache, UINT64_MAX);
  ASSERT(cache->entry_count == 0);
  vonk_mutex_deinit(&cache->lock);
  vonk_budget_destroy(cache->budget);
  vonk_arena_destroy(cache->arena);
}

static void leave(void *object) {
  struct entry *entry = object;
  struct vonk_footer_cache *cache = entry->cache;
  vonk_mutex_lock(&cache->lock);
  if (--entry->user_count == 0) {
    if (entry->is_kept) cache->idle_size += entry->byte_size;
    else free_entry(cache, entry);
  }
  if (cache->byte_size > cache->byte_limit) shrink(cache, cache->byte_size - cache->byte_limit);
  vonk_mutex_unlock(&cache->lock);
}

static struct entry *find(struct vonk_footer_cache *cache, const struct vonk_footer_key *key) {
  struct entry *entry = *bucket_of(cache, key->path);
  while (entry && !is_same(&entry->key, key)) entry = entry->chain;
  return entry;
}

const void *vonk_footer_cache_find(struct vonk_footer_cache *cache, const struct vonk_footer_key *key, struct vonk_arena *user) {
  vonk_mutex_lock(&cache->lock);
  struct entry *entry = find(cache, key);
  if (entry) {
    if (entry->user_count++ == 0) cache->idle_size -= entry->byte_size;
    vonk_recency_touch(&cache->uses, &entry->use);
  }
  vonk_mutex_unlock(&cache->lock);
  if (!entry) return NULL;
  vonk_arena_on_reset(user, leave, entry);
  return entry->object;
}

struct vonk_arena *vonk_footer_cache_arena(struct vonk_footer_cache *cache) { return vonk_arena_create(cache->budget); }

void vonk_footer_cache_keep(struct vonk_footer_cache *cache, const struct vonk_footer_key *key, struct vonk_arena *memory, const void *object,
                            struct vonk_arena *user) {
  struct entry *entry = ARENA_NEW(memory, struct entry);
  *entry = (struct entry){.cache = cache, .memory = memory, .key = *key, .object = object, .user_count = 1};
  entry->key.path = vonk_str_copy(memory, key->path);
  entry->byte_size = vonk_arena_byte_size(memory);
  vonk_mutex_lock(&cache->lock);
  cache->entry_count++;
  if (!find(cache, key)) {
    struct entry **bucket = bucket_of(cache, entry->key.path);
    entry->chain = *bucket;
    *bucket = entry;
    vonk_recency_enter(&cache->uses, &entry->use);
    entry->is_kept = true;
    cache->byte_size += entry->byte_size;
  }
  vonk_mutex_unlock(&cache->lock);
  vonk_arena_on_reset(user, leave, entry);
}
