/* tpch_test.c: the 22 queries bind to the types that bench/tpch/schema.txt recorded from Spark. */
#include <stdlib.h>

#include "fixture.h"

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  char *text = vonk_arena_alloc(task.arena, 1 << 16);
  size_t size = fread(text, 1, (1 << 16) - 1, file);
  text[size] = 0;
  fclose(file);
  return text;
}

static void test_tpch__schemas_are_sparks(void **state) {
  (void)state;
  char *schemas = read_file("bench/tpch/schema.txt");
  assert_non_null(schemas);
  int failed = 0;
  for (int q = 1; q <= 22; q++) {
    char path[512], key[16], expected[1024] = "";
    snprintf(path, sizeof path, "bench/tpch/q%02d.sql", q);
    snprintf(key, sizeof key, "\nQ%d ", q);
    char *line = strstr(schemas, key);
    assert_non_null(line);
    sscanf(line + strlen(key), "%1023[^\n]", expected);
    char *sql = read_file(path);
    const char *found = schema_of(sql);
    if (strcmp(found, expected) == 0) continue;
    failed++;
    fprintf(stderr, "Q%d\n  expected %s\n  found    %s\n", q, expected, found);
  }
  assert_int_equal(failed, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_tpch__schemas_are_sparks, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
