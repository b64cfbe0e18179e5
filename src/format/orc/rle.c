/* rle.c: runs are decoded whole, straight to where they go when there is room for them. */
#include "format/orc/rle.h"

#include <string.h>

#include "base/bits.h"
#include "kernel/unpack.h"

/* --- bytes --- */

enum { SHORTEST_RUN = 3, BITS_STEP = 1024 };

static STATUS start_bytes(struct vonk_task *task, struct orc_bytes *b) {
  uint8_t header;
  TRY(orc_stream_byte(task, b->stream, &header));
  b->is_run = header < 0x80;
  b->left = b->is_run ? header + (uint32_t)SHORTEST_RUN : 256u - header;
  return b->is_run ? orc_stream_byte(task, b->stream, &b->value) : VONK_OK;
}

STATUS orc_bytes_read(struct vonk_task *task, struct orc_bytes *b, uint32_t count, uint8_t *out) {
  while (count > 0) {
    if (b->left == 0) TRY(start_bytes(task, b));
    uint32_t step = b->left < count ? b->left : count;
    if (b->is_run) {
      memset(out, b->value, step);
    } else {
      const uint8_t *bytes;
      TRY(orc_stream_take(task, b->stream, step, &bytes));
      memcpy(out, bytes, step);
    }
    out += step, count -= step, b->left -= step;
  }
  return VONK_OK;
}

STATUS orc_bytes_skip(struct vonk_task *task, struct orc_bytes *b, uint64_t count) {
  while (count > 0) {
    if (b->left == 0) TRY(start_bytes(task, b));
    uint32_t step = b->left < count ? b->left : (uint32_t)count;
    if (!b->is_run) TRY(orc_stream_skip(task, b->stream, step));
    count -= step, b->left -= step;
  }
  return VONK_OK;
}

/* --- bits --- */

/* The bits of each of 8 bytes turned round. */
static uint64_t turn_bytes(uint64_t x) {
  x = (x >> 1 & UINT64_C(0x5555555555555555)) | (x & UINT64_C(0x5555555555555555)) << 1;
  x = (x >> 2 & UINT64_C(0x3333333333333333)) | (x & UINT64_C(0x3333333333333333)) << 2;
  return (x >> 4 & UINT64_C(0x0F0F0F0F0F0F0F0F)) | (x & UINT64_C(0x0F0F0F0F0F0F0F0F)) << 4;
}

STATUS orc_bits_read(struct vonk_task *task, struct orc_bits *b, uint32_t count, uint64_t *out) {
  uint64_t words[BITS_STEP / 64];
  uint32_t done = 0;
  memset(out, 0, vonk_bits_words(count) * 8);
  for (; done < count && b->rest_count > 0; done++, b->rest_count--, b->rest = (uint8_t)(b->rest << 1)) vonk_bits_put(out, done, b->rest & 0x80);
  while (done < count) {
    uint32_t step = count - done < BITS_STEP ? count - done : BITS_STEP, bytes = (step + 7) / 8;
    memset(words, 0, sizeof words);
    TRY(orc_bytes_read(task, &b->bytes, bytes, (uint8_t *)words));
    uint8_t last = ((const uint8_t *)words)[bytes - 1];
    for (uint32_t i = 0; i < (bytes + 7) / 8; i++) words[i] = turn_bytes(words[i]);
    vonk_bits_append(words, step, out, done);
    done += step;
    if (step % 8) b->rest = (uint8_t)(last << step % 8), b->rest_count = (uint8_t)(8 - step % 8);
  }
  return VONK_OK;
}

STATUS orc_bits_skip(struct vonk_task *task, struct orc_bits *b, uint64_t count) {
  for (; count > 0 && b->rest_count > 0; count--, b->rest_count--) b->rest = (uint8_t)(b->rest << 1);
  TRY(orc_bytes_skip(task, &b->bytes, count / 8));
  if (count % 8 == 0) return VONK_OK;
  TRY(orc_bytes_read(task, &b->bytes, 1, &b->rest));
  b->rest = (uint8_t)(b->rest << count % 8);
  b->rest_count = (uint8_t)(8 - count % 8);
  return VONK_OK;
}

/* --- integers --- */

static int64_t unzigzag(uint64_t value) { return (int64_t)(value >> 1) ^ -(int64_t)(value & 1); }

