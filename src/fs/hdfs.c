/* hdfs.c: HDFS through WebHDFS: hdfs://namenode[:port]/path, webhdfs://host:port/path, swebhdfs:// under TLS.
 *
 * The name node redirects what concerns contents to data nodes. It believes who says that he is somebody (HADOOP_USER_NAME, else the user);
 * Kerberos is not spoken. Outputs are made under a hidden name, block by block (create, then append), and renamed. A refused rename is an
 * answer with status 200 that says false, so bodies are read.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "fs/journal.h"
#include "fs/remote.h"
#include "type/json.h"

enum { BLOCK_BYTES = 8 << 20, LIST_PAGES_MAX = 100000, HIDDEN_NAME_SIZE = 60 };

/* A path and how to ask about it. */
struct place {
  struct vonk_http_client *client;
  struct vonk_str path;            /* as users name it */
  struct vonk_str below;           /* absolute, inside of the file system */
  struct vonk_str endpoint;        /* "http://host:port/webhdfs/v1" */
  struct vonk_str user;            /* escaped */
};

static struct vonk_str setting(struct vonk_task *task, const char *key) {
  struct vonk_str value = {0};
  if (!task->files || !task->files->conf) return value;
  if (!vonk_conf_get(task->files->conf, vonk_str_of(key), &value)) (void)vonk_conf_get(task->files->conf, vonk_str_format(task->arena, "spark.hadoop.%s", key), &value);
  return value;
}

/* hdfs:// names the port of another protocol; the web's is a setting, or Hadoop's default on the same host. */
static struct vonk_str web_address(struct vonk_task *task, struct vonk_str authority) {
  struct vonk_str given = setting(task, "dfs.namenode.http-address");
  if (given.size) return given;
  size_t colon = authority.size;
  while (colon > 0 && authority.data[colon - 1] != ':') colon--;
  struct vonk_str host = colon ? vonk_str_slice(authority, 0, colon - 1) : authority;
  return vonk_str_format(task->arena, STR_FMT ":9870", STR_ARG(host));
}

static STATUS place_of(struct vonk_task *task, struct vonk_str path, struct place *out) {
  size_t colon = vonk_str_find(path, STR(":"), 0);
  struct vonk_str scheme = vonk_str_slice(path, 0, colon), rest = vonk_str_slice(path, colon + 1, path.size), authority = STR("");
  if (vonk_str_starts_with(rest, STR("//"))) {
    size_t slash = vonk_str_find(rest, STR("/"), 2);
    authority = vonk_str_slice(rest, 2, slash == SIZE_MAX ? rest.size : slash);
    rest = slash == SIZE_MAX ? STR("/") : vonk_str_slice(rest, slash, rest.size);
  }
  if (authority.size == 0) {
    struct vonk_str fallback = setting(task, "fs.defaultFS");
    size_t start = vonk_str_find(fallback, STR("://"), 0);
    if (start != SIZE_MAX) authority = vonk_str_slice(fallback, start + 3, fallback.size);
    while (authority.size && authority.data[authority.size - 1] == '/') authority.size--;
  }
  if (authority.size == 0 || vonk_str_find(authority, STR("@"), 0) != SIZE_MAX) {
    return vonk_fs_raise_read(task, path, "the path does not name a name node, as hdfs://host:port/path does, and fs.defaultFS does not either");
  }
  while (rest.size > 1 && rest.data[rest.size - 1] == '/') rest.size--;
  bool tls = vonk_str_equal_nocase(scheme, STR("swebhdfs"));
  if (vonk_str_equal_nocase(scheme, STR("hdfs"))) authority = web_address(task, authority);
  const char *user = getenv("HADOOP_USER_NAME");
  if (!user || !*user) user = getenv("USER");
  struct vonk_text name;
  vonk_text_init(&name, task->arena);
  vonk_http_escape(&name, user && *user ? vonk_str_of(user) : STR("root"), false);
  *out = (struct place){.path = vonk_str_copy(task->arena, path), .below = vonk_str_copy(task->arena, rest), .user = vonk_text_str(&name)};
  out->endpoint = vonk_str_format(task->arena, "%s://" STR_FMT "/webhdfs/v1", tls ? "https" : "http", STR_ARG(authority));
  return vonk_fs_http_client(task, &out->client);
}

