/* budget.c: atomic counters up a tree, with limits.
 *
 * A charge adds to each counter from the leaf to the root and takes back what it added when one refuses. Memory the buffer
 * allocator keeps free counts against the root's limit as well, since the system sees it: it is trimmed first, then the
 * reclaimers are asked. Reclaimers run without the lock; removing one waits until it is not running.
 */
#include "base/budget.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/budget_internal.h"
#include "base/thread.h"

enum { RECLAIMERS_MAX = 32, RECLAIM_ROUNDS = 4, SCATTER_LIMIT_MIN = 16 << 20 };

struct reclaimer {
  vonk_budget_reclaim *reclaim;
  void *object;
  int priority;
  int running;
};

struct vonk_budget {
  struct vonk_budget *parent;
  const char *name;
  uint64_t limit; /* 0: none */
  _Atomic uint64_t used, peak, refused;
  atomic_uint child_count;
  /* Of roots only. */
  _Atomic uint64_t fail_countdown, fail_every;
  struct vonk_mutex lock; /* of the reclaimers */
  struct vonk_condition_variable idle;
  struct reclaimer reclaimers[RECLAIMERS_MAX]; /* by priority */
  int reclaimer_count;
};

struct vonk_budget *vonk_budget_create(struct vonk_budget *parent, const char *name, uint64_t limit_bytes) {
  struct vonk_budget *budget = calloc(1, sizeof *budget);
  ASSERT(budget != NULL);
  budget->parent = parent;
  budget->name = name;
  budget->limit = limit_bytes;
  if (parent) {
    atomic_fetch_add(&parent->child_count, 1);
  } else {
    vonk_mutex_init(&budget->lock);
    vonk_condition_variable_init(&budget->idle);
  }
  return budget;
}

void vonk_budget_destroy(struct vonk_budget *budget) {
  if (!budget) return;
  ASSERT(atomic_load(&budget->used) == 0);
  ASSERT(atomic_load(&budget->child_count) == 0);
  if (budget->parent) {
    atomic_fetch_sub(&budget->parent->child_count, 1);
  } else {
    ASSERT(budget->reclaimer_count == 0);
    vonk_mutex_deinit(&budget->lock);
    vonk_condition_variable_deinit(&budget->idle);
  }
  free(budget);
}

static void raise_peak(struct vonk_budget *budget, uint64_t used) {
  uint64_t peak = atomic_load_explicit(&budget->peak, memory_order_relaxed);
  while (used > peak && !atomic_compare_exchange_weak(&budget->peak, &peak, used)) continue;
}

static void add_one(struct vonk_budget *budget, uint64_t bytes) {
  raise_peak(budget, atomic_fetch_add(&budget->used, bytes) + bytes);
}

static bool try_add_one(struct vonk_budget *budget, uint64_t bytes) {
  if (budget->limit == 0) {
    add_one(budget, bytes);
    return true;
  }
  uint64_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);
  do {
    if (bytes > budget->limit || used > budget->limit - bytes) return false;
  } while (!atomic_compare_exchange_weak(&budget->used, &used, used + bytes));
  raise_peak(budget, used + bytes);
  return true;
}

static void release_below(struct vonk_budget *budget, const struct vonk_budget *stop, uint64_t bytes) {
  for (; budget != stop; budget = budget->parent) {
    uint64_t before = atomic_fetch_sub(&budget->used, bytes);
    ASSERT(before >= bytes);
  }
}

/* Test aid, see vonk_budget_fail_nth. */
static bool fails_on_purpose(struct vonk_budget *root) {
  uint64_t left = atomic_load_explicit(&root->fail_countdown, memory_order_relaxed);
  if (LIKELY(left == 0)) return false;
  do {
    if (left == 0) return false;
  } while (!atomic_compare_exchange_weak(&root->fail_countdown, &left, left - 1 ? left - 1 : root->fail_every));
  return left == 1;
}

/* Copies the reclaimers and marks them running, so that they may be called without the lock. */
static int pin_reclaimers(struct vonk_budget *root, struct reclaimer *pinned) {
  vonk_mutex_lock(&root->lock);
  int count = root->reclaimer_count;
  for (int i = 0; i < count; i++) {
    root->reclaimers[i].running++;
    pinned[i] = root->reclaimers[i];
  }
  vonk_mutex_unlock(&root->lock);
  return count;
}

static void unpin_reclaimers(struct vonk_budget *root, const struct reclaimer *pinned, int count) {
  vonk_mutex_lock(&root->lock);
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < root->reclaimer_count; j++) {
      if (root->reclaimers[j].object == pinned[i].object) root->reclaimers[j].running--;
    }
  }
  vonk_condition_variable_broadcast(&root->idle);
  vonk_mutex_unlock(&root->lock);
}

/* Asks each reclaimer in turn until BYTES are freed. */
static uint64_t ask_reclaimers(struct vonk_budget *root, uint64_t bytes) {
  struct reclaimer pinned[RECLAIMERS_MAX];
  int count = pin_reclaimers(root, pinned);
  uint64_t freed = 0;
  for (int i = 0; i < count && freed < bytes; i++) freed += pinned[i].reclaim(pinned[i].object, bytes - freed);
  unpin_reclaimers(root, pinned, count);
  return freed;
}

