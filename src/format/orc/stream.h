/* stream.h: the bytes of one stream of a stripe, out of its compressed chunks.
 *
 * A chunk has three bytes in front: its length, and whether it is stored as it is. Its size decompressed is told nowhere, only bounded.
 * Files without compression have no chunks; there the window over the file takes their place.
 */
#ifndef VONK_FORMAT_ORC_STREAM_H
#define VONK_FORMAT_ORC_STREAM_H

#include "format/file_window.h"
#include "format/orc/metadata.h"
#include "format/page_cache.h"
#include "wire/compress.h"

/* What the streams of a unit share. */
struct orc_input {
  struct vonk_file *file;
  uint64_t number;                   /* of the file's state; its key in the cache */
  struct vonk_page_cache *cache;     /* NULL: chunks are not kept */
  struct vonk_decompressor decompressor;
  bool is_compressed;
  size_t block_size;
};

struct orc_stream {
  struct orc_input *input;
  struct vonk_str column;            /* its name, for errors */
  uint64_t start;                    /* in the file */
  bool exists;
  const uint8_t *at, *limit;         /* what is left of the chunk; readable VONK_BUFFER_PADDING beyond */
  struct vonk_file_window window;
  struct vonk_buffer *chunk;         /* decompressed: its own room, used again and again */
  struct vonk_buffer *kept;          /* the cache's */
  struct vonk_buffer *joined;        /* pieces of several chunks put together */
};

/* UNSUPPORTED_FEATURE for a compression that there is no library for. */
STATUS orc_input_open(struct vonk_task *task, struct vonk_file *file, const struct orc_metadata *metadata, struct vonk_page_cache *cache, struct orc_input *out);
void orc_input_close(struct orc_input *input);
/* FAILED_READ_FILE.NO_HINT with the path, the column (empty: none) and REASON. */
STATUS orc_malformed(struct vonk_task *task, struct vonk_str path, struct vonk_str column, const char *reason);

void orc_stream_open(struct orc_input *input, struct vonk_str column, struct orc_stream_place place, struct orc_stream *out);
void orc_stream_close(struct orc_stream *stream);
STATUS orc_stream_fail(struct vonk_task *task, const struct orc_stream *stream, const char *reason);

STATUS orc_stream_next_chunk(struct vonk_task *task, struct orc_stream *stream);
STATUS orc_stream_join(struct vonk_task *task, struct orc_stream *stream, size_t size, const uint8_t **out);

/* SIZE bytes in place until the next call; an error when there are not so many. */
static inline STATUS orc_stream_take(struct vonk_task *task, struct orc_stream *stream, size_t size, const uint8_t **out) {
  if ((size_t)(stream->limit - stream->at) < size) return orc_stream_join(task, stream, size, out);
  *out = stream->at;
  stream->at += size;
  return VONK_OK;
}
static inline STATUS orc_stream_byte(struct vonk_task *task, struct orc_stream *stream, uint8_t *out) {
  while (stream->at == stream->limit) TRY(orc_stream_next_chunk(task, stream));
  *out = *stream->at++;
  return VONK_OK;
}
/* Unsigned LEB128 of at most 64 bits. */
STATUS orc_stream_varint(struct vonk_task *task, struct orc_stream *stream, uint64_t *out);
STATUS orc_stream_skip(struct vonk_task *task, struct orc_stream *stream, uint64_t size);
/* To byte INNER of the chunk that starts CHUNK bytes behind the stream's start. */
STATUS orc_stream_seek(struct vonk_task *task, struct orc_stream *stream, uint64_t chunk, uint64_t inner);

/* All of SIZE bytes at OFFSET, decompressed, at most LIMIT bytes: footers and indexes. */
STATUS orc_input_read(struct vonk_task *task, struct orc_input *input, uint64_t offset, uint64_t size, size_t limit, struct vonk_buffer **out);

#endif
