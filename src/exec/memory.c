/* memory.c: the question whether to spill. */
#include "exec/memory.h"

#include "exec/execution_internal.h"

enum { WORTH_BYTES = 1 << 20 };

/* The tightest of the limits, 0: none. */
static uint64_t limit_of(const struct vonk_execution *execution) {
  uint64_t limit = vonk_budget_limit(vonk_engine_budget(execution->engine)), own = vonk_budget_limit(execution->budget);
  return own && (!limit || own < limit) ? own : limit;
}

bool vonk_memory_must_spill(const struct vonk_execution *execution, struct vonk_memory *memory, uint64_t held_bytes) {
  uint32_t force = execution->options.force_spill;
  if (force) return ++memory->asked % force == 0;
  uint64_t limit = limit_of(execution);
  if (!limit || held_bytes < WORTH_BYTES || held_bytes < limit / 128) return false;
  return vonk_budget_available(execution->budget) < limit / 3;
}

bool vonk_memory_must_make_room(const struct vonk_execution *execution, uint64_t held_bytes) {
  uint64_t limit = limit_of(execution);
  return limit && held_bytes >= limit / 16 && vonk_budget_available(execution->budget) < limit / 2;
}

uint64_t vonk_memory_queue_size(const struct vonk_execution *execution, uint64_t bytes) {
  uint64_t limit = limit_of(execution);
  return limit && bytes > limit / 16 ? limit / 16 : bytes;
}
