/* utf8.c: UTF-8 as RFC 3629 defines it: no surrogates, nothing over U+10FFFF, shortest forms only. */
#include "base/byte_mask.h"
#include "base/str.h"

/* Length of the well-formed sequence at P (which has LEFT >= 1 bytes), or 0. */
static inline size_t sequence_length(const unsigned char *p, size_t left) {
  unsigned char lead = p[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (left < length) return 0;
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < length; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

static inline bool ascii8(const unsigned char *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return (word & 0x8080808080808080u) == 0;
}

bool vonk_utf8_valid(struct vonk_str text) {
  const unsigned char *p = (const unsigned char *)text.data;
  size_t i = 0;
  while (i < text.size) {
    if (text.size - i >= 8 && ascii8(p + i)) {
      i += 8;
      continue;
    }
    size_t length = sequence_length(p + i, text.size - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

size_t vonk_utf8_count(struct vonk_str text) {
  const unsigned char *p = (const unsigned char *)text.data;
  size_t count = 0, i = 0;
  if (vonk_bytes_are_ascii(text.data, text.size)) return text.size;
  while (i < text.size) {
    if (text.size - i >= 8 && ascii8(p + i)) {
      i += 8;
      count += 8;
      continue;
    }
    size_t length = sequence_length(p + i, text.size - i);
    i += length ? length : 1;
    count++;
  }
  return count;
}

uint32_t vonk_utf8_decode(struct vonk_str text, size_t *position) {
  const unsigned char *p = (const unsigned char *)text.data + *position;
  size_t length = sequence_length(p, text.size - *position);
  *position += length ? length : 1;
  switch (length) {
    case 1: return p[0];
    case 2: return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    case 3: return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    case 4:
      return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    default: return 0xFFFD;
  }
}

size_t vonk_utf8_encode(uint32_t code_point, char out[4]) {
  if (code_point < 0x80) {
    out[0] = (char)code_point;
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = (char)(0xC0 | code_point >> 6);
    out[1] = (char)(0x80 | (code_point & 0x3F));
    return 2;
  }
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point < 0xE000)) code_point = 0xFFFD;
  if (code_point < 0x10000) {
    out[0] = (char)(0xE0 | code_point >> 12);
    out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[2] = (char)(0x80 | (code_point & 0x3F));
    return 3;
  }
  out[0] = (char)(0xF0 | code_point >> 18);
  out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
  out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
  out[3] = (char)(0x80 | (code_point & 0x3F));
  return 4;
}
