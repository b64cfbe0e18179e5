/* ipc_read_array.c: a record batch's buffers as arrays of the C data interface, checked.
 *
 * What comes out keeps the promises that arrays from the same process keep: buffers are as long as their lengths need, offsets
 * rise and end inside what they count, views lie inside their buffers. Then arrow_import.c may read them.
 */
#include <stdlib.h>

#include "base/bits.h"
#include "column/ipc_internal.h"
#include "wire/compress.h"

/* ROWS_FREE: more rows than that need a bit each somewhere in the data. EXPANSION_MAX: no codec reaches further. SLACK: what the
 * last values of a body are read beyond their end, 64 values of 16 bytes. */
enum { ROWS_FREE = 1 << 20, EXPANSION_MAX = 1 << 16, SLACK = 1024 };

struct array_reader {
  struct vonk_task *task;
  struct vonk_ipc_reader *reader;
  struct vonk_arena *arena;
  const struct vonk_flatbuffer *r;
  struct vonk_flatbuffer_vector nodes, buffers, variadic;
  uint32_t node, buffer, variable; /* the next of each */
  struct vonk_str *spans;          /* the buffers, taken apart */
  int64_t rows_max;
  struct arrow_memory *memory;
};

static STATUS broken(struct array_reader *a, const char *what) { return ipc_malformed(a->task, what); }

/* --- bodies --- */

/* Where buffer I stands in the body. */
static STATUS find_span(struct array_reader *a, struct vonk_str body, uint32_t i, struct vonk_str *out) {
  uint32_t place = a->buffers.position + i * BUFFER_SIZE;
  int64_t offset = vonk_flatbuffer_i64(a->r, place), size = vonk_flatbuffer_i64(a->r, place + 8);
  bool inside = offset >= 0 && size >= 0 && (uint64_t)offset <= body.size && (uint64_t)size <= body.size - (uint64_t)offset;
  if (!inside) return broken(a, "a buffer that lies outside of its message");
  *out = vonk_str_make(body.data + offset, (size_t)size);
  return VONK_OK;
}

/* The size of a compressed buffer when taken apart; RAW: it was kept as it is, behind its first 8 bytes. */
static STATUS whole_size(struct array_reader *a, struct vonk_str span, uint64_t *size, bool *raw) {
  int64_t told;
  *size = 0;
  *raw = false;
  if (span.size == 0) return VONK_OK;
  if (span.size < 8) return broken(a, "a compressed buffer without its size");
  memcpy(&told, span.data, 8);
  *raw = told == -1;
  *size = *raw ? span.size - 8 : (uint64_t)told;
  if (*size > (uint64_t)EXPANSION_MAX * span.size) return broken(a, "a compressed buffer that is too large");
  return VONK_OK;
}

static uint64_t padded(uint64_t size) { return (size + VONK_BUFFER_ALIGNMENT - 1) & ~(uint64_t)(VONK_BUFFER_ALIGNMENT - 1); }

static STATUS decompress(struct array_reader *a, enum vonk_codec codec, struct vonk_buffer **body) {
  uint64_t total = SLACK;
  for (uint32_t i = 0; i < a->buffers.count; i++) {
    uint64_t size;
    bool raw;
    TRY(whole_size(a, a->spans[i], &size, &raw));
    total += padded(size);
    if (total > (uint64_t)INT64_MAX / 2) return broken(a, "a compressed buffer that is too large");
  }
  TRY(vonk_buffer_create(a->task->budget, total, body));
  uint8_t *at = (*body)->data;
  for (uint32_t i = 0; i < a->buffers.count; i++) {
    uint64_t size;
    bool raw;
    struct vonk_str span = a->spans[i];
    TRY(vonk_task_check(a->task));
    TRY(whole_size(a, span, &size, &raw));
    bool fine = span.size == 0 || vonk_decompress(raw ? VONK_CODEC_NONE : codec, (const uint8_t *)span.data + 8, span.size - 8, at, size);
    if (!fine) return broken(a, "a compressed buffer that cannot be taken apart");
    memset(at + size, 0, padded(size) - size);
    a->spans[i] = vonk_str_make((const char *)at, size);
    at += padded(size);
  }
  memset(at, 0, SLACK);
  a->memory->end = at + SLACK;
  return VONK_OK;
}

