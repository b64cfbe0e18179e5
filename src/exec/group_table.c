/* group_table.c: probing, growth, partitions. */
#include "exec/group_table.h"

#include <math.h>

#include "base/bits.h"

enum {
  SLOTS_MIN = 1024,
  SLOTS_CACHED = 16 * 1024, /* larger tables are not in the nearest caches: look-ups are prepared together */
  AHEAD = 16,
  SEEN_BITS = 1 << 20,
  SEEN_SAMPLE = 16,         /* one hash in so many is looked at */
};

void vonk_group_table_init(struct vonk_group_table *table, const struct vonk_row_layout *layout) {
  *table = (struct vonk_group_table){.layout = layout};
  for (uint32_t p = 0; p < VONK_GROUP_PARTITIONS; p++) vonk_rows_init(&table->partitions[p], layout);
}

void vonk_group_table_deinit(struct vonk_group_table *table) {
  vonk_buffer_release(table->slot_memory);
  vonk_buffer_release(table->seen);
  table->slot_memory = table->seen = NULL;
  for (uint32_t p = 0; p < VONK_GROUP_PARTITIONS; p++) vonk_rows_deinit(&table->partitions[p]);
}

static void insert_slot(struct vonk_group_table *table, uint64_t hash, uint8_t *row) {
  uint64_t at = vonk_group_home(hash, table->mask);
  while (table->slots[at]) at = (at + 1) & table->mask;
  table->slots[at] = VONK_GROUP_SALT(hash) | (uint64_t)(uintptr_t)row;
}

STATUS vonk_group_table_reserve(struct vonk_task *task, struct vonk_group_table *table, uint64_t count) {
  uint64_t slots = SLOTS_MIN;
  while (slots < count * 2) slots *= 2;
  if (table->slots && slots <= table->mask + 1) return VONK_OK;
  struct vonk_buffer *memory;
  TRY(vonk_buffer_create(task->budget, slots * 8, &memory));
  memset(memory->data, 0, slots * 8);
  struct vonk_buffer *old_memory = table->slot_memory;
  uint64_t *old = table->slots, old_count = old ? table->mask + 1 : 0;
  table->slot_memory = memory;
  table->slots = (uint64_t *)memory->data;
  table->mask = slots - 1;
  for (uint64_t i = 0; i < old_count; i++) {
    if (i + AHEAD < old_count && old[i + AHEAD]) __builtin_prefetch(vonk_group_row_hash(table->layout, vonk_group_row_of(old[i + AHEAD])));
    if (old[i]) insert_slot(table, *vonk_group_row_hash(table->layout, vonk_group_row_of(old[i])), vonk_group_row_of(old[i]));
  }
  vonk_buffer_release(old_memory);
  return VONK_OK;
}

void vonk_group_table_clear(struct vonk_group_table *table) {
  if (table->slots) memset(table->slots, 0, (table->mask + 1) * 8);
  table->count = table->looked_up = 0;
}

