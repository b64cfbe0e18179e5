/* fs.c: finds the file system of a path, and passes on what it is asked for. */
#include "fs/fs_internal.h"

#include "base/array.h"
#include "base/secret.h"

static const struct vonk_fs_type *const types[] = {
#define VONK_FS(name) &vonk_fs_##name,
#include "fs/registry.def"
#undef VONK_FS
};

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

STATUS vonk_fs_check_address(struct vonk_task *task, struct vonk_str path) {
  if (!vonk_secret_has_users(path)) return VONK_OK;
  return vonk_fs_raise_read(task, path, "a path must not hold a user and a password: they would be shown wherever paths are; there are settings for them");
}

STATUS vonk_fs_resolve(struct vonk_task *task, struct vonk_str *path, const struct vonk_fs_type **out) {
  *out = types[0];
  size_t colon = vonk_str_find(*path, STR(":"), 0), slash = vonk_str_find(*path, STR("/"), 0);
  if (colon == SIZE_MAX || colon < 2 || slash < colon) return VONK_OK;
  TRY(vonk_fs_check_address(task, *path));
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

struct vonk_str vonk_fs_uri(struct vonk_arena *arena, struct vonk_str path) {
  return vonk_str_starts_with(path, STR("/")) ? vonk_str_format(arena, "file:" STR_FMT, STR_ARG(path)) : path;
}
