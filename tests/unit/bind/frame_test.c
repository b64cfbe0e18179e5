/* frame_test.c: relations that DataFrames make: columns by plan id, lost columns, what replaces columns; errors. */
#include "fixture.h"

#include "expr/expr.h"

static struct vonk_relation *numbered(void *relation, int64_t plan_id) {
  ((struct vonk_node *)relation)->plan_id = plan_id;
  return relation;
}

static struct vonk_relation *table(const char *name, int64_t plan_id) {
  struct vonk_relation_read *read = RELATION_NEW(task.arena, read, NULL);
  assert_int_equal(vonk_sql_parse_name(&task, vonk_str_of(name), &read->name), VONK_OK);
  return numbered(read, plan_id);
}

/* "a", or of a plan: df["a"]. */
static struct vonk_expr *column(const char *name, int64_t plan_id) {
  struct vonk_expr_attribute *attribute = EXPR_NEW(task.arena, attribute, NULL);
  assert_int_equal(vonk_sql_parse_name(&task, vonk_str_of(name), &attribute->name), VONK_OK);
  attribute->expr.node.plan_id = plan_id;
  return &attribute->expr;
}

static struct vonk_expr *expr(const char *text) {
  struct vonk_sql_options options = {.ansi = true};
  struct vonk_expr *out;
  assert_int_equal(vonk_sql_parse_expression(&task, vonk_str_of(text), &options, &out), VONK_OK);
  return out;
}

static struct vonk_exprs list(uint32_t count, ...) {
  struct vonk_exprs out = {ARENA_ARRAY(task.arena, struct vonk_expr *, count), count};
  va_list items;
  va_start(items, count);
  for (uint32_t i = 0; i < count; i++) out.items[i] = va_arg(items, struct vonk_expr *);
  va_end(items);
  return out;
}

static struct vonk_relation *project(struct vonk_relation *input, int64_t plan_id, struct vonk_exprs expressions) {
  struct vonk_relation_project_star *node = RELATION_NEW(task.arena, project_star, NULL);
  node->input = input;
  node->expressions = expressions;
  return numbered(node, plan_id);
}

static struct vonk_relation *filter(struct vonk_relation *input, int64_t plan_id, struct vonk_expr *condition) {
  struct vonk_relation_filter *node = RELATION_NEW(task.arena, filter, NULL);
  node->input = input;
  node->condition = condition;
  return numbered(node, plan_id);
}

static struct vonk_relation *sort(struct vonk_relation *input, int64_t plan_id, struct vonk_expr *key) {
  struct vonk_relation_sort *node = RELATION_NEW(task.arena, sort, NULL);
  struct vonk_expr_sort_order *order = EXPR_NEW(task.arena, sort_order, NULL);
  order->child = key;
  node->input = input;
  node->order = list(1, order);
  node->is_global = true;
  return numbered(node, plan_id);
}

static struct vonk_relation *join(struct vonk_relation *left, struct vonk_relation *right, int64_t plan_id, struct vonk_expr *condition) {
  struct vonk_relation_join *node = RELATION_NEW(task.arena, join, NULL);
  node->left = left;
  node->right = right;
  node->condition = condition;
  return numbered(node, plan_id);
}

static struct vonk_relation *with_columns(struct vonk_relation *input, int64_t plan_id, struct vonk_exprs aliases) {
  struct vonk_relation_with_columns *node = RELATION_NEW(task.arena, with_columns, NULL);
  node->input = input;
  node->aliases = aliases;
  return numbered(node, plan_id);
}

static struct vonk_relation *drop(struct vonk_relation *input, int64_t plan_id, struct vonk_exprs columns) {
  struct vonk_relation_drop *node = RELATION_NEW(task.arena, drop, NULL);
  node->input = input;
  node->columns = columns;
  return numbered(node, plan_id);
}

static struct vonk_relation *to_schema(struct vonk_relation *input, const char *schema) {
  struct vonk_relation_to_schema *node = RELATION_NEW(task.arena, to_schema, NULL);
  node->input = input;
  assert_int_equal(vonk_sql_parse_schema(&task, vonk_str_of(schema), &node->schema), VONK_OK);
  return numbered(node, 99);
}

