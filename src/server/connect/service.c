/* service.c: finds the remote call by its name, gives it a task, and ends what it leaves unfinished. */
#include "server/connect/service.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "server/connect/exception.h"
#include "server/connect/operation.h"
#include "server/connect/rpc.h"
#include "session/session.h"
#include "session/statement.h"

#define PATH "/spark.connect.SparkConnectService/"

enum { REQUEST_SESSION_ID = 1, REQUEST_USER_CONTEXT = 2, USER_ID = 1 };
enum { KEEPER_SECONDS = 15, NS_PER_SECOND = 1000000000 };

static const struct {
  struct vonk_str name;
  STATUS (*run)(struct connect_rpc *rpc);
} calls[] = {
#define CONNECT_RPC(name, identifier) {STR(#name), connect_rpc_##identifier},
#include "server/connect/rpc.def"
#undef CONNECT_RPC
};

/* --- what the calls share --- */

STATUS connect_rpc_session(struct connect_rpc *rpc, uint32_t server_id_field, bool create) {
  struct vonk_protobuf user = vonk_protobuf_message(&rpc->message, REQUEST_USER_CONTEXT);
  struct connect_session_key key = {
      .user = vonk_protobuf_text(&user, USER_ID),
      .id = vonk_protobuf_text(&rpc->message, REQUEST_SESSION_ID),
  };
  if (server_id_field && vonk_protobuf_has(&rpc->message, server_id_field)) {
    key.server_id = vonk_protobuf_text(&rpc->message, server_id_field);
    if (!key.server_id.size) key.server_id = STR(""); /* no session has that */
  }
  TRY(connect_rpc_check(rpc));
  return connect_session_find(&rpc->task, &rpc->service->sessions, &key, create, &rpc->session);
}

STATUS connect_rpc_check(struct connect_rpc *rpc) {
  if (!rpc->malformed) return VONK_OK;
  return vonk_raise(&rpc->task, VONK_CONNECT_INVALID_PLAN__CANNOT_PARSE, NULL, "errorMsg", STR("the request is malformed"), NULL);
}

void connect_rpc_begin_answer(struct connect_rpc *rpc, struct vonk_text *out, uint32_t session_id_field, uint32_t server_id_field) {
  vonk_text_init(out, rpc->task.arena);
  vonk_protobuf_put_bytes(out, session_id_field, rpc->session->id);
  vonk_protobuf_put_bytes(out, server_id_field, rpc->session->server_id);
}

void connect_rpc_answer(struct connect_rpc *rpc, const struct vonk_text *answer) {
  struct vonk_str part = vonk_text_str(answer);
  rpc->finished = true;
  if (vonk_grpc_call_write(rpc->call, &part, 1)) vonk_grpc_call_finish(rpc->call, VONK_GRPC_OK, STR(""), STR(""));
}

/* --- errors --- */

/* google.rpc.Status, google.protobuf.Any, google.rpc.ErrorInfo */
enum { STATUS_CODE = 1, STATUS_MESSAGE = 2, STATUS_DETAILS = 3, ANY_URL = 1, ANY_VALUE = 2, INFO_REASON = 1, INFO_DOMAIN = 2, INFO_METADATA = 3 };
enum { MESSAGE_BYTES_MAX = 2048, PARAMETERS_BYTES_MAX = 1024 }; /* of what travels in headers; the rest is asked for by FetchErrorDetails */

static void put_metadata(struct vonk_text *out, const char *key, struct vonk_str value) {
  size_t entry = vonk_protobuf_begin(out, INFO_METADATA);
  vonk_protobuf_put_bytes(out, 1, vonk_str_of(key));
  vonk_protobuf_put_bytes(out, 2, value);
  vonk_protobuf_end(out, entry);
}

static struct vonk_str parameters_json(struct vonk_arena *arena, const struct vonk_error *error) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  vonk_text_add_char(&text, '{');
  for (size_t i = 0; i < error->parameter_count; i++) {
    struct vonk_value value = vonk_value_text(&vonk_type_string, error->parameters[i].value);
    vonk_text_addf(&text, "%s\"" STR_FMT "\":", i ? "," : "", STR_ARG(error->parameters[i].name));
    vonk_json_put(&text, &value, VONK_JSON_SPARK, NULL);
  }
  vonk_text_add_char(&text, '}');
  return vonk_text_str(&text);
}

