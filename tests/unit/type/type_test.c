/* type_test.c: names, JSON both ways, equality; literals of values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "type/value.h"

static struct vonk_arena *arena;

static int setup(void **state) {
  (void)state;
  arena = vonk_arena_create(NULL);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_arena_destroy(arena);
  return 0;
}

static void assert_str(struct vonk_str text, const char *expected) { assert_string_equal(vonk_str_copy(arena, text).data, expected); }

static const struct vonk_type *sample(void) {
  const struct vonk_type *list = vonk_type_array(arena, vonk_type_collated(arena, STR("UNICODE")), true);
  struct vonk_type_field inner[] = {{STR("x"), list, true, {0}}};
  struct vonk_type_field fields[] = {
      {STR("a b"), &vonk_type_int, false, STR("{\"comment\":\"it's\"}")},
      {STR("1"), vonk_type_collated(arena, STR("UTF8_LCASE")), true, {0}},
      {STR("c"), vonk_type_struct(arena, inner, 1), true, {0}},
      {STR("m"), vonk_type_map(arena, &vonk_type_interval, &vonk_type_void, false), true, {0}},
      {STR("d"), vonk_type_decimal(arena, 10, 2), true, {0}},
      {STR("i"), &vonk_type_interval_dt, true, {0}},
      {STR("y"), vonk_type_interval_of(arena, VONK_FIELD_YEAR, VONK_FIELD_YEAR), true, {0}},
      {STR("t"), vonk_type_time(arena, 3), true, {0}},
      {STR("v"), vonk_type_varchar(arena, 7), true, {0}},
  };
  return vonk_type_struct(arena, fields, sizeof fields / sizeof *fields);
}

/* Texts as Apache Spark 4.2.1 gives them (catalogString, sql, json). */
static void test_type__texts(void **state) {
  (void)state;
  const struct vonk_type *type = sample(), *back;
  assert_str(vonk_type_simple_string(arena, type),
             "struct<a b:int,1:string collate UTF8_LCASE,c:struct<x:array<string collate UNICODE>>,m:map<interval,void>,d:decimal(10,2),"
             "i:interval day to second,y:interval year,t:time(3),v:varchar(7)>");
  assert_str(vonk_type_sql(arena, type),
             "STRUCT<`a b`: INT NOT NULL COMMENT 'it\\'s', `1`: STRING COLLATE UTF8_LCASE, c: STRUCT<x: ARRAY<STRING COLLATE UNICODE>>, "
             "m: MAP<INTERVAL, VOID>, d: DECIMAL(10,2), i: INTERVAL DAY TO SECOND, y: INTERVAL YEAR, t: TIME(3), v: VARCHAR(7)>");
  struct vonk_str json = vonk_type_json(arena, type);
  assert_str(json,
             "{\"type\":\"struct\",\"fields\":[{\"name\":\"a b\",\"type\":\"integer\",\"nullable\":false,\"metadata\":{\"comment\":\"it's\"}},"
             "{\"name\":\"1\",\"type\":\"string\",\"nullable\":true,\"metadata\":{\"__COLLATIONS\":{\"1\":\"spark.UTF8_LCASE\"}}},"
             "{\"name\":\"c\",\"type\":{\"type\":\"struct\",\"fields\":[{\"name\":\"x\",\"type\":{\"type\":\"array\",\"elementType\":\"string\","
             "\"containsNull\":true},\"nullable\":true,\"metadata\":{\"__COLLATIONS\":{\"x.element\":\"icu.UNICODE\"}}}]},\"nullable\":true,"
             "\"metadata\":{}},{\"name\":\"m\",\"type\":{\"type\":\"map\",\"keyType\":\"interval\",\"valueType\":\"void\",\"valueContainsNull\":false},"
             "\"nullable\":true,\"metadata\":{}},{\"name\":\"d\",\"type\":\"decimal(10,2)\",\"nullable\":true,\"metadata\":{}},{\"name\":\"i\","
             "\"type\":\"interval day to second\",\"nullable\":true,\"metadata\":{}},{\"name\":\"y\",\"type\":\"interval year\",\"nullable\":true,"
             "\"metadata\":{}},{\"name\":\"t\",\"type\":\"time(3)\",\"nullable\":true,\"metadata\":{}},{\"name\":\"v\",\"type\":\"varchar(7)\","
             "\"nullable\":true,\"metadata\":{}}]}");
  assert_true(vonk_type_from_json(arena, json, &back));
  assert_true(vonk_type_equal(type, back));
  assert_true(vonk_type_equal(type, vonk_type_copy(arena, type)));
}

