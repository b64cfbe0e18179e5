/* cache_test.c: what is told of cached results, and that they give way when memory is short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/cache.h"

struct fixture {
  struct vonk_instance *instance;
  struct vonk_session *session;
  struct vonk_arena *arena;
  struct vonk_cache_facts *facts;
};

static void fixture_init(struct fixture *f) {
  static const struct vonk_setting settings[] = {{"spark.driver.memory", "96m"}, {"spark.master", "local[2]"}};
  struct vonk_instance_options options = {.struct_size = sizeof options, .settings = settings, .setting_count = 2};
  assert_int_equal(vonk_instance_open(&options, &f->instance), 0);
  assert_int_equal(vonk_session_open(f->instance, NULL, &f->session), 0);
  f->arena = vonk_arena_create(NULL);
}

static void fixture_deinit(struct fixture *f) {
  vonk_arena_destroy(f->arena);
  vonk_session_close(f->session);
  vonk_instance_close(f->instance);
}

/* Runs SQL; the first cell of its last row as a number, or -1. */
static int64_t run(struct fixture *f, const char *sql) {
  struct vonk_statement *statement;
  struct vonk_batch batch = {.row_count = 1};
  int64_t number = -1;
  assert_int_equal(vonk_session_run(f->session, sql, strlen(sql), NULL, &statement), VONK_RUN_OK);
  while (statement->execution && batch.row_count) {
    assert_int_equal(vonk_statement_next_batch(statement, &batch), VONK_OK);
    if (batch.row_count) number = vonk_column_get(&batch.columns[0], batch.row_count - 1, statement->arena).integer;
  }
  vonk_statement_close(statement);
  return number;
}

static uint32_t list(struct fixture *f) { return vonk_cache_list(f->instance->cache, f->arena, &f->facts); }

static void test_cache__tells_what_it_holds(void **state) {
  (void)state;
  struct fixture f;
  fixture_init(&f);
  run(&f, "CACHE TABLE a AS SELECT id FROM range(0, 1000, 1, 3)");
  run(&f, "CACHE LAZY TABLE b AS SELECT id, 'x' AS s FROM range(10)");
  assert_int_equal(list(&f), 2);
  assert_true(vonk_str_equal(f.facts[0].name, STR("b")));
  assert_false(f.facts[0].is_filled);
  assert_true(f.facts[1].is_filled);
  assert_int_equal(f.facts[1].partition_count, 3);
  assert_int_equal(f.facts[1].row_count, 1000);
  assert_true(f.facts[1].byte_size >= 8000);
  assert_true(f.facts[1].level.use_memory && f.facts[1].level.replication == 1);
  assert_int_equal(run(&f, "SELECT count(*) FROM b"), 10);
  assert_int_equal(list(&f), 2);
  assert_true(f.facts[0].is_filled);
  run(&f, "CACHE TABLE a");
  assert_int_equal(list(&f), 2);
  run(&f, "UNCACHE TABLE a");
  assert_int_equal(list(&f), 1);
  run(&f, "CACHE TABLE c AS SELECT rand() AS r FROM range(3)"); /* another each time */
  assert_int_equal(list(&f), 1);
  run(&f, "CACHE TABLE d AS SELECT 1 AS x");
  assert_int_equal(list(&f), 2);
  run(&f, "DROP VIEW d");
  assert_int_equal(list(&f), 1);
  run(&f, "CLEAR CACHE");
  assert_int_equal(list(&f), 0);
  fixture_deinit(&f);
}

static void test_cache__gives_way(void **state) {
  (void)state;
  struct fixture f;
  fixture_init(&f);
  run(&f, "CACHE TABLE a AS SELECT id FROM range(2000000)");
  assert_int_equal(list(&f), 1);
  assert_true(f.facts[0].is_filled);
  uint64_t most = (uint64_t)90 << 20;
  assert_int_equal(vonk_budget_charge(f.instance->budget, most), VONK_OK);
  assert_int_equal(list(&f), 1);
  assert_false(f.facts[0].is_filled);
  vonk_budget_release(f.instance->budget, most);
  assert_int_equal(run(&f, "SELECT max(id) FROM a"), 1999999);
  assert_int_equal(list(&f), 1);
  assert_true(f.facts[0].is_filled);
  fixture_deinit(&f);
}

static void test_cache__does_without_what_is_too_large(void **state) {
  (void)state;
  struct fixture f;
  fixture_init(&f);
  run(&f, "CACHE TABLE a AS SELECT id FROM range(20000000)");
  assert_int_equal(list(&f), 1);
  assert_false(f.facts[0].is_filled);
  assert_int_equal(run(&f, "SELECT max(id) FROM a"), 19999999);
  fixture_deinit(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_cache__tells_what_it_holds), cmocka_unit_test(test_cache__gives_way),
                                     cmocka_unit_test(test_cache__does_without_what_is_too_large)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
