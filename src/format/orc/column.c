/* column.c: opens a column's streams by its kind and encoding, reads dense values and moves them to the rows that have them. */
#include "format/orc/column.h"

#include <string.h>

#include "base/bits.h"
#include "format/orc/values.h"
#include "kernel/unpack.h"

enum { SKIP_STEP = 4096, INDEX_BYTES_MAX = 64 << 20 };

/* --- opening --- */

static bool is_text(int32_t kind) { return kind == ORC_STRING || kind == ORC_CHAR || kind == ORC_VARCHAR || kind == ORC_BINARY; }
static bool is_list(int32_t kind) { return kind == ORC_LIST || kind == ORC_MAP; }

static struct orc_ints *make_ints(struct orc_unit *unit, struct orc_stream *stream, bool is_v2, bool is_signed) {
  struct orc_ints *ints = ARENA_NEW(unit->arena, struct orc_ints);
  ints->stream = stream;
  ints->is_v2 = is_v2;
  ints->is_signed = is_signed;
  return ints;
}

static void open_streams(struct orc_unit *unit, const struct orc_column_place *place, struct orc_column *c) {
  int32_t kind = c->node->kind;
  bool is_v2 = place->encoding == ORC_DIRECT_V2 || place->encoding == ORC_DICTIONARY_V2;
  bool has_length = is_list(kind) || is_text(kind);
  orc_stream_open(&unit->input, c->node->name, place->streams[ORC_STREAM_PRESENT], &c->present);
  orc_stream_open(&unit->input, c->node->name, place->streams[ORC_STREAM_DATA], &c->data);
  orc_stream_open(&unit->input, c->node->name, place->streams[has_length ? ORC_STREAM_LENGTH : ORC_STREAM_SECONDARY], &c->second);
  c->present_bits.bytes.stream = &c->present;
  c->bits.bytes.stream = c->bytes.stream = &c->data;
  c->has_dictionary = is_text(kind) && (place->encoding == ORC_DICTIONARY || place->encoding == ORC_DICTIONARY_V2);
  if (kind == ORC_SHORT || kind == ORC_INT || kind == ORC_LONG || kind == ORC_DATE || kind == ORC_TIMESTAMP || kind == ORC_TIMESTAMP_INSTANT || c->has_dictionary)
    c->ints = make_ints(unit, &c->data, is_v2, !c->has_dictionary);
  if (has_length || kind == ORC_DECIMAL || kind == ORC_TIMESTAMP || kind == ORC_TIMESTAMP_INSTANT)
    c->second_ints = make_ints(unit, &c->second, is_v2, kind == ORC_DECIMAL);
}

STATUS orc_column_open(struct vonk_task *task, struct orc_unit *unit, const struct orc_node *node, struct orc_column *out) {
  *out = (struct orc_column){.unit = unit, .node = node};
  if (node->kind == ORC_MISSING) return VONK_OK;
  const struct orc_column_place *place = &unit->footer.columns[node->column];
  bool fits = place->encoding == ORC_DIRECT || place->encoding == ORC_DIRECT_V2 ||
              (is_text(node->kind) && node->kind != ORC_BINARY && (place->encoding == ORC_DICTIONARY || place->encoding == ORC_DICTIONARY_V2));
  if (!fits) return orc_malformed(task, unit->input.file->path, node->name, "its encoding does not fit its type");
  open_streams(unit, place, out);
  out->children = ARENA_ARRAY(unit->arena, struct orc_column, node->child_count);
  for (uint32_t i = 0; i < node->child_count; i++) TRY(orc_column_open(task, unit, &node->children[i], &out->children[i]));
  return VONK_OK;
}

void orc_column_close(struct orc_column *c) {
  if (!c->node) return;
  for (uint32_t i = 0; c->children && i < c->node->child_count; i++) orc_column_close(&c->children[i]);
  struct orc_stream *streams[] = {&c->present, &c->data, &c->second};
  for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) orc_stream_close(streams[i]);
  struct vonk_buffer *buffers[] = {c->values, c->codes, c->valid, c->numbers, c->more_numbers};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) vonk_buffer_release(buffers[i]);
  vonk_dictionary_release(c->dictionary);
  orc_converted_deinit(&c->converted);
}

