/* table.level.c: selection and gather loops of one CPU level, and the level's table. */
#include "base/bits.h"
#include "kernel/kernel_internal.h"

#if VONK_LEVEL == 2
#include <immintrin.h>

static uint32_t select_rows(const uint64_t *mask, uint32_t count, uint32_t *rows) {
  uint32_t n = 0;
  const __m512i steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (uint32_t word = 0, words = (uint32_t)vonk_bits_words(count); word < words; word++) {
    uint64_t bits = word + 1 == words ? mask[word] & vonk_bits_tail(count) : mask[word];
    for (uint32_t part = 0; part < 4; part++) {
      __mmask16 piece = (__mmask16)(bits >> (16 * part));
      if (!piece) continue;
      __m512i indexes = _mm512_add_epi32(_mm512_set1_epi32((int)(word * 64 + part * 16)), steps);
      _mm512_mask_compressstoreu_epi32(rows + n, piece, indexes);
      n += (uint32_t)__builtin_popcount(piece);
    }
  }
  return n;
}
#else
static uint32_t select_rows(const uint64_t *mask, uint32_t count, uint32_t *rows) {
  return (uint32_t)vonk_bits_indexes(mask, count, rows);
}
#endif

static void gather_32(const uint32_t *values, const uint32_t *rows, uint32_t count, uint32_t *out) {
  for (uint32_t i = 0; i < count; i++) out[i] = values[rows[i]];
}

static void gather_64(const uint64_t *values, const uint32_t *rows, uint32_t count, uint64_t *out) {
  for (uint32_t i = 0; i < count; i++) out[i] = values[rows[i]];
}

extern const struct vonk_kernel_table VONK_LEVEL_NAME(vonk_kernel_table);
const struct vonk_kernel_table VONK_LEVEL_NAME(vonk_kernel_table) = {
    .select_rows = select_rows,
    .gather_32 = gather_32,
    .gather_64 = gather_64,
};
