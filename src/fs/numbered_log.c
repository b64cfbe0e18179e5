/* numbered_log.c: see numbered_log.h. */
#include "fs/numbered_log.h"

#include <inttypes.h>

#include "base/array.h"

#define VERSION STR("v1")
#define COMPACT STR(".compact")

static struct vonk_str path_of(struct vonk_arena *arena, struct vonk_str folder, int64_t number, bool compact) {
  return vonk_str_format(arena, STR_FMT "/%" PRId64 "%s", STR_ARG(folder), number, compact ? ".compact" : "");
}

/* Spark's checksum of a file would not fit another of its name. */
static STATUS remove_checksum(struct vonk_task *task, struct vonk_str folder, int64_t number, bool compact) {
  return vonk_fs_remove(task, vonk_str_format(task->arena, STR_FMT "/.%" PRId64 "%s.crc", STR_ARG(folder), number, compact ? ".compact" : ""));
}

/* The number of the entry that ENTRY is, -1 when it is none. */
static int64_t number_of(const struct vonk_fs_entry *entry, bool *compact) {
  struct vonk_str name = entry->path;
  size_t start = name.size;
  int64_t number;
  while (start > 0 && name.data[start - 1] != '/') start--;
  name = vonk_str_slice(name, start, name.size);
  *compact = vonk_str_ends_with(name, COMPACT);
  if (*compact) name.size -= COMPACT.size;
  if (name.size == 0 || name.data[0] < '0' || name.data[0] > '9' || entry->is_folder) return -1;
  return vonk_str_to_int64(name, &number) ? number : -1;
}

STATUS vonk_numbered_log_latest(struct vonk_task *task, struct vonk_str folder, int64_t *out) {
  struct vonk_fs_list list;
  *out = -1;
  TRY(vonk_fs_list_folder(task, folder, &list));
  for (size_t i = 0; i < list.count; i++) {
    bool compact;
    int64_t number = number_of(&list.items[i], &compact);
    if (!compact && number > *out) *out = number;
  }
  return VONK_OK;
}

static STATUS raise_malformed(struct vonk_task *task, struct vonk_str text) {
  struct vonk_str start = vonk_str_slice(text, 0, text.size < 40 ? text.size : 40);
  return vonk_raise(task, VONK_MALFORMED_LOG_FILE, NULL, "text", start, NULL);
}

static STATUS read_entry(struct vonk_task *task, struct vonk_str folder, int64_t number, bool compact, bool *found, struct vonk_str *out) {
  struct vonk_str path = path_of(task->arena, folder, number, compact), text;
  struct vonk_fs_entry entry;
  TRY(vonk_fs_stat(task, path, found, &entry));
  if (!*found) return VONK_OK;
  TRY(vonk_fs_read_small(task, path, VONK_LOG_ENTRY_BYTES_MAX, &text));
  size_t end = vonk_str_find(text, STR("\n"), 0);
  if (end == SIZE_MAX) end = text.size;
  if (!vonk_str_equal(vonk_str_trim(vonk_str_slice(text, 0, end)), VERSION)) return raise_malformed(task, text);
  *out = vonk_str_slice(text, end < text.size ? end + 1 : end, text.size);
  return VONK_OK;
}

STATUS vonk_numbered_log_read(struct vonk_task *task, struct vonk_str folder, int64_t number, bool *found, struct vonk_str *out) {
  return read_entry(task, folder, number, false, found, out);
}

static STATUS add_entry(struct vonk_task *task, struct vonk_str folder, int64_t number, bool compact, struct vonk_str text) {
  enum vonk_fs_claim claim = VONK_FS_ASK_AGAIN;
  struct vonk_text whole;
  vonk_text_init(&whole, task->arena);
  vonk_text_add(&whole, VERSION);
  if (text.size) vonk_text_add_char(&whole, '\n');
  vonk_text_add(&whole, text);
  TRY(vonk_fs_make_folder(task, folder));
  TRY(remove_checksum(task, folder, number, compact));
  while (claim == VONK_FS_ASK_AGAIN) {
    TRY(vonk_task_check(task));
    TRY(vonk_fs_create_if_absent(task, path_of(task->arena, folder, number, compact), vonk_text_str(&whole), &claim));
  }
  return claim == VONK_FS_WON ? VONK_OK : vonk_raisef(task, VONK_CONCURRENT_STREAM_LOG_UPDATE, NULL, "batchId", "%" PRId64, number);
}

STATUS vonk_numbered_log_add(struct vonk_task *task, struct vonk_str folder, int64_t number, struct vonk_str text) {
  return add_entry(task, folder, number, false, text);
}

STATUS vonk_numbered_log_purge(struct vonk_task *task, struct vonk_str folder, int64_t first_kept) {
  struct vonk_fs_list list;
  TRY(vonk_fs_list_folder(task, folder, &list));
  for (size_t i = 0; i < list.count; i++) {
    bool compact;
    int64_t number = number_of(&list.items[i], &compact);
    if (number < 0 || compact || number >= first_kept) continue;
    TRY(vonk_fs_remove(task, list.items[i].path));
    TRY(remove_checksum(task, folder, number, false));
  }
  return VONK_OK;
}

