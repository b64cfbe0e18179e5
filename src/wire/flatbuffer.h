/* flatbuffer.h: FlatBuffers (flatbuffers.dev/internals) as Arrow's messages use them: a reader of untrusted bytes and a writer.
 *
 * Tables are read by the number of their field, without a schema. The reader never raises: `failed` is set and stays, and what
 * is read after it is 0, empty or absent, so a caller may check once per message. Tables may be shared inside a buffer, and
 * may refer to each other in circles as far as the reader knows: bound the depth and the number of tables that are visited.
 *
 *   struct vonk_flatbuffer reader = vonk_flatbuffer_of(data, size);
 *   struct vonk_flatbuffer_table message = vonk_flatbuffer_root(&reader), header;
 *   int64_t version = vonk_flatbuffer_integer(&reader, &message, 0, 2, 0);
 *   if (vonk_flatbuffer_table(&reader, &message, 2, &header)) ...
 */
#ifndef VONK_WIRE_FLATBUFFER_H
#define VONK_WIRE_FLATBUFFER_H

#include "base/str.h"

struct vonk_flatbuffer {
  const uint8_t *data; /* need not be aligned */
  uint32_t size;
  bool failed;
};
struct vonk_flatbuffer_table {
  uint32_t position, size;
  uint32_t slots;      /* offset of the table's list of fields */
  uint32_t slot_count;
};
/* COUNT elements; of structs and numbers in place, of tables and strings as offsets. */
struct vonk_flatbuffer_vector {
  uint32_t position, count;
};

/* Buffers of 2 GiB and more have failed from the start. */
struct vonk_flatbuffer vonk_flatbuffer_of(const void *data, size_t size);
struct vonk_flatbuffer_table vonk_flatbuffer_root(struct vonk_flatbuffer *r);

/* A signed number of SIZE bytes (1, 2, 4, 8), or a boolean; ABSENT when the table lacks it. */
int64_t vonk_flatbuffer_integer(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field, uint32_t size, int64_t absent);
/* False when the table lacks it. */
bool vonk_flatbuffer_table(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field, struct vonk_flatbuffer_table *out);
/* In place; data is NULL when the table lacks it. */
struct vonk_str vonk_flatbuffer_str(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field);
/* Elements of ELEMENT_SIZE bytes (tables: 4), all of them inside the buffer; empty when the table lacks it. */
struct vonk_flatbuffer_vector vonk_flatbuffer_vector(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field, uint32_t element_size);
/* Element INDEX of a vector of tables. */
struct vonk_flatbuffer_table vonk_flatbuffer_element(struct vonk_flatbuffer *r, struct vonk_flatbuffer_vector vector, uint32_t index);
/* 8 bytes at POSITION, which lies in a vector of structs. */
int64_t vonk_flatbuffer_i64(const struct vonk_flatbuffer *r, uint32_t position);

/* Writing to TEXT, which starts empty: parents first, their offsets filled in when the child is written. Positions are those of
 * TEXT. Alignment is up to 8 bytes. */
enum { VONK_FLATBUFFER_FIELDS_MAX = 16 };
struct vonk_flatbuffer_writer {
  struct vonk_text text;
};
struct vonk_flatbuffer_made { /* a table in the making */
  uint32_t position;
  uint16_t offsets[VONK_FLATBUFFER_FIELDS_MAX];
};
void vonk_flatbuffer_init(struct vonk_flatbuffer_writer *w, struct vonk_arena *arena);
/* A table with COUNT fields of SIZES bytes (0: the table lacks it; offsets are 4); all values are zero. OPEN is the position of
 * the offset that leads to it: 0 for the root. */
struct vonk_flatbuffer_made vonk_flatbuffer_add_table(struct vonk_flatbuffer_writer *w, uint32_t open, const uint8_t *sizes, uint32_t count);
/* The position of a field, for OPEN. */
uint32_t vonk_flatbuffer_place(const struct vonk_flatbuffer_made *table, uint32_t field);
void vonk_flatbuffer_put(struct vonk_flatbuffer_writer *w, const struct vonk_flatbuffer_made *table, uint32_t field, uint32_t size, int64_t value);
void vonk_flatbuffer_put_str(struct vonk_flatbuffer_writer *w, const struct vonk_flatbuffer_made *table, uint32_t field, struct vonk_str value);
/* A vector of COUNT elements of ELEMENT_SIZE bytes (offsets: 4), zeros so far. Returns the position of the first. */
uint32_t vonk_flatbuffer_put_vector(struct vonk_flatbuffer_writer *w, const struct vonk_flatbuffer_made *table, uint32_t field, uint32_t count, uint32_t element_size);
void vonk_flatbuffer_put_i64(struct vonk_flatbuffer_writer *w, uint32_t position, int64_t value);

#endif
