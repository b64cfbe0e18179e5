/* arrow_import.c: Arrow C structs as types and batches.
 *
 * A reader walks over the rows of an array and copies a batch's worth at a time, column by column: what comes out owns its
 * memory, so the array needs no padding and no alignment. Values of dictionary-encoded columns are copied once.
 */
#include "base/array.h"
#include "base/bits.h"
#include "column/arrow.h"
#include "column/batch_internal.h"

/* --- schemas --- */

struct plain_format {
  const char *format;
  const struct vonk_type *type;
};

static const struct plain_format plain_formats[] = {
    {"n", &vonk_type_void},      {"b", &vonk_type_boolean},  {"c", &vonk_type_byte},   {"C", &vonk_type_short},
    {"s", &vonk_type_short},     {"S", &vonk_type_int},      {"i", &vonk_type_int},    {"I", &vonk_type_long},
    {"l", &vonk_type_long},      {"f", &vonk_type_float},    {"g", &vonk_type_double}, {"u", &vonk_type_string},
    {"U", &vonk_type_string},    {"vu", &vonk_type_string},  {"z", &vonk_type_binary}, {"Z", &vonk_type_binary},
    {"vz", &vonk_type_binary},   {"tdD", &vonk_type_date},   {"tdm", &vonk_type_date}, {"tiM", &vonk_type_interval_ym},
    {"tin", &vonk_type_interval}, {"tDs", &vonk_type_interval_dt}, {"tDm", &vonk_type_interval_dt},
    {"tDu", &vonk_type_interval_dt}, {"tDn", &vonk_type_interval_dt},
};

static STATUS unknown_format(struct vonk_task *task, const char *format) {
  return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "the Arrow format '%s'", format);
}

static STATUS import_type(struct vonk_task *task, const struct ArrowSchema *schema, int depth, const struct vonk_type **out);

static STATUS import_fields(struct vonk_task *task, const struct ArrowSchema *schema, int depth, const struct vonk_type **out) {
  struct vonk_type_field *fields = ARENA_ARRAY(task->arena, struct vonk_type_field, (size_t)schema->n_children);
  bool variant = schema->n_children == 2;
  for (int64_t i = 0; i < schema->n_children; i++) {
    const struct ArrowSchema *child = schema->children[i];
    fields[i].name = vonk_str_copy(task->arena, vonk_str_of(child->name ? child->name : ""));
    fields[i].nullable = (child->flags & ARROW_FLAG_NULLABLE) != 0;
    TRY(import_type(task, child, depth + 1, &fields[i].type));
    static const char *const names[] = {"value", "metadata"};
    variant = variant && fields[i].type->id == VONK_TYPE_BINARY && vonk_str_equal(fields[i].name, vonk_str_of(names[i]));
  }
  /* What marks a variant is metadata of its metadata field; nothing else has any there. */
  if (variant && schema->children[1]->metadata) *out = &vonk_type_variant;
  else *out = vonk_type_struct(task->arena, fields, (uint32_t)schema->n_children);
  return VONK_OK;
}

static STATUS import_nested(struct vonk_task *task, const struct ArrowSchema *schema, int depth, const struct vonk_type **out) {
  char kind = schema->format[1];
  const struct vonk_type *key, *element;
  if (kind == 's') return import_fields(task, schema, depth, out);
  if (schema->n_children != 1) return unknown_format(task, schema->format);
  const struct ArrowSchema *child = schema->children[0];
  if (kind == 'l' || kind == 'L') {
    TRY(import_type(task, child, depth + 1, &element));
    *out = vonk_type_array(task->arena, element, (child->flags & ARROW_FLAG_NULLABLE) != 0);
    return VONK_OK;
  }
  if (kind != 'm' || child->n_children != 2) return unknown_format(task, schema->format);
  TRY(import_type(task, child->children[0], depth + 2, &key));
  TRY(import_type(task, child->children[1], depth + 2, &element));
  *out = vonk_type_map(task->arena, key, element, (child->children[1]->flags & ARROW_FLAG_NULLABLE) != 0);
  return VONK_OK;
}

/* "d:10,2" or "d:10,2,128". */
static bool import_decimal(struct vonk_arena *arena, struct vonk_str format, const struct vonk_type **out) {
  int64_t numbers[3] = {0, 0, 128};
  size_t at = 2;
  for (int i = 0; i < 3 && at < format.size; i++) {
    size_t comma = vonk_str_find(format, STR(","), at);
    if (comma == SIZE_MAX) comma = format.size;
    if (!vonk_str_to_int64(vonk_str_slice(format, at, comma), &numbers[i])) return false;
    at = comma + 1;
  }
  if (numbers[2] != 128 || numbers[0] < 1 || numbers[0] > VONK_DECIMAL_PRECISION_MAX || numbers[1] < 0 || numbers[1] > numbers[0]) {
    return false;
  }
  *out = vonk_type_decimal(arena, (int)numbers[0], (int)numbers[1]);
  return true;
}

