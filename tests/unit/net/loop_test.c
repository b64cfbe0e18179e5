/* loop_test.c: the event loop: timers in order, jobs from other threads, turns for descriptors that never end; listeners. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/thread.h"
#include "net/loop.h"
#include "net/socket.h"

static struct vonk_arena *arena;
static struct vonk_error error;
static struct vonk_task task;

static int setup(void **unused) {
  (void)unused;
  arena = vonk_arena_create(NULL);
  vonk_error_init(&error);
  task = (struct vonk_task){.arena = arena, .error = &error};
  return 0;
}
static int teardown(void **unused) {
  (void)unused;
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  return 0;
}

/* --- timers and jobs: all but `done` belongs to the loop's thread --- */

enum { TIMERS = 200 };
struct clockwork {
  struct vonk_loop_job start;
  struct vonk_loop *loop;
  struct vonk_loop_timer timers[TIMERS];
  uint64_t last_due_ns;
  uint32_t fired, wrong;
  _Atomic bool done;
};
static struct clockwork clockwork;

static void on_timer(struct vonk_loop_timer *timer) {
  clockwork.fired++;
  clockwork.wrong += timer->due_ns < clockwork.last_due_ns || timer->due_ns > vonk_clock_monotonic_ns() || timer->place;
  clockwork.last_due_ns = timer->due_ns;
  if (timer == &clockwork.timers[TIMERS - 1]) clockwork.done = true;
}

/* A third is moved, a third disarmed. */
static void arm_all(struct vonk_loop_job *job) {
  (void)job;
  uint64_t now = vonk_clock_monotonic_ns();
  uint32_t state = 5;
  for (uint32_t i = 0; i < TIMERS; i++) {
    state = state * 1664525 + 1013904223;
    clockwork.timers[i].fire = on_timer;
    vonk_loop_arm(clockwork.loop, &clockwork.timers[i], now + (i == TIMERS - 1 ? 60000000 : state % 50000000));
  }
  for (uint32_t i = 0; i < TIMERS - 1; i++) {
    state = state * 1664525 + 1013904223;
    if (i % 3 == 1) vonk_loop_arm(clockwork.loop, &clockwork.timers[i], now + state % 50000000);
    if (i % 3 == 2) vonk_loop_disarm(clockwork.loop, &clockwork.timers[i]);
  }
}

static void test_timers(void **unused) {
  (void)unused;
  clockwork.start.run = arm_all;
  assert_int_equal(vonk_loop_create(&task, "test", &clockwork.loop), VONK_OK);
  vonk_loop_post(clockwork.loop, &clockwork.start);
  while (!clockwork.done) usleep(1000);
  vonk_loop_destroy(clockwork.loop);
  assert_int_equal(clockwork.fired, TIMERS - (TIMERS - 1) / 3);
  assert_int_equal(clockwork.wrong, 0);
}

enum { POSTERS = 4, JOBS = 2000 };
struct poster {
  struct vonk_loop *loop;
  struct vonk_loop_job jobs[JOBS];
};
static uint32_t jobs_run; /* of the loop's thread */

static void count_job(struct vonk_loop_job *job) {
  (void)job;
  jobs_run++;
}
static void post_all(void *object) {
  struct poster *poster = object;
  for (int i = 0; i < JOBS; i++) {
    poster->jobs[i].run = count_job;
    vonk_loop_post(poster->loop, &poster->jobs[i]);
  }
}

static void test_jobs(void **unused) {
  (void)unused;
  static struct poster posters[POSTERS];
  struct vonk_thread *threads[POSTERS];
  struct vonk_loop *loop;
  assert_int_equal(vonk_loop_create(&task, "test", &loop), VONK_OK);
  for (int i = 0; i < POSTERS; i++) {
    posters[i].loop = loop;
    threads[i] = vonk_thread_create("poster", post_all, &posters[i]);
  }
  for (int i = 0; i < POSTERS; i++) vonk_thread_join(threads[i]);
  vonk_loop_destroy(loop);
  assert_int_equal(jobs_run, POSTERS * JOBS);
}

/* --- descriptors: one that always has more does not starve the other --- */

