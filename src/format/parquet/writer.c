/* writer.c: batches to one Parquet file: PLAIN pages of version 1, row groups bounded by bytes and rows.
 *
 * Each leaf gathers levels (a byte an entry) and plain values; about every MiB they become a compressed page in the chunk's buffer.
 * A row group's chunks are written one after the other when it is full.
 */
#include <string.h>
#include <zlib.h>

#include "base/array.h"
#include "format/parquet/writer_internal.h"
#include "fs/fs.h"
#include "vonk_version.h"

enum { PAGE_BYTES = 1 << 20, PAGE_ENTRIES = 1 << 16, ROW_GROUP_ROWS = 1 << 20 };
#define ROW_GROUP_BYTES ((uint64_t)128 << 20)

struct parquet_writer {
  struct vonk_writer writer;
  struct vonk_arena *arena;
  struct vonk_output *output;
  const struct vonk_type *schema;
  enum vonk_codec codec;
  uint64_t row_group_bytes;
  struct parquet_out_node *fields;
  struct parquet_out_leaf *leaves;
  uint32_t leaf_count, element_count;
  uint64_t group_rows, rows;
  uint32_t group_count;
  struct vonk_text groups;             /* the row groups' metadata, in thrift */
};

static STATUS append(struct vonk_task *task, struct vonk_buffer **buffer, const void *bytes, size_t size) {
  if (!*buffer) TRY(vonk_buffer_create(task->budget, size > 4096 ? size : 4096, buffer));
  size_t need = (*buffer)->size + size;
  if (need > (*buffer)->capacity) TRY(vonk_buffer_grow(buffer, need > 2 * (*buffer)->capacity ? need : 2 * (*buffer)->capacity));
  if (size) memcpy((*buffer)->data + (*buffer)->size, bytes, size);
  (*buffer)->size = need;
  return VONK_OK;
}

/* Levels as runs of the hybrid encoding, with their length before them. */
static void add_levels(struct vonk_text *text, const uint8_t *levels, uint32_t count, uint32_t max) {
  if (max == 0) return;
  size_t start = text->size;
  vonk_text_add(text, vonk_str_make("\0\0\0\0", 4));
  for (uint32_t i = 0; i < count;) {
    uint32_t run = 1;
    while (i + run < count && levels[i + run] == levels[i]) run++;
    vonk_thrift_put_varint(text, (uint64_t)run << 1);
    vonk_text_add_char(text, (char)levels[i]);
    i += run;
  }
  uint32_t size = (uint32_t)(text->size - start - 4);
  memcpy(text->data + start, &size, 4);
}

static void put_page_header(struct vonk_text *text, size_t plain_size, size_t size, uint32_t crc, uint32_t count) {
  int16_t last = 0, inner = 0;
  vonk_thrift_put_i32_field(text, &last, 1, PARQUET_DATA_PAGE);
  vonk_thrift_put_i32_field(text, &last, 2, (int32_t)plain_size);
  vonk_thrift_put_i32_field(text, &last, 3, (int32_t)size);
  vonk_thrift_put_i32_field(text, &last, 4, (int32_t)crc);
  vonk_thrift_put_field(text, &last, 5, VONK_THRIFT_STRUCT);
  vonk_thrift_put_i32_field(text, &inner, 1, (int32_t)count);
  vonk_thrift_put_i32_field(text, &inner, 2, PARQUET_PLAIN);
  vonk_thrift_put_i32_field(text, &inner, 3, PARQUET_RLE);
  vonk_thrift_put_i32_field(text, &inner, 4, PARQUET_RLE);
  vonk_thrift_put_stop(text);
  vonk_thrift_put_stop(text);
}

