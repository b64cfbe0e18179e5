/* scan.c: ranges of Avro files to batches.
 *
 * A unit is a range of a file's bytes and owns the blocks whose mark before them begins in it, as Spark's splits do. Batches go on over
 * block ends; the plain bytes of the blocks stay until the next batch, since columns point into them. When no column is wanted the heads
 * of the blocks tell how many rows there are. With ignoreCorruptFiles a file is one unit: nothing is read behind what is wrong.
 */
#include <string.h>

#include "base/array.h"
#include "format/avro/avro.h"
#include "format/scan_columns.h"
#include "type/julian.h"
#include "type/timezone.h"

enum { UNIT_BYTES = 4 << 20, BATCH_BYTES = 4 << 20, GAIN_USUAL = 4, GUESS_MAX = 4 << 20 };
#define BLOCK_BYTES_MAX ((size_t)1 << 30)
#define COUNTED_ROWS_MAX ((uint64_t)1 << 30)

struct avro_scan {
  struct vonk_scan scan;
  struct vonk_arena *arena;            /* holds all of it */
  struct avro_setup setup;
  struct vonk_scan_columns columns;
};

struct avro_reader {
  struct vonk_reader reader;
  struct vonk_arena *arena;            /* holds this struct */
  const struct avro_head *head;
  struct vonk_file *file;
  struct avro_blocks blocks;
  struct vonk_avro_unpacker unpacker;
  struct vonk_avro_reader *values;     /* NULL: no column of the files is wanted */
  struct vonk_arena *batch_arena;      /* of a batch */
  struct vonk_buffer *plain[VONK_BATCH_ROWS]; /* of blocks that the batch points into; the last is under way */
  uint32_t plain_count;
  uint64_t plain_bytes;                /* that they take */
  const uint8_t *at, *end;             /* in the last */
  uint64_t rows_left;                  /* in the block under way */
  uint64_t row_at;
  struct vonk_column *out;             /* by the spec's columns; those of partitions are set */
  bool is_over;
  bool is_mismatch;                    /* the file's schema does not fit: not for ignoreCorruptFiles */
};

/* --- units --- */

static uint64_t unit_step(const struct vonk_scan_spec *spec, uint64_t size) { return spec->options.ignore_corrupt_files ? size : UNIT_BYTES; }

static void make_units(struct avro_scan *scan) {
  const struct vonk_scan_spec *spec = scan->scan.spec;
  ARRAY_OF(struct vonk_scan_unit) units = {0};
  for (uint32_t f = 0; f < spec->file_count; f++) {
    uint64_t size = spec->files[f].byte_size, step = unit_step(spec, size);
    for (uint64_t at = 0; avro_file_is_read(&scan->setup, &spec->files[f]) && at < size; at += step) {
      uint64_t bytes = size - at < step ? size - at : step;
      *ARRAY_PUSH(scan->arena, &units) = (struct vonk_scan_unit){.file = f, .part = (uint32_t)(at / step), .row_count = VONK_SCAN_ROWS_UNKNOWN, .byte_size = bytes,
                                                                .file_middle = at + bytes / 2};
    }
  }
  scan->scan.units = units.items;
  scan->scan.unit_count = (uint32_t)units.count;
}

static STATUS open_scan(struct vonk_task *task, const struct vonk_scan_spec *spec, struct vonk_scan **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct avro_scan *scan = ARENA_NEW(arena, struct avro_scan);
  scan->scan = (struct vonk_scan){.type = &vonk_format_avro, .spec = spec, .row_count = VONK_SCAN_ROWS_UNKNOWN,
                                  .answers = ARENA_ARRAY(arena, enum vonk_scan_answer, spec->filter_count)};
  scan->arena = arena;
  vonk_scan_columns_find(arena, spec, &scan->columns);
  enum vonk_status status = avro_setup_read(task, arena, &spec->options, &scan->setup);
  if (status != VONK_OK) {
    vonk_arena_destroy(arena);
    return status;
  }
  make_units(scan);
  *out = &scan->scan;
  return VONK_OK;
}

