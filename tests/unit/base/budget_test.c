/* budget_test.c: limits, the tree, reclaimers, failures on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/budget.h"
#include "base/thread.h"

static void test_budget__charges_climb_and_roll_back(void **state) {
  (void)state;
  struct vonk_budget *root = vonk_budget_create(NULL, "process", 1000);
  struct vonk_budget *query = vonk_budget_create(root, "query", 0);
  struct vonk_budget *small = vonk_budget_create(query, "operator", 300);
  assert_int_equal(vonk_budget_charge(small, 200), VONK_OK);
  assert_int_equal(vonk_budget_charge(small, 101), VONK_NO_MEMORY);
  assert_int_equal(vonk_budget_refused(small), 101);
  assert_int_equal(vonk_budget_charge(query, 801), VONK_NO_MEMORY);
  assert_int_equal(vonk_budget_used(query), 200);
  assert_int_equal(vonk_budget_charge(query, 800), VONK_OK);
  assert_int_equal(vonk_budget_used(root), 1000);
  assert_int_equal(vonk_budget_available(small), 0);
  vonk_budget_charge_force(small, 50);
  assert_int_equal(vonk_budget_used(root), 1050);
  vonk_budget_release(small, 250);
  vonk_budget_release(query, 800);
  assert_int_equal(vonk_budget_available(small), 300);
  assert_int_equal(vonk_budget_peak(root), 1050);
  assert_int_equal(vonk_budget_charge(small, UINT64_MAX), VONK_NO_MEMORY);
  vonk_budget_destroy(small);
  vonk_budget_destroy(query);
  vonk_budget_destroy(root);
}

struct cache {
  struct vonk_budget *budget;
  uint64_t held;
  int asked;
};

static uint64_t shrink(void *object, uint64_t bytes) {
  struct cache *cache = object;
  if (bytes == 0) return cache->held;
  cache->asked++;
  uint64_t freed = bytes < cache->held ? bytes : cache->held;
  cache->held -= freed;
  vonk_budget_release(cache->budget, freed);
  return freed;
}

static void test_budget__reclaimers_are_asked_by_priority(void **state) {
  (void)state;
  struct vonk_budget *root = vonk_budget_create(NULL, "process", 1000);
  struct cache pages = {root, 300, 0}, tables = {root, 500, 0};
  vonk_budget_charge_force(root, 800);
  vonk_budget_add_reclaimer(root, 2, shrink, &tables);
  vonk_budget_add_reclaimer(root, 1, shrink, &pages);
  assert_int_equal(vonk_budget_available(root), 1000);
  assert_int_equal(vonk_budget_charge(root, 400), VONK_OK);
  assert_int_equal(pages.held, 100);
  assert_int_equal(tables.asked, 0);
  assert_int_equal(vonk_budget_charge(root, 300), VONK_OK);
  assert_int_equal(pages.held, 0);
  assert_int_equal(tables.held, 300);
  assert_int_equal(vonk_budget_charge(root, 301), VONK_NO_MEMORY);
  vonk_budget_remove_reclaimer(root, &pages);
  vonk_budget_remove_reclaimer(root, &tables);
  vonk_budget_release(root, vonk_budget_used(root));
  vonk_budget_destroy(root);
}

static void test_budget__fails_the_nth(void **state) {
  (void)state;
  struct vonk_budget *root = vonk_budget_create(NULL, "process", 0);
  vonk_budget_fail_nth(root, 2, false);
  assert_int_equal(vonk_budget_charge(root, 1), VONK_OK);
  assert_int_equal(vonk_budget_charge(root, 1), VONK_NO_MEMORY);
  assert_int_equal(vonk_budget_charge(root, 1), VONK_OK);
  vonk_budget_fail_nth(root, 2, true);
  for (int i = 1; i <= 6; i++) assert_int_equal(vonk_budget_charge(root, 1), i % 2 ? VONK_OK : VONK_NO_MEMORY);
  vonk_budget_fail_nth(root, 0, false);
  vonk_budget_release(root, 5);
  vonk_budget_destroy(root);
}

static void hammer(void *object) {
  struct vonk_budget *budget = object;
  for (int i = 0; i < 20000; i++) {
    if (vonk_budget_charge(budget, 7) == VONK_OK) vonk_budget_release(budget, 7);
  }
}

static void test_budget__threads_never_pass_the_limit(void **state) {
  (void)state;
  struct vonk_budget *root = vonk_budget_create(NULL, "process", 20);
  struct vonk_budget *query = vonk_budget_create(root, "query", 0);
  struct vonk_thread *threads[4];
  for (int i = 0; i < 4; i++) threads[i] = vonk_thread_create("hammer", hammer, query);
  for (int i = 0; i < 4; i++) vonk_thread_join(threads[i]);
  assert_int_equal(vonk_budget_used(root), 0);
  assert_true(vonk_budget_peak(root) <= 20);
  vonk_budget_destroy(query);
  vonk_budget_destroy(root);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_budget__charges_climb_and_roll_back),
      cmocka_unit_test(test_budget__reclaimers_are_asked_by_priority),
      cmocka_unit_test(test_budget__fails_the_nth),
      cmocka_unit_test(test_budget__threads_never_pass_the_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
