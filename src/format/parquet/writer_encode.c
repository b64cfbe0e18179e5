/* writer_encode.c: encodings of pages being written: hybrid runs, bits, delta blocks (parquet-format, Encodings.md). */
#include "format/parquet/writer_internal.h"

enum { BLOCK_VALUES = 128, MINIBLOCKS = 4, MINIBLOCK_VALUES = BLOCK_VALUES / MINIBLOCKS, VARINT_MAX = 10 };

STATUS parquet_out_reserve(struct vonk_task *task, struct vonk_buffer **buffer, size_t size) {
  size_t need = parquet_out_size(*buffer) + size;
  if (!*buffer) return vonk_buffer_create(task->budget, need > 4096 ? need : 4096, buffer);
  if (need <= (*buffer)->capacity) return VONK_OK;
  return vonk_buffer_grow(buffer, need > 2 * (*buffer)->capacity ? need : 2 * (*buffer)->capacity);
}

STATUS parquet_out_append(struct vonk_task *task, struct vonk_buffer **buffer, const void *bytes, size_t size) {
  TRY(parquet_out_reserve(task, buffer, size));
  if (size) memcpy((*buffer)->data + (*buffer)->size, bytes, size);
  (*buffer)->size += size;
  return VONK_OK;
}

static uint8_t *put_varint(uint8_t *at, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = (uint8_t)(value | 0x80);
  *at++ = (uint8_t)value;
  return at;
}

static uint8_t *put_zigzag(uint8_t *at, int64_t value) { return put_varint(at, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63)); }

/* Values of WIDTH <= 32 bits, the lowest bits first; the last byte is filled with zeros. */
static uint8_t *pack(uint8_t *at, const uint32_t *values, uint32_t count, uint32_t width) {
  uint64_t bits = 0;
  uint32_t held = 0;
  for (uint32_t i = 0; i < count; i++) {
    bits |= (uint64_t)values[i] << held;
    held += width;
    if (held >= 32) {
      memcpy(at, &bits, 4);
      at += 4;
      bits >>= 32;
      held -= 32;
    }
  }
  for (; held > 0; held = held > 8 ? held - 8 : 0) {
    *at++ = (uint8_t)bits;
    bits >>= 8;
  }
  return at;
}

/* A run of groups of eight, the last filled up with zeros. */
static uint8_t *put_literals(uint8_t *at, const uint32_t *values, uint32_t count, uint32_t width) {
  uint32_t groups = (count + 7) / 8;
  if (!groups) return at;
  at = put_varint(at, (uint64_t)groups << 1 | 1);
  uint8_t *end = at + (size_t)groups * width, *packed = pack(at, values, count, width);
  memset(packed, 0, (size_t)(end - packed));
  return end;
}

static uint8_t *put_run(uint8_t *at, uint32_t value, uint32_t count, uint32_t width) {
  at = put_varint(at, (uint64_t)count << 1);
  for (uint32_t i = 0; i < width; i += 8) *at++ = (uint8_t)(value >> i);
  return at;
}

static uint32_t run_length(const uint32_t *values, uint32_t count) {
  uint32_t n = 1;
  while (n < count && values[n] == values[0]) n++;
  return n;
}

STATUS parquet_out_hybrid(struct vonk_task *task, struct vonk_buffer **out, const uint32_t *values, uint32_t count, uint32_t width) {
  size_t worst = ((size_t)count + 8) / 8 * width + ((size_t)count / 8 + 2) * (VARINT_MAX + 4) + 8;
  TRY(parquet_out_reserve(task, out, worst));
  uint8_t *start = (*out)->data + (*out)->size, *at = start;
  uint32_t i = 0, literal = 0; /* values before LITERAL are written, those from there to I wait */
  while (i < count) {
    uint32_t run = run_length(values + i, count - i), borrowed = (literal - i) & 7;
    if (run < 8 + borrowed) {
      i += run;
      continue;
    }
    i += borrowed;
    at = put_literals(at, values + literal, i - literal, width);
    at = put_run(at, values[i], run - borrowed, width);
    i += run - borrowed;
    literal = i;
  }
  at = put_literals(at, values + literal, count - literal, width);
  (*out)->size += (size_t)(at - start);
  return VONK_OK;
}

STATUS parquet_out_pack_booleans(struct vonk_task *task, struct vonk_buffer **out, const uint8_t *values, uint32_t count) {
  TRY(parquet_out_reserve(task, out, count / 8 + 8));
  uint8_t *at = (*out)->data + (*out)->size;
  for (uint32_t i = 0; i < count; i += 8) {
    uint8_t byte = 0;
    for (uint32_t k = i; k < i + 8 && k < count; k++) byte = (uint8_t)(byte | values[k] << (k - i));
    *at++ = byte;
  }
  (*out)->size += (count + 7) / 8;
  return VONK_OK;
}

