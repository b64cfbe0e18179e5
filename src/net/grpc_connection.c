/* grpc_connection.c: a client's connection: reading on the loop's thread, writing from any, closing on the loop's. */
#include "base/array.h"
#include "base/clock.h"
#include "net/grpc_internal.h"

enum {
  VECTORS = 64,
  READS_PER_TURN = 16,    /* of INPUT_BYTES; then other connections have their turn */
  TICK_NS_LOG2 = 32,      /* about 4 s: how often an open connection looks at the time */
};

static const uint64_t tick_ns = (uint64_t)1 << TICK_NS_LOG2;

static struct grpc_connection *connection_of(struct vonk_http2_stream *stream) {
  return ((struct vonk_grpc_call *)stream->object)->connection;
}

/* --- events --- */

static void on_request(void *object, struct vonk_http2_stream *stream, bool ended) { grpc_call_open(object, stream, ended); }

static void on_data(void *object, struct vonk_http2_stream *stream, const uint8_t *bytes, size_t size) {
  (void)object;
  grpc_call_data(stream->object, bytes, size);
}

static void on_end(void *object, struct vonk_http2_stream *stream) {
  (void)object;
  grpc_call_end(stream->object);
}

static void on_sent(void *object, struct vonk_http2_stream *stream) {
  (void)object;
  grpc_call_sent(stream->object);
}

static void on_closed(void *object, struct vonk_http2_stream *stream, uint32_t error_code) {
  (void)object;
  connection_of(stream)->active_ns = vonk_clock_monotonic_ns();
  grpc_call_closed(stream->object, error_code);
}

static void on_refused(void *object, enum vonk_http2_error error) {
  struct grpc_connection *connection = object;
  if (error == VONK_HTTP2_REFUSED_STREAM) COUNT(connection->server, streams_refused);
  else COUNT(connection->server, fields_refused);
}

static const struct vonk_http2_events events = {
    .request = on_request, .data = on_data, .end = on_end, .sent = on_sent, .closed = on_closed, .refused = on_refused};

/* --- writing --- */

void grpc_connection_send(struct grpc_connection *connection) {
  struct iovec vectors[VECTORS];
  while (connection->http2) {
    size_t size = 0;
    uint32_t count = vonk_http2_output(connection->http2, vectors, VECTORS);
    if (count == 0) {
      if (vonk_http2_is_done(connection->http2)) vonk_socket_shutdown(&connection->socket);
      return;
    }
    enum vonk_net_state state = vonk_socket_write(&connection->socket, vectors, count, &size);
    if (state == VONK_NET_GONE) vonk_socket_shutdown(&connection->socket);
    if (state != VONK_NET_DONE) return;
    vonk_http2_sent(connection->http2, size);
  }
}

/* --- closing --- */

void grpc_connection_release(struct grpc_connection *connection) {
  if (atomic_fetch_sub(&connection->references, 1) != 1) return;
  struct vonk_grpc_server *server = connection->server;
  vonk_mutex_deinit(&connection->lock);
  vonk_arena_destroy(connection->arena);
  grpc_server_forget(server);
}

static void count_fault(struct grpc_connection *connection) {
  struct vonk_grpc_server *server = connection->server;
  switch (vonk_http2_fault(connection->http2)) {
  case VONK_HTTP2_FAULT_NONE: break;
  case VONK_HTTP2_FAULT_PROTOCOL: COUNT(server, faults_protocol); break;
  case VONK_HTTP2_FAULT_RESETS: COUNT(server, faults_resets); break;
  case VONK_HTTP2_FAULT_CONTROLS: COUNT(server, faults_controls); break;
  case VONK_HTTP2_FAULT_HEADERS: COUNT(server, faults_fields); break;
  }
}

void grpc_connection_close(struct grpc_connection *connection) {
  struct vonk_grpc_server *server = connection->server;
  vonk_loop_remove(server->loop, &connection->watch);
  vonk_loop_disarm(server->loop, &connection->timer);
  if (connection->next) connection->next->previous = connection->previous;
  if (connection->previous) connection->previous->next = connection->next;
  else server->connections = connection->next;
  vonk_mutex_lock(&connection->lock);
  count_fault(connection);
  if (!vonk_http2_is_open(connection->http2)) COUNT(server, handshakes_failed);
  struct vonk_http2 *http2 = connection->http2;
  connection->http2 = NULL;
  vonk_http2_destroy(http2);
  vonk_socket_close(&connection->socket);
  vonk_mutex_unlock(&connection->lock);
  grpc_connection_release(connection);
}

