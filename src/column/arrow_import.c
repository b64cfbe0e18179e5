/* arrow_import.c: Arrow C structs as batches.
 *
 * A reader walks over the rows of an array, a batch's worth at a time, column by column. What comes out owns its memory, so the
 * array needs no padding and no alignment; of arrays that are read in place (arrow_internal.h) values of the same layout and
 * strings are pointed to. Values of dictionary-encoded columns are read once.
 */
#include <stdlib.h>

#include "base/bits.h"
#include "column/arrow_internal.h"
#include "column/batch_internal.h"
#include "type/decimal.h"

struct importer {
  struct vonk_task *task;
  struct vonk_arrow_reader *reader;
  struct vonk_owned_batch *owned;
  const struct arrow_memory *memory; /* NULL: everything is copied */
};

/* COUNT values from FIRST on; the array's own offset is already in FIRST. */
struct range {
  int64_t first;
  uint32_t count;
};

static STATUS import_column(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array,
                            const struct vonk_type *type, struct range range, struct vonk_column *out);

/* SIZE bytes from FROM on may be pointed to, by what wants them aligned. */
static bool in_place(const struct importer *im, const void *from, size_t size, size_t alignment) {
  return im->memory && ((uintptr_t)from & (alignment - 1)) == 0 && size <= (size_t)(im->memory->end - (const uint8_t *)from);
}

/* COUNT values of SIZE bytes, readable up to the next 64 rows. */
static STATUS import_values(struct importer *im, const void *from, uint32_t count, size_t size, const void **out) {
  void *data;
  if (in_place(im, from, vonk_bits_words(count) * 64 * size, size)) {
    *out = from;
    return VONK_OK;
  }
  TRY(vonk_owned_batch_values(im->task, im->owned, count, size, &data));
  if (count) memcpy(data, from, count * size);
  *out = data;
  return VONK_OK;
}

/* --- bitmaps --- */

/* Bits FROM..FROM+COUNT-1 (64 at most) of a bitmap that need not be aligned or padded: not a byte behind them is read. */
static uint64_t load_bits(const uint8_t *bitmap, int64_t from, uint32_t count) {
  const uint8_t *bytes = bitmap + (from >> 3);
  uint32_t shift = from & 7, needed = (shift + count + 7) / 8;
  uint64_t word = 0;
  memcpy(&word, bytes, needed < 8 ? needed : 8);
  word >>= shift;
  if (needed > 8) word |= (uint64_t)bytes[8] << (64 - shift);
  return count < 64 ? word & (((uint64_t)1 << count) - 1) : word;
}

static STATUS import_bits(struct importer *im, const void *bitmap, struct range range, const uint64_t **out) {
  const uint8_t *place = (const uint8_t *)bitmap + (range.first >> 3);
  size_t size = vonk_bits_words(range.count) * 8;
  void *data;
  if ((range.first & 7) == 0 && in_place(im, place, size, 8)) {
    *out = (const uint64_t *)(const void *)place;
    return VONK_OK;
  }
  TRY(vonk_owned_batch_buffer(im->task, im->owned, size, &data));
  *out = data;
  for (uint32_t i = 0; i < range.count; i += 64) {
    uint32_t left = range.count - i;
    ((uint64_t *)data)[i / 64] = load_bits(bitmap, range.first + i, left < 64 ? left : 64);
  }
  return VONK_OK;
}

static STATUS import_validity(struct importer *im, const struct ArrowArray *array, struct range range, struct vonk_column *out) {
  const uint64_t *bits;
  if (array->n_buffers == 0 || !array->buffers[0] || array->null_count == 0) return VONK_OK;
  TRY(import_bits(im, array->buffers[0], range, &bits));
  if (!vonk_bits_all(bits, range.count)) out->valid = bits;
  return VONK_OK;
}

/* --- numbers --- */

/* Micros per unit of a format's last letter; 0 for nanoseconds, which are divided by 1000. */
static int64_t micros_of_unit(char unit) { return unit == 's' ? 1000000 : unit == 'm' ? 1000 : unit == 'u' ? 1 : 0; }

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && a < 0); }

