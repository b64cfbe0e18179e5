/* column.c: physical types, dictionaries, and single rows as scalars. */
#include "column/column.h"

#include <stdlib.h>

#include "base/bits.h"
#include "column/load.h"

const uint8_t vonk_physical_size[VONK_PHYSICAL_COUNT] = {
    [VONK_PHYSICAL_I8] = 1,   [VONK_PHYSICAL_I16] = 2, [VONK_PHYSICAL_I32] = 4,       [VONK_PHYSICAL_I64] = 8,
    [VONK_PHYSICAL_I128] = 16, [VONK_PHYSICAL_F32] = 4, [VONK_PHYSICAL_F64] = 8,       [VONK_PHYSICAL_VIEW] = 16,
    [VONK_PHYSICAL_INTERVAL] = 16, [VONK_PHYSICAL_LIST] = 8,
};

enum vonk_physical vonk_physical_of(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_VOID: return VONK_PHYSICAL_NONE;
    case VONK_TYPE_BOOLEAN: return VONK_PHYSICAL_BOOL;
    case VONK_TYPE_BYTE: return VONK_PHYSICAL_I8;
    case VONK_TYPE_SHORT: return VONK_PHYSICAL_I16;
    case VONK_TYPE_INT:
    case VONK_TYPE_DATE:
    case VONK_TYPE_INTERVAL_YM: return VONK_PHYSICAL_I32;
    case VONK_TYPE_LONG:
    case VONK_TYPE_TIMESTAMP:
    case VONK_TYPE_TIMESTAMP_NTZ:
    case VONK_TYPE_TIME:
    case VONK_TYPE_INTERVAL_DT: return VONK_PHYSICAL_I64;
    case VONK_TYPE_FLOAT: return VONK_PHYSICAL_F32;
    case VONK_TYPE_DOUBLE: return VONK_PHYSICAL_F64;
    case VONK_TYPE_DECIMAL:
      return type->precision <= 9 ? VONK_PHYSICAL_I32 : type->precision <= 18 ? VONK_PHYSICAL_I64 : VONK_PHYSICAL_I128;
    case VONK_TYPE_STRING:
    case VONK_TYPE_CHAR:
    case VONK_TYPE_VARCHAR:
    case VONK_TYPE_BINARY: return VONK_PHYSICAL_VIEW;
    case VONK_TYPE_INTERVAL: return VONK_PHYSICAL_INTERVAL;
    case VONK_TYPE_ARRAY:
    case VONK_TYPE_MAP: return VONK_PHYSICAL_LIST;
    case VONK_TYPE_STRUCT:
    case VONK_TYPE_VARIANT: return VONK_PHYSICAL_STRUCT;
    case VONK_TYPE_COUNT: break;
  }
  ASSERT(!"known type");
  return VONK_PHYSICAL_NONE;
}

uint32_t vonk_type_child_count(const struct vonk_type *type) {
  switch (type->id) {
    case VONK_TYPE_ARRAY: return 1;
    case VONK_TYPE_MAP:
    case VONK_TYPE_VARIANT: return 2;
    case VONK_TYPE_STRUCT: return type->field_count;
    default: return 0;
  }
}

const struct vonk_type *vonk_type_child(const struct vonk_type *type, uint32_t child) {
  ASSERT(child < vonk_type_child_count(type));
  switch (type->id) {
    case VONK_TYPE_ARRAY: return type->element;
    case VONK_TYPE_MAP: return child == 0 ? type->key : type->element;
    case VONK_TYPE_VARIANT: return &vonk_type_binary;
    default: return type->fields[child].type;
  }
}

/* --- dictionaries --- */

STATUS vonk_dictionary_create(struct vonk_task *task, const struct vonk_column *entries, uint32_t entry_count,
                              struct vonk_buffer *const buffers[], int buffer_count, struct vonk_dictionary **out) {
  static _Atomic uint64_t next_id = 1;
  (void)task;
  struct vonk_buffer *memory;
  *out = NULL;
  ASSERT(entries->encoding == VONK_FLAT && entries->valid == NULL);
  ASSERT(buffer_count >= 0 && buffer_count <= 4);
  /* The struct itself is small: it is not charged, so that making one cannot fail half-way. */
  if (vonk_buffer_create(NULL, sizeof(struct vonk_dictionary), &memory) != VONK_OK) return VONK_NO_MEMORY;
  struct vonk_dictionary *dictionary = (struct vonk_dictionary *)(void *)memory->data;
  memset(dictionary, 0, sizeof *dictionary);
  atomic_init(&dictionary->references, 1);
  dictionary->id = atomic_fetch_add(&next_id, 1);
  dictionary->entry_count = entry_count;
  dictionary->entries = *entries;
  dictionary->memory = memory;
  for (int i = 0; i < buffer_count; i++) dictionary->buffers[i] = buffers[i];
  *out = dictionary;
  return VONK_OK;
}

