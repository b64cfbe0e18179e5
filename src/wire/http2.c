/* http2.c: a server session of libnghttp2 between our events and our vectors.
 *
 * Output is a short list of segments. Control frames are copied to a small area, since the library's bytes last only until
 * its next call; bodies stay where they are: the library asks by read_body how much is there, gives the frame's head by
 * send_body, and the pieces of the body become segments. A segment keeps its stream and, if copied, its buffer. What a caller lent is his
 * again when it was sent, or when the stream closes: what is in segments then is copied.
 */
#include "wire/http2.h"

#include <nghttp2/nghttp2.h>

#include "base/array.h"

enum {
  SEGMENTS_MAX = 64,
  PIECES_PER_FRAME = 24,      /* of a body in one DATA frame, so that it always fits among empty segments */
  AREA_BYTES = 4 << 10,       /* for control frames and heads of DATA frames */
  OUTPUT_BYTES = 1 << 20,     /* given out at once, roughly */
  COPY_BYTES = 4 << 10,       /* least buffer for copied parts of a body: small messages share one */
  FRAME_HEAD = 9,
  FIELD_OVERHEAD = 32,        /* RFC 9113, 6.5.2 */
  FIELDS_EXCESS = 256 << 10,  /* a header block this far beyond the limit ends the connection */
  RESPONSE_FIELDS_MAX = 16,
};

struct segment {
  const uint8_t *data;
  size_t size;
  struct vonk_http2_stream *stream; /* of a body, retained */
  struct vonk_buffer *buffer;       /* retained; NULL in a body: borrowed */
};

struct piece {
  const uint8_t *data;
  size_t size;
  struct vonk_buffer *buffer; /* NULL: borrowed */
};

struct bucket {
  uint64_t tokens_ns; /* a token is worth a second divided by the rate */
  uint64_t last_ns;
};

struct vonk_http2 {
  struct vonk_arena *arena;
  struct vonk_budget *budget;
  nghttp2_session *session;
  struct vonk_http2_limits limits;
  const struct vonk_http2_events *events;
  void *object;
  struct open_stream *streams;
  uint32_t stream_count;
  uint64_t now_ns;
  struct bucket resets, controls;
  enum vonk_http2_fault fault;
  bool open, broken;
  bool area_is_held; /* the last segment lies in the library's memory: it must leave before the library is called again */
  size_t fields_bytes; /* of the block being read */
  uint32_t segment_first, segment_count;
  size_t segment_bytes, area_used;
  struct segment segments[SEGMENTS_MAX];
  uint8_t area[AREA_BYTES];
};

/* A stream with what others need not see. */
struct open_stream {
  struct vonk_http2_stream stream; /* first */
  struct open_stream *next, *previous;
  uint32_t references;
  uint32_t field_capacity;
  bool told, is_refused, is_deferred, is_ending, is_reset;
  struct vonk_http2_field trailers[RESPONSE_FIELDS_MAX];
  uint32_t trailer_count;
  struct piece *pieces; /* a ring */
  uint32_t piece_first, piece_count, piece_capacity; /* capacity: a power of two or 0 */
  struct vonk_buffer *copies; /* what was copied last, while it has room for more */
};

static struct open_stream *opened(struct vonk_http2_stream *stream) { return (struct open_stream *)stream; }

/* --- rates --- */

static void bucket_fill(struct bucket *bucket, struct vonk_http2_rate rate) {
  bucket->tokens_ns = (uint64_t)rate.burst * 1000000000u;
}

/* Tokens are counted in billionths, so that RATE of them come per nanosecond and second. */
static bool bucket_take(struct bucket *bucket, struct vonk_http2_rate rate, uint64_t now_ns) {
  uint64_t full = (uint64_t)rate.burst * 1000000000u, passed = now_ns > bucket->last_ns ? now_ns - bucket->last_ns : 0;
  if (passed > 1000000000000u) passed = 1000000000000u;
  uint64_t more = passed * rate.per_second;
  bucket->tokens_ns = more > full - bucket->tokens_ns ? full : bucket->tokens_ns + more;
  bucket->last_ns = now_ns;
  if (bucket->tokens_ns < 1000000000u) return false;
  bucket->tokens_ns -= 1000000000u;
  return true;
}

