/* avro_block.h: the codecs of the blocks of Avro files (Avro 1.12, "Required Codecs" and "Optional Codecs").
 *
 * The size that a block has when it is unpacked is known of snappy only; the others grow their buffer, up to a bound.
 */
#ifndef VONK_WIRE_AVRO_BLOCK_H
#define VONK_WIRE_AVRO_BLOCK_H

#include "wire/compress.h"

enum vonk_avro_codec {
  VONK_AVRO_NULL,
  VONK_AVRO_DEFLATE,   /* raw, without zlib's head and sum */
  VONK_AVRO_SNAPPY,    /* and a big-endian CRC-32 of the plain bytes */
  VONK_AVRO_BZIP2,
  VONK_AVRO_XZ,
  VONK_AVRO_ZSTANDARD,
};

/* The codec that NAME means in a file's head ("zstandard"); false when there is none. */
bool vonk_avro_codec_find(struct vonk_str name, enum vonk_avro_codec *out);
const char *vonk_avro_codec_name(enum vonk_avro_codec codec);

/* For many blocks of one codec: keeps the library's working memory between them. */
struct vonk_avro_unpacker {
  enum vonk_avro_codec codec;
  void *context;
};
void vonk_avro_unpacker_init(struct vonk_avro_unpacker *unpacker, enum vonk_avro_codec codec);
void vonk_avro_unpacker_deinit(struct vonk_avro_unpacker *unpacker);
/* In place of what OUT holds; it may be made larger. At most LIMIT bytes. */
enum vonk_unpack vonk_avro_unpack(struct vonk_avro_unpacker *unpacker, const uint8_t *in, size_t in_size, size_t limit, struct vonk_buffer **out);

/* The same for packing. LEVEL -1: the codec's usual one. */
struct vonk_avro_packer {
  enum vonk_avro_codec codec;
  int level;
  void *context;
};
void vonk_avro_packer_init(struct vonk_avro_packer *packer, enum vonk_avro_codec codec, int level);
void vonk_avro_packer_deinit(struct vonk_avro_packer *packer);
/* Behind what OUT holds. False: no memory. */
bool vonk_avro_pack(struct vonk_avro_packer *packer, const uint8_t *in, size_t in_size, struct vonk_buffer **out);

#endif
