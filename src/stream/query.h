/* query.h: a streaming query: a thread that runs batch after batch until it is stopped, fails, or has all there was.
 *
 * What the layers above know (binding, running a plan, writing rows) they do through a runner. The query keeps the order that makes
 * restarts exact: offsets are written down before a batch runs, the commit after its rows are with the sink; a batch whose commit is missing
 * runs again with the same offsets and number, and sinks that keep the number write it once.
 *
 * Functions may be called from any thread. Queries are counted: who holds one may ask it after it ended.
 */
#ifndef VONK_STREAM_QUERY_H
#define VONK_STREAM_QUERY_H

#include "base/thread.h"
#include "stream/checkpoint.h"
#include "stream/source.h"
#include "stream/trigger.h"

struct vonk_stream_manager;
struct vonk_stream_query;
struct vonk_stream_runner;

/* --- what a query asks of the layers above --- */

struct vonk_stream_batch {
  int64_t id;
  int64_t now_micros;                  /* of now() in its plan */
  struct vonk_relation *const *rows;   /* one a source: unresolved, of the described columns; NULL: nothing came */
  uint32_t source_count;
};
struct vonk_stream_outcome {
  uint64_t *input_rows;                /* one a source; given zeroed */
  int64_t output_rows;                 /* -1: nobody counts them */
  uint64_t planning_ns;
  struct vonk_str observed;            /* JSON object, on the task's arena; data NULL: none */
};

struct vonk_stream_runner_type {
  /* What the plan streams, in order; lives as long as the runner. */
  const struct vonk_stream_read *(*reads)(struct vonk_stream_runner *runner, uint32_t *count);
  /* Runs the plan over BATCH and gives its rows to the sink. The task's cancel flag is the query's. */
  STATUS (*run)(struct vonk_task *task, struct vonk_stream_runner *runner, const struct vonk_stream_batch *batch, struct vonk_stream_outcome *out);
  /* The text of explain(), as the last batch ran or a first would. */
  STATUS (*explain)(struct vonk_task *task, struct vonk_stream_runner *runner, bool extended, struct vonk_str *out);
  void (*close)(struct vonk_stream_runner *runner);
};
struct vonk_stream_runner {
  const struct vonk_stream_runner_type *type;
  struct vonk_stream_context context;
  const struct vonk_files *files;      /* for tasks */
  struct vonk_budget *budget;
  struct vonk_str sink;                /* as progress shows it */
};

/* --- queries --- */

struct vonk_stream_spec {
  struct vonk_str name;                /* data NULL: none */
  struct vonk_str checkpoint;          /* folder */
  bool is_temporary;                   /* which goes when the query ends well */
  bool may_recover;                    /* false: a checkpoint with batches is refused */
  struct vonk_stream_trigger trigger;
};
/* Takes RUNNER, also when it fails. The query belongs to MANAGER; *OUT is held. Raises what is wrong with the checkpoint, and for a name that
 * another active query has; a query of the same checkpoint that is active is stopped first. */
STATUS vonk_stream_query_start(struct vonk_task *task, struct vonk_stream_manager *manager, const struct vonk_stream_spec *spec,
                               struct vonk_stream_runner *runner, struct vonk_stream_query **out);
struct vonk_stream_query *vonk_stream_query_retain(struct vonk_stream_query *query);
/* Takes NULL; the last one waits for the thread. */
void vonk_stream_query_release(struct vonk_stream_query *query);

/* As long as the query is held. */
struct vonk_str vonk_stream_query_id(const struct vonk_stream_query *query);
struct vonk_str vonk_stream_query_run_id(const struct vonk_stream_query *query);
struct vonk_str vonk_stream_query_name(const struct vonk_stream_query *query);
struct vonk_str vonk_stream_query_started_json(struct vonk_arena *arena, const struct vonk_stream_query *query);

struct vonk_stream_status {
  struct vonk_str message;
  bool is_active, is_data_available, is_trigger_active;
};
void vonk_stream_query_status(struct vonk_stream_query *query, struct vonk_arena *arena, struct vonk_stream_status *out);
/* The latest progress, oldest first; LAST: at most one. On ARENA. */
struct vonk_name vonk_stream_query_progress(struct vonk_stream_query *query, struct vonk_arena *arena, bool last);
/* Ends it and waits for that. */
STATUS vonk_stream_query_stop(struct vonk_task *task, struct vonk_stream_query *query);
/* Waits until it has ended, TIMEOUT_MS at the most (< 0: however long). Raises STREAM_FAILED when it failed. */
STATUS vonk_stream_query_await(struct vonk_task *task, struct vonk_stream_query *query, int64_t timeout_ms, bool *ended);
/* Waits until all that is there has been processed. Raises STREAM_FAILED. */
STATUS vonk_stream_query_process_all(struct vonk_task *task, struct vonk_stream_query *query);
/* Why it failed: false when it did not. DETAILS: the same with where it was. On ARENA. */
bool vonk_stream_query_failure(struct vonk_stream_query *query, struct vonk_arena *arena, struct vonk_str *message, struct vonk_str *details);
STATUS vonk_stream_query_explain(struct vonk_task *task, struct vonk_stream_query *query, bool extended, struct vonk_str *out);

#endif
