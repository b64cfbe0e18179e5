/* local.c: the local file system.
 *
 * Structs of open files live in malloc-free buffers of no budget (they are a few per worker). Output goes to a hidden name
 * in the same folder through a block of 256 KiB; commit is fsync, rename, fsync of the folder.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "fs/fs_internal.h"
#include "fs/journal.h"

struct local_file {
  struct vonk_file file;
  struct vonk_arena *arena; /* holds this struct */
  int descriptor;
};

struct local_output {
  struct vonk_output output;
  struct vonk_arena *arena; /* holds this struct */
  struct vonk_str hidden, folder;
  struct vonk_buffer *block; /* NULL once sealed */
  uint64_t written, started; /* bytes handed to the system, and those it has been told to bring to disk */
  int descriptor;            /* -1 once sealed */
};

enum { OUTPUT_BLOCK_BYTES = 256 * 1024, WRITE_BEHIND_BYTES = 8 << 20, REMOVE_DEPTH_MAX = 64, HIDDEN_NAME_SIZE = 60 };

static STATUS raise_read_errno(struct vonk_task *task, struct vonk_str path, int number) {
  if (number == ENOENT || number == ENOTDIR) return vonk_fs_raise_missing(task, path);
  return vonk_fs_raise_read(task, path, strerror(number));
}

static STATUS raise_write(struct vonk_task *task, struct vonk_str path, int number) {
  return vonk_fs_raise_write(task, path, strerror(number));
}

