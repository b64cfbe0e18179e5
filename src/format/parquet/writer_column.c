/* writer_column.c: the entries of one leaf, gathered until they are a page.
 *
 * A chunk starts with dictionary codes and falls back to plain values when the dictionary grows too large, or when it turns
 * out with the first values or the first page that it does not pay. Pages closed before stay as they are.
 */
#include "format/parquet/writer_internal.h"

enum { SAMPLE_VALUES = 2000 };

/* The levels that were left out so far, all at the maximum. */
static STATUS fill_definitions(struct vonk_task *task, struct parquet_out_column *c) {
  size_t missing = c->entry_count - parquet_out_size(c->definitions);
  TRY(parquet_out_reserve(task, &c->definitions, missing));
  memset(c->definitions->data + c->definitions->size, c->leaf->max_definition, missing);
  c->definitions->size += missing;
  return VONK_OK;
}

STATUS parquet_column_add_flat(struct vonk_task *task, struct parquet_out_column *c, const uint8_t *valid, uint32_t count) {
  if (valid || parquet_out_size(c->definitions)) TRY(fill_definitions(task, c));
  if (valid) TRY(parquet_out_append(task, &c->definitions, valid, count));
  c->entry_count += count;
  return VONK_OK;
}

STATUS parquet_column_add_levels(struct vonk_task *task, struct parquet_out_column *c, const uint8_t *definitions, const uint8_t *repetitions,
                                 uint32_t count) {
  TRY(fill_definitions(task, c));
  TRY(parquet_out_append(task, &c->definitions, definitions, count));
  if (c->leaf->max_repetition) TRY(parquet_out_append(task, &c->repetitions, repetitions, count));
  c->entry_count += count;
  return VONK_OK;
}

static STATUS add_bytes(struct vonk_task *task, struct vonk_buffer **out, const struct vonk_view *views, uint32_t count) {
  size_t total = 0;
  for (uint32_t i = 0; i < count; i++) total += 4 + (size_t)views[i].size;
  TRY(parquet_out_reserve(task, out, total));
  uint8_t *at = (*out)->data + (*out)->size;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t size = views[i].size;
    memcpy(at, &size, 4);
    /* A view has 12 bytes inline, and the buffer is padded: short texts are copied whole. */
    if (size <= VONK_VIEW_INLINE) memcpy(at + 4, views[i].inlined, VONK_VIEW_INLINE);
    else memcpy(at + 4, views[i].pointer, size);
    at += 4 + (size_t)size;
  }
  (*out)->size += total;
  return VONK_OK;
}

STATUS parquet_column_decode(struct vonk_task *task, struct parquet_out_column *c) {
  struct vonk_buffer *codes = c->values, *plain = NULL;
  const uint32_t *code = codes ? (const uint32_t *)(const void *)codes->data : NULL;
  enum vonk_status status = VONK_OK;
  size_t total = 0;
  for (uint32_t i = 0; i < c->value_count; i++) total += parquet_out_entry(&c->dictionary, c->leaf, code[i]).size + (c->leaf->width ? 0 : 4);
  if (total) status = parquet_out_reserve(task, &plain, total);
  for (uint32_t i = 0; i < c->value_count && status == VONK_OK; i++) {
    struct vonk_str entry = parquet_out_entry(&c->dictionary, c->leaf, code[i]);
    if (!c->leaf->width) entry = (struct vonk_str){entry.data - 4, entry.size + 4};
    memcpy(plain->data + plain->size, entry.data, entry.size);
    plain->size += entry.size;
  }
  if (status != VONK_OK) return status;
  vonk_buffer_release(codes);
  c->values = plain;
  c->coded = false;
  if (!c->has_dictionary) parquet_out_dictionary_deinit(&c->dictionary);
  return VONK_OK;
}

static STATUS add_codes(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *c, const struct vonk_column *data,
                        const uint32_t *rows, uint32_t count) {
  TRY(parquet_out_reserve(task, &c->values, 4 * (size_t)count));
  uint32_t *codes = (uint32_t *)(void *)(c->values->data + c->values->size);
  if (data->encoding == VONK_DICT) {
    TRY(parquet_out_dictionary_translate(task, &c->dictionary, &piece->scratch, c->leaf, data, rows, count, codes));
  } else {
    const void *values;
    TRY(parquet_out_values(task, &piece->scratch, c->leaf, data, rows, count, &values));
    TRY(parquet_out_dictionary_codes(task, &c->dictionary, c->leaf, values, count, codes));
  }
  c->values->size += 4 * (size_t)count;
  c->value_count += count;
  bool first = c->pages.count == 0 && c->value_count >= SAMPLE_VALUES;
  if (parquet_out_size(c->dictionary.plain) <= piece->plan->dictionary_bytes && !(first && (uint64_t)c->dictionary.entry_count * 4 > (uint64_t)c->value_count * 3))
    return VONK_OK;
  return parquet_column_decode(task, c);
}

STATUS parquet_column_add_values(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *c, const struct vonk_column *data,
                                 const uint32_t *rows, uint32_t count) {
  const void *values;
  if (count == 0 || c->leaf->form == PARQUET_OUT_VOID) return VONK_OK;
  if (c->coded) return add_codes(task, piece, c, data, rows, count);
  TRY(parquet_out_values(task, &piece->scratch, c->leaf, data, rows, count, &values));
  if (c->leaf->width) TRY(parquet_out_append(task, &c->values, values, (size_t)count * c->leaf->width));
  else TRY(add_bytes(task, &c->values, values, count));
  c->value_count += count;
  return VONK_OK;
}

STATUS parquet_column_end_rows(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *c, uint32_t row_count) {
  c->row_count += row_count;
  if (c->row_count + VONK_BATCH_ROWS <= piece->plan->page_rows && parquet_out_size(c->values) < piece->plan->page_bytes) return VONK_OK;
  return parquet_page_close(task, piece, c);
}

/* What a dictionary has seen belongs into the filter, unless it alone answers for all pages. */
static void finish_bloom(struct parquet_out_column *c) {
  if (!c->bloom) return;
  if (c->plain_page_count == 0) {
    vonk_buffer_release(c->bloom);
    c->bloom = NULL;
    return;
  }
  for (uint32_t code = 0; c->has_dictionary && code < c->dictionary.entry_count; code++) {
    parquet_out_bloom_add(c->bloom->data, (uint32_t)c->bloom->size, parquet_out_entry(&c->dictionary, c->leaf, code));
  }
}

STATUS parquet_column_seal(struct vonk_task *task, struct parquet_piece *piece, struct parquet_out_column *c) {
  if (c->entry_count) TRY(parquet_page_close(task, piece, c));
  finish_bloom(c);
  if (c->has_dictionary) TRY(parquet_page_dictionary(task, piece, c));
  parquet_out_dictionary_deinit(&c->dictionary);
  vonk_buffer_release(c->definitions), vonk_buffer_release(c->repetitions), vonk_buffer_release(c->values);
  c->definitions = c->repetitions = c->values = NULL;
  return VONK_OK;
}

void parquet_column_deinit(struct parquet_out_column *c) {
  parquet_out_dictionary_deinit(&c->dictionary);
  vonk_buffer_release(c->definitions), vonk_buffer_release(c->repetitions), vonk_buffer_release(c->values);
  vonk_buffer_release(c->dictionary_page), vonk_buffer_release(c->chunk), vonk_buffer_release(c->bloom);
}
