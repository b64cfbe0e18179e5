/* operation.c: see operation.h. */
#include "server/connect/operation.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "session/session.h"
#include "wire/protobuf.h"

enum {
  UNSENT_BYTES_MAX = 16 << 20, /* the thread waits beyond */
  SENT_BYTES_KEPT = 10 << 20,  /* of a reattachable operation, for a client that lost its connection */
};
/* ExecutePlanResponse */
enum { RESPONSE_SESSION_ID = 1, RESPONSE_OPERATION_ID = 12, RESPONSE_ID = 13, RESPONSE_SERVER_ID = 15 };

/* --- responses --- */

struct connect_rows *connect_rows_create(struct vonk_ipc_piece *piece) {
  struct connect_rows *rows = ARENA_NEW(piece->arena, struct connect_rows);
  atomic_init(&rows->references, 1);
  rows->piece = piece;
  return rows;
}

void connect_rows_release(struct connect_rows *rows) {
  if (rows && atomic_fetch_sub(&rows->references, 1) == 1) vonk_ipc_piece_destroy(rows->piece);
}

void connect_response_release(struct connect_response *response) {
  if (!response || atomic_fetch_sub(&response->references, 1) != 1) return;
  connect_rows_release(response->rows);
  vonk_arena_destroy(response->arena);
}

/* Ids tell a response's number, so that clients may go on behind one that is no longer kept: a UUID of the operation whose last
 * twelve digits are the number. */
enum { ID_PREFIX = 24, ID_SIZE = 36 };

static struct vonk_str response_id(struct vonk_arena *arena, const struct connect_operation *operation, uint64_t number) {
  return vonk_str_format(arena, "%.*s%012llx", ID_PREFIX, operation->id_prefix.data, (unsigned long long)number);
}

/* 0 when ID is none of the operation's. The lock is held. */
static uint64_t number_of(const struct connect_operation *operation, struct vonk_str id) {
  char digits[ID_SIZE - ID_PREFIX + 1] = {0};
  if (!vonk_uuid_valid(id) || memcmp(id.data, operation->id_prefix.data, ID_PREFIX) != 0) return 0;
  memcpy(digits, id.data + ID_PREFIX, ID_SIZE - ID_PREFIX);
  uint64_t number = strtoull(digits, NULL, 16);
  return number <= operation->made ? number : 0;
}

void connect_operation_begin_response(struct vonk_text *out, struct vonk_arena *arena, const struct connect_operation *operation) {
  vonk_text_init(out, arena);
  vonk_protobuf_put_bytes(out, RESPONSE_SESSION_ID, operation->session->id);
  vonk_protobuf_put_bytes(out, RESPONSE_SERVER_ID, operation->session->server_id);
  vonk_protobuf_put_bytes(out, RESPONSE_OPERATION_ID, operation->id);
}

void connect_operation_put_id(struct vonk_text *out, const struct connect_operation *operation, uint64_t number) {
  vonk_protobuf_put_bytes(out, RESPONSE_ID, response_id(out->arena, operation, number));
}

/* Behind the response's own part: the bytes of ROWS from START up to STOP. */
static void add_rows(struct connect_response *response, struct connect_rows *rows, uint64_t start, uint64_t stop) {
  const struct vonk_ipc_piece *piece = rows->piece;
  uint64_t at = 0;
  for (uint32_t i = 0; i < piece->part_count && at < stop; at += piece->parts[i++].size) {
    uint64_t end = at + piece->parts[i].size;
    if (end <= start) continue;
    response->parts[response->part_count++] =
        vonk_str_slice(piece->parts[i], start > at ? (size_t)(start - at) : 0, end > stop ? (size_t)(stop - at) : piece->parts[i].size);
  }
  atomic_fetch_add(&rows->references, 1);
  response->rows = rows;
  response->byte_size += stop - start;
}

/* For the operation's thread, which alone makes them. */
static struct connect_response *make_response(const struct connect_operation *operation, struct vonk_str body, uint32_t more_parts) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct connect_response *response = ARENA_NEW(arena, struct connect_response);
  struct vonk_text text;
  connect_operation_begin_response(&text, arena, operation);
  connect_operation_put_id(&text, operation, operation->made + 1);
  vonk_text_add(&text, body); /* last: rows go on where it ends */
  response->arena = arena;
  response->number = operation->made + 1;
  response->parts = ARENA_ARRAY(arena, struct vonk_str, more_parts + 1);
  response->parts[response->part_count++] = vonk_text_str(&text);
  response->byte_size = text.size;
  atomic_init(&response->references, 1);
  return response;
}

