/* pack_stream.c: the libraries' one-shot functions; Hadoop's blocks of Snappy and LZ4 hold 256 KiB of plain bytes each. */
#include "wire/pack_stream.h"

#include "base/arena.h"

#include <bzlib.h>
#include <libdeflate.h>
#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { BLOCK_BYTES = 256 << 10, GZIP_LEVEL = 6, ZSTD_LEVEL = 3, BZIP2_LEVEL = 9, DEFLATE_STEP = 64 << 10 };

/* Room for SIZE bytes behind what OUT holds. */
static bool reserve(struct vonk_buffer **out, size_t size) {
  return (*out)->capacity - (*out)->size >= size || vonk_buffer_grow(out, (*out)->size + size) == VONK_OK;
}

static uint8_t *end_of(struct vonk_buffer *out) { return out->data + out->size; }

static bool pack_gzip(struct vonk_str in, struct vonk_buffer **out) {
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(GZIP_LEVEL);
  bool fine = compressor && reserve(out, libdeflate_gzip_compress_bound(compressor, in.size));
  if (fine) (*out)->size += libdeflate_gzip_compress(compressor, in.data, in.size, end_of(*out), (*out)->capacity - (*out)->size);
  libdeflate_free_compressor(compressor);
  return fine;
}

static bool pack_zstd(struct vonk_str in, struct vonk_buffer **out) {
  if (!reserve(out, ZSTD_compressBound(in.size))) return false;
  size_t size = ZSTD_compress(end_of(*out), (*out)->capacity - (*out)->size, in.data, in.size, ZSTD_LEVEL);
  if (ZSTD_isError(size)) return false;
  (*out)->size += size;
  return true;
}

static bool pack_bzip2(struct vonk_str in, struct vonk_buffer **out) {
  size_t bound = in.size + in.size / 100 + 600;
  if (in.size > INT_MAX / 2 || !reserve(out, bound)) return false;
  unsigned size = (unsigned)bound;
  if (BZ2_bzBuffToBuffCompress((char *)end_of(*out), &size, (char *)(uintptr_t)in.data, (unsigned)in.size, BZIP2_LEVEL, 0, 0) != BZ_OK) return false;
  (*out)->size += size;
  return true;
}

static void put_size(uint8_t *to, size_t size) {
  for (int i = 0; i < 4; i++) to[i] = (uint8_t)(size >> (24 - 8 * i));
}

static bool pack_blocks(enum vonk_stream_codec codec, struct vonk_str in, struct vonk_buffer **out) {
  for (size_t at = 0; at < in.size;) {
    size_t take = in.size - at < BLOCK_BYTES ? in.size - at : BLOCK_BYTES, size;
    size_t bound = codec == VONK_STREAM_SNAPPY ? snappy_max_compressed_length(take) : (size_t)LZ4_compressBound((int)take);
    if (!reserve(out, 8 + bound)) return false;
    uint8_t *to = end_of(*out);
    size = bound;
    if (codec == VONK_STREAM_SNAPPY) {
      if (snappy_compress(in.data + at, take, (char *)to + 8, &size) != SNAPPY_OK) return false;
    } else {
      size = (size_t)LZ4_compress_default(in.data + at, (char *)to + 8, (int)take, (int)bound);
    }
    put_size(to, take);
    put_size(to + 4, size);
    (*out)->size += 8 + size;
    at += take;
  }
  return true;
}

bool vonk_pack(enum vonk_stream_codec codec, struct vonk_str in, struct vonk_buffer **out) {
  struct vonk_deflate *state = NULL;
  switch (codec) {
    case VONK_STREAM_GZIP: return pack_gzip(in, out);
    case VONK_STREAM_ZSTD: return pack_zstd(in, out);
    case VONK_STREAM_BZIP2: return pack_bzip2(in, out);
    case VONK_STREAM_DEFLATE: return vonk_pack_deflate(&state, in, true, out);
    case VONK_STREAM_SNAPPY:
    case VONK_STREAM_LZ4: return pack_blocks(codec, in, out);
    default:
      if (!reserve(out, in.size)) return false;
      if (in.size) memcpy(end_of(*out), in.data, in.size);
      (*out)->size += in.size;
      return true;
  }
}

struct vonk_deflate {
  struct vonk_arena *arena;            /* holds this struct */
  z_stream z;
};

void vonk_pack_deflate_abort(struct vonk_deflate *state) {
  if (!state) return;
  deflateEnd(&state->z);
  vonk_arena_destroy(state->arena);
}

bool vonk_pack_deflate(struct vonk_deflate **state, struct vonk_str in, bool last, struct vonk_buffer **out) {
  if (!*state) {
    struct vonk_arena *arena = vonk_arena_create((*out)->budget);
    struct vonk_deflate *made = ARENA_NEW(arena, struct vonk_deflate);
    made->arena = arena;
    if (deflateInit(&made->z, Z_DEFAULT_COMPRESSION) != Z_OK) {
      vonk_arena_destroy(arena);
      return false;
    }
    *state = made;
  }
  z_stream *z = &(*state)->z;
  int result = Z_OK;
  z->next_in = (Bytef *)(uintptr_t)in.data;
  for (size_t left = in.size; left || z->avail_in || (last && result != Z_STREAM_END);) {
    if (!z->avail_in) {
      z->avail_in = left < UINT_MAX ? (uInt)left : UINT_MAX;
      left -= z->avail_in;
    }
    if (!reserve(out, DEFLATE_STEP)) return false;
    z->next_out = end_of(*out), z->avail_out = DEFLATE_STEP;
    result = deflate(z, last && !left ? Z_FINISH : Z_NO_FLUSH);
    (*out)->size += DEFLATE_STEP - z->avail_out;
    if (result == Z_STREAM_ERROR) return false;
  }
  if (last) {
    vonk_pack_deflate_abort(*state);
    *state = NULL;
  }
  return true;
}
