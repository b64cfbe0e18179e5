/* rpc_error.c: FetchErrorDetails: all of an error of which a call's status told the beginning. */
#include "server/connect/exception.h"
#include "server/connect/rpc.h"

/* FetchErrorDetailsRequest and its response */
enum { REQUEST_ERROR_ID = 3, REQUEST_SERVER_ID = 5 };
enum { ANSWER_ROOT = 1, ANSWER_ERRORS = 2, ANSWER_SERVER_ID = 3, ANSWER_SESSION_ID = 4 };

/* An error is told once. */
STATUS connect_rpc_fetch_error_details(struct connect_rpc *rpc) {
  struct vonk_text answer;
  struct vonk_str id = vonk_protobuf_text(&rpc->message, REQUEST_ERROR_ID);
  TRY(connect_rpc_session(rpc, REQUEST_SERVER_ID, true));
  connect_rpc_begin_answer(rpc, &answer, ANSWER_SESSION_ID, ANSWER_SERVER_ID);
  struct connect_session *session = rpc->session;
  vonk_mutex_lock(&session->lock);
  for (uint32_t i = 0; i < CONNECT_ERRORS_KEPT; i++) {
    struct connect_kept_error *kept = &session->errors[i];
    if (!kept->set || !vonk_str_equal(vonk_str_of(kept->id), id)) continue;
    vonk_protobuf_put_i64(&answer, ANSWER_ROOT, 0);
    connect_exception_put(&answer, ANSWER_ERRORS, &kept->error, kept->class_name);
    kept->set = false;
    break;
  }
  vonk_mutex_unlock(&session->lock);
  TRY(connect_rpc_check(rpc));
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}
