/* session_table.c: see session_table.h. */
#include "server/connect/session_table.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "server/connect/operation.h"
#include "session/session.h"
#include "stream/manager.h"

void connect_sessions_init(struct connect_sessions *sessions, struct vonk_instance *instance) {
  *sessions = (struct connect_sessions){.instance = instance, .arena = vonk_arena_create(NULL)};
  vonk_mutex_init(&sessions->lock);
  vonk_condition_variable_init(&sessions->quiet);
}

bool connect_sessions_enter(struct connect_sessions *sessions) {
  vonk_mutex_lock(&sessions->lock);
  bool taken = sessions->running < CONNECT_RUNNING_MAX;
  sessions->running += taken;
  sessions->started += taken;
  vonk_mutex_unlock(&sessions->lock);
  return taken;
}

void connect_sessions_leave(struct connect_sessions *sessions) {
  vonk_mutex_lock(&sessions->lock);
  if (--sessions->running == 0) vonk_condition_variable_broadcast(&sessions->quiet);
  vonk_mutex_unlock(&sessions->lock);
}

void connect_sessions_deinit(struct connect_sessions *sessions) {
  while (sessions->items.count) {
    struct connect_session *session = sessions->items.items[0];
    atomic_fetch_add(&session->references, 1);
    connect_session_close(sessions, session, true);
    connect_session_release(session);
  }
  vonk_mutex_lock(&sessions->lock);
  while (sessions->running) vonk_condition_variable_wait(&sessions->quiet, &sessions->lock);
  vonk_mutex_unlock(&sessions->lock);
  vonk_condition_variable_deinit(&sessions->quiet);
  vonk_mutex_deinit(&sessions->lock);
  vonk_arena_destroy(sessions->arena);
}

static uint64_t hash_of(struct vonk_str user, struct vonk_str id) { return vonk_str_hash(user) * 31 + vonk_str_hash(id); }

/* --- the life of one --- */

static STATUS create(struct vonk_task *task, struct connect_sessions *table, struct connect_session *from, struct vonk_str user, struct vonk_str id,
                     struct connect_session **out) {
  struct vonk_session *engine;
  int code = from ? vonk_session_clone(from->session, &engine) : vonk_session_open(table->instance, NULL, &engine);
  if (code != VONK_RUN_OK) {
    vonk_error_copy(task->error, &engine->error);
    vonk_session_close(engine);
    return VONK_FAILED;
  }
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct connect_session *session = *out = ARENA_NEW(arena, struct connect_session);
  atomic_init(&session->references, 2); /* the table's and the caller's */
  session->arena = arena;
  session->table = table;
  session->hash = hash_of(user, id);
  session->user = vonk_str_copy(arena, user);
  session->id = vonk_str_copy(arena, id);
  session->server_id = vonk_uuid_random(arena);
  session->session = engine;
  vonk_mutex_init(&session->lock);
  vonk_map_init(&session->artifacts, arena, false);
  for (int i = 0; i < CONNECT_ERRORS_KEPT; i++) vonk_error_init(&session->errors[i].error);
  return VONK_OK;
}

void connect_session_release(struct connect_session *session) {
  if (!session || atomic_fetch_sub(&session->references, 1) != 1) return;
  for (size_t i = 0; i < session->artifacts.entry_count; i++) {
    if (session->artifacts.entries[i].live) vonk_buffer_release(session->artifacts.entries[i].value);
  }
  for (int i = 0; i < CONNECT_ERRORS_KEPT; i++) vonk_error_deinit(&session->errors[i].error);
  vonk_session_close(session->session);
  vonk_mutex_deinit(&session->lock);
  vonk_arena_destroy(session->arena);
}

/* --- the table --- */

/* The lock is held. */
static struct connect_session *lookup(struct connect_sessions *sessions, struct vonk_str user, struct vonk_str id) {
  uint64_t hash = hash_of(user, id);
  for (size_t i = 0; i < sessions->items.count; i++) {
    struct connect_session *session = sessions->items.items[i];
    if (session->hash == hash && vonk_str_equal(session->id, id) && vonk_str_equal(session->user, user)) return session;
  }
  return NULL;
}

static bool was_closed(const struct connect_sessions *sessions, uint64_t hash) {
  for (size_t i = 0; i < CONNECT_CLOSED_KEPT; i++) {
    if (sessions->closed[i] == hash) return true;
  }
  return false;
}

/* The same with the lock held. */
static STATUS find_locked(struct vonk_task *task, struct connect_sessions *sessions, const struct connect_session_key *key, bool may_create,
                          struct connect_session **out) {
  struct connect_session *session = lookup(sessions, key->user, key->id);
  if (!session && was_closed(sessions, hash_of(key->user, key->id))) {
    return vonk_raise(task, VONK_INVALID_HANDLE__SESSION_CLOSED, NULL, "handle", key->id, NULL);
  }
  if (!session && !may_create) return vonk_raise(task, VONK_INVALID_HANDLE__SESSION_NOT_FOUND, NULL, "handle", key->id, NULL);
  if (key->server_id.data && (!session || !vonk_str_equal(session->server_id, key->server_id))) {
    return vonk_raise(task, VONK_INVALID_HANDLE__SESSION_CHANGED, NULL, "handle", key->id, NULL);
  }
  if (session) {
    atomic_fetch_add(&session->references, 1);
  } else {
    TRY(create(task, sessions, NULL, key->user, key->id, &session));
    *ARRAY_PUSH(sessions->arena, &sessions->items) = session;
  }
  atomic_store(&session->used_ns, vonk_clock_monotonic_ns());
  *out = session;
  return VONK_OK;
}