/* Finds all buffers, in the data, or in *BODY when they were compressed. */
static STATUS read_body(struct array_reader *a, struct ipc_message *message, const struct vonk_flatbuffer_table *batch, struct vonk_buffer **body) {
  struct vonk_flatbuffer_table compression;
  struct vonk_str data = a->reader->data;
  bool compressed = vonk_flatbuffer_table(&message->flatbuffer, batch, BATCH_COMPRESSION, &compression);
  int64_t codec = compressed ? vonk_flatbuffer_integer(&message->flatbuffer, &compression, COMPRESSION_CODEC, 1, CODEC_LZ4_FRAME) : 0;
  a->memory->end = (const uint8_t *)data.data + data.size;
  if (compressed && codec != CODEC_LZ4_FRAME && codec != CODEC_ZSTD) return vonk_unsupported(a->task, NULL, "this compression of Arrow data");
  a->spans = ARENA_ARRAY(a->arena, struct vonk_str, a->buffers.count);
  for (uint32_t i = 0; i < a->buffers.count; i++) TRY(find_span(a, message->body, i, &a->spans[i]));
  return compressed ? decompress(a, codec == CODEC_ZSTD ? VONK_CODEC_ZSTD : VONK_CODEC_LZ4_FRAME, body) : VONK_OK;
}

/* --- arrays --- */

static STATUS next_buffer(struct array_reader *a, uint64_t least, struct vonk_str *out) {
  static const char nothing[8]; /* what buffers that are empty for want of rows point to */
  if (a->buffer == a->buffers.count) return broken(a, "fewer buffers than fields need");
  *out = a->spans[a->buffer++];
  if (out->size < least) return broken(a, "a buffer shorter than its rows need");
  if (out->size == 0) out->data = nothing;
  return VONK_OK;
}

/* Offsets 0..length rise and end inside LIMIT. Without rows there may be none. */
static STATUS read_offsets(struct array_reader *a, struct ArrowArray *out, bool large, uint64_t *last) {
  struct vonk_str span;
  size_t size = large ? 8 : 4;
  *last = 0;
  TRY(next_buffer(a, out->length ? ((uint64_t)out->length + 1) * size : 0, &span));
  out->buffers[1] = span.data;
  if (out->length == 0) return VONK_OK;
  int64_t before = 0, bad = 0;
  for (int64_t i = 0; i <= out->length; i++) {
    int64_t offset;
    int32_t narrow;
    if (large) memcpy(&offset, span.data + 8 * i, 8);
    else memcpy(&narrow, span.data + 4 * i, 4), offset = narrow;
    bad |= offset < before;
    before = offset;
  }
  if (bad) return broken(a, "offsets that do not rise");
  *last = (uint64_t)before;
  return VONK_OK;
}

static bool row_valid(const struct ArrowArray *array, int64_t i) {
  const uint8_t *bits = array->null_count ? array->buffers[0] : NULL;
  return !bits || (bits[i >> 3] >> (i & 7) & 1);
}