/* --- which rows have a value --- */

static STATUS reserve(struct vonk_task *task, struct vonk_buffer **buffer, size_t size) {
  if (*buffer && (*buffer)->capacity >= size) return VONK_OK;
  vonk_buffer_release(*buffer);
  *buffer = NULL;
  TRY(vonk_buffer_create(task->budget, size, buffer));
  memset((*buffer)->data, 0, (*buffer)->capacity + VONK_BUFFER_PADDING);
  return VONK_OK;
}

/* The lowest bits of DENSE at the set bits of PLACES. */
static uint64_t deposit(uint64_t dense, uint64_t places) {
  uint64_t out = 0;
  for (; places; places &= places - 1, dense >>= 1) out |= (dense & 1) ? places & -places : 0;
  return out;
}

/* Bit i of DENSE moves to the i-th set bit of PLACES. */
static void spread_bits(const uint64_t *dense, const uint64_t *places, uint32_t slots, uint64_t *out) {
  size_t at = 0, words = vonk_bits_words(slots);
  for (size_t w = 0; w < words; w++) {
    uint64_t place = w + 1 == words ? places[w] & vonk_bits_tail(slots) : places[w];
    uint32_t count = (uint32_t)__builtin_popcountll(place);
    uint64_t bits = 0;
    if (count) vonk_bits_slice(dense, at, count, &bits);
    out[w] = deposit(bits, place);
    at += count;
  }
}

/* VALID NULL: all slots have a value; else COUNT of them. */
static STATUS read_valid(struct vonk_task *task, struct orc_column *c, uint32_t slots, const uint64_t *outer, const uint64_t **valid, uint32_t *count) {
  uint32_t entries = (uint32_t)vonk_bits_count(outer, slots);
  size_t words = vonk_bits_words(slots) + 1;
  *valid = entries < slots ? outer : NULL;
  *count = entries;
  if (!c->present.exists) return VONK_OK;
  TRY(reserve(task, &c->valid, 2 * words * 8));
  uint64_t *own = (uint64_t *)(void *)c->valid->data, *spread = own + words;
  TRY(orc_bits_read(task, &c->present_bits, entries, own));
  uint32_t present = (uint32_t)vonk_bits_count(own, entries);
  if (present == entries) return VONK_OK;
  *count = present;
  *valid = own;
  if (entries == slots) return VONK_OK;
  spread_bits(own, outer, slots, spread);
  *valid = spread;
  return VONK_OK;
}

/* --- dense values --- */

static void narrow(const int64_t *from, uint32_t count, enum vonk_physical physical, void *out) {
  switch (physical) {
    case VONK_PHYSICAL_I16: for (uint32_t i = 0; i < count; i++) ((int16_t *)out)[i] = (int16_t)from[i]; break;
    case VONK_PHYSICAL_I32: for (uint32_t i = 0; i < count; i++) ((int32_t *)out)[i] = (int32_t)from[i]; break;
    default: memcpy(out, from, count * sizeof *from);
  }
}

static STATUS read_ints(struct vonk_task *task, struct orc_column *c, uint32_t count, enum vonk_physical physical) {
  if (physical == VONK_PHYSICAL_I64) return orc_ints_read(task, c->ints, count, (int64_t *)(void *)c->values->data);
  TRY(reserve(task, &c->numbers, (size_t)count * 8));
  int64_t *numbers = (int64_t *)(void *)c->numbers->data;
  TRY(orc_ints_read(task, c->ints, count, numbers));
  narrow(numbers, count, physical, c->values->data);
  if (c->node->kind == ORC_DATE) orc_dates(c, count, (int32_t *)(void *)c->values->data);
  return VONK_OK;
}

