/* grpc.c: fields, messages and trailers of gRPC. */
#include "wire/grpc.h"

#include <zlib.h>

#include "base/array.h"
#include "base/base64.h"
#include "base/bytes.h"

enum {
  FIRST_BYTES = 64 << 10,      /* of a message whose announced size has not come yet */
  INFLATE_FIRST_BYTES = 4 << 10,
  FIELD_OVERHEAD = 32,         /* of each field, RFC 9113, 6.5.2 */
  TRAILER_BYTES_MAX = 7936,    /* Google's client refuses some of what passes 8192, whatever it announces; less ":status" and so on */
  MESSAGE_BYTES_MIN = 512,     /* a message is not cut shorter for the sake of the details */
};

static const uint64_t century_ns = 100ull * 366 * 24 * 3600 * 1000000000;

/* --- base64 and percent-encoding --- */

/* Padding is accepted and may be left out. */
static bool base64_decode(struct vonk_arena *arena, struct vonk_str text, struct vonk_str *out) {
  for (int i = 0; i < 2 && text.size && text.data[text.size - 1] == '='; i++) text.size--;
  if (text.size % 4 == 1) return false;
  char *bytes = vonk_arena_alloc(arena, text.size / 4 * 3 + 3);
  size_t size = 0;
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size; i++) {
    int value = vonk_base64_digit(text.data[i]);
    if (value < 0) return false;
    bits = bits << 6 | (uint32_t)value;
    if (i % 4) bytes[size++] = (char)(bits >> (6 - 2 * (i % 4)));
  }
  *out = vonk_str_make(bytes, size);
  return true;
}

static struct vonk_str base64_encode(struct vonk_arena *arena, struct vonk_str bytes) {
  char *text = vonk_arena_alloc(arena, vonk_base64_size(bytes.size, false));
  return vonk_str_make(text, vonk_base64_encode(bytes, false, text));
}

static bool is_plain(char c) { return c >= 0x20 && c <= 0x7E && c != '%'; }

/* Stops before a character (all bytes of it) that would pass LIMIT. */
static struct vonk_str percent_encode(struct vonk_arena *arena, struct vonk_str message, size_t limit) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (size_t i = 0; i < message.size;) {
    size_t next = i;
    vonk_utf8_decode(message, &next);
    if (text.size + (is_plain(message.data[i]) ? 1 : 3 * (next - i)) > limit) break;
    for (; i < next; i++) {
      if (is_plain(message.data[i])) vonk_text_add_char(&text, message.data[i]);
      else vonk_text_addf(&text, "%%%02X", (uint8_t)message.data[i]);
    }
  }
  return vonk_text_str(&text);
}

/* --- requests --- */

/* Up to eight digits and a unit; more than a century is as good as that. */
static bool timeout_read(struct vonk_str text, uint64_t *out) {
  static const struct {
    char unit;
    uint64_t ns;
  } units[] = {{'H', 3600000000000u}, {'M', 60000000000u}, {'S', 1000000000u}, {'m', 1000000u}, {'u', 1000u}, {'n', 1u}};
  int64_t number;
  if (text.size < 2 || text.size > 9 || text.data[0] < '0' || text.data[0] > '9') return false;
  if (!vonk_str_to_int64(vonk_str_slice(text, 0, text.size - 1), &number)) return false;
  for (size_t i = 0; i < COUNT_OF(units); i++) {
    if (units[i].unit != text.data[text.size - 1]) continue;
    if (__builtin_mul_overflow((uint64_t)number, units[i].ns, out) || *out > century_ns) *out = century_ns;
    if (*out == 0) *out = 1;
    return true;
  }
  return false;
}

static bool is_grpc_content(struct vonk_str value) {
  static const struct vonk_str start = {"application/grpc", 16};
  if (!vonk_str_starts_with_nocase(value, start)) return false;
  return value.size == start.size || value.data[start.size] == '+' || value.data[start.size] == ';';
}

