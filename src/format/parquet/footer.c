/* footer.c: the last bytes of a file: length, magic, metadata; statistics as values. */
#include "format/parquet/footer.h"

#include <math.h>
#include <string.h>

#include "format/page_cache.h"

/* Metadata takes up to MEMORY_FACTOR times its bytes in memory, of which not all may be wanted. */
enum { TAIL_BYTES = 64 * 1024, MEMORY_FACTOR = 20 };

static STATUS bad_footer(struct vonk_task *task, struct vonk_str path, const char *reason) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__CANNOT_READ_FILE_FOOTER, NULL, "path", path, "reason", vonk_str_of(reason), NULL);
}

static STATUS check(struct vonk_task *task, const struct parquet_footer *f) {
  const struct parquet_metadata *m = &f->metadata;
  int64_t rows = 0;
  for (uint32_t i = 0; i < m->row_group_count; i++) {
    const struct parquet_row_group *g = &m->row_groups[i];
    if (g->row_count < 0 || __builtin_add_overflow(rows, g->row_count, &rows)) return bad_footer(task, f->key.path, "a row group has no valid number of rows");
    if (g->chunk_count != f->schema.leaf_count) return bad_footer(task, f->key.path, "a row group has another number of columns than the schema");
  }
  return VONK_OK;
}

/* The footer's bytes; TAIL has the file's last. */
static STATUS find_bytes(struct vonk_task *task, struct vonk_arena *memory, struct vonk_file *file, const struct vonk_buffer *tail, struct vonk_str *out) {
  const uint8_t *end = tail->data + tail->size - 8;
  uint32_t length;
  memcpy(&length, end, 4);
  if (memcmp(end + 4, "PARE", 4) == 0)
    return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "Parquet files with an encrypted footer (" STR_FMT ")", STR_ARG(file->path));
  if (memcmp(end + 4, "PAR1", 4) != 0) return bad_footer(task, file->path, "the file does not end as a Parquet file does");
  if (length > file->byte_size - 12) return bad_footer(task, file->path, "the footer is longer than the file");
  TRY(vonk_task_check_room_reading(task, (uint64_t)length * MEMORY_FACTOR, file->path));
  uint8_t *bytes = vonk_arena_alloc(memory, length);
  *out = (struct vonk_str){(const char *)bytes, length};
  if (length > tail->size - 8) return vonk_file_read(task, file, file->byte_size - 8 - length, length, bytes);
  memcpy(bytes, end - length, length);
  return VONK_OK;
}

static STATUS read_metadata(struct vonk_task *task, struct vonk_arena *memory, struct vonk_file *file, struct parquet_metadata *out) {
  if (file->byte_size < 12) return bad_footer(task, file->path, "the file is too short to be a Parquet file");
  struct vonk_buffer *tail;
  struct vonk_str bytes;
  size_t size = file->byte_size < TAIL_BYTES ? (size_t)file->byte_size : TAIL_BYTES;
  TRY(vonk_task_memory_error_reading(task, vonk_buffer_create(task->budget, size, &tail), file->path));
  tail->size = size;
  enum vonk_status status = vonk_file_read(task, file, file->byte_size - size, size, tail->data);
  if (status == VONK_OK) status = find_bytes(task, memory, file, tail, &bytes);
  vonk_buffer_release(tail);
  TRY(status);
  if (!parquet_metadata_read(memory, bytes, out)) return bad_footer(task, file->path, "the metadata is malformed");
  if (out->is_encrypted) return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "encrypted Parquet files (" STR_FMT ")", STR_ARG(file->path));
  return VONK_OK;
}

/* From the file itself, then kept in FOOTERS unless that is NULL. */
static STATUS load_metadata(struct vonk_task *task, struct vonk_arena *arena, struct vonk_footer_cache *footers, struct parquet_footer *footer) {
  struct vonk_file *file;
  TRY(vonk_file_open(task, footer->key.path, &file));
  struct vonk_arena *memory = footers ? vonk_footer_cache_arena(footers) : arena;
  struct parquet_metadata *metadata = ARENA_NEW(memory, struct parquet_metadata);
  enum vonk_status status = read_metadata(task, memory, file, metadata);
  footer->key = (struct vonk_footer_key){footer->key.path, file->byte_size, file->mtime_ns, file->inode};
  vonk_file_close(file);
  metadata->number = vonk_page_cache_next_file();
  if (status == VONK_OK && footers) vonk_footer_cache_keep(footers, &footer->key, memory, metadata, arena);
  if (status != VONK_OK && footers) vonk_arena_destroy(memory);
  TRY(status);
  footer->metadata = *metadata;
  return VONK_OK;
}