static STATUS convert(struct vonk_task *task, int64_t value, int64_t factor, int64_t divisor, int64_t *out) {
  value = divisor > 1 ? floor_div(value, divisor) : value;
  if (!__builtin_mul_overflow(value, factor, out)) return VONK_OK;
  return vonk_unsupported(task, NULL, "an Arrow time beyond the range of 64 bits");
}

static int64_t read_integer(const void *data, size_t size, bool is_unsigned, int64_t i) {
  const char *at = (const char *)data + i * (int64_t)size;
  int64_t value = 0;
  memcpy(&value, at, size);
  int shift = (int)(64 - 8 * size);
  if (is_unsigned || shift == 0) return value;
  return (int64_t)((uint64_t)value << shift) >> shift;
}

/* Width of the integers of a format. */
static size_t format_size(const char *format) {
  switch (format[0]) {
    case 'c':
    case 'C': return 1;
    case 's':
    case 'S': return 2;
    case 'i':
    case 'I':
    case 'f': return 4;
    case 't':
      if (!strcmp(format, "tdD") || !strcmp(format, "tiM") || !strcmp(format, "tts") || !strcmp(format, "ttm")) return 4;
      return strcmp(format, "tin") == 0 ? 16 : 8;
    default: return 8;
  }
}

/* How a format's integers become the type's. */
static void scaling(const char *format, int64_t *factor, int64_t *divisor) {
  *factor = *divisor = 1;
  if (!strcmp(format, "tdm")) *divisor = 86400000;
  if (format[0] != 't' || format[1] == 'd' || format[1] == 'i') return;
  int64_t micros = micros_of_unit(format[2]);
  bool time_of_day = format[1] == 't'; /* in nanoseconds */
  if (time_of_day) *factor = micros ? micros * 1000 : 1;
  else if (micros) *factor = micros;
  else *divisor = 1000;
}

static STATUS import_integers(struct importer *im, const char *format, const void *from, struct range range, struct vonk_column *out) {
  size_t in_size = format_size(format), out_size = vonk_physical_size[out->physical];
  bool is_unsigned = strchr("CSIL", format[0]) != NULL;
  int64_t factor, divisor;
  void *data;
  scaling(format, &factor, &divisor);
  if (in_size == out_size && factor == 1 && divisor == 1) {
    return import_values(im, (const char *)from + range.first * (int64_t)in_size, range.count, in_size, &out->data);
  }
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, out_size, &data));
  out->data = data;
  for (uint32_t i = 0; i < range.count; i++) {
    int64_t value = read_integer(from, in_size, is_unsigned, range.first + i);
    bool valid = vonk_bits_get(out->valid, i);
    if (valid) TRY(convert(im->task, value, factor, divisor, &value));
    if (valid && out_size == 4 && (int32_t)value != value) return vonk_unsupported(im->task, NULL, "an Arrow date beyond the range of 32 bits");
    vonk_int128 wide = is_unsigned && in_size == 8 ? (vonk_int128)(uint64_t)value : value;
    memcpy((char *)data + i * out_size, &wide, out_size);
  }
  return VONK_OK;
}

static STATUS import_intervals(struct importer *im, const void *from, struct range range, struct vonk_column *out) {
  void *data;
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, sizeof(struct vonk_interval), &data));
  struct vonk_interval *to = data;
  if (range.count) memcpy(to, (const char *)from + range.first * 16, 16 * (size_t)range.count);
  for (uint32_t i = 0; i < range.count; i++) to[i].micros = floor_div(to[i].micros, 1000);
  out->data = data;
  return VONK_OK;
}

/* The whole value of BITS at place I; TOO_BIG when 128 bits do not hold it. */
static vonk_int128 read_decimal(const void *from, uint32_t bits, int64_t i, bool *too_big) {
  const char *at = (const char *)from + i * (int64_t)(bits / 8);
  int32_t narrow;
  int64_t words[4];
  vonk_int128 wide;
  if (bits == 32) return memcpy(&narrow, at, 4), narrow;
  if (bits == 64) return memcpy(&words[0], at, 8), words[0];
  memcpy(&wide, at, 16);
  if (bits == 128) return wide;
  memcpy(words, at, 32);
  *too_big = words[2] != words[1] >> 63 || words[3] != words[2];
  return wide;
}

