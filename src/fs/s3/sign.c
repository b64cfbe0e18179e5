/* sign.c: see sign.h. */
#include "fs/s3/sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <time.h>

#include "base/status.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

enum { DIGEST_BYTES = 32 };

static void put_hex(const uint8_t *bytes, size_t size, char *out) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < size; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
}

void s3_sha256_hex(struct vonk_str bytes, char out[S3_SHA256_HEX]) {
  uint8_t digest[DIGEST_BYTES];
  int done = EVP_Digest(bytes.data ? bytes.data : "", bytes.size, digest, NULL, EVP_sha256(), NULL);
  ASSERT(done == 1);
  put_hex(digest, sizeof digest, out);
}

void s3_date(int64_t micros, char out[S3_DATE_SIZE]) {
  time_t seconds = (time_t)(micros / 1000000);
  struct tm tm;
  char text[S3_DATE_SIZE + 1];
  gmtime_r(&seconds, &tm);
  size_t size = strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &tm);
  ASSERT(size == S3_DATE_SIZE);
  memcpy(out, text, S3_DATE_SIZE);
}

static void hmac(struct vonk_str key, struct vonk_str text, uint8_t out[DIGEST_BYTES]) {
  unsigned size = DIGEST_BYTES;
  const uint8_t *done = HMAC(EVP_sha256(), key.data, (int)key.size, (const uint8_t *)text.data, text.size, out, &size);
  ASSERT(done && size == DIGEST_BYTES);
}

static struct vonk_str digest_text(const uint8_t digest[DIGEST_BYTES]) { return vonk_str_make((const char *)digest, DIGEST_BYTES); }

/* What is asked for, in the one form that both sides make of it. */
static struct vonk_str canonical_request(struct vonk_arena *arena, const struct s3_signable *request, struct vonk_str signed_names) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  vonk_text_addf(&text, "%s\n" STR_FMT "\n" STR_FMT "\n", request->method, STR_ARG(request->path), STR_ARG(request->query));
  for (uint32_t i = 0; i < request->header_count; i++) {
    const struct s3_header *header = &request->headers[i];
    vonk_text_addf(&text, STR_FMT ":" STR_FMT "\n", STR_ARG(header->name), STR_ARG(header->value));
  }
  vonk_text_addf(&text, "\n" STR_FMT "\n" STR_FMT, STR_ARG(signed_names), STR_ARG(request->payload));
  return vonk_text_str(&text);
}

static void signing_key(const struct s3_signable *request, uint8_t out[DIGEST_BYTES]) {
  char start[256];
  struct vonk_str secret = vonk_secret_reveal(request->secret);
  ASSERT(secret.size + 4 <= sizeof start);
  memcpy(start, "AWS4", 4);
  if (secret.size) memcpy(start + 4, secret.data, secret.size);
  hmac(vonk_str_make(start, secret.size + 4), vonk_str_slice(request->date, 0, 8), out);
  explicit_bzero(start, sizeof start);
  hmac(digest_text(out), request->region, out);
  hmac(digest_text(out), request->service, out);
  hmac(digest_text(out), STR("aws4_request"), out);
}

struct vonk_str s3_sign(struct vonk_arena *arena, const struct s3_signable *request) {
  struct vonk_text names;
  uint8_t key[DIGEST_BYTES], signature[DIGEST_BYTES];
  char hashed[S3_SHA256_HEX], hex[S3_SHA256_HEX];
  vonk_text_init(&names, arena);
  for (uint32_t i = 0; i < request->header_count; i++) {
    if (i) vonk_text_add_char(&names, ';');
    vonk_text_add(&names, request->headers[i].name);
  }
  struct vonk_str signed_names = vonk_text_str(&names);
  struct vonk_str scope = vonk_str_format(arena, "%.8s/" STR_FMT "/" STR_FMT "/aws4_request", request->date.data, STR_ARG(request->region), STR_ARG(request->service));
  s3_sha256_hex(canonical_request(arena, request, signed_names), hashed);
  struct vonk_str text = vonk_str_format(arena, ALGORITHM "\n" STR_FMT "\n" STR_FMT "\n%.64s", STR_ARG(request->date), STR_ARG(scope), hashed);
  signing_key(request, key);
  hmac(digest_text(key), text, signature);
  explicit_bzero(key, sizeof key);
  put_hex(signature, sizeof signature, hex);
  return vonk_str_format(arena, ALGORITHM " Credential=" STR_FMT "/" STR_FMT ", SignedHeaders=" STR_FMT ", Signature=%.64s", STR_ARG(request->key_id),
                         STR_ARG(scope), STR_ARG(signed_names), hex);
}
