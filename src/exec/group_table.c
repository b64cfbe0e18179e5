/* group_table.c: probing, growth, partitions. */
#include "exec/group_table.h"

enum { SLOTS_MIN = 1024 };

#define SALT_MASK (~(uint64_t)0 << 48)
#define SALT(hash) ((hash) << 16 & SALT_MASK)

void vonk_group_table_init(struct vonk_group_table *table, const struct vonk_row_layout *layout) {
  *table = (struct vonk_group_table){.layout = layout};
  for (uint32_t p = 0; p < VONK_GROUP_PARTITIONS; p++) vonk_rows_init(&table->partitions[p], layout);
}

void vonk_group_table_deinit(struct vonk_group_table *table) {
  vonk_buffer_release(table->slot_memory);
  table->slot_memory = NULL;
  for (uint32_t p = 0; p < VONK_GROUP_PARTITIONS; p++) vonk_rows_deinit(&table->partitions[p]);
}

static inline uint8_t *row_of(uint64_t slot) { return (uint8_t *)(uintptr_t)(slot & ~SALT_MASK); }

/* The table's bits are the middle ones: partitions take the upper, salts the lower. */
static inline uint64_t home(uint64_t hash, uint64_t mask) { return hash >> 20 & mask; }

static void insert_slot(struct vonk_group_table *table, uint64_t hash, uint8_t *row) {
  uint64_t at = home(hash, table->mask);
  while (table->slots[at]) at = (at + 1) & table->mask;
  table->slots[at] = SALT(hash) | (uint64_t)(uintptr_t)row;
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
    if (old[i]) insert_slot(table, *vonk_group_row_hash(table->layout, row_of(old[i])), row_of(old[i]));
  }
  vonk_buffer_release(old_memory);
  return VONK_OK;
}

void vonk_group_table_clear(struct vonk_group_table *table) {
  if (table->slots) memset(table->slots, 0, (table->mask + 1) * 8);
  table->count = 0;
}

/* Two words are the common case: null bits and one key. */
static inline bool equal_keys(const struct vonk_row_layout *layout, const uint8_t *a, const uint8_t *b) {
  if (layout->key_size == 16 && !layout->has_views) {
    const uint64_t *x = (const uint64_t *)a, *y = (const uint64_t *)b;
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
  return vonk_row_equal(layout, a, b);
}

static STATUS add_group(struct vonk_task *task, struct vonk_group_table *table, const uint8_t *key, uint64_t hash, uint8_t **out) {
  struct vonk_rows *rows = &table->partitions[table->split ? vonk_group_partition(hash) : 0];
  TRY(vonk_rows_add(task, rows, key, out));
  *vonk_group_row_hash(table->layout, *out) = hash;
  if (table->init) table->init(table->object, *out);
  table->count++;
  return VONK_OK;
}

STATUS vonk_group_table_find(struct vonk_task *task, struct vonk_group_table *table, const uint8_t *keys, const uint64_t *hashes,
                             uint32_t count, uint8_t **groups) {
  const struct vonk_row_layout *layout = table->layout;
  TRY(vonk_group_table_reserve(task, table, table->count + count));
  uint64_t mask = table->mask, *slots = table->slots;
  uint32_t stride = layout->stride;
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *key = keys + (size_t)i * stride;
    uint64_t hash = hashes[i], salt = SALT(hash);
    /* Runs of equal keys are common: sorted and clustered files. */
    if (i && hash == hashes[i - 1] && equal_keys(layout, key, key - stride)) {
      groups[i] = groups[i - 1];
      continue;
    }
    uint64_t at = home(hash, mask);
    for (;; at = (at + 1) & mask) {
      uint64_t slot = slots[at];
      if (!slot) {
        TRY(add_group(task, table, key, hash, &groups[i]));
        slots[at] = salt | (uint64_t)(uintptr_t)groups[i];
        break;
      }
      if ((slot & SALT_MASK) != salt || !equal_keys(layout, key, row_of(slot))) continue;
      groups[i] = row_of(slot);
      break;
    }
  }
  return VONK_OK;
}

uint8_t *vonk_group_table_lookup(const struct vonk_group_table *table, const uint8_t *key, uint64_t hash) {
  if (!table->slots) return NULL;
  for (uint64_t at = home(hash, table->mask);; at = (at + 1) & table->mask) {
    uint64_t slot = table->slots[at];
    if (!slot) return NULL;
    if ((slot & SALT_MASK) == SALT(hash) && equal_keys(table->layout, key, row_of(slot))) return row_of(slot);
  }
}

STATUS vonk_group_table_adopt(struct vonk_task *task, struct vonk_group_table *table, uint8_t *row, uint8_t **group) {
  uint64_t hash = *vonk_group_row_hash(table->layout, row);
  if (!table->slots || (table->count + 1) * 2 > table->mask) TRY(vonk_group_table_reserve(task, table, table->count * 2 + 1));
  uint64_t at = home(hash, table->mask);
  for (;; at = (at + 1) & table->mask) {
    uint64_t slot = table->slots[at];
    if (!slot) break;
    if ((slot & SALT_MASK) != SALT(hash) || !equal_keys(table->layout, row, row_of(slot))) continue;
    *group = row_of(slot);
    return VONK_OK;
  }
  table->slots[at] = SALT(hash) | (uint64_t)(uintptr_t)row;
  table->count++;
  *group = row;
  return VONK_OK;
}

STATUS vonk_group_table_split(struct vonk_task *task, struct vonk_group_table *table) {
  if (table->split) return VONK_OK;
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
    }
  }
  vonk_rows_deinit(&all);
  return status;
}
