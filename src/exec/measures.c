/* measures.c: a walk over the operators; their counters are read as they are. */
#include "exec/measures.h"

#include "exec/execution_internal.h"

struct walk {
  struct vonk_arena *arena;
  struct { struct vonk_measures *items; size_t count, capacity; } list;
  struct { const struct vonk_operator **items; size_t count, capacity; } stores; /* that are in the list */
};

static bool is_listed(struct walk *walk, const struct vonk_operator *store) {
  for (size_t i = 0; i < walk->stores.count; i++) {
    if (walk->stores.items[i] == store) return true;
  }
  *ARRAY_PUSH(walk->arena, &walk->stores) = store;
  return false;
}

static void add(struct walk *walk, const struct vonk_operator *op, uint32_t parent) {
  uint32_t own = (uint32_t)walk->list.count;
  bool reads = op->shape == VONK_SHAPE_READER;
  *ARRAY_PUSH(walk->arena, &walk->list) = (struct vonk_measures){
      .name = op->type->name,
      .parent = parent,
      .row_count = atomic_load_explicit(&op->metrics.rows, memory_order_relaxed),
      .batch_count = atomic_load_explicit(&op->metrics.batches, memory_order_relaxed),
      .time_ns = atomic_load_explicit(&op->metrics.time_ns, memory_order_relaxed),
      .spill_bytes = atomic_load_explicit(&op->metrics.spill_bytes, memory_order_relaxed),
  };
  if (reads && !is_listed(walk, op->store)) add(walk, op->store, own);
  for (uint32_t i = 0; !reads && i < op->child_count; i++) add(walk, op->children[i], own);
}

uint32_t vonk_execution_measures(struct vonk_arena *arena, const struct vonk_execution *execution, struct vonk_measures **out) {
  struct walk walk = {.arena = arena};
  add(&walk, execution->root, 0);
  *out = walk.list.items;
  return (uint32_t)walk.list.count;
}
