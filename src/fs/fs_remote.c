/* fs_remote.c: see remote.h. Open files are counted: requests under way hold them, and end on the client's thread. */
#include "fs/ranges.h"
#include "fs/remote.h"

const struct vonk_http_policy vonk_remote_policy = {.tries_max = 6, .stall_timeout_ms = 30000};

struct remote_file {
  struct vonk_file file;
  struct vonk_arena *arena;            /* holds this struct */
  struct vonk_http_client *client;
  struct vonk_remote_spec spec;
  struct vonk_ranges *ranges;
  atomic_uint references;
};

struct fetch {
  struct vonk_http_call call;
  struct vonk_arena *arena;            /* holds this struct */
  struct remote_file *file;
  struct vonk_range *range;
  uint64_t offset;
  struct vonk_str header;
  uint32_t redirects;
};

/* --- redirects --- */

static struct vonk_str origin_of(struct vonk_str url) {
  size_t authority = vonk_str_find(url, STR("://"), 0);
  size_t slash = authority == SIZE_MAX ? SIZE_MAX : vonk_str_find(url, STR("/"), authority + 3);
  return slash == SIZE_MAX ? url : vonk_str_slice(url, 0, slash);
}

struct vonk_str vonk_remote_location(struct vonk_arena *arena, const struct vonk_http_call *call, struct vonk_str url) {
  static const int codes[] = {301, 302, 303, 307, 308};
  bool redirects = false;
  for (size_t i = 0; i < COUNT_OF(codes); i++) redirects |= call->end == VONK_HTTP_ANSWERED && call->status == codes[i];
  struct vonk_str location = redirects ? vonk_http_answer_header(call, STR("location")) : STR("");
  if (location.size == 0) return (struct vonk_str){0};
  if (location.data[0] == '/' && !vonk_str_starts_with(location, STR("//"))) {
    return vonk_str_format(arena, STR_FMT STR_FMT, STR_ARG(origin_of(url)), STR_ARG(location));
  }
  bool tls = vonk_str_starts_with_nocase(location, STR("https://"));
  if (!tls && !(vonk_str_starts_with_nocase(location, STR("http://")) && vonk_str_starts_with_nocase(url, STR("http://")))) return (struct vonk_str){0};
  return vonk_str_copy(arena, location);
}

STATUS vonk_remote_run(struct vonk_task *task, struct vonk_http_client *client, struct vonk_http_call *call, struct vonk_str path, bool writes) {
  const struct vonk_http_call asked = *call;
  for (uint32_t i = 0;; i++) {
    vonk_http_start(client, call);
    TRY(vonk_http_wait(task, call));
    if (call->end != VONK_HTTP_ANSWERED) {
      const char *reason = vonk_fs_http_reason(task->arena, call);
      return writes ? vonk_fs_raise_write(task, path, reason) : vonk_fs_raise_read(task, path, reason);
    }
    struct vonk_str next = vonk_remote_location(task->arena, call, call->request.url);
    if (next.size == 0 || i == VONK_REMOTE_REDIRECTS_MAX) return VONK_OK;
    vonk_http_call_deinit(call);
    *call = asked;
    call->request.url = next;
  }
}

/* --- ranges --- */

static void release(struct remote_file *file) {
  if (atomic_fetch_sub(&file->references, 1) == 1) vonk_arena_destroy(file->arena);
}

static void prepare(struct vonk_http_call *call) {
  struct fetch *fetch = call->object;
  if (fetch->header.size) vonk_http_add_header(call, STR("Range"), fetch->header);
}

static const char *reason_of(struct fetch *fetch) {
  const struct vonk_http_call *call = &fetch->call;
  const struct vonk_remote_spec *spec = &fetch->file->spec;
  if (!vonk_http_is_success(call)) return vonk_fs_http_reason(fetch->arena, call);
  struct vonk_str etag = vonk_http_answer_header(call, STR("etag"));
  if (spec->etag.size && etag.size && !vonk_str_equal(etag, spec->etag)) return "it was written again while it was read";
  bool whole = fetch->offset == 0 && call->request.into_size == spec->byte_size;
  if (!spec->query_ranges && call->status != 206 && !whole) return "the server does not give parts of files";
  return call->received == call->request.into_size ? NULL : "the server sent another number of bytes than asked for";
}

