/* httpd.c: connections on the loop's thread, calls on the pool's.
 *
 * A connection has one request at a time: while that is served or answered no other is read. All of a connection belongs to the loop's
 * thread; a call belongs to the pool's until it comes back by a job of the loop. A client may go in between: the call then goes on without.
 */
#include "net/httpd.h"

#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/thread.h"
#include "net/acceptor.h"
#include "net/pool.h"
#include "wire/http1.h"

enum { NEXT_PORTS = 100, INPUT_BYTES = 16 << 10, READS_PER_TURN = 16, LINGER_SECONDS = 5 };
#define NS_PER_SECOND UINT64_C(1000000000)

struct vonk_httpd {
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_httpd_options options;
  struct vonk_acceptor acceptor;
  struct vonk_loop *loop;
  struct vonk_pool *pool;
  struct connection *connections;      /* of the loop's thread */
  bool listens, is_ending;             /* of the loop's thread; the latter: connections close when they have answered */
  struct vonk_mutex lock;              /* of the count */
  struct vonk_condition_variable changed;
  uint32_t connection_count;
};

struct connection {
  struct vonk_loop_watch watch;        /* first */
  struct vonk_loop_timer timer;
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_httpd *server;
  struct connection *next, *previous;
  struct vonk_socket socket;
  struct vonk_buffer *input;           /* what was read; */
  size_t input_used;                   /* so much of it is done with */
  struct vonk_http1 *reader;           /* of the next request; NULL: nothing has come */
  struct vonk_httpd_call *call;        /* served or answered; NULL: a request is waited for */
  struct iovec out[2];                 /* what is left of the answer */
  bool is_secure;                      /* TLS is set up */
  bool is_sending;
  bool is_closing;                     /* nothing more is understood: what comes is thrown away, so that the client can read the answer */
};

struct vonk_httpd_call {
  struct vonk_pool_job job;            /* first */
  struct vonk_loop_job end_job;
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_httpd *server;
  struct connection *connection;       /* of the loop's thread; NULL: the client is gone */
  struct vonk_http1 *reader;           /* what the request's strings lie in; NULL: a refusal */
  struct vonk_httpd_request request;
  struct vonk_text fields;             /* of the answer: "Name: value\r\n" each */
  struct vonk_str answer;
  int status;                          /* 0: not answered */
  struct vonk_mutex lock;              /* of what follows */
  bool is_gone;
  void (*on_gone)(void *object);
  void *gone_object;
};

struct vonk_httpd_limits vonk_httpd_limits_default(void) {
  return (struct vonk_httpd_limits){.head_bytes = 32 << 10, .body_bytes = 16 << 20, .call_count = 256, .connection_count = 1024, .idle_seconds = 60};
}

/* --- calls --- */

static struct vonk_httpd_call *call_create(struct connection *connection, struct vonk_http1 *reader) {
  struct vonk_arena *arena = vonk_arena_create(connection->server->options.budget);
  struct vonk_httpd_call *call = ARENA_NEW(arena, struct vonk_httpd_call);
  *call = (struct vonk_httpd_call){.arena = arena, .server = connection->server, .connection = connection, .reader = reader};
  vonk_text_init(&call->fields, arena);
  vonk_mutex_init(&call->lock);
  if (!reader) return call;
  const struct vonk_http1_request *request = vonk_http1_request(reader);
  struct vonk_str target = request->target;
  size_t mark = vonk_str_find(target, STR("?"), 0);
  call->request = (struct vonk_httpd_request){.method = request->method, .path = mark == SIZE_MAX ? target : vonk_str_slice(target, 0, mark),
                                              .query = mark == SIZE_MAX ? STR("") : vonk_str_slice(target, mark + 1, target.size), .body = request->body};
  return call;
}

static void call_destroy(struct vonk_httpd_call *call) {
  vonk_http1_destroy(call->reader);
  vonk_mutex_deinit(&call->lock);
  vonk_arena_destroy(call->arena);
}

