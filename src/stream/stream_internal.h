/* stream_internal.h: what queries and their manager share. */
#ifndef VONK_STREAM_STREAM_INTERNAL_H
#define VONK_STREAM_STREAM_INTERNAL_H

#include <stdatomic.h>

#include "stream/manager.h"
#include "stream/progress.h"

enum { STREAM_PROGRESS_KEPT = 100, STREAM_SLICE_MS = 100 /* how often a waiting thread looks at its cancel flag */ };

struct vonk_stream_query {
  atomic_uint references;
  struct vonk_arena *arena;
  struct vonk_stream_manager *manager;
  struct vonk_stream_runner *runner;
  struct vonk_stream_spec spec;
  struct vonk_stream_checkpoint checkpoint;
  struct vonk_str run_id;
  int64_t started_ms;
  struct vonk_cancel cancel;
  struct vonk_thread *thread;
  struct vonk_stream_source **sources; /* the thread's own */
  uint32_t source_count;

  struct vonk_mutex runner_lock;       /* of what others ask of the runner, which goes when the query ends */
  struct vonk_str explained[2];        /* then: explain(), and extended */

  struct vonk_mutex lock;              /* of what follows */
  struct vonk_condition_variable changed;
  bool has_run, ended, failed;
  bool is_trigger_active, is_data_available;
  char message[512];
  uint64_t quiet;                      /* triggers that found nothing more to do */
  struct { struct vonk_arena *arena; struct vonk_str json; } progress[STREAM_PROGRESS_KEPT];
  uint64_t progress_count;             /* ever */
  struct vonk_error error;             /* of a query that failed */
  struct vonk_str details;             /* of it */
};

/* micro_batch.c: what the thread does until the query ends; the status says how. */
STATUS stream_run_batches(struct vonk_stream_query *query, struct vonk_task *task);

/* query.c */
__attribute__((format(printf, 2, 3))) void stream_say(struct vonk_stream_query *query, const char *format, ...);
void stream_keep_progress(struct vonk_stream_query *query, struct vonk_str json);
/* Waits until UNTIL_MS of the wall clock, or the query is to end. */
STATUS stream_sleep_until(struct vonk_task *task, struct vonk_stream_query *query, int64_t until_ms);
int64_t stream_now_ms(void);

/* manager.c */
/* Makes QUERY, which is held for it, one of MANAGER's; raises for a name that is taken. *OTHER: the active query of the same id, held; NULL. */
STATUS stream_manager_add(struct vonk_task *task, struct vonk_stream_manager *manager, struct vonk_stream_query *query, struct vonk_stream_query **other);
void stream_manager_ended(struct vonk_stream_manager *manager, struct vonk_stream_query *query);
void stream_manager_tell(struct vonk_stream_manager *manager, enum vonk_stream_event_kind kind, struct vonk_str json);

#endif
