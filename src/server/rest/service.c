/* service.c: who may ask, what is asked for, and the answer around what a route says. */
#include "base/clock.h"
#include "net/socket.h"
#include "server/rest/call.h"
#include "server/rest/page.h"
#include "type/json.h"

#define JSON_TYPE "application/json"
#define NS_PER_MS UINT64_C(1000000)

/* --- errors --- */

/* How a condition is told in HTTP; others by the class of their SQLSTATE. */
static const struct {
  enum vonk_condition condition;
  int status;
} statuses[] = {
    {VONK_PATH_NOT_FOUND, 404},
    {VONK_FAILED_READ_FILE__FILE_NOT_EXIST, 404},
    {VONK_FAILED_READ_FILE__NO_HINT, 502},
    {VONK_STORE_ACCESS_DENIED, 403},
    {VONK_PATH_ALREADY_EXISTS, 409},
    {VONK_OPERATION_CANCELED, 504},
    {VONK_REST_RESULT_TOO_LARGE, 413},
};

static int status_of(const struct vonk_error *error) {
  const char *state = vonk_condition_sqlstate(error->condition);
  for (size_t i = 0; i < COUNT_OF(statuses); i++) {
    if (statuses[i].condition == error->condition) return statuses[i].status;
  }
  if (!state || strncmp(state, "XX", 2) == 0) return 500;
  if (strncmp(state, "53", 2) == 0) return 503; /* memory and the like */
  if (strncmp(state, "58", 2) == 0) return 502; /* the store */
  return 400;
}

static void put_error(struct vonk_text *out, struct vonk_str code, struct vonk_str message, const char *state) {
  vonk_text_add(out, STR("{\"success\":false,\"code\":"));
  vonk_json_quote(out, code);
  vonk_text_add(out, STR(",\"message\":"));
  vonk_json_quote(out, message);
  vonk_text_add(out, STR(",\"sqlstate\":"));
  if (state) vonk_json_quote(out, vonk_str_of(state));
  else vonk_text_add(out, STR("null"));
  vonk_text_add(out, STR("}\n"));
}

static void answer_error(struct vonk_httpd_call *http, int status, const char *code, const char *message) {
  struct vonk_text out;
  vonk_text_init(&out, vonk_httpd_call_arena(http));
  put_error(&out, vonk_str_of(code), vonk_str_of(message), NULL);
  vonk_httpd_call_answer(http, status, JSON_TYPE, vonk_text_str(&out));
}

/* What the server says for us. */
static void refuse(void *object, struct vonk_httpd_call *http, int status, const char *sentence) {
  static const struct {
    int status;
    const char *code;
  } codes[] = {{408, "REQUEST_TIMEOUT"}, {413, "BODY_TOO_LARGE"}, {431, "HEADER_TOO_LARGE"}, {500, "INTERNAL_ERROR"}, {503, "TOO_MANY_REQUESTS"}};
  const char *code = "MALFORMED_REQUEST";
  (void)object;
  for (size_t i = 0; i < COUNT_OF(codes); i++) {
    if (codes[i].status == status) code = codes[i].code;
  }
  answer_error(http, status, code, sentence);
}

static void answer_failure(struct rest_call *call) {
  struct vonk_error *error = &call->error;
  struct vonk_text out;
  vonk_text_init(&out, call->task.arena);
  if (call->late) return answer_error(call->http, 504, "TIME_LIMIT_EXCEEDED", "The request took longer than vonk.rest.timeout allows.");
  put_error(&out, vonk_str_of(vonk_condition_name(error->condition)), vonk_error_sentence(error, call->task.arena), vonk_condition_sqlstate(error->condition));
  vonk_httpd_call_answer(call->http, status_of(error), JSON_TYPE, vonk_text_str(&out));
}

/* --- who may ask --- */

/* NAME of NAME:PORT and [NAME]:PORT. */
static struct vonk_str host_name(struct vonk_str host) {
  bool bracket = host.size && host.data[0] == '[';
  size_t end = vonk_str_find(host, bracket ? STR("]") : STR(":"), 0);
  if (end == SIZE_MAX) end = host.size;
  return vonk_str_slice(host, bracket, end);
}

/* A page of another site that a browser shows may send requests here under that site's name: those are refused. */
static bool may_ask(const struct vonk_rest_service *service, const struct vonk_httpd_call *http) {
  struct vonk_str name = host_name(vonk_httpd_call_header(http, "Host")), hosts = service->hosts;
  if (vonk_net_is_loopback(name) || (name.size && vonk_str_equal_nocase(name, service->host))) return true;
  for (size_t start = 0; start < hosts.size;) {
    size_t comma = vonk_str_find(hosts, STR(","), start), end = comma == SIZE_MAX ? hosts.size : comma;
    if (name.size && vonk_str_equal_nocase(name, vonk_str_trim(vonk_str_slice(hosts, start, end)))) return true;
    start = end + 1;
  }
  return false;
}

static bool has_token(const struct vonk_rest_service *service, const struct vonk_httpd_call *http) {
  struct vonk_str given = vonk_httpd_call_header(http, "Authorization"), scheme = STR("Bearer ");
  if (service->token.size == 0) return true;
  return vonk_str_starts_with(given, scheme) && vonk_tls_secret_equal(vonk_str_slice(given, scheme.size, given.size), service->token);
}

static bool is_json(struct vonk_str type) {
  size_t end = vonk_str_find(type, STR(";"), 0);
  return vonk_str_equal_nocase(vonk_str_trim(end == SIZE_MAX ? type : vonk_str_slice(type, 0, end)), STR(JSON_TYPE));
}

