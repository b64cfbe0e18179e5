/* unpack_stream.c: one small adapter a library, and Hadoop's blocks: their plain size, then chunks with their own sizes until it is reached. */
#include "wire/unpack_stream.h"

#include <bzlib.h>
#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/array.h"
#include "base/buffer.h"
#include "wire/snappy.h"

enum { BLOCK_BYTES_MAX = 256 << 20, WINDOW_LOG_MAX = 27, LZ4_GAIN_MAX = 255 };

struct blocks {
  uint32_t plain_left;                 /* of the block under way */
  uint32_t chunk_size;                 /* of the chunk under way; 0: not known yet */
  uint8_t head[4];
  uint32_t head_size;
  struct vonk_buffer *chunk, *plain;   /* what came of the chunk; what it gave */
  size_t plain_at;
};

struct vonk_unpack_stream {
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_budget *budget;
  enum vonk_stream_codec codec;
  bool is_open;                        /* the library's stream is initialised */
  bool is_whole;
  z_stream z;
  bz_stream bz;
  ZSTD_DStream *zstd;
  struct blocks blocks;
};

enum vonk_stream_codec vonk_stream_codec_of_path(struct vonk_str path) {
  static const struct {
    const char *suffix;
    enum vonk_stream_codec codec;
  } suffixes[] = {{".gz", VONK_STREAM_GZIP},   {".deflate", VONK_STREAM_DEFLATE}, {".zst", VONK_STREAM_ZSTD},
                  {".bz2", VONK_STREAM_BZIP2}, {".snappy", VONK_STREAM_SNAPPY},   {".lz4", VONK_STREAM_LZ4}};
  for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
    if (vonk_str_ends_with(path, vonk_str_of(suffixes[i].suffix))) return suffixes[i].codec;
  }
  return VONK_STREAM_PLAIN;
}

static bool start(struct vonk_unpack_stream *s) {
  switch (s->codec) {
    case VONK_STREAM_GZIP: s->is_open = inflateInit2(&s->z, 15 + 16) == Z_OK; break;
    case VONK_STREAM_DEFLATE: s->is_open = inflateInit2(&s->z, 15) == Z_OK; break;
    case VONK_STREAM_BZIP2: s->is_open = BZ2_bzDecompressInit(&s->bz, 0, 0) == BZ_OK; break;
    case VONK_STREAM_ZSTD:
      s->zstd = ZSTD_createDStream();
      s->is_open = s->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
      break;
    default: s->is_open = true; break;
  }
  return s->is_open;
}

static void stop(struct vonk_unpack_stream *s) {
  if (s->is_open && (s->codec == VONK_STREAM_GZIP || s->codec == VONK_STREAM_DEFLATE)) inflateEnd(&s->z);
  if (s->is_open && s->codec == VONK_STREAM_BZIP2) BZ2_bzDecompressEnd(&s->bz);
  ZSTD_freeDStream(s->zstd);
  s->zstd = NULL;
  s->is_open = false;
  memset(&s->z, 0, sizeof s->z);
  memset(&s->bz, 0, sizeof s->bz);
}

struct vonk_unpack_stream *vonk_unpack_stream_open(struct vonk_budget *budget, enum vonk_stream_codec codec) {
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_unpack_stream *s = ARENA_NEW(arena, struct vonk_unpack_stream);
  s->arena = arena;
  s->budget = budget;
  s->codec = codec;
  s->is_whole = true;
  if (start(s)) return s;
  vonk_unpack_stream_close(s);
  return NULL;
}

void vonk_unpack_stream_close(struct vonk_unpack_stream *s) {
  if (!s) return;
  stop(s);
  vonk_buffer_release(s->blocks.chunk);
  vonk_buffer_release(s->blocks.plain);
  vonk_arena_destroy(s->arena);
}

bool vonk_unpack_stream_is_whole(const struct vonk_unpack_stream *s) { return s->is_whole; }

/* --- Hadoop's blocks --- */

static uint32_t big_endian(const uint8_t *b) { return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]; }

/* Four bytes of a size; false until they are all there. */
static bool take_head(struct blocks *b, const uint8_t *in, size_t in_size, size_t *used, uint32_t *out) {
  while (b->head_size < 4 && *used < in_size) b->head[b->head_size++] = in[(*used)++];
  if (b->head_size < 4) return false;
  b->head_size = 0;
  *out = big_endian(b->head);
  return true;
}

