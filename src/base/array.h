/* array.h: growing arrays on an arena, typed by declaration.
 *
 *   struct { struct vonk_expr **items; size_t count, capacity; } list = {0};
 *   *ARRAY_PUSH(arena, &list) = expr;
 */
#ifndef VONK_BASE_ARRAY_H
#define VONK_BASE_ARRAY_H

#include "base/arena.h"

#define ARRAY_OF(type) struct { type *items; size_t count, capacity; }

/* Grows ITEMS (of ELEMENT_SIZE) so that COUNT + 1 fits; returns the new items. Growth doubles; old bytes stay on the arena. */
void *vonk_array_grow(struct vonk_arena *arena, void *items, size_t count, size_t *capacity, size_t element_size);

/* A pointer to a new zeroed element at the end. */
#define ARRAY_PUSH(arena, array)                                                                                       \
  (((array)->count == (array)->capacity                                                                                \
        ? (void)((array)->items = vonk_array_grow((arena), (array)->items, (array)->count, &(array)->capacity,         \
                                                  sizeof *(array)->items))                                             \
        : (void)0),                                                                                                    \
   &(array)->items[(array)->count++])

#define COUNT_OF(fixed_array) (sizeof(fixed_array) / sizeof((fixed_array)[0]))

#endif