static int fail(struct vonk_http2 *http2, enum vonk_http2_fault fault) {
  if (!http2->fault) http2->fault = fault;
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* --- streams --- */

static struct open_stream *stream_of(struct vonk_http2 *http2, int32_t id) {
  return id ? nghttp2_session_get_stream_user_data(http2->session, id) : NULL;
}

static struct open_stream *stream_open(struct vonk_http2 *http2, int32_t id) {
  struct vonk_arena *arena = vonk_arena_create(http2->budget);
  struct open_stream *opening = ARENA_NEW(arena, struct open_stream);
  opening->stream.connection = http2;
  opening->stream.arena = arena;
  opening->stream.id = id;
  opening->references = 1;
  opening->next = http2->streams;
  if (http2->streams) http2->streams->previous = opening;
  http2->streams = opening;
  http2->stream_count++;
  return opening;
}

void vonk_http2_retain(struct vonk_http2_stream *stream) { opened(stream)->references++; }

void vonk_http2_release(struct vonk_http2_stream *stream) {
  if (--opened(stream)->references == 0) vonk_arena_destroy(stream->arena);
}

static void pieces_drop(struct open_stream *closing) {
  vonk_buffer_release(closing->copies);
  closing->copies = NULL;
  for (; closing->piece_count; closing->piece_count--) {
    struct piece *piece = &closing->pieces[closing->piece_first++ & (closing->piece_capacity - 1)];
    vonk_buffer_release(piece->buffer);
  }
}

/* What is on its way out of memory that was lent is copied. The copy is not refused by a budget: it is as small as one output. */
static void segments_own(struct vonk_http2 *http2, struct vonk_http2_stream *stream) {
  for (uint32_t i = 0; i < http2->segment_count; i++) {
    struct segment *segment = &http2->segments[http2->segment_first + i];
    if (segment->stream != stream || segment->buffer) continue;
    if (vonk_buffer_create(NULL, segment->size, &segment->buffer) != VONK_OK) {
      http2->broken = true;
      segment->data = http2->area;
      segment->size = 0;
      continue;
    }
    memcpy(segment->buffer->data, segment->data, segment->size);
    segment->data = segment->buffer->data;
  }
}

static void body_drop(struct vonk_http2 *http2, struct open_stream *closing) {
  if (closing->stream.borrowed_bytes) segments_own(http2, &closing->stream);
  pieces_drop(closing);
  closing->stream.queued_bytes = closing->stream.borrowed_bytes = 0;
}

static void stream_close(struct vonk_http2 *http2, struct open_stream *closing, uint32_t error_code) {
  struct vonk_http2_stream *stream = &closing->stream;
  body_drop(http2, closing);
  stream->closed = true;
  if (closing->next) closing->next->previous = closing->previous;
  if (closing->previous) closing->previous->next = closing->next;
  else http2->streams = closing->next;
  http2->stream_count--;
  if (closing->told) http2->events->closed(http2->object, stream, error_code);
  stream->connection = NULL;
  vonk_http2_release(stream);
}

/* --- segments --- */

static struct segment *segment_add(struct vonk_http2 *http2, const uint8_t *data, size_t size) {
  struct segment *segment = &http2->segments[http2->segment_first + http2->segment_count++];
  *segment = (struct segment){.data = data, .size = size};
  http2->segment_bytes += size;
  return segment;
}

static uint32_t segments_left(const struct vonk_http2 *http2) {
  return SEGMENTS_MAX - http2->segment_first - http2->segment_count;
}

/* Copies to the area, behind what lies there; false when it is full. */
static bool control_add(struct vonk_http2 *http2, const uint8_t *bytes, size_t size) {
  if (size > AREA_BYTES - http2->area_used) return false;
  uint8_t *to = http2->area + http2->area_used;
  memcpy(to, bytes, size);
  http2->area_used += size;
  struct segment *last = http2->segment_count ? &http2->segments[http2->segment_first + http2->segment_count - 1] : NULL;
  if (last && !last->stream && last->data + last->size == to) {
    last->size += size;
    http2->segment_bytes += size;
  } else {
    segment_add(http2, to, size);
  }
  return true;
}

static void segment_sent(struct vonk_http2 *http2, struct segment *segment, size_t size) {
  struct vonk_http2_stream *stream = segment->stream;
  segment->data += size;
  segment->size -= size;
  http2->segment_bytes -= size;
  if (stream && !stream->closed && !opened(stream)->is_reset) {
    stream->queued_bytes -= size;
    if (!segment->buffer) stream->borrowed_bytes -= size;
  }
  if (segment->size) return;
  http2->segment_first++;
  http2->segment_count--;
  if (!stream) return;
  vonk_buffer_release(segment->buffer);
  if (!stream->closed) http2->events->sent(http2->object, stream);
  vonk_http2_release(stream);
}

void vonk_http2_sent(struct vonk_http2 *http2, size_t size) {
  ASSERT(size <= http2->segment_bytes);
  while (http2->segment_count) {
    struct segment *segment = &http2->segments[http2->segment_first];
    size_t part = segment->size < size ? segment->size : size;
    if (part == 0 && segment->size) break;
    size -= part;
    segment_sent(http2, segment, part);
  }
  if (http2->segment_count) return;
  http2->segment_first = 0;
  http2->area_used = 0;
  http2->area_is_held = false;
}

uint32_t vonk_http2_output(struct vonk_http2 *http2, struct iovec *vectors, uint32_t count) {
  while (!http2->broken && !http2->area_is_held && http2->segment_bytes < OUTPUT_BYTES && segments_left(http2)) {
    const uint8_t *bytes;
    ssize_t size = nghttp2_session_mem_send(http2->session, &bytes);
    if (size < 0) http2->broken = true;
    if (size <= 0) break;
    if (control_add(http2, bytes, (size_t)size)) continue;
    segment_add(http2, bytes, (size_t)size);
    http2->area_is_held = true;
  }
  if (http2->broken) return 0;
  if (count > http2->segment_count) count = http2->segment_count;
  for (uint32_t i = 0; i < count; i++) {
    struct segment *segment = &http2->segments[http2->segment_first + i];
    vectors[i] = (struct iovec){.iov_base = (void *)segment->data, .iov_len = segment->size};
  }
  return count;
}

/* --- bodies: what the library asks for --- */

static struct piece *piece_at(struct open_stream *sending, uint32_t index) {
  return &sending->pieces[(sending->piece_first + index) & (sending->piece_capacity - 1)];
}

static ssize_t frame_size(nghttp2_session *session, uint8_t type, int32_t id, int32_t session_window, int32_t stream_window,
                          uint32_t frame_bytes, void *object) {
  (void)session, (void)type, (void)id, (void)object;
  int32_t size = session_window < stream_window ? session_window : stream_window;
  if (size > (int32_t)frame_bytes) size = (int32_t)frame_bytes;
  return size < OUTPUT_BYTES ? size : OUTPUT_BYTES;
}

static int end_body(struct open_stream *sending, uint32_t *flags) {
  nghttp2_nv fields[RESPONSE_FIELDS_MAX];
  for (uint32_t i = 0; i < sending->trailer_count; i++) {
    const struct vonk_http2_field *field = &sending->trailers[i];
    fields[i] = (nghttp2_nv){.name = (uint8_t *)field->name.data, .namelen = field->name.size,
                             .value = (uint8_t *)field->value.data, .valuelen = field->value.size};
  }
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (sending->trailer_count == 0) return 0;
  *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  return nghttp2_submit_trailer(sending->stream.connection->session, sending->stream.id, fields, sending->trailer_count);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t size, uint32_t *flags,
                         nghttp2_data_source *source, void *object) {
  (void)session, (void)id, (void)bytes, (void)object;
  struct open_stream *sending = source->ptr;
  size_t ready = 0;
  uint32_t count = 0;
  if (sending->is_reset) return NGHTTP2_ERR_DEFERRED;
  for (; count < sending->piece_count && count < PIECES_PER_FRAME && ready < size; count++) {
    ready += piece_at(sending, count)->size;
  }
  bool is_last = count == sending->piece_count && ready <= size;
  if (ready == 0 && !sending->is_ending) {
    sending->is_deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (is_last && sending->is_ending && end_body(sending, flags) != 0) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  return (ssize_t)(ready < size ? ready : size);
}

static void piece_send(struct vonk_http2 *http2, struct open_stream *sending, size_t size) {
  struct piece *piece = piece_at(sending, 0);
  struct segment *segment = segment_add(http2, piece->data, size);
  segment->stream = &sending->stream;
  segment->buffer = vonk_buffer_retain(piece->buffer);
  vonk_http2_retain(&sending->stream);
  piece->data += size;
  piece->size -= size;
  if (piece->size) return;
  vonk_buffer_release(piece->buffer);
  sending->piece_first++;
  sending->piece_count--;
}

static int send_body(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t size,
                     nghttp2_data_source *source, void *object) {
  (void)session, (void)frame;
  struct vonk_http2 *http2 = object;
  struct open_stream *sending = source->ptr;
  if (sending->is_reset) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* its bytes are gone already */
  if (segments_left(http2) < PIECES_PER_FRAME + 2 || http2->area_used + FRAME_HEAD > AREA_BYTES) return NGHTTP2_ERR_WOULDBLOCK;
  control_add(http2, head, FRAME_HEAD);
  while (size) {
    size_t part = piece_at(sending, 0)->size;
    if (part > size) part = size;
    piece_send(http2, sending, part);
    size -= part;
  }
  return 0;
}

/* --- what arrives --- */

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head, void *object) {
  (void)session;
  struct vonk_http2 *http2 = object;
  switch (head->type) {
  case NGHTTP2_RST_STREAM:
    return bucket_take(&http2->resets, http2->limits.resets, http2->now_ns) ? 0 : fail(http2, VONK_HTTP2_FAULT_RESETS);
  case NGHTTP2_DATA:
    if (head->length || head->flags & NGHTTP2_FLAG_END_STREAM) return 0;
    break;
  case NGHTTP2_HEADERS:
  case NGHTTP2_CONTINUATION:
  case NGHTTP2_WINDOW_UPDATE: return 0;
  default: break;
  }
  return bucket_take(&http2->controls, http2->limits.controls, http2->now_ns) ? 0 : fail(http2, VONK_HTTP2_FAULT_CONTROLS);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *object) {
  struct vonk_http2 *http2 = object;
  http2->fields_bytes = 0;
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream_open(http2, frame->hd.stream_id));
  }
  return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_size,
                     const uint8_t *value, size_t value_size, uint8_t flags, void *object) {
  (void)session, (void)flags;
  struct vonk_http2 *http2 = object;
  http2->fields_bytes += name_size + value_size + FIELD_OVERHEAD;
  if (http2->fields_bytes > (size_t)http2->limits.header_bytes + FIELDS_EXCESS) return fail(http2, VONK_HTTP2_FAULT_HEADERS);
  struct open_stream *reading = stream_of(http2, frame->hd.stream_id);
  if (!reading || reading->told) return 0;
  if (http2->fields_bytes > http2->limits.header_bytes) reading->is_refused = true;
  if (reading->is_refused) return 0;
  struct vonk_http2_stream *stream = &reading->stream;
  if (stream->field_count == reading->field_capacity) {
    size_t capacity = reading->field_capacity;
    stream->fields = vonk_array_grow(stream->arena, stream->fields, stream->field_count, &capacity, sizeof *stream->fields);
    reading->field_capacity = (uint32_t)capacity;
  }
  stream->fields[stream->field_count++] = (struct vonk_http2_field){
      .name = vonk_str_copy(stream->arena, vonk_str_make((const char *)name, name_size)),
      .value = vonk_str_copy(stream->arena, vonk_str_make((const char *)value, value_size)),
  };
  return 0;
}

