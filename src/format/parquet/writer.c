/* writer.c: sealed pieces to one Parquet file: row groups, Bloom filters, then the page indexes and the footer. */
#include "format/parquet/writer_internal.h"
#include "fs/fs.h"
#include "vonk_version.h"

enum boundary_order { UNORDERED, ASCENDING, DESCENDING };

/* A chunk's parts of the footer, in thrift. */
struct chunk {
  struct vonk_str metadata, column_index, offset_index; /* column_index is empty where pages have no order */
  uint64_t column_index_offset, offset_index_offset;
};

struct row_group {
  struct chunk *chunks;
  uint64_t row_count, plain_bytes, byte_size, offset;
};

struct parquet_writer {
  struct vonk_writer writer;
  const struct parquet_plan *plan;
  struct vonk_arena *arena;            /* this struct, what the footer will hold */
  struct vonk_arena *small;            /* texts under way */
  struct vonk_output *output;          /* borrowed */
  ARRAY_OF(struct row_group) groups;
  uint64_t row_count;
};

/* --- a chunk's metadata --- */

static void put_statistics(struct vonk_text *text, int16_t *last, const struct parquet_out_column *c) {
  const struct parquet_out_bounds *b = &c->bounds;
  bool has_min = b->known && !b->unordered && b->min.data, has_max = b->known && !b->unordered && b->max.data;
  int16_t inner = 0;
  vonk_thrift_put_field(text, last, 12, VONK_THRIFT_STRUCT);
  vonk_thrift_put_i64_field(text, &inner, 3, (int64_t)c->null_total);
  if (has_max) vonk_thrift_put_binary_field(text, &inner, 5, b->max);
  if (has_min) vonk_thrift_put_binary_field(text, &inner, 6, b->min);
  if (has_max) vonk_thrift_put_bool_field(text, &inner, 7, b->max_exact);
  if (has_min) vonk_thrift_put_bool_field(text, &inner, 8, b->min_exact);
  vonk_thrift_put_stop(text);
}

static void put_encodings(struct vonk_text *text, int16_t *last, const struct parquet_plan *plan, const struct parquet_out_column *c) {
  enum parquet_encoding encodings[4], plain = parquet_out_plain_encoding(plan, c->leaf);
  uint32_t count = 0;
  if (c->has_dictionary) encodings[count++] = parquet_out_code_encoding(plan);
  if (c->has_dictionary && plan->version_2) encodings[count++] = PARQUET_PLAIN;
  if (c->plain_page_count && !(plain == PARQUET_PLAIN && c->has_dictionary && plan->version_2)) encodings[count++] = plain;
  if (plain != PARQUET_RLE || !c->plain_page_count) encodings[count++] = PARQUET_RLE;
  vonk_thrift_put_field(text, last, 2, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_I32, count);
  for (uint32_t i = 0; i < count; i++) vonk_thrift_put_integer(text, encodings[i]);
}

static void put_page_count(struct vonk_text *text, enum parquet_page_kind kind, enum parquet_encoding encoding, uint64_t count) {
  int16_t last = 0;
  vonk_thrift_put_i32_field(text, &last, 1, kind);
  vonk_thrift_put_i32_field(text, &last, 2, encoding);
  vonk_thrift_put_i32_field(text, &last, 3, (int32_t)count);
  vonk_thrift_put_stop(text);
}

static void put_encoding_stats(struct vonk_text *text, int16_t *last, const struct parquet_plan *plan, const struct parquet_out_column *c) {
  enum parquet_page_kind kind = plan->version_2 ? PARQUET_DATA_PAGE_V2 : PARQUET_DATA_PAGE;
  uint64_t coded_count = c->pages.count - c->plain_page_count;
  vonk_thrift_put_field(text, last, 13, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_STRUCT, (c->has_dictionary ? 2u : 0u) + (c->plain_page_count ? 1u : 0u));
  if (c->has_dictionary) {
    put_page_count(text, PARQUET_DICTIONARY_PAGE, plan->version_2 ? PARQUET_PLAIN : PARQUET_PLAIN_DICTIONARY, 1);
    put_page_count(text, kind, parquet_out_code_encoding(plan), coded_count);
  }
  if (c->plain_page_count) put_page_count(text, kind, parquet_out_plain_encoding(plan, c->leaf), c->plain_page_count);
}

struct place {
  uint64_t data, dictionary, bloom;    /* offsets in the file; 0: none */
  uint64_t bloom_bytes;
};

