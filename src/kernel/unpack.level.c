/* unpack.level.c: loops of unpack.h for one CPU level.
 *
 * Bits: the bytes that hold each number are shuffled into its lane, shifted by a count per lane, and masked. Four bytes a lane
 * do for widths up to 25 whatever the first bit is; wider ones take the plain loop. The pattern of bytes and shifts repeats
 * every 8 numbers, so it is made once a call.
 */
#include <string.h>

#include "kernel/kernel_internal.h"

#if VONK_LEVEL > 0
#include <immintrin.h>
#endif

enum { SHUFFLED_WIDTH_MAX = 25 };

static uint32_t bits_plain(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint32_t *out) {
  uint64_t mask = ((uint64_t)1 << width) - 1;
  uint32_t largest = 0;
  for (uint32_t i = 0; i < count; i++, bit += width) {
    uint64_t word;
    memcpy(&word, bytes + (bit >> 3), 8);
    out[i] = (uint32_t)(word >> (bit & 7) & mask);
    largest = out[i] > largest ? out[i] : largest;
  }
  return largest;
}

#if VONK_LEVEL == 2
static uint32_t bits(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint32_t *out) {
  if (width > SHUFFLED_WIDTH_MAX) return bits_plain(bytes, bit, width, count, out);
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  __m512i starts = _mm512_add_epi32(_mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)width)), _mm512_set1_epi32((int)(bit & 7)));
  __m512i from = _mm512_add_epi32(_mm512_mullo_epi32(_mm512_srli_epi32(starts, 3), _mm512_set1_epi32(0x01010101)), _mm512_set1_epi32(0x03020100));
  __m512i shifts = _mm512_and_epi32(starts, _mm512_set1_epi32(7)), mask = _mm512_set1_epi32((int)((1u << width) - 1)), largest = _mm512_setzero_si512();
  const uint8_t *at = bytes + (bit >> 3);
  for (uint32_t i = 0; i < count; i += 16, at += 2 * (size_t)width) {
    __mmask16 wanted = count - i < 16 ? (__mmask16)((1u << (count - i)) - 1) : (__mmask16)0xFFFF;
    __m512i values = _mm512_permutexvar_epi8(from, _mm512_loadu_si512(at));
    values = _mm512_maskz_and_epi32(wanted, _mm512_srlv_epi32(values, shifts), mask);
    largest = _mm512_max_epu32(largest, values);
    _mm512_mask_storeu_epi32(out + i, wanted, values);
  }
  return _mm512_reduce_max_epu32(largest);
}
#elif VONK_LEVEL == 1
/* What moves 4 numbers from bit START of 16 bytes into 4 lanes, and the shifts that follow. */
static __m128i lanes_from(uint32_t start, uint32_t width, __m128i *shifts) {
  __m128i starts = _mm_setr_epi32((int)start, (int)(start + width), (int)(start + 2 * width), (int)(start + 3 * width));
  *shifts = _mm_and_si128(starts, _mm_set1_epi32(7));
  return _mm_add_epi32(_mm_mullo_epi32(_mm_srli_epi32(starts, 3), _mm_set1_epi32(0x01010101)), _mm_set1_epi32(0x03020100));
}

static uint32_t bits(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint32_t *out) {
  if (width > SHUFFLED_WIDTH_MAX || count < 16) return bits_plain(bytes, bit, width, count, out);
  uint32_t second = (uint32_t)(bit & 7) + 4 * width;
  __m128i shift_low, shift_high, from_low = lanes_from((uint32_t)(bit & 7), width, &shift_low), from_high = lanes_from(second & 7, width, &shift_high);
  __m256i from = _mm256_set_m128i(from_high, from_low), shifts = _mm256_set_m128i(shift_high, shift_low);
  __m256i mask = _mm256_set1_epi32((int)((1u << width) - 1)), largest = _mm256_setzero_si256();
  const uint8_t *at = bytes + (bit >> 3);
  uint32_t i = 0, high = second >> 3;
  for (; i + 8 <= count; i += 8, at += width) {
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)at), b = _mm_loadu_si128((const __m128i *)(const void *)(at + high));
    __m256i values = _mm256_shuffle_epi8(_mm256_set_m128i(b, a), from);
    values = _mm256_and_si256(_mm256_srlv_epi32(values, shifts), mask);
    largest = _mm256_max_epu32(largest, values);
    _mm256_storeu_si256((__m256i *)(void *)(out + i), values);
  }
  uint32_t found[8], most = bits_plain(bytes, bit + (uint64_t)i * width, width, count - i, out + i);
  _mm256_storeu_si256((__m256i *)(void *)found, largest);
  for (int k = 0; k < 8; k++) most = found[k] > most ? found[k] : most;
  return most;
}
#else
static uint32_t bits(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint32_t *out) {
  return bits_plain(bytes, bit, width, count, out);
}
#endif

