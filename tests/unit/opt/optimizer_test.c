/* optimizer_test.c: rules over plans built by hand; what a rule must do is seen in the shape of the answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/source.h"
#include "func/lookup.h"
#include "opt/optimizer_internal.h"

static struct vonk_error error;
static struct vonk_task task;
static struct vonk_conf *conf;
static struct opt builder; /* only for its ids and helpers */

static int setup(void **state) {
  (void)state;
  vonk_error_init(&error);
  task = (struct vonk_task){.arena = vonk_arena_create(NULL), .error = &error};
  conf = vonk_conf_create();
  builder = (struct opt){.task = &task, .arena = task.arena, .conf = conf};
  return 0;
}

static int teardown(void **state) {
  (void)state;
  vonk_conf_release(conf);
  vonk_error_deinit(&error);
  vonk_arena_destroy(task.arena);
  return 0;
}

/* --- plans --- */

/* A table of COUNT long columns a, b, c, ...; column 0 is unique. */
static struct vonk_relation *table(uint32_t count, int64_t rows) {
  struct vonk_source *source = ARENA_NEW(task.arena, struct vonk_source);
  struct vonk_source_statistics *statistics = ARENA_ARRAY(task.arena, struct vonk_source_statistics, count);
  struct vonk_plan_column *columns = ARENA_ARRAY(task.arena, struct vonk_plan_column, count);
  uint64_t *indexes = ARENA_ARRAY(task.arena, uint64_t, count);
  for (uint32_t i = 0; i < count; i++) {
    statistics[i] = (struct vonk_source_statistics){.range = {true, 1, i ? 100 : rows}, .distinct_count = i ? 100 : (double)rows};
    columns[i] = (struct vonk_plan_column){.id = opt_new_id(&builder), .name = vonk_str_format(task.arena, "%c", 'a' + i), .type = &vonk_type_long};
    indexes[i] = i;
  }
  source->row_count = rows;
  source->statistics = statistics;
  struct vonk_relation_scan *scan = RELATION_NEW(task.arena, scan, NULL);
  scan->source = source;
  scan->source_columns = (struct vonk_ids){indexes, count};
  scan->limit = -1;
  scan->relation.columns = columns;
  scan->relation.column_count = count;
  return &scan->relation;
}

static struct vonk_expr *ref(const struct vonk_relation *relation, uint32_t i) { return opt_reference(&builder, &relation->columns[i]); }

static struct vonk_expr *outer(const struct vonk_relation *relation, uint32_t i) {
  struct vonk_expr *expr = ref(relation, i);
  EXPR_AS(expr, column)->outer = true;
  return expr;
}

static struct vonk_expr *compare(const char *name, struct vonk_expr *a, struct vonk_expr *b) {
  return opt_call(&builder, name, &vonk_type_boolean, false, 2, a, b);
}

static struct vonk_expr *number(int64_t value) { return opt_long(&builder, value, &vonk_type_long); }

static struct vonk_exprs list(uint32_t count, ...) {
  struct vonk_exprs exprs = {ARENA_ARRAY(task.arena, struct vonk_expr *, count), count};
  va_list items;
  va_start(items, count);
  for (uint32_t i = 0; i < count; i++) exprs.items[i] = va_arg(items, struct vonk_expr *);
  va_end(items);
  return exprs;
}

static struct vonk_relation *where(struct vonk_relation *input, struct vonk_expr *conjunct) {
  struct vonk_relation_select *select = RELATION_NEW(task.arena, select, NULL);
  select->input = input;
  select->conjuncts = list(1, conjunct);
  opt_take_columns(&builder, &select->relation);
  return &select->relation;
}

static struct vonk_relation *pick(struct vonk_relation *input, uint32_t i) {
  struct vonk_plan_column *column = vonk_arena_copy(task.arena, &input->columns[i], sizeof *column);
  return opt_project(&builder, input, column, list(1, ref(input, i)));
}

static struct vonk_relation *cross(struct vonk_relation *a, struct vonk_relation *b) { return &opt_join(&builder, a, b, VONK_JOIN_CROSS)->relation; }

static struct vonk_expr *subquery(enum vonk_subquery_kind kind, struct vonk_relation *plan) {
  struct vonk_expr_subquery *expr = EXPR_NEW(task.arena, subquery, NULL);
  expr->kind = kind;
  expr->plan = &plan->node;
  expr->expr.type = kind == VONK_SUBQUERY_SCALAR ? plan->columns[0].type : &vonk_type_boolean;
  expr->expr.deterministic = true;
  return &expr->expr;
}