static bool encoding_read(struct vonk_str name, enum vonk_grpc_encoding *out) {
  if (vonk_str_equal(name, STR("identity"))) *out = VONK_GRPC_IDENTITY;
  else if (vonk_str_equal(name, STR("gzip"))) *out = VONK_GRPC_GZIP;
  else if (vonk_str_equal(name, STR("deflate"))) *out = VONK_GRPC_DEFLATE;
  else return false;
  return true;
}

static void metadata_add(struct vonk_arena *arena, const struct vonk_http2_field *field, struct vonk_grpc_request *out) {
  struct vonk_str value = field->value;
  if (vonk_str_ends_with(field->name, STR("-bin")) && !base64_decode(arena, field->value, &value)) return;
  out->metadata[out->metadata_count++] = (struct vonk_http2_field){field->name, value};
}

struct vonk_grpc_refusal vonk_grpc_request_read(struct vonk_arena *arena, const struct vonk_http2_field *fields, uint32_t count,
                                                struct vonk_grpc_request *out) {
  struct vonk_grpc_refusal refusal = {.http_status = 200};
  bool is_post = false, is_grpc = false;
  *out = (struct vonk_grpc_request){.metadata = ARENA_ARRAY(arena, struct vonk_http2_field, count)};
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_str name = fields[i].name, value = fields[i].value;
    if (vonk_str_equal(name, STR(":method"))) is_post = vonk_str_equal(value, STR("POST"));
    else if (vonk_str_equal(name, STR(":path"))) out->path = value;
    else if (vonk_str_equal(name, STR(":authority"))) out->authority = value;
    else if (vonk_str_equal(name, STR("content-type"))) is_grpc = is_grpc_content(value);
    else if (vonk_str_equal(name, STR("grpc-timeout"))) {
      if (!timeout_read(value, &out->timeout_ns)) refusal = (struct vonk_grpc_refusal){200, VONK_GRPC_INTERNAL, "malformed grpc-timeout"};
    } else if (vonk_str_equal(name, STR("grpc-encoding"))) {
      if (!encoding_read(value, &out->encoding)) {
        refusal = (struct vonk_grpc_refusal){200, VONK_GRPC_UNIMPLEMENTED, "messages may be packed by gzip or deflate only"};
      }
    } else if (name.size && name.data[0] != ':' && !vonk_str_equal(name, STR("te"))) metadata_add(arena, &fields[i], out);
  }
  if (!is_post) return (struct vonk_grpc_refusal){405, VONK_GRPC_INTERNAL, "gRPC calls are made by POST"};
  if (!is_grpc) return (struct vonk_grpc_refusal){415, VONK_GRPC_INTERNAL, "the content type is not application/grpc"};
  return refusal;
}

struct vonk_str vonk_grpc_metadata(const struct vonk_grpc_request *request, struct vonk_str name) {
  for (uint32_t i = 0; i < request->metadata_count; i++) {
    if (vonk_str_equal(request->metadata[i].name, name)) return request->metadata[i].value;
  }
  return (struct vonk_str){0};
}

/* --- messages --- */

void vonk_grpc_prefix(uint32_t byte_size, char out[VONK_GRPC_PREFIX_BYTES]) {
  uint32_t big = __builtin_bswap32(byte_size);
  out[0] = 0;
  memcpy(out + 1, &big, 4);
}

struct vonk_grpc_reader vonk_grpc_reader_of(struct vonk_budget *budget, uint64_t message_limit, enum vonk_grpc_encoding encoding) {
  return (struct vonk_grpc_reader){.budget = budget, .message_limit = message_limit, .encoding = encoding};
}

void vonk_grpc_reader_deinit(struct vonk_grpc_reader *reader) {
  vonk_buffer_release(reader->message);
  reader->message = NULL;
}

bool vonk_grpc_reader_is_partial(const struct vonk_grpc_reader *reader) { return reader->prefix_size > 0; }

