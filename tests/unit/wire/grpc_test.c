/* grpc_test.c: fields of requests, messages in pieces and packed, trailers and what is cut of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

#include "wire/grpc.h"

static struct vonk_arena *arena;
static struct vonk_budget *budget;

static int setup(void **unused) {
  (void)unused;
  arena = vonk_arena_create(NULL);
  budget = vonk_budget_create(NULL, "test", 64 << 20);
  return 0;
}
static int teardown(void **unused) {
  (void)unused;
  vonk_arena_destroy(arena);
  vonk_budget_destroy(budget);
  return 0;
}

/* --- requests --- */

static struct vonk_grpc_refusal read_with(const char *name, const char *value, struct vonk_grpc_request *out) {
  const struct vonk_http2_field fields[] = {
      {STR(":method"), STR("POST")}, {STR(":scheme"), STR("http")}, {STR(":path"), STR("/s/m")}, {STR(":authority"), STR("host")},
      {STR("te"), STR("trailers")}, {STR("content-type"), STR("application/grpc+proto")}, {vonk_str_of(name), vonk_str_of(value)},
  };
  return vonk_grpc_request_read(arena, fields, 7, out);
}

static void test_request(void **unused) {
  (void)unused;
  struct vonk_grpc_request request;
  assert_int_equal(read_with("x-bin", "AAH/", &request).code, VONK_GRPC_OK);
  assert_true(vonk_str_equal(request.path, STR("/s/m")));
  assert_true(vonk_str_equal(request.authority, STR("host")));
  assert_int_equal(request.metadata_count, 1);
  assert_true(vonk_str_equal(vonk_grpc_metadata(&request, STR("x-bin")), STR("\x00\x01\xFF")));
  assert_null(vonk_grpc_metadata(&request, STR("y")).data);
  assert_int_equal(read_with("x-bin", "AA", &request).code, VONK_GRPC_OK);
  assert_int_equal(vonk_grpc_metadata(&request, STR("x-bin")).size, 1);
  assert_int_equal(read_with("x-bin", "AA==", &request).code, VONK_GRPC_OK);
  assert_int_equal(vonk_grpc_metadata(&request, STR("x-bin")).size, 1);
  for (int i = 0; i < 3; i++) {
    const char *bad[] = {"A", "A*==", "AAAAA"};
    assert_int_equal(read_with("x-bin", bad[i], &request).code, VONK_GRPC_OK);
    assert_int_equal(request.metadata_count, 0);
  }
  assert_int_equal(read_with(":method", "GET", &request).http_status, 405);
  assert_int_equal(read_with("content-type", "application/grpcx", &request).http_status, 415);
  assert_int_equal(read_with("content-type", "text/plain", &request).http_status, 415);
  assert_int_equal(read_with("content-type", "application/grpc; charset=utf-8", &request).http_status, 200);
  assert_int_equal(read_with("grpc-encoding", "gzip", &request).code, VONK_GRPC_OK);
  assert_int_equal(request.encoding, VONK_GRPC_GZIP);
  assert_int_equal(read_with("grpc-encoding", "snappy", &request).code, VONK_GRPC_UNIMPLEMENTED);
}

static void test_timeout(void **unused) {
  (void)unused;
  static const struct {
    const char *text;
    uint64_t ns;
  } good[] = {{"1n", 1}, {"20u", 20000}, {"3m", 3000000}, {"4S", 4000000000u}, {"5M", 300000000000u}, {"99999999H", 3162240000000000000u},
              {"99999999M", 3162240000000000000u}, {"0S", 1}};
  struct vonk_grpc_request request;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    assert_int_equal(read_with("grpc-timeout", good[i].text, &request).code, VONK_GRPC_OK);
    assert_int_equal(request.timeout_ns, good[i].ns);
  }
  static const char *const bad[] = {"", "S", "1", "1x", "-1S", "+1S", "123456789S", " 1S", "1 S", "0x1S"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(read_with("grpc-timeout", bad[i], &request).code, VONK_GRPC_INTERNAL);
  }
}

/* --- messages --- */

static size_t frame_message(uint8_t *out, uint8_t flags, const void *bytes, size_t size) {
  vonk_grpc_prefix((uint32_t)size, (char *)out);
  out[0] = flags;
  memcpy(out + VONK_GRPC_PREFIX_BYTES, bytes, size);
  return VONK_GRPC_PREFIX_BYTES + size;
}

