/* credentials.c: who asks: the chain of places where credentials may be, in the order of AWS's own tools; profiles are in profile.c, roles in
 * sts.c.
 *
 * fs.s3a.aws.credentials.provider may name the places; without it: the session's settings, the environment, a web identity, the profile,
 * the container, the machine (IMDSv2). What services hand out is kept by the process until shortly before it expires. Nothing here is
 * written anywhere: errors name the place, never what was found in it.
 */
#include "fs/s3/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "fs/http_part.h"
#include "type/json.h"

enum { FILE_BYTES_MAX = 1 << 20, ANSWER_BYTES_MAX = 64 << 10, SECRET_SIZE_MAX = 200, REFRESH_MICROS = 300 * 1000000, METADATA_TIMEOUT_MS = 1000 };

enum place { SETTINGS, ENVIRONMENT, WEB_IDENTITY, PROFILE, CONTAINER, MACHINE, ANONYMOUS, PLACE_COUNT };

/* What a service has said, kept for all. */
struct known {
  struct vonk_arena *arena;             /* NULL: nothing yet */
  struct s3_credentials credentials;
  bool absent;                          /* there is no such service here */
};

struct keeper {
  struct vonk_fs_part part;
  struct vonk_arena *arena;
  struct vonk_mutex lock;
  struct known known[PLACE_COUNT];
};

static void keeper_destroy(struct vonk_fs_part *part) {
  struct keeper *keeper = (struct keeper *)part;
  for (size_t i = 0; i < PLACE_COUNT; i++) vonk_arena_destroy(keeper->known[i].arena);
  vonk_mutex_deinit(&keeper->lock);
  vonk_arena_destroy(keeper->arena);
}

static STATUS keeper_create(struct vonk_task *task, struct vonk_budget *root, struct vonk_fs_part **out) {
  (void)task, (void)root;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct keeper *keeper = ARENA_NEW(arena, struct keeper);
  keeper->part.destroy = keeper_destroy;
  keeper->arena = arena;
  vonk_mutex_init(&keeper->lock);
  *out = &keeper->part;
  return VONK_OK;
}

int64_t s3_time_micros(struct vonk_str text) {
  char copy[40];
  struct tm tm = {0};
  if (text.size < 19 || text.size >= sizeof copy) return 0;
  memcpy(copy, text.data, text.size);
  copy[text.size] = 0;
  if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6) return 0;
  tm.tm_year -= 1900;
  tm.tm_mon--;
  int64_t micros = (int64_t)timegm(&tm) * 1000000;
  if (copy[19] == '.') micros += (int64_t)(strtod(copy + 19, NULL) * 1e6);
  return micros;
}

struct vonk_str s3_environment(const char *name) {
  const char *value = getenv(name);
  return vonk_str_of(value && *value ? value : NULL);
}

STATUS s3_credentials_refuse(struct vonk_task *task, const char *what) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", STR("s3a:"), "reason", vonk_str_of(what), NULL);
}

STATUS s3_credentials_take(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str id, struct vonk_str secret, struct vonk_str token, bool *found,
                           struct s3_credentials *out) {
  id = vonk_str_trim(id), secret = vonk_str_trim(secret), token = vonk_str_trim(token);
  *found = id.size && secret.size;
  if (!*found) return VONK_OK;
  bool odd = id.size > SECRET_SIZE_MAX || secret.size > SECRET_SIZE_MAX || token.size > ANSWER_BYTES_MAX;
  const struct vonk_str all[] = {id, secret, token};
  for (size_t k = 0; k < COUNT_OF(all); k++) {
    for (size_t i = 0; i < all[k].size; i++) odd |= (unsigned char)all[k].data[i] <= ' ' || all[k].data[i] == 127;
  }
  if (odd) return s3_credentials_refuse(task, "the credentials given have characters or a length that no credentials have");
  *out = (struct s3_credentials){.key_id = vonk_str_copy(arena, id), .secret = vonk_secret_copy(arena, secret), .token = vonk_secret_copy(arena, token),
                                 .expires_micros = INT64_MAX};
  return VONK_OK;
}

static STATUS from_settings(struct vonk_task *task, struct s3_bucket *bucket, bool *found, struct s3_credentials *out) {
  struct vonk_str id = {0}, secret = {0}, token = {0};
  (void)s3_setting(task, bucket->name, "access.key", &id);
  (void)s3_setting(task, bucket->name, "secret.key", &secret);
  (void)s3_setting(task, bucket->name, "session.token", &token);
  return s3_credentials_take(task, bucket->arena, id, secret, token, found, out);
}

static STATUS from_environment(struct vonk_task *task, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  return s3_credentials_take(task, arena, s3_environment("AWS_ACCESS_KEY_ID"), s3_environment("AWS_SECRET_ACCESS_KEY"), s3_environment("AWS_SESSION_TOKEN"), found, out);
}

