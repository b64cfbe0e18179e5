/* page_cache.c: a hash table of pages, and a list of them by last use.
 *
 * A page's entry lies behind its body in the same buffer. No charge is made under the lock, since a charge that is refused comes back
 * here to reclaim.
 */
#include "format/page_cache.h"

#include <string.h>

#include "base/arena.h"
#include "base/bits.h"
#include "base/recency.h"
#include "base/thread.h"

/* A page gives way when it was last used so many times the bound ago, counted in bytes that queries asked for. */
enum { BUCKETS_MIN = 1024, BUCKETS_MAX = 1 << 20, PAGE_GUESS = 64 * 1024, SEEN_COUNT = 1 << 16, RECLAIM_PRIORITY = 0, KEPT_ROUNDS = 4 };

struct entry {
  struct vonk_recency_link use;
  struct vonk_page_key key;
  struct vonk_page_head head;
  struct vonk_buffer *body;            /* holds this struct too */
  uint64_t used_at;                    /* the cache's clock */
  struct entry *chain;                 /* next of the bucket */
};

struct vonk_page_cache {
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_budget *root, *budget;
  struct vonk_mutex lock;              /* of all below */
  uint64_t byte_limit, byte_size;
  uint64_t clock;                      /* bytes of pages found and not found */
  uint64_t asked_count, found_count;
  struct vonk_recency uses;
  uint64_t bucket_count;
  struct entry **buckets;
  uint64_t *seen;                      /* by hash: the page read there last, so that its second reading is noticed */
};

static uint64_t hash_of(struct vonk_page_key key) {
  uint64_t h = (key.file * 0x9e3779b97f4a7c15u) ^ (key.offset + 0x7f4a7c159e3779b9u);
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93u;
  return h ^ h >> 32;
}

static struct entry **link_of(struct vonk_page_cache *cache, struct vonk_page_key key) {
  struct entry **link = &cache->buckets[hash_of(key) & (cache->bucket_count - 1)];
  while (*link && ((*link)->key.file != key.file || (*link)->key.offset != key.offset)) link = &(*link)->chain;
  return link;
}

static struct entry *oldest_of(const struct vonk_page_cache *cache) { return RECENCY_OF(struct entry, cache->uses.oldest); }

/* Returns the bytes freed: none when a query still uses the page, which then goes with it. */
static uint64_t evict(struct vonk_page_cache *cache, struct entry *entry) {
  struct vonk_buffer *body = entry->body;
  uint64_t size = body->capacity;
  *link_of(cache, entry->key) = entry->chain;
  vonk_recency_leave(&cache->uses, &entry->use);
  cache->byte_size -= size;
  bool last = atomic_load_explicit(&body->references, memory_order_relaxed) == 1;
  vonk_buffer_release(body);
  return last ? size : 0;
}

static uint64_t reclaim(void *object, uint64_t bytes) {
  struct vonk_page_cache *cache = object;
  vonk_mutex_lock(&cache->lock);
  uint64_t freed = bytes ? 0 : cache->byte_size;
  while (freed < bytes && oldest_of(cache)) freed += evict(cache, oldest_of(cache));
  vonk_mutex_unlock(&cache->lock);
  return freed;
}

static uint64_t bucket_count_for(uint64_t byte_limit) {
  uint64_t count = BUCKETS_MIN;
  while (count < BUCKETS_MAX && count < byte_limit / PAGE_GUESS) count *= 2;
  return count;
}

struct vonk_page_cache *vonk_page_cache_create(struct vonk_budget *root, uint64_t byte_limit) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_page_cache *cache = ARENA_NEW(arena, struct vonk_page_cache);
  cache->arena = arena;
  cache->root = root;
  cache->budget = vonk_budget_create(root, "pages", 0);
  cache->byte_limit = byte_limit;
  vonk_mutex_init(&cache->lock);
  vonk_budget_add_reclaimer(root, RECLAIM_PRIORITY, reclaim, cache);
  return cache;
}

