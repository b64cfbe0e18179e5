/* noop.c: runs the plan and counts the rows. */
#include "session/stream_sink.h"

static STATUS noop_open(struct vonk_statement *statement, const struct vonk_stream_sink_request *request, struct vonk_stream_sink **out) {
  (void)statement;
  *out = ARENA_NEW(request->arena, struct vonk_stream_sink);
  (*out)->description = STR("NoopTable");
  return VONK_OK;
}

static STATUS count(void *object, struct vonk_task *task, const struct vonk_batch *batch) {
  int64_t *rows = object;
  (void)task;
  *rows += batch->live_count;
  return VONK_OK;
}

static STATUS noop_add(struct vonk_statement *statement, struct vonk_stream_sink *sink, struct vonk_stream_sink_batch *batch) {
  struct vonk_relation *resolved;
  uint32_t partitions;
  (void)sink;
  TRY(vonk_stream_sink_bind(statement, batch, &resolved));
  batch->row_count = 0;
  return vonk_statement_run_rows(statement, resolved, statement->budget, count, &batch->row_count, &partitions);
}

const struct vonk_stream_sink_type vonk_stream_sink_noop = {
    .name = "noop",
    .modes = VONK_STREAM_APPEND | VONK_STREAM_COMPLETE | VONK_STREAM_UPDATE,
    .makes_checkpoint = true,
    .recovers = VONK_STREAM_APPEND | VONK_STREAM_COMPLETE | VONK_STREAM_UPDATE,
    .open = noop_open,
    .add = noop_add,
};