static void on_request(struct vonk_http2 *http2, struct open_stream *reading, bool ended) {
  if (reading->is_refused) {
    http2->events->refused(http2->object, VONK_HTTP2_ENHANCE_YOUR_CALM);
    nghttp2_submit_rst_stream(http2->session, NGHTTP2_FLAG_NONE, reading->stream.id, NGHTTP2_ENHANCE_YOUR_CALM);
    return;
  }
  reading->told = true;
  http2->events->request(http2->object, &reading->stream, ended);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *object) {
  (void)session;
  struct vonk_http2 *http2 = object;
  bool ended = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
  struct open_stream *reading = stream_of(http2, frame->hd.stream_id);
  if (frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK)) http2->open = true;
  if (!reading) return 0;
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    on_request(http2, reading, ended);
  } else if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && ended && reading->told) {
    http2->events->end(http2->object, &reading->stream);
  }
  return 0;
}

/* The connection's window opens at once: a stream that nobody reads must not stop the others. */
static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t size, void *object) {
  (void)flags;
  struct vonk_http2 *http2 = object;
  nghttp2_session_consume_connection(session, size);
  struct open_stream *reading = stream_of(http2, id);
  if (reading && reading->told) http2->events->data(http2->object, &reading->stream, bytes, size);
  return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *object) {
  (void)session;
  struct vonk_http2 *http2 = object;
  struct open_stream *closing = stream_of(http2, id);
  if (closing) stream_close(http2, closing, error_code);
  return 0;
}

