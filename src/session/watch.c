/* watch.c: see watch.h. */
#include "session/watch.h"

#include "base/clock.h"
#include "exec/query.h"
#include "session/statement.h"

enum { LOOK_MS = 5, PROGRESS_MS = 100, NS_PER_MS = 1000 * 1000 };

struct vonk_watch {
  struct vonk_statement *statement;
  struct vonk_thread *thread;
  struct vonk_mutex lock;
  struct vonk_condition_variable changed;
  bool waiting, ended;
  uint64_t report_ns;
};

static void report(struct vonk_watch *watch, uint64_t now_ns) {
  const struct vonk_run_options *options = &watch->statement->options;
  uint64_t interval_ms = options->progress_interval_ms ? options->progress_interval_ms : PROGRESS_MS;
  if (!options->progress || now_ns < watch->report_ns) return;
  struct vonk_progress progress;
  vonk_statement_progress(watch->statement, &progress);
  options->progress(options->progress_object, &progress);
  watch->report_ns = now_ns + interval_ms * NS_PER_MS;
}

static void look(void *object) {
  struct vonk_watch *watch = object;
  vonk_mutex_lock(&watch->lock);
  while (!watch->ended) {
    uint64_t now_ns = vonk_clock_monotonic_ns();
    if (watch->waiting) {
      if (vonk_task_cancelled(&watch->statement->task)) vonk_execution_cancel(watch->statement->execution);
      report(watch, now_ns);
      (void)vonk_condition_variable_wait_until(&watch->changed, &watch->lock, now_ns + (uint64_t)LOOK_MS * NS_PER_MS);
    } else {
      vonk_condition_variable_wait(&watch->changed, &watch->lock);
    }
  }
  vonk_mutex_unlock(&watch->lock);
}

struct vonk_watch *vonk_watch_create(struct vonk_statement *statement) {
  struct vonk_watch *watch = ARENA_NEW(statement->arena, struct vonk_watch);
  watch->statement = statement;
  vonk_mutex_init(&watch->lock);
  vonk_condition_variable_init(&watch->changed);
  watch->thread = vonk_thread_create("vonk-watch", look, watch);
  if (watch->thread) return watch;
  vonk_watch_destroy(watch);
  return NULL;
}

static void set(struct vonk_watch *watch, bool waiting, bool ended) {
  vonk_mutex_lock(&watch->lock);
  watch->waiting = waiting;
  watch->ended = ended;
  if (waiting || ended) vonk_condition_variable_signal(&watch->changed);
  vonk_mutex_unlock(&watch->lock);
}

void vonk_watch_enter(struct vonk_watch *watch) {
  if (watch) set(watch, true, false);
}

void vonk_watch_leave(struct vonk_watch *watch) {
  if (watch) set(watch, false, false);
}

void vonk_watch_destroy(struct vonk_watch *watch) {
  if (!watch) return;
  set(watch, false, true);
  vonk_thread_join(watch->thread);
  vonk_condition_variable_deinit(&watch->changed);
  vonk_mutex_deinit(&watch->lock);
}