static struct vonk_str url_of(struct vonk_task *task, const struct place *place, struct vonk_str below, const char *operation) {
  struct vonk_text url;
  vonk_text_init(&url, task->arena);
  vonk_text_add(&url, place->endpoint);
  vonk_http_escape(&url, below, true);
  vonk_text_addf(&url, "?op=%s&user.name=" STR_FMT, operation, STR_ARG(place->user));
  return vonk_text_str(&url);
}

/* The message of {"RemoteException": {"exception": ..., "message": ...}}. */
static const char *explain(struct vonk_task *task, const struct vonk_http_call *call) {
  struct vonk_json json = {.arena = task->arena, .text = vonk_http_body(call)};
  struct vonk_str key, kind = {0}, message = {0};
  uint32_t outer = 0;
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &outer, &key)) {
    uint32_t inner = 0;
    if (!vonk_str_equal(key, STR("RemoteException")) || !vonk_json_accept(&json, '{')) {
      vonk_json_skip(&json);
      continue;
    }
    while (vonk_json_next_member(&json, &inner, &key)) {
      if (vonk_json_peek(&json) != '"') vonk_json_skip(&json);
      else if (vonk_str_equal(key, STR("exception"))) kind = vonk_json_string(&json);
      else if (vonk_str_equal(key, STR("message"))) message = vonk_json_string(&json);
      else vonk_json_skip(&json);
    }
  }
  size_t line = vonk_str_find(message, STR("\n"), 0);
  if (line != SIZE_MAX) message.size = line;
  if (message.size > 300) message.size = 300;
  if (!kind.size) return vonk_fs_http_reason(task->arena, call);
  return vonk_str_format(task->arena, "the name node answered %d " STR_FMT ": " STR_FMT, call->status, STR_ARG(kind), STR_ARG(message)).data;
}

/* One operation without contents; *STATUS_CODE is 200 or 404, the body a copy; all else raises. */
static STATUS ask(struct vonk_task *task, const struct place *place, const char *method, struct vonk_str url, bool writes, int *status_code, struct vonk_str *body) {
  struct vonk_http_call call = {.request = {.method = method, .url = url, .body_limit = VONK_REMOTE_BODY_MAX}, .policy = vonk_remote_policy, .budget = task->budget};
  if (writes) {
    call.request.body = STR("");
    call.policy.tries_max = 1; /* doing it twice is not doing it once: callers ask what became of it */
  }
  enum vonk_status status = vonk_remote_run(task, place->client, &call, place->path, writes);
  *status_code = status == VONK_OK ? call.status : 0;
  if (status == VONK_OK) *body = vonk_str_copy(task->arena, vonk_http_body(&call));
  if (status == VONK_OK && !vonk_http_is_success(&call) && call.status != 404) {
    status = writes ? vonk_fs_raise_write(task, place->path, explain(task, &call)) : vonk_fs_raise_read(task, place->path, explain(task, &call));
  }
  vonk_http_call_deinit(&call);
  return status;
}

/* --- what there is --- */

struct status {
  struct vonk_str name;
  int64_t byte_size, mtime_ms, file_id;
  bool is_folder;
};

static int64_t read_number(struct vonk_json *json) {
  int64_t number;
  return vonk_str_to_int64(vonk_str_trim(vonk_json_skip(json)), &number) ? number : 0;
}

static void read_status(struct vonk_json *json, struct status *out) {
  struct vonk_str key;
  uint32_t count = 0;
  *out = (struct status){0};
  vonk_json_expect(json, '{');
  while (vonk_json_next_member(json, &count, &key)) {
    if (vonk_str_equal(key, STR("pathSuffix"))) out->name = vonk_json_string(json);
    else if (vonk_str_equal(key, STR("length"))) out->byte_size = read_number(json);
    else if (vonk_str_equal(key, STR("modificationTime"))) out->mtime_ms = read_number(json);
    else if (vonk_str_equal(key, STR("fileId"))) out->file_id = read_number(json);
    else if (vonk_str_equal(key, STR("type"))) out->is_folder = vonk_str_equal(vonk_json_string(json), STR("DIRECTORY"));
    else vonk_json_skip(json);
  }
  if (out->byte_size < 0) json->failed = true;
}

static struct vonk_fs_entry entry_of(struct vonk_str path, const struct status *status) {
  return (struct vonk_fs_entry){.path = path, .byte_size = (uint64_t)status->byte_size, .mtime_ns = status->mtime_ms * 1000000, .inode = (uint64_t)status->file_id,
                                .is_folder = status->is_folder};
}

