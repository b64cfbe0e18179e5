/* text_test.c: statements of a script, variables in their text, values as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "session/statement.h"

/* The statements of TEXT, each in angle brackets; a ~ marks one without a semicolon, a 0 an empty one. */
static void expect_pieces(const char *text, const char *expected) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_text got;
  vonk_text_init(&got, arena);
  struct vonk_script_piece piece;
  for (size_t at = 0; vonk_script_next(text, strlen(text), at, &piece); at = piece.next) {
    assert_true(piece.next > at && piece.stop >= piece.start);
    vonk_text_addf(&got, "<%.*s>%s%s", (int)(piece.stop - piece.start), text + piece.start, piece.complete ? "" : "~", piece.empty ? "0" : "");
  }
  vonk_text_add_char(&got, 0);
  assert_string_equal(got.data, expected);
  vonk_arena_destroy(arena);
}

static void test_script(void **state) {
  (void)state;
  expect_pieces("", "");
  expect_pieces(" \n", "");
  expect_pieces("a", "<a>~");
  expect_pieces(" a ; b\n;", "<a><b>");
  expect_pieces("a;;b", "<a><>0<b>~");
  expect_pieces("'x;y';\"p;q\";`r;s`", "<'x;y'><\"p;q\"><`r;s`>~");
  expect_pieces("'it\\';s';b", "<'it\\';s'><b>~");
  expect_pieces("a -- b;c\n;d", "<a -- b;c><d>~");
  expect_pieces("/* a; /* b; */ ; */ c;d", "</* a; /* b; */ ; */ c><d>~");
  expect_pieces("-- nothing", "<-- nothing>~0");
  expect_pieces("a; 'open; b", "<a><'open; b>~");
  expect_pieces("a; /* open; b", "<a></* open; b>~");
  expect_pieces(" select ';' ; -- a;b\n select `;` /* ; /* ; */ ; */;;\n select 1", "<select ';'><-- a;b\n select `;` /* ; /* ; */ ; */><>0<select 1>~");
}

static struct vonk_conf *conf_of(struct vonk_arena *arena, const struct vonk_conf_setting *settings, size_t count) {
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error};
  struct vonk_conf *defaults = vonk_conf_create(), *conf = NULL;
  assert_int_equal(vonk_conf_set(&task, defaults, VONK_CONF_STARTING, settings, count, &conf), VONK_OK);
  vonk_conf_release(defaults);
  vonk_error_deinit(&error);
  return conf;
}

static void test_substitute(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  setenv("VONK_TEST_NAME", "env", 1);
  struct vonk_conf_setting settings[] = {{STR("x"), STR("1")}, {STR("y"), STR("<${x}>")}, {STR("loop"), STR("${loop}")}};
  struct vonk_conf *conf = conf_of(arena, settings, 3);
  static const char *const pairs[][2] = {
      {"SELECT 1", "SELECT 1"},        {"${x}${x}", "11"},          {"a ${hivevar:x} b", "a 1 b"},
      {"${hiveconf:x}", "1"},          {"${spark:x}", "1"},         {"${y}", "<1>"},
      {"a${unknown}b", "ab"},    {"${x", "${x"},              {"${env:VONK_TEST_NAME}", "env"},
      {"${env:VONK_TEST_NOT}", "${env:VONK_TEST_NOT}"},             {"${loop}", "${loop}"}, {"$x {x}", "$x {x}"},
  };
  for (size_t i = 0; i < COUNT_OF(pairs); i++) {
    struct vonk_str got = vonk_session_substitute(arena, conf, vonk_str_of(pairs[i][0]));
    assert_string_equal(got.data, pairs[i][1]);
  }
  vonk_conf_release(conf);
  settings[2] = (struct vonk_conf_setting){STR("spark.sql.variable.substitute"), STR("false")};
  conf = conf_of(arena, settings, 3);
  assert_string_equal(vonk_session_substitute(arena, conf, STR("${x}")).data, "${x}");
  vonk_conf_release(conf);
  vonk_arena_destroy(arena);
}

static void expect_json(const struct vonk_value *value, const char *expected) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_text text;
  vonk_text_init(&text, arena);
  vonk_json_put(&text, value, VONK_JSON_SPARK, &vonk_timezone_utc);
  vonk_text_add_char(&text, 0);
  assert_string_equal(text.data, expected);
  vonk_arena_destroy(arena);
}

static void test_json(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_value null = vonk_value_null(&vonk_type_int), one = vonk_value_integer(&vonk_type_int, 1);
  struct vonk_value text = vonk_value_text(&vonk_type_string, STR("a\"\\\n\x01 \xc3\xa4"));
  struct vonk_value real = {.type = &vonk_type_double, .real = 1.5};
  struct vonk_value infinite = {.type = &vonk_type_double, .real = 1.0 / 0.0};
  struct vonk_value decimal = {.type = vonk_type_decimal(arena, 10, 2), .decimal = 150};
  struct vonk_value bytes = vonk_value_text(&vonk_type_binary, STR("\x01\x02\xff"));
  expect_json(&null, "null");
  expect_json(&one, "1");
  expect_json(&text, "\"a\\\"\\\\\\n\\u0001 \xc3\xa4\"");
  expect_json(&real, "1.5");
  expect_json(&infinite, "\"Infinity\"");
  expect_json(&decimal, "1.50");
  expect_json(&bytes, "\"AQL/\"");
  struct vonk_value items[] = {one, null};
  struct vonk_value array = {.type = vonk_type_array(arena, &vonk_type_int, true), .nested = {items, 2}};
  expect_json(&array, "[1,null]");
  struct vonk_value pair[] = {vonk_value_text(&vonk_type_string, STR("k")), one};
  struct vonk_value map = {.type = vonk_type_map(arena, &vonk_type_string, &vonk_type_int, true), .nested = {pair, 1}};
  expect_json(&map, "{\"k\":1}");
  struct vonk_type_field fields[] = {{STR("a"), &vonk_type_int, true, STR("")}, {STR("b"), array.type, true, STR("")}};
  struct vonk_value members[] = {null, array};
  struct vonk_value record = {.type = vonk_type_struct(arena, fields, 2), .nested = {members, 2}};
  expect_json(&record, "{\"a\":null,\"b\":[1,null]}");
  vonk_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_script), cmocka_unit_test(test_substitute), cmocka_unit_test(test_json)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
