/* run_stream.c: commands about streaming queries: start one, ask one, ask for them all, listen to them. */
#include "base/uuid.h"
#include "server/connect/decode.h"
#include "server/connect/run.h"
#include "session/statement.h"
#include "session/stream.h"
#include "wire/protobuf.h"

/* ExecutePlanResponse */
enum { RESPONSE_STARTED = 8, RESPONSE_QUERY = 9, RESPONSE_MANAGER = 11, RESPONSE_EVENTS = 16 };
/* StreamingQueryInstanceId, StreamingQueryManagerCommandResult.StreamingQueryInstance */
enum { ID = 1, RUN_ID = 2, INSTANCE_ID = 1, INSTANCE_NAME = 2 };

struct asked {
  struct connect_operation *operation;
  struct vonk_task *task;
  struct vonk_arena *arena;
  struct vonk_stream_manager *manager;
  struct vonk_stream_query *query;     /* held; of a command about one */
  struct vonk_protobuf message;
  struct vonk_text *answer;            /* inside the message of the answer */
};

static void put_id(struct vonk_text *out, uint32_t number, const struct vonk_stream_query *query) {
  size_t id = vonk_protobuf_begin(out, number);
  vonk_protobuf_put_bytes(out, ID, vonk_stream_query_id(query));
  vonk_protobuf_put_bytes(out, RUN_ID, vonk_stream_query_run_id(query));
  vonk_protobuf_end(out, id);
}

/* --- start --- */

static STATUS start(struct asked *asked, struct vonk_statement *statement, const struct vonk_connect_plan *plan) {
  enum { QUERY = 1, NAME = 2, STARTED_EVENT = 3 };
  struct vonk_stream_query *query;
  TRY(vonk_stream_start(statement, COMMAND_AS(plan->node, write_stream), &query));
  put_id(asked->answer, QUERY, query);
  struct vonk_str name = vonk_stream_query_name(query);
  if (name.data) vonk_protobuf_put_bytes(asked->answer, NAME, name);
  if (vonk_stream_manager_is_heard(asked->manager)) vonk_protobuf_put_bytes(asked->answer, STARTED_EVENT, vonk_stream_query_started_json(asked->arena, query));
  vonk_stream_query_release(query);
  return VONK_OK;
}

/* --- one query --- */

static STATUS put_status(struct asked *asked) {
  struct vonk_stream_status status;
  vonk_stream_query_status(asked->query, asked->arena, &status);
  size_t message = vonk_protobuf_begin(asked->answer, 2);
  vonk_protobuf_put_bytes(asked->answer, 1, status.message);
  vonk_protobuf_put_bool(asked->answer, 2, status.is_data_available);
  vonk_protobuf_put_bool(asked->answer, 3, status.is_trigger_active);
  vonk_protobuf_put_bool(asked->answer, 4, status.is_active);
  vonk_protobuf_end(asked->answer, message);
  return VONK_OK;
}

static STATUS put_progress(struct asked *asked, bool last) {
  struct vonk_name progress = vonk_stream_query_progress(asked->query, asked->arena, last);
  size_t message = vonk_protobuf_begin(asked->answer, 3);
  for (uint32_t i = 0; i < progress.count; i++) vonk_protobuf_put_bytes(asked->answer, 5, progress.parts[i]);
  vonk_protobuf_end(asked->answer, message);
  return VONK_OK;
}
static STATUS put_last_progress(struct asked *asked) { return put_progress(asked, true); }
static STATUS put_recent_progress(struct asked *asked) { return put_progress(asked, false); }

static STATUS stop(struct asked *asked) { return vonk_stream_query_stop(asked->task, asked->query); }
static STATUS process_all(struct asked *asked) { return vonk_stream_query_process_all(asked->task, asked->query); }

static STATUS explain(struct asked *asked) {
  struct vonk_protobuf question = vonk_protobuf_message(&asked->message, 7);
  struct vonk_str text;
  TRY(vonk_stream_query_explain(asked->task, asked->query, vonk_protobuf_bool(&question, 1), &text));
  size_t message = vonk_protobuf_begin(asked->answer, 4);
  vonk_protobuf_put_bytes(asked->answer, 1, text);
  vonk_protobuf_end(asked->answer, message);
  return VONK_OK;
}