/* COUNT lengths, each of at most INT32_MAX, and their sum. */
static STATUS read_lengths(struct vonk_task *task, struct orc_column *c, struct orc_ints *ints, uint32_t count, const int64_t **lengths, uint64_t *sum) {
  TRY(reserve(task, &c->numbers, (size_t)count * 8));
  int64_t *numbers = (int64_t *)(void *)c->numbers->data;
  uint64_t all = 0, total = 0;
  TRY(orc_ints_read(task, ints, count, numbers));
  for (uint32_t i = 0; i < count; i++) all |= (uint64_t)numbers[i], total += (uint64_t)numbers[i];
  if (all > INT32_MAX) return orc_stream_fail(task, &c->second, "a length is too large");
  *lengths = numbers;
  *sum = total;
  return VONK_OK;
}

/* CHAR is stored with the spaces behind it, or without. */
static void make_views(const struct orc_column *c, const uint8_t *bytes, const int64_t *lengths, uint32_t count, struct vonk_view *out) {
  bool trims = c->node->kind == ORC_CHAR;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t size = (uint32_t)lengths[i], shown = size;
    while (trims && shown > 0 && bytes[shown - 1] == ' ') shown--;
    vonk_view_put(&out[i], (const char *)bytes, shown);
    bytes += size;
  }
}

static STATUS read_texts(struct vonk_task *task, struct orc_column *c, uint32_t count) {
  const int64_t *lengths;
  const uint8_t *bytes;
  uint64_t size;
  TRY(read_lengths(task, c, c->second_ints, count, &lengths, &size));
  TRY(orc_stream_take(task, &c->data, (size_t)size, &bytes));
  make_views(c, bytes, lengths, count, (struct vonk_view *)(void *)c->values->data);
  return VONK_OK;
}

static STATUS read_reals(struct vonk_task *task, struct orc_column *c, uint32_t count, uint32_t width, bool dense, const void **direct) {
  const uint8_t *bytes;
  TRY(orc_stream_take(task, &c->data, (size_t)count * width, &bytes));
  if (dense && ((uintptr_t)bytes & (width - 1)) == 0) *direct = bytes;
  else if (count) memcpy(c->values->data, bytes, (size_t)count * width);
  return VONK_OK;
}

static STATUS read_decimals(struct vonk_task *task, struct orc_column *c, uint32_t count) {
  TRY(reserve(task, &c->numbers, (size_t)count * 8));
  int64_t *scales = (int64_t *)(void *)c->numbers->data;
  TRY(orc_ints_read(task, c->second_ints, count, scales));
  return orc_decimals_read(task, &c->data, scales, count, c->node->own, c->values->data);
}

static STATUS read_timestamps(struct vonk_task *task, struct orc_column *c, uint32_t count) {
  TRY(reserve(task, &c->more_numbers, (size_t)count * 8));
  int64_t *nanos = (int64_t *)(void *)c->more_numbers->data, *seconds = (int64_t *)(void *)c->values->data;
  TRY(orc_ints_read(task, c->ints, count, seconds));
  TRY(orc_ints_read(task, c->second_ints, count, nanos));
  return orc_timestamps(task, c, nanos, count, seconds);
}

/* --- dictionaries --- */

/* Takes BYTES, which the entries point into. */
static STATUS make_dictionary(struct vonk_task *task, struct orc_column *c, const int64_t *lengths, uint32_t count, struct vonk_buffer *bytes) {
  struct vonk_buffer *views;
  enum vonk_status status = vonk_buffer_create(task->budget, (size_t)count * sizeof(struct vonk_view) + 1, &views);
  if (status != VONK_OK) {
    vonk_buffer_release(bytes);
    return status;
  }
  make_views(c, bytes->data, lengths, count, (struct vonk_view *)(void *)views->data);
  struct vonk_column entries = {.type = c->node->own, .encoding = VONK_FLAT, .physical = VONK_PHYSICAL_VIEW, .data = views->data};
  struct vonk_buffer *buffers[2] = {views, bytes};
  return vonk_dictionary_create(task, &entries, count, buffers, 2, &c->dictionary);
}