/* Two words are the common case: null bits and one key. */
static inline bool equal_keys(const struct vonk_row_layout *layout, const uint8_t *a, const uint8_t *b) {
  if (layout->key_size == 16 && !layout->has_views) {
    const uint64_t *x = (const uint64_t *)a, *y = (const uint64_t *)b;
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
  return vonk_row_equal(layout, a, b);
}

static void note_hash(struct vonk_group_table *table, uint64_t hash) {
  table->row_count++;
  if (!table->seen || hash % SEEN_SAMPLE) return;
  uint64_t bit = hash / SEEN_SAMPLE % SEEN_BITS, *bits = (uint64_t *)table->seen->data;
  if (vonk_bits_get(bits, bit)) return;
  vonk_bits_set(bits, bit);
  table->seen_count++;
}

uint64_t vonk_group_table_distinct(const struct vonk_group_table *table) {
  double free_part = 1 - (double)table->seen_count / SEEN_BITS;
  return free_part > 0 ? (uint64_t)(-log(free_part) * SEEN_BITS * SEEN_SAMPLE) : UINT64_MAX;
}

static STATUS add_group(struct vonk_task *task, struct vonk_group_table *table, const uint8_t *key, uint64_t hash, uint8_t **out) {
  struct vonk_rows *rows = &table->partitions[table->split ? vonk_group_partition(hash) : 0];
  TRY(vonk_rows_add(task, rows, key, out));
  *vonk_group_row_hash(table->layout, *out) = hash;
  if (table->init) table->init(table->object, *out);
  table->count++;
  note_hash(table, hash);
  return VONK_OK;
}

STATUS vonk_group_table_find(struct vonk_task *task, struct vonk_group_table *table, const uint8_t *keys, const uint64_t *hashes,
                             uint32_t count, uint8_t **groups) {
  const struct vonk_row_layout *layout = table->layout;
  TRY(vonk_group_table_reserve(task, table, table->count + count));
  uint64_t mask = table->mask, *slots = table->slots;
  uint32_t stride = layout->stride;
  if (mask >= SLOTS_CACHED) {
    /* All keys of the batch together, so that the waits overlap. */
    for (uint32_t i = 0; i < count; i++) vonk_group_table_prefetch_slot(table, hashes[i]);
    for (uint32_t i = 0; i < count; i++) vonk_group_table_prefetch_row(table, hashes[i]);
  }
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *key = keys + (size_t)i * stride;
    uint64_t hash = hashes[i], salt = VONK_GROUP_SALT(hash);
    /* Runs of equal keys are common: sorted and clustered files. */
    if (i && hash == hashes[i - 1] && equal_keys(layout, key, key - stride)) {
      groups[i] = groups[i - 1];
      continue;
    }
    table->looked_up++;
    uint64_t at = vonk_group_home(hash, mask);
    for (;; at = (at + 1) & mask) {
      uint64_t slot = slots[at];
      if (!slot) {
        TRY(add_group(task, table, key, hash, &groups[i]));
        slots[at] = salt | (uint64_t)(uintptr_t)groups[i];
        break;
      }
      if ((slot & VONK_GROUP_SALT_MASK) != salt || !equal_keys(layout, key, vonk_group_row_of(slot))) continue;
      groups[i] = vonk_group_row_of(slot);
      break;
    }
  }
  return VONK_OK;
}

uint8_t *vonk_group_table_lookup(const struct vonk_group_table *table, const uint8_t *key, uint64_t hash) {
  if (!table->slots) return NULL;
  for (uint64_t at = vonk_group_home(hash, table->mask);; at = (at + 1) & table->mask) {
    uint64_t slot = table->slots[at];
    if (!slot) return NULL;
    if ((slot & VONK_GROUP_SALT_MASK) == VONK_GROUP_SALT(hash) && equal_keys(table->layout, key, vonk_group_row_of(slot))) return vonk_group_row_of(slot);
  }
}

STATUS vonk_group_table_adopt(struct vonk_task *task, struct vonk_group_table *table, uint8_t *row, uint8_t **group) {
  uint64_t hash = *vonk_group_row_hash(table->layout, row);
  if (!table->slots || (table->count + 1) * 2 > table->mask) TRY(vonk_group_table_reserve(task, table, table->count * 2 + 1));
  uint64_t at = vonk_group_home(hash, table->mask);
  for (;; at = (at + 1) & table->mask) {
    uint64_t slot = table->slots[at];
    if (!slot) break;
    if ((slot & VONK_GROUP_SALT_MASK) != VONK_GROUP_SALT(hash) || !equal_keys(table->layout, row, vonk_group_row_of(slot))) continue;
    *group = vonk_group_row_of(slot);
    return VONK_OK;
  }
  table->slots[at] = VONK_GROUP_SALT(hash) | (uint64_t)(uintptr_t)row;
  table->count++;
  *group = row;
  return VONK_OK;
}

STATUS vonk_group_table_split(struct vonk_task *task, struct vonk_group_table *table) {
  if (table->split) return VONK_OK;
  TRY(vonk_buffer_create(task->budget, SEEN_BITS / 8, &table->seen));
  memset(table->seen->data, 0, SEEN_BITS / 8);
  table->row_count = 0;
  struct vonk_rows all = table->partitions[0];
  vonk_rows_init(&table->partitions[0], table->layout);
  table->split = true;
  vonk_group_table_clear(table);
  enum vonk_status status = VONK_OK;
  for (uint32_t b = 0; b < all.block_count && status == VONK_OK; b++) {
    for (uint32_t r = 0; r < all.blocks[b].row_count && status == VONK_OK; r++) {
      uint8_t *from = vonk_block_row(&all, &all.blocks[b], r), *to;
      uint64_t hash = *vonk_group_row_hash(table->layout, from);
      status = vonk_rows_add(task, &table->partitions[vonk_group_partition(hash)], from, &to);
      if (status != VONK_OK) break;
      if (table->slots) insert_slot(table, hash, to);
      table->count++;
      note_hash(table, hash);
    }
  }
  vonk_rows_deinit(&all);
  return status;
}