static void put_metadata(struct vonk_text *text, const struct parquet_plan *plan, const struct parquet_out_column *c, const struct place *place) {
  const struct parquet_out_leaf *leaf = c->leaf;
  int16_t last = 0;
  vonk_thrift_put_i32_field(text, &last, 1, leaf->physical);
  put_encodings(text, &last, plan, c);
  vonk_thrift_put_field(text, &last, 3, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_BINARY, leaf->path_count);
  for (uint32_t i = 0; i < leaf->path_count; i++) vonk_thrift_put_binary(text, leaf->path[i]);
  vonk_thrift_put_i32_field(text, &last, 4, (int32_t)plan->codec);
  vonk_thrift_put_i64_field(text, &last, 5, (int64_t)c->entry_total);
  vonk_thrift_put_i64_field(text, &last, 6, (int64_t)c->plain_bytes);
  vonk_thrift_put_i64_field(text, &last, 7, (int64_t)(parquet_out_size(c->chunk) + parquet_out_size(c->dictionary_page)));
  vonk_thrift_put_i64_field(text, &last, 9, (int64_t)place->data);
  if (c->has_dictionary) vonk_thrift_put_i64_field(text, &last, 11, (int64_t)place->dictionary);
  put_statistics(text, &last, c);
  put_encoding_stats(text, &last, plan, c);
  if (place->bloom) {
    vonk_thrift_put_i64_field(text, &last, 14, (int64_t)place->bloom);
    vonk_thrift_put_i32_field(text, &last, 15, (int32_t)place->bloom_bytes);
  }
  vonk_thrift_put_stop(text);
}

/* --- page indexes --- */

static void put_offset_index(struct vonk_text *text, const struct parquet_out_column *c, const struct place *place) {
  int16_t last = 0;
  vonk_thrift_put_field(text, &last, 1, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_STRUCT, c->pages.count);
  for (size_t i = 0; i < c->pages.count; i++) {
    const struct parquet_out_page *page = &c->pages.items[i];
    int16_t inner = 0;
    vonk_thrift_put_i64_field(text, &inner, 1, (int64_t)(place->data + page->offset));
    vonk_thrift_put_i32_field(text, &inner, 2, (int32_t)page->byte_size);
    vonk_thrift_put_i64_field(text, &inner, 3, (int64_t)page->first_row);
    vonk_thrift_put_stop(text);
  }
  vonk_thrift_put_stop(text);
}

struct page_ends {
  struct vonk_str min, max;            /* empty where the page has only nulls */
};

/* False when some page cannot say what it holds. */
static bool find_ends(struct vonk_arena *arena, const struct parquet_plan *plan, const struct parquet_out_column *c, struct page_ends *ends) {
  if (c->bounds.unordered) return false;
  for (size_t i = 0; i < c->pages.count; i++) {
    const struct parquet_out_bounds *b = &c->pages.items[i].bounds;
    ends[i] = (struct page_ends){0};
    if (!b->known) continue;
    if (!b->min.data || !b->max.data || !parquet_out_cut(arena, c->leaf, b->min, plan->index_bytes, false, &ends[i].min) ||
        !parquet_out_cut(arena, c->leaf, b->max, plan->index_bytes, true, &ends[i].max))
      return false;
  }
  return true;
}

static enum boundary_order order_of(const struct parquet_out_column *c, const struct page_ends *ends) {
  bool rising = true, falling = true;
  const struct page_ends *before = NULL;
  for (size_t i = 0; i < c->pages.count; i++) {
    if (!c->pages.items[i].bounds.known) continue;
    if (before) {
      int min = parquet_out_compare(c->leaf, before->min, ends[i].min), max = parquet_out_compare(c->leaf, before->max, ends[i].max);
      rising = rising && min <= 0 && max <= 0;
      falling = falling && min >= 0 && max >= 0;
    }
    before = &ends[i];
  }
  return rising ? ASCENDING : falling ? DESCENDING : UNORDERED;
}

static void put_column_index(struct vonk_text *text, const struct parquet_plan *plan, const struct parquet_out_column *c) {
  size_t count = c->pages.count;
  struct page_ends *ends = ARENA_ARRAY(text->arena, struct page_ends, count);
  int16_t last = 0;
  if (!find_ends(text->arena, plan, c, ends)) return;
  vonk_thrift_put_field(text, &last, 1, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_TRUE, count);
  for (size_t i = 0; i < count; i++) vonk_text_add_char(text, c->pages.items[i].bounds.known ? VONK_THRIFT_FALSE : VONK_THRIFT_TRUE);
  vonk_thrift_put_field(text, &last, 2, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_BINARY, count);
  for (size_t i = 0; i < count; i++) vonk_thrift_put_binary(text, ends[i].min);
  vonk_thrift_put_field(text, &last, 3, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_BINARY, count);
  for (size_t i = 0; i < count; i++) vonk_thrift_put_binary(text, ends[i].max);
  vonk_thrift_put_i32_field(text, &last, 4, order_of(c, ends));
  vonk_thrift_put_field(text, &last, 5, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_I64, count);
  for (size_t i = 0; i < count; i++) vonk_thrift_put_integer(text, (int64_t)c->pages.items[i].null_count);
  vonk_thrift_put_stop(text);
}

