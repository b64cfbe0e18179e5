/* credentials.c: who asks: the chain of places where credentials may be, in the order of AWS's own tools.
 *
 * fs.s3a.aws.credentials.provider may name the places; without it: the session's settings, the environment, a web identity, the profile,
 * the container, the machine (IMDSv2). What services hand out is kept by the process until shortly before it expires. Nothing here is
 * written anywhere: errors name the place, never what was found in it.
 */
#include "fs/s3/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "fs/http_part.h"
#include "type/json.h"
#include "wire/xml.h"

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

static struct vonk_str environment(const char *name) {
  const char *value = getenv(name);
  return vonk_str_of(value && *value ? value : NULL);
}

static STATUS refuse(struct vonk_task *task, const char *what) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", STR("s3a:"), "reason", vonk_str_of(what), NULL);
}

/* FOUND when there are both parts. */
static STATUS take(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str id, struct vonk_str secret, struct vonk_str token, bool *found,
                   struct s3_credentials *out) {
  id = vonk_str_trim(id), secret = vonk_str_trim(secret), token = vonk_str_trim(token);
  *found = id.size && secret.size;
  if (!*found) return VONK_OK;
  bool odd = id.size > SECRET_SIZE_MAX || secret.size > SECRET_SIZE_MAX || token.size > ANSWER_BYTES_MAX;
  const struct vonk_str all[] = {id, secret, token};
  for (size_t k = 0; k < COUNT_OF(all); k++) {
    for (size_t i = 0; i < all[k].size; i++) odd |= (unsigned char)all[k].data[i] <= ' ' || all[k].data[i] == 127;
  }
  if (odd) return refuse(task, "the credentials given have characters or a length that no credentials have");
  *out = (struct s3_credentials){.key_id = vonk_str_copy(arena, id), .secret = vonk_secret_copy(arena, secret), .token = vonk_secret_copy(arena, token),
                                 .expires_micros = INT64_MAX};
  return VONK_OK;
}

static STATUS from_settings(struct vonk_task *task, struct s3_bucket *bucket, bool *found, struct s3_credentials *out) {
  struct vonk_str id = {0}, secret = {0}, token = {0};
  (void)s3_setting(task, bucket->name, "access.key", &id);
  (void)s3_setting(task, bucket->name, "secret.key", &secret);
  (void)s3_setting(task, bucket->name, "session.token", &token);
  return take(task, bucket->arena, id, secret, token, found, out);
}

