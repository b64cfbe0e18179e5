/* bits_test.c: bitmap words against one bit at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/bits.h"

enum { MAX = 300, WORDS = 6 };
static uint64_t random_state = 7;
static uint64_t next_random(void) { return random_state = random_state * 6364136223846793005u + 1442695040888963407u, random_state ^ random_state >> 31; }

static void test_bits__logic_treats_null_as_ones(void **state) {
  (void)state;
  for (size_t count = 0; count < MAX; count++) {
    uint64_t a[WORDS], b[WORDS], out[4][WORDS];
    for (int i = 0; i < WORDS; i++) a[i] = next_random(), b[i] = next_random();
    for (int variant = 0; variant < 4; variant++) {
      const uint64_t *x = variant & 1 ? NULL : a, *y = variant & 2 ? NULL : b;
      vonk_bits_and(x, y, count, out[0]);
      vonk_bits_or(x, y, count, out[1]);
      vonk_bits_andnot(x, y, count, out[2]);
      vonk_bits_not(x, count, out[3]);
      size_t ones = 0;
      for (size_t i = 0; i < count; i++) {
        bool p = vonk_bits_get(x, i), q = vonk_bits_get(y, i);
        ones += p && q;
        assert_int_equal(vonk_bits_get(out[0], i), p && q);
        assert_int_equal(vonk_bits_get(out[1], i), p || q);
        assert_int_equal(vonk_bits_get(out[2], i), p && !q);
        assert_int_equal(vonk_bits_get(out[3], i), !p);
      }
      assert_int_equal(vonk_bits_count(out[0], count), ones);
      assert_int_equal(vonk_bits_none(out[0], count), ones == 0);
      assert_int_equal(vonk_bits_all(out[0], count), ones == count);
      for (int k = 0; k < 4 && count; k++) assert_int_equal(out[k][(count - 1) / 64] & ~vonk_bits_tail(count), 0);
    }
  }
}

static void test_bits__ranges_slices_and_appends(void **state) {
  (void)state;
  for (int round = 0; round < 5000; round++) {
    uint64_t a[WORDS], out[WORDS + 1], before[WORDS + 1];
    for (int i = 0; i < WORDS; i++) a[i] = next_random(), before[i] = out[i] = next_random();
    size_t from = next_random() % 120, count = next_random() % 180, to = next_random() % 120;
    vonk_bits_slice(a, from, count, out);
    for (size_t i = 0; i < count; i++) assert_int_equal(vonk_bits_get(out, i), vonk_bits_get(a, from + i));
    for (int i = 0; i < WORDS; i++) out[i] = before[i];
    vonk_bits_append(round % 5 ? a : NULL, count, out, to);
    for (size_t i = 0; i < WORDS * 64; i++) {
      bool inside = i >= to && i < to + count;
      assert_int_equal(vonk_bits_get(out, i), inside ? round % 5 == 0 || vonk_bits_get(a, i - to) : vonk_bits_get(before, i));
    }
    for (int i = 0; i < WORDS; i++) out[i] = before[i];
    vonk_bits_set_range(out, to, to + count, round & 1);
    for (size_t i = 0; i < WORDS * 64; i++) {
      assert_int_equal(vonk_bits_get(out, i), i >= to && i < to + count ? (round & 1) : vonk_bits_get(before, i));
    }
  }
}

static void test_bits__iteration_and_bytes(void **state) {
  (void)state;
  for (size_t count = 0; count < MAX; count++) {
    uint8_t *bytes = malloc(count + 1), back[MAX];
    uint64_t bits[WORDS];
    uint32_t indexes[MAX];
    for (size_t i = 0; i < count; i++) bytes[i] = next_random() % 3 ? 0 : (uint8_t)(1 + next_random() % 255);
    vonk_bits_pack_bytes(bytes, count, bits);
    vonk_bits_unpack_bytes(bits, count, back);
    for (size_t i = 0; i < count; i++) assert_int_equal(back[i], bytes[i] != 0);
    size_t n = vonk_bits_indexes(bits, count, indexes), seen = 0;
    for (size_t i = vonk_bits_next(bits, count, 0); i < count; i = vonk_bits_next(bits, count, i + 1)) {
      assert_int_equal(indexes[seen++], i);
      assert_true(bytes[i] != 0);
    }
    assert_int_equal(seen, n);
    assert_int_equal(vonk_bits_count(bits, count), n);
    free(bytes);
  }
  assert_int_equal(vonk_bits_next(NULL, 10, 3), 3);
  assert_int_equal(vonk_bits_next(NULL, 10, 10), 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bits__logic_treats_null_as_ones),
      cmocka_unit_test(test_bits__ranges_slices_and_appends),
      cmocka_unit_test(test_bits__iteration_and_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