static void unzigzag_all(int64_t *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) values[i] = unzigzag((uint64_t)values[i]);
}

static STATUS read_varint(struct vonk_task *task, struct orc_ints *r, bool is_signed, int64_t *out) {
  uint64_t value;
  TRY(orc_stream_varint(task, r->stream, &value));
  *out = is_signed ? unzigzag(value) : (int64_t)value;
  return VONK_OK;
}

/* Sums wrap as Java's do; what is wrong in a file is not undefined here. */
static int64_t add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

static void fill_delta(int64_t first, int64_t delta, uint32_t count, int64_t *out) {
  for (uint32_t i = 0; i < count; i++) out[i] = add(first, (int64_t)((uint64_t)delta * i));
}

static STATUS read_v1(struct vonk_task *task, struct orc_ints *r, uint8_t header, uint32_t *count, int64_t *out) {
  uint8_t delta;
  int64_t first;
  if (header < 0x80) {
    *count = header + (uint32_t)SHORTEST_RUN;
    TRY(orc_stream_byte(task, r->stream, &delta));
    TRY(read_varint(task, r, r->is_signed, &first));
    fill_delta(first, (int8_t)delta, *count, out);
    return VONK_OK;
  }
  *count = 256u - header;
  for (uint32_t i = 0; i < *count; i++) TRY(read_varint(task, r, r->is_signed, &out[i]));
  return VONK_OK;
}

static uint32_t width_of(uint32_t code) {
  static const uint8_t wide[] = {26, 28, 30, 32, 40, 48, 56, 64};
  return code < 24 ? code + 1 : wide[code - 24];
}

/* The next width that numbers are packed in. */
static uint32_t packed_width(uint32_t bits) {
  if (bits <= 24) return bits ? bits : 1;
  if (bits <= 32) return (bits + 1) / 2 * 2;
  return (bits + 7) / 8 * 8;
}

static STATUS unpack(struct vonk_task *task, struct orc_ints *r, uint32_t width, uint32_t count, int64_t *out) {
  const uint8_t *bytes;
  TRY(orc_stream_take(task, r->stream, ((size_t)count * width + 7) / 8, &bytes));
  vonk_unpack_bits_big(bytes, width, count, (uint64_t *)out);
  return VONK_OK;
}

/* A number of SIZE <= 8 bytes, the highest first. */
static STATUS read_big(struct vonk_task *task, struct orc_ints *r, uint32_t size, uint64_t *out) {
  const uint8_t *bytes;
  TRY(orc_stream_take(task, r->stream, size, &bytes));
  *out = 0;
  for (uint32_t i = 0; i < size; i++) *out = *out << 8 | bytes[i];
  return VONK_OK;
}

static STATUS read_repeat(struct vonk_task *task, struct orc_ints *r, uint8_t header, uint32_t *count, int64_t *out) {
  uint64_t bits;
  *count = (header & 7) + (uint32_t)SHORTEST_RUN;
  TRY(read_big(task, r, (header >> 3 & 7) + 1u, &bits));
  int64_t value = r->is_signed ? unzigzag(bits) : (int64_t)bits;
  for (uint32_t i = 0; i < *count; i++) out[i] = value;
  return VONK_OK;
}

/* The run's length from the header's last bit and the byte behind it. */
static STATUS read_length(struct vonk_task *task, struct orc_ints *r, uint8_t header, uint32_t *count) {
  uint8_t low;
  TRY(orc_stream_byte(task, r->stream, &low));
  *count = ((header & 1u) << 8 | low) + 1;
  return VONK_OK;
}

static STATUS read_direct(struct vonk_task *task, struct orc_ints *r, uint8_t header, uint32_t *count, int64_t *out) {
  TRY(read_length(task, r, header, count));
  TRY(unpack(task, r, width_of(header >> 1 & 31), *count, out));
  if (r->is_signed) unzigzag_all(out, *count);
  return VONK_OK;
}