/* Drops the oldest response kept. The lock is held. */
static void drop_first(struct connect_operation *operation) {
  struct connect_response *first = operation->first;
  operation->first = first->next;
  operation->dropped = first->number;
  if (!operation->first) operation->last = NULL;
  if (first->number <= operation->sent) operation->sent_bytes -= first->byte_size;
  else operation->unsent_bytes -= first->byte_size;
  connect_response_release(first);
}

/* Takes RESPONSE. */
static void keep_response(struct connect_operation *operation, struct connect_response *response) {
  vonk_mutex_lock(&operation->lock);
  while (operation->unsent_bytes > UNSENT_BYTES_MAX && !operation->abandoned && !atomic_load(&operation->cancel.requested)) {
    vonk_condition_variable_wait(&operation->changed, &operation->lock);
  }
  operation->made = response->number;
  operation->unsent_bytes += response->byte_size;
  if (operation->last) operation->last->next = response;
  else operation->first = response;
  operation->last = response;
  vonk_condition_variable_broadcast(&operation->changed);
  vonk_mutex_unlock(&operation->lock);
}

STATUS connect_operation_put(struct connect_operation *operation, struct vonk_str body) {
  keep_response(operation, make_response(operation, body, 0));
  return VONK_OK;
}

void connect_operation_put_rows(struct connect_operation *operation, struct vonk_str body, struct connect_rows *rows, uint64_t start, uint64_t stop) {
  struct connect_response *response = make_response(operation, body, rows->piece->part_count);
  add_rows(response, rows, start, stop);
  keep_response(operation, response);
}

/* --- the thread --- */

void connect_operation_note_progress(void *object, const struct vonk_progress *progress) {
  struct connect_operation *operation = object;
  vonk_mutex_lock(&operation->lock);
  operation->progress = *progress;
  vonk_mutex_unlock(&operation->lock);
}

struct start {
  struct connect_operation *operation;
  STATUS (*run)(struct connect_operation *operation);
};

static void run_thread(void *object) {
  struct start *start = object;
  struct connect_operation *operation = start->operation;
  enum vonk_status status = start->run(operation);
  vonk_mutex_lock(&operation->lock);
  operation->state = status == VONK_OK ? CONNECT_SUCCEEDED : status == VONK_CANCELLED ? CONNECT_CANCELLED : CONNECT_FAILED;
  operation->ended = true;
  vonk_condition_variable_broadcast(&operation->changed);
  vonk_mutex_unlock(&operation->lock);
  struct connect_sessions *table = operation->session->table;
  connect_operation_release(operation);
  connect_sessions_leave(table);
}

static void destroy(struct connect_operation *operation) {
  while (operation->first) drop_first(operation);
  if (operation->thread) vonk_thread_detach(operation->thread);
  vonk_error_deinit(&operation->error);
  vonk_condition_variable_deinit(&operation->changed);
  vonk_mutex_deinit(&operation->lock);
  vonk_buffer_release(operation->plan);
  connect_session_release(operation->session);
  vonk_arena_destroy(operation->arena);
}

void connect_operation_release(struct connect_operation *operation) {
  if (operation && atomic_fetch_sub(&operation->references, 1) == 1) destroy(operation);
}

/* The lock is held. */
static struct connect_operation *lookup(struct connect_session *session, struct vonk_str id) {
  for (size_t i = 0; i < session->operations.count; i++) {
    if (vonk_str_equal(session->operations.items[i]->id, id)) return session->operations.items[i];
  }
  return NULL;
}

