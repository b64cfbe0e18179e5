/* ipc_read.c: the messages of a stream, or of a file in the order of its footer.
 *
 * A record batch becomes an array (ipc_read_array.c), which the reader of the C data interface hands out in batches; a
 * dictionary becomes the array that columns refer to from then on.
 */
#include "base/array.h"
#include "base/bytes.h"
#include "column/batch_internal.h"
#include "column/ipc_internal.h"

#define FILE_MAGIC STR("ARROW1")
enum { FILE_HEAD = 8, FILE_TAIL = 10 }; /* the magic padded; the footer's size and the magic */

STATUS ipc_malformed(struct vonk_task *task, const char *what) {
  return vonk_raise(task, VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION, NULL, "badRecord", vonk_str_format(task->arena, "Arrow data with %s", what),
                    "failFastMode", STR("FAILFAST"), NULL);
}

/* --- messages --- */

/* The message at *POSITION, which moves behind it. Kind 0 is the end of a stream: its marker, or that of the data. */
static STATUS read_message(struct vonk_task *task, const struct vonk_ipc_reader *reader, size_t *position, struct ipc_message *out) {
  struct vonk_bytes r = vonk_bytes_of(reader->data.data, reader->data.size);
  *out = (struct ipc_message){0};
  vonk_bytes_skip(&r, *position);
  if (vonk_bytes_end(&r)) return r.failed ? ipc_malformed(task, "a message outside of the data") : VONK_OK;
  uint32_t size = vonk_bytes_u32(&r);
  if (size == IPC_CONTINUATION) size = vonk_bytes_u32(&r); /* streams of old have no marker */
  if (!r.failed && size == 0) return VONK_OK;
  struct vonk_str metadata = vonk_bytes_str(&r, size);
  if (r.failed) return ipc_malformed(task, "a message that is cut off");
  out->flatbuffer = vonk_flatbuffer_of(metadata.data, metadata.size);
  struct vonk_flatbuffer_table message = vonk_flatbuffer_root(&out->flatbuffer);
  out->kind = (uint8_t)vonk_flatbuffer_integer(&out->flatbuffer, &message, MESSAGE_HEADER_KIND, 1, 0);
  int64_t body = vonk_flatbuffer_integer(&out->flatbuffer, &message, MESSAGE_BODY_SIZE, 8, 0);
  bool headed = vonk_flatbuffer_table(&out->flatbuffer, &message, MESSAGE_HEADER, &out->header);
  if (!headed || out->flatbuffer.failed || out->kind == 0) return ipc_malformed(task, "a message that is not one");
  if (body < 0 || (uint64_t)body > vonk_bytes_left(&r)) return ipc_malformed(task, "a message that is cut off");
  out->body = vonk_bytes_str(&r, (size_t)body);
  *position = r.position;
  return VONK_OK;
}

/* The next message of a stream, or the next block of a file: dictionaries before record batches. */
static STATUS next_message(struct vonk_task *task, struct vonk_ipc_reader *reader, struct ipc_message *out) {
  if (!reader->footer.data) return read_message(task, reader, &reader->position, out);
  *out = (struct ipc_message){0};
  uint32_t dictionaries = reader->dictionary_blocks.count, block = reader->block;
  if (block == dictionaries + reader->batch_blocks.count) return VONK_OK;
  reader->block++;
  uint32_t place = block < dictionaries ? reader->dictionary_blocks.position + BLOCK_SIZE * block : reader->batch_blocks.position + BLOCK_SIZE * (block - dictionaries);
  int64_t offset = vonk_flatbuffer_i64(&reader->footer, place);
  if (offset < FILE_HEAD || (uint64_t)offset >= reader->data.size) return ipc_malformed(task, "a message outside of the data");
  size_t position = (size_t)offset;
  TRY(read_message(task, reader, &position, out));
  return out->kind == 0 ? ipc_malformed(task, "a message that is not one") : VONK_OK;
}

/* --- dictionaries --- */

/* The dictionary's array lives as long as the reader: so does its memory. */
static void release_body(void *body) { vonk_buffer_release(body); }

/* Batches that use the values keep them. */
static void forget_values(struct vonk_arrow_reader *arrow, const struct ArrowArray *array) {
  for (size_t i = 0; array && i < arrow->dictionaries.count; i++) {
    if (arrow->dictionaries.items[i].array != array) continue;
    vonk_dictionary_release(arrow->dictionaries.items[i].dictionary);
    arrow->dictionaries.items[i] = arrow->dictionaries.items[--arrow->dictionaries.count];
    return;
  }
}

static STATUS read_dictionary(struct vonk_task *task, struct vonk_ipc_reader *reader, struct ipc_message *message) {
  struct vonk_flatbuffer *r = &message->flatbuffer;
  struct vonk_flatbuffer_table batch;
  int64_t id = vonk_flatbuffer_integer(r, &message->header, DICTIONARY_BATCH_ID, 8, 0);
  bool delta = vonk_flatbuffer_integer(r, &message->header, DICTIONARY_BATCH_DELTA, 1, 0) != 0;
  if (delta) return vonk_unsupported(task, NULL, "Arrow dictionaries sent in pieces");
  if (!vonk_flatbuffer_table(r, &message->header, DICTIONARY_BATCH_DATA, &batch)) return ipc_malformed(task, "a dictionary without values");
  for (size_t i = 0; i < reader->values.count; i++) {
    struct ipc_values *values = reader->values.items[i];
    if (values->id != id) continue;
    /* The values stand as the one column of a record batch. */
    struct ArrowSchema *column = (struct ArrowSchema *)(uintptr_t)values->schema;
    struct ArrowSchema wrap = {.format = "+s", .n_children = 1, .children = &column};
    struct ArrowArray array;
    struct vonk_buffer *body;
    enum vonk_status status = ipc_read_arrays(task, reader, message, &batch, &wrap, reader->arena, &body, &array);
    if (body) vonk_arena_on_reset(reader->arena, release_body, body);
    TRY(status);
    if (!reader->keeps_dictionaries) forget_values(&reader->arrow, values->array);
    values->array = array.children[0];
  }
  return VONK_OK;
}

