/* parquet_types_test.c: random values of every type, written and read again; refusals of memory at every step of writing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../column/sample.h"
#include "base/array.h"
#include "format/sink.h"

enum { ROWS = VONK_BATCH_ROWS < 300 ? VONK_BATCH_ROWS : 300, FIELDS_MAX = 32, BATCHES = 3 };

struct rows {
  struct sample sample;
  const struct vonk_type *schema;
  struct vonk_builder builders[FIELDS_MAX];
  struct vonk_column columns[FIELDS_MAX];
  struct vonk_value *values;
  uint64_t live[VONK_BATCH_WORDS];
  struct vonk_batch batch;
  char folder[32];
  struct vonk_str path;
};

/* All fields of the sample but those whose name is in LEFT_OUT. */
static void rows_init(struct rows *r, const char *left_out) {
  *r = (struct rows){.folder = "/tmp/vonk-types-XXXXXX"};
  sample_init(&r->sample);
  struct vonk_arena *arena = r->sample.task.arena;
  const struct vonk_type *all = sample_struct(arena);
  struct vonk_type_field *fields = ARENA_ARRAY(arena, struct vonk_type_field, all->field_count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < all->field_count; i++) {
    if (!vonk_str_equal(all->fields[i].name, vonk_str_of(left_out))) fields[count++] = all->fields[i];
  }
  r->schema = vonk_type_struct(arena, fields, count);
  r->values = ARENA_ARRAY(arena, struct vonk_value, (size_t)count * ROWS);
  sample_columns(&r->sample, r->schema, ROWS, r->builders, r->columns, r->values);
  r->batch = (struct vonk_batch){.columns = r->columns, .column_count = count, .row_count = ROWS, .live = r->live};
  for (uint32_t i = 0; i < ROWS; i++) {
    bool live = i % 3 != 1;
    r->live[i >> 6] |= (uint64_t)live << (i & 63);
    r->batch.live_count += live;
  }
  assert_non_null(mkdtemp(r->folder));
  r->path = vonk_str_format(arena, "%s/file.parquet", r->folder);
}

static void rows_deinit(struct rows *r) {
  unlink(r->path.data);
  assert_int_equal(rmdir(r->folder), 0);
  for (uint32_t c = 0; c < r->schema->field_count; c++) vonk_builder_deinit(&r->builders[c]);
  sample_deinit(&r->sample);
}

static enum vonk_status write_pieces(struct vonk_task *task, const struct rows *r, const struct vonk_sink_plan *plan, struct vonk_writer *writer) {
  struct vonk_piece *piece;
  TRY(plan->type->open_piece(task, plan, &piece));
  enum vonk_status status = VONK_OK;
  for (int i = 0; i < BATCHES && status == VONK_OK; i++) status = plan->type->write(task, piece, &r->batch);
  if (status == VONK_OK) status = plan->type->seal(task, piece);
  if (status == VONK_OK) status = plan->type->append(task, writer, piece);
  vonk_piece_close(piece);
  return status;
}

static enum vonk_status write_file(struct vonk_task *task, const struct rows *r, const struct vonk_sink_options *options) {
  struct vonk_sink_plan *plan;
  struct vonk_output *output;
  struct vonk_writer *writer;
  struct vonk_sink_result result;
  TRY(vonk_format_find(STR("parquet"))->sink->plan(task, r->schema, options, &plan));
  TRY(vonk_output_create(task, r->path, &output));
  TRY(plan->type->open_file(task, plan, output, &writer));
  enum vonk_status status = write_pieces(task, r, plan, writer);
  if (status != VONK_OK) {
    vonk_writer_abort(writer);
    vonk_output_abort(output);
    return status;
  }
  TRY(plan->type->finish(task, writer, &result));
  return vonk_output_commit(task, output);
}

static void compare(struct rows *r, const struct vonk_batch *batch, uint32_t *row) {
  struct vonk_arena *arena = r->sample.task.arena;
  for (uint32_t i = 0; i < batch->row_count; i++, ++*row) {
    while (*row % ROWS % 3 == 1) ++*row;
    for (uint32_t c = 0; c < batch->column_count; c++) {
      struct vonk_value value = vonk_column_get(&batch->columns[c], i, arena);
      struct vonk_str got = vonk_value_sql(arena, &value), wanted = vonk_value_sql(arena, &r->values[c * ROWS + *row % ROWS]);
      if (!vonk_str_equal(got, wanted)) fail_msg("row %u of " STR_FMT ": " STR_FMT ", not " STR_FMT, *row, STR_ARG(r->schema->fields[c].name), STR_ARG(got), STR_ARG(wanted));
    }
  }
}