void vonk_dictionary_release(struct vonk_dictionary *dictionary) {
  if (!dictionary) return;
  if (atomic_fetch_sub_explicit(&dictionary->references, 1, memory_order_acq_rel) != 1) return;
  for (size_t i = 0; i < sizeof dictionary->buffers / sizeof *dictionary->buffers; i++) {
    vonk_buffer_release(dictionary->buffers[i]);
  }
  vonk_buffer_release(dictionary->memory);
}

/* --- rows as scalars --- */

static const struct vonk_value *get_range(const struct vonk_column *column, struct vonk_list list, struct vonk_arena *arena) {
  bool map = column->type->id == VONK_TYPE_MAP;
  struct vonk_value *items = ARENA_ARRAY(arena, struct vonk_value, (size_t)list.length * (map ? 2 : 1));
  for (uint32_t i = 0; i < list.length; i++) {
    uint32_t row = list.offset + i;
    if (map) {
      items[2 * i] = vonk_column_get(&column->children[0], row, arena);
      items[2 * i + 1] = vonk_column_get(&column->children[1], row, arena);
    } else {
      items[i] = vonk_column_get(&column->children[0], row, arena);
    }
  }
  return items;
}

/* Entry I of FLAT or CONST data that is not null. */
static struct vonk_value get_entry(const struct vonk_column *column, uint32_t i, struct vonk_arena *arena) {
  struct vonk_value value = {.type = column->type};
  switch (column->physical) {
    case VONK_PHYSICAL_F32: value.real = (double)((const float *)column->data)[i]; return value;
    case VONK_PHYSICAL_F64: value.real = ((const double *)column->data)[i]; return value;
    case VONK_PHYSICAL_VIEW:
      value.text = vonk_str_copy(arena, vonk_view_str(&((const struct vonk_view *)column->data)[i]));
      return value;
    case VONK_PHYSICAL_INTERVAL: value.interval = ((const struct vonk_interval *)column->data)[i]; return value;
    case VONK_PHYSICAL_LIST: {
      struct vonk_list list = ((const struct vonk_list *)column->data)[i];
      value.nested.count = list.length;
      value.nested.items = get_range(column, list, arena);
      return value;
    }
    case VONK_PHYSICAL_STRUCT: {
      uint32_t count = vonk_type_child_count(column->type);
      struct vonk_value *items = ARENA_ARRAY(arena, struct vonk_value, count);
      for (uint32_t k = 0; k < count; k++) items[k] = vonk_column_get(&column->children[k], i, arena);
      value.nested.items = items;
      value.nested.count = count;
      return value;
    }
    default: break;
  }
  if (column->type->id == VONK_TYPE_DECIMAL) value.decimal = vonk_load_wide(column->data, column->physical, i);
  else value.integer = (int64_t)vonk_load_wide(column->data, column->physical, i);
  return value;
}

struct vonk_value vonk_column_get(const struct vonk_column *column, uint32_t row, struct vonk_arena *arena) {
  if (!vonk_column_row_valid(column, row)) return vonk_value_null(column->type);
  uint32_t i = vonk_column_index(column, row);
  if (column->encoding != VONK_DICT) return get_entry(column, i, arena);
  struct vonk_value value = get_entry(&column->dictionary->entries, i, arena);
  value.type = column->type;
  return value;
}

/* --- constants --- */

static void put_integer(void *data, enum vonk_physical physical, uint32_t i, vonk_int128 value) {
  switch (physical) {
    case VONK_PHYSICAL_BOOL: vonk_bits_put(data, i, value != 0); return;
    case VONK_PHYSICAL_I8: ((int8_t *)data)[i] = (int8_t)value; return;
    case VONK_PHYSICAL_I16: ((int16_t *)data)[i] = (int16_t)value; return;
    case VONK_PHYSICAL_I32: ((int32_t *)data)[i] = (int32_t)value; return;
    case VONK_PHYSICAL_I64: ((int64_t *)data)[i] = (int64_t)value; return;
    default: ASSERT(physical == VONK_PHYSICAL_I128); ((vonk_int128 *)data)[i] = value;
  }
}

/* Items that are COUNT values STRIDE apart, as the rows of a FLAT column. */
static struct vonk_column flat_of(struct vonk_arena *arena, const struct vonk_type *type, const struct vonk_value *items,
                                  uint32_t count, uint32_t stride);