static STATUS decimal_too_big(struct vonk_task *task, const struct vonk_type *type, vonk_int128 value) {
  char text[VONK_DECIMAL_TEXT_MAX];
  struct vonk_str shown = vonk_str_copy(task->arena, vonk_str_make(text, (size_t)vonk_decimal_format(value, type->scale, text)));
  return vonk_raise(task, VONK_NUMERIC_VALUE_OUT_OF_RANGE__WITHOUT_SUGGESTION, NULL, "roundedValue", shown, "originalValue", shown, "precision",
                    vonk_str_format(task->arena, "%d", type->precision), "scale", vonk_str_format(task->arena, "%d", type->scale), NULL);
}

static STATUS import_decimals(struct importer *im, const char *format, const void *from, struct range range, struct vonk_column *out) {
  const char *comma = strrchr(format, ',');
  uint32_t bits = comma && strchr(format, ',') != comma ? (uint32_t)strtoul(comma + 1, NULL, 10) : 128;
  size_t size = vonk_physical_size[out->physical];
  const char *place = (const char *)from + range.first * (int64_t)(bits / 8);
  bool as_is = bits == 8 * size && in_place(im, place, vonk_bits_words(range.count) * 64 * size, size);
  void *data = NULL;
  if (!as_is) TRY(vonk_owned_batch_values(im->task, im->owned, range.count, size, &data));
  out->data = as_is ? (const void *)place : data;
  for (uint32_t i = 0; i < range.count; i++) {
    bool too_big = false;
    vonk_int128 value = 0;
    if (vonk_bits_get(out->valid, i)) value = read_decimal(from, bits, range.first + i, &too_big);
    if (too_big || !vonk_decimal_fits(value, out->type->precision)) return decimal_too_big(im->task, out->type, value);
    if (!as_is) memcpy((char *)data + i * size, &value, size);
  }
  return VONK_OK;
}

/* Half precision: 1 sign bit, 5 of exponent, 10 of fraction. */
static float float_of_half(uint16_t half) {
  uint32_t exponent = half >> 10 & 31, fraction = half & 1023;
  float value = (float)fraction / 1024;
  if (exponent == 31) value = fraction ? __builtin_nanf("") : __builtin_inff();
  else if (exponent == 0) value = __builtin_ldexpf(value, -14);
  else value = __builtin_ldexpf(1 + value, (int)exponent - 15);
  return half >> 15 ? -value : value;
}

static STATUS import_halves(struct importer *im, const void *from, struct range range, struct vonk_column *out) {
  void *data;
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, sizeof(float), &data));
  out->data = data;
  for (uint32_t i = 0; i < range.count; i++) {
    uint16_t half;
    memcpy(&half, (const char *)from + (range.first + i) * 2, 2);
    ((float *)data)[i] = float_of_half(half);
  }
  return VONK_OK;
}

/* --- strings --- */

/* A value of Arrow's view layout: like ours, with (buffer, offset) in place of the pointer. */
struct arrow_view {
  int32_t size;
  char prefix[4];
  int32_t buffer, offset;
};

/* Entry I of an offsets buffer, which need not be aligned. */
static int64_t offset_at(const struct ArrowArray *array, bool large, int64_t i) {
  int64_t wide;
  int32_t narrow;
  if (large) {
    memcpy(&wide, (const char *)array->buffers[1] + 8 * i, 8);
    return wide;
  }
  memcpy(&narrow, (const char *)array->buffers[1] + 4 * i, 4);
  return narrow;
}

