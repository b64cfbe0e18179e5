/* http2_test.c: a client's bytes, made by hand, against the server's side of a connection: events, answers, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "frames.h"
#include "wire/http2.h"

static const struct vonk_http2_limits limits = {
    .stream_count = 8,
    .header_bytes = 2000,
    .stream_window_bytes = 65535,
    .connection_window_bytes = 1 << 20,
    .frame_bytes = 16384,
    .resets = {.burst = 20, .per_second = 10},
    .controls = {.burst = 20, .per_second = 10},
};

/* What the events told, and the server's answer so far. */
static struct {
  struct vonk_http2 *http2;
  struct vonk_http2_stream *streams[1000];
  uint32_t requests, ends, closes, refused, sent;
  uint32_t last_code;
  size_t data_bytes;
  bool consumes;
  uint64_t now_ns;
  uint8_t answer[4 << 20];
  size_t answer_size;
  struct vonk_budget *budget;
} seen;

static void on_request(void *object, struct vonk_http2_stream *stream, bool ended) {
  assert_ptr_equal(object, &seen);
  seen.streams[seen.requests++] = stream;
  vonk_http2_retain(stream);
  seen.ends += ended;
}
static void on_data(void *object, struct vonk_http2_stream *stream, const uint8_t *bytes, size_t size) {
  (void)object, (void)bytes;
  seen.data_bytes += size;
  if (seen.consumes) vonk_http2_consume(stream, size);
}
static void on_end(void *object, struct vonk_http2_stream *stream) {
  (void)object, (void)stream;
  seen.ends++;
}
static void on_sent(void *object, struct vonk_http2_stream *stream) {
  (void)object, (void)stream;
  seen.sent++;
}
static void on_closed(void *object, struct vonk_http2_stream *stream, uint32_t code) {
  (void)object;
  assert_int_equal(stream->borrowed_bytes, 0);
  seen.closes++;
  seen.last_code = code;
}
static void on_refused(void *object, enum vonk_http2_error error) {
  (void)object;
  seen.refused++;
  seen.last_code = error;
}
static const struct vonk_http2_events events = {on_request, on_data, on_end, on_sent, on_closed, on_refused};

static void start(void) {
  memset(&seen, 0, sizeof seen);
  seen.budget = vonk_budget_create(NULL, "test", 0);
  seen.http2 = vonk_http2_create(seen.budget, &limits, &events, &seen);
}

static void stop(void) {
  vonk_http2_destroy(seen.http2);
  assert_int_equal(seen.closes, seen.requests);
  for (uint32_t i = 0; i < seen.requests; i++) vonk_http2_release(seen.streams[i]);
  assert_int_equal(vonk_budget_used(seen.budget), 0);
  vonk_budget_destroy(seen.budget);
}

/* Takes what is to be sent, AT_ONCE bytes at a time. */
static void collect(size_t at_once) {
  struct iovec vectors[7];
  for (uint32_t count; (count = vonk_http2_output(seen.http2, vectors, 7));) {
    size_t size = vectors[0].iov_len < at_once ? vectors[0].iov_len : at_once;
    assert_true(size <= sizeof seen.answer - seen.answer_size);
    memcpy(seen.answer + seen.answer_size, vectors[0].iov_base, size);
    seen.answer_size += size;
    vonk_http2_sent(seen.http2, size);
  }
}

/* In pieces of AT_ONCE bytes. */
static bool receive_in(const struct frames *frames, size_t at_once) {
  for (size_t at = 0; at < frames->size; at += at_once) {
    size_t size = frames->size - at < at_once ? frames->size - at : at_once;
    if (!vonk_http2_receive(seen.http2, frames->bytes + at, size, seen.now_ns)) return false;
  }
  return true;
}
static bool receive(const struct frames *frames) { return receive_in(frames, frames->size); }

static uint32_t count_frames(enum frame_type type, uint32_t stream, struct frame_view *last) {
  struct frame_view view;
  uint32_t count = 0;
  for (size_t at = 0; frame_next(seen.answer, seen.answer_size, &at, &view);) {
    if (view.type != type || view.stream != stream) continue;
    if (last) *last = view;
    count++;
  }
  return count;
}

static struct frames frames;

static void begin(void) {
  start();
  frames.size = 0;
  frames_start(&frames);
}

static const struct vonk_http2_field head[] = {{STR(":status"), STR("200")}, {STR("content-type"), STR("application/grpc")}};
static const struct vonk_http2_field trailers[] = {{STR("grpc-status"), STR("0")}};

