/* secret_test.c: which names are secrets', and what is hidden in addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/secret.h"

static void names(void **state) {
  (void)state;
  assert_true(vonk_secret_is_name(STR("fs.s3a.Secret.Key")) && vonk_secret_is_name(STR("spark.hadoop.fs.s3a.bucket.b.access.key")) && vonk_secret_is_name(STR("AWS_SESSION_TOKEN")));
  assert_false(vonk_secret_is_name(STR("fs.s3a.endpoint")) || vonk_secret_is_name(STR("")));
}

static void users_in_addresses(void **state) {
  (void)state;
  static const struct {
    const char *text, *shown;
  } cases[] = {
      {"s3a://key:secret@bucket/a", "s3a://**********@bucket/a"},
      {"s3a://key:se/cr+et@bucket", "s3a://************@bucket"},
      {"x http://u:p@h, ftp://a:b@c 'hdfs://h:1/a@b'", "x http://***@h, ftp://***@c 'hdfs://h:1/a@b'"},
      {"http://host:80/a@2x.png", "http://host:80/a@2x.png"},
      {"s3a://bucket/a:b@c", "s3a://bucket/a:b@c"},
      {"s3a://bucket/a b:c@d", "s3a://bucket/a b:c@d"},
      {"http://host:80", "http://host:80"},
      {"me@example.org ://", "me@example.org ://"},
      {"", ""},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char text[100];
    strcpy(text, cases[i].text);
    vonk_secret_hide_users(text, strlen(text));
    assert_string_equal(text, cases[i].shown);
    assert_int_equal(vonk_secret_has_users(vonk_str_of(cases[i].text)), strcmp(cases[i].text, cases[i].shown) != 0);
  }
}

static void copies(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_secret secret = vonk_secret_copy(arena, STR("abc"));
  assert_true(vonk_str_equal(vonk_secret_reveal(&secret), STR("abc")));
  vonk_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(users_in_addresses), cmocka_unit_test(copies)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
