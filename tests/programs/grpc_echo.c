/* grpc_echo.c: a gRPC service for tests: it echoes, streams, collects and fails as it is told.
 *
 *   grpc_echo [--token T] [--certificate FILE --key FILE] [NAME=VALUE...]      NAME: a limit, see set_limit
 *
 * Prints the port, serves until its input ends, then stops within two seconds and prints the bytes still charged (0).
 * Requests and answers are plain bytes; those of Stream, Fail and Wait are texts of numbers.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/grpc.h"

enum { CHUNK_BYTES = 1 << 20, MESSAGE_MAX = 16 << 20 };

struct echo {
  struct vonk_budget *budget;
  uint8_t *bytes; /* MESSAGE_MAX of them */
};

static void finish(struct vonk_grpc_call *call, enum vonk_grpc_code code, const char *message) {
  vonk_grpc_call_finish(call, code, vonk_str_of(message), (struct vonk_str){0});
}

static void answer(struct vonk_grpc_call *call, const char *text) {
  struct vonk_str part = vonk_str_of(text);
  vonk_grpc_call_write(call, &part, 1);
  finish(call, VONK_GRPC_OK, NULL);
}

/* The numbers of a request's text; fewer are 0. */
static void read_numbers(struct vonk_grpc_call *call, unsigned long *out, int count) {
  char text[128] = "", *at = text;
  struct vonk_str message;
  if (vonk_grpc_call_read(call, &message) && message.size < sizeof text) memcpy(text, message.data, message.size);
  for (int i = 0; i < count; i++) out[i] = strtoul(at, &at, 10);
}

static void echo_unary(struct vonk_grpc_call *call) {
  struct vonk_str message;
  if (!vonk_grpc_call_read(call, &message)) {
    finish(call, VONK_GRPC_INVALID_ARGUMENT, "no message");
    return;
  }
  vonk_grpc_call_write(call, &message, 1);
  finish(call, VONK_GRPC_OK, NULL);
}

/* "COUNT SIZE [PARTS]": messages of SIZE bytes, the first four of which are its number. */
static void echo_stream(struct echo *echo, struct vonk_grpc_call *call) {
  unsigned long numbers[3];
  read_numbers(call, numbers, 3);
  size_t size = numbers[1] < MESSAGE_MAX ? numbers[1] : MESSAGE_MAX;
  for (uint32_t i = 0; i < numbers[0]; i++) {
    struct vonk_str parts[8];
    uint32_t count = 0;
    parts[count++] = vonk_str_make((const char *)&i, size < 4 ? size : 4);
    size_t given = parts[0].size, pieces = numbers[2] && numbers[2] < 7 ? numbers[2] : 1;
    for (size_t piece = 0; piece < pieces; piece++) {
      size_t part = piece + 1 == pieces ? size - given : (size - given) / 2;
      parts[count++] = vonk_str_make((const char *)echo->bytes + given, part);
      given += part;
    }
    if (!vonk_grpc_call_write(call, parts, count)) return;
  }
  finish(call, VONK_GRPC_OK, NULL);
}

static void echo_both(struct vonk_grpc_call *call) {
  struct vonk_str message;
  while (vonk_grpc_call_read(call, &message) && vonk_grpc_call_write(call, &message, 1)) continue;
  finish(call, VONK_GRPC_OK, NULL);
}

/* "COUNT BYTES SUM" of the messages; PAUSE_US before each. */
static void echo_collect(struct vonk_grpc_call *call, unsigned pause_us) {
  struct vonk_str message;
  unsigned long count = 0, size = 0, sum = 0;
  for (; vonk_grpc_call_read(call, &message); count++) {
    if (pause_us) usleep(pause_us);
    size += message.size;
    for (size_t i = 0; i < message.size; i += 997) sum += (uint8_t)message.data[i];
  }
  char text[100];
  snprintf(text, sizeof text, "%lu %lu %lu", count, size, sum);
  answer(call, text);
}

