/* encode.h: the primitive forms of Avro's binary encoding, behind what a text holds. */
#ifndef VONK_AVRO_ENCODE_H
#define VONK_AVRO_ENCODE_H

#include "base/str.h"

enum { VONK_AVRO_VARINT_MAX = 10 };

/* The bytes of VALUE, zigzag; how many. */
static inline size_t vonk_avro_put_long(uint8_t *to, int64_t value) {
  uint64_t left = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
  size_t size = 0;
  for (; left > 0x7F; left >>= 7) to[size++] = (uint8_t)(left | 0x80);
  to[size++] = (uint8_t)left;
  return size;
}

static inline void vonk_avro_add_long(struct vonk_text *out, int64_t value) {
  uint8_t bytes[VONK_AVRO_VARINT_MAX];
  vonk_text_add(out, vonk_str_make((const char *)bytes, vonk_avro_put_long(bytes, value)));
}

static inline void vonk_avro_add_bytes(struct vonk_text *out, struct vonk_str bytes) {
  vonk_avro_add_long(out, (int64_t)bytes.size);
  vonk_text_add(out, bytes);
}

#endif