struct vonk_str s3_credentials_file(struct vonk_task *task, struct vonk_arena *scratch, struct vonk_str path) {
  struct vonk_error error;
  struct vonk_str text = {0};
  struct vonk_task own = *task;
  own.arena = scratch;
  own.error = &error;
  vonk_error_init(&error);
  bool read = vonk_fs_read_small(&own, path, FILE_BYTES_MAX, &text) == VONK_OK;
  vonk_error_deinit(&error);
  return read ? text : (struct vonk_str){0};
}

void s3_wipe(struct vonk_str text) {
  if (text.data) explicit_bzero((char *)(uintptr_t)text.data, text.size);
}

/* --- services --- */

STATUS s3_credentials_ask(struct vonk_task *task, struct vonk_http_client *client, const struct s3_ask *ask, struct vonk_str *out) {
  struct vonk_http_call call = {.request = {.method = ask->method, .url = ask->url, .body = ask->body, .body_limit = ANSWER_BYTES_MAX, .direct = ask->is_near},
                                .policy = {.tries_max = ask->is_near ? 1 : 4, .connect_timeout_ms = ask->is_near ? METADATA_TIMEOUT_MS : 0, .total_timeout_ms = 10000},
                                .budget = task->budget};
  for (uint32_t i = 0; i < ask->header_count; i++) vonk_http_add_header(&call, ask->headers[i].name, ask->headers[i].value);
  vonk_http_start(client, &call);
  enum vonk_status status = vonk_http_wait(task, &call);
  *out = (struct vonk_str){0};
  if (status == VONK_OK && vonk_http_is_success(&call)) {
    struct vonk_str body = vonk_http_body(&call);
    *out = vonk_secret_reveal(&(struct vonk_secret){vonk_secret_copy(task->arena, body).bytes, body.size});
    s3_wipe(body);
  }
  vonk_http_call_deinit(&call);
  return status;
}

/* {"AccessKeyId": ..., "SecretAccessKey": ..., "Token": ..., "Expiration": ...} */
static STATUS take_json(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str text, bool *found, struct s3_credentials *out) {
  struct vonk_json json = {.arena = task->arena, .text = text};
  struct vonk_str key, id = {0}, secret = {0}, token = {0}, expiration = {0};
  uint32_t count = 0;
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &count, &key)) {
    if (vonk_json_peek(&json) != '"') vonk_json_skip(&json);
    else if (vonk_str_equal(key, STR("AccessKeyId"))) id = vonk_json_string(&json);
    else if (vonk_str_equal(key, STR("SecretAccessKey"))) secret = vonk_json_string(&json);
    else if (vonk_str_equal(key, STR("Token"))) token = vonk_json_string(&json);
    else if (vonk_str_equal(key, STR("Expiration"))) expiration = vonk_json_string(&json);
    else vonk_json_skip(&json);
  }
  if (json.failed) return VONK_OK;
  TRY(s3_credentials_take(task, arena, id, secret, token, found, out));
  if (*found && expiration.size) out->expires_micros = s3_time_micros(expiration);
  s3_wipe(secret), s3_wipe(token);
  return VONK_OK;
}

static STATUS from_web_identity(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  struct vonk_str file = s3_environment("AWS_WEB_IDENTITY_TOKEN_FILE");
  struct s3_role role = {.arn = s3_environment("AWS_ROLE_ARN"), .session_name = s3_environment("AWS_ROLE_SESSION_NAME")};
  *found = file.size && role.arn.size;
  return *found ? s3_sts_web_identity(task, bucket, file, &role, arena, out) : VONK_OK;
}

/* A token goes to this machine, its host, or under TLS only. */
static bool is_safe_container(struct vonk_str url) {
  static const struct vonk_str starts[] = {STR("https://"), STR("http://127.0.0.1"), STR("http://localhost"), STR("http://[::1]"), STR("http://169.254.170.2/"),
                                           STR("http://169.254.170.23/")};
  for (size_t i = 0; i < COUNT_OF(starts); i++) {
    if (!vonk_str_starts_with(url, starts[i])) continue;
    char next = url.size > starts[i].size ? url.data[starts[i].size] : '/';
    return i == 0 || i >= 4 || next == ':' || next == '/';
  }
  return false;
}

static STATUS from_container(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  struct vonk_str relative = s3_environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), url = s3_environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  struct vonk_str token = s3_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN"), file = s3_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), answer;
  if (relative.size) url = vonk_str_format(task->arena, "http://169.254.170.2" STR_FMT, STR_ARG(relative));
  if (!url.size) return VONK_OK;
  if (!is_safe_container(url)) return s3_credentials_refuse(task, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither of this machine nor https");
  if (file.size) token = vonk_str_trim(s3_credentials_file(task, task->arena, file));
  struct s3_ask ask = {.method = "GET", .url = url, .headers = {{STR("Authorization"), token}}, .header_count = token.size ? 1 : 0, .is_near = true};
  TRY(s3_credentials_ask(task, bucket->client, &ask, &answer));
  TRY(take_json(task, arena, answer, found, out));
  return *found ? VONK_OK : s3_credentials_refuse(task, "the container has no credentials at AWS_CONTAINER_CREDENTIALS_*_URI");
}

