/* http2_fuzz.c: any bytes as what a client sends: HTTP/2 frames behind a good start, gRPC in them, answered while they come.
 *
 * The first byte says how many bytes come at once and leave at once; with its highest bit the start is left to the bytes too.
 */
#include <stdlib.h>

#include "base/status.h"
#include "wire/grpc.h"
#include "wire/http2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vonk_http2_limits limits = {
    .stream_count = 4,
    .header_bytes = 500,
    .stream_window_bytes = 65535,
    .connection_window_bytes = 100000,
    .frame_bytes = 16384,
    .resets = {.burst = 10, .per_second = 1},
    .controls = {.burst = 10, .per_second = 1},
};

struct request {
  struct vonk_grpc_request request;
  struct vonk_grpc_reader reader;
  char *lent;
  bool is_answered;
};

static struct vonk_budget *budget;
static int open_count;

static void answer(struct vonk_http2_stream *stream, enum vonk_grpc_code code) {
  struct vonk_http2_field fields[1 + VONK_GRPC_TRAILERS_MAX] = {{STR(":status"), STR("200")}};
  struct request *request = stream->object;
  if (request->is_answered) return;
  request->is_answered = true;
  vonk_http2_respond(stream, fields, 1, false);
  if (vonk_http2_write_copy(stream, stream->fields[0].value) == VONK_OK) vonk_http2_write(stream, vonk_str_make(request->lent, 100000));
  uint32_t count = vonk_grpc_trailers(stream->arena, code, request->request.path, request->request.authority, 1000, fields);
  vonk_http2_end(stream, fields, count);
}

static void on_request(void *object, struct vonk_http2_stream *stream, bool ended) {
  (void)object;
  struct request *request = ARENA_NEW(stream->arena, struct request);
  stream->object = request;
  request->lent = calloc(1, 100000);
  open_count++;
  struct vonk_grpc_refusal refusal = vonk_grpc_request_read(stream->arena, stream->fields, stream->field_count, &request->request);
  request->reader = vonk_grpc_reader_of(budget, 10000, request->request.encoding);
  if (ended || refusal.code != VONK_GRPC_OK) answer(stream, refusal.code);
}

static void on_data(void *object, struct vonk_http2_stream *stream, const uint8_t *bytes, size_t size) {
  (void)object;
  struct request *request = stream->object;
  for (size_t at = 0, used = 0; at < size; at += used) {
    struct vonk_grpc_message message;
    struct vonk_grpc_refusal refusal = vonk_grpc_reader_add(&request->reader, bytes + at, size - at, &used, &message);
    if (message.bytes) refusal = vonk_grpc_message_unpack(&message, 10000);
    vonk_buffer_release(message.bytes);
    if (refusal.code == VONK_GRPC_OK) continue;
    vonk_http2_reset(stream, VONK_HTTP2_CANCEL);
    break;
  }
  vonk_http2_consume(stream, size);
}

static void on_end(void *object, struct vonk_http2_stream *stream) {
  (void)object;
  answer(stream, VONK_GRPC_OK);
}

static void on_sent(void *object, struct vonk_http2_stream *stream) { (void)object, (void)stream; }

static void on_closed(void *object, struct vonk_http2_stream *stream, uint32_t code) {
  (void)object, (void)code;
  struct request *request = stream->object;
  vonk_grpc_reader_deinit(&request->reader);
  free(request->lent);
  open_count--;
}

static void on_refused(void *object, enum vonk_http2_error error) { (void)object, (void)error; }

static void send_some(struct vonk_http2 *http2, size_t size) {
  struct iovec vectors[8];
  uint32_t count = vonk_http2_output(http2, vectors, 8);
  for (uint32_t i = 0; i < count && size; i++) {
    size_t part = vectors[i].iov_len < size ? vectors[i].iov_len : size;
    vonk_http2_sent(http2, part);
    size -= part;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct vonk_http2_events events = {on_request, on_data, on_end, on_sent, on_closed, on_refused};
  static const char start[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
  if (size == 0) return 0;
  budget = vonk_budget_create(NULL, "fuzz", 1 << 20);
  struct vonk_http2 *http2 = vonk_http2_create(budget, &limits, &events, NULL);
  size_t at_once = (size_t)1 << (data[0] & 15), sent_at_once = (size_t)1 << (data[0] >> 4 & 7) * 3;
  if (!(data[0] & 0x80)) (void)vonk_http2_receive(http2, start, sizeof start - 1, 0);
  for (size_t at = 1; at < size; at += at_once) {
    bool goes_on = vonk_http2_receive(http2, data + at, size - at < at_once ? size - at : at_once, at * 1000);
    send_some(http2, sent_at_once);
    if (!goes_on) break;
  }
  vonk_http2_destroy(http2);
  ASSERT(open_count == 0 && vonk_budget_used(budget) == 0);
  vonk_budget_destroy(budget);
  return 0;
}
