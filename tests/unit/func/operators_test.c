/* operators_test.c: what ranges prove: widths, errors that cannot happen, and that narrow arithmetic gives the same values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../column/sample.h"
#include "conf/conf.h"
#include "expr/program.h"
#include "expr/range.h"
#include "func/bind_call.h"

enum { ROWS = 1000 };

static struct sample sample;
static struct vonk_conf *conf;

static int setup(void **state) {
  (void)state;
  sample_init(&sample);
  conf = vonk_conf_create();
  return 0;
}
static int teardown(void **state) {
  (void)state;
  vonk_conf_release(conf);
  sample_deinit(&sample);
  return 0;
}

static const struct vonk_type *decimal(int precision, int scale) { return vonk_type_decimal(sample.task.arena, precision, scale); }

static struct vonk_expr *column(uint64_t id, const struct vonk_type *type, int64_t low, int64_t high) {
  struct vonk_expr *expr = vonk_expr_column_of(sample.task.arena, id, STR("c"), type, false);
  expr->range = (struct vonk_range){low <= high, low, high};
  expr->physical = (uint8_t)vonk_range_physical(type, &expr->range);
  return expr;
}

static struct vonk_expr *binary(const char *name, struct vonk_expr *a, struct vonk_expr *b) {
  struct vonk_bind_options options = {.ansi = true, .conf = conf};
  struct vonk_expr *out;
  assert_int_equal(vonk_bind_named(&sample.task, &options, &out, name, 2, a, b), VONK_OK);
  return out;
}

static struct vonk_expr *literal(const struct vonk_type *type, int64_t value) {
  struct vonk_value v = {.type = type, .integer = value};
  if (type->id == VONK_TYPE_DECIMAL) v.decimal = value;
  return vonk_expr_literal_of(sample.task.arena, &v, NULL);
}

static void expect(const struct vonk_expr *expr, int64_t low, int64_t high, enum vonk_physical physical, bool can_raise) {
  assert_true(expr->range.known);
  assert_int_equal(expr->range.low, low);
  assert_int_equal(expr->range.high, high);
  assert_int_equal(expr->physical, physical);
  assert_int_equal(expr->can_raise, can_raise);
}

/* TPC-H Q1: price * (1 - discount) * (1 + tax) is a decimal(38,6) that travels as 64 bits. */
static void test_range__price_after_tax(void **state) {
  (void)state;
  const struct vonk_type *money = decimal(15, 2);
  struct vonk_expr *price = column(1, money, 90000, 10495000), *discount = column(2, money, 0, 10), *tax = column(3, money, 0, 8);
  struct vonk_expr *one = literal(&vonk_type_int, 1);
  struct vonk_expr *net = binary("*", price, binary("-", one, discount)), *gross = binary("*", net, binary("+", one, tax));
  expect(net, 90000LL * 90, 10495000LL * 100, VONK_PHYSICAL_I32, false);
  expect(gross, 90000LL * 90 * 100, 10495000LL * 100 * 108, VONK_PHYSICAL_I64, false);
  assert_int_equal(gross->type->precision, 38);
  /* Without statistics the type's own range is all there is. */
  price->range.known = discount->range.known = tax->range.known = false;
  net = binary("*", price, binary("-", one, discount)), gross = binary("*", net, binary("+", one, tax));
  assert_int_equal(gross->physical, VONK_PHYSICAL_I128);
  assert_int_equal(net->physical, VONK_PHYSICAL_I128);
}

static void test_range__integers(void **state) {
  (void)state;
  const struct vonk_type *i = &vonk_type_int, *l = &vonk_type_long;
  expect(binary("+", column(1, i, 0, 100), column(2, i, -5, 5)), -5, 105, VONK_PHYSICAL_I32, false);
  expect(binary("-", column(1, l, 0, 100), column(2, l, -5, 5)), -5, 105, VONK_PHYSICAL_I32, false);
  expect(binary("*", column(1, l, -3, 4), column(2, l, -1000000000, 1)), -4000000000, 3000000000, VONK_PHYSICAL_I64, false);
  expect(binary("%", column(1, l, -20, 1000), literal(l, 7)), -6, 6, VONK_PHYSICAL_I32, true);
  expect(binary("pmod", column(1, l, -20, 1000), literal(l, 7)), 0, 6, VONK_PHYSICAL_I32, true);
  expect(binary("&", column(1, l, -20, 1000), literal(l, 255)), 0, 255, VONK_PHYSICAL_I32, false);
  struct vonk_expr *over = binary("+", column(1, i, 0, INT32_MAX), literal(i, 1));
  assert_false(over->range.known);
  assert_true(over->can_raise);
  assert_int_equal(over->physical, VONK_PHYSICAL_I32);
}

/* --- what can raise --- */

static STATUS replace_call(void *object, struct vonk_node *node, struct vonk_node **out) {
  const struct vonk_expr_call *call = EXPR_AS(node, call);
  *out = call && strcmp(call->function->name, "+") == 0 ? object : node;
  return VONK_OK;
}