/* Feeds all bytes, AT_ONCE at a time; the messages must be those of SIZES, of bytes counting up. */
static void check_messages(const uint8_t *bytes, size_t size, size_t at_once, const size_t *sizes, size_t count) {
  struct vonk_grpc_reader reader = vonk_grpc_reader_of(budget, 1 << 20, VONK_GRPC_IDENTITY);
  size_t seen = 0;
  for (size_t at = 0; at < size;) {
    struct vonk_grpc_message message;
    size_t used, part = size - at < at_once ? size - at : at_once;
    assert_int_equal(vonk_grpc_reader_add(&reader, bytes + at, part, &used, &message).code, VONK_GRPC_OK);
    assert_true(used > 0 && used <= part);
    at += used;
    if (!message.bytes) continue;
    assert_true(seen < count && !message.is_packed);
    assert_int_equal(message.bytes->size, sizes[seen++]);
    for (size_t i = 0; i < message.bytes->size; i++) assert_int_equal(message.bytes->data[i], (uint8_t)i);
    vonk_buffer_release(message.bytes);
  }
  assert_int_equal(seen, count);
  assert_false(vonk_grpc_reader_is_partial(&reader));
  vonk_grpc_reader_deinit(&reader);
}

static void test_messages_in_pieces(void **unused) {
  (void)unused;
  static const size_t sizes[] = {0, 1, 5, 0, 300, 200000, 3};
  static uint8_t bytes[300000], content[200000];
  size_t size = 0;
  for (size_t i = 0; i < sizeof content; i++) content[i] = (uint8_t)i;
  for (size_t i = 0; i < 7; i++) size += frame_message(bytes + size, 0, content, sizes[i]);
  for (size_t at_once = 1; at_once < 2 * size; at_once = at_once * 2 + 1) check_messages(bytes, size, at_once, sizes, 7);
  assert_int_equal(vonk_budget_used(budget), 0);
}

static struct vonk_grpc_refusal read_one(const uint8_t *bytes, size_t size, uint64_t limit, enum vonk_grpc_encoding encoding,
                                         struct vonk_buffer **out) {
  struct vonk_grpc_reader reader = vonk_grpc_reader_of(budget, limit, encoding);
  struct vonk_grpc_message message;
  size_t used;
  struct vonk_grpc_refusal refusal = vonk_grpc_reader_add(&reader, bytes, size, &used, &message);
  if (refusal.code == VONK_GRPC_OK) refusal = vonk_grpc_message_unpack(&message, limit);
  *out = message.bytes;
  vonk_grpc_reader_deinit(&reader);
  return refusal;
}

static size_t pack(const void *bytes, size_t size, int window_bits, uint8_t *out, size_t capacity) {
  z_stream stream = {.next_in = (uint8_t *)bytes, .avail_in = (uInt)size, .next_out = out, .avail_out = (uInt)capacity};
  assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
  deflateEnd(&stream);
  return capacity - stream.avail_out;
}

static void test_packed_messages(void **unused) {
  (void)unused;
  static uint8_t content[500000], packed[600000], bytes[600010];
  struct vonk_buffer *message;
  memset(content, 'c', sizeof content);
  for (int window_bits = 15; window_bits <= 31; window_bits += 16) {
    size_t packed_size = pack(content, sizeof content, window_bits, packed, sizeof packed);
    size_t size = frame_message(bytes, 1, packed, packed_size);
    assert_int_equal(read_one(bytes, size, sizeof content, VONK_GRPC_GZIP, &message).code, VONK_GRPC_OK);
    assert_int_equal(message->size, sizeof content);
    assert_memory_equal(message->data, content, sizeof content);
    vonk_buffer_release(message);
    assert_int_equal(read_one(bytes, size, sizeof content - 1, VONK_GRPC_GZIP, &message).code, VONK_GRPC_RESOURCE_EXHAUSTED);
    assert_int_equal(read_one(bytes, size, sizeof content, VONK_GRPC_IDENTITY, &message).code, VONK_GRPC_INTERNAL);
    for (size_t cut = 0; cut < packed_size; cut += 1 + packed_size / 50) {
      size = frame_message(bytes, 1, packed, cut);
      assert_int_equal(read_one(bytes, size, sizeof content, VONK_GRPC_GZIP, &message).code, VONK_GRPC_INTERNAL);
    }
    packed[packed_size] = 0;
    size = frame_message(bytes, 1, packed, packed_size + 1);
    assert_int_equal(read_one(bytes, size, sizeof content, VONK_GRPC_GZIP, &message).code, VONK_GRPC_INTERNAL);
  }
  size_t size = frame_message(bytes, 1, packed, pack("", 0, 31, packed, sizeof packed));
  assert_int_equal(read_one(bytes, size, 100, VONK_GRPC_GZIP, &message).code, VONK_GRPC_OK);
  assert_int_equal(message->size, 0);
  vonk_buffer_release(message);
  assert_int_equal(vonk_budget_used(budget), 0);
}