static void fetched(struct vonk_http_call *call) {
  struct fetch *fetch = call->waiter;
  struct remote_file *file = fetch->file;
  struct vonk_str next = fetch->redirects < VONK_REMOTE_REDIRECTS_MAX ? vonk_remote_location(fetch->arena, call, call->request.url) : STR("");
  if (next.size) {
    struct vonk_http_call again = {.request = call->request, .policy = call->policy, .prepare = prepare, .done = fetched, .object = fetch, .waiter = fetch};
    vonk_http_call_deinit(call);
    again.request.url = next;
    *call = again;
    fetch->redirects++;
    vonk_http_start(file->client, call);
    return;
  }
  vonk_range_done(fetch->range, reason_of(fetch));
  vonk_http_call_deinit(call);
  vonk_arena_destroy(fetch->arena);
  release(file);
}

static void fetch_range(void *object, struct vonk_range *range, uint64_t offset, size_t size, void *bytes) {
  struct remote_file *file = object;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct fetch *fetch = ARENA_NEW(arena, struct fetch);
  struct vonk_str url = file->spec.url;
  unsigned long long start = offset, stop = offset + size - 1;
  *fetch = (struct fetch){.arena = arena, .file = file, .range = range, .offset = offset};
  if (file->spec.query_ranges) url = vonk_str_format(arena, STR_FMT "&offset=%llu&length=%zu", STR_ARG(url), start, size);
  else fetch->header = vonk_str_format(arena, "bytes=%llu-%llu", start, stop);
  atomic_fetch_add(&file->references, 1);
  fetch->call = (struct vonk_http_call){.request = {.method = "GET", .url = url, .into = bytes, .into_size = size}, .policy = vonk_remote_policy, .prepare = prepare,
                                        .done = fetched, .object = fetch, .waiter = fetch};
  vonk_http_start(file->client, &fetch->call);
}

static STATUS file_read(struct vonk_task *task, struct vonk_file *base, uint64_t offset, size_t size, void *out) {
  return vonk_ranges_read(task, ((struct remote_file *)base)->ranges, base->path, offset, size, out);
}

static void file_prefetch(struct vonk_file *base, uint64_t offset, uint64_t size) { vonk_ranges_prefetch(((struct remote_file *)base)->ranges, offset, size); }

static void file_close(struct vonk_file *base) {
  struct remote_file *file = (struct remote_file *)base;
  vonk_ranges_close(file->ranges);
  release(file);
}

static const struct vonk_file_type remote_file_type = {.read = file_read, .prefetch = file_prefetch, .close = file_close};

STATUS vonk_remote_open(struct vonk_task *task, const struct vonk_remote_spec *spec, struct vonk_file **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct remote_file *file = ARENA_NEW(arena, struct remote_file);
  file->arena = arena;
  file->spec = *spec;
  file->spec.path = vonk_str_copy(arena, spec->path);
  file->spec.url = vonk_str_copy(arena, spec->url);
  file->spec.etag = vonk_str_copy(arena, spec->etag);
  file->file = (struct vonk_file){&remote_file_type, file->spec.path, spec->byte_size, spec->mtime_ns, spec->inode};
  atomic_init(&file->references, 1);
  struct vonk_str identity = vonk_str_format(task->arena, STR_FMT " " STR_FMT " %llu %lld %llu", STR_ARG(spec->url), STR_ARG(spec->etag), (unsigned long long)spec->byte_size,
                                             (long long)spec->mtime_ns, (unsigned long long)spec->inode);
  struct vonk_range_source source = {file, fetch_range};
  enum vonk_status status = vonk_fs_http_client(task, &file->client);
  if (status == VONK_OK) status = vonk_ranges_open(task, identity, spec->byte_size, &source, &file->ranges);
  if (status == VONK_OK) *out = &file->file;
  else vonk_arena_destroy(arena);
  return status;
}
