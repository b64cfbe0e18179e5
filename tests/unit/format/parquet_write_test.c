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

#include "format/sink.h"

/* All values of a file as one text. */
static enum vonk_status read_text(struct vonk_task *task, struct vonk_str path, struct vonk_text *text, struct vonk_str copy, struct vonk_str codec) {
  const struct vonk_format_type *format = vonk_format_find(STR("parquet"));
  struct vonk_scan_file file = {.path = path};
  struct vonk_scan_options options = {0};
  struct vonk_scan_info info;
  TRY(format->infer_schema(task, &file, 1, &options, &info));
  uint32_t *columns = ARENA_ARRAY(task->arena, uint32_t, info.schema->field_count);
  for (uint32_t i = 0; i < info.schema->field_count; i++) columns[i] = i;
  struct vonk_scan_spec spec = {.files = &file, .file_count = 1, .schema = info.schema, .columns = columns, .column_count = info.schema->field_count};
  struct vonk_writer *writer = NULL;
  struct vonk_sink_options sink_options = {.compression = codec};
  if (copy.data) TRY(format->sink->open(task, copy, info.schema, &sink_options, &writer));
  struct vonk_scan *scan;
  TRY(format->open_scan(task, &spec, &scan));
  for (uint32_t u = 0; u < scan->unit_count; u++) {
    struct vonk_reader *reader;
    struct vonk_batch batch;
    TRY(vonk_scan_unit_open(task, scan, u, &reader));
    for (;;) {
      TRY(vonk_reader_next(task, reader, &batch));
      if (batch.row_count == 0) break;
      if (writer) TRY(format->sink->write(task, writer, &batch));
      for (uint32_t c = 0; c < batch.column_count; c++) {
        for (uint32_t row = 0; row < batch.row_count && row < 200; row++) {
          struct vonk_value value = vonk_column_get(&batch.columns[c], row, task->arena);
          vonk_text_add(text, vonk_value_sql(task->arena, &value));
          vonk_text_add_char(text, ' ');
        }
      }
    }
    vonk_reader_close(reader);
  }
  vonk_scan_close(scan);
  struct vonk_sink_result result;
  return writer ? format->sink->finish(task, writer, &result) : VONK_OK;
}

static void round_trip(const char *name, const char *codec) {
  const char *given = getenv("VONK_PARQUET_TESTING");
  const char *folder = given ? given : "../shared/data/parquet-testing";
  if (access(folder, R_OK) != 0) skip();
  struct vonk_budget *budget = vonk_budget_create(NULL, "test", 256u << 20);
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  char place[] = "/tmp/vonk-write-XXXXXX";
  assert_non_null(mkdtemp(place));
  struct vonk_text before, after;
  vonk_text_init(&before, arena), vonk_text_init(&after, arena);
  struct vonk_str copy = vonk_str_format(arena, "%s/copy.parquet", place);
  enum vonk_status status = read_text(&task, vonk_str_format(arena, "%s/data/%s.parquet", folder, name), &before, copy, vonk_str_of(codec));
  if (status == VONK_OK) status = read_text(&task, copy, &after, (struct vonk_str){0}, STR(""));
  if (status != VONK_OK) fail_msg("%s: " STR_FMT, name, STR_ARG(vonk_error_message(&error, arena)));
  assert_true(before.size > 0);
  assert_true(vonk_str_equal(vonk_text_str(&before), vonk_text_str(&after)));
  unlink(copy.data);
  assert_int_equal(rmdir(place), 0); /* nothing is left beside it */
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  vonk_budget_destroy(budget);
}

static void test_write__flat_types_round_trip(void **state) {
  (void)state;
  round_trip("alltypes_plain", "snappy");
  round_trip("alltypes_tiny_pages", "zstd");
  round_trip("delta_encoding_optional_column", "gzip");
  round_trip("fixed_length_decimal", "lz4_raw");
  round_trip("byte_stream_split.zstd", "none");
  round_trip("rle_boolean_encoding", "brotli");
}

static void test_write__nested_types_round_trip(void **state) {
  (void)state;
  round_trip("nested_lists.snappy", "snappy");
  round_trip("nested_maps.snappy", "snappy");
  round_trip("nullable.impala", "snappy");
  round_trip("list_columns", "snappy");
  round_trip("nulls.snappy", "snappy");
  round_trip("old_list_structure", "snappy");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_write__flat_types_round_trip),
      cmocka_unit_test(test_write__nested_types_round_trip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
