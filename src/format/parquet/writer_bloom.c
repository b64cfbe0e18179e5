/* writer_bloom.c: split-block Bloom filters (parquet-format, BloomFilter.md): XXH64, blocks of eight words. */
#include <math.h>
#include <xxhash.h>

#include "format/parquet/writer_internal.h"

enum { BLOCK_BYTES = 32, BLOCK_WORDS = 8 };

uint32_t parquet_out_bloom_size(uint64_t distinct_count, double false_positives, uint32_t limit_bytes) {
  double bits = -8.0 * (double)distinct_count / log(1 - pow(false_positives, 1.0 / 8));
  uint32_t size = BLOCK_BYTES;
  while (size < limit_bytes && size <= UINT32_MAX / 2 && (double)size * 8 < bits) size *= 2;
  return size > limit_bytes && size > BLOCK_BYTES ? size / 2 : size;
}

void parquet_out_bloom_add(uint8_t *filter, uint32_t byte_size, struct vonk_str value) {
  static const uint32_t salts[BLOCK_WORDS] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU, 0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};
  uint64_t hash = XXH64(value.data, value.size, 0);
  uint32_t *block = (uint32_t *)(void *)filter + BLOCK_WORDS * (uint32_t)((hash >> 32) * (byte_size / BLOCK_BYTES) >> 32);
  for (int i = 0; i < BLOCK_WORDS; i++) block[i] |= (uint32_t)1 << ((uint32_t)hash * salts[i] >> 27);
}

void parquet_out_bloom_add_plain(uint8_t *filter, uint32_t byte_size, const struct parquet_out_leaf *leaf, const uint8_t *values, size_t size) {
  const uint8_t *end = values + size;
  for (uint32_t length = leaf->width; values < end; values += length) {
    if (!leaf->width) memcpy(&length, values, 4), values += 4;
    parquet_out_bloom_add(filter, byte_size, (struct vonk_str){(const char *)values, length});
  }
}

void parquet_out_put_bloom_header(struct vonk_text *text, uint32_t byte_size) {
  int16_t last = 0;
  vonk_thrift_put_i32_field(text, &last, 1, (int32_t)byte_size);
  for (int16_t id = 2; id <= 4; id++) { /* BLOCK, XXHASH, UNCOMPRESSED: each the first of a union, and empty */
    int16_t inner = 0;
    vonk_thrift_put_field(text, &last, id, VONK_THRIFT_STRUCT);
    vonk_thrift_put_field(text, &inner, 1, VONK_THRIFT_STRUCT);
    vonk_thrift_put_stop(text), vonk_thrift_put_stop(text);
  }
  vonk_thrift_put_stop(text);
}
