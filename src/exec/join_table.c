/* join_table.c: sealing and chaining. */
#include "exec/join_table.h"

#include "base/array.h"

enum {
  DIRECT_SPAN_MIN = 64 * 1024,    /* heads by key however few the rows */
  BITMAP_BITS_MAX = 128 << 20,    /* 16 MiB */
};

bool vonk_join_never_matches(const struct vonk_join_table *table, const uint8_t *row) {
  for (uint32_t c = 0; c < table->key_count; c++) {
    if (!table->keys[c].null_safe && vonk_row_is_null(row, c)) return true;
  }
  return false;
}

static STATUS make_heads(struct vonk_task *task, struct vonk_join_table *table, uint64_t count) {
  table->chain_count = count;
  TRY(vonk_buffer_create(task->budget, count * 8, &table->heads));
  memset(table->heads->data, 0, count * 8);
  return VONK_OK;
}

void vonk_join_widen(const struct vonk_join_table *table, struct vonk_join_range *ranges, uint8_t *const *rows, uint32_t count) {
  for (uint32_t k = 0; k < table->key_count; k++) {
    if (!table->keys[k].integer) continue;
    struct vonk_join_range range = ranges[k];
    for (uint32_t i = 0; i < count; i++) {
      if (vonk_row_is_null(rows[i], k)) continue;
      int64_t key = vonk_join_read_key(&table->layout, k, rows[i]);
      if (!range.known) range = (struct vonk_join_range){true, key, key};
      range.min = key < range.min ? key : range.min;
      range.max = key > range.max ? key : range.max;
    }
    ranges[k] = range;
  }
}

static STATUS make_bitmap(struct vonk_task *task, struct vonk_join_key *key) {
  uint64_t span = (uint64_t)key->range.max - (uint64_t)key->range.min;
  if (!key->wants_bitmap || !key->range.known || span >= BITMAP_BITS_MAX) return VONK_OK;
  size_t bytes = (span / 64 + 1) * 8;
  TRY(vonk_buffer_create(task->budget, bytes, &key->bitmap));
  memset(key->bitmap->data, 0, bytes);
  return VONK_OK;
}

STATUS vonk_join_table_seal(struct vonk_task *task, struct vonk_join_table *table) {
  uint64_t rows = table->rows.row_count;
  for (uint32_t k = 0; k < table->key_count; k++) TRY(make_bitmap(task, &table->keys[k]));
  if (!table->key_count) {
    table->direct = true;
    table->key_min = 0;
    return make_heads(task, table, 1);
  }
  const struct vonk_join_range *range = &table->keys[0].range;
  uint64_t span = range->known ? (uint64_t)range->max - (uint64_t)range->min : 0;
  if (table->key_count == 1 && table->keys[0].integer && (span < rows * 8 || span < DIRECT_SPAN_MIN)) {
    table->direct = true;
    table->key_min = range->min;
    return make_heads(task, table, span + 1);
  }
  uint32_t bits = 6;
  while (((uint64_t)1 << bits) < rows * 2 && bits < 40) bits++;
  table->shift = 64 - bits;
  return make_heads(task, table, (uint64_t)1 << bits);
}

static void note_keys(struct vonk_join_table *table, const uint8_t *row) {
  for (uint32_t k = 0; k < table->key_count; k++) {
    const struct vonk_join_key *key = &table->keys[k];
    if (!key->bitmap || vonk_row_is_null(row, k)) continue;
    uint64_t at = (uint64_t)vonk_join_read_key(&table->layout, k, row) - (uint64_t)key->range.min;
    _Atomic uint64_t *word = (_Atomic uint64_t *)key->bitmap->data + (at >> 6);
    uint64_t bit = UINT64_C(1) << (at & 63);
    if (!(atomic_load_explicit(word, memory_order_relaxed) & bit)) atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
  }
}