static STATUS import_type(struct vonk_task *task, const struct ArrowSchema *schema, int depth, const struct vonk_type **out) {
  struct vonk_str format = vonk_str_of(schema->format);
  if (depth > VONK_TYPE_DEPTH_MAX) return vonk_unsupported(task, NULL, "Arrow types nested that deep");
  if (schema->dictionary) return import_type(task, schema->dictionary, depth, out);
  for (size_t i = 0; i < COUNT_OF(plain_formats); i++) {
    if (!vonk_str_equal(format, vonk_str_of(plain_formats[i].format))) continue;
    *out = plain_formats[i].type;
    return VONK_OK;
  }
  if (format.size >= 2 && format.data[0] == '+') return import_nested(task, schema, depth, out);
  if (vonk_str_equal(format, STR("L"))) {
    *out = vonk_type_decimal(task->arena, 20, 0);
    return VONK_OK;
  }
  if (format.size >= 4 && vonk_str_starts_with(format, STR("ts")) && format.data[3] == ':' && strchr("smun", format.data[2])) {
    *out = format.size > 4 ? &vonk_type_timestamp : &vonk_type_timestamp_ntz;
    return VONK_OK;
  }
  if (format.size == 3 && vonk_str_starts_with(format, STR("tt")) && strchr("smun", format.data[2])) {
    *out = vonk_type_time(task->arena, 6);
    return VONK_OK;
  }
  if (vonk_str_starts_with(format, STR("d:")) && import_decimal(task->arena, format, out)) return VONK_OK;
  return unknown_format(task, schema->format);
}

STATUS vonk_arrow_import_schema(struct vonk_task *task, const struct ArrowSchema *schema, const struct vonk_type **out) {
  if (strcmp(schema->format, "+s") != 0) return unknown_format(task, schema->format);
  TRY(import_type(task, schema, 0, out));
  if ((*out)->id != VONK_TYPE_STRUCT) return unknown_format(task, "+s of a variant");
  return VONK_OK;
}

/* --- arrays --- */

/* A dictionary that was read already; values by the array they came from. */
struct known_dictionary {
  const struct ArrowArray *array;
  struct vonk_dictionary *dictionary;
  const uint64_t *valid; /* of its entries; NULL: no nulls */
};

struct vonk_arrow_reader {
  const struct ArrowSchema *schema;
  struct ArrowArray array;
  const struct vonk_type *type;
  struct vonk_arena *arena;
  int64_t next;
  ARRAY_OF(struct known_dictionary) dictionaries;
};

struct importer {
  struct vonk_task *task;
  struct vonk_arrow_reader *reader;
  struct vonk_owned_batch *owned;
};

/* COUNT values from FIRST on; the array's own offset is already in FIRST. */
struct range {
  int64_t first;
  uint32_t count;
};

static STATUS import_column(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array,
                            const struct vonk_type *type, struct range range, struct vonk_column *out);

/* Bits of a bitmap that need not be aligned or padded: not a byte behind the range is read. */
static STATUS import_bits(struct importer *im, const void *bitmap, struct range range, uint64_t **out) {
  const uint8_t *bytes = bitmap;
  void *data;
  TRY(vonk_owned_batch_buffer(im->task, im->owned, vonk_bits_words(range.count) * 8, &data));
  memset(data, 0, vonk_bits_words(range.count) * 8);
  *out = data;
  for (uint32_t i = 0; i < range.count; i++) {
    int64_t bit = range.first + i;
    if (bytes[bit >> 3] >> (bit & 7) & 1) vonk_bits_set(*out, i);
  }
  return VONK_OK;
}

