/* server.c: see server.h. */
#include "server/server.h"

#include "base/clock.h"
#include "net/socket.h"
#include "server/connect/service.h"
#include "server/rest/rest.h"
#include "session/session.h"

struct vonk_server {
  struct vonk_arena *arena;
  struct vonk_connect_service *connect;
  struct vonk_grpc_server *grpc;
  struct vonk_rest_service *rest;
  struct vonk_httpd *http;
};

/* Strangers must not reach an engine that runs anybody's queries. */
static STATUS check_host(struct vonk_task *task, const struct vonk_server_options *options) {
  bool safe = options->token.size && options->certificate_file.size && options->key_file.size;
  if (safe || vonk_net_is_loopback(options->host)) return VONK_OK;
  return vonk_raisef(task, VONK_INTERNAL_ERROR_NETWORK, NULL, "message", "The host " STR_FMT " can be reached from other machines: a token, a certificate and its key are needed.",
                     STR_ARG(options->host));
}

static STATUS open_connect(struct vonk_task *task, struct vonk_server *server, struct vonk_instance *instance, const struct vonk_server_options *options) {
  if (options->connect_port == VONK_SERVER_PORT_OFF) return VONK_OK;
  server->connect = vonk_connect_service_create(instance);
  if (!server->connect) return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "The system refuses a thread.");
  struct vonk_grpc_options grpc = {
      .host = options->host,
      .port = (uint16_t)options->connect_port,
      .certificate_file = options->certificate_file,
      .key_file = options->key_file,
      .token = options->token,
      .budget = instance->budget,
      .limits = vonk_grpc_limits_default(),
      .service = vonk_connect_service_calls(server->connect),
  };
  return vonk_grpc_server_create(task, &grpc, &server->grpc);
}

static STATUS open_rest(struct vonk_task *task, struct vonk_server *server, struct vonk_instance *instance, const struct vonk_server_options *options) {
  if (options->rest_port == VONK_SERVER_PORT_OFF) return VONK_OK;
  server->rest = vonk_rest_service_create(instance, options->host, options->token);
  struct vonk_httpd_options http = {
      .host = options->host,
      .port = (uint16_t)options->rest_port,
      .next_ports = !options->rest_port_named,
      .certificate_file = options->certificate_file,
      .key_file = options->key_file,
      .budget = instance->budget,
      .limits = vonk_httpd_limits_default(),
      .service = vonk_rest_service_calls(server->rest),
  };
  return vonk_httpd_create(task, &http, &server->http);
}

int vonk_server_open(struct vonk_instance *instance, const struct vonk_server_options *options, struct vonk_server **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_server *server = ARENA_NEW(arena, struct vonk_server);
  server->arena = arena;
  enum vonk_status status = check_host(&instance->task, options);
  if (status == VONK_OK) status = open_connect(&instance->task, server, instance, options);
  if (status == VONK_OK) status = open_rest(&instance->task, server, instance, options);
  *out = status == VONK_OK ? server : NULL;
  if (status != VONK_OK) vonk_server_close(server, 0);
  return vonk_problem_code(&instance->problem, &instance->task, status);
}

uint16_t vonk_server_connect_port(const struct vonk_server *server) { return server->grpc ? vonk_grpc_server_port(server->grpc) : 0; }

uint16_t vonk_server_rest_port(const struct vonk_server *server) { return server->http ? vonk_httpd_port(server->http) : 0; }

uint64_t vonk_server_idle_ns(struct vonk_server *server) {
  uint64_t closed_ns = 0;
  if (!server->connect || vonk_connect_service_session_count(server->connect, &closed_ns)) return 0;
  return closed_ns ? vonk_clock_monotonic_ns() - closed_ns : 0;
}

void vonk_server_close(struct vonk_server *server, uint64_t grace_ns) {
  if (!server) return;
  if (server->grpc) vonk_grpc_server_stop(server->grpc, vonk_clock_monotonic_ns() + grace_ns);
  vonk_httpd_close(server->http, vonk_clock_monotonic_ns() + grace_ns);
  vonk_rest_service_destroy(server->rest);
  vonk_grpc_server_destroy(server->grpc);
  vonk_connect_service_destroy(server->connect);
  vonk_arena_destroy(server->arena);
}
