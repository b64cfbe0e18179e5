/* checkpoint.c: see checkpoint.h. */
#include "session/checkpoint.h"

#include "base/map.h"
#include "base/uuid.h"
#include "bind/binder.h"

struct vonk_checkpoints {
  struct vonk_arena *arena;
  struct vonk_budget *budget;
  struct vonk_mutex lock;
  struct vonk_map map;             /* struct kept, by id */
};

/* One of them; counted by MEMORY. */
struct kept {
  struct vonk_checkpoint shown;
  struct vonk_arena *arena;
  struct vonk_buffer *memory;
  struct vonk_budget *budget;
  ARRAY_OF(struct vonk_owned_batch *) batches;
};

struct vonk_checkpoints *vonk_checkpoints_create(struct vonk_budget *budget) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_checkpoints *checkpoints = ARENA_NEW(arena, struct vonk_checkpoints);
  checkpoints->arena = arena;
  checkpoints->budget = budget;
  vonk_mutex_init(&checkpoints->lock);
  vonk_map_init(&checkpoints->map, arena, false);
  return checkpoints;
}

void vonk_checkpoints_destroy(struct vonk_checkpoints *checkpoints) {
  if (!checkpoints) return;
  for (size_t i = 0; i < checkpoints->map.entry_count; i++) {
    struct kept *kept = checkpoints->map.entries[i].value;
    if (checkpoints->map.entries[i].live) vonk_buffer_release(kept->memory);
  }
  vonk_mutex_deinit(&checkpoints->lock);
  vonk_arena_destroy(checkpoints->arena);
}

static void destroy(struct vonk_buffer *memory) {
  struct kept *kept = memory->release_object;
  for (size_t i = 0; i < kept->batches.count; i++) vonk_owned_batch_destroy(kept->batches.items[i]);
  vonk_arena_destroy(kept->arena);
}

static STATUS keep_batch(void *object, struct vonk_task *task, const struct vonk_batch *batch) {
  struct kept *kept = object;
  struct vonk_task own = *task;
  struct vonk_owned_batch *owned;
  own.budget = kept->budget;
  TRY(vonk_batch_copy(&own, batch, &owned));
  *ARRAY_PUSH(kept->arena, &kept->batches) = owned;
  return VONK_OK;
}

STATUS vonk_checkpoint_make(struct vonk_statement *statement, struct vonk_relation *resolved, struct vonk_str *id) {
  struct vonk_checkpoints *checkpoints = statement->session->checkpoints;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct kept *kept = ARENA_NEW(arena, struct kept);
  uint32_t partitions = 0;
  kept->arena = arena;
  kept->budget = checkpoints->budget;
  kept->memory = vonk_buffer_wrap(kept, sizeof *kept, destroy, kept);
  kept->shown.schema = vonk_type_copy(arena, vonk_bind_schema(statement->arena, resolved));
  enum vonk_status status = vonk_statement_run_rows(statement, resolved, kept->budget, keep_batch, kept, &partitions);
  if (status != VONK_OK) {
    vonk_buffer_release(kept->memory);
    return status;
  }
  kept->shown.batches = (struct vonk_stored_batches){.items = kept->batches.items, .count = (uint32_t)kept->batches.count, .partition_count = partitions ? partitions : 1};
  *id = vonk_uuid_random(statement->arena);
  vonk_mutex_lock(&checkpoints->lock);
  vonk_map_put(&checkpoints->map, *id, kept);
  vonk_mutex_unlock(&checkpoints->lock);
  return VONK_OK;
}

static void release(void *memory) { vonk_buffer_release(memory); }

const struct vonk_checkpoint *vonk_checkpoint_find(struct vonk_statement *statement, struct vonk_str id) {
  struct vonk_checkpoints *checkpoints = statement->session->checkpoints;
  vonk_mutex_lock(&checkpoints->lock);
  struct kept *kept = vonk_map_get(&checkpoints->map, id);
  if (kept) vonk_arena_on_reset(statement->arena, release, vonk_buffer_retain(kept->memory));
  vonk_mutex_unlock(&checkpoints->lock);
  return kept ? &kept->shown : NULL;
}

void vonk_checkpoint_remove(struct vonk_statement *statement, struct vonk_str id) {
  struct vonk_checkpoints *checkpoints = statement->session->checkpoints;
  vonk_mutex_lock(&checkpoints->lock);
  struct kept *kept = vonk_map_get(&checkpoints->map, id);
  if (kept) (void)vonk_map_remove(&checkpoints->map, id);
  vonk_mutex_unlock(&checkpoints->lock);
  if (kept) vonk_buffer_release(kept->memory);
}
