/* output.c: an object that is written: one PUT when it is small, else a multipart upload whose parts are on their way while more is made.
 *
 * Nothing shows before the PUT or the completion. Each output draws a mark that goes with it as metadata (x-amz-meta-vonk): when the
 * answer to a completion is lost, reading the mark back tells whose object it is.
 */
#include "base/uuid.h"
#include "fs/s3/s3.h"

#include "base/clock.h"
#include "fs/http_part.h"
#include "wire/xml.h"

enum { FLIGHT_MAX = 4, PARTS_MAX = 10000, PARTS_PER_SIZE = 1000, SETTLE_TRIES = 6, SETTLE_MS = 100, UUID_SIZE = 36 };

struct part {
  struct s3_request *request;          /* NULL: the place is free */
  struct vonk_buffer *bytes;
  uint32_t number;                     /* from 1 */
};

struct s3_output {
  struct vonk_output output;
  struct vonk_arena *arena;            /* holds this struct */
  struct s3_bucket *bucket;
  struct vonk_str key, mark;
  struct vonk_budget *budget;
  struct vonk_buffer *block;           /* the part being filled; NULL: none */
  struct vonk_str upload;              /* id; empty: none has begun */
  struct part parts[FLIGHT_MAX];
  ARRAY_OF(struct vonk_str) etags;     /* by part */
  uint32_t part_count;
  bool published;
  bool begun_twice;                    /* perhaps: the store was asked again for the upload */
};

/* Parts grow, so that ten thousand of them hold the largest object there may be. */
static size_t part_size(const struct s3_output *output) { return (size_t)output->bucket->part_bytes << (output->part_count / PARTS_PER_SIZE); }

static STATUS run_simple(struct vonk_task *task, struct s3_output *output, struct s3_request *request) {
  TRY(s3_request_run(task, request, output->output.path, true));
  return vonk_http_is_success(&request->call) ? VONK_OK : s3_request_raise(task, request, output->output.path, true);
}

/* --- multipart --- */

static STATUS begin_upload(struct vonk_task *task, struct s3_output *output) {
  struct s3_header query[] = {{STR("uploads"), STR("")}};
  struct s3_request *request = s3_request_create(output->bucket, "POST", output->key, query, 1);
  struct vonk_xml xml;
  s3_request_header(request, STR("x-amz-meta-vonk"), output->mark);
  s3_request_body(request, STR(""));
  request->call.policy.counts_tries = true;
  enum vonk_status status = run_simple(task, output, request);
  output->begun_twice = request->call.tries > 1;
  if (status == VONK_OK) {
    vonk_xml_init(&xml, request->arena, vonk_http_body(&request->call));
    while (vonk_xml_next(&xml)) {
      if (vonk_xml_is(&xml, "InitiateMultipartUploadResult/UploadId")) output->upload = vonk_str_copy(output->arena, xml.text);
    }
    if (xml.malformed || output->upload.size == 0 || output->upload.size > 1024) {
      output->upload = STR("");
      status = vonk_fs_raise_write(task, output->output.path, "the store did not begin the upload as it should");
    }
  }
  s3_request_destroy(request);
  return status;
}

static void free_part(struct part *part) {
  s3_request_destroy(part->request);
  vonk_buffer_release(part->bytes);
  *part = (struct part){0};
}

static STATUS await_part(struct vonk_task *task, struct s3_output *output, struct part *part) {
  struct s3_request *request = part->request;
  enum vonk_status status = vonk_http_wait(task, &request->call);
  if (status == VONK_OK && !vonk_http_is_success(&request->call)) {
    if (request->call.end == VONK_HTTP_ANSWERED) s3_request_explain(request);
    status = s3_request_raise(task, request, output->output.path, true);
  }
  struct vonk_str etag = vonk_http_answer_header(&request->call, STR("etag"));
  if (status == VONK_OK && (etag.size == 0 || etag.size > 256)) status = vonk_fs_raise_write(task, output->output.path, "the store did not say what it made of a part");
  if (status == VONK_OK) output->etags.items[part->number - 1] = vonk_str_copy(output->arena, etag);
  free_part(part);
  return status;
}