static struct vonk_expr *equal(struct vonk_expr *a, struct vonk_expr *c) {
  static const struct vonk_str name = {"==", 2};
  struct vonk_expr_function *function = EXPR_NEW(task.arena, function, NULL);
  function->name = (struct vonk_name){&name, 1};
  function->arguments = list(2, a, c);
  return &function->expr;
}

static void check(struct vonk_relation *relation, const char *expected) {
  const char *found = relation_schema(relation);
  if (strcmp(found, expected) != 0) fprintf(stderr, "expected %s\nfound    %s\n", expected, found);
  assert_string_equal(found, expected);
}

static void test_plan_id__columns_come_up(void **state) {
  (void)state;
  struct vonk_relation *t = table("t", 1), *b = project(t, 2, list(1, column("b", -1)));
  check(project(t, 2, list(1, column("a", 1))), "struct<a:int>");
  check(project(b, 3, list(1, column("b", 1))), "struct<b:string>");
  check(project(b, 3, list(1, column("a", 1))), "CANNOT_RESOLVE_DATAFRAME_COLUMN \"a\"");
  check(project(t, 3, list(1, column("a", 7))), "CANNOT_RESOLVE_DATAFRAME_COLUMN \"a\"");
  check(project(t, 3, list(1, column("zz", 1))), "CANNOT_RESOLVE_DATAFRAME_COLUMN \"zz\"");
}

static void test_plan_id__lost_columns(void **state) {
  (void)state;
  struct vonk_relation *t = table("t", 1), *b = project(t, 2, list(1, column("b", -1)));
  struct vonk_relation_deduplicate *distinct = RELATION_NEW(task.arena, deduplicate, NULL);
  struct vonk_relation_subquery_alias *alias = RELATION_NEW(task.arena, subquery_alias, NULL);
  distinct->input = alias->input = b;
  distinct->all_columns = true;
  alias->alias = STR("q");
  check(filter(b, 3, equal(column("a", 1), column("c", -1))), "struct<b:string>");
  check(sort(b, 3, column("a", 1)), "struct<b:string>");
  check(sort(project(project(t, 2, list(2, column("a", -1), column("b", -1))), 3, list(1, column("b", -1))), 4, column("c", -1)), "struct<b:string>");
  check(filter(numbered(distinct, 3), 4, expr("a > 1")), "struct<b:string>");
  check(filter(numbered(alias, 3), 4, expr("a > 1")), "UNRESOLVED_COLUMN.WITH_SUGGESTION `a` `b`");
  check(filter(numbered(alias, 3), 4, equal(column("a", 1), column("b", -1))), "CANNOT_RESOLVE_DATAFRAME_COLUMN \"a\"");
}

static void test_plan_id__joins(void **state) {
  (void)state;
  struct vonk_relation *t = table("t", 1), *u = table("u", 2);
  struct vonk_relation *both = join(t, u, 3, equal(column("a", 1), column("a", 2)));
  check(project(both, 4, list(2, column("a", 2), column("b", 1))), "struct<a:int,b:string>");
  check(join(t, t, 3, equal(column("a", 1), column("a", 1))), "AMBIGUOUS_COLUMN_REFERENCE \"a\"");
  struct vonk_relation *positive = filter(t, 5, expr("a > 0"));
  check(join(t, positive, 6, equal(column("a", 1), column("a", 5))), "struct<a:int,b:string,c:double,a:int,b:string,c:double>");
  check(drop(both, 4, list(1, column("a", 2))), "struct<a:int,b:string,c:double,d:string,s:struct<x:int,y:string>>");
  struct vonk_relation_join *using = RELATION_NEW(task.arena, join, NULL);
  static const struct vonk_str a = {"a", 1};
  using->left = t;
  using->right = u;
  using->using_columns = (struct vonk_name){&a, 1};
  check(project(numbered(using, 3), 4, list(3, column("a", 1), column("a", 2), column("a", -1))), "struct<a:int,a:int,a:int>");
}

static void test_columns__replaced(void **state) {
  (void)state;
  struct vonk_relation *t = table("t", 1);
  check(with_columns(t, 2, list(2, expr("5 AS A"), expr("a + 1 AS z"))), "struct<A:int,b:string,c:double,z:int>");
  check(with_columns(t, 2, list(2, expr("1 AS z"), expr("2 AS Z"))), "COLUMN_ALREADY_EXISTS `z`");
  check(with_columns(t, 2, list(1, expr("explode(array(1)) AS x"))), "struct<a:int,b:string,c:double,x:int>");
  check(filter(with_columns(t, 2, list(1, expr("a + 1 AS a"))), 3, equal(column("a", 1), column("a", 2))), "struct<a:int,b:string,c:double>");
  check(drop(t, 2, list(2, column("a", -1), column("nope", -1))), "struct<b:string,c:double>");
}

