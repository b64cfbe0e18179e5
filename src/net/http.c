/* http.c: see http.h. The client's thread alone touches libcurl's handles; calls reach it through a list under the lock. */
#include "net/http.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "net/curl.h"

enum {
  ERROR_BODY_BYTES = 64 << 10,
  HEADER_BYTES_MAX = 64 << 10,
  CONNECTIONS_KEPT = 128,
  EASY_KEPT_MAX = 64,
  POLL_MS = 1000,
  PLACE_MS = 2,                        /* until a call that waits for a place looks again */
  WAIT_SLICE_NS = 20 * 1000 * 1000,
  BACKOFF_BASE_MS = 50,
  BACKOFF_MAX_MS = 5000,
  RETRY_AFTER_MAX_MS = 30000,
  UNREACHABLE_TRIES_MAX = 4,
};

static_assert(sizeof ((struct vonk_http_call *)NULL)->reason >= CURL_ERROR_SIZE, "libcurl writes there");

struct vonk_http_client {
  struct vonk_arena *arena;
  const struct vonk_curl *curl;
  CURLM *multi;
  struct vonk_thread *thread;
  struct vonk_mutex lock;
  struct vonk_condition_variable finished;
  struct vonk_http_call *fresh;        /* under the lock: to be started, latest first */
  bool stop, some_cancelled;           /* under the lock */
  struct vonk_http_call *delayed;      /* the thread's */
  struct vonk_http_call *running;      /* the thread's */
  uint32_t running_count;
  CURL *kept[EASY_KEPT_MAX];           /* the thread's: handles without work */
  uint32_t kept_count;
  uint64_t random;
};

/* --- headers --- */

static void wipe_headers(struct vonk_http_call *call) {
  for (struct curl_slist *header = call->headers; header; header = header->next) explicit_bzero(header->data, strlen(header->data));
  call->headers = NULL;
}

void vonk_http_call_init(struct vonk_http_call *call) {
  if (!call->arena) call->arena = vonk_arena_create(NULL);
}

void vonk_http_add_header(struct vonk_http_call *call, struct vonk_str name, struct vonk_str value) {
  vonk_http_call_init(call);
  struct curl_slist *header = ARENA_NEW(call->arena, struct curl_slist);
  header->data = vonk_arena_alloc(call->arena, name.size + value.size + 3);
  memcpy(header->data, name.data, name.size);
  /* "Name;" is how libcurl sends one without a value. */
  memcpy(header->data + name.size, value.size ? ": " : ";", value.size ? 2 : 1);
  if (value.size) memcpy(header->data + name.size + 2, value.data, value.size);
  header->next = call->headers;
  call->headers = header;
}

struct vonk_str vonk_http_answer_header(const struct vonk_http_call *call, struct vonk_str name) {
  struct vonk_str text = vonk_text_str(&call->answer_headers);
  for (size_t at = 0; at < text.size;) {
    size_t end = vonk_str_find(text, STR("\n"), at);
    if (end == SIZE_MAX) end = text.size;
    struct vonk_str line = vonk_str_slice(text, at, end);
    size_t colon = vonk_str_find(line, STR(":"), 0);
    if (colon != SIZE_MAX && vonk_str_equal_nocase(vonk_str_slice(line, 0, colon), name)) return vonk_str_trim(vonk_str_slice(line, colon + 1, line.size));
    at = end + 1;
  }
  return (struct vonk_str){0};
}

/* --- what libcurl calls --- */

static size_t on_header(char *bytes, size_t size, size_t count, void *object) {
  struct vonk_http_call *call = object;
  struct vonk_str line = vonk_str_make(bytes, size * count);
  if (vonk_str_starts_with(line, STR("HTTP/"))) call->answer_headers.size = 0; /* those before were of a 100 */
  if (call->answer_headers.size + line.size > HEADER_BYTES_MAX) return 0;
  vonk_text_add(&call->answer_headers, line);
  return line.size;
}

