/* base64_test.c: the examples of RFC 4648, every byte, and digits back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/base64.h"

static void check(struct vonk_str bytes, bool padded, const char *expected) {
  char out[64];
  size_t size = vonk_base64_encode(bytes, padded, out);
  assert_int_equal(size, vonk_base64_size(bytes.size, padded));
  assert_int_equal(size, strlen(expected));
  assert_memory_equal(out, expected, size);
}

static void test_examples(void **unused) {
  (void)unused;
  static const char *const padded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
  static const char *const bare[] = {"", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"};
  for (size_t size = 0; size <= 6; size++) {
    check(vonk_str_make("foobar", size), true, padded[size]);
    check(vonk_str_make("foobar", size), false, bare[size]);
  }
  check(STR("\xFB\xEF\xFF\x00\x10\x83"), true, "++//ABCD");
}

static void test_digits(void **unused) {
  (void)unused;
  int digits = 0;
  for (int c = -128; c < 128; c++) digits += vonk_base64_digit((char)c) >= 0;
  assert_int_equal(digits, 64);
  for (uint32_t value = 0; value < 64; value++) {
    char byte = (char)(value << 2), out[4];
    vonk_base64_encode(vonk_str_make(&byte, 1), false, out);
    assert_int_equal(vonk_base64_digit(out[0]), value);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples), cmocka_unit_test(test_digits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
