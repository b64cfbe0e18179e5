/* row_image.c: fields at fixed places first, what varies in size behind them, structs, arrays and maps inside as whole images. */
#include "func/row_image.h"

#include "base/bits.h"
#include "column/load.h"
#include "func/hash_value.h"

enum { AVERAGE_ROWS = 16 };

/* Of reals, their bits. */
static vonk_int128 integer_of(const struct vonk_column *column, uint32_t row) {
  enum vonk_physical physical = column->physical;
  if (physical == VONK_PHYSICAL_F32) physical = VONK_PHYSICAL_I32;
  if (physical == VONK_PHYSICAL_F64) physical = VONK_PHYSICAL_I64;
  return vonk_load_wide(vonk_column_values(column), physical, vonk_column_index(column, row));
}

static bool is_wide(const struct vonk_type *type) { return type->id == VONK_TYPE_DECIMAL && type->precision > 18; }

/* Bytes of a value that lies in its field; 0: it lies behind. */
static uint32_t field_size(const struct vonk_type *type) {
  bool behind = is_wide(type) || vonk_type_is_string(type) || vonk_type_is_nested(type) || type->id == VONK_TYPE_BINARY || type->id == VONK_TYPE_VARIANT ||
                type->id == VONK_TYPE_INTERVAL;
  return behind ? 0 : type->id == VONK_TYPE_VOID ? 8 : (uint32_t)vonk_type_default_size(type);
}

static void add_zeros(struct vonk_text *text, size_t size) {
  static const char zeros[64];
  for (; size > sizeof zeros; size -= sizeof zeros) vonk_text_add(text, vonk_str_make(zeros, sizeof zeros));
  vonk_text_add(text, vonk_str_make(zeros, size));
}

static void pad(struct vonk_text *text, size_t base) { add_zeros(text, (8 - (text->size - base) % 8) % 8); }

static void put(struct vonk_text *text, size_t at, uint64_t value, uint32_t size) { memcpy(text->data + at, &value, size); }

static void add_number(struct vonk_text *text, uint64_t value, uint32_t size) { vonk_text_add(text, vonk_str_make((const char *)&value, size)); }

/* As java.math.BigInteger has it, in room for 16 bytes; the bytes it takes. */
static uint32_t add_decimal(struct vonk_text *text, vonk_int128 value) {
  char bytes[16] = {0};
  uint32_t size = 1;
  while (size < 16 && (value >> (8 * size - 1)) != 0 && (value >> (8 * size - 1)) != -1) size++;
  for (uint32_t i = 0; i < size; i++) bytes[size - 1 - i] = (char)(value >> 8 * i);
  vonk_text_add(text, vonk_str_make(bytes, sizeof bytes));
  return size;
}

static void add_array(struct vonk_text *text, const struct vonk_column *items, uint32_t from, uint32_t count);

/* What lies behind the fields for a value that is there; its size without padding. */
static uint32_t add_variable(struct vonk_text *text, const struct vonk_column *column, uint32_t row) {
  size_t start = text->size;
  uint32_t i = vonk_column_index(column, row);
  const void *values = vonk_column_values(column);
  if (is_wide(column->type)) return add_decimal(text, integer_of(column, row));
  switch (column->type->id) {
    case VONK_TYPE_INTERVAL: {
      const struct vonk_interval *interval = (const struct vonk_interval *)values + i;
      add_number(text, (uint32_t)interval->months, 4);
      add_number(text, (uint32_t)interval->days, 4);
      add_number(text, (uint64_t)interval->micros, 8);
      break;
    }
    case VONK_TYPE_STRUCT: vonk_row_image_add(text, column->children, column->type->field_count, row); break;
    case VONK_TYPE_VARIANT: {
      const struct vonk_column *value = &column->children[1], *metadata = &column->children[0];
      struct vonk_str bytes = vonk_view_str((const struct vonk_view *)vonk_column_values(value) + vonk_column_index(value, row));
      add_number(text, bytes.size, 4);
      vonk_text_add(text, bytes);
      vonk_text_add(text, vonk_view_str((const struct vonk_view *)vonk_column_values(metadata) + vonk_column_index(metadata, row)));
      break;
    }
    case VONK_TYPE_ARRAY: add_array(text, &column->children[0], ((const struct vonk_list *)values)[i].offset, ((const struct vonk_list *)values)[i].length); break;
    case VONK_TYPE_MAP: {
      const struct vonk_list *list = (const struct vonk_list *)values + i;
      size_t at = text->size;
      add_zeros(text, 8);
      add_array(text, &column->children[0], list->offset, list->length);
      put(text, at, text->size - at - 8, 8);
      add_array(text, &column->children[1], list->offset, list->length);
      break;
    }
    default: vonk_text_add(text, vonk_view_str((const struct vonk_view *)values + i)); break;
  }
  return (uint32_t)(text->size - start);
}

/* The value of ROW into its field at AT of the image that begins at BASE; false: it is null. */
static bool add_field(struct vonk_text *text, size_t base, size_t at, const struct vonk_column *column, uint32_t row) {
  bool valid = vonk_column_row_valid(column, row);
  uint32_t size = field_size(column->type);
  uint64_t offset = (uint64_t)(text->size - base) << 32;
  if (size) {
    if (valid) put(text, at, (uint64_t)integer_of(column, row), size);
  } else if (valid) {
    uint32_t behind = add_variable(text, column, row);
    pad(text, base);
    put(text, at, offset | behind, 8);
  } else if (is_wide(column->type) || column->type->id == VONK_TYPE_INTERVAL) { /* may be set later: keeps its room */
    add_zeros(text, 16);
    put(text, at, offset, 8);
  }
  return valid;
}

static void set_null(struct vonk_text *text, size_t bits, uint32_t i) { text->data[bits + i / 8] = (char)((uint8_t)text->data[bits + i / 8] | 1u << i % 8); }

static void add_array(struct vonk_text *text, const struct vonk_column *items, uint32_t from, uint32_t count) {
  size_t base = text->size, bits = base + 8, words = ((size_t)count + 63) / 64 * 8;
  uint32_t size = field_size(items->type), width = size ? size : 8;
  add_number(text, count, 8);
  add_zeros(text, words + ((size_t)width * count + 7) / 8 * 8);
  for (uint32_t i = 0; i < count; i++) {
    if (!add_field(text, base, bits + words + (size_t)i * width, items, from + i)) set_null(text, bits, i);
  }
}

void vonk_row_image_add(struct vonk_text *text, const struct vonk_column *columns, uint32_t column_count, uint32_t row) {
  size_t base = text->size, words = ((size_t)column_count + 63) / 64 * 8;
  add_zeros(text, words + (size_t)column_count * 8);
  for (uint32_t c = 0; c < column_count; c++) {
    if (!add_field(text, base, base + words + (size_t)c * 8, &columns[c], row)) set_null(text, base, c);
  }
}

uint64_t vonk_row_image_average(struct vonk_task *task, const struct vonk_column *columns, uint32_t column_count, uint32_t row_count) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_text text;
  vonk_text_init(&text, arena);
  uint32_t step = row_count / AVERAGE_ROWS + 1, count = 0;
  for (uint32_t row = 0; row < row_count; row += step, count++) vonk_row_image_add(&text, columns, column_count, row);
  uint64_t average = count ? text.size / count : 0;
  vonk_arena_destroy(arena);
  return average;
}

int32_t vonk_row_image_hash(struct vonk_str image) { return (int32_t)vonk_murmur3_bytes(42, image); }
