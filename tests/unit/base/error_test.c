/* error_test.c: conditions, parameters, and the place in the statement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/task.h"

static struct vonk_error error;
static struct vonk_arena *arena;
static struct vonk_task task;

static int setup(void **state) {
  (void)state;
  arena = vonk_arena_create(NULL);
  vonk_error_init(&error);
  task = (struct vonk_task){.arena = arena, .error = &error};
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  return 0;
}

static void assert_render(const char *expected) {
  struct vonk_str text = vonk_error_render(&error, arena);
  assert_string_equal(vonk_str_copy(arena, text).data, expected);
}

static void test_error__conditions_are_sorted_and_named(void **state) {
  (void)state;
  for (int i = 0; i < VONK_CONDITION_COUNT; i++) {
    assert_null(strstr(vonk_condition_name(i), "__"));
    /* Spark's oldest conditions have no SQLSTATE. */
    bool legacy = strncmp(vonk_condition_name(i), "_LEGACY_ERROR_TEMP_", 19) == 0;
    assert_int_equal(strlen(vonk_condition_sqlstate(i)), legacy ? 0 : 5);
  }
}

static void test_error__first_one_wins(void **state) {
  (void)state;
  assert_int_equal(vonk_raise(&task, VONK_DIVIDE_BY_ZERO, NULL, "config", STR("\"spark.sql.ansi.enabled\""), NULL), VONK_FAILED);
  assert_int_equal(vonk_unsupported(&task, NULL, "time travel"), VONK_FAILED);
  assert_int_equal(error.condition, VONK_DIVIDE_BY_ZERO);
  struct vonk_str message = vonk_error_message(&error, arena);
  assert_true(vonk_str_starts_with(message, STR("[DIVIDE_BY_ZERO] ")));
  assert_true(vonk_str_find(message, STR("set \"spark.sql.ansi.enabled\" to"), 0) != SIZE_MAX);
  assert_true(vonk_str_ends_with(message, STR(" SQLSTATE: 22012")));
  struct vonk_error copy;
  vonk_error_init(&copy);
  vonk_error_copy(&copy, &error);
  assert_true(vonk_str_equal(vonk_error_message(&copy, arena), message));
  vonk_error_deinit(&copy);
  vonk_error_clear(&error);
  assert_int_equal(vonk_raisef(&task, VONK_INTERNAL_ERROR, NULL, "message", "%d < %d", 2, 1), VONK_FAILED);
  assert_render("[INTERNAL_ERROR] 2 < 1 SQLSTATE: XX000");
}

static void test_error__shows_the_place(void **state) {
  (void)state;
  struct vonk_origin origin = {.text = STR("SELECT\n  a + 1/0,\n  b"), .start = 13, .stop = 16, .line = 2, .column = 6};
  assert_int_equal(vonk_raise(&task, VONK_INTERNAL_ERROR, &origin, "message", STR("m"), NULL), VONK_FAILED);
  assert_render("[INTERNAL_ERROR] m SQLSTATE: XX000\n== SQL (line 2, position 7) ==\n  a + 1/0,\n      ^^^\n");
  vonk_error_clear(&error);
  origin = (struct vonk_origin){.text = STR("1 +\n 0"), .start = 0, .stop = 6, .line = 1, .object_type = STR("VIEW"), .object_name = STR("v")};
  assert_int_equal(vonk_raise(&task, VONK_INTERNAL_ERROR, &origin, "message", STR("m"), NULL), VONK_FAILED);
  assert_render("[INTERNAL_ERROR] m SQLSTATE: XX000\n== SQL of VIEW v (line 1, position 1) ==\n1 +\n^^^\n 0\n^^\n");
}

static void test_error__no_memory_and_cancel(void **state) {
  (void)state;
  struct vonk_budget *budget = vonk_budget_create(NULL, "process", 100);
  task.budget = budget;
  assert_int_equal(vonk_task_memory_error(&task, VONK_OK), VONK_OK);
  assert_int_equal(vonk_task_memory_error(&task, vonk_budget_charge(budget, 500)), VONK_FAILED);
  assert_int_equal(error.condition, VONK_UNABLE_TO_ACQUIRE_MEMORY);
  assert_render("[UNABLE_TO_ACQUIRE_MEMORY] Out of memory: 500 bytes were asked for, 100 are left. SQLSTATE: 53200");
  vonk_error_clear(&error);
  assert_int_equal(vonk_task_memory_error_reading(&task, VONK_NO_MEMORY, STR("/a.parquet")), VONK_FAILED);
  assert_render("[UNABLE_TO_ACQUIRE_MEMORY] Out of memory while /a.parquet was read: 500 bytes were asked for, 100 are left. SQLSTATE: 53200");
  vonk_error_clear(&error);
  struct vonk_cancel cancel = {false};
  task.cancel = &cancel;
  assert_int_equal(vonk_task_check(&task), VONK_OK);
  atomic_store(&cancel.requested, true);
  assert_int_equal(vonk_task_check(&task), VONK_CANCELLED);
  assert_int_equal(error.condition, VONK_OPERATION_CANCELED);
  vonk_budget_destroy(budget);
}

static void test_error__the_machine_is_known(void **state) {
  (void)state;
  assert_true(vonk_cpu_count() >= 1);
  assert_true(vonk_cpu_memory_bytes() > 16 << 20);
  assert_true(vonk_clock_wall_micros() > 1600000000000000);
  uint64_t before = vonk_clock_monotonic_ns();
  assert_true(vonk_clock_monotonic_ns() >= before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_error__conditions_are_sorted_and_named, setup, teardown),
      cmocka_unit_test_setup_teardown(test_error__first_one_wins, setup, teardown),
      cmocka_unit_test_setup_teardown(test_error__shows_the_place, setup, teardown),
      cmocka_unit_test_setup_teardown(test_error__no_memory_and_cancel, setup, teardown),
      cmocka_unit_test_setup_teardown(test_error__the_machine_is_known, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
