/* memory.c: the question whether to spill. */
#include "exec/memory.h"

#include "exec/execution_internal.h"

enum { WORTH_BYTES = 1 << 20 };

bool vonk_memory_must_spill(const struct vonk_execution *execution, struct vonk_memory *memory, uint64_t held_bytes) {
  uint32_t force = execution->options.force_spill;
  if (force) return ++memory->asked % force == 0;
  uint64_t limit = vonk_budget_limit(vonk_engine_budget(execution->engine)), own = vonk_budget_limit(execution->budget);
  if (own && (!limit || own < limit)) limit = own;
  if (!limit || held_bytes < WORTH_BYTES || held_bytes < limit / 128) return false;
  return vonk_budget_available(execution->budget) < limit / 3;
}
