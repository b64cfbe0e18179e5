/* footer_cache.h: what formats have understood of files, kept from query to query.
 *
 * An entry is one object that does not change, on an arena of its own. It belongs to one state of a file: the same path, size,
 * time of writing and inode. Entries are charged to the process; those that no query uses go, the one used longest ago first, when
 * memory is wanted and when all together pass the bound. Thread-safe.
 */
#ifndef VONK_FORMAT_FOOTER_CACHE_H
#define VONK_FORMAT_FOOTER_CACHE_H

#include "base/budget.h"
#include "base/str.h"

struct vonk_footer_cache;
struct vonk_arena;

struct vonk_footer_key {
  struct vonk_str path;
  uint64_t byte_size;
  int64_t mtime_ns;
  uint64_t inode;
};

/* ROOT is the process's budget; BYTE_LIMIT bounds all entries. */
struct vonk_footer_cache *vonk_footer_cache_create(struct vonk_budget *root, uint64_t byte_limit);
/* No entry may be in use (asserted). Takes NULL. */
void vonk_footer_cache_destroy(struct vonk_footer_cache *cache);

/* The object of KEY, which lives until USER ends or is reset; NULL when there is none. */
const void *vonk_footer_cache_find(struct vonk_footer_cache *cache, const struct vonk_footer_key *key, struct vonk_arena *user);
/* An arena, charged to the process, for an object to keep. */
struct vonk_arena *vonk_footer_cache_arena(struct vonk_footer_cache *cache);
/* Takes MEMORY with OBJECT on it; both live until USER ends or is reset, and as long after it as the cache likes. */
void vonk_footer_cache_keep(struct vonk_footer_cache *cache, const struct vonk_footer_key *key, struct vonk_arena *memory, const void *object,
                            struct vonk_arena *user);

#endif