static void test_raise__of_arguments(void **state) {
  (void)state;
  struct vonk_bind_options options = {.ansi = true, .conf = conf};
  struct vonk_expr *sum = binary("+", column(1, &vonk_type_int, 0, INT32_MAX), literal(&vonk_type_int, 1)), *text, *tried;
  assert_true(sum->raises && sum->can_raise);
  /* A function that raises for nothing still passes on what its argument raises. */
  assert_int_equal(vonk_bind_cast(&sample.task, &options, sum, &vonk_type_string, VONK_CAST_DEFAULT, false, &text), VONK_OK);
  assert_int_equal(vonk_bind_named(&sample.task, &options, &tried, "try_to_binary", 1, text), VONK_OK);
  assert_false(tried->raises);
  assert_true(tried->can_raise);
  /* A copy with other children is judged by those. */
  struct vonk_expr *test = binary("<", sum, literal(&vonk_type_int, 5));
  struct vonk_node *changed;
  assert_true(test->can_raise && !test->raises);
  assert_int_equal(vonk_node_transform(&sample.task, &test->node, false, replace_call, column(2, &vonk_type_int, 0, 9), &changed), VONK_OK);
  assert_false(((struct vonk_expr *)(void *)changed)->can_raise);
  assert_true(test->can_raise);
}

/* --- narrow widths compute what wide ones do --- */

static vonk_int128 random_in(const struct vonk_range *range) {
  uint64_t span = (uint64_t)(range->high - range->low) + 1, at = (uint64_t)sample_random(&sample, UINT32_MAX) << 32 | sample_random(&sample, UINT32_MAX);
  return range->low + (vonk_int128)(span ? at % span : at);
}

static void fill(struct vonk_column *out, const struct vonk_expr *expr, vonk_int128 *values) {
  void *data = vonk_arena_alloc(sample.task.arena, ROWS * 16 + 1024);
  for (int row = 0; row < ROWS; row++) {
    values[row] = random_in(&expr->range);
    if (expr->physical == VONK_PHYSICAL_I32) ((int32_t *)data)[row] = (int32_t)values[row];
    else if (expr->physical == VONK_PHYSICAL_I64) ((int64_t *)data)[row] = (int64_t)values[row];
    else ((vonk_int128 *)data)[row] = values[row];
  }
  *out = (struct vonk_column){.type = expr->type, .encoding = VONK_FLAT, .physical = expr->physical, .data = data};
}

static vonk_int128 exact(const char *name, vonk_int128 a, vonk_int128 b) { return name[0] == '+' ? a + b : name[0] == '-' ? a - b : a * b; }

static void check(const char *name, struct vonk_expr *a, struct vonk_expr *b, int a_raise, int b_raise) {
  struct vonk_expr *expr = binary(name, a, b);
  struct vonk_column columns[2], result;
  vonk_int128 x[ROWS], y[ROWS];
  uint64_t ids[] = {1, 2};
  struct vonk_program *program;
  struct vonk_program_worker *worker;
  assert_true(expr->range.known);
  fill(&columns[0], a, x);
  fill(&columns[1], b, y);
  struct vonk_batch batch = {.columns = columns, .column_count = 2, .row_count = ROWS, .live_count = ROWS};
  assert_int_equal(vonk_program_compile(&sample.task, &(struct vonk_exprs){&expr, 1}, (struct vonk_ids){ids, 2}, &program), VONK_OK);
  assert_int_equal(vonk_program_open_worker(&sample.task, program, &worker), VONK_OK);
  assert_int_equal(vonk_program_eval(&sample.task, worker, &batch, &result), VONK_OK);
  for (uint32_t row = 0; row < ROWS; row++) {
    vonk_int128 wanted = exact(name, x[row] * vonk_pow10_128[a_raise], y[row] * vonk_pow10_128[b_raise]);
    assert_true(vonk_read_int128(&result, row) == wanted);
    assert_true(wanted >= expr->range.low && wanted <= expr->range.high);
  }
  vonk_program_close_worker(worker);
}

static void test_values__narrow(void **state) {
  (void)state;
  static const int64_t bounds[] = {1, 9, 100, 40000, 2000000000, 3000000000, 900000000000000};
  static const char *const names[] = {"+", "-", "*"};
  for (size_t i = 0; i < COUNT_OF(bounds); i++) {
    for (size_t k = 0; k < COUNT_OF(bounds); k++) {
      for (size_t n = 0; n < COUNT_OF(names); n++) {
        int64_t p = bounds[i], q = bounds[k];
        bool product = names[n][0] == '*';
        check(names[n], column(1, decimal(18, 2), -p, p), column(2, decimal(16, 4), 0, q), product ? 0 : 2, 0);
        check(names[n], column(1, decimal(16, 0), 0, p), column(2, decimal(18, 3), -q, q / 2), product ? 0 : 3, 0);
        if (product && (double)p * (double)q > 9e18) continue;
        check(names[n], column(1, &vonk_type_long, -p / 2, p), column(2, &vonk_type_long, -q, q), 0, 0);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_range__price_after_tax, setup, teardown),
      cmocka_unit_test_setup_teardown(test_range__integers, setup, teardown),
      cmocka_unit_test_setup_teardown(test_raise__of_arguments, setup, teardown),
      cmocka_unit_test_setup_teardown(test_values__narrow, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