static void tell_gone(struct vonk_httpd_call *call) {
  vonk_mutex_lock(&call->lock);
  if (!call->is_gone && call->on_gone) call->on_gone(call->gone_object);
  call->is_gone = true;
  vonk_mutex_unlock(&call->lock);
}

const struct vonk_httpd_request *vonk_httpd_call_request(const struct vonk_httpd_call *call) { return &call->request; }
struct vonk_arena *vonk_httpd_call_arena(struct vonk_httpd_call *call) { return call->arena; }

struct vonk_str vonk_httpd_call_header(const struct vonk_httpd_call *call, const char *name) {
  return call->reader ? vonk_http1_field(vonk_http1_request(call->reader), vonk_str_of(name)) : STR("");
}

void vonk_httpd_call_add_header(struct vonk_httpd_call *call, const char *name, const char *value) {
  vonk_text_addf(&call->fields, "%s: %s\r\n", name, value);
}

void vonk_httpd_call_answer(struct vonk_httpd_call *call, int status, const char *content_type, struct vonk_str body) {
  ASSERT(!call->status);
  call->status = status;
  call->answer = body;
  vonk_httpd_call_add_header(call, "Content-Type", content_type);
  vonk_httpd_call_add_header(call, "Cache-Control", "no-store");
  vonk_httpd_call_add_header(call, "X-Content-Type-Options", "nosniff");
}

void vonk_httpd_call_on_gone(struct vonk_httpd_call *call, void (*gone)(void *object), void *object) {
  vonk_mutex_lock(&call->lock);
  call->on_gone = gone;
  call->gone_object = object;
  if (gone && call->is_gone) gone(object);
  vonk_mutex_unlock(&call->lock);
}

/* --- connections: all on the loop's thread --- */

static void connection_close(struct connection *connection) {
  struct vonk_httpd *server = connection->server;
  struct vonk_httpd_call *call = connection->call;
  vonk_loop_remove(server->loop, &connection->watch);
  vonk_loop_disarm(server->loop, &connection->timer);
  if (connection->next) connection->next->previous = connection->previous;
  *(connection->previous ? &connection->previous->next : &server->connections) = connection->next;
  if (call && connection->is_sending) call_destroy(call);
  else if (call) {
    call->connection = NULL;
    tell_gone(call);
  }
  vonk_http1_destroy(connection->reader);
  explicit_bzero(connection->input->data, connection->input->capacity);
  vonk_buffer_release(connection->input);
  vonk_socket_close(&connection->socket);
  vonk_arena_destroy(connection->arena);
  vonk_mutex_lock(&server->lock);
  server->connection_count--;
  vonk_condition_variable_broadcast(&server->changed);
  vonk_mutex_unlock(&server->lock);
}

/* The client has so long for its next step. */
static void allow(struct connection *connection, uint64_t seconds) {
  vonk_loop_arm(connection->server->loop, &connection->timer, vonk_clock_monotonic_ns() + seconds * NS_PER_SECOND);
}

static void allow_idle(struct connection *connection) { allow(connection, connection->server->options.limits.idle_seconds); }

/* DONE: nothing is left to send. */
static enum vonk_net_state flush(struct connection *connection) {
  while (connection->is_sending) {
    uint32_t first = connection->out[0].iov_len ? 0 : 1;
    size_t size = 0;
    enum vonk_net_state state = VONK_NET_DONE;
    if (connection->out[first].iov_len) state = vonk_socket_write(&connection->socket, connection->out + first, 2 - first, &size);
    if (state != VONK_NET_DONE) return state;
    if (size) allow_idle(connection);
    for (uint32_t i = first; i < 2; i++) {
      size_t part = size < connection->out[i].iov_len ? size : connection->out[i].iov_len;
      connection->out[i] = (struct iovec){(char *)connection->out[i].iov_base + part, connection->out[i].iov_len - part};
      size -= part;
    }
    if (connection->out[0].iov_len || connection->out[1].iov_len) continue;
    connection->is_sending = false;
    call_destroy(connection->call);
    connection->call = NULL;
    if (connection->server->is_ending) return VONK_NET_GONE;
    if (!connection->is_closing) break;
    shutdown(connection->socket.descriptor, SHUT_WR);
    allow(connection, LINGER_SECONDS);
  }
  return VONK_NET_DONE;
}

