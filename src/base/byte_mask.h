/* byte_mask.h: where certain bytes stand among the next 64 or 16: bit i is about byte i. The bytes read are all readable. */
#ifndef VONK_BASE_BYTE_MASK_H
#define VONK_BASE_BYTE_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

static inline __m128i vonk_bytes_16(const char *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
static inline uint32_t vonk_bytes_mask16(const char *p, char c) { return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(vonk_bytes_16(p), _mm_set1_epi8(c))); }
static inline uint32_t vonk_bytes_mask16_of(const char *p, char a, char b) {
  __m128i bytes = vonk_bytes_16(p);
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(a)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b))));
}
/* Bytes of 128 and above. */
static inline uint32_t vonk_bytes_high16(const char *p) { return (uint32_t)_mm_movemask_epi8(vonk_bytes_16(p)); }
/* A, B, and control characters below blank. */
static inline uint32_t vonk_bytes_special16(const char *p, char a, char b) {
  __m128i bytes = vonk_bytes_16(p), limit = _mm_set1_epi8(0x1F);
  __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, limit), limit);
  __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(a)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b)));
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(found, control));
}
#else
static inline uint32_t vonk_bytes_mask16(const char *p, char c) {
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) mask |= (uint32_t)(p[i] == c) << i;
  return mask;
}
static inline uint32_t vonk_bytes_mask16_of(const char *p, char a, char b) { return vonk_bytes_mask16(p, a) | vonk_bytes_mask16(p, b); }
static inline uint32_t vonk_bytes_high16(const char *p) {
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) mask |= (uint32_t)((unsigned char)p[i] >> 7) << i;
  return mask;
}
static inline uint32_t vonk_bytes_special16(const char *p, char a, char b) {
  uint32_t mask = vonk_bytes_mask16_of(p, a, b);
  for (int i = 0; i < 16; i++) mask |= (uint32_t)((unsigned char)p[i] < 0x20) << i;
  return mask;
}
#endif

static inline uint64_t vonk_bytes_mask64(const char *p, char c) {
  return (uint64_t)vonk_bytes_mask16(p, c) | (uint64_t)vonk_bytes_mask16(p + 16, c) << 16 | (uint64_t)vonk_bytes_mask16(p + 32, c) << 32 |
         (uint64_t)vonk_bytes_mask16(p + 48, c) << 48;
}
static inline uint64_t vonk_bytes_mask64_of(const char *p, char a, char b) {
  return (uint64_t)vonk_bytes_mask16_of(p, a, b) | (uint64_t)vonk_bytes_mask16_of(p + 16, a, b) << 16 |
         (uint64_t)vonk_bytes_mask16_of(p + 32, a, b) << 32 | (uint64_t)vonk_bytes_mask16_of(p + 48, a, b) << 48;
}
/* The first A or B of P's SIZE bytes, or SIZE. */
static inline size_t vonk_bytes_find(const char *p, size_t size, char a, char b) {
  size_t i = 0;
  for (; i + 16 <= size; i += 16) {
    uint32_t mask = vonk_bytes_mask16_of(p + i, a, b);
    if (mask) return i + (size_t)__builtin_ctz(mask);
  }
  while (i < size && p[i] != a && p[i] != b) i++;
  return i;
}
/* Are all of P's SIZE bytes below 128? The last piece may be looked at twice. */
static inline bool vonk_bytes_are_ascii(const char *p, size_t size) {
  uint32_t high = 0;
  if (size < 16) {
    uint64_t words[2] = {0, 0};
    if (size >= 8) memcpy(&words[0], p, 8), memcpy(&words[1], p + size - 8, 8);
    for (size_t i = 0; i < size && size < 8; i++) words[0] |= (unsigned char)p[i];
    return !((words[0] | words[1]) & 0x8080808080808080u);
  }
  for (size_t i = 0; i + 16 <= size; i += 16) high |= vonk_bytes_high16(p + i);
  return !(high | vonk_bytes_high16(p + size - 16));
}

#endif
