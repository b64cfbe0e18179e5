/* memory.c: rows kept by the session under the query's name, as a temporary view: for looking at a stream by hand, and for tests. */
#include "session/stream_sink.h"

#include "base/uuid.h"
#include "catalog/catalog.h"
#include "session/checkpoint.h"

struct memory {
  struct vonk_stream_sink sink;
  struct vonk_checkpoints *into;             /* of the session that the query was started in */
  struct vonk_str id;
  bool replaces;
  int64_t latest;                            /* the batch that was added last: one that runs again is not added twice */
};

static STATUS put_view(struct vonk_statement *statement, const struct memory *memory, const struct vonk_stream_sink_request *request) {
  struct vonk_relation_cached_remote_relation *rows = RELATION_NEW(statement->arena, cached_remote_relation, NULL);
  struct vonk_catalog_table view = {.kind = VONK_TABLE_TEMP_VIEW, .name = request->command->name, .schema = request->schema, .owner = statement->session->user};
  rows->id = memory->id;
  view.view_plan = &rows->relation.node;
  return vonk_catalog_put_temporary(&statement->task, statement->session->catalog, &view, true, NULL);
}

static STATUS memory_open(struct vonk_statement *statement, const struct vonk_stream_sink_request *request, struct vonk_stream_sink **out) {
  struct memory *memory = ARENA_NEW(request->arena, struct memory);
  *out = &memory->sink;
  if (!request->command->name.size) return vonk_raise(&statement->task, VONK__LEGACY_ERROR_TEMP_1194, NULL, NULL);
  memory->sink.description = STR("MemorySink");
  memory->into = statement->session->checkpoints;
  memory->id = vonk_uuid_random(request->arena);
  memory->replaces = request->mode == VONK_STREAM_COMPLETE;
  memory->latest = -1;
  vonk_checkpoint_put_empty(memory->into, memory->id, request->schema);
  return put_view(statement, memory, request);
}

static STATUS memory_add(struct vonk_statement *statement, struct vonk_stream_sink *sink, struct vonk_stream_sink_batch *batch) {
  struct memory *memory = (struct memory *)(void *)sink;
  struct vonk_relation *resolved;
  uint64_t rows = 0;
  if (batch->id <= memory->latest) return VONK_OK;
  TRY(vonk_stream_sink_bind(statement, batch, &resolved));
  TRY(vonk_checkpoint_put(statement, memory->into, memory->id, resolved, !memory->replaces, &rows));
  memory->latest = batch->id;
  batch->row_count = (int64_t)rows;
  return VONK_OK;
}

const struct vonk_stream_sink_type vonk_stream_sink_memory = {
    .name = "memory",
    .modes = VONK_STREAM_APPEND | VONK_STREAM_COMPLETE | VONK_STREAM_UPDATE,
    .makes_checkpoint = true,
    .recovers = VONK_STREAM_COMPLETE,
    .open = memory_open,
    .add = memory_add,
};
