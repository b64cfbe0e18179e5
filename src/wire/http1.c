/* http1.c: lines until the head ends, then a body of a known length, or chunks.
 *
 * The head is kept in one piece of memory as long as its limit, into which all strings point; lines of chunks and trailers take its rest.
 */
#include "wire/http1.h"

#include "base/arena.h"
#include "base/array.h"

enum { BODY_STEP = 64 << 10, METHOD_BYTES_MAX = 32, LENGTH_DIGITS_MAX = 18, CHUNK_DIGITS_MAX = 15 };

enum phase { REQUEST_LINE, FIELDS, BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILERS, ENDED };

struct vonk_http1 {
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_budget *budget;
  struct vonk_http1_limits limits;
  struct vonk_http1_request request;
  enum phase phase;
  char *head;                          /* limits.head_bytes */
  size_t head_size, line_start;
  struct vonk_buffer *body;            /* NULL: nothing yet */
  uint64_t left;                       /* of the body or the chunk */
  bool has_length, is_chunked, has_host, wants_continue, is_old; /* old: HTTP/1.0 */
  int status;                          /* of the fault */
  const char *sentence;
};

static enum vonk_http1_state wrong(struct vonk_http1 *http1, int status, const char *sentence) {
  http1->status = status;
  http1->sentence = sentence;
  return VONK_HTTP1_WRONG;
}

/* --- texts --- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_token(struct vonk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
    if (!fits) return false;
  }
  return text.size > 0;
}

static bool is_visible(struct vonk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] <= ' ' || text.data[i] == 127) return false;
  }
  return text.size > 0;
}

static bool is_value(struct vonk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if ((c < ' ' && c != '\t') || c == 127) return false;
  }
  return true;
}

/* LIST is words separated by commas. */
static bool has_word(struct vonk_str list, struct vonk_str word) {
  for (size_t start = 0; start <= list.size;) {
    size_t comma = vonk_str_find(list, STR(","), start), end = comma == SIZE_MAX ? list.size : comma;
    if (vonk_str_equal_nocase(vonk_str_trim(vonk_str_slice(list, start, end)), word)) return true;
    start = end + 1;
  }
  return false;
}

/* --- the head --- */

static enum vonk_http1_state take_request_line(struct vonk_http1 *http1, struct vonk_str line) {
  if (line.size == 0) return VONK_HTTP1_MORE; /* some clients end a body with a line too many */
  size_t first = vonk_str_find(line, STR(" "), 0), second = first == SIZE_MAX ? SIZE_MAX : vonk_str_find(line, STR(" "), first + 1);
  if (second == SIZE_MAX) return wrong(http1, 400, "The first line of the request is not METHOD TARGET HTTP/1.1.");
  struct vonk_str method = vonk_str_slice(line, 0, first), target = vonk_str_slice(line, first + 1, second), version = vonk_str_slice(line, second + 1, line.size);
  if (!is_token(method) || method.size > METHOD_BYTES_MAX || !is_visible(target)) return wrong(http1, 400, "The first line of the request has characters that it must not have.");
  http1->is_old = vonk_str_equal(version, STR("HTTP/1.0"));
  if (!http1->is_old && !vonk_str_equal(version, STR("HTTP/1.1"))) {
    if (version.size == 8 && vonk_str_starts_with(version, STR("HTTP/"))) return wrong(http1, 505, "The server speaks HTTP/1.1 and HTTP/1.0.");
    return wrong(http1, 400, "The first line of the request is not METHOD TARGET HTTP/1.1.");
  }
  http1->request.method = method;
  http1->request.target = target;
  http1->request.keeps_alive = !http1->is_old;
  http1->phase = FIELDS;
  return VONK_HTTP1_MORE;
}

static enum vonk_http1_state take_length(struct vonk_http1 *http1, struct vonk_str value) {
  if (http1->has_length) return wrong(http1, 400, "The request gives its length twice.");
  http1->has_length = true;
  for (size_t i = 0; i < value.size; i++) {
    if (!is_digit(value.data[i])) return wrong(http1, 400, "Content-Length is not a number.");
    if (i >= LENGTH_DIGITS_MAX) return wrong(http1, 413, "The body is larger than the server takes.");
    http1->left = http1->left * 10 + (uint64_t)(value.data[i] - '0');
  }
  return value.size ? VONK_HTTP1_MORE : wrong(http1, 400, "Content-Length is not a number.");
}

