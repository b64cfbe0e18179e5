/* compress.h: whole blocks in and out of the codecs that file formats name.
 *
 * Decompression is told the exact size of the result and fails for anything else. It never reads or writes outside
 * the given bytes. The libraries' own working memory (at most some 10 MiB with zstd's largest window) is not charged.
 */
#ifndef VONK_WIRE_COMPRESS_H
#define VONK_WIRE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/str.h"

/* Numbered as in Parquet's format, but for what stands behind its last. */
enum vonk_codec {
  VONK_CODEC_NONE = 0,
  VONK_CODEC_SNAPPY = 1,
  VONK_CODEC_GZIP = 2,   /* one or more members */
  VONK_CODEC_LZO = 3,    /* not supported */
  VONK_CODEC_BROTLI = 4,
  VONK_CODEC_LZ4 = 5,    /* Hadoop's framing; reading, a plain block or an LZ4 frame is understood too */
  VONK_CODEC_ZSTD = 6,
  VONK_CODEC_LZ4_RAW = 7,
  VONK_CODEC_LZ4_FRAME = 8, /* Arrow's */
  VONK_CODEC_DEFLATE = 9,   /* bare, as ORC's chunks have it; reading, by vonk_decompressor_run */
};

const char *vonk_codec_name(enum vonk_codec codec);
/* False when the input is malformed or does not give exactly OUT_SIZE bytes. */
bool vonk_decompress(enum vonk_codec codec, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size);

/* For many small blocks of one codec whose results have sizes that are only bounded: keeps the library's working memory between them. */
struct vonk_decompressor {
  enum vonk_codec codec;
  void *context;
};
/* What the library refuses to allocate shows when a block fails. */
void vonk_decompressor_init(struct vonk_decompressor *decompressor, enum vonk_codec codec);
void vonk_decompressor_deinit(struct vonk_decompressor *decompressor);
/* *MADE bytes to OUT; false when the input is malformed, gives more than OUT_CAPACITY, or the codec is LZ4, LZ4_FRAME or GZIP, whose sizes are known. */
bool vonk_decompressor_run(struct vonk_decompressor *decompressor, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity, size_t *made);

/* Room that vonk_compress needs at the most. */
size_t vonk_compress_bound(enum vonk_codec codec, size_t in_size);
/* The size of what was written to OUT; 0 when the codec cannot write (LZO) or failed. IN_SIZE 0 gives the codec's empty block. */
size_t vonk_compress(enum vonk_codec codec, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity);

/* For many blocks of one codec: keeps the library's working memory between them. */
struct vonk_compressor {
  enum vonk_codec codec;
  int level;
  void *context;
};
/* LEVEL -1: the codec's usual one. What the library refuses to allocate shows when a block fails. */
void vonk_compressor_init(struct vonk_compressor *compressor, enum vonk_codec codec, int level);
void vonk_compressor_deinit(struct vonk_compressor *compressor);
/* As vonk_compress. */
size_t vonk_compressor_run(struct vonk_compressor *compressor, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity);

/* zstd whose result has a size that is not known, but may not pass LIMIT. OUT is made only when it is good. */
enum vonk_unpack { VONK_UNPACK_OK, VONK_UNPACK_MALFORMED, VONK_UNPACK_TOO_LARGE, VONK_UNPACK_NO_MEMORY };
enum vonk_unpack vonk_zstd_unpack(struct vonk_budget *budget, struct vonk_str in, size_t limit, struct vonk_buffer **out);

/* CRC-32 as in gzip. */
uint32_t vonk_crc32(const uint8_t *bytes, size_t size);

#endif