void vonk_page_cache_destroy(struct vonk_page_cache *cache) {
  if (!cache) return;
  vonk_budget_remove_reclaimer(cache->root, cache);
  while (oldest_of(cache)) evict(cache, oldest_of(cache));
  vonk_mutex_deinit(&cache->lock);
  vonk_budget_destroy(cache->budget);
  vonk_arena_destroy(cache->arena);
}

uint64_t vonk_page_cache_next_file(void) {
  static atomic_uint_fast64_t last;
  return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

/* A process that reads one file once never needs the tables. */
static void make_tables(struct vonk_page_cache *cache) {
  if (cache->buckets) return;
  cache->bucket_count = bucket_count_for(cache->byte_limit);
  cache->buckets = vonk_arena_calloc(cache->arena, cache->bucket_count, sizeof *cache->buckets);
  cache->seen = vonk_arena_calloc(cache->arena, SEEN_COUNT, sizeof *cache->seen);
}

struct vonk_buffer *vonk_page_cache_find(struct vonk_page_cache *cache, struct vonk_page_key key, struct vonk_page_head *head) {
  struct vonk_buffer *body = NULL;
  vonk_mutex_lock(&cache->lock);
  make_tables(cache);
  cache->asked_count++;
  struct entry *entry = *link_of(cache, key);
  if (entry) {
    vonk_recency_touch(&cache->uses, &entry->use);
    cache->found_count++;
    cache->clock += entry->body->capacity;
    entry->used_at = cache->clock;
    *head = entry->head;
    body = vonk_buffer_retain(entry->body);
  }
  vonk_mutex_unlock(&cache->lock);
  return body;
}

/* True the second time a page is read, unless many were read between. */
static bool was_seen(struct vonk_page_cache *cache, struct vonk_page_key key) {
  uint64_t hash = hash_of(key), *slot = &cache->seen[hash >> 32 & (SEEN_COUNT - 1)];
  bool seen = *slot == hash;
  *slot = hash;
  return seen;
}

/* Whether SIZE bytes more fit, when pages have gone that nobody wanted for long. */
static bool make_room(struct vonk_page_cache *cache, uint64_t size) {
  if (size > cache->byte_limit) return false;
  while (cache->byte_size + size > cache->byte_limit) {
    if (cache->clock - oldest_of(cache)->used_at < KEPT_ROUNDS * cache->byte_limit) return false;
    evict(cache, oldest_of(cache));
  }
  return true;
}

static size_t entry_place(size_t capacity) { return (capacity + VONK_BUFFER_PADDING + 63) / 64 * 64; }

struct vonk_buffer *vonk_page_cache_room(struct vonk_page_cache *cache, struct vonk_page_key key, size_t capacity) {
  size_t whole = entry_place(capacity) + sizeof(struct entry);
  struct vonk_buffer *body;
  vonk_mutex_lock(&cache->lock);
  cache->clock += whole;
  bool wanted = was_seen(cache, key) && make_room(cache, whole);
  vonk_mutex_unlock(&cache->lock);
  return wanted && vonk_buffer_create(cache->budget, whole, &body) == VONK_OK ? body : NULL;
}

void vonk_page_cache_keep(struct vonk_page_cache *cache, struct vonk_page_key key, const struct vonk_page_head *head, struct vonk_buffer *body) {
  struct entry *entry = (struct entry *)(void *)(body->data + entry_place(body->size));
  vonk_mutex_lock(&cache->lock);
  struct entry **link = link_of(cache, key);
  if (!*link) {
    *entry = (struct entry){.key = key, .head = *head, .body = vonk_buffer_retain(body), .used_at = cache->clock};
    *link = entry;
    vonk_recency_enter(&cache->uses, &entry->use);
    cache->byte_size += body->capacity;
  }
  vonk_mutex_unlock(&cache->lock);
}

struct vonk_page_cache_facts vonk_page_cache_facts(struct vonk_page_cache *cache) {
  vonk_mutex_lock(&cache->lock);
  struct vonk_page_cache_facts facts = {cache->byte_size, cache->asked_count, cache->found_count};
  vonk_mutex_unlock(&cache->lock);
  return facts;
}
