/* query.c: the life of a query, and what others ask of it: state under its lock, one thread that runs its batches. */
#include "stream/query.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "fs/fs.h"
#include "stream/stream_internal.h"
#include "type/json.h"

int64_t stream_now_ms(void) { return vonk_clock_wall_micros() / 1000; }

void stream_say(struct vonk_stream_query *query, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vonk_mutex_lock(&query->lock);
  (void)vsnprintf(query->message, sizeof query->message, format, arguments);
  vonk_mutex_unlock(&query->lock);
  va_end(arguments);
}

void stream_keep_progress(struct vonk_stream_query *query, struct vonk_str json) {
  vonk_mutex_lock(&query->lock);
  size_t slot = query->progress_count++ % STREAM_PROGRESS_KEPT;
  vonk_arena_destroy(query->progress[slot].arena);
  query->progress[slot].arena = vonk_arena_create(NULL);
  query->progress[slot].json = vonk_str_copy(query->progress[slot].arena, json);
  vonk_mutex_unlock(&query->lock);
}

STATUS stream_sleep_until(struct vonk_task *task, struct vonk_stream_query *query, int64_t until_ms) {
  vonk_mutex_lock(&query->lock);
  for (;;) {
    int64_t left_ms = until_ms - stream_now_ms();
    if (left_ms <= 0 || atomic_load(&query->cancel.requested)) break;
    vonk_condition_variable_wait_until(&query->changed, &query->lock, vonk_clock_monotonic_ns() + (uint64_t)left_ms * 1000000);
  }
  vonk_mutex_unlock(&query->lock);
  return vonk_task_check(task);
}

/* --- the thread --- */

static void put_failure(struct vonk_stream_query *query, const struct vonk_error *error, enum vonk_status status) {
  vonk_mutex_lock(&query->lock);
  query->failed = status != VONK_OK;
  if (query->failed) {
    vonk_error_copy(&query->error, error);
    struct vonk_str message = vonk_error_message(&query->error, query->error.arena);
    (void)snprintf(query->message, sizeof query->message, "Terminated with exception: " STR_FMT, STR_ARG(message));
  } else {
    (void)snprintf(query->message, sizeof query->message, "Stopped");
  }
  query->is_trigger_active = query->is_data_available = false;
  vonk_mutex_unlock(&query->lock);
}

static struct vonk_str terminated_json(struct vonk_arena *arena, const struct vonk_stream_query *query) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  vonk_text_addf(&text, "{\"id\":\"" STR_FMT "\",\"runId\":\"" STR_FMT "\",\"exception\":", STR_ARG(query->checkpoint.query_id), STR_ARG(query->run_id));
  if (query->failed) vonk_json_quote(&text, vonk_error_message(&query->error, arena));
  else vonk_text_add(&text, STR("null"));
  vonk_text_add(&text, STR(",\"errorClassOnException\":"));
  if (query->failed) vonk_json_quote(&text, vonk_str_of(vonk_condition_name(query->error.condition)));
  else vonk_text_add(&text, STR("null"));
  vonk_text_add_char(&text, '}');
  return vonk_text_str(&text);
}

/* What may be asked of it later is written down. */
static void close_runner(struct vonk_stream_query *query, struct vonk_task *task) {
  vonk_mutex_lock(&query->runner_lock);
  struct vonk_stream_runner *runner = query->runner;
  for (int extended = 0; extended < 2 && query->has_run; extended++) {
    struct vonk_str text;
    vonk_error_clear(task->error);
    if (runner->type->explain(task, runner, extended, &text) == VONK_OK) query->explained[extended] = vonk_str_copy(query->arena, text);
  }
  query->runner = NULL;
  vonk_mutex_unlock(&query->runner_lock);
  runner->type->close(runner);
}

