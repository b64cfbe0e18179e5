/* memory.h: when an operator has to let memory go.
 *
 * Operators that hold data ask after each batch. Memory is tight when less than a third of the limit is left: that third is
 * the reserve of those who cannot spill (readers of pages, results, merges), so an operator spills before it is refused. With
 * vonk.debug.forceSpill = n every n-th question is answered with yes.
 */
#ifndef VONK_EXEC_MEMORY_H
#define VONK_EXEC_MEMORY_H

#include "exec/operator.h"

struct vonk_memory {
  uint32_t asked;
};

/* HELD_BYTES: what the caller could free; small amounts are not worth a file. */
bool vonk_memory_must_spill(const struct vonk_execution *execution, struct vonk_memory *memory, uint64_t held_bytes);
/* The same when the caller has taken in all its input and others begin to work: they should find half of the memory free. */
bool vonk_memory_must_make_room(const struct vonk_execution *execution, uint64_t held_bytes);
/* How much a queue may hold that would hold BYTES where memory is plenty: a small part of the limit. */
uint64_t vonk_memory_queue_size(const struct vonk_execution *execution, uint64_t bytes);

#endif
