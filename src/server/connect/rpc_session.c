/* rpc_session.c: ReleaseSession, CloneSession, GetStatus and Interrupt: sessions and what runs in them. */
#include "base/array.h"
#include "server/connect/operation.h"
#include "server/connect/rpc.h"

/* ReleaseSessionRequest and its response */
enum { RELEASE_ALLOW_RECONNECT = 4, RELEASED_SESSION_ID = 1, RELEASED_SERVER_ID = 2 };
/* CloneSessionRequest and its response */
enum { CLONE_NEW_ID = 4, CLONE_SERVER_ID = 5, CLONED_SESSION_ID = 1, CLONED_SERVER_ID = 2, CLONED_NEW_ID = 3, CLONED_NEW_SERVER_ID = 4 };
/* GetStatusRequest and its response */
enum { STATUS_SERVER_ID = 4, STATUS_OPERATIONS = 5, OPERATION_IDS = 1 };
enum { ANSWER_SESSION_ID = 1, ANSWER_SERVER_ID = 2, ANSWER_STATUSES = 3, STATUS_ID = 1, STATUS_STATE = 2 };
/* InterruptRequest and its response */
enum { INTERRUPT_TYPE = 4, INTERRUPT_TAG = 5, INTERRUPT_OPERATION = 6, INTERRUPT_SERVER_ID = 7, INTERRUPT_ALL = 1, INTERRUPT_BY_TAG = 2, INTERRUPT_BY_ID = 3 };
enum { INTERRUPTED_SESSION_ID = 1, INTERRUPTED_IDS = 2, INTERRUPTED_SERVER_ID = 3 };

/* A session that is not there is as good as released. */
STATUS connect_rpc_release_session(struct connect_rpc *rpc) {
  struct vonk_text answer;
  enum vonk_status status = connect_rpc_session(rpc, 0, false);
  if (status == VONK_OK) {
    connect_session_close(&rpc->service->sessions, rpc->session, vonk_protobuf_bool(&rpc->message, RELEASE_ALLOW_RECONNECT));
    connect_rpc_begin_answer(rpc, &answer, RELEASED_SESSION_ID, RELEASED_SERVER_ID);
  } else {
    if (rpc->error.condition != VONK_INVALID_HANDLE__SESSION_NOT_FOUND && rpc->error.condition != VONK_INVALID_HANDLE__SESSION_CLOSED) return status;
    vonk_text_init(&answer, rpc->task.arena);
    vonk_protobuf_put_bytes(&answer, RELEASED_SESSION_ID, vonk_protobuf_text(&rpc->message, 1));
  }
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}

STATUS connect_rpc_clone_session(struct connect_rpc *rpc) {
  struct vonk_text answer;
  struct connect_session *clone;
  struct vonk_str id = vonk_protobuf_text(&rpc->message, CLONE_NEW_ID);
  bool has_seen = vonk_protobuf_text(&rpc->message, CLONE_SERVER_ID).size > 0;
  TRY(connect_rpc_session(rpc, has_seen ? CLONE_SERVER_ID : 0, false));
  TRY(connect_rpc_check(rpc));
  TRY(connect_session_clone(&rpc->task, &rpc->service->sessions, rpc->session, id, &clone));
  connect_rpc_begin_answer(rpc, &answer, CLONED_SESSION_ID, CLONED_SERVER_ID);
  vonk_protobuf_put_bytes(&answer, CLONED_NEW_ID, clone->id);
  vonk_protobuf_put_bytes(&answer, CLONED_NEW_SERVER_ID, clone->server_id);
  connect_session_release(clone);
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}

/* --- status --- */

static void put_status(struct vonk_text *answer, struct vonk_str id, int32_t state) {
  size_t status = vonk_protobuf_begin(answer, ANSWER_STATUSES);
  vonk_protobuf_put_bytes(answer, STATUS_ID, id);
  vonk_protobuf_put_i64(answer, STATUS_STATE, state);
  vonk_protobuf_end(answer, status);
}

