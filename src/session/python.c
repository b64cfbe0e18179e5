/* python.c: registered functions and the pool of worker processes of a session, all under the session's lock. */
#include "session/python.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/map.h"
#include "base/uuid.h"
#include "exec/python_pool.h"
#include "session/session.h"

struct function {
  struct vonk_arena *arena;
  const struct vonk_expr_python *python; /* NULL: dropped */
  struct function *next;             /* of all */
};

struct vonk_session_python {
  struct vonk_map functions;         /* struct function, by name */
  struct function *all;
  struct vonk_str folder;            /* made with the first file */
  struct vonk_python_pool *pool;
};

/* The lock is held. */
static struct vonk_session_python *state_of(struct vonk_session *session) {
  if (!session->python) {
    session->python = ARENA_NEW(session->arena, struct vonk_session_python);
    vonk_map_init(&session->python->functions, session->arena, true);
    const char *parent = getenv("TMPDIR");
    session->python->folder = vonk_str_format(session->arena, "%s/vonk-session-" STR_FMT, parent && *parent ? parent : "/tmp", STR_ARG(vonk_uuid_random(session->arena)));
  }
  return session->python;
}

static struct vonk_str name_of(const struct vonk_expr_python *function) {
  return function->name.count ? function->name.parts[function->name.count - 1] : (struct vonk_str){0};
}

void vonk_session_register(struct vonk_session *session, const struct vonk_expr_python *function) {
  struct vonk_arena *arena = vonk_arena_create(session->budget);
  vonk_mutex_lock(&session->lock);
  struct vonk_session_python *state = state_of(session);
  struct function *entry = vonk_map_get(&state->functions, name_of(function));
  if (!entry) {
    entry = ARENA_NEW(session->arena, struct function);
    entry->next = state->all;
    state->all = entry;
    vonk_map_put(&state->functions, vonk_str_copy(session->arena, name_of(function)), entry);
  }
  if (entry->arena) vonk_arena_destroy(entry->arena);
  entry->arena = arena;
  entry->python = (const struct vonk_expr_python *)(const void *)vonk_node_copy(arena, &function->expr.node);
  vonk_mutex_unlock(&session->lock);
}

const struct vonk_expr *vonk_session_function(struct vonk_session *session, struct vonk_arena *arena, struct vonk_str name) {
  const struct vonk_expr *found = NULL;
  vonk_mutex_lock(&session->lock);
  struct function *entry = session->python ? vonk_map_get(&session->python->functions, name) : NULL;
  if (entry && entry->python) found = (const struct vonk_expr *)(const void *)vonk_node_copy(arena, &entry->python->expr.node);
  vonk_mutex_unlock(&session->lock);
  return found;
}

bool vonk_session_unregister(struct vonk_session *session, struct vonk_str name) {
  vonk_mutex_lock(&session->lock);
  struct function *entry = session->python ? vonk_map_get(&session->python->functions, name) : NULL;
  bool was_there = entry && entry->python;
  if (was_there) entry->python = NULL;
  vonk_mutex_unlock(&session->lock);
  return was_there;
}

void vonk_session_share_functions(struct vonk_session *from, struct vonk_session *to) {
  vonk_mutex_lock(&from->lock);
  for (struct function *f = from->python ? from->python->all : NULL; f; f = f->next) {
    if (f->python) vonk_session_register(to, f->python);
  }
  vonk_mutex_unlock(&from->lock);
}

struct vonk_name vonk_session_function_names(struct vonk_session *session, struct vonk_arena *arena) {
  struct { struct vonk_str *items; size_t count, capacity; } names = {0};
  vonk_mutex_lock(&session->lock);
  for (struct function *f = session->python ? session->python->all : NULL; f; f = f->next) {
    if (f->python) *ARRAY_PUSH(arena, &names) = vonk_str_copy(arena, name_of(f->python));
  }
  vonk_mutex_unlock(&session->lock);
  return (struct vonk_name){names.items, (uint32_t)names.count};
}

static STATUS raise_write(struct vonk_task *task, struct vonk_str path) {
  return vonk_raise(task, VONK_FAILED_WRITE_FILE, NULL, "path", path, "reason", vonk_str_format(task->arena, "errno %d", errno), NULL);
}

/* The folders above PATH, from the session's own on. */
static bool make_folders(struct vonk_arena *arena, struct vonk_str path, size_t from) {
  for (size_t at = from; at <= path.size; at++) {
    if (path.data[at] != '/') continue;
    if (mkdir(vonk_str_format(arena, STR_FMT, STR_ARG(vonk_str_slice(path, 0, at))).data, 0700) != 0 && errno != EEXIST) return false;
  }
  return true;
}

STATUS vonk_session_add_file(struct vonk_task *task, struct vonk_session *session, struct vonk_str name, struct vonk_str data) {
  vonk_mutex_lock(&session->lock);
  struct vonk_str folder = state_of(session)->folder;
  vonk_mutex_unlock(&session->lock);
  struct vonk_str path = vonk_str_format(task->arena, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(name));
  int file = make_folders(task->arena, path, folder.size) ? open(path.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
  if (file < 0) return raise_write(task, path);
  size_t written = 0;
  for (ssize_t size = 0; written < data.size && size >= 0; written += size > 0 ? (size_t)size : 0) size = write(file, data.data + written, data.size - written);
  bool is_closed = close(file) == 0;
  return written == data.size && is_closed ? VONK_OK : raise_write(task, path);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status, (void)kind, (void)place;
  (void)remove(path);
  return 0;
}

struct vonk_python_pool *vonk_session_python_pool(struct vonk_session *session) {
  vonk_mutex_lock(&session->lock);
  struct vonk_session_python *state = state_of(session);
  if (!state->pool) {
    struct vonk_python_options options = {.folder = state->folder, .budget = session->budget};
    const char *given = getenv("PYSPARK_PYTHON");
    if (!vonk_conf_get(session->conf, STR("spark.pyspark.python"), &options.interpreter) && given) options.interpreter = vonk_str_of(given);
    state->pool = vonk_python_pool_create(&options);
  }
  struct vonk_python_pool *pool = state->pool;
  vonk_mutex_unlock(&session->lock);
  return pool;
}

void vonk_session_python_destroy(struct vonk_session *session) {
  if (!session->python) return;
  vonk_python_pool_destroy(session->python->pool);
  (void)nftw(session->python->folder.data, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  for (struct function *f = session->python->all; f; f = f->next) vonk_arena_destroy(f->arena);
}
