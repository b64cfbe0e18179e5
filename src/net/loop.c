/* loop.c: epoll for descriptors, an eventfd for jobs, a binary heap for timers. */
#include "net/loop.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/thread.h"

enum { EVENTS_MAX = 64 };

struct vonk_loop {
  struct vonk_arena *arena; /* of the loop's thread, once that runs */
  struct vonk_thread *thread;
  int epoll, wake;
  struct vonk_loop_watch *again_first, *again_last;
  ARRAY_OF(struct vonk_loop_timer *) timers; /* a heap: the earliest first */
  struct vonk_mutex lock;                    /* of the two below */
  struct vonk_loop_job *job_first, *job_last;
  bool is_ending;
};

/* --- timers --- */

static void timer_put(struct vonk_loop *loop, size_t index, struct vonk_loop_timer *timer) {
  loop->timers.items[index] = timer;
  timer->place = (uint32_t)index + 1;
}

static void timer_sift(struct vonk_loop *loop, size_t index, struct vonk_loop_timer *timer) {
  struct vonk_loop_timer **timers = loop->timers.items;
  for (; index && timers[(index - 1) / 2]->due_ns > timer->due_ns; index = (index - 1) / 2) {
    timer_put(loop, index, timers[(index - 1) / 2]);
  }
  for (size_t child = 2 * index + 1; child < loop->timers.count; child = 2 * index + 1) {
    if (child + 1 < loop->timers.count && timers[child + 1]->due_ns < timers[child]->due_ns) child++;
    if (timers[child]->due_ns >= timer->due_ns) break;
    timer_put(loop, index, timers[child]);
    index = child;
  }
  timer_put(loop, index, timer);
}

void vonk_loop_arm(struct vonk_loop *loop, struct vonk_loop_timer *timer, uint64_t due_ns) {
  timer->due_ns = due_ns;
  if (!timer->place) {
    *ARRAY_PUSH(loop->arena, &loop->timers) = timer;
    timer->place = (uint32_t)loop->timers.count;
  }
  timer_sift(loop, timer->place - 1, timer);
}

void vonk_loop_disarm(struct vonk_loop *loop, struct vonk_loop_timer *timer) {
  if (!timer->place) return;
  size_t index = timer->place - 1;
  struct vonk_loop_timer *last = loop->timers.items[--loop->timers.count];
  timer->place = 0;
  if (last != timer) timer_sift(loop, index, last);
}

static void timers_fire(struct vonk_loop *loop) {
  if (loop->timers.count == 0) return;
  uint64_t now = vonk_clock_monotonic_ns();
  while (loop->timers.count && loop->timers.items[0]->due_ns <= now) {
    struct vonk_loop_timer *timer = loop->timers.items[0];
    vonk_loop_disarm(loop, timer);
    timer->fire(timer);
  }
}

/* Milliseconds until the first timer, rounded up; -1: none. */
static int wait_ms(const struct vonk_loop *loop) {
  if (loop->again_first) return 0;
  if (loop->timers.count == 0) return -1;
  uint64_t due = loop->timers.items[0]->due_ns, now = vonk_clock_monotonic_ns();
  if (due <= now) return 0;
  uint64_t wait = (due - now + 999999) / 1000000;
  return wait < INT_MAX ? (int)wait : INT_MAX;
}

/* --- descriptors --- */

bool vonk_loop_add(struct vonk_loop *loop, struct vonk_loop_watch *watch) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = watch};
  return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->descriptor, &event) == 0;
}

void vonk_loop_remove(struct vonk_loop *loop, struct vonk_loop_watch *watch) {
  epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->descriptor, NULL);
  if (!watch->is_again) return;
  watch->is_again = false;
  struct vonk_loop_watch *previous = NULL;
  for (struct vonk_loop_watch *at = loop->again_first; at != watch; at = at->next_again) previous = at;
  if (previous) previous->next_again = watch->next_again;
  else loop->again_first = watch->next_again;
  if (loop->again_last == watch) loop->again_last = previous;
}

static void again_add(struct vonk_loop *loop, struct vonk_loop_watch *watch) {
  if (watch->is_again) return;
  watch->is_again = true;
  watch->next_again = NULL;
  if (loop->again_last) loop->again_last->next_again = watch;
  else loop->again_first = watch;
  loop->again_last = watch;
}

/* Each that waited at the beginning has one turn. */
static void again_run(struct vonk_loop *loop) {
  struct vonk_loop_watch *last = loop->again_last;
  for (struct vonk_loop_watch *watch = loop->again_first; watch; watch = loop->again_first) {
    bool is_last = watch == last;
    loop->again_first = watch->next_again;
    if (!loop->again_first) loop->again_last = NULL;
    watch->is_again = false;
    if (watch->ready(watch)) again_add(loop, watch);
    if (is_last) break;
  }
}