static int32_t state_of(struct connect_operation *operation) {
  vonk_mutex_lock(&operation->lock);
  int32_t state = (int32_t)operation->state;
  if (!operation->ended && atomic_load(&operation->cancel.requested)) state = CONNECT_TERMINATING;
  vonk_mutex_unlock(&operation->lock);
  return state;
}

/* The session's lock is held. */
static int32_t state_of_id(struct connect_session *session, struct vonk_str id) {
  for (size_t i = 0; i < session->operations.count; i++) {
    if (vonk_str_equal(session->operations.items[i]->id, id)) return state_of(session->operations.items[i]);
  }
  for (size_t i = 0; i < CONNECT_ENDED_KEPT; i++) {
    if (id.size && vonk_str_equal(vonk_str_of(session->ended[i].id), id)) return session->ended[i].state;
  }
  return CONNECT_UNKNOWN;
}

/* Of the operations asked for; when none are named, of all that are there. */
STATUS connect_rpc_get_status(struct connect_rpc *rpc) {
  struct vonk_text answer;
  struct vonk_protobuf_field at = {0};
  struct vonk_str id;
  TRY(connect_rpc_session(rpc, STATUS_SERVER_ID, false));
  connect_rpc_begin_answer(rpc, &answer, ANSWER_SESSION_ID, ANSWER_SERVER_ID);
  struct vonk_protobuf asked = vonk_protobuf_message(&rpc->message, STATUS_OPERATIONS);
  struct connect_session *session = rpc->session;
  vonk_mutex_lock(&session->lock);
  while (vonk_protobuf_each_text(&asked, OPERATION_IDS, &at, &id)) put_status(&answer, id, state_of_id(session, id));
  bool all = vonk_protobuf_has(&rpc->message, STATUS_OPERATIONS) && !vonk_protobuf_has(&asked, OPERATION_IDS);
  for (size_t i = 0; all && i < session->operations.count; i++) {
    put_status(&answer, session->operations.items[i]->id, state_of(session->operations.items[i]));
  }
  vonk_mutex_unlock(&session->lock);
  TRY(connect_rpc_check(rpc));
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}

/* --- interrupt --- */

static bool has_tag(const struct connect_operation *operation, struct vonk_str tag) {
  for (uint32_t i = 0; i < operation->tag_count; i++) {
    if (vonk_str_equal(operation->tags[i], tag)) return true;
  }
  return false;
}

static bool is_running(struct connect_operation *operation) {
  int32_t state = state_of(operation);
  return state == CONNECT_RUNNING || state == CONNECT_TERMINATING;
}

STATUS connect_rpc_interrupt(struct connect_rpc *rpc) {
  struct vonk_text answer;
  int32_t type = vonk_protobuf_i32(&rpc->message, INTERRUPT_TYPE);
  struct vonk_str tag = vonk_protobuf_text(&rpc->message, INTERRUPT_TAG), id = vonk_protobuf_text(&rpc->message, INTERRUPT_OPERATION);
  TRY(connect_rpc_session(rpc, INTERRUPT_SERVER_ID, true));
  TRY(connect_rpc_check(rpc));
  if (type < INTERRUPT_ALL || type > INTERRUPT_BY_ID) {
    return vonk_raise(&rpc->task, VONK_CONNECT_INVALID_PLAN__ASSERTION_FAILURE, NULL, "message", STR("unknown type of interrupt"), NULL);
  }
  connect_rpc_begin_answer(rpc, &answer, INTERRUPTED_SESSION_ID, INTERRUPTED_SERVER_ID);
  struct connect_session *session = rpc->session;
  vonk_mutex_lock(&session->lock);
  for (size_t i = 0; i < session->operations.count; i++) {
    struct connect_operation *operation = session->operations.items[i];
    bool meant = type == INTERRUPT_ALL || (type == INTERRUPT_BY_TAG ? has_tag(operation, tag) : vonk_str_equal(operation->id, id));
    if (!meant || !is_running(operation)) continue;
    connect_operation_cancel(operation);
    vonk_protobuf_put_bytes(&answer, INTERRUPTED_IDS, operation->id);
  }
  vonk_mutex_unlock(&session->lock);
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}
