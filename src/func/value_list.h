/* value_list.h: a growing list of values in the state of an aggregate, in the order of the rows they came from.
 *
 * Values lie in chunks on the arena of the states, each a byte 0 for null or 1 and the value's bytes (column/value_bytes.h). A chunk holds
 * rows of one unit of order tags, so lists of several workers are merged by hanging chunks together and sorted by chunk at
 * the end. Zero bytes: empty.
 */
#ifndef VONK_FUNC_VALUE_LIST_H
#define VONK_FUNC_VALUE_LIST_H

#include "expr/function.h"

struct vonk_value_chunk {
  struct vonk_value_chunk *next;
  uint64_t tag;               /* of its first value */
  uint32_t count;             /* of rows */
  uint32_t size, capacity;
  char bytes[];
};

struct vonk_value_list {
  struct vonk_value_chunk *first, *last;
};

/* Adds ROW of each of COLUMNS, which may be null, with its order tag. */
void vonk_value_list_add(struct vonk_task *task, struct vonk_value_list *list, const struct vonk_column *columns, uint32_t column_count, uint32_t row,
                         uint64_t tag);
/* FROM's chunks belong to INTO afterwards. */
void vonk_value_list_merge(struct vonk_value_list *from, struct vonk_value_list *into);
uint64_t vonk_value_list_count(const struct vonk_value_list *list);
/* The chunks by tag; returns their number, OUT is on the task's arena. */
uint32_t vonk_value_list_sorted(struct vonk_task *task, const struct vonk_value_list *list, struct vonk_value_chunk ***out);
/* The next value at *AT: its bytes, NULL for null; *AT moves behind it. */
const char *vonk_value_list_next(const struct vonk_type *type, const char **at);

/* Save and load of an aggregate whose state is a list. */
STATUS vonk_value_list_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes);
STATUS vonk_value_list_load(struct vonk_frame *frame, struct vonk_str bytes, void *state);

#endif
