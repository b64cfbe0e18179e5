/* request.c: one request to S3: signed for each try, its answer understood. */
#include "fs/s3/s3.h"

#include "base/clock.h"
#include "fs/http_part.h"
#include "wire/xml.h"

enum { MESSAGE_SIZE_MAX = 300 };

static void sort_headers(struct s3_header *headers, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    struct s3_header header = headers[i];
    uint32_t at = i;
    for (; at > 0 && vonk_str_compare(headers[at - 1].name, header.name) > 0; at--) headers[at] = headers[at - 1];
    headers[at] = header;
  }
}

/* A new date for each try, and so a new signature. */
static void prepare(struct vonk_http_call *call) {
  struct s3_request *request = call->object;
  const struct s3_bucket *bucket = request->bucket;
  const struct s3_credentials *who = bucket->credentials;
  struct s3_header headers[S3_HEADERS_MAX + 5];
  uint32_t count = request->header_count;
  char date[S3_DATE_SIZE];
  memcpy(headers, request->headers, count * sizeof *headers);
  if (!who->anonymous) {
    struct vonk_str payload = request->unsigned_payload ? STR("UNSIGNED-PAYLOAD") : vonk_str_make(request->payload, S3_SHA256_HEX);
    s3_date(vonk_clock_wall_micros(), date);
    headers[count++] = (struct s3_header){STR("host"), bucket->host};
    headers[count++] = (struct s3_header){STR("x-amz-date"), vonk_str_make(date, sizeof date)};
    headers[count++] = (struct s3_header){STR("x-amz-content-sha256"), payload};
    if (who->token.size) headers[count++] = (struct s3_header){STR("x-amz-security-token"), vonk_secret_reveal(&who->token)};
    sort_headers(headers, count);
    struct s3_signable signable = {.method = call->request.method, .path = request->path, .query = request->query, .headers = headers, .header_count = count,
                                   .payload = payload, .date = vonk_str_make(date, sizeof date), .region = bucket->region, .service = STR("s3"),
                                   .key_id = who->key_id, .secret = &who->secret};
    vonk_http_add_header(call, STR("Authorization"), s3_sign(call->arena, &signable));
  }
  for (uint32_t i = 0; i < count; i++) {
    if (!vonk_str_equal(headers[i].name, STR("host"))) vonk_http_add_header(call, headers[i].name, headers[i].value);
  }
}

struct s3_request *s3_request_create(const struct s3_bucket *bucket, const char *method, struct vonk_str key, const struct s3_header *query, uint32_t query_count) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct s3_request *request = ARENA_NEW(arena, struct s3_request);
  request->arena = arena;
  request->bucket = bucket;
  struct vonk_text path, pairs;
  vonk_text_init(&path, arena);
  vonk_text_add(&path, bucket->root);
  vonk_text_add_char(&path, '/');
  vonk_http_escape(&path, key, true);
  request->path = vonk_text_str(&path);
  vonk_text_init(&pairs, arena);
  for (uint32_t i = 0; i < query_count; i++) {
    if (i) vonk_text_add_char(&pairs, '&');
    vonk_http_escape(&pairs, query[i].name, false);
    vonk_text_add_char(&pairs, '=');
    vonk_http_escape(&pairs, query[i].value, false);
  }
  request->query = vonk_text_str(&pairs);
  request->call = (struct vonk_http_call){.request = {.method = method, .body_limit = S3_BODY_LIMIT}, .policy = bucket->policy, .prepare = prepare, .object = request};
  request->call.request.url = vonk_str_format(arena, STR_FMT STR_FMT "%s" STR_FMT, STR_ARG(bucket->origin), STR_ARG(request->path), query_count ? "?" : "",
                                              STR_ARG(request->query));
  s3_sha256_hex(STR(""), request->payload);
  return request;
}

void s3_request_header(struct s3_request *request, struct vonk_str name, struct vonk_str value) {
  ASSERT(request->header_count < S3_HEADERS_MAX);
  request->headers[request->header_count++] = (struct s3_header){name, vonk_str_copy(request->arena, value)};
}

void s3_request_body(struct s3_request *request, struct vonk_str bytes) {
  request->call.request.body = vonk_str_make(bytes.data ? bytes.data : "", bytes.size);
  s3_request_header(request, STR("content-type"), STR("application/octet-stream"));
  /* TLS protects the bytes already. */
  request->unsigned_payload = request->bucket->tls;
  if (!request->unsigned_payload) s3_sha256_hex(bytes, request->payload);
}

void s3_request_start(struct s3_request *request) { vonk_http_start(request->bucket->client, &request->call); }

/* What a store says in the words of its own may repeat who asked: that is not said on. */
static void hide(struct s3_request *request, struct vonk_str secret) {
  if (secret.size && vonk_str_find(request->error_message, secret, 0) != SIZE_MAX) request->error_message = STR("the store's own words repeat the credentials");
}

void s3_request_explain(struct s3_request *request) {
  struct vonk_xml xml;
  vonk_xml_init(&xml, request->arena, vonk_http_body(&request->call));
  while (vonk_xml_next(&xml)) {
    if (vonk_xml_is(&xml, "Error/Code")) request->error_code = xml.text;
    if (vonk_xml_is(&xml, "Error/Message")) request->error_message = vonk_str_slice(xml.text, 0, xml.text.size < MESSAGE_SIZE_MAX ? xml.text.size : MESSAGE_SIZE_MAX);
  }
  if (vonk_str_ends_with(request->error_message, STR("."))) request->error_message.size--; /* the sentence around it has one */
  hide(request, request->bucket->credentials->key_id);
  hide(request, vonk_secret_reveal(&request->bucket->credentials->token));
}