/* --- jobs --- */

void vonk_loop_post(struct vonk_loop *loop, struct vonk_loop_job *job) {
  uint64_t one = 1;
  vonk_mutex_lock(&loop->lock);
  job->next = NULL;
  if (loop->job_last) loop->job_last->next = job;
  else loop->job_first = job;
  loop->job_last = job;
  vonk_mutex_unlock(&loop->lock);
  ssize_t written = write(loop->wake, &one, sizeof one);
  (void)written; /* a full counter wakes as well */
}

struct call_job {
  struct vonk_loop_job job; /* first */
  void (*call)(void *object);
  void *object;
  struct vonk_mutex lock;   /* of done */
  struct vonk_condition_variable changed;
  bool done;
};

static void run_call(struct vonk_loop_job *job) {
  struct call_job *call = (struct call_job *)job;
  call->call(call->object);
  vonk_mutex_lock(&call->lock);
  call->done = true;
  vonk_condition_variable_signal(&call->changed);
  vonk_mutex_unlock(&call->lock);
}

void vonk_loop_run(struct vonk_loop *loop, void (*call)(void *object), void *object) {
  struct call_job job = {.job.run = run_call, .call = call, .object = object};
  vonk_mutex_init(&job.lock);
  vonk_condition_variable_init(&job.changed);
  vonk_loop_post(loop, &job.job);
  vonk_mutex_lock(&job.lock);
  while (!job.done) vonk_condition_variable_wait(&job.changed, &job.lock);
  vonk_mutex_unlock(&job.lock);
  vonk_condition_variable_deinit(&job.changed);
  vonk_mutex_deinit(&job.lock);
}

/* False: the loop ends. */
static bool jobs_run(struct vonk_loop *loop) {
  uint64_t count;
  ssize_t got = read(loop->wake, &count, sizeof count);
  (void)got;
  vonk_mutex_lock(&loop->lock);
  struct vonk_loop_job *job = loop->job_first;
  bool is_ending = loop->is_ending;
  loop->job_first = loop->job_last = NULL;
  vonk_mutex_unlock(&loop->lock);
  for (struct vonk_loop_job *next; job; job = next) {
    next = job->next;
    job->run(job);
  }
  return !is_ending;
}

/* --- the thread --- */

static void run(void *object) {
  struct vonk_loop *loop = object;
  struct epoll_event events[EVENTS_MAX];
  for (bool goes_on = true; goes_on;) {
    int count = epoll_wait(loop->epoll, events, EVENTS_MAX, wait_ms(loop));
    bool has_jobs = false;
    for (int i = 0; i < count; i++) {
      struct vonk_loop_watch *watch = events[i].data.ptr;
      if (!watch) has_jobs = true;
      else if (watch->ready(watch)) again_add(loop, watch);
    }
    again_run(loop);
    timers_fire(loop);
    if (has_jobs) goes_on = jobs_run(loop);
  }
}

static void close_all(struct vonk_loop *loop) {
  if (loop->wake >= 0) close(loop->wake);
  if (loop->epoll >= 0) close(loop->epoll);
  vonk_mutex_deinit(&loop->lock);
  vonk_arena_destroy(loop->arena);
}

STATUS vonk_loop_create(struct vonk_task *task, const char *name, struct vonk_loop **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_loop *loop = ARENA_NEW(arena, struct vonk_loop);
  struct epoll_event event = {.events = EPOLLIN};
  loop->arena = arena;
  vonk_mutex_init(&loop->lock);
  loop->epoll = epoll_create1(EPOLL_CLOEXEC);
  loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (loop->epoll >= 0 && loop->wake >= 0 && epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake, &event) == 0) {
    loop->thread = vonk_thread_create(name, run, loop);
  }
  if (loop->thread) {
    *out = loop;
    return VONK_OK;
  }
  int failure = errno;
  close_all(loop);
  return vonk_raisef(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", "No event loop can be made: errno %d.", failure);
}

static void end(struct vonk_loop_job *job) { (void)job; }

void vonk_loop_destroy(struct vonk_loop *loop) {
  if (!loop) return;
  struct vonk_loop_job job = {.run = end};
  vonk_mutex_lock(&loop->lock);
  loop->is_ending = true;
  vonk_mutex_unlock(&loop->lock);
  vonk_loop_post(loop, &job);
  vonk_thread_join(loop->thread);
  close_all(loop);
}
