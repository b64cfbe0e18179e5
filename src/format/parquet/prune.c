/* prune.c: asks each filter on a flat column of the file's own type.
 *
 * Bloom filters are parquet-format's split blocks: a value sets one bit in each of the eight words of one 32-byte block, and only
 * that block is read. Page indexes give minimum, maximum and nulls of each page and its first row; batches of which all pages
 * fail are skipped in all columns.
 */
#include "format/parquet/prune.h"

#include <string.h>
#include <xxhash.h>

#include "base/bits.h"
#include "format/scan_test.h"

enum { INDEX_BYTES_MAX = 16 << 20, BLOOM_HEADER_MAX = 64, BLOOM_BLOCK = 32, BLOOM_BYTES_MAX = 128 << 20, BLOOM_VALUES_MAX = 64 };

struct pruner {
  struct vonk_arena *arena;
  const struct parquet_footer *footer;
  const struct parquet_row_group *group;
  const struct vonk_scan_unit *unit;
  struct vonk_file *file;
  struct parquet_pruned *out;
};

static bool lies_inside(const struct vonk_file *file, int64_t offset, int64_t size) {
  return offset >= 4 && size > 0 && (uint64_t)offset < file->byte_size && (uint64_t)size <= file->byte_size - (uint64_t)offset;
}

/* --- Bloom filters --- */

/* VALUE as PLAIN encodes it; size 0 when it has several forms or is converted. */
static struct vonk_str plain_bytes(const struct parquet_node *node, const struct vonk_value *value, uint8_t room[8]) {
  int64_t integer = node->type->id == VONK_TYPE_DECIMAL ? (int64_t)value->decimal : value->integer;
  int32_t small = (int32_t)integer;
  float single = (float)value->real;
  if (node->conversion != PARQUET_AS_IS) return (struct vonk_str){0};
  switch (node->element->physical) {
    case PARQUET_INT32: memcpy(room, &small, 4); return (struct vonk_str){(const char *)room, small == integer ? 4 : 0};
    case PARQUET_INT64: memcpy(room, &integer, 8); return (struct vonk_str){(const char *)room, 8};
    case PARQUET_FLOAT: memcpy(room, &single, 4); return (struct vonk_str){(const char *)room, single < 0 || single > 0 ? 4 : 0};
    case PARQUET_DOUBLE: memcpy(room, &value->real, 8); return (struct vonk_str){(const char *)room, value->real < 0 || value->real > 0 ? 8 : 0};
    case PARQUET_BYTE_ARRAY: return value->text.data ? value->text : (struct vonk_str){"", 0};
    default: return (struct vonk_str){0};
  }
}

struct bloom {
  uint64_t offset;               /* of the first block */
  uint32_t block_count;
};

/* False when there is none that can be used. */
static bool read_bloom_header(const uint8_t *bytes, size_t size, struct bloom *out, size_t *used) {
  struct vonk_thrift reader = vonk_thrift_of(bytes, size), *r = &reader;
  struct vonk_thrift_scope scope = {0};
  int64_t byte_size = 0;
  bool known = true;
  if (!vonk_thrift_enter(r, VONK_THRIFT_STRUCT)) return false;
  while (vonk_thrift_field(r, &scope)) {
    if (scope.id == 1) {
      byte_size = vonk_thrift_integer(r, scope.type);
    } else { /* unions of algorithm, hash, compression: their first members are the only ones there are */
      struct vonk_thrift_scope member = {0};
      if (!vonk_thrift_enter(r, scope.type)) return false;
      while (vonk_thrift_field(r, &member)) {
        known = known && member.id == 1;
        vonk_thrift_skip(r, member.type);
      }
      vonk_thrift_leave(r);
    }
  }
  if (r->bytes.failed || !known || byte_size < BLOOM_BLOCK || byte_size > BLOOM_BYTES_MAX || byte_size % BLOOM_BLOCK) return false;
  *used = r->bytes.position;
  out->block_count = (uint32_t)(byte_size / BLOOM_BLOCK);
  return true;
}

static bool open_bloom(struct vonk_task *task, struct vonk_file *file, const struct parquet_chunk *chunk, struct bloom *out, enum vonk_status *status) {
  uint8_t header[BLOOM_HEADER_MAX];
  size_t used;
  *status = VONK_OK;
  if (!lies_inside(file, chunk->bloom_offset, 1)) return false;
  uint64_t left = file->byte_size - (uint64_t)chunk->bloom_offset, size = left < sizeof header ? left : sizeof header;
  *status = vonk_file_read(task, file, (uint64_t)chunk->bloom_offset, (size_t)size, header);
  if (*status != VONK_OK || !read_bloom_header(header, (size_t)size, out, &used)) return false;
  out->offset = (uint64_t)chunk->bloom_offset + used;
  return lies_inside(file, (int64_t)out->offset, (int64_t)out->block_count * BLOOM_BLOCK);
}

