/* temporary.c: temporary views: counted descriptions, so that a statement keeps what it found while others replace it. */
#include <stdlib.h>

#include "catalog/catalog_internal.h"

static void destroy(struct vonk_buffer *memory) { vonk_arena_destroy(memory->release_object); }

static void release(void *memory) { vonk_buffer_release(memory); }

/* TABLE's copy, with memory of its own. */
static const struct vonk_catalog_table *create(const struct vonk_catalog_table *table) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_catalog_table *copy = catalog_copy_table(arena, table);
  copy->memory = vonk_buffer_wrap(copy, sizeof *copy, destroy, arena);
  return copy;
}

static const struct vonk_catalog_table *hold(struct vonk_task *task, const struct vonk_catalog_table *table) {
  vonk_arena_on_reset(task->arena, release, vonk_buffer_retain(table->memory));
  return table;
}

void temporary_init(struct temporary_views *views, struct vonk_arena *arena) {
  vonk_mutex_init(&views->mutex);
  vonk_map_init(&views->map, arena, true);
}

void temporary_deinit(struct temporary_views *views) {
  for (size_t i = 0; i < views->map.entry_count; i++) {
    const struct vonk_catalog_table *table = views->map.entries[i].value;
    if (views->map.entries[i].live) vonk_buffer_release(table->memory);
  }
  vonk_mutex_deinit(&views->mutex);
}

const struct vonk_catalog_table *temporary_find(struct vonk_task *task, struct temporary_views *views, struct vonk_str name) {
  vonk_mutex_lock(&views->mutex);
  const struct vonk_catalog_table *table = vonk_map_get(&views->map, name);
  if (table) hold(task, table);
  vonk_mutex_unlock(&views->mutex);
  return table;
}

bool temporary_put(struct temporary_views *views, const struct vonk_catalog_table *table, bool replace) {
  vonk_mutex_lock(&views->mutex);
  const struct vonk_catalog_table *old = vonk_map_get(&views->map, table->name);
  bool put = !old || replace;
  if (put) vonk_map_put(&views->map, table->name, (void *)(uintptr_t)create(table));
  vonk_mutex_unlock(&views->mutex);
  if (put && old) vonk_buffer_release(old->memory);
  return put;
}

bool temporary_remove(struct temporary_views *views, struct vonk_str name) {
  vonk_mutex_lock(&views->mutex);
  const struct vonk_catalog_table *old = vonk_map_get(&views->map, name);
  if (old) (void)vonk_map_remove(&views->map, name);
  vonk_mutex_unlock(&views->mutex);
  if (old) vonk_buffer_release(old->memory);
  return old != NULL;
}

void temporary_share(struct temporary_views *from, struct temporary_views *to) {
  vonk_mutex_lock(&from->mutex);
  for (size_t i = 0; i < from->map.entry_count; i++) {
    const struct vonk_map_entry *entry = &from->map.entries[i];
    const struct vonk_catalog_table *table = entry->value;
    if (!entry->live) continue;
    (void)vonk_buffer_retain(table->memory);
    vonk_map_put(&to->map, entry->key, entry->value);
  }
  vonk_mutex_unlock(&from->mutex);
}

static int by_name(const void *a, const void *b) {
  const struct vonk_catalog_table *x = *(const struct vonk_catalog_table *const *)a, *y = *(const struct vonk_catalog_table *const *)b;
  return vonk_str_compare(x->name, y->name);
}

void temporary_list(struct vonk_task *task, struct temporary_views *views, struct vonk_catalog_tables *out) {
  size_t first = out->count;
  vonk_mutex_lock(&views->mutex);
  for (size_t i = 0; i < views->map.entry_count; i++) {
    if (views->map.entries[i].live) *ARRAY_PUSH(task->arena, out) = hold(task, views->map.entries[i].value);
  }
  vonk_mutex_unlock(&views->mutex);
  if (out->count > first) qsort(out->items + first, out->count - first, sizeof *out->items, by_name);
}
