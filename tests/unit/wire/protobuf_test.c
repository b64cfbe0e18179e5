/* protobuf_test.c: messages as Spark's Python client encodes them, messages written here, and bytes that are no message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "wire/protobuf.h"

static bool malformed;

static int setup(void **state) {
  malformed = false;
  *state = vonk_arena_create(NULL);
  return 0;
}

static int teardown(void **state) {
  vonk_arena_destroy(*state);
  return 0;
}

static void assert_text(struct vonk_str text, const char *expected) {
  assert_int_equal(text.size, strlen(expected));
  assert_memory_equal(text.data, expected, text.size);
}

/* DataType struct<a: decimal(10,2), é: array<string collate UTF8_LCASE> not null> */
static const char client_type[] =
    "\xaa\x01\x2c\x0a\x0d\x0a\x01\x61\x12\x06\x52\x04\x08\x02\x10\x0a\x18\x01\x0a\x1b\x0a\x02\xc3\xa9\x12\x15\xa2\x01\x12\x0a\x0e\x5a\x0c"
    "\x12\x0a\x55\x54\x46\x38\x5f\x4c\x43\x41\x53\x45\x10\x01";

static void reads_nested_messages(void **state) {
  (void)state;
  struct vonk_protobuf type = vonk_protobuf_open(vonk_str_make(client_type, sizeof client_type - 1), &malformed);
  assert_int_equal(vonk_protobuf_which(&type, (const uint32_t[]){20, 21, 22}, 3), 21);
  struct vonk_protobuf structure = vonk_protobuf_message(&type, 21), field;
  assert_int_equal(vonk_protobuf_count(&structure, 1), 2);
  struct vonk_protobuf_field at = {0};
  assert_true(vonk_protobuf_each_message(&structure, 1, &at, &field));
  assert_text(vonk_protobuf_text(&field, 1), "a");
  assert_true(vonk_protobuf_bool(&field, 3));
  struct vonk_protobuf decimal = vonk_protobuf_message(&field, 2);
  decimal = vonk_protobuf_message(&decimal, 10);
  assert_int_equal(vonk_protobuf_i32(&decimal, 1), 2);
  assert_int_equal(vonk_protobuf_i32(&decimal, 2), 10);
  assert_true(vonk_protobuf_each_message(&structure, 1, &at, &field));
  assert_text(vonk_protobuf_text(&field, 1), "é");
  assert_false(vonk_protobuf_has(&field, 3));
  assert_null(vonk_protobuf_text(&field, 4).data);
  assert_false(vonk_protobuf_each_message(&structure, 1, &at, &field));
  assert_false(malformed);
}

static void reads_numbers(void **state) {
  (void)state;
  /* Relation common.plan_id = 7, range(0, -5, 1) */
  static const char relation[] = "\x0a\x02\x10\x07\x7a\x0f\x08\x00\x10\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x01\x18\x01";
  struct vonk_protobuf message = vonk_protobuf_open(vonk_str_make(relation, sizeof relation - 1), &malformed);
  struct vonk_protobuf common = vonk_protobuf_message(&message, 1), range = vonk_protobuf_message(&message, 15);
  assert_int_equal(vonk_protobuf_i64(&common, 2), 7);
  assert_true(vonk_protobuf_has(&range, 1));
  assert_int_equal(vonk_protobuf_i64(&range, 2), -5);
  assert_int_equal(vonk_protobuf_i32(&range, 2), -5);
  assert_false(vonk_protobuf_has(&range, 4));
  struct vonk_protobuf literal = vonk_protobuf_open(vonk_str_make("\x55\x00\x00\xa0\x3f", 5), &malformed);
  assert_true(vonk_protobuf_float(&literal, 10) == 1.25F);
  assert_false(malformed);
}

static void reads_packed_and_single_numbers(void **state) {
  (void)state;
  /* Longs packed (1, -1, 300), then 5 alone. */
  static const char longs[] = "\x0a\x0d\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\xac\x02\x08\x05";
  static const int64_t expected[] = {1, -1, 300, 5};
  struct vonk_protobuf message = vonk_protobuf_open(vonk_str_make(longs, sizeof longs - 1), &malformed);
  struct vonk_protobuf_number at = {0};
  for (size_t i = 0; i < 4; i++) {
    assert_true(vonk_protobuf_each_number(&message, 1, VONK_PROTOBUF_VARINT, &at));
    assert_int_equal((int64_t)at.value, expected[i]);
  }
  assert_false(vonk_protobuf_each_number(&message, 1, VONK_PROTOBUF_VARINT, &at));
  assert_false(malformed);
  message = vonk_protobuf_open(vonk_str_make("\x0a\x02\x01\x80", 4), &malformed);
  at = (struct vonk_protobuf_number){0};
  assert_true(vonk_protobuf_each_number(&message, 1, VONK_PROTOBUF_VARINT, &at));
  assert_false(vonk_protobuf_each_number(&message, 1, VONK_PROTOBUF_VARINT, &at));
  assert_true(malformed);
}

