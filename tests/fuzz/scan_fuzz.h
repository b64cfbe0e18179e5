/* scan_fuzz.h: any bytes as a file of a format of columns, read to its end within 64 MiB. */
#ifndef TESTS_FUZZ_SCAN_FUZZ_H
#define TESTS_FUZZ_SCAN_FUZZ_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/scan.h"

enum { BUDGET = 64 << 20 };

static enum vonk_status read_unit(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit) {
  struct vonk_reader *reader;
  struct vonk_batch batch;
  TRY(vonk_scan_unit_open(task, scan, unit, &reader));
  enum vonk_status status;
  while ((status = vonk_reader_next(task, reader, &batch)) == VONK_OK && batch.row_count > 0) {
    struct vonk_owned_batch *copy; /* touches every value */
    status = vonk_batch_copy(task, &batch, &copy);
    if (status != VONK_OK) break;
    vonk_owned_batch_destroy(copy);
  }
  vonk_reader_close(reader);
  return status;
}

static enum vonk_status read_scan(struct vonk_task *task, const struct vonk_format_type *format, const struct vonk_scan_spec *spec) {
  struct vonk_scan *scan;
  TRY(format->open_scan(task, spec, &scan));
  enum vonk_status status = VONK_OK;
  for (uint32_t unit = 0; status == VONK_OK && unit < scan->unit_count; unit++) status = read_unit(task, scan, unit);
  vonk_scan_close(scan);
  return status;
}

/* All of it; then with a filter on each column, so that statistics, indexes and Bloom filters are looked at too. */
static enum vonk_status read_all(struct vonk_task *task, const struct vonk_format_type *format, struct vonk_str path) {
  struct vonk_scan_file file = {.path = path};
  struct vonk_scan_options options = {0};
  struct vonk_scan_info info;
  TRY(format->infer_schema(task, &file, 1, &options, NULL, &info));
  uint32_t *columns = ARENA_ARRAY(task->arena, uint32_t, info.schema->field_count);
  for (uint32_t i = 0; i < info.schema->field_count; i++) columns[i] = i;
  struct vonk_scan_spec spec = {.files = &file, .file_count = 1, .schema = info.schema, .columns = columns, .column_count = info.schema->field_count};
  TRY(read_scan(task, format, &spec));
  for (uint32_t i = 0; i < info.schema->field_count; i++) {
    const struct vonk_type *type = info.schema->fields[i].type;
    struct vonk_value value = vonk_type_is_integral(type) ? vonk_value_integer(type, 1) : (struct vonk_value){.type = type, .text = STR("Hello")};
    struct vonk_scan_filter filter = {.column = i, .kind = VONK_SCAN_FILTER_IS_NOT_NULL};
    if (vonk_type_is_integral(type) || vonk_type_is_string(type))
      filter = (struct vonk_scan_filter){.column = i, .kind = VONK_SCAN_FILTER_EQ, .values = &value, .value_count = 1};
    spec.filters = &filter;
    spec.filter_count = 1;
    TRY(read_scan(task, format, &spec));
  }
  return VONK_OK;
}

/* DATA as a file of FORMAT. */
static void fuzz_scan(const struct vonk_format_type *format, const uint8_t *data, size_t size) {
  int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  ASSERT(descriptor >= 0 && write(descriptor, data, size) == (ssize_t)size);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  struct vonk_budget *budget = vonk_budget_create(NULL, "fuzz", BUDGET);
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  enum vonk_status status = read_all(&task, format, vonk_str_of(path));
  ASSERT(status != VONK_FAILED || error.set);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  ASSERT(vonk_budget_used(budget) == 0);
  vonk_budget_destroy(budget);
  close(descriptor);
}

#endif
