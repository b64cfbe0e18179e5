/* s3_sign_test.c: signatures against those that AWS's reference publishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/array.h"
#include "fs/s3/sign.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void expect(struct s3_signable request, const char *key_id, const char *secret_text, const char *signature) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_secret secret = vonk_secret_copy(arena, vonk_str_of(secret_text));
  request.key_id = vonk_str_of(key_id);
  request.secret = &secret;
  request.region = STR("us-east-1");
  struct vonk_str got = s3_sign(arena, &request);
  struct vonk_str wanted = vonk_str_format(arena, "Signature=%s", signature);
  if (!vonk_str_ends_with(got, wanted)) fail_msg(STR_FMT " does not end with " STR_FMT, STR_ARG(got), STR_ARG(wanted));
  vonk_arena_destroy(arena);
}

/* The simplest request of the test suite for Signature Version 4. */
static void plain_get(void **state) {
  (void)state;
  static const struct s3_header headers[] = {{STR("host"), STR("example.amazonaws.com")}, {STR("x-amz-date"), STR("20150830T123600Z")}};
  struct s3_signable request = {.method = "GET", .path = STR("/"), .headers = headers, .header_count = COUNT_OF(headers), .payload = STR(EMPTY),
                                .date = STR("20150830T123600Z"), .service = STR("service")};
  expect(request, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

/* The examples of S3's reference, "Authenticating Requests: Using the Authorization Header". */
static struct s3_signable of_s3(const char *method, const char *path, const char *query, const struct s3_header *headers, uint32_t count, const char *payload) {
  return (struct s3_signable){.method = method, .path = vonk_str_of(path), .query = vonk_str_of(query), .headers = headers, .header_count = count,
                              .payload = vonk_str_of(payload), .date = STR("20130524T000000Z"), .service = STR("s3")};
}

static void expect_s3(struct s3_signable request, const char *signature) {
  expect(request, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", signature);
}

#define HOST {STR("host"), STR("examplebucket.s3.amazonaws.com")}
#define DATE {STR("x-amz-date"), STR("20130524T000000Z")}

static void s3_requests(void **state) {
  (void)state;
  static const struct s3_header get[] = {HOST, {STR("range"), STR("bytes=0-9")}, {STR("x-amz-content-sha256"), STR(EMPTY)}, DATE};
  expect_s3(of_s3("GET", "/test.txt", "", get, COUNT_OF(get), EMPTY), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  static const char body[] = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
  static const struct s3_header put[] = {{STR("date"), STR("Fri, 24 May 2013 00:00:00 GMT")}, HOST,
                                         {STR("x-amz-content-sha256"), STR("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")},
                                         DATE, {STR("x-amz-storage-class"), STR("REDUCED_REDUNDANCY")}};
  expect_s3(of_s3("PUT", "/test%24file.text", "", put, COUNT_OF(put), body), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  static const struct s3_header plain[] = {HOST, {STR("x-amz-content-sha256"), STR(EMPTY)}, DATE};
  expect_s3(of_s3("GET", "/", "lifecycle=", plain, COUNT_OF(plain), EMPTY), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  expect_s3(of_s3("GET", "/", "max-keys=2&prefix=J", plain, COUNT_OF(plain), EMPTY), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void digests_and_dates(void **state) {
  (void)state;
  char hex[S3_SHA256_HEX], date[S3_DATE_SIZE];
  s3_sha256_hex(STR("Welcome to Amazon S3."), hex);
  assert_memory_equal(hex, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", sizeof hex);
  s3_date(1440938160 * INT64_C(1000000), date);
  assert_memory_equal(date, "20150830T123600Z", sizeof date);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(plain_get), cmocka_unit_test(s3_requests), cmocka_unit_test(digests_and_dates)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
