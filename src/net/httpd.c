/* httpd.c: evhttp on a thread of its own.
 *
 * evhttp's objects belong to that thread: what other threads want of it they leave in a list and wake it by an eventfd. A client may
 * go while its request is being served; evhttp then frees the request, and the call goes on without.
 */
#include "net/httpd.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/array.h"
#include "base/thread.h"
#include "net/pool.h"
#include "net/socket.h"

enum { NEXT_PORTS = 100 };

struct vonk_httpd {
  struct vonk_arena *arena;           /* holds this struct */
  struct vonk_httpd_options options;
  struct vonk_listener listener;
  struct vonk_pool *pool;
  struct vonk_thread *thread;
  struct event_base *base;
  struct evhttp *evhttp;
  struct event *wake_event;
  int wake;
  struct vonk_httpd_call *calls;       /* of evhttp's thread: given to the service, not yet answered */
  struct vonk_mutex lock;             /* of what follows */
  struct vonk_httpd_call *done_first;  /* served, to be sent */
  bool is_cutting, is_ending;         /* calls are to be told that they are gone; the thread is to end */
};

struct vonk_httpd_call {
  struct vonk_pool_job job;           /* first */
  struct vonk_arena *arena;           /* holds this struct */
  struct vonk_httpd *server;
  struct evhttp_request *evrequest;   /* of evhttp's thread; NULL: the client is gone */
  struct vonk_httpd_call *next, *previous; /* of server->calls */
  struct vonk_httpd_call *next_done;
  struct vonk_httpd_request request;
  struct evkeyvalq headers;           /* copied */
  struct evkeyvalq answer_headers;
  struct evbuffer *answer;
  int status;                         /* 0: not answered */
  struct vonk_mutex lock;             /* of what follows */
  bool is_gone;
  void (*on_gone)(void *object);
  void *gone_object;
};

struct vonk_httpd_limits vonk_httpd_limits_default(void) {
  return (struct vonk_httpd_limits){.header_bytes = 32 << 10, .body_bytes = 16 << 20, .call_count = 256, .idle_seconds = 60};
}

/* --- calls, on evhttp's thread --- */

static struct vonk_str copy(struct vonk_arena *arena, const char *text) { return text ? vonk_str_copy(arena, vonk_str_of(text)) : STR(""); }

static void copy_headers(const struct evkeyvalq *from, struct evkeyvalq *to) {
  const struct evkeyval *header;
  TAILQ_INIT(to);
  TAILQ_FOREACH(header, from, next) evhttp_add_header(to, header->key, header->value);
}

static void call_destroy(struct vonk_httpd_call *call) {
  explicit_bzero((char *)(uintptr_t)call->request.body.data, call->request.body.size);
  evhttp_clear_headers(&call->headers);
  evhttp_clear_headers(&call->answer_headers);
  evbuffer_free(call->answer);
  vonk_mutex_deinit(&call->lock);
  vonk_arena_destroy(call->arena);
}

static void tell_gone(struct vonk_httpd_call *call) {
  vonk_mutex_lock(&call->lock);
  if (!call->is_gone && call->on_gone) call->on_gone(call->gone_object);
  call->is_gone = true;
  vonk_mutex_unlock(&call->lock);
}

/* The connection is about to be freed, and its request with it. */
static void connection_closed(struct evhttp_connection *connection, void *object) {
  struct vonk_httpd *server = object;
  for (struct vonk_httpd_call *call = server->calls; call; call = call->next) {
    if (!call->evrequest || evhttp_request_get_connection(call->evrequest) != connection) continue;
    call->evrequest = NULL;
    tell_gone(call);
  }
}

static void unlink_call(struct vonk_httpd_call *call) {
  if (call->next) call->next->previous = call->previous;
  *(call->previous ? &call->previous->next : &call->server->calls) = call->next;
}

static void send_answer(struct vonk_httpd_call *call) {
  struct evhttp_request *request = call->evrequest;
  unlink_call(call);
  if (request) {
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    const struct evkeyval *header;
    TAILQ_FOREACH(header, &call->answer_headers, next) evhttp_add_header(headers, header->key, header->value);
    evhttp_send_reply(request, call->status, NULL, call->answer);
  }
  call_destroy(call);
}

/* --- calls, on a thread of the pool --- */

static void wake(struct vonk_httpd *server) {
  uint64_t one = 1;
  if (write(server->wake, &one, sizeof one) < 0) return; /* full: it is awake */
}