static struct vonk_relation *optimize(struct vonk_relation *in) {
  struct vonk_relation *out;
  assert_int_equal(vonk_optimize(&task, conf, in, &out), VONK_OK);
  assert_int_equal(out->column_count, in->column_count);
  for (uint32_t i = 0; i < in->column_count; i++) assert_int_equal(out->columns[i].id, in->columns[i].id);
  return out;
}

/* The first relation of TYPE below RELATION. */
static struct vonk_relation *find(struct vonk_relation *relation, const struct vonk_node_type *type) {
  uint32_t count;
  if (relation->node.type == type) return relation;
  struct vonk_relation **inputs = opt_inputs(relation, &count);
  for (uint32_t i = 0; i < count; i++) {
    struct vonk_relation *found = find(inputs[i], type);
    if (found) return found;
  }
  return NULL;
}

#define FIND(relation, kind) ((struct vonk_relation_##kind *)(void *)find((relation), &vonk_relation_##kind##_type))

/* --- tests --- */

static void test_filters__reach_the_scan(void **state) {
  (void)state;
  struct vonk_relation *t = table(3, 1000), *out = optimize(pick(where(t, compare(">", ref(t, 1), number(7))), 0));
  struct vonk_relation_scan *scan = FIND(out, scan);
  assert_null(FIND(out, select));
  assert_int_equal(scan->filters.count, 1);
  assert_int_equal(scan->relation.column_count, 2);
  assert_true(scan->relation.estimated_rows > 900 && scan->relation.estimated_rows < 1000);
}

static void test_filters__a_cross_product_becomes_a_join(void **state) {
  (void)state;
  struct vonk_relation *small = table(2, 100), *large = table(2, 100000);
  struct vonk_relation *out = optimize(where(where(cross(small, large), compare("==", ref(small, 0), ref(large, 1))), compare("<", ref(small, 1), number(5))));
  struct vonk_relation_join_on *join = FIND(out, join_on);
  assert_int_equal(join->join_type, VONK_JOIN_INNER);
  assert_int_equal(join->left_keys.count, 1);
  assert_int_equal(join->residual.count, 0);
  struct vonk_relation *built = join->build_side ? join->left : join->right;
  assert_non_null(opt_column(built, small->columns[0].id));
  assert_int_equal(FIND(built, scan)->filters.count, 1);
}

static void test_filters__null_rejecting_ones_make_inner_joins(void **state) {
  (void)state;
  struct vonk_relation *a = table(2, 100), *b = table(2, 1000);
  struct vonk_relation_join_on *left = opt_join(&builder, a, b, VONK_JOIN_LEFT);
  opt_join_add_keys(&builder, left, ref(a, 0), ref(b, 0), false);
  struct vonk_relation *kept = optimize(&left->relation), *dropped = optimize(where(&left->relation, compare(">", ref(b, 1), number(3))));
  assert_int_equal(FIND(kept, join_on)->join_type, VONK_JOIN_LEFT);
  assert_int_equal(FIND(dropped, join_on)->join_type, VONK_JOIN_INNER);
}

static void test_joins__the_filtered_pair_comes_first(void **state) {
  (void)state;
  struct vonk_relation *fact = table(3, 1000000), *one = table(2, 1000), *two = table(2, 1000);
  struct vonk_relation *plan = cross(cross(one, two), fact);
  plan = where(where(plan, compare("==", ref(fact, 1), ref(one, 0))), compare("==", ref(fact, 2), ref(two, 0)));
  struct vonk_relation *out = optimize(pick(where(plan, compare("==", ref(two, 1), number(1))), 0));
  struct vonk_relation_join_on *top = FIND(out, join_on), *below = FIND(top->left, join_on);
  assert_non_null(below);
  assert_int_equal(top->join_type, VONK_JOIN_INNER);
  assert_int_equal(below->join_type, VONK_JOIN_INNER);
  assert_non_null(opt_column(below->build_side ? below->left : below->right, two->columns[0].id));
}

static void test_subqueries__exists_is_a_semi_join(void **state) {
  (void)state;
  struct vonk_relation *a = table(2, 1000), *b = table(3, 5000);
  struct vonk_relation *inner = where(where(b, compare("==", ref(b, 1), outer(a, 0))), compare("<", ref(b, 2), outer(a, 1)));
  struct vonk_relation_join_on *join = FIND(optimize(where(a, subquery(VONK_SUBQUERY_EXISTS, pick(inner, 0)))), join_on);
  assert_int_equal(join->join_type, VONK_JOIN_SEMI);
  assert_int_equal(join->left_keys.count, 1);
  assert_int_equal(join->residual.count, 1);
  join = FIND(optimize(where(a, opt_not(&builder, subquery(VONK_SUBQUERY_EXISTS, pick(inner, 0))))), join_on);
  assert_int_equal(join->join_type, VONK_JOIN_ANTI);
}

