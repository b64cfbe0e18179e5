/* fs.c: finds the file system of a path; globbing and walking over any of them. */
#include "fs/fs_internal.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "base/array.h"

static const struct vonk_fs_type *const types[] = {
#define VONK_FS(name) &vonk_fs_##name,
#include "fs/registry.def"
#undef VONK_FS
};

enum { DEPTH_MAX = 64, ALTERNATIVES_MAX = 1024 };

STATUS vonk_fs_resolve(struct vonk_task *task, struct vonk_str *path, const struct vonk_fs_type **out) {
  *out = types[0];
  size_t colon = vonk_str_find(*path, STR(":"), 0), slash = vonk_str_find(*path, STR("/"), 0);
  if (colon == SIZE_MAX || colon < 2 || slash < colon) return VONK_OK;
  struct vonk_str scheme = vonk_str_slice(*path, 0, colon);
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    if (!vonk_str_equal_nocase(scheme, vonk_str_of(types[i]->name))) continue;
    *out = types[i];
    *path = vonk_str_slice(*path, colon + 1, path->size);
    if (vonk_str_starts_with(*path, STR("//"))) {
      size_t root = vonk_str_find(*path, STR("/"), 2);
      *path = vonk_str_slice(*path, root == SIZE_MAX ? path->size : root, path->size);
    }
    return VONK_OK;
  }
  return slash == colon + 1 ? vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "the file system of " STR_FMT, STR_ARG(*path))
                            : VONK_OK;
}

STATUS vonk_file_open(struct vonk_task *task, struct vonk_str path, struct vonk_file **out) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->open(task, path, out);
}

STATUS vonk_file_read(struct vonk_task *task, struct vonk_file *file, uint64_t offset, size_t size, void *out) {
  return file->type->read(task, file, offset, size, out);
}

void vonk_file_close(struct vonk_file *file) {
  if (file) file->type->close(file);
}

STATUS vonk_fs_stat(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_fs_entry *out) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->stat(task, path, found, out);
}

STATUS vonk_fs_make_folder(struct vonk_task *task, struct vonk_str path) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->make_folder(task, path);
}

STATUS vonk_fs_remove(struct vonk_task *task, struct vonk_str path) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->remove(task, path);
}

STATUS vonk_fs_remove_empty(struct vonk_task *task, struct vonk_str path) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->remove_empty(task, path);
}

STATUS vonk_fs_move(struct vonk_task *task, struct vonk_str from, struct vonk_str to) {
  const struct vonk_fs_type *type, *other;
  TRY(vonk_fs_resolve(task, &from, &type));
  TRY(vonk_fs_resolve(task, &to, &other));
  ASSERT(type == other);
  return type->move(task, from, to);
}

STATUS vonk_fs_list_folder(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  const struct vonk_fs_type *type;
  struct vonk_fs_entry entry;
  bool found;
  *out = (struct vonk_fs_list){0};
  TRY(vonk_fs_resolve(task, &path, &type));
  TRY(type->stat(task, path, &found, &entry));
  return found && entry.is_folder ? type->list(task, path, out) : VONK_OK;
}

STATUS vonk_output_create(struct vonk_task *task, struct vonk_str path, struct vonk_output **out) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->create(task, path, out);
}

static struct vonk_str base_name(struct vonk_str path) {
  size_t at = path.size;
  while (at > 0 && path.data[at - 1] != '/') at--;
  return vonk_str_slice(path, at, path.size);
}

static bool is_hidden(struct vonk_str name) {
  if (vonk_str_ends_with(name, STR("._COPYING_"))) return true;
  return name.size && (name.data[0] == '.' || (name.data[0] == '_' && vonk_str_find(name, STR("="), 0) == SIZE_MAX));
}

static STATUS walk(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str folder, int depth, struct vonk_fs_list *out) {
  if (depth > DEPTH_MAX) return vonk_fs_raise_read(task, folder, "folders are nested too deep");
  TRY(vonk_task_check(task));
  struct vonk_fs_list entries = {0};
  TRY(type->list(task, folder, &entries));
  for (size_t i = 0; i < entries.count; i++) {
    if (is_hidden(base_name(entries.items[i].path))) continue;
    if (entries.items[i].is_folder) {
      TRY(walk(task, type, entries.items[i].path, depth + 1, out));
    } else {
      *ARRAY_PUSH(task->arena, out) = entries.items[i];
    }
  }
  return VONK_OK;
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
    struct vonk_str name = base_name(entries.items[i].path);
    if (is_hidden(name) || fnmatch(glob, vonk_str_copy(task->arena, name).data, FNM_PERIOD) != 0) continue;
    if (last) {
      *ARRAY_PUSH(task->arena, out) = entries.items[i];
    } else if (entries.items[i].is_folder) {
      TRY(expand(task, type, entries.items[i].path, pattern, end, out));
    }
  }
  return VONK_OK;
}

/* {a,b} outside of brackets becomes two patterns. */
static STATUS alternatives(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str pattern, int *left, struct vonk_fs_list *out) {
  size_t open = vonk_str_find(pattern, STR("{"), 0), close = SIZE_MAX;
  if (open != SIZE_MAX) close = vonk_str_find(pattern, STR("}"), open);
  if (close == SIZE_MAX) {
    return expand(task, type, vonk_str_starts_with(pattern, STR("/")) ? STR("/") : STR(""), pattern, 0, out);
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

static void sort_by_path(struct vonk_fs_list *list, size_t from) {
  if (list->count > from) qsort(list->items + from, list->count - from, sizeof *list->items, by_path);
}

struct vonk_str vonk_fs_uri(struct vonk_arena *arena, struct vonk_str path) {
  return vonk_str_starts_with(path, STR("/")) ? vonk_str_format(arena, "file:" STR_FMT, STR_ARG(path)) : path;
}

STATUS vonk_fs_expand(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  const struct vonk_fs_type *type;
  struct vonk_str whole = path;
  TRY(vonk_fs_resolve(task, &path, &type));
  bool found;
  struct vonk_fs_entry entry;
  TRY(type->stat(task, path, &found, &entry));
  size_t before = out->count;
  int left = ALTERNATIVES_MAX;
  if (found) *ARRAY_PUSH(task->arena, out) = entry;
  else if (has_glob(path)) TRY(alternatives(task, type, path, &left, out));
  if (out->count == before) return vonk_raise(task, VONK_PATH_NOT_FOUND, NULL, "path", vonk_fs_uri(task->arena, whole), NULL);
  sort_by_path(out, before);
  return VONK_OK;
}

STATUS vonk_fs_walk(struct vonk_task *task, const struct vonk_fs_entry *entry, struct vonk_fs_list *out) {
  const struct vonk_fs_type *type;
  struct vonk_str path = entry->path;
  size_t before = out->count;
  TRY(vonk_fs_resolve(task, &path, &type));
  if (entry->is_folder) TRY(walk(task, type, path, 0, out));
  else *ARRAY_PUSH(task->arena, out) = *entry;
  sort_by_path(out, before);
  return VONK_OK;
}

STATUS vonk_fs_find(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  struct vonk_fs_list entries = {0};
  size_t before = out->count;
  TRY(vonk_fs_expand(task, path, &entries));
  for (size_t i = 0; i < entries.count; i++) TRY(vonk_fs_walk(task, &entries.items[i], out));
  sort_by_path(out, before);
  return VONK_OK;
}