static bool keep_body(struct vonk_http_call *call, const char *bytes, size_t size) {
  if (!call->body && vonk_buffer_create(call->budget, size < 4096 ? 4096 : size, &call->body) != VONK_OK) return false;
  size_t need = call->body->size + size;
  if (need > call->body->capacity && vonk_buffer_grow(&call->body, need * 2) != VONK_OK) return false;
  memcpy(call->body->data + call->body->size, bytes, size);
  call->body->size = need;
  return true;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *object) {
  struct vonk_http_call *call = object;
  size *= count;
  long status = 0;
  call->client->curl->easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
  bool success = status >= 200 && status < 300;
  size_t room = !success ? ERROR_BODY_BYTES : call->request.into ? call->request.into_size : call->request.body_limit;
  size_t used = success && call->request.into ? call->received : call->body ? call->body->size : 0;
  if (size > room - used) {
    if (!success) return size; /* the beginning of an error tells enough */
    call->end = VONK_HTTP_TOO_LARGE;
    return 0;
  }
  if (success && call->request.into) {
    memcpy((char *)call->request.into + used, bytes, size);
  } else if (!keep_body(call, bytes, size)) {
    call->end = VONK_HTTP_NO_MEMORY;
    return 0;
  }
  call->received += size;
  return size;
}

/* --- the thread --- */

static void configure(struct vonk_http_client *client, struct vonk_http_call *call) {
  const struct vonk_curl *curl = client->curl;
  const struct vonk_http_request *request = &call->request;
  const struct vonk_http_policy *policy = &call->policy;
  CURL *easy = call->easy;
  uint32_t stall = policy->stall_timeout_ms ? policy->stall_timeout_ms : 60000;
  curl->easy_setopt(easy, CURLOPT_URL, vonk_str_copy(call->arena, request->url).data);
  curl->easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl->easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
  curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(policy->connect_timeout_ms ? policy->connect_timeout_ms : 10000));
  curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)policy->total_timeout_ms);
  curl->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)(stall + 999) / 1000);
  curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, memset(call->reason, 0, sizeof call->reason));
  curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl->easy_setopt(easy, CURLOPT_HEADERDATA, call);
  curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl->easy_setopt(easy, CURLOPT_WRITEDATA, call);
  curl->easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
  curl->easy_setopt(easy, CURLOPT_PRIVATE, call);
  /* On a connection that was kept libcurl would send a request again by itself when that turns out to be closed. */
  if (policy->tries_max <= 1 || policy->counts_tries) {
    curl->easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl->easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  }
  if (request->direct) curl->easy_setopt(easy, CURLOPT_NOPROXY, "*");
  if (request->body.data) {
    curl->easy_setopt(easy, CURLOPT_POST, 1L);
    curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
    curl->easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data);
  }
  if (strcmp(request->method, "HEAD") == 0) curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
  else if (request->body.data || strcmp(request->method, "GET") != 0) curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void give_back(struct vonk_http_client *client, struct vonk_http_call *call) {
  if (!call->easy) return;
  client->curl->easy_reset(call->easy);
  if (client->kept_count < EASY_KEPT_MAX) client->kept[client->kept_count++] = call->easy;
  else client->curl->easy_cleanup(call->easy);
  call->easy = NULL;
}

static void finish(struct vonk_http_client *client, struct vonk_http_call *call) {
  wipe_headers(call);
  give_back(client, call);
  if (call->done) {
    call->done(call);
    return;
  }
  vonk_mutex_lock(&client->lock);
  call->finished = true;
  vonk_condition_variable_broadcast(&client->finished);
  vonk_mutex_unlock(&client->lock);
}

static void end_as(struct vonk_http_client *client, struct vonk_http_call *call, enum vonk_http_end end, const char *reason) {
  call->end = end;
  if (!call->reason[0]) snprintf(call->reason, sizeof call->reason, "%s", reason);
  finish(client, call);
}

static void delay(struct vonk_http_client *client, struct vonk_http_call *call, uint64_t milliseconds) {
  call->due_ns = vonk_clock_monotonic_ns() + milliseconds * 1000000;
  call->next = client->delayed;
  client->delayed = call;
}

