/* grpc_server.c: listening, the pool of threads, starting and stopping. */
#include "base/clock.h"
#include "net/grpc_internal.h"

enum { INPUT_BYTES = 256 << 10 };

static const uint64_t second_ns = 1000000000u;
static const uint64_t accept_retry_ns = 100000000u; /* after the system had no descriptors */

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

static void accept_all(struct grpc_listener *listener) {
  struct vonk_grpc_server *server = listener->server;
  for (;;) {
    struct vonk_socket socket;
    enum vonk_net_state state = vonk_socket_accept(listener->watch.descriptor, server->tls, &socket);
    if (state == VONK_NET_GONE) vonk_loop_arm(server->loop, &listener->retry, vonk_clock_monotonic_ns() + accept_retry_ns);
    if (state != VONK_NET_DONE) return;
    if (connection_count(server)) grpc_connection_open(server, socket);
    else vonk_socket_close(&socket);
  }
}

static bool on_ready(struct vonk_loop_watch *watch) {
  accept_all((struct grpc_listener *)watch);
  return false;
}

static void on_retry(struct vonk_loop_timer *timer) {
  accept_all((struct grpc_listener *)((char *)timer - offsetof(struct grpc_listener, retry)));
}

/* --- what is done on the loop's thread for others --- */

struct server_job {
  struct vonk_loop_job job; /* first */
  struct vonk_grpc_server *server;
  bool done, failed;
};

static void job_done(struct server_job *job) {
  struct vonk_grpc_server *server = job->server;
  vonk_mutex_lock(&server->lock);
  job->done = true;
  vonk_condition_variable_broadcast(&server->changed);
  vonk_mutex_unlock(&server->lock);
}

/* Runs RUN on the loop's thread and waits; false when it failed. */
static bool run_on_loop(struct vonk_grpc_server *server, void (*run)(struct vonk_loop_job *)) {
  struct server_job job = {.job.run = run, .server = server};
  vonk_loop_post(server->loop, &job.job);
  vonk_mutex_lock(&server->lock);
  while (!job.done) vonk_condition_variable_wait(&server->changed, &server->lock);
  vonk_mutex_unlock(&server->lock);
  return !job.failed;
}

static void start_listening(struct vonk_loop_job *object) {
  struct server_job *job = (struct server_job *)object;
  struct vonk_grpc_server *server = job->server;
  for (uint32_t i = 0; i < server->listener.count; i++) {
    struct grpc_listener *listener = &server->listeners[i];
    listener->watch = (struct vonk_loop_watch){.descriptor = server->listener.descriptors[i], .ready = on_ready};
    listener->retry.fire = on_retry;
    listener->server = server;
    if (!vonk_loop_add(server->loop, &listener->watch)) job->failed = true;
  }
  job_done(job);
}

static void stop_listening(struct vonk_grpc_server *server) {
  for (uint32_t i = 0; i < server->listener.count; i++) {
    vonk_loop_remove(server->loop, &server->listeners[i].watch);
    vonk_loop_disarm(server->loop, &server->listeners[i].retry);
  }
  vonk_listener_close(&server->listener);
}

static void drain(struct vonk_loop_job *object) {
  struct server_job *job = (struct server_job *)object;
  stop_listening(job->server);
  for (struct grpc_connection *at = job->server->connections; at; at = at->next) grpc_connection_drain(at);
  job_done(job);
}

static void cut(struct vonk_loop_job *object) {
  struct server_job *job = (struct server_job *)object;
  while (job->server->connections) grpc_connection_close(job->server->connections);
  job_done(job);
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
  vonk_listener_close(&server->listener);
  vonk_tls_context_destroy(server->tls);
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
    TRY(vonk_tls_context_create(task, options->certificate_file, options->key_file, &server->tls));
  }
  TRY(vonk_listen(task, options->host, options->port, &server->listener));
  TRY(vonk_loop_create(task, "vonk-net", &server->loop));
  if (run_on_loop(server, start_listening)) return VONK_OK;
  return vonk_raisef(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", "Port %u cannot be watched.", server->listener.port);
}

STATUS vonk_grpc_server_create(struct vonk_task *task, const struct vonk_grpc_options *options, struct vonk_grpc_server **out) {
  struct vonk_grpc_server *server = server_alloc(options);
  enum vonk_status status = server_start(task, server);
  if (status == VONK_OK) *out = server;
  else server_free(server);
  return status;
}

uint16_t vonk_grpc_server_port(const struct vonk_grpc_server *server) { return server->listener.port; }

void vonk_grpc_server_stop(struct vonk_grpc_server *server, uint64_t deadline_ns) {
  if (server->is_stopped) return;
  server->is_stopped = true;
  run_on_loop(server, drain);
  vonk_mutex_lock(&server->lock);
  bool in_time = true;
  while (server->counters.connections_open && in_time) {
    in_time = vonk_condition_variable_wait_until(&server->changed, &server->lock, deadline_ns);
  }
  vonk_mutex_unlock(&server->lock);
  run_on_loop(server, cut);
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