/* The block goes off; when all places are taken the oldest is waited for. */
static STATUS send_block(struct vonk_task *task, struct s3_output *output) {
  if (output->part_count == PARTS_MAX) return vonk_fs_raise_write(task, output->output.path, "the file is larger than the store can hold");
  if (output->upload.size == 0) TRY(begin_upload(task, output));
  TRY(s3_credentials_refresh(task, output->bucket));
  struct part *part = &output->parts[output->part_count % FLIGHT_MAX];
  if (part->request) TRY(await_part(task, output, part));
  *ARRAY_PUSH(output->arena, &output->etags) = STR("");
  part->number = ++output->part_count;
  part->bytes = output->block;
  output->block = NULL;
  struct s3_header query[] = {{STR("partNumber"), vonk_str_format(task->arena, "%u", part->number)}, {STR("uploadId"), output->upload}};
  part->request = s3_request_create(output->bucket, "PUT", output->key, query, 2);
  s3_request_body(part->request, vonk_str_make((const char *)part->bytes->data, part->bytes->size));
  s3_request_start(part->request);
  return VONK_OK;
}

static STATUS await_all(struct vonk_task *task, struct s3_output *output) {
  for (uint32_t i = 0; i < FLIGHT_MAX; i++) {
    struct part *part = &output->parts[(output->part_count + i) % FLIGHT_MAX];
    if (part->request) TRY(await_part(task, output, part));
  }
  return VONK_OK;
}

/* Is the object under the key the one with our mark? */
static STATUS is_ours(struct vonk_task *task, struct s3_output *output, bool *found, bool *ours) {
  struct s3_object object;
  TRY(s3_head(task, output->bucket, output->output.path, output->key, found, &object));
  *ours = *found && vonk_str_equal(object.mark, output->mark);
  return VONK_OK;
}