static void insert_direct(struct vonk_join_table *table, uint8_t *row) {
  int64_t key = table->key_count ? vonk_join_read_key(&table->layout, 0, row) : 0;
  uint64_t at = (uint64_t)key - (uint64_t)table->key_min;
  _Atomic uint64_t *heads = (_Atomic uint64_t *)table->heads->data;
  uint64_t old = atomic_exchange_explicit(&heads[at], (uint64_t)(uintptr_t)row, memory_order_relaxed);
  *vonk_join_next(table, row) = (uint8_t *)(uintptr_t)old;
  if (old && !atomic_load_explicit(&table->has_duplicates, memory_order_relaxed)) atomic_store(&table->has_duplicates, true);
}

static void insert_hashed(struct vonk_join_table *table, uint8_t *row) {
  uint64_t hash = vonk_row_hash_columns(&table->layout, table->key_count, row);
  *vonk_join_hash(table, row) = hash;
  _Atomic uint64_t *head = (_Atomic uint64_t *)table->heads->data + (hash >> table->shift);
  uint64_t old = atomic_load_explicit(head, memory_order_relaxed), new;
  do {
    *vonk_join_next(table, row) = (uint8_t *)(uintptr_t)(old & VONK_JOIN_POINTER_MASK);
    new = (old & ~VONK_JOIN_POINTER_MASK) | vonk_join_tag(hash) | (uint64_t)(uintptr_t)row;
  } while (!atomic_compare_exchange_weak_explicit(head, &old, new, memory_order_relaxed, memory_order_relaxed));
}

void vonk_join_table_insert(struct vonk_join_table *table, uint32_t index) {
  struct vonk_block *block = &table->rows.blocks[index];
  /* Backwards, so that chains keep the order in which a block was filled. */
  for (uint32_t i = block->row_count; i-- > 0;) {
    uint8_t *row = vonk_block_row(&table->rows, block, i);
    if (vonk_join_never_matches(table, row)) continue;
    note_keys(table, row);
    if (table->direct) insert_direct(table, row);
    else insert_hashed(table, row);
  }
}

static uint8_t *merge_chains(const struct vonk_join_table *table, uint8_t *a, uint8_t *b) {
  uint8_t *first = NULL, **at = &first;
  while (a && b) {
    uint8_t **lower = *vonk_join_place(table, a) <= *vonk_join_place(table, b) ? &a : &b;
    *at = *lower;
    at = vonk_join_next(table, *lower);
    *lower = *at;
  }
  *at = a ? a : b;
  return first;
}

/* Bottom-up merge sort: sorted[i] is a chain of 2^i rows. */
uint8_t *vonk_join_sort_chain(const struct vonk_join_table *table, uint8_t *row) {
  uint8_t *sorted[48] = {NULL};
  while (row) {
    uint8_t *chain = row;
    row = *vonk_join_next(table, row);
    *vonk_join_next(table, chain) = NULL;
    uint32_t i = 0;
    for (; sorted[i]; i++) {
      chain = merge_chains(table, sorted[i], chain);
      sorted[i] = NULL;
    }
    sorted[i] = chain;
  }
  uint8_t *all = NULL;
  for (uint32_t i = 0; i < COUNT_OF(sorted); i++) all = merge_chains(table, sorted[i], all);
  return all;
}

STATUS vonk_join_table_sort_chains(struct vonk_task *task, struct vonk_join_table *table) {
  if (!table->ordered || (table->direct && table->key_count && !atomic_load(&table->has_duplicates))) return VONK_OK;
  uint64_t *heads = (uint64_t *)table->heads->data;
  for (uint64_t i = 0; i < table->chain_count; i++) {
    if (i % 65536 == 0) TRY(vonk_task_check(task));
    uint8_t *row = (uint8_t *)(uintptr_t)(heads[i] & VONK_JOIN_POINTER_MASK);
    if (!row || !*vonk_join_next(table, row)) continue;
    heads[i] = (heads[i] & ~VONK_JOIN_POINTER_MASK) | (uint64_t)(uintptr_t)vonk_join_sort_chain(table, row);
  }
  return VONK_OK;
}

void vonk_join_table_deinit(struct vonk_join_table *table) {
  vonk_rows_deinit(&table->rows);
  vonk_buffer_release(table->heads);
  for (uint32_t k = 0; k < table->key_count; k++) vonk_buffer_release(table->keys[k].bitmap);
}