static STATUS close_page(struct vonk_task *task, struct parquet_writer *w, struct parquet_out_leaf *leaf) {
  uint32_t count = leaf->definitions ? (uint32_t)leaf->definitions->size : 0;
  if (count == 0) return VONK_OK;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_text levels, header;
  vonk_text_init(&levels, arena), vonk_text_init(&header, arena);
  add_levels(&levels, leaf->repetitions->data, count, leaf->max_repetition);
  add_levels(&levels, leaf->definitions->data, count, leaf->max_definition);
  size_t value_size = leaf->plain ? leaf->plain->size : 0;
  struct vonk_buffer *page = NULL, *packed = NULL;
  enum vonk_status status = append(task, &page, levels.data, levels.size);
  if (status == VONK_OK && leaf->physical == PARQUET_BOOLEAN) {
    for (size_t i = 0; i < value_size && status == VONK_OK; i += 8) {
      uint8_t byte = 0;
      for (size_t k = i; k < i + 8 && k < value_size; k++) byte = (uint8_t)(byte | leaf->plain->data[k] << (k - i));
      status = append(task, &page, &byte, 1);
    }
  } else if (status == VONK_OK && value_size) {
    status = append(task, &page, leaf->plain->data, value_size);
  }
  if (status == VONK_OK) status = vonk_buffer_create(task->budget, vonk_compress_bound(w->codec, page->size), &packed);
  if (status == VONK_OK) {
    packed->size = vonk_compress(w->codec, page->data, page->size, packed->data, packed->capacity);
    put_page_header(&header, page->size, packed->size, (uint32_t)crc32(0, packed->data, (uInt)packed->size), count);
    leaf->plain_bytes += header.size + page->size;
    leaf->entry_count += count;
    status = append(task, &leaf->chunk, header.data, header.size);
  }
  if (status == VONK_OK) status = append(task, &leaf->chunk, packed->data, packed->size);
  vonk_buffer_release(page), vonk_buffer_release(packed);
  vonk_arena_destroy(arena);
  leaf->definitions->size = leaf->repetitions->size = 0;
  if (leaf->plain) leaf->plain->size = 0;
  return status;
}

static STATUS emit(struct vonk_task *task, struct parquet_out_leaf *leaf, uint8_t definition, uint8_t repetition) {
  TRY(append(task, &leaf->definitions, &definition, 1));
  return append(task, &leaf->repetitions, &repetition, 1);
}

static STATUS emit_null(struct vonk_task *task, struct parquet_writer *w, const struct parquet_out_node *node, uint8_t definition, uint8_t repetition) {
  for (uint32_t i = 0; i < node->leaf_count; i++) {
    TRY(emit(task, &w->leaves[node->leaf + i], definition, repetition));
    w->leaves[node->leaf + i].null_count++;
  }
  return VONK_OK;
}

static STATUS put_value(struct vonk_task *task, struct parquet_out_leaf *leaf, const struct vonk_column *column, uint32_t row) {
  uint32_t i = vonk_column_index(column, row);
  const void *data = vonk_column_values(column);
  if (column->physical == VONK_PHYSICAL_VIEW) {
    const struct vonk_view *view = (const struct vonk_view *)data + i;
    TRY(append(task, &leaf->plain, &view->size, 4));
    return append(task, &leaf->plain, vonk_view_data(view), view->size);
  }
  vonk_int128 value = 0;
  switch (column->physical) {
    case VONK_PHYSICAL_BOOL: value = ((const uint64_t *)data)[i >> 6] >> (i & 63) & 1; break;
    case VONK_PHYSICAL_I8: value = ((const int8_t *)data)[i]; break;
    case VONK_PHYSICAL_I16: value = ((const int16_t *)data)[i]; break;
    case VONK_PHYSICAL_I32: value = ((const int32_t *)data)[i]; break;
    case VONK_PHYSICAL_I64: value = ((const int64_t *)data)[i]; break;
    case VONK_PHYSICAL_I128: value = ((const vonk_int128 *)data)[i]; break;
    case VONK_PHYSICAL_F32: return append(task, &leaf->plain, (const float *)data + i, 4);
    case VONK_PHYSICAL_F64: return append(task, &leaf->plain, (const double *)data + i, 8);
    default: return vonk_unsupported(task, NULL, "writing this type to Parquet");
  }
  if (leaf->type->id == VONK_TYPE_TIME) value /= 1000;
  if (leaf->physical != PARQUET_FIXED) return append(task, &leaf->plain, &value, leaf->physical == PARQUET_INT64 ? 8 : leaf->physical == PARQUET_INT32 ? 4 : 1);
  uint8_t bytes[16];
  for (uint32_t k = 0; k < leaf->width; k++) bytes[k] = (uint8_t)((vonk_uint128)value >> (8 * (leaf->width - 1 - k)));
  return append(task, &leaf->plain, bytes, leaf->width);
}