/* What the reclaimers say they could free. */
static uint64_t reclaimable(struct vonk_budget *root) {
  struct reclaimer pinned[RECLAIMERS_MAX];
  int count = pin_reclaimers(root, pinned);
  uint64_t bytes = 0;
  for (int i = 0; i < count; i++) bytes += pinned[i].reclaim(pinned[i].object, 0);
  unpin_reclaimers(root, pinned, count);
  return bytes;
}

/* The free memory of the buffer allocator must fit beside what is used. What cannot be trimmed because it lies scattered
 * among blocks in use is tolerated up to a sixteenth of the limit; small limits (tests) do not ask. */
static bool make_room(const struct vonk_budget *root) {
  uint64_t used = atomic_load_explicit(&root->used, memory_order_relaxed);
  uint64_t room = root->limit > used ? root->limit - used : 0;
  if (LIKELY(vonk_buffer_held_bytes() <= room)) return true;
  vonk_buffer_trim(room);
  return root->limit < SCATTER_LIMIT_MIN || vonk_buffer_held_bytes() <= room + root->limit / 16;
}

static bool charge_root(struct vonk_budget *root, uint64_t bytes) {
  if (UNLIKELY(fails_on_purpose(root))) return false;
  bool charged = try_add_one(root, bytes);
  /* Others may take what was freed for us, so ask again, but not for ever. */
  for (int round = 0; !charged && bytes <= root->limit && round < RECLAIM_ROUNDS; round++) {
    uint64_t used = atomic_load(&root->used);
    uint64_t room = root->limit > used ? root->limit - used : 0;
    uint64_t freed = bytes > room ? ask_reclaimers(root, bytes - room) : bytes;
    charged = try_add_one(root, bytes);
    if (freed == 0) break;
  }
  if (!charged || !root->limit || make_room(root)) return charged;
  release_below(root, NULL, bytes);
  return false;
}

STATUS vonk_budget_charge(struct vonk_budget *budget, uint64_t bytes) {
  struct vonk_budget *level = budget;
  for (; level->parent; level = level->parent) {
    if (UNLIKELY(!try_add_one(level, bytes))) break;
  }
  if (!level->parent && LIKELY(charge_root(level, bytes))) return VONK_OK;
  release_below(budget, level, bytes);
  atomic_store_explicit(&budget->refused, bytes, memory_order_relaxed);
  return VONK_NO_MEMORY;
}

void vonk_budget_charge_force(struct vonk_budget *budget, uint64_t bytes) {
  for (; budget; budget = budget->parent) add_one(budget, bytes);
}

void vonk_budget_release(struct vonk_budget *budget, uint64_t bytes) { release_below(budget, NULL, bytes); }

uint64_t vonk_budget_used(const struct vonk_budget *budget) { return atomic_load(&budget->used); }
uint64_t vonk_budget_peak(const struct vonk_budget *budget) { return atomic_load(&budget->peak); }
uint64_t vonk_budget_limit(const struct vonk_budget *budget) { return budget->limit; }
uint64_t vonk_budget_refused(const struct vonk_budget *budget) { return atomic_load(&budget->refused); }

uint64_t vonk_budget_available(const struct vonk_budget *budget) {
  uint64_t available = UINT64_MAX;
  for (const struct vonk_budget *level = budget; level; level = level->parent) {
    if (level->limit == 0) continue;
    uint64_t used = atomic_load(&level->used);
    uint64_t left = level->limit > used ? level->limit - used : 0;
    if (!level->parent) left += reclaimable((struct vonk_budget *)level);
    if (left > level->limit) left = level->limit;
    if (left < available) available = left;
  }
  return available;
}

void vonk_budget_add_reclaimer(struct vonk_budget *root, int priority, vonk_budget_reclaim *reclaim, void *object) {
  ASSERT(root->parent == NULL);
  vonk_mutex_lock(&root->lock);
  ASSERT(root->reclaimer_count < RECLAIMERS_MAX);
  int i = root->reclaimer_count++;
  for (; i > 0 && root->reclaimers[i - 1].priority > priority; i--) root->reclaimers[i] = root->reclaimers[i - 1];
  root->reclaimers[i] = (struct reclaimer){reclaim, object, priority, 0};
  vonk_mutex_unlock(&root->lock);
}

void vonk_budget_remove_reclaimer(struct vonk_budget *root, void *object) {
  vonk_mutex_lock(&root->lock);
  for (int i = 0; i < root->reclaimer_count; i++) {
    if (root->reclaimers[i].object != object) continue;
    if (root->reclaimers[i].running) {
      vonk_condition_variable_wait(&root->idle, &root->lock);
      i = -1; /* the list may have changed meanwhile */
      continue;
    }
    root->reclaimer_count--;
    for (int j = i; j < root->reclaimer_count; j++) root->reclaimers[j] = root->reclaimers[j + 1];
    break;
  }
  vonk_mutex_unlock(&root->lock);
}

void vonk_budget_fail_nth(struct vonk_budget *root, uint64_t nth, bool repeat) {
  ASSERT(root->parent == NULL);
  atomic_store(&root->fail_every, repeat ? nth : 0);
  atomic_store(&root->fail_countdown, nth);
}