/* --- row groups --- */

static STATUS write_buffer(struct vonk_task *task, struct parquet_writer *w, const struct vonk_buffer *buffer) {
  return buffer ? vonk_output_write(task, w->output, buffer->data, buffer->size) : VONK_OK;
}

static STATUS write_bloom(struct vonk_task *task, struct parquet_writer *w, const struct parquet_out_column *c, struct place *place) {
  struct vonk_text header;
  if (!c->bloom) return VONK_OK;
  vonk_text_init(&header, w->small);
  parquet_out_put_bloom_header(&header, (uint32_t)c->bloom->size);
  place->bloom = vonk_output_position(w->output);
  place->bloom_bytes = header.size + c->bloom->size;
  TRY(vonk_output_write(task, w->output, header.data, header.size));
  return write_buffer(task, w, c->bloom);
}

static void describe_chunk(struct parquet_writer *w, const struct parquet_out_column *c, const struct place *place, struct chunk *out) {
  struct vonk_text text;
  vonk_text_init(&text, w->small);
  put_metadata(&text, w->plan, c, place);
  out->metadata = vonk_str_copy(w->arena, vonk_text_str(&text));
  text.size = 0;
  put_offset_index(&text, c, place);
  out->offset_index = vonk_str_copy(w->arena, vonk_text_str(&text));
  text.size = 0;
  put_column_index(&text, w->plan, c);
  out->column_index = vonk_str_copy(w->arena, vonk_text_str(&text));
  vonk_arena_reset(w->small);
}

static STATUS append(struct vonk_task *task, struct vonk_writer *base, const struct vonk_piece *piece) {
  struct parquet_writer *w = (struct parquet_writer *)base;
  const struct parquet_piece *p = (const struct parquet_piece *)piece;
  const struct parquet_plan *plan = w->plan;
  if (piece->row_count == 0) return VONK_OK;
  struct row_group group = {.chunks = ARENA_ARRAY(w->arena, struct chunk, plan->leaf_count), .row_count = piece->row_count, .offset = vonk_output_position(w->output)};
  struct place *places = ARENA_ARRAY(task->arena, struct place, plan->leaf_count);
  for (uint32_t i = 0; i < plan->leaf_count; i++) {
    const struct parquet_out_column *c = &p->columns[i];
    places[i].dictionary = vonk_output_position(w->output);
    TRY(write_buffer(task, w, c->dictionary_page));
    places[i].data = vonk_output_position(w->output);
    TRY(write_buffer(task, w, c->chunk));
    group.plain_bytes += c->plain_bytes;
  }
  group.byte_size = vonk_output_position(w->output) - group.offset;
  for (uint32_t i = 0; i < plan->leaf_count; i++) {
    TRY(write_bloom(task, w, &p->columns[i], &places[i]));
    describe_chunk(w, &p->columns[i], &places[i], &group.chunks[i]);
  }
  *ARRAY_PUSH(w->arena, &w->groups) = group;
  w->row_count += piece->row_count;
  return VONK_OK;
}

static STATUS write_indexes(struct vonk_task *task, struct parquet_writer *w) {
  for (size_t g = 0; g < w->groups.count; g++) {
    for (uint32_t i = 0; i < w->plan->leaf_count; i++) {
      struct chunk *chunk = &w->groups.items[g].chunks[i];
      chunk->column_index_offset = vonk_output_position(w->output);
      TRY(vonk_output_write(task, w->output, chunk->column_index.data, chunk->column_index.size));
    }
  }
  for (size_t g = 0; g < w->groups.count; g++) {
    for (uint32_t i = 0; i < w->plan->leaf_count; i++) {
      struct chunk *chunk = &w->groups.items[g].chunks[i];
      chunk->offset_index_offset = vonk_output_position(w->output);
      TRY(vonk_output_write(task, w->output, chunk->offset_index.data, chunk->offset_index.size));
    }
  }
  return VONK_OK;
}

/* --- the footer --- */

static void put_chunk(struct vonk_text *text, const struct chunk *chunk) {
  int16_t last = 0;
  vonk_thrift_put_i64_field(text, &last, 2, 0);
  vonk_thrift_put_field(text, &last, 3, VONK_THRIFT_STRUCT);
  vonk_text_add(text, chunk->metadata);
  vonk_thrift_put_i64_field(text, &last, 4, (int64_t)chunk->offset_index_offset);
  vonk_thrift_put_i32_field(text, &last, 5, (int32_t)chunk->offset_index.size);
  if (chunk->column_index.size) {
    vonk_thrift_put_i64_field(text, &last, 6, (int64_t)chunk->column_index_offset);
    vonk_thrift_put_i32_field(text, &last, 7, (int32_t)chunk->column_index.size);
  }
  vonk_thrift_put_stop(text);
}

