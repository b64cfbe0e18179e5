/* rpc_artifact.c: AddArtifacts and ArtifactStatus: files and data that a client gives its session, by name.
 *
 * An artifact comes whole in a batch of small ones, or begun and then chunk by chunk; each chunk has a CRC-32. Artifacts are
 * kept in memory, charged to the session, and never overwritten by other contents. */
#include <zlib.h>

#include "server/connect/rpc.h"
#include "session/python.h"
#include "session/session.h"

/* AddArtifactsRequest and what it holds */
enum { ADD_BATCH = 3, ADD_BEGIN = 4, ADD_CHUNK = 5, ADD_SERVER_ID = 7 };
enum { BATCH_ARTIFACTS = 1, ARTIFACT_NAME = 1, ARTIFACT_CHUNK = 2, CHUNK_DATA = 1, CHUNK_CRC = 2 };
enum { BEGIN_NAME = 1, BEGIN_BYTES = 2, BEGIN_CHUNKS = 3, BEGIN_CHUNK = 4 };
/* AddArtifactsResponse */
enum { ADDED_SUMMARIES = 1, ADDED_SESSION_ID = 2, ADDED_SERVER_ID = 3, SUMMARY_NAME = 1, SUMMARY_CRC = 2 };
/* ArtifactStatusesRequest and its response */
enum { STATUS_NAMES = 4, STATUS_SERVER_ID = 5, STATUSES = 1, STATUSES_SESSION_ID = 2, STATUSES_SERVER_ID = 3, STATUS_EXISTS = 1 };

#define ARTIFACT_BYTES_MAX (INT64_C(4) << 30)

/* The artifact that comes in chunks. */
struct upload {
  struct vonk_str name;            /* size 0: none */
  struct vonk_buffer *buffer;
  uint64_t byte_size, chunks_left;
  bool crc_good;
};
struct adding {
  struct connect_rpc *rpc;
  struct vonk_text answer;
  struct upload upload;
};

/* Relative, and going nowhere but down. */
static bool is_safe(struct vonk_str name) {
  if (name.size == 0 || name.data[0] == '/' || memchr(name.data, 0, name.size)) return false;
  for (size_t at = 0; at <= name.size;) {
    size_t end = vonk_str_find(name, STR("/"), at);
    if (end == SIZE_MAX) end = name.size;
    struct vonk_str part = vonk_str_slice(name, at, end);
    if (part.size == 0 || vonk_str_equal(part, STR(".")) || vonk_str_equal(part, STR(".."))) return false;
    at = end + 1;
  }
  return true;
}

static bool chunk_is_good(const struct vonk_protobuf *chunk, struct vonk_str *data) {
  *data = vonk_protobuf_bytes(chunk, CHUNK_DATA);
  uLong crc = crc32_z(0, (const Bytef *)data->data, data->size);
  return (int64_t)crc == vonk_protobuf_i64(chunk, CHUNK_CRC);
}

static void put_summary(struct adding *adding, struct vonk_str name, bool crc_good) {
  size_t summary = vonk_protobuf_begin(&adding->answer, ADDED_SUMMARIES);
  vonk_protobuf_put_bytes(&adding->answer, SUMMARY_NAME, name);
  vonk_protobuf_put_bool(&adding->answer, SUMMARY_CRC, crc_good);
  vonk_protobuf_end(&adding->answer, summary);
}

/* Files for functions in Python lie in a folder, too, where worker processes find them. */
static bool is_for_functions(struct vonk_str name) {
  return vonk_str_starts_with(name, STR("pyfiles/")) || vonk_str_starts_with(name, STR("files/")) || vonk_str_starts_with(name, STR("archives/"));
}