static void test_request_in_pieces(void **unused) {
  (void)unused;
  for (size_t at_once = 1; at_once < 400; at_once = at_once * 3 + 1) {
    begin();
    seen.consumes = true;
    request(&frames, 1, "/a/b", 0);
    message(&frames, 1, "hello", 5, 0);
    message(&frames, 1, "again", 5, FLAG_END_STREAM);
    assert_true(receive_in(&frames, at_once));
    assert_true(vonk_http2_is_open(seen.http2));
    assert_int_equal(seen.requests, 1);
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.data_bytes, 20);
    assert_int_equal(seen.streams[0]->field_count, 6);
    assert_true(vonk_str_equal(seen.streams[0]->fields[2].value, STR("/a/b")));
    assert_int_equal(vonk_http2_stream_count(seen.http2), 1);
    vonk_http2_respond(seen.streams[0], head, 2, false);
    assert_int_equal(vonk_http2_write_copy(seen.streams[0], STR("abc")), VONK_OK);
    vonk_http2_write(seen.streams[0], STR("defg"));
    assert_int_equal(seen.streams[0]->queued_bytes, 7);
    assert_int_equal(seen.streams[0]->borrowed_bytes, 4);
    collect(at_once);
    assert_int_equal(seen.streams[0]->queued_bytes, 0);
    assert_int_equal(vonk_http2_write_copy(seen.streams[0], STR("h")), VONK_OK);
    vonk_http2_end(seen.streams[0], trailers, 1);
    collect(at_once);
    struct frame_view view;
    assert_int_equal(count_frames(FRAME_DATA, 1, &view), 2);
    assert_memory_equal(view.body, "h", 1);
    assert_int_equal(count_frames(FRAME_HEADERS, 1, &view), 2);
    assert_int_equal(view.flags, FLAG_END_STREAM | FLAG_END_HEADERS);
    assert_int_equal(seen.last_code, 0);
    assert_true(seen.streams[0]->closed);
    assert_int_equal(count_frames(FRAME_RST_STREAM, 1, NULL), 0);
    stop();
  }
}

static void test_early_answer_stops_the_request(void **unused) {
  (void)unused;
  begin();
  request(&frames, 1, "/a/b", 0);
  assert_true(receive(&frames));
  vonk_http2_respond(seen.streams[0], head, 2, true);
  collect(SIZE_MAX);
  struct frame_view view;
  assert_int_equal(count_frames(FRAME_RST_STREAM, 1, &view), 1);
  assert_int_equal(view_u32(&view, 0), VONK_HTTP2_NO_ERROR);
  stop();
}

/* A body of 300,000 bytes goes no further than the client's windows. */
static void test_windows_of_the_client(void **unused) {
  (void)unused;
  static char body[300000];
  for (size_t i = 0; i < sizeof body; i++) body[i] = (char)(i * 7 + (i >> 10));
  begin();
  request(&frames, 1, "/a/b", FLAG_END_STREAM);
  assert_true(receive(&frames));
  vonk_http2_respond(seen.streams[0], head, 2, false);
  vonk_http2_write(seen.streams[0], vonk_str_make(body, sizeof body));
  vonk_http2_end(seen.streams[0], trailers, 1);
  collect(5000);
  assert_int_equal(seen.streams[0]->queued_bytes, sizeof body - 65535);
  frames.size = 0;
  window_update(&frames, 1, 10000);
  window_update(&frames, 0, 5000);
  assert_true(receive(&frames));
  collect(5000);
  assert_int_equal(seen.streams[0]->borrowed_bytes, sizeof body - 65535 - 5000);
  frames.size = 0;
  window_update(&frames, 1, 1 << 20);
  window_update(&frames, 0, 1 << 20);
  assert_true(receive(&frames));
  collect(5000);
  assert_true(seen.streams[0]->closed);
  struct frame_view view;
  size_t got = 0;
  for (size_t at = 0; frame_next(seen.answer, seen.answer_size, &at, &view);) {
    if (view.type != FRAME_DATA) continue;
    assert_true(view.size <= 16384);
    assert_memory_equal(view.body, body + got, view.size);
    got += view.size;
  }
  assert_int_equal(got, sizeof body);
  stop();
}

