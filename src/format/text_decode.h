/* text_decode.h: line ends in bytes, and texts of other encodings as UTF-8. */
#ifndef VONK_FORMAT_TEXT_DECODE_H
#define VONK_FORMAT_TEXT_DECODE_H

#include "base/buffer.h"
#include "format/text_source.h"

/* The first \n or \r at or behind FROM, or TEXT's size. */
size_t vonk_text_find_line_end(struct vonk_str text, size_t from);
/* vonk_text_lines for the ends \n, \r\n and \r. */
uint32_t vonk_text_split_lines(struct vonk_str text, struct vonk_str *lines, uint32_t count, size_t *used);

/* At the start of a file: skips a byte order mark; whether the bytes are little-endian. */
bool vonk_text_skip_mark(enum vonk_encoding_name encoding, const struct vonk_buffer *coded, size_t *at);
/* As much of CODED as is whole and has room in OUT; the bytes of OUT that were written. What is malformed becomes U+FFFD. */
size_t vonk_text_decode(enum vonk_encoding_name encoding, bool little_endian, struct vonk_str coded, bool is_all, char *out, size_t room, size_t *used);

#endif
