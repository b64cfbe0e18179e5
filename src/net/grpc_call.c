/* grpc_call.c: one call: what comes from its stream, and what its service asks of it. */
#include "base/clock.h"
#include "net/grpc_internal.h"

enum {
  COPY_BYTES = 32 << 10,     /* messages up to this size are copied, so that the service need not wait for the client */
  COPY_PART_BYTES = 1 << 10, /* and so are small parts of larger ones */
};

static struct vonk_http2_field content_type(void) {
  return (struct vonk_http2_field){STR("content-type"), STR("application/grpc")};
}

/* --- the end --- */

/* The stream is of no use any more. Whoever waits is woken. */
static void call_go(struct vonk_grpc_call *call) {
  if (atomic_exchange(&call->gone, true)) return;
  if (call->on_gone) call->on_gone(call->gone_object);
  call->on_gone = NULL;
  vonk_condition_variable_broadcast(&call->changed);
}

static void respond(struct vonk_grpc_call *call, enum vonk_grpc_code code, struct vonk_str message, struct vonk_str details) {
  struct vonk_http2_field fields[3 + VONK_GRPC_TRAILERS_MAX];
  uint32_t head = call->has_responded ? 0 : 2;
  fields[0] = (struct vonk_http2_field){STR(":status"), STR("200")};
  fields[1] = content_type();
  if (code == VONK_GRPC_UNIMPLEMENTED && head) {
    fields[head++] = (struct vonk_http2_field){STR("grpc-accept-encoding"), STR("identity,gzip,deflate")};
  }
  uint32_t room = vonk_http2_peer_header_bytes(call->stream->connection);
  for (uint32_t i = 0; i < head; i++) {
    uint32_t size = (uint32_t)(fields[i].name.size + fields[i].value.size + 32);
    room = room > size ? room - size : 0;
  }
  uint32_t count = vonk_grpc_trailers(call->stream->arena, code, message, details, room, fields + head);
  if (head) vonk_http2_respond(call->stream, fields, head + count, true);
  else vonk_http2_end(call->stream, fields, count);
  call->is_finished = true;
}

/* Answered by us instead of the service; one that is served already learns that nobody waits. */
static void refuse(struct vonk_grpc_call *call, struct vonk_grpc_refusal refusal) {
  if (refusal.code == VONK_GRPC_RESOURCE_EXHAUSTED) COUNT(call->server, calls_refused);
  else COUNT(call->server, calls_malformed);
  respond(call, refusal.code, vonk_str_of(refusal.message), (struct vonk_str){0});
  call_go(call);
}

static void refuse_http(struct vonk_grpc_call *call, struct vonk_grpc_refusal refusal) {
  struct vonk_http2_field field = {STR(":status"), vonk_str_format(call->stream->arena, "%u", refusal.http_status)};
  COUNT(call->server, calls_malformed);
  vonk_http2_respond(call->stream, &field, 1, true);
  call->is_finished = true;
  call_go(call);
}

static void drop_buffers(struct vonk_grpc_call *call) {
  vonk_grpc_reader_deinit(&call->reader);
  vonk_buffer_release(call->message);
  vonk_buffer_release(call->next_message.bytes);
  vonk_buffer_release(call->backlog);
  call->message = call->next_message.bytes = call->backlog = NULL;
}

static void deinit(void *object) {
  struct vonk_grpc_call *call = object;
  drop_buffers(call);
  vonk_condition_variable_deinit(&call->changed);
}

/* --- the stream's events --- */

static bool is_authentic(struct vonk_grpc_call *call) {
  struct vonk_str token = call->server->options.token, given = vonk_grpc_metadata(&call->request, STR("authorization"));
  if (token.size == 0) return true;
  if (!vonk_str_starts_with_nocase(given, STR("bearer "))) return false;
  return vonk_tls_secret_equal(vonk_str_slice(given, STR("bearer ").size, given.size), token);
}

static void link_call(struct grpc_connection *connection, struct vonk_grpc_call *call) {
  call->next = connection->calls;
  if (call->next) call->next->previous = call;
  connection->calls = call;
}

static void unlink_call(struct grpc_connection *connection, struct vonk_grpc_call *call) {
  if (call->next) call->next->previous = call->previous;
  if (call->previous) call->previous->next = call->next;
  else connection->calls = call->next;
}

