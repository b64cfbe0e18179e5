/* event.h: what a worker waits for without sleeping.
 *
 * An event is a counter. A worker takes the ticket, tests its condition, and when that does not hold answers BLOCKED with
 * the ticket; the scheduler parks it only if nothing was signalled since. So no wake-up is lost and none needs a lock.
 */
#ifndef VONK_EXEC_EVENT_H
#define VONK_EXEC_EVENT_H

#include <stdatomic.h>
#include <stdint.h>

struct vonk_engine;
struct vonk_job;

struct vonk_event {
  struct vonk_engine *engine;
  _Atomic uint64_t ticket;
  struct vonk_job *parked; /* under the engine's lock */
};

static inline void vonk_event_init(struct vonk_event *event, struct vonk_engine *engine) {
  event->engine = engine;
  atomic_init(&event->ticket, 0);
  event->parked = 0;
}
static inline uint64_t vonk_event_ticket(struct vonk_event *event) { return atomic_load(&event->ticket); }
/* Readies all that wait. */
void vonk_event_signal(struct vonk_event *event);

#endif