/* --- compact logs --- */

struct state {
  int64_t latest;              /* -1: empty */
  int64_t compact, before;     /* the latest compact entry, and the one before it; -1: none */
};

static STATUS look(struct vonk_task *task, struct vonk_str folder, int64_t last, struct state *out) {
  struct vonk_fs_list list;
  *out = (struct state){-1, -1, -1};
  TRY(vonk_fs_list_folder(task, folder, &list));
  for (size_t i = 0; i < list.count; i++) {
    bool compact;
    int64_t number = number_of(&list.items[i], &compact);
    if (number < 0 || (last >= 0 && number > last)) continue;
    if (number > out->latest) out->latest = number;
    if (!compact) continue;
    if (number > out->compact) {
      out->before = out->compact;
      out->compact = number;
    } else if (number > out->before) {
      out->before = number;
    }
  }
  return VONK_OK;
}

STATUS vonk_compact_log_latest(struct vonk_task *task, struct vonk_str folder, int64_t *out) {
  struct state state;
  TRY(look(task, folder, -1, &state));
  *out = state.latest;
  return VONK_OK;
}

static void add_lines(struct vonk_arena *arena, struct vonk_str text, struct vonk_log_lines *out) {
  for (size_t at = 0; at < text.size;) {
    size_t end = vonk_str_find(text, STR("\n"), at);
    if (end == SIZE_MAX) end = text.size;
    if (end > at) *ARRAY_PUSH(arena, out) = vonk_str_slice(text, at, end);
    at = end + 1;
  }
}

static STATUS read_lines(struct vonk_task *task, struct vonk_str folder, int64_t number, bool compact, bool *found, struct vonk_log_lines *out) {
  struct vonk_str text = {0};
  TRY(read_entry(task, folder, number, compact, found, &text));
  add_lines(task->arena, text, out);
  return VONK_OK;
}

STATUS vonk_compact_log_read_one(struct vonk_task *task, struct vonk_str folder, int64_t number, bool *found, struct vonk_log_lines *out) {
  TRY(read_lines(task, folder, number, false, found, out));
  return *found ? VONK_OK : read_lines(task, folder, number, true, found, out);
}

STATUS vonk_compact_log_read(struct vonk_task *task, struct vonk_str folder, int64_t last, struct vonk_log_lines *out) {
  struct state state;
  bool found;
  TRY(look(task, folder, last, &state));
  if (state.compact >= 0) TRY(read_lines(task, folder, state.compact, true, &found, out));
  for (int64_t number = state.compact + 1; number <= state.latest; number++) {
    TRY(read_lines(task, folder, number, false, &found, out));
    if (!found) return vonk_raisef(task, VONK_BATCH_METADATA_NOT_FOUND, NULL, "batchMetadataFile", STR_FMT "/%" PRId64, STR_ARG(folder), number);
  }
  return VONK_OK;
}

/* The setting may have changed since the log began: its compact entries tell the interval, or one that fits the only one. */
static int64_t interval_of(const struct state *state, int64_t wanted) {
  int64_t length = state->compact + 1;
  if (state->compact < 0) return wanted;
  if (state->before >= 0) return state->compact - state->before;
  for (int64_t i = wanted; i <= length / 2; i++) {
    if (length % i == 0) return i;
  }
  return length;
}

/* What a compact entry holds goes after a while: others may be reading it. */
static STATUS remove_expired(struct vonk_task *task, struct vonk_str folder, int64_t compact, const struct vonk_compact_log_options *options) {
  struct vonk_fs_list list;
  if (options->keep_ms < 0) return VONK_OK;
  TRY(vonk_fs_list_folder(task, folder, &list));
  for (size_t i = 0; i < list.count; i++) {
    bool is_compact;
    int64_t number = number_of(&list.items[i], &is_compact);
    if (number < 0 || number >= compact || list.items[i].mtime_ns / 1000000 > options->now_ms - options->keep_ms) continue;
    TRY(vonk_fs_remove(task, list.items[i].path));
    TRY(remove_checksum(task, folder, number, is_compact));
  }
  return VONK_OK;
}

STATUS vonk_compact_log_add(struct vonk_task *task, struct vonk_str folder, int64_t number, const struct vonk_log_lines *lines,
                            const struct vonk_compact_log_options *options) {
  struct vonk_log_lines all = {0};
  struct vonk_text text;
  struct state state;
  TRY(look(task, folder, -1, &state));
  bool compact = (number + 1) % interval_of(&state, options->interval) == 0;
  if (compact && number) TRY(vonk_compact_log_read(task, folder, number - 1, &all));
  for (size_t i = 0; i < lines->count; i++) *ARRAY_PUSH(task->arena, &all) = lines->items[i];
  vonk_text_init(&text, task->arena);
  for (size_t i = 0; i < all.count; i++) {
    if (i) vonk_text_add_char(&text, '\n');
    vonk_text_add(&text, all.items[i]);
  }
  TRY(add_entry(task, folder, number, compact, vonk_text_str(&text)));
  return compact ? remove_expired(task, folder, number, options) : VONK_OK;
}
