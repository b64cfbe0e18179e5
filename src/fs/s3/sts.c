/* sts.c: temporary credentials of a role, from AWS's Security Token Service or one that speaks as it does. */
#include "base/clock.h"
#include "fs/s3/credentials.h"
#include "wire/xml.h"

static void put(struct vonk_text *form, const char *name, struct vonk_str value) {
  if (!value.size) return;
  if (form->size) vonk_text_add_char(form, '&');
  vonk_text_addf(form, "%s=", name);
  vonk_http_escape(form, value, false);
}

static void start_form(struct vonk_task *task, struct vonk_text *form, const char *action, const struct s3_role *role) {
  vonk_text_init(form, task->arena);
  put(form, "Action", vonk_str_of(action));
  put(form, "Version", STR("2011-06-15"));
  put(form, "RoleArn", role->arn);
  put(form, "RoleSessionName", role->session_name.size ? role->session_name : STR("vonk"));
  put(form, "ExternalId", role->external_id);
  put(form, "DurationSeconds", role->duration);
}

/* "https://sts.eu-west-1.amazonaws.com", or what the environment says. */
static struct vonk_str endpoint_of(struct vonk_task *task, const struct s3_bucket *bucket) {
  struct vonk_str endpoint = s3_environment("AWS_ENDPOINT_URL_STS");
  if (!endpoint.size) endpoint = s3_environment("AWS_ENDPOINT_URL");
  while (endpoint.size && endpoint.data[endpoint.size - 1] == '/') endpoint.size--;
  if (endpoint.size) return endpoint;
  return vonk_str_format(task->arena, "https://sts." STR_FMT ".amazonaws.com", STR_ARG(bucket->region));
}

static STATUS read_answer(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str answer, bool *found, struct s3_credentials *out) {
  struct vonk_str id = {0}, secret = {0}, token = {0}, expiration = {0};
  struct vonk_xml xml;
  vonk_xml_init(&xml, task->arena, answer);
  while (vonk_xml_next(&xml)) {
    if (vonk_xml_is(&xml, "Credentials/AccessKeyId")) id = xml.text;
    if (vonk_xml_is(&xml, "Credentials/SecretAccessKey")) secret = xml.text;
    if (vonk_xml_is(&xml, "Credentials/SessionToken")) token = xml.text;
    if (vonk_xml_is(&xml, "Credentials/Expiration")) expiration = xml.text;
  }
  TRY(s3_credentials_take(task, arena, id, secret, token, found, out));
  if (*found && expiration.size) out->expires_micros = s3_time_micros(expiration);
  s3_wipe(secret), s3_wipe(token);
  return VONK_OK;
}

/* WHO NULL: the request says itself who asks. */
static void sign(struct vonk_task *task, const struct s3_bucket *bucket, const struct s3_credentials *who, struct s3_ask *ask) {
  size_t start = vonk_str_find(ask->url, STR("://"), 0);
  struct vonk_str host = start == SIZE_MAX ? ask->url : vonk_str_slice(ask->url, start + 3, ask->url.size);
  struct s3_header *headers = ask->headers, all[4];
  char *date = vonk_arena_alloc(task->arena, S3_DATE_SIZE), payload[S3_SHA256_HEX];
  size_t slash = vonk_str_find(host, STR("/"), 0);
  headers[ask->header_count++] = (struct s3_header){STR("content-type"), STR("application/x-www-form-urlencoded")};
  if (!who) return;
  s3_date(vonk_clock_wall_micros(), date);
  s3_sha256_hex(ask->body, payload);
  headers[ask->header_count++] = (struct s3_header){STR("x-amz-date"), vonk_str_make(date, S3_DATE_SIZE)};
  if (who->token.size) headers[ask->header_count++] = (struct s3_header){STR("x-amz-security-token"), vonk_secret_reveal(&who->token)};
  all[0] = headers[0];
  all[1] = (struct s3_header){STR("host"), slash == SIZE_MAX ? host : vonk_str_slice(host, 0, slash)};
  memcpy(all + 2, headers + 1, (ask->header_count - 1) * sizeof *all);
  struct s3_signable signable = {.method = ask->method, .path = STR("/"), .headers = all, .header_count = ask->header_count + 1, .payload = vonk_str_make(payload, S3_SHA256_HEX),
                                 .date = vonk_str_make(date, S3_DATE_SIZE), .region = bucket->region, .service = STR("sts"), .key_id = who->key_id, .secret = &who->secret};
  headers[ask->header_count++] = (struct s3_header){STR("authorization"), s3_sign(task->arena, &signable)};
}

static STATUS ask_for(struct vonk_task *task, const struct s3_bucket *bucket, const struct s3_credentials *who, struct vonk_text *form, struct vonk_arena *arena, bool *found,
                      struct s3_credentials *out) {
  struct vonk_str answer;
  struct s3_ask ask = {.method = "POST", .url = vonk_str_format(task->arena, STR_FMT "/", STR_ARG(endpoint_of(task, bucket))), .body = vonk_text_str(form)};
  sign(task, bucket, who, &ask);
  enum vonk_status status = s3_credentials_ask(task, bucket->client, &ask, &answer);
  s3_wipe(ask.body);
  *found = false;
  if (status == VONK_OK) status = read_answer(task, arena, answer, found, out);
  s3_wipe(answer);
  return status;
}

STATUS s3_sts_assume(struct vonk_task *task, const struct s3_bucket *bucket, const struct s3_credentials *who, const struct s3_role *role, struct vonk_arena *arena,
                     struct s3_credentials *out) {
  struct vonk_text form;
  bool found;
  start_form(task, &form, "AssumeRole", role);
  TRY(ask_for(task, bucket, who, &form, arena, &found, out));
  return found ? VONK_OK : s3_credentials_refuse(task, "the role of the profile was not given: AssumeRole was refused, or the service does not answer");
}

STATUS s3_sts_web_identity(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str file, const struct s3_role *role, struct vonk_arena *arena,
                           struct s3_credentials *out) {
  struct vonk_str identity = vonk_str_trim(s3_credentials_file(task, task->arena, file));
  struct vonk_text form;
  bool found;
  start_form(task, &form, "AssumeRoleWithWebIdentity", role);
  put(&form, "WebIdentityToken", identity);
  s3_wipe(identity);
  TRY(ask_for(task, bucket, NULL, &form, arena, &found, out));
  return found ? VONK_OK : s3_credentials_refuse(task, "the web identity was not accepted for the role");
}
