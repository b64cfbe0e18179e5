/* sign.h: AWS Signature Version 4: what a request must carry so that the store knows who asks.
 *
 * What is signed is what is sent: paths and queries come escaped (RFC 3986) and queries sorted; nothing is escaped again here.
 * Specification: "Signature Version 4 signing process" of AWS's reference.
 */
#ifndef VONK_FS_S3_SIGN_H
#define VONK_FS_S3_SIGN_H

#include "base/secret.h"

enum { S3_SHA256_HEX = 64, S3_DATE_SIZE = 16 };

struct s3_header {
  struct vonk_str name, value;       /* name in lower case */
};

struct s3_signable {
  const char *method;
  struct vonk_str path, query;       /* query without "?" */
  const struct s3_header *headers;   /* all that are signed, by name; host among them */
  uint32_t header_count;
  struct vonk_str payload;           /* SHA-256 of the body in hex, or UNSIGNED-PAYLOAD */
  struct vonk_str date;              /* "20150830T123600Z" */
  struct vonk_str region, service;
  struct vonk_str key_id;
  const struct vonk_secret *secret;
};

/* The value of the header Authorization, on ARENA. */
struct vonk_str s3_sign(struct vonk_arena *arena, const struct s3_signable *request);
/* Lower-case hex of the digest, not ended by NUL. */
void s3_sha256_hex(struct vonk_str bytes, char out[S3_SHA256_HEX]);
/* "20150830T123600Z", not ended by NUL. */
void s3_date(int64_t micros, char out[S3_DATE_SIZE]);

#endif