STATUS connect_session_find(struct vonk_task *task, struct connect_sessions *sessions, const struct connect_session_key *key, bool may_create,
                            struct connect_session **out) {
  if (!vonk_uuid_valid(key->id)) return vonk_raise(task, VONK_INVALID_HANDLE__FORMAT, NULL, "handle", key->id, NULL);
  vonk_mutex_lock(&sessions->lock);
  enum vonk_status status = find_locked(task, sessions, key, may_create, out);
  vonk_mutex_unlock(&sessions->lock);
  return status;
}

/* TO is nobody else's yet. */
static void share_artifacts(struct connect_session *from, struct connect_session *to) {
  vonk_mutex_lock(&from->lock);
  for (size_t i = 0; i < from->artifacts.entry_count; i++) {
    const struct vonk_map_entry *entry = &from->artifacts.entries[i];
    if (entry->live) vonk_map_put(&to->artifacts, entry->key, vonk_buffer_retain(entry->value));
  }
  vonk_mutex_unlock(&from->lock);
}

STATUS connect_session_clone(struct vonk_task *task, struct connect_sessions *sessions, struct connect_session *from, struct vonk_str id,
                             struct connect_session **out) {
  if (id.size == 0) id = vonk_uuid_random(task->arena);
  if (!vonk_uuid_valid(id)) return vonk_raise(task, VONK_INVALID_CLONE_SESSION_REQUEST__TARGET_SESSION_ID_FORMAT, NULL, "targetSessionId", id, NULL);
  vonk_mutex_lock(&sessions->lock);
  bool open = lookup(sessions, from->user, id) != NULL, closed = was_closed(sessions, hash_of(from->user, id));
  enum vonk_status status = open     ? vonk_raise(task, VONK_INVALID_CLONE_SESSION_REQUEST__TARGET_SESSION_ID_ALREADY_EXISTS, NULL, "targetSessionId", id, NULL)
                            : closed ? vonk_raise(task, VONK_INVALID_CLONE_SESSION_REQUEST__TARGET_SESSION_ID_ALREADY_CLOSED, NULL, "targetSessionId", id, NULL)
                                     : create(task, sessions, from, from->user, id, out);
  if (status == VONK_OK) {
    share_artifacts(from, *out);
    *ARRAY_PUSH(sessions->arena, &sessions->items) = *out;
    atomic_store(&(*out)->used_ns, vonk_clock_monotonic_ns());
  }
  vonk_mutex_unlock(&sessions->lock);
  return status;
}

static bool take_out(struct connect_sessions *sessions, struct connect_session *session, bool forget) {
  for (size_t i = 0; i < sessions->items.count; i++) {
    if (sessions->items.items[i] != session) continue;
    sessions->items.items[i] = sessions->items.items[--sessions->items.count];
    sessions->last_closed_ns = vonk_clock_monotonic_ns();
    if (!forget) sessions->closed[sessions->closed_next++ % CONNECT_CLOSED_KEPT] = session->hash;
    return true;
  }
  return false;
}

void connect_session_close(struct connect_sessions *sessions, struct connect_session *session, bool forget) {
  vonk_mutex_lock(&sessions->lock);
  bool ours = take_out(sessions, session, forget);
  vonk_mutex_unlock(&sessions->lock);
  if (!ours) return;
  atomic_store(&session->closed, true);
  for (;;) {
    vonk_mutex_lock(&session->lock);
    struct connect_operation *operation = session->operations.count ? session->operations.items[0] : NULL;
    if (operation) atomic_fetch_add(&operation->references, 1);
    vonk_mutex_unlock(&session->lock);
    if (!operation) break;
    connect_operation_abandon(operation);
    connect_operation_release(operation);
  }
  connect_session_release(session);
}

void connect_sessions_each(struct connect_sessions *sessions, void (*call)(void *object, struct connect_session *session), void *object) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  vonk_mutex_lock(&sessions->lock);
  size_t count = sessions->items.count;
  struct connect_session **held = vonk_arena_copy(arena, sessions->items.items, count * sizeof *held);
  for (size_t i = 0; i < count; i++) atomic_fetch_add(&held[i]->references, 1);
  vonk_mutex_unlock(&sessions->lock);
  for (size_t i = 0; i < count; i++) {
    call(object, held[i]);
    connect_session_release(held[i]);
  }
  vonk_arena_destroy(arena);
}

struct expiry {
  struct connect_sessions *sessions;
  uint64_t before_ns;
};

static void expire(void *object, struct connect_session *session) {
  const struct expiry *expiry = object;
  vonk_mutex_lock(&session->lock);
  bool busy = session->operations.count > 0 || vonk_stream_manager_has_active(session->session->streams);
  vonk_mutex_unlock(&session->lock);
  if (!busy && atomic_load(&session->used_ns) < expiry->before_ns) connect_session_close(expiry->sessions, session, false);
}

void connect_sessions_expire(struct connect_sessions *sessions, uint64_t timeout_ns) {
  uint64_t now_ns = vonk_clock_monotonic_ns();
  struct expiry expiry = {sessions, now_ns > timeout_ns ? now_ns - timeout_ns : 0};
  connect_sessions_each(sessions, expire, &expiry);
}

void connect_session_keep_error(struct connect_session *session, const struct vonk_error *error, const char *class_name, char id[40]) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_str uuid = vonk_uuid_random(arena);
  memcpy(id, uuid.data, uuid.size + 1);
  vonk_arena_destroy(arena);
  vonk_mutex_lock(&session->lock);
  struct connect_kept_error *kept = &session->errors[session->error_next++ % CONNECT_ERRORS_KEPT];
  memcpy(kept->id, id, sizeof kept->id);
  kept->class_name = class_name;
  kept->set = true;
  vonk_error_copy(&kept->error, error);
  vonk_mutex_unlock(&session->lock);
}