static STATUS bloom_has(struct vonk_task *task, struct vonk_file *file, const struct bloom *bloom, struct vonk_str bytes, bool *has) {
  static const uint32_t salts[8] = {0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31};
  uint64_t hash = XXH64(bytes.data, bytes.size, 0);
  uint64_t block = ((hash >> 32) * bloom->block_count) >> 32;
  uint32_t words[8];
  TRY(vonk_file_read(task, file, bloom->offset + block * BLOOM_BLOCK, BLOOM_BLOCK, words));
  *has = true;
  for (int i = 0; i < 8; i++) *has = *has && (words[i] >> ((uint32_t)hash * salts[i] >> 27) & 1);
  return VONK_OK;
}

/* Only = and IN: the unit is empty when the filter has none of the values. */
static STATUS ask_bloom(struct vonk_task *task, struct pruner *p, const struct vonk_scan_filter *filter, const struct parquet_node *node) {
  const struct parquet_chunk *chunk = &p->group->chunks[node->leaf];
  if ((filter->kind != VONK_SCAN_FILTER_EQ && filter->kind != VONK_SCAN_FILTER_IN) || !chunk->bloom_offset || filter->value_count > BLOOM_VALUES_MAX) return VONK_OK;
  struct bloom bloom;
  enum vonk_status status;
  if (!open_bloom(task, p->file, chunk, &bloom, &status)) return status;
  for (uint32_t i = 0; i < filter->value_count; i++) {
    uint8_t room[8];
    bool has = true;
    struct vonk_str bytes = plain_bytes(node, &filter->values[i], room);
    if (bytes.size == 0) return VONK_OK;
    TRY(bloom_has(task, p->file, &bloom, bytes, &has));
    if (has) return VONK_OK;
  }
  p->out->is_empty = true;
  return VONK_OK;
}

/* --- page indexes --- */

struct page_index {
  struct parquet_offset_index places;
  struct parquet_column_index bounds;
};

static STATUS read_part(struct vonk_task *task, struct pruner *p, int64_t offset, int32_t size, struct vonk_str *out) {
  uint8_t *bytes = vonk_arena_alloc(p->arena, (size_t)size);
  TRY(vonk_file_read(task, p->file, (uint64_t)offset, (size_t)size, bytes));
  *out = (struct vonk_str){(const char *)bytes, (size_t)size};
  return VONK_OK;
}

/* USABLE false: there is none, or it contradicts itself. */
static STATUS read_index(struct vonk_task *task, struct pruner *p, const struct parquet_chunk *chunk, struct page_index *out, bool *usable) {
  struct vonk_str places, bounds;
  *usable = lies_inside(p->file, chunk->offset_index_offset, chunk->offset_index_size) && lies_inside(p->file, chunk->column_index_offset, chunk->column_index_size) &&
            chunk->offset_index_size <= INDEX_BYTES_MAX && chunk->column_index_size <= INDEX_BYTES_MAX;
  if (!*usable) return VONK_OK;
  TRY(read_part(task, p, chunk->offset_index_offset, chunk->offset_index_size, &places));
  TRY(read_part(task, p, chunk->column_index_offset, chunk->column_index_size, &bounds));
  *usable = parquet_offset_index_read(p->arena, places, &out->places) && parquet_column_index_read(p->arena, bounds, &out->bounds) &&
            out->places.page_count == out->bounds.page_count && out->places.page_count > 0 && out->places.pages[0].first_row == 0;
  for (uint32_t i = 1; *usable && i < out->places.page_count; i++) *usable = out->places.pages[i].first_row > out->places.pages[i - 1].first_row;
  *usable = *usable && out->places.pages[out->places.page_count - 1].first_row < p->group->row_count;
  return VONK_OK;
}

static bool page_may_pass(struct pruner *p, const struct vonk_scan_filter *filter, const struct parquet_node *node, const struct page_index *index,
                          uint32_t page, uint64_t rows) {
  const struct parquet_column_index *bounds = &index->bounds;
  struct vonk_scan_statistics s = {0};
  if (bounds->null_counts) s.has_null_count = bounds->null_counts[page] >= 0, s.null_count = (uint64_t)bounds->null_counts[page];
  if (bounds->null_pages[page]) s.has_null_count = true, s.null_count = rows;
  else parquet_statistics_bounds(p->arena, p->footer, node, bounds->mins[page], bounds->maxs[page], &s);
  return vonk_scan_test_may_pass(filter, &s, rows);
}