STATUS parquet_footer_read(struct vonk_task *task, struct vonk_arena *arena, const struct vonk_scan_file *file, const struct vonk_scan_options *options,
                           struct parquet_footer *out) {
  struct vonk_str path = vonk_str_copy(arena, file->path);
  *out = (struct parquet_footer){.key = {path, file->byte_size, file->mtime_ns, file->inode}};
  const struct parquet_metadata *known = options->footers ? vonk_footer_cache_find(options->footers, &out->key, arena) : NULL;
  if (known) out->metadata = *known;
  else TRY(load_metadata(task, arena, options->footers, out));
  const char *reason;
  if (parquet_schema_build(arena, &out->metadata, options, &out->schema, &reason)) return check(task, out);
  if (!out->schema.is_unsupported) return bad_footer(task, path, reason);
  return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "%s (" STR_FMT ")", reason, STR_ARG(path));
}

static bool real_value(const struct parquet_node *node, struct vonk_str bytes, struct vonk_value *out) {
  float single = 0;
  if (node->conversion != PARQUET_AS_IS) return false;
  if (node->physical == VONK_PHYSICAL_F32) memcpy(&single, bytes.data, 4), out->real = single;
  else memcpy(&out->real, bytes.data, 8);
  return !isnan(out->real);
}

static bool integer_value(const struct parquet_node *node, struct vonk_str bytes, struct vonk_value *out) {
  int64_t value = 0;
  int32_t small = 0;
  if (bytes.size == 4) memcpy(&small, bytes.data, 4), value = small;
  else memcpy(&value, bytes.data, 8);
  switch (node->conversion) {
    case PARQUET_AS_IS: break;
    case PARQUET_UINT32_TO_I64: value = (uint32_t)small; break;
    case PARQUET_MILLIS_TO_MICROS:
      if (__builtin_mul_overflow(value, 1000, &value)) return false;
      break;
    default: return false;
  }
  if (node->type->id == VONK_TYPE_DECIMAL) out->decimal = value;
  else out->integer = value;
  return true;
}

static bool decimal_value(struct vonk_str bytes, struct vonk_value *out) {
  if (bytes.size == 0 || bytes.size > 16) return false;
  vonk_uint128 value = bytes.data[0] & 0x80 ? ~(vonk_uint128)0 : 0;
  for (size_t i = 0; i < bytes.size; i++) value = value << 8 | (uint8_t)bytes.data[i];
  out->decimal = (vonk_int128)value;
  return true;
}

bool parquet_statistics_value(struct vonk_arena *arena, const struct parquet_node *node, struct vonk_str bytes, struct vonk_value *out) {
  static const uint8_t sizes[] = {1, 4, 8, 0, 4, 8, 0, 0};
  int32_t physical = node->element->physical;
  *out = (struct vonk_value){.type = node->type};
  if (sizes[physical] && bytes.size != sizes[physical]) return false;
  switch (physical) {
    case PARQUET_BOOLEAN: out->integer = bytes.data[0] & 1; return true;
    case PARQUET_INT32:
    case PARQUET_INT64: return integer_value(node, bytes, out);
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE: return real_value(node, bytes, out);
    case PARQUET_BYTE_ARRAY:
    case PARQUET_FIXED:
      if (node->type->id == VONK_TYPE_DECIMAL) return decimal_value(bytes, out);
      if (node->physical != VONK_PHYSICAL_VIEW) return false;
      out->text = vonk_str_copy(arena, bytes);
      return true;
    default: return false;
  }
}

/* The old fields compare as signed bytes: of use for signed numbers only. */
static bool is_trusted(const struct parquet_footer *footer, const struct parquet_node *node, const struct parquet_statistics *s) {
  int32_t physical = node->element->physical;
  bool is_signed = (physical == PARQUET_INT32 || physical == PARQUET_INT64 || physical == PARQUET_BOOLEAN) && node->conversion != PARQUET_UINT32_TO_I64 &&
                   node->conversion != PARQUET_UINT64_TO_I128;
  if (node->type->collation.size || node->rebase != VONK_SCAN_REBASE_CORRECTED) return false;
  return is_signed || (!s->deprecated && !footer->metadata.signed_order_only);
}