/* "CODE MESSAGE_SIZE DETAILS_SIZE" */
static void echo_fail(struct echo *echo, struct vonk_grpc_call *call) {
  unsigned long numbers[3];
  read_numbers(call, numbers, 3);
  char text[20000] = "a % sign, a line\nbreak, caf\xC3\xA9: ";
  size_t start = strlen(text), size = numbers[1] < sizeof text - start ? numbers[1] : sizeof text - start - 1;
  memset(text + start, 'm', size);
  vonk_grpc_call_finish(call, (enum vonk_grpc_code)numbers[0], vonk_str_make(text, start + size),
                        vonk_str_make((const char *)echo->bytes, numbers[2]));
}

static void set_flag(void *object) { *(atomic_bool *)object = true; }

/* "MILLISECONDS": waits that long, or until the client has gone. */
static void echo_wait(struct vonk_grpc_call *call) {
  unsigned long milliseconds;
  atomic_bool gone = false;
  read_numbers(call, &milliseconds, 1);
  vonk_grpc_call_on_gone(call, set_flag, &gone);
  for (unsigned long i = 0; i < milliseconds && !gone; i++) usleep(1000);
  vonk_grpc_call_on_gone(call, NULL, NULL);
  answer(call, gone ? "gone" : "waited");
}

static void echo_metadata(struct vonk_grpc_call *call) {
  const struct vonk_grpc_request *request = vonk_grpc_call_request(call);
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (uint32_t i = 0; i < request->metadata_count; i++) {
    vonk_text_addf(&text, STR_FMT "=" STR_FMT "\n", STR_ARG(request->metadata[i].name), STR_ARG(request->metadata[i].value));
  }
  vonk_text_addf(&text, "has deadline=%d\n", vonk_grpc_call_deadline_ns(call) != 0);
  struct vonk_str part = vonk_text_str(&text);
  vonk_grpc_call_write(call, &part, 1);
  finish(call, VONK_GRPC_OK, NULL);
  vonk_arena_destroy(arena);
}

static void echo_counters(struct echo *echo, struct vonk_grpc_call *call) {
  struct vonk_grpc_counters counters;
  char text[1000];
  vonk_grpc_server_counters(vonk_grpc_call_server(call), &counters);
#define SHOW(name) #name "=%llu\n"
#define VALUE(name) (unsigned long long)counters.name
  snprintf(text, sizeof text,
           SHOW(connections) SHOW(connections_refused) SHOW(connections_open) SHOW(handshakes_failed) SHOW(calls) SHOW(calls_running)
           SHOW(calls_refused) SHOW(calls_unauthenticated) SHOW(calls_malformed) SHOW(calls_gone) SHOW(calls_late)
           SHOW(connections_idle) SHOW(streams_refused) SHOW(fields_refused)
           SHOW(faults_protocol) SHOW(faults_resets) SHOW(faults_controls) SHOW(faults_fields) "charged=%llu\n",
           VALUE(connections), VALUE(connections_refused), VALUE(connections_open), VALUE(handshakes_failed), VALUE(calls),
           VALUE(calls_running), VALUE(calls_refused), VALUE(calls_unauthenticated), VALUE(calls_malformed), VALUE(calls_gone),
           VALUE(calls_late), VALUE(connections_idle), VALUE(streams_refused), VALUE(fields_refused), VALUE(faults_protocol), VALUE(faults_resets), VALUE(faults_controls), VALUE(faults_fields),
           (unsigned long long)vonk_budget_used(echo->budget));
  answer(call, text);
}

static void serve(void *object, struct vonk_grpc_call *call) {
  struct echo *echo = object;
  struct vonk_str path = vonk_grpc_call_path(call);
  if (vonk_str_equal(path, STR("/echo.Echo/Unary"))) echo_unary(call);
  else if (vonk_str_equal(path, STR("/echo.Echo/Stream"))) echo_stream(echo, call);
  else if (vonk_str_equal(path, STR("/echo.Echo/Both"))) echo_both(call);
  else if (vonk_str_equal(path, STR("/echo.Echo/Collect"))) echo_collect(call, 0);
  else if (vonk_str_equal(path, STR("/echo.Echo/CollectSlowly"))) echo_collect(call, 500);
  else if (vonk_str_equal(path, STR("/echo.Echo/Fail"))) echo_fail(echo, call);
  else if (vonk_str_equal(path, STR("/echo.Echo/Wait"))) echo_wait(call);
  else if (vonk_str_equal(path, STR("/echo.Echo/Metadata"))) echo_metadata(call);
  else if (vonk_str_equal(path, STR("/echo.Echo/Counters"))) echo_counters(echo, call);
  else if (vonk_str_equal(path, STR("/echo.Echo/Nothing"))) return;
  else finish(call, VONK_GRPC_UNIMPLEMENTED, "no such method");
}

