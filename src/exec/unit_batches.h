/* unit_batches.h: batches of a pipeline, copied by its workers and brought into the order of their units at the end. */
#ifndef VONK_EXEC_UNIT_BATCHES_H
#define VONK_EXEC_UNIT_BATCHES_H

#include "base/array.h"
#include "base/thread.h"
#include "column/batch.h"

struct vonk_unit_batch {
  uint64_t unit;
  struct vonk_owned_batch *batch;
};

struct vonk_unit_batches {
  struct vonk_arena *arena;
  struct vonk_mutex lock;
  ARRAY_OF(struct vonk_unit_batch) list;
};

void vonk_unit_batches_init(struct vonk_unit_batches *batches, struct vonk_budget *budget);
/* Destroys the batches too. */
void vonk_unit_batches_deinit(struct vonk_unit_batches *batches);
/* A copy of BATCH; by several workers at once, a unit's batches in their order. */
STATUS vonk_unit_batches_add(struct vonk_task *task, struct vonk_unit_batches *batches, const struct vonk_batch *batch);
/* When all are in. */
void vonk_unit_batches_sort(struct vonk_unit_batches *batches);

#endif