static void test_to_schema__fields_and_errors(void **state) {
  (void)state;
  struct vonk_relation *t = table("t", 1), *u = table("u", 2);
  check(to_schema(t, "b STRING, a BIGINT, n DATE"), "struct<b:string,a:bigint,n:date>");
  check(to_schema(t, "a BIGINT NOT NULL"), "NULLABLE_COLUMN_OR_FIELD `a`");
  check(to_schema(t, "zz BIGINT NOT NULL"), "UNRESOLVED_COLUMN.WITH_SUGGESTION `zz` `a`, `b`, `c`");
  check(to_schema(t, "a DATE"), "INVALID_COLUMN_OR_FIELD_DATA_TYPE `a` \"INT\" \"DATE\"");
  check(to_schema(u, "s STRUCT<y: STRING, q: INT, x: BIGINT>"), "struct<s:struct<y:string,q:int,x:bigint>>");
  check(to_schema(u, "s STRUCT<q: STRING NOT NULL>"), "UNRESOLVED_FIELD.WITH_SUGGESTION `s` `q` `x`, `y`");
}

static struct vonk_relation *by_name(struct vonk_relation *left, struct vonk_relation *right, bool allow_missing) {
  struct vonk_relation_set_op *set = RELATION_NEW(task.arena, set_op, NULL);
  set->left = left;
  set->right = right;
  set->is_all = set->by_name = true;
  set->allow_missing_columns = allow_missing;
  return numbered(set, 9);
}

static void test_union_by_name__columns_and_fields(void **state) {
  (void)state;
  struct vonk_relation *t = table("t", 1), *u = table("u", 2), *s = project(u, 3, list(1, column("s", -1)));
  struct vonk_relation *other = project(u, 4, list(1, expr("named_struct('z', 1, 'y', 'q') AS s")));
  check(by_name(t, u, false), "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES b a, d, s");
  check(by_name(t, u, true), "struct<a:int,b:string,c:double,d:string,s:struct<x:int,y:string>>");
  check(by_name(s, other, true), "struct<s:struct<x:int,y:string,z:int>>");
  check(by_name(s, other, false), "FIELD_NOT_FOUND `x` `z`, `y`");
  check(by_name(project(t, 5, list(2, column("a", -1), expr("b AS A"))), t, true), "COLUMN_ALREADY_EXISTS `a`");
}

static void test_as_of_join__directions(void **state) {
  (void)state;
  struct vonk_relation_as_of_join *join = RELATION_NEW(task.arena, as_of_join, NULL);
  join->left = table("t", 1);
  join->right = table("u", 2);
  join->left_as_of = column("a", 1);
  join->right_as_of = column("a", 2);
  join->direction = STR("backward");
  join->join_type = STR("inner");
  join->allow_exact_matches = true;
  check(numbered(join, 3), "struct<a:int,b:string,c:double,a:int,d:string,s:struct<x:int,y:string>>");
  check(project(numbered(join, 3), 4, list(1, column("d", 2))), "struct<d:string>");
  join->tolerance = expr("-1");
  check(numbered(join, 3), "AS_OF_JOIN.TOLERANCE_IS_NON_NEGATIVE");
  join->direction = STR("x");
  check(numbered(join, 3), "AS_OF_JOIN.UNSUPPORTED_DIRECTION x 'forward', 'backward', 'nearest'");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_union_by_name__columns_and_fields, setup, teardown),
      cmocka_unit_test_setup_teardown(test_as_of_join__directions, setup, teardown),
      cmocka_unit_test_setup_teardown(test_plan_id__columns_come_up, setup, teardown),
      cmocka_unit_test_setup_teardown(test_plan_id__lost_columns, setup, teardown),
      cmocka_unit_test_setup_teardown(test_plan_id__joins, setup, teardown),
      cmocka_unit_test_setup_teardown(test_columns__replaced, setup, teardown),
      cmocka_unit_test_setup_teardown(test_to_schema__fields_and_errors, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
