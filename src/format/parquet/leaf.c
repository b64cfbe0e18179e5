/* leaf.c: values of the pages of a column chunk into columns.
 *
 * Output stays dictionary codes while all pages of a batch have them; where a page without codes follows in the same batch, what was
 * decoded so far is looked up and the batch goes on flat. A batch that lies in one plain page without nulls points into it.
 */
#include "format/parquet/leaf.h"

#include <string.h>

#include "base/bits.h"
#include "kernel/unpack.h"
#include "wire/compress.h"

STATUS parquet_leaf_open(struct vonk_task *task, const struct parquet_pages *pages, const struct parquet_chunk *chunk, const struct parquet_node *node,
                         struct parquet_leaf *leaf) {
  struct vonk_file *file = pages->file;
  *leaf = (struct parquet_leaf){.source = {.path = file->path, .node = node}, .pages = *pages, .chunk = chunk, .node = node,
                                .max_definition = node->definition, .max_repetition = node->repetition};
  if (chunk->is_encrypted) return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "encrypted Parquet columns (" STR_FMT ")", STR_ARG(file->path));
  if (!chunk->has_metadata || chunk->external_file.size) return parquet_malformed(task, &leaf->source, "its column chunk lies elsewhere");
  if (chunk->physical != node->element->physical) return parquet_malformed(task, &leaf->source, "its column chunk has another type than the schema");
  if (chunk->codec < 0 || chunk->codec > VONK_CODEC_LZ4_RAW || chunk->codec == VONK_CODEC_LZO)
    return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "codec %s of " STR_FMT, vonk_codec_name((enum vonk_codec)chunk->codec), STR_ARG(file->path));
  int64_t start = chunk->data_offset;
  if (chunk->dictionary_offset > 0 && chunk->dictionary_offset < start) start = chunk->dictionary_offset;
  if (start < 4 || chunk->compressed_size < 0 || chunk->value_count < 0 || (uint64_t)start > file->byte_size ||
      (uint64_t)chunk->compressed_size > file->byte_size - (uint64_t)start)
    return parquet_malformed(task, &leaf->source, "its column chunk lies outside of the file");
  leaf->window.file = file;
  leaf->window.offset = (uint64_t)start;
  leaf->window.end = leaf->window.offset + (uint64_t)chunk->compressed_size;
  leaf->values_left = (uint64_t)chunk->value_count;
  vonk_file_prefetch(file, leaf->window.offset, leaf->window.end - leaf->window.offset);
  return VONK_OK;
}

static void drop_kept(struct parquet_leaf *leaf) {
  for (; leaf->kept_count > 0; leaf->kept_count--) vonk_buffer_release(((struct vonk_buffer **)(void *)leaf->kept->data)[leaf->kept_count - 1]);
}

void parquet_leaf_close(struct parquet_leaf *leaf) {
  drop_kept(leaf);
  vonk_file_window_deinit(&leaf->window);
  struct vonk_buffer *all[] = {leaf->page, leaf->decoded, leaf->levels, leaf->out_values, leaf->out_codes, leaf->out_valid, leaf->kept};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) vonk_buffer_release(all[i]);
  vonk_dictionary_release(leaf->dictionary);
  *leaf = (struct parquet_leaf){0};
}

static STATUS grow(struct vonk_task *task, struct vonk_buffer **buffer, size_t used, size_t size) {
  if (*buffer && (*buffer)->capacity >= size) return VONK_OK;
  struct vonk_buffer *larger;
  TRY(vonk_buffer_create(task->budget, size, &larger));
  memset(larger->data, 0, larger->capacity);
  if (used) memcpy(larger->data, (*buffer)->data, used);
  vonk_buffer_release(*buffer);
  *buffer = larger;
  return VONK_OK;
}

/* Room for SLOTS more slots. */
static STATUS reserve(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t slots) {
  uint64_t need = (uint64_t)leaf->out_count + slots;
  if (need > INT32_MAX) return parquet_malformed(task, &leaf->source, "its rows have too many values");
  if (need <= leaf->out_capacity) return VONK_OK;
  size_t capacity = leaf->out_capacity ? leaf->out_capacity : VONK_BATCH_ROWS;
  while (capacity < need) capacity *= 2;
  uint32_t width = parquet_value_width(leaf->node), count = leaf->out_count;
  TRY(grow(task, &leaf->out_values, (size_t)count * width, capacity * width));
  TRY(grow(task, &leaf->out_codes, (size_t)count * 4, capacity * 4));
  TRY(grow(task, &leaf->out_valid, leaf->out_capacity / 8, capacity / 8 * 2)); /* the second half: booleans as bits */
  leaf->out_capacity = (uint32_t)capacity;
  return VONK_OK;
}

static void look_up(const struct parquet_leaf *leaf, const uint32_t *codes, uint32_t count, uint8_t *out) {
  vonk_unpack_entries(leaf->dictionary->entries.data, parquet_value_width(leaf->node), codes, count, out);
}