static struct vonk_relation *total(struct vonk_relation *input) {
  struct vonk_expr_aggregate *count = EXPR_NEW(task.arena, aggregate, NULL);
  struct vonk_plan_column *column = ARENA_NEW(task.arena, struct vonk_plan_column);
  static const struct vonk_function function = {.name = "count", .kind = VONK_AGGREGATE};
  count->function = &function;
  count->expr.type = &vonk_type_long;
  count->expr.deterministic = true;
  *column = opt_new_column(&builder, STR("n"), &count->expr);
  return opt_group(&builder, input, (struct vonk_exprs){NULL, 0}, list(1, &count->expr), column);
}

static void test_subqueries__a_count_over_nothing_is_zero(void **state) {
  (void)state;
  struct vonk_relation *a = table(2, 1000), *b = table(2, 5000);
  struct vonk_relation *inner = total(where(b, compare("==", ref(b, 1), outer(a, 0))));
  struct vonk_plan_column column = {.id = opt_new_id(&builder), .name = STR("n"), .type = &vonk_type_long};
  struct vonk_relation *out = optimize(opt_project(&builder, a, &column, list(1, subquery(VONK_SUBQUERY_SCALAR, inner))));
  struct vonk_relation_join_on *join = FIND(out, join_on);
  assert_int_equal(join->join_type, VONK_JOIN_LEFT);
  assert_int_equal(FIND(join->right, group)->keys.count, 1);
  assert_true(opt_is_call(FIND(out, project)->expressions.items[0], "when"));
}

static void test_subqueries__a_limit_inside_counts_per_outer_row(void **state) {
  (void)state;
  struct vonk_relation *a = table(2, 1000), *b = table(2, 5000);
  struct vonk_relation_slice *slice = RELATION_NEW(task.arena, slice, NULL);
  slice->input = where(b, compare("==", ref(b, 1), outer(a, 0)));
  slice->limit = 1;
  opt_take_columns(&builder, &slice->relation);
  struct vonk_plan_column column = {.id = opt_new_id(&builder), .name = STR("x"), .type = &vonk_type_long};
  struct vonk_relation *out = optimize(opt_project(&builder, a, &column, list(1, subquery(VONK_SUBQUERY_SCALAR, pick(&slice->relation, 0)))));
  struct vonk_relation_join_on *join = FIND(out, join_on);
  assert_int_equal(join->join_type, VONK_JOIN_SINGLE);
  assert_null(FIND(out, shared)); /* read twice: cheaper than kept */
  assert_non_null(FIND(join->right, window_of));
}

static void test_limits__order_and_limit_are_a_top_n(void **state) {
  (void)state;
  struct vonk_relation *t = table(2, 1000);
  struct vonk_relation_order *order = RELATION_NEW(task.arena, order, NULL);
  struct vonk_expr_sort_order *key = EXPR_NEW(task.arena, sort_order, NULL);
  struct vonk_relation_slice *slice = RELATION_NEW(task.arena, slice, NULL);
  key->child = ref(t, 1);
  order->input = t;
  order->order = list(1, &key->expr);
  order->is_global = true;
  order->limit = -1;
  opt_take_columns(&builder, &order->relation);
  slice->input = &order->relation;
  slice->offset = 2;
  slice->limit = 10;
  opt_take_columns(&builder, &slice->relation);
  struct vonk_relation *out = optimize(&slice->relation);
  assert_true(RELATION_IS(out, order));
  assert_int_equal(RELATION_AS(out, order)->limit, 10);
  assert_int_equal(RELATION_AS(out, order)->offset, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_filters__reach_the_scan),
      cmocka_unit_test(test_filters__a_cross_product_becomes_a_join),
      cmocka_unit_test(test_filters__null_rejecting_ones_make_inner_joins),
      cmocka_unit_test(test_joins__the_filtered_pair_comes_first),
      cmocka_unit_test(test_subqueries__exists_is_a_semi_join),
      cmocka_unit_test(test_subqueries__a_count_over_nothing_is_zero),
      cmocka_unit_test(test_subqueries__a_limit_inside_counts_per_outer_row),
      cmocka_unit_test(test_limits__order_and_limit_are_a_top_n),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
