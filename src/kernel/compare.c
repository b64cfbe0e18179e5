/* compare.c: dispatch of arithmetic and comparison; strings, booleans, nested rows. */
#include "kernel/compare.h"

#include "base/bits.h"
#include "column/load.h"
#include "kernel/kernel_internal.h"

void vonk_arith(enum vonk_arith op, enum vonk_physical physical, const struct vonk_arith_inputs *in, uint32_t count, void *out) {
  vonk_arith_table()->arith[physical](op, in, count, out);
}

void vonk_arith_checked(enum vonk_arith op, enum vonk_physical physical, const struct vonk_arith_inputs *in, uint32_t count, void *out, uint64_t *bad) {
  vonk_arith_table()->checked[physical](op, in, count, out, bad);
}

void vonk_multiply_wide(const struct vonk_arith_inputs *in, uint32_t count, vonk_int128 *out) {
  vonk_arith_table()->multiply_wide(in, count, out);
}

void vonk_multiply_long(const struct vonk_arith_inputs *in, uint32_t count, int64_t *out) { vonk_arith_table()->multiply_long(in, count, out); }
void vonk_divide_real(const struct vonk_arith_inputs *in, uint32_t count, double *out) { vonk_arith_table()->divide_real(in, count, out); }
void vonk_remainder_int(const struct vonk_arith_inputs *in, uint32_t count, bool positive, int32_t *out) {
  vonk_arith_table()->remainder_int(in, count, positive, out);
}

/* --- strings --- */

bool vonk_equal_views(const struct vonk_view *a, const struct vonk_view *b) {
  uint64_t x[2], y[2];
  memcpy(x, a, 16);
  memcpy(y, b, 16);
  if (x[0] != y[0]) return false;
  if (a->size <= VONK_VIEW_INLINE || x[1] == y[1]) return x[1] == y[1];
  return memcmp(a->pointer + 4, b->pointer + 4, a->size - 4) == 0;
}

int vonk_compare_views(const struct vonk_view *a, const struct vonk_view *b) {
  uint32_t x, y;
  memcpy(&x, a->prefix, 4);
  memcpy(&y, b->prefix, 4);
  /* Bytes behind the end of a short text are zero, so a prefix that differs decides; lengths decide the rest. */
  if (x != y) return __builtin_bswap32(x) < __builtin_bswap32(y) ? -1 : 1;
  uint32_t size = a->size < b->size ? a->size : b->size;
  int order = memcmp(vonk_view_data(a), vonk_view_data(b), size);
  if (order) return order < 0 ? -1 : 1;
  return a->size < b->size ? -1 : a->size > b->size;
}

/* = and <> with a constant: length and first bytes decide most rows, what they let through is compared in full. */
static void compare_constant(enum vonk_compare op, const struct vonk_view *a, const struct vonk_view *constant, uint32_t count, uint64_t *out) {
  bool whole = constant->size <= VONK_VIEW_INLINE;
  size_t words = vonk_bits_words(count);
  vonk_arith_table()->equal_views(a, constant, count, whole, out);
  for (size_t w = 0; w < words; w++) {
    if (w + 1 == words) out[w] &= vonk_bits_tail(count);
    for (uint64_t left = whole ? 0 : out[w]; left; left &= left - 1) {
      uint32_t bit = (uint32_t)__builtin_ctzll(left);
      if (!vonk_equal_views(&a[w * 64 + bit], constant)) out[w] &= ~((uint64_t)1 << bit);
    }
  }
  if (op == VONK_COMPARE_NE) vonk_bits_not(out, count, out);
}

static void compare_views(enum vonk_compare op, const struct vonk_arith_inputs *in, uint32_t count, uint64_t *out) {
  if (op <= VONK_COMPARE_NE && in->a_step && !in->b_step) {
    compare_constant(op, in->a, in->b, count, out);
    return;
  }
  const struct vonk_view *a = in->a, *b = in->b;
  for (uint32_t from = 0; from < count; from += 64) {
    uint32_t stop = count - from < 64 ? count - from : 64;
    uint64_t word = 0;
    for (uint32_t k = 0; k < stop; k++) {
      const struct vonk_view *x = &a[(from + k) * in->a_step], *y = &b[(from + k) * in->b_step];
      bool bit = op <= VONK_COMPARE_NE ? vonk_equal_views(x, y) == (op == VONK_COMPARE_EQ) : vonk_compare_holds(op, vonk_compare_views(x, y));
      word |= (uint64_t)bit << k;
    }
    out[from >> 6] = word;
  }
}

