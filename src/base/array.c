/* array.c: growth of arrays on an arena. */
#include "base/array.h"

#include <string.h>

#include "base/status.h"

void *vonk_array_grow(struct vonk_arena *arena, void *items, size_t count, size_t *capacity, size_t element_size) {
  size_t grown = *capacity < 4 ? 4 : *capacity * 2;
  ASSERT(grown > count);
  void *bigger = vonk_arena_calloc(arena, grown, element_size);
  if (count) memcpy(bigger, items, count * element_size);
  *capacity = grown;
  return bigger;
}