static void begin(struct vonk_http_client *client, struct vonk_http_call *call) {
  if (call->cancelled) {
    end_as(client, call, VONK_HTTP_CANCELLED, "cancelled");
    return;
  }
  if (call->policy.calls_max && client->running_count >= call->policy.calls_max) return delay(client, call, PLACE_MS);
  call->tries++;
  call->end = VONK_HTTP_UNDER_WAY;
  call->status = 0;
  call->received = 0;
  call->answer_headers.size = 0;
  vonk_buffer_release(call->body);
  call->body = NULL;
  call->easy = client->kept_count ? client->kept[--client->kept_count] : client->curl->easy_init();
  if (!call->easy) {
    end_as(client, call, VONK_HTTP_NO_MEMORY, "no memory");
    return;
  }
  if (call->prepare) {
    wipe_headers(call);
    call->prepare(call);
  }
  /* Of its own libcurl would ask before it sends, and name a type for what it does not know. */
  vonk_http_add_header(call, STR("Expect:"), STR(""));
  call->headers->data[strlen("Expect:")] = 0;
  if (!call->request.body.data) {
    vonk_http_add_header(call, STR("Content-Type:"), STR(""));
    call->headers->data[strlen("Content-Type:")] = 0;
  }
  configure(client, call);
  if (client->curl->multi_add_handle(client->multi, call->easy) != CURLM_OK) {
    end_as(client, call, VONK_HTTP_NO_MEMORY, "no memory");
    return;
  }
  call->next = client->running;
  client->running = call;
  client->running_count++;
}

static void unlink_running(struct vonk_http_client *client, struct vonk_http_call *call) {
  struct vonk_http_call **link = &client->running;
  while (*link != call) link = &(*link)->next;
  *link = call->next;
  client->running_count--;
}

static enum vonk_http_end end_of(const struct vonk_http_call *call, CURLcode code) {
  if (call->end != VONK_HTTP_UNDER_WAY) return call->end; /* a callback said so */
  switch (code) {
    case CURLE_OK: return VONK_HTTP_ANSWERED;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return VONK_HTTP_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT: return VONK_HTTP_TIMED_OUT;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY: return VONK_HTTP_BROKEN;
    case CURLE_OUT_OF_MEMORY: return VONK_HTTP_NO_MEMORY;
    default: return VONK_HTTP_REFUSED;
  }
}

static bool is_worth_another_try(const struct vonk_http_call *call) {
  uint32_t tries = call->policy.tries_max ? call->policy.tries_max : 1;
  if (call->tries >= tries || call->cancelled) return false;
  switch (call->end) {
    case VONK_HTTP_UNREACHABLE: return call->tries < UNREACHABLE_TRIES_MAX;
    case VONK_HTTP_BROKEN:
    case VONK_HTTP_TIMED_OUT: return true;
    case VONK_HTTP_ANSWERED: break;
    default: return false;
  }
  static const int transient[] = {408, 429, 500, 502, 503, 504};
  for (size_t i = 0; i < COUNT_OF(transient); i++) {
    if (call->status == transient[i]) return true;
  }
  return false;
}

/* Anything up to a bound that doubles: clients that were refused together do not come back together. */
static uint64_t delay_ms(struct vonk_http_client *client, const struct vonk_http_call *call) {
  uint64_t bound = (uint64_t)BACKOFF_BASE_MS << (call->tries < 8 ? call->tries : 8), least = 0;
  int64_t seconds;
  if (bound > BACKOFF_MAX_MS) bound = BACKOFF_MAX_MS;
  if (vonk_str_to_int64(vonk_http_answer_header(call, STR("retry-after")), &seconds) && seconds > 0) {
    least = seconds > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS : (uint64_t)seconds * 1000;
  }
  client->random ^= client->random << 13;
  client->random ^= client->random >> 7;
  client->random ^= client->random << 17;
  return least + client->random % (bound + 1);
}