struct pipe_watch {
  struct vonk_loop_watch watch;
  struct vonk_loop *loop;
  struct vonk_loop_job add;
  bool is_greedy;
  uint32_t turns;
  _Atomic uint32_t bytes;
};

static bool on_pipe(struct vonk_loop_watch *watch) {
  struct pipe_watch *pipe_watch = (struct pipe_watch *)watch;
  char bytes[16];
  ssize_t size;
  pipe_watch->turns++;
  if (pipe_watch->is_greedy) return true;
  while ((size = read(watch->descriptor, bytes, sizeof bytes)) > 0) pipe_watch->bytes += (uint32_t)size;
  if (size == 0) vonk_loop_remove(pipe_watch->loop, watch);
  return false;
}

static void add_watch(struct vonk_loop_job *job) {
  struct pipe_watch *watch = (struct pipe_watch *)((char *)job - offsetof(struct pipe_watch, add));
  assert_true(vonk_loop_add(watch->loop, &watch->watch));
}
static void remove_watch(struct vonk_loop_job *job) {
  struct pipe_watch *watch = (struct pipe_watch *)((char *)job - offsetof(struct pipe_watch, add));
  vonk_loop_remove(watch->loop, &watch->watch);
}

static void test_descriptors_have_turns(void **unused) {
  (void)unused;
  int ends[2][2];
  struct vonk_loop *loop;
  assert_int_equal(vonk_loop_create(&task, "test", &loop), VONK_OK);
  struct pipe_watch watches[2] = {0};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(pipe2(ends[i], O_CLOEXEC | O_NONBLOCK), 0);
    watches[i].loop = loop;
    watches[i].is_greedy = i == 0;
    watches[i].watch = (struct vonk_loop_watch){.descriptor = ends[i][0], .ready = on_pipe};
    watches[i].add.run = add_watch;
    vonk_loop_post(loop, &watches[i].add);
    assert_int_equal(write(ends[i][1], "hello", 5), 5);
  }
  for (uint32_t i = 1; i <= 50; i++) {
    while (watches[1].bytes < 5 * i) usleep(100);
    assert_int_equal(write(ends[1][1], "hello", 5), 5);
  }
  close(ends[1][1]);
  watches[0].add.run = remove_watch;
  vonk_loop_post(loop, &watches[0].add);
  vonk_loop_destroy(loop);
  assert_true(watches[0].turns > 50);
  assert_int_equal(watches[1].bytes, 255);
  close(ends[0][0]), close(ends[0][1]), close(ends[1][0]);
}

/* --- listeners --- */

static void test_listeners(void **unused) {
  (void)unused;
  struct vonk_listener first, second;
  assert_int_equal(vonk_listen(&task, STR("localhost"), 0, &first), VONK_OK);
  assert_true(first.port > 0 && first.count > 0);
  assert_int_equal(vonk_listen(&task, STR("127.0.0.1"), first.port, &second), VONK_FAILED);
  assert_int_equal(error.condition, VONK_INTERNAL_ERROR_NETWORK);
  assert_true(vonk_str_find(vonk_error_message(&error, arena), STR("the port is taken"), 0) != SIZE_MAX);
  vonk_listener_close(&first);
  vonk_error_clear(&error);
  assert_int_equal(vonk_listen(&task, STR("no.such.host.invalid"), 0, &second), VONK_FAILED);
  vonk_error_clear(&error);
  assert_int_equal(vonk_listen(&task, STR("203.0.113.1"), 0, &second), VONK_FAILED); /* not of this machine */
  vonk_error_clear(&error);
}

static void test_loopback(void **unused) {
  (void)unused;
  static const char *const loopback[] = {"localhost", "LocalHost", "127.0.0.1", "127.255.0.9", "::1", "[::1]"};
  static const char *const others[] = {"", "0.0.0.0", "::", "[::]", "128.0.0.1", "localhost.example.org", "1270.0.0.1", "::2", "127.1x", "[]"};
  for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++) assert_true(vonk_net_is_loopback(vonk_str_of(loopback[i])));
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) assert_false(vonk_net_is_loopback(vonk_str_of(others[i])));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_timers),    cmocka_unit_test(test_jobs),     cmocka_unit_test(test_descriptors_have_turns),
      cmocka_unit_test(test_listeners), cmocka_unit_test(test_loopback),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