static STATUS read_views(struct array_reader *a, struct ArrowArray *out) {
  struct vonk_str views, span;
  TRY(next_buffer(a, (uint64_t)out->length * 16, &views));
  out->buffers[1] = views.data;
  if (a->variable == a->variadic.count) return broken(a, "views without the number of their buffers");
  int64_t count = vonk_flatbuffer_i64(a->r, a->variadic.position + 8 * a->variable++);
  if (count < 0 || count > a->buffers.count - a->buffer) return broken(a, "fewer buffers than fields need");
  const void **buffers = ARENA_ARRAY(a->arena, const void *, (size_t)count + 2);
  memcpy(buffers, out->buffers, 2 * sizeof *buffers);
  uint32_t first = a->buffer;
  for (int64_t k = 0; k < count; k++) {
    TRY(next_buffer(a, 0, &span));
    buffers[2 + k] = span.data;
  }
  out->buffers = buffers;
  out->n_buffers = count + 2;
  for (int64_t i = 0; i < out->length; i++) {
    struct {
      int32_t size, prefix, buffer, offset;
    } view;
    memcpy(&view, views.data + 16 * i, 16);
    if (!row_valid(out, i) || (view.size >= 0 && view.size <= VONK_VIEW_INLINE)) continue;
    bool known = view.size >= 0 && view.offset >= 0 && view.buffer >= 0 && view.buffer < count;
    if (!known || (uint64_t)view.offset + (uint64_t)view.size > a->spans[first + (uint32_t)view.buffer].size) {
      return broken(a, "a view that lies outside of its buffer");
    }
  }
  return VONK_OK;
}

/* Bits of a value of a fixed width. */
static uint64_t value_bits(const char *format) {
  switch (format[0]) {
    case 'b': return 1;
    case 'c':
    case 'C': return 8;
    case 's':
    case 'S':
    case 'e': return 16;
    case 'i':
    case 'I':
    case 'f': return 32;
    case 'd': return strtoul(strrchr(format, ',') + 1, NULL, 10);
    case 'w': return 8 * strtoul(format + 2, NULL, 10);
    case 't':
      if (!strcmp(format, "tdD") || !strcmp(format, "tiM") || !strcmp(format, "tts") || !strcmp(format, "ttm")) return 32;
      return strcmp(format, "tin") == 0 ? 128 : 64;
    default: return 64;
  }
}

static STATUS read_array(struct array_reader *a, const struct ArrowSchema *schema, struct ArrowArray *out);

/* Children of LEAST rows and more. */
static STATUS read_children(struct array_reader *a, const struct ArrowSchema *schema, uint64_t least, struct ArrowArray *out) {
  struct ArrowArray *children = ARENA_ARRAY(a->arena, struct ArrowArray, (size_t)schema->n_children);
  out->n_children = schema->n_children;
  out->children = ARENA_ARRAY(a->arena, struct ArrowArray *, (size_t)schema->n_children);
  for (int64_t i = 0; i < schema->n_children; i++) {
    out->children[i] = &children[i];
    TRY(read_array(a, schema->children[i], &children[i]));
    if ((uint64_t)children[i].length < least) return broken(a, "a child with fewer rows than its parent needs");
  }
  return VONK_OK;
}

static STATUS read_nested(struct array_reader *a, const struct ArrowSchema *schema, struct ArrowArray *out) {
  const char *format = schema->format;
  uint64_t last = (uint64_t)out->length;
  out->n_buffers = format[1] == 's' || format[1] == 'w' ? 1 : 2;
  if (format[1] == 'w') {
    if (__builtin_mul_overflow(last, strtoul(format + 3, NULL, 10), &last) || last > INT64_MAX) return broken(a, "lists that are too long");
  } else if (format[1] != 's') {
    TRY(read_offsets(a, out, format[1] == 'L', &last));
  }
  return read_children(a, schema, last, out);
}

static STATUS read_strings(struct array_reader *a, const char *format, struct ArrowArray *out) {
  uint64_t last;
  struct vonk_str bytes;
  TRY(read_offsets(a, out, format[0] == 'U' || format[0] == 'Z', &last));
  TRY(next_buffer(a, last, &bytes));
  out->buffers[2] = bytes.data;
  out->n_buffers = 3;
  return VONK_OK;
}

static STATUS read_validity(struct array_reader *a, struct ArrowArray *out) {
  struct vonk_str bits;
  TRY(next_buffer(a, 0, &bits));
  if (out->null_count == 0) return VONK_OK;
  if (bits.size < ((uint64_t)out->length + 7) / 8) return broken(a, "a buffer shorter than its rows need");
  out->buffers[0] = bits.data;
  return VONK_OK;
}