/* --- answers --- */

static void stop(void *object) {
  struct rest_call *call = object;
  atomic_store(&call->cancel.requested, true);
}

static STATUS read_request(struct rest_call *call, const struct rest_route *route) {
  if (!(route->required | route->optional)) return VONK_OK;
  return rest_request_read(&call->task, vonk_httpd_call_request(call->http)->body, route->required, route->optional, &call->request);
}

static void answer(struct rest_call *call, const struct rest_route *route) {
  struct vonk_text whole;
  vonk_text_init(&call->out, call->task.arena);
  vonk_text_init(&whole, call->task.arena);
  vonk_httpd_call_on_gone(call->http, stop, call);
  enum vonk_status status = read_request(call, route);
  if (status == VONK_OK) status = route->handler(call);
  vonk_session_close(call->session);
  rest_request_wipe(&call->request);
  vonk_httpd_call_on_gone(call->http, NULL, NULL);
  if (status != VONK_OK) return answer_failure(call);
  double milliseconds = (double)((vonk_clock_monotonic_ns() - call->start_ns) / 1000) / 1000;
  vonk_text_addf(&whole, "{\"success\":true,\"execution_time_ms\":%.3f,", milliseconds);
  vonk_text_add(&whole, vonk_text_str(&call->out));
  vonk_text_add(&whole, STR("}\n"));
  vonk_httpd_call_answer(call->http, 200, JSON_TYPE, vonk_text_str(&whole));
}

static void serve_route(struct vonk_rest_service *service, struct vonk_httpd_call *http, const struct rest_route *route) {
  struct rest_call call = {.service = service, .http = http, .start_ns = vonk_clock_monotonic_ns()};
  vonk_error_init(&call.error);
  call.task = (struct vonk_task){.arena = vonk_httpd_call_arena(http), .error = &call.error, .budget = service->instance->budget, .cancel = &call.cancel};
  answer(&call, route);
  vonk_error_deinit(&call.error);
}

/* What is not a route of the service: its description and the page that shows it. True when PATH is one. */
static bool serve_page(struct vonk_httpd_call *http, const struct vonk_httpd_request *request) {
  bool description = vonk_str_equal(request->path, STR("/openapi.json"));
  if (!description && !vonk_str_equal(request->path, STR("/docs"))) return false;
  if (!vonk_str_equal(request->method, STR("GET"))) {
    vonk_httpd_call_add_header(http, "Allow", "GET");
    answer_error(http, 405, "METHOD_NOT_ALLOWED", "This is read with GET.");
  } else if (description) {
    vonk_httpd_call_answer(http, 200, JSON_TYPE, rest_openapi(vonk_httpd_call_arena(http)));
  } else {
    vonk_httpd_call_add_header(http, "Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'");
    vonk_httpd_call_answer(http, 200, "text/html; charset=utf-8", (struct vonk_str){(const char *)vonk_rest_page, vonk_rest_page_size});
  }
  return true;
}

static void serve(void *object, struct vonk_httpd_call *http) {
  struct vonk_rest_service *service = object;
  const struct vonk_httpd_request *request = vonk_httpd_call_request(http);
  const struct rest_route *route = NULL;
  if (!may_ask(service, http)) return answer_error(http, 403, "HOST_NOT_ALLOWED", "The Host header names another machine; vonk.rest.hosts lists those that are allowed.");
  if (!has_token(service, http)) {
    vonk_httpd_call_add_header(http, "WWW-Authenticate", "Bearer");
    return answer_error(http, 401, "UNAUTHENTICATED", "The request needs the server's token: Authorization: Bearer TOKEN.");
  }
  if (serve_page(http, request)) return;
  for (size_t i = 0; i < rest_route_count && !route; i++) {
    if (vonk_str_equal(request->path, vonk_str_of(rest_routes[i].path))) route = &rest_routes[i];
  }
  if (!route) return answer_error(http, 404, "NOT_FOUND", "There is nothing at this path; /docs lists what there is.");
  if (!vonk_str_equal(request->method, vonk_str_of(route->method))) {
    vonk_httpd_call_add_header(http, "Allow", route->method);
    return answer_error(http, 405, "METHOD_NOT_ALLOWED", "This path takes another method; see the Allow header.");
  }
  if (route->required && !is_json(vonk_httpd_call_header(http, "Content-Type")))
    return answer_error(http, 415, "UNSUPPORTED_MEDIA_TYPE", "The request's Content-Type is application/json.");
  serve_route(service, http, route);
}

struct vonk_rest_service *vonk_rest_service_create(struct vonk_instance *instance, struct vonk_str host, struct vonk_str token) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_rest_service *service = ARENA_NEW(arena, struct vonk_rest_service);
  *service = (struct vonk_rest_service){
      .arena = arena,
      .instance = instance,
      .host = vonk_str_copy(arena, host),
      .token = vonk_str_copy(arena, token),
      .hosts = vonk_str_copy(arena, vonk_conf_text(instance->conf, VONK_CONF_REST_HOSTS)),
      .row_limit = vonk_conf_int(instance->conf, VONK_CONF_REST_MAX_ROWS),
      .time_limit_ns = (uint64_t)vonk_conf_time_ms(instance->conf, VONK_CONF_REST_TIMEOUT) * NS_PER_MS,
  };
  return service;
}

struct vonk_httpd_service vonk_rest_service_calls(struct vonk_rest_service *service) { return (struct vonk_httpd_service){serve, refuse, service}; }

void vonk_rest_service_destroy(struct vonk_rest_service *service) {
  if (service) vonk_arena_destroy(service->arena);
}