static STATUS from_machine(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  struct vonk_str endpoint = s3_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT"), token, role, answer;
  if (vonk_str_equal_nocase(s3_environment("AWS_EC2_METADATA_DISABLED"), STR("true"))) return VONK_OK;
  if (!endpoint.size) endpoint = STR("http://169.254.169.254");
  while (endpoint.size && endpoint.data[endpoint.size - 1] == '/') endpoint.size--;
  struct s3_ask ask = {.method = "PUT", .url = vonk_str_format(task->arena, STR_FMT "/latest/api/token", STR_ARG(endpoint)),
                    .headers = {{STR("X-aws-ec2-metadata-token-ttl-seconds"), STR("21600")}}, .header_count = 1, .is_near = true};
  TRY(s3_credentials_ask(task, bucket->client, &ask, &token));
  if (!token.size) return VONK_OK;
  struct vonk_str folder = vonk_str_format(task->arena, STR_FMT "/latest/meta-data/iam/security-credentials/", STR_ARG(endpoint));
  ask = (struct s3_ask){.method = "GET", .url = folder, .headers = {{STR("X-aws-ec2-metadata-token"), vonk_str_trim(token)}}, .header_count = 1, .is_near = true};
  TRY(s3_credentials_ask(task, bucket->client, &ask, &role));
  size_t line = vonk_str_find(role, STR("\n"), 0);
  role = vonk_str_trim(vonk_str_slice(role, 0, line == SIZE_MAX ? role.size : line));
  if (!role.size) return VONK_OK;
  struct vonk_text url;
  vonk_text_init(&url, task->arena);
  vonk_text_add(&url, folder);
  vonk_http_escape(&url, role, false);
  ask.url = vonk_text_str(&url);
  TRY(s3_credentials_ask(task, bucket->client, &ask, &answer));
  return take_json(task, arena, answer, found, out);
}

static STATUS from_profile(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  static const struct s3_profile_sources sources = {from_container, from_machine};
  return s3_profile_credentials(task, bucket, &sources, s3_profile_name(), arena, found, out);
}

static STATUS from_service(struct vonk_task *task, const struct s3_bucket *bucket, enum place place, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  *found = false;
  if (place == WEB_IDENTITY) return from_web_identity(task, bucket, arena, found, out);
  if (place == PROFILE) return from_profile(task, bucket, arena, found, out);
  return place == CONTAINER ? from_container(task, bucket, arena, found, out) : from_machine(task, bucket, arena, found, out);
}

static bool is_fresh(const struct s3_credentials *credentials) {
  return credentials->expires_micros == INT64_MAX || credentials->expires_micros - vonk_clock_wall_micros() > REFRESH_MICROS;
}

/* Keys that lie in a profile's file are read each time: other programs renew them there. */
static bool is_known(const struct known *known, enum place place) {
  return known->arena && is_fresh(&known->credentials) && (place != PROFILE || known->credentials.expires_micros != INT64_MAX);
}

static void forget(struct known *known) {
  vonk_arena_destroy(known->arena);
  *known = (struct known){0};
}

static STATUS learn(struct vonk_task *task, struct s3_bucket *bucket, enum place place, struct known *known) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct s3_credentials credentials = {0};
  bool found;
  enum vonk_status status = from_service(task, bucket, place, arena, &found, &credentials);
  if (status == VONK_OK && found) {
    forget(known);
    *known = (struct known){arena, credentials, false};
    return VONK_OK;
  }
  vonk_arena_destroy(arena);
  if (status == VONK_OK && place == PROFILE) forget(known);
  else known->absent = status == VONK_OK && !known->arena;
  /* The service may be away for a moment: what it gave before is good for as long as it said. */
  bool lasts = known->arena && known->credentials.expires_micros != INT64_MAX && known->credentials.expires_micros > vonk_clock_wall_micros();
  if (status == VONK_OK || !lasts) return status;
  vonk_error_clear(task->error);
  return VONK_OK;
}

