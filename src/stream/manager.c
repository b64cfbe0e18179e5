/* manager.c: see manager.h. Lock order: the manager's, then a query's. */
#include "stream/manager.h"

#include "base/array.h"
#include "base/clock.h"
#include "stream/stream_internal.h"

enum { ENDED_KEPT = 100, EVENTS_MAX = 10000 };

struct event {
  struct event *next;
  struct vonk_arena *arena;
  struct vonk_stream_event event;
};

struct vonk_stream_manager {
  struct vonk_arena *arena;
  struct vonk_mutex lock;              /* of what follows */
  struct vonk_condition_variable changed;
  ARRAY_OF(struct vonk_stream_query *) active;
  struct vonk_stream_query *ended[ENDED_KEPT]; /* the latest, NULL where there is none */
  uint32_t ended_next;
  bool any_ended;                      /* since the last reset, */
  struct vonk_stream_query *failed;    /* and the first that failed; held */
  bool is_heard, is_deafened;
  struct event *first, *last;
  uint32_t event_count;
};

struct vonk_stream_manager *vonk_stream_manager_create(void) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_stream_manager *manager = ARENA_NEW(arena, struct vonk_stream_manager);
  manager->arena = arena;
  vonk_mutex_init(&manager->lock);
  vonk_condition_variable_init(&manager->changed);
  return manager;
}

static struct vonk_stream_query *first_active(struct vonk_stream_manager *manager) {
  vonk_mutex_lock(&manager->lock);
  struct vonk_stream_query *query = manager->active.count ? vonk_stream_query_retain(manager->active.items[0]) : NULL;
  vonk_mutex_unlock(&manager->lock);
  return query;
}

static void drop_first_event(struct vonk_stream_manager *manager) {
  struct event *event = manager->first;
  manager->first = event->next;
  if (!manager->first) manager->last = NULL;
  manager->event_count--;
  vonk_arena_destroy(event->arena);
}

static void stop_all(struct vonk_stream_manager *manager) {
  struct vonk_error error;
  struct vonk_stream_query *query;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = manager->arena, .error = &error};
  while ((query = first_active(manager))) {
    (void)!vonk_stream_query_stop(&task, query);
    vonk_mutex_lock(&manager->lock);
    while (manager->active.count && manager->active.items[0] == query) vonk_condition_variable_wait(&manager->changed, &manager->lock);
    vonk_mutex_unlock(&manager->lock);
    vonk_stream_query_release(query);
  }
  vonk_error_deinit(&error);
}

void vonk_stream_manager_destroy(struct vonk_stream_manager *manager) {
  if (!manager) return;
  stop_all(manager);
  for (size_t i = 0; i < ENDED_KEPT; i++) vonk_stream_query_release(manager->ended[i]);
  vonk_stream_query_release(manager->failed);
  while (manager->first) drop_first_event(manager);
  vonk_condition_variable_deinit(&manager->changed);
  vonk_mutex_deinit(&manager->lock);
  vonk_arena_destroy(manager->arena);
}

/* --- queries --- */

static bool same_name(const struct vonk_stream_query *a, const struct vonk_stream_query *b) {
  return a->spec.name.data && b->spec.name.data && vonk_str_equal(a->spec.name, b->spec.name);
}

STATUS stream_manager_add(struct vonk_task *task, struct vonk_stream_manager *manager, struct vonk_stream_query *query, struct vonk_stream_query **other) {
  enum vonk_status status = VONK_OK;
  *other = NULL;
  vonk_mutex_lock(&manager->lock);
  for (size_t i = 0; i < manager->active.count && status == VONK_OK; i++) {
    struct vonk_stream_query *active = manager->active.items[i];
    if (vonk_str_equal(active->checkpoint.query_id, query->checkpoint.query_id)) *other = active;
    else if (same_name(active, query)) {
      status = vonk_raisef(task, VONK__ILLEGAL_ARGUMENT, NULL, "message",
                           "Cannot start query with name " STR_FMT " as a query with that name is already active in this SparkSession", STR_ARG(query->spec.name));
    }
  }
  if (status != VONK_OK) *other = NULL;
  if (*other) vonk_stream_query_retain(*other);
  else if (status == VONK_OK) *ARRAY_PUSH(manager->arena, &manager->active) = query;
  vonk_mutex_unlock(&manager->lock);
  return status;
}

void stream_manager_ended(struct vonk_stream_manager *manager, struct vonk_stream_query *query) {
  vonk_mutex_lock(&manager->lock);
  uint32_t slot = manager->ended_next++ % ENDED_KEPT;
  struct vonk_stream_query *oldest = manager->ended[slot];
  manager->ended[slot] = query;
  for (size_t i = 0; i < manager->active.count; i++) {
    if (manager->active.items[i] != query) continue;
    manager->active.items[i] = manager->active.items[--manager->active.count];
    break;
  }
  manager->any_ended = true;
  if (query->failed && !manager->failed) manager->failed = vonk_stream_query_retain(query);
  vonk_condition_variable_broadcast(&manager->changed);
  vonk_mutex_unlock(&manager->lock);
  vonk_stream_query_release(oldest);
}

static void release(void *query) { vonk_stream_query_release(query); }

void vonk_stream_manager_active(struct vonk_stream_manager *manager, struct vonk_arena *arena, struct vonk_stream_queries *out) {
  *out = (struct vonk_stream_queries){0};
  vonk_mutex_lock(&manager->lock);
  for (size_t i = 0; i < manager->active.count; i++) {
    vonk_arena_on_reset(arena, release, vonk_stream_query_retain(manager->active.items[i]));
    *ARRAY_PUSH(arena, out) = manager->active.items[i];
  }
  vonk_mutex_unlock(&manager->lock);
}