static struct vonk_grpc_refusal refuse(enum vonk_grpc_code code, const char *message) {
  return (struct vonk_grpc_refusal){200, code, message};
}
static struct vonk_grpc_refusal refuse_size(void) {
  return refuse(VONK_GRPC_RESOURCE_EXHAUSTED, "a message is larger than this server takes");
}
static struct vonk_grpc_refusal refuse_memory(void) {
  return refuse(VONK_GRPC_RESOURCE_EXHAUSTED, "there is no memory for the request");
}

/* Room for at least one byte more, up to CAPACITY_MAX. */
static bool grow(struct vonk_buffer **buffer, size_t capacity_max) {
  if ((*buffer)->size < (*buffer)->capacity) return true;
  size_t capacity = 2 * (*buffer)->capacity;
  return vonk_buffer_grow(buffer, capacity < capacity_max ? capacity : capacity_max) == VONK_OK;
}

/* The stream is told of the end of the input by having no more of it: a cut stream ends with Z_BUF_ERROR. */
static struct vonk_grpc_refusal inflate_into(z_stream *stream, uint64_t limit, struct vonk_buffer **out) {
  for (;;) {
    if ((*out)->size > limit) return refuse_size();
    if (!grow(out, limit + 1)) return refuse_memory();
    size_t room = (*out)->capacity - (*out)->size;
    stream->next_out = (*out)->data + (*out)->size;
    stream->avail_out = (uInt)room;
    int answer = inflate(stream, Z_NO_FLUSH);
    (*out)->size += room - stream->avail_out;
    if (answer == Z_STREAM_END) break;
    if (answer == Z_MEM_ERROR) return refuse_memory();
    if (answer != Z_OK || (stream->avail_in == 0 && stream->avail_out)) return refuse(VONK_GRPC_INTERNAL, "a packed message is damaged");
  }
  if ((*out)->size > limit) return refuse_size();
  if (stream->avail_in) return refuse(VONK_GRPC_INTERNAL, "a packed message has bytes behind its end");
  return refuse(VONK_GRPC_OK, NULL);
}

struct vonk_grpc_refusal vonk_grpc_message_unpack(struct vonk_grpc_message *message, uint64_t message_limit) {
  enum { WINDOW_BITS = 15, ZLIB_OR_GZIP = 32 };
  if (!message->is_packed) return refuse(VONK_GRPC_OK, NULL);
  struct vonk_buffer *packed = message->bytes, *unpacked = NULL;
  z_stream stream = {.next_in = packed->data, .avail_in = (uInt)packed->size};
  struct vonk_grpc_refusal refusal = refuse_memory();
  if (vonk_buffer_create(packed->budget, INFLATE_FIRST_BYTES, &unpacked) == VONK_OK &&
      inflateInit2(&stream, WINDOW_BITS + ZLIB_OR_GZIP) == Z_OK) {
    refusal = inflate_into(&stream, message_limit, &unpacked);
    inflateEnd(&stream);
  }
  vonk_buffer_release(packed);
  if (refusal.code != VONK_GRPC_OK) {
    vonk_buffer_release(unpacked);
    unpacked = NULL;
  }
  *message = (struct vonk_grpc_message){.bytes = unpacked};
  return refusal;
}

static struct vonk_grpc_refusal prefix_read(struct vonk_grpc_reader *reader) {
  struct vonk_bytes prefix = vonk_bytes_of(reader->prefix, VONK_GRPC_PREFIX_BYTES);
  uint8_t flags = vonk_bytes_u8(&prefix);
  reader->message_size = vonk_bytes_u32_big(&prefix);
  if (flags > 1) return refuse(VONK_GRPC_INTERNAL, "a message has unknown flags");
  if (flags && reader->encoding == VONK_GRPC_IDENTITY) return refuse(VONK_GRPC_INTERNAL, "a packed message without grpc-encoding");
  if (reader->message_size > reader->message_limit) return refuse_size();
  size_t capacity = reader->message_size < FIRST_BYTES ? reader->message_size : FIRST_BYTES;
  if (vonk_buffer_create(reader->budget, capacity, &reader->message) != VONK_OK) return refuse_memory();
  return refuse(VONK_GRPC_OK, NULL);
}