static void big_plain(const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count, uint64_t *out) {
  for (uint32_t i = 0; i < count; i++, bit += width) {
    uint64_t word;
    memcpy(&word, bytes + (bit >> 3), 8);
    out[i] = __builtin_bswap64(word) << (bit & 7) >> (64 - width);
  }
}

#if VONK_LEVEL > 0
/* 4 numbers a step: they begin at a byte or, for odd widths, in the middle of one, which the next step turns round. */
static __m128i big_lanes(uint32_t start, uint32_t width, __m128i *shifts) {
  __m128i starts = _mm_setr_epi32((int)start, (int)(start + width), (int)(start + 2 * width), (int)(start + 3 * width));
  *shifts = _mm_and_si128(starts, _mm_set1_epi32(7));
  return _mm_add_epi32(_mm_mullo_epi32(_mm_srli_epi32(starts, 3), _mm_set1_epi32(0x01010101)), _mm_set1_epi32(0x00010203));
}

static void bits_big(const uint8_t *bytes, uint32_t width, uint32_t count, uint64_t *out) {
  uint32_t i = 0, second = 4 * width, high = second >> 3;
  if (width > SHUFFLED_WIDTH_MAX || count < 16) {
    big_plain(bytes, 0, width, count, out);
    return;
  }
  __m128i shift_low, shift_high, from_low = big_lanes(0, width, &shift_low), from_high = big_lanes(second & 7, width, &shift_high);
  __m256i from = _mm256_set_m128i(from_high, from_low), shifts = _mm256_set_m128i(shift_high, shift_low);
  const uint8_t *at = bytes;
  for (; i + 8 <= count; i += 8, at += width) {
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)at), b = _mm_loadu_si128((const __m128i *)(const void *)(at + high));
    __m256i values = _mm256_shuffle_epi8(_mm256_set_m128i(b, a), from);
    values = _mm256_srli_epi32(_mm256_sllv_epi32(values, shifts), (int)(32 - width));
    _mm256_storeu_si256((__m256i *)(void *)(out + i), _mm256_cvtepu32_epi64(_mm256_castsi256_si128(values)));
    _mm256_storeu_si256((__m256i *)(void *)(out + i + 4), _mm256_cvtepu32_epi64(_mm256_extracti128_si256(values, 1)));
  }
  big_plain(bytes, (uint64_t)i * width, width, count - i, out + i);
}
#else
static void bits_big(const uint8_t *bytes, uint32_t width, uint32_t count, uint64_t *out) { big_plain(bytes, 0, width, count, out); }
#endif

static void mask_plain(const uint8_t *table, const uint32_t *codes, uint32_t count, uint64_t *mask) {
  for (uint32_t at = 0; at < count; at += 64) {
    uint32_t n = count - at < 64 ? count - at : 64;
    uint64_t word = 0;
    for (uint32_t i = 0; i < n; i++) word |= (uint64_t)(table[codes[at + i]] != 0) << i;
    mask[at / 64] = word;
  }
}

#if VONK_LEVEL == 2
static void mask(const uint8_t *table, const uint32_t *codes, uint32_t count, uint64_t *out) {
  uint32_t at = 0;
  for (; at + 64 <= count; at += 64) {
    uint64_t word = 0;
    for (uint32_t k = 0; k < 64; k += 16) {
      __m512i found = _mm512_i32gather_epi32(_mm512_loadu_si512(codes + at + k), table, 1);
      word |= (uint64_t)_mm512_test_epi32_mask(found, _mm512_set1_epi32(0xFF)) << k;
    }
    out[at / 64] = word;
  }
  if (at < count) mask_plain(table, codes + at, count - at, out + at / 64);
}
#else
static void mask(const uint8_t *table, const uint32_t *codes, uint32_t count, uint64_t *out) { mask_plain(table, codes, count, out); }
#endif

static void entries(const void *table, uint32_t width, const uint32_t *codes, uint32_t count, void *out) {
  const uint8_t *bytes = table;
  switch (width) {
    case 4: for (uint32_t i = 0; i < count; i++) ((uint32_t *)out)[i] = ((const uint32_t *)table)[codes[i]]; break;
    case 8: for (uint32_t i = 0; i < count; i++) ((uint64_t *)out)[i] = ((const uint64_t *)table)[codes[i]]; break;
    default: for (uint32_t i = 0; i < count; i++) memcpy((uint8_t *)out + (size_t)i * 16, bytes + (size_t)codes[i] * 16, 16);
  }
}

extern const struct vonk_unpack_table VONK_LEVEL_NAME(vonk_unpack_table);
const struct vonk_unpack_table VONK_LEVEL_NAME(vonk_unpack_table) = {.bits = bits, .bits_big = bits_big, .mask = mask, .entries = entries};
