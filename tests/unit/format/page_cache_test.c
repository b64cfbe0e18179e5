/* page_cache_test.c: pages are kept from their second reading on, those in use stay, and they go when memory is wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/thread.h"
#include "format/page_cache.h"

enum { LIMIT = 256 << 10, PAGE_BYTES = 50 << 10, ROOT_LIMIT = 1 << 20 };

static struct vonk_budget *root;
static struct vonk_page_cache *cache;

static int setup(void **state) {
  (void)state;
  root = vonk_budget_create(NULL, "process", ROOT_LIMIT);
  cache = vonk_page_cache_create(root, LIMIT);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_page_cache_destroy(cache);
  assert_int_equal(vonk_budget_used(root), 0);
  vonk_budget_destroy(root);
  return 0;
}

static struct vonk_page_key key_of(uint64_t page) { return (struct vonk_page_key){page / 100 + 1, page}; }

/* As a reader does; true when the page was there. */
static bool read_page(uint64_t page) {
  struct vonk_page_head head = {{(uint8_t)page}}, found;
  struct vonk_buffer *body = vonk_page_cache_find(cache, key_of(page), &found);
  bool hit = body;
  if (hit) {
    assert_int_equal(found.bytes[0], (uint8_t)page);
    assert_int_equal(body->data[PAGE_BYTES - 1], (uint8_t)page);
  } else if ((body = vonk_page_cache_room(cache, key_of(page), PAGE_BYTES))) {
    body->size = PAGE_BYTES;
    memset(body->data, (uint8_t)page, PAGE_BYTES);
    vonk_page_cache_keep(cache, key_of(page), &head, body);
  }
  vonk_buffer_release(body);
  return hit;
}

static void test_page_cache__keeps_what_is_read_twice(void **state) {
  (void)state;
  assert_false(read_page(1));
  assert_int_equal(vonk_page_cache_facts(cache).byte_size, 0);
  assert_false(read_page(1));
  assert_true(read_page(1));
  assert_false(read_page(101)); /* the place of another file */
  struct vonk_page_cache_facts facts = vonk_page_cache_facts(cache);
  assert_int_equal(facts.asked_count, 4);
  assert_int_equal(facts.found_count, 1);
  assert_true(facts.byte_size >= PAGE_BYTES && facts.byte_size < 2 * PAGE_BYTES);
}

static void test_page_cache__a_scan_of_more_than_fits_leaves_what_is_there(void **state) {
  (void)state;
  uint64_t found = 0;
  for (int round = 0; round < 12; round++) {
    found = 0;
    for (uint64_t page = 0; page < 8; page++) found += read_page(page);
    assert_true(vonk_page_cache_facts(cache).byte_size <= LIMIT);
  }
  assert_true(found >= 4);
  for (int round = 0; round < 20; round++) read_page(500); /* what is not wanted for long gives way */
  assert_true(read_page(500));
}

static void test_page_cache__gives_way_to_queries(void **state) {
  (void)state;
  struct vonk_buffer *large;
  struct vonk_page_head head;
  for (int round = 0; round < 2; round++) {
    for (uint64_t page = 0; page < 4; page++) read_page(page);
  }
  struct vonk_buffer *used = vonk_page_cache_find(cache, key_of(3), &head);
  assert_true(vonk_budget_available(root) >= ROOT_LIMIT - PAGE_BYTES); /* but for what the allocator adds */
  assert_int_equal(vonk_buffer_create(root, ROOT_LIMIT / 8 * 7, &large), VONK_OK);
  vonk_buffer_release(large);
  assert_int_equal(used->data[0], 3); /* as long as somebody reads it */
  vonk_buffer_release(used);
  assert_false(read_page(0));
}

static void read_many(void *object) {
  (void)object;
  for (uint64_t i = 0; i < 2000; i++) read_page(i * 7 % 13);
}

static void test_page_cache__is_shared_by_threads(void **state) {
  (void)state;
  struct vonk_thread *threads[3];
  for (size_t i = 0; i < 3; i++) threads[i] = vonk_thread_create("reader", read_many, NULL);
  for (size_t i = 0; i < 3; i++) vonk_thread_join(threads[i]);
  assert_true(vonk_page_cache_facts(cache).found_count > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_page_cache__keeps_what_is_read_twice, setup, teardown),
      cmocka_unit_test_setup_teardown(test_page_cache__a_scan_of_more_than_fits_leaves_what_is_there, setup, teardown),
      cmocka_unit_test_setup_teardown(test_page_cache__gives_way_to_queries, setup, teardown),
      cmocka_unit_test_setup_teardown(test_page_cache__is_shared_by_threads, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