static struct vonk_str date_field(struct vonk_arena *arena) {
  char text[64];
  struct tm tm;
  time_t now = (time_t)(vonk_clock_wall_micros() / 1000000);
  gmtime_r(&now, &tm);
  size_t size = strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
  return vonk_str_copy(arena, vonk_str_make(text, size));
}

/* The call has been answered: its connection sends that. */
static enum vonk_net_state send_answer(struct vonk_httpd_call *call) {
  struct connection *connection = call->connection;
  struct vonk_text head;
  bool keeps_alive = call->reader && vonk_http1_request(call->reader)->keeps_alive && !connection->server->is_ending;
  vonk_text_init(&head, call->arena);
  vonk_text_addf(&head, "HTTP/1.1 %d %s\r\n", call->status, vonk_http1_status_words(call->status));
  vonk_text_add(&head, date_field(call->arena));
  vonk_text_add(&head, vonk_text_str(&call->fields));
  if (!keeps_alive) vonk_text_add(&head, STR("Connection: close\r\n"));
  vonk_text_addf(&head, "Content-Length: %zu\r\n\r\n", call->answer.size);
  bool wants_head_only = vonk_str_equal(call->request.method, STR("HEAD"));
  connection->out[0] = (struct iovec){head.data, head.size};
  connection->out[1] = (struct iovec){(void *)(uintptr_t)call->answer.data, wants_head_only ? 0 : call->answer.size};
  connection->is_sending = true;
  connection->is_closing |= !keeps_alive;
  allow_idle(connection);
  return flush(connection);
}

/* Instead of the service. CALL may have a request or not. */
static enum vonk_net_state refuse(struct vonk_httpd_call *call, int status, const char *sentence) {
  const struct vonk_httpd_service *service = &call->server->options.service;
  call->connection->call = call;
  if (status == 503) vonk_httpd_call_add_header(call, "Retry-After", "1");
  service->refuse(service->object, call, status, sentence);
  return send_answer(call);
}

/* --- serving --- */

static bool turn(struct connection *connection);

static void end_call(struct vonk_loop_job *job) {
  struct vonk_httpd_call *call = (struct vonk_httpd_call *)((char *)job - offsetof(struct vonk_httpd_call, end_job));
  struct connection *connection = call->connection;
  if (!connection) return call_destroy(call);
  if (send_answer(call) == VONK_NET_GONE) return connection_close(connection);
  while (turn(connection)) continue; /* what came meanwhile announces itself no more */
}

static void serve(struct vonk_pool_job *job) {
  struct vonk_httpd_call *call = (struct vonk_httpd_call *)job;
  const struct vonk_httpd_service *service = &call->server->options.service;
  service->serve(service->object, call);
  vonk_httpd_call_on_gone(call, NULL, NULL);
  if (!call->status) service->refuse(service->object, call, 500, "The service gave no answer.");
  call->end_job.run = end_call;
  vonk_loop_post(call->server->loop, &call->end_job);
}

static enum vonk_net_state start_call(struct connection *connection) {
  struct vonk_httpd_call *call = call_create(connection, connection->reader);
  connection->reader = NULL;
  connection->call = call;
  call->job.run = serve;
  vonk_loop_disarm(connection->server->loop, &connection->timer);
  if (vonk_pool_submit(connection->server->pool, &call->job)) return VONK_NET_DONE;
  return refuse(call, 503, "The server has as many requests as it takes.");
}

static enum vonk_net_state send_continue(struct connection *connection) {
  static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
  struct iovec vector = {text, sizeof text - 1};
  size_t size = 0;
  enum vonk_net_state state = vonk_socket_write(&connection->socket, &vector, 1, &size);
  return state == VONK_NET_DONE && size < vector.iov_len ? VONK_NET_GONE : VONK_NET_DONE;
}

/* --- reading --- */

