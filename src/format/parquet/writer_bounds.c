/* writer_bounds.c: least and greatest values of what is written, in the orders of parquet-format's column orders.
 *
 * INT96 and intervals have no order. A NaN makes a page say nothing, as in parquet-java: Spark sorts it above all numbers,
 * other readers do not. Zeros are written as -0.0 and +0.0, so that both are inside.
 */
#include <math.h>

#include "format/parquet/writer_internal.h"

enum { BOUND_BYTES_MAX = 1024, BOUND_BYTES_CUT = 64 };

static double real_of(const struct parquet_out_leaf *leaf, const void *value) {
  float single;
  double real;
  if (leaf->form == PARQUET_OUT_F32) {
    memcpy(&single, value, 4);
    return single;
  }
  memcpy(&real, value, 8);
  return real;
}

static int64_t integer_of(const struct parquet_out_leaf *leaf, const void *value) {
  int32_t narrow;
  int64_t wide;
  if (leaf->width == 4) {
    memcpy(&narrow, value, 4);
    return narrow;
  }
  memcpy(&wide, value, 8);
  return wide;
}

int parquet_out_compare(const struct parquet_out_leaf *leaf, struct vonk_str a, struct vonk_str b) {
  switch (leaf->form) {
    case PARQUET_OUT_BYTES: return vonk_str_compare(a, b);
    case PARQUET_OUT_BOOLEAN: return *(const uint8_t *)a.data - *(const uint8_t *)b.data;
    case PARQUET_OUT_F32:
    case PARQUET_OUT_F64: return (real_of(leaf, a.data) > real_of(leaf, b.data)) - (real_of(leaf, a.data) < real_of(leaf, b.data));
    case PARQUET_OUT_DECIMAL:
      if ((a.data[0] ^ b.data[0]) & 0x80) return a.data[0] & 0x80 ? -1 : 1;
      return memcmp(a.data, b.data, leaf->width);
    default: return (integer_of(leaf, a.data) > integer_of(leaf, b.data)) - (integer_of(leaf, a.data) < integer_of(leaf, b.data));
  }
}

static bool has_order(const struct parquet_out_leaf *leaf) { return leaf->form != PARQUET_OUT_INT96 && leaf->form != PARQUET_OUT_VOID; }

static bool is_real(const struct parquet_out_leaf *leaf) { return leaf->form == PARQUET_OUT_F32 || leaf->form == PARQUET_OUT_F64; }

/* BOUNDS point to values that live elsewhere: takes VALUE in. */
static void include(const struct parquet_out_leaf *leaf, struct vonk_str value, struct parquet_out_bounds *b) {
  if (is_real(leaf) && isnan(real_of(leaf, value.data))) b->unordered = true;
  if (!b->known || parquet_out_compare(leaf, value, b->min) < 0) b->min = value;
  if (!b->known || parquet_out_compare(leaf, value, b->max) > 0) b->max = value;
  b->known = true;
}

/* The last character of TEXT that ends within LIMIT bytes. */
static size_t cut_text(struct vonk_str text, size_t limit) {
  while (limit > 0 && ((unsigned char)text.data[limit] & 0xC0) == 0x80) limit--;
  return limit;
}

/* The next greater character in place of the last one that has one; false when none has. */
static bool raise_text(char *text, size_t *size) {
  while (*size > 0) {
    size_t start = *size - 1;
    while (start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80) start--;
    size_t position = start;
    uint32_t character = vonk_utf8_decode((struct vonk_str){text, *size}, &position) + 1;
    if (character == 0xD800) character = 0xE000;
    char bytes[4];
    size_t length = character <= 0x10FFFF ? vonk_utf8_encode(character, bytes) : 0;
    if (length && length <= *size - start) {
      memcpy(text + start, bytes, length);
      *size = start + length;
      return true;
    }
    *size = start;
  }
  return false;
}

static bool raise_bytes(char *bytes, size_t *size) {
  for (; *size > 0; (*size)--) {
    if ((unsigned char)bytes[*size - 1] == 0xFF) continue;
    bytes[*size - 1]++;
    return true;
  }
  return false;
}

bool parquet_out_cut(struct vonk_arena *arena, const struct parquet_out_leaf *leaf, struct vonk_str value, size_t limit, bool up, struct vonk_str *out) {
  *out = value;
  if (leaf->form != PARQUET_OUT_BYTES || value.size <= limit) return true;
  bool is_text = leaf->type->id != VONK_TYPE_BINARY && vonk_utf8_valid(value);
  size_t size = is_text ? cut_text(value, limit) : limit;
  if (size == 0) return false;
  *out = vonk_str_copy(arena, (struct vonk_str){value.data, size});
  if (!up) return true;
  char *bytes = (char *)(uintptr_t)out->data;
  return is_text ? raise_text(bytes, &out->size) : raise_bytes(bytes, &out->size);
}

