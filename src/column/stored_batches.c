/* stored_batches.c: views into longer columns. */
#include "column/stored_batches.h"

#include "base/array.h"

struct vonk_column vonk_column_from(const struct vonk_column *column, uint32_t first, struct vonk_arena *arena) {
  struct vonk_column moved = *column;
  if (column->encoding == VONK_CONST || first == 0) return moved;
  ASSERT(first % 64 == 0);
  if (column->valid) moved.valid = column->valid + first / 64;
  if (column->encoding == VONK_DICT) {
    moved.codes = column->codes + first;
  } else if (column->physical == VONK_PHYSICAL_STRUCT) {
    uint32_t count = vonk_type_child_count(column->type);
    moved.children = ARENA_ARRAY(arena, struct vonk_column, count + 1);
    for (uint32_t i = 0; i < count; i++) moved.children[i] = vonk_column_from(&column->children[i], first, arena);
  } else if (column->data) {
    size_t bytes = column->physical == VONK_PHYSICAL_BOOL ? first / 8 : (size_t)first * vonk_physical_size[column->physical];
    moved.data = (const uint8_t *)column->data + bytes;
  }
  return moved;
}
