/* map_entries.h: making maps: keys are neither null nor equal. */
#ifndef VONK_FUNC_MAP_ENTRIES_H
#define VONK_FUNC_MAP_ENTRIES_H

#include "expr/function.h"

/* One pair: a row of a column of keys and one of a column of values. */
struct vonk_map_entry {
  const struct vonk_column *keys, *values;
  uint32_t key_row, value_row;
};

/* One row of the frame's map builder; raises NULL_MAP_KEY, and DUPLICATED_MAP_KEY unless the last of equal keys wins: its value stands where the first
 * was. SCRATCH is for what the check needs; ENTRIES are used up. */
STATUS vonk_map_add_entries(struct vonk_frame *frame, struct vonk_arena *scratch, struct vonk_map_entry *entries, uint32_t count);

#endif