static STATUS read_values(struct array_reader *a, const struct ArrowSchema *schema, struct ArrowArray *out) {
  struct ipc_values *values = schema->private_data;
  struct vonk_str span;
  uint64_t bits;
  if (__builtin_mul_overflow((uint64_t)out->length, value_bits(schema->format), &bits)) return broken(a, "values that are too long");
  TRY(next_buffer(a, bits / 8 + (bits % 8 != 0), &span));
  out->buffers[1] = span.data;
  if (!schema->dictionary) return VONK_OK;
  if (!values->array) return broken(a, "a dictionary-encoded column before its dictionary");
  out->dictionary = values->array;
  return VONK_OK;
}

static STATUS read_array(struct array_reader *a, const struct ArrowSchema *schema, struct ArrowArray *out) {
  if (a->node == a->nodes.count) return broken(a, "fewer columns than the schema has");
  uint32_t place = a->nodes.position + NODE_SIZE * a->node++;
  const char *format = schema->format;
  *out = (struct ArrowArray){.length = vonk_flatbuffer_i64(a->r, place), .null_count = vonk_flatbuffer_i64(a->r, place + 8), .n_buffers = 2};
  out->buffers = ARENA_ARRAY(a->arena, const void *, 3);
  out->private_data = a->memory;
  if (out->length < 0 || out->length > a->rows_max || out->null_count > out->length) return broken(a, "a number of rows that cannot be");
  if (format[0] == 'n') {
    out->n_buffers = 0;
    return VONK_OK;
  }
  TRY(read_validity(a, out));
  if (format[0] == '+') return read_nested(a, schema, out);
  if (format[0] == 'v') return read_views(a, out);
  if (strchr("uUzZ", format[0])) return read_strings(a, format, out);
  return read_values(a, schema, out);
}

STATUS ipc_read_arrays(struct vonk_task *task, struct vonk_ipc_reader *reader, struct ipc_message *message, const struct vonk_flatbuffer_table *batch,
                       const struct ArrowSchema *schema, struct vonk_arena *arena, struct vonk_buffer **body, struct ArrowArray *out) {
  struct vonk_flatbuffer *r = &message->flatbuffer;
  *body = NULL;
  struct array_reader a = {.task = task, .reader = reader, .arena = arena, .r = r, .memory = ARENA_NEW(arena, struct arrow_memory)};
  a.nodes = vonk_flatbuffer_vector(r, batch, BATCH_NODES, NODE_SIZE);
  a.buffers = vonk_flatbuffer_vector(r, batch, BATCH_BUFFERS, BUFFER_SIZE);
  a.variadic = vonk_flatbuffer_vector(r, batch, BATCH_VARIADIC, 8);
  int64_t length = vonk_flatbuffer_integer(r, batch, BATCH_LENGTH, 8, 0);
  a.rows_max = reader->data.size < ROWS_FREE / 8 ? ROWS_FREE : (int64_t)reader->data.size;
  /* What is compressed may hold more rows than the data has bits. */
  struct vonk_flatbuffer_table compression;
  uint64_t expansion = vonk_flatbuffer_table(r, batch, BATCH_COMPRESSION, &compression) ? EXPANSION_MAX : 1;
  if (__builtin_mul_overflow(a.rows_max, (int64_t)(8 * expansion), &a.rows_max) || a.rows_max > INT32_MAX) a.rows_max = INT32_MAX;
  if (r->failed || length < 0 || length > a.rows_max) return broken(&a, "a record batch that is not one");
  TRY(read_body(&a, message, batch, body));
  a.memory->body = *body;
  *out = (struct ArrowArray){.length = length, .n_buffers = 1, .buffers = ARENA_ARRAY(arena, const void *, 1), .private_data = a.memory};
  TRY(read_children(&a, schema, (uint64_t)length, out));
  if (r->failed) return broken(&a, "a record batch that is not one");
  return VONK_OK;
}