static void test_refused_messages(void **unused) {
  (void)unused;
  struct vonk_buffer *message;
  assert_int_equal(read_one((const uint8_t *)"\2\0\0\0\1x", 6, 100, VONK_GRPC_GZIP, &message).code, VONK_GRPC_INTERNAL);
  assert_int_equal(read_one((const uint8_t *)"\0\0\0\0\145x", 6, 100, VONK_GRPC_IDENTITY, &message).code, VONK_GRPC_RESOURCE_EXHAUSTED);
  assert_int_equal(read_one((const uint8_t *)"\0\377\377\377\377x", 6, 1 << 30, VONK_GRPC_IDENTITY, &message).code,
                   VONK_GRPC_RESOURCE_EXHAUSTED);
  /* A large message that was only announced costs little. */
  struct vonk_grpc_reader reader = vonk_grpc_reader_of(budget, 1 << 30, VONK_GRPC_IDENTITY);
  struct vonk_grpc_message partial;
  size_t used;
  assert_int_equal(vonk_grpc_reader_add(&reader, (const uint8_t *)"\0\77\377\377\377x", 6, &used, &partial).code, VONK_GRPC_OK);
  assert_true(vonk_grpc_reader_is_partial(&reader));
  assert_true(vonk_budget_used(budget) < 100000);
  vonk_grpc_reader_deinit(&reader);
  struct vonk_budget *small = vonk_budget_create(NULL, "small", 100000);
  reader = vonk_grpc_reader_of(small, 1 << 30, VONK_GRPC_IDENTITY);
  static uint8_t bytes[200000] = {0, 0, 3, 0};
  assert_int_equal(vonk_grpc_reader_add(&reader, bytes, sizeof bytes, &used, &partial).code, VONK_GRPC_RESOURCE_EXHAUSTED);
  vonk_grpc_reader_deinit(&reader);
  vonk_budget_destroy(small);
}

/* --- trailers --- */

static void test_trailers(void **unused) {
  (void)unused;
  struct vonk_http2_field fields[VONK_GRPC_TRAILERS_MAX];
  assert_int_equal(vonk_grpc_trailers(arena, VONK_GRPC_OK, STR(""), STR(""), 8192, fields), 1);
  assert_true(vonk_str_equal(fields[0].name, STR("grpc-status")));
  assert_true(vonk_str_equal(fields[0].value, STR("0")));
  assert_int_equal(vonk_grpc_trailers(arena, VONK_GRPC_INTERNAL, STR("100% of\ncaf\xC3\xA9~"), STR("\x00\xFF\xFE\xFD"), 8192, fields), 3);
  assert_true(vonk_str_equal(fields[0].value, STR("13")));
  assert_true(vonk_str_equal(fields[1].name, STR("grpc-status-details-bin")));
  assert_true(vonk_str_equal(fields[1].value, STR("AP/+/Q")));
  assert_true(vonk_str_equal(fields[2].value, STR("100%25 of%0Acaf%C3%A9~")));
}

static void test_trailers_are_cut(void **unused) {
  (void)unused;
  struct vonk_http2_field fields[VONK_GRPC_TRAILERS_MAX];
  char message[9000], details[3000];
  memset(message, 'm', sizeof message);
  memset(details, 'd', sizeof details);
  memcpy(message + 60, "\xC3\xA9", 2);
  struct vonk_str long_message = {message, sizeof message}, long_details = {details, sizeof details};
  for (uint32_t limit = 100; limit < 20000; limit += 37) {
    uint32_t count = vonk_grpc_trailers(arena, VONK_GRPC_INTERNAL, long_message, long_details, limit, fields);
    size_t used = 0;
    for (uint32_t i = 0; i < count; i++) used += fields[i].name.size + fields[i].value.size + 32;
    assert_true(used <= limit && used < 8000);
    assert_int_equal(count, limit > 5000 ? 3 : limit > 4650 ? count : 2);
    size_t message_size = fields[count - 1].value.size;
    assert_true(message_size <= 60 || message_size >= 66); /* never half a letter */
    if (count == 3) assert_true(message_size >= 512);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_request),          cmocka_unit_test(test_timeout),          cmocka_unit_test(test_messages_in_pieces),
      cmocka_unit_test(test_packed_messages),  cmocka_unit_test(test_refused_messages), cmocka_unit_test(test_trailers),
      cmocka_unit_test(test_trailers_are_cut),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