/* The children of COUNT arrays or maps, one behind the other, and their list entries. */
static void fill_lists(struct vonk_arena *arena, struct vonk_column *column, const struct vonk_value *items, uint32_t count,
                       uint32_t stride) {
  uint32_t width = column->type->id == VONK_TYPE_MAP ? 2 : 1, total = 0, at = 0;
  struct vonk_list *lists = (struct vonk_list *)column->data;
  for (uint32_t i = 0; i < count; i++) total += items[i * stride].is_null ? 0 : items[i * stride].nested.count;
  struct vonk_value *all = ARENA_ARRAY(arena, struct vonk_value, (size_t)total * width);
  for (uint32_t i = 0; i < count; i++) {
    const struct vonk_value *item = &items[i * stride];
    uint32_t length = item->is_null ? 0 : item->nested.count;
    lists[i] = (struct vonk_list){at, length};
    if (length) memcpy(&all[at * width], item->nested.items, sizeof *all * length * width);
    at += length;
  }
  column->child_count = total;
  column->children = ARENA_ARRAY(arena, struct vonk_column, width);
  for (uint32_t k = 0; k < width; k++) {
    column->children[k] = flat_of(arena, vonk_type_child(column->type, k), all + k, total, width);
  }
}

static void fill_structs(struct vonk_arena *arena, struct vonk_column *column, const struct vonk_value *items, uint32_t count,
                         uint32_t stride) {
  uint32_t width = vonk_type_child_count(column->type);
  column->children = ARENA_ARRAY(arena, struct vonk_column, width);
  for (uint32_t k = 0; k < width; k++) {
    const struct vonk_type *type = vonk_type_child(column->type, k);
    struct vonk_value *fields = ARENA_ARRAY(arena, struct vonk_value, count);
    for (uint32_t i = 0; i < count; i++) {
      const struct vonk_value *item = &items[i * stride];
      fields[i] = item->is_null ? vonk_value_null(type) : item->nested.items[k];
    }
    column->children[k] = flat_of(arena, type, fields, count, 1);
  }
}

static void fill_scalar(struct vonk_arena *arena, const struct vonk_column *column, uint32_t i, const struct vonk_value *item) {
  void *data = (void *)(uintptr_t)column->data;
  switch (column->physical) {
    case VONK_PHYSICAL_NONE: return;
    case VONK_PHYSICAL_F32: ((float *)data)[i] = (float)item->real; return;
    case VONK_PHYSICAL_F64: ((double *)data)[i] = item->real; return;
    case VONK_PHYSICAL_VIEW: {
      struct vonk_str copy = vonk_str_copy(arena, item->text);
      vonk_view_put(&((struct vonk_view *)data)[i], copy.data, (uint32_t)copy.size);
      return;
    }
    case VONK_PHYSICAL_INTERVAL: ((struct vonk_interval *)data)[i] = item->interval; return;
    default: put_integer(data, column->physical, i, item->type->id == VONK_TYPE_DECIMAL ? item->decimal : item->integer);
  }
}

static struct vonk_column flat_of(struct vonk_arena *arena, const struct vonk_type *type, const struct vonk_value *items,
                                  uint32_t count, uint32_t stride) {
  struct vonk_column column = {.type = type, .encoding = VONK_FLAT, .physical = (uint8_t)vonk_physical_of(type)};
  /* Readers may touch whole words of 64 rows. */
  size_t rows = ((size_t)count + 63) & ~(size_t)63;
  column.data = vonk_arena_alloc(arena, rows * vonk_physical_size[column.physical] + rows / 8);
  uint64_t *valid = vonk_arena_alloc(arena, rows / 8);
  bool nulls = false;
  for (uint32_t i = 0; i < count; i++) {
    nulls |= items[i * stride].is_null;
    if (items[i * stride].is_null) continue;
    vonk_bits_set(valid, i);
    if (column.physical != VONK_PHYSICAL_LIST && column.physical != VONK_PHYSICAL_STRUCT) fill_scalar(arena, &column, i, &items[i * stride]);
  }
  if (nulls) column.valid = valid;
  if (column.physical == VONK_PHYSICAL_LIST) fill_lists(arena, &column, items, count, stride);
  if (column.physical == VONK_PHYSICAL_STRUCT) fill_structs(arena, &column, items, count, stride);
  return column;
}

/* Fields of a constant struct are constants too: whoever extracts one gets the same value for all rows. */
static void make_const(struct vonk_column *column) {
  column->encoding = VONK_CONST;
  if (column->physical != VONK_PHYSICAL_STRUCT) return;
  for (uint32_t k = 0, count = vonk_type_child_count(column->type); k < count; k++) make_const(&column->children[k]);
}

struct vonk_column vonk_column_const(struct vonk_arena *arena, const struct vonk_value *value) {
  struct vonk_column column = flat_of(arena, value->type, value, 1, 1);
  make_const(&column);
  return column;
}
