/* statistics.c: messages of orc_proto, by their field numbers; hashes of Bloom filters as ORC's Java library has them. */
#include "format/orc/statistics.h"

#include <math.h>
#include <string.h>

#include "base/int128.h"
#include "type/calendar.h"
#include "type/julian.h"
#include "wire/protobuf.h"

/* Of writers: before it, texts were not compared as bytes. */
enum { VERSION_UTF8_BOUNDS = 1, HASHES_MAX = 64 };

static bool integer_of(const struct vonk_protobuf *m, uint32_t number, int64_t *out) {
  if (!vonk_protobuf_has(m, number)) return false;
  *out = vonk_protobuf_zigzag_of((uint64_t)vonk_protobuf_i64(m, number));
  return true;
}

static void integer_bounds(const struct vonk_protobuf *m, struct vonk_scan_statistics *out) {
  out->has_min = integer_of(m, 1, &out->min.integer);
  out->has_max = integer_of(m, 2, &out->max.integer);
  out->is_exact = out->has_min && out->has_max;
}

static void date_bounds(const struct orc_metadata *metadata, const struct vonk_protobuf *m, struct vonk_scan_statistics *out) {
  integer_bounds(m, out);
  bool fits = out->has_min && out->has_max && out->min.integer >= INT32_MIN && out->max.integer <= INT32_MAX;
  if (fits && (metadata->is_proleptic || out->min.integer >= VONK_JULIAN_SWITCH_DAY)) return;
  out->has_min = out->has_max = out->is_exact = false;
}

/* A NaN is larger than any maximum that a file tells; signs of zeros do not count in comparisons. */
static void real_bounds(const struct vonk_protobuf *m, struct vonk_scan_statistics *out) {
  out->min.real = vonk_protobuf_double(m, 1);
  out->has_min = vonk_protobuf_has(m, 1) && !isnan(out->min.real);
}

static void text_bounds(const struct orc_metadata *metadata, const struct vonk_protobuf *m, struct vonk_scan_statistics *out) {
  struct vonk_str min = vonk_protobuf_bytes(m, 1), max = vonk_protobuf_bytes(m, 2);
  out->is_exact = min.data && max.data;
  if (!min.data) min = vonk_protobuf_bytes(m, 4);
  if (!max.data) max = vonk_protobuf_bytes(m, 5);
  out->has_min = min.data && metadata->postscript.writer_version >= VERSION_UTF8_BOUNDS;
  out->has_max = max.data && metadata->postscript.writer_version >= VERSION_UTF8_BOUNDS;
  out->is_exact = out->is_exact && out->has_min;
  out->min.text = min, out->max.text = max;
}

/* True for a plain number, of which SCALE digits are behind its point; digits that there is no room for must be zeros. */
static bool decimal_of(struct vonk_str text, int scale, vonk_int128 *out) {
  size_t at = text.size && text.data[0] == '-';
  int behind = -1;
  *out = 0;
  if (at == text.size || text.size > 80) return false;
  for (size_t i = at; i < text.size; i++) {
    char c = text.data[i];
    if (c == '.' && behind < 0) {
      behind = 0;
      continue;
    }
    if (c < '0' || c > '9') return false;
    if (behind == scale && c == '0') continue;
    if (behind == scale || __builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, c - '0', out)) return false;
    if (behind >= 0) behind++;
  }
  for (int i = behind < 0 ? 0 : behind; i < scale; i++) {
    if (__builtin_mul_overflow(*out, 10, out)) return false;
  }
  if (at) *out = -*out;
  return true;
}

static void decimal_bounds(const struct vonk_protobuf *m, struct vonk_scan_statistics *out) {
  int scale = out->min.type->scale;
  out->has_min = decimal_of(vonk_protobuf_bytes(m, 1), scale, &out->min.decimal);
  out->has_max = decimal_of(vonk_protobuf_bytes(m, 2), scale, &out->max.decimal);
  out->is_exact = out->has_min && out->has_max;
}

static void boolean_bounds(const struct vonk_protobuf *m, uint64_t value_count, struct vonk_scan_statistics *out) {
  struct vonk_protobuf_number at = {0};
  if (!vonk_protobuf_each_number(m, 1, VONK_PROTOBUF_VARINT, &at) || at.value > value_count || value_count == 0) return;
  out->has_min = out->has_max = out->is_exact = true;
  out->min.integer = at.value == value_count;
  out->max.integer = at.value > 0;
}

/* The message of NODE's kind of statistics. */
static void bounds(const struct orc_metadata *metadata, const struct orc_node *node, const struct vonk_protobuf *m, uint64_t value_count, struct vonk_scan_statistics *out) {
  static const uint32_t numbers[] = {[ORC_BOOLEAN] = 5, [ORC_BYTE] = 2, [ORC_SHORT] = 2, [ORC_INT] = 2, [ORC_LONG] = 2, [ORC_FLOAT] = 3, [ORC_DOUBLE] = 3,
                                     [ORC_STRING] = 4, [ORC_DECIMAL] = 6, [ORC_DATE] = 7, [ORC_VARCHAR] = 4};
  uint32_t number = (size_t)node->kind < sizeof numbers / sizeof *numbers ? numbers[node->kind] : 0;
  if (!number || !vonk_protobuf_has(m, number)) return;
  struct vonk_protobuf part = vonk_protobuf_message(m, number);
  switch (number) {
    case 2: integer_bounds(&part, out); break;
    case 3: real_bounds(&part, out); break;
    case 4: text_bounds(metadata, &part, out); break;
    case 5: boolean_bounds(&part, value_count, out); break;
    case 6: decimal_bounds(&part, out); break;
    default: date_bounds(metadata, &part, out);
  }
}