static STATUS import_validity(struct importer *im, const struct ArrowArray *array, struct range range, struct vonk_column *out) {
  uint64_t *bits;
  if (array->n_buffers == 0 || !array->buffers[0] || array->null_count == 0) return VONK_OK;
  TRY(import_bits(im, array->buffers[0], range, &bits));
  if (!vonk_bits_all(bits, range.count)) out->valid = bits;
  return VONK_OK;
}

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
    case 'd': return 16;
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
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, out_size, &data));
  out->data = data;
  scaling(format, &factor, &divisor);
  if (in_size == out_size && factor == 1 && divisor == 1) {
    if (range.count) memcpy(data, (const char *)from + range.first * (int64_t)in_size, in_size * range.count);
    return VONK_OK;
  }
  for (uint32_t i = 0; i < range.count; i++) {
    vonk_int128 wide;
    if (in_size == 16) {
      memcpy(&wide, (const char *)from + (range.first + i) * 16, 16);
    } else {
      int64_t value = read_integer(from, in_size, is_unsigned, range.first + i);
      bool valid = !out->valid || vonk_bits_get(out->valid, i);
      if (valid) TRY(convert(im->task, value, factor, divisor, &value));
      wide = is_unsigned && in_size == 8 ? (vonk_int128)(uint64_t)value : value;
    }
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

static struct vonk_str string_at(const struct ArrowArray *array, const char *format, int64_t i) {
  if (format[0] == 'v') {
    const char *place = (const char *)array->buffers[1] + 16 * i;
    struct arrow_view view;
    memcpy(&view, place, sizeof view);
    const char *bytes = view.size <= 12 ? place + 4 : (const char *)array->buffers[2 + view.buffer] + view.offset;
    return vonk_str_make(bytes, (size_t)view.size);
  }
  bool large = format[0] == 'U' || format[0] == 'Z';
  int64_t from = offset_at(array, large, i), to = offset_at(array, large, i + 1);
  return vonk_str_make((const char *)array->buffers[2] + from, (size_t)(to - from));
}

static STATUS import_strings(struct importer *im, const char *format, const struct ArrowArray *array, struct range range, struct vonk_column *out) {
  size_t total = 0;
  void *data, *heap;
  for (uint32_t i = 0; i < range.count; i++) {
    if (out->valid && !vonk_bits_get(out->valid, i)) continue;
    struct vonk_str text = string_at(array, format, range.first + i);
    if (text.size > INT32_MAX) return vonk_unsupported(im->task, NULL, "strings of more than 2 GiB");
    if (text.size > VONK_VIEW_INLINE) total += text.size;
  }
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, sizeof(struct vonk_view), &data));
  TRY(vonk_owned_batch_buffer(im->task, im->owned, total, &heap));
  struct vonk_view *views = data;
  char *at = heap;
  for (uint32_t i = 0; i < range.count; i++) {
    views[i] = (struct vonk_view){0};
    if (out->valid && !vonk_bits_get(out->valid, i)) continue;
    struct vonk_str text = string_at(array, format, range.first + i);
    if (text.size > VONK_VIEW_INLINE) {
      memcpy(at, text.data, text.size);
      text.data = at;
      at += text.size;
    }
    if (text.size) views[i] = vonk_view_make(text.data, (uint32_t)text.size);
  }
  out->data = views;
  return VONK_OK;
}

static STATUS import_lists(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array, struct range range,
                           struct vonk_column *out) {
  bool large = schema->format[1] == 'L', map = schema->format[1] == 'm';
  int64_t first = range.count == 0 ? 0 : offset_at(array, large, range.first);
  int64_t last = range.count == 0 ? 0 : offset_at(array, large, range.first + range.count);
  if (last - first > UINT32_MAX) return vonk_unsupported(im->task, NULL, "an Arrow list column with more than 2^32 elements in a batch");
  void *data;
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, sizeof(struct vonk_list), &data));
  struct vonk_list *lists = data;
  for (uint32_t i = 0; i < range.count; i++) {
    int64_t from = offset_at(array, large, range.first + i), to = offset_at(array, large, range.first + i + 1);
    lists[i] = (struct vonk_list){(uint32_t)(from - first), (uint32_t)(to - from)};
  }
  out->data = lists;
  out->child_count = (uint32_t)(last - first);
  const struct ArrowSchema *child_schema = schema->children[0];
  const struct ArrowArray *child = array->children[0];
  struct range elements = {first + child->offset, out->child_count};
  if (!map) return import_column(im, child_schema, child, out->type->element, elements, &out->children[0]);
  for (uint32_t k = 0; k < 2; k++) {
    struct range parts = {elements.first + child->children[k]->offset, elements.count};
    TRY(import_column(im, child_schema->children[k], child->children[k], vonk_type_child(out->type, k), parts, &out->children[k]));
  }
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

