/* hash_order.c: one pass puts each entry into the bucket of its upper bits, about one a bucket; insertion does the rest. */
#include "exec/hash_order.h"

enum { BUCKET_BITS_MAX = 20 };

static void insert(struct vonk_hash_entry *entries, uint64_t count) {
  for (uint64_t i = 1; i < count; i++) {
    struct vonk_hash_entry entry = entries[i];
    uint64_t at = i;
    for (; at > 0 && entries[at - 1].hash > entry.hash; at--) entries[at] = entries[at - 1];
    entries[at] = entry;
  }
}

STATUS vonk_hash_order(struct vonk_task *task, struct vonk_hash_entry *entries, uint64_t count, uint32_t common_bits) {
  uint32_t bits = 1;
  while (bits < BUCKET_BITS_MAX && (uint64_t)1 << bits < count) bits++;
  struct vonk_buffer *space, *ends_memory;
  TRY(vonk_buffer_create(task->budget, count * sizeof *entries + 1, &space));
  if (vonk_buffer_create(task->budget, sizeof(uint32_t) << bits, &ends_memory) != VONK_OK) {
    vonk_buffer_release(space);
    return VONK_NO_MEMORY;
  }
  struct vonk_hash_entry *from = (struct vonk_hash_entry *)space->data;
  uint32_t *ends = (uint32_t *)ends_memory->data, shift = 64 - bits, sum = 0;
  memset(ends, 0, sizeof *ends << bits);
  memcpy(from, entries, count * sizeof *entries);
  for (uint64_t i = 0; i < count; i++) ends[from[i].hash << common_bits >> shift]++;
  for (uint64_t b = 0; b < (uint64_t)1 << bits; b++) {
    uint32_t size = ends[b];
    ends[b] = sum;
    sum += size;
  }
  for (uint64_t i = 0; i < count; i++) entries[ends[from[i].hash << common_bits >> shift]++] = from[i];
  insert(entries, count);
  vonk_buffer_release(space);
  vonk_buffer_release(ends_memory);
  return VONK_OK;
}
