/* scheduler.c: threads, the ready queues, events.
 *
 * One lock guards the queues and the lists of parked jobs; it is taken once a slice. Threads are made at the first job, so
 * that a program which runs no query has none.
 */
#include "exec/scheduler.h"

#include "base/array.h"
#include "base/cpu.h"
#include "exec/spill_file.h"

enum { THREADS_MAX = 256 };

struct vonk_engine {
  struct vonk_arena *arena;
  struct vonk_mutex lock;
  struct vonk_condition_variable work;    /* a job is ready, or the end */
  struct vonk_condition_variable outside; /* an event was signalled */
  struct vonk_job_queue *queues;
  struct vonk_thread *threads[THREADS_MAX];
  uint32_t thread_count, started, idle;
  bool ending;
  uint64_t seed;
  struct vonk_budget *budget;
  struct vonk_spill_folder *spill;
};

STATUS vonk_engine_create(struct vonk_task *task, const struct vonk_engine_options *options, struct vonk_engine **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_engine *engine = ARENA_NEW(arena, struct vonk_engine);
  engine->arena = arena;
  vonk_mutex_init(&engine->lock);
  vonk_condition_variable_init(&engine->work);
  vonk_condition_variable_init(&engine->outside);
  uint32_t threads = options->thread_count ? options->thread_count : (uint32_t)vonk_cpu_count();
  engine->thread_count = threads > THREADS_MAX ? THREADS_MAX : threads;
  engine->seed = options->seed;
  engine->budget = options->budget;
  struct vonk_str folder = options->spill_folder.size ? options->spill_folder : STR("/tmp");
  enum vonk_status status = vonk_spill_folder_create(task, folder, &engine->spill);
  if (status != VONK_OK) {
    vonk_engine_destroy(engine);
    return status;
  }
  *out = engine;
  return VONK_OK;
}

void vonk_engine_destroy(struct vonk_engine *engine) {
  if (!engine) return;
  ASSERT(!engine->queues);
  vonk_mutex_lock(&engine->lock);
  engine->ending = true;
  vonk_condition_variable_broadcast(&engine->work);
  vonk_mutex_unlock(&engine->lock);
  for (uint32_t i = 0; i < engine->started; i++) vonk_thread_join(engine->threads[i]);
  vonk_spill_folder_destroy(engine->spill);
  vonk_condition_variable_deinit(&engine->work);
  vonk_condition_variable_deinit(&engine->outside);
  vonk_mutex_deinit(&engine->lock);
  vonk_arena_destroy(engine->arena);
}

uint32_t vonk_engine_thread_count(const struct vonk_engine *engine) { return engine->thread_count; }
struct vonk_budget *vonk_engine_budget(const struct vonk_engine *engine) { return engine->budget; }
struct vonk_spill_folder *vonk_engine_spill(const struct vonk_engine *engine) { return engine->spill; }

static uint32_t draw(struct vonk_engine *engine, uint32_t below) {
  engine->seed = engine->seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)((engine->seed >> 33) % below);
}

static void push_ready(struct vonk_job_queue *queue, struct vonk_job *job) {
  job->next = NULL;
  if (queue->last) queue->last->next = job;
  else queue->first = job;
  queue->last = job;
}

/* The fairest queue's first job, or in seeded mode any job. The lock is held. */
static struct vonk_job *take_ready(struct vonk_engine *engine) {
  struct vonk_job_queue *best = NULL;
  if (engine->seed) {
    uint32_t count = 0;
    for (struct vonk_job_queue *q = engine->queues; q; q = q->next) {
      for (struct vonk_job *job = q->first; job; job = job->next) count++;
    }
    if (!count) return NULL;
    uint32_t wanted = draw(engine, count);
    for (struct vonk_job_queue *q = engine->queues; q; q = q->next) {
      struct vonk_job *before = NULL;
      for (struct vonk_job *job = q->first; job; before = job, job = job->next) {
        if (wanted-- > 0) continue;
        if (before) before->next = job->next;
        else q->first = job->next;
        if (q->last == job) q->last = before;
        q->running++;
        return job;
      }
    }
    return NULL;
  }
  for (struct vonk_job_queue *q = engine->queues; q; q = q->next) {
    if (q->first && (!best || q->time_ns < best->time_ns)) best = q;
  }
  if (!best) return NULL;
  struct vonk_job *job = best->first;
  best->first = job->next;
  if (!best->first) best->last = NULL;
  best->running++;
  return job;
}

