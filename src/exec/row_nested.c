/* row_nested.c: nested values as bytes: a null byte, then the value: fixed ones as they are, strings and lists with a
 * length of four bytes before them, structs field by field. Equal values give equal bytes. */
#include "exec/row.h"

#include "base/bits.h"

static void put(struct vonk_text *text, const void *bytes, size_t size) {
  vonk_text_add(text, vonk_str_make(bytes, size));
}

static void encode_value(struct vonk_text *text, const struct vonk_column *column, uint32_t row) {
  bool valid = vonk_column_row_valid(column, row);
  vonk_text_add_char(text, (char)valid);
  if (valid) vonk_row_encode(text, column, row);
}

void vonk_row_encode(struct vonk_text *text, const struct vonk_column *column, uint32_t row) {
  uint32_t i = vonk_column_index(column, row);
  const void *values = vonk_column_values(column);
  enum vonk_physical physical = column->physical;
  if (physical == VONK_PHYSICAL_LIST) {
    const struct vonk_list *list = (const struct vonk_list *)values + i;
    put(text, &list->length, 4);
    uint32_t children = vonk_type_child_count(column->type);
    for (uint32_t k = 0; k < list->length; k++) {
      for (uint32_t child = 0; child < children; child++) encode_value(text, &column->children[child], list->offset + k);
    }
  } else if (physical == VONK_PHYSICAL_STRUCT) {
    uint32_t children = vonk_type_child_count(column->type);
    for (uint32_t child = 0; child < children; child++) encode_value(text, &column->children[child], row);
  } else if (physical == VONK_PHYSICAL_VIEW) {
    const struct vonk_view *view = (const struct vonk_view *)values + i;
    put(text, &view->size, 4);
    put(text, vonk_view_data(view), view->size);
  } else if (physical == VONK_PHYSICAL_BOOL) {
    vonk_text_add_char(text, (char)vonk_bits_get(values, i));
  } else if (physical == VONK_PHYSICAL_F32 || physical == VONK_PHYSICAL_F64 || physical == VONK_PHYSICAL_INTERVAL) {
    put(text, (const char *)values + (size_t)i * vonk_physical_size[physical], vonk_physical_size[physical]);
  } else if (physical != VONK_PHYSICAL_NONE) {
    /* Integers and decimals may travel at any width: all are written at the widest. */
    vonk_int128 value = physical == VONK_PHYSICAL_I8    ? ((const int8_t *)values)[i]
                        : physical == VONK_PHYSICAL_I16 ? ((const int16_t *)values)[i]
                        : physical == VONK_PHYSICAL_I32 ? ((const int32_t *)values)[i]
                        : physical == VONK_PHYSICAL_I64 ? ((const int64_t *)values)[i]
                                                        : ((const vonk_int128 *)values)[i];
    put(text, &value, 16);
  }
}

static STATUS decode_value(struct vonk_task *task, struct vonk_builder *builder, const char **at) {
  bool valid = *(*at)++;
  return valid ? vonk_row_decode(task, builder, at) : vonk_builder_add_null(task, builder);
}

static uint32_t take_length(const char **at) {
  uint32_t length;
  memcpy(&length, *at, 4);
  *at += 4;
  return length;
}

STATUS vonk_row_decode(struct vonk_task *task, struct vonk_builder *builder, const char **at) {
  switch (builder->physical) {
    case VONK_PHYSICAL_NONE: return vonk_builder_add_null(task, builder);
    case VONK_PHYSICAL_LIST: {
      uint32_t length = take_length(at);
      for (uint32_t k = 0; k < length; k++) {
        for (uint32_t child = 0; child < builder->child_count; child++) TRY(decode_value(task, &builder->children[child], at));
      }
      return vonk_builder_end_list(task, builder);
    }
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t child = 0; child < builder->child_count; child++) TRY(decode_value(task, &builder->children[child], at));
      return vonk_builder_end_struct(task, builder);
    case VONK_PHYSICAL_VIEW: {
      uint32_t size = take_length(at);
      const char *bytes = *at;
      *at += size;
      return vonk_builder_add_bytes(task, builder, bytes, size);
    }
    case VONK_PHYSICAL_BOOL: return vonk_builder_add_bool(task, builder, *(*at)++);
    case VONK_PHYSICAL_F32: {
      float real;
      memcpy(&real, *at, 4);
      *at += 4;
      return vonk_builder_add_real(task, builder, real);
    }
    case VONK_PHYSICAL_F64: {
      double real;
      memcpy(&real, *at, 8);
      *at += 8;
      return vonk_builder_add_real(task, builder, real);
    }
    case VONK_PHYSICAL_INTERVAL: {
      struct vonk_interval interval;
      memcpy(&interval, *at, sizeof interval);
      *at += sizeof interval;
      return vonk_builder_add_interval(task, builder, interval);
    }
    default: {
      vonk_int128 value;
      memcpy(&value, *at, 16);
      *at += 16;
      return vonk_builder_add_integer(task, builder, value);
    }
  }
}
