/* spill_closer.c: see spill_closer.h. */
#include "exec/spill_closer.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/descriptor.h"
#include "base/thread.h"

enum {
  SMALL_BYTES = 8 << 20,         /* closed in a millisecond or less */
  HELD_SECONDS = 1,              /* beyond the end of the process, which is long past by then */
};

struct vonk_spill_closer {
  struct vonk_arena *arena;
  struct vonk_thread *thread;
  struct vonk_mutex lock;
  struct vonk_condition_variable changed;
  ARRAY_OF(int) descriptors;
  bool stopping;
};

struct vonk_spill_closer *vonk_spill_closer_create(void) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_spill_closer *closer = ARENA_NEW(arena, struct vonk_spill_closer);
  closer->arena = arena;
  vonk_mutex_init(&closer->lock);
  vonk_condition_variable_init(&closer->changed);
  return closer;
}

static void close_all(void *object) {
  struct vonk_spill_closer *closer = object;
  vonk_mutex_lock(&closer->lock);
  while (!closer->stopping) {
    if (closer->descriptors.count == 0) {
      vonk_condition_variable_wait(&closer->changed, &closer->lock);
      continue;
    }
    int descriptor = closer->descriptors.items[--closer->descriptors.count];
    vonk_mutex_unlock(&closer->lock);
    close(descriptor);
    vonk_mutex_lock(&closer->lock);
  }
  vonk_mutex_unlock(&closer->lock);
}

void vonk_spill_closer_take(struct vonk_spill_closer *closer, int descriptor, uint64_t byte_size) {
  bool later = byte_size > SMALL_BYTES;
  if (later) {
    vonk_mutex_lock(&closer->lock);
    if (!closer->thread) closer->thread = vonk_thread_create("vonk-closer", close_all, closer);
    later = closer->thread != NULL;
    if (later) *ARRAY_PUSH(closer->arena, &closer->descriptors) = descriptor;
    vonk_condition_variable_signal(&closer->changed);
    vonk_mutex_unlock(&closer->lock);
  }
  if (!later) close(descriptor);
}

void vonk_spill_closer_destroy(struct vonk_spill_closer *closer) {
  if (!closer) return;
  vonk_mutex_lock(&closer->lock);
  closer->stopping = true;
  vonk_condition_variable_signal(&closer->changed);
  vonk_mutex_unlock(&closer->lock);
  if (closer->thread) vonk_thread_join(closer->thread);
  size_t count = closer->descriptors.count;
  if (count) vonk_descriptors_hold(closer->descriptors.items, count, HELD_SECONDS);
  for (size_t i = 0; i < count; i++) close(closer->descriptors.items[i]);
  vonk_condition_variable_deinit(&closer->changed);
  vonk_mutex_deinit(&closer->lock);
  vonk_arena_destroy(closer->arena);
}
