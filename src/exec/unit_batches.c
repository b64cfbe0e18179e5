/* unit_batches.c: a list under a lock, and a merge sort that keeps what is equal in order. */
#include "exec/unit_batches.h"

void vonk_unit_batches_init(struct vonk_unit_batches *batches, struct vonk_budget *budget) {
  *batches = (struct vonk_unit_batches){.arena = vonk_arena_create(budget)};
  vonk_mutex_init(&batches->lock);
}

void vonk_unit_batches_deinit(struct vonk_unit_batches *batches) {
  for (size_t i = 0; i < batches->list.count; i++) vonk_owned_batch_destroy(batches->list.items[i].batch);
  vonk_arena_destroy(batches->arena);
  vonk_mutex_deinit(&batches->lock);
}

STATUS vonk_unit_batches_add(struct vonk_task *task, struct vonk_unit_batches *batches, const struct vonk_batch *batch) {
  struct vonk_owned_batch *owned;
  TRY(vonk_batch_copy(task, batch, &owned));
  vonk_mutex_lock(&batches->lock);
  *ARRAY_PUSH(batches->arena, &batches->list) = (struct vonk_unit_batch){batch->unit, owned};
  vonk_mutex_unlock(&batches->lock);
  return VONK_OK;
}

void vonk_unit_batches_sort(struct vonk_unit_batches *batches) {
  struct vonk_unit_batch *items = batches->list.items;
  size_t count = batches->list.count;
  struct vonk_unit_batch *space = ARENA_ARRAY(batches->arena, struct vonk_unit_batch, count + 1);
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t from = 0; from < count; from += 2 * width) {
      size_t middle = from + width < count ? from + width : count, end = from + 2 * width < count ? from + 2 * width : count;
      size_t a = from, b = middle;
      for (size_t to = from; to < end; to++) {
        space[to] = a < middle && (b == end || items[a].unit <= items[b].unit) ? items[a++] : items[b++];
      }
    }
    memcpy(items, space, count * sizeof *items);
  }
}