/* What a field means for reading the request. */
static enum vonk_http1_state heed(struct vonk_http1 *http1, const struct vonk_http1_field *field) {
  if (vonk_str_equal_nocase(field->name, STR("Content-Length"))) return take_length(http1, field->value);
  if (vonk_str_equal_nocase(field->name, STR("Transfer-Encoding"))) {
    if (!vonk_str_equal_nocase(field->value, STR("chunked"))) return wrong(http1, 501, "The server knows no transfer encoding but chunked.");
    if (http1->is_chunked || http1->is_old) return wrong(http1, 400, "Transfer-Encoding is not allowed here.");
    http1->is_chunked = true;
  } else if (vonk_str_equal_nocase(field->name, STR("Host"))) {
    if (http1->has_host) return wrong(http1, 400, "The request names its host twice.");
    http1->has_host = true;
  } else if (vonk_str_equal_nocase(field->name, STR("Connection"))) {
    if (has_word(field->value, STR("close"))) http1->request.keeps_alive = false;
  } else if (vonk_str_equal_nocase(field->name, STR("Expect")) && !http1->is_old) {
    if (!vonk_str_equal_nocase(field->value, STR("100-continue"))) return wrong(http1, 417, "The server knows no expectation but 100-continue.");
    http1->wants_continue = true;
  }
  return VONK_HTTP1_MORE;
}

static enum vonk_http1_state end_head(struct vonk_http1 *http1) {
  if (http1->has_length && http1->is_chunked) return wrong(http1, 400, "The request has both Content-Length and Transfer-Encoding.");
  if (http1->left > http1->limits.body_bytes) return wrong(http1, 413, "The body is larger than the server takes.");
  http1->phase = http1->is_chunked ? CHUNK_SIZE : http1->left ? BODY : ENDED;
  if (http1->phase == ENDED) return VONK_HTTP1_WHOLE;
  return http1->wants_continue ? VONK_HTTP1_CONTINUE : VONK_HTTP1_MORE;
}

static enum vonk_http1_state take_field(struct vonk_http1 *http1, struct vonk_str line) {
  struct vonk_http1_request *request = &http1->request;
  size_t colon = vonk_str_find(line, STR(":"), 0);
  if (line.size == 0) return end_head(http1);
  struct vonk_http1_field field = {0};
  if (colon != SIZE_MAX) field = (struct vonk_http1_field){vonk_str_slice(line, 0, colon), vonk_str_trim(vonk_str_slice(line, colon + 1, line.size))};
  if (!is_token(field.name) || !is_value(field.value)) return wrong(http1, 400, "A header field of the request is not NAME: VALUE.");
  if (request->field_count == VONK_HTTP1_FIELDS_MAX) return wrong(http1, 431, "The request has more header fields than the server takes.");
  request->fields[request->field_count++] = field;
  return heed(http1, &field);
}

/* --- chunks --- */

/* Digits, and extensions that nobody heeds. */
static enum vonk_http1_state take_chunk_size(struct vonk_http1 *http1, struct vonk_str line) {
  size_t i = 0;
  http1->left = 0;
  for (; i < line.size && line.data[i] != ';' && line.data[i] != ' '; i++) {
    char c = line.data[i];
    int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0 || i >= CHUNK_DIGITS_MAX) return wrong(http1, 400, "The size of a chunk is not a number.");
    http1->left = http1->left << 4 | (uint64_t)digit;
  }
  if (i == 0) return wrong(http1, 400, "The size of a chunk is not a number.");
  size_t before = http1->body ? http1->body->size : 0;
  if (http1->left > http1->limits.body_bytes - before) return wrong(http1, 413, "The body is larger than the server takes.");
  http1->phase = http1->left ? CHUNK_DATA : TRAILERS;
  return VONK_HTTP1_MORE;
}

static enum vonk_http1_state take_line(struct vonk_http1 *http1, struct vonk_str line) {
  switch (http1->phase) {
    case REQUEST_LINE: return take_request_line(http1, line);
    case FIELDS: return take_field(http1, line);
    case CHUNK_SIZE: return take_chunk_size(http1, line);
    case CHUNK_END:
      if (line.size) return wrong(http1, 400, "A chunk is longer than its size says.");
      http1->phase = CHUNK_SIZE;
      return VONK_HTTP1_MORE;
    default: /* trailers say nothing that is heeded */
      if (line.size) return VONK_HTTP1_MORE;
      http1->phase = ENDED;
      return VONK_HTTP1_WHOLE;
  }
}

/* --- bytes --- */

