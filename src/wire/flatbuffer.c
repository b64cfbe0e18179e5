/* flatbuffer.c: offsets are unsigned and relative to where they stand, but a table's to its list of fields, which is signed.
 *
 * The reader checks each offset against the buffer where it is followed. The writer works front to back, which the format
 * allows: an offset is left open when its table is written and filled in when what it points to comes.
 */
#include "wire/flatbuffer.h"

#include "base/status.h"

/* --- reading --- */

struct vonk_flatbuffer vonk_flatbuffer_of(const void *data, size_t size) {
  bool good = size <= INT32_MAX;
  return (struct vonk_flatbuffer){.data = data, .size = good ? (uint32_t)size : 0, .failed = !good};
}

/* SIZE little-endian bytes at POSITION as a signed number. */
static int64_t read_number(struct vonk_flatbuffer *r, uint64_t position, uint32_t size) {
  if (r->failed || position > r->size || size > r->size - position) {
    r->failed = true;
    return 0;
  }
  uint64_t value = 0;
  memcpy(&value, r->data + position, size);
  uint32_t shift = 64 - 8 * size;
  return (int64_t)(value << shift) >> shift;
}

/* Where the unsigned offset at POSITION leads. */
static uint32_t follow(struct vonk_flatbuffer *r, uint64_t position) {
  uint64_t target = position + (uint32_t)read_number(r, position, 4);
  if (target > r->size) r->failed = true;
  return r->failed ? 0 : (uint32_t)target;
}

static struct vonk_flatbuffer_table table_at(struct vonk_flatbuffer *r, uint32_t position) {
  struct vonk_flatbuffer_table table = {.position = position};
  int64_t slots = (int64_t)position - read_number(r, position, 4);
  if (slots < 0) r->failed = true;
  uint32_t slots_size = (uint16_t)read_number(r, (uint64_t)slots, 2);
  table.size = (uint16_t)read_number(r, (uint64_t)slots + 2, 2);
  if (slots_size < 4 || table.size < 4) r->failed = true;
  if (r->failed) return (struct vonk_flatbuffer_table){0};
  table.slots = (uint32_t)slots + 4;
  table.slot_count = (slots_size - 4) / 2;
  return table;
}

struct vonk_flatbuffer_table vonk_flatbuffer_root(struct vonk_flatbuffer *r) { return table_at(r, follow(r, 0)); }

/* Where a field of SIZE bytes stands; 0 when the table lacks it. */
static uint32_t field_at(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field, uint32_t size) {
  if (r->failed || field >= table->slot_count) return 0;
  uint32_t offset = (uint16_t)read_number(r, (uint64_t)table->slots + 2 * (uint64_t)field, 2);
  if (offset == 0) return 0;
  if (offset < 4 || offset + size > table->size) r->failed = true;
  return r->failed ? 0 : table->position + offset;
}

int64_t vonk_flatbuffer_integer(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field, uint32_t size, int64_t absent) {
  uint32_t position = field_at(r, table, field, size);
  return position ? read_number(r, position, size) : absent;
}

bool vonk_flatbuffer_table(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field, struct vonk_flatbuffer_table *out) {
  uint32_t position = field_at(r, table, field, 4);
  *out = (struct vonk_flatbuffer_table){0};
  if (position) *out = table_at(r, follow(r, position));
  return position != 0 && !r->failed;
}

struct vonk_flatbuffer_vector vonk_flatbuffer_vector(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field, uint32_t element_size) {
  struct vonk_flatbuffer_vector vector = {0};
  uint32_t position = field_at(r, table, field, 4);
  if (!position) return vector;
  position = follow(r, position);
  vector.count = (uint32_t)read_number(r, position, 4);
  vector.position = position + 4;
  if (r->failed || (uint64_t)vector.count * element_size > r->size - vector.position) r->failed = true;
  return r->failed ? (struct vonk_flatbuffer_vector){0} : vector;
}

struct vonk_str vonk_flatbuffer_str(struct vonk_flatbuffer *r, const struct vonk_flatbuffer_table *table, uint32_t field) {
  struct vonk_flatbuffer_vector bytes = vonk_flatbuffer_vector(r, table, field, 1);
  return bytes.position ? vonk_str_make((const char *)r->data + bytes.position, bytes.count) : (struct vonk_str){0};
}

