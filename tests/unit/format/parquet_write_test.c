/* parquet_write_test.c: what is read from the conformance files, written and read again, is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "format/sink.h"

/* A file being written; type is NULL where nothing is. */
struct copy {
  const struct vonk_sink_type *type;
  struct vonk_sink_plan *plan;
  struct vonk_output *output;
  struct vonk_writer *writer;
  struct vonk_piece *piece;
};

static enum vonk_status copy_flush(struct vonk_task *task, struct copy *copy) {
  if (!copy->piece) return VONK_OK;
  TRY(copy->type->seal(task, copy->piece));
  TRY(copy->type->append(task, copy->writer, copy->piece));
  vonk_piece_close(copy->piece);
  copy->piece = NULL;
  return VONK_OK;
}

static enum vonk_status copy_write(struct vonk_task *task, struct copy *copy, const struct vonk_batch *batch) {
  if (!copy->type) return VONK_OK;
  if (!copy->piece) TRY(copy->type->open_piece(task, copy->plan, &copy->piece));
  TRY(copy->type->write(task, copy->piece, batch));
  return copy->piece->is_full ? copy_flush(task, copy) : VONK_OK;
}

/* All values of a file as one text; written to COPY as they are read, when it is a path. */
static enum vonk_status read_text(struct vonk_task *task, struct vonk_str path, struct vonk_text *text, struct vonk_str copy_path,
                                  const struct vonk_sink_options *sink_options) {
  const struct vonk_format_type *format = vonk_format_find(STR("parquet"));
  struct vonk_scan_file file = {.path = path};
  struct vonk_scan_options options = {0};
  struct vonk_scan_info info;
  struct copy copy = {0};
  TRY(format->infer_schema(task, &file, 1, &options, NULL, &info));
  uint32_t *columns = ARENA_ARRAY(task->arena, uint32_t, info.schema->field_count);
  for (uint32_t i = 0; i < info.schema->field_count; i++) columns[i] = i;
  struct vonk_scan_spec spec = {.files = &file, .file_count = 1, .schema = info.schema, .columns = columns, .column_count = info.schema->field_count};
  if (copy_path.data) {
    copy.type = format->sink;
    TRY(copy.type->plan(task, info.schema, sink_options, &copy.plan));
    TRY(vonk_output_create(task, copy_path, &copy.output));
    TRY(copy.type->open_file(task, copy.plan, copy.output, &copy.writer));
  }
  struct vonk_scan *scan;
  TRY(format->open_scan(task, &spec, &scan));
  for (uint32_t u = 0; u < scan->unit_count; u++) {
    struct vonk_reader *reader;
    struct vonk_batch batch;
    TRY(vonk_scan_unit_open(task, scan, u, &reader));
    for (;;) {
      TRY(vonk_reader_next(task, reader, &batch));
      if (batch.row_count == 0) break;
      TRY(copy_write(task, &copy, &batch));
      for (uint32_t row = 0; row < batch.row_count && row < 200; row++) {
        for (uint32_t c = 0; c < batch.column_count; c++) {
          struct vonk_value value = vonk_column_get(&batch.columns[c], row, task->arena);
          vonk_text_add(text, vonk_value_sql(task->arena, &value));
          vonk_text_add_char(text, ' ');
        }
      }
    }
    vonk_reader_close(reader);
  }
  vonk_scan_close(scan);
  if (!copy.type) return VONK_OK;
  struct vonk_sink_result result;
  TRY(copy_flush(task, &copy));
  TRY(copy.type->finish(task, copy.writer, &result));
  return vonk_output_commit(task, copy.output);
}

/* OPTIONS: pairs of key and value, ended by NULL. */
static void round_trip(const char *name, const char *const *options) {
  const char *given = getenv("VONK_PARQUET_TESTING");
  const char *folder = given ? given : "../shared/data/parquet-testing";
  if (access(folder, R_OK) != 0) skip();
  struct vonk_budget *budget = vonk_budget_create(NULL, "test", 256u << 20);
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  struct vonk_option items[8];
  struct vonk_sink_options sink_options = {.items = items};
  for (; options[2 * sink_options.item_count]; sink_options.item_count++) {
    const char *const *pair = options + 2 * (size_t)sink_options.item_count;
    items[sink_options.item_count] = (struct vonk_option){vonk_str_of(pair[0]), vonk_str_of(pair[1])};
  }
  char place[] = "/tmp/vonk-write-XXXXXX";
  assert_non_null(mkdtemp(place));
  struct vonk_text before, after;
  vonk_text_init(&before, arena), vonk_text_init(&after, arena);
  struct vonk_str copy = vonk_str_format(arena, "%s/copy.parquet", place);
  enum vonk_status status = read_text(&task, vonk_str_format(arena, "%s/data/%s.parquet", folder, name), &before, copy, &sink_options);
  if (status == VONK_OK) status = read_text(&task, copy, &after, (struct vonk_str){0}, NULL);
  if (status != VONK_OK) fail_msg("%s: " STR_FMT, name, STR_ARG(vonk_error_message(&error, arena)));
  assert_true(before.size > 0);
  if (!vonk_str_equal(vonk_text_str(&before), vonk_text_str(&after))) fail_msg("%s with %s %s", name, options[0], options[1]);
  unlink(copy.data);
  assert_int_equal(rmdir(place), 0); /* nothing is left beside it */
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  vonk_budget_destroy(budget);
}

static const char *const *const variants[] = {
    (const char *const[]){"compression", "snappy", NULL},
    (const char *const[]){"compression", "zstd", "parquet.enable.dictionary", "false", NULL},
    (const char *const[]){"compression", "gzip", "parquet.writer.version", "v2", NULL},
    (const char *const[]){"compression", "lz4_raw", "parquet.writer.version", "v2", "parquet.enable.dictionary", "false", NULL},
    (const char *const[]){"compression", "lz4", "spark.sql.parquet.writeLegacyFormat", "true", NULL},
    (const char *const[]){"compression", "brotli", "spark.sql.parquet.outputTimestampType", "INT96", NULL},
    (const char *const[]){"compression", "none", "parquet.page.row.count.limit", "1", "parquet.block.row.count.limit", "1", NULL},
    (const char *const[]){"compression", "none", "parquet.dictionary.page.size", "20", "parquet.bloom.filter.enabled", "true", NULL},
};

static void round_trip_all(const char *const *names) {
  for (; *names; names++) {
    for (size_t i = 0; i < COUNT_OF(variants); i++) round_trip(*names, variants[i]);
  }
}

static void test_write__flat_types_round_trip(void **state) {
  (void)state;
  round_trip_all((const char *const[]){"alltypes_plain", "alltypes_tiny_pages", "delta_encoding_optional_column", "delta_binary_packed", "delta_byte_array",
                                       "fixed_length_decimal", "int64_decimal", "byte_stream_split.zstd", "rle_boolean_encoding", "nan_in_stats", NULL});
}

static void test_write__nested_types_round_trip(void **state) {
  (void)state;
  round_trip_all((const char *const[]){"nested_lists.snappy", "nested_maps.snappy", "nullable.impala", "list_columns", "nulls.snappy",
                                       "old_list_structure", "nonnullable.impala", "repeated_no_annotation", "null_list", "nested_structs.rust", NULL});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_write__flat_types_round_trip),
      cmocka_unit_test(test_write__nested_types_round_trip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
