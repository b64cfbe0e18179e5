/* runtime_filter.c: slots by column id. Ids are unique in a plan, so the id alone finds the scan. */
#include "exec/runtime_filter.h"

#include "catalog/source.h"
#include "exec/execution_internal.h"

struct vonk_runtime_slot *vonk_runtime_slot_announce(const struct vonk_operator *join, uint64_t column_id) {
  struct vonk_execution *execution = join->execution;
  struct vonk_runtime_slot *slot = ARENA_NEW(execution->arena, struct vonk_runtime_slot);
  slot->join = join;
  slot->column_id = column_id;
  slot->next = execution->slots;
  execution->slots = slot;
  return slot;
}

void vonk_runtime_slots_make(struct vonk_execution *execution, const struct vonk_relation *relation, const uint32_t *columns,
                             struct vonk_scan_spec *spec) {
  uint32_t count = 0;
  for (struct vonk_runtime_slot *slot = execution->slots; slot; slot = slot->next) count++;
  struct vonk_scan_runtime_slot *slots = ARENA_ARRAY(execution->arena, struct vonk_scan_runtime_slot, count + 1);
  for (struct vonk_runtime_slot *slot = execution->slots; slot; slot = slot->next) {
    for (uint32_t i = 0; i < relation->column_count; i++) {
      if (relation->columns[i].id != slot->column_id || columns[i] == VONK_SOURCE_METADATA) continue;
      slots[spec->slot_count++] = (struct vonk_scan_runtime_slot){columns[i], &slot->filter};
      slot->scan = relation;
    }
  }
  spec->slots = slots;
}
