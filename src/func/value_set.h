/* value_set.h: a set of values with a count for each, in the state of an aggregate: collect_set, mode, percentiles.
 *
 * Entries lie behind each other in one piece of the arena of the states, in the order they were met: 8 bytes of count, 4 bytes of size, and the
 * bytes (column/value_bytes.h; NaNs and zeros are brought to one of each). Slots hold offsets of entries by hash.
 * Zero bytes: empty. Null is an entry of its own.
 */
#ifndef VONK_FUNC_VALUE_SET_H
#define VONK_FUNC_VALUE_SET_H

#include "expr/function.h"
#include "column/value_bytes.h"

struct vonk_value_set {
  char *bytes;
  uint32_t *offsets;      /* of entries, by their number */
  uint32_t *slots;        /* entry number + 1; 0: free */
  size_t size, capacity;
  uint32_t count, offset_capacity, slot_mask;
};

/* ROW of COLUMN, which may be null, WEIGHT more times. */
STATUS vonk_value_set_add_row(struct vonk_frame *frame, struct vonk_value_set *set, const struct vonk_column *column, uint32_t row, int64_t weight);
/* The same for one of the LIMIT (> 0) values that are kept as candidates for the most frequent ones (R. M. Karp, S. Shenker, C. H. Papadimitriou, A
 * simple algorithm for finding frequent elements in streams and bags, 2003): a new one for which there is no room takes from the counts of all,
 * and those without any left go. */
STATUS vonk_value_set_add_candidate(struct vonk_frame *frame, struct vonk_value_set *set, const struct vonk_column *column, uint32_t row, uint32_t limit);
STATUS vonk_value_set_merge_candidates(struct vonk_frame *frame, const struct vonk_value_set *from, struct vonk_value_set *into, uint32_t limit);
/* The bytes of entry INDEX, NULL for null; *WEIGHT (may be NULL) is its count. */
const char *vonk_value_set_at(const struct vonk_value_set *set, uint32_t index, int64_t *weight);

/* Callbacks of aggregates whose state is a set and nothing more. */
STATUS vonk_value_set_merge_states(struct vonk_frame *frame, void *const *from, void *const *into, uint32_t count);
STATUS vonk_value_set_save(struct vonk_frame *frame, const void *state, struct vonk_builder *bytes);
STATUS vonk_value_set_load(struct vonk_frame *frame, struct vonk_str bytes, void *state);

#endif
