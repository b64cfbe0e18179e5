/* protobuf.h: Protocol Buffers (proto3) on the wire: a reader of untrusted messages and a writer, without generated code.
 *
 * A message is its bytes, walked once when it is opened; accessors then scan them and cannot fail. What is wrong (malformed
 * bytes, text that is not UTF-8) sets *malformed, shared by all messages opened below one another: the message is empty or
 * the text absent, and the caller looks once, at the end. Nothing is allocated. Nesting is bounded by the caller, who descends.
 *
 * As proto3 has it: unknown fields are passed over, so is a known number of another wire type; of a field given more than
 * once the last counts (messages are not merged: no encoder splits them); repeated numbers may be packed. Groups are not understood.
 */
#ifndef VONK_WIRE_PROTOBUF_H
#define VONK_WIRE_PROTOBUF_H

#include "base/bytes.h"

enum vonk_protobuf_wire {
  VONK_PROTOBUF_VARINT = 0,
  VONK_PROTOBUF_FIXED64 = 1,
  VONK_PROTOBUF_BYTES = 2,
  VONK_PROTOBUF_FIXED32 = 5,
};

struct vonk_protobuf {
  struct vonk_str bytes;
  bool *malformed;
};
/* One field of a message; zeroed, it stands before the first. */
struct vonk_protobuf_field {
  uint32_t number;
  uint8_t wire;            /* enum vonk_protobuf_wire */
  uint64_t value;          /* of the number types, fixed ones as bits */
  struct vonk_str bytes;   /* of BYTES */
  size_t next;             /* where the field behind it starts */
};
struct vonk_protobuf_number {
  struct vonk_protobuf_field field;
  size_t position;         /* in a packed field */
  bool packed;
  uint64_t value;
};

/* BYTES must outlive the message; *MALFORMED starts false. */
struct vonk_protobuf vonk_protobuf_open(struct vonk_str bytes, bool *malformed);
/* The next field of any number; false behind the last. */
bool vonk_protobuf_next(const struct vonk_protobuf *message, struct vonk_protobuf_field *field);
/* The number of the last field among NUMBERS, a oneof's members; 0 when none is set. */
uint32_t vonk_protobuf_which(const struct vonk_protobuf *message, const uint32_t *numbers, size_t count);

bool vonk_protobuf_has(const struct vonk_protobuf *message, uint32_t number);
/* 0 when absent. int32 and enums keep the low 32 bits, as the format has it. */
int64_t vonk_protobuf_i64(const struct vonk_protobuf *message, uint32_t number);
int32_t vonk_protobuf_i32(const struct vonk_protobuf *message, uint32_t number);
bool vonk_protobuf_bool(const struct vonk_protobuf *message, uint32_t number);
double vonk_protobuf_double(const struct vonk_protobuf *message, uint32_t number);
float vonk_protobuf_float(const struct vonk_protobuf *message, uint32_t number);
/* Borrowed from the message; data NULL when absent. */
struct vonk_str vonk_protobuf_bytes(const struct vonk_protobuf *message, uint32_t number);
struct vonk_str vonk_protobuf_text(const struct vonk_protobuf *message, uint32_t number);
/* A nested message; empty when absent. */
struct vonk_protobuf vonk_protobuf_message(const struct vonk_protobuf *message, uint32_t number);

/* Repeated fields: the number of them (texts and messages), and the next one; false behind the last. */
size_t vonk_protobuf_count(const struct vonk_protobuf *message, uint32_t number);
bool vonk_protobuf_each_text(const struct vonk_protobuf *message, uint32_t number, struct vonk_protobuf_field *at, struct vonk_str *out);
bool vonk_protobuf_each_message(const struct vonk_protobuf *message, uint32_t number, struct vonk_protobuf_field *at,
                                struct vonk_protobuf *out);
/* Repeated numbers whose elements have WIRE, packed or not; the value is in AT. */
bool vonk_protobuf_each_number(const struct vonk_protobuf *message, uint32_t number, enum vonk_protobuf_wire wire,
                               struct vonk_protobuf_number *at);
static inline double vonk_protobuf_double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
static inline float vonk_protobuf_float_of(uint64_t bits) {
  uint32_t low = (uint32_t)bits;
  float value;
  memcpy(&value, &low, sizeof value);
  return value;
}
static inline int64_t vonk_protobuf_zigzag_of(uint64_t value) { return (int64_t)(value >> 1) ^ -(int64_t)(value & 1); }

/* Writing to TEXT. What is put is written, also zeros: fields without presence are left out by the caller. */
void vonk_protobuf_put_i64(struct vonk_text *text, uint32_t number, int64_t value); /* int32, int64, enums, uint32 */
void vonk_protobuf_put_bool(struct vonk_text *text, uint32_t number, bool value);
void vonk_protobuf_put_double(struct vonk_text *text, uint32_t number, double value);
void vonk_protobuf_put_float(struct vonk_text *text, uint32_t number, float value);
void vonk_protobuf_put_bytes(struct vonk_text *text, uint32_t number, struct vonk_str value);
/* Tag and length of a BYTES field whose SIZE bytes the caller sends behind TEXT. */
void vonk_protobuf_put_header(struct vonk_text *text, uint32_t number, size_t size);
/* A nested message is what is put between the two. The bytes move once for each message around them that passes 127 bytes. */
size_t vonk_protobuf_begin(struct vonk_text *text, uint32_t number);
void vonk_protobuf_end(struct vonk_text *text, size_t begun);

#endif
