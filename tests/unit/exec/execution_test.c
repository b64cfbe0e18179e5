/* execution_test.c: a sort, a window and a group-by over stored batches, with one and many threads, with runs on disk, within a limit,
 * cancelled half-way: the same answer each time, and no memory or file left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../column/sample.h"
#include "exec/query.h"
#include "column/stored_batches.h"
#include "expr/function.h"
#include "func/lookup.h"

enum { BATCHES = 60, KEYS = 977 };

struct run {
  uint32_t threads, force_spill;
  uint64_t memory_limit, seed;
  bool stop_early, slow_reader;
};

struct fixture {
  struct sample sample;
  struct vonk_stored_batches batches;
  struct vonk_plan_column columns[3];
  struct vonk_relation_rows *rows;
};

/* Columns: a key of few values, null now and then; the row's number; a long text. */
static void fixture_init(struct fixture *f) {
  sample_init(&f->sample);
  struct vonk_task *task = &f->sample.task;
  const struct vonk_type *types[] = {&vonk_type_int, &vonk_type_long, &vonk_type_string};
  f->batches = (struct vonk_stored_batches){.items = ARENA_ARRAY(task->arena, struct vonk_owned_batch *, BATCHES), .count = BATCHES};
  for (uint32_t c = 0; c < 3; c++) f->columns[c] = (struct vonk_plan_column){.id = c + 1, .name = STR("c"), .type = types[c], .nullable = true};
  for (int64_t b = 0, n = 0; b < BATCHES; b++) {
    struct vonk_builder builders[3];
    struct vonk_column columns[3];
    for (uint32_t c = 0; c < 3; c++) assert_int_equal(vonk_builder_init(task, &builders[c], types[c]), VONK_OK);
    for (uint32_t i = 0; i < VONK_BATCH_ROWS; i++, n++) {
      struct vonk_str text = vonk_str_format(task->arena, "row number %020lld", (long long)n);
      int64_t key = n * 7919 % KEYS;
      assert_int_equal(key ? vonk_builder_add_integer(task, &builders[0], key) : vonk_builder_add_null(task, &builders[0]), VONK_OK);
      assert_int_equal(vonk_builder_add_integer(task, &builders[1], n), VONK_OK);
      assert_int_equal(vonk_builder_add_bytes(task, &builders[2], text.data, text.size), VONK_OK);
    }
    for (uint32_t c = 0; c < 3; c++) assert_int_equal(vonk_builder_finish(task, &builders[c], &columns[c]), VONK_OK);
    struct vonk_batch batch = {.columns = columns, .column_count = 3, .row_count = VONK_BATCH_ROWS, .live_count = VONK_BATCH_ROWS};
    assert_int_equal(vonk_batch_copy(task, &batch, &f->batches.items[b]), VONK_OK);
    for (uint32_t c = 0; c < 3; c++) vonk_builder_deinit(&builders[c]);
  }
  f->rows = RELATION_NEW(task->arena, rows, NULL);
  f->rows->relation.columns = f->columns;
  f->rows->relation.column_count = 3;
  f->rows->batches = &f->batches;
}

static void fixture_deinit(struct fixture *f) {
  for (uint32_t b = 0; b < BATCHES; b++) vonk_owned_batch_destroy(f->batches.items[b]);
  sample_deinit(&f->sample);
}

static struct vonk_expr *column(struct fixture *f, uint32_t c) {
  return vonk_expr_column_of(f->sample.task.arena, f->columns[c].id, f->columns[c].name, f->columns[c].type, true);
}

static struct vonk_exprs one(struct fixture *f, struct vonk_expr *expr) {
  return (struct vonk_exprs){vonk_arena_copy(f->sample.task.arena, &expr, sizeof expr), 1};
}

static struct vonk_expr *sorted_by(struct fixture *f, uint32_t c, bool descending) {
  struct vonk_expr_sort_order *order = EXPR_NEW(f->sample.task.arena, sort_order, NULL);
  order->child = column(f, c);
  order->descending = descending;
  order->expr.type = order->child->type;
  return &order->expr;
}

typedef void check_row(struct fixture *f, const struct vonk_batch *batch, uint32_t row, uint64_t number);

static void run(struct fixture *f, const struct vonk_relation *relation, const struct run *run, check_row *check) {
  struct vonk_task *task = &f->sample.task;
  char path[] = "/tmp/vonk-execution-test-XXXXXX";
  assert_non_null(mkdtemp(path));
  struct vonk_budget *budget = vonk_budget_create(NULL, "process", run->memory_limit);
  struct vonk_engine_options options = {.thread_count = run->threads, .spill_folder = vonk_str_of(path), .budget = budget, .seed = run->seed};
  struct vonk_exec_options exec_options = {.force_spill = run->force_spill};
  struct vonk_engine *engine;
  struct vonk_execution *execution;
  assert_int_equal(vonk_engine_create(task, &options, &engine), VONK_OK);
  assert_int_equal(vonk_exec_start(task, engine, relation, &exec_options, &execution), VONK_OK);
  uint64_t number = 0;
  if (run->slow_reader) usleep(500 * 1000); /* what has been made waits within the limit */
  for (;;) {
    struct vonk_batch batch = {0};
    assert_int_equal(vonk_execution_next(task, execution, &batch), VONK_OK);
    if (!batch.row_count) break;
    for (uint32_t i = 0; i < batch.row_count; i++) {
      if (vonk_batch_row_live(&batch, i)) check(f, &batch, i, number++);
    }
    if (run->stop_early) break;
  }
  if (!run->stop_early) assert_int_equal(number, BATCHES * VONK_BATCH_ROWS);
  vonk_execution_destroy(execution);
  vonk_engine_destroy(engine);
  assert_int_equal(vonk_budget_used(budget), 0);
  vonk_budget_destroy(budget);
  assert_int_equal(rmdir(path), 0); /* nothing is left */
}

