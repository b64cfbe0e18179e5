/* stream.c: windows over the file, chunks decompressed from them, pieces that cross chunks put together. */
#include "format/orc/stream.h"

#include <string.h>

enum { CHUNK_HEADER = 3, CHUNK_BYTES_MAX = 1 << 23, PLAIN_WINDOW = 256 << 10 };

STATUS orc_malformed(struct vonk_task *task, struct vonk_str path, struct vonk_str column, const char *reason) {
  struct vonk_str text = vonk_str_of(reason);
  if (column.size) text = vonk_str_format(task->arena, "column " STR_FMT ": %s", STR_ARG(column), reason);
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", path, "reason", text, NULL);
}

STATUS orc_stream_fail(struct vonk_task *task, const struct orc_stream *stream, const char *reason) {
  return orc_malformed(task, stream->input->file->path, stream->column, reason);
}

STATUS orc_input_open(struct vonk_task *task, struct vonk_file *file, const struct orc_metadata *metadata, struct vonk_page_cache *cache, struct orc_input *out) {
  static const enum vonk_codec codecs[] = {VONK_CODEC_NONE, VONK_CODEC_DEFLATE, VONK_CODEC_SNAPPY, VONK_CODEC_LZO, VONK_CODEC_LZ4_RAW, VONK_CODEC_ZSTD, VONK_CODEC_BROTLI};
  int32_t compression = metadata->postscript.compression;
  bool is_known = compression >= ORC_NONE && compression <= ORC_BROTLI;
  if (!is_known || compression == ORC_LZO)
    return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "codec %s of " STR_FMT, is_known ? vonk_codec_name(codecs[compression]) : "unknown", STR_ARG(file->path));
  *out = (struct orc_input){.file = file, .number = metadata->number, .cache = cache, .is_compressed = compression != ORC_NONE,
                            .block_size = (size_t)metadata->postscript.block_size};
  vonk_decompressor_init(&out->decompressor, codecs[compression]);
  return VONK_OK;
}

void orc_input_close(struct orc_input *input) { vonk_decompressor_deinit(&input->decompressor); }

void orc_stream_open(struct orc_input *input, struct vonk_str column, struct orc_stream_place place, struct orc_stream *out) {
  static const uint8_t nothing[VONK_BUFFER_PADDING];
  *out = (struct orc_stream){.input = input, .column = column, .start = place.offset, .exists = place.size > 0, .at = nothing, .limit = nothing};
  out->window = (struct vonk_file_window){.file = input->file, .offset = place.offset, .end = place.offset + place.size};
}

void orc_stream_close(struct orc_stream *stream) {
  vonk_file_window_deinit(&stream->window);
  vonk_buffer_release(stream->chunk);
  vonk_buffer_release(stream->kept);
  vonk_buffer_release(stream->joined);
  *stream = (struct orc_stream){0};
}

static STATUS next_plain(struct vonk_task *task, struct orc_stream *stream) {
  const uint8_t *bytes;
  size_t got;
  TRY(vonk_file_window_look(task, &stream->window, PLAIN_WINDOW, &bytes, &got));
  stream->window.offset += got;
  stream->at = bytes, stream->limit = bytes + got;
  return VONK_OK;
}

/* What the cache keeps of a chunk beside its bytes. */
struct kept_head {
  uint32_t stored_size, size;
};

static bool find_kept(struct orc_stream *stream) {
  struct vonk_page_head head;
  struct kept_head kept;
  struct vonk_page_key key = {stream->input->number, stream->window.offset};
  vonk_buffer_release(stream->kept);
  stream->kept = stream->input->cache ? vonk_page_cache_find(stream->input->cache, key, &head) : NULL;
  if (!stream->kept) return false;
  memcpy(&kept, head.bytes, sizeof kept);
  stream->window.offset += CHUNK_HEADER + kept.stored_size;
  stream->at = stream->kept->data, stream->limit = stream->at + kept.size;
  return true;
}

static void keep(struct orc_stream *stream, uint64_t offset, uint32_t stored_size, size_t size) {
  struct vonk_page_key key = {stream->input->number, offset};
  struct vonk_buffer *room = stream->input->cache ? vonk_page_cache_room(stream->input->cache, key, size) : NULL;
  struct kept_head kept = {stored_size, (uint32_t)size};
  struct vonk_page_head head = {{0}};
  if (!room) return;
  memcpy(room->data, stream->chunk->data, size);
  room->size = size;
  memcpy(head.bytes, &kept, sizeof kept);
  vonk_page_cache_keep(stream->input->cache, key, &head, room);
  vonk_buffer_release(room);
}

static STATUS unpack(struct vonk_task *task, struct orc_stream *stream, const uint8_t *bytes, uint32_t size) {
  uint64_t offset = stream->window.offset;
  size_t made;
  if (!stream->chunk) TRY(vonk_buffer_create(task->budget, stream->input->block_size, &stream->chunk));
  if (!vonk_decompressor_run(&stream->input->decompressor, bytes, size, stream->chunk->data, stream->input->block_size, &made))
    return orc_stream_fail(task, stream, "a chunk cannot be decompressed");
  keep(stream, offset, size, made);
  stream->at = stream->chunk->data, stream->limit = stream->at + made;
  return VONK_OK;
}

