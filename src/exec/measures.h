/* measures.h: what each operator of an execution did, as a tree. */
#ifndef VONK_EXEC_MEASURES_H
#define VONK_EXEC_MEASURES_H

#include "exec/query.h"

struct vonk_measures {
  const char *name;              /* as EXPLAIN shows it */
  uint32_t parent;               /* its place in the list; the root's own */
  uint64_t row_count, batch_count, time_ns, spill_bytes; /* the time is summed over workers, 0 unless the execution was timed */
};

/* On ARENA, the root first, each before its inputs; a result with several readers comes below the first. *OUT holds so many. Any time. */
uint32_t vonk_execution_measures(struct vonk_arena *arena, const struct vonk_execution *execution, struct vonk_measures **out);

#endif
