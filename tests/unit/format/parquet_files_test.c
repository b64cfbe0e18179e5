/* parquet_files_test.c: the Apache project's conformance files: good ones are read to the end, broken ones end in an error,
 * and no changed byte crashes the reader: values or an error that names the file, within 256 MiB. VONK_MUTATIONS=10000 makes it
 * a campaign (tests/campaigns/mutate-parquet). Skipped where the files are not there (VONK_PARQUET_TESTING, or ../shared/data/parquet-testing). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "format/footer_cache.h"
#include "format/sink.h"
#include "fs/fs.h"

enum { MUTATIONS = 300 };

static const char *folder(void) {
  const char *given = getenv("VONK_PARQUET_TESTING");
  const char *path = given ? given : "../shared/data/parquet-testing";
  return access(path, R_OK) == 0 ? path : NULL;
}

struct outcome {
  enum vonk_status status;
  uint64_t rows;
  char message[512];
};

static enum vonk_status finish_copy(struct vonk_task *task, struct vonk_piece *piece, struct vonk_str path) {
  const struct vonk_sink_type *sink = piece->plan->type;
  struct vonk_output *output;
  struct vonk_writer *writer;
  struct vonk_sink_result result;
  TRY(sink->seal(task, piece));
  TRY(vonk_output_create(task, path, &output));
  TRY(sink->open_file(task, piece->plan, output, &writer));
  TRY(sink->append(task, writer, piece));
  vonk_piece_close(piece);
  TRY(sink->finish(task, writer, &result));
  return vonk_output_commit(task, output);
}

/* All units of SCAN; their rows go to PIECE too, unless that is NULL. */
static enum vonk_status read_units(struct vonk_task *task, const struct vonk_scan *scan, struct vonk_piece *piece, uint64_t *rows) {
  enum vonk_status status = VONK_OK;
  for (uint32_t u = 0; status == VONK_OK && u < scan->unit_count; u++) {
    struct vonk_reader *reader;
    struct vonk_batch batch;
    status = vonk_scan_unit_open(task, scan, u, &reader);
    if (status != VONK_OK) break;
    while ((status = vonk_reader_next(task, reader, &batch)) == VONK_OK && batch.row_count > 0) {
      *rows += batch.row_count;
      struct vonk_owned_batch *copy; /* touches every value */
      status = vonk_batch_copy(task, &batch, &copy);
      if (status != VONK_OK) break;
      vonk_owned_batch_destroy(copy);
      if (piece) status = piece->plan->type->write(task, piece, &batch);
      if (status != VONK_OK) break;
    }
    vonk_reader_close(reader);
  }
  return status;
}

/* Reads all of PATH, and writes it to COPY_PATH unless that is empty. */
static enum vonk_status read_columns(struct vonk_task *task, struct vonk_str path, struct vonk_str copy_path, uint64_t *rows) {
  const struct vonk_format_type *format = vonk_format_find(STR("parquet"));
  struct vonk_scan_file file = {.path = path};
  struct vonk_scan_options options = {.verify_checksums = true};
  struct vonk_scan_info info;
  TRY(format->infer_schema(task, &file, 1, &options, NULL, &info));
  uint32_t *columns = ARENA_ARRAY(task->arena, uint32_t, info.schema->field_count);
  for (uint32_t i = 0; i < info.schema->field_count; i++) columns[i] = i;
  struct vonk_scan_spec spec = {.files = &file, .file_count = 1, .schema = info.schema, .columns = columns, .column_count = info.schema->field_count,
                                .options = options};
  struct vonk_scan *scan;
  struct vonk_sink_options sink_options = {0};
  struct vonk_sink_plan *plan;
  struct vonk_piece *piece = NULL;
  if (copy_path.size) {
    TRY(format->sink->plan(task, info.schema, &sink_options, &plan));
    TRY(format->sink->open_piece(task, plan, &piece));
  }
  TRY(format->open_scan(task, &spec, &scan));
  enum vonk_status status = read_units(task, scan, piece, rows);
  vonk_scan_close(scan);
  return piece ? finish_copy(task, piece, copy_path) : status;
}

