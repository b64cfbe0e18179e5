/* map.h: a hash map from byte strings to pointers, on an arena, iterated in insertion order. Not thread-safe. */
#ifndef VONK_BASE_MAP_H
#define VONK_BASE_MAP_H

#include "base/str.h"

struct vonk_map_entry {
  struct vonk_str key; /* copied to the arena */
  void *value;
  uint64_t hash;
  bool live;           /* false after removal: skip it when iterating */
};

/* Zero-initialise, then set arena; NOCASE compares ASCII letters without case. */
struct vonk_map {
  struct vonk_arena *arena;
  bool nocase;
  struct vonk_map_entry *entries;
  size_t entry_count, entry_capacity; /* entries ever added since the last rehash, dead ones included */
  uint32_t *slots;                    /* open addressing, 0 = empty, else entry index + 1 */
  size_t slot_count;
  size_t live_count;
};

void vonk_map_init(struct vonk_map *map, struct vonk_arena *arena, bool nocase);
/* NULL when absent. */
void *vonk_map_get(const struct vonk_map *map, struct vonk_str key);
bool vonk_map_has(const struct vonk_map *map, struct vonk_str key);
/* Replaces an earlier value; true when the key is new. */
bool vonk_map_put(struct vonk_map *map, struct vonk_str key, void *value);
bool vonk_map_remove(struct vonk_map *map, struct vonk_str key);

#endif