static void close_scan(struct vonk_scan *scan) { vonk_arena_destroy(((struct avro_scan *)scan)->arena); }

/* --- readers --- */

static const struct vonk_scan_file *file_of(const struct avro_reader *r) {
  const struct vonk_scan *scan = r->reader.scan;
  return &scan->spec->files[scan->units[r->reader.unit].file];
}

/* What the file says of its writer comes before the options. */
static void choose_calendar(struct avro_reader *r, const struct avro_setup *setup, struct vonk_avro_read_spec *spec) {
  const struct avro_head *head = r->head;
  spec->calendar = setup->calendar;
  spec->zone = &vonk_timezone_utc;
  if (head->spark_version.data) {
    int major, minor;
    vonk_julian_version(head->spark_version, &major, &minor);
    spec->calendar = head->spark_legacy || major < 3 ? VONK_AVRO_HYBRID : VONK_AVRO_GREGORIAN;
  }
  bool is_known = spec->calendar == VONK_AVRO_HYBRID && head->spark_zone.data && vonk_timezone_load(r->arena, head->spark_zone, &spec->zone);
  if (!is_known) spec->zone = &vonk_timezone_utc;
}

static STATUS open_values(struct vonk_task *task, struct avro_reader *r) {
  const struct avro_scan *scan = (const struct avro_scan *)r->reader.scan;
  const struct avro_setup *setup = &scan->setup;
  const struct vonk_scan_spec *scan_spec = r->reader.scan->spec;
  struct vonk_str problem;
  struct vonk_avro_read_spec spec = {.writer = r->head->schema, .reader = setup->schema ? setup->schema : r->head->schema, .type = scan_spec->schema,
                                     .columns = scan->columns.data, .column_count = scan->columns.data_count, .mapping = setup->mapping,
                                     .case_sensitive = scan_spec->options.case_sensitive, .positional = setup->positional,
                                     .allow_incompatible = setup->allow_incompatible};
  if (!scan->columns.data_count) return VONK_OK;
  choose_calendar(r, setup, &spec);
  TRY(vonk_avro_reader_open(task, &spec, &r->values, &problem));
  if (r->values) return VONK_OK;
  r->is_mismatch = true;
  return avro_bad_file(task, file_of(r)->path, problem);
}

static void close_unit(struct vonk_reader *reader) {
  struct avro_reader *r = (struct avro_reader *)reader;
  vonk_avro_reader_close(r->values);
  vonk_avro_unpacker_deinit(&r->unpacker);
  avro_blocks_close(&r->blocks);
  for (uint32_t i = 0; i < r->plain_count; i++) vonk_buffer_release(r->plain[i]);
  vonk_file_close(r->file);
  vonk_arena_destroy(r->batch_arena);
  vonk_arena_destroy(r->arena);
}

static STATUS open_file(struct vonk_task *task, struct avro_reader *r) {
  const struct vonk_scan *scan = r->reader.scan;
  const struct vonk_scan_unit *unit = &scan->units[r->reader.unit];
  const struct vonk_scan_file *file = file_of(r);
  uint64_t step = unit_step(scan->spec, file->byte_size), start = unit->part * step;
  TRY(avro_head_read(task, r->arena, file, &scan->spec->options, &r->head));
  TRY(open_values(task, r));
  TRY(vonk_file_open(task, file->path, &r->file));
  uint64_t end = file->byte_size - start <= step ? UINT64_MAX : start + step;
  avro_blocks_open(r->head, r->file, start, end, r->values == NULL, &r->blocks);
  vonk_avro_unpacker_init(&r->unpacker, r->head->codec);
  return VONK_OK;
}

static STATUS may_end(struct vonk_task *task, struct avro_reader *r, enum vonk_status status) {
  if (r->is_mismatch || !vonk_scan_may_ignore(task, &r->reader.scan->spec->options, status)) return status;
  r->is_over = true;
  return VONK_OK;
}