static void serve(struct vonk_pool_job *job) {
  struct vonk_httpd_call *call = (struct vonk_httpd_call *)job;
  struct vonk_httpd *server = call->server;
  server->options.service.serve(server->options.service.object, call);
  vonk_httpd_call_on_gone(call, NULL, NULL);
  if (!call->status) vonk_httpd_call_answer(call, 500, "text/plain", STR("The service gave no answer.\n"));
  vonk_mutex_lock(&server->lock);
  call->next_done = server->done_first;
  server->done_first = call;
  vonk_mutex_unlock(&server->lock);
  wake(server);
}

const struct vonk_httpd_request *vonk_httpd_call_request(const struct vonk_httpd_call *call) { return &call->request; }
struct vonk_arena *vonk_httpd_call_arena(struct vonk_httpd_call *call) { return call->arena; }

struct vonk_str vonk_httpd_call_header(const struct vonk_httpd_call *call, const char *name) {
  const char *value = evhttp_find_header(&call->headers, name);
  return value ? vonk_str_of(value) : STR("");
}

void vonk_httpd_call_add_header(struct vonk_httpd_call *call, const char *name, const char *value) { evhttp_add_header(&call->answer_headers, name, value); }

void vonk_httpd_call_answer(struct vonk_httpd_call *call, int status, const char *content_type, struct vonk_str body) {
  ASSERT(!call->status);
  call->status = status;
  vonk_httpd_call_add_header(call, "Content-Type", content_type);
  vonk_httpd_call_add_header(call, "Cache-Control", "no-store");
  vonk_httpd_call_add_header(call, "X-Content-Type-Options", "nosniff");
  evbuffer_add(call->answer, body.data, body.size);
}

void vonk_httpd_call_on_gone(struct vonk_httpd_call *call, void (*gone)(void *object), void *object) {
  vonk_mutex_lock(&call->lock);
  call->on_gone = gone;
  call->gone_object = object;
  if (gone && call->is_gone) gone(object);
  vonk_mutex_unlock(&call->lock);
}

/* --- requests --- */

/* A body may hold secrets: neither the copy nor what evhttp read stays in free memory. */
static struct vonk_str take_body(struct vonk_arena *arena, struct evbuffer *buffer) {
  size_t size = evbuffer_get_length(buffer);
  char *bytes = vonk_arena_alloc(arena, size + 1);
  evbuffer_copyout(buffer, bytes, size);
  struct evbuffer_iovec parts[8];
  for (int count; evbuffer_get_length(buffer) > 0;) {
    count = evbuffer_peek(buffer, -1, NULL, parts, COUNT_OF(parts));
    if (count > (int)COUNT_OF(parts)) count = COUNT_OF(parts);
    for (int i = 0; i < count; i++) {
      explicit_bzero(parts[i].iov_base, parts[i].iov_len);
      evbuffer_drain(buffer, parts[i].iov_len);
    }
  }
  return (struct vonk_str){bytes, size};
}

static const char *method_name(struct evhttp_request *request) {
  switch (evhttp_request_get_command(request)) {
    case EVHTTP_REQ_GET: return "GET";
    case EVHTTP_REQ_POST: return "POST";
    case EVHTTP_REQ_HEAD: return "HEAD";
    case EVHTTP_REQ_PUT: return "PUT";
    case EVHTTP_REQ_DELETE: return "DELETE";
    case EVHTTP_REQ_OPTIONS: return "OPTIONS";
    case EVHTTP_REQ_PATCH: return "PATCH";
    default: return "";
  }
}

static struct vonk_httpd_call *call_create(struct vonk_httpd *server, struct evhttp_request *request) {
  struct vonk_arena *arena = vonk_arena_create(server->options.budget);
  struct vonk_httpd_call *call = ARENA_NEW(arena, struct vonk_httpd_call);
  struct vonk_str target = copy(arena, evhttp_request_get_uri(request));
  size_t mark = vonk_str_find(target, STR("?"), 0);
  bool has_query = mark != SIZE_MAX;
  *call = (struct vonk_httpd_call){
      .job = {.run = serve}, .arena = arena, .server = server, .evrequest = request, .answer = evbuffer_new(),
      .request = {.method = vonk_str_of(method_name(request)), .path = has_query ? vonk_str_slice(target, 0, mark) : target,
                  .query = has_query ? vonk_str_slice(target, mark + 1, target.size) : STR(""), .body = take_body(arena, evhttp_request_get_input_buffer(request))}};
  copy_headers(evhttp_request_get_input_headers(request), &call->headers);
  TAILQ_INIT(&call->answer_headers);
  vonk_mutex_init(&call->lock);
  return call;
}

static void take_request(struct evhttp_request *request, void *object) {
  struct vonk_httpd *server = object;
  struct vonk_httpd_call *call = call_create(server, request);
  evhttp_connection_set_closecb(evhttp_request_get_connection(request), connection_closed, server);
  call->next = server->calls;
  if (call->next) call->next->previous = call;
  server->calls = call;
  if (vonk_pool_submit(server->pool, &call->job)) return;
  vonk_httpd_call_add_header(call, "Retry-After", "1");
  vonk_httpd_call_answer(call, 503, "text/plain", STR("The server has as many requests as it takes.\n"));
  send_answer(call);
}