/* Copied parts between lent ones share a buffer; everything leaves in order. */
static void test_mixed_parts(void **unused) {
  (void)unused;
  enum { ROUNDS = 300 };
  static char lent[ROUNDS][100], expected[ROUNDS * 120];
  size_t size = 0, got = 0;
  begin();
  request(&frames, 1, "/a/b", FLAG_END_STREAM);
  window_update(&frames, 1, 1 << 20);
  assert_true(receive(&frames));
  vonk_http2_respond(seen.streams[0], head, 2, false);
  for (uint32_t i = 0; i < ROUNDS; i++) {
    char small[20];
    memset(lent[i], (int)(i % 251), sizeof lent[i]);
    memset(small, (int)(i % 7), sizeof small);
    assert_int_equal(vonk_http2_write_copy(seen.streams[0], vonk_str_make(small, 10)), VONK_OK);
    assert_int_equal(vonk_http2_write_copy(seen.streams[0], vonk_str_make(small, i % 11)), VONK_OK);
    vonk_http2_write(seen.streams[0], vonk_str_make(lent[i], sizeof lent[i]));
    memcpy(expected + size, small, 10 + i % 11);
    memcpy(expected + size + 10 + i % 11, lent[i], sizeof lent[i]);
    size += 10 + i % 11 + sizeof lent[i];
    if (i % 100 == 50) collect(1000);
  }
  collect(777);
  struct frame_view view;
  for (size_t at = 0; frame_next(seen.answer, seen.answer_size, &at, &view);) {
    if (view.type != FRAME_DATA) continue;
    assert_memory_equal(view.body, expected + got, view.size);
    got += view.size;
  }
  assert_int_equal(got, size);
  vonk_http2_end(seen.streams[0], trailers, 1);
  collect(SIZE_MAX);
  stop();
}

/* Memory that was lent is the caller's when the stream closes, even with a frame half sent: the rest was copied. */
static void test_reset_with_a_frame_half_sent(void **unused) {
  (void)unused;
  for (int by_us = 0; by_us < 2; by_us++) {
    char *body = malloc(40000);
    memset(body, 'b', 40000);
    begin();
    request(&frames, 1, "/a/b", FLAG_END_STREAM);
    request(&frames, 3, "/a/b", FLAG_END_STREAM);
    assert_true(receive(&frames));
    vonk_http2_respond(seen.streams[0], head, 2, false);
    vonk_http2_write(seen.streams[0], vonk_str_make(body, 40000));
    struct iovec vectors[64];
    uint32_t count = vonk_http2_output(seen.http2, vectors, 64);
    size_t total = 0;
    for (uint32_t i = 0; i < count; i++) total += vectors[i].iov_len;
    assert_true(total > 40000);
    for (size_t left = 10000; left;) {
      count = vonk_http2_output(seen.http2, vectors, 1);
      size_t part = vectors[0].iov_len < left ? vectors[0].iov_len : left;
      memcpy(seen.answer + seen.answer_size, vectors[0].iov_base, part);
      seen.answer_size += part;
      vonk_http2_sent(seen.http2, part);
      left -= part;
    }
    frames.size = 0;
    reset(&frames, 1, VONK_HTTP2_CANCEL);
    if (by_us) vonk_http2_reset(seen.streams[0], VONK_HTTP2_CANCEL);
    else assert_true(receive(&frames));
    assert_int_equal(seen.streams[0]->borrowed_bytes, 0);
    memset(body, 'x', 40000);
    free(body);
    vonk_http2_respond(seen.streams[1], head, 2, true);
    collect(SIZE_MAX);
    struct frame_view view;
    size_t got = 0;
    for (size_t at = 0; frame_next(seen.answer, seen.answer_size, &at, &view);) {
      if (view.type != FRAME_DATA) continue;
      for (size_t i = 0; i < view.size; i++) assert_int_equal(view.body[i], 'b');
      got += view.size;
    }
    assert_true(got > 0 && got <= 40000);
    assert_int_equal(count_frames(FRAME_HEADERS, 3, NULL), 1);
    assert_true(seen.streams[0]->closed);
    stop();
  }
}

/* A window that nobody consumes closes; the connection's goes on. */
static void test_our_windows(void **unused) {
  (void)unused;
  static char bytes[16000];
  begin();
  request(&frames, 1, "/a/b", 0);
  request(&frames, 3, "/a/b", 0);
  for (int i = 0; i < 4; i++) message(&frames, 1, bytes, sizeof bytes, 0);
  assert_true(receive(&frames));
  collect(SIZE_MAX);
  assert_int_equal(count_frames(FRAME_WINDOW_UPDATE, 1, NULL), 0);
  vonk_http2_consume(seen.streams[0], 60000);
  collect(SIZE_MAX);
  assert_int_equal(count_frames(FRAME_WINDOW_UPDATE, 1, NULL), 1);
  frames.size = 0;
  for (int i = 0; i < 5; i++) message(&frames, 3, bytes, sizeof bytes, 0);
  assert_true(receive(&frames));
  collect(SIZE_MAX);
  struct frame_view view;
  assert_int_equal(count_frames(FRAME_RST_STREAM, 3, &view), 1); /* one frame too many: FLOW_CONTROL_ERROR */
  assert_int_equal(view_u32(&view, 0), 3);
  stop();
}

