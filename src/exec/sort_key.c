/* sort_key.c: one value at a time. */
#include "exec/sort_key.h"

#include "base/bits.h"

static void add_integer(struct vonk_text *text, vonk_int128 value, uint32_t width) {
  uint8_t bytes[16];
  vonk_uint128 biased = (vonk_uint128)value + ((vonk_uint128)1 << (8 * width - 1));
  for (uint32_t i = 0; i < width; i++) bytes[i] = (uint8_t)(biased >> 8 * (width - 1 - i));
  vonk_text_add(text, vonk_str_make((const char *)bytes, width));
}

static void add_real(struct vonk_text *text, double value) {
  if (value != value) value = __builtin_nan("");
  if (value == 0) value = 0.0;
  int64_t bits;
  memcpy(&bits, &value, 8);
  if (value != value) bits = INT64_MAX;
  else if (bits < 0) bits = (int64_t)(~(uint64_t)bits ^ ((uint64_t)1 << 63));
  add_integer(text, bits, 8);
}

static void add_string(struct vonk_text *text, struct vonk_str string) {
  const char *zero;
  while ((zero = memchr(string.data, 0, string.size))) {
    size_t size = (size_t)(zero - string.data);
    vonk_text_add(text, vonk_str_make(string.data, size));
    vonk_text_add(text, vonk_str_make("\0\xFF", 2));
    string = vonk_str_slice(string, size + 1, string.size);
  }
  vonk_text_add(text, string);
  vonk_text_add(text, vonk_str_make("\0", 2));
}

static void add_value(struct vonk_text *text, const struct vonk_column *column, uint32_t row);

static void add_item(struct vonk_text *text, const struct vonk_column *column, uint32_t row) {
  bool valid = vonk_column_row_valid(column, row);
  vonk_text_add_char(text, valid ? 2 : 1);
  if (valid) add_value(text, column, row);
}

/* Decimals and integers may travel at any width: the key has that of the type. */
static uint32_t key_width(const struct vonk_type *type) {
  uint32_t width = vonk_physical_size[vonk_physical_of(type)];
  return width ? width : 16;
}

static void add_value(struct vonk_text *text, const struct vonk_column *column, uint32_t row) {
  uint32_t i = vonk_column_index(column, row);
  const void *values = vonk_column_values(column);
  switch (column->physical) {
    case VONK_PHYSICAL_BOOL: vonk_text_add_char(text, (char)vonk_bits_get(values, i)); break;
    case VONK_PHYSICAL_I8: add_integer(text, ((const int8_t *)values)[i], key_width(column->type)); break;
    case VONK_PHYSICAL_I16: add_integer(text, ((const int16_t *)values)[i], key_width(column->type)); break;
    case VONK_PHYSICAL_I32: add_integer(text, ((const int32_t *)values)[i], key_width(column->type)); break;
    case VONK_PHYSICAL_I64: add_integer(text, ((const int64_t *)values)[i], key_width(column->type)); break;
    case VONK_PHYSICAL_I128: add_integer(text, ((const vonk_int128 *)values)[i], key_width(column->type)); break;
    case VONK_PHYSICAL_F32: add_real(text, ((const float *)values)[i]); break;
    case VONK_PHYSICAL_F64: add_real(text, ((const double *)values)[i]); break;
    case VONK_PHYSICAL_VIEW: add_string(text, vonk_view_str((const struct vonk_view *)values + i)); break;
    case VONK_PHYSICAL_LIST: {
      const struct vonk_list *list = (const struct vonk_list *)values + i;
      for (uint32_t k = 0; k < list->length; k++) add_item(text, &column->children[0], list->offset + k);
      vonk_text_add_char(text, 0);
      break;
    }
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t k = 0; k < vonk_type_child_count(column->type); k++) add_item(text, &column->children[k], row);
      break;
    default: break;
  }
}

void vonk_sort_key_add(struct vonk_text *text, const struct vonk_sort_key *key, const struct vonk_column *column, uint32_t row) {
  bool valid = vonk_column_row_valid(column, row);
  vonk_text_add_char(text, valid == key->nulls_last ? 0 : 1);
  if (!valid) return;
  size_t from = text->size;
  add_value(text, column, row);
  for (size_t i = from; key->descending && i < text->size; i++) text->data[i] = (char)~text->data[i];
}
