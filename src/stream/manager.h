/* manager.h: the streaming queries of a session, and what its listeners hear of them. */
#ifndef VONK_STREAM_MANAGER_H
#define VONK_STREAM_MANAGER_H

#include "stream/query.h"

struct vonk_stream_manager *vonk_stream_manager_create(void);
/* Stops all queries and waits for them. Takes NULL. */
void vonk_stream_manager_destroy(struct vonk_stream_manager *manager);

struct vonk_stream_queries {
  struct vonk_stream_query **items;
  size_t count, capacity;
};
/* Those that are active; each is held until ARENA goes. */
void vonk_stream_manager_active(struct vonk_stream_manager *manager, struct vonk_arena *arena, struct vonk_stream_queries *out);
/* RUN_ID data NULL: the active one of ID; else that run, active or ended not long ago. NULL: there is none. Held. */
struct vonk_stream_query *vonk_stream_manager_find(struct vonk_stream_manager *manager, struct vonk_str id, struct vonk_str run_id);
bool vonk_stream_manager_has_active(struct vonk_stream_manager *manager);
/* Waits until one has ended since the last reset; raises STREAM_FAILED when it failed. As vonk_stream_query_await. */
STATUS vonk_stream_manager_await_any(struct vonk_task *task, struct vonk_stream_manager *manager, int64_t timeout_ms, bool *ended);
void vonk_stream_manager_reset_terminated(struct vonk_stream_manager *manager);

/* --- listeners: one line of events a session --- */

/* Numbers as in Spark Connect; STARTED is told by whoever starts a query. */
enum vonk_stream_event_kind { VONK_STREAM_EVENT_PROGRESS = 1, VONK_STREAM_EVENT_TERMINATED = 2, VONK_STREAM_EVENT_IDLE = 3 };
struct vonk_stream_event {
  enum vonk_stream_event_kind kind;
  struct vonk_str json;
};
/* From now on events are kept for a listener; false when there is one already. */
bool vonk_stream_manager_listen(struct vonk_stream_manager *manager);
bool vonk_stream_manager_is_heard(struct vonk_stream_manager *manager);
/* The listener goes, when it has heard what has happened so far. */
void vonk_stream_manager_deafen(struct vonk_stream_manager *manager);
/* Waits for the next event, on the task's arena; false: the listener is to go. */
STATUS vonk_stream_manager_next_event(struct vonk_task *task, struct vonk_stream_manager *manager, bool *more, struct vonk_stream_event *out);

#endif
