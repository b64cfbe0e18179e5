/* value_bytes.c: writes, reads and compares values by the physical type of their SQL type. */
#include "column/value_bytes.h"

#include "base/bits.h"
#include "column/load.h"

static size_t item_size(const struct vonk_column *column, uint32_t row) {
  return 1 + (vonk_column_row_valid(column, row) ? vonk_value_bytes_size(column, row) : 0);
}

size_t vonk_value_bytes_size(const struct vonk_column *column, uint32_t row) {
  uint32_t i = vonk_column_index(column, row), children = vonk_type_child_count(column->type);
  const void *values = vonk_column_values(column);
  size_t size = 0;
  switch (column->physical) {
    case VONK_PHYSICAL_LIST: {
      struct vonk_list list = ((const struct vonk_list *)values)[i];
      for (uint32_t k = 0; k < list.length; k++) {
        for (uint32_t child = 0; child < children; child++) size += item_size(&column->children[child], list.offset + k);
      }
      return 4 + size;
    }
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t child = 0; child < children; child++) size += item_size(&column->children[child], i);
      return size;
    case VONK_PHYSICAL_VIEW: return 4 + (size_t)((const struct vonk_view *)values)[i].size;
    case VONK_PHYSICAL_BOOL: return 1;
    default: return vonk_physical_size[vonk_physical_of(column->type)];
  }
}

static char *put(char *to, const void *bytes, size_t size) {
  memcpy(to, bytes, size);
  return to + size;
}

/* Integers and decimals may travel at any width: they are written at that of their type. Little-endian: the lower bytes. */
static char *put_integer(char *to, const struct vonk_column *column, uint32_t i) {
  vonk_int128 value = vonk_load_wide(vonk_column_values(column), column->physical, i);
  return put(to, &value, vonk_physical_size[vonk_physical_of(column->type)]);
}

static char *put_item(char *to, const struct vonk_column *column, uint32_t row) {
  bool valid = vonk_column_row_valid(column, row);
  *to++ = (char)valid;
  return valid ? vonk_value_bytes_write(column, row, to) : to;
}

char *vonk_value_bytes_write(const struct vonk_column *column, uint32_t row, char *to) {
  uint32_t i = vonk_column_index(column, row), children = vonk_type_child_count(column->type);
  const void *values = vonk_column_values(column);
  switch (column->physical) {
    case VONK_PHYSICAL_NONE: return to;
    case VONK_PHYSICAL_LIST: {
      struct vonk_list list = ((const struct vonk_list *)values)[i];
      to = put(to, &list.length, 4);
      for (uint32_t k = 0; k < list.length; k++) {
        for (uint32_t child = 0; child < children; child++) to = put_item(to, &column->children[child], list.offset + k);
      }
      return to;
    }
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t child = 0; child < children; child++) to = put_item(to, &column->children[child], i);
      return to;
    case VONK_PHYSICAL_VIEW: {
      const struct vonk_view *view = (const struct vonk_view *)values + i;
      to = put(to, &view->size, 4);
      return put(to, vonk_view_data(view), view->size);
    }
    case VONK_PHYSICAL_BOOL: *to = (char)vonk_bits_get(values, i); return to + 1;
    case VONK_PHYSICAL_F32: return put(to, (const float *)values + i, 4);
    case VONK_PHYSICAL_F64: return put(to, (const double *)values + i, 8);
    case VONK_PHYSICAL_INTERVAL: return put(to, (const struct vonk_interval *)values + i, sizeof(struct vonk_interval));
    default: return put_integer(to, column, i);
  }
}

static uint32_t take_length(const char **at) {
  uint32_t length;
  memcpy(&length, *at, 4);
  *at += 4;
  return length;
}

/* The integer of SIZE bytes at *AT. */
static vonk_int128 take_integer(const char **at, size_t size) {
  vonk_int128 value = (*at)[size - 1] < 0 ? -1 : 0;
  memcpy(&value, *at, size);
  *at += size;
  return value;
}

static void skip_item(const struct vonk_type *type, const char **at) {
  bool valid = *(*at)++;
  if (valid) *at += vonk_value_bytes_length(type, *at);
}

size_t vonk_value_bytes_length(const struct vonk_type *type, const char *bytes) {
  enum vonk_physical physical = vonk_physical_of(type);
  uint32_t children = vonk_type_child_count(type);
  const char *at = bytes;
  switch (physical) {
    case VONK_PHYSICAL_LIST:
      for (uint32_t length = take_length(&at); length; length--) {
        for (uint32_t child = 0; child < children; child++) skip_item(vonk_type_child(type, child), &at);
      }
      return (size_t)(at - bytes);
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t child = 0; child < children; child++) skip_item(vonk_type_child(type, child), &at);
      return (size_t)(at - bytes);
    case VONK_PHYSICAL_VIEW: return 4 + (size_t)take_length(&at);
    case VONK_PHYSICAL_BOOL: return 1;
    default: return vonk_physical_size[physical];
  }
}