static STATUS put_exception(struct asked *asked) {
  struct vonk_str message, details;
  size_t answer = vonk_protobuf_begin(asked->answer, 5);
  if (vonk_stream_query_failure(asked->query, asked->arena, &message, &details)) {
    vonk_protobuf_put_bytes(asked->answer, 1, vonk_str_format(asked->arena, "org.apache.spark.sql.streaming.StreamingQueryException: " STR_FMT, STR_ARG(details)));
    vonk_protobuf_put_bytes(asked->answer, 2, STR("STREAM_FAILED"));
  }
  vonk_protobuf_end(asked->answer, answer);
  return VONK_OK;
}

static void put_ended(struct asked *asked, uint32_t number, bool ended) {
  size_t message = vonk_protobuf_begin(asked->answer, number);
  vonk_protobuf_put_bool(asked->answer, 1, ended);
  vonk_protobuf_end(asked->answer, message);
}

/* -1: however long. */
static int64_t timeout_of(const struct vonk_protobuf *question, uint32_t number) {
  return vonk_protobuf_has(question, number) ? vonk_protobuf_i64(question, number) : -1;
}

static STATUS await(struct asked *asked) {
  struct vonk_protobuf question = vonk_protobuf_message(&asked->message, 9);
  bool ended;
  TRY(vonk_stream_query_await(asked->task, asked->query, timeout_of(&question, 2), &ended));
  put_ended(asked, 6, ended);
  return VONK_OK;
}

/* --- all queries --- */

static void put_instance(struct asked *asked, uint32_t number, const struct vonk_stream_query *query) {
  size_t message = vonk_protobuf_begin(asked->answer, number);
  put_id(asked->answer, INSTANCE_ID, query);
  if (vonk_stream_query_name(query).data) vonk_protobuf_put_bytes(asked->answer, INSTANCE_NAME, vonk_stream_query_name(query));
  vonk_protobuf_end(asked->answer, message);
}

static STATUS put_active(struct asked *asked) {
  struct vonk_stream_queries queries;
  vonk_stream_manager_active(asked->manager, asked->arena, &queries);
  size_t message = vonk_protobuf_begin(asked->answer, 1);
  for (size_t i = 0; i < queries.count; i++) put_instance(asked, 1, queries.items[i]);
  vonk_protobuf_end(asked->answer, message);
  return VONK_OK;
}

static STATUS get_query(struct asked *asked) {
  struct vonk_str id = vonk_protobuf_text(&asked->message, 2);
  if (!vonk_uuid_valid(id)) return vonk_raisef(asked->task, VONK__ILLEGAL_ARGUMENT, NULL, "message", "Invalid UUID string: " STR_FMT, STR_ARG(id));
  struct vonk_stream_query *query = vonk_stream_manager_find(asked->manager, id, (struct vonk_str){0});
  if (query) put_instance(asked, 2, query);
  vonk_stream_query_release(query);
  return VONK_OK;
}

static STATUS await_any(struct asked *asked) {
  struct vonk_protobuf question = vonk_protobuf_message(&asked->message, 3);
  bool ended;
  TRY(vonk_stream_manager_await_any(asked->task, asked->manager, timeout_of(&question, 1), &ended));
  put_ended(asked, 3, ended);
  return VONK_OK;
}

static STATUS reset_terminated(struct asked *asked) {
  vonk_stream_manager_reset_terminated(asked->manager);
  vonk_protobuf_put_bool(asked->answer, 4, true);
  return VONK_OK;
}

/* Listeners that run in the server are Scala's. */
static STATUS refuse_listener(struct asked *asked) { return vonk_unsupported(asked->task, NULL, "listeners that run in the server"); }

/* --- questions --- */

struct question {
  uint32_t number;
  STATUS (*answer)(struct asked *asked);
};
static const struct question of_query[] = {{2, put_status}, {3, put_last_progress}, {4, put_recent_progress}, {5, stop}, {6, process_all},
                                           {7, explain},    {8, put_exception},     {9, await}};
static const struct question of_manager[] = {{1, put_active},      {2, get_query},       {3, await_any},      {4, reset_terminated},
                                             {5, refuse_listener}, {6, refuse_listener}, {7, refuse_listener}};