static void last_field_wins(void **state) {
  (void)state;
  struct vonk_protobuf message = vonk_protobuf_open(STR("\x0a\x01x\x10\x01\x0a\x01y\x0d\x01\x02\x03\x04\xf8\x01\x07"), &malformed);
  assert_text(vonk_protobuf_text(&message, 1), "y"); /* the fixed32 of the same number is none of it */
  assert_int_equal(vonk_protobuf_which(&message, (const uint32_t[]){1, 2}, 2), 1);
  assert_int_equal(vonk_protobuf_i64(&message, 31), 7);
  assert_int_equal(vonk_protobuf_which(&message, (const uint32_t[]){8, 9}, 2), 0);
  assert_false(malformed);
}

static void refuses_malformed_bytes(void **state) {
  (void)state;
  static const struct vonk_str wrong[] = {
      {"\x0a\x05xy", 4},                                     /* a length beyond the end */
      {"\x0a", 1}, {"\x08\x80", 2},                          /* cut off */
      {"\x02\x00", 2},                                       /* number 0 */
      {"\x0b\x0c", 2}, {"\x0e", 1},                          /* a group; no wire type */
      {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11},  /* more than 64 bits */
      {"\xff\xff\xff\xff\x7f\x00", 6},                       /* a number beyond 29 bits */
      {"\x0d\x00\x00\x00", 4}, {"\x09\x00\x00\x00\x00", 5},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    malformed = false;
    struct vonk_protobuf message = vonk_protobuf_open(wrong[i], &malformed);
    assert_true(malformed);
    assert_false(vonk_protobuf_has(&message, 1));
  }
  malformed = false;
  struct vonk_protobuf message = vonk_protobuf_open(STR("\x0a\x02\xc3(\x12\x01\x0f"), &malformed);
  assert_false(malformed);
  assert_int_equal(vonk_protobuf_bytes(&message, 1).size, 2);
  assert_null(vonk_protobuf_text(&message, 1).data);
  assert_true(malformed);
  malformed = false;
  assert_int_equal(vonk_protobuf_message(&message, 2).bytes.size, 0);
  assert_true(malformed);
}

static void writes_what_it_reads(void **state) {
  struct vonk_text text;
  vonk_text_init(&text, *state);
  char filler[300];
  memset(filler, 'x', sizeof filler);
  vonk_protobuf_put_bool(&text, 1, true);
  size_t outer = vonk_protobuf_begin(&text, 2), empty = vonk_protobuf_begin(&text, 1);
  vonk_protobuf_end(&text, empty);
  size_t inner = vonk_protobuf_begin(&text, 3);
  vonk_protobuf_put_bytes(&text, 1, vonk_str_make(filler, sizeof filler));
  vonk_protobuf_put_double(&text, 2, -0.5);
  vonk_protobuf_end(&text, inner);
  vonk_protobuf_put_i64(&text, 4, -9);
  vonk_protobuf_end(&text, outer);
  vonk_protobuf_put_float(&text, 1000, 2.5F);
  struct vonk_protobuf message = vonk_protobuf_open(vonk_text_str(&text), &malformed);
  struct vonk_protobuf middle = vonk_protobuf_message(&message, 2), deep = vonk_protobuf_message(&middle, 3);
  assert_true(vonk_protobuf_bool(&message, 1));
  assert_true(vonk_protobuf_has(&middle, 1));
  assert_int_equal(vonk_protobuf_i64(&middle, 4), -9);
  assert_int_equal(vonk_protobuf_bytes(&deep, 1).size, sizeof filler);
  assert_memory_equal(vonk_protobuf_bytes(&deep, 1).data, filler, sizeof filler);
  assert_true(vonk_protobuf_double(&deep, 2) == -0.5);
  assert_true(vonk_protobuf_float(&message, 1000) == 2.5F);
  assert_false(malformed);
}

static void writes_as_clients_do(void **state) {
  struct vonk_text text;
  vonk_text_init(&text, *state);
  size_t structure = vonk_protobuf_begin(&text, 21);
  size_t field = vonk_protobuf_begin(&text, 1);
  vonk_protobuf_put_bytes(&text, 1, STR("a"));
  size_t type = vonk_protobuf_begin(&text, 2), decimal = vonk_protobuf_begin(&text, 10);
  vonk_protobuf_put_i64(&text, 1, 2);
  vonk_protobuf_put_i64(&text, 2, 10);
  vonk_protobuf_end(&text, decimal);
  vonk_protobuf_end(&text, type);
  vonk_protobuf_put_bool(&text, 3, true);
  vonk_protobuf_end(&text, field);
  vonk_protobuf_put_header(&text, 1, 27);
  vonk_text_add(&text, vonk_str_make(client_type + sizeof client_type - 1 - 27, 27));
  vonk_protobuf_end(&text, structure);
  assert_int_equal(text.size, sizeof client_type - 1);
  assert_memory_equal(text.data, client_type, text.size);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(reads_nested_messages, setup, teardown),
      cmocka_unit_test_setup_teardown(reads_numbers, setup, teardown),
      cmocka_unit_test_setup_teardown(reads_packed_and_single_numbers, setup, teardown),
      cmocka_unit_test_setup_teardown(last_field_wins, setup, teardown),
      cmocka_unit_test_setup_teardown(refuses_malformed_bytes, setup, teardown),
      cmocka_unit_test_setup_teardown(writes_what_it_reads, setup, teardown),
      cmocka_unit_test_setup_teardown(writes_as_clients_do, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