static double take_real(const char **at, enum vonk_physical physical) {
  float single;
  double real;
  if (physical == VONK_PHYSICAL_F32) {
    memcpy(&single, *at, 4);
    *at += 4;
    return single;
  }
  memcpy(&real, *at, 8);
  *at += 8;
  return real;
}

static struct vonk_interval take_interval(const char **at) {
  struct vonk_interval interval;
  memcpy(&interval, *at, sizeof interval);
  *at += sizeof interval;
  return interval;
}

static STATUS read_item(struct vonk_task *task, struct vonk_builder *builder, const char **at) {
  bool valid = *(*at)++;
  return valid ? vonk_value_bytes_read(task, builder, at) : vonk_builder_add_null(task, builder);
}

STATUS vonk_value_bytes_read(struct vonk_task *task, struct vonk_builder *builder, const char **at) {
  switch (builder->physical) {
    case VONK_PHYSICAL_NONE: return vonk_builder_add_null(task, builder);
    case VONK_PHYSICAL_LIST: {
      uint32_t length = take_length(at);
      for (uint32_t k = 0; k < length; k++) {
        for (uint32_t child = 0; child < builder->child_count; child++) TRY(read_item(task, &builder->children[child], at));
      }
      return vonk_builder_end_list(task, builder);
    }
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t child = 0; child < builder->child_count; child++) TRY(read_item(task, &builder->children[child], at));
      return vonk_builder_end_struct(task, builder);
    case VONK_PHYSICAL_VIEW: {
      uint32_t size = take_length(at);
      const char *bytes = *at;
      *at += size;
      return vonk_builder_add_bytes(task, builder, bytes, size);
    }
    case VONK_PHYSICAL_BOOL: return vonk_builder_add_bool(task, builder, *(*at)++);
    case VONK_PHYSICAL_F32:
    case VONK_PHYSICAL_F64: return vonk_builder_add_real(task, builder, take_real(at, builder->physical));
    case VONK_PHYSICAL_INTERVAL: return vonk_builder_add_interval(task, builder, take_interval(at));
    default: return vonk_builder_add_integer(task, builder, take_integer(at, vonk_physical_size[builder->physical]));
  }
}

static int compare_items(const struct vonk_type *type, const char **a, const char **b) {
  bool x = *(*a)++, y = *(*b)++;
  return x && y ? vonk_value_bytes_compare(type, a, b) : x - y;
}

static int compare_texts(const char **a, const char **b) {
  uint32_t x = take_length(a), y = take_length(b);
  int order = memcmp(*a, *b, x < y ? x : y);
  *a += x;
  *b += y;
  return order ? order : (x > y) - (x < y);
}

static int compare_lists(const struct vonk_type *type, const char **a, const char **b) {
  uint32_t x = take_length(a), y = take_length(b), children = vonk_type_child_count(type);
  for (uint32_t k = 0; k < x && k < y; k++) {
    for (uint32_t child = 0; child < children; child++) {
      int order = compare_items(vonk_type_child(type, child), a, b);
      if (order) return order;
    }
  }
  return (x > y) - (x < y);
}

static int compare_reals(double x, double y) {
  bool x_nan = x != x, y_nan = y != y;
  return x_nan || y_nan ? x_nan - y_nan : (x > y) - (x < y);
}

int vonk_value_bytes_compare(const struct vonk_type *type, const char **a, const char **b) {
  enum vonk_physical physical = vonk_physical_of(type);
  switch (physical) {
    case VONK_PHYSICAL_NONE: return 0;
    case VONK_PHYSICAL_LIST: return compare_lists(type, a, b);
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t child = 0; child < vonk_type_child_count(type); child++) {
        int order = compare_items(vonk_type_child(type, child), a, b);
        if (order) return order;
      }
      return 0;
    case VONK_PHYSICAL_VIEW: return compare_texts(a, b);
    case VONK_PHYSICAL_BOOL: return *(*a)++ - *(*b)++;
    case VONK_PHYSICAL_F32:
    case VONK_PHYSICAL_F64: {
      double x = take_real(a, physical), y = take_real(b, physical);
      return compare_reals(x, y);
    }
    case VONK_PHYSICAL_INTERVAL: {
      struct vonk_interval x = take_interval(a), y = take_interval(b);
      if (x.months != y.months) return x.months < y.months ? -1 : 1;
      if (x.days != y.days) return x.days < y.days ? -1 : 1;
      return (x.micros > y.micros) - (x.micros < y.micros);
    }
    default: {
      vonk_int128 x = take_integer(a, vonk_physical_size[physical]), y = take_integer(b, vonk_physical_size[physical]);
      return (x > y) - (x < y);
    }
  }
}
