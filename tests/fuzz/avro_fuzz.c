/* avro_fuzz.c: any bytes as an Avro file, read in several ways within 64 MiB; or, when they do not begin as one does, as values of schemas that are
 * known here, told by the first byte. Seeds: any small Avro files; single bytes. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "avro/read.h"
#include "base/array.h"
#include "format/scan.h"
#include "type/timezone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 64 << 20, BATCHES_MAX = 200 };

static enum vonk_status read_unit(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit) {
  struct vonk_reader *reader;
  struct vonk_batch batch;
  TRY(vonk_scan_unit_open(task, scan, unit, &reader));
  enum vonk_status status;
  uint32_t batches = 0; /* rows may have no bytes */
  while ((status = vonk_reader_next(task, reader, &batch)) == VONK_OK && batch.row_count > 0 && batches++ < BATCHES_MAX) {
    struct vonk_owned_batch *copy; /* touches every value */
    if (!batch.column_count) continue;
    status = vonk_batch_copy(task, &batch, &copy);
    if (status != VONK_OK) break;
    vonk_owned_batch_destroy(copy);
  }
  vonk_reader_close(reader);
  return status;
}

static enum vonk_status read_scan(struct vonk_task *task, const struct vonk_scan_spec *spec) {
  struct vonk_scan *scan;
  TRY(vonk_format_find(STR("avro"))->open_scan(task, spec, &scan));
  enum vonk_status status = VONK_OK;
  for (uint32_t unit = 0; status == VONK_OK && unit < scan->unit_count; unit++) status = read_unit(task, scan, unit);
  vonk_scan_close(scan);
  return status;
}

/* All columns, then none, then every second. */
static enum vonk_status read_file(struct vonk_task *task, struct vonk_str path, uint64_t byte_size, const struct vonk_option *items, uint32_t item_count) {
  struct vonk_scan_file file = {.path = path, .byte_size = byte_size};
  struct vonk_scan_options options = {.items = items, .item_count = item_count};
  struct vonk_scan_info info;
  TRY(vonk_format_find(STR("avro"))->infer_schema(task, &file, 1, &options, NULL, &info));
  if (!info.schema) return VONK_OK;
  uint32_t *columns = ARENA_ARRAY(task->arena, uint32_t, info.schema->field_count);
  for (uint32_t i = 0; i < info.schema->field_count; i++) columns[i] = i;
  struct vonk_scan_spec spec = {.files = &file, .file_count = 1, .schema = info.schema, .columns = columns, .column_count = info.schema->field_count, .options = options};
  TRY(read_scan(task, &spec));
  spec.column_count = 0;
  TRY(read_scan(task, &spec));
  for (uint32_t i = 0; i < info.schema->field_count; i += 2) columns[spec.column_count++] = i;
  return read_scan(task, &spec);
}

#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define LIST "{\"type\":\"array\",\"items\":[\"null\",{\"type\":\"map\",\"values\":{\"type\":\"array\",\"items\":\"null\"}}]}"
#define ENUM "{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"A\",\"B\"]}"
#define DECIMAL "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":20,\"scale\":3}"
#define TIME "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}"
#define CHAIN "{\"type\":\"record\",\"name\":\"r\",\"fields\":[" FIELD("a", "[\"int\",\"string\",\"null\"," ENUM "]") "," FIELD("d", DECIMAL) "," FIELD("t", TIME) "," FIELD("n", "[\"null\",\"r\"]") "]}"
#define REALS "{\"type\":\"map\",\"values\":[\"null\",\"float\",\"double\"]}"
#define TREE "{\"type\":\"record\",\"name\":\"r\",\"fields\":[" FIELD("n", "{\"type\":\"array\",\"items\":\"r\"}") "," FIELD("m", REALS) "," FIELD("b", "\"boolean\"") "]}"

static enum vonk_status read_values(struct vonk_task *task, const uint8_t *data, size_t size) {
  static const char *const schemas[] = {LIST, CHAIN, TREE};
  struct vonk_str reason;
  bool nullable;
  uint8_t buffer[4096 + VONK_AVRO_PADDING] = {0};
  if (size < 2 || size > 4096) return VONK_OK;
  memcpy(buffer, data + 1, size - 1);
  const struct vonk_avro_schema *schema = vonk_avro_schema_parse(task->arena, vonk_str_of(schemas[data[0] % COUNT_OF(schemas)]), &reason);
  struct vonk_avro_read_spec spec = {.writer = schema, .reader = schema, .mapping = {.recursion_max = 3}, .zone = &vonk_timezone_utc};
  spec.type = vonk_avro_sql_type(task->arena, schema, &spec.mapping, &nullable, &reason);
  struct vonk_avro_reader *reader;
  struct vonk_column values;
  TRY(vonk_avro_reader_open(task, &spec, &reader, &reason));
  ASSERT(reader);
  const uint8_t *at = buffer;
  if (vonk_avro_read_rows(task, reader, &at, buffer + size - 1, 100) != VONK_AVRO_REFUSED) {
    enum vonk_status status = vonk_avro_reader_finish(task, reader, &values);
    for (uint32_t row = 0; status == VONK_OK && row < vonk_avro_row_count(reader); row++) vonk_column_get(&values, row, task->arena);
  }
  vonk_avro_reader_close(reader);
  return VONK_OK;
}

static enum vonk_status read_all(struct vonk_task *task, const uint8_t *data, size_t size) {
  static const struct vonk_option cut[] = {{STR("recursiveFieldMaxDepth"), STR("3")}, {STR("enableStableIdentifiersForUnionType"), STR("true")}};
  static const struct vonk_option evolved[] = {
      {STR("avroSchema"), STR("{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":[\"null\",\"double\",\"string\"]},{\"name\":\"new\",\"type\":{\"type\":\"array\",\"items\":\"int\"},"
                              "\"default\":[1,2]},{\"name\":\"c\",\"aliases\":[\"b\"],\"type\":[\"null\",\"bytes\",\"long\"],\"default\":null}]}")},
      {STR("ignoreCorruptFiles"), STR("true")}};
  if (size < 4 || memcmp(data, "Obj\1", 4) != 0) return read_values(task, data, size);
  int descriptor = memfd_create("avro", MFD_CLOEXEC);
  ASSERT(descriptor >= 0 && write(descriptor, data, size) == (ssize_t)size);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  enum vonk_status status = read_file(task, vonk_str_of(path), size, NULL, 0);
  vonk_error_clear(task->error);
  if (status != VONK_CANCELLED) status = read_file(task, vonk_str_of(path), size, cut, COUNT_OF(cut));
  vonk_error_clear(task->error);
  status = read_file(task, vonk_str_of(path), size, evolved, COUNT_OF(evolved));
  close(descriptor);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vonk_budget *budget = vonk_budget_create(NULL, "fuzz", BUDGET);
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  enum vonk_status status = read_all(&task, data, size);
  ASSERT(status != VONK_FAILED || error.set);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  ASSERT(vonk_budget_used(budget) == 0);
  vonk_budget_destroy(budget);
  return 0;
}
