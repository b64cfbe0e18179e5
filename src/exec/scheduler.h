/* scheduler.h: the engine: worker threads, as many as cores, that run jobs of all executions in slices of about 5 ms.
 *
 * A job is a resumable piece of work. Ready jobs wait in the queue of their execution; a free thread takes the execution
 * that has had the least time by its weight. With a seed there are no threads: who waits for a result runs the jobs itself,
 * one slice at a time, in an order drawn from the seed, so that an interleaving can be replayed.
 */
#ifndef VONK_EXEC_SCHEDULER_H
#define VONK_EXEC_SCHEDULER_H

#include "base/clock.h"
#include "base/task.h"
#include "base/thread.h"
#include "exec/event.h"

enum { VONK_SLICE_NS = 5 * 1000 * 1000 };

enum vonk_job_answer { VONK_JOB_READY, VONK_JOB_BLOCKED, VONK_JOB_ENDED };

struct vonk_job {
  struct vonk_job *next;
  struct vonk_job_queue *queue;
  /* Runs until DEADLINE_NS at most. BLOCKED: *EVENT and *TICKET say for what. After ENDED the job is not touched. */
  enum vonk_job_answer (*run)(struct vonk_job *job, uint64_t deadline_ns, struct vonk_event **event, uint64_t *ticket);
};

/* The jobs of one execution. */
struct vonk_job_queue {
  struct vonk_engine *engine;
  struct vonk_job_queue *next;     /* of the engine's queues with ready jobs or not */
  struct vonk_job *first, *last;   /* ready */
  uint32_t weight;                 /* 1 and up */
  uint64_t time_ns;                /* used, divided by weight */
  uint32_t running;                /* jobs being run now */
};

struct vonk_engine_options {
  uint32_t thread_count;           /* 0: as many as cores */
  struct vonk_str spill_folder;    /* empty: /tmp; a sub folder of our own is made at first use */
  struct vonk_budget *budget;      /* the process's; borrowed */
  uint64_t seed;                   /* not 0: no threads */
};

struct vonk_engine;

STATUS vonk_engine_create(struct vonk_task *task, const struct vonk_engine_options *options, struct vonk_engine **out);
/* All executions must have been destroyed. Takes NULL. */
void vonk_engine_destroy(struct vonk_engine *engine);
uint32_t vonk_engine_thread_count(const struct vonk_engine *engine);
struct vonk_budget *vonk_engine_budget(const struct vonk_engine *engine);
/* Where spill files are made (spill_file.h). */
struct vonk_spill_folder;
struct vonk_spill_folder *vonk_engine_spill(const struct vonk_engine *engine);

void vonk_engine_add_queue(struct vonk_engine *engine, struct vonk_job_queue *queue);
/* The queue has no ready and no running job. */
void vonk_engine_remove_queue(struct vonk_engine *engine, struct vonk_job_queue *queue);
void vonk_engine_submit(struct vonk_job_queue *queue, struct vonk_job *job);
/* For a thread outside: waits until READY(OBJECT), tested after each signal of EVENT. In seeded mode runs jobs meanwhile. */
void vonk_engine_wait(struct vonk_engine *engine, struct vonk_event *event, bool (*ready)(void *object), void *object);

/* Sets *ENDED and signals EVENT in one go: who waits for it may free both right after. */
void vonk_engine_end(struct vonk_engine *engine, struct vonk_event *event, _Atomic bool *ended);

#endif