/* The values of a dictionary, read once. They live as long as the dictionary, not as the batch of the moment. */
static STATUS find_dictionary(struct importer *im, const struct ArrowSchema *schema, const struct ArrowArray *array,
                              const struct vonk_type *type, struct known_dictionary *out) {
  struct vonk_arrow_reader *reader = im->reader;
  for (size_t i = 0; i < reader->dictionaries.count; i++) {
    *out = reader->dictionaries.items[i];
    if (out->array == array) return VONK_OK;
  }
  if (vonk_type_child_count(type) || type->id == VONK_TYPE_VOID || array->length > UINT32_MAX) {
    return vonk_unsupported(im->task, NULL, "Arrow dictionaries of nested values");
  }
  struct vonk_owned_batch *values = vonk_owned_batch_create(im->task);
  struct importer inner = {im->task, reader, values};
  struct vonk_column entries;
  struct range range = {array->offset, (uint32_t)array->length};
  enum vonk_status status = import_column(&inner, schema, array, type, range, &entries);
  *out = (struct known_dictionary){.array = array};
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
  struct known_dictionary known;
  TRY(find_dictionary(im, schema->dictionary, array->dictionary, out->type, &known));
  void *data;
  TRY(vonk_owned_batch_values(im->task, im->owned, range.count, sizeof(uint32_t), &data));
  uint32_t *codes = data;
  uint64_t *valid = (uint64_t *)(uintptr_t)out->valid;
  uint32_t entry_count = known.dictionary->entry_count;
  if (!valid && (known.valid || entry_count == 0)) {
    void *bits;
    TRY(vonk_owned_batch_buffer(im->task, im->owned, vonk_bits_words(range.count) * 8, &bits));
    valid = bits;
    vonk_bits_fill(valid, range.count, true);
    out->valid = valid;
  }
  bool is_unsigned = strchr("CSIL", schema->format[0]) != NULL;
  for (uint32_t i = 0; i < range.count; i++) {
    int64_t code = read_integer(array->buffers[1], format_size(schema->format), is_unsigned, range.first + i);
    bool good = code >= 0 && code < entry_count;
    codes[i] = good ? (uint32_t)code : 0;
    if (valid && (!good || !vonk_bits_get(known.valid, codes[i]))) vonk_bits_clear(valid, i);
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
      uint64_t *bits;
      TRY(import_bits(im, array->buffers[1], range, &bits));
      out->data = bits;
      return VONK_OK;
    }
    case VONK_PHYSICAL_VIEW: return import_strings(im, schema->format, array, range, out);
    case VONK_PHYSICAL_INTERVAL: return import_intervals(im, array->buffers[1], range, out);
    case VONK_PHYSICAL_LIST: return import_lists(im, schema, array, range, out);
    case VONK_PHYSICAL_STRUCT: return import_structs(im, schema, array, range, out);
    default: return import_integers(im, schema->format, array->buffers[1], range, out);
  }
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

STATUS vonk_arrow_reader_next(struct vonk_task *task, struct vonk_arrow_reader *reader, struct vonk_owned_batch **out) {
  int64_t left = reader->array.length - reader->next;
  *out = NULL;
  if (left <= 0) return VONK_OK;
  struct vonk_owned_batch *owned = vonk_owned_batch_create(task);
  struct importer im = {task, reader, owned};
  struct range range = {reader->array.offset + reader->next, left < VONK_BATCH_ROWS ? (uint32_t)left : VONK_BATCH_ROWS};
  struct vonk_batch *batch = &owned->batch;
  batch->column_count = reader->type->field_count;
  batch->row_count = batch->live_count = range.count;
  batch->first_row = (uint64_t)reader->next;
  batch->columns = ARENA_ARRAY(owned->arena, struct vonk_column, batch->column_count);
  for (uint32_t i = 0; i < batch->column_count; i++) {
    const struct ArrowArray *child = reader->array.children[i];
    struct range rows = {range.first + child->offset, range.count};
    enum vonk_status status = import_column(&im, reader->schema->children[i], child, reader->type->fields[i].type, rows, &batch->columns[i]);
    if (status == VONK_OK) continue;
    vonk_owned_batch_destroy(owned);
    return status;
  }
  reader->next += range.count;
  *out = owned;
  return VONK_OK;
}

const struct vonk_type *vonk_arrow_reader_type(const struct vonk_arrow_reader *reader) { return reader->type; }

void vonk_arrow_reader_destroy(struct vonk_arrow_reader *reader) {
  if (!reader) return;
  for (size_t i = 0; i < reader->dictionaries.count; i++) vonk_dictionary_release(reader->dictionaries.items[i].dictionary);
  if (reader->array.release) reader->array.release(&reader->array);
  vonk_arena_destroy(reader->arena);
}