static void put_condition(struct vonk_text *out, struct vonk_arena *arena, const struct vonk_error *error) {
  struct vonk_str state = vonk_str_of(vonk_condition_sqlstate(error->condition)), parameters = parameters_json(arena, error);
  put_metadata(out, "errorClass", vonk_str_of(vonk_condition_name(error->condition)));
  if (state.size) put_metadata(out, "sqlState", state);
  if (parameters.size <= PARAMETERS_BYTES_MAX) put_metadata(out, "messageParameters", parameters);
}

static struct vonk_str cut(struct vonk_str text, size_t size) {
  while (size > 0 && size < text.size && (text.data[size] & 0xC0) == 0x80) size--;
  return text.size > size ? vonk_str_slice(text, 0, size) : text;
}

void connect_rpc_fail(struct connect_rpc *rpc, const struct vonk_error *error, const char *class_name) {
  struct vonk_arena *arena = rpc->task.arena;
  struct vonk_str message = cut(connect_exception_message(arena, error), MESSAGE_BYTES_MAX);
  enum vonk_grpc_code code = VONK_GRPC_INTERNAL; /* whatever it is, as Spark: the details tell */
  struct vonk_text status;
  char id[40];
  if (!class_name) class_name = connect_exception_class(error);
  vonk_text_init(&status, arena);
  vonk_protobuf_put_i64(&status, STATUS_CODE, code);
  vonk_protobuf_put_bytes(&status, STATUS_MESSAGE, message);
  size_t any = vonk_protobuf_begin(&status, STATUS_DETAILS);
  vonk_protobuf_put_bytes(&status, ANY_URL, STR("type.googleapis.com/google.rpc.ErrorInfo"));
  size_t info = vonk_protobuf_begin(&status, ANY_VALUE);
  vonk_protobuf_put_bytes(&status, INFO_REASON, vonk_str_of(class_name));
  vonk_protobuf_put_bytes(&status, INFO_DOMAIN, STR("org.apache.spark"));
  put_metadata(&status, "classes", connect_exception_classes(arena, class_name));
  if (!connect_exception_is_plain(error)) put_condition(&status, arena, error);
  if (rpc->session) {
    connect_session_keep_error(rpc->session, error, class_name, id);
    put_metadata(&status, "errorId", vonk_str_of(id));
  }
  vonk_protobuf_end(&status, info);
  vonk_protobuf_end(&status, any);
  rpc->finished = true;
  vonk_grpc_call_finish(rpc->call, code, message, vonk_text_str(&status));
}

/* --- one call --- */

static void client_gone(void *cancel) { atomic_store(&((struct vonk_cancel *)cancel)->requested, true); }

static void run(struct connect_rpc *rpc, STATUS (*call)(struct connect_rpc *rpc)) {
  struct vonk_str request;
  if (!vonk_grpc_call_read(rpc->call, &request)) return;
  rpc->message = vonk_protobuf_open(request, &rpc->malformed);
  vonk_grpc_call_on_gone(rpc->call, client_gone, &rpc->cancel);
  enum vonk_status status = call(rpc);
  if (status == VONK_OK || rpc->finished) return;
  if (vonk_task_memory_error(&rpc->task, status) != VONK_OK) connect_rpc_fail(rpc, &rpc->error, NULL);
}

static void serve(void *object, struct vonk_grpc_call *call) {
  struct vonk_connect_service *service = object;
  struct vonk_str path = vonk_grpc_call_path(call);
  struct vonk_str name = vonk_str_starts_with(path, STR(PATH)) ? vonk_str_slice(path, sizeof PATH - 1, path.size) : STR("");
  for (size_t i = 0; i < COUNT_OF(calls); i++) {
    if (!vonk_str_equal(calls[i].name, name)) continue;
    struct connect_rpc rpc = {.service = service, .call = call};
    vonk_error_init(&rpc.error);
    rpc.task = (struct vonk_task){.arena = vonk_arena_create(NULL), .error = &rpc.error, .budget = service->instance->budget, .cancel = &rpc.cancel};
    run(&rpc, calls[i].run);
    vonk_grpc_call_on_gone(call, NULL, NULL);
    connect_session_release(rpc.session);
    vonk_arena_destroy(rpc.task.arena);
    vonk_error_deinit(&rpc.error);
    return;
  }
  vonk_grpc_call_finish(call, VONK_GRPC_UNIMPLEMENTED, STR("There is no such method."), STR(""));
}