static STATUS malformed(struct vonk_task *task, const struct place *place) { return vonk_fs_raise_read(task, place->path, "the name node's answer is malformed"); }

static STATUS look(struct vonk_task *task, const struct place *place, struct vonk_str below, bool *found, struct status *out) {
  struct vonk_str body, key;
  int code;
  uint32_t count = 0;
  TRY(ask(task, place, "GET", url_of(task, place, below, "GETFILESTATUS"), false, &code, &body));
  *found = code != 404;
  if (!*found) return VONK_OK;
  struct vonk_json json = {.arena = task->arena, .text = body};
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &count, &key)) {
    if (vonk_str_equal(key, STR("FileStatus"))) read_status(&json, out);
    else vonk_json_skip(&json);
  }
  return json.failed ? malformed(task, place) : VONK_OK;
}

static STATUS hdfs_stat(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_fs_entry *out) {
  struct place place;
  struct status status = {0};
  TRY(place_of(task, path, &place));
  TRY(look(task, &place, place.below, found, &status));
  while (path.size > 1 && path.data[path.size - 1] == '/') path.size--;
  *out = entry_of(vonk_str_copy(task->arena, path), &status);
  return VONK_OK;
}

struct page {
  struct vonk_task *task;
  struct vonk_str folder;          /* with a slash at its end */
  struct vonk_fs_list *out;
  struct vonk_str last;            /* name */
  int64_t remaining;
};

static void read_entries(struct page *page, struct vonk_json *json) {
  uint32_t count = 0;
  struct status status;
  vonk_json_expect(json, '[');
  while (!json->failed && vonk_json_next_element(json, &count)) {
    read_status(json, &status);
    bool odd = status.name.size == 0 || vonk_str_find(status.name, STR("/"), 0) != SIZE_MAX || vonk_str_equal(status.name, STR("..")) || vonk_str_equal(status.name, STR("."));
    if (json->failed || odd) continue;
    page->last = status.name;
    *ARRAY_PUSH(page->task->arena, page->out) = entry_of(vonk_str_format(page->task->arena, STR_FMT STR_FMT, STR_ARG(page->folder), STR_ARG(status.name)), &status);
  }
}

/* {"DirectoryListing": {"partialListing": {"FileStatuses": {"FileStatus": [...]}}, "remainingEntries": 0}} */
static void read_listing(struct page *page, struct vonk_json *json, int depth) {
  struct vonk_str key;
  uint32_t count = 0;
  vonk_json_expect(json, '{');
  while (vonk_json_next_member(json, &count, &key)) {
    bool inside = vonk_str_equal(key, STR("DirectoryListing")) || vonk_str_equal(key, STR("partialListing")) || vonk_str_equal(key, STR("FileStatuses"));
    if (vonk_str_equal(key, STR("remainingEntries"))) page->remaining = read_number(json);
    else if (vonk_str_equal(key, STR("FileStatus"))) read_entries(page, json);
    else if (inside && depth < 4) read_listing(page, json, depth + 1);
    else vonk_json_skip(json);
  }
}

static STATUS hdfs_list(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  struct place place;
  size_t from = out->count;
  TRY(place_of(task, path, &place));
  while (path.size && path.data[path.size - 1] == '/') path.size--;
  struct page page = {.task = task, .folder = vonk_str_format(task->arena, STR_FMT "/", STR_ARG(path)), .out = out};
  for (int i = 0; i < LIST_PAGES_MAX; i++) {
    struct vonk_text url;
    struct vonk_str body, asked = url_of(task, &place, place.below, "LISTSTATUS_BATCH");
    int code;
    TRY(vonk_task_check(task));
    vonk_text_init(&url, task->arena);
    vonk_text_add(&url, asked);
    if (page.last.size) vonk_text_add(&url, STR("&startAfter=")), vonk_http_escape(&url, page.last, false);
    TRY(ask(task, &place, "GET", vonk_text_str(&url), false, &code, &body));
    if (code == 404) return vonk_fs_raise_missing(task, path);
    struct vonk_json json = {.arena = task->arena, .text = body};
    size_t before = out->count;
    page.remaining = 0;
    read_listing(&page, &json, 0);
    if (json.failed) return malformed(task, &place);
    if (page.remaining <= 0 || out->count == before) break;
  }
  vonk_fs_sort(out, from);
  return VONK_OK;
}