static enum vonk_unpack_step reserve(struct vonk_unpack_stream *s, struct vonk_buffer **buffer, size_t size) {
  enum vonk_status status = *buffer ? (*buffer)->capacity < size ? vonk_buffer_grow(buffer, size) : VONK_OK : vonk_buffer_create(s->budget, size, buffer);
  return status == VONK_OK ? VONK_UNPACK_MORE : VONK_UNPACK_REFUSED;
}

/* The chunk is there: what it holds goes to PLAIN. */
static enum vonk_unpack_step open_chunk(struct vonk_unpack_stream *s) {
  struct blocks *b = &s->blocks;
  const uint8_t *in = b->chunk->data;
  size_t size = b->plain_left, in_size = b->chunk_size;
  if (s->codec == VONK_STREAM_SNAPPY) {
    if (snappy_uncompressed_length((const char *)in, in_size, &size) != SNAPPY_OK || size > b->plain_left) return VONK_UNPACK_BROKEN;
  } else if (size > LZ4_GAIN_MAX * in_size) {
    size = LZ4_GAIN_MAX * in_size;
  }
  enum vonk_unpack_step step = reserve(s, &b->plain, size);
  if (step != VONK_UNPACK_MORE) return step;
  if (s->codec == VONK_STREAM_SNAPPY) {
    if (!vonk_snappy_decompress(in, in_size, b->plain->data, size)) return VONK_UNPACK_BROKEN;
  } else {
    int made = LZ4_decompress_safe((const char *)in, (char *)b->plain->data, (int)in_size, (int)size);
    if (made <= 0) return VONK_UNPACK_BROKEN;
    size = (size_t)made;
  }
  b->plain->size = size;
  b->plain_at = 0;
  b->plain_left -= (uint32_t)size;
  b->chunk->size = 0;
  b->chunk_size = 0;
  return VONK_UNPACK_MORE;
}

/* More of the chunk under way; its size first. */
static enum vonk_unpack_step take_chunk(struct vonk_unpack_stream *s, const uint8_t *in, size_t in_size, size_t *used) {
  struct blocks *b = &s->blocks;
  if (!b->plain_left) {
    if (!take_head(b, in, in_size, used, &b->plain_left)) return VONK_UNPACK_MORE;
    if (b->plain_left > BLOCK_BYTES_MAX) return VONK_UNPACK_BROKEN;
    return VONK_UNPACK_MORE;
  }
  if (!b->chunk_size) {
    if (!take_head(b, in, in_size, used, &b->chunk_size)) return VONK_UNPACK_MORE;
    if (!b->chunk_size || b->chunk_size > BLOCK_BYTES_MAX) return VONK_UNPACK_BROKEN;
  }
  size_t have = b->chunk ? b->chunk->size : 0, take = in_size - *used;
  if (take > b->chunk_size - have) take = b->chunk_size - have;
  /* Grown by what comes, so that a false size costs nothing. */
  size_t wanted = 2 * (have + take);
  enum vonk_unpack_step step = !b->chunk || b->chunk->capacity < have + take ? reserve(s, &b->chunk, wanted < b->chunk_size ? wanted : b->chunk_size) : VONK_UNPACK_MORE;
  if (step != VONK_UNPACK_MORE) return step;
  if (take) memcpy(b->chunk->data + have, in + *used, take);
  *used += take;
  b->chunk->size = have + take;
  return b->chunk->size == b->chunk_size ? open_chunk(s) : VONK_UNPACK_MORE;
}

static enum vonk_unpack_step step_blocks(struct vonk_unpack_stream *s, const uint8_t *in, size_t in_size, size_t *in_used, uint8_t *out, size_t out_size,
                                         size_t *out_used) {
  struct blocks *b = &s->blocks;
  for (;;) {
    size_t have = b->plain ? b->plain->size - b->plain_at : 0, take = out_size - *out_used < have ? out_size - *out_used : have;
    if (take) memcpy(out + *out_used, b->plain->data + b->plain_at, take);
    b->plain_at += take;
    *out_used += take;
    if (take < have || *in_used == in_size) break;
    enum vonk_unpack_step step = take_chunk(s, in, in_size, in_used);
    if (step != VONK_UNPACK_MORE) return step;
  }
  s->is_whole = !b->plain_left && !b->chunk_size && !b->head_size && (!b->plain || b->plain_at == b->plain->size);
  return VONK_UNPACK_MORE;
}

/* --- the libraries --- */

