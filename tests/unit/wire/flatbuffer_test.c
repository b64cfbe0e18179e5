/* flatbuffer_test.c: tables written and read again, and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "wire/flatbuffer.h"

/* A root with a number, a text, two tables and two structs of 16 bytes. */
static struct vonk_str write_sample(struct vonk_arena *arena) {
  struct vonk_flatbuffer_writer w;
  vonk_flatbuffer_init(&w, arena);
  struct vonk_flatbuffer_made root = vonk_flatbuffer_add_table(&w, 0, (const uint8_t[]){2, 0, 8, 4, 4, 4}, 6);
  vonk_flatbuffer_put(&w, &root, 0, 2, -7);
  vonk_flatbuffer_put(&w, &root, 2, 8, INT64_MIN);
  vonk_flatbuffer_put_str(&w, &root, 3, STR("a text"));
  uint32_t tables = vonk_flatbuffer_put_vector(&w, &root, 4, 2, 4);
  for (uint32_t i = 0; i < 2; i++) {
    struct vonk_flatbuffer_made child = vonk_flatbuffer_add_table(&w, tables + 4 * i, (const uint8_t[]){1}, 1);
    vonk_flatbuffer_put(&w, &child, 0, 1, 10 + i);
  }
  uint32_t structs = vonk_flatbuffer_put_vector(&w, &root, 5, 2, 16);
  assert_int_equal(structs % 8, 0);
  for (uint32_t i = 0; i < 4; i++) vonk_flatbuffer_put_i64(&w, structs + 8 * i, 100 + i);
  return vonk_text_str(&w.text);
}

static void test_flatbuffer__round_trip(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_str text = write_sample(arena);
  struct vonk_flatbuffer r = vonk_flatbuffer_of(text.data, text.size);
  struct vonk_flatbuffer_table root = vonk_flatbuffer_root(&r);
  assert_int_equal(vonk_flatbuffer_integer(&r, &root, 0, 2, 1), -7);
  assert_int_equal(vonk_flatbuffer_integer(&r, &root, 1, 4, 33), 33);
  assert_int_equal(vonk_flatbuffer_integer(&r, &root, 2, 8, 1), INT64_MIN);
  assert_int_equal(vonk_flatbuffer_integer(&r, &root, 9, 8, 44), 44);
  assert_true(vonk_str_equal(vonk_flatbuffer_str(&r, &root, 3), STR("a text")));
  assert_null(vonk_flatbuffer_str(&r, &root, 1).data);
  struct vonk_flatbuffer_vector tables = vonk_flatbuffer_vector(&r, &root, 4, 4), structs = vonk_flatbuffer_vector(&r, &root, 5, 16);
  assert_int_equal(tables.count, 2);
  for (uint32_t i = 0; i < 2; i++) {
    struct vonk_flatbuffer_table child = vonk_flatbuffer_element(&r, tables, i);
    assert_int_equal(vonk_flatbuffer_integer(&r, &child, 0, 1, 0), 10 + i);
  }
  assert_int_equal(structs.count, 2);
  for (uint32_t i = 0; i < 4; i++) assert_int_equal(vonk_flatbuffer_i64(&r, structs.position + 8 * i), 100 + i);
  assert_false(r.failed);
  vonk_flatbuffer_element(&r, tables, 2);
  assert_true(r.failed);
  vonk_arena_destroy(arena);
}

/* Any cut and any changed byte: reading fails or gives something, inside the bytes (asan looks on). */
static void test_flatbuffer__broken(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_str text = write_sample(arena);
  for (size_t size = 0; size <= text.size; size++) {
    for (size_t at = 0; at < (size == text.size ? size : 1); at++) {
      char *copy = malloc(size + 1);
      memcpy(copy, text.data, size);
      if (size == text.size) copy[at] = (char)0xFF;
      struct vonk_flatbuffer r = vonk_flatbuffer_of(copy, size);
      struct vonk_flatbuffer_table root = vonk_flatbuffer_root(&r);
      vonk_flatbuffer_integer(&r, &root, 2, 8, 1);
      struct vonk_str found = vonk_flatbuffer_str(&r, &root, 3);
      assert_true(found.size <= size);
      struct vonk_flatbuffer_vector tables = vonk_flatbuffer_vector(&r, &root, 4, 4);
      for (uint32_t i = 0; i < tables.count && !r.failed; i++) {
        struct vonk_flatbuffer_table child = vonk_flatbuffer_element(&r, tables, i);
        vonk_flatbuffer_integer(&r, &child, 0, 1, 0);
      }
      if (size < 20) assert_true(r.failed);
      free(copy);
    }
  }
  vonk_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_flatbuffer__round_trip),
      cmocka_unit_test(test_flatbuffer__broken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
