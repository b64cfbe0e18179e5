/* map.c: open addressing with linear probing over entries kept in insertion order.
 *
 * A removed entry stays in its slot, marked dead, until the next rehash drops it; entry_count bounds the probing, since
 * slots are at most half full of entries, dead ones included.
 */
#include "base/map.h"

#include "base/arena.h"
#include "base/status.h"

static inline char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static uint64_t key_hash(const struct vonk_map *map, struct vonk_str key) {
  if (!map->nocase) return vonk_str_hash(key);
  uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a: keys are short names */
  for (size_t i = 0; i < key.size; i++) hash = (hash ^ (uint8_t)lower(key.data[i])) * 0x100000001b3u;
  return hash ^ hash >> 29;
}

static bool key_equal(const struct vonk_map *map, struct vonk_str a, struct vonk_str b) {
  return map->nocase ? vonk_str_equal_nocase(a, b) : vonk_str_equal(a, b);
}

static struct vonk_map_entry *find(const struct vonk_map *map, struct vonk_str key, uint64_t hash) {
  if (map->slot_count == 0) return NULL;
  size_t mask = map->slot_count - 1;
  for (size_t i = hash & mask; map->slots[i]; i = (i + 1) & mask) {
    struct vonk_map_entry *entry = &map->entries[map->slots[i] - 1];
    if (entry->live && entry->hash == hash && key_equal(map, entry->key, key)) return entry;
  }
  return NULL;
}

static void insert_slot(struct vonk_map *map, uint64_t hash, size_t entry_index) {
  size_t mask = map->slot_count - 1, i = hash & mask;
  while (map->slots[i]) i = (i + 1) & mask;
  map->slots[i] = (uint32_t)entry_index + 1;
}

static void rehash(struct vonk_map *map) {
  size_t capacity = 8;
  while (capacity < 2 * map->live_count) capacity *= 2;
  ASSERT(capacity < UINT32_MAX / 2);
  struct vonk_map_entry *entries = ARENA_ARRAY(map->arena, struct vonk_map_entry, capacity);
  size_t count = 0;
  for (size_t i = 0; i < map->entry_count; i++) {
    if (map->entries[i].live) entries[count++] = map->entries[i];
  }
  map->entries = entries;
  map->entry_count = count;
  map->entry_capacity = capacity;
  map->slot_count = 2 * capacity;
  map->slots = ARENA_ARRAY(map->arena, uint32_t, map->slot_count);
  for (size_t i = 0; i < count; i++) insert_slot(map, entries[i].hash, i);
}

void vonk_map_init(struct vonk_map *map, struct vonk_arena *arena, bool nocase) {
  *map = (struct vonk_map){.arena = arena, .nocase = nocase};
}

void *vonk_map_get(const struct vonk_map *map, struct vonk_str key) {
  const struct vonk_map_entry *entry = find(map, key, key_hash(map, key));
  return entry ? entry->value : NULL;
}

bool vonk_map_has(const struct vonk_map *map, struct vonk_str key) { return find(map, key, key_hash(map, key)) != NULL; }

bool vonk_map_put(struct vonk_map *map, struct vonk_str key, void *value) {
  uint64_t hash = key_hash(map, key);
  struct vonk_map_entry *entry = find(map, key, hash);
  if (entry) {
    entry->value = value;
    return false;
  }
  if (map->entry_count == map->entry_capacity) rehash(map);
  map->entries[map->entry_count] = (struct vonk_map_entry){vonk_str_copy(map->arena, key), value, hash, true};
  insert_slot(map, hash, map->entry_count++);
  map->live_count++;
  return true;
}

bool vonk_map_remove(struct vonk_map *map, struct vonk_str key) {
  struct vonk_map_entry *entry = find(map, key, key_hash(map, key));
  if (!entry) return false;
  entry->live = false;
  entry->value = NULL;
  map->live_count--;
  return true;
}
