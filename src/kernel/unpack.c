/* unpack.c: calls the loops for this machine. */
#include "kernel/unpack.h"

#include "kernel/kernel_internal.h"

uint32_t vonk_unpack_bits(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint32_t *out) {
  return vonk_unpack_table()->bits(bytes, bit, width, count, out);
}

void vonk_unpack_mask(const uint8_t *table, const uint32_t *codes, uint32_t count, uint64_t *mask) {
  vonk_unpack_table()->mask(table, codes, count, mask);
}

void vonk_unpack_entries(const void *table, uint32_t width, const uint32_t *codes, uint32_t count, void *out) {
  vonk_unpack_table()->entries(table, width, codes, count, out);
}