void orc_statistics_read(const struct orc_metadata *metadata, const struct orc_node *node, struct vonk_str bytes, uint64_t row_count,
                         struct vonk_scan_statistics *out) {
  bool malformed = false;
  struct vonk_protobuf m = vonk_protobuf_open(bytes, &malformed);
  *out = (struct vonk_scan_statistics){.min = {.type = node->own}, .max = {.type = node->own}};
  if (malformed || !vonk_protobuf_has(&m, 1)) return;
  uint64_t value_count = (uint64_t)vonk_protobuf_i64(&m, 1);
  if (value_count > row_count) return;
  out->has_null_count = true;
  out->null_count = row_count - value_count;
  out->byte_size = (uint64_t)vonk_protobuf_i64(&m, 11);
  if (node->type == node->own) bounds(metadata, node, &m, value_count, out);
  if (!malformed) return;
  *out = (struct vonk_scan_statistics){.min = {.type = node->own}, .max = {.type = node->own}};
}

/* --- Bloom filters --- */

bool orc_bloom_read(struct vonk_str bytes, uint32_t index, struct orc_bloom *out) {
  bool malformed = false;
  struct vonk_protobuf m = vonk_protobuf_open(bytes, &malformed), part;
  struct vonk_protobuf_field at = {0};
  for (uint32_t i = 0; vonk_protobuf_each_message(&m, 1, &at, &part); i++) {
    if (i < index) continue;
    *out = (struct orc_bloom){(uint32_t)vonk_protobuf_i64(&part, 1), vonk_protobuf_bytes(&part, 3)};
    return !malformed && out->hash_count > 0 && out->hash_count <= HASHES_MAX && out->bits.size >= 8 && out->bits.size % 8 == 0;
  }
  return false;
}

/* Thomas Wang's; its shifts to the right keep the sign. */
static uint64_t hash_integer(int64_t value) {
  uint64_t key = (uint64_t)value;
  key = ~key + (key << 21);
  key ^= (uint64_t)((int64_t)key >> 24);
  key = key + (key << 3) + (key << 8);
  key ^= (uint64_t)((int64_t)key >> 14);
  key = key + (key << 2) + (key << 4);
  key ^= (uint64_t)((int64_t)key >> 28);
  return key + (key << 31);
}

static uint64_t rotate(uint64_t value, int by) { return value << by | value >> (64 - by); }

/* MurmurHash3, one half of its 128 bits, as Hive has it. */
static uint64_t hash_text(struct vonk_str text) {
  const uint64_t c1 = UINT64_C(0x87c37b91114253d5), c2 = UINT64_C(0x4cf5ad432745937f);
  uint64_t hash = 104729, word;
  size_t at = 0;
  for (; at + 8 <= text.size; at += 8) {
    memcpy(&word, text.data + at, 8);
    hash ^= rotate(word * c1, 31) * c2;
    hash = rotate(hash, 27) * 5 + 0x52dce729;
  }
  word = 0;
  if (at < text.size) {
    memcpy(&word, text.data + at, text.size - at);
    hash ^= rotate(word * c1, 31) * c2;
  }
  hash ^= text.size;
  hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
  hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
  return hash ^ hash >> 33;
}

bool orc_bloom_may_have(const struct orc_bloom *bloom, const struct orc_node *node, const struct vonk_value *value) {
  uint64_t hash, bits, word;
  bool is_text = node->kind == ORC_STRING || node->kind == ORC_VARCHAR, is_real = node->kind == ORC_DOUBLE || node->kind == ORC_FLOAT;
  bool is_integer = node->kind == ORC_BYTE || node->kind == ORC_SHORT || node->kind == ORC_INT || node->kind == ORC_LONG;
  if (is_real && value->real == 0) return true; /* two zeros, one value */
  memcpy(&bits, &value->real, 8);
  if (is_text) hash = hash_text(value->text);
  else if (is_integer) hash = hash_integer(value->integer);
  else if (is_real && !isnan(value->real)) hash = hash_integer((int64_t)bits);
  else return true;
  uint32_t first = (uint32_t)hash, second = (uint32_t)(hash >> 32);
  uint64_t bit_count = (uint64_t)bloom->bits.size * 8;
  for (uint32_t i = 1; i <= bloom->hash_count; i++) {
    int32_t combined = (int32_t)(first + i * second);
    uint64_t at = (uint64_t)(combined < 0 ? ~combined : combined) % bit_count;
    memcpy(&word, bloom->bits.data + at / 64 * 8, 8);
    if (!(word >> (at & 63) & 1)) return false;
  }
  return true;
}
