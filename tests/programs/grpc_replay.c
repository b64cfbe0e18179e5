/* grpc_replay.c: a gRPC service that answers with recorded messages: the most that a server could do for its client.
 *
 *   grpc_replay FILE
 *
 * FILE holds calls one behind the other: the path and then each message, all with their sizes before them (32 bits, little-endian), the
 * messages' count before the first. Calls of a path get the messages of its record, whatever they ask. Prints the port and serves until
 * its input ends.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "net/grpc.h"

struct record {
  struct vonk_str path;
  struct vonk_str *messages;
  uint32_t message_count;
};

struct replay {
  struct vonk_arena *arena;
  struct vonk_str rest; /* of the file */
  ARRAY_OF(struct record) records;
};

static void fail(const char *what) {
  fprintf(stderr, "grpc_replay: %s\n", what);
  exit(1);
}

static uint32_t take_number(struct replay *replay) {
  uint32_t number;
  if (replay->rest.size < sizeof number) fail("the file is cut");
  memcpy(&number, replay->rest.data, sizeof number);
  replay->rest = vonk_str_slice(replay->rest, sizeof number, replay->rest.size);
  return number;
}

static struct vonk_str take_text(struct replay *replay) {
  uint32_t size = take_number(replay);
  if (replay->rest.size < size) fail("the file is cut");
  struct vonk_str text = vonk_str_slice(replay->rest, 0, size);
  replay->rest = vonk_str_slice(replay->rest, size, replay->rest.size);
  return text;
}

static struct vonk_str read_file(const char *name) {
  FILE *file = fopen(name, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) fail("the file cannot be read");
  size_t size = (size_t)ftell(file);
  char *bytes = malloc(size + 1);
  rewind(file);
  if (!bytes || fread(bytes, 1, size, file) != size) fail("the file cannot be read");
  fclose(file);
  return vonk_str_make(bytes, size);
}

static void read_records(struct replay *replay) {
  while (replay->rest.size) {
    struct record *record = ARRAY_PUSH(replay->arena, &replay->records);
    record->path = take_text(replay);
    record->message_count = take_number(replay);
    record->messages = ARENA_ARRAY(replay->arena, struct vonk_str, record->message_count);
    for (uint32_t i = 0; i < record->message_count; i++) record->messages[i] = take_text(replay);
  }
}

static void serve(void *object, struct vonk_grpc_call *call) {
  const struct replay *replay = object;
  struct vonk_str path = vonk_grpc_call_path(call), request;
  while (vonk_grpc_call_read(call, &request)) continue;
  for (size_t i = 0; i < replay->records.count; i++) {
    const struct record *record = &replay->records.items[i];
    if (!vonk_str_equal(record->path, path)) continue;
    for (uint32_t m = 0; m < record->message_count; m++) {
      if (!vonk_grpc_call_write(call, &record->messages[m], 1)) return;
    }
    vonk_grpc_call_finish(call, VONK_GRPC_OK, STR(""), STR(""));
    return;
  }
  vonk_grpc_call_finish(call, VONK_GRPC_UNIMPLEMENTED, STR("nothing of this is recorded"), STR(""));
}

int main(int count, char **words) {
  if (count != 2) fail("one file");
  struct vonk_str file = read_file(words[1]);
  struct replay replay = {.arena = vonk_arena_create(NULL), .rest = file};
  struct vonk_grpc_options options = {
      .host = STR("127.0.0.1"), .limits = vonk_grpc_limits_default(), .service = {.serve = serve, .object = &replay}};
  struct vonk_grpc_server *server;
  struct vonk_error error;
  read_records(&replay);
  signal(SIGPIPE, SIG_IGN);
  vonk_error_init(&error);
  options.budget = vonk_budget_create(NULL, "replay", 0);
  struct vonk_task task = {.arena = replay.arena, .error = &error, .budget = options.budget};
  if (vonk_grpc_server_create(&task, &options, &server) != VONK_OK) fail("no port");
  printf("%u\n", vonk_grpc_server_port(server));
  fflush(stdout);
  char bytes[100];
  while (read(0, bytes, sizeof bytes) > 0) continue;
  vonk_grpc_server_destroy(server);
  vonk_error_deinit(&error);
  vonk_budget_destroy(options.budget);
  vonk_arena_destroy(replay.arena);
  free((void *)file.data);
  return 0;
}
