/* parquet.c: the session of a request, and what the routes that read files share. */
#include "base/clock.h"
#include "fs/files.h"
#include "server/rest/call.h"
#include "session/statement.h"

enum { TIME_CHECK_MS = 100 };

/* Called while a statement runs. */
static void check_time(void *object, const struct vonk_progress *progress) {
  struct rest_call *call = object;
  (void)progress;
  if (vonk_clock_monotonic_ns() - call->start_ns < call->service->time_limit_ns) return;
  call->late = true;
  atomic_store(&call->cancel.requested, true);
}

/* The store is asked with what the request says, and with nothing that the server or the machine has of its own. */
static const struct vonk_fs_identity *identity_of(struct vonk_arena *arena, const struct rest_request *request) {
  const struct rest_value *values = request->values;
  struct vonk_fs_identity *identity = ARENA_NEW(arena, struct vonk_fs_identity);
  *identity = (struct vonk_fs_identity){.key_id = vonk_str_copy(arena, values[REST_aws_access_key_id].text),
                                        .region = vonk_str_copy(arena, values[REST_aws_region].text),
                                        .secret = vonk_secret_copy(arena, values[REST_aws_secret_access_key].text),
                                        .token = vonk_secret_copy(arena, values[REST_aws_session_token].text)};
  return identity;
}

static STATUS open_session(struct rest_call *call) {
  if (vonk_session_open(call->service->instance, NULL, &call->session) != VONK_RUN_OK) {
    vonk_error_copy(&call->error, &call->session->error);
    return VONK_FAILED;
  }
  call->session->identity = identity_of(call->session->arena, &call->request);
  call->session->sealed = true;
  return VONK_OK;
}

STATUS rest_open_statement(struct rest_call *call, struct vonk_statement **out) {
  struct vonk_run_options options = {.struct_size = sizeof options, .progress = check_time, .progress_object = call, .progress_interval_ms = TIME_CHECK_MS};
  if (!call->session) TRY(open_session(call));
  *out = vonk_statement_create(call->session, &call->cancel, &options);
  return VONK_OK;
}

STATUS rest_take_error(struct rest_call *call, struct vonk_statement *statement, enum vonk_status status) {
  if (status == VONK_OK) return VONK_OK;
  status = vonk_task_memory_error(&statement->task, status);
  vonk_error_copy(&call->error, &statement->error);
  return status;
}

void rest_put_fields(struct vonk_text *out, const struct vonk_type *schema, bool with_nullable) {
  for (uint32_t i = 0; i < schema->field_count; i++) {
    const struct vonk_type_field *field = &schema->fields[i];
    vonk_text_add(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
    vonk_json_quote(out, field->name);
    vonk_text_add(out, STR(",\"type\":"));
    vonk_json_quote(out, vonk_type_simple_string(out->arena, field->type));
    if (with_nullable) vonk_text_addf(out, ",\"nullable\":%s", field->nullable ? "true" : "false");
    vonk_text_add_char(out, '}');
  }
}
