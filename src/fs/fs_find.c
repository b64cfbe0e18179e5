/* fs_find.c: globs, and all files below a folder, on any file system; what jobs under way have not made visible is passed over. */
#include <fnmatch.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/thread.h"
#include "fs/fs_internal.h"
#include "fs/journal.h"

enum { DEPTH_MAX = 64, ALTERNATIVES_MAX = 1024, SETTLE_ROUNDS = 200, SETTLE_MS = 10, ONE_PAGE = 1000 };

struct vonk_str vonk_fs_base_name(struct vonk_str path) {
  size_t at = path.size;
  while (at > 0 && path.data[at - 1] != '/') at--;
  return vonk_str_slice(path, at, path.size);
}

static bool is_hidden(struct vonk_str name) {
  if (vonk_str_ends_with(name, STR("._COPYING_"))) return true;
  return name.size && (name.data[0] == '.' || (name.data[0] == '_' && vonk_str_find(name, STR("="), 0) == SIZE_MAX));
}

/* Any of the names from AT on. */
static bool is_hidden_below(struct vonk_str path, size_t at) {
  while (at < path.size) {
    size_t end = vonk_str_find(path, STR("/"), at);
    if (end == SIZE_MAX) end = path.size;
    if (is_hidden(vonk_str_slice(path, at, end))) return true;
    at = end + 1;
  }
  return false;
}

/* What lies below a folder. */
struct found {
  struct vonk_fs_list files;
  struct vonk_fs_list journals;
};

static void take_entry(struct vonk_task *task, const struct vonk_fs_entry *entry, struct found *out) {
  struct vonk_str name = vonk_fs_base_name(entry->path);
  if (vonk_str_starts_with(name, STR(VONK_JOURNAL_PREFIX))) *ARRAY_PUSH(task->arena, &out->journals) = *entry;
  else if (!is_hidden(name)) *ARRAY_PUSH(task->arena, &out->files) = *entry;
}

static STATUS walk_at_once(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str folder, struct found *out) {
  struct vonk_fs_list entries = {0};
  TRY(type->list_below(task, folder, &entries));
  while (folder.size && folder.data[folder.size - 1] == '/') folder.size--;
  for (size_t i = 0; i < entries.count; i++) {
    struct vonk_str path = entries.items[i].path;
    size_t name = path.size - vonk_fs_base_name(path).size;
    if (!is_hidden_below(vonk_str_slice(path, 0, name), folder.size + 1)) take_entry(task, &entries.items[i], out);
  }
  return VONK_OK;
}

static STATUS walk(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str folder, int depth, struct found *out) {
  if (depth > DEPTH_MAX) return vonk_fs_raise_read(task, folder, "folders are nested too deep");
  TRY(vonk_task_check(task));
  if (type->list_below) return walk_at_once(task, type, folder, out);
  struct vonk_fs_list entries = {0};
  TRY(type->list(task, folder, &entries));
  for (size_t i = 0; i < entries.count; i++) {
    const struct vonk_fs_entry *entry = &entries.items[i];
    if (!entry->is_folder) take_entry(task, entry, out);
    else if (!is_hidden(vonk_fs_base_name(entry->path))) TRY(walk(task, type, entry->path, depth + 1, out));
  }
  return VONK_OK;
}

/* --- jobs under way --- */

static struct vonk_str folder_of(struct vonk_str path) {
  size_t size = path.size - vonk_fs_base_name(path).size;
  return vonk_str_slice(path, 0, size);
}

/* The files that JOURNALS say are not to be seen, as a set of paths; STATE tells two readings of them apart. */
static STATUS read_journals(struct vonk_task *task, const struct vonk_fs_list *journals, struct vonk_map *hidden, struct vonk_str *state) {
  struct vonk_text text;
  vonk_text_init(&text, task->arena);
  vonk_map_init(hidden, task->arena, false);
  for (size_t i = 0; i < journals->count; i++) {
    struct vonk_journal journal;
    bool found;
    struct vonk_str path = journals->items[i].path, folder = folder_of(path);
    TRY(vonk_journal_read(task, path, &found, &journal));
    vonk_text_addf(&text, STR_FMT " %s\n", STR_ARG(path), !found ? "gone" : journal.committed ? "committed" : "prepared");
    size_t count = journal.committed ? journal.removed.count : journal.added.count;
    const struct vonk_str *files = journal.committed ? journal.removed.items : journal.added.items;
    for (size_t k = 0; k < count; k++) vonk_map_put(hidden, vonk_str_format(task->arena, STR_FMT STR_FMT, STR_ARG(folder), STR_ARG(files[k])), task);
  }
  *state = vonk_text_str(&text);
  return VONK_OK;
}