void grpc_connection_drain(struct grpc_connection *connection) {
  vonk_mutex_lock(&connection->lock);
  vonk_http2_shutdown(connection->http2);
  grpc_connection_send(connection);
  vonk_mutex_unlock(&connection->lock);
}

/* --- time --- */

void grpc_connection_wake_at(struct grpc_connection *connection, uint64_t due_ns) {
  if (due_ns >= connection->timer.due_ns) return;
  vonk_loop_arm(connection->server->loop, &connection->timer, due_ns);
}

static uint64_t check_calls(struct grpc_connection *connection, uint64_t now_ns) {
  uint64_t due = UINT64_MAX;
  for (struct vonk_grpc_call *call = connection->calls, *next; call; call = next) {
    next = call->next;
    uint64_t call_due = grpc_call_check_time(call, now_ns);
    if (call_due < due) due = call_due;
  }
  return due;
}

static void on_time(struct vonk_loop_timer *timer) {
  struct grpc_connection *connection = (struct grpc_connection *)((char *)timer - offsetof(struct grpc_connection, timer));
  const struct vonk_grpc_limits *limits = &connection->server->options.limits;
  uint64_t now = vonk_clock_monotonic_ns();
  vonk_mutex_lock(&connection->lock);
  uint64_t due = check_calls(connection, now);
  bool is_late = !vonk_http2_is_open(connection->http2) && now - connection->opened_ns >= limits->handshake_ns;
  bool is_idle = vonk_http2_stream_count(connection->http2) == 0 && now - connection->active_ns >= limits->idle_ns;
  if (is_idle) {
    COUNT(connection->server, connections_idle);
    connection->active_ns = now; /* counted once */
    vonk_http2_shutdown(connection->http2);
  }
  grpc_connection_send(connection);
  vonk_loop_arm(connection->server->loop, timer, due < now + tick_ns ? due : now + tick_ns);
  vonk_mutex_unlock(&connection->lock);
  if (is_late) grpc_connection_close(connection);
}

/* --- reading --- */

static enum vonk_net_state receive(struct grpc_connection *connection) {
  struct vonk_buffer *input = connection->server->input;
  for (int i = 0; i < READS_PER_TURN; i++) {
    size_t size = input->capacity;
    enum vonk_net_state state = vonk_socket_read(&connection->socket, input->data, &size);
    if (state != VONK_NET_DONE) return state;
    bool goes_on = vonk_http2_receive(connection->http2, input->data, size, vonk_clock_monotonic_ns());
    grpc_connection_send(connection);
    if (!goes_on) return VONK_NET_GONE;
  }
  return VONK_NET_DONE;
}

static bool on_ready(struct vonk_loop_watch *watch) {
  struct grpc_connection *connection = (struct grpc_connection *)watch;
  vonk_mutex_lock(&connection->lock);
  enum vonk_net_state state = VONK_NET_DONE;
  if (!connection->is_secure) {
    state = vonk_socket_handshake(&connection->socket);
    connection->is_secure = state == VONK_NET_DONE;
  }
  if (state == VONK_NET_DONE) {
    grpc_connection_send(connection); /* it may have been writing that has become possible */
    state = receive(connection);
  }
  vonk_mutex_unlock(&connection->lock);
  if (state == VONK_NET_GONE) grpc_connection_close(connection);
  return state == VONK_NET_DONE;
}

/* --- opening --- */

void grpc_connection_open(struct vonk_grpc_server *server, struct vonk_socket socket) {
  struct vonk_arena *arena = vonk_arena_create(server->options.budget);
  struct grpc_connection *connection = ARENA_NEW(arena, struct grpc_connection);
  connection->arena = arena;
  connection->server = server;
  connection->socket = socket;
  connection->watch = (struct vonk_loop_watch){.descriptor = socket.descriptor, .ready = on_ready};
  connection->timer.fire = on_time;
  connection->is_secure = !socket.tls;
  connection->opened_ns = connection->active_ns = vonk_clock_monotonic_ns();
  atomic_init(&connection->references, 1);
  vonk_mutex_init(&connection->lock);
  connection->http2 = vonk_http2_create(server->options.budget, &server->options.limits.http2, &events, connection);
  connection->next = server->connections;
  if (connection->next) connection->next->previous = connection;
  server->connections = connection;
  uint64_t handshake_ns = server->options.limits.handshake_ns;
  vonk_loop_arm(server->loop, &connection->timer, connection->opened_ns + (handshake_ns < tick_ns ? handshake_ns : tick_ns));
  if (!vonk_loop_add(server->loop, &connection->watch)) grpc_connection_close(connection);
}