static void compare_bools(enum vonk_compare op, const struct vonk_arith_inputs *in, uint32_t count, uint64_t *out) {
  const uint64_t *a = in->a, *b = in->b;
  size_t words = vonk_bits_words(count);
  for (size_t w = 0; w < words; w++) {
    uint64_t x = in->a_step ? a[w] : -(a[0] & 1), y = in->b_step ? b[w] : -(b[0] & 1);
    switch (op) {
      case VONK_COMPARE_EQ: out[w] = ~(x ^ y); break;
      case VONK_COMPARE_NE: out[w] = x ^ y; break;
      case VONK_COMPARE_LT: out[w] = ~x & y; break;
      case VONK_COMPARE_LE: out[w] = ~x | y; break;
      case VONK_COMPARE_GT: out[w] = x & ~y; break;
      default: out[w] = x | ~y;
    }
  }
  if (words) out[words - 1] &= vonk_bits_tail(count);
}

void vonk_compare(enum vonk_compare op, enum vonk_physical physical, const struct vonk_arith_inputs *in, uint32_t count, uint64_t *out) {
  if (physical == VONK_PHYSICAL_VIEW) compare_views(op, in, count, out);
  else if (physical == VONK_PHYSICAL_BOOL) compare_bools(op, in, count, out);
  else vonk_arith_table()->compare[physical](op, in, count, out);
}

/* --- rows --- */

static int compare_reals(double x, double y) {
  bool x_nan = x != x, y_nan = y != y;
  if (x_nan || y_nan) return x_nan - y_nan;
  return (x > y) - (x < y);
}

int vonk_compare_nullable_rows(const struct vonk_column *a, uint32_t a_row, const struct vonk_column *b, uint32_t b_row) {
  bool x = vonk_column_row_valid(a, a_row), y = vonk_column_row_valid(b, b_row);
  return x && y ? vonk_compare_rows(a, a_row, b, b_row) : x - y;
}

static int compare_lists(const struct vonk_column *a, uint32_t i, const struct vonk_column *b, uint32_t k) {
  struct vonk_list x = ((const struct vonk_list *)vonk_column_values(a))[i], y = ((const struct vonk_list *)vonk_column_values(b))[k];
  const struct vonk_column *ac = a->encoding == VONK_DICT ? a->dictionary->entries.children : a->children;
  const struct vonk_column *bc = b->encoding == VONK_DICT ? b->dictionary->entries.children : b->children;
  uint32_t parts = vonk_type_child_count(a->type);
  for (uint32_t n = 0; n < x.length && n < y.length; n++) {
    for (uint32_t part = 0; part < parts; part++) {
      int order = vonk_compare_nullable_rows(&ac[part], x.offset + n, &bc[part], y.offset + n);
      if (order) return order;
    }
  }
  return (x.length > y.length) - (x.length < y.length);
}

int vonk_compare_rows(const struct vonk_column *a, uint32_t a_row, const struct vonk_column *b, uint32_t b_row) {
  uint32_t i = vonk_column_index(a, a_row), k = vonk_column_index(b, b_row);
  switch (a->physical) {
    case VONK_PHYSICAL_NONE: return 0;
    case VONK_PHYSICAL_VIEW:
      return vonk_compare_views((const struct vonk_view *)vonk_column_values(a) + i, (const struct vonk_view *)vonk_column_values(b) + k);
    case VONK_PHYSICAL_F32: return compare_reals(((const float *)vonk_column_values(a))[i], ((const float *)vonk_column_values(b))[k]);
    case VONK_PHYSICAL_F64: return compare_reals(((const double *)vonk_column_values(a))[i], ((const double *)vonk_column_values(b))[k]);
    case VONK_PHYSICAL_INTERVAL: {
      const struct vonk_interval *x = (const struct vonk_interval *)vonk_column_values(a) + i, *y = (const struct vonk_interval *)vonk_column_values(b) + k;
      if (x->months != y->months) return x->months < y->months ? -1 : 1;
      if (x->days != y->days) return x->days < y->days ? -1 : 1;
      return (x->micros > y->micros) - (x->micros < y->micros);
    }
    case VONK_PHYSICAL_LIST: return compare_lists(a, i, b, k);
    case VONK_PHYSICAL_STRUCT: {
      const struct vonk_column *ac = a->encoding == VONK_DICT ? a->dictionary->entries.children : a->children;
      const struct vonk_column *bc = b->encoding == VONK_DICT ? b->dictionary->entries.children : b->children;
      for (uint32_t f = 0, fields = vonk_type_child_count(a->type); f < fields; f++) {
        int order = vonk_compare_nullable_rows(&ac[f], i, &bc[f], k);
        if (order) return order;
      }
      return 0;
    }
    default: break;
  }
  vonk_int128 x = vonk_load_wide(vonk_column_values(a), a->physical, i), y = vonk_load_wide(vonk_column_values(b), b->physical, k);
  return (x > y) - (x < y);
}
