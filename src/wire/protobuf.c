/* protobuf.c: a field is a tag (number << 3 | wire type) and a value: a varint, 4 or 8 bytes, or a length and bytes. */
#include "wire/protobuf.h"

enum { TAG_WIRE_BITS = 3, NUMBER_MAX = (1 << 29) - 1 };

/* The field at reader R; false at the end and when the bytes are malformed. */
static bool read_field(struct vonk_bytes *r, struct vonk_protobuf_field *out) {
  if (vonk_bytes_end(r)) return false;
  uint64_t tag = vonk_bytes_varint(r);
  *out = (struct vonk_protobuf_field){.wire = tag & ((1 << TAG_WIRE_BITS) - 1)};
  if (tag >> TAG_WIRE_BITS == 0 || tag >> TAG_WIRE_BITS > NUMBER_MAX) vonk_bytes_fail(r);
  out->number = (uint32_t)(tag >> TAG_WIRE_BITS);
  switch (out->wire) {
    case VONK_PROTOBUF_VARINT: out->value = vonk_bytes_varint(r); break;
    case VONK_PROTOBUF_FIXED64: out->value = vonk_bytes_u64(r); break;
    case VONK_PROTOBUF_FIXED32: out->value = vonk_bytes_u32(r); break;
    case VONK_PROTOBUF_BYTES:
      out->bytes = vonk_bytes_str(r, vonk_bytes_length(r, vonk_bytes_varint(r), vonk_bytes_left(r)));
      break;
    default: vonk_bytes_fail(r);
  }
  out->next = r->position;
  return !r->failed;
}

struct vonk_protobuf vonk_protobuf_open(struct vonk_str bytes, bool *malformed) {
  struct vonk_bytes r = vonk_bytes_of(bytes.data, bytes.size);
  struct vonk_protobuf_field field;
  while (read_field(&r, &field)) continue;
  if (!r.failed) return (struct vonk_protobuf){bytes, malformed};
  *malformed = true;
  return (struct vonk_protobuf){STR(""), malformed};
}

bool vonk_protobuf_next(const struct vonk_protobuf *message, struct vonk_protobuf_field *field) {
  struct vonk_bytes r = vonk_bytes_of(message->bytes.data, message->bytes.size);
  r.position = field->next;
  return read_field(&r, field);
}

uint32_t vonk_protobuf_which(const struct vonk_protobuf *message, const uint32_t *numbers, size_t count) {
  uint32_t found = 0;
  for (struct vonk_protobuf_field field = {0}; vonk_protobuf_next(message, &field);) {
    for (size_t i = 0; i < count; i++) {
      if (field.number == numbers[i]) found = field.number;
    }
  }
  return found;
}

/* The last field of NUMBER and WIRE; false when there is none. */
static bool last(const struct vonk_protobuf *message, uint32_t number, enum vonk_protobuf_wire wire, struct vonk_protobuf_field *out) {
  bool found = false;
  for (struct vonk_protobuf_field field = {0}; vonk_protobuf_next(message, &field);) {
    if (field.number != number || field.wire != wire) continue;
    *out = field;
    found = true;
  }
  return found;
}

static uint64_t last_value(const struct vonk_protobuf *message, uint32_t number, enum vonk_protobuf_wire wire) {
  struct vonk_protobuf_field field;
  return last(message, number, wire, &field) ? field.value : 0;
}

bool vonk_protobuf_has(const struct vonk_protobuf *message, uint32_t number) {
  return vonk_protobuf_which(message, &number, 1) != 0;
}

int64_t vonk_protobuf_i64(const struct vonk_protobuf *message, uint32_t number) {
  return (int64_t)last_value(message, number, VONK_PROTOBUF_VARINT);
}

int32_t vonk_protobuf_i32(const struct vonk_protobuf *message, uint32_t number) {
  return (int32_t)last_value(message, number, VONK_PROTOBUF_VARINT);
}

bool vonk_protobuf_bool(const struct vonk_protobuf *message, uint32_t number) {
  return last_value(message, number, VONK_PROTOBUF_VARINT) != 0;
}

double vonk_protobuf_double(const struct vonk_protobuf *message, uint32_t number) {
  return vonk_protobuf_double_of(last_value(message, number, VONK_PROTOBUF_FIXED64));
}

float vonk_protobuf_float(const struct vonk_protobuf *message, uint32_t number) {
  return vonk_protobuf_float_of(last_value(message, number, VONK_PROTOBUF_FIXED32));
}

struct vonk_str vonk_protobuf_bytes(const struct vonk_protobuf *message, uint32_t number) {
  struct vonk_protobuf_field field;
  return last(message, number, VONK_PROTOBUF_BYTES, &field) ? field.bytes : (struct vonk_str){NULL, 0};
}

static struct vonk_str checked_text(const struct vonk_protobuf *message, struct vonk_str text) {
  if (!text.data || vonk_utf8_valid(text)) return text;
  *message->malformed = true;
  return (struct vonk_str){NULL, 0};
}

struct vonk_str vonk_protobuf_text(const struct vonk_protobuf *message, uint32_t number) {
  return checked_text(message, vonk_protobuf_bytes(message, number));
}

