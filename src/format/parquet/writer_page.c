/* writer_page.c: a page under way becomes bytes: levels, values, compression, header. */
#include "format/parquet/writer_internal.h"

static uint32_t bit_width(uint32_t max) { return max ? 32 - (uint32_t)__builtin_clz(max) : 0; }

/* LEVELS in the hybrid encoding, behind their length in pages of version 1. */
static STATUS put_levels(struct vonk_task *task, struct parquet_piece *piece, const struct vonk_buffer *levels, uint32_t count, uint32_t max) {
  if (max == 0) return VONK_OK;
  uint32_t size = 0, width = bit_width(max);
  size_t start = parquet_out_size(piece->body);
  if (!piece->plan->version_2) TRY(parquet_out_append(task, &piece->body, &size, 4));
  void *wide;
  TRY(vonk_scratch_take_rows(task, &piece->scratch, count, 4, &wide));
  const uint8_t *narrow = parquet_out_size(levels) ? levels->data : NULL;
  for (uint32_t i = 0; i < count; i++) ((uint32_t *)wide)[i] = narrow ? narrow[i] : max;
  TRY(parquet_out_hybrid(task, &piece->body, wide, count, width));
  if (piece->plan->version_2) return VONK_OK;
  size = (uint32_t)(piece->body->size - start - 4);
  memcpy(piece->body->data + start, &size, 4);
  return VONK_OK;
}

static STATUS put_booleans_v2(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_column *c) {
  uint32_t size = 0;
  void *wide;
  size_t start = parquet_out_size(piece->body);
  TRY(parquet_out_append(task, &piece->body, &size, 4));
  TRY(vonk_scratch_take_rows(task, &piece->scratch, c->value_count, 4, &wide));
  for (uint32_t i = 0; i < c->value_count; i++) ((uint32_t *)wide)[i] = c->values->data[i];
  TRY(parquet_out_hybrid(task, &piece->body, wide, c->value_count, 1));
  size = (uint32_t)(piece->body->size - start - 4);
  memcpy(piece->body->data + start, &size, 4);
  return VONK_OK;
}

static STATUS put_delta_bytes(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_column *c) {
  void *texts;
  TRY(vonk_scratch_take_rows(task, &piece->scratch, c->value_count, sizeof(struct vonk_str), &texts));
  const char *at = c->value_count ? (const char *)c->values->data : NULL;
  for (uint32_t i = 0, size = c->leaf->width; i < c->value_count; i++, at += size) {
    if (!c->leaf->width) memcpy(&size, at, 4), at += 4;
    ((struct vonk_str *)texts)[i] = (struct vonk_str){at, size};
  }
  return parquet_out_delta_bytes(task, &piece->body, texts, c->value_count);
}

static STATUS put_values(struct vonk_task *task, struct parquet_piece *piece, const struct parquet_out_column *c, enum parquet_encoding encoding) {
  const uint8_t *values = c->values ? c->values->data : NULL;
  switch (encoding) {
    case PARQUET_PLAIN_DICTIONARY:
    case PARQUET_RLE_DICTIONARY: {
      uint32_t width = bit_width(c->dictionary.entry_count - 1);
      uint8_t byte = (uint8_t)(width ? width : 1);
      TRY(parquet_out_append(task, &piece->body, &byte, 1));
      return parquet_out_hybrid(task, &piece->body, (const uint32_t *)(const void *)values, c->value_count, byte);
    }
    case PARQUET_RLE: return put_booleans_v2(task, piece, c);
    case PARQUET_DELTA_BINARY_PACKED: return parquet_out_delta(task, &piece->body, values, c->value_count, c->leaf->width);
    case PARQUET_DELTA_BYTE_ARRAY: return put_delta_bytes(task, piece, c);
    default: break;
  }
  if (c->leaf->form == PARQUET_OUT_BOOLEAN) return parquet_out_pack_booleans(task, &piece->body, values, c->value_count);
  return c->value_count ? parquet_out_append(task, &piece->body, values, c->values->size) : VONK_OK;
}

/* Does the dictionary pay for itself in the first page? */
static bool dictionary_pays(const struct parquet_out_column *c) {
  const uint32_t *codes = (const uint32_t *)(const void *)c->values->data;
  uint64_t coded = (uint64_t)c->value_count * bit_width(c->dictionary.entry_count - 1) / 8, plain = (uint64_t)c->value_count * c->leaf->width;
  for (uint32_t i = 0; !c->leaf->width && i < c->value_count; i++) plain += 4 + parquet_out_entry(&c->dictionary, c->leaf, codes[i]).size;
  return c->dictionary.plain->size + coded < plain;
}

