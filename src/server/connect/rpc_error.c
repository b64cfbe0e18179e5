/* rpc_error.c: FetchErrorDetails: all of an error of which a call's status told the beginning. */
#include "server/connect/exception.h"
#include "server/connect/rpc.h"

/* FetchErrorDetailsRequest and its response */
enum { REQUEST_ERROR_ID = 3, REQUEST_SERVER_ID = 5 };
enum { ANSWER_ROOT = 1, ANSWER_ERRORS = 2, ANSWER_SERVER_ID = 3, ANSWER_SESSION_ID = 4 };
enum { ERROR_CLASSES = 1, ERROR_MESSAGE = 2, ERROR_THROWABLE = 5 };
enum { THROWABLE_CLASS = 1, THROWABLE_PARAMETERS = 2, THROWABLE_CONTEXTS = 3, THROWABLE_STATE = 4 };
enum { CONTEXT_OBJECT_TYPE = 1, CONTEXT_OBJECT_NAME, CONTEXT_START, CONTEXT_STOP, CONTEXT_FRAGMENT, CONTEXT_CALL_SITE, CONTEXT_SUMMARY, CONTEXT_TYPE = 10 };
enum { CONTEXT_OF_DATAFRAME = 1 };

/* What stands below the message of an error: the place. */
static struct vonk_str summary_of(struct vonk_arena *arena, const struct vonk_error *error) {
  struct vonk_str rendered = vonk_error_render(error, arena), message = vonk_error_message(error, arena);
  size_t skip = message.size < rendered.size ? message.size + 1 : rendered.size;
  return vonk_str_slice(rendered, skip, rendered.size);
}

static void put_context(struct vonk_arena *arena, struct vonk_text *out, const struct vonk_error *error) {
  const struct vonk_origin *origin = &error->origin;
  bool is_frame = origin->fragment.size > 0;
  uint32_t stop = origin->stop < origin->text.size ? origin->stop : (uint32_t)origin->text.size, start = origin->start < stop ? origin->start : stop;
  size_t context = vonk_protobuf_begin(out, THROWABLE_CONTEXTS);
  if (is_frame) vonk_protobuf_put_i64(out, CONTEXT_TYPE, CONTEXT_OF_DATAFRAME);
  vonk_protobuf_put_bytes(out, CONTEXT_OBJECT_TYPE, origin->object_type);
  vonk_protobuf_put_bytes(out, CONTEXT_OBJECT_NAME, origin->object_name);
  if (!is_frame) {
    vonk_protobuf_put_i64(out, CONTEXT_START, origin->start);
    vonk_protobuf_put_i64(out, CONTEXT_STOP, (int64_t)origin->stop - 1);
  }
  vonk_protobuf_put_bytes(out, CONTEXT_FRAGMENT, is_frame ? origin->fragment : vonk_str_slice(origin->text, start, stop));
  vonk_protobuf_put_bytes(out, CONTEXT_CALL_SITE, origin->call_site);
  vonk_protobuf_put_bytes(out, CONTEXT_SUMMARY, summary_of(arena, error));
  vonk_protobuf_end(out, context);
}

static void put_condition(struct vonk_arena *arena, struct vonk_text *out, const struct vonk_error *error) {
  size_t throwable = vonk_protobuf_begin(out, ERROR_THROWABLE);
  vonk_protobuf_put_bytes(out, THROWABLE_CLASS, vonk_str_of(vonk_condition_name(error->condition)));
  for (size_t i = 0; i < error->parameter_count; i++) {
    size_t entry = vonk_protobuf_begin(out, THROWABLE_PARAMETERS);
    vonk_protobuf_put_bytes(out, 1, error->parameters[i].name);
    vonk_protobuf_put_bytes(out, 2, error->parameters[i].value);
    vonk_protobuf_end(out, entry);
  }
  if (error->origin.text.data || error->origin.fragment.size) put_context(arena, out, error);
  const char *state = vonk_condition_sqlstate(error->condition);
  if (*state) vonk_protobuf_put_bytes(out, THROWABLE_STATE, vonk_str_of(state));
  vonk_protobuf_end(out, throwable);
}

static void put_error(struct vonk_arena *arena, struct vonk_text *out, const struct connect_kept_error *kept) {
  const struct vonk_error *error = &kept->error;
  const char *name;
  size_t message = vonk_protobuf_begin(out, ANSWER_ERRORS);
  for (uint32_t i = 0; (name = connect_exception_ancestor(kept->class_name, i)); i++) vonk_protobuf_put_bytes(out, ERROR_CLASSES, vonk_str_of(name));
  vonk_protobuf_put_bytes(out, ERROR_MESSAGE, connect_exception_message(arena, error));
  if (!connect_exception_is_plain(error)) put_condition(arena, out, error);
  vonk_protobuf_end(out, message);
}

/* An error is told once. */
STATUS connect_rpc_fetch_error_details(struct connect_rpc *rpc) {
  struct vonk_text answer;
  struct vonk_str id = vonk_protobuf_text(&rpc->message, REQUEST_ERROR_ID);
  TRY(connect_rpc_session(rpc, REQUEST_SERVER_ID, false));
  connect_rpc_begin_answer(rpc, &answer, ANSWER_SESSION_ID, ANSWER_SERVER_ID);
  struct connect_session *session = rpc->session;
  vonk_mutex_lock(&session->lock);
  for (uint32_t i = 0; i < CONNECT_ERRORS_KEPT; i++) {
    struct connect_kept_error *kept = &session->errors[i];
    if (!kept->set || !vonk_str_equal(vonk_str_of(kept->id), id)) continue;
    vonk_protobuf_put_i64(&answer, ANSWER_ROOT, 0);
    put_error(rpc->task.arena, &answer, kept);
    kept->set = false;
    break;
  }
  vonk_mutex_unlock(&session->lock);
  TRY(connect_rpc_check(rpc));
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}