/* What a service says, asked once for all who need it at the time. */
static STATUS from_keeper(struct vonk_task *task, struct s3_bucket *bucket, enum place place, bool *found, struct s3_credentials *out) {
  struct vonk_fs_part *part;
  enum vonk_status status = VONK_OK;
  TRY(vonk_fs_part(task, VONK_FS_SLOT_CREDENTIALS, keeper_create, &part));
  struct keeper *keeper = (struct keeper *)part;
  struct known *known = &keeper->known[place];
  vonk_mutex_lock(&keeper->lock);
  if (!known->absent && !is_known(known, place)) status = learn(task, bucket, place, known);
  *found = status == VONK_OK && known->arena;
  if (*found) {
    int64_t expires = known->credentials.expires_micros;
    status = s3_credentials_take(task, bucket->arena, known->credentials.key_id, vonk_secret_reveal(&known->credentials.secret), vonk_secret_reveal(&known->credentials.token), found, out);
    out->expires_micros = expires;
  }
  vonk_mutex_unlock(&keeper->lock);
  return status;
}

/* --- the chain --- */

static STATUS from_place(struct vonk_task *task, struct s3_bucket *bucket, enum place place, bool *found, struct s3_credentials *out) {
  *found = false;
  switch (place) {
    case SETTINGS: return from_settings(task, bucket, found, out);
    case ENVIRONMENT: return from_environment(task, bucket->arena, found, out);
    case PROFILE:
    case WEB_IDENTITY:
    case CONTAINER:
    case MACHINE: return from_keeper(task, bucket, place, found, out);
    default: *found = true; *out = (struct s3_credentials){.anonymous = true, .expires_micros = INT64_MAX}; return VONK_OK;
  }
}

/* The places that the names of Java classes mean, as bits; those we do not know mean none. */
static uint32_t places_of(struct vonk_str names) {
  static const struct {
    struct vonk_str part;
    uint32_t places;
  } classes[] = {
      {STR("AnonymousAWSCredentialsProvider"), 1u << ANONYMOUS},
      {STR("AnonymousCredentialsProvider"), 1u << ANONYMOUS},
      {STR("SimpleAWSCredentialsProvider"), 1u << SETTINGS},
      {STR("TemporaryAWSCredentialsProvider"), 1u << SETTINGS},
      {STR("EnvironmentVariableCredentialsProvider"), 1u << ENVIRONMENT},
      {STR("ProfileCredentialsProvider"), 1u << PROFILE},
      {STR("ProfileAWSCredentialsProvider"), 1u << PROFILE},
      {STR("WebIdentityToken"), 1u << WEB_IDENTITY},
      {STR("ContainerCredentialsProvider"), 1u << CONTAINER},
      {STR("InstanceProfileCredentialsProvider"), 1u << MACHINE},
      {STR("IAMInstanceCredentialsProvider"), 1u << CONTAINER | 1u << MACHINE},
      {STR("DefaultCredentialsProvider"), 1u << ENVIRONMENT | 1u << WEB_IDENTITY | 1u << PROFILE | 1u << CONTAINER | 1u << MACHINE},
      {STR("DefaultAWSCredentialsProviderChain"), 1u << ENVIRONMENT | 1u << WEB_IDENTITY | 1u << PROFILE | 1u << CONTAINER | 1u << MACHINE},
  };
  uint32_t places = 0;
  for (size_t i = 0; i < COUNT_OF(classes); i++) {
    if (vonk_str_find(names, classes[i].part, 0) != SIZE_MAX) places |= classes[i].places;
  }
  return places;
}

static STATUS take_identity(struct vonk_task *task, struct s3_bucket *bucket, const struct vonk_fs_identity *identity) {
  struct s3_credentials *credentials = ARENA_NEW(bucket->arena, struct s3_credentials);
  bool found;
  TRY(s3_credentials_take(task, bucket->arena, identity->key_id, vonk_secret_reveal(&identity->secret), vonk_secret_reveal(&identity->token), &found, credentials));
  bucket->credentials = credentials;
  return found ? VONK_OK : s3_credentials_refuse(task, "the caller gave no credentials");
}

STATUS s3_credentials_find(struct vonk_task *task, struct s3_bucket *bucket) {
  if (task->files->identity) return take_identity(task, bucket, task->files->identity);
  struct vonk_str names;
  bool named = s3_setting(task, bucket->name, "aws.credentials.provider", &names) && vonk_str_trim(names).size > 0, found = false;
  uint32_t places = named ? places_of(names) : UINT32_MAX;
  struct s3_credentials *credentials = ARENA_NEW(bucket->arena, struct s3_credentials);
  for (enum place place = SETTINGS; place < PLACE_COUNT && !found; place++) {
    if (places >> place & 1) TRY(from_place(task, bucket, place, &found, credentials));
  }
  if (found || !bucket->credentials) bucket->credentials = credentials;
  return found ? VONK_OK : s3_credentials_refuse(task, "none of the providers of fs.s3a.aws.credentials.provider has credentials");
}

STATUS s3_credentials_refresh(struct vonk_task *task, struct s3_bucket *bucket) {
  return is_fresh(bucket->credentials) ? VONK_OK : s3_credentials_find(task, bucket);
}
