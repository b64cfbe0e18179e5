/* avro_block.c: a small adapter for each library; buffers double until what a block gives fits. */
#include "wire/avro_block.h"

#include <bzlib.h>
#include <libdeflate.h>
#include <limits.h>
#include <lzma.h>
#include <snappy-c.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/array.h"
#include "wire/snappy.h"
#include "wire/unpack_stream.h"

enum { FIRST_BYTES = 256, CRC_BYTES = 4, SNAPPY_GAIN_MAX = 64, ZSTD_WINDOW_LOG_MAX = 27, DEFLATE_LEVEL = 6, BZIP2_LEVEL = 9, XZ_LEVEL = 6, ZSTD_LEVEL = 3 };
#define XZ_MEMORY_MAX (UINT64_C(128) << 20)

static const char *const names[] = {"null", "deflate", "snappy", "bzip2", "xz", "zstandard"};

bool vonk_avro_codec_find(struct vonk_str name, enum vonk_avro_codec *out) {
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    *out = (enum vonk_avro_codec)i;
    if (vonk_str_equal(name, vonk_str_of(names[i]))) return true;
  }
  return false;
}

const char *vonk_avro_codec_name(enum vonk_avro_codec codec) { return names[codec]; }

/* --- unpacking --- */

void vonk_avro_unpacker_init(struct vonk_avro_unpacker *u, enum vonk_avro_codec codec) {
  *u = (struct vonk_avro_unpacker){.codec = codec};
  if (codec == VONK_AVRO_DEFLATE) u->context = libdeflate_alloc_decompressor();
  if (codec == VONK_AVRO_ZSTANDARD) u->context = ZSTD_createDCtx();
}

void vonk_avro_unpacker_deinit(struct vonk_avro_unpacker *u) {
  if (u->codec == VONK_AVRO_DEFLATE && u->context) libdeflate_free_decompressor(u->context);
  if (u->codec == VONK_AVRO_ZSTANDARD) ZSTD_freeDCtx(u->context);
  u->context = NULL;
}

/* Room for twice as much, keeping what is there. */
static enum vonk_unpack grow(struct vonk_buffer **out, size_t limit) {
  size_t capacity = (*out)->capacity;
  if (capacity >= limit) return VONK_UNPACK_TOO_LARGE;
  return vonk_buffer_grow(out, capacity < limit / 2 ? 2 * capacity : limit) == VONK_OK ? VONK_UNPACK_OK : VONK_UNPACK_NO_MEMORY;
}

static enum vonk_unpack unpack_deflate(struct vonk_avro_unpacker *u, const uint8_t *in, size_t in_size, size_t limit, struct vonk_buffer **out) {
  if (!u->context) return VONK_UNPACK_NO_MEMORY;
  for (;;) {
    size_t made;
    enum libdeflate_result result = libdeflate_deflate_decompress(u->context, in, in_size, (*out)->data, (*out)->capacity, &made);
    if (result == LIBDEFLATE_SUCCESS) {
      (*out)->size = made;
      return made <= limit ? VONK_UNPACK_OK : VONK_UNPACK_TOO_LARGE;
    }
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE) return VONK_UNPACK_MALFORMED;
    enum vonk_unpack grown = grow(out, limit);
    if (grown != VONK_UNPACK_OK) return grown;
  }
}

static enum vonk_unpack unpack_snappy(const uint8_t *in, size_t in_size, size_t limit, struct vonk_buffer **out) {
  size_t size;
  if (in_size < CRC_BYTES) return VONK_UNPACK_MALFORMED;
  in_size -= CRC_BYTES;
  if (snappy_uncompressed_length((const char *)in, in_size, &size) != SNAPPY_OK || size / SNAPPY_GAIN_MAX > in_size) return VONK_UNPACK_MALFORMED;
  if (size > limit) return VONK_UNPACK_TOO_LARGE;
  if ((*out)->capacity < size && vonk_buffer_grow(out, size) != VONK_OK) return VONK_UNPACK_NO_MEMORY;
  if (!vonk_snappy_decompress(in, in_size, (*out)->data, size)) return VONK_UNPACK_MALFORMED;
  uint32_t sum;
  memcpy(&sum, in + in_size, CRC_BYTES);
  (*out)->size = size;
  return __builtin_bswap32(sum) == vonk_crc32((*out)->data, size) ? VONK_UNPACK_OK : VONK_UNPACK_MALFORMED;
}