/* What one dictionary entry takes. */
static uint64_t entry_size(const struct parquet_node *node, const struct parquet_statistics *s) {
  switch (node->element->physical) {
    case PARQUET_INT32:
    case PARQUET_FLOAT: return 4;
    case PARQUET_BYTE_ARRAY: return 4 + (s->has_min && s->has_max ? (s->min.size + s->max.size) / 2 : 12);
    case PARQUET_FIXED: return node->element->type_length > 0 ? (uint64_t)node->element->type_length : 16;
    default: return 8;
  }
}

/* From the size of the dictionary page: codes hardly compress, so what is left of the decompressed size are the entries; there
 * are no fewer than the codes' bits tell. 0 when values stand outside of the dictionary too. */
static uint64_t distinct_count(const struct parquet_chunk *chunk, const struct parquet_node *node) {
  enum { PAGE_HEADER_BYTES = 16 };
  const struct parquet_statistics *s = &chunk->statistics;
  int64_t stored = chunk->data_offset - chunk->dictionary_offset, codes = chunk->compressed_size - stored;
  if (s->has_distinct_count && s->distinct_count > 0) return (uint64_t)s->distinct_count;
  if (!chunk->all_dictionary || chunk->dictionary_offset <= 0 || stored <= 0 || codes <= 0 || chunk->value_count <= 0) return 0;
  int64_t bytes = chunk->uncompressed_size - codes - PAGE_HEADER_BYTES;
  uint64_t count = bytes > 0 ? (uint64_t)bytes / entry_size(node, s) : 0, values = (uint64_t)chunk->value_count, least = 1;
  double bits = (double)codes * 8 / (double)values - 0.2; /* page headers and levels take something too */
  for (int b = 1; b < bits && b < 32; b++) least *= 2;
  if (least > 1 && count <= least) count = least + 1;
  return count < 1 ? 1 : count < values ? count : values;
}

/* A NaN is larger than any maximum that a file tells; signs of zeros do not count in comparisons. */
static bool is_real(const struct parquet_node *node) { return node->type->id == VONK_TYPE_FLOAT || node->type->id == VONK_TYPE_DOUBLE; }

void parquet_statistics_bounds(struct vonk_arena *arena, const struct parquet_footer *footer, const struct parquet_node *node, struct vonk_str min,
                               struct vonk_str max, struct vonk_scan_statistics *out) {
  static const struct parquet_statistics current = {0};
  if (!is_trusted(footer, node, &current)) return;
  out->has_min = parquet_statistics_value(arena, node, min, &out->min);
  out->has_max = !is_real(node) && parquet_statistics_value(arena, node, max, &out->max);
}

void parquet_statistics_values(struct vonk_arena *arena, const struct parquet_footer *footer, const struct parquet_node *node, uint32_t row_group,
                               struct vonk_scan_statistics *out) {
  *out = (struct vonk_scan_statistics){0};
  if (node->kind != PARQUET_NODE_LEAF) return;
  const struct parquet_chunk *chunk = &footer->metadata.row_groups[row_group].chunks[node->leaf];
  const struct parquet_statistics *s = &chunk->statistics;
  out->has_null_count = s->has_null_count;
  out->null_count = (uint64_t)(s->has_null_count ? s->null_count : 0);
  if (!node->nullable) out->has_null_count = true, out->null_count = 0;
  out->byte_size = chunk->uncompressed_size > 0 ? (uint64_t)chunk->uncompressed_size : 0;
  out->distinct_count = distinct_count(chunk, node);
  if (!is_trusted(footer, node, s)) return;
  out->has_min = s->has_min && parquet_statistics_value(arena, node, s->min, &out->min);
  out->has_max = s->has_max && parquet_statistics_value(arena, node, s->max, &out->max);
  /* Strings may be cut. */
  out->is_exact = out->has_min && out->has_max && node->physical != VONK_PHYSICAL_VIEW && !is_real(node) && !s->min_inexact && !s->max_inexact;
  if (is_real(node)) out->has_max = false;
}