static struct vonk_str string_at(const struct ArrowArray *array, const char *format, size_t fixed, int64_t i) {
  if (format[0] == 'v') {
    const char *place = (const char *)array->buffers[1] + 16 * i;
    struct arrow_view view;
    memcpy(&view, place, sizeof view);
    const char *bytes = view.size <= 12 ? place + 4 : (const char *)array->buffers[2 + view.buffer] + view.offset;
    return vonk_str_make(bytes, (size_t)view.size);
  }
  if (format[0] == 'w') return vonk_str_make((const char *)array->buffers[1] + (size_t)i * fixed, fixed);
  bool large = format[0] == 'U' || format[0] == 'Z';
  int64_t from = offset_at(array, large, i), to = offset_at(array, large, i + 1);
  return vonk_str_make((const char *)array->buffers[2] + from, (size_t)(to - from));
}

/* A view of SIZE <= 12 bytes when 12 bytes can be read: no call for a size that is not known. */
static inline struct vonk_view short_view(const char *data, uint32_t size) {
  struct vonk_view view = {.size = size};
  uint64_t low;
  uint32_t high;
  memcpy(&low, data, 8);
  memcpy(&high, data + 8, 4);
  low = size >= 8 ? low : low & (((uint64_t)1 << 8 * size) - 1);
  high = size <= 8 ? 0 : (uint32_t)(high & (((uint64_t)1 << 8 * (size - 8)) - 1));
  memcpy(view.inlined, &low, 8);
  memcpy(view.inlined + 8, &high, 4);
  return view;
}

/* 32-bit offsets into bytes that stay where they are. */
static void view_in_place(const struct importer *im, const struct ArrowArray *array, struct range range, const uint64_t *valid, struct vonk_view *views) {
  const char *bytes = array->buffers[2], *quick_end = (const char *)im->memory->end - VONK_VIEW_INLINE;
  const char *offsets = (const char *)array->buffers[1] + 4 * range.first;
  int32_t from, to;
  memcpy(&from, offsets, 4);
  for (uint32_t i = 0; i < range.count; i++, from = to) {
    memcpy(&to, offsets + 4 * (size_t)(i + 1), 4);
    uint32_t size = (uint32_t)(to - from);
    views[i] = (struct vonk_view){0};
    if (!vonk_bits_get(valid, i) || size == 0) continue;
    views[i] = size <= VONK_VIEW_INLINE && bytes + from <= quick_end ? short_view(bytes + from, size) : vonk_view_make(bytes + from, size);
  }
}

/* The sizes of strings too long for a view, together. */
static STATUS count_long(struct importer *im, const char *format, size_t fixed, const struct ArrowArray *array, struct range range, const uint64_t *valid, size_t *total) {
  *total = 0;
  for (uint32_t i = 0; i < range.count; i++) {
    if (!vonk_bits_get(valid, i)) continue;
    size_t size = string_at(array, format, fixed, range.first + i).size;
    if (size > INT32_MAX) return vonk_unsupported(im->task, NULL, "strings of more than 2 GiB");
    if (size > VONK_VIEW_INLINE) *total += size;
  }
  return VONK_OK;
}

static STATUS import_strings(struct importer *im, const char *format, const struct ArrowArray *array, struct range range, struct vonk_column *out) {
  size_t total, fixed = format[0] == 'w' ? strtoul(format + 2, NULL, 10) : 0;
  void *data, *heap = NULL;
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, sizeof(struct vonk_view), &data));
  struct vonk_view *views = data;
  out->data = views;
  if (range.count == 0) return VONK_OK;
  if (im->memory && (format[0] == 'u' || format[0] == 'z')) {
    view_in_place(im, array, range, out->valid, views);
    return VONK_OK;
  }
  TRY(count_long(im, format, fixed, array, range, out->valid, &total));
  if (!im->memory) TRY(vonk_owned_batch_buffer(im->task, im->owned, total, &heap));
  char *at = heap;
  for (uint32_t i = 0; i < range.count; i++) {
    views[i] = (struct vonk_view){0};
    if (!vonk_bits_get(out->valid, i)) continue;
    struct vonk_str text = string_at(array, format, fixed, range.first + i);
    if (heap && text.size > VONK_VIEW_INLINE) {
      memcpy(at, text.data, text.size);
      text.data = at;
      at += text.size;
    }
    if (text.size) vonk_view_put(&views[i], text.data, (uint32_t)text.size);
  }
  return VONK_OK;
}

