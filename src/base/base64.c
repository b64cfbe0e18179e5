/* base64.c: three bytes to four digits. */
#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t vonk_base64_encode(struct vonk_str bytes, bool padded, char *out) {
  const uint8_t *in = (const uint8_t *)bytes.data;
  size_t size = 0, i = 0;
  for (; bytes.size - i >= 3; i += 3) {
    uint32_t word = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
    out[size++] = digits[word >> 18];
    out[size++] = digits[word >> 12 & 63];
    out[size++] = digits[word >> 6 & 63];
    out[size++] = digits[word & 63];
  }
  if (i == bytes.size) return size;
  bool two = bytes.size - i == 2;
  uint32_t word = (uint32_t)in[i] << 16 | (two ? (uint32_t)in[i + 1] << 8 : 0);
  out[size++] = digits[word >> 18];
  out[size++] = digits[word >> 12 & 63];
  if (two) out[size++] = digits[word >> 6 & 63];
  while (padded && size % 4) out[size++] = '=';
  return size;
}

int vonk_base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}
