/* scan_columns.c: data columns come first in the numbering, then those of partitions. */
#include "format/scan_columns.h"

void vonk_scan_columns_find(struct vonk_arena *arena, const struct vonk_scan_spec *spec, struct vonk_scan_columns *out) {
  *out = (struct vonk_scan_columns){.data = ARENA_ARRAY(arena, uint32_t, spec->column_count), .places = ARENA_ARRAY(arena, uint32_t, spec->column_count)};
  for (uint32_t i = 0; i < spec->column_count; i++) {
    uint32_t column = spec->columns[i], place = 0;
    if (column >= spec->schema->field_count) continue;
    while (place < out->data_count && out->data[place] != column) place++;
    if (place == out->data_count) out->data[out->data_count++] = column;
    out->places[i] = place;
  }
}

struct vonk_column *vonk_scan_columns_open(struct vonk_arena *arena, const struct vonk_scan_spec *spec, const struct vonk_scan_file *file) {
  struct vonk_column *columns = ARENA_ARRAY(arena, struct vonk_column, spec->column_count);
  uint32_t width = spec->schema->field_count;
  for (uint32_t i = 0; i < spec->column_count; i++) {
    if (spec->columns[i] >= width) columns[i] = vonk_column_const(arena, &file->partition_values[spec->columns[i] - width]);
  }
  return columns;
}

void vonk_scan_columns_put(const struct vonk_scan_spec *spec, const struct vonk_scan_columns *columns, const struct vonk_column *data, struct vonk_column *out) {
  for (uint32_t i = 0; i < spec->column_count; i++) {
    if (spec->columns[i] < spec->schema->field_count) out[i] = data[columns->places[i]];
  }
}