static struct vonk_scan_filter filter_of(const struct vonk_type *type, uint32_t column, uint32_t pick, struct vonk_value *value) {
  static const enum vonk_scan_filter_kind kinds[] = {VONK_SCAN_FILTER_EQ, VONK_SCAN_FILTER_LT, VONK_SCAN_FILTER_GE};
  bool is_text = type->id == VONK_TYPE_STRING || type->id == VONK_TYPE_BINARY;
  struct vonk_scan_filter filter = {.column = column, .kind = pick & 1 ? VONK_SCAN_FILTER_IS_NULL : VONK_SCAN_FILTER_IS_NOT_NULL};
  if (!is_text && !vonk_type_is_integral(type)) return filter;
  *value = is_text ? vonk_value_text(type, STR("Bob")) : vonk_value_integer(type, 1);
  filter.kind = kinds[pick % 3];
  filter.values = value, filter.value_count = 1;
  return filter;
}

/* Some rows of one column, found by statistics, page indexes, Bloom filters and dictionaries; then what metadata alone tell of it. */
static enum vonk_status read_filtered(struct vonk_task *task, struct vonk_str path, uint32_t pick, uint64_t *rows) {
  const struct vonk_format_type *format = vonk_format_find(STR("parquet"));
  struct vonk_scan_file file = {.path = path};
  struct vonk_scan_spec spec = {.files = &file, .file_count = 1, .column_count = 1};
  struct vonk_scan_info info;
  TRY(format->infer_schema(task, &file, 1, &spec.options, NULL, &info));
  if (info.schema->field_count == 0) return VONK_OK;
  uint32_t column = pick % info.schema->field_count;
  struct vonk_value value;
  struct vonk_scan_filter filter = filter_of(info.schema->fields[column].type, column, pick, &value);
  spec.schema = info.schema;
  spec.columns = &column;
  spec.filters = &filter, spec.filter_count = 1;
  struct vonk_scan *scan;
  TRY(format->open_scan(task, &spec, &scan));
  enum vonk_status status = read_units(task, scan, NULL, rows);
  vonk_scan_close(scan);
  spec.filter_count = 0;
  struct vonk_scan_aggregate aggregates[] = {{.kind = VONK_SCAN_COUNT, .column = column}, {.kind = VONK_SCAN_MIN, .column = column}, {.kind = VONK_SCAN_MAX, .column = column}};
  if (status == VONK_OK) status = format->open_scan(task, &spec, &scan);
  if (status != VONK_OK) return status;
  status = format->aggregate(task, scan, aggregates, 3);
  vonk_scan_close(scan);
  return status;
}

enum { EVERYTHING = UINT16_MAX };

/* PICK: a column and a filter for it, or EVERYTHING. */
static struct outcome read_file(const char *path, const char *copy_path, uint32_t pick) {
  struct outcome outcome = {0};
  struct vonk_budget *budget = vonk_budget_create(NULL, "test", 256u << 20);
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  if (pick == EVERYTHING) outcome.status = read_columns(&task, vonk_str_of(path), vonk_str_of(copy_path), &outcome.rows);
  else outcome.status = read_filtered(&task, vonk_str_of(path), pick, &outcome.rows);
  if (outcome.status == VONK_FAILED) {
    struct vonk_str text = vonk_error_message(&error, arena);
    snprintf(outcome.message, sizeof outcome.message, STR_FMT, STR_ARG(text));
  }
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  assert_int_equal(vonk_budget_used(budget), 0);
  vonk_budget_destroy(budget);
  return outcome;
}

static const char *const corrupt[] = {"datapage_v1-corrupt-checksum", "rle-dict-uncompressed-corrupt-checksum", "nation.dict-malformed", NULL};

static void each_file(const char *below, void (*call)(const char *path)) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_budget *budget = vonk_budget_create(NULL, "test", 0);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  struct vonk_fs_list list = {0};
  assert_int_equal(vonk_fs_find(&task, vonk_str_format(arena, "%s/%s/*.parquet", folder(), below), &list), VONK_OK);
  for (size_t i = 0; i < list.count; i++) call(list.items[i].path.data);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  vonk_budget_destroy(budget);
}

