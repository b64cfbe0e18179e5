/* hash.c: Spark's Murmur3 (seed 42) and XXH64 over any values: what the functions hash and xxhash64 and the partitioning of
 * data by key agree on. Nulls leave the hash as it is; nested values are hashed element by element. */
#include <xxhash.h>

#include "func/bind_call.h"
#include "func/lists.h"
#include "func/hash_value.h"
#include "func/rows.h"

/* --- Murmur3 x86 32 as Spark has it: bytes behind whole words are mixed one by one, as signed ones --- */

static uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }
static uint32_t mix_in(uint32_t hash, uint32_t word) {
  hash ^= rotate(word * 0xcc9e2d51u, 15) * 0x1b873593u;
  return rotate(hash, 13) * 5 + 0xe6546b64u;
}
static uint32_t finish(uint32_t hash, uint32_t size) {
  hash ^= size;
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}
static uint64_t murmur_int(uint64_t seed, int32_t value) { return finish(mix_in((uint32_t)seed, (uint32_t)value), 4); }
static uint64_t murmur_long(uint64_t seed, int64_t value) {
  return finish(mix_in(mix_in((uint32_t)seed, (uint32_t)value), (uint32_t)((uint64_t)value >> 32)), 8);
}
static uint64_t murmur_bytes(uint64_t seed, struct vonk_str bytes) {
  uint32_t hash = (uint32_t)seed;
  size_t i = 0;
  for (; i + 4 <= bytes.size; i += 4) {
    uint32_t word;
    memcpy(&word, bytes.data + i, 4);
    hash = mix_in(hash, word);
  }
  for (; i < bytes.size; i++) hash = mix_in(hash, (uint32_t)(int32_t)(signed char)bytes.data[i]);
  return finish(hash, (uint32_t)bytes.size);
}

/* --- XXH64 --- */

static uint64_t xx_int(uint64_t seed, int32_t value) { return XXH64(&value, 4, seed); }
static uint64_t xx_long(uint64_t seed, int64_t value) { return XXH64(&value, 8, seed); }
static uint64_t xx_bytes(uint64_t seed, struct vonk_str bytes) { return XXH64(bytes.data, bytes.size, seed); }

struct hasher {
  uint64_t (*of_int)(uint64_t, int32_t);
  uint64_t (*of_long)(uint64_t, int64_t);
  uint64_t (*of_bytes)(uint64_t, struct vonk_str);
};
static const struct hasher murmur = {murmur_int, murmur_long, murmur_bytes};
static const struct hasher xx = {xx_int, xx_long, xx_bytes};

/* Big-endian two's complement in the fewest bytes, as java.math.BigInteger.toByteArray. */
static uint64_t hash_decimal(const struct hasher *hasher, uint64_t seed, vonk_int128 value) {
  char bytes[16];
  int size = 1;
  while (size < 16 && (value >> (8 * size - 1)) != 0 && (value >> (8 * size - 1)) != -1) size++;
  for (int i = 0; i < size; i++) bytes[size - 1 - i] = (char)(value >> (8 * i));
  return hasher->of_bytes(seed, vonk_str_make(bytes, (size_t)size));
}

static uint64_t hash_real(const struct hasher *hasher, uint64_t seed, const struct vonk_column *c, uint32_t i) {
  if (c->type->id == VONK_TYPE_FLOAT) {
    float value = ((const float *)vonk_column_values(c))[i] + 0.0f;
    int32_t bits = 0x7fc00000;
    if (value == value) memcpy(&bits, &value, 4);
    return hasher->of_int(seed, bits);
  }
  double value = ((const double *)vonk_column_values(c))[i] + 0.0;
  int64_t bits = 0x7ff8000000000000;
  if (value == value) memcpy(&bits, &value, 8);
  return hasher->of_long(seed, bits);
}

