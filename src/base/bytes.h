/* bytes.h: a bounds-checked reader of untrusted bytes.
 *
 * A read beyond the end sets `failed`, answers 0 or NULL, and everything after it does the same, so a decoder may check
 * once per record. Numbers are little-endian unless the name says otherwise. Lengths read from the data pass
 * vonk_bytes_length with a named limit before they size anything.
 */
#ifndef VONK_BASE_BYTES_H
#define VONK_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct vonk_bytes {
  const uint8_t *data;
  size_t size;
  size_t position; /* <= size */
  bool failed;
};

static inline struct vonk_bytes vonk_bytes_of(const void *data, size_t size) {
  return (struct vonk_bytes){.data = (const uint8_t *)data, .size = size};
}
static inline size_t vonk_bytes_left(const struct vonk_bytes *r) { return r->failed ? 0 : r->size - r->position; }
static inline bool vonk_bytes_end(const struct vonk_bytes *r) { return vonk_bytes_left(r) == 0; }
static inline void vonk_bytes_fail(struct vonk_bytes *r) { r->failed = true; }

/* SIZE bytes in place, or NULL. A size of 0 succeeds. */
static inline const uint8_t *vonk_bytes_take(struct vonk_bytes *r, size_t size) {
  if (r->failed || size > r->size - r->position) {
    r->failed = true;
    return NULL;
  }
  const uint8_t *bytes = r->data + r->position;
  r->position += size;
  return bytes;
}
static inline bool vonk_bytes_skip(struct vonk_bytes *r, size_t size) {
  vonk_bytes_take(r, size);
  return !r->failed;
}
static inline struct vonk_str vonk_bytes_str(struct vonk_bytes *r, size_t size) {
  const uint8_t *bytes = vonk_bytes_take(r, size);
  return (struct vonk_str){(const char *)bytes, bytes ? size : 0};
}
/* A reader over the next SIZE bytes, which are skipped here. */
static inline struct vonk_bytes vonk_bytes_sub(struct vonk_bytes *r, size_t size) {
  const uint8_t *bytes = vonk_bytes_take(r, size);
  return (struct vonk_bytes){.data = bytes, .size = bytes ? size : 0, .failed = r->failed};
}

static inline uint8_t vonk_bytes_u8(struct vonk_bytes *r) {
  const uint8_t *p = vonk_bytes_take(r, 1);
  return p ? *p : 0;
}
static inline uint16_t vonk_bytes_u16(struct vonk_bytes *r) {
  const uint8_t *p = vonk_bytes_take(r, 2);
  return p ? (uint16_t)(p[0] | p[1] << 8) : 0;
}
static inline uint32_t vonk_bytes_u32(struct vonk_bytes *r) {
  const uint8_t *p = vonk_bytes_take(r, 4);
  return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}
static inline uint64_t vonk_bytes_u64(struct vonk_bytes *r) {
  if (vonk_bytes_left(r) < 8) {
    r->failed = true;
    return 0;
  }
  uint64_t low = vonk_bytes_u32(r);
  return low | (uint64_t)vonk_bytes_u32(r) << 32;
}
static inline uint32_t vonk_bytes_u32_big(struct vonk_bytes *r) { return __builtin_bswap32(vonk_bytes_u32(r)); }
static inline uint64_t vonk_bytes_u64_big(struct vonk_bytes *r) { return __builtin_bswap64(vonk_bytes_u64(r)); }

/* Unsigned LEB128 of at most 64 bits. */
static inline uint64_t vonk_bytes_varint(struct vonk_bytes *r) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t *p = vonk_bytes_take(r, 1);
    if (!p) return 0;
    value |= (uint64_t)(*p & 0x7F) << shift;
    if (*p < 0x80) {
      if (shift == 63 && *p > 1) break;
      return value;
    }
  }
  r->failed = true;
  return 0;
}
static inline int64_t vonk_bytes_zigzag(struct vonk_bytes *r) {
  uint64_t value = vonk_bytes_varint(r);
  return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* VALUE as a length: fails and answers 0 when it passes LIMIT. */
static inline size_t vonk_bytes_length(struct vonk_bytes *r, uint64_t value, size_t limit) {
  if (r->failed || value > limit) {
    r->failed = true;
    return 0;
  }
  return (size_t)value;
}

#endif