/* COUNT codes, checked. */
static STATUS read_codes(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t count, uint32_t *out) {
  uint32_t largest;
  if (!parquet_hybrid_read(&leaf->codes, out, count, &largest)) return parquet_malformed(task, &leaf->source, "a page has too few dictionary codes");
  if (count && largest >= leaf->dictionary->entry_count) return parquet_malformed(task, &leaf->source, "a dictionary code is larger than the dictionary");
  return VONK_OK;
}

/* The next VALUES values of the page into SLOTS slots of the output; their validity is written already when some are null. */
static STATUS take(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t slots, uint32_t values) {
  uint32_t width = parquet_value_width(leaf->node), at = leaf->out_count;
  uint32_t *codes = (uint32_t *)(void *)leaf->out_codes->data + at;
  uint8_t *out = leaf->out_values->data + (size_t)at * width;
  bool page_flat = leaf->values || leaf->dictionary->entry_count == 0;
  if (leaf->values && values > leaf->value_count - leaf->value_at) return parquet_malformed(task, &leaf->source, "a page has too few values");
  if (page_flat && !leaf->out_flat) {
    look_up(leaf, (uint32_t *)(void *)leaf->out_codes->data, leaf->dictionary && leaf->dictionary->entry_count ? at : 0, leaf->out_values->data);
    leaf->out_flat = true;
  }
  if (leaf->values) {
    memcpy(out, leaf->values + (size_t)leaf->value_at * width, (size_t)values * width);
  } else {
    TRY(read_codes(task, leaf, values, codes));
    if (leaf->out_flat) look_up(leaf, codes, values, out);
  }
  leaf->value_at += values;
  const uint64_t *valid = (const uint64_t *)(void *)leaf->out_valid->data;
  if (values < slots && leaf->out_flat) vonk_unpack_spread(out, width, valid, at, slots, values);
  if (values < slots && !leaf->out_flat) vonk_unpack_spread(codes, 4, valid, at, slots, values);
  leaf->out_count += slots;
  return VONK_OK;
}

static void start(struct parquet_leaf *leaf) {
  drop_kept(leaf);
  leaf->out_count = 0;
  leaf->out_has_nulls = false;
  leaf->out_view = NULL;
  leaf->out_flat = !leaf->dictionary || leaf->dictionary->entry_count == 0;
}

static void finish(struct parquet_leaf *leaf, struct vonk_column *out) {
  *out = (struct vonk_column){.type = leaf->node->type, .encoding = VONK_FLAT, .physical = leaf->node->physical};
  out->valid = leaf->out_has_nulls ? (const uint64_t *)(void *)leaf->out_valid->data : NULL;
  if (leaf->node->type->id == VONK_TYPE_VOID) {
    out->physical = VONK_PHYSICAL_NONE;
    out->valid = NULL;
  } else if (leaf->node->physical == VONK_PHYSICAL_BOOL) {
    uint64_t *bits = (uint64_t *)(void *)(leaf->out_valid->data + leaf->out_capacity / 8);
    vonk_bits_pack_bytes(leaf->out_view ? leaf->out_view : leaf->out_values->data, leaf->out_count, bits);
    out->data = bits;
  } else if (leaf->out_flat) {
    out->data = leaf->out_view ? leaf->out_view : leaf->out_values->data;
  } else {
    out->encoding = VONK_DICT;
    out->dictionary = leaf->dictionary;
    out->codes = (const uint32_t *)(void *)leaf->out_codes->data;
  }
}

/* Marks COUNT slots from the output's end: by the page's validity from entry FROM on, or all valid. */
static void mark(struct parquet_leaf *leaf, const uint64_t *page_valid, uint32_t from, uint32_t count) {
  uint64_t *valid = (uint64_t *)(void *)leaf->out_valid->data;
  if (!page_valid) {
    vonk_bits_set_range(valid, leaf->out_count, leaf->out_count + count, true);
    return;
  }
  for (uint32_t i = 0; i < count; i++) vonk_bits_put(valid, leaf->out_count + i, vonk_bits_get(page_valid, from + i));
}

static uint32_t count_valid(const uint64_t *valid, uint32_t from, uint32_t count) {
  if (!valid) return count;
  uint32_t n = 0;
  for (uint32_t i = from; i < from + count;) {
    uint32_t in_word = i & 63, step = 64 - in_word < from + count - i ? 64 - in_word : from + count - i;
    n += (uint32_t)__builtin_popcountll((valid[i >> 6] >> in_word) & vonk_bits_tail(step));
    i += step;
  }
  return n;
}

static STATUS skip_flat(struct vonk_task *task, struct parquet_leaf *leaf) {
  while (leaf->to_skip > 0) {
    if (leaf->entry_at == leaf->entry_count) TRY(parquet_leaf_next_page(task, leaf));
    uint64_t left = leaf->entry_count - leaf->entry_at;
    uint32_t step = (uint32_t)(left < leaf->to_skip ? left : leaf->to_skip);
    uint32_t values = count_valid(leaf->valid, leaf->entry_at, step);
    if (!leaf->values && step < left && values && !parquet_hybrid_skip(&leaf->codes, values))
      return parquet_malformed(task, &leaf->source, "a page has too few dictionary codes");
    leaf->value_at += values;
    leaf->entry_at += step;
    leaf->to_skip -= step;
  }
  return VONK_OK;
}