/* A response that ended before its request tells the client to send no more (RFC 9113, 8.1). Resets for a client's faults are
 * taken from the same bucket as its own: it can make us reset as fast as it can reset. */
static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *object) {
  struct vonk_http2 *http2 = object;
  int32_t id = frame->hd.stream_id;
  bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
  if (may_end && frame->hd.flags & NGHTTP2_FLAG_END_STREAM && nghttp2_session_get_stream_remote_close(session, id) == 0) {
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
  }
  if (frame->hd.type != NGHTTP2_RST_STREAM || http2->fault) return 0;
  uint32_t code = frame->rst_stream.error_code;
  if (code == NGHTTP2_REFUSED_STREAM) http2->events->refused(http2->object, VONK_HTTP2_REFUSED_STREAM);
  if (code == NGHTTP2_NO_ERROR || code == NGHTTP2_CANCEL) return 0;
  if (bucket_take(&http2->resets, http2->limits.resets, http2->now_ns)) return 0;
  fail(http2, VONK_HTTP2_FAULT_RESETS);
  nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
  return 0;
}

/* --- the connection --- */

static nghttp2_session *session_create(struct vonk_http2 *http2) {
  nghttp2_session_callbacks *calls;
  nghttp2_option *option;
  nghttp2_session *session;
  if (nghttp2_session_callbacks_new(&calls) != 0) return NULL;
  nghttp2_session_callbacks_set_on_begin_frame_callback(calls, on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(calls, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_frame_sent);
  nghttp2_session_callbacks_set_data_source_read_length_callback(calls, frame_size);
  nghttp2_session_callbacks_set_send_data_callback(calls, send_body);
  int failure = nghttp2_option_new(&option);
  if (!failure) {
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    failure = nghttp2_session_server_new2(&session, calls, http2, option);
    nghttp2_option_del(option);
  }
  nghttp2_session_callbacks_del(calls);
  return failure ? NULL : session;
}

static bool session_start(struct vonk_http2 *http2) {
  const struct vonk_http2_limits *limits = &http2->limits;
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->stream_count},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits->stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, limits->frame_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits->header_bytes},
  };
  return nghttp2_submit_settings(http2->session, NGHTTP2_FLAG_NONE, settings, COUNT_OF(settings)) == 0 &&
         nghttp2_session_set_local_window_size(http2->session, NGHTTP2_FLAG_NONE, 0,
                                               (int32_t)limits->connection_window_bytes) == 0;
}

