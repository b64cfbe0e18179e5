/* thrift.h: Thrift's compact protocol, as Parquet's metadata uses it: a pull reader of untrusted bytes and a writer.
 *
 * The reader never raises: bytes.failed is set and stays, and what is read after it is 0 or empty. Reading a struct:
 *
 *   struct vonk_thrift_scope scope = {0};
 *   while (vonk_thrift_field(reader, &scope)) switch (scope.id) { case 1: x = vonk_thrift_i32(reader); break;
 *                                                               default: vonk_thrift_skip(reader, scope.type); }
 */
#ifndef VONK_WIRE_THRIFT_H
#define VONK_WIRE_THRIFT_H

#include "base/bytes.h"

enum vonk_thrift_type {
  VONK_THRIFT_STOP = 0,
  VONK_THRIFT_TRUE = 1,
  VONK_THRIFT_FALSE = 2,
  VONK_THRIFT_BYTE = 3,
  VONK_THRIFT_I16 = 4,
  VONK_THRIFT_I32 = 5,
  VONK_THRIFT_I64 = 6,
  VONK_THRIFT_DOUBLE = 7,
  VONK_THRIFT_BINARY = 8,
  VONK_THRIFT_LIST = 9,
  VONK_THRIFT_SET = 10,
  VONK_THRIFT_MAP = 11,
  VONK_THRIFT_STRUCT = 12,
};
enum { VONK_THRIFT_DEPTH_MAX = 64 };

struct vonk_thrift {
  struct vonk_bytes bytes;
  int depth;
};
struct vonk_thrift_scope {
  int16_t id;
  uint8_t type; /* enum vonk_thrift_type */
};

static inline struct vonk_thrift vonk_thrift_of(const void *data, size_t size) {
  return (struct vonk_thrift){.bytes = vonk_bytes_of(data, size)};
}
/* The next field's header; false at the end of the struct or after a failure. */
bool vonk_thrift_field(struct vonk_thrift *r, struct vonk_thrift_scope *scope);
/* The value of a field or element of TYPE, which must be what the name says; another type fails. */
bool vonk_thrift_bool(struct vonk_thrift *r, uint8_t type);
int64_t vonk_thrift_integer(struct vonk_thrift *r, uint8_t type);
struct vonk_str vonk_thrift_binary(struct vonk_thrift *r, uint8_t type);
/* Fails unless TYPE is STRUCT; pair with vonk_thrift_leave. Nesting is bounded. */
bool vonk_thrift_enter(struct vonk_thrift *r, uint8_t type);
static inline void vonk_thrift_leave(struct vonk_thrift *r) { r->depth--; }
/* The number of elements and their type. Each takes at least LEAST bytes (1 and up), so the number is bounded by what is left. */
size_t vonk_thrift_list(struct vonk_thrift *r, uint8_t type, size_t least, uint8_t *element_type);
void vonk_thrift_skip(struct vonk_thrift *r, uint8_t type);

/* Writing to TEXT. Fields of a struct are written in rising order; LAST is the id of the one before (0 at the start). */
void vonk_thrift_put_field(struct vonk_text *text, int16_t *last, int16_t id, enum vonk_thrift_type type);
void vonk_thrift_put_varint(struct vonk_text *text, uint64_t value);
void vonk_thrift_put_integer(struct vonk_text *text, int64_t value);
void vonk_thrift_put_binary(struct vonk_text *text, struct vonk_str value);
void vonk_thrift_put_list(struct vonk_text *text, enum vonk_thrift_type element_type, size_t count);
static inline void vonk_thrift_put_stop(struct vonk_text *text) { vonk_text_add_char(text, 0); }
/* Header and value in one. */
void vonk_thrift_put_bool_field(struct vonk_text *text, int16_t *last, int16_t id, bool value);
void vonk_thrift_put_i32_field(struct vonk_text *text, int16_t *last, int16_t id, int32_t value);
void vonk_thrift_put_i64_field(struct vonk_text *text, int16_t *last, int16_t id, int64_t value);
void vonk_thrift_put_binary_field(struct vonk_text *text, int16_t *last, int16_t id, struct vonk_str value);

#endif
