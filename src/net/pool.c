/* pool.c: a queue of jobs under a lock. */
#include "net/pool.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/thread.h"

static const uint64_t thread_idle_ns = 20 * UINT64_C(1000000000);

struct vonk_pool {
  struct vonk_arena *arena;      /* holds this struct */
  const char *name;
  uint32_t job_limit;
  struct vonk_mutex lock;        /* of all below */
  struct vonk_condition_variable ready;   /* a job waits for a thread */
  struct vonk_condition_variable changed; /* fewer jobs or threads */
  struct vonk_pool_job *first, *last;
  uint32_t job_count;            /* waiting or running */
  uint32_t waiting_count;
  uint32_t thread_count, idle_count;
  bool is_ending;
};

struct vonk_pool *vonk_pool_create(const char *name, uint32_t job_limit) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_pool *pool = ARENA_NEW(arena, struct vonk_pool);
  pool->arena = arena;
  pool->name = name;
  pool->job_limit = job_limit;
  vonk_mutex_init(&pool->lock);
  vonk_condition_variable_init(&pool->ready);
  vonk_condition_variable_init(&pool->changed);
  return pool;
}

/* NULL: the thread has had nothing to do for long, or the pool ends. The lock is held. */
static struct vonk_pool_job *next_job(struct vonk_pool *pool) {
  uint64_t until = vonk_clock_monotonic_ns() + thread_idle_ns;
  bool in_time = true;
  pool->idle_count++;
  while (!pool->first && !pool->is_ending && in_time) in_time = vonk_condition_variable_wait_until(&pool->ready, &pool->lock, until);
  pool->idle_count--;
  struct vonk_pool_job *job = pool->first;
  if (!job) return NULL;
  pool->first = job->next;
  if (!pool->first) pool->last = NULL;
  pool->waiting_count--;
  return job;
}

static void run_jobs(void *object) {
  struct vonk_pool *pool = object;
  vonk_mutex_lock(&pool->lock);
  for (struct vonk_pool_job *job; (job = next_job(pool));) {
    vonk_mutex_unlock(&pool->lock);
    job->run(job);
    vonk_mutex_lock(&pool->lock);
    pool->job_count--;
    vonk_condition_variable_broadcast(&pool->changed);
  }
  pool->thread_count--;
  vonk_condition_variable_broadcast(&pool->changed);
  vonk_mutex_unlock(&pool->lock);
}

/* A thread for one more job: one that is idle, or a new one. The lock is held. */
static bool ensure_thread(struct vonk_pool *pool) {
  if (pool->idle_count > pool->waiting_count) return true;
  struct vonk_thread *thread = vonk_thread_create(pool->name, run_jobs, pool);
  if (!thread) return pool->thread_count > 0;
  vonk_thread_detach(thread);
  pool->thread_count++;
  return true;
}

bool vonk_pool_submit(struct vonk_pool *pool, struct vonk_pool_job *job) {
  vonk_mutex_lock(&pool->lock);
  bool taken = !pool->is_ending && pool->job_count < pool->job_limit && ensure_thread(pool);
  if (taken) {
    pool->job_count++;
    pool->waiting_count++;
    job->next = NULL;
    *(pool->last ? &pool->last->next : &pool->first) = job;
    pool->last = job;
    vonk_condition_variable_signal(&pool->ready);
  }
  vonk_mutex_unlock(&pool->lock);
  return taken;
}

uint32_t vonk_pool_running(struct vonk_pool *pool) {
  vonk_mutex_lock(&pool->lock);
  uint32_t count = pool->job_count - pool->waiting_count;
  vonk_mutex_unlock(&pool->lock);
  return count;
}

bool vonk_pool_wait(struct vonk_pool *pool, uint64_t deadline_ns) {
  bool in_time = true;
  vonk_mutex_lock(&pool->lock);
  while (pool->job_count && in_time) in_time = vonk_condition_variable_wait_until(&pool->changed, &pool->lock, deadline_ns);
  bool done = pool->job_count == 0;
  vonk_mutex_unlock(&pool->lock);
  return done;
}

void vonk_pool_destroy(struct vonk_pool *pool) {
  if (!pool) return;
  vonk_mutex_lock(&pool->lock);
  pool->is_ending = true;
  vonk_condition_variable_broadcast(&pool->ready);
  while (pool->job_count || pool->thread_count) vonk_condition_variable_wait(&pool->changed, &pool->lock);
  vonk_mutex_unlock(&pool->lock);
  vonk_mutex_deinit(&pool->lock);
  vonk_condition_variable_deinit(&pool->ready);
  vonk_condition_variable_deinit(&pool->changed);
  vonk_arena_destroy(pool->arena);
}