struct vonk_http2 *vonk_http2_create(struct vonk_budget *budget, const struct vonk_http2_limits *limits,
                                     const struct vonk_http2_events *events, void *object) {
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_http2 *http2 = ARENA_NEW(arena, struct vonk_http2);
  http2->arena = arena;
  http2->budget = budget;
  http2->limits = *limits;
  http2->events = events;
  http2->object = object;
  bucket_fill(&http2->resets, limits->resets);
  bucket_fill(&http2->controls, limits->controls);
  http2->session = session_create(http2);
  http2->broken = !http2->session || !session_start(http2);
  return http2;
}

void vonk_http2_destroy(struct vonk_http2 *http2) {
  if (!http2) return;
  http2->broken = true;
  while (http2->segment_count) {
    struct segment *segment = &http2->segments[http2->segment_first++];
    http2->segment_count--;
    vonk_buffer_release(segment->buffer);
    if (segment->stream) vonk_http2_release(segment->stream);
  }
  while (http2->streams) stream_close(http2, http2->streams, NGHTTP2_CANCEL);
  nghttp2_session_del(http2->session);
  vonk_arena_destroy(http2->arena);
}

bool vonk_http2_receive(struct vonk_http2 *http2, const void *bytes, size_t size, uint64_t now_ns) {
  http2->now_ns = now_ns;
  if (http2->broken || http2->fault) return false;
  ssize_t used = nghttp2_session_mem_recv(http2->session, bytes, size);
  if (used >= 0 && !http2->fault) return true;
  if (used == NGHTTP2_ERR_FLOODED) fail(http2, VONK_HTTP2_FAULT_CONTROLS);
  if (used == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) fail(http2, VONK_HTTP2_FAULT_HEADERS);
  bool is_protocol = !http2->fault;
  fail(http2, VONK_HTTP2_FAULT_PROTOCOL);
  if (used == NGHTTP2_ERR_BAD_CLIENT_MAGIC) http2->broken = true; /* no HTTP/2: nobody would read a GOAWAY */
  nghttp2_session_terminate_session(http2->session, is_protocol ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
  return false;
}

enum vonk_http2_fault vonk_http2_fault(const struct vonk_http2 *http2) { return http2->fault; }
bool vonk_http2_is_open(const struct vonk_http2 *http2) { return http2->open; }
uint32_t vonk_http2_stream_count(const struct vonk_http2 *http2) { return http2->stream_count; }

bool vonk_http2_is_done(const struct vonk_http2 *http2) {
  if (http2->broken) return true;
  return http2->segment_count == 0 && !nghttp2_session_want_read(http2->session) && !nghttp2_session_want_write(http2->session);
}

uint32_t vonk_http2_peer_header_bytes(const struct vonk_http2 *http2) {
  return nghttp2_session_get_remote_settings(http2->session, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
}

void vonk_http2_shutdown(struct vonk_http2 *http2) {
  if (http2->broken) return;
  nghttp2_submit_goaway(http2->session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(http2->session),
                        NGHTTP2_NO_ERROR, NULL, 0);
}

/* --- responses --- */

static uint32_t fields_of(nghttp2_nv *out, const struct vonk_http2_field *fields, uint32_t count) {
  ASSERT(count <= RESPONSE_FIELDS_MAX);
  for (uint32_t i = 0; i < count; i++) {
    out[i] = (nghttp2_nv){.name = (uint8_t *)fields[i].name.data, .namelen = fields[i].name.size,
                          .value = (uint8_t *)fields[i].value.data, .valuelen = fields[i].value.size};
  }
  return count;
}

void vonk_http2_respond(struct vonk_http2_stream *stream, const struct vonk_http2_field *fields, uint32_t count, bool ended) {
  if (stream->closed || opened(stream)->is_reset) return;
  nghttp2_nv copied[RESPONSE_FIELDS_MAX];
  nghttp2_data_provider body = {.source.ptr = stream, .read_callback = read_body};
  fields_of(copied, fields, count);
  if (nghttp2_submit_response(stream->connection->session, stream->id, copied, count, ended ? NULL : &body) != 0) {
    vonk_http2_reset(stream, VONK_HTTP2_INTERNAL_ERROR);
  }
}

static void body_resume(struct open_stream *sending) {
  if (!sending->is_deferred) return;
  sending->is_deferred = false;
  nghttp2_session_resume_data(sending->stream.connection->session, sending->stream.id);
}

static void piece_add(struct open_stream *sending, struct piece piece) {
  uint32_t capacity = sending->piece_capacity;
  if (sending->piece_count == capacity) {
    struct piece *pieces = ARENA_ARRAY(sending->stream.arena, struct piece, capacity ? 2 * capacity : 8);
    for (uint32_t i = 0; i < capacity; i++) pieces[i] = *piece_at(sending, i);
    sending->pieces = pieces;
    sending->piece_first = 0;
    sending->piece_capacity = capacity ? 2 * capacity : 8;
  }
  *piece_at(sending, sending->piece_count++) = piece;
  sending->stream.queued_bytes += piece.size;
  if (!piece.buffer) sending->stream.borrowed_bytes += piece.size;
}

void vonk_http2_write(struct vonk_http2_stream *stream, struct vonk_str part) {
  if (stream->closed || opened(stream)->is_reset || part.size == 0) return;
  piece_add(opened(stream), (struct piece){.data = (const uint8_t *)part.data, .size = part.size});
  body_resume(opened(stream));
}

/* Room for SIZE bytes in one buffer: many small parts share it, also those between parts that are lent. */
static enum vonk_status copies_reserve(struct open_stream *sending, size_t size) {
  if (sending->copies && atomic_load(&sending->copies->references) == 1) sending->copies->size = 0; /* all has left */
  if (sending->copies && sending->copies->capacity - sending->copies->size >= size) return VONK_OK;
  vonk_buffer_release(sending->copies);
  sending->copies = NULL;
  return vonk_buffer_create(sending->stream.connection->budget, size < COPY_BYTES ? COPY_BYTES : size, &sending->copies);
}

STATUS vonk_http2_write_copy(struct vonk_http2_stream *stream, struct vonk_str part) {
  struct open_stream *sending = opened(stream);
  if (stream->closed || sending->is_reset || part.size == 0) return VONK_OK;
  TRY(copies_reserve(sending, part.size));
  struct vonk_buffer *copies = sending->copies;
  uint8_t *bytes = memcpy(copies->data + copies->size, part.data, part.size);
  copies->size += part.size;
  struct piece *last = sending->piece_count ? piece_at(sending, sending->piece_count - 1) : NULL;
  if (last && last->buffer == copies) {
    last->size += part.size;
    stream->queued_bytes += part.size;
  } else {
    piece_add(sending, (struct piece){.data = bytes, .size = part.size, .buffer = vonk_buffer_retain(copies)});
  }
  body_resume(sending);
  return VONK_OK;
}

void vonk_http2_end(struct vonk_http2_stream *stream, const struct vonk_http2_field *trailers, uint32_t count) {
  ASSERT(count <= RESPONSE_FIELDS_MAX);
  if (stream->closed || opened(stream)->is_reset) return;
  struct open_stream *ending = opened(stream);
  for (uint32_t i = 0; i < count; i++) {
    ending->trailers[i] = (struct vonk_http2_field){vonk_str_copy(stream->arena, trailers[i].name),
                                                    vonk_str_copy(stream->arena, trailers[i].value)};
  }
  ending->trailer_count = count;
  ending->is_ending = true;
  body_resume(ending);
}

void vonk_http2_reset(struct vonk_http2_stream *stream, enum vonk_http2_error error) {
  if (stream->closed || opened(stream)->is_reset) return;
  opened(stream)->is_reset = true;
  body_drop(stream->connection, opened(stream));
  nghttp2_submit_rst_stream(stream->connection->session, NGHTTP2_FLAG_NONE, stream->id, error);
}

void vonk_http2_consume(struct vonk_http2_stream *stream, size_t size) {
  if (!stream->closed && size) nghttp2_session_consume_stream(stream->connection->session, stream->id, size);
}
