/* scan.c: schema, statistics and units of Parquet files.
 *
 * A unit is a row group, or a piece of a large one, so that several workers can share it.
 */
#include "base/array.h"
#include "format/late_reader.h"
#include "format/parquet/scan_internal.h"
#include "format/parquet/writer_internal.h"

enum { UNIT_ROWS = 122880 };

/* FOOTER is empty (schema.type NULL) for a file that is passed over. */
static STATUS read_footer(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_file *file, const struct vonk_scan_options *options,
                          struct parquet_footer *footer) {
  enum vonk_status status = parquet_footer_read(task, arena, file, options, footer);
  if (!vonk_scan_may_ignore(task, options, status)) return status;
  *footer = (struct parquet_footer){.key = footer->key};
  return VONK_OK;
}

/* Adds FOOTER's row groups to the statistics of column NODE. */
static void add_footer(struct vonk_arena *arena, const struct parquet_footer *footer, const struct parquet_node *node, struct vonk_scan_statistics *all,
                       struct vonk_scan_parts *parts) {
  for (uint32_t g = 0; g < footer->metadata.row_group_count; g++) {
    struct vonk_scan_statistics one;
    parquet_statistics_values(arena, footer, node, g, &one);
    vonk_scan_statistics_add(all, &one, (uint64_t)footer->metadata.row_groups[g].row_count, parts);
  }
}

static const struct parquet_node *find(const struct parquet_footer *footer, const struct vonk_type *schema, uint32_t column, const struct vonk_scan_options *options) {
  return parquet_node_find(footer->schema.fields, footer->schema.field_count, &schema->fields[column], options);
}

extern const struct vonk_format_type vonk_format_parquet;

static STATUS infer_schema(struct vonk_task *task, const struct vonk_scan_file *files, uint32_t file_count, const struct vonk_scan_options *options,
                           const struct vonk_type *given, struct vonk_scan_info *info) {
  (void)given;
  *info = (struct vonk_scan_info){.has_row_count = true};
  struct parquet_footer *footers = ARENA_ARRAY(task->arena, struct parquet_footer, file_count);
  for (uint32_t i = 0; i < file_count; i++) {
    TRY(read_footer(task, task->arena, &files[i], options, &footers[i]));
    if (!footers[i].schema.type) continue;
    for (uint32_t g = 0; g < footers[i].metadata.row_group_count; g++) info->row_count += (uint64_t)footers[i].metadata.row_groups[g].row_count;
    info->byte_size += files[i].byte_size;
    if (!info->schema) info->schema = footers[i].schema.type;
    else if (options->merge_schema) info->schema = vonk_scan_schemas_merge(task->arena, info->schema, footers[i].schema.type);
  }
  if (!info->schema) return vonk_raise(task, VONK_UNABLE_TO_INFER_SCHEMA, NULL, "format", STR("Parquet"), NULL);
  struct vonk_scan_statistics *columns = ARENA_ARRAY(task->arena, struct vonk_scan_statistics, info->schema->field_count);
  for (uint32_t c = 0; c < info->schema->field_count; c++) {
    struct vonk_scan_parts parts = {0};
    bool everywhere = true;
    for (uint32_t i = 0; i < file_count; i++) {
      const struct parquet_node *node = find(&footers[i], info->schema, c, options);
      if (node && vonk_type_same(node->type, info->schema->fields[c].type)) add_footer(task->arena, &footers[i], node, &columns[c], &parts);
      else everywhere = false;
    }
    if (!everywhere) columns[c] = (struct vonk_scan_statistics){0};
  }
  info->columns = columns;
  return VONK_OK;
}

static bool may_pass(const struct parquet_scan *scan, uint32_t file, uint32_t group) {
  const struct vonk_scan_spec *spec = scan->scan.spec;
  uint32_t data_columns = parquet_data_columns(spec);
  for (uint32_t i = 0; i < spec->filter_count; i++) {
    const struct vonk_scan_filter *filter = &spec->filters[i];
    if (filter->column >= data_columns) continue;
    const struct parquet_node *node = scan->nodes[file * data_columns + filter->column];
    if (!node || !vonk_type_same(node->type, spec->schema->fields[filter->column].type)) continue;
    struct vonk_scan_statistics s;
    parquet_statistics_values(scan->arena, &scan->footers[file], node, group, &s);
    if (!vonk_scan_test_may_pass(filter, &s, (uint64_t)scan->footers[file].metadata.row_groups[group].row_count)) return false;
  }
  return true;
}

/* As Spark's reader has it: the first chunk begins the group, and what follows it, as the group or else its chunks say, is its size. */
static uint64_t middle_of(const struct parquet_row_group *group) {
  if (!group->chunk_count) return 0;
  const struct parquet_chunk *first = &group->chunks[0];
  int64_t start = first->dictionary_offset > 0 && first->dictionary_offset < first->data_offset ? first->dictionary_offset : first->data_offset, size = 0;
  if (group->compressed_size > 0) size = group->compressed_size;
  for (uint32_t c = 0; group->compressed_size <= 0 && c < group->chunk_count; c++) {
    int64_t bytes = group->chunks[c].compressed_size;
    if (bytes > 0 && size <= INT64_MAX - bytes) size += bytes;
  }
  return start < 0 ? 0 : (uint64_t)start + (uint64_t)size / 2;
}