static const struct run runs[] = {
    {.threads = 1}, {.threads = 4}, {.threads = 2, .force_spill = 5}, {.threads = 4, .force_spill = 1},
    {.threads = 2, .memory_limit = 12 << 20}, {.threads = 2, .memory_limit = 12 << 20, .slow_reader = true}, {.seed = 99}, {.seed = 3, .force_spill = 2}, {.threads = 2, .stop_early = true},
    {.threads = 4, .force_spill = 1, .stop_early = true},
};

static int64_t key_of(int64_t n) { return n * 7919 % KEYS; }

static int64_t last_number, last_key;

static void check_sorted(struct fixture *f, const struct vonk_batch *batch, uint32_t row, uint64_t number) {
  int64_t n = vonk_read_int(&batch->columns[1], row), key = key_of(n);
  assert_int_equal(vonk_column_row_valid(&batch->columns[0], row), key != 0);
  if (key) assert_int_equal(vonk_read_int(&batch->columns[0], row), key);
  struct vonk_str text = vonk_str_format(f->sample.task.arena, "row number %020lld", (long long)n);
  assert_true(vonk_str_equal(vonk_read_str(&batch->columns[2], row), text));
  /* Descending, nulls last; equal keys in the order they came. */
  int64_t rank = key ? key : -1;
  if (number > 0) assert_true(rank < last_key || (rank == last_key && n > last_number));
  last_key = rank, last_number = n;
}

static void test_sort__is_the_same_in_every_way(void **state) {
  (void)state;
  struct fixture f;
  fixture_init(&f);
  struct vonk_relation_order *order = RELATION_NEW(f.sample.task.arena, order, NULL);
  order->relation.columns = f.columns;
  order->relation.column_count = 3;
  order->input = &f.rows->relation;
  order->order = one(&f, sorted_by(&f, 0, true));
  order->is_global = true;
  order->limit = -1;
  for (uint32_t i = 0; i < sizeof runs / sizeof *runs; i++) run(&f, &order->relation, &runs[i], check_sorted);
  fixture_deinit(&f);
}

/* A repartition by the columns of ROWS into COUNT, or COUNT 0: as the settings have it. */
static void check_partitions(struct fixture *f, int64_t count, uint32_t expected) {
  struct vonk_task *task = &f->sample.task;
  struct vonk_budget *budget = vonk_budget_create(NULL, "process", 0);
  struct vonk_engine_options options = {.thread_count = 2, .budget = budget};
  struct vonk_exec_options exec_options = {.partitions = true};
  struct vonk_relation_partition *partition = RELATION_NEW(task->arena, partition, NULL);
  struct vonk_engine *engine;
  struct vonk_execution *execution;
  struct vonk_batch batch;
  uint32_t partitions, highest = 0;
  partition->relation.columns = f->columns;
  partition->relation.column_count = 3;
  partition->input = &f->rows->relation;
  partition->by = one(f, column(f, 1));
  partition->count = count;
  partition->shuffle = true;
  assert_int_equal(vonk_engine_create(task, &options, &engine), VONK_OK);
  assert_int_equal(vonk_exec_start(task, engine, &partition->relation, &exec_options, &execution), VONK_OK);
  assert_int_equal(vonk_execution_partition_count(task, execution, &partitions), VONK_OK);
  assert_int_equal(partitions, expected);
  for (;;) {
    assert_int_equal(vonk_execution_next(task, execution, &batch), VONK_OK);
    if (!batch.row_count) break;
    assert_true(batch.partition >= highest);
    highest = batch.partition;
  }
  assert_int_equal(highest + 1, expected);
  vonk_execution_destroy(execution);
  vonk_engine_destroy(engine);
  vonk_budget_destroy(budget);
}

static void test_partitions__are_counted_before_rows_are_read(void **state) {
  (void)state;
  struct fixture f;
  fixture_init(&f);
  check_partitions(&f, 5, 5);
  check_partitions(&f, 1, 1);
  check_partitions(&f, 0, 3); /* 200, put together for two threads */
  fixture_deinit(&f);
}

static int64_t numbered;