static STATUS read_dictionary(struct vonk_task *task, struct orc_column *c) {
  const struct orc_column_place *place = &c->unit->footer.columns[c->node->column];
  struct orc_stream_place bytes_place = place->streams[ORC_STREAM_DICTIONARY_DATA];
  const int64_t *lengths;
  uint64_t size;
  struct vonk_buffer *bytes;
  if (c->dictionary) return VONK_OK;
  if (place->dictionary_size > INT32_MAX) return orc_stream_fail(task, &c->second, "its dictionary is too large");
  TRY(read_lengths(task, c, c->second_ints, place->dictionary_size, &lengths, &size));
  TRY(orc_input_read(task, &c->unit->input, bytes_place.offset, bytes_place.size, SIZE_MAX, &bytes));
  if (bytes->size >= size) return make_dictionary(task, c, lengths, place->dictionary_size, bytes);
  vonk_buffer_release(bytes);
  return orc_stream_fail(task, &c->second, "its dictionary has too few bytes");
}

static STATUS read_codes(struct vonk_task *task, struct orc_column *c, uint32_t slots, uint32_t count) {
  TRY(read_dictionary(task, c));
  TRY(reserve(task, &c->numbers, (size_t)count * 8));
  TRY(reserve(task, &c->codes, (size_t)slots * 4));
  int64_t *numbers = (int64_t *)(void *)c->numbers->data;
  uint32_t *codes = (uint32_t *)(void *)c->codes->data;
  uint64_t largest = 0;
  TRY(orc_ints_read(task, c->ints, count, numbers));
  for (uint32_t i = 0; i < count; i++) {
    largest = (uint64_t)numbers[i] > largest ? (uint64_t)numbers[i] : largest;
    codes[i] = (uint32_t)numbers[i];
  }
  if (count && largest >= c->dictionary->entry_count) return orc_stream_fail(task, &c->data, "a dictionary code is larger than the dictionary");
  return VONK_OK;
}

/* --- nested --- */

static STATUS read_lists(struct vonk_task *task, struct orc_column *c, struct vonk_arena *batch, uint32_t slots, uint32_t count, const uint64_t *valid,
                         struct vonk_column *out) {
  const int64_t *lengths;
  uint64_t entries;
  TRY(read_lengths(task, c, c->second_ints, count, &lengths, &entries));
  if (entries > INT32_MAX) return orc_stream_fail(task, &c->second, "its rows have too many values");
  struct vonk_list *lists = (struct vonk_list *)(void *)c->values->data;
  uint32_t offset = 0, n = 0;
  for (uint32_t i = 0; i < slots; i++) {
    uint32_t length = vonk_bits_get(valid, i) ? (uint32_t)lengths[n++] : 0;
    lists[i] = (struct vonk_list){offset, length};
    offset += length;
  }
  out->data = lists;
  out->child_count = (uint32_t)entries;
  out->children = ARENA_ARRAY(batch, struct vonk_column, c->node->child_count);
  for (uint32_t i = 0; i < c->node->child_count; i++) TRY(orc_column_read(task, &c->children[i], batch, (uint32_t)entries, NULL, &out->children[i]));
  return VONK_OK;
}

static STATUS read_struct(struct vonk_task *task, struct orc_column *c, struct vonk_arena *batch, uint32_t slots, const uint64_t *valid, struct vonk_column *out) {
  out->children = ARENA_ARRAY(batch, struct vonk_column, c->node->child_count);
  for (uint32_t i = 0; i < c->node->child_count; i++) TRY(orc_column_read(task, &c->children[i], batch, slots, valid, &out->children[i]));
  return VONK_OK;
}

/* --- all kinds --- */