/* Journals beside the folder's own entries, as they are now. */
static STATUS list_journals(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str folder, struct vonk_fs_list *out) {
  struct vonk_fs_list entries = {0};
  TRY(type->list(task, folder, &entries));
  for (size_t i = 0; i < entries.count; i++) {
    bool is_journal = !entries.items[i].is_folder && vonk_str_starts_with(vonk_fs_base_name(entries.items[i].path), STR(VONK_JOURNAL_PREFIX));
    if (is_journal) *ARRAY_PUSH(task->arena, out) = entries.items[i];
  }
  return VONK_OK;
}

static STATUS pause_a_little(struct vonk_task *task) {
  struct vonk_mutex lock;
  struct vonk_condition_variable never;
  vonk_mutex_init(&lock);
  vonk_condition_variable_init(&never);
  vonk_mutex_lock(&lock);
  (void)vonk_condition_variable_wait_until(&never, &lock, vonk_clock_monotonic_ns() + (uint64_t)SETTLE_MS * 1000000);
  vonk_mutex_unlock(&lock);
  vonk_condition_variable_deinit(&never);
  vonk_mutex_deinit(&lock);
  return vonk_task_check(task);
}

/* A list takes time, in which a job may become visible: it counts when the journals were the same before and after. Most folders have none; those
 * whose list is one page of a store are told as they were at one moment. */
static STATUS walk_settled(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str folder, struct vonk_fs_list *out) {
  struct vonk_fs_list before = {0};
  for (int round = 0; round < SETTLE_ROUNDS; round++) {
    struct vonk_map hidden_before, hidden;
    struct vonk_str state_before, state;
    struct found found = {0};
    TRY(read_journals(task, &before, &hidden_before, &state_before));
    TRY(walk(task, type, folder, 0, &found));
    bool at_once = type->list_below && found.journals.count == 0 && found.files.count < ONE_PAGE;
    struct vonk_fs_list after = found.journals;
    if (!at_once) {
      after.count = 0;
      TRY(list_journals(task, type, folder, &after));
    }
    TRY(read_journals(task, &after, &hidden, &state));
    if (!vonk_str_equal(state_before, state)) {
      before = after;
      if (round) TRY(pause_a_little(task));
      continue;
    }
    for (size_t i = 0; i < found.files.count; i++) {
      if (!vonk_map_has(&hidden, found.files.items[i].path)) *ARRAY_PUSH(task->arena, out) = found.files.items[i];
    }
    return VONK_OK;
  }
  return vonk_fs_raise_read(task, folder, "jobs change the folder all the time");
}

static bool has_glob(struct vonk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    if (strchr("*?[{", text.data[i])) return true;
  }
  return false;
}

/* The components of PATTERN from AT on, below FOLDER. */
static STATUS expand(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str folder, struct vonk_str pattern,
                     size_t at, struct vonk_fs_list *out) {
  while (at < pattern.size && pattern.data[at] == '/') at++;
  size_t end = vonk_str_find(pattern, STR("/"), at);
  if (end == SIZE_MAX) end = pattern.size;
  struct vonk_str part = vonk_str_slice(pattern, at, end);
  bool last = end == pattern.size;
  if (part.size == 0) return VONK_OK;
  if (!has_glob(part)) {
    struct vonk_str path = folder.size == 0 ? part : vonk_str_format(task->arena, STR_FMT "%s" STR_FMT, STR_ARG(folder),
                                                                     vonk_str_ends_with(folder, STR("/")) ? "" : "/", STR_ARG(part));
    bool found;
    struct vonk_fs_entry entry;
    TRY(type->stat(task, path, &found, &entry));
    if (!found) return VONK_OK;
    if (!last) return expand(task, type, path, pattern, end, out);
    *ARRAY_PUSH(task->arena, out) = entry;
    return VONK_OK;
  }
  struct vonk_fs_list entries = {0};
  TRY(type->list(task, folder.size ? folder : STR("."), &entries));
  const char *glob = vonk_str_copy(task->arena, part).data;
  for (size_t i = 0; i < entries.count; i++) {
    struct vonk_str name = vonk_fs_base_name(entries.items[i].path);
    if (is_hidden(name) || fnmatch(glob, vonk_str_copy(task->arena, name).data, FNM_PERIOD) != 0) continue;
    if (last) {
      *ARRAY_PUSH(task->arena, out) = entries.items[i];
    } else if (entries.items[i].is_folder) {
      TRY(expand(task, type, entries.items[i].path, pattern, end, out));
    }
  }
  return VONK_OK;
}