static enum vonk_unpack unpack_bzip2(const uint8_t *in, size_t in_size, size_t limit, struct vonk_buffer **out) {
  struct vonk_unpack_stream *stream = vonk_unpack_stream_open((*out)->budget, VONK_STREAM_BZIP2);
  enum vonk_unpack result = stream ? VONK_UNPACK_OK : VONK_UNPACK_NO_MEMORY;
  for (size_t at = 0; result == VONK_UNPACK_OK;) {
    size_t used, made;
    enum vonk_unpack_step step = vonk_unpack_stream_step(stream, in + at, in_size - at, &used, (*out)->data + (*out)->size, (*out)->capacity - (*out)->size, &made);
    at += used;
    (*out)->size += made;
    if (step != VONK_UNPACK_MORE) result = step == VONK_UNPACK_REFUSED ? VONK_UNPACK_NO_MEMORY : VONK_UNPACK_MALFORMED;
    else if ((*out)->size == (*out)->capacity) result = grow(out, limit);
    else if (at == in_size) break;
    else if (!used && !made) result = VONK_UNPACK_MALFORMED;
  }
  if (result == VONK_UNPACK_OK && !vonk_unpack_stream_is_whole(stream)) result = VONK_UNPACK_MALFORMED;
  vonk_unpack_stream_close(stream);
  return result;
}

static enum vonk_unpack unpack_xz(const uint8_t *in, size_t in_size, size_t limit, struct vonk_buffer **out) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, XZ_MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK) return VONK_UNPACK_NO_MEMORY;
  enum vonk_unpack result = VONK_UNPACK_OK;
  stream.next_in = in, stream.avail_in = in_size;
  while (result == VONK_UNPACK_OK) {
    stream.next_out = (*out)->data + (*out)->size, stream.avail_out = (*out)->capacity - (*out)->size;
    lzma_ret step = lzma_code(&stream, LZMA_FINISH);
    (*out)->size = (*out)->capacity - stream.avail_out;
    if (step == LZMA_STREAM_END) break;
    if (step == LZMA_MEM_ERROR) result = VONK_UNPACK_NO_MEMORY;
    else if ((step != LZMA_OK && step != LZMA_BUF_ERROR) || stream.avail_out) result = VONK_UNPACK_MALFORMED;
    else result = grow(out, limit);
  }
  lzma_end(&stream);
  return result;
}

