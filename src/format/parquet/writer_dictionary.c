/* writer_dictionary.c: the dictionary of a chunk being written: a hash table from values to codes.
 *
 * Open addressing at most half full. A slot holds a code + 1 and 32 bits of the hash, so that most misses are told without
 * looking at the entry.
 */
#include <xxhash.h>

#include "format/parquet/writer_internal.h"

enum { SLOTS_MIN = 1024 };

struct slot {
  uint32_t code; /* + 1; 0: free */
  uint32_t hash;
};

static uint64_t hash_number(uint64_t value) {
  value *= UINT64_C(0x9E3779B97F4A7C15);
  return value ^ value >> 32;
}

static uint64_t hash_entry(const struct parquet_out_leaf *leaf, struct vonk_str entry) {
  uint64_t number = 0;
  if (leaf->width == 0 || leaf->width > 8) return XXH3_64bits(entry.data, entry.size);
  memcpy(&number, entry.data, entry.size);
  return hash_number(number);
}

void parquet_out_dictionary_clear(struct parquet_out_dictionary *d) {
  if (d->plain) d->plain->size = 0;
  if (d->offsets) d->offsets->size = 0;
  if (d->slot_count) memset(d->slots->data, 0, d->slot_count * sizeof(struct slot));
  d->entry_count = 0;
  d->known_id = 0;
}

void parquet_out_dictionary_deinit(struct parquet_out_dictionary *d) {
  vonk_buffer_release(d->plain), vonk_buffer_release(d->offsets), vonk_buffer_release(d->slots), vonk_buffer_release(d->known);
  *d = (struct parquet_out_dictionary){0};
}

/* Slots for COUNT more entries. */
static STATUS make_room(struct vonk_task *task, struct parquet_out_dictionary *d, const struct parquet_out_leaf *leaf, uint32_t count) {
  uint64_t need = 2 * ((uint64_t)d->entry_count + count);
  if (need <= d->slot_count) return VONK_OK;
  uint32_t slot_count = SLOTS_MIN;
  while (slot_count < need) slot_count *= 2;
  struct vonk_buffer *slots;
  TRY(vonk_buffer_create(task->budget, slot_count * sizeof(struct slot), &slots));
  memset(slots->data, 0, slot_count * sizeof(struct slot));
  struct slot *table = (struct slot *)(void *)slots->data;
  for (uint32_t code = 0; code < d->entry_count; code++) {
    uint64_t hash = hash_entry(leaf, parquet_out_entry(d, leaf, code));
    uint32_t at = (uint32_t)hash & (slot_count - 1);
    while (table[at].code) at = (at + 1) & (slot_count - 1);
    table[at] = (struct slot){code + 1, (uint32_t)(hash >> 32)};
  }
  vonk_buffer_release(d->slots);
  d->slots = slots;
  d->slot_count = slot_count;
  return VONK_OK;
}

/* Values of 4 and 8 bytes; room has been made. WIDTH is a constant where this is called. */
static inline void code_numbers(struct parquet_out_dictionary *d, const void *values, uint32_t count, uint32_t width, uint32_t *codes) {
  struct slot *slots = (struct slot *)(void *)d->slots->data;
  uint32_t mask = d->slot_count - 1;
  for (uint32_t i = 0; i < count; i++) {
    uint64_t value = 0, entry = 0;
    memcpy(&value, (const char *)values + (size_t)i * width, width);
    uint32_t at = (uint32_t)hash_number(value) & mask;
    for (;; at = (at + 1) & mask) {
      uint32_t code = slots[at].code;
      if (!code) {
        memcpy(d->plain->data + d->plain->size, &value, width);
        d->plain->size += width;
        slots[at].code = code = ++d->entry_count;
        slots[at].hash = (uint32_t)(hash_number(value) >> 32);
        codes[i] = code - 1;
        break;
      }
      memcpy(&entry, d->plain->data + (size_t)(code - 1) * width, width);
      if (entry == value) {
        codes[i] = code - 1;
        break;
      }
    }
  }
}

