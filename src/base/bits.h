/* bits.h: bitmaps of little-endian 64-bit words: validity, live masks, booleans.
 *
 * Bit i of a map is bit (i & 63) of word i >> 6. An input of NULL means all ones, as for validity. COUNT is in bits. What
 * these functions write has zeros at and behind COUNT in its last word; inputs may hold anything there.
 * Outputs may be the same memory as an input.
 */
#ifndef VONK_BASE_BITS_H
#define VONK_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline size_t vonk_bits_words(size_t count) { return (count + 63) / 64; }
/* The bits of the last word that are below COUNT. COUNT > 0. */
static inline uint64_t vonk_bits_tail(size_t count) { return ~(uint64_t)0 >> (-count & 63); }
static inline bool vonk_bits_get(const uint64_t *bits, size_t i) { return !bits || (bits[i >> 6] >> (i & 63) & 1); }
static inline uint64_t vonk_bits_word(const uint64_t *bits, size_t word) { return bits ? bits[word] : ~(uint64_t)0; }
static inline void vonk_bits_set(uint64_t *bits, size_t i) { bits[i >> 6] |= (uint64_t)1 << (i & 63); }
static inline void vonk_bits_clear(uint64_t *bits, size_t i) { bits[i >> 6] &= ~((uint64_t)1 << (i & 63)); }
static inline void vonk_bits_put(uint64_t *bits, size_t i, bool value) {
  uint64_t mask = (uint64_t)1 << (i & 63);
  bits[i >> 6] = (bits[i >> 6] & ~mask) | (-(uint64_t)value & mask);
}

static inline void vonk_bits_fill(uint64_t *bits, size_t count, bool value) {
  size_t words = vonk_bits_words(count);
  if (!words) return;
  memset(bits, value ? 0xFF : 0, words * 8);
  bits[words - 1] &= vonk_bits_tail(count);
}

static inline void vonk_bits_copy(const uint64_t *a, size_t count, uint64_t *out) {
  size_t words = vonk_bits_words(count);
  if (!words) return;
  for (size_t i = 0; i < words; i++) out[i] = vonk_bits_word(a, i);
  out[words - 1] &= vonk_bits_tail(count);
}

static inline void vonk_bits_and(const uint64_t *a, const uint64_t *b, size_t count, uint64_t *out) {
  size_t words = vonk_bits_words(count);
  if (!a || !b) {
    vonk_bits_copy(a ? a : b, count, out);
    return;
  }
  for (size_t i = 0; i < words; i++) out[i] = a[i] & b[i];
  if (words) out[words - 1] &= vonk_bits_tail(count);
}

static inline void vonk_bits_or(const uint64_t *a, const uint64_t *b, size_t count, uint64_t *out) {
  size_t words = vonk_bits_words(count);
  if (!a || !b) {
    vonk_bits_fill(out, count, true);
    return;
  }
  for (size_t i = 0; i < words; i++) out[i] = a[i] | b[i];
  if (words) out[words - 1] &= vonk_bits_tail(count);
}

static inline void vonk_bits_not(const uint64_t *a, size_t count, uint64_t *out) {
  size_t words = vonk_bits_words(count);
  for (size_t i = 0; i < words; i++) out[i] = ~vonk_bits_word(a, i);
  if (words) out[words - 1] &= vonk_bits_tail(count);
}

/* a and not b. */
static inline void vonk_bits_andnot(const uint64_t *a, const uint64_t *b, size_t count, uint64_t *out) {
  size_t words = vonk_bits_words(count);
  for (size_t i = 0; i < words; i++) out[i] = vonk_bits_word(a, i) & ~vonk_bits_word(b, i);
  if (words) out[words - 1] &= vonk_bits_tail(count);
}

static inline size_t vonk_bits_count(const uint64_t *bits, size_t count) {
  if (!bits || !count) return count;
  size_t words = vonk_bits_words(count), ones = 0;
  for (size_t i = 0; i + 1 < words; i++) ones += (size_t)__builtin_popcountll(bits[i]);
  return ones + (size_t)__builtin_popcountll(bits[words - 1] & vonk_bits_tail(count));
}

static inline bool vonk_bits_all(const uint64_t *bits, size_t count) {
  if (!bits || !count) return true;
  size_t words = vonk_bits_words(count);
  for (size_t i = 0; i + 1 < words; i++) {
    if (~bits[i]) return false;
  }
  return (~bits[words - 1] & vonk_bits_tail(count)) == 0;
}

static inline bool vonk_bits_none(const uint64_t *bits, size_t count) {
  if (!count) return true;
  if (!bits) return false;
  size_t words = vonk_bits_words(count);
  for (size_t i = 0; i + 1 < words; i++) {
    if (bits[i]) return false;
  }
  return (bits[words - 1] & vonk_bits_tail(count)) == 0;
}