/* Small numbers above a base; the high bits of the few that are large stand behind them, each with its distance to the one before. */
static STATUS read_patched(struct vonk_task *task, struct orc_ints *r, uint8_t header, uint32_t *count, int64_t *out) {
  int64_t patches[32];
  uint8_t third, fourth;
  uint64_t base;
  TRY(read_length(task, r, header, count));
  TRY(orc_stream_byte(task, r->stream, &third));
  TRY(orc_stream_byte(task, r->stream, &fourth));
  uint32_t width = width_of(header >> 1 & 31), base_size = (third >> 5) + 1u, patch_width = width_of(third & 31);
  uint32_t gap_width = (fourth >> 5) + 1u, patch_count = fourth & 31;
  if (patch_width + gap_width > 64) return orc_stream_fail(task, r->stream, "a run has patches that are too wide");
  TRY(read_big(task, r, base_size, &base));
  uint64_t sign = (uint64_t)1 << (base_size * 8 - 1);
  int64_t from = base & sign ? -(int64_t)(base & (sign - 1)) : (int64_t)base;
  TRY(unpack(task, r, width, *count, out));
  TRY(unpack(task, r, packed_width(patch_width + gap_width), patch_count, patches));
  uint32_t at = 0;
  for (uint32_t i = 0; i < patch_count; i++) {
    uint64_t entry = (uint64_t)patches[i], patch = entry & (~(uint64_t)0 >> (64 - patch_width));
    at += (uint32_t)(entry >> patch_width & 0xFF);
    if (patch == 0) continue; /* a gap of more than 255 */
    if (at >= *count || width >= 64) return orc_stream_fail(task, r->stream, "a run has a patch outside of itself");
    out[at] = (int64_t)((uint64_t)out[at] | patch << width);
  }
  for (uint32_t i = 0; i < *count; i++) out[i] = add(out[i], from);
  return VONK_OK;
}

static STATUS read_delta(struct vonk_task *task, struct orc_ints *r, uint8_t header, uint32_t *count, int64_t *out) {
  int64_t first, delta;
  uint32_t code = header >> 1 & 31;
  TRY(read_length(task, r, header, count));
  TRY(read_varint(task, r, r->is_signed, &first));
  TRY(read_varint(task, r, true, &delta));
  if (code == 0) {
    fill_delta(first, delta, *count, out);
    return VONK_OK;
  }
  out[0] = first;
  if (*count > 1) out[1] = add(first, delta);
  if (*count > 2) TRY(unpack(task, r, width_of(code), *count - 2, out + 2));
  int64_t sign = delta < 0 ? -1 : 0; /* x ^ sign - sign is x or -x */
  for (uint32_t i = 2; i < *count; i++) out[i] = add(out[i - 1], (int64_t)(((uint64_t)out[i] ^ (uint64_t)sign) - (uint64_t)sign));
  return VONK_OK;
}

/* One run, of at most ORC_RUN_MAX. */
static STATUS read_run(struct vonk_task *task, struct orc_ints *r, uint32_t *count, int64_t *out) {
  uint8_t header;
  TRY(orc_stream_byte(task, r->stream, &header));
  if (!r->is_v2) return read_v1(task, r, header, count, out);
  switch (header >> 6) {
    case 0: return read_repeat(task, r, header, count, out);
    case 1: return read_direct(task, r, header, count, out);
    case 2: return read_patched(task, r, header, count, out);
    default: return read_delta(task, r, header, count, out);
  }
}

STATUS orc_ints_read(struct vonk_task *task, struct orc_ints *r, uint32_t count, int64_t *out) {
  for (;;) {
    uint32_t left = r->count - r->at, step = left < count ? left : count;
    memcpy(out, r->values + r->at, step * sizeof *out);
    r->at += step, out += step, count -= step;
    if (count == 0) return VONK_OK;
    uint32_t made;
    for (; count >= ORC_RUN_MAX; count -= made, out += made) TRY(read_run(task, r, &made, out));
    r->at = r->count = 0;
    if (count == 0) return VONK_OK;
    TRY(read_run(task, r, &made, r->values));
    r->count = made;
  }
}

STATUS orc_ints_skip(struct vonk_task *task, struct orc_ints *r, uint64_t count) {
  for (;;) {
    uint32_t left = r->count - r->at, step = left < count ? left : (uint32_t)count, made;
    r->at += step, count -= step;
    if (count == 0) return VONK_OK;
    TRY(read_run(task, r, &made, r->values));
    r->at = 0, r->count = made;
  }
}