/* Takes PLAN. */
static struct connect_operation *create(struct connect_session *session, const struct connect_operation_request *request, struct vonk_buffer *plan) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct connect_operation *operation = ARENA_NEW(arena, struct connect_operation);
  operation->arena = arena;
  operation->plan = plan;
  operation->session = session;
  atomic_fetch_add(&session->references, 1);
  operation->id = request->id.size ? vonk_str_copy(arena, request->id) : vonk_uuid_random(arena);
  operation->tags = ARENA_ARRAY(arena, struct vonk_str, request->tag_count);
  for (uint32_t i = 0; i < request->tag_count; i++) operation->tags[i] = vonk_str_copy(arena, request->tags[i]);
  operation->tag_count = request->tag_count;
  operation->reattachable = request->reattachable;
  operation->may_chunk = request->may_chunk;
  operation->chunk_bytes = request->chunk_bytes;
  operation->id_prefix = vonk_uuid_random(arena);
  operation->state = CONNECT_RUNNING;
  vonk_mutex_init(&operation->lock);
  vonk_condition_variable_init(&operation->changed);
  vonk_error_init(&operation->error);
  return operation;
}

STATUS connect_operation_start(struct vonk_task *task, struct connect_session *session, const struct connect_operation_request *request,
                               STATUS (*run)(struct connect_operation *operation), struct connect_operation **out) {
  if (request->id.size && !vonk_uuid_valid(request->id)) return vonk_raise(task, VONK_INVALID_HANDLE__FORMAT, NULL, "handle", request->id, NULL);
  struct vonk_buffer *plan;
  TRY(vonk_buffer_create(session->session->budget, request->plan.size, &plan));
  if (request->plan.size) memcpy(plan->data, request->plan.data, request->plan.size);
  plan->size = request->plan.size;
  vonk_mutex_lock(&session->lock);
  if (atomic_load(&session->closed) || (request->id.size && lookup(session, request->id))) {
    vonk_mutex_unlock(&session->lock);
    vonk_buffer_release(plan);
    if (atomic_load(&session->closed)) return vonk_raise(task, VONK_INVALID_HANDLE__SESSION_CLOSED, NULL, "handle", session->id, NULL);
    return vonk_raise(task, VONK_INVALID_HANDLE__OPERATION_ALREADY_EXISTS, NULL, "handle", request->id, NULL);
  }
  struct connect_operation *operation = create(session, request, plan);
  struct start *start = ARENA_NEW(operation->arena, struct start);
  *start = (struct start){operation, run};
  atomic_init(&operation->references, 3); /* the session's, the thread's, the caller's */
  *ARRAY_PUSH(session->arena, &session->operations) = operation;
  vonk_mutex_unlock(&session->lock);
  bool taken = connect_sessions_enter(session->table);
  if (taken) operation->thread = vonk_thread_create("vonk-operation", run_thread, start);
  *out = operation;
  if (operation->thread) return VONK_OK;
  if (taken) connect_sessions_leave(session->table);
  atomic_fetch_sub(&operation->references, 1);
  connect_operation_abandon(operation);
  connect_operation_release(operation);
  return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", taken ? "The system has no thread left for this query." : "As many queries run as this server takes.");
}

STATUS connect_operation_find(struct vonk_task *task, struct connect_session *session, struct vonk_str id, struct connect_operation **out) {
  vonk_mutex_lock(&session->lock);
  *out = lookup(session, id);
  if (*out) atomic_fetch_add(&(*out)->references, 1);
  vonk_mutex_unlock(&session->lock);
  return *out ? VONK_OK : vonk_raise(task, VONK_INVALID_HANDLE__OPERATION_NOT_FOUND, NULL, "handle", id, NULL);
}

void connect_operation_cancel(struct connect_operation *operation) {
  atomic_store(&operation->cancel.requested, true);
  connect_operation_wake(operation);
}

void connect_operation_wake(struct connect_operation *operation) {
  vonk_mutex_lock(&operation->lock);
  vonk_condition_variable_broadcast(&operation->changed);
  vonk_mutex_unlock(&operation->lock);
}

bool connect_operation_is_abandoned(struct connect_operation *operation) {
  vonk_mutex_lock(&operation->lock);
  bool abandoned = operation->abandoned;
  vonk_mutex_unlock(&operation->lock);
  return abandoned;
}

