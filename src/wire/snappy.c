/* snappy.c: elements of Snappy's raw format: literals, and copies of what was written before.
 *
 * Far from the ends elements are copied in whole 16-byte pieces, which may write beyond the element but never beyond the output,
 * and offset and length of copies come without a branch. Columns of numbers are short literals and short copies in turn; for them this
 * takes two thirds of the library's time. Near the ends every byte is checked.
 */
#include "wire/snappy.h"

#include <string.h>

enum {
  LITERAL_SHORT_MAX = 60, /* longer ones have their length behind the tag */
  COPY_MAX = 64,
  IN_SLACK = 72,          /* what a short literal and the tag behind it may read */
  OUT_SLACK = COPY_MAX + 16,
};

struct output {
  uint8_t *start, *end;
};

static inline void copy_16(uint8_t *to, const uint8_t *from) {
  uint8_t piece[16];
  memcpy(piece, from, 16);
  memcpy(to, piece, 16);
}

/* LENGTH <= 64 bytes that do not overlap forward; 64 may be written. */
static inline void copy_apart(uint8_t *to, const uint8_t *from, uint32_t length) {
  copy_16(to, from);
  if (length <= 16) return;
  copy_16(to + 16, from + 16);
  if (length <= 32) return;
  copy_16(to + 32, from + 32);
  copy_16(to + 48, from + 48);
}

/* LENGTH <= 64 bytes that repeat the OFFSET bytes before TO; up to 16 more may be written. */
static void copy_repeated(uint8_t *to, uint32_t offset, uint32_t length) {
  const uint8_t *from = to - offset;
  /* Each round doubles the distance. */
  for (; offset < 16 && length > offset; offset *= 2) {
    copy_16(to, from);
    to += offset, length -= offset;
  }
  for (uint32_t i = 0; i < length; i += 16) copy_16(to + i, to + i - offset);
}

/* Of copies, by tag: the length, and above it the part of the offset that stands in the tag. */
#define COPY(tag) (uint16_t)(((tag) & 3) == 1 ? (((tag) >> 2 & 7) + 4) | ((tag) >> 5) << 8 : ((tag) >> 2) + 1)
#define COPY_4(tag) COPY(tag), COPY((tag) + 1), COPY((tag) + 2), COPY((tag) + 3)
#define COPY_16(tag) COPY_4(tag), COPY_4((tag) + 4), COPY_4((tag) + 8), COPY_4((tag) + 12)
#define COPY_64(tag) COPY_16(tag), COPY_16((tag) + 16), COPY_16((tag) + 32), COPY_16((tag) + 48)
static const uint16_t copies[256] = {COPY_64(0), COPY_64(64), COPY_64(128), COPY_64(192)};
static const uint32_t offset_masks[4] = {0, 0xFF, 0xFFFF, 0xFFFFFFFF};

static inline uint32_t load_32(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

/* A literal whose length stands in the 1 to 4 bytes behind the tag, at IN. NULL when it does not fit. */
static const uint8_t *long_literal(const uint8_t *in, const uint8_t *in_end, uint32_t tag, uint8_t **out, const uint8_t *out_end) {
  uint32_t length_size = (tag >> 2) + 1 - LITERAL_SHORT_MAX;
  uint64_t length = 0;
  if ((size_t)(in_end - in) < length_size) return NULL;
  for (uint32_t i = 0; i < length_size; i++) length |= (uint64_t)in[i] << (8 * i);
  in += length_size;
  length++;
  if (length > (size_t)(in_end - in) || length > (size_t)(out_end - *out)) return NULL;
  memcpy(*out, in, (size_t)length);
  *out += length;
  return in + length;
}

/* Elements as long as there is room around; false when one is malformed. */
static bool run_fast(const uint8_t **in_at, const uint8_t *in_end, const struct output *output, uint8_t **out_at) {
  const uint8_t *in = *in_at, *in_safe = in_end - IN_SLACK;
  uint8_t *out = *out_at, *out_safe = output->end - OUT_SLACK;
  while (in <= in_safe && out <= out_safe) {
    uint32_t tag = *in++, kind = tag & 3;
    if (kind == 0) {
      uint32_t length = (tag >> 2) + 1;
      if (length > LITERAL_SHORT_MAX) {
        in = long_literal(in, in_end, tag, &out, output->end);
        if (!in) return false;
        continue;
      }
      copy_apart(out, in, length);
      in += length, out += length;
      continue;
    }
    uint32_t entry = copies[tag], length = entry & 0xFF, offset = (entry & 0xFF00) + (load_32(in) & offset_masks[kind]);
    in += kind;
    if (kind == 3) in++;
    if ((size_t)offset - 1 >= (size_t)(out - output->start)) return false;
    if (offset >= length) copy_apart(out, out - offset, length);
    else copy_repeated(out, offset, length);
    out += length;
  }
  *in_at = in, *out_at = out;
  return true;
}

static bool run_careful(const uint8_t *in, const uint8_t *in_end, const struct output *output, uint8_t *out) {
  while (in < in_end) {
    uint32_t tag = *in++, kind = tag & 3, size = kind == 3 ? 4 : kind;
    if (kind == 0) {
      uint32_t length = (tag >> 2) + 1;
      if (length > LITERAL_SHORT_MAX) {
        in = long_literal(in, in_end, tag, &out, output->end);
        if (!in) return false;
        continue;
      }
      if (length > (size_t)(in_end - in) || length > (size_t)(output->end - out)) return false;
      memcpy(out, in, length);
      in += length, out += length;
      continue;
    }
    if ((size_t)(in_end - in) < size) return false;
    uint32_t length = copies[tag] & 0xFF, offset = copies[tag] & 0xFF00;
    for (uint32_t i = 0; i < size; i++) offset += (uint32_t)in[i] << (8 * i);
    in += size;
    if (offset == 0 || offset > (size_t)(out - output->start) || length > (size_t)(output->end - out)) return false;
    for (uint32_t i = 0; i < length; i++) out[i] = out[(ptrdiff_t)i - (ptrdiff_t)offset];
    out += length;
  }
  return out == output->end;
}

bool vonk_snappy_decompress(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size) {
  const uint8_t *in_end = in + in_size;
  struct output output = {out, out + out_size};
  uint64_t told = 0;
  for (uint32_t shift = 0;; shift += 7) {
    if (in == in_end || shift > 28) return false;
    told |= (uint64_t)(*in & 0x7F) << shift;
    if (*in++ < 0x80) break;
  }
  if (told != out_size) return false;
  if (in_end - in > IN_SLACK && out_size > OUT_SLACK && !run_fast(&in, in_end, &output, &out)) return false;
  return run_careful(in, in_end, &output, out);
}