static enum vonk_unpack unpack_zstd(struct vonk_avro_unpacker *u, const uint8_t *in, size_t in_size, size_t limit, struct vonk_buffer **out) {
  if (!u->context) return VONK_UNPACK_NO_MEMORY;
  ZSTD_DCtx_reset(u->context, ZSTD_reset_session_only);
  ZSTD_DCtx_setParameter(u->context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
  ZSTD_inBuffer from = {in, in_size, 0};
  for (;;) {
    ZSTD_outBuffer to = {(*out)->data, (*out)->capacity, (*out)->size};
    size_t left = ZSTD_decompressStream(u->context, &to, &from); /* 0: a frame has ended */
    if (ZSTD_isError(left)) return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? VONK_UNPACK_NO_MEMORY : VONK_UNPACK_MALFORMED;
    (*out)->size = to.pos;
    if (left == 0 && from.pos == from.size) return VONK_UNPACK_OK;
    if (to.pos < to.size && from.pos == from.size) return VONK_UNPACK_MALFORMED;
    enum vonk_unpack grown = to.pos == to.size ? grow(out, limit) : VONK_UNPACK_OK;
    if (grown != VONK_UNPACK_OK) return grown;
  }
}

enum vonk_unpack vonk_avro_unpack(struct vonk_avro_unpacker *u, const uint8_t *in, size_t in_size, size_t limit, struct vonk_buffer **out) {
  (*out)->size = 0;
  if ((*out)->capacity < FIRST_BYTES && vonk_buffer_grow(out, FIRST_BYTES) != VONK_OK) return VONK_UNPACK_NO_MEMORY;
  switch (u->codec) {
    case VONK_AVRO_DEFLATE: return unpack_deflate(u, in, in_size, limit, out);
    case VONK_AVRO_SNAPPY: return unpack_snappy(in, in_size, limit, out);
    case VONK_AVRO_BZIP2: return unpack_bzip2(in, in_size, limit, out);
    case VONK_AVRO_XZ: return unpack_xz(in, in_size, limit, out);
    case VONK_AVRO_ZSTANDARD: return unpack_zstd(u, in, in_size, limit, out);
    case VONK_AVRO_NULL: break;
  }
  if (in_size > limit) return VONK_UNPACK_TOO_LARGE;
  if ((*out)->capacity < in_size && vonk_buffer_grow(out, in_size) != VONK_OK) return VONK_UNPACK_NO_MEMORY;
  if (in_size) memcpy((*out)->data, in, in_size);
  (*out)->size = in_size;
  return VONK_UNPACK_OK;
}

/* --- packing --- */

void vonk_avro_packer_init(struct vonk_avro_packer *p, enum vonk_avro_codec codec, int level) {
  static const int usual[] = {0, DEFLATE_LEVEL, 0, BZIP2_LEVEL, XZ_LEVEL, ZSTD_LEVEL};
  *p = (struct vonk_avro_packer){.codec = codec, .level = level == -1 ? usual[codec] : level};
  if (codec == VONK_AVRO_DEFLATE) p->context = libdeflate_alloc_compressor(p->level);
  if (codec == VONK_AVRO_ZSTANDARD) p->context = ZSTD_createCCtx();
}

void vonk_avro_packer_deinit(struct vonk_avro_packer *p) {
  if (p->codec == VONK_AVRO_DEFLATE && p->context) libdeflate_free_compressor(p->context);
  if (p->codec == VONK_AVRO_ZSTANDARD) ZSTD_freeCCtx(p->context);
  p->context = NULL;
}

/* What a block of SIZE bytes takes at the most; 0: it is too long for the codec. */
static size_t bound_of(const struct vonk_avro_packer *p, size_t size) {
  switch (p->codec) {
    case VONK_AVRO_DEFLATE: return libdeflate_deflate_compress_bound(p->context, size);
    case VONK_AVRO_SNAPPY: return snappy_max_compressed_length(size) + CRC_BYTES;
    case VONK_AVRO_BZIP2: return size > INT_MAX / 2 ? 0 : size + size / 100 + 600;
    case VONK_AVRO_XZ: return lzma_stream_buffer_bound(size);
    case VONK_AVRO_ZSTANDARD: return ZSTD_compressBound(size);
    case VONK_AVRO_NULL: break;
  }
  return size + 1;
}

bool vonk_avro_pack(struct vonk_avro_packer *p, const uint8_t *in, size_t in_size, struct vonk_buffer **out) {
  bool needs_context = p->codec == VONK_AVRO_DEFLATE || p->codec == VONK_AVRO_ZSTANDARD;
  size_t bound = needs_context && !p->context ? 0 : bound_of(p, in_size), made = bound;
  if (!bound || ((*out)->capacity - (*out)->size < bound && vonk_buffer_grow(out, (*out)->size + bound) != VONK_OK)) return false;
  uint8_t *to = (*out)->data + (*out)->size;
  unsigned small = (unsigned)bound;
  uint32_t sum;
  bool fine = true;
  switch (p->codec) {
    case VONK_AVRO_NULL:
      if (in_size) memcpy(to, in, in_size);
      made = in_size;
      break;
    case VONK_AVRO_DEFLATE: made = libdeflate_deflate_compress(p->context, in, in_size, to, bound); break;
    case VONK_AVRO_SNAPPY:
      fine = snappy_compress((const char *)in, in_size, (char *)to, &made) == SNAPPY_OK;
      sum = __builtin_bswap32(vonk_crc32(in, in_size));
      if (fine) memcpy(to + made, &sum, CRC_BYTES), made += CRC_BYTES;
      break;
    case VONK_AVRO_BZIP2:
      fine = BZ2_bzBuffToBuffCompress((char *)to, &small, (char *)(uintptr_t)in, (unsigned)in_size, p->level, 0, 0) == BZ_OK;
      made = small;
      break;
    case VONK_AVRO_XZ:
      made = 0;
      fine = lzma_easy_buffer_encode((uint32_t)p->level, LZMA_CHECK_CRC64, NULL, in, in_size, to, &made, bound) == LZMA_OK;
      break;
    case VONK_AVRO_ZSTANDARD:
      made = ZSTD_compressCCtx(p->context, to, bound, in, in_size, p->level);
      fine = !ZSTD_isError(made);
      break;
  }
  if (fine) (*out)->size += made;
  return fine;
}