/* --- nested --- */

/* Lists of any layout as entries that count from the first element; ELEMENTS are those of the child. */
static STATUS import_entries(struct importer *im, const char *format, const struct ArrowArray *array, struct range range, struct vonk_column *out,
                             struct range *elements) {
  void *data;
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, sizeof(struct vonk_list), &data));
  struct vonk_list *lists = data;
  out->data = lists;
  *elements = (struct range){0};
  if (range.count == 0) return VONK_OK;
  bool large = format[1] == 'L', fixed = format[1] == 'w';
  int64_t length = fixed ? strtol(format + 3, NULL, 10) : 0;
  int64_t first = fixed ? range.first * length : offset_at(array, large, range.first);
  int64_t last = fixed ? first + range.count * length : offset_at(array, large, range.first + range.count);
  if (last - first > UINT32_MAX) return vonk_unsupported(im->task, NULL, "an Arrow list column with more than 2^32 elements in a batch");
  for (uint32_t i = 0; i < range.count; i++) {
    int64_t from = fixed ? first + i * length : offset_at(array, large, range.first + i);
    int64_t to = fixed ? from + length : offset_at(array, large, range.first + i + 1);
    lists[i] = (struct vonk_list){(uint32_t)(from - first), (uint32_t)(to - from)};
  }
  *elements = (struct range){first, (uint32_t)(last - first)};
  return VONK_OK;
}

static STATUS import_lists(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array, struct range range,
                           struct vonk_column *out) {
  struct range elements;
  TRY(import_entries(im, schema->format, array, range, out, &elements));
  out->child_count = elements.count;
  const struct ArrowSchema *child_schema = schema->children[0];
  const struct ArrowArray *child = array->children[0];
  elements.first += child->offset;
  if (schema->format[1] != 'm') return import_column(im, child_schema, child, out->type->element, elements, &out->children[0]);
  for (uint32_t k = 0; k < 2; k++) {
    struct range parts = {elements.first + child->children[k]->offset, elements.count};
    TRY(import_column(im, child_schema->children[k], child->children[k], vonk_type_child(out->type, k), parts, &out->children[k]));
  }
  if (out->children[0].valid && !vonk_bits_all(out->children[0].valid, elements.count)) return vonk_raise(im->task, VONK_NULL_MAP_KEY, NULL, NULL);
  return VONK_OK;
}

static STATUS import_structs(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array, struct range range,
                             struct vonk_column *out) {
  for (uint32_t k = 0, count = vonk_type_child_count(out->type); k < count; k++) {
    uint32_t position = out->type->id == VONK_TYPE_VARIANT ? 1 - k : k;
    const struct ArrowArray *child = array->children[position];
    struct range parts = {range.first + child->offset, range.count};
    TRY(import_column(im, schema->children[position], child, vonk_type_child(out->type, k), parts, &out->children[k]));
  }
  return VONK_OK;
}

/* --- dictionaries --- */

/* An importer of ARRAY into OWNED, which keeps the memory that will be pointed to. */
static struct importer start(struct vonk_task *task, struct vonk_arrow_reader *reader, struct vonk_owned_batch *owned, const struct ArrowArray *array) {
  struct importer im = {.task = task, .reader = reader, .owned = owned, .memory = reader->in_place ? array->private_data : NULL};
  if (im.memory && im.memory->body) vonk_owned_batch_keep_buffer(owned, vonk_buffer_retain(im.memory->body));
  return im;
}