static void dispatch(struct vonk_grpc_call *call) {
  if (call->is_dispatched || atomic_load(&call->gone)) return;
  call->is_dispatched = true;
  call->message_due_ns = 0;
  vonk_http2_retain(call->stream);
  atomic_fetch_add(&call->connection->references, 1);
  if (grpc_server_dispatch(call->server, call)) return;
  call->is_served = true;
  refuse(call, (struct vonk_grpc_refusal){200, VONK_GRPC_RESOURCE_EXHAUSTED, "the server has as many calls as it takes"});
  grpc_connection_release(call->connection);
  vonk_http2_release(call->stream);
}

void grpc_call_open(struct grpc_connection *connection, struct vonk_http2_stream *stream, bool ended) {
  struct vonk_grpc_server *server = connection->server;
  struct vonk_grpc_call *call = ARENA_NEW(stream->arena, struct vonk_grpc_call);
  uint64_t now = vonk_clock_monotonic_ns();
  call->server = server;
  call->connection = connection;
  call->stream = stream;
  stream->object = call;
  vonk_condition_variable_init(&call->changed);
  vonk_arena_on_reset(stream->arena, deinit, call);
  link_call(connection, call);
  struct vonk_grpc_refusal refusal = vonk_grpc_request_read(stream->arena, stream->fields, stream->field_count, &call->request);
  if (refusal.http_status != 200) {
    refuse_http(call, refusal);
    return;
  }
  if (!is_authentic(call)) {
    COUNT(server, calls_unauthenticated);
    respond(call, VONK_GRPC_UNAUTHENTICATED, STR("the bearer token is missing or wrong"), (struct vonk_str){0});
    call_go(call);
    return;
  }
  if (refusal.code != VONK_GRPC_OK) {
    refuse(call, refusal);
    return;
  }
  call->reader = vonk_grpc_reader_of(server->options.budget, server->options.limits.message_bytes, call->request.encoding);
  call->message_due_ns = now + server->options.limits.message_ns;
  grpc_connection_wake_at(connection, call->message_due_ns);
  if (call->request.timeout_ns) {
    call->deadline_ns = now + call->request.timeout_ns;
    grpc_connection_wake_at(connection, call->deadline_ns);
  }
  call->is_ended = ended;
  if (ended) dispatch(call);
}

/* Feeds the reader until a message is complete; returns how many bytes it took. */
static size_t feed(struct vonk_grpc_call *call, const uint8_t *bytes, size_t size) {
  size_t taken = 0;
  while (!call->next_message.bytes && taken < size) {
    size_t used;
    struct vonk_grpc_refusal refusal = vonk_grpc_reader_add(&call->reader, bytes + taken, size - taken, &used, &call->next_message);
    taken += used;
    if (refusal.code == VONK_GRPC_OK) continue;
    refuse(call, refusal);
    return size;
  }
  return taken;
}

/* Room for SIZE more bytes behind those that wait. */
static enum vonk_status backlog_reserve(struct vonk_grpc_call *call, size_t size) {
  struct vonk_buffer *backlog = call->backlog;
  if (!backlog) return vonk_buffer_create(call->server->options.budget, size, &call->backlog);
  if (backlog->capacity - backlog->size >= size) return VONK_OK;
  backlog->size -= call->backlog_used;
  memmove(backlog->data, backlog->data + call->backlog_used, backlog->size);
  call->backlog_used = 0;
  if (backlog->capacity - backlog->size >= size) return VONK_OK;
  return vonk_buffer_grow(&call->backlog, 2 * (backlog->size + size));
}

static void backlog_add(struct vonk_grpc_call *call, const uint8_t *bytes, size_t size) {
  static const struct vonk_grpc_refusal no_memory = {200, VONK_GRPC_RESOURCE_EXHAUSTED, "there is no memory for the request"};
  if (backlog_reserve(call, size) != VONK_OK) {
    refuse(call, no_memory);
    return;
  }
  memcpy(call->backlog->data + call->backlog->size, bytes, size);
  call->backlog->size += size;
}

void grpc_call_data(struct vonk_grpc_call *call, const uint8_t *bytes, size_t size) {
  if (atomic_load(&call->gone) || call->is_finished) {
    vonk_http2_consume(call->stream, size);
    return;
  }
  size_t taken = call->next_message.bytes ? 0 : feed(call, bytes, size);
  vonk_http2_consume(call->stream, taken);
  if (taken < size) backlog_add(call, bytes + taken, size - taken);
  if (!call->next_message.bytes) return;
  dispatch(call);
  vonk_condition_variable_broadcast(&call->changed);
}

void grpc_call_end(struct vonk_grpc_call *call) {
  call->is_ended = true;
  if (atomic_load(&call->gone)) return;
  dispatch(call);
  vonk_condition_variable_broadcast(&call->changed);
}