static void read_good(const char *path) {
  if (strstr(path, "large_string_map")) return; /* gigabytes */
  bool is_corrupt = false;
  for (size_t i = 0; corrupt[i]; i++) is_corrupt = is_corrupt || strstr(path, corrupt[i]);
  struct outcome outcome = read_file(path, "", EVERYTHING);
  if (is_corrupt ? outcome.status != VONK_FAILED : outcome.status != VONK_OK) fail_msg("%s: %s", path, outcome.message);
}

static void test_files__good_ones_are_read(void **state) {
  (void)state;
  if (!folder()) skip();
  each_file("data", read_good);
}

static void assert_named(const char *path, const char *shown, struct outcome outcome) {
  if (outcome.status == VONK_FAILED && !strstr(outcome.message, path)) fail_msg("%s is not named: %s", shown, outcome.message);
}

static void read_bad(const char *path) {
  assert_named(path, path, read_file(path, "", EVERYTHING));
  for (uint32_t pick = 0; pick < 30; pick++) assert_named(path, path, read_file(path, "", pick));
}

static void test_files__bad_ones_end_in_an_error_that_names_them(void **state) {
  (void)state;
  if (!folder()) skip();
  each_file("bad_data", read_bad);
}

/* Values, out of memory, or an error that names the file; a minute is a hang. */
static void read_changed(const char *path, const char *original, size_t at, uint8_t changed, uint32_t pick) {
  char shown[512];
  snprintf(shown, sizeof shown, "%s with byte %zu as %u", original, at, changed);
  alarm(60);
  assert_named(path, shown, read_file(path, "", EVERYTHING));
  assert_named(path, shown, read_file(path, "", pick));
  alarm(0);
}

static long wanted_count(void) {
  const char *wanted = getenv("VONK_MUTATIONS");
  return wanted ? strtol(wanted, NULL, 10) : MUTATIONS;
}

static void mutate(const char *path, long count) {
  char other[] = "/tmp/vonk-mutation-XXXXXX";
  FILE *in = fopen(path, "rb");
  assert_non_null(in);
  static uint8_t bytes[1 << 20];
  size_t size = fread(bytes, 1, sizeof bytes, in);
  fclose(in);
  if (size == sizeof bytes) return; /* reading these takes long */
  int descriptor = mkstemp(other);
  assert_true(descriptor >= 0);
  assert_int_equal(write(descriptor, bytes, size), size);
  uint64_t random = 88172645463325252ull;
  for (long i = 0; i < count; i++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    size_t at = (size_t)(random >> 8) % size;
    uint8_t changed = bytes[at] ^ (uint8_t)((random & 0xFF) | 1);
    assert_int_equal(pwrite(descriptor, &changed, 1, (off_t)at), 1);
    read_changed(other, path, at, changed, (uint32_t)(random >> 40) % EVERYTHING);
    assert_int_equal(pwrite(descriptor, &bytes[at], 1, (off_t)at), 1);
  }
  close(descriptor);
  unlink(other);
}

static void test_files__no_changed_byte_crashes(void **state) {
  (void)state;
  static const char *const names[] = {"alltypes_plain", "nested_lists.snappy", "delta_byte_array", "datapage_v2.snappy", "nested_maps.snappy"};
  char path[512], written[] = "/tmp/vonk-written-XXXXXX";
  if (!folder()) skip();
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(path, sizeof path, "%s/data/%s.parquet", folder(), names[i]);
    mutate(path, wanted_count());
  }
  close(mkstemp(written));
  assert_int_equal(read_file(path, written, EVERYTHING).status, VONK_OK);
  mutate(written, wanted_count());
  unlink(written);
}

static void mutate_a_little(const char *path) {
  if (!strstr(path, "large_string_map")) mutate(path, wanted_count() / 100);
}

static void test_files__nor_in_any_other_file(void **state) {
  (void)state;
  if (!folder()) skip();
  static const char *const folders[] = {"data", "data/geospatial", "bad_data", "shredded_variant"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) each_file(folders[i], mutate_a_little);
}

