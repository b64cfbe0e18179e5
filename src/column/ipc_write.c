/* ipc_write.c: pieces of streams: how many rows one takes, and its messages.
 *
 * A piece's body is the columns' buffers as they were filled: they are handed out as parts, each with the zeros that bring it to
 * a multiple of 8 bytes, which the padding of buffers has room for. What rows take is counted before they are copied.
 */
#include "base/bits.h"
#include "column/ipc_internal.h"
#include "wire/compress.h"

/* Offsets of 32 bits, and the largest message of gRPC's clients; some room is left for metadata. */
enum { PIECE_MAX = INT32_MAX - (1 << 20), ALIGNMENT = 8 };

struct vonk_ipc_writer {
  struct vonk_arena *arena;
  struct vonk_ipc_options options;
  struct ipc_column *root;
  struct vonk_str schema;
  uint32_t node_count, buffer_count; /* of a record batch */
  uint64_t overhead;                 /* bytes of a piece without rows, at the most */
  uint64_t row_count, bits;          /* of the piece so far */
  uint64_t fixed_bits;               /* of a row */
  bool varies;
  uint32_t *live;                    /* scratch, VONK_BATCH_ROWS */
  uint64_t *sizes;
};

struct vonk_str ipc_frame(struct vonk_arena *arena, struct vonk_str text) {
  size_t size = (text.size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  char *frame = vonk_arena_alloc(arena, 8 + size);
  uint32_t marks[2] = {IPC_CONTINUATION, (uint32_t)size};
  memcpy(frame, marks, 8);
  memcpy(frame + 8, text.data, text.size);
  return vonk_str_make(frame, 8 + size);
}

STATUS vonk_ipc_schema(struct vonk_task *task, const struct vonk_type *type, const struct vonk_ipc_options *options, struct vonk_str *out) {
  *out = ipc_write_schema(task->arena, ipc_column_create(task->arena, type, options), options);
  return VONK_OK;
}

/* --- the writer --- */

static uint32_t buffers_of(const struct ipc_column *column) {
  switch (column->kind) {
    case KIND_NULL: return 0;
    case KIND_STRUCT: return 1;
    case KIND_UTF8:
    case KIND_BINARY:
    case KIND_LARGE_UTF8:
    case KIND_LARGE_BINARY: return 3;
    default: return 2;
  }
}

static void count_parts(struct vonk_ipc_writer *writer, const struct ipc_column *column) {
  for (uint32_t i = 0; i < column->child_count; i++) {
    writer->node_count++;
    writer->buffer_count += buffers_of(&column->children[i]);
    count_parts(writer, &column->children[i]);
  }
}

STATUS vonk_ipc_writer_create(struct vonk_task *task, const struct vonk_type *type, const struct vonk_ipc_options *options, struct vonk_ipc_writer **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_ipc_writer *writer = ARENA_NEW(arena, struct vonk_ipc_writer);
  writer->arena = arena;
  writer->options = *options;
  writer->options.zone_id = vonk_str_copy(arena, options->zone_id);
  writer->root = ipc_column_create(arena, type, options);
  writer->schema = ipc_write_schema(arena, writer->root, options);
  count_parts(writer, writer->root);
  /* 128: the fixed part of a record batch's message; 16: per buffer its place, padding and offsets' first entry. */
  writer->overhead = writer->schema.size + 128 + 16 * (uint64_t)writer->node_count + (16 + 16) * (uint64_t)writer->buffer_count + 8;
  writer->fixed_bits = ipc_column_fixed_bits(writer->root);
  writer->varies = ipc_column_varies(writer->root);
  writer->live = ARENA_ARRAY(arena, uint32_t, VONK_BATCH_ROWS);
  writer->sizes = ARENA_ARRAY(arena, uint64_t, VONK_BATCH_ROWS);
  *out = writer;
  return VONK_OK;
}

void vonk_ipc_writer_destroy(struct vonk_ipc_writer *writer) {
  if (!writer) return;
  ipc_column_release(writer->root);
  vonk_arena_destroy(writer->arena);
}

/* --- rows --- */

static void add_sizes(const struct vonk_ipc_writer *writer, const struct vonk_batch *batch, struct ipc_rows rows, uint64_t *sizes, uint32_t step) {
  if (!writer->varies) return;
  for (uint32_t c = 0; c < batch->column_count; c++) ipc_column_add_sizes(&writer->root->children[c], &batch->columns[c], rows, sizes, step);
}

/* The first of ROWS that LEFT bits are enough for, LEAST at any rate; *BITS is what they take. */
static uint32_t cut_rows(const struct vonk_ipc_writer *writer, const struct vonk_batch *batch, struct ipc_rows rows, uint32_t least, uint64_t left, uint64_t *bits) {
  uint32_t count = 0;
  memset(writer->sizes, 0, rows.count * sizeof *writer->sizes);
  add_sizes(writer, batch, rows, writer->sizes, 1);
  for (*bits = 0; count < rows.count; count++) {
    uint64_t more = writer->fixed_bits + writer->sizes[count];
    if (count >= least && *bits + more > left) break;
    *bits += more;
  }
  return count;
}

/* How many of ROWS the piece has room for, one at least when it is empty. Counts their bits. */
static uint32_t rows_that_fit(struct vonk_ipc_writer *writer, const struct vonk_batch *batch, struct ipc_rows rows) {
  const struct vonk_ipc_options *options = &writer->options;
  uint64_t byte_limit = options->byte_limit && options->byte_limit < PIECE_MAX ? options->byte_limit : PIECE_MAX;
  uint64_t limit = byte_limit > writer->overhead ? 8 * (byte_limit - writer->overhead) : 0;
  uint64_t left = limit > writer->bits ? limit - writer->bits : 0, more = 0;
  if (options->row_limit && rows.count > options->row_limit - writer->row_count) rows.count = (uint32_t)(options->row_limit - writer->row_count);
  add_sizes(writer, batch, rows, &more, 0);
  uint64_t bits = rows.count * writer->fixed_bits + more;
  if (bits > left) rows.count = cut_rows(writer, batch, rows, writer->row_count == 0, left, &bits);
  writer->bits += bits;
  return rows.count;
}

STATUS vonk_ipc_writer_append(struct vonk_task *task, struct vonk_ipc_writer *writer, const struct vonk_batch *batch, uint32_t *position) {
  struct ipc_rows rows = {.first = *position, .count = batch->live_count - *position};
  ASSERT(*position <= batch->live_count && batch->column_count == writer->root->child_count);
  if (batch->live && batch->live_count != batch->row_count) {
    vonk_bits_indexes(batch->live, batch->row_count, writer->live);
    rows = (struct ipc_rows){.indexes = writer->live + *position, .count = rows.count};
  }
  rows.count = rows_that_fit(writer, batch, rows);
  if (rows.count == 0) return VONK_OK;
  for (uint32_t c = 0; c < batch->column_count; c++) TRY(ipc_column_append(task, &writer->root->children[c], &batch->columns[c], rows));
  writer->row_count += rows.count;
  *position += rows.count;
  return VONK_OK;
}

uint64_t vonk_ipc_writer_row_count(const struct vonk_ipc_writer *writer) { return writer->row_count; }

bool vonk_ipc_writer_full(const struct vonk_ipc_writer *writer) {
  return writer->options.row_limit && writer->row_count >= writer->options.row_limit;
}

/* --- pieces --- */

/* A record batch on its way into a piece. */
struct assembly {
  struct vonk_task *task;
  struct vonk_ipc_writer *writer;
  struct vonk_ipc_piece *piece;
  struct vonk_flatbuffer_writer message;
  struct vonk_compressor compressor;
  uint32_t nodes, buffers; /* where the next stands in the message */
  uint64_t body_size;
};

static enum vonk_codec codec_of(enum vonk_ipc_codec codec) {
  return codec == VONK_IPC_LZ4 ? VONK_CODEC_LZ4_FRAME : codec == VONK_IPC_ZSTD ? VONK_CODEC_ZSTD : VONK_CODEC_NONE;
}

/* BUFFER behind its size when taken apart, or behind -1 as it is where that is no smaller. Releases it. */
static STATUS compress_buffer(struct assembly *a, struct vonk_buffer **buffer) {
  enum vonk_codec codec = codec_of(a->writer->options.codec);
  struct vonk_buffer *from = *buffer, *made;
  size_t bound = vonk_compress_bound(codec, from->size);
  *buffer = NULL;
  enum vonk_status status = vonk_buffer_create(a->task->budget, 8 + (bound > from->size ? bound : from->size), &made);
  if (status == VONK_OK) {
    size_t size = vonk_compressor_run(&a->compressor, from->data, from->size, made->data + 8, made->capacity - 8);
    int64_t told = size && size < from->size ? (int64_t)from->size : -1;
    if (told < 0) memcpy(made->data + 8, from->data, size = from->size);
    memcpy(made->data, &told, 8);
    made->size = 8 + size;
    *buffer = made;
  }
  vonk_buffer_release(from);
  return status;
}

/* Takes over *BUFFER, which may be NULL. */
static STATUS add_buffer(struct assembly *a, struct vonk_buffer **buffer, size_t *expected) {
  if (*buffer) *expected = (*buffer)->size;
  bool empty = !*buffer || (*buffer)->size == 0;
  if (!empty && a->writer->options.codec != VONK_IPC_PLAIN) TRY(compress_buffer(a, buffer));
  uint64_t size = empty ? 0 : (*buffer)->size, padded = (size + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
  vonk_flatbuffer_put_i64(&a->message, a->buffers, (int64_t)a->body_size);
  vonk_flatbuffer_put_i64(&a->message, a->buffers + 8, (int64_t)size);
  a->buffers += BUFFER_SIZE;
  a->body_size += padded;
  if (empty) {
    vonk_buffer_release(*buffer);
  } else {
    memset((*buffer)->data + size, 0, padded - size);
    a->piece->buffers[a->piece->buffer_count++] = *buffer;
    a->piece->parts[a->piece->part_count++] = vonk_str_make((const char *)(*buffer)->data, padded);
  }
  *buffer = NULL;
  return VONK_OK;
}

static STATUS add_column(struct assembly *a, struct ipc_column *column) {
  uint32_t count = buffers_of(column);
  if (count >= 2 && (column->kind == KIND_LIST || column->kind == KIND_MAP || count == 3) && !column->values) {
    TRY(vonk_buffer_create(a->task->budget, 8, &column->values)); /* no rows: one offset all the same */
    column->values->size = ipc_column_value_size(column);
    memset(column->values->data, 0, 8);
  }
  if (column->null_count == 0 && column->validity) column->validity->size = 0;
  else if (column->validity) column->validity->size = (column->row_count + 7) / 8;
  if (column->kind == KIND_BOOL && column->values) column->values->size = (column->row_count + 7) / 8;
  vonk_flatbuffer_put_i64(&a->message, a->nodes, (int64_t)column->row_count);
  vonk_flatbuffer_put_i64(&a->message, a->nodes + 8, (int64_t)column->null_count);
  a->nodes += NODE_SIZE;
  if (count > 0) TRY(add_buffer(a, &column->validity, &column->expected[0]));
  if (count > 1) TRY(add_buffer(a, &column->values, &column->expected[1]));
  if (count > 2) TRY(add_buffer(a, &column->bytes, &column->expected[2]));
  column->row_count = column->null_count = 0;
  for (uint32_t i = 0; i < column->child_count; i++) TRY(add_column(a, &column->children[i]));
  return VONK_OK;
}

/* The message around the batch; returns where the size of the body goes. */
static struct vonk_flatbuffer_made start_batch(struct assembly *a) {
  struct vonk_flatbuffer_writer *w = &a->message;
  enum vonk_ipc_codec codec = a->writer->options.codec;
  vonk_flatbuffer_init(w, a->piece->arena);
  const uint8_t message_sizes[] = {[MESSAGE_VERSION] = 2, [MESSAGE_HEADER_KIND] = 1, [MESSAGE_HEADER] = 4, [MESSAGE_BODY_SIZE] = 8};
  struct vonk_flatbuffer_made message = vonk_flatbuffer_add_table(w, 0, message_sizes, sizeof message_sizes);
  vonk_flatbuffer_put(w, &message, MESSAGE_VERSION, 2, IPC_VERSION_5);
  vonk_flatbuffer_put(w, &message, MESSAGE_HEADER_KIND, 1, HEADER_BATCH);
  const uint8_t batch_sizes[] = {[BATCH_LENGTH] = 8, [BATCH_NODES] = 4, [BATCH_BUFFERS] = 4, [BATCH_COMPRESSION] = codec ? 4 : 0};
  struct vonk_flatbuffer_made batch = vonk_flatbuffer_add_table(w, vonk_flatbuffer_place(&message, MESSAGE_HEADER), batch_sizes, sizeof batch_sizes);
  vonk_flatbuffer_put(w, &batch, BATCH_LENGTH, 8, (int64_t)a->writer->row_count);
  a->nodes = vonk_flatbuffer_put_vector(w, &batch, BATCH_NODES, a->writer->node_count, NODE_SIZE);
  a->buffers = vonk_flatbuffer_put_vector(w, &batch, BATCH_BUFFERS, a->writer->buffer_count, BUFFER_SIZE);
  if (codec) {
    struct vonk_flatbuffer_made compression =
        vonk_flatbuffer_add_table(w, vonk_flatbuffer_place(&batch, BATCH_COMPRESSION), (const uint8_t[]){[COMPRESSION_CODEC] = 1, [COMPRESSION_METHOD] = 1}, 2);
    vonk_flatbuffer_put(w, &compression, COMPRESSION_CODEC, 1, codec == VONK_IPC_ZSTD ? CODEC_ZSTD : CODEC_LZ4_FRAME);
  }
  return message;
}

static STATUS assemble(struct assembly *a) {
  struct vonk_ipc_writer *writer = a->writer;
  struct vonk_ipc_piece *piece = a->piece;
  static const uint32_t end[2] = {IPC_CONTINUATION, 0};
  piece->parts = ARENA_ARRAY(piece->arena, struct vonk_str, writer->buffer_count + 3);
  piece->buffers = ARENA_ARRAY(piece->arena, struct vonk_buffer *, writer->buffer_count);
  piece->parts[0] = vonk_str_copy(piece->arena, writer->schema);
  piece->part_count = 2;
  piece->row_count = writer->row_count;
  struct vonk_flatbuffer_made message = start_batch(a);
  for (uint32_t c = 0; c < writer->root->child_count; c++) TRY(add_column(a, &writer->root->children[c]));
  vonk_flatbuffer_put(&a->message, &message, MESSAGE_BODY_SIZE, 8, (int64_t)a->body_size);
  piece->parts[1] = ipc_frame(piece->arena, vonk_text_str(&a->message.text));
  piece->parts[piece->part_count++] = vonk_str_make((const char *)end, sizeof end);
  for (uint32_t i = 0; i < piece->part_count; i++) piece->byte_size += piece->parts[i].size;
  writer->row_count = writer->bits = 0;
  return VONK_OK;
}

STATUS vonk_ipc_writer_take(struct vonk_task *task, struct vonk_ipc_writer *writer, struct vonk_ipc_piece **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct assembly a = {.task = task, .writer = writer, .piece = ARENA_NEW(arena, struct vonk_ipc_piece)};
  a.piece->arena = arena;
  vonk_compressor_init(&a.compressor, codec_of(writer->options.codec), writer->options.level ? writer->options.level : -1);
  enum vonk_status status = assemble(&a);
  vonk_compressor_deinit(&a.compressor);
  *out = status == VONK_OK ? a.piece : NULL;
  if (status != VONK_OK) vonk_ipc_piece_destroy(a.piece);
  return status;
}

void vonk_ipc_piece_destroy(struct vonk_ipc_piece *piece) {
  if (!piece) return;
  for (uint32_t i = 0; i < piece->buffer_count; i++) vonk_buffer_release(piece->buffers[i]);
  vonk_arena_destroy(piece->arena);
}