static bool set_limit(struct vonk_grpc_limits *limits, const char *name, uint64_t value) {
  if (strcmp(name, "message_bytes") == 0) limits->message_bytes = value;
  else if (strcmp(name, "connection_count") == 0) limits->connection_count = (uint32_t)value;
  else if (strcmp(name, "call_count") == 0) limits->call_count = (uint32_t)value;
  else if (strcmp(name, "handshake_ms") == 0) limits->handshake_ns = value * 1000000;
  else if (strcmp(name, "idle_ms") == 0) limits->idle_ns = value * 1000000;
  else if (strcmp(name, "message_ms") == 0) limits->message_ns = value * 1000000;
  else if (strcmp(name, "stream_count") == 0) limits->http2.stream_count = (uint32_t)value;
  else if (strcmp(name, "header_bytes") == 0) limits->http2.header_bytes = (uint32_t)value;
  else if (strcmp(name, "resets") == 0) limits->http2.resets = (struct vonk_http2_rate){(uint32_t)value, 1};
  else if (strcmp(name, "controls") == 0) limits->http2.controls = (struct vonk_http2_rate){(uint32_t)value, 1};
  else return false;
  return true;
}

static bool read_options(int count, char **words, struct vonk_grpc_options *options, uint64_t *budget_bytes) {
  for (int i = 1; i < count; i++) {
    char *value = strchr(words[i], '=');
    if (value) {
      *value++ = 0;
      uint64_t number = strtoull(value, NULL, 10);
      if (strcmp(words[i], "budget") == 0) *budget_bytes = number;
      else if (strcmp(words[i], "port") == 0) options->port = (uint16_t)number;
      else if (!set_limit(&options->limits, words[i], number)) return false;
      continue;
    }
    if (i + 1 == count) return false;
    struct vonk_str word = vonk_str_of(words[i + 1]);
    if (strcmp(words[i], "--token") == 0) options->token = word;
    else if (strcmp(words[i], "--certificate") == 0) options->certificate_file = word;
    else if (strcmp(words[i], "--key") == 0) options->key_file = word;
    else return false;
    i++;
  }
  return true;
}

int main(int count, char **words) {
  struct echo echo = {.bytes = calloc(1, MESSAGE_MAX)};
  struct vonk_grpc_options options = {
      .host = STR("127.0.0.1"), .limits = vonk_grpc_limits_default(), .service = {.serve = serve, .object = &echo}};
  uint64_t budget_bytes = 0;
  if (!read_options(count, words, &options, &budget_bytes)) {
    fprintf(stderr, "grpc_echo: wrong usage\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < MESSAGE_MAX; i++) echo.bytes[i] = (uint8_t)(i * 31 + (i >> 8));
  options.budget = echo.budget = vonk_budget_create(NULL, "echo", budget_bytes);
  struct vonk_grpc_server *server;
  struct vonk_error error;
  vonk_error_init(&error);
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_task task = {.arena = arena, .error = &error, .budget = echo.budget};
  if (vonk_grpc_server_create(&task, &options, &server) != VONK_OK) {
    fprintf(stderr, STR_FMT "\n", STR_ARG(vonk_error_message(&error, arena)));
    return 1;
  }
  printf("%u\n", vonk_grpc_server_port(server));
  fflush(stdout);
  char bytes[100];
  while (read(0, bytes, sizeof bytes) > 0) continue;
  vonk_grpc_server_stop(server, vonk_clock_monotonic_ns() + 2000000000u);
  vonk_grpc_server_destroy(server);
  printf("%llu\n", (unsigned long long)vonk_budget_used(echo.budget));
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
  vonk_budget_destroy(echo.budget);
  free(echo.bytes);
  return 0;
}