/* Takes BUFFER. */
static STATUS keep(struct adding *adding, struct vonk_str name, struct vonk_buffer *buffer) {
  struct connect_session *session = adding->rpc->session;
  vonk_mutex_lock(&session->lock);
  struct vonk_buffer *old = vonk_map_get(&session->artifacts, name);
  bool differs = old && (old->size != buffer->size || memcmp(old->data, buffer->data, buffer->size) != 0);
  if (!old) vonk_map_put(&session->artifacts, name, buffer);
  vonk_mutex_unlock(&session->lock);
  bool is_file = !old && is_for_functions(name);
  if (is_file) TRY(vonk_session_add_file(&adding->rpc->task, session->session, name, (struct vonk_str){(const char *)buffer->data, buffer->size}));
  if (old) vonk_buffer_release(buffer);
  if (!differs) return VONK_OK;
  return vonk_raise(&adding->rpc->task, VONK_ARTIFACT_ALREADY_EXISTS, NULL, "normalizedRemoteRelativePath", name, NULL);
}

static STATUS check_name(struct adding *adding, struct vonk_str name) {
  TRY(connect_rpc_check(adding->rpc));
  return is_safe(name) ? VONK_OK : vonk_raise(&adding->rpc->task, VONK_INVALID_ARTIFACT_PATH, NULL, "name", name, NULL);
}

static STATUS add_batch(struct adding *adding, const struct vonk_protobuf *batch) {
  struct vonk_protobuf_field at = {0};
  struct vonk_protobuf artifact;
  while (vonk_protobuf_each_message(batch, BATCH_ARTIFACTS, &at, &artifact)) {
    struct vonk_str name = vonk_protobuf_text(&artifact, ARTIFACT_NAME), data;
    struct vonk_protobuf chunk = vonk_protobuf_message(&artifact, ARTIFACT_CHUNK);
    struct vonk_buffer *buffer;
    TRY(check_name(adding, name));
    bool good = chunk_is_good(&chunk, &data);
    put_summary(adding, name, good);
    if (!good) continue;
    TRY(vonk_buffer_create(adding->rpc->session->session->budget, data.size, &buffer));
    if (data.size) memcpy(buffer->data, data.data, data.size);
    buffer->size = data.size;
    TRY(keep(adding, name, buffer));
  }
  return VONK_OK;
}

static STATUS misplaced(struct adding *adding, const char *message) {
  return vonk_raise(&adding->rpc->task, VONK_CONNECT_INVALID_PLAN__ASSERTION_FAILURE, NULL, "message", vonk_str_of(message), NULL);
}

static STATUS end_upload(struct adding *adding) {
  struct upload *upload = &adding->upload;
  struct vonk_buffer *buffer = upload->buffer;
  struct vonk_str name = upload->name;
  bool whole = buffer->size == upload->byte_size, good = upload->crc_good;
  *upload = (struct upload){0};
  put_summary(adding, name, good);
  if (good && whole) return keep(adding, name, buffer);
  vonk_buffer_release(buffer);
  return good ? misplaced(adding, "an artifact has not the size that was announced") : VONK_OK;
}

static STATUS add_chunk(struct adding *adding, const struct vonk_protobuf *chunk) {
  struct upload *upload = &adding->upload;
  struct vonk_str data;
  if (upload->name.size == 0) return misplaced(adding, "a chunk belongs to no artifact");
  upload->crc_good &= chunk_is_good(chunk, &data);
  size_t size = upload->buffer->size + data.size;
  if (size > upload->byte_size) return misplaced(adding, "an artifact is larger than was announced");
  if (size > upload->buffer->capacity) {
    size_t doubled = 2 * upload->buffer->capacity;
    size_t capacity = doubled > size ? (doubled < upload->byte_size ? doubled : upload->byte_size) : size;
    TRY(vonk_buffer_grow(&upload->buffer, capacity));
  }
  if (data.size) memcpy(upload->buffer->data + upload->buffer->size, data.data, data.size);
  upload->buffer->size = size;
  return --upload->chunks_left == 0 ? end_upload(adding) : VONK_OK;
}