void connect_operation_abandon(struct connect_operation *operation) {
  struct connect_session *session = operation->session;
  bool ours = false;
  vonk_mutex_lock(&operation->lock);
  bool ended = operation->ended;
  int32_t state = (int32_t)operation->state;
  operation->abandoned = true;
  vonk_condition_variable_broadcast(&operation->changed);
  vonk_mutex_unlock(&operation->lock);
  if (!ended) connect_operation_cancel(operation);
  vonk_mutex_lock(&session->lock);
  for (size_t i = 0; i < session->operations.count && !ours; i++) {
    if (session->operations.items[i] != operation) continue;
    session->operations.items[i] = session->operations.items[--session->operations.count];
    struct connect_ended *kept = &session->ended[session->ended_next++ % CONNECT_ENDED_KEPT];
    memcpy(kept->id, operation->id.data, operation->id.size < sizeof kept->id ? operation->id.size : sizeof kept->id);
    kept->state = ended ? state : CONNECT_CANCELLED;
    ours = true;
  }
  vonk_mutex_unlock(&session->lock);
  if (ours) connect_operation_release(operation);
}

/* --- readers --- */

STATUS connect_operation_attach(struct vonk_task *task, struct connect_operation *operation, struct vonk_str last_id, uint32_t *reader, uint64_t *number) {
  vonk_mutex_lock(&operation->lock);
  uint64_t last = last_id.size ? number_of(operation, last_id) : 0;
  bool known = last_id.size == 0 || last > 0 || vonk_str_equal(last_id, response_id(task->arena, operation, 0)), kept = last >= operation->dropped;
  *reader = ++operation->reader;
  *number = last + 1;
  operation->detached_ns = 0;
  vonk_condition_variable_broadcast(&operation->changed);
  vonk_mutex_unlock(&operation->lock);
  if (!known) return vonk_raise(task, VONK_INVALID_CURSOR__POSITION_NOT_FOUND, NULL, "responseId", last_id, NULL);
  if (kept) return VONK_OK;
  return vonk_raise(task, VONK_INVALID_CURSOR__POSITION_NOT_AVAILABLE, NULL, "index", vonk_str_format(task->arena, "%llu", (unsigned long long)*number),
                    "responseId", last_id, NULL);
}

void connect_operation_detach(struct connect_operation *operation, uint32_t reader) {
  vonk_mutex_lock(&operation->lock);
  if (operation->reader == reader) operation->detached_ns = vonk_clock_monotonic_ns();
  vonk_mutex_unlock(&operation->lock);
}

/* The lock is held. */
static struct connect_response *response_of(const struct connect_operation *operation, uint64_t number) {
  struct connect_response *response = operation->first;
  while (response && response->number < number) response = response->next;
  return response;
}

enum connect_next connect_operation_next(struct connect_operation *operation, uint32_t reader, uint64_t number, uint64_t deadline_ns,
                                         const atomic_bool *gone, struct connect_response **out) {
  enum connect_next next;
  vonk_mutex_lock(&operation->lock);
  for (;;) {
    *out = response_of(operation, number);
    if (operation->reader != reader || operation->abandoned || atomic_load(gone)) {
      next = CONNECT_NEXT_DETACHED;
      *out = NULL;
      break;
    }
    if (*out) {
      atomic_fetch_add(&(*out)->references, 1);
      next = CONNECT_NEXT_RESPONSE;
      break;
    }
    if (operation->ended) {
      next = CONNECT_NEXT_END;
      break;
    }
    if (!vonk_condition_variable_wait_until(&operation->changed, &operation->lock, deadline_ns)) {
      next = CONNECT_NEXT_TIMEOUT;
      break;
    }
  }
  vonk_mutex_unlock(&operation->lock);
  return next;
}

void connect_operation_sent(struct connect_operation *operation, struct connect_response *response) {
  vonk_mutex_lock(&operation->lock);
  if (response->number > operation->sent && !operation->abandoned) {
    operation->sent = response->number;
    operation->unsent_bytes -= response->byte_size;
    operation->sent_bytes += response->byte_size;
  }
  uint64_t kept = operation->reattachable ? SENT_BYTES_KEPT : 0;
  while (operation->first && operation->first->number <= operation->sent && operation->sent_bytes > kept &&
         (!operation->reattachable || operation->first->number < operation->sent)) {
    drop_first(operation);
  }
  vonk_condition_variable_broadcast(&operation->changed);
  vonk_mutex_unlock(&operation->lock);
}

void connect_operation_release_responses(struct connect_operation *operation, struct vonk_str id) {
  vonk_mutex_lock(&operation->lock);
  uint64_t until = number_of(operation, id);
  while (operation->first && operation->first->number <= until && operation->first->number <= operation->sent) drop_first(operation);
  vonk_condition_variable_broadcast(&operation->changed);
  vonk_mutex_unlock(&operation->lock);
}