static void test_type__json_from_outside(void **state) {
  (void)state;
  const struct vonk_type *type;
  assert_true(vonk_type_from_json(arena, STR(" { \"fields\" : [ { \"type\":\"long\", \"name\":\"\\u00e9\\n\", \"x\":[1,{\"y\":null}] } ], \"type\":\"struct\" } "), &type));
  assert_str(type->fields[0].name, "\xC3\xA9\n");
  assert_true(type->fields[0].nullable);
  assert_true(vonk_type_from_json(arena, STR("\"decimal( 38 , 18 )\""), &type) && type->scale == 18);
  assert_true(vonk_type_from_json(arena, STR("{\"type\":\"udt\",\"class\":\"x\",\"sqlType\":\"double\"}"), &type) && type->id == VONK_TYPE_DOUBLE);
  static const char *const bad[] = {"", "{}", "\"int\"", "\"decimal(39,0)\"", "\"decimal(5,6)\"", "{\"type\":\"array\"}", "\"long\" x", "{\"type\":\"struct\",\"fields\":[{}]}",
                                    "{\"type\":\"struct\",\"fields\":[", "\"long", "\"char(0)\"", "\"interval second to day\"", "{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"long\",\"metadata\":[1}]}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(vonk_type_from_json(arena, vonk_str_of(bad[i]), &type));
  struct vonk_text deep;
  vonk_text_init(&deep, arena);
  for (int i = 0; i < 100000; i++) vonk_text_add(&deep, STR("{\"type\":\"array\",\"elementType\":"));
  assert_false(vonk_type_from_json(arena, vonk_text_str(&deep), &type));
}

static void test_type__equality(void **state) {
  (void)state;
  const struct vonk_type *a = vonk_type_array(arena, &vonk_type_int, true), *b = vonk_type_array(arena, &vonk_type_int, false);
  assert_false(vonk_type_equal(a, b));
  assert_true(vonk_type_same(a, b));
  assert_false(vonk_type_same(a, vonk_type_array(arena, &vonk_type_long, true)));
  assert_ptr_equal(vonk_type_collated(arena, STR("utf8_binary")), &vonk_type_string);
  assert_true(vonk_type_is_orderable(a));
  assert_false(vonk_type_is_orderable(vonk_type_array(arena, &vonk_type_variant, true)));
}

/* Literal.sql of Apache Spark 4.2.1. */
static void test_type__literals(void **state) {
  (void)state;
  struct vonk_value items[] = {vonk_value_integer(&vonk_type_int, 1), vonk_value_null(&vonk_type_int)};
  const struct {
    struct vonk_value value;
    const char *sql;
  } cases[] = {
      {{.type = &vonk_type_float, .real = 1.5}, "CAST('1.5' AS FLOAT)"},
      {{.type = &vonk_type_double, .real = 1.5e20}, "1.5E20D"},
      {{.type = &vonk_type_double, .real = -__builtin_inf()}, "CAST('-Infinity' AS DOUBLE)"},
      {vonk_value_null(&vonk_type_int), "CAST(NULL AS INT)"},
      {vonk_value_null(vonk_type_array(arena, &vonk_type_int, true)), "NULL"},
      {vonk_value_text(&vonk_type_string, STR("it's \\ x")), "'it\\'s \\\\ x'"},
      {vonk_value_text(vonk_type_collated(arena, STR("UNICODE_CI")), STR("x")), "'x' collate UNICODE_CI"},
      {{.type = vonk_type_decimal(arena, 10, 7), .decimal = 1}, "1E-7BD"},
      {vonk_value_integer(&vonk_type_date, 1), "DATE '1970-01-02'"},
      {vonk_value_integer(&vonk_type_timestamp, 1), "TIMESTAMP '1970-01-01 00:00:00.000001'"},
      {vonk_value_integer(vonk_type_time(arena, 6), 1000), "TIME '00:00:00.000001'"},
      {{.type = &vonk_type_interval, .interval = {1, 2, 3}}, "INTERVAL '1 months 2 days 0.000003 seconds'"},
      {vonk_value_integer(&vonk_type_interval_ym, 5), "INTERVAL '0-5' YEAR TO MONTH"},
      {vonk_value_text(&vonk_type_binary, STR("\x01\xAB")), "X'01AB'"},
      {vonk_value_integer(&vonk_type_boolean, 1), "true"},
      {vonk_value_integer(&vonk_type_byte, 3), "3Y"},
      {{.type = vonk_type_array(arena, &vonk_type_int, true), .nested = {items, 2}}, "ARRAY(1, CAST(NULL AS INT))"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_str(vonk_value_sql(arena, &cases[i].value), cases[i].sql);
}

static void test_type__values_compare(void **state) {
  (void)state;
  struct vonk_value nan = {.type = &vonk_type_double, .real = __builtin_nan("")}, inf = {.type = &vonk_type_double, .real = __builtin_inf()};
  struct vonk_value zero = {.type = &vonk_type_double, .real = 0.0}, minus = {.type = &vonk_type_double, .real = -0.0};
  assert_true(vonk_value_equal(&nan, &nan) && vonk_value_compare(&nan, &inf) > 0);
  assert_true(vonk_value_equal(&zero, &minus) && vonk_value_hash(&zero) == vonk_value_hash(&minus));
  struct vonk_value items[] = {vonk_value_null(&vonk_type_int), vonk_value_integer(&vonk_type_int, -5), vonk_value_integer(&vonk_type_int, 1)};
  const struct vonk_type *list = vonk_type_array(arena, &vonk_type_int, true);
  struct vonk_value a = {.type = list, .nested = {&items[0], 2}}, b = {.type = list, .nested = {&items[1], 1}}, c = {.type = list, .nested = {&items[1], 2}};
  assert_true(vonk_value_compare(&a, &b) < 0 && vonk_value_compare(&b, &c) < 0);
  struct vonk_value copy = vonk_value_copy(arena, &c);
  assert_true(vonk_value_equal(&copy, &c) && vonk_value_hash(&copy) == vonk_value_hash(&c));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_type__texts, setup, teardown),
      cmocka_unit_test_setup_teardown(test_type__json_from_outside, setup, teardown),
      cmocka_unit_test_setup_teardown(test_type__equality, setup, teardown),
      cmocka_unit_test_setup_teardown(test_type__literals, setup, teardown),
      cmocka_unit_test_setup_teardown(test_type__values_compare, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