static int64_t mtime_ns(const struct stat *status) {
  return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

static const struct vonk_file_type local_file_type;
static const struct vonk_output_type local_output_type;

static STATUS local_open(struct vonk_task *task, struct vonk_str path, struct vonk_file **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  path = vonk_str_copy(arena, path);
  int descriptor = open(path.data, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0 || S_ISDIR(status.st_mode)) {
    enum vonk_status failed = raise_read_errno(task, path, descriptor < 0 ? errno : EISDIR);
    if (descriptor >= 0) close(descriptor);
    vonk_arena_destroy(arena);
    return failed;
  }
  struct local_file *file = ARENA_NEW(arena, struct local_file);
  file->arena = arena;
  file->descriptor = descriptor;
  file->file = (struct vonk_file){.type = &local_file_type, .path = path, .byte_size = (uint64_t)status.st_size, .mtime_ns = mtime_ns(&status),
                                 .inode = status.st_ino};
  *out = &file->file;
  return VONK_OK;
}

static STATUS local_read(struct vonk_task *task, struct vonk_file *base, uint64_t offset, size_t size, void *out) {
  struct local_file *file = (struct local_file *)base;
  if (offset > INT64_MAX || size > INT64_MAX - offset) return vonk_fs_raise_read(task, base->path, "an offset lies outside of the file");
  uint8_t *to = out;
  while (size > 0) {
    ssize_t got = pread(file->descriptor, to, size, (off_t)offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return raise_read_errno(task, base->path, errno);
    if (got == 0) return vonk_fs_raise_read(task, base->path, "the file is shorter than it says");
    to += got, offset += (uint64_t)got, size -= (size_t)got;
  }
  return VONK_OK;
}

/* Whether the first byte is in the system's cache answers for all: then the hint would cost more than it is worth. */
static void local_prefetch(struct vonk_file *base, uint64_t offset, uint64_t size) {
  struct local_file *file = (struct local_file *)base;
  uint8_t byte;
  struct iovec first = {.iov_base = &byte, .iov_len = 1};
  if (offset > INT64_MAX || size > INT64_MAX - offset) return;
  if (preadv2(file->descriptor, &first, 1, (off_t)offset, RWF_NOWAIT) == 1) return;
  (void)posix_fadvise(file->descriptor, (off_t)offset, (off_t)size, POSIX_FADV_WILLNEED);
}

static void local_close(struct vonk_file *base) {
  struct local_file *file = (struct local_file *)base;
  close(file->descriptor);
  vonk_arena_destroy(file->arena);
}

static const struct vonk_file_type local_file_type = {.read = local_read, .prefetch = local_prefetch, .close = local_close};

static STATUS local_stat(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_fs_entry *out) {
  struct vonk_str name = vonk_str_copy(task->arena, path);
  struct stat status;
  *found = stat(name.data, &status) == 0;
  if (!*found) return errno == ENOENT || errno == ENOTDIR ? VONK_OK : raise_read_errno(task, path, errno);
  *out = (struct vonk_fs_entry){.path = name, .byte_size = (uint64_t)status.st_size, .mtime_ns = mtime_ns(&status), .inode = status.st_ino,
                                .is_folder = S_ISDIR(status.st_mode)};
  return VONK_OK;
}

static STATUS local_list(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out) {
  DIR *folder = opendir(vonk_str_copy(task->arena, path).data);
  if (!folder) return raise_read_errno(task, path, errno);
  enum vonk_status status = VONK_OK;
  const char *joint = vonk_str_ends_with(path, STR("/")) ? "" : "/";
  for (struct dirent *entry; status == VONK_OK && (entry = readdir(folder));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    bool found;
    struct vonk_fs_entry item;
    status = local_stat(task, vonk_str_format(task->arena, STR_FMT "%s%s", STR_ARG(path), joint, entry->d_name), &found, &item);
    if (status == VONK_OK && found) *ARRAY_PUSH(task->arena, out) = item;
  }
  closedir(folder);
  vonk_fs_sort(out, 0);
  return status;
}

/* Another writer that ends may remove an empty folder which this one is about to fill, so what needs a folder is tried again. */
enum { FOLDER_TRIES = 100 };

/* False, with errno, at the first folder that cannot be made. */
static bool make_folders(char *name, size_t size) {
  for (size_t i = 1; i <= size; i++) {
    if (i < size && name[i] != '/') continue;
    char kept = name[i];
    name[i] = 0;
    bool made = mkdir(name, 0777) == 0 || errno == EEXIST;
    name[i] = kept;
    if (!made) return false;
  }
  return true;
}

static STATUS local_make_folder(struct vonk_task *task, struct vonk_str path) {
  char *name = (char *)(uintptr_t)vonk_str_copy(task->arena, path).data;
  for (int i = 0; i < FOLDER_TRIES; i++) {
    if (make_folders(name, path.size)) return VONK_OK;
    if (errno != ENOENT) break;
  }
  return raise_write(task, path, errno);
}

static STATUS remove_below(struct vonk_task *task, struct vonk_str path, int depth) {
  const char *name = vonk_str_copy(task->arena, path).data;
  struct stat status;
  if (lstat(name, &status) != 0) return errno == ENOENT ? VONK_OK : raise_write(task, path, errno);
  if (S_ISDIR(status.st_mode)) {
    if (depth > REMOVE_DEPTH_MAX) return vonk_fs_raise_read(task, path, "folders are nested too deep");
    struct vonk_fs_list entries = {0};
    TRY(local_list(task, path, &entries));
    for (size_t i = 0; i < entries.count; i++) TRY(remove_below(task, entries.items[i].path, depth + 1));
  }
  if (remove(name) != 0 && errno != ENOENT) return raise_write(task, path, errno);
  return VONK_OK;
}

static STATUS local_remove(struct vonk_task *task, struct vonk_str path) { return remove_below(task, path, 0); }

static STATUS local_remove_empty(struct vonk_task *task, struct vonk_str path) {
  if (rmdir(vonk_str_copy(task->arena, path).data) == 0) return VONK_OK;
  bool stays = errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT || errno == ENOTDIR;
  return stays ? VONK_OK : raise_write(task, path, errno);
}

/* The folder that PATH lies in; the name begins at *NAME. */
static struct vonk_str folder_of(struct vonk_str path, size_t *name) {
  size_t slash = path.size;
  while (slash > 0 && path.data[slash - 1] != '/') slash--;
  *name = slash;
  return slash > 1 ? vonk_str_slice(path, 0, slash - 1) : slash == 1 ? STR("/") : STR(".");
}

static STATUS sync_folder(struct vonk_task *task, struct vonk_str folder) {
  int descriptor = open(vonk_str_copy(task->arena, folder).data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return raise_write(task, folder, errno);
  int failed = fsync(descriptor), number = errno;
  close(descriptor);
  return failed ? raise_write(task, folder, number) : VONK_OK;
}

static STATUS local_move(struct vonk_task *task, struct vonk_str from, struct vonk_str to) {
  size_t name;
  struct vonk_str folder = folder_of(to, &name);
  const char *source = vonk_str_copy(task->arena, from).data, *target = vonk_str_copy(task->arena, to).data;
  for (int i = 0; i < FOLDER_TRIES; i++) {
    TRY(local_make_folder(task, folder));
    if (rename(source, target) == 0) return sync_folder(task, folder);
    if (errno != ENOENT) break;
  }
  return raise_write(task, to, errno);
}

/* --- writing --- */

static STATUS open_hidden(struct vonk_task *task, struct local_output *output) {
  for (int i = 0; i < FOLDER_TRIES; i++) {
    TRY(local_make_folder(task, output->folder));
    output->descriptor = open(output->hidden.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (output->descriptor >= 0) return VONK_OK;
    if (errno != ENOENT) break;
  }
  return raise_write(task, output->output.path, errno);
}

static void output_close(struct vonk_output *base) {
  struct local_output *output = (struct local_output *)base;
  if (output->descriptor >= 0) close(output->descriptor);
  unlink(output->hidden.data);
  vonk_buffer_release(output->block);
  vonk_arena_destroy(output->arena);
}

static STATUS local_create(struct vonk_task *task, struct vonk_str path, struct vonk_output **out) {
  size_t slash;
  struct vonk_str folder = folder_of(path, &slash);
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct local_output *output = ARENA_NEW(arena, struct local_output);
  output->arena = arena;
  output->descriptor = -1;
  output->output = (struct vonk_output){.type = &local_output_type, .path = vonk_str_copy(arena, path)};
  output->folder = vonk_str_copy(arena, folder);
  size_t name_size = path.size - slash < HIDDEN_NAME_SIZE ? path.size - slash : HIDDEN_NAME_SIZE;
  struct vonk_str name = vonk_str_slice(path, slash, slash + name_size), self = vonk_journal_self(arena);
  output->hidden = vonk_str_format(arena, STR_FMT "/" VONK_JOURNAL_HIDDEN STR_FMT "-%llx." STR_FMT, STR_ARG(folder), STR_ARG(name),
                                   (unsigned long long)vonk_clock_monotonic_ns(), STR_ARG(self));
  enum vonk_status status = open_hidden(task, output);
  if (status == VONK_OK) status = vonk_buffer_create(task->budget, OUTPUT_BLOCK_BYTES, &output->block);
  if (status == VONK_OK) *out = &output->output;
  else output_close(&output->output);
  return status;
}

static STATUS write_all(struct vonk_task *task, struct local_output *output, const uint8_t *bytes, size_t size) {
  while (size > 0) {
    ssize_t put = write(output->descriptor, bytes, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return raise_write(task, output->output.path, errno);
    bytes += put, size -= (size_t)put;
    output->written += (uint64_t)put;
  }
  /* The disk works while more is made, so that the sync at the end has little left. */
  if (output->written - output->started >= WRITE_BEHIND_BYTES) {
    (void)sync_file_range(output->descriptor, (off_t)output->started, (off_t)(output->written - output->started), SYNC_FILE_RANGE_WRITE);
    output->started = output->written;
  }
  return VONK_OK;
}

static STATUS output_write(struct vonk_task *task, struct vonk_output *base, const void *bytes, size_t size) {
  struct local_output *output = (struct local_output *)base;
  struct vonk_buffer *block = output->block;
  if (block->size + size > OUTPUT_BLOCK_BYTES) {
    TRY(write_all(task, output, block->data, block->size));
    block->size = 0;
  }
  if (size >= OUTPUT_BLOCK_BYTES) return write_all(task, output, bytes, size);
  if (size) memcpy(block->data + block->size, bytes, size);
  block->size += size;
  return VONK_OK;
}

static STATUS output_seal(struct vonk_task *task, struct vonk_output *base) {
  struct local_output *output = (struct local_output *)base;
  if (output->descriptor < 0) return VONK_OK;
  TRY(write_all(task, output, output->block->data, output->block->size));
  if (fsync(output->descriptor) != 0) return raise_write(task, base->path, errno);
  vonk_buffer_release(output->block);
  output->block = NULL;
  close(output->descriptor);
  output->descriptor = -1;
  return VONK_OK;
}

static STATUS output_publish(struct vonk_task *task, struct vonk_output *base) {
  struct local_output *output = (struct local_output *)base;
  TRY(output_seal(task, base));
  if (rename(output->hidden.data, base->path.data) != 0) return raise_write(task, base->path, errno);
  return sync_folder(task, output->folder);
}

static const struct vonk_output_type local_output_type = {.write = output_write, .seal = output_seal, .publish = output_publish, .close = output_close};

/* A second name for the finished file is what only one writer can make. */
static STATUS link_absent(struct vonk_task *task, struct local_output *output, enum vonk_fs_claim *out) {
  *out = VONK_FS_WON;
  if (link(output->hidden.data, output->output.path.data) == 0) return sync_folder(task, output->folder);
  *out = VONK_FS_LOST;
  return errno == EEXIST ? VONK_OK : raise_write(task, output->output.path, errno);
}

static STATUS local_create_if_absent(struct vonk_task *task, struct vonk_str path, struct vonk_str bytes, enum vonk_fs_claim *out) {
  struct vonk_output *output;
  TRY(local_create(task, path, &output));
  enum vonk_status status = vonk_output_write(task, output, bytes.data, bytes.size);
  if (status == VONK_OK) status = vonk_output_seal(task, output);
  if (status == VONK_OK) status = link_absent(task, (struct local_output *)output, out);
  vonk_output_abort(output);
  return status;
}

const struct vonk_fs_type vonk_fs_local = {
    .schemes = {"file"},
    .renames = true,
    .open = local_open,
    .stat = local_stat,
    .list = local_list,
    .make_folder = local_make_folder,
    .remove_empty = local_remove_empty,
    .remove = local_remove,
    .create = local_create,
    .move = local_move,
    .create_if_absent = local_create_if_absent,
};
