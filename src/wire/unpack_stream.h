/* unpack_stream.h: compressed files as streams: gzip, deflate (zlib), zstd, bzip2, and the blocks that Hadoop's Snappy and LZ4 codecs write.
 *
 * Bytes go in as they come and come out as there is room. Several streams one behind the other are one. Memory of the libraries is
 * bounded (zstd windows up to 128 MiB), the blocks' own is charged.
 */
#ifndef VONK_WIRE_UNPACK_STREAM_H
#define VONK_WIRE_UNPACK_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/str.h"

enum vonk_stream_codec {
  VONK_STREAM_PLAIN,
  VONK_STREAM_GZIP,
  VONK_STREAM_DEFLATE,
  VONK_STREAM_ZSTD,
  VONK_STREAM_BZIP2,
  VONK_STREAM_SNAPPY,
  VONK_STREAM_LZ4,
};

/* By the end of a file's name: .gz, .deflate, .zst, .bz2, .snappy, .lz4; else PLAIN. */
enum vonk_stream_codec vonk_stream_codec_of_path(struct vonk_str path);

struct vonk_unpack_stream;

enum vonk_unpack_step { VONK_UNPACK_MORE, VONK_UNPACK_BROKEN, VONK_UNPACK_REFUSED /* memory */ };

/* NULL: no memory. */
struct vonk_unpack_stream *vonk_unpack_stream_open(struct vonk_budget *budget, enum vonk_stream_codec codec);
/* Takes bytes from IN and gives bytes to OUT; what is left of both is in the counts. Nothing moves when it needs more of either. */
enum vonk_unpack_step vonk_unpack_stream_step(struct vonk_unpack_stream *stream, const uint8_t *in, size_t in_size, size_t *in_used, uint8_t *out,
                                              size_t out_size, size_t *out_used);
/* Whether the bytes so far end where a stream may end. */
bool vonk_unpack_stream_is_whole(const struct vonk_unpack_stream *stream);
/* Takes NULL. */
void vonk_unpack_stream_close(struct vonk_unpack_stream *stream);

#endif