/* Bits FROM..TO-1 become VALUE; the others stay. */
static inline void vonk_bits_set_range(uint64_t *bits, size_t from, size_t to, bool value) {
  if (from >= to) return;
  size_t first = from >> 6, last = (to - 1) >> 6;
  for (size_t i = first; i <= last; i++) {
    uint64_t mask = ~(uint64_t)0;
    if (i == first) mask &= ~(uint64_t)0 << (from & 63);
    if (i == last) mask &= vonk_bits_tail(to);
    bits[i] = value ? bits[i] | mask : bits[i] & ~mask;
  }
}

/* COUNT bits of A from bit FROM on, moved to bit 0 of OUT. Reads no word beyond the last that holds a wanted bit. */
static inline void vonk_bits_slice(const uint64_t *a, size_t from, size_t count, uint64_t *out) {
  size_t words = vonk_bits_words(count), shift = from & 63;
  if (!a || shift == 0) {
    vonk_bits_copy(a ? a + (from >> 6) : NULL, count, out);
    return;
  }
  const uint64_t *p = a + (from >> 6);
  size_t readable = vonk_bits_words(shift + count);
  for (size_t i = 0; i < words; i++) {
    out[i] = p[i] >> shift | (i + 1 < readable ? p[i + 1] << (64 - shift) : 0);
  }
  if (words) out[words - 1] &= vonk_bits_tail(count);
}

/* COUNT bits of A from bit FROM on over the bits of OUT from TO on; other bits of OUT stay. Reads no word of A without a wanted bit. */
static inline void vonk_bits_move(const uint64_t *a, size_t from, size_t count, uint64_t *out, size_t to) {
  size_t done = 0;
  while (done < count) {
    size_t at = to + done, room = 64 - (at & 63), left = count - done;
    size_t take = room < left ? room : left;
    uint64_t word = ~(uint64_t)0;
    if (a) {
      size_t bit = from + done, shift = bit & 63;
      word = a[bit >> 6] >> shift;
      if (shift && take > 64 - shift) word |= a[(bit >> 6) + 1] << (64 - shift);
    }
    uint64_t mask = (~(uint64_t)0 >> (64 - take)) << (at & 63);
    out[at >> 6] = (out[at >> 6] & ~mask) | ((word << (at & 63)) & mask);
    done += take;
  }
}

/* COUNT bits of A from bit 0 over the bits of OUT from TO on; other bits of OUT stay. */
static inline void vonk_bits_append(const uint64_t *a, size_t count, uint64_t *out, size_t to) { vonk_bits_move(a, 0, count, out, to); }

/* The first set bit at or behind FROM, or COUNT: for (i = vonk_bits_next(b, n, 0); i < n; i = vonk_bits_next(b, n, i + 1)). */
static inline size_t vonk_bits_next(const uint64_t *bits, size_t count, size_t from) {
  if (from >= count) return count;
  if (!bits) return from;
  size_t word = from >> 6, words = vonk_bits_words(count);
  uint64_t left = bits[word] & ~(uint64_t)0 << (from & 63);
  while (!left) {
    if (++word == words) return count;
    left = bits[word];
  }
  size_t found = word * 64 + (size_t)__builtin_ctzll(left);
  return found < count ? found : count;
}

/* The indexes of the set bits in rising order; returns their number. INDEXES has room for COUNT. */
static inline size_t vonk_bits_indexes(const uint64_t *bits, size_t count, uint32_t *indexes) {
  size_t n = 0;
  if (!bits) {
    for (; n < count; n++) indexes[n] = (uint32_t)n;
    return n;
  }
  for (size_t word = 0, words = vonk_bits_words(count); word < words; word++) {
    uint64_t left = word + 1 == words ? bits[word] & vonk_bits_tail(count) : bits[word];
    for (; left; left &= left - 1) indexes[n++] = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(left));
  }
  return n;
}

/* Bit i = (bytes[i] != 0). BYTES need not be aligned; nothing behind COUNT is read. */
static inline void vonk_bits_pack_bytes(const uint8_t *bytes, size_t count, uint64_t *out) {
  size_t i = 0;
#ifdef __SSE2__
  const __m128i zero = _mm_setzero_si128();
  for (; i + 64 <= count; i += 64) {
    uint64_t word = 0;
    for (int k = 0; k < 4; k++) {
      __m128i piece = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i + 16 * k));
      uint64_t zeros = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(piece, zero));
      word |= (zeros ^ 0xFFFF) << (16 * k);
    }
    out[i >> 6] = word;
  }
#else
  for (; i + 64 <= count; i += 64) {
    uint64_t word = 0;
    for (int k = 0; k < 64; k++) word |= (uint64_t)(bytes[i + (size_t)k] != 0) << k;
    out[i >> 6] = word;
  }
#endif
  if (i < count) {
    uint64_t word = 0;
    for (size_t k = i; k < count; k++) word |= (uint64_t)(bytes[k] != 0) << (k - i);
    out[i >> 6] = word;
  }
}

/* bytes[i] = bit i, 0 or 1. */
static inline void vonk_bits_unpack_bytes(const uint64_t *bits, size_t count, uint8_t *bytes) {
  for (size_t i = 0; i < count; i++) bytes[i] = vonk_bits_get(bits, i);
}

#endif