static void put_group(struct vonk_text *text, const struct parquet_plan *plan, const struct row_group *group) {
  int16_t last = 0;
  vonk_thrift_put_field(text, &last, 1, VONK_THRIFT_LIST);
  vonk_thrift_put_list(text, VONK_THRIFT_STRUCT, plan->leaf_count);
  for (uint32_t i = 0; i < plan->leaf_count; i++) put_chunk(text, &group->chunks[i]);
  vonk_thrift_put_i64_field(text, &last, 2, (int64_t)group->plain_bytes);
  vonk_thrift_put_i64_field(text, &last, 3, (int64_t)group->row_count);
  vonk_thrift_put_i64_field(text, &last, 5, (int64_t)group->offset);
  vonk_thrift_put_i64_field(text, &last, 6, (int64_t)group->byte_size);
  vonk_thrift_put_stop(text);
}

static void put_key_value(struct vonk_text *text, struct vonk_str key, struct vonk_str value) {
  int16_t last = 0;
  vonk_thrift_put_binary_field(text, &last, 1, key);
  vonk_thrift_put_binary_field(text, &last, 2, value);
  vonk_thrift_put_stop(text);
}

static STATUS write_footer(struct vonk_task *task, struct parquet_writer *w) {
  const struct parquet_plan *plan = w->plan;
  struct vonk_text text;
  vonk_text_init(&text, w->arena);
  int16_t last = 0;
  vonk_thrift_put_i32_field(&text, &last, 1, 1);
  vonk_thrift_put_field(&text, &last, 2, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&text, VONK_THRIFT_STRUCT, plan->element_count);
  parquet_out_put_schema(&text, plan);
  vonk_thrift_put_i64_field(&text, &last, 3, (int64_t)w->row_count);
  vonk_thrift_put_field(&text, &last, 4, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&text, VONK_THRIFT_STRUCT, w->groups.count);
  for (size_t i = 0; i < w->groups.count; i++) put_group(&text, plan, &w->groups.items[i]);
  vonk_thrift_put_field(&text, &last, 5, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&text, VONK_THRIFT_STRUCT, 2);
  put_key_value(&text, STR("org.apache.spark.version"), STR(VONK_SPARK_VERSION));
  put_key_value(&text, STR("org.apache.spark.sql.parquet.row.metadata"), vonk_type_json(w->arena, plan->schema));
  vonk_thrift_put_binary_field(&text, &last, 6, STR("vonk version " VONK_VERSION));
  vonk_thrift_put_field(&text, &last, 7, VONK_THRIFT_LIST);
  vonk_thrift_put_list(&text, VONK_THRIFT_STRUCT, plan->leaf_count);
  for (uint32_t i = 0; i < plan->leaf_count; i++) vonk_text_add(&text, vonk_str_make("\x1c\0\0", 3)); /* TYPE_ORDER */
  vonk_thrift_put_stop(&text);
  uint32_t size = (uint32_t)text.size;
  vonk_text_add(&text, vonk_str_make((const char *)&size, 4));
  vonk_text_add(&text, STR("PAR1"));
  return vonk_output_write(task, w->output, text.data, text.size);
}

/* --- the file --- */

static void abort_file(struct vonk_writer *base) {
  struct parquet_writer *w = (struct parquet_writer *)base;
  vonk_arena_destroy(w->small);
  vonk_arena_destroy(w->arena);
}

static STATUS finish_file(struct vonk_task *task, struct vonk_writer *base, struct vonk_sink_result *out) {
  struct parquet_writer *w = (struct parquet_writer *)base;
  enum vonk_status status = write_indexes(task, w);
  if (status == VONK_OK) status = write_footer(task, w);
  *out = (struct vonk_sink_result){.row_count = w->row_count, .byte_size = vonk_output_position(w->output)};
  abort_file(base);
  return status;
}

static STATUS open_file(struct vonk_task *task, const struct vonk_sink_plan *plan, struct vonk_output *output, struct vonk_writer **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct parquet_writer *w = ARENA_NEW(arena, struct parquet_writer);
  w->writer.plan = plan;
  w->plan = (const struct parquet_plan *)plan;
  w->arena = arena;
  w->small = vonk_arena_create(task->budget);
  w->output = output;
  enum vonk_status status = vonk_output_write(task, output, "PAR1", 4);
  if (status != VONK_OK) {
    abort_file(&w->writer);
    return status;
  }
  *out = &w->writer;
  return VONK_OK;
}

const struct vonk_sink_type parquet_sink = {
    .name = "parquet",
    .plan = parquet_out_plan,
    .open_piece = parquet_piece_open,
    .write = parquet_piece_write,
    .seal = parquet_piece_seal,
    .close_piece = parquet_piece_close,
    .open_file = open_file,
    .append = append,
    .finish = finish_file,
    .abort = abort_file,
};
