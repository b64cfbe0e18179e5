/* lists.c: values in columns, compared, copied and hashed one at a time. */
#include "func/lists.h"

#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "column/load.h"

static struct vonk_str text_at(const struct vonk_column *c, uint32_t i) {
  return vonk_view_str((const struct vonk_view *)vonk_column_values(c) + i);
}

void vonk_list_copy_fixed(const struct vonk_column *from, uint32_t index, void *out, enum vonk_physical physical, uint32_t row) {
  uint32_t i = vonk_column_index(from, index);
  switch (physical) {
    case VONK_PHYSICAL_BOOL: vonk_bits_put(out, row, vonk_load_wide(vonk_column_values(from), from->physical, i) != 0); break;
    case VONK_PHYSICAL_I8: ((int8_t *)out)[row] = (int8_t)vonk_load_wide(vonk_column_values(from), from->physical, i); break;
    case VONK_PHYSICAL_I16: ((int16_t *)out)[row] = (int16_t)vonk_load_wide(vonk_column_values(from), from->physical, i); break;
    case VONK_PHYSICAL_I32: ((int32_t *)out)[row] = (int32_t)vonk_load_wide(vonk_column_values(from), from->physical, i); break;
    case VONK_PHYSICAL_I64: ((int64_t *)out)[row] = (int64_t)vonk_load_wide(vonk_column_values(from), from->physical, i); break;
    case VONK_PHYSICAL_I128: ((vonk_int128 *)out)[row] = vonk_load_wide(vonk_column_values(from), from->physical, i); break;
    case VONK_PHYSICAL_F32: ((float *)out)[row] = (float)vonk_load_real(vonk_column_values(from), from->physical, i); break;
    case VONK_PHYSICAL_F64: ((double *)out)[row] = vonk_load_real(vonk_column_values(from), from->physical, i); break;
    default:
      ASSERT(physical == VONK_PHYSICAL_INTERVAL);
      ((struct vonk_interval *)out)[row] = ((const struct vonk_interval *)vonk_column_values(from))[i];
  }
}

static uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

uint64_t vonk_list_hash(const struct vonk_column *column, uint32_t row) {
  if (!vonk_column_row_valid(column, row)) return 0x5bd1e995;
  uint32_t i = vonk_column_index(column, row), children = vonk_type_child_count(column->type);
  uint64_t hash = 17;
  switch (column->physical) {
    case VONK_PHYSICAL_NONE: return hash;
    case VONK_PHYSICAL_F32:
    case VONK_PHYSICAL_F64: {
      double real = vonk_load_real(vonk_column_values(column), column->physical, i);
      uint64_t bits;
      real = isnan(real) ? NAN : real + 0.0;
      memcpy(&bits, &real, sizeof bits);
      return mix(hash, isnan(real) ? 1 : bits);
    }
    case VONK_PHYSICAL_VIEW: return vonk_str_hash(text_at(column, i));
    case VONK_PHYSICAL_INTERVAL: return vonk_str_hash(vonk_str_make((const char *)column->data + 16 * (size_t)i, 16));
    case VONK_PHYSICAL_LIST: {
      struct vonk_list list = vonk_list_at(column, row);
      for (uint32_t k = 0; k < list.length * children; k++) {
        hash = mix(hash, vonk_list_hash(&column->children[k % children], list.offset + k / children));
      }
      return hash;
    }
    case VONK_PHYSICAL_STRUCT:
      for (uint32_t field = 0; field < children; field++) hash = mix(hash, vonk_list_hash(&column->children[field], i));
      return hash;
    default: return mix(hash, (uint64_t)vonk_load_wide(vonk_column_values(column), column->physical, i));
  }
}

struct order {
  const struct vonk_column *elements;
  bool descending, nulls_last;
};

static int compare_elements(const void *a, const void *b, void *object) {
  const struct order *order = object;
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  bool x_valid = vonk_column_row_valid(order->elements, x), y_valid = vonk_column_row_valid(order->elements, y);
  int result;
  if (x_valid && y_valid) result = vonk_compare_rows(order->elements, x, order->elements, y) * (order->descending ? -1 : 1);
  else result = (x_valid - y_valid) * (order->nulls_last ? -1 : 1);
  return result ? result : (x > y) - (x < y);
}

void vonk_list_sort(const struct vonk_column *column, uint32_t *rows, uint32_t count, bool descending, bool nulls_last) {
  struct order order = {column, descending, nulls_last};
  qsort_r(rows, count, sizeof *rows, compare_elements, &order);
}