STATUS orc_stream_next_chunk(struct vonk_task *task, struct orc_stream *stream) {
  const uint8_t *bytes;
  size_t got;
  if (stream->window.offset >= stream->window.end) return orc_stream_fail(task, stream, "a stream ends before its values do");
  if (!stream->input->is_compressed) return next_plain(task, stream);
  if (find_kept(stream)) return VONK_OK;
  TRY(vonk_file_window_look(task, &stream->window, CHUNK_HEADER, &bytes, &got));
  if (got < CHUNK_HEADER) return orc_stream_fail(task, stream, "a chunk's header is cut off");
  uint32_t header = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16, size = header >> 1;
  TRY(vonk_file_window_look(task, &stream->window, CHUNK_HEADER + size, &bytes, &got));
  if (got < CHUNK_HEADER + size) return orc_stream_fail(task, stream, "a chunk is longer than its stream");
  bytes += CHUNK_HEADER;
  if (header & 1) stream->at = bytes, stream->limit = bytes + size;
  else TRY(unpack(task, stream, bytes, size));
  stream->window.offset += CHUNK_HEADER + size;
  return VONK_OK;
}

static STATUS make_room(struct vonk_task *task, struct orc_stream *stream, size_t used, size_t size) {
  if (stream->joined && stream->joined->capacity >= size) return VONK_OK;
  if (!stream->joined) return vonk_buffer_create(task->budget, size < PLAIN_WINDOW ? PLAIN_WINDOW : size, &stream->joined);
  stream->joined->size = used;
  size_t twice = 2 * stream->joined->capacity;
  return vonk_buffer_grow(&stream->joined, size > twice ? size : twice);
}

/* Room grows with what arrives, so that a length that lies takes no more than the stream has. */
STATUS orc_stream_join(struct vonk_task *task, struct orc_stream *stream, size_t size, const uint8_t **out) {
  size_t done = 0;
  while (stream->at == stream->limit && size > 0) TRY(orc_stream_next_chunk(task, stream));
  if ((size_t)(stream->limit - stream->at) >= size) {
    *out = stream->at;
    stream->at += size;
    return VONK_OK;
  }
  while (done < size) {
    size_t left = (size_t)(stream->limit - stream->at), step = left < size - done ? left : size - done;
    TRY(make_room(task, stream, done, done + step));
    memcpy(stream->joined->data + done, stream->at, step);
    stream->at += step, done += step;
    if (done < size) TRY(orc_stream_next_chunk(task, stream));
  }
  *out = stream->joined->data;
  return VONK_OK;
}

STATUS orc_stream_varint(struct vonk_task *task, struct orc_stream *stream, uint64_t *out) {
  uint8_t byte;
  *out = 0;
  for (uint32_t shift = 0; shift < 64; shift += 7) {
    TRY(orc_stream_byte(task, stream, &byte));
    *out |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) return VONK_OK;
  }
  return orc_stream_fail(task, stream, "a number is too long");
}

STATUS orc_stream_skip(struct vonk_task *task, struct orc_stream *stream, uint64_t size) {
  for (;;) {
    uint64_t left = (uint64_t)(stream->limit - stream->at), step = left < size ? left : size;
    stream->at += step, size -= step;
    if (size == 0) return VONK_OK;
    TRY(orc_stream_next_chunk(task, stream));
  }
}

STATUS orc_stream_seek(struct vonk_task *task, struct orc_stream *stream, uint64_t chunk, uint64_t inner) {
  uint64_t size = stream->window.end - stream->start;
  if (chunk > size) return orc_stream_fail(task, stream, "a row index points outside of its stream");
  stream->window.offset = stream->start + chunk;
  stream->at = stream->limit;
  if (inner > 0) TRY(orc_stream_next_chunk(task, stream));
  if (inner > (uint64_t)(stream->limit - stream->at)) return orc_stream_fail(task, stream, "a row index points outside of its chunk");
  stream->at += inner;
  return VONK_OK;
}

STATUS orc_input_read(struct vonk_task *task, struct orc_input *input, uint64_t offset, uint64_t size, size_t limit, struct vonk_buffer **out) {
  struct orc_stream stream;
  enum vonk_status status = VONK_OK;
  orc_stream_open(input, (struct vonk_str){0}, (struct orc_stream_place){offset, size}, &stream);
  size_t used = 0;
  while (status == VONK_OK && stream.window.offset < stream.window.end) {
    status = orc_stream_next_chunk(task, &stream);
    size_t got = (size_t)(stream.limit - stream.at);
    if (status == VONK_OK && got > limit - used) status = orc_stream_fail(task, &stream, "its metadata is too large");
    if (status == VONK_OK) status = make_room(task, &stream, used, used + got);
    if (status == VONK_OK && got) memcpy(stream.joined->data + used, stream.at, got);
    used += status == VONK_OK ? got : 0;
  }
  if (status == VONK_OK && !stream.joined) status = vonk_buffer_create(task->budget, 1, &stream.joined);
  if (status == VONK_OK) {
    *out = stream.joined;
    (*out)->size = used;
    stream.joined = NULL;
  }
  orc_stream_close(&stream);
  return status;
}