static STATUS answer_one_of(struct asked *asked, const struct question *questions, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (vonk_protobuf_has(&asked->message, questions[i].number)) return questions[i].answer(asked);
  }
  return vonk_raise(asked->task, VONK_CONNECT_INVALID_PLAN__ASSERTION_FAILURE, NULL, "message", STR("a command about streams that says nothing"), NULL);
}

static STATUS ask_query(struct asked *asked) {
  struct vonk_protobuf which = vonk_protobuf_message(&asked->message, 1);
  struct vonk_str id = vonk_protobuf_text(&which, ID), run_id = vonk_protobuf_text(&which, RUN_ID);
  asked->query = vonk_stream_manager_find(asked->manager, id, run_id.data ? run_id : STR(""));
  if (!asked->query) {
    return vonk_raise(asked->task, VONK_CONNECT_INVALID_PLAN__STREAMING_QUERY_NOT_FOUND, NULL, "id", id, NULL);
  }
  put_id(asked->answer, 1, asked->query);
  enum vonk_status status = answer_one_of(asked, of_query, COUNT_OF(of_query));
  vonk_stream_query_release(asked->query);
  return status;
}

/* --- listening --- */

static STATUS put_event(struct asked *asked, const struct vonk_stream_event *event) {
  struct vonk_text text;
  vonk_text_init(&text, asked->task->arena);
  size_t outer = vonk_protobuf_begin(&text, RESPONSE_EVENTS);
  if (event) {
    size_t inner = vonk_protobuf_begin(&text, 1);
    vonk_protobuf_put_bytes(&text, 1, event->json);
    vonk_protobuf_put_i64(&text, 2, event->kind);
    vonk_protobuf_end(&text, inner);
  } else {
    vonk_protobuf_put_bool(&text, 2, true); /* the listener is there */
  }
  vonk_protobuf_end(&text, outer);
  return connect_operation_put(asked->operation, vonk_text_str(&text));
}

/* Until the listener is removed: the operation's answers are the events. */
static STATUS listen(struct asked *asked) {
  bool more = true;
  if (!vonk_stream_manager_listen(asked->manager)) {
    return vonk_raise(asked->task, VONK__ILLEGAL_ARGUMENT, NULL, "message", STR("This session has a listener already."), NULL);
  }
  TRY(put_event(asked, NULL));
  while (more) {
    struct vonk_task task = *asked->task;
    struct vonk_stream_event event;
    task.arena = vonk_arena_create(asked->task->budget);
    enum vonk_status status = vonk_stream_manager_next_event(&task, asked->manager, &more, &event);
    if (status == VONK_OK && more) status = put_event(asked, &event);
    vonk_arena_destroy(task.arena);
    TRY(status);
  }
  return VONK_OK;
}

static STATUS ask_listener(struct asked *asked) {
  enum { ADD = 1 };
  if (vonk_protobuf_bool(&asked->message, ADD)) return listen(asked);
  vonk_stream_manager_deafen(asked->manager);
  return VONK_OK;
}

/* --- all --- */

STATUS connect_run_stream(struct connect_operation *operation, struct vonk_statement *statement, const struct vonk_connect_plan *plan) {
  struct vonk_text answer;
  bool malformed = false;
  struct asked asked = {.operation = operation, .task = &statement->task, .arena = statement->arena, .manager = statement->session->streams, .answer = &answer};
  asked.message = vonk_protobuf_open(plan->message, &malformed);
  if (plan->command == VONK_CONNECT_STREAM_LISTENER) return ask_listener(&asked);
  bool starts = plan->command == VONK_CONNECT_WRITE_STREAM, one = plan->command == VONK_CONNECT_STREAM_QUERY;
  vonk_text_init(&answer, statement->arena);
  size_t begun = vonk_protobuf_begin(&answer, starts ? RESPONSE_STARTED : one ? RESPONSE_QUERY : RESPONSE_MANAGER);
  if (starts) TRY(start(&asked, statement, plan));
  else if (one) TRY(ask_query(&asked));
  else TRY(answer_one_of(&asked, of_manager, COUNT_OF(of_manager)));
  vonk_protobuf_end(&answer, begun);
  return connect_operation_put(operation, vonk_text_str(&answer));
}