/* What BOUNDS point to becomes theirs. */
static void keep(struct vonk_arena *arena, const struct parquet_out_leaf *leaf, struct parquet_out_bounds *b) {
  if (!b->known) return;
  b->min_exact = leaf->form != PARQUET_OUT_BYTES || b->min.size <= BOUND_BYTES_MAX;
  b->max_exact = leaf->form != PARQUET_OUT_BYTES || b->max.size <= BOUND_BYTES_MAX;
  struct vonk_str min = b->min, max = b->max;
  if (b->min_exact) b->min = vonk_str_copy(arena, min);
  else if (!parquet_out_cut(arena, leaf, min, BOUND_BYTES_CUT, false, &b->min)) b->min = (struct vonk_str){0};
  if (b->max_exact) b->max = vonk_str_copy(arena, max);
  else if (!parquet_out_cut(arena, leaf, max, BOUND_BYTES_CUT, true, &b->max)) b->max = (struct vonk_str){0};
  if (!is_real(leaf)) return;
  char *zeros[] = {(char *)(uintptr_t)b->min.data, (char *)(uintptr_t)b->max.data};
  for (int i = 0; i < 2; i++) {
    if (real_of(leaf, zeros[i]) != 0) continue;
    memset(zeros[i], 0, leaf->width);
    if (i == 0) zeros[i][leaf->width - 1] = (char)0x80;
  }
}

/* The loops of the widths that matter. */
static void bounds_i32(const uint8_t *values, uint32_t count, uint32_t *least, uint32_t *greatest) {
  const int32_t *v = (const int32_t *)(const void *)values;
  int32_t min = v[0], max = v[0];
  uint32_t at_min = 0, at_max = 0;
  for (uint32_t i = 1; i < count; i++) min = v[i] < min ? v[i] : min, max = v[i] > max ? v[i] : max;
  while (v[at_min] != min) at_min++;
  while (v[at_max] != max) at_max++;
  *least = at_min, *greatest = at_max;
}

static void bounds_i64(const uint8_t *values, uint32_t count, uint32_t *least, uint32_t *greatest) {
  const int64_t *v = (const int64_t *)(const void *)values;
  int64_t min = v[0], max = v[0];
  uint32_t at_min = 0, at_max = 0;
  for (uint32_t i = 1; i < count; i++) min = v[i] < min ? v[i] : min, max = v[i] > max ? v[i] : max;
  while (v[at_min] != min) at_min++;
  while (v[at_max] != max) at_max++;
  *least = at_min, *greatest = at_max;
}

void parquet_out_bounds_plain(struct vonk_arena *arena, const struct parquet_out_leaf *leaf, const uint8_t *values, uint32_t count,
                              struct parquet_out_bounds *b) {
  *b = (struct parquet_out_bounds){.unordered = !has_order(leaf)};
  if (b->unordered || count == 0) return;
  if (!is_real(leaf) && leaf->form != PARQUET_OUT_DECIMAL && (leaf->width == 4 || leaf->width == 8)) {
    uint32_t least, greatest;
    if (leaf->width == 4) bounds_i32(values, count, &least, &greatest);
    else bounds_i64(values, count, &least, &greatest);
    include(leaf, (struct vonk_str){(const char *)values + (size_t)least * leaf->width, leaf->width}, b);
    include(leaf, (struct vonk_str){(const char *)values + (size_t)greatest * leaf->width, leaf->width}, b);
  } else {
    for (uint32_t i = 0, size = leaf->width; i < count; i++, values += size) {
      if (!leaf->width) memcpy(&size, values, 4), values += 4;
      include(leaf, (struct vonk_str){(const char *)values, size}, b);
    }
  }
  keep(arena, leaf, b);
}

void parquet_out_bounds_codes(struct vonk_arena *arena, const struct parquet_out_leaf *leaf, const struct parquet_out_dictionary *dictionary,
                              const uint32_t *codes, uint32_t count, uint8_t *seen, struct parquet_out_bounds *b) {
  *b = (struct parquet_out_bounds){.unordered = !has_order(leaf)};
  if (b->unordered) return;
  for (uint32_t i = 0; i < count; i++) seen[codes[i]] = 1;
  for (uint32_t code = 0; code < dictionary->entry_count; code++) {
    if (!seen[code]) continue;
    seen[code] = 0;
    include(leaf, parquet_out_entry(dictionary, leaf, code), b);
  }
  keep(arena, leaf, b);
}

void parquet_out_bounds_merge(const struct parquet_out_leaf *leaf, struct parquet_out_bounds *all, const struct parquet_out_bounds *one) {
  all->unordered |= one->unordered;
  if (!one->known) return;
  if (!all->known) {
    bool unordered = all->unordered;
    *all = *one;
    all->unordered = unordered;
    return;
  }
  /* An end that a page could not tell is not known of the whole. */
  if (!one->min.data || !all->min.data) all->min = (struct vonk_str){0};
  else if (parquet_out_compare(leaf, one->min, all->min) < 0) all->min = one->min, all->min_exact = one->min_exact;
  if (!one->max.data || !all->max.data) all->max = (struct vonk_str){0};
  else if (parquet_out_compare(leaf, one->max, all->max) > 0) all->max = one->max, all->max_exact = one->max_exact;
}
