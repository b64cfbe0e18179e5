/* loop.h: an event loop on a thread of its own: descriptors that become ready (epoll, edge-triggered), timers, and jobs from
 * other threads.
 *
 * All calls but create, post, run and destroy are for the loop's thread. A watch's ready is called after each change of the descriptor and
 * reads or writes until that would block; one that stops earlier, for the sake of the others, answers true and is
 * called again after them.
 */
#ifndef VONK_NET_LOOP_H
#define VONK_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/task.h"

struct vonk_loop;

struct vonk_loop_watch {
  int descriptor;
  bool (*ready)(struct vonk_loop_watch *watch); /* true: there is more to do */
  struct vonk_loop_watch *next_again;           /* the loop's */
  bool is_again;
};

struct vonk_loop_timer {
  uint64_t due_ns;                              /* of vonk_clock_monotonic_ns */
  void (*fire)(struct vonk_loop_timer *timer);  /* disarmed before */
  uint32_t place;                               /* the loop's: 1 and up while armed */
};

struct vonk_loop_job {
  void (*run)(struct vonk_loop_job *job);
  struct vonk_loop_job *next;                   /* the loop's */
};

/* Starts the thread. NAME: see vonk_thread_create. Fails when the system has no descriptors or threads left. */
STATUS vonk_loop_create(struct vonk_task *task, const char *name, struct vonk_loop **out);
/* Runs the jobs posted before, ends the thread and frees. From another thread. Takes NULL. */
void vonk_loop_destroy(struct vonk_loop *loop);

/* Runs the job soon on the loop's thread. From any thread; the job is borrowed until it runs. */
void vonk_loop_post(struct vonk_loop *loop, struct vonk_loop_job *job);
/* Runs CALL(OBJECT) on the loop's thread and waits for it. From another thread. */
void vonk_loop_run(struct vonk_loop *loop, void (*call)(void *object), void *object);

/* Watches the descriptor for reading and writing; false when the system refuses. */
bool vonk_loop_add(struct vonk_loop *loop, struct vonk_loop_watch *watch);
/* Before the descriptor is closed. Only from the watch's own ready, a timer or a job. */
void vonk_loop_remove(struct vonk_loop *loop, struct vonk_loop_watch *watch);

/* Arms or moves the timer. */
void vonk_loop_arm(struct vonk_loop *loop, struct vonk_loop_timer *timer, uint64_t due_ns);
void vonk_loop_disarm(struct vonk_loop *loop, struct vonk_loop_timer *timer);

#endif