static STATUS shred(struct vonk_task *task, struct parquet_writer *w, const struct parquet_out_node *node, const struct vonk_column *column, uint32_t row,
                    uint8_t repetition) {
  if (!vonk_column_row_valid(column, row)) {
    if (node->nullable) return emit_null(task, w, node, (uint8_t)(node->definition - 1), repetition);
    return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "a null in the column " STR_FMT ", which cannot hold one", STR_ARG(node->name));
  }
  if (node->child_count == 0) {
    TRY(emit(task, &w->leaves[node->leaf], node->definition, repetition));
    return put_value(task, &w->leaves[node->leaf], column, row);
  }
  if (column->physical == VONK_PHYSICAL_STRUCT) {
    for (uint32_t i = 0; i < node->child_count; i++) TRY(shred(task, w, &node->children[i], &column->children[i], row, repetition));
    return VONK_OK;
  }
  const struct vonk_list *list = (const struct vonk_list *)column->data + vonk_column_index(column, row);
  if (list->length == 0) return emit_null(task, w, node, node->definition, repetition);
  for (uint32_t k = 0; k < list->length; k++) {
    for (uint32_t i = 0; i < node->child_count; i++)
      TRY(shred(task, w, &node->children[i], &column->children[i], list->offset + k, k ? node->repetition : repetition));
  }
  return VONK_OK;
}

static void put_chunk(struct vonk_text *text, const struct parquet_writer *w, const struct parquet_out_leaf *leaf, uint64_t offset) {
  int16_t chunk = 0, meta = 0, statistics = 0;
  vonk_thrift_put_i64_field(text, &chunk, 2, 0);
  vonk_thrift_put_field(text, &chunk, 3, VONK_THRIFT_STRUCT);
  vonk_thrift_put_i32_field(text, &meta, 1, leaf->physical);
  vonk_thrift_put_field(text, &meta, 2, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_I32, 2);
  vonk_thrift_put_integer(text, PARQUET_PLAIN);
  vonk_thrift_put_integer(text, PARQUET_RLE);
  vonk_thrift_put_field(text, &meta, 3, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_BINARY, leaf->path_count);
  for (uint32_t i = 0; i < leaf->path_count; i++) vonk_thrift_put_binary(text, leaf->path[i]);
  vonk_thrift_put_i32_field(text, &meta, 4, (int32_t)w->codec);
  vonk_thrift_put_i64_field(text, &meta, 5, (int64_t)leaf->entry_count);
  vonk_thrift_put_i64_field(text, &meta, 6, (int64_t)leaf->plain_bytes);
  vonk_thrift_put_i64_field(text, &meta, 7, leaf->chunk ? (int64_t)leaf->chunk->size : 0);
  vonk_thrift_put_i64_field(text, &meta, 9, (int64_t)offset);
  vonk_thrift_put_field(text, &meta, 12, VONK_THRIFT_STRUCT);
  vonk_thrift_put_i64_field(text, &statistics, 3, (int64_t)leaf->null_count);
  vonk_thrift_put_stop(text);
  vonk_thrift_put_stop(text);
  vonk_thrift_put_stop(text);
}