static STATUS open_unit(struct vonk_task *task, const struct vonk_scan *scan, uint32_t unit, struct vonk_reader **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct avro_reader *r = ARENA_NEW(arena, struct avro_reader);
  r->reader = (struct vonk_reader){.scan = scan, .unit = unit};
  r->arena = arena;
  r->batch_arena = vonk_arena_create(task->budget);
  r->out = vonk_scan_columns_open(arena, scan->spec, file_of(r));
  enum vonk_status status = may_end(task, r, open_file(task, r));
  if (status != VONK_OK) {
    close_unit(&r->reader);
    return status;
  }
  *out = &r->reader;
  return VONK_OK;
}

/* --- rows --- */

/* The buffers of the last batch go, but for the one that is under way. */
static void drop_plain(struct avro_reader *r) {
  if (!r->plain_count) return;
  for (uint32_t i = 0; i + 1 < r->plain_count; i++) vonk_buffer_release(r->plain[i]);
  r->plain[0] = r->plain[r->plain_count - 1];
  r->plain_count = 1;
  r->plain_bytes = 0;
}

static STATUS unpack_block(struct vonk_task *task, struct avro_reader *r) {
  struct vonk_str path = file_of(r)->path;
  size_t packed = r->blocks.packed_size, guess = r->head->codec == VONK_AVRO_NULL ? packed : GAIN_USUAL * packed;
  struct vonk_buffer **plain = &r->plain[r->plain_count];
  TRY(vonk_task_memory_error_reading(task, vonk_buffer_create(task->budget, guess < GUESS_MAX ? guess : GUESS_MAX, plain), path));
  r->plain_count++;
  switch (vonk_avro_unpack(&r->unpacker, r->blocks.packed, r->blocks.packed_size, BLOCK_BYTES_MAX, plain)) {
    case VONK_UNPACK_OK: break;
    case VONK_UNPACK_NO_MEMORY: return vonk_task_memory_error_reading(task, VONK_NO_MEMORY, path);
    case VONK_UNPACK_TOO_LARGE: return avro_bad_file(task, path, STR("a block is larger than 1 GiB"));
    case VONK_UNPACK_MALFORMED: return avro_bad_file(task, path, STR("a block cannot be decompressed"));
  }
  r->plain_bytes += (*plain)->capacity;
  r->at = (*plain)->data;
  r->end = r->at + (*plain)->size;
  return VONK_OK;
}

/* The next block with rows; rows_left is 0 when there is none. */
static STATUS next_block(struct vonk_task *task, struct avro_reader *r) {
  bool any = true;
  if (r->at != r->end) return avro_bad_file(task, file_of(r)->path, STR("a block goes on behind its last row"));
  while (!r->rows_left && any) {
    TRY(vonk_task_check(task));
    TRY(avro_blocks_next(task, &r->blocks, &any));
    if (any) r->rows_left = r->blocks.row_count;
  }
  return r->rows_left && r->values ? unpack_block(task, r) : VONK_OK;
}

static STATUS bad_value(struct vonk_task *task, struct avro_reader *r, enum vonk_avro_outcome outcome) {
  struct vonk_str path = file_of(r)->path;
  if (outcome == VONK_AVRO_REFUSED) return vonk_task_memory_error_reading(task, VONK_NO_MEMORY, path);
  if (outcome == VONK_AVRO_MALFORMED) return avro_bad_file(task, path, vonk_avro_problem(r->values));
  return vonk_raise(task, VONK_INCONSISTENT_BEHAVIOR_CROSS_VERSION__READ_ANCIENT_DATETIME, NULL, "format", STR("Avro"), "config",
                    STR("\"spark.sql.avro.datetimeRebaseModeInRead\""), "option", STR("\"datetimeRebaseMode\""), "path", path, NULL);
}

