/* value_set.c: open addressing over entries that never move relative to each other. */
#include "func/value_set.h"

#include <math.h>

enum { HEAD = 12, NULL_SIZE = -1, CAPACITY_MIN = 64, ENTRIES_MIN = 4 };

/* Twice as large, or LEAST. */
static void *grow(struct vonk_task *task, const void *old, size_t used, size_t new_size) {
  void *memory = vonk_arena_alloc(task->arena, new_size);
  if (used) memcpy(memory, old, used);
  return memory;
}

static struct vonk_str entry_bytes(const struct vonk_value_set *set, uint32_t index) {
  const char *entry = set->bytes + set->offsets[index];
  int32_t size;
  memcpy(&size, entry + 8, 4);
  return (struct vonk_str){size == NULL_SIZE ? NULL : entry + HEAD, size == NULL_SIZE ? 0 : (size_t)size};
}

static uint64_t hash_of(struct vonk_str bytes) {
  uint64_t hash = bytes.data ? vonk_str_hash(bytes) : 0;
  return hash ^ hash >> 32;
}

static void rehash(struct vonk_task *task, struct vonk_value_set *set) {
  uint32_t slots = set->slots ? (set->slot_mask + 1) * 2 : ENTRIES_MIN * 2;
  set->slots = vonk_arena_alloc(task->arena, slots * sizeof *set->slots);
  set->slot_mask = slots - 1;
  for (uint32_t i = 0; i < set->count; i++) {
    uint32_t at = (uint32_t)hash_of(entry_bytes(set, i)) & set->slot_mask;
    while (set->slots[at]) at = (at + 1) & set->slot_mask;
    set->slots[at] = i + 1;
  }
}