static uint64_t hash_value(const struct hasher *hasher, uint64_t seed, const struct vonk_column *c, uint32_t row) {
  if (!vonk_column_row_valid(c, row)) return seed;
  uint32_t i = vonk_column_index(c, row), children = vonk_type_child_count(c->type);
  struct vonk_column entry = *c;
  if (c->encoding == VONK_DICT) entry = c->dictionary->entries;
  entry.encoding = VONK_FLAT;
  switch (c->type->id) {
    case VONK_TYPE_BOOLEAN: return hasher->of_int(seed, vonk_read_bool(&entry, i));
    case VONK_TYPE_BYTE:
    case VONK_TYPE_SHORT:
    case VONK_TYPE_INT:
    case VONK_TYPE_DATE:
    case VONK_TYPE_INTERVAL_YM: return hasher->of_int(seed, (int32_t)vonk_read_int(&entry, i));
    case VONK_TYPE_FLOAT:
    case VONK_TYPE_DOUBLE: return hash_real(hasher, seed, c, i);
    case VONK_TYPE_DECIMAL:
      if (c->type->precision <= 18) return hasher->of_long(seed, vonk_read_int(&entry, i));
      return hash_decimal(hasher, seed, vonk_read_int128(&entry, i));
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR:
    case VONK_TYPE_BINARY: return hasher->of_bytes(seed, vonk_read_str(&entry, i));
    case VONK_TYPE_INTERVAL: {
      const struct vonk_interval *interval = (const struct vonk_interval *)entry.data + i;
      return hasher->of_int(hasher->of_int(hasher->of_long(seed, interval->micros), interval->days), interval->months);
    }
    case VONK_TYPE_ARRAY:
    case VONK_TYPE_MAP: {
      struct vonk_list list = vonk_list_at(c, row);
      for (uint32_t k = 0; k < list.length * children; k++) {
        seed = hash_value(hasher, seed, &c->children[k % children], list.offset + k / children);
      }
      return seed;
    }
    case VONK_TYPE_STRUCT:
      for (uint32_t k = 0; k < children; k++) seed = hash_value(hasher, seed, &c->children[k], i);
      return seed;
    case VONK_TYPE_VOID: return seed;
    default: return hasher->of_long(seed, vonk_read_int(&entry, i));
  }
}

static STATUS murmur3_row(struct vonk_frame *frame, uint32_t row) {
  uint64_t hash = 42;
  for (uint32_t a = 0; a < frame->argument_count; a++) hash = (uint32_t)hash_value(&murmur, hash, &frame->arguments[a], row);
  vonk_row_put_int(frame, row, (int32_t)(uint32_t)hash);
  return VONK_OK;
}
static STATUS murmur3(struct vonk_frame *frame) { return vonk_rows_each(frame, murmur3_row); }

uint32_t vonk_murmur3_bytes(uint32_t seed, struct vonk_str bytes) { return (uint32_t)murmur_bytes(seed, bytes); }
uint64_t vonk_xxhash64_value(uint64_t seed, const struct vonk_column *column, uint32_t row) { return hash_value(&xx, seed, column, row); }

static STATUS xxhash64_row(struct vonk_frame *frame, uint32_t row) {
  uint64_t hash = 42;
  for (uint32_t a = 0; a < frame->argument_count; a++) hash = hash_value(&xx, hash, &frame->arguments[a], row);
  vonk_row_put_long(frame, row, (int64_t)hash);
  return VONK_OK;
}
static STATUS xxhash64(struct vonk_frame *frame) { return vonk_rows_each(frame, xxhash64_row); }

const struct vonk_function vonk_functions_hash[] = {
    {.name = "hash", .signature = "(any...) -> int", .nulls = VONK_NULLS_NEVER, .eval = murmur3, .group = "hash_funcs",
     .doc = "A 32-bit hash of all arguments (Murmur3).", .example = "SELECT hash('Vonk', 1, NULL)"},
    {.name = "xxhash64", .signature = "(any...) -> bigint", .nulls = VONK_NULLS_NEVER, .eval = xxhash64, .group = "hash_funcs",
     .doc = "A 64-bit hash of all arguments (XXH64).", .example = "SELECT xxhash64('Vonk', 1, NULL)"},
    {0},
};
