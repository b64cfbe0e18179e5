/* grpc_test.c: the server with clients made by hand, over sockets: calls in parallel, clients that stop reading, leave, or come too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "../wire/frames.h"
#include "base/clock.h"
#include "base/thread.h"
#include "net/grpc.h"

static struct vonk_arena *arena;
static struct vonk_error error;
static struct vonk_budget *budget;
static struct vonk_grpc_server *server;

/* --- the service --- */

static _Atomic uint32_t gone_count, served_count;

static void on_gone(void *object) {
  *(_Atomic bool *)object = true;
  gone_count++;
}

/* /echo: messages as they come. /flood: messages of 1000 bytes for ever. /large: of 1 MiB for ever. /wait: until gone. */
static void serve(void *object, struct vonk_grpc_call *call) {
  static char bytes[1 << 20];
  struct vonk_str path = vonk_grpc_call_path(call), message;
  (void)object;
  if (vonk_str_equal(path, STR("/echo"))) {
    while (vonk_grpc_call_read(call, &message) && vonk_grpc_call_write(call, &message, 1)) continue;
  } else if (vonk_str_equal(path, STR("/wait"))) {
    _Atomic bool gone = false;
    vonk_grpc_call_on_gone(call, on_gone, &gone);
    while (!gone) usleep(1000);
    assert_true(vonk_grpc_call_gone(call));
  } else {
    struct vonk_str part = {bytes, vonk_str_equal(path, STR("/flood")) ? 1000 : sizeof bytes};
    while (vonk_grpc_call_write(call, &part, 1)) continue;
  }
  vonk_grpc_call_finish(call, VONK_GRPC_OK, (struct vonk_str){0}, (struct vonk_str){0});
  served_count++;
}

static void start(struct vonk_grpc_limits limits) {
  arena = vonk_arena_create(NULL);
  vonk_error_init(&error);
  budget = vonk_budget_create(NULL, "test", 0);
  gone_count = served_count = 0;
  struct vonk_task task = {.arena = arena, .error = &error, .budget = budget};
  struct vonk_grpc_options options = {.host = STR("127.0.0.1"), .budget = budget, .limits = limits, .service.serve = serve};
  assert_int_equal(vonk_grpc_server_create(&task, &options, &server), VONK_OK);
}

static void stop(uint64_t wait_ns) {
  vonk_grpc_server_stop(server, vonk_clock_monotonic_ns() + wait_ns);
  vonk_grpc_server_destroy(server);
  assert_int_equal(vonk_budget_used(budget), 0);
  vonk_budget_destroy(budget);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
}

static struct vonk_grpc_counters counters(void) {
  struct vonk_grpc_counters now;
  vonk_grpc_server_counters(server, &now);
  return now;
}

/* --- clients --- */

struct client {
  int socket;
  struct frames *out;
  uint8_t *in;
  size_t in_size, in_used;
};

