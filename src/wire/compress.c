/* compress.c: one switch over the codecs; each library is called in one place. */
#include "wire/compress.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <libdeflate.h>
#include <lz4.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <string.h>
#include <zstd.h>

#include "base/bytes.h"
#include "wire/snappy.h"

const char *vonk_codec_name(enum vonk_codec codec) {
  static const char *const names[] = {"uncompressed", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw", "lz4_frame", "deflate"};
  return (unsigned)codec < sizeof names / sizeof *names ? names[codec] : "unknown";
}

static bool gzip_members(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size) {
  struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
  if (!decompressor) return false;
  bool fine = true;
  do {
    size_t used = 0, made = 0;
    fine = libdeflate_gzip_decompress_ex(decompressor, in, in_size, out, out_size, &used, &made) == LIBDEFLATE_SUCCESS;
    if (!fine) break;
    in += used, in_size -= used, out += made, out_size -= made;
  } while (in_size > 0);
  libdeflate_free_decompressor(decompressor);
  return fine && out_size == 0;
}

static bool lz4_block(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size) {
  if (in_size > LZ4_MAX_INPUT_SIZE || out_size > LZ4_MAX_INPUT_SIZE) return false;
  return LZ4_decompress_safe((const char *)in, (char *)out, (int)in_size, (int)out_size) == (int)out_size;
}

/* Blocks, each with two big-endian sizes: of what it gives, and of itself. */
static bool lz4_hadoop(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size) {
  struct vonk_bytes r = vonk_bytes_of(in, in_size);
  while (vonk_bytes_left(&r) > 0) {
    uint32_t made = vonk_bytes_u32_big(&r), used = vonk_bytes_u32_big(&r);
    const uint8_t *block = vonk_bytes_take(&r, used);
    if (!block || made > out_size || !lz4_block(block, used, out, made)) return false;
    out += made, out_size -= made;
  }
  return !r.failed && out_size == 0;
}

static bool lz4_frame(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size) {
  LZ4F_dctx *context;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return false;
  size_t used = in_size, made = out_size;
  size_t left = LZ4F_decompress(context, out, &made, in, &used, NULL);
  LZ4F_freeDecompressionContext(context);
  return !LZ4F_isError(left) && left == 0 && used == in_size && made == out_size;
}

bool vonk_decompress(enum vonk_codec codec, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size) {
  switch (codec) {
    case VONK_CODEC_NONE:
      if (in_size != out_size) return false;
      if (in_size) memcpy(out, in, in_size);
      return true;
    case VONK_CODEC_SNAPPY: return vonk_snappy_decompress(in, in_size, out, out_size);
    case VONK_CODEC_GZIP: return gzip_members(in, in_size, out, out_size);
    case VONK_CODEC_BROTLI: {
      size_t made = out_size;
      return BrotliDecoderDecompress(in_size, in, &made, out) == BROTLI_DECODER_RESULT_SUCCESS && made == out_size;
    }
    case VONK_CODEC_LZ4:
      return lz4_hadoop(in, in_size, out, out_size) || lz4_block(in, in_size, out, out_size) || lz4_frame(in, in_size, out, out_size);
    case VONK_CODEC_ZSTD: return ZSTD_decompress(out, out_size, in, in_size) == out_size;
    case VONK_CODEC_LZ4_RAW: return lz4_block(in, in_size, out, out_size);
    case VONK_CODEC_LZ4_FRAME: return lz4_frame(in, in_size, out, out_size);
    case VONK_CODEC_DEFLATE:
    case VONK_CODEC_LZO: return false;
  }
  return false;
}

void vonk_decompressor_init(struct vonk_decompressor *d, enum vonk_codec codec) {
  *d = (struct vonk_decompressor){.codec = codec};
  if (codec == VONK_CODEC_DEFLATE) d->context = libdeflate_alloc_decompressor();
  if (codec == VONK_CODEC_ZSTD) d->context = ZSTD_createDCtx();
}

void vonk_decompressor_deinit(struct vonk_decompressor *d) {
  if (d->codec == VONK_CODEC_DEFLATE && d->context) libdeflate_free_decompressor(d->context);
  if (d->codec == VONK_CODEC_ZSTD) ZSTD_freeDCtx(d->context);
  d->context = NULL;
}

static bool run_snappy(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity, size_t *made) {
  return snappy_uncompressed_length((const char *)in, in_size, made) == SNAPPY_OK && *made <= out_capacity && vonk_snappy_decompress(in, in_size, out, *made);
}

static bool run_lz4(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity, size_t *made) {
  if (in_size > LZ4_MAX_INPUT_SIZE || out_capacity > LZ4_MAX_INPUT_SIZE) return false;
  int size = LZ4_decompress_safe((const char *)in, (char *)out, (int)in_size, (int)out_capacity);
  *made = size < 0 ? 0 : (size_t)size;
  return size >= 0;
}

bool vonk_decompressor_run(struct vonk_decompressor *d, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity, size_t *made) {
  *made = out_capacity;
  switch (d->codec) {
    case VONK_CODEC_NONE:
      *made = in_size;
      return in_size <= out_capacity && vonk_decompress(VONK_CODEC_NONE, in, in_size, out, in_size);
    case VONK_CODEC_DEFLATE: return d->context && libdeflate_deflate_decompress(d->context, in, in_size, out, out_capacity, made) == LIBDEFLATE_SUCCESS;
    case VONK_CODEC_SNAPPY: return run_snappy(in, in_size, out, out_capacity, made);
    case VONK_CODEC_LZ4_RAW: return run_lz4(in, in_size, out, out_capacity, made);
    case VONK_CODEC_ZSTD:
      *made = d->context ? ZSTD_decompressDCtx(d->context, out, out_capacity, in, in_size) : 0;
      return d->context && !ZSTD_isError(*made);
    case VONK_CODEC_BROTLI: return BrotliDecoderDecompress(in_size, in, made, out) == BROTLI_DECODER_RESULT_SUCCESS;
    default: return false;
  }
}

enum { HADOOP_BLOCK_BYTES = 128 << 10, GZIP_LEVEL = 6, BROTLI_LEVEL = 5, ZSTD_LEVEL = 3 };

size_t vonk_compress_bound(enum vonk_codec codec, size_t in_size) {
  switch (codec) {
    case VONK_CODEC_NONE: return in_size;
    case VONK_CODEC_SNAPPY: return snappy_max_compressed_length(in_size);
    case VONK_CODEC_GZIP: return libdeflate_gzip_compress_bound(NULL, in_size);
    case VONK_CODEC_BROTLI: return BrotliEncoderMaxCompressedSize(in_size) + 16;
    case VONK_CODEC_ZSTD: return ZSTD_compressBound(in_size);
    case VONK_CODEC_LZ4_RAW: return in_size > LZ4_MAX_INPUT_SIZE ? 0 : (size_t)LZ4_compressBound((int)in_size);
    case VONK_CODEC_LZ4: return (in_size / HADOOP_BLOCK_BYTES + 1) * (8 + (size_t)LZ4_compressBound(HADOOP_BLOCK_BYTES));
    case VONK_CODEC_LZ4_FRAME: return LZ4F_compressFrameBound(in_size, NULL);
    case VONK_CODEC_DEFLATE:
    case VONK_CODEC_LZO: return 0;
  }
  return 0;
}

/* Blocks that fit the buffers of Hadoop's own decompressor. */
static size_t lz4_hadoop_compress(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity) {
  size_t made = 0;
  do {
    size_t block = in_size < HADOOP_BLOCK_BYTES ? in_size : HADOOP_BLOCK_BYTES;
    if (out_capacity - made < 8) return 0;
    size_t room = out_capacity - made - 8;
    int size = LZ4_compress_default((const char *)in, (char *)out + made + 8, (int)block, room > INT32_MAX ? INT32_MAX : (int)room);
    if (size <= 0) return 0;
    uint32_t sizes[2] = {__builtin_bswap32((uint32_t)block), __builtin_bswap32((uint32_t)size)};
    memcpy(out + made, sizes, 8);
    made += 8 + (size_t)size;
    in += block, in_size -= block;
  } while (in_size > 0);
  return made;
}

void vonk_compressor_init(struct vonk_compressor *c, enum vonk_codec codec, int level) {
  *c = (struct vonk_compressor){.codec = codec, .level = level};
  if (codec == VONK_CODEC_GZIP) c->context = libdeflate_alloc_compressor(level < 0 ? GZIP_LEVEL : level);
  if (codec == VONK_CODEC_ZSTD) c->context = ZSTD_createCCtx();
}

void vonk_compressor_deinit(struct vonk_compressor *c) {
  if (c->codec == VONK_CODEC_GZIP && c->context) libdeflate_free_compressor(c->context);
  if (c->codec == VONK_CODEC_ZSTD) ZSTD_freeCCtx(c->context);
  c->context = NULL;
}

size_t vonk_compressor_run(struct vonk_compressor *c, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity) {
  size_t made = out_capacity;
  switch (c->codec) {
    case VONK_CODEC_NONE:
      if (in_size > out_capacity) return 0;
      if (in_size) memcpy(out, in, in_size);
      return in_size;
    case VONK_CODEC_SNAPPY: return snappy_compress((const char *)in, in_size, (char *)out, &made) == SNAPPY_OK ? made : 0;
    case VONK_CODEC_GZIP: return c->context ? libdeflate_gzip_compress(c->context, in, in_size, out, out_capacity) : 0;
    case VONK_CODEC_BROTLI:
      return BrotliEncoderCompress(c->level < 0 ? BROTLI_LEVEL : c->level, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, in_size, in, &made, out) ? made : 0;
    case VONK_CODEC_ZSTD:
      made = c->context ? ZSTD_compressCCtx(c->context, out, out_capacity, in, in_size, c->level < 0 ? ZSTD_LEVEL : c->level) : 0;
      return ZSTD_isError(made) ? 0 : made;
    case VONK_CODEC_LZ4_RAW:
      if (in_size > LZ4_MAX_INPUT_SIZE || out_capacity > INT32_MAX) return 0;
      return (size_t)LZ4_compress_default((const char *)in, (char *)out, (int)in_size, (int)out_capacity);
    case VONK_CODEC_LZ4: return lz4_hadoop_compress(in, in_size, out, out_capacity);
    case VONK_CODEC_LZ4_FRAME:
      made = LZ4F_compressFrame(out, out_capacity, in, in_size, NULL);
      return LZ4F_isError(made) ? 0 : made;
    case VONK_CODEC_DEFLATE:
    case VONK_CODEC_LZO: return 0;
  }
  return 0;
}

size_t vonk_compress(enum vonk_codec codec, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity) {
  struct vonk_compressor compressor;
  vonk_compressor_init(&compressor, codec, -1);
  size_t made = vonk_compressor_run(&compressor, in, in_size, out, out_capacity);
  vonk_compressor_deinit(&compressor);
  return made;
}

static enum vonk_unpack unpack_frames(ZSTD_DStream *stream, struct vonk_str in, size_t limit, struct vonk_buffer **out) {
  ZSTD_inBuffer input = {in.data, in.size, 0};
  for (;;) {
    struct vonk_buffer *buffer = *out;
    if (buffer->size == buffer->capacity && vonk_buffer_grow(out, 2 * buffer->capacity) != VONK_OK) return VONK_UNPACK_NO_MEMORY;
    buffer = *out;
    ZSTD_outBuffer output = {buffer->data, buffer->capacity, buffer->size};
    size_t used = input.pos;
    size_t left = ZSTD_decompressStream(stream, &output, &input); /* 0: a frame has ended */
    if (ZSTD_isError(left)) return VONK_UNPACK_MALFORMED;
    bool stuck = output.pos == buffer->size && input.pos == used;
    buffer->size = output.pos;
    if (buffer->size > limit) return VONK_UNPACK_TOO_LARGE;
    if (left == 0 && input.pos == input.size) return VONK_UNPACK_OK;
    if (stuck) return VONK_UNPACK_MALFORMED;
  }
}

enum vonk_unpack vonk_zstd_unpack(struct vonk_budget *budget, struct vonk_str in, size_t limit, struct vonk_buffer **out) {
  enum { FIRST_CAPACITY = 64 << 10 };
  ZSTD_DStream *stream = ZSTD_createDStream();
  if (!stream) return VONK_UNPACK_NO_MEMORY;
  enum vonk_unpack result = VONK_UNPACK_NO_MEMORY;
  if (vonk_buffer_create(budget, FIRST_CAPACITY, out) == VONK_OK) {
    result = unpack_frames(stream, in, limit, out);
    if (result != VONK_UNPACK_OK) vonk_buffer_release(*out);
  }
  ZSTD_freeDStream(stream);
  return result;
}

uint32_t vonk_crc32(const uint8_t *bytes, size_t size) { return libdeflate_crc32(0, bytes, size); }