/* --- rows --- */

STATUS ipc_next_batch(struct vonk_task *task, struct vonk_ipc_reader *reader, struct vonk_arena *arena, struct vonk_buffer **body, struct ArrowArray *out, bool *found) {
  struct ipc_message message;
  *found = false;
  *body = NULL; /* at the end too */
  while (true) {
    TRY(vonk_task_check(task));
    TRY(next_message(task, reader, &message));
    switch (message.kind) {
      case 0: return VONK_OK;
      case HEADER_DICTIONARY: TRY(read_dictionary(task, reader, &message)); break;
      case HEADER_BATCH: *found = true; return ipc_read_arrays(task, reader, &message, &message.header, &reader->schema, arena, body, out);
      default: return ipc_malformed(task, "a message that is neither rows nor a dictionary");
    }
  }
}

STATUS vonk_ipc_reader_next(struct vonk_task *task, struct vonk_ipc_reader *reader, struct vonk_owned_batch **out) {
  bool found = true;
  while (true) {
    TRY(vonk_arrow_reader_next(task, &reader->arrow, out));
    if (*out) return VONK_OK;
    reader->arrow.array = (struct ArrowArray){0};
    reader->arrow.next = 0;
    vonk_arena_reset(reader->batch_arena);
    vonk_buffer_release(reader->body);
    TRY(ipc_next_batch(task, reader, reader->batch_arena, &reader->body, &reader->arrow.array, &found));
    if (!found) return VONK_OK;
  }
}

/* --- the reader --- */

static STATUS start_stream(struct vonk_task *task, struct vonk_ipc_reader *reader) {
  struct ipc_message message;
  TRY(read_message(task, reader, &reader->position, &message));
  if (message.kind != HEADER_SCHEMA) return ipc_malformed(task, "no schema");
  return ipc_read_schema(task, reader, &message.flatbuffer, &message.header);
}

static STATUS start_file(struct vonk_task *task, struct vonk_ipc_reader *reader) {
  struct vonk_str data = reader->data;
  uint32_t size;
  struct vonk_flatbuffer_table schema;
  if (data.size < FILE_HEAD + FILE_TAIL || !vonk_str_ends_with(data, FILE_MAGIC)) return ipc_malformed(task, "a file that is cut off");
  memcpy(&size, data.data + data.size - FILE_TAIL, 4);
  if (size > data.size - FILE_HEAD - FILE_TAIL) return ipc_malformed(task, "a file whose end is not one");
  reader->footer = vonk_flatbuffer_of(data.data + data.size - FILE_TAIL - size, size);
  struct vonk_flatbuffer *r = &reader->footer;
  struct vonk_flatbuffer_table footer = vonk_flatbuffer_root(r);
  reader->dictionary_blocks = vonk_flatbuffer_vector(r, &footer, FOOTER_DICTIONARIES, BLOCK_SIZE);
  reader->batch_blocks = vonk_flatbuffer_vector(r, &footer, FOOTER_BATCHES, BLOCK_SIZE);
  if (!vonk_flatbuffer_table(r, &footer, FOOTER_SCHEMA, &schema)) return ipc_malformed(task, "no schema");
  return ipc_read_schema(task, reader, r, &schema);
}

static STATUS start(struct vonk_task *task, struct vonk_ipc_reader *reader) {
  bool file = vonk_str_starts_with(reader->data, FILE_MAGIC);
  TRY(file ? start_file(task, reader) : start_stream(task, reader));
  reader->arrow = (struct vonk_arrow_reader){.schema = &reader->schema, .arena = reader->arena, .in_place = true};
  return vonk_arrow_import_schema(task, &reader->schema, &reader->arrow.type);
}

STATUS vonk_ipc_reader_create(struct vonk_task *task, struct vonk_str data, struct vonk_ipc_reader **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_ipc_reader *reader = ARENA_NEW(arena, struct vonk_ipc_reader);
  reader->arena = arena;
  reader->data = data;
  reader->batch_arena = vonk_arena_create(task->budget);
  enum vonk_status status = start(task, reader);
  *out = status == VONK_OK ? reader : NULL;
  if (status != VONK_OK) vonk_ipc_reader_destroy(reader);
  return status;
}

const struct vonk_type *vonk_ipc_reader_type(const struct vonk_ipc_reader *reader) { return reader->arrow.type; }

void vonk_ipc_reader_destroy(struct vonk_ipc_reader *reader) {
  if (!reader) return;
  for (size_t i = 0; i < reader->arrow.dictionaries.count; i++) vonk_dictionary_release(reader->arrow.dictionaries.items[i].dictionary);
  vonk_buffer_release(reader->body);
  vonk_arena_destroy(reader->batch_arena);
  vonk_arena_destroy(reader->arena);
}
