/* rpc_execute.c: ExecutePlan, ReattachExecute and ReleaseExecute: the responses of an operation. */
#include "base/clock.h"
#include "server/connect/operation.h"
#include "server/connect/rpc.h"
#include "server/connect/run.h"
#include "session/session.h"

/* ExecutePlanRequest */
enum { EXECUTE_PLAN = 3, EXECUTE_OPTIONS = 5, EXECUTE_OPERATION_ID = 6, EXECUTE_TAGS = 7, EXECUTE_SERVER_ID = 8 };
enum { OPTION_REATTACH = 1, OPTION_CHUNKING = 2, REATTACHABLE = 1, CHUNKING_ALLOWED = 1, CHUNKING_BYTES = 2 };
/* ReattachExecuteRequest */
enum { REATTACH_OPERATION_ID = 3, REATTACH_LAST_RESPONSE_ID = 5, REATTACH_SERVER_ID = 6 };
/* ReleaseExecuteRequest and its response */
enum { RELEASE_OPERATION_ID = 3, RELEASE_ALL = 5, RELEASE_UNTIL = 6, UNTIL_RESPONSE_ID = 1 };
enum { RELEASED_SESSION_ID = 1, RELEASED_OPERATION_ID = 2, RELEASED_SERVER_ID = 3 };

/* Streams are told apart from their operation: a client that goes makes its reader return, not the operation end. */
struct reading {
  struct connect_operation *operation;
  atomic_bool gone;
};

static void reader_gone(void *object) {
  struct reading *reading = object;
  atomic_store(&reading->gone, true);
  connect_operation_wake(reading->operation);
}

/* Writes RESPONSE; false when the client is gone. */
static bool write_response(struct connect_rpc *rpc, const struct connect_response *response) {
  return vonk_grpc_call_write(rpc->call, response->parts, response->part_count);
}

/* Tells how far OPERATION is, which has made the responses up to LAST; false when the client is gone. */
static bool write_progress(struct connect_rpc *rpc, struct connect_operation *operation, uint64_t last) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_str progress;
  bool written = !connect_progress(arena, operation, last, &progress) || vonk_grpc_call_write(rpc->call, &progress, 1);
  vonk_arena_destroy(arena);
  return written;
}

/* Behind the last response: how the operation ended. */
static void finish(struct connect_rpc *rpc, struct connect_operation *operation) {
  if (operation->state == CONNECT_SUCCEEDED) {
    vonk_grpc_call_finish(rpc->call, VONK_GRPC_OK, STR(""), STR(""));
  } else {
    connect_rpc_fail(rpc, &operation->error, operation->class_name);
  }
}

/* Sends the responses behind LAST_ID until there are no more, the client is gone, or another call reads. */
static STATUS stream(struct connect_rpc *rpc, struct connect_operation *operation, struct vonk_str last_id) {
  struct reading reading = {.operation = operation};
  struct connect_response *response;
  uint32_t reader;
  uint64_t number;
  TRY(connect_operation_attach(&rpc->task, operation, last_id, &reader, &number));
  uint64_t interval_ns = connect_progress_interval_ns(operation->session), due_ns = vonk_clock_monotonic_ns() + interval_ns;
  vonk_grpc_call_on_gone(rpc->call, reader_gone, &reading);
  rpc->finished = true;
  enum vonk_status status = VONK_OK;
  for (bool open = true; open;) {
    switch (connect_operation_next(operation, reader, number, due_ns, &reading.gone, &response)) {
      case CONNECT_NEXT_RESPONSE:
        open = write_response(rpc, response);
        if (open) connect_operation_sent(operation, response);
        number = response->number + 1;
        connect_response_release(response);
        break;
      case CONNECT_NEXT_TIMEOUT:
        open = write_progress(rpc, operation, number - 1);
        due_ns = vonk_clock_monotonic_ns() + interval_ns;
        break;
      case CONNECT_NEXT_END:
        finish(rpc, operation);
        open = false;
        break;
      case CONNECT_NEXT_DETACHED:
        open = rpc->finished = false;
        status = vonk_raise(&rpc->task, connect_operation_is_abandoned(operation) ? VONK_OPERATION_CANCELED : VONK_INVALID_CURSOR__DISCONNECTED, NULL, NULL);
        break;
    }
  }
  vonk_grpc_call_on_gone(rpc->call, NULL, NULL);
  connect_operation_detach(operation, reader);
  return status;
}