/* --- the thread --- */

static void take_wishes(evutil_socket_t descriptor, short what, void *object) {
  struct vonk_httpd *server = object;
  uint64_t count;
  (void)what;
  if (read(descriptor, &count, sizeof count) < 0) return;
  vonk_mutex_lock(&server->lock);
  struct vonk_httpd_call *done = server->done_first;
  bool cut = server->is_cutting, end = server->is_ending;
  server->done_first = NULL;
  vonk_mutex_unlock(&server->lock);
  for (struct vonk_httpd_call *next; done; done = next) {
    next = done->next_done;
    send_answer(done);
  }
  for (struct vonk_httpd_call *call = cut ? server->calls : NULL; call; call = call->next) tell_gone(call);
  if (end) event_base_loopbreak(server->base);
}

static void run_events(void *object) {
  struct vonk_httpd *server = object;
  event_base_dispatch(server->base);
}

static bool add_events(struct vonk_httpd *server) {
  const struct vonk_httpd_limits *limits = &server->options.limits;
  server->base = event_base_new();
  server->evhttp = server->base ? evhttp_new(server->base) : NULL;
  server->wake_event = server->evhttp && server->wake >= 0 ? event_new(server->base, server->wake, EV_READ | EV_PERSIST, take_wishes, server) : NULL;
  if (!server->wake_event || event_add(server->wake_event, NULL) != 0) return false;
  evhttp_set_max_headers_size(server->evhttp, limits->header_bytes);
  evhttp_set_max_body_size(server->evhttp, (ev_ssize_t)limits->body_bytes);
  evhttp_set_timeout(server->evhttp, (int)limits->idle_seconds);
  evhttp_set_allowed_methods(server->evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
  evhttp_set_gencb(server->evhttp, take_request, server);
  for (uint32_t i = 0; i < server->listener.count; i++) {
    if (evhttp_accept_socket(server->evhttp, server->listener.descriptors[i]) != 0) return false;
    server->listener.descriptors[i] = -1; /* evhttp closes it */
  }
  return true;
}

static STATUS listen_at(struct vonk_task *task, const struct vonk_httpd_options *options, struct vonk_listener *out) {
  uint16_t last = options->next_ports && options->port && options->port < UINT16_MAX - NEXT_PORTS ? options->port + NEXT_PORTS : options->port;
  for (uint16_t port = options->port; port < last; port++) {
    if (vonk_listen(task, options->host, port, out) == VONK_OK) return VONK_OK;
    vonk_error_clear(task->error);
  }
  return vonk_listen(task, options->host, last, out);
}

STATUS vonk_httpd_create(struct vonk_task *task, const struct vonk_httpd_options *options, struct vonk_httpd **out) {
  struct vonk_listener listener;
  TRY(listen_at(task, options, &listener));
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_httpd *server = ARENA_NEW(arena, struct vonk_httpd);
  *server = (struct vonk_httpd){.arena = arena, .options = *options, .listener = listener, .wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
                                      .pool = vonk_pool_create("vonk-http", options->limits.call_count)};
  vonk_mutex_init(&server->lock);
  if (add_events(server)) server->thread = vonk_thread_create("vonk-http-loop", run_events, server);
  *out = server->thread ? server : NULL;
  if (*out) return VONK_OK;
  vonk_httpd_close(server, 0);
  return vonk_raisef(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", "The system refuses a thread or descriptors for the HTTP server.");
}

uint16_t vonk_httpd_port(const struct vonk_httpd *server) { return server->listener.port; }

static void ask(struct vonk_httpd *server, bool *wish) {
  vonk_mutex_lock(&server->lock);
  *wish = true;
  vonk_mutex_unlock(&server->lock);
  wake(server);
}

void vonk_httpd_close(struct vonk_httpd *server, uint64_t deadline_ns) {
  if (!server) return;
  if (!vonk_pool_wait(server->pool, deadline_ns)) ask(server, &server->is_cutting);
  vonk_pool_destroy(server->pool);
  if (server->thread) {
    ask(server, &server->is_ending);
    vonk_thread_join(server->thread);
  }
  if (server->wake_event) event_free(server->wake_event);
  if (server->evhttp) evhttp_free(server->evhttp);
  if (server->base) event_base_free(server->base);
  vonk_listener_close(&server->listener);
  if (server->wake >= 0) close(server->wake);
  vonk_mutex_deinit(&server->lock);
  vonk_arena_destroy(server->arena);
}