static STATUS ask_pages(struct vonk_task *task, struct pruner *p, const struct vonk_scan_filter *filter, const struct parquet_node *node) {
  struct page_index index;
  bool usable;
  TRY(read_index(task, p, &p->group->chunks[node->leaf], &index, &usable));
  if (!usable) return VONK_OK;
  size_t batch_count = (size_t)((p->unit->row_count + VONK_BATCH_ROWS - 1) / VONK_BATCH_ROWS);
  uint64_t *may = ARENA_ARRAY(p->arena, uint64_t, vonk_bits_words(batch_count));
  uint64_t unit_end = p->unit->first_row + p->unit->row_count;
  for (uint32_t i = 0; i < index.places.page_count; i++) {
    uint64_t first = (uint64_t)index.places.pages[i].first_row;
    uint64_t end = i + 1 < index.places.page_count ? (uint64_t)index.places.pages[i + 1].first_row : (uint64_t)p->group->row_count, rows = end - first;
    if (end <= p->unit->first_row || first >= unit_end || !page_may_pass(p, filter, node, &index, i, rows)) continue;
    if (first < p->unit->first_row) first = p->unit->first_row;
    if (end > unit_end) end = unit_end;
    for (uint64_t b = (first - p->unit->first_row) / VONK_BATCH_ROWS; b <= (end - 1 - p->unit->first_row) / VONK_BATCH_ROWS; b++) vonk_bits_set(may, (size_t)b);
  }
  if (vonk_bits_all(may, batch_count)) return VONK_OK;
  if (p->out->batches) vonk_bits_and(p->out->batches, may, batch_count, p->out->batches);
  else p->out->batches = may;
  p->out->is_empty = vonk_bits_none(p->out->batches, batch_count);
  return VONK_OK;
}

/* --- all of them --- */

/* The file's column, when it is flat and of the type that filters speak of. */
static const struct parquet_node *node_of(const struct parquet_scan *scan, uint32_t file, uint32_t column) {
  const struct vonk_scan_spec *spec = scan->scan.spec;
  uint32_t data_columns = parquet_data_columns(spec);
  if (column >= data_columns) return NULL;
  const struct parquet_node *node = scan->nodes[file * data_columns + column];
  bool fits = node && node->kind == PARQUET_NODE_LEAF && node->repetition == 0 && vonk_type_same(node->type, spec->schema->fields[column].type);
  return fits && !node->type->collation.size ? node : NULL;
}

/* Whether keys between the minimum and the maximum that a join tells can be in the row group. */
static void ask_runtime(struct pruner *p, const struct vonk_runtime_filter *filter, const struct parquet_node *node, uint32_t part) {
  struct vonk_scan_statistics s;
  if (!filter || !filter->has_range) return;
  parquet_statistics_values(p->arena, p->footer, node, part, &s);
  bool is_decimal = node->type->id == VONK_TYPE_DECIMAL;
  if (!is_decimal && !vonk_type_is_integral(node->type) && !vonk_type_is_datetime(node->type)) return;
  bool below = s.has_max && (is_decimal ? s.max.decimal : s.max.integer) < filter->min, above = s.has_min && (is_decimal ? s.min.decimal : s.min.integer) > filter->max;
  p->out->is_empty = p->out->is_empty || below || above || filter->min > filter->max;
}

STATUS parquet_prune(struct vonk_task *task, struct vonk_arena *arena, const struct parquet_scan *scan, const struct vonk_scan_unit *unit,
                     struct vonk_file *file, struct parquet_pruned *out) {
  const struct vonk_scan_spec *spec = scan->scan.spec;
  const struct parquet_footer *footer = &scan->footers[unit->file];
  struct pruner p = {arena, footer, &footer->metadata.row_groups[unit->part], unit, file, out};
  *out = (struct parquet_pruned){0};
  for (uint32_t i = 0; i < spec->slot_count && !out->is_empty; i++) {
    const struct parquet_node *node = node_of(scan, unit->file, spec->slots[i].column);
    if (node) ask_runtime(&p, atomic_load_explicit(spec->slots[i].slot, memory_order_acquire), node, unit->part);
  }
  for (uint32_t i = 0; i < spec->filter_count && !out->is_empty; i++) {
    const struct vonk_scan_filter *filter = &spec->filters[i];
    const struct parquet_node *node = node_of(scan, unit->file, filter->column);
    if (!node || filter->kind == VONK_SCAN_FILTER_KEEP) continue;
    TRY(ask_bloom(task, &p, filter, node));
    if (!out->is_empty) TRY(ask_pages(task, &p, filter, node));
  }
  return VONK_OK;
}
