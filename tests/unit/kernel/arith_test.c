/* arith_test.c: arithmetic and comparison of every CPU level against one row at a time, in all shapes, with the values at the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/cpu.h"
#include "kernel/kernel_internal.h"

enum { ROWS = 200, WORDS = (ROWS + 63) / 64, PADDED = 256 };

extern const struct vonk_arith_table vonk_arith_table_v2, vonk_arith_table_v3, vonk_arith_table_v4;

static uint64_t state = 1;
static uint32_t random_below(uint32_t below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)((state >> 33) % below);
}

static int64_t edge(int bits) {
  int64_t largest = (int64_t)(~(uint64_t)0 >> (65 - bits));
  switch (random_below(8)) {
    case 0: return largest - random_below(3);
    case 1: return -largest - 1 + random_below(3);
    case 2: return 0;
    case 3: return -1;
    default: return (int64_t)random_below(1000) - 500;
  }
}

#define INTEGER_TYPES(X) X(int8_t, I8, 8) X(int16_t, I16, 16) X(int32_t, I32, 32) X(int64_t, I64, 64)

static bool holds(enum vonk_compare op, int order) {
  switch (op) {
    case VONK_COMPARE_EQ: return order == 0;
    case VONK_COMPARE_NE: return order != 0;
    case VONK_COMPARE_LT: return order < 0;
    case VONK_COMPARE_LE: return order <= 0;
    case VONK_COMPARE_GT: return order > 0;
    default: return order >= 0;
  }
}

static vonk_int128 apply(enum vonk_arith op, vonk_int128 x, vonk_int128 y) {
  return op == VONK_ARITH_ADD ? x + y : op == VONK_ARITH_SUBTRACT ? x - y : x * y;
}

/* All shapes of one type: COUNT rows, steps 0 and 1. */
#define CHECK(T, P, bits)                                                                                                 \
  static void check_##P(const struct vonk_arith_table *table, uint32_t count, uint32_t a_step, uint32_t b_step, bool mild) { \
    T a[PADDED], b[PADDED], out[PADDED];                                                                                  \
    uint64_t bad[WORDS + 1] = {0}, mask[WORDS + 1];                                                                       \
    for (int i = 0; i < PADDED; i++) a[i] = (T)(mild ? (int64_t)random_below(11) - 5 : edge(bits)), b[i] = (T)(mild ? 7 : edge(bits)); \
    struct vonk_arith_inputs in = {a, b, a_step, b_step};                                                                 \
    for (enum vonk_arith op = 0; op < VONK_ARITH_COUNT; op++) {                                                           \
      table->arith[VONK_PHYSICAL_##P](op, &in, count, out);                                                               \
      for (uint32_t i = 0; i < count; i++) assert_true(out[i] == (T)apply(op, a[i * a_step], b[i * b_step]));             \
      memset(bad, 0, sizeof bad);                                                                                         \
      table->checked[VONK_PHYSICAL_##P](op, &in, count, out, bad);                                                        \
      for (uint32_t i = 0; i < count; i++) {                                                                              \
        vonk_int128 exact = apply(op, a[i * a_step], b[i * b_step]);                                                      \
        assert_int_equal(vonk_bits_get(bad, i), exact != (T)exact);                                                       \
        assert_true(out[i] == (T)exact);                                                                                  \
      }                                                                                                                   \
    }                                                                                                                     \
    for (enum vonk_compare op = 0; op < VONK_COMPARE_COUNT; op++) {                                                       \
      table->compare[VONK_PHYSICAL_##P](op, &in, count, mask);                                                            \
      for (uint32_t i = 0; i < count; i++) {                                                                              \
        T x = a[i * a_step], y = b[i * b_step];                                                                           \
        assert_int_equal(vonk_bits_get(mask, i), holds(op, (x > y) - (x < y)));                                           \
      }                                                                                                                   \
      if (count % 64) assert_int_equal(mask[count / 64] >> (count % 64), 0);                                              \
    }                                                                                                                     \
  }
INTEGER_TYPES(CHECK)
#undef CHECK

static int order_of(double x, double y) {
  if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
  return (x > y) - (x < y);
}

#define CHECK_REAL(T, P)                                                                                               \
  static void check_##P(const struct vonk_arith_table *table, uint32_t count, uint32_t a_step, uint32_t b_step) {      \
    static const double values[] = {0.0, -0.0, 1.5, -2.5, INFINITY, -INFINITY, NAN};                                   \
    T a[PADDED], b[PADDED];                                                                                            \
    uint64_t mask[WORDS + 1];                                                                                          \
    for (int i = 0; i < PADDED; i++) a[i] = (T)values[random_below(7)], b[i] = (T)values[random_below(7)];              \
    for (enum vonk_compare op = 0; op < VONK_COMPARE_COUNT; op++) {                                                    \
      table->compare[VONK_PHYSICAL_##P](op, &(struct vonk_arith_inputs){a, b, a_step, b_step}, count, mask);           \
      for (uint32_t i = 0; i < count; i++) assert_int_equal(vonk_bits_get(mask, i), holds(op, order_of(a[i * a_step], b[i * b_step]))); \
    }                                                                                                                  \
  }
CHECK_REAL(float, F32)
CHECK_REAL(double, F64)

static void check_special(const struct vonk_arith_table *table, uint32_t count, uint32_t a_step, uint32_t b_step) {
  int32_t a[PADDED], b[PADDED], rest[PADDED];
  int64_t out[PADDED];
  for (int i = 0; i < PADDED; i++) a[i] = (int32_t)edge(32), b[i] = (int32_t)edge(32);
  struct vonk_arith_inputs in = {a, b, a_step, b_step};
  table->multiply_long(&in, count, out);
  for (int positive = 0; positive < 2; positive++) {
    table->remainder_int(&in, count, positive, rest);
    for (uint32_t i = 0; i < count; i++) {
      int64_t x = a[i * a_step], y = b[i * b_step], left = y ? x % y : 0;
      assert_true(out[i] == x * y);
      if (positive && left < 0 && y > 0) left += y;
      if (y) assert_int_equal(rest[i], left);
    }
  }
}

static void check_views(const struct vonk_arith_table *table, uint32_t count) {
  static const char *const texts[] = {"", "a", "abcdefghijkl", "abcdefghijkm", "abcdefghijklm", "abcdefghijkln"};
  struct vonk_view a[PADDED];
  uint64_t mask[WORDS + 1];
  for (int i = 0; i < PADDED; i++) {
    const char *text = texts[random_below(6)];
    a[i] = vonk_view_make(text, (uint32_t)strlen(text));
  }
  for (int t = 0; t < 6; t++) {
    struct vonk_view constant = vonk_view_make(texts[t], (uint32_t)strlen(texts[t]));
    bool whole = constant.size <= VONK_VIEW_INLINE;
    table->equal_views(a, &constant, count, whole, mask);
    for (uint32_t i = 0; i < count; i++) {
      bool head = memcmp(&a[i], &constant, 8) == 0;
      assert_int_equal(vonk_bits_get(mask, i), whole ? memcmp(&a[i], &constant, 16) == 0 : head);
    }
  }
}

static void test_all_levels(void **unused) {
  (void)unused;
  static const struct vonk_arith_table *const tables[] = {&vonk_arith_table_v2, &vonk_arith_table_v3, &vonk_arith_table_v4};
  static const uint32_t counts[] = {1, 63, 64, 65, 128, ROWS};
  for (int level = 0; level <= (int)vonk_cpu_level(); level++) {
    for (int shape = 0; shape < 4 * 6; shape++) {
      uint32_t a_step = shape & 1, b_step = shape >> 1 & 1, count = counts[shape / 4];
      for (int mild = 0; mild < 2; mild++) {
#define RUN(T, P, bits) check_##P(tables[level], count, a_step, b_step, mild);
        INTEGER_TYPES(RUN)
#undef RUN
      }
      check_F32(tables[level], count, a_step, b_step);
      check_F64(tables[level], count, a_step, b_step);
      check_special(tables[level], count, a_step, b_step);
      check_views(tables[level], count);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_levels)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
