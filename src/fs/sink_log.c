/* sink_log.c: see sink_log.h. */
#include "fs/sink_log.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/map.h"
#include "type/json.h"

static struct vonk_str log_folder(struct vonk_arena *arena, struct vonk_str folder) {
  while (folder.size > 1 && folder.data[folder.size - 1] == '/') folder.size--;
  return vonk_str_format(arena, STR_FMT "/" VONK_SINK_LOG_FOLDER, STR_ARG(folder));
}

/* --- paths --- */

static bool is_quoted(char c) { return (unsigned char)c <= ' ' || c == 0x7f || strchr("\"#%<>?[\\]^`{|}", c); }

struct vonk_str vonk_log_path_write(struct vonk_arena *arena, struct vonk_str path) {
  struct vonk_text text;
  vonk_text_init(&text, arena);
  if (vonk_str_starts_with(path, STR("/"))) vonk_text_add(&text, STR("file://"));
  for (size_t i = 0; i < path.size; i++) {
    if (is_quoted(path.data[i])) vonk_text_addf(&text, "%%%02X", (unsigned char)path.data[i]);
    else vonk_text_add_char(&text, path.data[i]);
  }
  return vonk_text_str(&text);
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct vonk_str vonk_log_path_read(struct vonk_arena *arena, struct vonk_str text) {
  struct vonk_text path;
  vonk_text_init(&path, arena);
  if (vonk_str_starts_with(text, STR("file:"))) {
    text = vonk_str_slice(text, 5, text.size);
    while (text.size > 1 && text.data[0] == '/' && text.data[1] == '/') text = vonk_str_slice(text, 1, text.size);
  }
  for (size_t i = 0; i < text.size; i++) {
    int high = text.data[i] == '%' && i + 2 < text.size ? digit_of(text.data[i + 1]) : -1, low = high >= 0 ? digit_of(text.data[i + 2]) : -1;
    vonk_text_add_char(&path, low >= 0 ? (char)(high * 16 + low) : text.data[i]);
    if (low >= 0) i += 2;
  }
  return vonk_text_str(&path);
}

/* --- entries --- */

struct line {
  struct vonk_fs_entry entry;
  bool is_delete;
};

static STATUS parse(struct vonk_task *task, struct vonk_str text, struct line *out) {
  struct vonk_json json = {.arena = task->arena, .text = text};
  uint32_t members = 0;
  struct vonk_str key;
  int64_t number;
  bool good = true;
  *out = (struct line){0};
  vonk_json_expect(&json, '{');
  while (vonk_json_next_member(&json, &members, &key)) {
    if (vonk_str_equal(key, STR("path"))) {
      out->entry.path = vonk_log_path_read(task->arena, vonk_json_string(&json));
    } else if (vonk_str_equal(key, STR("action"))) {
      out->is_delete = vonk_str_equal(vonk_json_string(&json), STR("delete"));
    } else if (vonk_str_equal(key, STR("size"))) {
      good &= vonk_str_to_int64(vonk_json_skip(&json), &number) && number >= 0;
      out->entry.byte_size = good ? (uint64_t)number : 0;
    } else if (vonk_str_equal(key, STR("modificationTime"))) {
      good &= vonk_str_to_int64(vonk_json_skip(&json), &number) && number >= 0 && number < INT64_MAX / 1000000;
      out->entry.mtime_ns = good ? number * 1000000 : 0;
    } else {
      (void)vonk_json_skip(&json);
    }
  }
  return good && !json.failed && out->entry.path.size ? VONK_OK : vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", text, NULL);
}

static int by_path(const void *a, const void *b) { return vonk_str_compare(((const struct vonk_fs_entry *)a)->path, ((const struct vonk_fs_entry *)b)->path); }

STATUS vonk_sink_log_files(struct vonk_task *task, struct vonk_str folder, bool *found, struct vonk_fs_list *out) {
  struct vonk_str log = log_folder(task->arena, folder);
  struct vonk_log_lines lines = {0};
  struct vonk_fs_entry entry;
  struct vonk_map deleted;
  size_t before = out->count;
  TRY(vonk_fs_stat(task, log, found, &entry));
  if (!*found) return VONK_OK;
  TRY(vonk_compact_log_read(task, log, -1, &lines));
  vonk_map_init(&deleted, task->arena, false);
  for (size_t i = 0; i < lines.count; i++) {
    struct line line;
    TRY(parse(task, lines.items[i], &line));
    if (line.is_delete) vonk_map_put(&deleted, line.entry.path, out);
    else *ARRAY_PUSH(task->arena, out) = line.entry;
  }
  size_t kept = before;
  for (size_t i = before; i < out->count; i++) {
    if (!vonk_map_has(&deleted, out->items[i].path)) out->items[kept++] = out->items[i];
  }
  out->count = kept;
  if (kept > before) qsort(out->items + before, kept - before, sizeof *out->items, by_path);
  return VONK_OK;
}

STATUS vonk_sink_log_remove(struct vonk_task *task, struct vonk_str folder) { return vonk_fs_remove(task, log_folder(task->arena, folder)); }

STATUS vonk_sink_log_latest(struct vonk_task *task, struct vonk_str folder, int64_t *out) {
  return vonk_compact_log_latest(task, log_folder(task->arena, folder), out);
}

STATUS vonk_sink_log_add(struct vonk_task *task, struct vonk_str folder, int64_t batch, const struct vonk_fs_list *files, const struct vonk_compact_log_options *options) {
  struct vonk_log_lines lines = {0};
  for (size_t i = 0; i < files->count; i++) {
    const struct vonk_fs_entry *file = &files->items[i];
    struct vonk_text text;
    vonk_text_init(&text, task->arena);
    vonk_text_add(&text, STR("{\"path\":"));
    vonk_json_quote(&text, vonk_log_path_write(task->arena, file->path));
    vonk_text_addf(&text, ",\"size\":%" PRIu64 ",\"isDir\":false,\"modificationTime\":%" PRId64 ",\"blockReplication\":1,\"blockSize\":33554432,\"action\":\"add\"}",
                   file->byte_size, file->mtime_ns / 1000000);
    *ARRAY_PUSH(task->arena, &lines) = vonk_text_str(&text);
  }
  return vonk_compact_log_add(task, log_folder(task->arena, folder), batch, &lines, options);
}
