/* arrow_test.c: out through the C data interface and in again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "column/arrow.h"
#include "sample.h"

enum { ROWS = 200, FIELDS_MAX = 32 };

static void test_arrow__round_trip(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  static struct vonk_value values[FIELDS_MAX * ROWS];
  uint64_t live[4];
  sample_columns(&s, type, ROWS, builders, columns, values);
  vonk_bits_fill(live, ROWS, false);
  for (uint32_t r = 0; r < ROWS; r++) vonk_bits_put(live, r, r % 3 != 1);
  for (int variant = 0; variant < 4; variant++) {
    struct vonk_batch batch = {.columns = columns, .column_count = type->field_count, .row_count = ROWS, .live = variant & 1 ? live : NULL};
    struct vonk_arrow_options options = {.zone_id = STR("Europe/Berlin"), .large_offsets = variant & 2};
    struct ArrowSchema schema;
    struct ArrowArray array;
    struct vonk_arrow_reader *reader;
    struct vonk_owned_batch *back;
    assert_int_equal(vonk_arrow_export_schema(&s.task, type, &options, &schema), VONK_OK);
    assert_int_equal(vonk_arrow_export_batch(&s.task, &batch, &options, &array), VONK_OK);
    assert_int_equal(vonk_arrow_reader_create(&s.task, &schema, &array, &reader), VONK_OK);
    assert_true(vonk_type_equal(vonk_arrow_reader_type(reader), type));
    uint32_t r = 0;
    for (;;) {
      assert_int_equal(vonk_arrow_reader_next(&s.task, reader, &back), VONK_OK);
      if (!back) break;
      for (uint32_t i = 0; i < back->batch.row_count; i++, r++) {
        while (batch.live && !vonk_bits_get(live, r)) r++;
        for (uint32_t c = 0; c < type->field_count; c++) {
          struct vonk_value value = vonk_column_get(&back->batch.columns[c], i, s.task.arena);
          assert_true(vonk_value_equal(&value, &values[c * ROWS + r]));
        }
      }
      vonk_owned_batch_destroy(back);
    }
    assert_true(r >= ROWS - 1);
    vonk_arrow_reader_destroy(reader);
    schema.release(&schema);
  }
  for (uint32_t c = 0; c < type->field_count; c++) vonk_builder_deinit(&builders[c]);
  sample_deinit(&s);
}

static void test_arrow__a_child_may_outlive_its_parent(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  struct vonk_value value = vonk_value_text(&vonk_type_string, STR("a string of more than twelve bytes"));
  struct vonk_column column = vonk_column_const(s.task.arena, &value);
  struct vonk_batch batch = {.columns = &column, .column_count = 1, .row_count = 3};
  struct vonk_arrow_options options = {0};
  struct ArrowArray array, child;
  assert_int_equal(vonk_arrow_export_batch(&s.task, &batch, &options, &array), VONK_OK);
  child = *array.children[0];
  array.children[0]->release = NULL;
  array.release(&array);
  assert_int_equal(child.length, 3);
  assert_int_equal(((const int32_t *)child.buffers[1])[3], 3 * 34);
  assert_memory_equal((const char *)child.buffers[2] + 34, "a string of more", 16);
  child.release(&child);
  sample_deinit(&s);
}

static void no_release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void no_release_array(struct ArrowArray *array) { array->release = NULL; }

/* A dictionary of strings with a null entry; indexes with a null; offsets everywhere. */
static void test_arrow__dictionaries(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  struct ArrowSchema words_schema = {.format = "u", .flags = ARROW_FLAG_NULLABLE, .release = no_release_schema};
  struct ArrowSchema codes_schema = {.format = "c", .name = "w", .flags = ARROW_FLAG_NULLABLE, .dictionary = &words_schema, .release = no_release_schema};
  struct ArrowSchema *schemas[] = {&codes_schema};
  struct ArrowSchema schema = {.format = "+s", .n_children = 1, .children = schemas, .release = no_release_schema};
  const uint8_t words_valid[] = {0x0B}, codes_valid[] = {0x3D};
  const int32_t offsets[] = {0, 3, 6, 6, 20};
  const void *words_buffers[] = {words_valid, offsets, "onetwofourteen bytes"};
  struct ArrowArray words = {.length = 4, .null_count = 1, .n_buffers = 3, .buffers = words_buffers, .release = no_release_array};
  const int8_t indexes[] = {9, 0, 3, 2, 1, 3};
  const void *codes_buffers[] = {codes_valid, indexes};
  struct ArrowArray codes = {.length = 5, .null_count = -1, .offset = 1, .n_buffers = 2, .buffers = codes_buffers, .dictionary = &words, .release = no_release_array};
  struct ArrowArray *children[] = {&codes};
  const void *none[] = {NULL};
  struct ArrowArray array = {.length = 5, .n_buffers = 1, .buffers = none, .n_children = 1, .children = children, .release = no_release_array};
  struct vonk_arrow_reader *reader;
  struct vonk_owned_batch *batch;
  assert_int_equal(vonk_arrow_reader_create(&s.task, &schema, &array, &reader), VONK_OK);
  assert_int_equal(vonk_arrow_reader_next(&s.task, reader, &batch), VONK_OK);
  const char *const expected[] = {NULL, "fourteen bytes", NULL, "two", "fourteen bytes"};
  assert_int_equal(batch->batch.columns[0].encoding, VONK_DICT);
  for (uint32_t i = 0; i < 5; i++) {
    struct vonk_value value = vonk_column_get(&batch->batch.columns[0], i, s.task.arena);
    assert_int_equal(value.is_null, expected[i] == NULL);
    if (expected[i]) assert_true(vonk_str_equal(value.text, vonk_str_of(expected[i])));
  }
  vonk_arrow_reader_destroy(reader);
  vonk_owned_batch_destroy(batch);
  sample_deinit(&s);
}

static void test_arrow__refused_memory_leaks_nothing(void **state) {
  (void)state;
  struct sample s;
  sample_init(&s);
  const struct vonk_type *type = sample_struct(s.task.arena);
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  static struct vonk_value values[FIELDS_MAX * ROWS];
  sample_columns(&s, type, ROWS, builders, columns, values);
  struct vonk_batch batch = {.columns = columns, .column_count = type->field_count, .row_count = ROWS};
  struct vonk_arrow_options options = {0};
  struct ArrowSchema schema;
  assert_int_equal(vonk_arrow_export_schema(&s.task, type, &options, &schema), VONK_OK);
  bool done = false;
  for (uint64_t nth = 1; !done; nth++) {
    struct ArrowArray array;
    struct vonk_arrow_reader *reader = NULL;
    struct vonk_owned_batch *back = NULL;
    vonk_budget_fail_nth(s.budget, nth, false);
    enum vonk_status status = vonk_arrow_export_batch(&s.task, &batch, &options, &array);
    if (status == VONK_OK) status = vonk_arrow_reader_create(&s.task, &schema, &array, &reader);
    if (status == VONK_OK) status = vonk_arrow_reader_next(&s.task, reader, &back);
    vonk_budget_fail_nth(s.budget, 0, false);
    vonk_owned_batch_destroy(back);
    vonk_arrow_reader_destroy(reader);
    done = status == VONK_OK;
  }
  schema.release(&schema);
  for (uint32_t c = 0; c < type->field_count; c++) vonk_builder_deinit(&builders[c]);
  sample_deinit(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_arrow__round_trip),
      cmocka_unit_test(test_arrow__a_child_may_outlive_its_parent),
      cmocka_unit_test(test_arrow__dictionaries),
      cmocka_unit_test(test_arrow__refused_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
