/* text_test.c: casts from and to strings against Spark's own answers; nested values; shortest reals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "type/decimal.h"
#include "type/real_text.h"
#include "type/text.h"

static struct vonk_arena *arena;
static const struct vonk_timezone *los_angeles;

static int setup(void **state) {
  (void)state;
  arena = vonk_arena_create(NULL);
  assert_true(vonk_timezone_load(arena, STR("America/Los_Angeles"), &los_angeles));
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_arena_destroy(arena);
  return 0;
}

static const struct vonk_type *type_of(char letter) {
  switch (letter) {
    case 'i': return &vonk_type_int;
    case 'l': return &vonk_type_long;
    case 'b': return &vonk_type_byte;
    case 'd': return &vonk_type_double;
    case 'f': return &vonk_type_float;
    case 'c': return vonk_type_decimal(arena, 10, 2);
    case 'C': return vonk_type_decimal(arena, 38, 10);
    case 'D': return &vonk_type_date;
    case 'T': return &vonk_type_timestamp;
    case 'N': return &vonk_type_timestamp_ntz;
    case 'M': return vonk_type_time(arena, 6);
    default: return &vonk_type_boolean;
  }
}

static void describe(char letter, const struct vonk_value *value, char *out, size_t size) {
  float narrow = (float)value->real;
  uint32_t narrow_bits;
  uint64_t bits;
  memcpy(&bits, &value->real, 8);
  memcpy(&narrow_bits, &narrow, 4);
  if (letter == 'd') snprintf(out, size, "x%lx", (unsigned long)bits);
  else if (letter == 'f') snprintf(out, size, "x%x", narrow_bits);
  else if (letter == 'B') snprintf(out, size, "%s", value->integer ? "true" : "false");
  else if (letter == 'c' || letter == 'C') out[vonk_decimal_format(value->decimal, value->type->scale, out)] = 0;
  else snprintf(out, size, "%ld", (long)value->integer);
}

static void test_text__casts_from_strings(void **state) {
  (void)state;
  static const struct {
    char letter;
    bool ansi;
    const char *text, *result;
  } cases[] = {
#define CASE(...) {__VA_ARGS__},
#include "cast_cases.def"
#undef CASE
  };
  struct vonk_parse_context context = {.zone = los_angeles, .arena = arena};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char result[100] = "N";
    struct vonk_value value;
    if (vonk_parse_value(vonk_str_of(cases[i].text), type_of(cases[i].letter), &context, !cases[i].ansi, &value)) {
      describe(cases[i].letter, &value, result, sizeof result);
    }
    if (strcmp(result, cases[i].result) != 0) print_error("%c '%s'\n", cases[i].letter, cases[i].text);
    assert_string_equal(result, cases[i].result);
  }
}

static void test_text__casts_to_strings(void **state) {
  (void)state;
  static const struct {
    char letter;
    int64_t value;
    const char *text;
  } cases[] = {
#define FORMAT(...) {__VA_ARGS__},
#include "format_cases.def"
#undef FORMAT
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct vonk_text out;
    vonk_text_init(&out, arena);
    struct vonk_value value = vonk_value_integer(type_of(cases[i].letter), cases[i].value);
    vonk_format_value(&out, &value, &(struct vonk_format_options){.zone = los_angeles});
    vonk_text_add_char(&out, 0);
    assert_string_equal(out.data, cases[i].text);
  }
}

static void test_text__a_time_alone_is_today(void **state) {
  (void)state;
  /* 2024-03-10 01:00 in Los Angeles is 09:00 UTC. */
  struct vonk_parse_context context = {.zone = los_angeles, .arena = arena, .now_micros = 1710061200000000};
  int64_t micros;
  assert_true(vonk_parse_timestamp(STR("T12:30:00"), &context, &micros));
  assert_true(micros == 1710099000000000); /* daylight time by then */
  assert_true(vonk_parse_timestamp(STR("12:30:00 UTC"), &context, &micros));
  assert_true(micros == 1710073800000000);
}