static void read_file(struct rows *r) {
  const struct vonk_format_type *format = vonk_format_find(STR("parquet"));
  struct vonk_task *task = &r->sample.task;
  struct vonk_scan_file file = {.path = r->path};
  struct vonk_scan_options options = {0};
  struct vonk_scan_info info;
  uint32_t columns[FIELDS_MAX], row = 0;
  assert_int_equal(format->infer_schema(task, &file, 1, &options, NULL, &info), VONK_OK);
  assert_int_equal(info.schema->field_count, r->schema->field_count);
  for (uint32_t i = 0; i < info.schema->field_count; i++) {
    columns[i] = i;
    assert_true(vonk_type_same(info.schema->fields[i].type, r->schema->fields[i].type));
  }
  struct vonk_scan_spec spec = {.files = &file, .file_count = 1, .schema = info.schema, .columns = columns, .column_count = info.schema->field_count};
  struct vonk_scan *scan;
  assert_int_equal(format->open_scan(task, &spec, &scan), VONK_OK);
  for (uint32_t u = 0; u < scan->unit_count; u++) {
    struct vonk_reader *reader;
    struct vonk_batch batch;
    assert_int_equal(vonk_scan_unit_open(task, scan, u, &reader), VONK_OK);
    while (vonk_reader_next(task, reader, &batch) == VONK_OK && batch.row_count) compare(r, &batch, &row);
    vonk_reader_close(reader);
  }
  vonk_scan_close(scan);
  assert_true(row >= BATCHES * ROWS - 2);
}

static const struct vonk_option variants[][2] = {
    {{STR("compression"), STR("snappy")}, {STR("parquet.writer.version"), STR("v1")}},
    {{STR("compression"), STR("zstd")}, {STR("parquet.writer.version"), STR("v2")}},
    {{STR("parquet.enable.dictionary"), STR("false")}, {STR("parquet.writer.version"), STR("v2")}},
    {{STR("spark.sql.parquet.writeLegacyFormat"), STR("true")}, {STR("spark.sql.parquet.outputTimestampType"), STR("INT96")}},
    {{STR("parquet.page.size"), STR("1")}, {STR("parquet.bloom.filter.enabled"), STR("true")}},
};

static void test_write__every_type_is_read_as_it_was(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(variants); i++) {
    struct rows r;
    rows_init(&r, "interval");
    struct vonk_sink_options options = {.items = variants[i], .item_count = 2};
    assert_int_equal(write_file(&r.sample.task, &r, &options), VONK_OK);
    read_file(&r);
    rows_deinit(&r);
  }
}

static void test_write__calendar_intervals_are_refused(void **state) {
  (void)state;
  struct rows r;
  rows_init(&r, "");
  struct vonk_sink_options options = {0};
  assert_int_equal(write_file(&r.sample.task, &r, &options), VONK_FAILED);
  assert_int_equal(r.sample.error.condition, VONK_UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE);
  rows_deinit(&r);
}

/* Whatever is refused, nothing leaks (budgets assert that) and no file stays. */
static void test_write__memory_may_be_refused_anywhere(void **state) {
  (void)state;
  struct rows r;
  rows_init(&r, "interval");
  struct vonk_sink_options options = {.items = variants[4], .item_count = 2};
  bool failed = true;
  for (uint64_t nth = 1; failed; nth += 1 + nth / 8) {
    struct vonk_task task = r.sample.task;
    task.arena = vonk_arena_create(r.sample.budget);
    vonk_budget_fail_nth(r.sample.budget, nth, false);
    enum vonk_status status = write_file(&task, &r, &options);
    vonk_budget_fail_nth(r.sample.budget, 0, false);
    failed = status == VONK_NO_MEMORY;
    assert_true(failed || status == VONK_OK);
    assert_int_equal(access(r.path.data, F_OK) == 0, !failed);
    vonk_arena_destroy(task.arena);
  }
  rows_deinit(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_write__every_type_is_read_as_it_was),
      cmocka_unit_test(test_write__calendar_intervals_are_refused),
      cmocka_unit_test(test_write__memory_may_be_refused_anywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
