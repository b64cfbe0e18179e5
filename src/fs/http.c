/* http.c: files of web servers, by their address: read only, one at a time, never listed. The server must tell sizes and give parts. */
#include "fs/remote.h"

/* Passwords in addresses would be shown in plans and errors. */
static STATUS check(struct vonk_task *task, struct vonk_str path) {
  size_t start = vonk_str_find(path, STR("://"), 0);
  size_t end = start == SIZE_MAX ? SIZE_MAX : vonk_str_find(path, STR("/"), start + 3);
  struct vonk_str host = start == SIZE_MAX ? STR("") : vonk_str_slice(path, start + 3, end == SIZE_MAX ? path.size : end);
  if (host.size == 0 || vonk_str_find(host, STR("@"), 0) != SIZE_MAX) return vonk_fs_raise_read(task, STR("http"), "the address must be http[s]://host[:port]/path, without a user");
  for (size_t i = 0; i < path.size; i++) {
    if ((unsigned char)path.data[i] < ' ' || path.data[i] == 127) return vonk_fs_raise_read(task, STR("http"), "the address has control characters");
  }
  return VONK_OK;
}

/* Spaces and what is not ASCII is escaped; the rest is taken as it stands. */
static struct vonk_str url_of(struct vonk_arena *arena, struct vonk_str path) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  for (size_t i = 0; i < path.size; i++) {
    unsigned char c = (unsigned char)path.data[i];
    if (c > ' ' && c < 127 && !strchr("\"<>\\^`{|}", c)) vonk_text_add_char(&text, (char)c);
    else vonk_text_addf(&text, "%%%02X", c);
  }
  return vonk_text_str(&text);
}

static int64_t total_of(struct vonk_str content_range) {
  size_t slash = vonk_str_find(content_range, STR("/"), 0);
  int64_t total;
  return slash != SIZE_MAX && vonk_str_to_int64(vonk_str_slice(content_range, slash + 1, content_range.size), &total) ? total : -1;
}

static void ask_one_byte(struct vonk_http_call *call) { vonk_http_add_header(call, STR("Range"), STR("bytes=0-0")); }

/* Asks for the first byte: its answer tells the size, and whether parts can be had. */
static STATUS look(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_remote_spec *out) {
  struct vonk_http_client *client;
  int64_t size = -1;
  TRY(check(task, path));
  TRY(vonk_fs_http_client(task, &client));
  struct vonk_http_call call = {.request = {.method = "GET", .url = url_of(task->arena, path), .body_limit = 1 << 20}, .policy = vonk_remote_policy, .budget = task->budget,
                                .prepare = ask_one_byte};
  enum vonk_status status = vonk_remote_run(task, client, &call, path, false);
  *found = status == VONK_OK && (vonk_http_is_success(&call) || call.status == 416);
  if (*found) {
    size = call.status == 200 ? (int64_t)call.received : total_of(vonk_http_answer_header(&call, STR("content-range")));
    struct vonk_str etag = vonk_str_copy(task->arena, vonk_http_answer_header(&call, STR("etag")));
    *out = (struct vonk_remote_spec){.path = path, .url = vonk_str_copy(task->arena, call.request.url), .etag = etag, .byte_size = (uint64_t)size,
                                     .mtime_ns = vonk_http_date_ns(vonk_http_answer_header(&call, STR("last-modified"))), .inode = vonk_str_hash(etag)};
    if (size < 0) status = vonk_fs_raise_read(task, path, "the server does not say how long the file is");
  } else if (status == VONK_OK && call.status != 404 && call.status != 410) {
    status = vonk_fs_raise_read(task, path, vonk_fs_http_reason(task->arena, &call));
  }
  vonk_http_call_deinit(&call);
  return status;
}

static STATUS http_open(struct vonk_task *task, struct vonk_str path, struct vonk_file **out) {
  struct vonk_remote_spec spec;
  bool found;
  TRY(look(task, path, &found, &spec));
  return found ? vonk_remote_open(task, &spec, out) : vonk_fs_raise_missing(task, path);
}

static STATUS http_stat(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_fs_entry *out) {
  struct vonk_remote_spec spec;
  TRY(look(task, path, found, &spec));
  if (*found) *out = (struct vonk_fs_entry){.path = vonk_str_copy(task->arena, path), .byte_size = spec.byte_size, .mtime_ns = spec.mtime_ns, .inode = spec.inode};
  return VONK_OK;
}

static STATUS http_list(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  (void)out;
  return vonk_fs_raise_read(task, path, "files of web servers cannot be listed: name each");
}

const struct vonk_fs_type vonk_fs_http = {.schemes = {"http", "https"}, .open = http_open, .stat = http_stat, .list = http_list};
