/* http2.h: the server's side of one HTTP/2 connection (RFC 9113) without I/O: bytes in, events out, bytes to be sent.
 *
 * What arrives goes into vonk_http2_receive, which calls the events; what is to be sent comes out of vonk_http2_output as
 * vectors of borrowed memory. Bodies are not copied on their way. Framing, HPACK and flow control are libnghttp2's; the limits
 * against floods are counted here. Not thread-safe: whoever owns the connection holds a lock around every call, the
 * stream's calls included. The library's own memory (some 10 KiB per connection, 1 KiB per stream) is not charged.
 */
#ifndef VONK_WIRE_HTTP2_H
#define VONK_WIRE_HTTP2_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/buffer.h"
#include "base/str.h"

/* RFC 9113, 7. */
enum vonk_http2_error {
  VONK_HTTP2_NO_ERROR = 0,
  VONK_HTTP2_PROTOCOL_ERROR = 1,
  VONK_HTTP2_INTERNAL_ERROR = 2,
  VONK_HTTP2_REFUSED_STREAM = 7,
  VONK_HTTP2_CANCEL = 8,
  VONK_HTTP2_ENHANCE_YOUR_CALM = 11,
};

/* Tokens of a kind of cheap frame: BURST at once, PER_SECOND in the long run; then ENHANCE_YOUR_CALM ends the connection. */
struct vonk_http2_rate {
  uint32_t burst, per_second;
};

struct vonk_http2_limits {
  uint32_t stream_count;            /* open at once; more are refused with REFUSED_STREAM */
  uint32_t header_bytes;            /* of one request, each field with 32 bytes more (RFC 9113, 6.5.2); else the stream is reset */
  uint32_t stream_window_bytes;     /* what a client may send of one request before it is consumed */
  uint32_t connection_window_bytes; /* of all requests before it was received */
  uint32_t frame_bytes;             /* largest frame taken, 16384 to 16777215 */
  struct vonk_http2_rate resets;    /* streams reset by the client, or by us for its faults */
  struct vonk_http2_rate controls;  /* PING, SETTINGS, PRIORITY, PUSH_PROMISE, GOAWAY and empty DATA frames */
};

enum vonk_http2_fault { /* why a connection was ended, for counting */
  VONK_HTTP2_FAULT_NONE,
  VONK_HTTP2_FAULT_PROTOCOL, /* bytes that are no HTTP/2 */
  VONK_HTTP2_FAULT_RESETS,
  VONK_HTTP2_FAULT_CONTROLS,
  VONK_HTTP2_FAULT_HEADERS, /* header blocks far beyond the limit, CONTINUATION without end */
};

struct vonk_http2;

struct vonk_http2_field {
  struct vonk_str name, value;
};

/* One request and its response. Lives on an arena of its own, which callers may use for what lives as long. */
struct vonk_http2_stream {
  struct vonk_http2 *connection;
  struct vonk_arena *arena;
  void *object;                    /* the owner's */
  int32_t id;
  struct vonk_http2_field *fields; /* of the request, pseudo fields (":path") first; on the arena */
  uint32_t field_count;
  bool closed;                     /* nothing more comes or goes */
  uint64_t queued_bytes;           /* of the body, given and not yet sent */
  uint64_t borrowed_bytes;         /* of these, in memory of the caller */
};

/* Called inside receive, output and the calls on streams. They may call on any stream of the connection, but not receive,
 * output, sent or destroy. */
struct vonk_http2_events {
  /* The fields are complete; ENDED: no body follows. */
  void (*request)(void *object, struct vonk_http2_stream *stream, bool ended);
  /* Bytes of the body, to be consumed (vonk_http2_consume) when the client may send as many again. */
  void (*data)(void *object, struct vonk_http2_stream *stream, const uint8_t *bytes, size_t size);
  void (*end)(void *object, struct vonk_http2_stream *stream);
  /* Bytes of the body have left; queued_bytes and borrowed_bytes are less than before. */
  void (*sent)(void *object, struct vonk_http2_stream *stream);
  /* Once for each request told of: ERROR_CODE 0 after a whole response. Borrowed bytes that were handed out by
   * vonk_http2_output are copied first, so that the caller's memory is its own again. */
  void (*closed)(void *object, struct vonk_http2_stream *stream, uint32_t error_code);
  /* A request that is not told of: REFUSED_STREAM (beyond stream_count) or ENHANCE_YOUR_CALM (beyond header_bytes). */
  void (*refused)(void *object, enum vonk_http2_error error);
};

/* LIMITS are copied, EVENTS borrowed, BUDGET charged with bodies that are copied. */
struct vonk_http2 *vonk_http2_create(struct vonk_budget *budget, const struct vonk_http2_limits *limits,
                                     const struct vonk_http2_events *events, void *object);
/* Closes the streams that are open. Those retained stay readable. Takes NULL. */
void vonk_http2_destroy(struct vonk_http2 *http2);

/* Takes all bytes. False when the connection must end: what vonk_http2_output has yet (a GOAWAY) is sent, then it is closed. */
bool vonk_http2_receive(struct vonk_http2 *http2, const void *bytes, size_t size, uint64_t now_ns);
enum vonk_http2_fault vonk_http2_fault(const struct vonk_http2 *http2);
/* What is to be sent now: COUNT vectors at the most, valid until sent is called. 0: nothing (more comes of events). */
uint32_t vonk_http2_output(struct vonk_http2 *http2, struct iovec *vectors, uint32_t count);
/* SIZE bytes of the output have left. */
void vonk_http2_sent(struct vonk_http2 *http2, size_t size);
/* No more will come or go: close. Tested when vonk_http2_output gave nothing. */
bool vonk_http2_is_done(const struct vonk_http2 *http2);
/* The client's preface and settings have arrived. */
bool vonk_http2_is_open(const struct vonk_http2 *http2);
uint32_t vonk_http2_stream_count(const struct vonk_http2 *http2);
/* SETTINGS_MAX_HEADER_LIST_SIZE of the client; UINT32_MAX when it set none. */
uint32_t vonk_http2_peer_header_bytes(const struct vonk_http2 *http2);
/* No new streams (the client sees it by GOAWAY); those that run end first. */
void vonk_http2_shutdown(struct vonk_http2 *http2);

/* The response's fields (":status" among them). ENDED: no body and no trailers follow. Fields are copied. */
void vonk_http2_respond(struct vonk_http2_stream *stream, const struct vonk_http2_field *fields, uint32_t count, bool ended);
/* More of the body: borrowed until it was sent or the stream closed (borrowed_bytes is 0). Parts are in order of the calls. */
void vonk_http2_write(struct vonk_http2_stream *stream, struct vonk_str part);
/* The same, copied. VONK_NO_MEMORY when the budget refuses; then nothing was added. */
STATUS vonk_http2_write_copy(struct vonk_http2_stream *stream, struct vonk_str part);
/* Ends the body with trailers, which are copied. */
void vonk_http2_end(struct vonk_http2_stream *stream, const struct vonk_http2_field *trailers, uint32_t count);
/* The body that has not left is dropped now, and borrowed memory is the caller's again; closed follows with the next output. */
void vonk_http2_reset(struct vonk_http2_stream *stream, enum vonk_http2_error error);
/* The client may send SIZE more bytes of this request. */
void vonk_http2_consume(struct vonk_http2_stream *stream, size_t size);
/* Keeps the stream's memory beyond its closing. */
void vonk_http2_retain(struct vonk_http2_stream *stream);
void vonk_http2_release(struct vonk_http2_stream *stream);

#endif
