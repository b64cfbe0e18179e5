/* snappy_test.c: blocks of the library, cut and changed, give what the library says of them. */
#include <setjmp.h>
#include <snappy-c.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/snappy.h"

enum { SIZE_MAX_TESTED = 5000, ROUNDS = 4000 };

static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525 + 1013904223, *state >> 8; }

/* Bytes with repeats at near and far distances. */
static void fill(uint8_t *bytes, size_t size, uint32_t *state) {
  for (size_t i = 0; i < size;) {
    uint32_t kind = next_random(state) % 3, length = 1 + next_random(state) % (kind ? 90 : 20);
    uint32_t distance = 1 + next_random(state) % (kind == 1 ? 20 : 3000);
    for (uint32_t k = 0; k < length && i < size; k++, i++) bytes[i] = kind && distance <= i ? bytes[i - distance] : (uint8_t)next_random(state);
  }
}

/* Exact allocations, so that sanitizers see a byte too far. */
static void check(const uint8_t *block, size_t block_size, size_t size) {
  uint8_t *in = malloc(block_size + !block_size), *ours = malloc(size + !size), *theirs = malloc(size + !size);
  memcpy(in, block, block_size);
  size_t told = 0, made = size;
  bool expected = snappy_uncompressed_length((const char *)in, block_size, &told) == SNAPPY_OK && told == size &&
                  snappy_uncompress((const char *)in, block_size, (char *)theirs, &made) == SNAPPY_OK;
  assert_int_equal(vonk_snappy_decompress(in, block_size, ours, size), expected);
  if (expected) assert_memory_equal(ours, theirs, size);
  free(in), free(ours), free(theirs);
}

static void test_blocks(void **unused) {
  (void)unused;
  static uint8_t bytes[SIZE_MAX_TESTED], block[2 * SIZE_MAX_TESTED];
  uint32_t state = 7;
  for (int round = 0; round < ROUNDS; round++) {
    size_t size = next_random(&state) % SIZE_MAX_TESTED, block_size = sizeof block;
    fill(bytes, size, &state);
    assert_int_equal(snappy_compress((const char *)bytes, size, (char *)block, &block_size), SNAPPY_OK);
    check(block, block_size, size);
    check(block, block_size - 1, size);
    check(block, block_size, size + 1);
    for (int change = 0; change < 8; change++) {
      size_t at = next_random(&state) % block_size;
      uint8_t before = block[at];
      block[at] = (uint8_t)next_random(&state);
      check(block, block_size, size);
      if (change & 1) block[at] = before;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