static void make_units(struct parquet_scan *scan) {
  ARRAY_OF(struct vonk_scan_unit) units = {0};
  for (uint32_t f = 0; f < scan->scan.spec->file_count; f++) {
    const struct parquet_metadata *m = &scan->footers[f].metadata;
    uint64_t file_row = 0;
    for (uint32_t g = 0; g < m->row_group_count; g++) {
      uint64_t rows = (uint64_t)m->row_groups[g].row_count, bytes = m->row_groups[g].byte_size > 0 ? (uint64_t)m->row_groups[g].byte_size : 0;
      uint64_t step = rows > 2 * UNIT_ROWS && scan->scan.spec->column_count + scan->scan.spec->filter_count > 0 ? UNIT_ROWS : rows;
      bool wanted = rows > 0 && may_pass(scan, f, g);
      for (uint64_t at = 0; wanted && at < rows; at += step) {
        uint64_t count = rows - at < step ? rows - at : step;
        *ARRAY_PUSH(scan->arena, &units) = (struct vonk_scan_unit){.file = f, .part = g, .first_row = at, .row_count = count, .file_row = file_row + at,
                                                                  .byte_size = bytes / (rows / step + 1), .file_middle = middle_of(&m->row_groups[g])};
        scan->scan.row_count += count;
      }
      file_row += rows;
    }
  }
  scan->scan.units = units.items;
  scan->scan.unit_count = (uint32_t)units.count;
}

static STATUS fill(struct vonk_task *task, struct parquet_scan *scan) {
  const struct vonk_scan_spec *spec = scan->scan.spec;
  uint32_t data_columns = parquet_data_columns(spec);
  scan->footers = ARENA_ARRAY(scan->arena, struct parquet_footer, spec->file_count);
  scan->nodes = (const struct parquet_node **)vonk_arena_calloc(scan->arena, (size_t)spec->file_count * data_columns, sizeof *scan->nodes);
  for (uint32_t f = 0; f < spec->file_count; f++) {
    TRY(read_footer(task, scan->arena, &spec->files[f], &spec->options, &scan->footers[f]));
    for (uint32_t c = 0; c < data_columns; c++)
      scan->nodes[f * data_columns + c] = find(&scan->footers[f], spec->schema, c, &spec->options);
  }
  enum vonk_scan_answer *answers = ARENA_ARRAY(scan->arena, enum vonk_scan_answer, spec->filter_count);
  for (uint32_t i = 0; i < spec->filter_count; i++) answers[i] = VONK_SCAN_EXACT;
  scan->scan.answers = answers;
  make_units(scan);
  return VONK_OK;
}

static STATUS open_scan(struct vonk_task *task, const struct vonk_scan_spec *spec, struct vonk_scan **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct parquet_scan *scan = ARENA_NEW(arena, struct parquet_scan);
  scan->scan = (struct vonk_scan){.type = &vonk_format_parquet, .spec = spec};
  scan->arena = arena;
  enum vonk_status status = fill(task, scan);
  if (status != VONK_OK) {
    vonk_arena_destroy(arena);
    return status;
  }
  *out = &scan->scan;
  return VONK_OK;
}

static void close_scan(struct vonk_scan *scan) { vonk_arena_destroy(((struct parquet_scan *)scan)->arena); }

static bool column_statistics(struct vonk_task *task, const struct vonk_scan *base, uint32_t column, struct vonk_scan_statistics *all, struct vonk_scan_parts *parts) {
  const struct parquet_scan *scan = (const struct parquet_scan *)base;
  const struct vonk_scan_spec *spec = base->spec;
  for (uint32_t f = 0; f < spec->file_count; f++) {
    const struct parquet_node *node = scan->nodes[f * parquet_data_columns(spec) + column];
    if (!node || !vonk_type_same(node->type, spec->schema->fields[column].type)) return false;
    add_footer(task->arena, &scan->footers[f], node, all, parts);
  }
  return true;
}

static STATUS aggregate(struct vonk_task *task, const struct vonk_scan *scan, struct vonk_scan_aggregate *aggregates, uint32_t count) {
  vonk_scan_answer_aggregates(task, scan, column_statistics, aggregates, count);
  return VONK_OK;
}

/* Of sinks. */
static const enum vonk_conf_key settings[] = {VONK_CONF_PARQUET_CODEC, VONK_CONF_PARQUET_TIMESTAMP_TYPE, VONK_CONF_PARQUET_LEGACY_FORMAT,
                                              VONK_CONF_PARQUET_FIELD_ID_WRITE};

const struct vonk_format_type vonk_format_parquet = {
    .name = "parquet",
    .settings = settings,
    .setting_count = COUNT_OF(settings),
    .hadoop_prefix = "parquet.",
    .infer_schema = infer_schema,
    .open_scan = open_scan,
    .close_scan = close_scan,
    .open_unit = parquet_reader_open,
    .next = vonk_late_reader_next,
    .close_unit = vonk_late_reader_close,
    .aggregate = aggregate,
    .knows_rows = true,
    .sink = &parquet_sink,
};
