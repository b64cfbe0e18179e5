/* thread.c: POSIX threads behind our names. */
#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/status.h"

struct vonk_thread {
  pthread_t id;
};

/* What the new thread needs; it frees this itself, since a detached thread outlives its vonk_thread. */
struct start {
  char name[16];
  void (*call)(void *);
  void *object;
};

static void *run(void *object) {
  struct start start = *(struct start *)object;
  free(object);
  pthread_setname_np(pthread_self(), start.name);
  start.call(start.object);
  return NULL;
}

struct vonk_thread *vonk_thread_create(const char *name, void (*call)(void *), void *object) {
  struct vonk_thread *thread = calloc(1, sizeof *thread);
  struct start *start = calloc(1, sizeof *start);
  ASSERT(thread != NULL && start != NULL);
  strncpy(start->name, name, sizeof start->name - 1);
  start->call = call;
  start->object = object;
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int failure = pthread_create(&thread->id, NULL, run, start);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (failure == 0) return thread;
  free(start);
  free(thread);
  return NULL;
}

void vonk_thread_join(struct vonk_thread *thread) {
  if (!thread) return;
  pthread_join(thread->id, NULL);
  free(thread);
}

void vonk_thread_detach(struct vonk_thread *thread) {
  pthread_detach(thread->id);
  free(thread);
}

void vonk_mutex_init(struct vonk_mutex *mutex) {
  int failure = pthread_mutex_init(&mutex->lock, NULL);
  ASSERT(failure == 0);
}

void vonk_mutex_deinit(struct vonk_mutex *mutex) { pthread_mutex_destroy(&mutex->lock); }

void vonk_condition_variable_init(struct vonk_condition_variable *variable) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  int failure = pthread_cond_init(&variable->cond, &attributes);
  ASSERT(failure == 0);
  pthread_condattr_destroy(&attributes);
}

void vonk_condition_variable_deinit(struct vonk_condition_variable *variable) { pthread_cond_destroy(&variable->cond); }

void vonk_condition_variable_wait(struct vonk_condition_variable *variable, struct vonk_mutex *mutex) {
  pthread_cond_wait(&variable->cond, &mutex->lock);
}

bool vonk_condition_variable_wait_until(struct vonk_condition_variable *variable, struct vonk_mutex *mutex, uint64_t deadline_ns) {
  struct timespec until = {.tv_sec = (time_t)(deadline_ns / 1000000000u), .tv_nsec = (long)(deadline_ns % 1000000000u)};
  return pthread_cond_timedwait(&variable->cond, &mutex->lock, &until) != ETIMEDOUT;
}

void vonk_condition_variable_signal(struct vonk_condition_variable *variable) { pthread_cond_signal(&variable->cond); }
void vonk_condition_variable_broadcast(struct vonk_condition_variable *variable) { pthread_cond_broadcast(&variable->cond); }