static STATUS read_booleans(struct vonk_task *task, struct orc_column *c, uint32_t slots, uint32_t count, const uint64_t *valid) {
  uint64_t *out = (uint64_t *)(void *)c->values->data;
  if (count == slots) return orc_bits_read(task, &c->bits, count, out);
  TRY(reserve(task, &c->numbers, (vonk_bits_words(count) + 1) * 8));
  uint64_t *dense = (uint64_t *)(void *)c->numbers->data;
  TRY(orc_bits_read(task, &c->bits, count, dense));
  spread_bits(dense, valid, slots, out);
  return VONK_OK;
}

/* COUNT dense values of the kinds that are not nested. *DIRECT: they stand there, else in the column's values. */
static STATUS read_dense(struct vonk_task *task, struct orc_column *c, uint32_t slots, uint32_t count, enum vonk_physical physical, const void **direct) {
  switch (c->node->kind) {
    case ORC_BYTE: return orc_bytes_read(task, &c->bytes, count, c->values->data);
    case ORC_FLOAT:
    case ORC_DOUBLE: return read_reals(task, c, count, vonk_physical_size[physical], count == slots, direct);
    case ORC_DECIMAL: return read_decimals(task, c, count);
    case ORC_TIMESTAMP:
    case ORC_TIMESTAMP_INSTANT: return read_timestamps(task, c, count);
    case ORC_SHORT:
    case ORC_INT:
    case ORC_LONG:
    case ORC_DATE: return read_ints(task, c, count, physical);
    default: return read_texts(task, c, count);
  }
}

static STATUS read_flat(struct vonk_task *task, struct orc_column *c, uint32_t slots, uint32_t count, const uint64_t *valid, struct vonk_column *out) {
  uint32_t width = vonk_physical_size[out->physical];
  const void *direct = c->values->data;
  TRY(read_dense(task, c, slots, count, out->physical, &direct));
  if (count < slots) vonk_unpack_spread(c->values->data, width, valid, 0, slots, count);
  out->data = direct;
  return VONK_OK;
}

static STATUS read_coded(struct vonk_task *task, struct orc_column *c, uint32_t slots, uint32_t count, const uint64_t *valid, struct vonk_column *out) {
  TRY(read_codes(task, c, slots, count));
  if (c->dictionary->entry_count == 0) { /* all are null */
    memset(c->values->data, 0, (size_t)slots * sizeof(struct vonk_view));
    out->data = c->values->data;
    return VONK_OK;
  }
  if (count < slots) vonk_unpack_spread(c->codes->data, 4, valid, 0, slots, count);
  out->encoding = VONK_DICT;
  out->dictionary = c->dictionary;
  out->codes = (const uint32_t *)(void *)c->codes->data;
  return VONK_OK;
}

STATUS orc_column_read(struct vonk_task *task, struct orc_column *c, struct vonk_arena *batch, uint32_t slots, const uint64_t *outer, struct vonk_column *out) {
  const uint64_t *valid;
  uint32_t count;
  int32_t kind = c->node->kind;
  if (kind == ORC_MISSING) {
    struct vonk_value null = vonk_value_null(c->node->type);
    *out = vonk_column_const(batch, &null);
    return VONK_OK;
  }
  TRY(vonk_task_check(task));
  TRY(read_valid(task, c, slots, outer, &valid, &count));
  *out = (struct vonk_column){.type = c->node->own, .encoding = VONK_FLAT, .physical = vonk_physical_of(c->node->own), .valid = valid};
  uint32_t width = vonk_physical_size[out->physical];
  TRY(reserve(task, &c->values, width ? (size_t)slots * width : vonk_bits_words(slots) * 8 + 8));
  if (kind == ORC_STRUCT) return read_struct(task, c, batch, slots, valid, out);
  if (is_list(kind)) return read_lists(task, c, batch, slots, count, valid, out);
  if (kind == ORC_BOOLEAN) {
    TRY(read_booleans(task, c, slots, count, valid));
    out->data = c->values->data;
  } else if (c->has_dictionary) {
    TRY(read_coded(task, c, slots, count, valid, out));
  } else {
    TRY(read_flat(task, c, slots, count, valid, out));
  }
  return c->node->own == c->node->type ? VONK_OK : orc_convert(task, &c->converted, c->unit->reader_zone, c->node->type, slots, out);
}

