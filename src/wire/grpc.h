/* grpc.h: what gRPC puts on HTTP/2 (its "PROTOCOL-HTTP2" document): fields of requests, framed messages, trailers.
 *
 * No I/O and no threads. Everything read here came from a client and is checked; lengths meet a limit before they size anything.
 */
#ifndef VONK_WIRE_GRPC_H
#define VONK_WIRE_GRPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/str.h"
#include "wire/http2.h"

enum vonk_grpc_code {
  VONK_GRPC_OK = 0,
  VONK_GRPC_CANCELLED = 1,
  VONK_GRPC_UNKNOWN = 2,
  VONK_GRPC_INVALID_ARGUMENT = 3,
  VONK_GRPC_DEADLINE_EXCEEDED = 4,
  VONK_GRPC_NOT_FOUND = 5,
  VONK_GRPC_ALREADY_EXISTS = 6,
  VONK_GRPC_PERMISSION_DENIED = 7,
  VONK_GRPC_RESOURCE_EXHAUSTED = 8,
  VONK_GRPC_FAILED_PRECONDITION = 9,
  VONK_GRPC_ABORTED = 10,
  VONK_GRPC_OUT_OF_RANGE = 11,
  VONK_GRPC_UNIMPLEMENTED = 12,
  VONK_GRPC_INTERNAL = 13,
  VONK_GRPC_UNAVAILABLE = 14,
  VONK_GRPC_DATA_LOSS = 15,
  VONK_GRPC_UNAUTHENTICATED = 16,
};

/* How messages of a request with the compressed flag are packed. */
enum vonk_grpc_encoding { VONK_GRPC_IDENTITY, VONK_GRPC_GZIP, VONK_GRPC_DEFLATE };

struct vonk_grpc_request {
  struct vonk_str path;              /* "/package.Service/Method" */
  struct vonk_str authority;         /* absent when the client gave none */
  uint64_t timeout_ns;               /* 0: none */
  enum vonk_grpc_encoding encoding;
  struct vonk_http2_field *metadata; /* names in lower case; values of "-bin" names decoded; without what HTTP and gRPC use */
  uint32_t metadata_count;
};

struct vonk_grpc_refusal {
  uint32_t http_status;     /* not 200: no gRPC at all */
  enum vonk_grpc_code code; /* OK: not refused */
  const char *message;
};

/* Reads the fields of a request; what it finds lives on ARENA or among the fields. A metadata value of a "-bin" name that is
 * no base64 is left out. */
struct vonk_grpc_refusal vonk_grpc_request_read(struct vonk_arena *arena, const struct vonk_http2_field *fields, uint32_t count,
                                                struct vonk_grpc_request *out);
/* The first value of NAME (lower case); absent when there is none. */
struct vonk_str vonk_grpc_metadata(const struct vonk_grpc_request *request, struct vonk_str name);

/* --- messages --- */

enum { VONK_GRPC_PREFIX_BYTES = 5 };

/* The head of an uncompressed message of BYTE_SIZE bytes. */
void vonk_grpc_prefix(uint32_t byte_size, char out[VONK_GRPC_PREFIX_BYTES]);

struct vonk_grpc_message {
  struct vonk_buffer *bytes;
  bool is_packed;
};

/* Cuts a request's body into messages. */
struct vonk_grpc_reader {
  struct vonk_budget *budget;
  uint64_t message_limit;
  enum vonk_grpc_encoding encoding;
  uint8_t prefix[VONK_GRPC_PREFIX_BYTES];
  uint32_t prefix_size;         /* bytes of it that have come */
  uint32_t message_size;        /* as the prefix says */
  struct vonk_buffer *message;  /* being filled; grows with what comes, not with what was announced */
};

struct vonk_grpc_reader vonk_grpc_reader_of(struct vonk_budget *budget, uint64_t message_limit, enum vonk_grpc_encoding encoding);
/* Drops what is unfinished. */
void vonk_grpc_reader_deinit(struct vonk_grpc_reader *reader);
/* Takes bytes up to the end of a message; *USED says how many. *OUT is that message, yours, or NULL when it needs more. The
 * refusal's code is OK, INTERNAL (malformed) or RESOURCE_EXHAUSTED (message limit, memory). */
struct vonk_grpc_refusal vonk_grpc_reader_add(struct vonk_grpc_reader *reader, const uint8_t *bytes, size_t size, size_t *used,
                                              struct vonk_grpc_message *out);
/* Unpacks a message that is packed, in its place; refusals as above, and then the message is dropped. May take long. */
struct vonk_grpc_refusal vonk_grpc_message_unpack(struct vonk_grpc_message *message, uint64_t message_limit);
/* In the midst of a message. */
bool vonk_grpc_reader_is_partial(const struct vonk_grpc_reader *reader);

/* --- trailers --- */

enum { VONK_GRPC_TRAILERS_MAX = 3 };

/* Status, details (base64, empty: left out) and message (percent-encoded, empty: left out) as fields on ARENA; returns how
 * many. Together they have FIELD_BYTES (as SETTINGS_MAX_HEADER_LIST_SIZE counts), but no more than some 8 KiB: the message is cut,
 * down to 512 bytes; details that do not fit then are left out. */
uint32_t vonk_grpc_trailers(struct vonk_arena *arena, enum vonk_grpc_code code, struct vonk_str message, struct vonk_str details,
                            uint32_t field_bytes, struct vonk_http2_field out[VONK_GRPC_TRAILERS_MAX]);

#endif