static void client_open(struct client *client) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(vonk_grpc_server_port(server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  *client = (struct client){.socket = socket(AF_INET, SOCK_STREAM, 0), .out = malloc(sizeof *client->out), .in = malloc(FRAMES_MAX)};
  client->out->size = 0;
  assert_int_equal(connect(client->socket, (struct sockaddr *)&address, sizeof address), 0);
  frames_start(client->out);
  frame(client->out, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
}

static void client_close(struct client *client) {
  close(client->socket);
  free(client->out);
  free(client->in);
}

static void client_send(struct client *client) {
  for (size_t at = 0; at < client->out->size;) {
    ssize_t size = send(client->socket, client->out->bytes + at, client->out->size - at, MSG_NOSIGNAL);
    if (size <= 0) break;
    at += (size_t)size;
  }
  client->out->size = 0;
}

/* The next frame; false at the end of the connection. */
static bool client_frame(struct client *client, struct frame_view *out) {
  for (;;) {
    if (frame_next(client->in, client->in_size, &client->in_used, out)) return true;
    memmove(client->in, client->in + client->in_used, client->in_size - client->in_used);
    client->in_size -= client->in_used;
    client->in_used = 0;
    ssize_t size = recv(client->socket, client->in + client->in_size, FRAMES_MAX - client->in_size, 0);
    if (size <= 0) return false;
    client->in_size += (size_t)size;
  }
}

/* Reads until the stream has ended; the bytes of its body, or SIZE_MAX when it was reset or cut. */
static size_t client_body(struct client *client, uint32_t stream) {
  struct frame_view view;
  for (size_t size = 0; client_frame(client, &view);) {
    if (view.stream != stream) continue;
    if (view.type == FRAME_RST_STREAM) return SIZE_MAX;
    if (view.type == FRAME_DATA) size += view.size;
    if (view.flags & FLAG_END_STREAM && view.type != FRAME_SETTINGS) return size;
  }
  return SIZE_MAX;
}

static void wait_until_served(uint32_t count) {
  for (int i = 0; i < 20000 && served_count < count; i++) usleep(1000);
  assert_int_equal(served_count, count);
}

/* --- tests --- */

static void test_echo(void **unused) {
  (void)unused;
  struct client client;
  start(vonk_grpc_limits_default());
  client_open(&client);
  for (uint32_t stream = 1; stream < 200; stream += 2) {
    request(client.out, stream, "/echo", 0);
    for (uint32_t i = 0; i < 5; i++) message(client.out, stream, "hello", 5, i == 4);
    client_send(&client);
    assert_int_equal(client_body(&client, stream), 50);
  }
  assert_int_equal(counters().calls, 100);
  client_close(&client);
  stop(5000000000u);
}

/* Each thread makes calls, leaves some in the midst, and leaves. */
static void act(void *object) {
  uint32_t seed = *(uint32_t *)object;
  for (int turn = 0; turn < 10; turn++) {
    struct client client;
    client_open(&client);
    uint32_t stream = 1;
    for (int i = 0; i < 20; i++, stream += 2) {
      seed = seed * 1664525 + 1013904223;
      const char *paths[] = {"/echo", "/flood", "/large", "/wait"};
      uint32_t kind = seed >> 20 & 3;
      request(client.out, stream, paths[kind], 0);
      message(client.out, stream, "hello", 5, FLAG_END_STREAM);
      client_send(&client);
      if (kind == 0) assert_int_equal(client_body(&client, stream), 10);
      struct frame_view view;
      if (kind == 1 || kind == 2) client_frame(&client, &view);
      if (kind && seed >> 22 & 1) reset(client.out, stream, VONK_HTTP2_CANCEL);
      window_update(client.out, 0, 100000);
      client_send(&client);
    }
    client_close(&client);
  }
}

static void test_many_clients(void **unused) {
  (void)unused;
  struct vonk_thread *threads[6];
  uint32_t seeds[6];
  start(vonk_grpc_limits_default());
  for (uint32_t i = 0; i < 6; i++) {
    seeds[i] = i + 1;
    threads[i] = vonk_thread_create("client", act, &seeds[i]);
  }
  for (uint32_t i = 0; i < 6; i++) vonk_thread_join(threads[i]);
  stop(10000000000u);
  assert_true(gone_count > 0);
}

static void test_slow_reader(void **unused) {
  (void)unused;
  const char *paths[] = {"/flood", "/large"};
  for (int kind = 0; kind < 2; kind++) {
    struct client client;
    start(vonk_grpc_limits_default());
    uint64_t before = vonk_budget_used(budget);
    client_open(&client);
    request(client.out, 1, paths[kind], FLAG_END_STREAM);
    window_update(client.out, 1, 1 << 30);
    window_update(client.out, 0, 1 << 30);
    client_send(&client);
    for (int i = 0; i < 50; i++) {
      usleep(10000);
      assert_true(vonk_budget_used(budget) - before < (kind ? 100000 : 6 << 20));
    }
    if (!kind) assert_true(vonk_budget_used(budget) - before > 4 << 20);
    client_close(&client);
    wait_until_served(1);
    stop(5000000000u);
  }
}

/* A client that takes nothing for too long is reset, so that it can come again, and its thread is free. */
static void test_stalled_reader(void **unused) {
  (void)unused;
  struct client client;
  struct vonk_grpc_limits limits = vonk_grpc_limits_default();
  limits.write_ns = 100000000;
  start(limits);
  client_open(&client);
  request(client.out, 1, "/flood", FLAG_END_STREAM);
  request(client.out, 3, "/large", FLAG_END_STREAM);
  client_send(&client);
  wait_until_served(2);
  assert_int_equal(counters().calls_late, 2);
  assert_int_equal(client_body(&client, 3), SIZE_MAX);
  client_close(&client);
  stop(0);
}

static void test_gone(void **unused) {
  (void)unused;
  struct client client;
  start(vonk_grpc_limits_default());
  client_open(&client);
  request(client.out, 1, "/wait", FLAG_END_STREAM);
  request(client.out, 3, "/wait", FLAG_END_STREAM);
  request(client.out, 5, "/echo", 0);
  message(client.out, 5, "hello", 5, FLAG_END_STREAM);
  client_send(&client);
  assert_int_equal(client_body(&client, 5), 10);
  reset(client.out, 1, VONK_HTTP2_CANCEL);
  client_send(&client);
  wait_until_served(2);
  client_close(&client);
  wait_until_served(3);
  assert_int_equal(gone_count, 2);
  stop(0);
}

static void test_too_many_calls(void **unused) {
  (void)unused;
  struct client client;
  struct vonk_grpc_limits limits = vonk_grpc_limits_default();
  limits.call_count = 5;
  start(limits);
  client_open(&client);
  for (uint32_t stream = 1; stream < 41; stream += 2) request(client.out, stream, "/wait", FLAG_END_STREAM);
  client_send(&client);
  for (uint32_t stream = 11; stream < 41; stream += 2) assert_int_equal(client_body(&client, stream), 0);
  assert_int_equal(counters().calls_refused, 15);
  client_close(&client);
  wait_until_served(5);
  stop(0);
}

/* Bytes behind a message are kept until the service reads on, and the client waits for the window. */
static void test_unread_messages(void **unused) {
  (void)unused;
  static char bytes[50000];
  struct client client;
  struct vonk_grpc_limits limits = vonk_grpc_limits_default();
  limits.http2.stream_window_bytes = 200000;
  start(limits);
  uint64_t before = vonk_budget_used(budget);
  client_open(&client);
  request(client.out, 1, "/wait", 0);
  for (int i = 0; i < 4; i++) {
    for (int part = 0; part < 3; part++) message(client.out, 1, bytes, 16000, 0);
  }
  client_send(&client);
  for (int i = 0; i < 1000 && counters().calls == 0; i++) usleep(1000);
  usleep(50000);
  assert_true(vonk_budget_used(budget) - before > 150000);
  assert_true(vonk_budget_used(budget) - before < 800000);
  message(client.out, 1, bytes, 16000, 0);
  client_send(&client);
  assert_int_equal(client_body(&client, 1), SIZE_MAX); /* beyond the window: FLOW_CONTROL_ERROR */
  client_close(&client);
  wait_until_served(1);
  stop(0);
}

static void test_stop_while_busy(void **unused) {
  (void)unused;
  struct client clients[4];
  const char *paths[] = {"/flood", "/large", "/wait", "/echo"};
  start(vonk_grpc_limits_default());
  for (int i = 0; i < 4; i++) {
    client_open(&clients[i]);
    for (uint32_t stream = 1; stream < 20; stream += 2) {
      request(clients[i].out, stream, paths[i], 0);
      message(clients[i].out, stream, "hello", 5, 0);
    }
    client_send(&clients[i]);
  }
  for (int i = 0; i < 5000 && counters().calls < 40; i++) usleep(1000);
  stop(100000000);
  assert_int_equal(served_count, 40);
  for (int i = 0; i < 4; i++) client_close(&clients[i]);
}

/* Whatever charge is refused, calls end and others go on. */
static void test_refused_memory(void **unused) {
  (void)unused;
  static char bytes[300000];
  uint32_t whole = 0, ended = 0;
  start(vonk_grpc_limits_default());
  for (uint64_t nth = 2; nth < 12; nth++) {
    struct client client;
    client_open(&client);
    vonk_budget_fail_nth(budget, nth, true);
    for (uint32_t stream = 1; stream < 40; stream += 2) {
      request(client.out, stream, "/echo", 0);
      window_update(client.out, stream, 1 << 20);
      window_update(client.out, 0, 1 << 20);
      message(client.out, stream, bytes, stream % 3 ? 1000 : sizeof bytes, FLAG_END_STREAM);
      client_send(&client);
      size_t got = client_body(&client, stream);
      ended++;
      if (got != SIZE_MAX && got > 0) whole++;
    }
    vonk_budget_fail_nth(budget, 0, false);
    client_close(&client);
  }
  assert_int_equal(ended, 200);
  assert_true(whole > 20 && whole < 200);
  stop(5000000000u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_echo),           cmocka_unit_test(test_many_clients),    cmocka_unit_test(test_slow_reader),
      cmocka_unit_test(test_gone),           cmocka_unit_test(test_too_many_calls),  cmocka_unit_test(test_unread_messages),
      cmocka_unit_test(test_stop_while_busy), cmocka_unit_test(test_refused_memory),
      cmocka_unit_test(test_stalled_reader),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