/* --- skipping --- */

static STATUS skip_lengths(struct vonk_task *task, struct orc_column *c, uint32_t count) {
  const int64_t *lengths;
  uint64_t sum;
  TRY(read_lengths(task, c, c->second_ints, count, &lengths, &sum));
  if (is_text(c->node->kind)) return orc_stream_skip(task, &c->data, sum);
  for (uint32_t i = 0; i < c->node->child_count; i++) TRY(orc_column_skip(task, &c->children[i], sum));
  return VONK_OK;
}

static STATUS skip_values(struct vonk_task *task, struct orc_column *c, uint32_t count) {
  switch (c->node->kind) {
    case ORC_BOOLEAN: return orc_bits_skip(task, &c->bits, count);
    case ORC_BYTE: return orc_bytes_skip(task, &c->bytes, count);
    case ORC_FLOAT: return orc_stream_skip(task, &c->data, (uint64_t)count * 4);
    case ORC_DOUBLE: return orc_stream_skip(task, &c->data, (uint64_t)count * 8);
    case ORC_SHORT:
    case ORC_INT:
    case ORC_LONG:
    case ORC_DATE: return orc_ints_skip(task, c->ints, count);
    case ORC_DECIMAL: TRY(orc_ints_skip(task, c->second_ints, count)); return orc_decimals_skip(task, &c->data, count);
    case ORC_TIMESTAMP:
    case ORC_TIMESTAMP_INSTANT: TRY(orc_ints_skip(task, c->ints, count)); return orc_ints_skip(task, c->second_ints, count);
    case ORC_STRUCT:
      for (uint32_t i = 0; i < c->node->child_count; i++) TRY(orc_column_skip(task, &c->children[i], count));
      return VONK_OK;
    default: return c->has_dictionary ? orc_ints_skip(task, c->ints, count) : skip_lengths(task, c, count);
  }
}

STATUS orc_column_skip(struct vonk_task *task, struct orc_column *c, uint64_t entries) {
  if (c->node->kind == ORC_MISSING) return VONK_OK;
  while (entries > 0) {
    uint64_t present[SKIP_STEP / 64];
    uint32_t step = entries < SKIP_STEP ? (uint32_t)entries : SKIP_STEP, count = step;
    TRY(vonk_task_check(task));
    if (c->present.exists) {
      TRY(orc_bits_read(task, &c->present_bits, step, present));
      count = (uint32_t)vonk_bits_count(present, step);
    }
    if (count) TRY(skip_values(task, c, count));
    entries -= step;
  }
  return VONK_OK;
}

/* --- row indexes --- */

static void release_index(void *buffer) { vonk_buffer_release(buffer); }

STATUS orc_unit_index(struct vonk_task *task, struct orc_unit *unit, uint32_t column, const struct orc_row_index **out) {
  static const struct orc_row_index none = {0};
  struct orc_stream_place place = unit->footer.columns[column].streams[ORC_STREAM_ROW_INDEX];
  uint64_t stride = unit->metadata->row_stride, wanted = stride ? (unit->stripe->row_count - 1) / stride + 1 : 0;
  *out = unit->indexes[column];
  if (*out) return VONK_OK;
  *out = unit->indexes[column] = &none;
  if (!stride || !place.size || place.size > INDEX_BYTES_MAX) return VONK_OK;
  struct vonk_buffer *bytes;
  TRY(orc_input_read(task, &unit->input, place.offset, place.size, INDEX_BYTES_MAX, &bytes));
  vonk_arena_on_reset(unit->arena, release_index, bytes);
  struct orc_row_index *index = ARENA_NEW(unit->arena, struct orc_row_index);
  if (orc_row_index_read(unit->arena, (struct vonk_str){(const char *)bytes->data, bytes->size}, index) && index->entry_count == wanted) *out = unit->indexes[column] = index;
  return VONK_OK;
}

struct positions {
  const uint64_t *at;
  uint32_t left;
};

