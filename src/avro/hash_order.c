/* hash_order.c: a counting sort by bucket. */
#include "avro/hash_order.h"

enum { BUCKETS_MAX = 1 << 30 };

uint32_t vonk_hash_order_buckets(uint32_t first, uint32_t count) {
  uint32_t buckets = 1;
  while (buckets < first && buckets < BUCKETS_MAX) buckets *= 2;
  while (count > (uint32_t)((double)buckets * 0.75) && buckets < BUCKETS_MAX) buckets *= 2;
  return buckets;
}

size_t vonk_hash_order_bytes(uint32_t count, uint32_t buckets) { return (2 * (size_t)count + buckets + 1) * sizeof(uint32_t); }

void vonk_hash_order_begin(struct vonk_hash_order *order, void *memory, uint32_t count, uint32_t buckets) {
  *order = (struct vonk_hash_order){.items = memory, .count = count, .bucket_count = buckets};
  if (!count) return;
  order->places = order->items + count;
  order->starts = order->places + count;
  memset(order->starts, 0, ((size_t)buckets + 1) * sizeof *order->starts);
}

void vonk_hash_order_add(struct vonk_hash_order *order, uint32_t item, uint32_t hash) {
  uint32_t bucket = (hash ^ hash >> 16) & (order->bucket_count - 1);
  order->places[item] = bucket;
  order->starts[bucket + 1]++;
}

void vonk_hash_order_end(struct vonk_hash_order *order) {
  if (!order->count) return;
  for (uint32_t i = 0; i < order->bucket_count; i++) order->starts[i + 1] += order->starts[i];
  for (uint32_t i = 0; i < order->count; i++) order->items[order->starts[order->places[i]]++] = i;
}

uint32_t vonk_hash_order_utf8(struct vonk_str text) {
  uint32_t hash = 1;
  for (size_t i = 0; i < text.size; i++) hash = 31 * hash + (uint32_t)(int32_t)(signed char)text.data[i];
  return hash;
}

uint32_t vonk_hash_order_string(struct vonk_str text) {
  uint32_t hash = 0;
  for (size_t at = 0; at < text.size;) {
    uint32_t c = vonk_utf8_decode(text, &at);
    if (c > 0xFFFF) {
      hash = 31 * hash + (0xD7C0 + (c >> 10));
      c = 0xDC00 + (c & 0x3FF);
    }
    hash = 31 * hash + c;
  }
  return hash;
}