struct page {
  enum parquet_page_kind kind;
  enum parquet_encoding encoding;
  uint32_t entry_count, null_count, row_count;
  uint32_t repetition_bytes, definition_bytes; /* version 2 */
  size_t plain_size, size;
  uint32_t checksum;
  bool is_compressed;
};

static void put_header(struct vonk_text *text, const struct parquet_plan *plan, const struct page *page) {
  int16_t last = 0, inner = 0;
  vonk_thrift_put_i32_field(text, &last, 1, page->kind);
  vonk_thrift_put_i32_field(text, &last, 2, (int32_t)page->plain_size);
  vonk_thrift_put_i32_field(text, &last, 3, (int32_t)page->size);
  if (plan->checksums) vonk_thrift_put_i32_field(text, &last, 4, (int32_t)page->checksum);
  switch (page->kind) {
    case PARQUET_DICTIONARY_PAGE: vonk_thrift_put_field(text, &last, 7, VONK_THRIFT_STRUCT); break;
    case PARQUET_DATA_PAGE_V2: vonk_thrift_put_field(text, &last, 8, VONK_THRIFT_STRUCT); break;
    default: vonk_thrift_put_field(text, &last, 5, VONK_THRIFT_STRUCT); break;
  }
  vonk_thrift_put_i32_field(text, &inner, 1, (int32_t)page->entry_count);
  if (page->kind == PARQUET_DATA_PAGE_V2) {
    vonk_thrift_put_i32_field(text, &inner, 2, (int32_t)page->null_count);
    vonk_thrift_put_i32_field(text, &inner, 3, (int32_t)page->row_count);
    vonk_thrift_put_i32_field(text, &inner, 4, page->encoding);
    vonk_thrift_put_i32_field(text, &inner, 5, (int32_t)page->definition_bytes);
    vonk_thrift_put_i32_field(text, &inner, 6, (int32_t)page->repetition_bytes);
    vonk_thrift_put_bool_field(text, &inner, 7, page->is_compressed);
  } else {
    vonk_thrift_put_i32_field(text, &inner, 2, page->encoding);
    if (page->kind == PARQUET_DATA_PAGE) {
      vonk_thrift_put_i32_field(text, &inner, 3, PARQUET_RLE);
      vonk_thrift_put_i32_field(text, &inner, 4, PARQUET_RLE);
    }
  }
  vonk_thrift_put_stop(text);
  vonk_thrift_put_stop(text);
}

/* BYTES from LEVELS on compressed, behind the levels as they are, as a page with its header at the end of *OUT. */
static STATUS put_page(struct vonk_task *task, struct parquet_piece *piece, const uint8_t *bytes, size_t size, size_t levels, struct page *page,
                       struct vonk_buffer **out, size_t *header_size) {
  const struct parquet_plan *plan = piece->plan;
  size_t bound = vonk_compress_bound(plan->codec, size - levels);
  if (size > INT32_MAX || levels + bound > INT32_MAX) return vonk_unsupported(task, NULL, "Parquet pages of more than 2 GiB");
  if (piece->packed) piece->packed->size = 0;
  TRY(parquet_out_reserve(task, &piece->packed, levels + bound));
  if (levels) memcpy(piece->packed->data, bytes, levels);
  size_t made = vonk_compressor_run(&piece->compressor, bytes + levels, size - levels, piece->packed->data + levels, bound);
  page->is_compressed = plan->codec != VONK_CODEC_NONE;
  if (made == 0 && size > levels) return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "the codec %s failed", vonk_codec_name(plan->codec));
  if (page->kind == PARQUET_DATA_PAGE_V2 && made >= size - levels) {
    page->is_compressed = false;
    made = size - levels;
    if (made) memcpy(piece->packed->data + levels, bytes + levels, made);
  }
  page->plain_size = size;
  page->size = levels + made;
  if (plan->checksums) page->checksum = vonk_crc32(piece->packed->data, page->size);
  struct vonk_text header;
  vonk_arena_reset(piece->header_arena);
  vonk_text_init(&header, piece->header_arena);
  put_header(&header, plan, page);
  *header_size = header.size;
  TRY(parquet_out_append(task, out, header.data, header.size));
  return parquet_out_append(task, out, piece->packed->data, page->size);
}