static uint64_t next_position(struct positions *p) {
  if (p->left == 0) return 0;
  p->left--;
  return *p->at++;
}

static STATUS seek_stream(struct vonk_task *task, struct orc_stream *stream, bool is_compressed, struct positions *p) {
  uint64_t chunk = next_position(p), inner = is_compressed ? next_position(p) : 0;
  return stream->exists ? orc_stream_seek(task, stream, chunk, inner) : VONK_OK;
}

static STATUS seek_bytes(struct vonk_task *task, struct orc_stream *stream, bool is_compressed, struct orc_bytes *bytes, struct positions *p) {
  TRY(seek_stream(task, stream, is_compressed, p));
  uint64_t skip = next_position(p);
  orc_bytes_restart(bytes);
  return stream->exists ? orc_bytes_skip(task, bytes, skip) : VONK_OK;
}

static STATUS seek_bits(struct vonk_task *task, struct orc_stream *stream, bool is_compressed, struct orc_bits *bits, struct positions *p) {
  orc_bits_restart(bits);
  TRY(seek_bytes(task, stream, is_compressed, &bits->bytes, p));
  uint64_t skip = next_position(p);
  return stream->exists ? orc_bits_skip(task, bits, skip) : VONK_OK;
}

static STATUS seek_ints(struct vonk_task *task, struct orc_stream *stream, bool is_compressed, struct orc_ints *ints, struct positions *p) {
  TRY(seek_stream(task, stream, is_compressed, p));
  uint64_t skip = next_position(p);
  orc_ints_restart(ints);
  return stream->exists ? orc_ints_skip(task, ints, skip) : VONK_OK;
}

/* Positions stand in the order in which the specification lists a kind's streams. */
static STATUS seek_values(struct vonk_task *task, struct orc_column *c, struct positions *p) {
  bool packed = c->unit->input.is_compressed;
  switch (c->node->kind) {
    case ORC_BOOLEAN: return seek_bits(task, &c->data, packed, &c->bits, p);
    case ORC_BYTE: return seek_bytes(task, &c->data, packed, &c->bytes, p);
    case ORC_FLOAT:
    case ORC_DOUBLE: return seek_stream(task, &c->data, packed, p);
    case ORC_SHORT:
    case ORC_INT:
    case ORC_LONG:
    case ORC_DATE: return seek_ints(task, &c->data, packed, c->ints, p);
    case ORC_TIMESTAMP:
    case ORC_TIMESTAMP_INSTANT: TRY(seek_ints(task, &c->data, packed, c->ints, p)); return seek_ints(task, &c->second, packed, c->second_ints, p);
    case ORC_LIST:
    case ORC_MAP: return seek_ints(task, &c->second, packed, c->second_ints, p);
    case ORC_STRUCT: return VONK_OK;
    default:
      if (c->has_dictionary) return seek_ints(task, &c->data, packed, c->ints, p);
      TRY(seek_stream(task, &c->data, packed, p)); /* DECIMAL and the texts */
      return seek_ints(task, &c->second, packed, c->second_ints, p);
  }
}

STATUS orc_column_seek(struct vonk_task *task, struct orc_column *c, uint32_t group) {
  const struct orc_row_index *index;
  if (c->node->kind == ORC_MISSING) return VONK_OK;
  TRY(orc_unit_index(task, c->unit, c->node->column, &index));
  if (group >= index->entry_count) return orc_malformed(task, c->unit->input.file->path, c->node->name, "its row index is malformed");
  if (c->has_dictionary) TRY(read_dictionary(task, c));
  struct positions p = {index->entries[group].positions, index->entries[group].position_count};
  if (c->present.exists) TRY(seek_bits(task, &c->present, c->unit->input.is_compressed, &c->present_bits, &p));
  TRY(seek_values(task, c, &p));
  for (uint32_t i = 0; i < c->node->child_count; i++) TRY(orc_column_seek(task, &c->children[i], group));
  return VONK_OK;
}
