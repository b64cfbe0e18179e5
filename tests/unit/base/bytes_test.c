/* bytes_test.c: the reader of untrusted bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

static void test_bytes__numbers(void **state) {
  (void)state;
  const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xAC, 0x02, 0x03};
  struct vonk_bytes r = vonk_bytes_of(data, sizeof data);
  assert_int_equal(vonk_bytes_u8(&r), 1);
  assert_int_equal(vonk_bytes_u16(&r), 0x0302);
  assert_int_equal(vonk_bytes_u32(&r), 0x07060504);
  assert_true(vonk_bytes_u64(&r) == 0x0F0E0D0C0B0A0908u);
  assert_int_equal(vonk_bytes_varint(&r), 300);
  assert_int_equal(vonk_bytes_zigzag(&r), -2);
  assert_true(vonk_bytes_end(&r) && !r.failed);
  assert_int_equal(vonk_bytes_u8(&r), 0);
  assert_true(r.failed);
}

static void test_bytes__failure_sticks(void **state) {
  (void)state;
  const uint8_t data[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 7};
  struct vonk_bytes r = vonk_bytes_of(data, sizeof data);
  assert_true(vonk_bytes_varint(&r) == UINT64_MAX);
  assert_null(vonk_bytes_take(&r, SIZE_MAX));
  assert_int_equal(vonk_bytes_u8(&r), 0);
  const uint8_t endless[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02};
  r = vonk_bytes_of(endless, sizeof endless);
  vonk_bytes_varint(&r);
  assert_true(r.failed);
  r = vonk_bytes_of(data, sizeof data);
  assert_int_equal(vonk_bytes_length(&r, 10, 10), 10);
  assert_int_equal(vonk_bytes_length(&r, 11, 10), 0);
  assert_true(r.failed);
  r = vonk_bytes_of(data, sizeof data);
  struct vonk_bytes sub = vonk_bytes_sub(&r, 4);
  assert_int_equal(vonk_bytes_left(&sub), 4);
  assert_int_equal(vonk_bytes_left(&r), 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes__numbers), cmocka_unit_test(test_bytes__failure_sticks)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
