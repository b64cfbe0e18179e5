/* footer_cache_test.c: entries are found by their file's state, live with their users, and go when memory is wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/thread.h"
#include "format/footer_cache.h"

enum { LIMIT = 64 << 10, ENTRY_BYTES = 20 << 10 };

static const struct vonk_footer_key one = {STR("/a"), 10, 20, 30}, two = {STR("/b"), 10, 20, 30}, three = {STR("/c"), 10, 20, 30};
static struct vonk_budget *root;
static struct vonk_footer_cache *cache;

static int setup(void **state) {
  (void)state;
  root = vonk_budget_create(NULL, "process", 1 << 20);
  cache = vonk_footer_cache_create(root, LIMIT);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_footer_cache_destroy(cache);
  assert_int_equal(vonk_budget_used(root), 0);
  vonk_budget_destroy(root);
  return 0;
}

static const void *keep(const struct vonk_footer_key *key, struct vonk_arena *user) {
  struct vonk_arena *memory = vonk_footer_cache_arena(cache);
  void *object = vonk_arena_alloc(memory, ENTRY_BYTES);
  vonk_footer_cache_keep(cache, key, memory, object, user);
  return object;
}

static const void *find(const struct vonk_footer_key *key) {
  struct vonk_arena *user = vonk_arena_create(NULL);
  const void *object = vonk_footer_cache_find(cache, key, user);
  vonk_arena_destroy(user);
  return object;
}

static void test_footer_cache__knows_one_state_of_a_file(void **state) {
  (void)state;
  struct vonk_arena *user = vonk_arena_create(NULL);
  const void *object = keep(&one, user);
  struct vonk_footer_key others[] = {one, one, one, two};
  others[0].byte_size++, others[1].mtime_ns++, others[2].inode++;
  assert_ptr_equal(find(&one), object);
  for (size_t i = 0; i < 4; i++) assert_null(find(&others[i]));
  assert_ptr_not_equal(keep(&one, user), object); /* one who was slower */
  assert_ptr_equal(find(&one), object);
  vonk_arena_destroy(user);
  assert_ptr_equal(find(&one), object);
}

static void test_footer_cache__the_oldest_use_goes_first(void **state) {
  (void)state;
  struct vonk_arena *user = vonk_arena_create(NULL);
  keep(&one, user), keep(&two, user);
  vonk_arena_reset(user);
  assert_non_null(find(&one));
  keep(&three, user);
  vonk_arena_reset(user); /* three are more than the bound */
  assert_null(find(&two));
  assert_non_null(find(&one));
  assert_non_null(find(&three));
  vonk_arena_destroy(user);
}

static void test_footer_cache__gives_way_to_queries(void **state) {
  (void)state;
  struct vonk_arena *user = vonk_arena_create(NULL), *other = vonk_arena_create(NULL);
  keep(&one, user), keep(&two, other);
  vonk_arena_reset(user);
  uint64_t most = vonk_budget_available(root);
  assert_true(most >= (1 << 20) - 2 * ENTRY_BYTES && most < 1 << 20);
  assert_int_equal(vonk_budget_charge(root, most), VONK_OK);
  assert_null(find(&one));
  assert_non_null(find(&two)); /* in use */
  vonk_budget_release(root, most);
  vonk_arena_destroy(user), vonk_arena_destroy(other);
}

static void hammer(void *object) {
  (void)object;
  const struct vonk_footer_key *keys[] = {&one, &two, &three};
  for (int i = 0; i < 2000; i++) {
    struct vonk_arena *user = vonk_arena_create(NULL);
    const char *found = vonk_footer_cache_find(cache, keys[i % 3], user);
    if (!found) found = keep(keys[i % 3], user);
    assert_int_equal(found[ENTRY_BYTES - 1], 0);
    vonk_arena_destroy(user);
  }
}

static void test_footer_cache__is_shared_by_threads(void **state) {
  (void)state;
  struct vonk_thread *threads[4];
  for (int i = 0; i < 4; i++) threads[i] = vonk_thread_create("hammer", hammer, NULL);
  for (int i = 0; i < 4; i++) vonk_thread_join(threads[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_footer_cache__knows_one_state_of_a_file, setup, teardown),
      cmocka_unit_test_setup_teardown(test_footer_cache__the_oldest_use_goes_first, setup, teardown),
      cmocka_unit_test_setup_teardown(test_footer_cache__gives_way_to_queries, setup, teardown),
      cmocka_unit_test_setup_teardown(test_footer_cache__is_shared_by_threads, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
