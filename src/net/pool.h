/* pool.h: threads that run jobs which may block. They are made when there is work and end when there has been none for long. */
#ifndef VONK_NET_POOL_H
#define VONK_NET_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct vonk_pool;

/* Lies in what it works on. */
struct vonk_pool_job {
  void (*run)(struct vonk_pool_job *job); /* may free it */
  struct vonk_pool_job *next;             /* the pool's */
};

/* NAME: see vonk_thread_create; borrowed. At most JOB_LIMIT jobs, waiting or running. */
struct vonk_pool *vonk_pool_create(const char *name, uint32_t job_limit);
/* False: there are as many as may be, or the system refuses a thread. */
bool vonk_pool_submit(struct vonk_pool *pool, struct vonk_pool_job *job);
/* Jobs that run now. */
uint32_t vonk_pool_running(struct vonk_pool *pool);
/* Waits until no job is left; false when DEADLINE_NS (of vonk_clock_monotonic_ns) passed first. */
bool vonk_pool_wait(struct vonk_pool *pool, uint64_t deadline_ns);
/* Waits for all jobs and threads. Takes NULL. */
void vonk_pool_destroy(struct vonk_pool *pool);

#endif