static bool is_one_of(struct vonk_str code, const struct vonk_str *codes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (vonk_str_equal(code, codes[i])) return true;
  }
  return false;
}

/* Credentials that end within the time are taken again from where they came. */
static bool is_expired(const struct s3_request *request) {
  static const struct vonk_str codes[] = {STR("ExpiredToken"), STR("TokenRefreshRequired"), STR("ExpiredTokenException"), STR("RequestExpired")};
  return is_one_of(request->error_code, codes, COUNT_OF(codes));
}

/* Some stores say 400 of credentials that they do not know. */
static bool is_refused(const struct s3_request *request) {
  static const struct vonk_str codes[] = {STR("InvalidToken"), STR("InvalidTokenId"), STR("InvalidAccessKeyId"), STR("InvalidSecurity"), STR("AuthorizationHeaderMalformed"),
                                          STR("XAdminUserNotFound")};
  if (request->call.end != VONK_HTTP_ANSWERED) return false;
  return request->call.status == 401 || request->call.status == 403 || is_expired(request) || is_one_of(request->error_code, codes, COUNT_OF(codes));
}

static const char *advice(const struct s3_request *request) {
  if (is_expired(request)) return " (the credentials have expired)";
  if (request->bucket->credentials->anonymous && (request->call.status == 403 || request->call.status == 401)) return " (no credentials were found: fs.s3a.access.key and fs.s3a.secret.key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)";
  if (request->call.status == 301 || request->call.status == 307 || request->call.status == 308) return " (the bucket lies in another region: set fs.s3a.endpoint.region or fs.s3a.endpoint)";
  return "";
}

STATUS s3_request_raise(struct vonk_task *task, struct s3_request *request, struct vonk_str path, bool writes) {
  const char *reason = vonk_fs_http_reason(task->arena, &request->call);
  if (request->call.end == VONK_HTTP_ANSWERED && request->error_code.size) {
    reason = vonk_str_format(task->arena, "the store answered %d " STR_FMT ": " STR_FMT "%s", request->call.status, STR_ARG(request->error_code),
                             STR_ARG(request->error_message), advice(request)).data;
  } else if (request->call.end == VONK_HTTP_ANSWERED) {
    reason = vonk_str_format(task->arena, "%s%s", reason, advice(request)).data;
  }
  if (vonk_str_equal(request->error_code, STR("NoSuchBucket"))) return vonk_raise(task, VONK_PATH_NOT_FOUND, NULL, "path", path, NULL);
  bool is_wrong = request->call.end == VONK_HTTP_ANSWERED && (request->call.status == 400 || request->call.status == 409);
  if (is_refused(request)) return vonk_raise(task, VONK_STORE_ACCESS_DENIED, NULL, "path", path, "reason", vonk_str_of(reason), NULL);
  if (is_wrong) return vonk_raise(task, VONK_STORE_REQUEST_REFUSED, NULL, "path", path, "reason", vonk_str_of(reason), NULL);
  return writes ? vonk_fs_raise_write(task, path, reason) : vonk_fs_raise_read(task, path, reason);
}

STATUS s3_request_run(struct vonk_task *task, struct s3_request *request, struct vonk_str path, bool writes) {
  if (!request->call.budget) request->call.budget = task->budget;
  s3_request_start(request);
  TRY(vonk_http_wait(task, &request->call));
  if (request->call.end != VONK_HTTP_ANSWERED) return s3_request_raise(task, request, path, writes);
  if (!vonk_http_is_success(&request->call)) s3_request_explain(request);
  return VONK_OK;
}

void s3_request_destroy(struct s3_request *request) {
  vonk_http_call_deinit(&request->call);
  vonk_arena_destroy(request->arena);
}

/* The answer to a HEAD has no body: what the store has against it is asked for with a GET. */
static STATUS raise_refused(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str path, struct vonk_str key) {
  struct s3_request *request = s3_request_create(bucket, "GET", key, NULL, 0);
  s3_request_header(request, STR("range"), STR("bytes=0-0"));
  enum vonk_status status = s3_request_run(task, request, path, false);
  if (status == VONK_OK) status = s3_request_raise(task, request, path, false);
  s3_request_destroy(request);
  return status;
}

STATUS s3_head(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str path, struct vonk_str key, bool *found, struct s3_object *out) {
  struct s3_request *request = s3_request_create(bucket, "HEAD", key, NULL, 0);
  enum vonk_status status = s3_request_run(task, request, path, false);
  *found = status == VONK_OK && vonk_http_is_success(&request->call);
  if (*found) {
    int64_t size = -1;
    (void)vonk_str_to_int64(vonk_http_answer_header(&request->call, STR("content-length")), &size);
    *out = (struct s3_object){.byte_size = (uint64_t)size,
                              .mtime_ns = vonk_http_date_ns(vonk_http_answer_header(&request->call, STR("last-modified"))),
                              .etag = vonk_str_copy(task->arena, vonk_http_answer_header(&request->call, STR("etag"))),
                              .mark = vonk_str_copy(task->arena, vonk_http_answer_header(&request->call, STR("x-amz-meta-vonk")))};
    if (size < 0) status = vonk_fs_raise_read(task, path, "the store does not say how long the file is");
  } else if (status == VONK_OK && request->call.status != 404) {
    status = raise_refused(task, bucket, path, key);
  }
  s3_request_destroy(request);
  return status;
}

/* Some stores put quotes around it in one place and not in the other. */
uint64_t s3_inode(struct vonk_str etag) {
  if (etag.size >= 2 && etag.data[0] == '"' && etag.data[etag.size - 1] == '"') etag = vonk_str_slice(etag, 1, etag.size - 1);
  return vonk_str_hash(etag);
}
