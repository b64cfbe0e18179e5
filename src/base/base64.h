/* base64.h: bytes as letters, digits, '+' and '/' (RFC 4648, 4). */
#ifndef VONK_BASE_BASE64_H
#define VONK_BASE_BASE64_H

#include <stdbool.h>

#include "base/str.h"

/* Of the text, with '=' at its end (PADDED) or without. */
static inline size_t vonk_base64_size(size_t byte_size, bool padded) {
  return byte_size / 3 * 4 + (byte_size % 3 == 0 ? 0 : padded ? 4 : byte_size % 3 + 1);
}
/* Writes vonk_base64_size bytes to OUT and returns how many. */
size_t vonk_base64_encode(struct vonk_str bytes, bool padded, char *out);
/* 0 to 63; -1 for what is no digit. */
int vonk_base64_digit(char c);

#endif