struct vonk_protobuf vonk_protobuf_message(const struct vonk_protobuf *message, uint32_t number) {
  struct vonk_protobuf_field field = {0};
  last(message, number, VONK_PROTOBUF_BYTES, &field);
  return vonk_protobuf_open(field.bytes, message->malformed);
}

static bool each(const struct vonk_protobuf *message, uint32_t number, struct vonk_protobuf_field *at) {
  while (vonk_protobuf_next(message, at)) {
    if (at->number == number && at->wire == VONK_PROTOBUF_BYTES) return true;
  }
  return false;
}

size_t vonk_protobuf_count(const struct vonk_protobuf *message, uint32_t number) {
  size_t count = 0;
  for (struct vonk_protobuf_field at = {0}; each(message, number, &at);) count++;
  return count;
}

bool vonk_protobuf_each_text(const struct vonk_protobuf *message, uint32_t number, struct vonk_protobuf_field *at, struct vonk_str *out) {
  if (!each(message, number, at)) return false;
  *out = checked_text(message, at->bytes);
  return true;
}

bool vonk_protobuf_each_message(const struct vonk_protobuf *message, uint32_t number, struct vonk_protobuf_field *at,
                                struct vonk_protobuf *out) {
  if (!each(message, number, at)) return false;
  *out = vonk_protobuf_open(at->bytes, message->malformed);
  return true;
}

/* The next number of the packed field that AT stands in. */
static bool next_packed(const struct vonk_protobuf *message, enum vonk_protobuf_wire wire, struct vonk_protobuf_number *at) {
  struct vonk_bytes r = vonk_bytes_of(at->field.bytes.data, at->field.bytes.size);
  r.position = at->position;
  if (vonk_bytes_end(&r)) return false;
  at->value = wire == VONK_PROTOBUF_VARINT ? vonk_bytes_varint(&r) : wire == VONK_PROTOBUF_FIXED64 ? vonk_bytes_u64(&r) : vonk_bytes_u32(&r);
  if (r.failed) *message->malformed = true;
  at->position = r.position;
  return !r.failed;
}

bool vonk_protobuf_each_number(const struct vonk_protobuf *message, uint32_t number, enum vonk_protobuf_wire wire,
                               struct vonk_protobuf_number *at) {
  for (;;) {
    if (at->packed && next_packed(message, wire, at)) return true;
    at->packed = false;
    if (!vonk_protobuf_next(message, &at->field)) return false;
    if (at->field.number != number) continue;
    if (at->field.wire == (uint8_t)wire) {
      at->value = at->field.value;
      return true;
    }
    at->packed = at->field.wire == VONK_PROTOBUF_BYTES;
    at->position = 0;
  }
}

/* ================================ writing ================================ */

enum { VARINT_MAX = 10 };

/* The number of bytes. */
static size_t encode_varint(uint64_t value, char out[VARINT_MAX]) {
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) out[size++] = (char)(value | 0x80);
  out[size++] = (char)value;
  return size;
}

static void put_varint(struct vonk_text *text, uint64_t value) {
  char bytes[VARINT_MAX];
  vonk_text_add(text, vonk_str_make(bytes, encode_varint(value, bytes)));
}

static void put_tag(struct vonk_text *text, uint32_t number, enum vonk_protobuf_wire wire) {
  put_varint(text, (uint64_t)number << TAG_WIRE_BITS | wire);
}

/* The low SIZE bytes of VALUE, the lowest first. */
static void put_fixed(struct vonk_text *text, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; i++) vonk_text_add_char(text, (char)(value >> 8 * i));
}

void vonk_protobuf_put_i64(struct vonk_text *text, uint32_t number, int64_t value) {
  put_tag(text, number, VONK_PROTOBUF_VARINT);
  put_varint(text, (uint64_t)value);
}

void vonk_protobuf_put_bool(struct vonk_text *text, uint32_t number, bool value) { vonk_protobuf_put_i64(text, number, value); }

void vonk_protobuf_put_double(struct vonk_text *text, uint32_t number, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_tag(text, number, VONK_PROTOBUF_FIXED64);
  put_fixed(text, bits, sizeof bits);
}

void vonk_protobuf_put_float(struct vonk_text *text, uint32_t number, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_tag(text, number, VONK_PROTOBUF_FIXED32);
  put_fixed(text, bits, sizeof bits);
}

void vonk_protobuf_put_header(struct vonk_text *text, uint32_t number, size_t size) {
  put_tag(text, number, VONK_PROTOBUF_BYTES);
  put_varint(text, size);
}

void vonk_protobuf_put_bytes(struct vonk_text *text, uint32_t number, struct vonk_str value) {
  vonk_protobuf_put_header(text, number, value.size);
  vonk_text_add(text, value);
}

/* Most messages are short: one byte is kept for the length, and a longer length moves what was put. */
size_t vonk_protobuf_begin(struct vonk_text *text, uint32_t number) {
  vonk_protobuf_put_header(text, number, 0);
  return text->size;
}

void vonk_protobuf_end(struct vonk_text *text, size_t begun) {
  size_t size = text->size - begun;
  char length[VARINT_MAX];
  size_t length_size = encode_varint(size, length);
  vonk_text_add(text, vonk_str_make(length, length_size - 1)); /* only for the room */
  memmove(text->data + begun + length_size - 1, text->data + begun, size);
  memcpy(text->data + begun - 1, length, length_size);
}