static STATUS close_group(struct vonk_task *task, struct parquet_writer *w) {
  if (w->group_rows == 0) return VONK_OK;
  int16_t last = 0;
  uint64_t bytes = 0;
  vonk_thrift_put_field(&w->groups, &last, 1, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&w->groups, VONK_THRIFT_STRUCT, w->leaf_count);
  for (uint32_t i = 0; i < w->leaf_count; i++) {
    struct parquet_out_leaf *leaf = &w->leaves[i];
    TRY(close_page(task, w, leaf));
    put_chunk(&w->groups, w, leaf, vonk_output_position(w->output));
    if (leaf->chunk) TRY(vonk_output_write(task, w->output, leaf->chunk->data, leaf->chunk->size));
    bytes += leaf->plain_bytes;
    vonk_buffer_release(leaf->chunk);
    leaf->chunk = NULL;
    leaf->plain_bytes = leaf->entry_count = leaf->null_count = 0;
  }
  vonk_thrift_put_i64_field(&w->groups, &last, 2, (int64_t)bytes);
  vonk_thrift_put_i64_field(&w->groups, &last, 3, (int64_t)w->group_rows);
  vonk_thrift_put_stop(&w->groups);
  w->group_count++;
  w->group_rows = 0;
  return VONK_OK;
}

static STATUS write_batch(struct vonk_task *task, struct vonk_writer *base, const struct vonk_batch *batch) {
  struct parquet_writer *w = (struct parquet_writer *)base;
  TRY(vonk_task_check(task));
  for (uint32_t c = 0; c < batch->column_count; c++) {
    for (uint32_t row = 0; row < batch->row_count; row++) {
      if (vonk_batch_row_live(batch, row)) TRY(shred(task, w, &w->fields[c], &batch->columns[c], row, 0));
    }
  }
  w->group_rows += batch->live_count;
  w->rows += batch->live_count;
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < w->leaf_count; i++) {
    struct parquet_out_leaf *leaf = &w->leaves[i];
    if ((leaf->plain && leaf->plain->size >= PAGE_BYTES) || (leaf->definitions && leaf->definitions->size >= PAGE_ENTRIES)) TRY(close_page(task, w, leaf));
    bytes += leaf->chunk ? leaf->chunk->size : 0;
  }
  return w->group_rows >= ROW_GROUP_ROWS || bytes >= w->row_group_bytes ? close_group(task, w) : VONK_OK;
}

static void put_key_value(struct vonk_text *text, struct vonk_str key, struct vonk_str value) {
  int16_t last = 0;
  vonk_thrift_put_binary_field(text, &last, 1, key);
  vonk_thrift_put_binary_field(text, &last, 2, value);
  vonk_thrift_put_stop(text);
}

static STATUS write_footer(struct vonk_task *task, struct parquet_writer *w) {
  struct vonk_text text;
  vonk_text_init(&text, w->arena);
  int16_t last = 0;
  vonk_thrift_put_i32_field(&text, &last, 1, 1);
  vonk_thrift_put_field(&text, &last, 2, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&text, VONK_THRIFT_STRUCT, w->element_count);
  parquet_out_put_schema(&text, w->fields, w->schema->field_count);
  vonk_thrift_put_i64_field(&text, &last, 3, (int64_t)w->rows);
  vonk_thrift_put_field(&text, &last, 4, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&text, VONK_THRIFT_STRUCT, w->group_count);
  vonk_text_add(&text, vonk_text_str(&w->groups));
  vonk_thrift_put_field(&text, &last, 5, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&text, VONK_THRIFT_STRUCT, 2);
  put_key_value(&text, STR("org.apache.spark.version"), STR("4.2.0"));
  put_key_value(&text, STR("org.apache.spark.sql.parquet.row.metadata"), vonk_type_json(w->arena, w->schema));
  vonk_thrift_put_binary_field(&text, &last, 6, STR("vonk version " VONK_VERSION));
  vonk_thrift_put_field(&text, &last, 7, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&text, VONK_THRIFT_STRUCT, w->leaf_count);
  for (uint32_t i = 0; i < w->leaf_count; i++) vonk_text_add(&text, vonk_str_make("\x1c\0\0", 3)); /* TYPE_ORDER */
  vonk_thrift_put_stop(&text);
  uint32_t size = (uint32_t)text.size;
  vonk_text_add(&text, vonk_str_make((const char *)&size, 4));
  vonk_text_add(&text, STR("PAR1"));
  return vonk_output_write(task, w->output, text.data, text.size);
}

