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

STATUS vonk_fs_raise_read(struct vonk_task *task, struct vonk_str path, const char *reason) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__NO_HINT, NULL, "path", path, "reason", vonk_str_of(reason), NULL);
}

STATUS vonk_fs_raise_missing(struct vonk_task *task, struct vonk_str path) {
  return vonk_raise(task, VONK_FAILED_READ_FILE__FILE_NOT_EXIST, NULL, "path", path, NULL);
}

STATUS vonk_fs_raise_write(struct vonk_task *task, struct vonk_str path, const char *reason) {
  return vonk_raise(task, VONK_FAILED_WRITE_FILE, NULL, "path", path, "reason", vonk_str_of(reason), NULL);
}

static const struct vonk_fs_type *find_type(struct vonk_str scheme) {
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    for (size_t k = 0; k < COUNT_OF(types[i]->schemes) && types[i]->schemes[k]; k++) {
      if (vonk_str_equal_nocase(scheme, vonk_str_of(types[i]->schemes[k]))) return types[i];
    }
  }
  return NULL;
}

/* "file:///a", "file:/a", "file://host/a" are /a. */
static struct vonk_str without_scheme(struct vonk_str path, size_t colon) {
  path = vonk_str_slice(path, colon + 1, path.size);
  if (!vonk_str_starts_with(path, STR("//"))) return path;
  size_t root = vonk_str_find(path, STR("/"), 2);
  return vonk_str_slice(path, root == SIZE_MAX ? path.size : root, path.size);
}

STATUS vonk_fs_resolve(struct vonk_task *task, struct vonk_str *path, const struct vonk_fs_type **out) {
  *out = types[0];
  size_t colon = vonk_str_find(*path, STR(":"), 0), slash = vonk_str_find(*path, STR("/"), 0);
  if (colon == SIZE_MAX || colon < 2 || slash < colon) return VONK_OK;
  const struct vonk_fs_type *type = find_type(vonk_str_slice(*path, 0, colon));
  if (type) *out = type;
  if (type == types[0]) *path = without_scheme(*path, colon);
  if (type || slash != colon + 1) return VONK_OK;
  return vonk_raisef(task, VONK_UNSUPPORTED_FEATURE, NULL, "feature", "the file system of " STR_FMT, STR_ARG(*path));
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
  return type->make_folder ? type->make_folder(task, path) : VONK_OK;
}

static STATUS read_only(struct vonk_task *task, struct vonk_str path) {
  return vonk_fs_raise_write(task, path, "nothing can be written to this file system");
}

STATUS vonk_fs_remove(struct vonk_task *task, struct vonk_str path) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->remove ? type->remove(task, path) : read_only(task, path);
}

STATUS vonk_fs_remove_empty(struct vonk_task *task, struct vonk_str path) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->remove_empty ? type->remove_empty(task, path) : VONK_OK;
}

STATUS vonk_fs_move(struct vonk_task *task, struct vonk_str from, struct vonk_str to) {
  const struct vonk_fs_type *type, *other;
  TRY(vonk_fs_resolve(task, &from, &type));
  TRY(vonk_fs_resolve(task, &to, &other));
  ASSERT(type == other);
  return type->move ? type->move(task, from, to) : read_only(task, to);
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

STATUS vonk_fs_create_if_absent(struct vonk_task *task, struct vonk_str path, struct vonk_str bytes, enum vonk_fs_claim *out) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->create_if_absent ? type->create_if_absent(task, path, bytes, out) : read_only(task, path);
}

STATUS vonk_fs_read_small(struct vonk_task *task, struct vonk_str path, size_t limit, struct vonk_str *out) {
  struct vonk_file *file;
  TRY(vonk_file_open(task, path, &file));
  enum vonk_status status = file->byte_size > limit ? vonk_fs_raise_read(task, path, "the file is longer than such a file may be") : VONK_OK;
  if (status == VONK_OK) {
    char *bytes = vonk_arena_alloc(task->arena, (size_t)file->byte_size);
    *out = vonk_str_make(bytes, (size_t)file->byte_size);
    status = vonk_file_read(task, file, 0, out->size, bytes);
  }
  vonk_file_close(file);
  return status;
}

/* --- writing --- */

STATUS vonk_output_create(struct vonk_task *task, struct vonk_str path, struct vonk_output **out) {
  const struct vonk_fs_type *type;
  TRY(vonk_fs_resolve(task, &path, &type));
  return type->create ? type->create(task, path, out) : read_only(task, path);
}

STATUS vonk_output_write(struct vonk_task *task, struct vonk_output *output, const void *bytes, size_t size) {
  ASSERT(!output->sealed);
  output->position += size;
  return output->type->write(task, output, bytes, size);
}

STATUS vonk_output_seal(struct vonk_task *task, struct vonk_output *output) {
  ASSERT(!output->sealed);
  output->sealed = true;
  return output->type->seal(task, output);
}

STATUS vonk_output_commit(struct vonk_task *task, struct vonk_output *output) {
  enum vonk_status status = output->type->publish(task, output);
  output->type->close(output);
  return status;
}

void vonk_output_abort(struct vonk_output *output) {
  if (output) output->type->close(output);
}

/* --- finding --- */

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

static STATUS walk_at_once(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str folder, struct vonk_fs_list *out) {
  struct vonk_fs_list entries = {0};
  TRY(type->list_below(task, folder, &entries));
  while (folder.size && folder.data[folder.size - 1] == '/') folder.size--;
  for (size_t i = 0; i < entries.count; i++) {
    if (!is_hidden_below(entries.items[i].path, folder.size + 1)) *ARRAY_PUSH(task->arena, out) = entries.items[i];
  }
  return VONK_OK;
}

static STATUS walk(struct vonk_task *task, const struct vonk_fs_type *type, struct vonk_str folder, int depth, struct vonk_fs_list *out) {
  if (depth > DEPTH_MAX) return vonk_fs_raise_read(task, folder, "folders are nested too deep");
  TRY(vonk_task_check(task));
  if (type->list_below) return walk_at_once(task, type, folder, out);
  struct vonk_fs_list entries = {0};
  TRY(type->list(task, folder, &entries));
  for (size_t i = 0; i < entries.count; i++) {
    if (is_hidden(vonk_fs_base_name(entries.items[i].path))) continue;
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
  vonk_fs_sort(out, before);
  return VONK_OK;
}

STATUS vonk_fs_walk(struct vonk_task *task, const struct vonk_fs_entry *entry, struct vonk_fs_list *out) {
  const struct vonk_fs_type *type;
  struct vonk_str path = entry->path;
  size_t before = out->count;
  TRY(vonk_fs_resolve(task, &path, &type));
  if (entry->is_folder) TRY(walk(task, type, path, 0, out));
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