static STATUS hdfs_open(struct vonk_task *task, struct vonk_str path, struct vonk_file **out) {
  struct place place;
  struct status status = {0};
  bool found;
  TRY(place_of(task, path, &place));
  TRY(look(task, &place, place.below, &found, &status));
  if (!found || status.is_folder) return vonk_fs_raise_missing(task, path);
  struct vonk_remote_spec spec = {.path = path, .url = url_of(task, &place, place.below, "OPEN"), .query_ranges = true, .byte_size = (uint64_t)status.byte_size,
                                  .mtime_ns = status.mtime_ms * 1000000, .inode = (uint64_t)status.file_id};
  return vonk_remote_open(task, &spec, out);
}

/* --- changes --- */

/* {"boolean": true} */
static bool said_yes(struct vonk_task *task, struct vonk_str body) {
  struct vonk_json json = {.arena = task->arena, .text = body};
  struct vonk_str key;
  uint32_t count = 0;
  bool yes = false;
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &count, &key)) {
    if (vonk_str_equal(key, STR("boolean"))) yes = vonk_json_bool(&json);
    else vonk_json_skip(&json);
  }
  return yes && !json.failed;
}

static STATUS make_folder(struct vonk_task *task, const struct place *place, struct vonk_str below) {
  struct vonk_str body;
  int code;
  TRY(ask(task, place, "PUT", url_of(task, place, below, "MKDIRS"), true, &code, &body));
  return said_yes(task, body) ? VONK_OK : vonk_fs_raise_write(task, place->path, "the name node does not make the folder");
}

static STATUS hdfs_make_folder(struct vonk_task *task, struct vonk_str path) {
  struct place place;
  TRY(place_of(task, path, &place));
  return make_folder(task, &place, place.below);
}

static STATUS remove_below(struct vonk_task *task, const struct place *place, struct vonk_str below) {
  struct vonk_str body, url = url_of(task, place, below, "DELETE");
  int code;
  return ask(task, place, "DELETE", vonk_str_format(task->arena, STR_FMT "&recursive=true", STR_ARG(url)), true, &code, &body);
}

static STATUS hdfs_remove(struct vonk_task *task, struct vonk_str path) {
  struct place place;
  TRY(place_of(task, path, &place));
  return remove_below(task, &place, place.below);
}

static STATUS hdfs_remove_empty(struct vonk_task *task, struct vonk_str path) {
  struct vonk_fs_entry entry;
  struct vonk_fs_list entries = {0};
  bool found;
  TRY(hdfs_stat(task, path, &found, &entry));
  if (!found || !entry.is_folder) return VONK_OK;
  TRY(hdfs_list(task, path, &entries));
  if (entries.count) return VONK_OK;
  struct place place;
  TRY(place_of(task, path, &place));
  struct vonk_http_call call = {.request = {.method = "DELETE", .url = vonk_str_format(task->arena, STR_FMT "&recursive=false", STR_ARG(url_of(task, &place, place.below, "DELETE"))),
                                            .body_limit = VONK_REMOTE_BODY_MAX}, .policy = vonk_remote_policy, .budget = task->budget};
  enum vonk_status status = vonk_remote_run(task, place.client, &call, path, true); /* refused when something came meanwhile: it stays */
  vonk_http_call_deinit(&call);
  return status;
}

static struct vonk_str parent_of(struct vonk_str below) {
  while (below.size > 1 && below.data[below.size - 1] != '/') below.size--;
  if (below.size > 1) below.size--;
  return below;
}

/* *MOVED false: TO is there, or FROM is not. An answer that got lost is settled by looking: a rename leaves nothing behind. */
static STATUS rename_below(struct vonk_task *task, const struct place *place, struct vonk_str from, struct vonk_str to, bool overwrite, bool *moved) {
  struct vonk_text url;
  struct vonk_str start = url_of(task, place, from, "RENAME");
  struct status ignored;
  vonk_text_init(&url, task->arena);
  vonk_text_add(&url, start);
  vonk_text_add(&url, STR("&destination="));
  vonk_http_escape(&url, to, false);
  if (overwrite) vonk_text_add(&url, STR("&renameoptions=OVERWRITE"));
  struct vonk_http_call call = {.request = {.method = "PUT", .url = vonk_text_str(&url), .body = STR(""), .body_limit = VONK_REMOTE_BODY_MAX}, .policy = vonk_remote_policy,
                                .budget = task->budget};
  call.policy.tries_max = 1;
  vonk_http_start(place->client, &call);
  enum vonk_status status = vonk_http_wait(task, &call);
  bool answered = call.end == VONK_HTTP_ANSWERED, success = vonk_http_is_success(&call);
  *moved = success && (overwrite || said_yes(task, vonk_http_body(&call)));
  if (status == VONK_OK && answered && !success && call.status != 404 && call.status < 500) status = vonk_fs_raise_write(task, place->path, explain(task, &call));
  if (status == VONK_OK && !*moved && (!answered || call.status >= 500)) {
    bool left = true, there = false;
    status = look(task, place, from, &left, &ignored);
    if (status == VONK_OK && !left) status = look(task, place, to, &there, &ignored);
    *moved = there;
    if (status == VONK_OK && !*moved) status = vonk_fs_raise_write(task, place->path, vonk_fs_http_reason(task->arena, &call));
  }
  vonk_http_call_deinit(&call);
  return status;
}

