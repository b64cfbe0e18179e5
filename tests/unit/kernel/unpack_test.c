/* unpack_test.c: bit-packed numbers of every width from every first bit, against bits picked one by one, on every CPU level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "kernel/kernel_internal.h"
#include "kernel/unpack.h"

enum { COUNT_MAX = 100, BYTES = COUNT_MAX * 8 + 80 };

extern const struct vonk_unpack_table vonk_unpack_table_v2, vonk_unpack_table_v3, vonk_unpack_table_v4;

static const struct vonk_unpack_table *table_of(int level) {
  return level == 0 ? &vonk_unpack_table_v2 : level == 1 ? &vonk_unpack_table_v3 : &vonk_unpack_table_v4;
}

static uint32_t pick(const uint8_t *bytes, uint64_t bit, uint32_t width) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < width; i++, bit++) value |= (uint32_t)(bytes[bit / 8] >> (bit % 8) & 1) << i;
  return value;
}

static void check_bits(const struct vonk_unpack_table *table, const uint8_t *bytes, uint64_t bit, uint32_t width, uint32_t count) {
  uint32_t out[COUNT_MAX + 1], largest = 0;
  memset(out, 0xAB, sizeof out);
  uint32_t told = table->bits(bytes, bit, width, count, out);
  for (uint32_t i = 0; i < count; i++) {
    assert_int_equal(out[i], pick(bytes, bit + (uint64_t)i * width, width));
    largest = out[i] > largest ? out[i] : largest;
  }
  assert_int_equal(told, largest);
  assert_int_equal(out[count], 0xABABABABu);
}

static void test_bits(void **unused) {
  (void)unused;
  uint8_t bytes[BYTES];
  uint32_t state = 1;
  for (int i = 0; i < BYTES; i++) bytes[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
  for (int level = 0; level <= (int)vonk_cpu_level(); level++) {
    for (uint32_t width = 0; width <= 32; width++) {
      for (uint32_t bit = 0; bit < 17; bit++) {
        for (uint32_t count = 0; count <= COUNT_MAX; count += count < 20 ? 1 : 16) check_bits(table_of(level), bytes, bit, width, count);
      }
    }
  }
}

static uint64_t pick_big(const uint8_t *bytes, uint64_t bit, uint32_t width) {
  uint64_t value = 0;
  for (uint32_t i = 0; i < width; i++, bit++) value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1);
  return value;
}

static void test_bits_big(void **unused) {
  (void)unused;
  uint8_t bytes[BYTES];
  uint32_t state = 1;
  for (int i = 0; i < BYTES; i++) bytes[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
  for (int level = 0; level <= (int)vonk_cpu_level(); level++) {
    for (uint32_t width = 1; width <= 64; width = width == 56 ? 64 : width + 1) {
      for (uint32_t count = 0; count <= COUNT_MAX; count += count < 20 ? 1 : 16) {
        uint64_t out[COUNT_MAX + 1];
        memset(out, 0xAB, sizeof out);
        table_of(level)->bits_big(bytes, width, count, out);
        for (uint32_t i = 0; i < count; i++) assert_true(out[i] == pick_big(bytes, (uint64_t)i * width, width));
        assert_true(out[count] == UINT64_C(0xABABABABABABABAB));
      }
    }
  }
}

static void test_spread(void **unused) {
  (void)unused;
  uint64_t valid[2] = {UINT64_C(0x8421F00F12345678), UINT64_C(0x3FF)}, values[COUNT_MAX];
  const uint32_t from = 3, slots = 70;
  uint32_t count = 0;
  for (uint32_t i = 0; i < slots; i++) count += valid[(from + i) / 64] >> ((from + i) % 64) & 1;
  for (uint32_t i = 0; i < COUNT_MAX; i++) values[i] = i + 1;
  vonk_unpack_spread(values, 8, valid, from, slots, count);
  for (uint32_t i = 0, next = 1; i < slots; i++) {
    bool is_valid = valid[(from + i) / 64] >> ((from + i) % 64) & 1;
    assert_true(values[i] == (is_valid ? next++ : 0));
  }
}

static void test_mask(void **unused) {
  (void)unused;
  uint8_t answers[40 + 4] = {0};
  uint32_t codes[COUNT_MAX];
  for (uint32_t i = 0; i < 40; i++) answers[i] = i % 3 == 0;
  for (uint32_t i = 0; i < COUNT_MAX; i++) codes[i] = i * 7 % 40;
  for (int level = 0; level <= (int)vonk_cpu_level(); level++) {
    uint64_t mask[2] = {~0ull, ~0ull};
    table_of(level)->mask(answers, codes, COUNT_MAX, mask);
    for (uint32_t i = 0; i < 128; i++) assert_int_equal(mask[i / 64] >> (i % 64) & 1, i < COUNT_MAX && answers[codes[i]]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_bits), cmocka_unit_test(test_bits_big), cmocka_unit_test(test_spread), cmocka_unit_test(test_mask)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