static void complete(struct vonk_http_client *client, CURL *easy, CURLcode code) {
  char *object = NULL;
  client->curl->easy_getinfo(easy, CURLINFO_PRIVATE, &object);
  struct vonk_http_call *call = (struct vonk_http_call *)(void *)object;
  long status = 0;
  client->curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  client->curl->multi_remove_handle(client->multi, easy);
  unlink_running(client, call);
  call->status = (int)status;
  call->end = end_of(call, code);
  if (call->end != VONK_HTTP_ANSWERED && !call->reason[0]) snprintf(call->reason, sizeof call->reason, "%s", client->curl->easy_strerror(code));
  if (!is_worth_another_try(call)) {
    finish(client, call);
    return;
  }
  give_back(client, call);
  delay(client, call, delay_ms(client, call));
}

/* The delayed calls that are due or not wanted any more. The time until the next, in ms. */
static int start_due(struct vonk_http_client *client) {
  uint64_t now = vonk_clock_monotonic_ns(), wait = (uint64_t)POLL_MS * 1000000;
  struct vonk_http_call *calls = client->delayed;
  client->delayed = NULL;
  while (calls) {
    struct vonk_http_call *call = calls;
    calls = call->next;
    if (call->due_ns <= now || call->cancelled) {
      begin(client, call);
      continue;
    }
    if (call->due_ns - now < wait) wait = call->due_ns - now;
    call->next = client->delayed;
    client->delayed = call;
  }
  return (int)(wait / 1000000) + 1;
}

static void end_cancelled(struct vonk_http_client *client, bool all) {
  for (struct vonk_http_call *call = client->running, *next; call; call = next) {
    next = call->next;
    if (!all && !call->cancelled) continue;
    client->curl->multi_remove_handle(client->multi, call->easy);
    unlink_running(client, call);
    end_as(client, call, VONK_HTTP_CANCELLED, "cancelled");
  }
  for (struct vonk_http_call *call = client->delayed; call; call = call->next) {
    if (all) call->cancelled = true;
  }
}

/* False when the client ends. */
static bool take_orders(struct vonk_http_client *client) {
  vonk_mutex_lock(&client->lock);
  struct vonk_http_call *fresh = client->fresh, *ordered = NULL;
  bool stop = client->stop, some_cancelled = client->some_cancelled;
  client->fresh = NULL;
  client->some_cancelled = false;
  vonk_mutex_unlock(&client->lock);
  while (fresh) {
    struct vonk_http_call *call = fresh;
    fresh = call->next;
    call->next = ordered;
    ordered = call;
  }
  while (ordered) {
    struct vonk_http_call *call = ordered;
    ordered = call->next;
    if (stop) call->cancelled = true;
    begin(client, call);
  }
  if (stop || some_cancelled) end_cancelled(client, stop);
  return !stop;
}

static void run(void *object) {
  struct vonk_http_client *client = object;
  for (bool going = true; going;) {
    int running, left;
    going = take_orders(client);
    int wait_ms = start_due(client);
    client->curl->multi_perform(client->multi, &running);
    for (CURLMsg *message; (message = client->curl->multi_info_read(client->multi, &left));) {
      if (message->msg == CURLMSG_DONE) complete(client, message->easy_handle, message->data.result);
    }
    if (going) client->curl->multi_poll(client->multi, NULL, 0, client->delayed && wait_ms > 50 ? 50 : wait_ms, NULL);
  }
}

/* --- from outside --- */

STATUS vonk_http_client_create(struct vonk_task *task, struct vonk_http_client **out) {
  const struct vonk_curl *curl = vonk_curl_open();
  if (!curl) return vonk_unsupported(task, NULL, "HTTP without libcurl (the package libcurl4)");
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_http_client *client = ARENA_NEW(arena, struct vonk_http_client);
  client->arena = arena;
  client->curl = curl;
  client->random = vonk_clock_monotonic_ns() | 1;
  vonk_mutex_init(&client->lock);
  vonk_condition_variable_init(&client->finished);
  client->multi = curl->multi_init();
  if (client->multi) {
    /* Kept ones only: a bound on all would let requests wait where no time limit sees them. */
    curl->multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    client->thread = vonk_thread_create("vonk-http", run, client);
  }
  *out = client;
  if (client->thread) return VONK_OK;
  vonk_http_client_destroy(client);
  return vonk_unsupported(task, NULL, "HTTP while the system has no threads left");
}