static STATUS hdfs_move(struct vonk_task *task, struct vonk_str from, struct vonk_str to) {
  struct place source, target;
  struct status status = {0};
  bool found, moved;
  TRY(place_of(task, from, &source));
  TRY(place_of(task, to, &target));
  if (!vonk_str_equal(source.endpoint, target.endpoint)) return vonk_fs_raise_write(task, to, "the name node is another one than that of what is moved");
  TRY(look(task, &source, source.below, &found, &status));
  if (!found) return vonk_fs_raise_missing(task, from);
  TRY(make_folder(task, &target, parent_of(target.below)));
  TRY(rename_below(task, &target, source.below, target.below, !status.is_folder, &moved));
  return moved ? VONK_OK : vonk_fs_raise_write(task, to, "the name node does not rename to it");
}

/* --- writing --- */

struct hdfs_output {
  struct vonk_output output;
  struct vonk_arena *arena;        /* holds this struct, and the texts of the place */
  struct place place;
  struct vonk_str hidden;
  struct vonk_buffer *block;
  bool created, published;
};

/* The name node says where to, then the bytes go there. */
static STATUS send(struct vonk_task *task, struct hdfs_output *output, struct vonk_str bytes) {
  const struct place *place = &output->place;
  struct vonk_str url = output->created ? url_of(task, place, output->hidden, "APPEND")
                                        : vonk_str_format(task->arena, STR_FMT "&overwrite=true", STR_ARG(url_of(task, place, output->hidden, "CREATE")));
  const char *method = output->created ? "POST" : "PUT";
  struct vonk_http_call call = {.request = {.method = method, .url = url, .body = STR(""), .body_limit = VONK_REMOTE_BODY_MAX}, .policy = vonk_remote_policy, .budget = task->budget};
  vonk_http_start(place->client, &call);
  enum vonk_status status = vonk_http_wait(task, &call);
  struct vonk_str next = status == VONK_OK ? vonk_remote_location(task->arena, &call, url) : STR("");
  if (status == VONK_OK && next.size == 0) status = vonk_fs_raise_write(task, output->output.path, call.end == VONK_HTTP_ANSWERED ? explain(task, &call) : vonk_fs_http_reason(task->arena, &call));
  vonk_http_call_deinit(&call);
  TRY(status);
  call = (struct vonk_http_call){.request = {.method = method, .url = next, .body = vonk_str_make(bytes.data ? bytes.data : "", bytes.size), .body_limit = VONK_REMOTE_BODY_MAX},
                                 .policy = vonk_remote_policy, .budget = task->budget};
  if (output->created) call.policy.tries_max = 1; /* bytes are not appended twice */
  vonk_http_add_header(&call, STR("Content-Type"), STR("application/octet-stream"));
  vonk_http_start(place->client, &call);
  status = vonk_http_wait(task, &call);
  if (status == VONK_OK && !vonk_http_is_success(&call)) {
    status = vonk_fs_raise_write(task, output->output.path, call.end == VONK_HTTP_ANSWERED ? explain(task, &call) : vonk_fs_http_reason(task->arena, &call));
  }
  vonk_http_call_deinit(&call);
  output->created |= status == VONK_OK;
  return status;
}

static STATUS flush(struct vonk_task *task, struct hdfs_output *output) {
  struct vonk_buffer *block = output->block;
  if (output->created && (!block || block->size == 0)) return VONK_OK;
  TRY(send(task, output, block ? vonk_str_make((const char *)block->data, block->size) : STR("")));
  if (block) block->size = 0;
  return VONK_OK;
}