static STATUS begin(struct adding *adding, const struct vonk_protobuf *message) {
  struct upload *upload = &adding->upload;
  struct vonk_protobuf chunk = vonk_protobuf_message(message, BEGIN_CHUNK);
  struct vonk_str name = vonk_protobuf_text(message, BEGIN_NAME);
  int64_t bytes = vonk_protobuf_i64(message, BEGIN_BYTES), chunks = vonk_protobuf_i64(message, BEGIN_CHUNKS);
  if (upload->name.size) return misplaced(adding, "an artifact begins inside another");
  TRY(check_name(adding, name));
  if (bytes < 0 || bytes > ARTIFACT_BYTES_MAX || chunks < 1) return misplaced(adding, "an artifact of no valid size");
  *upload = (struct upload){vonk_str_copy(adding->rpc->task.arena, name), NULL, (uint64_t)bytes, (uint64_t)chunks, true};
  TRY(vonk_buffer_create(adding->rpc->session->session->budget, vonk_protobuf_bytes(&chunk, CHUNK_DATA).size, &upload->buffer));
  return add_chunk(adding, &chunk);
}

static STATUS add_message(struct adding *adding, const struct vonk_protobuf *message) {
  static const uint32_t kinds[] = {ADD_BATCH, ADD_BEGIN, ADD_CHUNK};
  uint32_t which = vonk_protobuf_which(message, kinds, COUNT_OF(kinds));
  struct vonk_protobuf payload = vonk_protobuf_message(message, which);
  TRY(which == ADD_BATCH ? add_batch(adding, &payload) : which == ADD_BEGIN ? begin(adding, &payload) : which == ADD_CHUNK ? add_chunk(adding, &payload)
                                                                                                                         : misplaced(adding, "no payload"));
  return connect_rpc_check(adding->rpc);
}

static STATUS add_all(struct adding *adding) {
  struct connect_rpc *rpc = adding->rpc;
  struct vonk_str bytes;
  connect_rpc_begin_answer(rpc, &adding->answer, ADDED_SESSION_ID, ADDED_SERVER_ID);
  TRY(add_message(adding, &rpc->message));
  while (vonk_grpc_call_read(rpc->call, &bytes)) {
    struct vonk_protobuf message = vonk_protobuf_open(bytes, &rpc->malformed);
    TRY(add_message(adding, &message));
  }
  return adding->upload.name.size ? misplaced(adding, "the request ends inside an artifact") : VONK_OK;
}

STATUS connect_rpc_add_artifacts(struct connect_rpc *rpc) {
  struct adding adding = {.rpc = rpc};
  TRY(connect_rpc_session(rpc, ADD_SERVER_ID, true));
  enum vonk_status status = add_all(&adding);
  vonk_buffer_release(adding.upload.buffer);
  TRY(status);
  connect_rpc_answer(rpc, &adding.answer);
  return VONK_OK;
}

STATUS connect_rpc_artifact_status(struct connect_rpc *rpc) {
  struct vonk_text answer;
  struct vonk_protobuf_field at = {0};
  struct vonk_str name;
  TRY(connect_rpc_session(rpc, STATUS_SERVER_ID, true));
  connect_rpc_begin_answer(rpc, &answer, STATUSES_SESSION_ID, STATUSES_SERVER_ID);
  vonk_mutex_lock(&rpc->session->lock);
  while (vonk_protobuf_each_text(&rpc->message, STATUS_NAMES, &at, &name)) {
    size_t entry = vonk_protobuf_begin(&answer, STATUSES);
    vonk_protobuf_put_bytes(&answer, 1, name);
    size_t status = vonk_protobuf_begin(&answer, 2);
    vonk_protobuf_put_bool(&answer, STATUS_EXISTS, vonk_map_has(&rpc->session->artifacts, name));
    vonk_protobuf_end(&answer, status);
    vonk_protobuf_end(&answer, entry);
  }
  vonk_mutex_unlock(&rpc->session->lock);
  TRY(connect_rpc_check(rpc));
  connect_rpc_answer(rpc, &answer);
  return VONK_OK;
}