/* The values of a dictionary, read once. They live as long as the dictionary, not as the batch of the moment. */
static STATUS find_dictionary(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array,
                              const struct vonk_type *type, struct arrow_known_dictionary *out) {
  struct vonk_arrow_reader *reader = im->reader;
  for (size_t i = 0; i < reader->dictionaries.count; i++) {
    *out = reader->dictionaries.items[i];
    if (out->array == array) return VONK_OK;
  }
  if (vonk_type_child_count(type) || type->id == VONK_TYPE_VOID || array->length > UINT32_MAX) {
    return vonk_unsupported(im->task, NULL, "Arrow dictionaries of nested values");
  }
  struct vonk_owned_batch *values = vonk_owned_batch_create(im->task);
  struct importer inner = start(im->task, reader, values, array);
  struct vonk_column entries;
  struct range range = {array->offset, (uint32_t)array->length};
  enum vonk_status status = import_column(&inner, schema, array, type, range, &entries);
  *out = (struct arrow_known_dictionary){.array = array};
  if (status == VONK_OK && entries.valid) {
    out->valid = vonk_arena_copy(reader->arena, entries.valid, vonk_bits_words(range.count) * 8);
    entries.valid = NULL;
  }
  if (status == VONK_OK && values->buffer_count > 4) status = vonk_unsupported(im->task, NULL, "Arrow dictionaries of nested values");
  if (status == VONK_OK) {
    status = vonk_dictionary_create(im->task, &entries, range.count, values->buffers, (int)values->buffer_count, &out->dictionary);
  }
  if (status == VONK_OK) {
    values->buffer_count = 0; /* the dictionary has them now */
    *ARRAY_PUSH(reader->arena, &reader->dictionaries) = *out;
  }
  vonk_owned_batch_destroy(values);
  return status;
}

static STATUS import_codes(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array, struct range range,
                           struct vonk_column *out) {
  struct arrow_known_dictionary known;
  TRY(find_dictionary(im, schema->dictionary, array->dictionary, out->type, &known));
  void *data;
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, sizeof(uint32_t), &data));
  uint32_t *codes = data;
  uint64_t *valid = NULL; /* to be narrowed where entries are null */
  uint32_t entry_count = known.dictionary->entry_count;
  if (known.valid) {
    void *bits;
    TRY(vonk_owned_batch_buffer(im->task, im->owned, vonk_bits_words(range.count) * 8, &bits));
    valid = bits;
    vonk_bits_copy(out->valid, range.count, valid);
    out->valid = valid;
  }
  bool is_unsigned = strchr("CSIL", schema->format[0]) != NULL;
  for (uint32_t i = 0; i < range.count; i++) {
    int64_t code = read_integer(array->buffers[1], format_size(schema->format), is_unsigned, range.first + i);
    bool good = code >= 0 && code < entry_count;
    codes[i] = good ? (uint32_t)code : 0;
    if (!good && vonk_bits_get(out->valid, i)) {
      return vonk_raise(im->task, VONK_MALFORMED_RECORD_IN_PARSING__WITHOUT_SUGGESTION, NULL, "badRecord",
                        STR("Arrow data with an index outside its dictionary"), "failFastMode", STR("FAILFAST"), NULL);
    }
    if (good && valid && !vonk_bits_get(known.valid, codes[i])) vonk_bits_clear(valid, i);
  }
  out->encoding = VONK_DICT;
  out->codes = codes;
  out->dictionary = known.dictionary;
  vonk_owned_batch_keep(im->owned, vonk_dictionary_retain(known.dictionary));
  return VONK_OK;
}

/* --- columns --- */

static STATUS import_column(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array,
                            const struct vonk_type *type, struct range range, struct vonk_column *out) {
  struct vonk_arena *arena = im->owned->arena;
  uint32_t child_count = vonk_type_child_count(type);
  *out = (struct vonk_column){.type = type, .encoding = VONK_FLAT, .physical = (uint8_t)vonk_physical_of(type)};
  if (child_count) out->children = ARENA_ARRAY(arena, struct vonk_column, child_count);
  if (out->physical == VONK_PHYSICAL_NONE) return VONK_OK;
  TRY(import_validity(im, array, range, out));
  if (schema->dictionary) return import_codes(im, schema, array, range, out);
  switch (out->physical) {
    case VONK_PHYSICAL_BOOL: {
      const uint64_t *bits;
      TRY(import_bits(im, array->buffers[1], range, &bits));
      out->data = bits;
      return VONK_OK;
    }
    case VONK_PHYSICAL_VIEW: return import_strings(im, schema->format, array, range, out);
    case VONK_PHYSICAL_INTERVAL: return import_intervals(im, array->buffers[1], range, out);
    case VONK_PHYSICAL_LIST: return import_lists(im, schema, array, range, out);
    case VONK_PHYSICAL_STRUCT: return import_structs(im, schema, array, range, out);
    case VONK_PHYSICAL_F32:
      if (schema->format[0] == 'e') return import_halves(im, array->buffers[1], range, out);
      break;
    default:
      if (schema->format[0] == 'd') return import_decimals(im, schema->format, array->buffers[1], range, out);
      break;
  }
  return import_integers(im, schema->format, array->buffers[1], range, out);
}