STATUS parquet_leaf_read(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t row_count, struct vonk_column *out) {
  TRY(skip_flat(task, leaf));
  if (leaf->entry_at == leaf->entry_count) TRY(parquet_leaf_next_page(task, leaf));
  start(leaf);
  TRY(reserve(task, leaf, row_count));
  uint32_t width = parquet_value_width(leaf->node);
  const uint8_t *direct = leaf->values ? leaf->values + (size_t)leaf->value_at * width : NULL;
  if (direct && !leaf->valid && leaf->entry_count - leaf->entry_at >= row_count && ((uintptr_t)direct & (width - 1)) == 0) {
    leaf->out_view = direct;
    leaf->out_flat = true;
    leaf->out_count = row_count;
    leaf->entry_at += row_count, leaf->value_at += row_count;
    finish(leaf, out);
    return VONK_OK;
  }
  for (uint32_t done = 0; done < row_count;) {
    if (leaf->entry_at == leaf->entry_count) TRY(parquet_leaf_next_page(task, leaf));
    uint32_t left = leaf->entry_count - leaf->entry_at, step = row_count - done < left ? row_count - done : left;
    uint32_t values = count_valid(leaf->valid, leaf->entry_at, step);
    if (values < step && !leaf->out_has_nulls) {
      vonk_bits_set_range((uint64_t *)(void *)leaf->out_valid->data, 0, leaf->out_count, true);
      leaf->out_has_nulls = true;
    }
    if (leaf->out_has_nulls) mark(leaf, leaf->valid, leaf->entry_at, step);
    TRY(take(task, leaf, step, values));
    leaf->entry_at += step;
    done += step;
  }
  finish(leaf, out);
  return VONK_OK;
}

static inline uint8_t definition_at(const struct parquet_leaf *leaf, uint32_t i) { return leaf->definitions ? leaf->definitions[i] : leaf->max_definition; }
static inline uint8_t repetition_at(const struct parquet_leaf *leaf, uint32_t i) { return leaf->repetitions ? leaf->repetitions[i] : 0; }

static STATUS append_levels(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t count, struct parquet_levels *levels) {
  size_t need = (size_t)levels->count + count;
  if (!levels->definitions || levels->definitions->capacity < need) {
    TRY(grow(task, &levels->definitions, levels->count, need * 2));
    TRY(grow(task, &levels->repetitions, levels->count, need * 2));
  }
  for (uint32_t i = 0; i < count; i++) {
    levels->definitions->data[levels->count + i] = definition_at(leaf, leaf->entry_at + i);
    levels->repetitions->data[levels->count + i] = repetition_at(leaf, leaf->entry_at + i);
  }
  levels->count += count;
  return VONK_OK;
}

/* Takes entries of the current page until ROWS of them have begun and the next would be one more. */
static STATUS take_entries(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t *rows, uint32_t row_count, bool *ended, struct parquet_levels *levels) {
  uint32_t count = 0, left = leaf->entry_count - leaf->entry_at, slots = 0, values = 0;
  for (; count < left; count++) {
    bool begins = repetition_at(leaf, leaf->entry_at + count) == 0;
    if (begins && *rows == row_count) {
      *ended = true;
      break;
    }
    if (!begins && *rows == 0) return parquet_malformed(task, &leaf->source, "the first row does not begin with its first value");
    *rows += begins;
  }
  TRY(append_levels(task, leaf, count, levels));
  TRY(reserve(task, leaf, count));
  uint64_t *valid = (uint64_t *)(void *)leaf->out_valid->data;
  for (uint32_t i = 0; i < count; i++) {
    uint8_t definition = definition_at(leaf, leaf->entry_at + i);
    bool present = definition == leaf->max_definition;
    if (definition < leaf->node->slot_definition) continue;
    vonk_bits_put(valid, leaf->out_count + slots, present);
    slots++;
    values += present;
  }
  leaf->entry_at += count;
  return take(task, leaf, slots, values);
}

STATUS parquet_leaf_read_nested(struct vonk_task *task, struct parquet_leaf *leaf, uint32_t row_count, struct parquet_levels *levels, struct vonk_column *out) {
  uint32_t rows = 0;
  bool ended = false;
  if (leaf->entry_at == leaf->entry_count) TRY(parquet_leaf_next_page(task, leaf));
  start(leaf);
  TRY(reserve(task, leaf, row_count));
  leaf->out_has_nulls = true;
  levels->count = 0;
  while (!ended) {
    if (leaf->entry_at == leaf->entry_count) {
      bool whole = rows == row_count && (leaf->max_repetition == 0 || leaf->values_left == 0);
      if (whole) break;
      TRY(parquet_leaf_next_page(task, leaf));
    }
    TRY(take_entries(task, leaf, &rows, row_count, &ended, levels));
  }
  finish(leaf, out);
  return VONK_OK;
}