/* Gives what was read to the reader. */
static enum vonk_net_state take_input(struct connection *connection) {
  struct vonk_httpd *server = connection->server;
  size_t used = 0;
  const char *sentence;
  if (!connection->reader) {
    const struct vonk_http1_limits limits = {.head_bytes = server->options.limits.head_bytes, .body_bytes = server->options.limits.body_bytes};
    connection->reader = vonk_http1_create(server->options.budget, &limits);
    allow_idle(connection);
  }
  enum vonk_http1_state state = vonk_http1_receive(connection->reader, connection->input->data + connection->input_used, connection->input->size - connection->input_used, &used);
  connection->input_used += used;
  if (vonk_http1_has_head(connection->reader)) allow_idle(connection); /* before it ends the first time is all there is */
  switch (state) {
    case VONK_HTTP1_MORE: return VONK_NET_DONE;
    case VONK_HTTP1_CONTINUE: return send_continue(connection);
    case VONK_HTTP1_WHOLE: return start_call(connection);
    case VONK_HTTP1_WRONG: break;
  }
  connection->is_closing = true;
  int status = vonk_http1_fault(connection->reader, &sentence);
  return refuse(call_create(connection, NULL), status, sentence);
}

/* BLOCKED: the client, or the call, is waited for. */
static enum vonk_net_state receive(struct connection *connection) {
  struct vonk_buffer *input = connection->input;
  for (int i = 0; i < READS_PER_TURN; i++) {
    if (connection->is_closing) connection->input_used = input->size;
    if (connection->input_used == input->size) {
      size_t size = input->capacity;
      explicit_bzero(input->data, input->size);
      connection->input_used = input->size = 0;
      enum vonk_net_state state = vonk_socket_read(&connection->socket, input->data, &size);
      if (state != VONK_NET_DONE) return state;
      input->size = size;
    }
    if (connection->is_closing) continue;
    if (connection->call) return VONK_NET_BLOCKED;
    if (take_input(connection) == VONK_NET_GONE) return VONK_NET_GONE;
  }
  return VONK_NET_DONE;
}

/* True: there is more to do. Closes the connection when it has come to its end. */
static bool turn(struct connection *connection) {
  enum vonk_net_state state = VONK_NET_DONE;
  if (!connection->is_secure) {
    state = vonk_socket_handshake(&connection->socket);
    connection->is_secure = state == VONK_NET_DONE;
  }
  if (connection->is_secure) state = flush(connection);
  if (connection->is_secure && state != VONK_NET_GONE) state = receive(connection);
  if (state == VONK_NET_GONE) connection_close(connection);
  return state == VONK_NET_DONE;
}

static bool on_ready(struct vonk_loop_watch *watch) { return turn((struct connection *)watch); }

/* A request that has begun is told that it took too long. */
static void on_time(struct vonk_loop_timer *timer) {
  struct connection *connection = (struct connection *)((char *)timer - offsetof(struct connection, timer));
  bool has_begun = !connection->call && !connection->is_closing && connection->reader && !vonk_http1_is_empty(connection->reader);
  if (!has_begun) return connection_close(connection);
  connection->is_closing = true;
  if (refuse(call_create(connection, NULL), 408, "The request took too long to come.") == VONK_NET_GONE) connection_close(connection);
}

/* False: as many as the server takes. */
static bool count_connection(struct vonk_httpd *server) {
  vonk_mutex_lock(&server->lock);
  bool taken = server->connection_count < server->options.limits.connection_count;
  server->connection_count += taken;
  vonk_mutex_unlock(&server->lock);
  return taken;
}

static void take_socket(void *object, struct vonk_socket socket) {
  struct vonk_httpd *server = object;
  struct vonk_buffer *input = NULL;
  if (vonk_buffer_create(server->options.budget, INPUT_BYTES, &input) != VONK_OK || !count_connection(server)) {
    vonk_buffer_release(input);
    return vonk_socket_close(&socket);
  }
  struct vonk_arena *arena = vonk_arena_create(server->options.budget);
  struct connection *connection = ARENA_NEW(arena, struct connection);
  *connection = (struct connection){.watch = {.descriptor = socket.descriptor, .ready = on_ready}, .timer.fire = on_time, .arena = arena, .server = server,
                                    .socket = socket, .input = input, .is_secure = !socket.tls, .next = server->connections};
  if (connection->next) connection->next->previous = connection;
  server->connections = connection;
  allow_idle(connection);
  if (!vonk_loop_add(server->loop, &connection->watch)) connection_close(connection);
}

