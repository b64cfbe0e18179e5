/* serve.c: vonk serve: opens the doors, says `ready` with their addresses, and waits for SIGTERM or SIGINT. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "main/command.h"
#include "main/flags.h"
#include "server/server.h"

enum { GRACE_SECONDS = 10, TOKEN_BYTES_MAX = 4096 };
#define NS_PER_SECOND UINT64_C(1000000000)

struct serve_options {
  struct vonk_flag_settings common;
  const char *host, *token_file, *certificate_file, *key_file;
  int32_t connect_port, rest_port, ui_port;
  bool rest_port_named;
  int64_t idle_seconds;            /* end when no session has been open for so long; 0: never */
};

static struct serve_options *of(void *options) { return options; }

static bool take_number(const char *flag, const char *value, int64_t low, int64_t high, int64_t *out) {
  if (vonk_str_to_int64(vonk_str_of(value), out) && *out >= low && *out <= high) return true;
  fprintf(stderr, "vonk serve: %s takes a number from %lld to %lld, not %s\n", flag, (long long)low, (long long)high, value);
  return false;
}
static bool take_port(const char *flag, const char *value, int32_t *out) {
  int64_t port;
  if (!take_number(flag, value, -1, UINT16_MAX, &port)) return false;
  *out = (int32_t)port;
  return true;
}
static bool take_connect(void *options, const char *flag, const char *value) { return take_port(flag, value, &of(options)->connect_port); }
static bool take_rest(void *options, const char *flag, const char *value) {
  of(options)->rest_port_named = true;
  return take_port(flag, value, &of(options)->rest_port);
}
static bool take_ui(void *options, const char *flag, const char *value) { return take_port(flag, value, &of(options)->ui_port); }
static bool take_idle(void *options, const char *flag, const char *value) { return take_number(flag, value, 0, INT32_MAX, &of(options)->idle_seconds); }
static bool take_host(void *options, const char *flag, const char *value) {
  (void)flag;
  of(options)->host = value;
  return true;
}
static bool take_token(void *options, const char *flag, const char *value) {
  (void)flag;
  of(options)->token_file = value;
  return true;
}
static bool take_certificate(void *options, const char *flag, const char *value) {
  (void)flag;
  of(options)->certificate_file = value;
  return true;
}
static bool take_key(void *options, const char *flag, const char *value) {
  (void)flag;
  of(options)->key_file = value;
  return true;
}

static const struct vonk_flag flags[] = {
    {"--host", NULL, true, take_host},
    {"--connect-port", NULL, true, take_connect},
    {"--rest-port", NULL, true, take_rest},
    {"--ui-port", NULL, true, take_ui},
    {"--token-file", NULL, true, take_token},
    {"--tls-cert", NULL, true, take_certificate},
    {"--tls-key", NULL, true, take_key},
    {"--exit-when-idle", NULL, true, take_idle},
    VONK_FLAGS_OF_SETTINGS,
};

/* The first line of the file, which only its owner should be able to read. */
static bool read_token(struct vonk_arena *arena, const char *path, struct vonk_str *out) {
  char text[TOKEN_BYTES_MAX];
  *out = STR("");
  if (!path) return true;
  FILE *file = fopen(path, "r");
  bool read = file && fgets(text, sizeof text, file);
  if (file) (void)fclose(file);
  if (read) *out = vonk_str_copy(arena, vonk_str_trim(vonk_str_of(text)));
  if (out->size) return true;
  fprintf(stderr, "vonk serve: no token in %s\n", path);
  return false;
}

static void wait_for_end(struct vonk_server *server, const sigset_t *signals, int64_t idle_seconds) {
  const struct timespec second = {1, 0};
  while (sigtimedwait(signals, NULL, &second) < 0) {
    if (idle_seconds && vonk_server_idle_ns(server) > (uint64_t)idle_seconds * NS_PER_SECOND) return;
  }
}

static void say_ready(const struct vonk_server *server, const struct serve_options *options) {
  printf("ready");
  if (vonk_server_connect_port(server)) printf(" connect=sc://%s:%u", options->host, (unsigned)vonk_server_connect_port(server));
  if (vonk_server_rest_port(server)) printf(" rest=%s://%s:%u", options->certificate_file ? "https" : "http", options->host, (unsigned)vonk_server_rest_port(server));
  printf("\n");
  (void)fflush(stdout);
}

static int serve(const struct serve_options *options, struct vonk_instance *instance) {
  struct vonk_server_options wanted = {
      .host = vonk_str_of(options->host),
      .connect_port = options->connect_port,
      .rest_port = options->rest_port,
      .rest_port_named = options->rest_port_named,
      .certificate_file = vonk_str_of(options->certificate_file),
      .key_file = vonk_str_of(options->key_file),
  };
  struct vonk_server *server;
  sigset_t signals;
  if (!read_token(options->common.arena, options->token_file, &wanted.token)) return VONK_EXIT_USAGE;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, NULL); /* they are waited for */
  if (vonk_server_open(instance, &wanted, &server) != VONK_RUN_OK) {
    fprintf(stderr, "vonk serve: %s\n", vonk_instance_problem(instance)->message);
    return VONK_EXIT_USAGE;
  }
  say_ready(server, options);
  wait_for_end(server, &signals, options->idle_seconds);
  vonk_server_close(server, GRACE_SECONDS * NS_PER_SECOND);
  return VONK_EXIT_FINE;
}

static int open_and_serve(const struct serve_options *options) {
  struct vonk_instance_options instance_options = vonk_flags_instance(&options->common);
  struct vonk_instance *instance;
  int code = VONK_EXIT_USAGE;
  if (vonk_instance_open(&instance_options, &instance) == VONK_RUN_OK) code = serve(options, instance);
  else fprintf(stderr, "vonk serve: %s\n", vonk_instance_problem(instance)->message);
  vonk_instance_close(instance);
  return code;
}

int vonk_command_serve(int count, char **arguments) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct serve_options options = {.common = {.command = "serve", .arena = arena}, .host = "127.0.0.1", .connect_port = 15002, .rest_port = 8000, .ui_port = 4040};
  int rest, code = VONK_EXIT_USAGE;
  if (vonk_flags_parse(flags, COUNT_OF(flags), count, arguments, &options, &rest)) {
    if (options.common.help) code = fputs(vonk_serve_help, stdout) < 0 ? VONK_EXIT_FAILED : VONK_EXIT_FINE;
    else if (rest < count) fprintf(stderr, "vonk serve: takes flags only, not: %s\nTry vonk serve --help.\n", arguments[rest]);
    else code = open_and_serve(&options);
  }
  vonk_arena_destroy(arena);
  return code;
}