static STATUS output_write(struct vonk_task *task, struct vonk_output *base, const void *bytes, size_t size) {
  struct hdfs_output *output = (struct hdfs_output *)base;
  const uint8_t *from = bytes;
  while (size > 0) {
    if (!output->block) TRY(vonk_task_memory_error(task, vonk_buffer_create(task->budget, BLOCK_BYTES, &output->block)));
    size_t part = BLOCK_BYTES - output->block->size < size ? BLOCK_BYTES - output->block->size : size;
    memcpy(output->block->data + output->block->size, from, part);
    output->block->size += part;
    from += part, size -= part;
    if (output->block->size == BLOCK_BYTES) TRY(flush(task, output));
  }
  return VONK_OK;
}

static STATUS output_seal(struct vonk_task *task, struct vonk_output *base) {
  struct hdfs_output *output = (struct hdfs_output *)base;
  TRY(flush(task, output));
  vonk_buffer_release(output->block);
  output->block = NULL;
  return VONK_OK;
}

static STATUS output_publish(struct vonk_task *task, struct vonk_output *base) {
  struct hdfs_output *output = (struct hdfs_output *)base;
  if (!base->sealed) TRY(output_seal(task, base));
  TRY(rename_below(task, &output->place, output->hidden, output->place.below, true, &output->published));
  return output->published ? VONK_OK : vonk_fs_raise_write(task, base->path, "the name node does not give the file its name");
}

static void output_close(struct vonk_output *base) {
  struct hdfs_output *output = (struct hdfs_output *)base;
  if (!output->published && output->place.client) {
    struct vonk_error error;
    struct vonk_arena *arena = vonk_arena_create(NULL);
    vonk_error_init(&error);
    struct vonk_task task = {.arena = arena, .error = &error};
    if (remove_below(&task, &output->place, output->hidden) != VONK_OK) vonk_error_clear(&error);
    vonk_error_deinit(&error);
    vonk_arena_destroy(arena);
  }
  vonk_buffer_release(output->block);
  vonk_arena_destroy(output->arena);
}

static const struct vonk_output_type hdfs_output_type = {.write = output_write, .seal = output_seal, .publish = output_publish, .close = output_close};

static STATUS hdfs_create(struct vonk_task *task, struct vonk_str path, struct vonk_output **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct hdfs_output *output = ARENA_NEW(arena, struct hdfs_output);
  struct vonk_task own = *task;
  own.arena = arena;
  output->arena = arena;
  output->output = (struct vonk_output){.type = &hdfs_output_type, .path = vonk_str_copy(arena, path)};
  enum vonk_status status = place_of(&own, output->output.path, &output->place);
  if (status != VONK_OK) {
    vonk_arena_destroy(arena);
    return status;
  }
  struct vonk_str name = vonk_fs_base_name(output->place.below), folder = parent_of(output->place.below);
  if (name.size > HIDDEN_NAME_SIZE) name.size = HIDDEN_NAME_SIZE;
  output->hidden = vonk_str_format(arena, STR_FMT "%s" VONK_JOURNAL_HIDDEN STR_FMT "-%llx." STR_FMT, STR_ARG(folder), folder.size > 1 ? "/" : "", STR_ARG(name),
                                   (unsigned long long)vonk_clock_monotonic_ns(), STR_ARG(vonk_journal_self(arena)));
  *out = &output->output;
  return VONK_OK;
}

/* A rename that replaces nothing is what only one writer can do. */
static STATUS hdfs_create_if_absent(struct vonk_task *task, struct vonk_str path, struct vonk_str bytes, enum vonk_fs_claim *out) {
  struct vonk_output *base;
  TRY(hdfs_create(task, path, &base));
  struct hdfs_output *output = (struct hdfs_output *)base;
  enum vonk_status status = send(task, output, bytes);
  if (status == VONK_OK) status = rename_below(task, &output->place, output->hidden, output->place.below, false, &output->published);
  *out = output->published ? VONK_FS_WON : VONK_FS_LOST;
  output_close(base);
  return status;
}

const struct vonk_fs_type vonk_fs_hdfs = {
    .schemes = {"hdfs", "webhdfs", "swebhdfs"},
    .renames = true,
    .open = hdfs_open,
    .stat = hdfs_stat,
    .list = hdfs_list,
    .make_folder = hdfs_make_folder,
    .remove_empty = hdfs_remove_empty,
    .remove = hdfs_remove,
    .create = hdfs_create,
    .move = hdfs_move,
    .create_if_absent = hdfs_create_if_absent,
};
