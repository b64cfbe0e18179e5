/* http1_test.c: requests in any pieces; what is refused, and with which status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/array.h"
#include "wire/http1.h"

static const struct vonk_http1_limits limits = {.head_bytes = 1024, .body_bytes = 200000};

/* Feeds TEXT in pieces of STEP bytes. */
static enum vonk_http1_state feed(struct vonk_http1 *http1, struct vonk_str text, size_t step, size_t *used) {
  enum vonk_http1_state state = VONK_HTTP1_MORE;
  *used = 0;
  while (*used < text.size && (state == VONK_HTTP1_MORE || state == VONK_HTTP1_CONTINUE)) {
    size_t size = text.size - *used < step ? text.size - *used : step, part;
    state = vonk_http1_receive(http1, (const uint8_t *)text.data + *used, size, &part);
    *used += part;
  }
  return state;
}

static void reads_in_any_pieces(void **state) {
  (void)state;
  static const struct vonk_str length = STR("\r\nPOST /a?b=c HTTP/1.1\r\nHost: x\r\ncontent-length:  5 \r\nA:\r\nB: \t1, 2\t\r\n\r\nhelloGET ");
  static const struct vonk_str chunks = STR("POST /a?b=c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\nA:\r\nB: 1, 2\r\n\r\n2;x=\"y\"\r\nhe\r\n03\r\nllo\r\n0\r\nT: 1\r\n\r\nGET ");
  for (size_t step = 1; step < 200; step++) {
    for (int kind = 0; kind < 2; kind++) {
      struct vonk_str text = kind ? chunks : length;
      struct vonk_http1 *http1 = vonk_http1_create(NULL, &limits);
      size_t used;
      assert_true(vonk_http1_is_empty(http1));
      assert_int_equal(feed(http1, text, step, &used), VONK_HTTP1_WHOLE);
      assert_int_equal(used, text.size - 4);
      const struct vonk_http1_request *request = vonk_http1_request(http1);
      assert_true(vonk_str_equal(request->method, STR("POST")) && vonk_str_equal(request->target, STR("/a?b=c")) && vonk_str_equal(request->body, STR("hello")));
      assert_true(vonk_str_equal(vonk_http1_field(request, STR("b")), STR("1, 2")) && vonk_http1_field(request, STR("A")).size == 0);
      assert_true(request->keeps_alive && request->field_count == 4);
      vonk_http1_destroy(http1);
    }
  }
}

static void takes_large_bodies(void **state) {
  (void)state;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_http1 *http1 = vonk_http1_create(NULL, &limits);
  struct vonk_text text;
  size_t used;
  vonk_text_init(&text, arena);
  vonk_text_add(&text, STR("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n"));
  for (int i = 0; i < 200000; i++) vonk_text_add_char(&text, (char)('a' + i % 26));
  assert_int_equal(feed(http1, vonk_text_str(&text), 7777, &used), VONK_HTTP1_WHOLE);
  assert_true(vonk_str_equal(vonk_http1_request(http1)->body, vonk_str_slice(vonk_text_str(&text), text.size - 200000, text.size)));
  assert_false(vonk_http1_request(http1)->keeps_alive);
  vonk_http1_destroy(http1);
  vonk_arena_destroy(arena);
}

static void waits_for_the_go_ahead(void **state) {
  (void)state;
  struct vonk_http1 *http1 = vonk_http1_create(NULL, &limits);
  size_t used;
  struct vonk_str head = STR("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\nConnection: x, Close\r\n\r\n");
  assert_int_equal(vonk_http1_receive(http1, (const uint8_t *)head.data, head.size, &used), VONK_HTTP1_CONTINUE);
  assert_int_equal(vonk_http1_receive(http1, (const uint8_t *)"ab", 2, &used), VONK_HTTP1_WHOLE);
  assert_false(vonk_http1_request(http1)->keeps_alive);
  vonk_http1_destroy(http1);
}

static void refuses(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int status;
  } cases[] = {
      {"GET /\r\n\r\n", 400}, {"GET  / HTTP/1.1\r\n\r\n", 400}, {"GET / HTTP/1.1 \r\n\r\n", 400}, {"GET / HTTP/1.1\n\n", 400}, {"G(T / HTTP/1.1\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\n\r\n", 400}, {"GET /\xc3\xa4 HTTP/1.1\r\n\r\n", 400}, {"GET / HTTP/2.0\r\n\r\n", 505}, {"GET / HTTP/1\r\n\r\n", 400},
      {"\x16\x03\x01\x02\r\n", 400}, {"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nA\r\n\r\n", 400}, {"GET / HTTP/1.1\r\n: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nA: b\x01\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400}, {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: \r\n\r\n", 400}, {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400}, {"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", 400}, {"POST / HTTP/1.1\r\nContent-Length: 200001\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413}, {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400}, {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400}, {"POST / HTTP/1.1\r\nExpect: miracles\r\n\r\n", 417},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400}, {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400}, {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", 413},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n", 400},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct vonk_http1 *http1 = vonk_http1_create(NULL, &limits);
    const char *sentence;
    size_t used;
    enum vonk_http1_state end = feed(http1, vonk_str_of(cases[i].text), 1000, &used);
    if (end != VONK_HTTP1_WRONG || vonk_http1_fault(http1, &sentence) != cases[i].status) fail_msg("%s", cases[i].text);
    assert_true(strlen(sentence) > 20);
    vonk_http1_destroy(http1);
  }
}

static void refuses_long_heads(void **state) {
  (void)state;
  static const char *const starts[] = {"GET /", "GET / HTTP/1.1\r\nA: ", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;",
                                       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: "};
  const char *sentence;
  char filler[2048];
  size_t used;
  memset(filler, 'a', sizeof filler);
  for (size_t i = 0; i < COUNT_OF(starts); i++) {
    struct vonk_http1 *http1 = vonk_http1_create(NULL, &limits);
    assert_int_equal(feed(http1, vonk_str_of(starts[i]), 1000, &used), VONK_HTTP1_MORE);
    assert_int_equal(feed(http1, vonk_str_make(filler, sizeof filler), 1000, &used), VONK_HTTP1_WRONG);
    assert_int_equal(vonk_http1_fault(http1, &sentence), 431);
    vonk_http1_destroy(http1);
  }
  struct vonk_http1 *http1 = vonk_http1_create(NULL, &limits);
  assert_int_equal(feed(http1, STR("GET / HTTP/1.1\r\n"), 1000, &used), VONK_HTTP1_MORE);
  for (int i = 0; i < VONK_HTTP1_FIELDS_MAX; i++) assert_int_equal(feed(http1, STR("a:\r\n"), 1000, &used), VONK_HTTP1_MORE);
  assert_int_equal(feed(http1, STR("a:\r\n"), 1000, &used), VONK_HTTP1_WRONG);
  assert_int_equal(vonk_http1_fault(http1, &sentence), 431);
  vonk_http1_destroy(http1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(reads_in_any_pieces), cmocka_unit_test(takes_large_bodies), cmocka_unit_test(waits_for_the_go_ahead),
                                     cmocka_unit_test(refuses), cmocka_unit_test(refuses_long_heads)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