static void destroy(struct parquet_writer *w) {
  for (uint32_t i = 0; i < w->leaf_count; i++) {
    struct parquet_out_leaf *leaf = &w->leaves[i];
    vonk_buffer_release(leaf->definitions), vonk_buffer_release(leaf->repetitions);
    vonk_buffer_release(leaf->plain), vonk_buffer_release(leaf->chunk);
  }
  if (w->output) vonk_output_abort(w->output);
  vonk_arena_destroy(w->arena);
}

static void abort_writer(struct vonk_writer *base) { destroy((struct parquet_writer *)base); }

static STATUS finish_writer(struct vonk_task *task, struct vonk_writer *base, struct vonk_sink_result *out) {
  struct parquet_writer *w = (struct parquet_writer *)base;
  enum vonk_status status = close_group(task, w);
  if (status == VONK_OK) status = write_footer(task, w);
  *out = (struct vonk_sink_result){.row_count = w->rows, .byte_size = vonk_output_position(w->output)};
  if (status == VONK_OK) {
    struct vonk_output *output = w->output;
    w->output = NULL;
    status = vonk_output_commit(task, output);
  }
  destroy(w);
  return status;
}

static STATUS codec_of(struct vonk_task *task, const struct vonk_sink_options *options, enum vonk_codec *out) {
  static const struct {
    const char *name;
    enum vonk_codec codec;
  } codecs[] = {{"snappy", VONK_CODEC_SNAPPY}, {"none", VONK_CODEC_NONE}, {"uncompressed", VONK_CODEC_NONE}, {"gzip", VONK_CODEC_GZIP},
                {"zstd", VONK_CODEC_ZSTD}, {"lz4_raw", VONK_CODEC_LZ4_RAW}, {"lz4raw", VONK_CODEC_LZ4_RAW}, {"brotli", VONK_CODEC_BROTLI}};
  *out = VONK_CODEC_SNAPPY;
  if (options->compression.size == 0) return VONK_OK;
  for (size_t i = 0; i < COUNT_OF(codecs); i++) {
    if (vonk_str_equal_nocase(options->compression, vonk_str_of(codecs[i].name))) {
      *out = codecs[i].codec;
      return VONK_OK;
    }
  }
  return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "writing Parquet with the codec " STR_FMT, STR_ARG(options->compression));
}

static STATUS suffix(struct vonk_task *task, const struct vonk_sink_options *options, struct vonk_str *out) {
  static const char *const texts[] = {"", ".snappy", ".gz", ".lzo", ".br", ".lz4hadoop", ".zstd", ".lz4raw"};
  enum vonk_codec codec;
  TRY(codec_of(task, options, &codec));
  *out = vonk_str_format(task->arena, "%s.parquet", texts[codec]);
  return VONK_OK;
}

static STATUS open_writer(struct vonk_task *task, struct vonk_str path, const struct vonk_type *schema, const struct vonk_sink_options *options,
                          struct vonk_writer **out) {
  enum vonk_codec codec;
  TRY(codec_of(task, options, &codec));
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct parquet_writer *w = ARENA_NEW(arena, struct parquet_writer);
  w->writer.type = &parquet_sink;
  w->arena = arena;
  w->schema = vonk_type_copy(arena, schema);
  w->codec = codec;
  w->row_group_bytes = options->row_group_bytes ? options->row_group_bytes : ROW_GROUP_BYTES;
  vonk_text_init(&w->groups, arena);
  enum vonk_status status = parquet_out_build(task, arena, w->schema, &w->fields, &w->leaves, &w->leaf_count, &w->element_count);
  if (status == VONK_OK) status = vonk_output_create(task, path, &w->output);
  if (status == VONK_OK) status = vonk_output_write(task, w->output, "PAR1", 4);
  if (status != VONK_OK) {
    destroy(w);
    return status;
  }
  *out = &w->writer;
  return VONK_OK;
}

const struct vonk_sink_type parquet_sink = {
    .name = "parquet", .suffix = suffix, .open = open_writer, .write = write_batch, .finish = finish_writer, .abort = abort_writer,
};