static enum vonk_unpack_step step_zlib(struct vonk_unpack_stream *s, const uint8_t *in, size_t in_size, size_t *in_used, uint8_t *out, size_t out_size,
                                       size_t *out_used) {
  while (*in_used < in_size || *out_used < out_size) {
    if (s->is_whole && *in_used == in_size) return VONK_UNPACK_MORE;
    size_t in_left = in_size - *in_used, out_left = out_size - *out_used;
    uInt give = in_left < UINT_MAX ? (uInt)in_left : UINT_MAX, room = out_left < UINT_MAX ? (uInt)out_left : UINT_MAX;
    s->z.next_in = (Bytef *)(uintptr_t)(in + *in_used), s->z.avail_in = give;
    s->z.next_out = out + *out_used, s->z.avail_out = room;
    int result = inflate(&s->z, Z_NO_FLUSH);
    *in_used += give - s->z.avail_in;
    *out_used += room - s->z.avail_out;
    s->is_whole = result == Z_STREAM_END;
    if (result == Z_BUF_ERROR) return VONK_UNPACK_MORE;
    if (result == Z_MEM_ERROR) return VONK_UNPACK_REFUSED;
    if (result != Z_OK && result != Z_STREAM_END) return VONK_UNPACK_BROKEN;
    if (s->is_whole && inflateReset(&s->z) != Z_OK) return VONK_UNPACK_BROKEN;
    if (*out_used == out_size) return VONK_UNPACK_MORE;
  }
  return VONK_UNPACK_MORE;
}

static enum vonk_unpack_step step_bzip2(struct vonk_unpack_stream *s, const uint8_t *in, size_t in_size, size_t *in_used, uint8_t *out, size_t out_size,
                                        size_t *out_used) {
  for (;;) {
    if (s->is_whole && *in_used == in_size) return VONK_UNPACK_MORE;
    size_t in_left = in_size - *in_used, out_left = out_size - *out_used;
    unsigned give = in_left < UINT_MAX ? (unsigned)in_left : UINT_MAX, room = out_left < UINT_MAX ? (unsigned)out_left : UINT_MAX;
    s->bz.next_in = (char *)(uintptr_t)(in + *in_used), s->bz.avail_in = give;
    s->bz.next_out = (char *)out + *out_used, s->bz.avail_out = room;
    int result = BZ2_bzDecompress(&s->bz);
    bool moved = s->bz.avail_in != give || s->bz.avail_out != room;
    *in_used += give - s->bz.avail_in;
    *out_used += room - s->bz.avail_out;
    s->is_whole = result == BZ_STREAM_END;
    if (result == BZ_MEM_ERROR) return VONK_UNPACK_REFUSED;
    if (result != BZ_OK && result != BZ_STREAM_END) return VONK_UNPACK_BROKEN;
    if (s->is_whole) {
      stop(s);
      if (!start(s)) return VONK_UNPACK_REFUSED;
    }
    if (!moved || *out_used == out_size) return VONK_UNPACK_MORE;
  }
}

static enum vonk_unpack_step step_zstd(struct vonk_unpack_stream *s, const uint8_t *in, size_t in_size, size_t *in_used, uint8_t *out, size_t out_size,
                                       size_t *out_used) {
  ZSTD_inBuffer from = {in, in_size, *in_used};
  ZSTD_outBuffer to = {out, out_size, *out_used};
  for (;;) {
    size_t in_before = from.pos, out_before = to.pos, left = ZSTD_decompressStream(s->zstd, &to, &from);
    *in_used = from.pos, *out_used = to.pos;
    if (ZSTD_isError(left)) return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? VONK_UNPACK_REFUSED : VONK_UNPACK_BROKEN;
    if (from.pos != in_before || to.pos != out_before) s->is_whole = left == 0;
    if ((from.pos == in_before && to.pos == out_before) || to.pos == out_size) return VONK_UNPACK_MORE;
  }
}

enum vonk_unpack_step vonk_unpack_stream_step(struct vonk_unpack_stream *s, const uint8_t *in, size_t in_size, size_t *in_used, uint8_t *out,
                                              size_t out_size, size_t *out_used) {
  *in_used = *out_used = 0;
  switch (s->codec) {
    case VONK_STREAM_GZIP:
    case VONK_STREAM_DEFLATE: return step_zlib(s, in, in_size, in_used, out, out_size, out_used);
    case VONK_STREAM_BZIP2: return step_bzip2(s, in, in_size, in_used, out, out_size, out_used);
    case VONK_STREAM_ZSTD: return step_zstd(s, in, in_size, in_used, out, out_size, out_used);
    default: return step_blocks(s, in, in_size, in_used, out, out_size, out_used);
  }
}