static void run_thread(void *object) {
  struct vonk_stream_query *query = object;
  struct vonk_arena *arena = vonk_arena_create(NULL); /* the runner and its budget go before it */
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_task task = {arena, &error, query->runner->budget, &query->cancel, query->runner->files};
  enum vonk_status status = stream_run_batches(query, &task);
  if (status == VONK_CANCELLED && atomic_load(&query->cancel.requested)) status = VONK_OK;
  if (status != VONK_OK) status = vonk_task_memory_error(&task, status);
  put_failure(query, &error, status);
  if (query->spec.is_temporary && status == VONK_OK) {
    atomic_store(&query->cancel.requested, false);
    vonk_error_clear(&error);
    (void)!vonk_fs_remove(&task, query->checkpoint.folder);
  }
  for (uint32_t i = 0; i < query->source_count; i++) {
    if (query->sources[i] && query->sources[i]->type->close) query->sources[i]->type->close(query->sources[i]);
  }
  stream_manager_tell(query->manager, VONK_STREAM_EVENT_TERMINATED, terminated_json(arena, query));
  close_runner(query, &task);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  vonk_mutex_lock(&query->lock);
  query->ended = true;
  vonk_condition_variable_broadcast(&query->changed);
  vonk_mutex_unlock(&query->lock);
  stream_manager_ended(query->manager, query);
}

/* --- life --- */

static struct vonk_stream_query *create(struct vonk_stream_manager *manager, const struct vonk_stream_spec *spec, struct vonk_stream_runner *runner) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_stream_query *query = ARENA_NEW(arena, struct vonk_stream_query);
  atomic_init(&query->references, 2); /* the manager's and the caller's */
  query->arena = arena;
  query->manager = manager;
  query->runner = runner;
  query->spec = *spec;
  if (spec->name.data) query->spec.name = vonk_str_copy(arena, spec->name);
  query->run_id = vonk_uuid_random(arena);
  query->started_ms = stream_now_ms();
  vonk_mutex_init(&query->lock);
  vonk_mutex_init(&query->runner_lock);
  vonk_condition_variable_init(&query->changed);
  vonk_error_init(&query->error);
  (void)snprintf(query->message, sizeof query->message, "Initializing sources");
  return query;
}

static void destroy(struct vonk_stream_query *query) {
  vonk_thread_join(query->thread);
  if (query->runner) query->runner->type->close(query->runner);
  for (size_t i = 0; i < STREAM_PROGRESS_KEPT; i++) vonk_arena_destroy(query->progress[i].arena);
  vonk_error_deinit(&query->error);
  vonk_condition_variable_deinit(&query->changed);
  vonk_mutex_deinit(&query->runner_lock);
  vonk_mutex_deinit(&query->lock);
  vonk_arena_destroy(query->arena);
}

struct vonk_stream_query *vonk_stream_query_retain(struct vonk_stream_query *query) {
  atomic_fetch_add(&query->references, 1);
  return query;
}

void vonk_stream_query_release(struct vonk_stream_query *query) {
  if (query && atomic_fetch_sub(&query->references, 1) == 1) destroy(query);
}

/* Where batches are written that are not kept a restart would read them twice. */
static STATUS check_recovery(struct vonk_task *task, const struct vonk_stream_query *query) {
  int64_t planned, committed;
  if (query->spec.may_recover) return VONK_OK;
  TRY(vonk_stream_checkpoint_latest(task, &query->checkpoint, &planned, &committed));
  if (planned < 0) return VONK_OK;
  return vonk_raise(task, VONK__LEGACY_ERROR_TEMP_1299, NULL, "checkpointPath", vonk_fs_uri(task->arena, query->checkpoint.offsets), NULL);
}

/* The run before of the same query gives way. */
static STATUS add_alone(struct vonk_task *task, struct vonk_stream_query *query) {
  struct vonk_stream_query *other;
  TRY(stream_manager_add(task, query->manager, query, &other));
  while (other) {
    enum vonk_status status = vonk_stream_query_stop(task, other);
    vonk_stream_query_release(other);
    TRY(status);
    TRY(stream_manager_add(task, query->manager, query, &other));
  }
  return VONK_OK;
}

static STATUS start(struct vonk_task *task, struct vonk_stream_query *query) {
  TRY(vonk_stream_checkpoint_open(task, query->arena, query->spec.checkpoint, &query->checkpoint));
  TRY(check_recovery(task, query));
  TRY(add_alone(task, query));
  query->thread = vonk_thread_create("vonk-stream", run_thread, query);
  if (query->thread) return VONK_OK;
  vonk_mutex_lock(&query->lock);
  query->ended = true;
  vonk_mutex_unlock(&query->lock);
  stream_manager_ended(query->manager, query);
  return vonk_raise(task, VONK_INTERNAL_ERROR, NULL, "message", STR("The system has no thread left for this query."), NULL);
}

