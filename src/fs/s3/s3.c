/* s3.c: S3 as a file system: a folder is what keys have in common up to a slash. */
#include "fs/s3/s3.h"

#include "fs/http_part.h"

/* KEY as the beginning of what lies in the folder. */
static struct vonk_str as_prefix(struct vonk_arena *arena, struct vonk_str key) {
  while (key.size && key.data[key.size - 1] == '/') key.size--;
  return key.size ? vonk_str_format(arena, STR_FMT "/", STR_ARG(key)) : STR("");
}

static struct vonk_str as_folder(struct vonk_arena *arena, struct vonk_str path) {
  while (path.size && path.data[path.size - 1] == '/') path.size--;
  return vonk_str_format(arena, STR_FMT "/", STR_ARG(path));
}

static STATUS s3_stat(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_fs_entry *out) {
  struct s3_bucket *bucket;
  struct vonk_str key;
  struct s3_object object;
  TRY(s3_bucket_open(task, task->arena, path, &bucket, &key));
  *found = false;
  if (key.size && key.data[key.size - 1] != '/') TRY(s3_head(task, bucket, path, key, found, &object));
  if (*found) {
    s3_known_keep(task, bucket, key, &object);
    *out = (struct vonk_fs_entry){.path = vonk_str_copy(task->arena, path), .byte_size = object.byte_size, .mtime_ns = object.mtime_ns, .inode = s3_inode(object.etag)};
    return VONK_OK;
  }
  struct s3_listing listing = {.path = as_folder(task->arena, path), .prefix = as_prefix(task->arena, key), .delimited = true, .count_max = 2};
  struct vonk_fs_list list = {0};
  TRY(s3_list(task, bucket, &listing, &list));
  *found = list.count > 0 || key.size == 0;
  *out = (struct vonk_fs_entry){.path = vonk_str_slice(listing.path, 0, listing.path.size - 1), .is_folder = true};
  return VONK_OK;
}

static STATUS list(struct vonk_task *task, struct vonk_str path, bool delimited, struct vonk_fs_list *out) {
  struct s3_bucket *bucket;
  struct vonk_str key;
  size_t from = out->count;
  TRY(s3_bucket_open(task, task->arena, path, &bucket, &key));
  struct s3_listing listing = {.path = as_folder(task->arena, path), .prefix = as_prefix(task->arena, key), .delimited = delimited};
  TRY(s3_list(task, bucket, &listing, out));
  vonk_fs_sort(out, from);
  return VONK_OK;
}

static STATUS s3_list_folder(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) { return list(task, path, true, out); }

static STATUS s3_list_below(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) { return list(task, path, false, out); }

static STATUS remove_key(struct vonk_task *task, const struct s3_bucket *bucket, struct vonk_str path, struct vonk_str key) {
  struct s3_request *request = s3_request_create(bucket, "DELETE", key, NULL, 0);
  s3_known_forget(task, bucket, key);
  enum vonk_status status = s3_request_run(task, request, path, true);
  if (status == VONK_OK && !vonk_http_is_success(&request->call) && request->call.status != 404) status = s3_request_raise(task, request, path, true);
  s3_request_destroy(request);
  return status;
}

/* The key of an entry of a listing below PATH, whose own key is KEY. */
static struct vonk_str key_of(struct vonk_str path, struct vonk_str key, struct vonk_str entry) {
  return vonk_str_slice(entry, path.size - key.size, entry.size);
}

static STATUS s3_remove(struct vonk_task *task, struct vonk_str path) {
  struct s3_bucket *bucket;
  struct vonk_str key;
  struct vonk_fs_list below = {0};
  while (path.size && path.data[path.size - 1] == '/') path.size--;
  TRY(s3_bucket_open(task, task->arena, path, &bucket, &key));
  if (key.size == 0) return vonk_fs_raise_write(task, path, "a bucket is not removed");
  TRY(list(task, path, false, &below));
  for (size_t i = 0; i < below.count; i++) {
    TRY(vonk_task_check(task));
    TRY(remove_key(task, bucket, below.items[i].path, key_of(path, key, below.items[i].path)));
  }
  return remove_key(task, bucket, path, key);
}

/* --- moving: a copy made by the store, then the old one goes --- */

static STATUS copy_key(struct vonk_task *task, const struct s3_bucket *from, struct vonk_str source, const struct s3_bucket *to, struct vonk_str path, struct vonk_str key) {
  struct s3_request *request = s3_request_create(to, "PUT", key, NULL, 0);
  s3_known_forget(task, to, key);
  struct vonk_text text;
  vonk_text_init(&text, task->arena);
  vonk_text_add_char(&text, '/');
  vonk_http_escape(&text, from->name, false);
  vonk_text_add_char(&text, '/');
  vonk_http_escape(&text, source, true);
  s3_request_header(request, STR("x-amz-copy-source"), vonk_text_str(&text));
  s3_request_body(request, STR(""));
  enum vonk_status status = s3_request_run(task, request, path, true);
  if (status == VONK_OK) {
    s3_request_explain(request); /* errors may stand behind a status of 200 */
    if (!vonk_http_is_success(&request->call) || request->error_code.size) status = s3_request_raise(task, request, path, true);
  }
  s3_request_destroy(request);
  return status;
}

static STATUS s3_move(struct vonk_task *task, struct vonk_str from, struct vonk_str to) {
  struct s3_bucket *source, *target;
  struct vonk_str source_key, target_key;
  struct vonk_fs_list below = {0};
  struct vonk_fs_entry entry;
  bool found;
  while (from.size && from.data[from.size - 1] == '/') from.size--;
  while (to.size && to.data[to.size - 1] == '/') to.size--;
  TRY(s3_bucket_open(task, task->arena, from, &source, &source_key));
  TRY(s3_bucket_open(task, task->arena, to, &target, &target_key));
  TRY(s3_stat(task, from, &found, &entry));
  if (!found) return vonk_fs_raise_missing(task, from);
  if (entry.is_folder) TRY(list(task, from, false, &below));
  else *ARRAY_PUSH(task->arena, &below) = entry;
  for (size_t i = 0; i < below.count; i++) {
    struct vonk_str key = key_of(from, source_key, below.items[i].path);
    struct vonk_str new_key = vonk_str_format(task->arena, STR_FMT STR_FMT, STR_ARG(target_key), STR_ARG(vonk_str_slice(key, source_key.size, key.size)));
    TRY(vonk_task_check(task));
    TRY(copy_key(task, source, key, target, to, new_key));
  }
  for (size_t i = 0; i < below.count; i++) TRY(remove_key(task, source, below.items[i].path, key_of(from, source_key, below.items[i].path)));
  return VONK_OK;
}

const struct vonk_fs_type vonk_fs_s3 = {
    .schemes = {"s3a", "s3", "s3n"},
    .open = s3_open,
    .stat = s3_stat,
    .list = s3_list_folder,
    .list_below = s3_list_below,
    .remove = s3_remove,
    .create = s3_create,
    .move = s3_move,
    .create_if_absent = s3_create_if_absent,
};