static int64_t value_at(const void *values, uint32_t i, uint32_t width) {
  return width == 8 ? ((const int64_t *)values)[i] : ((const int32_t *)values)[i];
}

/* 64-bit values of WIDTH bits, in two halves where they are wide. */
static uint8_t *pack_wide(uint8_t *at, const uint64_t *values, uint32_t count, uint32_t width) {
  vonk_uint128 bits = 0;
  uint32_t held = 0;
  for (uint32_t i = 0; i < count; i++) {
    bits |= (vonk_uint128)values[i] << held;
    held += width;
    for (; held >= 8; held -= 8) {
      *at++ = (uint8_t)bits;
      bits >>= 8;
    }
  }
  if (held) *at++ = (uint8_t)bits;
  return at;
}

/* The least delta, the widths of the miniblocks, the miniblocks; those without values have width 0 and no bytes. */
static uint8_t *put_block(uint8_t *at, const int64_t *deltas, uint32_t count) {
  int64_t least = deltas[0];
  uint64_t rest[BLOCK_VALUES] = {0};
  for (uint32_t i = 1; i < count; i++) least = deltas[i] < least ? deltas[i] : least;
  for (uint32_t i = 0; i < count; i++) rest[i] = (uint64_t)deltas[i] - (uint64_t)least;
  at = put_zigzag(at, least);
  uint8_t *widths = at;
  at += MINIBLOCKS;
  for (uint32_t m = 0; m < MINIBLOCKS; m++) {
    uint64_t all = 0;
    for (uint32_t i = 0; i < MINIBLOCK_VALUES; i++) all |= rest[m * MINIBLOCK_VALUES + i];
    widths[m] = all ? (uint8_t)(64 - __builtin_clzll(all)) : 0;
    if (m * MINIBLOCK_VALUES < count) at = pack_wide(at, rest + m * MINIBLOCK_VALUES, MINIBLOCK_VALUES, widths[m]);
  }
  return at;
}

STATUS parquet_out_delta(struct vonk_task *task, struct vonk_buffer **out, const void *values, uint32_t count, uint32_t width) {
  size_t blocks = (size_t)count / BLOCK_VALUES + 1;
  TRY(parquet_out_reserve(task, out, 4 * VARINT_MAX + blocks * (VARINT_MAX + MINIBLOCKS + BLOCK_VALUES * 8)));
  uint8_t *start = (*out)->data + (*out)->size, *at = start;
  at = put_varint(at, BLOCK_VALUES);
  at = put_varint(at, MINIBLOCKS);
  at = put_varint(at, count);
  at = put_zigzag(at, count ? value_at(values, 0, width) : 0);
  int64_t deltas[BLOCK_VALUES];
  for (uint32_t i = 1; i < count;) {
    uint32_t n = 0;
    for (; n < BLOCK_VALUES && i < count; n++, i++) {
      uint64_t delta = (uint64_t)value_at(values, i, width) - (uint64_t)value_at(values, i - 1, width);
      /* Readers of 32 bits add in 32 bits: the delta is the same there, and narrower. */
      deltas[n] = width == 4 ? (int32_t)(uint32_t)delta : (int64_t)delta;
    }
    at = put_block(at, deltas, n);
  }
  (*out)->size += (size_t)(at - start);
  return VONK_OK;
}

STATUS parquet_out_delta_bytes(struct vonk_task *task, struct vonk_buffer **out, const struct vonk_str *values, uint32_t count) {
  struct vonk_buffer *lengths = NULL;
  size_t total = 0;
  TRY(vonk_buffer_create(task->budget, 8 * (size_t)count + 8, &lengths));
  int32_t *prefixes = (int32_t *)(void *)lengths->data, *suffixes = prefixes + count;
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_str value = values[i], before = i ? values[i - 1] : STR("");
    size_t shared = 0, limit = value.size < before.size ? value.size : before.size;
    while (shared < limit && value.data[shared] == before.data[shared]) shared++;
    prefixes[i] = (int32_t)shared;
    suffixes[i] = (int32_t)(value.size - shared);
    total += value.size - shared;
  }
  enum vonk_status status = parquet_out_delta(task, out, prefixes, count, 4);
  if (status == VONK_OK) status = parquet_out_delta(task, out, suffixes, count, 4);
  if (status == VONK_OK) status = parquet_out_reserve(task, out, total);
  for (uint32_t i = 0; i < count && status == VONK_OK; i++) {
    if (suffixes[i]) memcpy((*out)->data + (*out)->size, values[i].data + prefixes[i], (size_t)suffixes[i]);
    (*out)->size += (size_t)suffixes[i];
  }
  vonk_buffer_release(lengths);
  return status;
}