/* Rows of the block under way, and of others behind it until the batch is large enough. */
static STATUS read_rows(struct vonk_task *task, struct avro_reader *r) {
  uint64_t bytes = 0;
  while (vonk_avro_row_count(r->values) < VONK_BATCH_ROWS && bytes < BATCH_BYTES && r->plain_bytes < 2 * BATCH_BYTES && r->plain_count < COUNT_OF(r->plain)) {
    uint32_t room = VONK_BATCH_ROWS - vonk_avro_row_count(r->values);
    if (!r->rows_left) TRY(next_block(task, r));
    if (!r->rows_left) break;
    uint32_t count = r->rows_left < room ? (uint32_t)r->rows_left : room;
    const uint8_t *from = r->at;
    enum vonk_avro_outcome outcome = vonk_avro_read_rows(task, r->values, &r->at, r->end, count);
    if (outcome != VONK_AVRO_READ) return bad_value(task, r, outcome);
    bytes += (uint64_t)(r->at - from);
    r->rows_left -= count;
  }
  return VONK_OK;
}

static STATUS next_values(struct vonk_task *task, struct avro_reader *r, uint32_t *rows) {
  const struct avro_scan *scan = (const struct avro_scan *)r->reader.scan;
  struct vonk_task inner = *task;
  struct vonk_column values;
  vonk_avro_reader_reset(r->values);
  vonk_arena_reset(r->batch_arena);
  inner.arena = r->batch_arena;
  drop_plain(r);
  enum vonk_status status = may_end(task, r, read_rows(&inner, r));
  TRY(status);
  *rows = vonk_avro_row_count(r->values);
  TRY(vonk_avro_reader_finish(&inner, r->values, &values));
  vonk_scan_columns_put(r->reader.scan->spec, &scan->columns, values.children, r->out);
  return VONK_OK;
}

/* Rows whose values nobody asked for. */
static STATUS next_counts(struct vonk_task *task, struct avro_reader *r, uint32_t *rows) {
  uint64_t most = r->reader.scan->spec->column_count ? VONK_BATCH_ROWS : COUNTED_ROWS_MAX, count = 0;
  enum vonk_status status = VONK_OK;
  while (count < most && status == VONK_OK) {
    if (!r->rows_left) status = next_block(task, r);
    if (!r->rows_left) break;
    uint64_t taken = r->rows_left < most - count ? r->rows_left : most - count;
    r->rows_left -= taken;
    count += taken;
  }
  *rows = (uint32_t)count;
  return may_end(task, r, status);
}

static STATUS next(struct vonk_task *task, struct vonk_reader *reader, struct vonk_batch *out) {
  struct avro_reader *r = (struct avro_reader *)reader;
  const struct vonk_scan_spec *spec = reader->scan->spec;
  uint32_t rows = 0;
  *out = (struct vonk_batch){.unit = reader->unit};
  if (r->is_over) return VONK_OK;
  TRY(vonk_task_check(task));
  TRY(r->values ? next_values(task, r, &rows) : next_counts(task, r, &rows));
  if (!rows) return VONK_OK;
  *out = (struct vonk_batch){.columns = r->out, .column_count = spec->column_count, .row_count = rows, .live_count = rows, .unit = reader->unit, .first_row = r->row_at};
  r->row_at += rows;
  return VONK_OK;
}

static const enum vonk_conf_key settings[] = {VONK_CONF_AVRO_COMPRESSION_CODEC, VONK_CONF_AVRO_DEFLATE_LEVEL, VONK_CONF_AVRO_REBASE_READ,    VONK_CONF_AVRO_REBASE_WRITE,
                                              VONK_CONF_AVRO_XZ_LEVEL,          VONK_CONF_AVRO_ZSTANDARD_LEVEL, VONK_CONF_LEGACY_AVRO_ALLOW_INCOMPATIBLE};

const struct vonk_format_type vonk_format_avro = {
    .name = "avro",
    .settings = settings,
    .setting_count = COUNT_OF(settings),
    .hadoop_prefix = "avro.",
    .infer_schema = avro_infer_schema,
    .check_schema = avro_check_schema,
    .open_scan = open_scan,
    .close_scan = close_scan,
    .open_unit = open_unit,
    .next = next,
    .close_unit = close_unit,
    .sink = &avro_sink,
};