/* Any other value; room has been made in the slots. */
static STATUS code_of(struct vonk_task *task, struct parquet_out_dictionary *d, const struct parquet_out_leaf *leaf, struct vonk_str value, uint32_t *out) {
  struct slot *slots = (struct slot *)(void *)d->slots->data;
  uint64_t hash = hash_entry(leaf, value);
  uint32_t mask = d->slot_count - 1, at = (uint32_t)hash & mask, size = (uint32_t)value.size;
  for (; slots[at].code; at = (at + 1) & mask) {
    if (slots[at].hash != (uint32_t)(hash >> 32)) continue;
    if (!vonk_str_equal(parquet_out_entry(d, leaf, slots[at].code - 1), value)) continue;
    *out = slots[at].code - 1;
    return VONK_OK;
  }
  if (!leaf->width) {
    uint32_t offset = (uint32_t)parquet_out_size(d->plain);
    TRY(parquet_out_append(task, &d->offsets, &offset, 4));
    TRY(parquet_out_append(task, &d->plain, &size, 4));
  }
  TRY(parquet_out_append(task, &d->plain, value.data, value.size));
  *out = d->entry_count++;
  slots[at] = (struct slot){d->entry_count, (uint32_t)(hash >> 32)};
  return VONK_OK;
}

STATUS parquet_out_dictionary_codes(struct vonk_task *task, struct parquet_out_dictionary *d, const struct parquet_out_leaf *leaf, const void *values,
                                    uint32_t count, uint32_t *codes) {
  TRY(make_room(task, d, leaf, count));
  if (leaf->width == 4 || leaf->width == 8) {
    TRY(parquet_out_reserve(task, &d->plain, (size_t)count * leaf->width));
    if (leaf->width == 4) code_numbers(d, values, count, 4, codes);
    else code_numbers(d, values, count, 8, codes);
    return VONK_OK;
  }
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_str value = leaf->width ? (struct vonk_str){(const char *)values + (size_t)i * leaf->width, leaf->width}
                                        : vonk_view_str((const struct vonk_view *)values + i);
    TRY(code_of(task, d, leaf, value, &codes[i]));
  }
  return VONK_OK;
}

/* The codes of the entries that rows name for the first time. */
static STATUS translate_new(struct vonk_task *task, struct parquet_out_dictionary *d, struct vonk_scratch *scratch, const struct parquet_out_leaf *leaf,
                            const struct vonk_column *column, const uint32_t *rows, uint32_t count) {
  uint32_t *known = (uint32_t *)(void *)d->known->data, code;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t entry = column->codes[rows ? rows[i] : i];
    if (known[entry] != UINT32_MAX) continue;
    const void *value;
    TRY(parquet_out_values(task, scratch, leaf, &column->dictionary->entries, &entry, 1, &value));
    TRY(parquet_out_dictionary_codes(task, d, leaf, value, 1, &code));
    known[entry] = code;
  }
  return VONK_OK;
}

STATUS parquet_out_dictionary_translate(struct vonk_task *task, struct parquet_out_dictionary *d, struct vonk_scratch *scratch,
                                        const struct parquet_out_leaf *leaf, const struct vonk_column *column, const uint32_t *rows, uint32_t count,
                                        uint32_t *codes) {
  if (d->known_id != column->dictionary->id) {
    size_t size = 4 * (size_t)column->dictionary->entry_count;
    if (d->known) d->known->size = 0;
    TRY(parquet_out_reserve(task, &d->known, size));
    memset(d->known->data, 0xFF, size);
    d->known_id = column->dictionary->id;
  }
  const uint32_t *known = (const uint32_t *)(const void *)d->known->data;
  uint32_t unknown = 0;
  for (uint32_t i = 0; i < count; i++) {
    codes[i] = known[column->codes[rows ? rows[i] : i]];
    unknown |= codes[i] == UINT32_MAX;
  }
  if (!unknown) return VONK_OK;
  TRY(translate_new(task, d, scratch, leaf, column, rows, count));
  for (uint32_t i = 0; i < count; i++) codes[i] = known[column->codes[rows ? rows[i] : i]];
  return VONK_OK;
}