/* The footer of PATH by binding, then, when CHANGE is done, by a scan; *ROWS counts what its units give. */
static enum vonk_status read_behind(struct vonk_task *task, struct vonk_str path, struct vonk_footer_cache *footers, void (*change)(const char *path),
                                    uint64_t *rows) {
  const struct vonk_format_type *format = vonk_format_find(STR("parquet"));
  struct vonk_fs_list list = {0};
  TRY(vonk_fs_find(task, path, &list));
  struct vonk_scan_file file = {.path = path, .byte_size = list.items[0].byte_size, .mtime_ns = list.items[0].mtime_ns, .inode = list.items[0].inode};
  uint32_t column = 0;
  struct vonk_scan_spec spec = {.files = &file, .file_count = 1, .columns = &column, .column_count = 1, .options = {.footers = footers}};
  struct vonk_scan_info info;
  struct vonk_scan *scan;
  TRY(format->infer_schema(task, &file, 1, &spec.options, NULL, &info));
  spec.schema = info.schema;
  change(path.data);
  enum vonk_status opened = format->open_scan(task, &spec, &scan);
  assert_int_equal(opened, VONK_OK); /* from the cache, whatever became of the file */
  assert_int_equal(scan->row_count, 8);
  enum vonk_status status = read_units(task, scan, NULL, rows);
  vonk_scan_close(scan);
  return status;
}

static void change_nothing(const char *path) { (void)path; }
static void remove_file(const char *path) { unlink(path); }
static void write_again(const char *path) {
  FILE *file = fopen(path, "ab");
  assert_non_null(file);
  fputc(0, file);
  fclose(file);
}

static void copy_file(const char *name, const char *to) {
  char path[512];
  static uint8_t bytes[1 << 16];
  snprintf(path, sizeof path, "%s/data/%s.parquet", folder(), name);
  FILE *in = fopen(path, "rb"), *out = fopen(to, "wb");
  assert_true(in && out);
  size_t size = fread(bytes, 1, sizeof bytes, in);
  assert_int_equal(fwrite(bytes, 1, size, out), size);
  fclose(in), fclose(out);
}

static void test_files__a_footer_is_read_once(void **state) {
  (void)state;
  static const struct {
    void (*change)(const char *path);
    enum vonk_condition condition; /* of the error, if there is one */
    uint64_t rows;
  } cases[] = {{change_nothing, VONK_CONDITION_COUNT, 8}, {write_again, VONK_FAILED_READ_FILE__NO_HINT, 0}, {remove_file, VONK_FAILED_READ_FILE__FILE_NOT_EXIST, 0}};
  if (!folder()) skip();
  struct vonk_budget *budget = vonk_budget_create(NULL, "test", 256u << 20);
  struct vonk_footer_cache *footers = vonk_footer_cache_create(budget, 1 << 20);
  for (size_t i = 0; i < 3; i++) {
    char path[] = "/tmp/vonk-footer-XXXXXX";
    close(mkstemp(path));
    copy_file("alltypes_plain", path);
    struct vonk_error error;
    vonk_error_init(&error);
    struct vonk_task task = {.arena = vonk_arena_create(budget), .error = &error, .budget = budget};
    uint64_t rows = 0;
    enum vonk_status status = read_behind(&task, vonk_str_of(path), footers, cases[i].change, &rows);
    assert_int_equal(rows, cases[i].rows);
    assert_int_equal(status, rows ? VONK_OK : VONK_FAILED);
    if (!rows) assert_int_equal(error.condition, cases[i].condition);
    vonk_error_deinit(&error);
    vonk_arena_destroy(task.arena);
    unlink(path);
  }
  vonk_footer_cache_destroy(footers);
  assert_int_equal(vonk_budget_used(budget), 0);
  vonk_budget_destroy(budget);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_files__good_ones_are_read),
      cmocka_unit_test(test_files__bad_ones_end_in_an_error_that_names_them),
      cmocka_unit_test(test_files__a_footer_is_read_once),
      cmocka_unit_test(test_files__no_changed_byte_crashes),
      cmocka_unit_test(test_files__nor_in_any_other_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
