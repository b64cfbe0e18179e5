/* conf_test.c: the registry, snapshots, value texts and property files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/conf.h"

static struct vonk_error error;
static struct vonk_task task;

static int setup(void **state) {
  (void)state;
  vonk_error_init(&error);
  task = (struct vonk_task){.arena = vonk_arena_create(NULL), .error = &error};
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_error_deinit(&error);
  vonk_arena_destroy(task.arena);
  return 0;
}

static void test_conf__rows_are_sorted_and_defaults_parse(void **state) {
  (void)state;
  struct vonk_conf *conf = vonk_conf_create();
  for (int i = 0; i < VONK_CONF_KEY_COUNT; i++) {
    if (i) assert_true(vonk_str_compare(vonk_conf_rows[i - 1].key, vonk_conf_rows[i].key) < 0);
    assert_int_equal(vonk_conf_find(vonk_conf_rows[i].key), i);
    assert_true(vonk_conf_rows[i].doc.size > 0);
  }
  assert_true(vonk_conf_bool(conf, VONK_CONF_ANSI_ENABLED));
  assert_int_equal(vonk_conf_int(conf, VONK_CONF_SHUFFLE_PARTITIONS), 200);
  assert_int_equal(vonk_conf_bytes(conf, VONK_CONF_FILES_MAX_PARTITION_BYTES), 128 << 20);
  assert_false(vonk_conf_is_set(conf, VONK_CONF_DRIVER_MEMORY));
  vonk_conf_release(conf);
}

static void test_conf__snapshots_do_not_change(void **state) {
  (void)state;
  struct vonk_conf *base = vonk_conf_create(), *changed, *back;
  struct vonk_conf_setting settings[] = {{STR("spark.sql.ansi.enabled"), STR("FALSE")},
                                         {STR("my.own.key"), STR("x")},
                                         {STR("spark.sql.storeAssignmentPolicy"), STR("legacy")},
                                         {STR("my.own.key"), STR("y")}};
  assert_int_equal(vonk_conf_set(&task, base, VONK_CONF_RUNNING, settings, 4, &changed), VONK_OK);
  struct vonk_str text;
  assert_true(vonk_conf_bool(base, VONK_CONF_ANSI_ENABLED));
  assert_false(vonk_conf_bool(changed, VONK_CONF_ANSI_ENABLED));
  assert_true(vonk_str_equal(vonk_conf_text(changed, VONK_CONF_STORE_ASSIGNMENT_POLICY), STR("LEGACY")));
  assert_false(vonk_conf_get(base, STR("my.own.key"), &text));
  assert_true(vonk_conf_get(changed, STR("my.own.key"), &text) && vonk_str_equal(text, STR("y")));
  assert_true(vonk_conf_get(base, STR("spark.sql.sources.default"), &text) && vonk_str_equal(text, STR("parquet")));
  const struct vonk_conf_setting *list;
  assert_int_equal(vonk_conf_settings(changed, &list), 3);
  assert_int_equal(vonk_conf_reset(&task, changed, NULL, STR("spark.sql.ansi.enabled"), &back), VONK_OK);
  assert_true(vonk_conf_bool(back, VONK_CONF_ANSI_ENABLED));
  assert_int_equal(vonk_conf_settings(back, &list), 2);
  vonk_conf_release(base);
  vonk_conf_release(changed);
  vonk_conf_release(back);
}

static enum vonk_condition condition_of(const char *key, const char *value, enum vonk_conf_phase phase) {
  struct vonk_conf *base = vonk_conf_create(), *out;
  struct vonk_conf_setting setting = {vonk_str_of(key), vonk_str_of(value)};
  vonk_error_clear(&error);
  enum vonk_status status = vonk_conf_set(&task, base, phase, &setting, 1, &out);
  vonk_conf_release(base);
  vonk_conf_release(out);
  return status == VONK_OK ? VONK_CONDITION_COUNT : error.condition;
}

static void test_conf__bad_settings_are_refused(void **state) {
  (void)state;
  assert_int_equal(condition_of("spark.sql.ansi.enabled", "yes", VONK_CONF_RUNNING), VONK_INVALID_CONF_VALUE__TYPE_MISMATCH);
  assert_int_equal(condition_of("spark.sql.shuffle.partitions", "many", VONK_CONF_RUNNING), VONK_INVALID_CONF_VALUE__TYPE_MISMATCH);
  assert_int_equal(condition_of("spark.sql.mapKeyDedupPolicy", "x", VONK_CONF_RUNNING), VONK_INVALID_CONF_VALUE__OUT_OF_RANGE_OF_OPTIONS);
  assert_int_equal(condition_of("spark.sql.warehouse.dir", "/x", VONK_CONF_RUNNING), VONK_CANNOT_MODIFY_STATIC_CONFIG);
  assert_int_equal(condition_of("spark.sql.warehouse.dir", "/x", VONK_CONF_STARTING), VONK_CONDITION_COUNT);
  assert_int_equal(condition_of("spark.driver.memory", "1g", VONK_CONF_RUNNING), VONK_CANNOT_MODIFY_CONFIG);
}

static void test_conf__units(void **state) {
  (void)state;
  int64_t value;
  assert_true(vonk_conf_parse_bytes(STR("512m"), 1, &value) && value == 512 << 20);
  assert_true(vonk_conf_parse_bytes(STR("1GB"), 1, &value) && value == 1 << 30);
  assert_true(vonk_conf_parse_bytes(STR("1024"), 1 << 20, &value) && value == 1 << 30);
  assert_true(vonk_conf_parse_bytes(STR("-1"), 1, &value) && value == -1);
  assert_false(vonk_conf_parse_bytes(STR("1.5g"), 1, &value));
  assert_false(vonk_conf_parse_bytes(STR("9999999p"), 1, &value));
  assert_false(vonk_conf_parse_bytes(STR("g"), 1, &value));
  assert_true(vonk_conf_parse_time_ms(STR("10s"), &value) && value == 10000);
  assert_true(vonk_conf_parse_time_ms(STR("5min"), &value) && value == 300000);
  assert_true(vonk_conf_parse_time_ms(STR("2500us"), &value) && value == 2);
  assert_true(vonk_conf_parse_time_ms(STR("7"), &value) && value == 7);
  assert_false(vonk_conf_parse_time_ms(STR("7 weeks"), &value));
}

static void test_conf__properties(void **state) {
  (void)state;
  struct vonk_conf_setting *settings;
  size_t count;
  assert_int_equal(vonk_conf_parse_properties(&task,
                                              STR("# comment\n\n  ! another\nspark.a 1 \nspark.b=two words\nspark.c : x\\\n   y\r\n"
                                                  "spark.d\nspark\\ e = \\u00e9\\t|\nspark.f ==g\nspark.last 9"),
                                              &settings, &count),
                   VONK_OK);
  const char *expected[][2] = {{"spark.a", "1"}, {"spark.b", "two words"}, {"spark.c", "xy"}, {"spark.d", ""},
                               {"spark e", "\xC3\xA9\t|"}, {"spark.f", "=g"}, {"spark.last", "9"}};
  assert_int_equal(count, 7);
  for (size_t i = 0; i < count; i++) {
    assert_true(vonk_str_equal(settings[i].key, vonk_str_of(expected[i][0])));
    assert_true(vonk_str_equal(settings[i].value, vonk_str_of(expected[i][1])));
  }
  assert_int_equal(vonk_conf_read_file(&task, STR("/nonexistent/file"), &settings, &count), VONK_FAILED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_conf__rows_are_sorted_and_defaults_parse, setup, teardown),
      cmocka_unit_test_setup_teardown(test_conf__snapshots_do_not_change, setup, teardown),
      cmocka_unit_test_setup_teardown(test_conf__bad_settings_are_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_conf__units, setup, teardown),
      cmocka_unit_test_setup_teardown(test_conf__properties, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