/* Of a query that did not start; the task's error stays. */
static void remove_temporary(const struct vonk_task *task, const struct vonk_stream_query *query) {
  struct vonk_error error;
  struct vonk_task own = *task;
  if (!query->spec.is_temporary || !query->checkpoint.folder.size) return;
  vonk_error_init(&error);
  own.error = &error;
  if (vonk_fs_remove(&own, query->checkpoint.folder) != VONK_OK) vonk_error_clear(&error);
  vonk_error_deinit(&error);
}

STATUS vonk_stream_query_start(struct vonk_task *task, struct vonk_stream_manager *manager, const struct vonk_stream_spec *spec,
                               struct vonk_stream_runner *runner, struct vonk_stream_query **out) {
  struct vonk_stream_query *query = create(manager, spec, runner);
  enum vonk_status status = start(task, query);
  if (status == VONK_OK) {
    *out = query;
    return VONK_OK;
  }
  remove_temporary(task, query);
  if (!query->ended) vonk_stream_query_release(query); /* the manager has not taken it */
  vonk_stream_query_release(query);
  return status;
}

/* --- questions --- */

struct vonk_str vonk_stream_query_id(const struct vonk_stream_query *query) { return query->checkpoint.query_id; }
struct vonk_str vonk_stream_query_run_id(const struct vonk_stream_query *query) { return query->run_id; }
struct vonk_str vonk_stream_query_name(const struct vonk_stream_query *query) { return query->spec.name; }

struct vonk_str vonk_stream_query_started_json(struct vonk_arena *arena, const struct vonk_stream_query *query) {
  struct vonk_text text;
  struct vonk_str time = vonk_stream_time(arena, query->started_ms);
  vonk_text_init(&text, arena);
  vonk_text_addf(&text, "{\"id\":\"" STR_FMT "\",\"runId\":\"" STR_FMT "\",\"name\":", STR_ARG(query->checkpoint.query_id), STR_ARG(query->run_id));
  if (query->spec.name.data) vonk_json_quote(&text, query->spec.name);
  else vonk_text_add(&text, STR("null"));
  vonk_text_addf(&text, ",\"timestamp\":\"" STR_FMT "\",\"jobTags\":[]}", STR_ARG(time));
  return vonk_text_str(&text);
}

void vonk_stream_query_status(struct vonk_stream_query *query, struct vonk_arena *arena, struct vonk_stream_status *out) {
  vonk_mutex_lock(&query->lock);
  *out = (struct vonk_stream_status){.message = vonk_str_copy(arena, vonk_str_of(query->message)), .is_active = !query->ended,
                                     .is_data_available = query->is_data_available, .is_trigger_active = query->is_trigger_active};
  vonk_mutex_unlock(&query->lock);
}

struct vonk_name vonk_stream_query_progress(struct vonk_stream_query *query, struct vonk_arena *arena, bool last) {
  vonk_mutex_lock(&query->lock);
  uint64_t count = query->progress_count < STREAM_PROGRESS_KEPT ? query->progress_count : STREAM_PROGRESS_KEPT;
  if (last && count > 1) count = 1;
  struct vonk_str *items = ARENA_ARRAY(arena, struct vonk_str, (size_t)count);
  for (uint64_t i = 0; i < count; i++) {
    items[i] = vonk_str_copy(arena, query->progress[(query->progress_count - count + i) % STREAM_PROGRESS_KEPT].json);
  }
  vonk_mutex_unlock(&query->lock);
  return (struct vonk_name){items, (uint32_t)count};
}

/* STREAM_FAILED; the lock is held. */
static STATUS raise_failure(struct vonk_task *task, const struct vonk_stream_query *query) {
  return vonk_raise(task, VONK_STREAM_FAILED, NULL, "id", query->checkpoint.query_id, "runId", query->run_id, "message",
                    vonk_error_message(&query->error, task->arena), NULL);
}