STATUS vonk_arrow_reader_create(struct vonk_task *task, const struct ArrowSchema *schema, struct ArrowArray *array,
                                struct vonk_arrow_reader **out) {
  const struct vonk_type *type;
  *out = NULL;
  enum vonk_status status = vonk_arrow_import_schema(task, schema, &type);
  if (status == VONK_OK && array->n_children != schema->n_children) {
    status = vonk_unsupported(task, NULL, "an Arrow array that does not match its schema");
  }
  if (status != VONK_OK) {
    array->release(array);
    return status;
  }
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_arrow_reader *reader = ARENA_NEW(arena, struct vonk_arrow_reader);
  reader->arena = arena;
  reader->schema = schema;
  reader->array = *array;
  reader->type = type;
  array->release = NULL;
  *out = reader;
  return VONK_OK;
}

static STATUS import_rows(struct importer *im, const struct ArrowArray *array, struct range range) {
  const struct vonk_arrow_reader *reader = im->reader;
  struct vonk_batch *batch = &im->owned->batch;
  batch->column_count = reader->type->field_count;
  batch->row_count = batch->live_count = range.count;
  batch->first_row = (uint64_t)range.first;
  batch->columns = ARENA_ARRAY(im->owned->arena, struct vonk_column, batch->column_count);
  for (uint32_t i = 0; i < batch->column_count; i++) {
    const struct ArrowArray *child = array->children[i];
    struct range rows = {range.first + array->offset + child->offset, range.count};
    TRY(import_column(im, reader->schema->children[i], child, reader->type->fields[i].type, rows, &batch->columns[i]));
  }
  return VONK_OK;
}

STATUS arrow_read_rows(struct vonk_task *task, struct vonk_arrow_reader *reader, const struct ArrowArray *array, int64_t first, uint32_t count,
                       struct vonk_owned_batch **out) {
  struct vonk_owned_batch *owned = vonk_owned_batch_create(task);
  struct importer im = start(task, reader, owned, array);
  enum vonk_status status = import_rows(&im, array, (struct range){first, count});
  *out = status == VONK_OK ? owned : NULL;
  if (status != VONK_OK) vonk_owned_batch_destroy(owned);
  return status;
}

STATUS vonk_arrow_reader_next(struct vonk_task *task, struct vonk_arrow_reader *reader, struct vonk_owned_batch **out) {
  int64_t left = reader->array.length - reader->next;
  *out = NULL;
  if (left <= 0) return VONK_OK;
  uint32_t count = left < VONK_BATCH_ROWS ? (uint32_t)left : VONK_BATCH_ROWS;
  TRY(arrow_read_rows(task, reader, &reader->array, reader->next, count, out));
  reader->next += count;
  return VONK_OK;
}

const struct vonk_type *vonk_arrow_reader_type(const struct vonk_arrow_reader *reader) { return reader->type; }

void vonk_arrow_reader_destroy(struct vonk_arrow_reader *reader) {
  if (!reader) return;
  for (size_t i = 0; i < reader->dictionaries.count; i++) vonk_dictionary_release(reader->dictionaries.items[i].dictionary);
  if (reader->array.release) reader->array.release(&reader->array);
  vonk_arena_destroy(reader->arena);
}