void grpc_call_closed(struct vonk_grpc_call *call, uint32_t error_code) {
  unlink_call(call->connection, call);
  if (error_code != VONK_HTTP2_NO_ERROR && !call->is_finished) COUNT(call->server, calls_gone);
  if (!call->is_dispatched || call->is_served) drop_buffers(call);
  call_go(call);
}

/* What a writing service waits for. */
static bool may_write_more(const struct vonk_grpc_call *call) {
  if (call->stream->borrowed_bytes) return false;
  return atomic_load(&call->gone) || call->stream->queued_bytes <= call->server->options.limits.queued_bytes;
}

void grpc_call_sent(struct vonk_grpc_call *call) {
  if (!call->write_due_ns) return;
  if (may_write_more(call)) vonk_condition_variable_signal(&call->changed);
  else call->write_due_ns = vonk_clock_monotonic_ns() + call->server->options.limits.write_ns;
}

static uint64_t earliest(uint64_t a, uint64_t b) { return b && b < a ? b : a; }

uint64_t grpc_call_check_time(struct vonk_grpc_call *call, uint64_t now_ns) {
  /* Of one that is gone, whose end may still wait for the client to take it, only writing can be late. */
  uint64_t due = earliest(UINT64_MAX, call->write_due_ns);
  if (!atomic_load(&call->gone)) due = earliest(earliest(due, call->deadline_ns), call->message_due_ns);
  if (due > now_ns) return due;
  COUNT(call->server, calls_late);
  bool is_deadline = due == call->deadline_ns;
  if (is_deadline && !call->is_finished && call->stream->queued_bytes == 0) {
    respond(call, VONK_GRPC_DEADLINE_EXCEEDED, STR("the deadline of the call has passed"), (struct vonk_str){0});
  } else {
    call->is_finished = true;
    vonk_http2_reset(call->stream, due == call->write_due_ns ? VONK_HTTP2_REFUSED_STREAM : VONK_HTTP2_CANCEL);
    vonk_condition_variable_broadcast(&call->changed);
  }
  call_go(call);
  return UINT64_MAX;
}

/* --- the service's side --- */

void grpc_call_serve(struct vonk_grpc_call *call) {
  struct grpc_connection *connection = call->connection;
  const struct vonk_grpc_service *service = &call->server->options.service;
  service->serve(service->object, call);
  vonk_grpc_call_on_gone(call, NULL, NULL);
  vonk_grpc_call_finish(call, VONK_GRPC_INTERNAL, STR("the service gave no answer"), (struct vonk_str){0});
  vonk_mutex_lock(&connection->lock);
  call->is_served = true;
  drop_buffers(call);
  vonk_http2_release(call->stream);
  vonk_mutex_unlock(&connection->lock);
  grpc_connection_release(connection);
}

struct vonk_grpc_server *vonk_grpc_call_server(const struct vonk_grpc_call *call) { return call->server; }
const struct vonk_grpc_request *vonk_grpc_call_request(const struct vonk_grpc_call *call) { return &call->request; }
struct vonk_str vonk_grpc_call_path(const struct vonk_grpc_call *call) { return call->request.path; }
struct vonk_str vonk_grpc_call_metadata(const struct vonk_grpc_call *call, struct vonk_str name) {
  return vonk_grpc_metadata(&call->request, name);
}
uint64_t vonk_grpc_call_deadline_ns(const struct vonk_grpc_call *call) { return call->deadline_ns; }
bool vonk_grpc_call_gone(struct vonk_grpc_call *call) { return atomic_load_explicit(&call->gone, memory_order_relaxed); }

void vonk_grpc_call_on_gone(struct vonk_grpc_call *call, void (*gone)(void *object), void *object) {
  vonk_mutex_lock(&call->connection->lock);
  bool is_gone = atomic_load(&call->gone);
  call->on_gone = is_gone ? NULL : gone;
  call->gone_object = object;
  vonk_mutex_unlock(&call->connection->lock);
  if (is_gone && gone) gone(object);
}

/* What came behind the message before: up to the end of the next one. */
static void backlog_feed(struct vonk_grpc_call *call) {
  struct vonk_buffer *backlog = call->backlog;
  if (!backlog) return;
  size_t taken = feed(call, backlog->data + call->backlog_used, backlog->size - call->backlog_used);
  vonk_http2_consume(call->stream, taken);
  call->backlog_used += taken;
  if (call->backlog_used < backlog->size) return;
  vonk_buffer_release(backlog);
  call->backlog = NULL;
  call->backlog_used = 0;
}