static void test_streams_are_limited(void **unused) {
  (void)unused;
  begin();
  for (uint32_t i = 0; i < 10; i++) request(&frames, 2 * i + 1, "/a/b", 0);
  vonk_http2_receive(seen.http2, frames.bytes, 24 + 9, 0);
  collect(SIZE_MAX);
  frame(&frames, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
  assert_true(vonk_http2_receive(seen.http2, frames.bytes + 33, frames.size - 33, 0));
  collect(SIZE_MAX);
  assert_int_equal(vonk_http2_stream_count(seen.http2), 8);
  struct frame_view view;
  assert_int_equal(count_frames(FRAME_RST_STREAM, 17, &view), 1);
  assert_int_equal(view_u32(&view, 0), VONK_HTTP2_REFUSED_STREAM);
  assert_int_equal(seen.refused, 2);
  assert_int_equal(seen.last_code, VONK_HTTP2_REFUSED_STREAM);
  stop();
}

/* --- hostile clients --- */

static uint32_t ended_by(void) {
  struct frame_view view = {0};
  collect(SIZE_MAX);
  assert_true(vonk_http2_is_done(seen.http2));
  return count_frames(FRAME_GOAWAY, 0, &view) ? view_u32(&view, 4) : UINT32_MAX;
}

static void test_fields_too_large(void **unused) {
  (void)unused;
  static struct frames block;
  char value[101] = {0};
  memset(value, 'v', 100);
  block.size = 0;
  request_fields(&block, "/a/b");
  for (int i = 0; i < 20; i++) field(&block, "name", value);
  begin();
  frame(&frames, FRAME_HEADERS, FLAG_END_HEADERS | FLAG_END_STREAM, 1, block.bytes, block.size);
  request(&frames, 3, "/a/b", FLAG_END_STREAM);
  assert_true(receive(&frames));
  collect(SIZE_MAX);
  struct frame_view view;
  assert_int_equal(seen.refused, 1);
  assert_int_equal(seen.requests, 1);
  assert_int_equal(count_frames(FRAME_RST_STREAM, 1, &view), 1);
  assert_int_equal(view_u32(&view, 0), VONK_HTTP2_ENHANCE_YOUR_CALM);
  stop();
}

static void test_continuation_flood(void **unused) {
  (void)unused;
  static struct frames block;
  begin();
  block.size = 0;
  request_fields(&block, "/a/b");
  frame(&frames, FRAME_HEADERS, 0, 1, block.bytes, block.size);
  block.size = 0;
  field(&block, "a", "b");
  for (int i = 0; i < 1000; i++) frame(&frames, FRAME_CONTINUATION, 0, 1, block.bytes, block.size);
  assert_false(receive(&frames));
  assert_int_equal(vonk_http2_fault(seen.http2), VONK_HTTP2_FAULT_HEADERS);
  assert_int_equal(ended_by(), VONK_HTTP2_ENHANCE_YOUR_CALM);
  assert_int_equal(seen.requests, 0);
  stop();
}

static void test_rapid_reset(void **unused) {
  (void)unused;
  begin();
  for (uint32_t i = 0; i < 100; i++) {
    request(&frames, 2 * i + 1, "/a/b", 0);
    reset(&frames, 2 * i + 1, VONK_HTTP2_CANCEL);
  }
  assert_false(receive(&frames));
  assert_int_equal(vonk_http2_fault(seen.http2), VONK_HTTP2_FAULT_RESETS);
  assert_int_equal(seen.requests, 21);
  assert_int_equal(ended_by(), VONK_HTTP2_ENHANCE_YOUR_CALM);
  stop();
}

/* Ten resets a second are within the rate. */
static void test_slow_resets(void **unused) {
  (void)unused;
  begin();
  for (uint32_t i = 0; i < 200; i++) {
    request(&frames, 2 * i + 1, "/a/b", 0);
    reset(&frames, 2 * i + 1, VONK_HTTP2_CANCEL);
    seen.now_ns += 100000000;
    assert_true(receive(&frames));
    frames.size = 0;
    collect(SIZE_MAX);
  }
  stop();
}

/* Faults that make us reset count as resets: a window of 2^31 - 1 that is widened is a stream's error. */
static void test_faults_that_make_us_reset(void **unused) {
  (void)unused;
  begin();
  bool goes_on = true;
  for (uint32_t i = 0; goes_on && i < 100; i++) {
    request(&frames, 2 * i + 1, "/a/b", 0);
    window_update(&frames, 2 * i + 1, INT32_MAX);
    goes_on = receive(&frames);
    frames.size = 0;
    collect(SIZE_MAX);
  }
  assert_false(goes_on);
  assert_int_equal(vonk_http2_fault(seen.http2), VONK_HTTP2_FAULT_RESETS);
  assert_int_equal(ended_by(), VONK_HTTP2_ENHANCE_YOUR_CALM);
  stop();
}

static void flood(enum frame_type type, uint8_t flags, uint32_t stream, size_t size, bool is_flood) {
  static const char zeros[16];
  begin();
  request(&frames, 1, "/a/b", 0);
  for (int i = 0; i < 100; i++) frame(&frames, type, flags, stream, zeros, size);
  assert_int_equal(receive(&frames), !is_flood);
  if (is_flood) {
    assert_int_equal(vonk_http2_fault(seen.http2), VONK_HTTP2_FAULT_CONTROLS);
    assert_int_equal(ended_by(), VONK_HTTP2_ENHANCE_YOUR_CALM);
  }
  stop();
}

static void test_floods(void **unused) {
  (void)unused;
  flood(FRAME_PING, 0, 0, 8, true);
  flood(FRAME_SETTINGS, 0, 0, 0, true);
  flood(FRAME_PRIORITY, 0, 1, 5, true);
  flood(FRAME_DATA, 0, 1, 0, true);
  flood((enum frame_type)77, 0, 1, 16, false); /* unknown frames are skipped, and make no work */
  flood(FRAME_DATA, 0, 1, 16, false);
}

static void test_no_http2(void **unused) {
  (void)unused;
  start();
  assert_false(vonk_http2_receive(seen.http2, "GET / HTTP/1.1\r\nHost: here\r\n\r\n", 30, 0));
  assert_int_equal(vonk_http2_fault(seen.http2), VONK_HTTP2_FAULT_PROTOCOL);
  assert_true(vonk_http2_is_done(seen.http2));
  assert_false(vonk_http2_receive(seen.http2, "x", 1, 0));
  stop();
}

static void test_pings_are_answered(void **unused) {
  (void)unused;
  begin();
  frame(&frames, FRAME_PING, 0, 0, "12345678", 8);
  assert_true(receive(&frames));
  collect(SIZE_MAX);
  struct frame_view view;
  assert_int_equal(count_frames(FRAME_PING, 0, &view), 1);
  assert_int_equal(view.flags, FLAG_ACK);
  assert_memory_equal(view.body, "12345678", 8);
  stop();
}

static void test_shutdown(void **unused) {
  (void)unused;
  begin();
  request(&frames, 1, "/a/b", FLAG_END_STREAM);
  assert_true(receive(&frames));
  vonk_http2_shutdown(seen.http2);
  collect(SIZE_MAX);
  assert_false(vonk_http2_is_done(seen.http2));
  frames.size = 0;
  request(&frames, 3, "/a/b", FLAG_END_STREAM);
  assert_true(receive(&frames));
  assert_int_equal(seen.requests, 1);
  vonk_http2_respond(seen.streams[0], head, 2, true);
  assert_int_equal(ended_by(), VONK_HTTP2_NO_ERROR);
  stop();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_request_in_pieces),
      cmocka_unit_test(test_early_answer_stops_the_request),
      cmocka_unit_test(test_windows_of_the_client),
      cmocka_unit_test(test_mixed_parts),
      cmocka_unit_test(test_reset_with_a_frame_half_sent),
      cmocka_unit_test(test_our_windows),
      cmocka_unit_test(test_streams_are_limited),
      cmocka_unit_test(test_fields_too_large),
      cmocka_unit_test(test_continuation_flood),
      cmocka_unit_test(test_rapid_reset),
      cmocka_unit_test(test_slow_resets),
      cmocka_unit_test(test_faults_that_make_us_reset),
      cmocka_unit_test(test_floods),
      cmocka_unit_test(test_no_http2),
      cmocka_unit_test(test_pings_are_answered),
      cmocka_unit_test(test_shutdown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
