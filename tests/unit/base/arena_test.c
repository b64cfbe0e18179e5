/* arena_test.c: nesting sizes, reset, cleanups, charges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/budget.h"

static void test_arena__memory_is_zeroed_and_aligned(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  for (size_t size = 0; size < 5000; size += 37) {
    unsigned char *bytes = vonk_arena_alloc(arena, size);
    assert_int_equal((uintptr_t)bytes % 16, 0);
    for (size_t i = 0; i < size; i++) assert_int_equal(bytes[i], 0);
    memset(bytes, 0xEE, size);
  }
  vonk_arena_reset(arena);
  unsigned char *again = vonk_arena_alloc(arena, 1000);
  for (size_t i = 0; i < 1000; i++) assert_int_equal(again[i], 0);
  vonk_arena_destroy(arena);
}

static void append(void *object) { strcat(object, "x"); }
static void append_y(void *object) { strcat(object, "y"); }

static void test_arena__cleanups_run_latest_first(void **state) {
  (void)state;
  char log[8] = "";
  struct vonk_arena *arena = vonk_arena_create(NULL);
  vonk_arena_on_reset(arena, append, log);
  vonk_arena_on_reset(arena, append_y, log);
  vonk_arena_reset(arena);
  assert_string_equal(log, "yx");
  vonk_arena_destroy(arena);
  assert_string_equal(log, "yx");
}

static void test_arena__reset_gives_all_but_the_first_chunk_back(void **state) {
  (void)state;
  struct vonk_budget *budget = vonk_budget_create(NULL, "root", 0);
  struct vonk_arena *arena = vonk_arena_create(budget);
  uint64_t first = vonk_budget_used(budget);
  for (int i = 0; i < 1000; i++) vonk_arena_alloc(arena, i % 10 == 0 ? 50000 : 1000);
  assert_true(vonk_budget_used(budget) >= 5000000);
  assert_int_equal(vonk_budget_used(budget), vonk_arena_byte_size(arena));
  vonk_arena_reset(arena);
  assert_int_equal(vonk_budget_used(budget), first);
  vonk_arena_destroy(arena);
  assert_int_equal(vonk_budget_used(budget), 0);
  vonk_budget_destroy(budget);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_arena__memory_is_zeroed_and_aligned),
      cmocka_unit_test(test_arena__cleanups_run_latest_first),
      cmocka_unit_test(test_arena__reset_gives_all_but_the_first_chunk_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