/* Waits a little, so that the caller's cancel flag is looked at; the lock is held. False: DEADLINE_NS is over. */
static bool wait_slice(struct vonk_stream_query *query, uint64_t deadline_ns) {
  uint64_t now_ns = vonk_clock_monotonic_ns(), slice_ns = now_ns + (uint64_t)STREAM_SLICE_MS * 1000000;
  if (now_ns >= deadline_ns) return false;
  vonk_condition_variable_wait_until(&query->changed, &query->lock, slice_ns < deadline_ns ? slice_ns : deadline_ns);
  return true;
}

static uint64_t deadline_of(int64_t timeout_ms) {
  return timeout_ms < 0 || timeout_ms > INT64_MAX / 2000000 ? UINT64_MAX : vonk_clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000;
}

STATUS vonk_stream_query_await(struct vonk_task *task, struct vonk_stream_query *query, int64_t timeout_ms, bool *ended) {
  uint64_t deadline_ns = deadline_of(timeout_ms);
  vonk_mutex_lock(&query->lock);
  while (!query->ended && !vonk_task_cancelled(task) && wait_slice(query, deadline_ns)) continue;
  *ended = query->ended;
  enum vonk_status status = query->ended && query->failed ? raise_failure(task, query) : VONK_OK;
  vonk_mutex_unlock(&query->lock);
  return status == VONK_OK && !*ended ? vonk_task_check(task) : status;
}

STATUS vonk_stream_query_stop(struct vonk_task *task, struct vonk_stream_query *query) {
  vonk_mutex_lock(&query->lock);
  atomic_store(&query->cancel.requested, true);
  vonk_condition_variable_broadcast(&query->changed);
  while (!query->ended && !vonk_task_cancelled(task)) (void)wait_slice(query, UINT64_MAX);
  bool ended = query->ended;
  vonk_mutex_unlock(&query->lock);
  return ended ? VONK_OK : vonk_task_check(task);
}

/* The trigger under way may have looked at the sources already: the one after it has to find nothing. */
STATUS vonk_stream_query_process_all(struct vonk_task *task, struct vonk_stream_query *query) {
  vonk_mutex_lock(&query->lock);
  uint64_t wanted = query->quiet + (query->is_trigger_active ? 2 : 1);
  while (!query->ended && query->quiet < wanted && !vonk_task_cancelled(task)) (void)wait_slice(query, UINT64_MAX);
  bool done = query->ended || query->quiet >= wanted;
  enum vonk_status status = query->ended && query->failed ? raise_failure(task, query) : VONK_OK;
  vonk_mutex_unlock(&query->lock);
  return status == VONK_OK && !done ? vonk_task_check(task) : status;
}

bool vonk_stream_query_failure(struct vonk_stream_query *query, struct vonk_arena *arena, struct vonk_str *message, struct vonk_str *details) {
  vonk_mutex_lock(&query->lock);
  bool failed = query->ended && query->failed;
  if (failed) {
    *message = vonk_error_message(&query->error, arena);
    *details = vonk_str_format(arena, STR_FMT "\n=== Streaming Query ===\nIdentifier: " STR_FMT "[id = " STR_FMT ", runId = " STR_FMT "]" STR_FMT, STR_ARG(*message),
                               STR_ARG(query->spec.name.data ? vonk_str_format(arena, STR_FMT " ", STR_ARG(query->spec.name)) : STR("")),
                               STR_ARG(query->checkpoint.query_id), STR_ARG(query->run_id), STR_ARG(query->details));
  }
  vonk_mutex_unlock(&query->lock);
  return failed;
}

STATUS vonk_stream_query_explain(struct vonk_task *task, struct vonk_stream_query *query, bool extended, struct vonk_str *out) {
  enum vonk_status status = VONK_OK;
  vonk_mutex_lock(&query->lock);
  bool has_run = query->has_run;
  vonk_mutex_unlock(&query->lock);
  *out = STR("No physical plan. Waiting for data.");
  if (!has_run) return VONK_OK;
  vonk_mutex_lock(&query->runner_lock);
  if (query->runner) status = query->runner->type->explain(task, query->runner, extended, out);
  else *out = vonk_str_copy(task->arena, query->explained[extended]);
  vonk_mutex_unlock(&query->runner_lock);
  return status;
}