static STATUS from_environment(struct vonk_task *task, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  return take(task, arena, environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"), environment("AWS_SESSION_TOKEN"), found, out);
}

/* --- profiles --- */

struct profile {
  struct vonk_str id, secret, token;
};

/* The settings of [NAME] or [profile NAME]. */
static void read_profile(struct vonk_str text, struct vonk_str name, struct profile *out) {
  bool inside = false;
  for (size_t at = 0; at < text.size;) {
    size_t end = vonk_str_find(text, STR("\n"), at);
    if (end == SIZE_MAX) end = text.size;
    struct vonk_str line = vonk_str_trim(vonk_str_slice(text, at, end));
    at = end + 1;
    if (vonk_str_starts_with(line, STR("[")) && vonk_str_ends_with(line, STR("]"))) {
      struct vonk_str section = vonk_str_trim(vonk_str_slice(line, 1, line.size - 1));
      if (vonk_str_starts_with(section, STR("profile "))) section = vonk_str_trim(vonk_str_slice(section, 8, section.size));
      inside = vonk_str_equal(section, name);
    }
    size_t equals = vonk_str_find(line, STR("="), 0);
    if (!inside || equals == SIZE_MAX) continue;
    struct vonk_str key = vonk_str_trim(vonk_str_slice(line, 0, equals)), value = vonk_str_trim(vonk_str_slice(line, equals + 1, line.size));
    if (vonk_str_equal(key, STR("aws_access_key_id"))) out->id = value;
    if (vonk_str_equal(key, STR("aws_secret_access_key"))) out->secret = value;
    if (vonk_str_equal(key, STR("aws_session_token"))) out->token = value;
  }
}

/* A file's text on an arena of its own, which is wiped; absent when it cannot be read. */
static struct vonk_str read_file(struct vonk_task *task, struct vonk_arena *scratch, struct vonk_str path) {
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

static void wipe(struct vonk_str text) {
  if (text.data) explicit_bzero((char *)(uintptr_t)text.data, text.size);
}

static STATUS from_profile(struct vonk_task *task, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  static const char *const variables[] = {"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"}, *const names[] = {"credentials", "config"};
  struct vonk_str profile = environment("AWS_PROFILE"), home = environment("HOME");
  enum vonk_status status = VONK_OK;
  *found = false;
  if (!profile.size) profile = STR("default");
  for (size_t i = 0; i < COUNT_OF(names) && status == VONK_OK && !*found; i++) {
    struct vonk_arena *scratch = vonk_arena_create(NULL);
    struct vonk_str path = environment(variables[i]);
    if (!path.size) path = vonk_str_format(scratch, STR_FMT "/.aws/%s", STR_ARG(home), names[i]);
    struct vonk_str text = read_file(task, scratch, path);
    struct profile read = {0};
    read_profile(text, profile, &read);
    status = take(task, arena, read.id, read.secret, read.token, found, out);
    wipe(text);
    vonk_arena_destroy(scratch);
  }
  return status;
}

/* --- services --- */

struct ask {
  const char *method;
  struct vonk_str url;
  struct vonk_str body;
  struct vonk_str header_name, header_value;
  bool is_near;                         /* on this machine or its host: soon or never */
};

/* The answer's text; absent when there is none. */
static STATUS ask_service(struct vonk_task *task, struct vonk_http_client *client, const struct ask *ask, struct vonk_str *out) {
  struct vonk_http_call call = {.request = {.method = ask->method, .url = ask->url, .body = ask->body, .body_limit = ANSWER_BYTES_MAX, .direct = ask->is_near},
                                .policy = {.tries_max = ask->is_near ? 1 : 4, .connect_timeout_ms = ask->is_near ? METADATA_TIMEOUT_MS : 0, .total_timeout_ms = 10000},
                                .budget = task->budget};
  if (ask->header_name.size) vonk_http_add_header(&call, ask->header_name, ask->header_value);
  if (ask->body.data) vonk_http_add_header(&call, STR("Content-Type"), STR("application/x-www-form-urlencoded"));
  vonk_http_start(client, &call);
  enum vonk_status status = vonk_http_wait(task, &call);
  *out = (struct vonk_str){0};
  if (status == VONK_OK && vonk_http_is_success(&call)) {
    struct vonk_str body = vonk_http_body(&call);
    *out = vonk_secret_reveal(&(struct vonk_secret){vonk_secret_copy(task->arena, body).bytes, body.size});
    wipe(body);
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
  TRY(take(task, arena, id, secret, token, found, out));
  if (*found && expiration.size) out->expires_micros = s3_time_micros(expiration);
  wipe(secret), wipe(token);
  return VONK_OK;
}

static STATUS from_web_identity(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  struct vonk_str file = environment("AWS_WEB_IDENTITY_TOKEN_FILE"), role = environment("AWS_ROLE_ARN"), name = environment("AWS_ROLE_SESSION_NAME");
  struct vonk_str endpoint = environment("AWS_ENDPOINT_URL_STS"), answer, id = {0}, secret = {0}, token = {0}, expiration = {0};
  if (!file.size || !role.size) return VONK_OK;
  struct vonk_str identity = vonk_str_trim(read_file(task, task->arena, file));
  struct vonk_text body;
  vonk_text_init(&body, task->arena);
  vonk_text_add(&body, STR("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn="));
  vonk_http_escape(&body, role, false);
  vonk_text_add(&body, STR("&RoleSessionName="));
  vonk_http_escape(&body, name.size ? name : STR("vonk"), false);
  vonk_text_add(&body, STR("&WebIdentityToken="));
  vonk_http_escape(&body, identity, false);
  if (!endpoint.size) endpoint = vonk_str_format(task->arena, "https://sts." STR_FMT ".amazonaws.com", STR_ARG(bucket->region));
  struct ask ask = {.method = "POST", .url = vonk_str_format(task->arena, STR_FMT "/", STR_ARG(endpoint)), .body = vonk_text_str(&body)};
  enum vonk_status status = ask_service(task, bucket->client, &ask, &answer);
  wipe(vonk_text_str(&body)), wipe(identity);
  TRY(status);
  struct vonk_xml xml;
  vonk_xml_init(&xml, task->arena, answer);
  while (vonk_xml_next(&xml)) {
    if (vonk_xml_is(&xml, "Credentials/AccessKeyId")) id = xml.text;
    if (vonk_xml_is(&xml, "Credentials/SecretAccessKey")) secret = xml.text;
    if (vonk_xml_is(&xml, "Credentials/SessionToken")) token = xml.text;
    if (vonk_xml_is(&xml, "Credentials/Expiration")) expiration = xml.text;
  }
  TRY(take(task, arena, id, secret, token, found, out));
  if (*found && expiration.size) out->expires_micros = s3_time_micros(expiration);
  return *found ? VONK_OK : refuse(task, "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE was not accepted");
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
  struct vonk_str relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), url = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  struct vonk_str token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN"), file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), answer;
  if (relative.size) url = vonk_str_format(task->arena, "http://169.254.170.2" STR_FMT, STR_ARG(relative));
  if (!url.size) return VONK_OK;
  if (!is_safe_container(url)) return refuse(task, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither of this machine nor https");
  if (file.size) token = vonk_str_trim(read_file(task, task->arena, file));
  struct ask ask = {.method = "GET", .url = url, .header_name = token.size ? STR("Authorization") : STR(""), .header_value = token, .is_near = true};
  TRY(ask_service(task, bucket->client, &ask, &answer));
  TRY(take_json(task, arena, answer, found, out));
  return *found ? VONK_OK : refuse(task, "the container has no credentials at AWS_CONTAINER_CREDENTIALS_*_URI");
}

static STATUS from_machine(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  static const struct vonk_str header = STR("X-aws-ec2-metadata-token");
  struct vonk_str endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT"), token, role, answer;
  if (vonk_str_equal_nocase(environment("AWS_EC2_METADATA_DISABLED"), STR("true"))) return VONK_OK;
  if (!endpoint.size) endpoint = STR("http://169.254.169.254");
  while (endpoint.size && endpoint.data[endpoint.size - 1] == '/') endpoint.size--;
  struct ask ask = {.method = "PUT", .url = vonk_str_format(task->arena, STR_FMT "/latest/api/token", STR_ARG(endpoint)),
                    .header_name = STR("X-aws-ec2-metadata-token-ttl-seconds"), .header_value = STR("21600"), .is_near = true};
  TRY(ask_service(task, bucket->client, &ask, &token));
  if (!token.size) return VONK_OK;
  struct vonk_str folder = vonk_str_format(task->arena, STR_FMT "/latest/meta-data/iam/security-credentials/", STR_ARG(endpoint));
  ask = (struct ask){.method = "GET", .url = folder, .header_name = header, .header_value = vonk_str_trim(token), .is_near = true};
  TRY(ask_service(task, bucket->client, &ask, &role));
  size_t line = vonk_str_find(role, STR("\n"), 0);
  role = vonk_str_trim(vonk_str_slice(role, 0, line == SIZE_MAX ? role.size : line));
  if (!role.size) return VONK_OK;
  struct vonk_text url;
  vonk_text_init(&url, task->arena);
  vonk_text_add(&url, folder);
  vonk_http_escape(&url, role, false);
  ask.url = vonk_text_str(&url);
  TRY(ask_service(task, bucket->client, &ask, &answer));
  return take_json(task, arena, answer, found, out);
}

static STATUS from_service(struct vonk_task *task, const struct s3_bucket *bucket, enum place place, struct vonk_arena *arena, bool *found, struct s3_credentials *out) {
  *found = false;
  if (place == WEB_IDENTITY) return from_web_identity(task, bucket, arena, found, out);
  return place == CONTAINER ? from_container(task, bucket, arena, found, out) : from_machine(task, bucket, arena, found, out);
}

static bool is_fresh(const struct s3_credentials *credentials) {
  return credentials->expires_micros == INT64_MAX || credentials->expires_micros - vonk_clock_wall_micros() > REFRESH_MICROS;
}

/* What a service says, asked once for all who need it at the time. */
static STATUS from_keeper(struct vonk_task *task, struct s3_bucket *bucket, enum place place, bool *found, struct s3_credentials *out) {
  struct vonk_fs_part *part;
  enum vonk_status status = VONK_OK;
  TRY(vonk_fs_part(task, VONK_FS_SLOT_CREDENTIALS, keeper_create, &part));
  struct keeper *keeper = (struct keeper *)part;
  struct known *known = &keeper->known[place];
  vonk_mutex_lock(&keeper->lock);
  if (!known->absent && (!known->arena || !is_fresh(&known->credentials))) {
    struct vonk_arena *arena = vonk_arena_create(NULL);
    struct s3_credentials credentials;
    status = from_service(task, bucket, place, arena, found, &credentials);
    if (status == VONK_OK && *found) {
      vonk_arena_destroy(known->arena);
      *known = (struct known){arena, credentials, false};
    } else {
      vonk_arena_destroy(arena);
      known->absent = status == VONK_OK && !known->arena;
    }
  }
  *found = status == VONK_OK && known->arena;
  if (*found) {
    int64_t expires = known->credentials.expires_micros;
    status = take(task, bucket->arena, known->credentials.key_id, vonk_secret_reveal(&known->credentials.secret), vonk_secret_reveal(&known->credentials.token), found, out);
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
    case PROFILE: return from_profile(task, bucket->arena, found, out);
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
  bucket->credentials = credentials;
  TRY(take(task, bucket->arena, identity->key_id, vonk_secret_reveal(&identity->secret), vonk_secret_reveal(&identity->token), &found, credentials));
  return found ? VONK_OK : refuse(task, "the caller gave no credentials");
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
  bucket->credentials = credentials;
  return found ? VONK_OK : refuse(task, "none of the providers of fs.s3a.aws.credentials.provider has credentials");
}

STATUS s3_credentials_refresh(struct vonk_task *task, struct s3_bucket *bucket) {
  return is_fresh(bucket->credentials) ? VONK_OK : s3_credentials_find(task, bucket);
}
