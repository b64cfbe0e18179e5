/* frames.h: HTTP/2 as a client writes it, made by hand: frames with header fields that need no table. */
#ifndef TESTS_WIRE_FRAMES_H
#define TESTS_WIRE_FRAMES_H

#include <stdint.h>
#include <string.h>

enum { FRAMES_MAX = 1 << 20 };

enum frame_type {
  FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_PRIORITY = 2, FRAME_RST_STREAM = 3, FRAME_SETTINGS = 4, FRAME_PUSH_PROMISE = 5,
  FRAME_PING = 6, FRAME_GOAWAY = 7, FRAME_WINDOW_UPDATE = 8, FRAME_CONTINUATION = 9,
};
enum frame_flags { FLAG_END_STREAM = 1, FLAG_ACK = 1, FLAG_END_HEADERS = 4 };

struct frames {
  uint8_t bytes[FRAMES_MAX];
  size_t size;
};

static inline void frames_bytes(struct frames *to, const void *bytes, size_t size) {
  if (size == 0 || size > FRAMES_MAX - to->size) return; /* a test that is too long sees it by what is missing */
  memcpy(to->bytes + to->size, bytes, size);
  to->size += size;
}

static inline void frames_u32(struct frames *to, uint32_t value) {
  uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
  frames_bytes(to, bytes, 4);
}

static inline void frame(struct frames *to, enum frame_type type, uint8_t flags, uint32_t stream, const void *body, size_t size) {
  uint8_t head[5] = {(uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, (uint8_t)type, flags};
  frames_bytes(to, head, 5);
  frames_u32(to, stream);
  frames_bytes(to, body, size);
}

/* The connection's preface and empty settings. */
static inline void frames_start(struct frames *to) {
  frames_bytes(to, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
  frame(to, FRAME_SETTINGS, 0, 0, NULL, 0);
}

/* A literal field without indexing (RFC 7541, 6.2.2), shorter than 127 bytes each. */
static inline void field(struct frames *to, const char *name, const char *value) {
  uint8_t start[2] = {0, (uint8_t)strlen(name)}, size = (uint8_t)strlen(value);
  frames_bytes(to, start, 2);
  frames_bytes(to, name, start[1]);
  frames_bytes(to, &size, 1);
  frames_bytes(to, value, size);
}

static inline void request_fields(struct frames *to, const char *path) {
  field(to, ":method", "POST");
  field(to, ":scheme", "http");
  field(to, ":path", path);
  field(to, ":authority", "test");
  field(to, "content-type", "application/grpc");
  field(to, "te", "trailers");
}

static inline void request(struct frames *to, uint32_t stream, const char *path, uint8_t flags) {
  size_t start = to->size;
  frame(to, FRAME_HEADERS, FLAG_END_HEADERS | flags, stream, NULL, 0);
  request_fields(to, path);
  size_t size = to->size - start - 9; /* less than 65536 */
  to->bytes[start + 1] = (uint8_t)(size >> 8);
  to->bytes[start + 2] = (uint8_t)size;
}

/* One gRPC message in one DATA frame. */
static inline void message(struct frames *to, uint32_t stream, const void *bytes, size_t size, uint8_t flags) {
  uint8_t head[9] = {(uint8_t)((size + 5) >> 16), (uint8_t)((size + 5) >> 8), (uint8_t)(size + 5), FRAME_DATA, flags};
  uint8_t prefix = 0;
  head[5] = (uint8_t)(stream >> 24), head[6] = (uint8_t)(stream >> 16), head[7] = (uint8_t)(stream >> 8), head[8] = (uint8_t)stream;
  frames_bytes(to, head, 9);
  frames_bytes(to, &prefix, 1);
  frames_u32(to, (uint32_t)size);
  frames_bytes(to, bytes, size);
}

static inline void window_update(struct frames *to, uint32_t stream, uint32_t increment) {
  uint8_t body[4] = {(uint8_t)(increment >> 24), (uint8_t)(increment >> 16), (uint8_t)(increment >> 8), (uint8_t)increment};
  frame(to, FRAME_WINDOW_UPDATE, 0, stream, body, 4);
}

static inline void reset(struct frames *to, uint32_t stream, uint32_t code) {
  uint8_t body[4] = {(uint8_t)(code >> 24), (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code};
  frame(to, FRAME_RST_STREAM, 0, stream, body, 4);
}

/* A frame as it was read. */
struct frame_view {
  size_t size;
  enum frame_type type;
  uint8_t flags;
  uint32_t stream;
  const uint8_t *body;
};

/* The frame at *AT, which moves behind it; false when there is no whole one. */
static inline int frame_next(const uint8_t *bytes, size_t size, size_t *at, struct frame_view *out) {
  const uint8_t *head = bytes + *at;
  if (size - *at < 9) return 0;
  *out = (struct frame_view){.size = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2], .type = (enum frame_type)head[3],
                             .flags = head[4], .body = head + 9,
                             .stream = (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8]};
  if (size - *at - 9 < out->size) return 0;
  *at += 9 + out->size;
  return 1;
}

static inline uint32_t view_u32(const struct frame_view *view, size_t offset) {
  const uint8_t *p = view->body + offset;
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#endif