/* --- the server --- */

static void start_listening(void *object) {
  struct vonk_httpd *server = object;
  server->listens = vonk_acceptor_start(&server->acceptor);
}

/* Connections without a request go; the others when they have answered. */
static void drain(void *object) {
  struct vonk_httpd *server = object;
  vonk_acceptor_stop(&server->acceptor);
  server->is_ending = true;
  for (struct connection *connection = server->connections, *next; connection; connection = next) {
    next = connection->next;
    if (!connection->call) connection_close(connection);
  }
}

static void cut(void *object) {
  struct vonk_httpd *server = object;
  while (server->connections) connection_close(server->connections);
}

static STATUS listen_at(struct vonk_task *task, const struct vonk_httpd_options *options, struct vonk_listener *out) {
  uint16_t last = options->next_ports && options->port && options->port < UINT16_MAX - NEXT_PORTS ? options->port + NEXT_PORTS : options->port;
  for (uint16_t port = options->port; port < last; port++) {
    if (vonk_listen(task, options->host, port, out) == VONK_OK) return VONK_OK;
    vonk_error_clear(task->error);
  }
  return vonk_listen(task, options->host, last, out);
}

static enum vonk_status start(struct vonk_task *task, struct vonk_httpd *server) {
  const struct vonk_httpd_options *options = &server->options;
  struct vonk_acceptor *acceptor = &server->acceptor;
  if (options->certificate_file.size || options->key_file.size) {
    TRY(vonk_tls_context_create(task, options->certificate_file, options->key_file, VONK_TLS_HTTP1, &acceptor->tls));
  }
  TRY(listen_at(task, options, &acceptor->listener));
  TRY(vonk_loop_create(task, "vonk-http", &server->loop));
  *acceptor = (struct vonk_acceptor){.loop = server->loop, .listener = acceptor->listener, .tls = acceptor->tls, .accepted = take_socket, .object = server};
  vonk_loop_run(server->loop, start_listening, server);
  if (server->listens) return VONK_OK;
  return vonk_raisef(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", "Port %u cannot be watched.", acceptor->listener.port);
}

STATUS vonk_httpd_create(struct vonk_task *task, const struct vonk_httpd_options *options, struct vonk_httpd **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_httpd *server = ARENA_NEW(arena, struct vonk_httpd);
  server->arena = arena;
  server->options = *options;
  server->pool = vonk_pool_create("vonk-http-call", options->limits.call_count);
  vonk_mutex_init(&server->lock);
  vonk_condition_variable_init(&server->changed);
  enum vonk_status status = start(task, server);
  if (status == VONK_OK) *out = server;
  else vonk_httpd_close(server, 0);
  return status;
}

uint16_t vonk_httpd_port(const struct vonk_httpd *server) { return server->acceptor.listener.port; }

static void end_connections(struct vonk_httpd *server, uint64_t deadline_ns) {
  bool in_time = true;
  vonk_loop_run(server->loop, drain, server);
  vonk_mutex_lock(&server->lock);
  while (server->connection_count && in_time) in_time = vonk_condition_variable_wait_until(&server->changed, &server->lock, deadline_ns);
  vonk_mutex_unlock(&server->lock);
  vonk_loop_run(server->loop, cut, server);
}

void vonk_httpd_close(struct vonk_httpd *server, uint64_t deadline_ns) {
  if (!server) return;
  if (server->loop) end_connections(server, deadline_ns);
  vonk_pool_destroy(server->pool);
  vonk_loop_destroy(server->loop); /* after the calls that came back to it */
  vonk_listener_close(&server->acceptor.listener);
  vonk_tls_context_destroy(server->acceptor.tls);
  vonk_condition_variable_deinit(&server->changed);
  vonk_mutex_deinit(&server->lock);
  vonk_arena_destroy(server->arena);
}