void vonk_http_client_destroy(struct vonk_http_client *client) {
  if (!client) return;
  if (client->thread) {
    vonk_mutex_lock(&client->lock);
    client->stop = true;
    vonk_mutex_unlock(&client->lock);
    client->curl->multi_wakeup(client->multi);
    vonk_thread_join(client->thread);
    start_due(client); /* delayed calls end as cancelled */
  }
  for (uint32_t i = 0; i < client->kept_count; i++) client->curl->easy_cleanup(client->kept[i]);
  if (client->multi) client->curl->multi_cleanup(client->multi);
  vonk_condition_variable_deinit(&client->finished);
  vonk_mutex_deinit(&client->lock);
  vonk_arena_destroy(client->arena);
}

void vonk_http_start(struct vonk_http_client *client, struct vonk_http_call *call) {
  vonk_http_call_init(call);
  if (!call->answer_headers.arena) vonk_text_init(&call->answer_headers, call->arena);
  call->client = client;
  vonk_mutex_lock(&client->lock);
  call->next = client->fresh;
  client->fresh = call;
  vonk_mutex_unlock(&client->lock);
  client->curl->multi_wakeup(client->multi);
}

void vonk_http_cancel(struct vonk_http_call *call) {
  struct vonk_http_client *client = call->client;
  vonk_mutex_lock(&client->lock);
  call->cancelled = true;
  client->some_cancelled = true;
  vonk_mutex_unlock(&client->lock);
  client->curl->multi_wakeup(client->multi);
}

STATUS vonk_http_wait(struct vonk_task *task, struct vonk_http_call *call) {
  struct vonk_http_client *client = call->client;
  bool cancelled = false;
  vonk_mutex_lock(&client->lock);
  while (!call->finished) {
    (void)vonk_condition_variable_wait_until(&client->finished, &client->lock, vonk_clock_monotonic_ns() + WAIT_SLICE_NS);
    if (cancelled || call->finished || !vonk_task_cancelled(task)) continue;
    cancelled = true;
    vonk_mutex_unlock(&client->lock);
    vonk_http_cancel(call);
    vonk_mutex_lock(&client->lock);
  }
  vonk_mutex_unlock(&client->lock);
  return cancelled ? vonk_task_check(task) : VONK_OK;
}

void vonk_http_call_deinit(struct vonk_http_call *call) {
  wipe_headers(call);
  vonk_buffer_release(call->body);
  call->body = NULL;
  vonk_arena_destroy(call->arena);
  call->arena = NULL;
}

/* --- text --- */

int64_t vonk_http_date_ns(struct vonk_str text) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  char copy[64], month[4];
  struct tm tm = {0};
  if (text.size == 0 || text.size >= sizeof copy) return 0;
  memcpy(copy, text.data, text.size);
  copy[text.size] = 0;
  if (sscanf(copy, "%*3s, %2d %3s %4d %2d:%2d:%2d", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6) return 0;
  const char *found = strstr(months, month);
  if (!found || tm.tm_year < 1970) return 0;
  tm.tm_mon = (int)(found - months) / 3;
  tm.tm_year -= 1900;
  return (int64_t)timegm(&tm) * 1000000000;
}

static bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
}

void vonk_http_escape(struct vonk_text *out, struct vonk_str text, bool keep_slash) {
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (is_plain(c) || (keep_slash && c == '/')) vonk_text_add_char(out, c);
    else vonk_text_addf(out, "%%%02X", (unsigned char)c);
  }
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct vonk_str vonk_http_unescape(struct vonk_arena *arena, struct vonk_str text, bool plus) {
  char *bytes = vonk_arena_alloc(arena, text.size + 1);
  size_t size = 0;
  for (size_t i = 0; i < text.size; i++) {
    int high = i + 2 < text.size && text.data[i] == '%' ? digit_of(text.data[i + 1]) : -1;
    int low = high >= 0 ? digit_of(text.data[i + 2]) : -1;
    bytes[size++] = low >= 0 ? (char)(high * 16 + low) : plus && text.data[i] == '+' ? ' ' : text.data[i];
    if (low >= 0) i += 2;
  }
  return vonk_str_make(bytes, size);
}