STATUS connect_rpc_execute_plan(struct connect_rpc *rpc) {
  struct connect_operation_request request = {.id = vonk_protobuf_text(&rpc->message, EXECUTE_OPERATION_ID)};
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf option;
  struct vonk_str *tags = ARENA_ARRAY(rpc->task.arena, struct vonk_str, vonk_protobuf_count(&rpc->message, EXECUTE_TAGS));
  struct connect_operation *operation;
  TRY(connect_rpc_session(rpc, EXECUTE_SERVER_ID, true));
  while (vonk_protobuf_each_text(&rpc->message, EXECUTE_TAGS, &at, &tags[request.tag_count])) request.tag_count++;
  at = (struct vonk_protobuf_field){0};
  while (vonk_protobuf_each_message(&rpc->message, EXECUTE_OPTIONS, &at, &option)) {
    struct vonk_protobuf reattach = vonk_protobuf_message(&option, OPTION_REATTACH);
    request.reattachable |= vonk_protobuf_bool(&reattach, REATTACHABLE);
    if (!vonk_protobuf_has(&option, OPTION_CHUNKING)) continue;
    struct vonk_protobuf chunking = vonk_protobuf_message(&option, OPTION_CHUNKING);
    request.may_chunk = vonk_protobuf_bool(&chunking, CHUNKING_ALLOWED);
    request.chunk_bytes = vonk_protobuf_i32(&chunking, CHUNKING_BYTES);
  }
  request.plan = vonk_protobuf_message(&rpc->message, EXECUTE_PLAN).bytes;
  request.tags = tags;
  TRY(connect_rpc_check(rpc));
  TRY(connect_operation_start(&rpc->task, rpc->session, &request, connect_run_plan, &operation));
  enum vonk_status status = stream(rpc, operation, (struct vonk_str){0});
  if (!request.reattachable) connect_operation_abandon(operation);
  connect_operation_release(operation);
  return status;
}

STATUS connect_rpc_reattach_execute(struct connect_rpc *rpc) {
  struct connect_operation *operation;
  struct vonk_str id = vonk_protobuf_text(&rpc->message, REATTACH_OPERATION_ID), last = vonk_protobuf_text(&rpc->message, REATTACH_LAST_RESPONSE_ID);
  TRY(connect_rpc_session(rpc, REATTACH_SERVER_ID, false));
  TRY(connect_operation_find(&rpc->task, rpc->session, id, &operation));
  enum vonk_status status = operation->reattachable ? stream(rpc, operation, last) : vonk_raise(&rpc->task, VONK_INVALID_CURSOR__NOT_REATTACHABLE, NULL, NULL);
  connect_operation_release(operation);
  return status;
}

/* Of an operation that is gone, nothing is left to release, and clients may say so more than once. */
STATUS connect_rpc_release_execute(struct connect_rpc *rpc) {
  struct vonk_text answer;
  struct connect_operation *operation;
  struct vonk_str id = vonk_protobuf_text(&rpc->message, RELEASE_OPERATION_ID);
  struct vonk_protobuf until = vonk_protobuf_message(&rpc->message, RELEASE_UNTIL);
  struct vonk_str until_id = vonk_protobuf_text(&until, UNTIL_RESPONSE_ID);
  TRY(connect_rpc_session(rpc, 0, false));
  bool found = connect_operation_find(&rpc->task, rpc->session, id, &operation) == VONK_OK;
  if (found && vonk_protobuf_has(&rpc->message, RELEASE_ALL)) connect_operation_abandon(operation);
  else if (found && until_id.size) connect_operation_release_responses(operation, until_id);
  connect_rpc_begin_answer(rpc, &answer, RELEASED_SESSION_ID, RELEASED_SERVER_ID);
  if (found) vonk_protobuf_put_bytes(&answer, RELEASED_OPERATION_ID, id);
  if (found) connect_operation_release(operation);
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}
