/* table_test.c: the tables of group-by and join: every key finds its row, and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../column/sample.h"
#include "exec/group_table.h"
#include "exec/join_table.h"

enum { KEYS = 50000, AT_ONCE = 1000 };

static void make_key(const struct vonk_row_layout *layout, int64_t number, uint8_t *row) {
  memset(row, 0, layout->stride);
  if (number == 0) ((uint64_t *)row)[0] |= 1; /* null */
  else *(int64_t *)(row + layout->offsets[0]) = number;
  char text[32];
  int size = snprintf(text, sizeof text, "%lld", (long long)number % 10);
  *(struct vonk_view *)(row + layout->offsets[1]) = vonk_view_make(text, (uint32_t)size);
}

/* Looks up keys 0..KEYS-1 in a mixed order, each some times; a group has its key and is always the same. */
static void fill(struct sample *s, struct vonk_group_table *table, uint8_t **groups) {
  const struct vonk_row_layout *layout = table->layout;
  uint8_t *rows = vonk_arena_alloc(s->task.arena, (size_t)AT_ONCE * layout->stride), *found[AT_ONCE];
  uint64_t hashes[AT_ONCE];
  uint32_t numbers[AT_ONCE];
  for (uint32_t done = 0; done < KEYS * 3; done += AT_ONCE) {
    for (uint32_t i = 0; i < AT_ONCE; i++) {
      numbers[i] = (uint32_t)((uint64_t)(done + i) * 7919 % KEYS);
      make_key(layout, numbers[i], rows + (size_t)i * layout->stride);
      hashes[i] = vonk_row_hash(layout, rows + (size_t)i * layout->stride);
    }
    assert_int_equal(vonk_group_table_find(&s->task, table, rows, hashes, AT_ONCE, found), VONK_OK);
    for (uint32_t i = 0; i < AT_ONCE; i++) {
      if (!groups[numbers[i]]) groups[numbers[i]] = found[i];
      assert_ptr_equal(groups[numbers[i]], found[i]);
      assert_true(vonk_row_equal(layout, found[i], rows + (size_t)i * layout->stride));
    }
  }
}

static void test_group_table__one_row_a_key(void **state) {
  (void)state;
  struct sample s;
  struct vonk_row_layout layout;
  struct vonk_group_table table, other, all;
  sample_init(&s);
  const struct vonk_type *types[] = {&vonk_type_long, &vonk_type_string};
  vonk_row_layout_init(s.task.arena, &layout, types, 2, 32);
  uint8_t **groups = ARENA_ARRAY(s.task.arena, uint8_t *, KEYS), **others = ARENA_ARRAY(s.task.arena, uint8_t *, KEYS);
  vonk_group_table_init(&table, &layout);
  vonk_group_table_init(&other, &layout);
  vonk_group_table_init(&all, &layout);
  fill(&s, &table, groups);
  assert_int_equal(table.count, KEYS);
  fill(&s, &other, others);
  assert_int_equal(vonk_group_table_split(&s.task, &table), VONK_OK);
  assert_int_equal(vonk_group_table_split(&s.task, &other), VONK_OK);
  uint8_t *key = vonk_arena_alloc(s.task.arena, layout.stride);
  for (uint32_t n = 0; n < KEYS; n++) {
    make_key(&layout, n, key);
    uint8_t *row = vonk_group_table_lookup(&table, key, vonk_row_hash(&layout, key));
    assert_non_null(row);
    assert_true(vonk_row_equal(&layout, row, key));
  }
  make_key(&layout, KEYS, key);
  assert_null(vonk_group_table_lookup(&table, key, vonk_row_hash(&layout, key)));
  /* Brought together, the rows of the first stay and those of the second find them. */
  for (uint32_t t = 0; t < 2; t++) {
    for (uint32_t p = 0; p < VONK_GROUP_PARTITIONS; p++) {
      struct vonk_rows *rows = t ? &other.partitions[p] : &table.partitions[p];
      for (uint32_t b = 0; b < rows->block_count; b++) {
        for (uint32_t i = 0; i < rows->blocks[b].row_count; i++) {
          uint8_t *row = vonk_block_row(rows, &rows->blocks[b], i), *group;
          assert_int_equal(vonk_group_table_adopt(&s.task, &all, row, &group), VONK_OK);
          assert_true(t == 0 ? group == row : group != row && vonk_row_equal(&layout, group, row));
        }
      }
    }
  }
  assert_int_equal(all.count, KEYS);
  vonk_group_table_deinit(&all);
  vonk_group_table_deinit(&other);
  vonk_group_table_deinit(&table);
  sample_deinit(&s);
}

/* Rows 0..KEYS-1 have key STEP * (row / 2): each key twice, in one chain. */
static void check_join(int64_t step, bool expect_direct) {
  struct sample s;
  sample_init(&s);
  struct vonk_join_key join_key = {.integer = true};
  struct vonk_join_table table = {.key_count = 1, .keys = &join_key};
  const struct vonk_type *types[] = {&vonk_type_long, &vonk_type_int};
  vonk_row_layout_init(s.task.arena, &table.layout, types, 2, 16);
  vonk_rows_init(&table.rows, &table.layout);
  uint8_t *row = vonk_arena_alloc(s.task.arena, table.layout.stride), *stored;
  for (int64_t n = 0; n < KEYS; n++) {
    memset(row, 0, table.layout.stride);
    *(int64_t *)(row + table.layout.offsets[0]) = step * (n / 2);
    *(int32_t *)(row + table.layout.offsets[1]) = (int32_t)n;
    assert_int_equal(vonk_rows_add(&s.task, &table.rows, row, &stored), VONK_OK);
    vonk_join_widen(&table, &join_key.range, &stored, 1);
  }
  assert_int_equal(vonk_join_table_seal(&s.task, &table), VONK_OK);
  assert_int_equal(table.direct, expect_direct);
  for (uint32_t b = 0; b < table.rows.block_count; b++) vonk_join_table_insert(&table, b);
  for (int64_t n = -10; n < KEYS / 2 + 10; n++) {
    *(int64_t *)(row + table.layout.offsets[0]) = step * n;
    uint64_t hash = vonk_row_hash_columns(&table.layout, 1, row);
    uint32_t found = 0;
    for (uint8_t *at = table.direct ? vonk_join_direct(&table, step * n) : vonk_join_bucket(&table, hash); at; at = *vonk_join_next(&table, at)) {
      bool equal = vonk_row_equal_columns(&table.layout, at, &table.layout, row, 1);
      assert_true(equal || !table.direct);
      if (equal) assert_int_equal(*(int32_t *)(at + table.layout.offsets[1]) / 2, n);
      found += equal;
    }
    assert_int_equal(found, n >= 0 && n < KEYS / 2 ? 2 : 0);
  }
  vonk_join_table_deinit(&table);
  sample_deinit(&s);
}

static void test_join_table__dense_keys_by_index(void **state) {
  (void)state;
  check_join(1, true);
  check_join(3, true);
}

static void test_join_table__sparse_keys_by_hash(void **state) {
  (void)state;
  check_join(INT64_C(1) << 40, false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_group_table__one_row_a_key),
      cmocka_unit_test(test_join_table__dense_keys_by_index),
      cmocka_unit_test(test_join_table__sparse_keys_by_hash),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