static const struct vonk_value *nested_value(void) {
  struct vonk_value *array = ARENA_ARRAY(arena, struct vonk_value, 2), *map = ARENA_ARRAY(arena, struct vonk_value, 4);
  struct vonk_value *fields = ARENA_ARRAY(arena, struct vonk_value, 3), *value = ARENA_NEW(arena, struct vonk_value);
  const struct vonk_type *array_type = vonk_type_array(arena, &vonk_type_string, true);
  const struct vonk_type *map_type = vonk_type_map(arena, &vonk_type_string, &vonk_type_int, true);
  struct vonk_type_field names[] = {{STR("a"), array_type, true, {0}}, {STR("m"), map_type, true, {0}}, {STR("b"), &vonk_type_binary, true, {0}}};
  array[0] = vonk_value_text(&vonk_type_string, STR("x"));
  array[1] = vonk_value_null(&vonk_type_string);
  map[0] = vonk_value_text(&vonk_type_string, STR("q"));
  map[1] = vonk_value_integer(&vonk_type_int, 1);
  map[2] = vonk_value_text(&vonk_type_string, STR("k"));
  map[3] = vonk_value_null(&vonk_type_int);
  fields[0] = (struct vonk_value){.type = array_type, .nested = {array, 2}};
  fields[1] = (struct vonk_value){.type = map_type, .nested = {map, 2}};
  fields[2] = vonk_value_text(&vonk_type_binary, STR("Hi"));
  *value = (struct vonk_value){.type = vonk_type_struct(arena, names, 3), .nested = {fields, 3}};
  return value;
}

/* Expected texts: SELECT named_struct('a', array('x', NULL), 'm', map('q', 1, 'k', NULL), 'b', X'4869') in each form. */
static void test_text__nested_values(void **state) {
  (void)state;
  static const struct {
    struct vonk_format_options options;
    const char *text;
  } cases[] = {
      {{.form = VONK_TEXT_CAST}, "{[x, null], {q -> 1, k -> null}, Hi}"},
      {{.form = VONK_TEXT_CAST, .legacy_complex = true}, "[[x,], [q -> 1, k ->], Hi]"},
      {{.form = VONK_TEXT_SHOW, .binary = VONK_BINARY_HEX_DISCRETE}, "{[x, NULL], {q -> 1, k -> NULL}, [48 69]}"},
      {{.form = VONK_TEXT_SHOW, .binary = VONK_BINARY_BASIC}, "{[x, NULL], {q -> 1, k -> NULL}, [72, 105]}"},
      {{.form = VONK_TEXT_SHOW, .binary = VONK_BINARY_BASE64}, "{[x, NULL], {q -> 1, k -> NULL}, SGk=}"},
      {{.form = VONK_TEXT_HIVE}, "{\"a\":[\"x\",null],\"m\":{\"k\":null,\"q\":1},\"b\":Hi}"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct vonk_text out;
    vonk_text_init(&out, arena);
    vonk_format_value(&out, nested_value(), &cases[i].options);
    vonk_text_add_char(&out, 0);
    assert_string_equal(out.data, cases[i].text);
  }
}

static void test_text__reals(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {{0, "0.0"}, {-0.0, "-0.0"}, {1, "1.0"}, {0.1, "0.1"}, {100, "100.0"}, {1e7, "1.0E7"}, {9999999, "9999999.0"}, {0.001, "0.001"},
               {0.0001, "1.0E-4"}, {1e10, "1.0E10"}, {1.5e-5, "1.5E-5"}, {4.9e-324, "4.9E-324"}, {1.7976931348623157e308, "1.7976931348623157E308"},
               {2e23, "2.0E23"}, {1.0 / 3, "0.3333333333333333"}, {123456.789, "123456.789"}, {__builtin_inf(), "Infinity"}, {-__builtin_inf(), "-Infinity"}};
  char text[VONK_REAL_TEXT_MAX];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int size = vonk_real_format_double(cases[i].value, text);
    assert_int_equal(size, strlen(cases[i].text));
    assert_memory_equal(text, cases[i].text, size);
  }
  assert_int_equal(vonk_real_format_float(3.4028235e38F, text), 12);
  assert_memory_equal(text, "3.4028235E38", 12);
  assert_int_equal(vonk_real_format_float(1.1F, text), 3);
  assert_memory_equal(text, "1.1", 3);
  /* What is printed reads back as the same number, and no shorter text does. */
  uint64_t random = 99;
  for (int i = 0; i < 20000; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    double value, back;
    memcpy(&value, &random, 8);
    if (value != value) continue;
    assert_true(vonk_real_parse_double(vonk_str_make(text, (size_t)vonk_real_format_double(value, text)), &back));
    assert_true(back == value);
    uint64_t digits;
    int exponent;
    if (value <= 0 || value - value != 0) continue;
    vonk_real_shortest_double(value, &digits, &exponent);
    snprintf(text, sizeof text, "%lue%d", (unsigned long)(digits / 10), exponent + 1);
    assert_true(vonk_str_to_double(vonk_str_of(text), &back));
    assert_true(digits < 100 || back != value);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_text__casts_from_strings, setup, teardown),
      cmocka_unit_test_setup_teardown(test_text__casts_to_strings, setup, teardown),
      cmocka_unit_test_setup_teardown(test_text__a_time_alone_is_today, setup, teardown),
      cmocka_unit_test_setup_teardown(test_text__nested_values, setup, teardown),
      cmocka_unit_test_setup_teardown(test_text__reals, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
