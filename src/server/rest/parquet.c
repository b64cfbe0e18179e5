/* parquet.c: the session of a request, and what the routes that read files share. */
#include "base/clock.h"
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
static STATUS open_session(struct rest_call *call) {
  const struct rest_value *values = call->request.values;
  struct vonk_session_options options = {.struct_size = sizeof options};
  struct vonk_setting settings[6];
  struct vonk_setting *s = settings;
  if (values[REST_aws_access_key_id].is_given) {
    bool temporary = values[REST_aws_session_token].is_given;
    *s++ = (struct vonk_setting){"fs.s3a.access.key", values[REST_aws_access_key_id].text.data};
    *s++ = (struct vonk_setting){"fs.s3a.secret.key", values[REST_aws_secret_access_key].text.data};
    if (temporary) *s++ = (struct vonk_setting){"fs.s3a.session.token", values[REST_aws_session_token].text.data};
    *s++ = (struct vonk_setting){"fs.s3a.aws.credentials.provider", temporary ? "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"
                                                                              : "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"};
    if (values[REST_aws_region].is_given) *s++ = (struct vonk_setting){"fs.s3a.endpoint.region", values[REST_aws_region].text.data};
  }
  options.settings = settings;
  options.setting_count = (size_t)(s - settings);
  if (vonk_session_open(call->service->instance, &options, &call->session) == VONK_RUN_OK) {
    call->session->sealed = true;
    return VONK_OK;
  }
  vonk_error_copy(&call->error, &call->session->error);
  return VONK_FAILED;
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