static struct vonk_str completion(struct vonk_task *task, const struct s3_output *output) {
  struct vonk_text text;
  vonk_text_init(&text, task->arena);
  vonk_text_add(&text, STR("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
  for (uint32_t i = 0; i < output->part_count; i++) {
    vonk_text_addf(&text, "<Part><PartNumber>%u</PartNumber><ETag>", i + 1);
    struct vonk_str etag = output->etags.items[i];
    for (size_t k = 0; k < etag.size; k++) {
      if (etag.data[k] == '"') vonk_text_add(&text, STR("&quot;"));
      else if (etag.data[k] == '<' || etag.data[k] == '&') vonk_text_add(&text, etag.data[k] == '<' ? STR("&lt;") : STR("&amp;"));
      else vonk_text_add_char(&text, etag.data[k]);
    }
    vonk_text_add(&text, STR("</ETag></Part>"));
  }
  vonk_text_add(&text, STR("</CompleteMultipartUpload>"));
  return vonk_text_str(&text);
}

/* A completion may fail behind a status of 200, and may have happened although its answer says NoSuchUpload, when that came to a second try. */
static STATUS complete(struct vonk_task *task, struct s3_output *output) {
  struct s3_header query[] = {{STR("uploadId"), output->upload}};
  struct s3_request *request = s3_request_create(output->bucket, "POST", output->key, query, 1);
  bool found = false, ours = false;
  s3_request_body(request, completion(task, output));
  request->call.budget = task->budget;
  s3_request_start(request);
  enum vonk_status status = vonk_http_wait(task, &request->call);
  if (status == VONK_OK && request->call.end == VONK_HTTP_ANSWERED) s3_request_explain(request);
  bool failed = !vonk_http_is_success(&request->call) || request->error_code.size > 0;
  if (status == VONK_OK && failed) {
    status = is_ours(task, output, &found, &ours);
    if (status == VONK_OK && !ours) status = s3_request_raise(task, request, output->output.path, true);
  }
  s3_request_destroy(request);
  return status;
}

/* Also of a task that has failed or was cancelled: what cannot be taken back costs the user money. */
static void abort_upload(struct s3_output *output, struct vonk_str upload) {
  struct vonk_error error;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct s3_header query[] = {{STR("uploadId"), upload}};
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error};
  struct s3_request *request = s3_request_create(output->bucket, "DELETE", output->key, query, 1);
  if (s3_request_run(&task, request, output->output.path, true) != VONK_OK) vonk_error_clear(&error);
  s3_request_destroy(request);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
}

/* Files of jobs have names that nobody else makes ("part-00000-UUID..."): then all uploads of the name are ours. */
static bool is_own_name(struct vonk_str key) {
  struct vonk_str name = vonk_fs_base_name(key);
  size_t joint = vonk_str_starts_with(name, STR("part-")) ? vonk_str_find(name, STR("-"), 5) : SIZE_MAX;
  return joint != SIZE_MAX && joint + 1 + UUID_SIZE < name.size && vonk_uuid_valid(vonk_str_slice(name, joint + 1, joint + 1 + UUID_SIZE));
}

/* A store whose answer to the beginning of an upload got lost has begun one that nobody knows. */
static void abort_strays(struct s3_output *output) {
  struct vonk_error error;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct s3_header query[] = {{STR("prefix"), output->key}, {STR("uploads"), STR("")}};
  struct vonk_str key = {0}, upload = {0};
  struct vonk_xml xml;
  vonk_error_init(&error);
  struct vonk_task task = {.arena = arena, .error = &error};
  struct s3_request *request = s3_request_create(output->bucket, "GET", STR(""), query, 2);
  bool found = s3_request_run(&task, request, output->output.path, false) == VONK_OK && vonk_http_is_success(&request->call);
  vonk_xml_init(&xml, arena, found ? vonk_http_body(&request->call) : STR(""));
  while (vonk_xml_next(&xml)) {
    if (vonk_xml_is(&xml, "Upload/Key")) key = xml.text;
    if (vonk_xml_is(&xml, "Upload/UploadId")) upload = xml.text;
    if (!vonk_xml_is(&xml, "ListMultipartUploadsResult/Upload")) continue;
    if (upload.size && vonk_str_equal(key, output->key)) abort_upload(output, upload);
    key = upload = STR("");
  }
  s3_request_destroy(request);
  vonk_error_deinit(&error);
  vonk_arena_destroy(arena);
}

/* --- the output --- */

static STATUS output_write(struct vonk_task *task, struct vonk_output *base, const void *bytes, size_t size) {
  struct s3_output *output = (struct s3_output *)base;
  const uint8_t *from = bytes;
  while (size > 0) {
    size_t most = part_size(output);
    if (!output->block) TRY(vonk_task_memory_error(task, vonk_buffer_create(output->budget, most < (64 << 10) || output->part_count ? most : 64 << 10, &output->block)));
    struct vonk_buffer *block = output->block;
    size_t part = most - block->size < size ? most - block->size : size;
    if (block->size + part > block->capacity) {
      size_t wanted = block->capacity * 4 > block->size + part ? block->capacity * 4 : block->size + part;
      TRY(vonk_task_memory_error(task, vonk_buffer_grow(&output->block, wanted < most ? wanted : most)));
      block = output->block;
    }
    memcpy(block->data + block->size, from, part);
    block->size += part;
    from += part, size -= part;
    if (block->size == most) TRY(send_block(task, output));
  }
  return VONK_OK;
}

static STATUS output_seal(struct vonk_task *task, struct vonk_output *base) {
  struct s3_output *output = (struct s3_output *)base;
  if (!output->block && output->part_count == 0) return VONK_OK; /* an empty file */
  if (output->block) TRY(send_block(task, output));
  return await_all(task, output);
}

static STATUS put_whole(struct vonk_task *task, struct s3_output *output) {
  struct s3_request *request = s3_request_create(output->bucket, "PUT", output->key, NULL, 0);
  s3_request_header(request, STR("x-amz-meta-vonk"), output->mark);
  s3_request_body(request, output->block ? vonk_str_make((const char *)output->block->data, output->block->size) : STR(""));
  enum vonk_status status = run_simple(task, output, request);
  s3_request_destroy(request);
  return status;
}

static STATUS output_publish(struct vonk_task *task, struct vonk_output *base) {
  struct s3_output *output = (struct s3_output *)base;
  TRY(s3_credentials_refresh(task, output->bucket));
  s3_known_forget(task, output->bucket, output->key);
  if (output->part_count == 0) {
    TRY(put_whole(task, output));
  } else {
    if (!base->sealed) TRY(output_seal(task, base));
    TRY(complete(task, output));
  }
  output->published = true;
  return VONK_OK;
}

static void output_close(struct vonk_output *base) {
  struct s3_output *output = (struct s3_output *)base;
  struct vonk_task task = {0};
  for (uint32_t i = 0; i < FLIGHT_MAX; i++) {
    if (!output->parts[i].request) continue;
    vonk_http_cancel(&output->parts[i].request->call);
    if (vonk_http_wait(&task, &output->parts[i].request->call) == VONK_OK) free_part(&output->parts[i]);
  }
  if (output->upload.size && !output->published) abort_upload(output, output->upload);
  if (output->begun_twice && is_own_name(output->key)) abort_strays(output);
  vonk_buffer_release(output->block);
  vonk_arena_destroy(output->arena);
}

static const struct vonk_output_type s3_output_type = {.write = output_write, .seal = output_seal, .publish = output_publish, .close = output_close};

static STATUS open_output(struct vonk_task *task, struct vonk_str path, struct s3_output **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct s3_output *output = ARENA_NEW(arena, struct s3_output);
  output->arena = arena;
  output->output = (struct vonk_output){.type = &s3_output_type, .path = vonk_str_copy(arena, path)};
  output->budget = task->budget;
  output->mark = vonk_uuid_random(arena);
  enum vonk_status status = s3_bucket_open(task, arena, path, &output->bucket, &output->key);
  if (status == VONK_OK && output->key.size == 0) status = vonk_fs_raise_write(task, path, "the path names a bucket, not a file");
  *out = output;
  if (status != VONK_OK) output_close(&output->output);
  return status;
}

STATUS s3_create(struct vonk_task *task, struct vonk_str path, struct vonk_output **out) {
  struct s3_output *output;
  TRY(open_output(task, path, &output));
  *out = &output->output;
  return VONK_OK;
}

/* --- create if absent --- */

enum try_end { TRY_WON, TRY_THERE, TRY_CONFLICT, TRY_UNREACHED, TRY_UNKNOWN };

/* One PUT that must not meet an object; UNKNOWN: it may or may not have happened. */
static STATUS try_put(struct vonk_task *task, struct s3_output *output, struct vonk_str bytes, enum try_end *end) {
  struct s3_request *request = s3_request_create(output->bucket, "PUT", output->key, NULL, 0);
  request->call.policy.tries_max = 1;
  s3_request_header(request, STR("if-none-match"), STR("*"));
  s3_request_header(request, STR("x-amz-meta-vonk"), output->mark);
  s3_request_body(request, bytes);
  request->call.budget = task->budget;
  s3_request_start(request);
  enum vonk_status status = vonk_http_wait(task, &request->call);
  int code = request->call.end == VONK_HTTP_ANSWERED ? request->call.status : 0;
  *end = vonk_http_is_success(&request->call) ? TRY_WON : code == 412 ? TRY_THERE : code == 409 ? TRY_CONFLICT : TRY_UNKNOWN;
  if (request->call.end == VONK_HTTP_UNREACHABLE) *end = TRY_UNREACHED;
  bool hopeless = code >= 400 && code < 500 && code != 412 && code != 409 && code != 408 && code != 429;
  if (status == VONK_OK && (hopeless || request->call.end == VONK_HTTP_REFUSED || request->call.end == VONK_HTTP_NO_MEMORY)) {
    if (code) s3_request_explain(request);
    status = s3_request_raise(task, request, output->output.path, true);
  }
  s3_request_destroy(request);
  return status;
}

static STATUS pause_before_try(struct vonk_task *task, uint32_t tries) {
  uint64_t now = vonk_clock_monotonic_ns(), until = now + (now % SETTLE_MS + SETTLE_MS) * 1000000 * tries;
  struct vonk_mutex lock;
  struct vonk_condition_variable never;
  vonk_mutex_init(&lock);
  vonk_condition_variable_init(&never);
  enum vonk_status status = VONK_OK;
  vonk_mutex_lock(&lock);
  while (status == VONK_OK && (now = vonk_clock_monotonic_ns()) < until) {
    (void)vonk_condition_variable_wait_until(&never, &lock, until - now > 20000000 ? now + 20000000 : until);
    status = vonk_task_check(task);
  }
  vonk_mutex_unlock(&lock);
  vonk_condition_variable_deinit(&never);
  vonk_mutex_deinit(&lock);
  return status;
}

/* Until the store has decided. Once a PUT went without an answer, "it is there" may mean ours: then it is read back. */
static STATUS claim(struct vonk_task *task, struct s3_output *output, struct vonk_str bytes, enum vonk_fs_claim *out) {
  bool unanswered = false, reached = false, found = false, ours = false;
  for (uint32_t tries = 1; tries <= SETTLE_TRIES; tries++) {
    enum try_end end;
    TRY(try_put(task, output, bytes, &end));
    *out = end == TRY_WON ? VONK_FS_WON : VONK_FS_LOST;
    if (end == TRY_WON || (end == TRY_THERE && !unanswered)) return VONK_OK;
    unanswered |= end == TRY_UNKNOWN;
    reached |= end != TRY_UNREACHED;
    if (unanswered) {
      TRY(is_ours(task, output, &found, &ours));
      *out = ours ? VONK_FS_WON : VONK_FS_LOST;
      if (found) return VONK_OK;
    }
    TRY(pause_before_try(task, tries));
  }
  *out = VONK_FS_ASK_AGAIN;
  if (!reached) return vonk_fs_raise_write(task, output->output.path, "the store cannot be reached");
  if (!unanswered) return VONK_OK;
  return vonk_fs_raise_write(task, output->output.path, "the store did not say whether the file was made, and it is not there");
}

static STATUS remove_probe(struct vonk_task *task, const struct s3_output *output) {
  struct s3_request *request = s3_request_create(output->bucket, "DELETE", output->key, NULL, 0);
  enum vonk_status status = s3_request_run(task, request, output->output.path, true);
  s3_request_destroy(request);
  return status;
}

/* Which buckets keep the promise. */
struct probes {
  struct vonk_fs_part part;
  struct vonk_arena *arena;
  struct vonk_mutex lock;
  ARRAY_OF(struct vonk_str) kept;      /* origin and bucket */
};

static void probes_destroy(struct vonk_fs_part *part) {
  struct probes *probes = (struct probes *)part;
  vonk_mutex_deinit(&probes->lock);
  vonk_arena_destroy(probes->arena);
}

static STATUS probes_create(struct vonk_task *task, struct vonk_budget *root, struct vonk_fs_part **out) {
  (void)task, (void)root;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct probes *probes = ARENA_NEW(arena, struct probes);
  probes->part.destroy = probes_destroy;
  probes->arena = arena;
  vonk_mutex_init(&probes->lock);
  *out = &probes->part;
  return VONK_OK;
}

static bool is_kept(struct probes *probes, struct vonk_str name, bool add) {
  bool kept = false;
  vonk_mutex_lock(&probes->lock);
  for (size_t i = 0; i < probes->kept.count && !kept; i++) kept = vonk_str_equal(probes->kept.items[i], name);
  if (add && !kept) *ARRAY_PUSH(probes->arena, &probes->kept) = vonk_str_copy(probes->arena, name);
  vonk_mutex_unlock(&probes->lock);
  return kept;
}

/* Some stores take the condition and do not look at it; two writers would then both believe that they had won. Asked once per bucket. */
static STATUS probe(struct vonk_task *task, struct vonk_str path, const struct s3_bucket *bucket) {
  struct vonk_fs_part *part;
  struct s3_output *output;
  enum vonk_fs_claim first = VONK_FS_ASK_AGAIN, second = VONK_FS_WON;
  TRY(vonk_fs_part(task, VONK_FS_SLOT_PROBES, probes_create, &part));
  struct vonk_str name = vonk_str_format(task->arena, STR_FMT STR_FMT, STR_ARG(bucket->origin), STR_ARG(bucket->root));
  if (is_kept((struct probes *)part, name, false)) return VONK_OK;
  struct vonk_str probe_path = vonk_str_format(task->arena, STR_FMT "._vonk_probe_" STR_FMT, STR_ARG(path), STR_ARG(vonk_uuid_random(task->arena)));
  TRY(open_output(task, probe_path, &output));
  enum vonk_status status = claim(task, output, STR("probe"), &first);
  if (status == VONK_OK) {
    output->mark = vonk_uuid_random(output->arena);
    status = claim(task, output, STR("probe again"), &second);
  }
  if (status == VONK_OK) status = remove_probe(task, output);
  output_close(&output->output);
  TRY(status);
  if (first != VONK_FS_WON || second != VONK_FS_LOST) return vonk_fs_raise_write(task, path, "the store does not keep two writers apart: it ignores If-None-Match");
  (void)is_kept((struct probes *)part, name, true);
  return VONK_OK;
}

STATUS s3_create_if_absent(struct vonk_task *task, struct vonk_str path, struct vonk_str bytes, enum vonk_fs_claim *out) {
  struct s3_output *output;
  TRY(open_output(task, path, &output));
  enum vonk_status status = probe(task, path, output->bucket);
  if (status == VONK_OK) status = claim(task, output, bytes, out);
  output_close(&output->output);
  return status;
}