bool vonk_stream_manager_has_active(struct vonk_stream_manager *manager) {
  vonk_mutex_lock(&manager->lock);
  bool any = manager->active.count > 0;
  vonk_mutex_unlock(&manager->lock);
  return any;
}

static bool is_run(const struct vonk_stream_query *query, struct vonk_str id, struct vonk_str run_id) {
  return vonk_str_equal(query->checkpoint.query_id, id) && (!run_id.data || vonk_str_equal(query->run_id, run_id));
}

struct vonk_stream_query *vonk_stream_manager_find(struct vonk_stream_manager *manager, struct vonk_str id, struct vonk_str run_id) {
  struct vonk_stream_query *found = NULL;
  vonk_mutex_lock(&manager->lock);
  for (size_t i = 0; i < manager->active.count && !found; i++) {
    if (is_run(manager->active.items[i], id, run_id)) found = manager->active.items[i];
  }
  for (size_t i = 0; i < ENDED_KEPT && !found && run_id.data; i++) {
    if (manager->ended[i] && is_run(manager->ended[i], id, run_id)) found = manager->ended[i];
  }
  if (found) vonk_stream_query_retain(found);
  vonk_mutex_unlock(&manager->lock);
  return found;
}

STATUS vonk_stream_manager_await_any(struct vonk_task *task, struct vonk_stream_manager *manager, int64_t timeout_ms, bool *ended) {
  uint64_t now_ns = vonk_clock_monotonic_ns();
  uint64_t deadline_ns = timeout_ms < 0 || timeout_ms > INT64_MAX / 2000000 ? UINT64_MAX : now_ns + (uint64_t)timeout_ms * 1000000;
  vonk_mutex_lock(&manager->lock);
  while (!manager->any_ended && !vonk_task_cancelled(task) && (now_ns = vonk_clock_monotonic_ns()) < deadline_ns) {
    uint64_t slice_ns = now_ns + (uint64_t)STREAM_SLICE_MS * 1000000;
    vonk_condition_variable_wait_until(&manager->changed, &manager->lock, slice_ns < deadline_ns ? slice_ns : deadline_ns);
  }
  *ended = manager->any_ended;
  struct vonk_stream_query *failed = manager->failed ? vonk_stream_query_retain(manager->failed) : NULL;
  vonk_mutex_unlock(&manager->lock);
  bool ignored;
  enum vonk_status status = failed ? vonk_stream_query_await(task, failed, 0, &ignored) : *ended ? VONK_OK : vonk_task_check(task);
  vonk_stream_query_release(failed);
  return status;
}

void vonk_stream_manager_reset_terminated(struct vonk_stream_manager *manager) {
  vonk_mutex_lock(&manager->lock);
  struct vonk_stream_query *failed = manager->failed;
  manager->failed = NULL;
  manager->any_ended = false;
  vonk_mutex_unlock(&manager->lock);
  vonk_stream_query_release(failed);
}

/* --- events --- */

void stream_manager_tell(struct vonk_stream_manager *manager, enum vonk_stream_event_kind kind, struct vonk_str json) {
  vonk_mutex_lock(&manager->lock);
  if (manager->is_heard) {
    struct vonk_arena *arena = vonk_arena_create(NULL);
    struct event *event = ARENA_NEW(arena, struct event);
    event->arena = arena;
    event->event = (struct vonk_stream_event){kind, vonk_str_copy(arena, json)};
    if (manager->last) manager->last->next = event;
    else manager->first = event;
    manager->last = event;
    if (++manager->event_count > EVENTS_MAX) drop_first_event(manager);
    vonk_condition_variable_broadcast(&manager->changed);
  }
  vonk_mutex_unlock(&manager->lock);
}

bool vonk_stream_manager_listen(struct vonk_stream_manager *manager) {
  vonk_mutex_lock(&manager->lock);
  bool taken = !manager->is_heard;
  manager->is_heard = true;
  manager->is_deafened = false;
  vonk_mutex_unlock(&manager->lock);
  return taken;
}

bool vonk_stream_manager_is_heard(struct vonk_stream_manager *manager) {
  vonk_mutex_lock(&manager->lock);
  bool heard = manager->is_heard;
  vonk_mutex_unlock(&manager->lock);
  return heard;
}

void vonk_stream_manager_deafen(struct vonk_stream_manager *manager) {
  vonk_mutex_lock(&manager->lock);
  manager->is_deafened = true;
  vonk_condition_variable_broadcast(&manager->changed);
  vonk_mutex_unlock(&manager->lock);
}

/* The listener is gone, and what it has not heard too; the lock is held. */
static void forget_listener(struct vonk_stream_manager *manager) {
  manager->is_heard = manager->is_deafened = false;
  while (manager->first) drop_first_event(manager);
}

STATUS vonk_stream_manager_next_event(struct vonk_task *task, struct vonk_stream_manager *manager, bool *more, struct vonk_stream_event *out) {
  vonk_mutex_lock(&manager->lock);
  while (!manager->first && !manager->is_deafened && !vonk_task_cancelled(task)) {
    vonk_condition_variable_wait_until(&manager->changed, &manager->lock, vonk_clock_monotonic_ns() + (uint64_t)STREAM_SLICE_MS * 1000000);
  }
  *more = manager->first && !vonk_task_cancelled(task);
  if (*more) {
    *out = (struct vonk_stream_event){manager->first->event.kind, vonk_str_copy(task->arena, manager->first->event.json)};
    drop_first_event(manager);
  } else {
    forget_listener(manager);
  }
  vonk_mutex_unlock(&manager->lock);
  return *more ? VONK_OK : vonk_task_check(task);
}
