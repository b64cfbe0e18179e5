/* grpc_server.c: listening, the pool of threads, starting and stopping. */
#include "base/clock.h"
#include "net/grpc_internal.h"

enum { INPUT_BYTES = 256 << 10 };

static const uint64_t second_ns = 1000000000u;

struct vonk_grpc_limits vonk_grpc_limits_default(void) {
  return (struct vonk_grpc_limits){
      .message_bytes = 128 << 20,
      .queued_bytes = 4 << 20,
      .connection_count = 1024,
      .call_count = 512,
      .handshake_ns = 10 * second_ns,
      .idle_ns = 30 * 60 * second_ns,
      .message_ns = 10 * 60 * second_ns,
      .write_ns = 30 * 60 * second_ns,
      .http2 = {.stream_count = 256,
                .header_bytes = 32 << 10,
                .stream_window_bytes = 4 << 20,
                .connection_window_bytes = 16 << 20,
                .frame_bytes = 1 << 20,
                .resets = {.burst = 500, .per_second = 50},
                .controls = {.burst = 500, .per_second = 100}},
  };
}

/* --- calls --- */

static void serve_call(struct vonk_pool_job *job) {
  struct vonk_grpc_call *call = (struct vonk_grpc_call *)job;
  COUNT(call->server, calls);
  grpc_call_serve(call);
}

bool grpc_server_dispatch(struct vonk_grpc_server *server, struct vonk_grpc_call *call) {
  call->job.run = serve_call;
  return vonk_pool_submit(server->pool, &call->job);
}

/* --- connections --- */

void grpc_server_forget(struct vonk_grpc_server *server) {
  vonk_mutex_lock(&server->lock);
  server->counters.connections_open--;
  vonk_condition_variable_broadcast(&server->changed);
  vonk_mutex_unlock(&server->lock);
}

/* False: as many as the server takes. */
static bool connection_count(struct vonk_grpc_server *server) {
  vonk_mutex_lock(&server->lock);
  bool taken = server->counters.connections_open < server->options.limits.connection_count;
  if (taken) {
    server->counters.connections++;
    server->counters.connections_open++;
  } else {
    server->counters.connections_refused++;
  }
  vonk_mutex_unlock(&server->lock);
  return taken;
}

static void take_socket(void *object, struct vonk_socket socket) {
  struct vonk_grpc_server *server = object;
  if (connection_count(server)) grpc_connection_open(server, socket);
  else vonk_socket_close(&socket);
}

/* --- what is done on the loop's thread for others --- */

static void start_listening(void *object) {
  struct vonk_grpc_server *server = object;
  server->listens = vonk_acceptor_start(&server->acceptor);
}

static void drain(void *object) {
  struct vonk_grpc_server *server = object;
  vonk_acceptor_stop(&server->acceptor);
  for (struct grpc_connection *at = server->connections; at; at = at->next) grpc_connection_drain(at);
}

static void cut(void *object) {
  struct vonk_grpc_server *server = object;
  while (server->connections) grpc_connection_close(server->connections);
}

/* --- life --- */

static struct vonk_grpc_server *server_alloc(const struct vonk_grpc_options *options) {
  struct vonk_arena *arena = vonk_arena_create(options->budget);
  struct vonk_grpc_server *server = ARENA_NEW(arena, struct vonk_grpc_server);
  server->arena = arena;
  server->options = *options;
  server->options.host = vonk_str_copy(arena, options->host);
  server->options.token = vonk_str_copy(arena, options->token);
  server->pool = vonk_pool_create("vonk-call", options->limits.call_count);
  vonk_mutex_init(&server->lock);
  vonk_condition_variable_init(&server->changed);
  return server;
}

static void server_free(struct vonk_grpc_server *server) {
  vonk_pool_destroy(server->pool);
  vonk_loop_destroy(server->loop);
  vonk_listener_close(&server->acceptor.listener);
  vonk_tls_context_destroy(server->acceptor.tls);
  vonk_buffer_release(server->input);
  vonk_condition_variable_deinit(&server->changed);
  vonk_mutex_deinit(&server->lock);
  vonk_arena_destroy(server->arena);
}

static enum vonk_status server_start(struct vonk_task *task, struct vonk_grpc_server *server) {
  const struct vonk_grpc_options *options = &server->options;
  if (vonk_buffer_create(options->budget, INPUT_BYTES, &server->input) != VONK_OK) {
    return vonk_task_memory_error(task, VONK_NO_MEMORY);
  }
  if (options->certificate_file.size || options->key_file.size) {
    TRY(vonk_tls_context_create(task, options->certificate_file, options->key_file, VONK_TLS_HTTP2, &server->acceptor.tls));
  }
  TRY(vonk_listen(task, options->host, options->port, &server->acceptor.listener));
  TRY(vonk_loop_create(task, "vonk-net", &server->loop));
  server->acceptor.loop = server->loop;
  server->acceptor.accepted = take_socket;
  server->acceptor.object = server;
  vonk_loop_run(server->loop, start_listening, server);
  if (server->listens) return VONK_OK;
  return vonk_raisef(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", "Port %u cannot be watched.", server->acceptor.listener.port);
}

STATUS vonk_grpc_server_create(struct vonk_task *task, const struct vonk_grpc_options *options, struct vonk_grpc_server **out) {
  struct vonk_grpc_server *server = server_alloc(options);
  enum vonk_status status = server_start(task, server);
  if (status == VONK_OK) *out = server;
  else server_free(server);
  return status;
}

uint16_t vonk_grpc_server_port(const struct vonk_grpc_server *server) { return server->acceptor.listener.port; }

void vonk_grpc_server_stop(struct vonk_grpc_server *server, uint64_t deadline_ns) {
  if (server->is_stopped) return;
  server->is_stopped = true;
  vonk_loop_run(server->loop, drain, server);
  vonk_mutex_lock(&server->lock);
  bool in_time = true;
  while (server->counters.connections_open && in_time) {
    in_time = vonk_condition_variable_wait_until(&server->changed, &server->lock, deadline_ns);
  }
  vonk_mutex_unlock(&server->lock);
  vonk_loop_run(server->loop, cut, server);
  (void)vonk_pool_wait(server->pool, UINT64_MAX);
  vonk_mutex_lock(&server->lock);
  while (server->counters.connections_open) vonk_condition_variable_wait(&server->changed, &server->lock);
  vonk_mutex_unlock(&server->lock);
}

void vonk_grpc_server_destroy(struct vonk_grpc_server *server) {
  if (!server) return;
  vonk_grpc_server_stop(server, 0);
  server_free(server);
}

void vonk_grpc_server_counters(struct vonk_grpc_server *server, struct vonk_grpc_counters *out) {
  vonk_mutex_lock(&server->lock);
  *out = server->counters;
  vonk_mutex_unlock(&server->lock);
  out->calls_running = vonk_pool_running(server->pool);
}