/* Runs JOB for a slice. The lock is held before and after, not between. */
static void run_slice(struct vonk_engine *engine, struct vonk_job *job) {
  struct vonk_job_queue *queue = job->queue;
  vonk_mutex_unlock(&engine->lock);
  uint64_t start = vonk_clock_monotonic_ns();
  struct vonk_event *event = NULL;
  uint64_t ticket = 0;
  enum vonk_job_answer answer = job->run(job, start + VONK_SLICE_NS, &event, &ticket);
  uint64_t used = vonk_clock_monotonic_ns() - start;
  vonk_mutex_lock(&engine->lock);
  /* A queue may go as soon as nothing of it runs: it is not touched after this. */
  queue->time_ns += used / queue->weight;
  if (answer == VONK_JOB_READY) {
    push_ready(queue, job);
  } else if (answer == VONK_JOB_BLOCKED) {
    if (vonk_event_ticket(event) != ticket) {
      push_ready(queue, job);
    } else {
      job->next = event->parked;
      event->parked = job;
    }
  }
  queue->running--;
  if (answer == VONK_JOB_ENDED) vonk_condition_variable_broadcast(&engine->outside);
}

static void thread_main(void *object) {
  struct vonk_engine *engine = object;
  vonk_mutex_lock(&engine->lock);
  while (!engine->ending) {
    struct vonk_job *job = take_ready(engine);
    if (job) {
      run_slice(engine, job);
      continue;
    }
    engine->idle++;
    vonk_condition_variable_wait(&engine->work, &engine->lock);
    engine->idle--;
  }
  vonk_mutex_unlock(&engine->lock);
}

void vonk_engine_add_queue(struct vonk_engine *engine, struct vonk_job_queue *queue) {
  vonk_mutex_lock(&engine->lock);
  queue->engine = engine;
  /* A newcomer starts level with the others, not with a credit for the past. */
  uint64_t least = UINT64_MAX;
  for (struct vonk_job_queue *q = engine->queues; q; q = q->next) {
    if (q->time_ns < least) least = q->time_ns;
  }
  queue->time_ns = least == UINT64_MAX ? 0 : least;
  queue->next = engine->queues;
  engine->queues = queue;
  vonk_mutex_unlock(&engine->lock);
}

void vonk_engine_remove_queue(struct vonk_engine *engine, struct vonk_job_queue *queue) {
  vonk_mutex_lock(&engine->lock);
  while (queue->running) {
    /* Its last job has said that it ended, but the thread is not yet back from it. */
    vonk_condition_variable_wait(&engine->outside, &engine->lock);
  }
  ASSERT(!queue->first);
  struct vonk_job_queue **at = &engine->queues;
  while (*at != queue) at = &(*at)->next;
  *at = queue->next;
  vonk_mutex_unlock(&engine->lock);
}

void vonk_engine_submit(struct vonk_job_queue *queue, struct vonk_job *job) {
  struct vonk_engine *engine = queue->engine;
  vonk_mutex_lock(&engine->lock);
  job->queue = queue;
  push_ready(queue, job);
  if (!engine->seed && engine->idle == 0 && engine->started < engine->thread_count) {
    struct vonk_thread *thread = vonk_thread_create("vonk-worker", thread_main, engine);
    if (thread) engine->threads[engine->started++] = thread;
    ASSERT(engine->started > 0);
  }
  vonk_condition_variable_signal(&engine->work);
  vonk_mutex_unlock(&engine->lock);
}

void vonk_event_signal(struct vonk_event *event) {
  struct vonk_engine *engine = event->engine;
  vonk_mutex_lock(&engine->lock);
  atomic_fetch_add(&event->ticket, 1);
  struct vonk_job *job = event->parked;
  event->parked = NULL;
  bool woken = job != NULL;
  while (job) {
    struct vonk_job *next = job->next;
    push_ready(job->queue, job);
    job = next;
  }
  if (woken) vonk_condition_variable_broadcast(&engine->work);
  vonk_condition_variable_broadcast(&engine->outside);
  vonk_mutex_unlock(&engine->lock);
}

void vonk_engine_end(struct vonk_engine *engine, struct vonk_event *event, _Atomic bool *ended) {
  vonk_mutex_lock(&engine->lock);
  ASSERT(!event->parked);
  /* In this order: who read the new ticket must not see the old state. Who sees the new state at once may go on to free both,
   * but then waits in vonk_engine_remove_queue until this job is through. */
  atomic_store(ended, true);
  atomic_fetch_add(&event->ticket, 1);
  vonk_condition_variable_broadcast(&engine->outside);
  vonk_mutex_unlock(&engine->lock);
}

void vonk_engine_wait(struct vonk_engine *engine, struct vonk_event *event, bool (*ready)(void *object), void *object) {
  for (;;) {
    uint64_t ticket = vonk_event_ticket(event);
    if (ready(object)) return;
    vonk_mutex_lock(&engine->lock);
    if (engine->seed) {
      struct vonk_job *job = take_ready(engine);
      ASSERT(job || vonk_event_ticket(event) != ticket);
      if (job) run_slice(engine, job);
    } else {
      while (vonk_event_ticket(event) == ticket) vonk_condition_variable_wait(&engine->outside, &engine->lock);
    }
    vonk_mutex_unlock(&engine->lock);
  }
}
