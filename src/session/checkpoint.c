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

/* One of them; counted by MEMORY. Batches are counted too: what rows are added to shares them with what it was. */
struct kept {
  struct vonk_checkpoint shown;
  struct vonk_arena *arena;
  struct vonk_buffer *memory;
  struct vonk_budget *budget;
  uint64_t row_count;
  ARRAY_OF(struct vonk_owned_batch *) batches;
  ARRAY_OF(struct vonk_buffer *) holders;
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
  for (size_t i = 0; i < kept->holders.count; i++) vonk_buffer_release(kept->holders.items[i]);
  vonk_arena_destroy(kept->arena);
}

static struct kept *create(struct vonk_checkpoints *checkpoints, const struct vonk_type *schema) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct kept *kept = ARENA_NEW(arena, struct kept);
  kept->arena = arena;
  kept->budget = checkpoints->budget;
  kept->memory = vonk_buffer_wrap(kept, sizeof *kept, destroy, kept);
  kept->shown.schema = vonk_type_copy(arena, schema);
  return kept;
}

static void destroy_batch(struct vonk_buffer *holder) { vonk_owned_batch_destroy(holder->release_object); }

static STATUS keep_batch(void *object, struct vonk_task *task, const struct vonk_batch *batch) {
  struct kept *kept = object;
  struct vonk_task own = *task;
  struct vonk_owned_batch *owned;
  own.budget = kept->budget;
  TRY(vonk_batch_copy(&own, batch, &owned));
  *ARRAY_PUSH(kept->arena, &kept->batches) = owned;
  *ARRAY_PUSH(kept->arena, &kept->holders) = vonk_buffer_wrap(owned, sizeof *owned, destroy_batch, owned);
  kept->row_count += owned->batch.live_count;
  return VONK_OK;
}

static void share_batches(struct kept *kept, const struct kept *from) {
  for (size_t i = 0; i < from->batches.count; i++) {
    *ARRAY_PUSH(kept->arena, &kept->batches) = from->batches.items[i];
    *ARRAY_PUSH(kept->arena, &kept->holders) = vonk_buffer_retain(from->holders.items[i]);
  }
  kept->row_count += from->row_count;
}

/* Takes KEPT; its batches say PARTITION_COUNT partitions, 0: none. */
static void put(struct vonk_checkpoints *checkpoints, struct vonk_str id, struct kept *kept, uint32_t partition_count) {
  kept->shown.batches = (struct vonk_stored_batches){.items = kept->batches.items, .count = (uint32_t)kept->batches.count, .partition_count = partition_count};
  vonk_mutex_lock(&checkpoints->lock);
  struct kept *old = vonk_map_get(&checkpoints->map, id);
  vonk_map_put(&checkpoints->map, id, kept);
  vonk_mutex_unlock(&checkpoints->lock);
  if (old) vonk_buffer_release(old->memory);
}

STATUS vonk_checkpoint_make(struct vonk_statement *statement, struct vonk_relation *resolved, struct vonk_str *id) {
  struct vonk_checkpoints *checkpoints = statement->session->checkpoints;
  struct kept *kept = create(checkpoints, vonk_bind_schema(statement->arena, resolved));
  uint32_t partitions = 0;
  enum vonk_status status = vonk_statement_run_rows(statement, resolved, kept->budget, keep_batch, kept, &partitions);
  if (status != VONK_OK) {
    vonk_buffer_release(kept->memory);
    return status;
  }
  *id = vonk_uuid_random(statement->arena);
  put(checkpoints, *id, kept, partitions ? partitions : 1);
  return VONK_OK;
}

static struct kept *find_held(struct vonk_checkpoints *checkpoints, struct vonk_str id) {
  vonk_mutex_lock(&checkpoints->lock);
  struct kept *kept = vonk_map_get(&checkpoints->map, id);
  if (kept) (void)vonk_buffer_retain(kept->memory);
  vonk_mutex_unlock(&checkpoints->lock);
  return kept;
}

STATUS vonk_checkpoint_put(struct vonk_statement *statement, struct vonk_checkpoints *into, struct vonk_str id, struct vonk_relation *resolved, bool append,
                           uint64_t *row_count) {
  struct kept *kept = create(into, vonk_bind_schema(statement->arena, resolved)), *old = append ? find_held(into, id) : NULL;
  uint32_t partitions = 0;
  if (old) share_batches(kept, old);
  uint64_t before = kept->row_count;
  if (old) vonk_buffer_release(old->memory);
  enum vonk_status status = vonk_statement_run_rows(statement, resolved, kept->budget, keep_batch, kept, &partitions);
  if (status != VONK_OK) {
    vonk_buffer_release(kept->memory);
    return status;
  }
  *row_count = kept->row_count - before;
  put(into, id, kept, 0);
  return VONK_OK;
}

void vonk_checkpoint_put_empty(struct vonk_checkpoints *into, struct vonk_str id, const struct vonk_type *schema) {
  put(into, id, create(into, schema), 0);
}

static void release(void *memory) { vonk_buffer_release(memory); }

const struct vonk_checkpoint *vonk_checkpoint_find(struct vonk_statement *statement, struct vonk_str id) {
  struct vonk_checkpoints *checkpoints = statement->session->checkpoints;
  struct kept *kept = find_held(checkpoints, id);
  if (kept) vonk_arena_on_reset(statement->arena, release, kept->memory);
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
