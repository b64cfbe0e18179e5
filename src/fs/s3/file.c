/* file.c: an object that is read: ranges of one state of it, told by its ETag.
 *
 * The struct is counted: requests under way hold it, and it ends with the last of them. Their ends come on the client's thread.
 */
#include "fs/ranges.h"
#include "fs/s3/s3.h"

#include "fs/http_part.h"

struct s3_file {
  struct vonk_file file;
  struct vonk_arena *arena;            /* holds this struct */
  struct s3_bucket *bucket;
  struct vonk_str key, etag;
  struct vonk_ranges *ranges;
  struct vonk_mutex lock;              /* while credentials are refreshed */
  atomic_uint references;
};

struct fetch {
  struct s3_file *file;
  struct vonk_range *range;
  size_t size;
};

static void release(struct s3_file *file) {
  if (atomic_fetch_sub(&file->references, 1) > 1) return;
  vonk_mutex_deinit(&file->lock);
  vonk_arena_destroy(file->arena);
}

/* Why the bytes are not there; NULL when they are. */
static const char *reason_of(struct s3_request *request, const struct fetch *fetch) {
  const struct vonk_http_call *call = &request->call;
  if (call->end != VONK_HTTP_ANSWERED) return vonk_fs_http_reason(request->arena, call);
  if (call->status == 412) return "it was written again while it was read";
  if (!vonk_http_is_success(call)) {
    s3_request_explain(request);
    return vonk_str_format(request->arena, "the store answered %d " STR_FMT ": " STR_FMT, call->status, STR_ARG(request->error_code), STR_ARG(request->error_message)).data;
  }
  struct vonk_str etag = vonk_http_answer_header(call, STR("etag"));
  if (etag.size && s3_inode(etag) != s3_inode(fetch->file->etag)) return "it was written again while it was read";
  return call->received == fetch->size ? NULL : "the store sent another number of bytes than asked for";
}

static void fetched(struct vonk_http_call *call) {
  struct s3_request *request = call->object;
  struct fetch *fetch = call->waiter;
  struct s3_file *file = fetch->file;
  vonk_range_done(fetch->range, reason_of(request, fetch));
  s3_request_destroy(request);
  release(file);
}

static void fetch_range(void *object, struct vonk_range *range, uint64_t offset, size_t size, void *bytes) {
  struct s3_file *file = object;
  struct s3_request *request = s3_request_create(file->bucket, "GET", file->key, NULL, 0);
  struct fetch *fetch = ARENA_NEW(request->arena, struct fetch);
  *fetch = (struct fetch){file, range, size};
  atomic_fetch_add(&file->references, 1);
  s3_request_header(request, STR("range"), vonk_str_format(request->arena, "bytes=%llu-%llu", (unsigned long long)offset, (unsigned long long)(offset + size - 1)));
  if (file->etag.size) s3_request_header(request, STR("if-match"), file->etag);
  request->call.request.into = bytes;
  request->call.request.into_size = size;
  request->call.done = fetched;
  request->call.waiter = fetch;
  s3_request_start(request);
}

static STATUS file_read(struct vonk_task *task, struct vonk_file *base, uint64_t offset, size_t size, void *out) {
  struct s3_file *file = (struct s3_file *)base;
  vonk_mutex_lock(&file->lock);
  enum vonk_status status = s3_credentials_refresh(task, file->bucket);
  vonk_mutex_unlock(&file->lock);
  TRY(status);
  return vonk_ranges_read(task, file->ranges, base->path, offset, size, out);
}

static void file_prefetch(struct vonk_file *base, uint64_t offset, uint64_t size) { vonk_ranges_prefetch(((struct s3_file *)base)->ranges, offset, size); }

static void file_close(struct vonk_file *base) {
  struct s3_file *file = (struct s3_file *)base;
  vonk_ranges_close(file->ranges);
  release(file);
}

static const struct vonk_file_type s3_file_type = {.read = file_read, .prefetch = file_prefetch, .close = file_close};

static STATUS open_object(struct vonk_task *task, struct vonk_str path, struct s3_file *file) {
  struct vonk_arena *arena = file->arena;
  struct s3_object object;
  bool found;
  TRY(s3_bucket_open(task, arena, path, &file->bucket, &file->key));
  found = s3_known_find(task, file->bucket, file->key, &object);
  if (!found) {
    TRY(s3_head(task, file->bucket, path, file->key, &found, &object));
    if (!found) return vonk_fs_raise_missing(task, path);
    s3_known_keep(task, file->bucket, file->key, &object);
  }
  file->etag = vonk_str_copy(arena, object.etag);
  file->file = (struct vonk_file){&s3_file_type, vonk_str_copy(arena, path), object.byte_size, object.mtime_ns, s3_inode(object.etag)};
  /* Whoever has no right to ask finds nothing that others have fetched. */
  struct vonk_str identity = vonk_str_format(task->arena, STR_FMT " " STR_FMT STR_FMT " " STR_FMT " " STR_FMT " %lld", STR_ARG(((const struct s3_credentials *)file->bucket->credentials)->key_id),
                                             STR_ARG(file->bucket->origin), STR_ARG(file->bucket->root), STR_ARG(file->key), STR_ARG(file->etag), (long long)object.mtime_ns);
  struct vonk_range_source source = {file, fetch_range};
  return vonk_ranges_open(task, identity, object.byte_size, &source, &file->ranges);
}

STATUS s3_open(struct vonk_task *task, struct vonk_str path, struct vonk_file **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct s3_file *file = ARENA_NEW(arena, struct s3_file);
  file->arena = arena;
  atomic_init(&file->references, 1);
  vonk_mutex_init(&file->lock);
  enum vonk_status status = open_object(task, path, file);
  if (status == VONK_OK) *out = &file->file;
  else release(file);
  return status;
}