struct vonk_grpc_service vonk_connect_service_calls(struct vonk_connect_service *service) { return (struct vonk_grpc_service){serve, service}; }

/* --- the service --- */

/* Operations that nobody has read for so long, and sessions that nobody has used. Spark's defaults. */
static const uint64_t detached_ns_max = UINT64_C(5) * 60 * NS_PER_SECOND, idle_ns_max = UINT64_C(60) * 60 * NS_PER_SECOND;

static void abandon_detached(void *object, struct connect_session *session) {
  uint64_t now_ns = vonk_clock_monotonic_ns();
  struct connect_operation *found;
  (void)object;
  do {
    found = NULL;
    vonk_mutex_lock(&session->lock);
    for (size_t i = 0; i < session->operations.count && !found; i++) {
      struct connect_operation *operation = session->operations.items[i];
      vonk_mutex_lock(&operation->lock);
      if (operation->detached_ns && now_ns - operation->detached_ns > detached_ns_max) found = operation;
      vonk_mutex_unlock(&operation->lock);
    }
    if (found) atomic_fetch_add(&found->references, 1);
    vonk_mutex_unlock(&session->lock);
    if (found) connect_operation_abandon(found);
    connect_operation_release(found);
  } while (found);
}

/* Many threads leave the heap full of holes: when they have all gone, the system gets them. */
static void give_memory_back(struct vonk_connect_service *service) {
  struct connect_sessions *sessions = &service->sessions;
  vonk_mutex_lock(&sessions->lock);
  uint64_t started = sessions->started;
  bool quiet = sessions->running == 0;
  vonk_mutex_unlock(&sessions->lock);
  if (!quiet || started == service->trimmed) return;
  service->trimmed = started;
  vonk_memory_trim();
}

static void keep(void *object) {
  struct vonk_connect_service *service = object;
  vonk_mutex_lock(&service->lock);
  while (!service->stopping) {
    uint64_t due_ns = vonk_clock_monotonic_ns() + (uint64_t)KEEPER_SECONDS * NS_PER_SECOND;
    while (!service->stopping && vonk_condition_variable_wait_until(&service->stop, &service->lock, due_ns)) {}
    vonk_mutex_unlock(&service->lock);
    connect_sessions_each(&service->sessions, abandon_detached, NULL);
    connect_sessions_expire(&service->sessions, idle_ns_max);
    give_memory_back(service);
    vonk_mutex_lock(&service->lock);
  }
  vonk_mutex_unlock(&service->lock);
}

struct vonk_connect_service *vonk_connect_service_create(struct vonk_instance *instance) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_connect_service *service = ARENA_NEW(arena, struct vonk_connect_service);
  service->arena = arena;
  service->instance = instance;
  connect_sessions_init(&service->sessions, instance);
  vonk_mutex_init(&service->lock);
  vonk_condition_variable_init(&service->stop);
  service->keeper = vonk_thread_create("vonk-keeper", keep, service);
  if (service->keeper) return service;
  vonk_connect_service_destroy(service);
  return NULL;
}

void vonk_connect_service_destroy(struct vonk_connect_service *service) {
  if (!service) return;
  vonk_mutex_lock(&service->lock);
  service->stopping = true;
  vonk_condition_variable_broadcast(&service->stop);
  vonk_mutex_unlock(&service->lock);
  vonk_thread_join(service->keeper);
  connect_sessions_deinit(&service->sessions);
  vonk_condition_variable_deinit(&service->stop);
  vonk_mutex_deinit(&service->lock);
  vonk_arena_destroy(service->arena);
}

uint32_t vonk_connect_service_session_count(struct vonk_connect_service *service, uint64_t *last_closed_ns) {
  vonk_mutex_lock(&service->sessions.lock);
  uint32_t count = (uint32_t)service->sessions.items.count;
  *last_closed_ns = service->sessions.last_closed_ns;
  vonk_mutex_unlock(&service->sessions.lock);
  return count;
}