static bool same(struct vonk_str a, struct vonk_str b) {
  return !a.data == !b.data && a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

static void add_weight(struct vonk_value_set *set, uint32_t index, int64_t weight) {
  int64_t count;
  memcpy(&count, set->bytes + set->offsets[index], 8);
  count += weight;
  memcpy(set->bytes + set->offsets[index], &count, 8);
}

static STATUS append(struct vonk_task *task, struct vonk_value_set *set, struct vonk_str bytes, int64_t weight) {
  size_t needed = set->size + HEAD + bytes.size;
  if (needed > INT32_MAX) return VONK_NO_MEMORY;
  if (needed > set->capacity) {
    set->capacity = needed * 2 < CAPACITY_MIN ? CAPACITY_MIN : needed * 2;
    set->bytes = grow(task, set->bytes, set->size, set->capacity);
  }
  if (set->count == set->offset_capacity) {
    set->offset_capacity = set->count ? set->count * 2 : ENTRIES_MIN;
    set->offsets = grow(task, set->offsets, set->count * sizeof *set->offsets, set->offset_capacity * sizeof *set->offsets);
  }
  int32_t size = bytes.data ? (int32_t)bytes.size : NULL_SIZE;
  char *entry = set->bytes + set->size;
  memcpy(entry, &weight, 8);
  memcpy(entry + 8, &size, 4);
  if (bytes.size) memcpy(entry + HEAD, bytes.data, bytes.size);
  set->offsets[set->count++] = (uint32_t)set->size;
  set->size = needed;
  return VONK_OK;
}

/* The slot of the entry, or the free one where it belongs; there are slots. */
static uint32_t find(const struct vonk_value_set *set, struct vonk_str bytes) {
  uint32_t at = (uint32_t)hash_of(bytes) & set->slot_mask;
  while (set->slots[at] && !same(entry_bytes(set, set->slots[at] - 1), bytes)) at = (at + 1) & set->slot_mask;
  return at;
}

static STATUS add(struct vonk_task *task, struct vonk_value_set *set, struct vonk_str bytes, int64_t weight) {
  if (!set->slots || (set->count + 1) * 2 > set->slot_mask) rehash(task, set);
  uint32_t at = find(set, bytes);
  if (set->slots[at]) {
    add_weight(set, set->slots[at] - 1, weight);
    return VONK_OK;
  }
  set->slots[at] = set->count + 1;
  return append(task, set, bytes, weight);
}

/* --- candidates --- */

static int64_t least_weight(const struct vonk_value_set *set) {
  int64_t least = INT64_MAX, weight;
  for (uint32_t i = 0; i < set->count; i++) {
    (void)vonk_value_set_at(set, i, &weight);
    if (weight < least) least = weight;
  }
  return least;
}

/* AMOUNT less for all; what has nothing left goes, in place. */
static void take_away(struct vonk_value_set *set, int64_t amount) {
  uint32_t kept = 0;
  size_t size = 0;
  memset(set->slots, 0, ((size_t)set->slot_mask + 1) * sizeof *set->slots);
  for (uint32_t i = 0; i < set->count; i++) {
    size_t entry_size = HEAD + entry_bytes(set, i).size;
    int64_t weight;
    (void)vonk_value_set_at(set, i, &weight);
    if ((weight -= amount) <= 0) continue;
    memmove(set->bytes + size, set->bytes + set->offsets[i], entry_size);
    memcpy(set->bytes + size, &weight, 8);
    set->offsets[kept] = (uint32_t)size;
    set->slots[find(set, entry_bytes(set, kept))] = kept + 1;
    size += entry_size;
    kept++;
  }
  set->count = kept;
  set->size = size;
}

static STATUS add_candidate(struct vonk_task *task, struct vonk_value_set *set, struct vonk_str bytes, int64_t weight, uint32_t limit) {
  if (set->count < limit || set->slots[find(set, bytes)]) return add(task, set, bytes, weight);
  int64_t least = least_weight(set);
  if (weight >= least) TRY(add(task, set, bytes, weight));
  take_away(set, weight >= least ? least : weight);
  return VONK_OK;
}

/* One NaN, one zero. */
static void normalize(enum vonk_physical physical, char *bytes) {
  if (physical == VONK_PHYSICAL_F64) {
    double real;
    memcpy(&real, bytes, 8);
    real = isnan(real) ? NAN : real == 0 ? 0 : real;
    memcpy(bytes, &real, 8);
  } else if (physical == VONK_PHYSICAL_F32) {
    float real;
    memcpy(&real, bytes, 4);
    real = isnan(real) ? NAN : real == 0 ? 0 : real;
    memcpy(bytes, &real, 4);
  }
}

enum { FEW_BYTES = 64 };

/* The bytes of a row, in FEW or in scratch memory; without data for null. */
static STATUS row_bytes(struct vonk_frame *frame, const struct vonk_column *column, uint32_t row, char *few, struct vonk_str *out) {
  void *bytes = few;
  *out = (struct vonk_str){0};
  if (!vonk_column_row_valid(column, row)) return VONK_OK;
  size_t size = vonk_value_bytes_size(column, row);
  if (size > FEW_BYTES) TRY(vonk_scratch_take(frame->task, frame->scratch, size, &bytes));
  vonk_value_bytes_write(column, row, bytes);
  normalize(column->physical, bytes);
  *out = vonk_str_make(bytes, size);
  return VONK_OK;
}

STATUS vonk_value_set_add_row(struct vonk_frame *frame, struct vonk_value_set *set, const struct vonk_column *column, uint32_t row, int64_t weight) {
  char few[FEW_BYTES];
  struct vonk_str bytes;
  TRY(row_bytes(frame, column, row, few, &bytes));
  return add(frame->task, set, bytes, weight);
}

STATUS vonk_value_set_add_candidate(struct vonk_frame *frame, struct vonk_value_set *set, const struct vonk_column *column, uint32_t row, uint32_t limit) {
  char few[FEW_BYTES];
  struct vonk_str bytes;
  TRY(row_bytes(frame, column, row, few, &bytes));
  return add_candidate(frame->task, set, bytes, 1, limit);
}

STATUS vonk_value_set_merge_candidates(struct vonk_frame *frame, const struct vonk_value_set *from, struct vonk_value_set *into, uint32_t limit) {
  for (uint32_t i = 0; i < from->count; i++) {
    int64_t weight;
    (void)vonk_value_set_at(from, i, &weight);
    TRY(add_candidate(frame->task, into, entry_bytes(from, i), weight, limit));
  }
  return VONK_OK;
}

const char *vonk_value_set_at(const struct vonk_value_set *set, uint32_t index, int64_t *weight) {
  if (weight) memcpy(weight, set->bytes + set->offsets[index], 8);
  return entry_bytes(set, index).data;
}

STATUS vonk_value_set_merge_states(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_value_set *a = from[i];
    struct vonk_value_set *b = into[i];
    if (!b->count) *b = *a;
    else for (uint32_t k = 0; k < a->count; k++) {
      int64_t weight;
      (void)vonk_value_set_at(a, k, &weight);
      TRY(add(frame->task, b, entry_bytes(a, k), weight));
    }
  }
  return VONK_OK;
}

STATUS vonk_value_set_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes) {
  const struct vonk_value_set *set = state;
  return vonk_builder_add_bytes(frame->task, bytes, set->bytes ? set->bytes : "", set->size);
}

STATUS vonk_value_set_load(struct vonk_frame *frame, struct vonk_str bytes, void *state) {
  const char *at = bytes.data, *end = bytes.data + bytes.size;
  memset(state, 0, sizeof(struct vonk_value_set));
  while (at < end) {
    int64_t weight;
    int32_t size;
    memcpy(&weight, at, 8);
    memcpy(&size, at + 8, 4);
    struct vonk_str value = {size == NULL_SIZE ? NULL : at + HEAD, size == NULL_SIZE ? 0 : (size_t)size};
    TRY(add(frame->task, state, value, weight));
    at += HEAD + value.size;
  }
  return VONK_OK;
}
