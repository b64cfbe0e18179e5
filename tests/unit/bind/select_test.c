/* select_test.c: names, stars, grouping, ordering, set operations, CTEs, views; errors with Spark's parameters. */
#include "fixture.h"

static const struct { const char *sql, *expected; } cases[] = {
    {"SELECT * FROM t", "struct<a:int,b:string,c:double>"},
    {"SELECT t.*, u.a FROM t, u", "struct<a:int,b:string,c:double,a:int>"},
    {"SELECT * EXCEPT (b) FROM t", "struct<a:int,c:double>"},
    {"SELECT x.a AS z FROM t AS x", "struct<z:int>"},
    {"SELECT p, q FROM (SELECT a, b FROM t) AS x(p, q)", "struct<p:int,q:string>"},
    {"SELECT b, a FROM t ORDER BY c LIMIT 3", "struct<b:string,a:int>"},
    {"SELECT b FROM t GROUP BY b", "struct<b:string>"},
    {"SELECT b AS k FROM t GROUP BY k", "struct<k:string>"},
    {"SELECT b, a FROM t GROUP BY 1, 2", "struct<b:string,a:int>"},
    {"SELECT DISTINCT a FROM t ORDER BY a", "struct<a:int>"},
    {"SELECT a FROM t UNION ALL SELECT c FROM t", "struct<a:double>"},
    {"WITH w AS (SELECT a FROM t) SELECT x.a, y.a FROM w x, w y", "struct<a:int,a:int>"},
    {"WITH w(z) AS (SELECT a FROM t) SELECT * FROM w", "struct<z:int>"},
    {"SELECT * FROM VALUES (1, 'x'), (2, 'y') AS v(n, s)", "struct<n:int,s:string>"},
    {"SELECT id FROM range(10)", "struct<id:bigint>"},
    {"SELECT (SELECT a FROM t LIMIT 1) AS s", "struct<s:int>"},
    {"SELECT a AS p, p AS q FROM t", "struct<p:int,q:int>"},
    {"SELECT a FROM t CLUSTER BY a", "struct<a:int>"},
    {"SELECT /*+ REPARTITION(3) */ a FROM t", "struct<a:int>"},
    {"SELECT zz FROM t", "UNRESOLVED_COLUMN.WITH_SUGGESTION `zz` `a`, `b`, `c`"},
    {"SELECT a FROM t, u", "AMBIGUOUS_REFERENCE `a` [`t`.`a`, `u`.`a`]"},
    {"SELECT * FROM nosuch", "TABLE_OR_VIEW_NOT_FOUND `nosuch` [`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"},
    {"SELECT a, b FROM t GROUP BY a", "MISSING_AGGREGATION \"b\" \"any_value(b)\""},
    {"SELECT a FROM t GROUP BY 3", "GROUP_BY_POS_OUT_OF_RANGE 3 1"},
    {"SELECT a FROM t ORDER BY 3", "ORDER_BY_POS_OUT_OF_RANGE 3 1"},
    {"SELECT a, b FROM t UNION SELECT a FROM t", "NUM_COLUMNS_MISMATCH UNION 2 second 1"},
    {"SELECT a FROM t LIMIT -1", "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE limit \"-1\" -1"},
    {"SELECT a FROM t LIMIT a", "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE limit \"a\""},
};

static void test_select__schemas_and_errors(void **state) {
  (void)state;
  int failed = 0;
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    const char *found = schema_of(cases[i].sql);
    if (strcmp(found, cases[i].expected) == 0) continue;
    failed++;
    fprintf(stderr, "%s\n  expected %s\n  found    %s\n", cases[i].sql, cases[i].expected, found);
  }
  assert_int_equal(failed, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_select__schemas_and_errors, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