/* One line or a part of it. */
static enum vonk_http1_state receive_line(struct vonk_http1 *http1, const uint8_t *bytes, size_t size, size_t *used) {
  bool is_head = http1->phase <= FIELDS;
  for (size_t i = 0; i < size; i++) {
    if (http1->head_size == http1->limits.head_bytes) return wrong(http1, 431, "The head of the request is larger than the server takes.");
    char c = http1->head[http1->head_size++] = (char)bytes[i];
    if (c != '\n') continue;
    size_t start = http1->line_start, end = http1->head_size - 1;
    *used += i + 1;
    if (end == start || http1->head[end - 1] != '\r') return wrong(http1, 400, "A line of the request does not end with CR LF.");
    if (is_head || http1->phase == TRAILERS) http1->line_start = http1->head_size;
    else http1->head_size = http1->line_start; /* lines of chunks are not kept */
    return take_line(http1, vonk_str_make(http1->head + start, end - 1 - start));
  }
  *used += size;
  return VONK_HTTP1_MORE;
}

static void release_body(struct vonk_buffer *body) {
  if (body) explicit_bzero(body->data, body->size);
  vonk_buffer_release(body);
}

/* Room for more of the body; what was there does not stay in free memory. */
static bool reserve_body(struct vonk_http1 *http1, size_t more) {
  struct vonk_buffer *old = http1->body, *body;
  size_t size = old ? old->size : 0, wanted = old ? old->capacity * 2 : BODY_STEP;
  if (old && more <= old->capacity - size) return true;
  while (wanted < size + more) wanted *= 2;
  if (vonk_buffer_create(http1->budget, wanted, &body) != VONK_OK) return false;
  if (old) memcpy(body->data, old->data, size);
  body->size = size;
  release_body(old);
  http1->body = body;
  return true;
}

static enum vonk_http1_state receive_body(struct vonk_http1 *http1, const uint8_t *bytes, size_t size, size_t *used) {
  size_t part = http1->left < size ? (size_t)http1->left : size;
  if (!reserve_body(http1, part)) return wrong(http1, 503, "There is not enough memory for the body now.");
  memcpy(http1->body->data + http1->body->size, bytes, part);
  http1->body->size += part;
  http1->left -= part;
  *used += part;
  if (http1->left) return VONK_HTTP1_MORE;
  http1->phase = http1->phase == BODY ? ENDED : CHUNK_END;
  return http1->phase == ENDED ? VONK_HTTP1_WHOLE : VONK_HTTP1_MORE;
}

enum vonk_http1_state vonk_http1_receive(struct vonk_http1 *http1, const uint8_t *bytes, size_t size, size_t *used) {
  enum vonk_http1_state state = VONK_HTTP1_MORE;
  *used = 0;
  while (state == VONK_HTTP1_MORE && *used < size) {
    bool is_body = http1->phase == BODY || http1->phase == CHUNK_DATA;
    state = is_body ? receive_body(http1, bytes + *used, size - *used, used) : receive_line(http1, bytes + *used, size - *used, used);
  }
  if (state == VONK_HTTP1_WHOLE && http1->body) http1->request.body = vonk_str_make((const char *)http1->body->data, http1->body->size);
  return state;
}

/* --- the reader --- */

struct vonk_http1 *vonk_http1_create(struct vonk_budget *budget, const struct vonk_http1_limits *limits) {
  struct vonk_arena *arena = vonk_arena_create(budget);
  struct vonk_http1 *http1 = ARENA_NEW(arena, struct vonk_http1);
  http1->arena = arena;
  http1->budget = budget;
  http1->limits = *limits;
  http1->head = ARENA_ARRAY(arena, char, limits->head_bytes);
  return http1;
}

bool vonk_http1_is_empty(const struct vonk_http1 *http1) { return http1->head_size == 0; }
bool vonk_http1_has_head(const struct vonk_http1 *http1) { return http1->phase > FIELDS; }
const struct vonk_http1_request *vonk_http1_request(const struct vonk_http1 *http1) { return &http1->request; }

struct vonk_str vonk_http1_field(const struct vonk_http1_request *request, struct vonk_str name) {
  for (uint32_t i = 0; i < request->field_count; i++) {
    if (vonk_str_equal_nocase(request->fields[i].name, name)) return request->fields[i].value;
  }
  return STR("");
}

int vonk_http1_fault(const struct vonk_http1 *http1, const char **sentence) {
  *sentence = http1->sentence;
  return http1->status;
}

void vonk_http1_destroy(struct vonk_http1 *http1) {
  if (!http1) return;
  explicit_bzero(http1->head, http1->head_size);
  release_body(http1->body);
  vonk_arena_destroy(http1->arena);
}

const char *vonk_http1_status_words(int status) {
  static const struct {
    int status;
    const char *words;
  } table[] = {
      {200, "OK"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"}, {408, "Request Timeout"},
      {409, "Conflict"}, {413, "Content Too Large"}, {415, "Unsupported Media Type"}, {417, "Expectation Failed"}, {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"}, {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  };
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    if (table[i].status == status) return table[i].words;
  }
  return status < 500 ? "Refused" : "Failed";
}