static STATUS set_bounds(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *c, struct parquet_out_bounds *out) {
  const uint8_t *values = c->values ? c->values->data : NULL;
  if (!c->coded || !c->value_count) {
    parquet_out_bounds_plain(piece->arena, c->leaf, values, c->value_count, out);
  } else {
    size_t before = parquet_out_size(piece->seen), need = c->dictionary.entry_count;
    if (need > before) {
      TRY(parquet_out_reserve(task, &piece->seen, need - before));
      memset(piece->seen->data + before, 0, need - before);
      piece->seen->size = need;
    }
    parquet_out_bounds_codes(piece->arena, c->leaf, &c->dictionary, (const uint32_t *)(const void *)values, c->value_count, piece->seen->data, out);
  }
  parquet_out_bounds_merge(c->leaf, &c->bounds, out);
  return VONK_OK;
}

static void start_page(struct parquet_out_column *c) {
  c->entry_count = c->value_count = c->row_count = 0;
  if (c->definitions) c->definitions->size = 0;
  if (c->repetitions) c->repetitions->size = 0;
  if (c->values) c->values->size = 0;
}

STATUS parquet_page_close(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *c) {
  const struct parquet_plan *plan = piece->plan;
  if (c->coded && c->value_count && !c->has_dictionary && !dictionary_pays(c)) TRY(parquet_column_decode(task, c));
  struct parquet_out_page info = {.offset = parquet_out_size(c->chunk), .first_row = c->row_total, .entry_count = c->entry_count,
                                  .null_count = c->entry_count - c->value_count};
  struct page page = {.kind = plan->version_2 ? PARQUET_DATA_PAGE_V2 : PARQUET_DATA_PAGE, .entry_count = c->entry_count,
                      .null_count = (uint32_t)info.null_count, .row_count = c->row_count};
  bool coded = c->coded && c->value_count;
  size_t header_size;
  page.encoding = coded ? parquet_out_code_encoding(plan) : parquet_out_plain_encoding(plan, c->leaf);
  if (piece->body) piece->body->size = 0;
  vonk_scratch_reset(&piece->scratch);
  TRY(set_bounds(task, piece, c, &info.bounds));
  /* A page that has had a null has a level for each entry. */
  if (parquet_out_size(c->definitions) && c->definitions->size < c->entry_count) TRY(parquet_column_add_flat(task, c, NULL, 0));
  TRY(put_levels(task, piece, c->repetitions, c->entry_count, c->leaf->max_repetition));
  page.repetition_bytes = (uint32_t)parquet_out_size(piece->body);
  TRY(put_levels(task, piece, c->definitions, c->entry_count, c->leaf->max_definition));
  page.definition_bytes = (uint32_t)parquet_out_size(piece->body) - page.repetition_bytes;
  TRY(put_values(task, piece, c, page.encoding));
  if (!coded && c->bloom && c->value_count) {
    parquet_out_bloom_add_plain(c->bloom->data, (uint32_t)c->bloom->size, c->leaf, c->values->data, c->values->size);
  }
  size_t levels = plan->version_2 ? page.repetition_bytes + page.definition_bytes : 0;
  const uint8_t *body = piece->body ? piece->body->data : (const uint8_t *)"";
  TRY(put_page(task, piece, body, parquet_out_size(piece->body), levels, &page, &c->chunk, &header_size));
  info.byte_size = (uint32_t)(header_size + page.size);
  *ARRAY_PUSH(piece->arena, &c->pages) = info;
  c->has_dictionary |= coded;
  c->plain_page_count += !coded;
  c->plain_bytes += header_size + page.plain_size;
  c->row_total += c->row_count;
  c->entry_total += c->entry_count;
  c->null_total += info.null_count;
  start_page(c);
  return VONK_OK;
}

STATUS parquet_page_dictionary(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *c) {
  struct page page = {.kind = PARQUET_DICTIONARY_PAGE, .encoding = piece->plan->version_2 ? PARQUET_PLAIN : PARQUET_PLAIN_DICTIONARY,
                      .entry_count = c->dictionary.entry_count};
  size_t header_size;
  TRY(put_page(task, piece, c->dictionary.plain->data, c->dictionary.plain->size, 0, &page, &c->dictionary_page, &header_size));
  c->plain_bytes += header_size + page.plain_size;
  return VONK_OK;
}