static bool message_add(struct vonk_grpc_reader *reader, const uint8_t *bytes, size_t size) {
  struct vonk_buffer *message = reader->message;
  while (reader->message->capacity - message->size < size) {
    size_t needed = message->size + size, doubled = 2 * message->capacity;
    if (doubled > reader->message_size) doubled = reader->message_size;
    if (vonk_buffer_grow(&reader->message, needed > doubled ? needed : doubled) != VONK_OK) return false;
    message = reader->message;
  }
  memcpy(message->data + message->size, bytes, size);
  message->size += size;
  return true;
}

struct vonk_grpc_refusal vonk_grpc_reader_add(struct vonk_grpc_reader *reader, const uint8_t *bytes, size_t size, size_t *used,
                                              struct vonk_grpc_message *out) {
  *out = (struct vonk_grpc_message){0};
  *used = 0;
  while (reader->prefix_size < VONK_GRPC_PREFIX_BYTES) {
    if (*used == size) return refuse(VONK_GRPC_OK, NULL);
    reader->prefix[reader->prefix_size++] = bytes[(*used)++];
    if (reader->prefix_size < VONK_GRPC_PREFIX_BYTES) continue;
    struct vonk_grpc_refusal refusal = prefix_read(reader);
    if (refusal.code != VONK_GRPC_OK) return refusal;
  }
  size_t part = reader->message_size - reader->message->size;
  if (part > size - *used) part = size - *used;
  if (part && !message_add(reader, bytes + *used, part)) return refuse_memory();
  *used += part;
  if (reader->message->size < reader->message_size) return refuse(VONK_GRPC_OK, NULL);
  *out = (struct vonk_grpc_message){.bytes = reader->message, .is_packed = reader->prefix[0]};
  reader->message = NULL;
  reader->prefix_size = 0;
  return refuse(VONK_GRPC_OK, NULL);
}

/* --- trailers --- */

static size_t field_bytes_of(struct vonk_str name, size_t value_size) { return name.size + value_size + FIELD_OVERHEAD; }
static size_t minus(size_t a, size_t b) { return a > b ? a - b : 0; }

uint32_t vonk_grpc_trailers(struct vonk_arena *arena, enum vonk_grpc_code code, struct vonk_str message, struct vonk_str details,
                            uint32_t field_bytes, struct vonk_http2_field out[VONK_GRPC_TRAILERS_MAX]) {
  static const struct vonk_str status_name = {"grpc-status", 11}, message_name = {"grpc-message", 12},
                               details_name = {"grpc-status-details-bin", 23};
  uint32_t count = 0;
  size_t left = field_bytes < TRAILER_BYTES_MAX ? field_bytes : TRAILER_BYTES_MAX;
  out[count++] = (struct vonk_http2_field){status_name, vonk_str_format(arena, "%d", (int)code)};
  left = minus(left, field_bytes_of(status_name, out[0].value.size));
  struct vonk_str encoded = percent_encode(arena, message, minus(left, field_bytes_of(message_name, 0)));
  size_t message_min = encoded.size < MESSAGE_BYTES_MIN ? encoded.size : MESSAGE_BYTES_MIN;
  size_t message_room = encoded.size ? field_bytes_of(message_name, message_min) : 0;
  if (details.size && field_bytes_of(details_name, vonk_base64_size(details.size, false)) <= minus(left, message_room)) {
    out[count++] = (struct vonk_http2_field){details_name, base64_encode(arena, details)};
    left -= field_bytes_of(details_name, out[1].value.size);
    encoded = percent_encode(arena, message, minus(left, field_bytes_of(message_name, 0)));
  }
  if (encoded.size) out[count++] = (struct vonk_http2_field){message_name, encoded};
  return count;
}
