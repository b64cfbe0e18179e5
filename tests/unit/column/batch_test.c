/* batch_test.c: owned copies of batches in every encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "column/batch.h"
#include "sample.h"

enum { ROWS = 200, FIELDS_MAX = 32 };

static void check_copy(struct sample *s, const struct vonk_batch *batch, const struct vonk_value *values) {
  struct vonk_owned_batch *copy;
  assert_int_equal(vonk_batch_copy(&s->task, batch, &copy), VONK_OK);
  assert_null(copy->batch.live);
  for (uint32_t c = 0; c < batch->column_count; c++) {
    uint32_t to = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
      if (!vonk_batch_row_live(batch, r)) continue;
      struct vonk_value value = vonk_column_get(&copy->batch.columns[c], to, s->task.arena);
      assert_true(vonk_value_equal(&value, &values[c * ROWS + r]));
      if (batch->live) assert_int_equal(copy->batch.row_origin[to], r);
      to++;
    }
    assert_int_equal(copy->batch.row_count, to);
  }
  vonk_owned_batch_destroy(copy);
}

static void test_batch__copies_own_their_rows(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  static struct vonk_value values[FIELDS_MAX * ROWS];
  uint64_t live[4];
  sample_columns(&s, type, ROWS, builders, columns, values);
  struct vonk_batch batch = {.columns = columns, .column_count = type->field_count, .row_count = ROWS, .live_count = ROWS};
  check_copy(&s, &batch, values);
  for (int round = 0; round < 10; round++) {
    vonk_bits_fill(live, ROWS, false);
    for (uint32_t r = 0; r < ROWS; r++) vonk_bits_put(live, r, sample_random(&s, 10) < (uint32_t)round);
    batch.live = live;
    batch.live_count = (uint32_t)vonk_bits_count(live, ROWS);
    check_copy(&s, &batch, values);
  }
  for (uint32_t c = 0; c < type->field_count; c++) vonk_builder_deinit(&builders[c]);
  sample_deinit(&s);
}

static void test_batch__dictionaries_are_shared(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  struct vonk_builder builder;
  struct vonk_column entries;
  struct vonk_buffer **buffers;
  struct vonk_dictionary *dictionary;
  const char *const words[] = {"one", "a word longer than twelve bytes", ""};
  assert_int_equal(vonk_builder_init(&s.task, &builder, &vonk_type_string), VONK_OK);
  for (int i = 0; i < 3; i++) assert_int_equal(vonk_builder_add_bytes(&s.task, &builder, words[i], strlen(words[i])), VONK_OK);
  assert_int_equal(vonk_builder_finish(&s.task, &builder, &entries), VONK_OK);
  uint32_t count = vonk_builder_take(&builder, s.task.arena, &entries, &buffers);
  vonk_builder_deinit(&builder);
  assert_int_equal(vonk_dictionary_create(&s.task, &entries, 3, buffers, (int)count, &dictionary), VONK_OK);

  static uint32_t codes[ROWS + 64];
  static uint64_t valid[4], live[4];
  static struct vonk_value values[2 * ROWS];
  for (uint32_t r = 0; r < ROWS; r++) {
    codes[r] = sample_random(&s, 3);
    vonk_bits_put(valid, r, sample_random(&s, 4) != 0);
    vonk_bits_put(live, r, sample_random(&s, 2));
    values[r] = vonk_bits_get(valid, r) ? vonk_value_text(&vonk_type_string, vonk_str_of(words[codes[r]])) : vonk_value_null(&vonk_type_string);
    values[ROWS + r] = vonk_value_integer(&vonk_type_int, 7);
  }
  struct vonk_column columns[] = {{.type = &vonk_type_string, .encoding = VONK_DICT, .physical = VONK_PHYSICAL_VIEW, .valid = valid,
                                   .codes = codes, .dictionary = dictionary},
                                  vonk_column_const(s.task.arena, &values[ROWS])};
  struct vonk_batch batch = {.columns = columns, .column_count = 2, .row_count = ROWS, .live = live,
                             .live_count = (uint32_t)vonk_bits_count(live, ROWS)};
  check_copy(&s, &batch, values);
  vonk_dictionary_release(dictionary);
  sample_deinit(&s);
}

static void test_batch__copies_survive_refused_memory(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  static struct vonk_value values[FIELDS_MAX * ROWS];
  sample_columns(&s, type, ROWS, builders, columns, values);
  struct vonk_batch batch = {.columns = columns, .column_count = type->field_count, .row_count = ROWS, .live_count = ROWS};
  enum vonk_status status = VONK_NO_MEMORY;
  int failures = 0;
  for (uint64_t nth = 1; status != VONK_OK; nth++) {
    struct vonk_owned_batch *copy;
    vonk_budget_fail_nth(s.budget, nth, false);
    status = vonk_batch_copy(&s.task, &batch, &copy);
    vonk_budget_fail_nth(s.budget, 0, false);
    failures += status != VONK_OK;
    vonk_owned_batch_destroy(copy);
  }
  assert_true(failures > 40);
  for (uint32_t c = 0; c < type->field_count; c++) vonk_builder_deinit(&builders[c]);
  sample_deinit(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_batch__copies_own_their_rows),
      cmocka_unit_test(test_batch__dictionaries_are_shared),
      cmocka_unit_test(test_batch__copies_survive_refused_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
