/* thread.h: threads, locks, conditions. The only place that makes threads. */
#ifndef VONK_BASE_THREAD_H
#define VONK_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct vonk_thread;

/* Runs CALL(OBJECT) in a new thread named NAME (15 bytes show in tools). NULL when the system refuses. Signals stay with
 * the main thread. */
struct vonk_thread *vonk_thread_create(const char *name, void (*call)(void *), void *object);
/* Waits for the end and frees. Takes NULL. */
void vonk_thread_join(struct vonk_thread *thread);
/* Lets it run to its end unwatched. */
void vonk_thread_detach(struct vonk_thread *thread);

struct vonk_mutex {
  pthread_mutex_t lock;
};
#define VONK_MUTEX_INIT {PTHREAD_MUTEX_INITIALIZER}
void vonk_mutex_init(struct vonk_mutex *mutex);
void vonk_mutex_deinit(struct vonk_mutex *mutex);
static inline void vonk_mutex_lock(struct vonk_mutex *mutex) { pthread_mutex_lock(&mutex->lock); }
static inline void vonk_mutex_unlock(struct vonk_mutex *mutex) { pthread_mutex_unlock(&mutex->lock); }

struct vonk_condition_variable {
  pthread_cond_t cond;
};
void vonk_condition_variable_init(struct vonk_condition_variable *variable);
void vonk_condition_variable_deinit(struct vonk_condition_variable *variable);
/* MUTEX is held by the caller; wakes may be spurious. */
void vonk_condition_variable_wait(struct vonk_condition_variable *variable, struct vonk_mutex *mutex);
/* False when DEADLINE_NS (of vonk_clock_monotonic_ns) passed first. */
bool vonk_condition_variable_wait_until(struct vonk_condition_variable *variable, struct vonk_mutex *mutex, uint64_t deadline_ns);
void vonk_condition_variable_signal(struct vonk_condition_variable *variable);
void vonk_condition_variable_broadcast(struct vonk_condition_variable *variable);

struct vonk_once {
  pthread_once_t once;
};
#define VONK_ONCE_INIT {PTHREAD_ONCE_INIT}
/* Runs CALL in the first caller; the others wait for it. */
static inline void vonk_once_call(struct vonk_once *once, void (*call)(void)) { pthread_once(&once->once, call); }

#endif