/* Waits for the next message and takes it, packed as it may be. The lock is held. */
static bool message_take(struct vonk_grpc_call *call, struct vonk_grpc_message *out) {
  static const struct vonk_grpc_refusal cut = {200, VONK_GRPC_INTERNAL, "the request ends within a message"};
  while (!call->next_message.bytes && !call->is_ended && !atomic_load(&call->gone)) {
    if (!call->message_due_ns) call->message_due_ns = vonk_clock_monotonic_ns() + call->server->options.limits.message_ns;
    vonk_condition_variable_wait(&call->changed, &call->connection->lock);
  }
  call->message_due_ns = 0;
  if (atomic_load(&call->gone)) return false;
  *out = call->next_message;
  call->next_message.bytes = NULL;
  if (out->bytes) backlog_feed(call);
  else if (vonk_grpc_reader_is_partial(&call->reader)) refuse(call, cut);
  grpc_connection_send(call->connection);
  return out->bytes != NULL;
}

bool vonk_grpc_call_read(struct vonk_grpc_call *call, struct vonk_str *message) {
  struct vonk_grpc_message next;
  vonk_buffer_release(call->message);
  call->message = NULL;
  vonk_mutex_lock(&call->connection->lock);
  bool has_message = message_take(call, &next);
  vonk_mutex_unlock(&call->connection->lock);
  if (!has_message) return false;
  struct vonk_grpc_refusal refusal = vonk_grpc_message_unpack(&next, call->server->options.limits.message_bytes);
  if (refusal.code == VONK_GRPC_OK) {
    call->message = next.bytes;
    *message = vonk_str_make((const char *)next.bytes->data, next.bytes->size);
    return true;
  }
  vonk_mutex_lock(&call->connection->lock);
  if (!atomic_load(&call->gone)) refuse(call, refusal);
  grpc_connection_send(call->connection);
  vonk_mutex_unlock(&call->connection->lock);
  return false;
}

/* Queues the message; small things by copy unless the budget refuses. */
static void message_queue(struct vonk_grpc_call *call, struct vonk_str prefix, const struct vonk_str *parts, uint32_t count, size_t size) {
  bool copies_all = size <= COPY_BYTES;
  if (vonk_http2_write_copy(call->stream, prefix) != VONK_OK) vonk_http2_write(call->stream, prefix);
  for (uint32_t i = 0; i < count; i++) {
    bool copied = (copies_all || parts[i].size <= COPY_PART_BYTES) && vonk_http2_write_copy(call->stream, parts[i]) == VONK_OK;
    if (!copied) vonk_http2_write(call->stream, parts[i]);
  }
}

bool vonk_grpc_call_write(struct vonk_grpc_call *call, const struct vonk_str *parts, uint32_t count) {
  struct grpc_connection *connection = call->connection;
  char prefix[VONK_GRPC_PREFIX_BYTES];
  size_t size = 0;
  for (uint32_t i = 0; i < count; i++) size += parts[i].size;
  ASSERT(size <= UINT32_MAX);
  vonk_grpc_prefix((uint32_t)size, prefix);
  vonk_mutex_lock(&connection->lock);
  if (!atomic_load(&call->gone)) {
    ASSERT(!call->is_finished);
    const struct vonk_http2_field head[] = {{STR(":status"), STR("200")}, content_type()};
    if (!call->has_responded) vonk_http2_respond(call->stream, head, 2, false);
    call->has_responded = true;
    message_queue(call, vonk_str_make(prefix, sizeof prefix), parts, count, size);
    grpc_connection_send(connection);
  }
  if (!may_write_more(call)) call->write_due_ns = vonk_clock_monotonic_ns() + call->server->options.limits.write_ns;
  while (!may_write_more(call)) vonk_condition_variable_wait(&call->changed, &connection->lock);
  call->write_due_ns = 0;
  bool is_sent = !atomic_load(&call->gone);
  vonk_mutex_unlock(&connection->lock);
  return is_sent;
}

void vonk_grpc_call_finish(struct vonk_grpc_call *call, enum vonk_grpc_code code, struct vonk_str message, struct vonk_str details) {
  struct grpc_connection *connection = call->connection;
  vonk_mutex_lock(&connection->lock);
  call->on_gone = NULL;
  if (!call->is_finished && !atomic_load(&call->gone)) {
    respond(call, code, message, details);
    grpc_connection_send(connection);
  }
  vonk_mutex_unlock(&connection->lock);
}