/* "/", "scheme://authority", or nothing. */
static size_t root_size(struct vonk_str path) {
  size_t authority = vonk_str_find(path, STR("://"), 0), slash = vonk_str_find(path, STR("/"), 0);
  if (authority == SIZE_MAX || slash != authority + 1) return slash == 0 ? 1 : 0;
  size_t end = vonk_str_find(path, STR("/"), authority + 3);
  return end == SIZE_MAX ? path.size : end;
}

/* {a,b} outside of brackets becomes two patterns. */
static STATUS alternatives(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str pattern, int *left, struct vonk_fs_list *out) {
  size_t open = vonk_str_find(pattern, STR("{"), 0), close = SIZE_MAX;
  if (open != SIZE_MAX) close = vonk_str_find(pattern, STR("}"), open);
  if (close == SIZE_MAX) {
    size_t root = root_size(pattern);
    return expand(task, type, vonk_str_slice(pattern, 0, root), pattern, root, out);
  }
  for (size_t at = open + 1; at <= close;) {
    size_t comma = vonk_str_find(pattern, STR(","), at);
    if (comma > close) comma = close;
    if (--*left < 0) return vonk_fs_raise_read(task, pattern, "the pattern has too many alternatives");
    struct vonk_str one = vonk_str_format(task->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(vonk_str_slice(pattern, 0, open)),
                                          STR_ARG(vonk_str_slice(pattern, at, comma)),
                                          STR_ARG(vonk_str_slice(pattern, close + 1, pattern.size)));
    TRY(alternatives(task, type, one, left, out));
    at = comma + 1;
  }
  return VONK_OK;
}

static int by_path(const void *a, const void *b) {
  return vonk_str_compare(((const struct vonk_fs_entry *)a)->path, ((const struct vonk_fs_entry *)b)->path);
}

void vonk_fs_sort(struct vonk_fs_list *list, size_t from) {
  if (list->count > from) qsort(list->items + from, list->count - from, sizeof *list->items, by_path);
}

STATUS vonk_fs_expand(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  const struct vonk_fs_type *type;
  struct vonk_str whole = path;
  TRY(vonk_fs_resolve(task, &path, &type));
  bool found;
  struct vonk_fs_entry entry;
  while (has_glob(path) && vonk_str_ends_with(path, STR("/"))) path.size--;
  TRY(type->stat(task, path, &found, &entry));
  size_t before = out->count;
  int left = ALTERNATIVES_MAX;
  if (found) *ARRAY_PUSH(task->arena, out) = entry;
  else if (has_glob(path)) TRY(alternatives(task, type, path, &left, out));
  if (out->count == before) return vonk_raise(task, VONK_PATH_NOT_FOUND, NULL, "path", vonk_fs_uri(task->arena, whole), NULL);
  vonk_fs_sort(out, before);
  return VONK_OK;
}

STATUS vonk_fs_walk(struct vonk_task *task, const struct vonk_fs_entry *entry, struct vonk_fs_list *out) {
  const struct vonk_fs_type *type;
  struct vonk_str path = entry->path;
  size_t before = out->count;
  TRY(vonk_fs_resolve(task, &path, &type));
  if (entry->is_folder) TRY(walk_settled(task, type, path, out));
  else *ARRAY_PUSH(task->arena, out) = *entry;
  vonk_fs_sort(out, before);
  return VONK_OK;
}

STATUS vonk_fs_find(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  struct vonk_fs_list entries = {0};
  size_t before = out->count;
  TRY(vonk_fs_expand(task, path, &entries));
  for (size_t i = 0; i < entries.count; i++) TRY(vonk_fs_walk(task, &entries.items[i], out));
  vonk_fs_sort(out, before);
  return VONK_OK;
}