struct vonk_flatbuffer_table vonk_flatbuffer_element(struct vonk_flatbuffer *r, struct vonk_flatbuffer_vector vector, uint32_t index) {
  if (index >= vector.count) r->failed = true;
  return table_at(r, follow(r, vector.position + 4 * (uint64_t)index));
}

int64_t vonk_flatbuffer_i64(const struct vonk_flatbuffer *r, uint32_t position) {
  ASSERT(position <= r->size && r->size - position >= 8);
  int64_t value;
  memcpy(&value, r->data + position, 8);
  return value;
}

/* --- writing --- */

static void add_zeros(struct vonk_flatbuffer_writer *w, size_t size) {
  static const char zeros[64];
  for (size_t done = 0; done < size; done += sizeof zeros) {
    size_t left = size - done;
    vonk_text_add(&w->text, vonk_str_make(zeros, left < sizeof zeros ? left : sizeof zeros));
  }
}

/* Zeros until SIZE + AHEAD is a multiple of ALIGNMENT. */
static void align(struct vonk_flatbuffer_writer *w, size_t ahead, size_t alignment) {
  add_zeros(w, -(w->text.size + ahead) & (alignment - 1));
}

static void store(struct vonk_flatbuffer_writer *w, size_t position, int64_t value, uint32_t size) {
  ASSERT(position + size <= w->text.size);
  memcpy(w->text.data + position, &value, size);
}

void vonk_flatbuffer_init(struct vonk_flatbuffer_writer *w, struct vonk_arena *arena) {
  vonk_text_init(&w->text, arena);
  add_zeros(w, 4);
}

struct vonk_flatbuffer_made vonk_flatbuffer_add_table(struct vonk_flatbuffer_writer *w, uint32_t open, const uint8_t *sizes, uint32_t count) {
  ASSERT(count <= VONK_FLATBUFFER_FIELDS_MAX);
  struct vonk_flatbuffer_made table = {0};
  uint32_t slots_size = 4 + 2 * count, size = 4;
  for (uint32_t i = 0; i < count; i++) {
    if (!sizes[i]) continue;
    size = (size + sizes[i] - 1) & ~(uint32_t)(sizes[i] - 1);
    table.offsets[i] = (uint16_t)size;
    size += sizes[i];
  }
  align(w, slots_size, 8); /* the list of fields stands in front of the table */
  size_t slots = w->text.size;
  add_zeros(w, slots_size + size);
  table.position = (uint32_t)slots + slots_size;
  store(w, slots, slots_size, 2);
  store(w, slots + 2, size, 2);
  for (uint32_t i = 0; i < count; i++) store(w, slots + 4 + 2 * (size_t)i, table.offsets[i], 2);
  store(w, table.position, slots_size, 4);
  store(w, open, table.position - open, 4);
  return table;
}

uint32_t vonk_flatbuffer_place(const struct vonk_flatbuffer_made *table, uint32_t field) {
  ASSERT(table->offsets[field]);
  return table->position + table->offsets[field];
}

void vonk_flatbuffer_put(struct vonk_flatbuffer_writer *w, const struct vonk_flatbuffer_made *table, uint32_t field, uint32_t size, int64_t value) {
  store(w, vonk_flatbuffer_place(table, field), value, size);
}

uint32_t vonk_flatbuffer_put_vector(struct vonk_flatbuffer_writer *w, const struct vonk_flatbuffer_made *table, uint32_t field, uint32_t count, uint32_t element_size) {
  uint32_t open = vonk_flatbuffer_place(table, field);
  align(w, 4, 8);
  size_t position = w->text.size;
  add_zeros(w, 4 + (size_t)count * element_size);
  ASSERT(w->text.size <= INT32_MAX);
  store(w, open, (int64_t)position - open, 4);
  store(w, position, count, 4);
  return (uint32_t)position + 4;
}

void vonk_flatbuffer_put_str(struct vonk_flatbuffer_writer *w, const struct vonk_flatbuffer_made *table, uint32_t field, struct vonk_str value) {
  uint32_t position = vonk_flatbuffer_put_vector(w, table, field, (uint32_t)value.size, 1);
  if (value.size) memcpy(w->text.data + position, value.data, value.size);
  add_zeros(w, 1); /* strings end with a NUL that their size does not count */
}

void vonk_flatbuffer_put_i64(struct vonk_flatbuffer_writer *w, uint32_t position, int64_t value) { store(w, position, value, 8); }
