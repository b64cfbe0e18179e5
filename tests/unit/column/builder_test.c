/* builder_test.c: rows in, rows out, for every type; reuse and hand-over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"

enum { ROWS = 150, FIELDS_MAX = 32 };

static void test_builder__every_type_comes_back(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  struct vonk_builder builders[FIELDS_MAX], copy;
  struct vonk_column columns[FIELDS_MAX], copied;
  static struct vonk_value values[FIELDS_MAX * ROWS];
  sample_columns(&s, type, ROWS, builders, columns, values);
  for (uint32_t c = 0; c < type->field_count; c++) {
    assert_int_equal(vonk_builder_init(&s.task, &copy, type->fields[c].type), VONK_OK);
    for (uint32_t r = 0; r < ROWS; r++) {
      struct vonk_value value = vonk_column_get(&columns[c], r, s.task.arena);
      assert_true(vonk_value_equal(&value, &values[c * ROWS + r]));
      assert_true(vonk_value_hash(&value) == vonk_value_hash(&values[c * ROWS + r]));
      assert_int_equal(vonk_builder_add_row(&s.task, &copy, &columns[c], r), VONK_OK);
    }
    assert_int_equal(vonk_builder_finish(&s.task, &copy, &copied), VONK_OK);
    struct vonk_buffer **buffers;
    uint32_t count = vonk_builder_take(&copy, s.task.arena, &copied, &buffers);
    vonk_builder_deinit(&copy);
    for (uint32_t r = 0; r < ROWS; r++) {
      struct vonk_value value = vonk_column_get(&copied, r, s.task.arena);
      assert_true(vonk_value_equal(&value, &values[c * ROWS + r]));
    }
    for (uint32_t i = 0; i < count; i++) vonk_buffer_release(buffers[i]);
    vonk_builder_deinit(&builders[c]);
  }
  sample_deinit(&s);
}

static void test_builder__reset_keeps_memory(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  struct vonk_builder builder;
  struct vonk_column column;
  assert_int_equal(vonk_builder_init(&s.task, &builder, &vonk_type_string), VONK_OK);
  uint64_t used = 0;
  for (int round = 0; round < 50; round++) {
    vonk_builder_reset(&builder);
    for (int i = 0; i < 3000; i++) {
      struct vonk_str text = vonk_str_make("a string of thirty bytes or so", 30);
      if (i % 7 == 0) assert_int_equal(vonk_builder_add_null(&s.task, &builder), VONK_OK);
      else assert_int_equal(vonk_builder_add_bytes(&s.task, &builder, text.data, (size_t)(i % 31)), VONK_OK);
    }
    if (round == 1) used = vonk_budget_used(s.budget);
    if (round > 1) assert_int_equal(vonk_budget_used(s.budget), used);
  }
  assert_int_equal(vonk_builder_finish(&s.task, &builder, &column), VONK_OK);
  for (uint32_t i = 0; i < 3000; i++) {
    assert_int_equal(vonk_column_row_valid(&column, i), i % 7 != 0);
    if (i % 7) assert_int_equal(((const struct vonk_view *)column.data)[i].size, i % 31);
  }
  vonk_builder_deinit(&builder);
  sample_deinit(&s);
}

static void test_builder__const_columns(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  for (int round = 0; round < 20; round++) {
    struct vonk_value value = sample_value(&s, type, false);
    struct vonk_column column = vonk_column_const(s.task.arena, &value);
    struct vonk_value back = vonk_column_get(&column, 77, s.task.arena);
    assert_true(vonk_value_equal(&value, &back));
    /* A field taken out of a constant is a constant. */
    for (uint32_t c = 0; c < type->field_count; c++) {
      assert_int_equal(column.children[c].encoding, VONK_CONST);
      back = vonk_column_get(&column.children[c], 1000, s.task.arena);
      assert_true(vonk_value_equal(&value.nested.items[c], &back));
    }
  }
  sample_deinit(&s);
}

static void test_builder__memory_may_run_out(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  for (uint64_t nth = 1; nth < 60; nth++) {
    struct vonk_builder builder;
    assert_int_equal(vonk_builder_init(&s.task, &builder, type), VONK_OK);
    vonk_budget_fail_nth(s.budget, nth, false);
    enum vonk_status status = VONK_OK;
    for (int r = 0; r < 200 && status == VONK_OK; r++) {
      struct vonk_value value = sample_value(&s, type, true);
      status = vonk_builder_add_value(&s.task, &builder, &value);
    }
    vonk_budget_fail_nth(s.budget, 0, false);
    assert_int_equal(status, VONK_NO_MEMORY);
    vonk_builder_deinit(&builder);
  }
  sample_deinit(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_builder__every_type_comes_back),
      cmocka_unit_test(test_builder__reset_keeps_memory),
      cmocka_unit_test(test_builder__const_columns),
      cmocka_unit_test(test_builder__memory_may_run_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