static void check_numbered(struct fixture *f, const struct vonk_batch *batch, uint32_t row, uint64_t number) {
  (void)f;
  int64_t n = vonk_read_int(&batch->columns[1], row), key = key_of(n);
  bool same = number > 0 && key == last_key;
  numbered = same ? numbered + 1 : 1;
  assert_int_equal(vonk_read_int(&batch->columns[3], row), numbered);
  assert_true(number == 0 || key > last_key || (same && n < last_number));
  last_key = key, last_number = n;
}

static void test_window__is_the_same_in_every_way(void **state) {
  (void)state;
  struct fixture f;
  fixture_init(&f);
  struct vonk_arena *arena = f.sample.task.arena;
  struct vonk_expr_call *function = EXPR_NEW(arena, call, NULL);
  function->function = vonk_function_lookup(STR("row_number"));
  function->expr.type = &vonk_type_int;
  struct vonk_expr_window_call *call = EXPR_NEW(arena, window_call, NULL);
  call->function = &function->expr;
  call->expr.type = &vonk_type_int;
  call->partition = one(&f, column(&f, 0));
  call->order = one(&f, sorted_by(&f, 1, true));
  call->frame_unit = VONK_FRAME_ROWS;
  call->upper = VONK_BOUND_CURRENT;
  struct vonk_plan_column columns[4] = {f.columns[0], f.columns[1], f.columns[2], {.id = 9, .name = STR("n"), .type = &vonk_type_int}};
  struct vonk_relation_window_of *window = RELATION_NEW(arena, window_of, NULL);
  window->relation.columns = columns;
  window->relation.column_count = 4;
  window->input = &f.rows->relation;
  window->calls = one(&f, &call->expr);
  for (uint32_t i = 0; i < sizeof runs / sizeof *runs; i++) run(&f, &window->relation, &runs[i], check_numbered);
  fixture_deinit(&f);
}

/* Groups of one row, whose list holds that row's number; false: the query was refused. */
static bool run_group(struct fixture *f, const struct vonk_relation *relation, uint64_t failing) {
  struct vonk_task *task = &f->sample.task;
  struct vonk_budget *budget = vonk_budget_create(NULL, "process", 0);
  struct vonk_engine_options options = {.thread_count = 1, .spill_folder = STR("/tmp"), .budget = budget};
  struct vonk_exec_options exec_options = {0};
  struct vonk_engine *engine;
  struct vonk_execution *execution;
  struct vonk_batch batch = {0};
  uint64_t number = 0;
  assert_int_equal(vonk_engine_create(task, &options, &engine), VONK_OK);
  vonk_budget_fail_nth(budget, failing, false);
  enum vonk_status status = vonk_exec_start(task, engine, relation, &exec_options, &execution);
  bool started = status == VONK_OK;
  while (status == VONK_OK && (status = vonk_execution_next(task, execution, &batch)) == VONK_OK && batch.row_count) {
    for (uint32_t i = 0; i < batch.row_count; i++, number++) {
      struct vonk_list list = ((const struct vonk_list *)batch.columns[1].data)[i];
      assert_int_equal(list.length, 1);
      int64_t n = vonk_read_int(&batch.columns[1].children[0], list.offset);
      struct vonk_str text = vonk_str_format(task->arena, "row number %020lld", (long long)n);
      assert_true(vonk_str_equal(vonk_read_str(&batch.columns[0], i), text));
    }
  }
  if (status == VONK_OK) assert_int_equal(number, f->batches.count * VONK_BATCH_ROWS);
  else vonk_error_clear(task->error);
  if (started) vonk_execution_destroy(execution);
  vonk_engine_destroy(engine);
  vonk_budget_destroy(budget);
  return status == VONK_OK;
}

/* One allocation fails: the groups go to disk in the middle of a batch, or the query is refused, but no row is lost. */
static void test_group__survives_a_refusal(void **state) {
  (void)state;
  struct fixture f;
  fixture_init(&f);
  struct vonk_arena *arena = f.sample.task.arena;
  struct vonk_expr_aggregate *call = EXPR_NEW(arena, aggregate, NULL);
  call->function = vonk_function_lookup(STR("collect_list"));
  call->arguments = one(&f, column(&f, 1));
  call->ignore_nulls = true;
  call->expr.type = vonk_type_array(arena, &vonk_type_long, false);
  struct vonk_plan_column columns[2] = {f.columns[2], {.id = 9, .name = STR("n"), .type = call->expr.type}};
  struct vonk_relation_group *group = RELATION_NEW(arena, group, NULL);
  group->relation.columns = columns;
  group->relation.column_count = 2;
  group->input = &f.rows->relation;
  group->keys = one(&f, column(&f, 2));
  group->aggregates = one(&f, &call->expr);
  f.batches.count = 6;
  uint32_t answered = 0;
  for (uint64_t failing = 1; failing <= 100; failing++) answered += run_group(&f, &group->relation, failing);
  assert_true(answered > 0);
  f.batches.count = BATCHES;
  fixture_deinit(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sort__is_the_same_in_every_way),
      cmocka_unit_test(test_partitions__are_counted_before_rows_are_read),
      cmocka_unit_test(test_window__is_the_same_in_every_way),
      cmocka_unit_test(test_group__survives_a_refusal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
