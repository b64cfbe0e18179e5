/* unpack.c: calls the loops for this machine. */
#include "kernel/unpack.h"

#include "base/bits.h"
#include "base/int128.h"
#include "kernel/kernel_internal.h"

uint32_t vonk_unpack_bits(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint32_t *out) {
  return vonk_unpack_table()->bits(bytes, bit, width, count, out);
}

void vonk_unpack_bits_big(const uint8_t *bytes, uint32_t width, uint32_t count, uint64_t *out) {
  vonk_unpack_table()->bits_big(bytes, width, count, out);
}

void vonk_unpack_mask(const uint8_t *table, const uint32_t *codes, uint32_t count, uint64_t *mask) {
  vonk_unpack_table()->mask(table, codes, count, mask);
}

void vonk_unpack_entries(const void *table, uint32_t width, const uint32_t *codes, uint32_t count, void *out) {
  vonk_unpack_table()->entries(table, width, codes, count, out);
}

/* From behind, so that nothing is overwritten early: a value never stands behind its slot. */
#define SPREAD_LOOP(type)                                                                \
  do {                                                                                   \
    type *v = values;                                                                    \
    for (uint32_t i = slots; i-- > 0;) {                                                 \
      bool is_valid = vonk_bits_get(valid, from + i);                                    \
      count -= is_valid;                                                                 \
      v[i] = is_valid ? v[count] : 0;                                                    \
    }                                                                                    \
  } while (0)

void vonk_unpack_spread(void *values, uint32_t width, const uint64_t *valid, size_t from, uint32_t slots, uint32_t count) {
  switch (width) {
    case 1: SPREAD_LOOP(uint8_t); break;
    case 2: SPREAD_LOOP(uint16_t); break;
    case 4: SPREAD_LOOP(uint32_t); break;
    case 8: SPREAD_LOOP(uint64_t); break;
    default: SPREAD_LOOP(vonk_uint128);
  }
}
