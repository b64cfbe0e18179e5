/* spill_file.c: unlinked temporary files in a locked folder. */
#include "exec/spill_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/thread.h"
#include "exec/spill_closer.h"
#include "wire/compress.h"

#define HIDDEN_PREFIX ".vonk-new-"

enum { PATH_SIZE = 4096 };

struct vonk_spill_folder {
  struct vonk_arena *arena;
  struct vonk_str parent;
  char path[PATH_SIZE];
  struct vonk_mutex lock;
  int lock_file; /* -1 until the folder is made */
  struct vonk_spill_closer *closer;
};

struct vonk_spill_file {
  struct vonk_arena *arena;
  struct vonk_spill_folder *folder;
  int descriptor;
  _Atomic uint64_t size;
};

static enum vonk_status raise_io(struct vonk_task *task, const char *what, const char *path) {
  char text[PATH_SIZE + 256];
  snprintf(text, sizeof text, "%s %s: errno %d", what, path, errno);
  return vonk_raisef(task, VONK_INTERNAL_ERROR, NULL, "message", "%s", text);
}

STATUS vonk_spill_folder_create(struct vonk_task *task, struct vonk_str parent, struct vonk_spill_folder **out) {
  (void)task;
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_spill_folder *folder = ARENA_NEW(arena, struct vonk_spill_folder);
  folder->arena = arena;
  folder->parent = vonk_str_copy(arena, parent);
  folder->lock_file = -1;
  folder->closer = vonk_spill_closer_create();
  vonk_mutex_init(&folder->lock);
  vonk_spill_folder_sweep(folder->parent);
  *out = folder;
  return VONK_OK;
}

void vonk_spill_folder_destroy(struct vonk_spill_folder *folder) {
  if (!folder) return;
  vonk_spill_closer_destroy(folder->closer);
  if (folder->lock_file >= 0) {
    char path[PATH_SIZE + 8];
    snprintf(path, sizeof path, "%s/lock", folder->path);
    unlink(path);
    rmdir(folder->path);
    close(folder->lock_file);
  }
  vonk_mutex_deinit(&folder->lock);
  vonk_arena_destroy(folder->arena);
}

/* Empties and removes PATH when nobody holds its lock. */
static void sweep_one(const char *path) {
  char file[PATH_SIZE + 300];
  snprintf(file, sizeof file, "%s/lock", path);
  int lock = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (lock < 0) {
    if (errno == ENOENT) rmdir(path);
    return;
  }
  if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
      if (entry->d_name[0] == '.') continue;
      snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
      unlink(file);
    }
    if (dir) closedir(dir);
    rmdir(path);
  }
  close(lock);
}

/* A folder whose maker died before it had its lock or its name. */
static bool is_abandoned(const char *name) {
  if (strncmp(name, HIDDEN_PREFIX, strlen(HIDDEN_PREFIX)) != 0) return false;
  long maker = strtol(name + strlen(HIDDEN_PREFIX), NULL, 10);
  return maker > 0 && kill((pid_t)maker, 0) != 0 && errno == ESRCH;
}

void vonk_spill_folder_sweep(struct vonk_str parent) {
  char path[PATH_SIZE];
  snprintf(path, sizeof path, STR_FMT, STR_ARG(parent));
  DIR *dir = opendir(path);
  if (!dir) return;
  for (struct dirent *entry; (entry = readdir(dir));) {
    bool made = strncmp(entry->d_name, "vonk-spill-", 11) == 0;
    if (!made && !is_abandoned(entry->d_name)) continue;
    snprintf(path, sizeof path, STR_FMT "/%s", STR_ARG(parent), entry->d_name);
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid()) sweep_one(path);
  }
  closedir(dir);
}

/* Makes PATH with all above it. */
static bool make_parents(char *path) {
  for (char *end = path; (end = strchr(end + 1, '/'));) {
    *end = 0;
    bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
    *end = '/';
    if (!made) return false;
  }
  return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* The lock is held. */
static enum vonk_status make_folder(struct vonk_task *task, struct vonk_spill_folder *folder) {
  if (folder->lock_file >= 0) return VONK_OK;
  snprintf(folder->path, sizeof folder->path, STR_FMT, STR_ARG(folder->parent));
  if (!make_parents(folder->path)) return raise_io(task, "cannot make the folder", folder->path);
  snprintf(folder->path, sizeof folder->path, STR_FMT "/vonk-spill-%d-%llx", STR_ARG(folder->parent), (int)getpid(),
           (unsigned long long)vonk_clock_monotonic_ns());
  /* The lock is there and held before the folder has the name that others sweep. */
  char hidden[PATH_SIZE], lock[PATH_SIZE + 8];
  snprintf(hidden, sizeof hidden, STR_FMT "/" HIDDEN_PREFIX "%d-%llx", STR_ARG(folder->parent), (int)getpid(),
           (unsigned long long)vonk_clock_monotonic_ns());
  if (mkdir(hidden, 0700) != 0) return raise_io(task, "cannot make the folder", hidden);
  snprintf(lock, sizeof lock, "%s/lock", hidden);
  int descriptor = open(lock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0 || flock(descriptor, LOCK_EX | LOCK_NB) != 0 || rename(hidden, folder->path) != 0) {
    enum vonk_status status = raise_io(task, "cannot make the folder", folder->path);
    if (descriptor >= 0) close(descriptor);
    return status;
  }
  folder->lock_file = descriptor;
  return VONK_OK;
}

STATUS vonk_spill_file_create(struct vonk_task *task, struct vonk_spill_folder *folder, struct vonk_spill_file **out) {
  vonk_mutex_lock(&folder->lock);
  enum vonk_status status = make_folder(task, folder);
  vonk_mutex_unlock(&folder->lock);
  TRY(status);
  char path[PATH_SIZE + 32];
  snprintf(path, sizeof path, "%s/XXXXXX", folder->path);
  int descriptor = mkostemp(path, O_CLOEXEC);
  if (descriptor < 0) return raise_io(task, "cannot make a file in", folder->path);
  unlink(path);
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_spill_file *file = ARENA_NEW(arena, struct vonk_spill_file);
  file->arena = arena;
  file->folder = folder;
  file->descriptor = descriptor;
  *out = file;
  return VONK_OK;
}

void vonk_spill_file_destroy(struct vonk_spill_file *file) {
  if (!file) return;
  vonk_spill_closer_take(file->folder->closer, file->descriptor, atomic_load(&file->size));
  vonk_arena_destroy(file->arena);
}

/* In front of each piece. */
struct piece {
  uint32_t stored_size, size; /* equal: as it is, else by LZ4 */
};

static enum vonk_status write_at(struct vonk_task *task, struct vonk_spill_file *file, const void *data, size_t size, uint64_t at) {
  const char *from = data;
  while (size) {
    ssize_t done = pwrite(file->descriptor, from, size, (off_t)at);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return raise_io(task, "cannot write", "a spill file");
    from += done, size -= (size_t)done, at += (uint64_t)done;
  }
  return VONK_OK;
}

static enum vonk_status read_at(struct vonk_task *task, struct vonk_spill_file *file, uint64_t at, void *data, size_t size) {
  char *to = data;
  while (size) {
    ssize_t done = pread(file->descriptor, to, size, (off_t)at);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return raise_io(task, "cannot read", "a spill file");
    to += done, size -= (size_t)done, at += (uint64_t)done;
  }
  return VONK_OK;
}

static enum vonk_status write_piece(struct vonk_task *task, struct vonk_spill_file *file, const void *data, size_t stored_size, size_t size, uint64_t *offset) {
  struct piece piece = {(uint32_t)stored_size, (uint32_t)size};
  *offset = atomic_fetch_add(&file->size, stored_size + sizeof piece);
  TRY(write_at(task, file, &piece, sizeof piece, *offset));
  return write_at(task, file, data, stored_size, *offset + sizeof piece);
}

STATUS vonk_spill_file_write(struct vonk_task *task, struct vonk_spill_file *file, const void *data, size_t size, uint64_t *offset) {
  ASSERT(size <= UINT32_MAX);
  struct vonk_buffer *packed;
  size_t bound = vonk_compress_bound(VONK_CODEC_LZ4_RAW, size);
  /* Without memory to pack it in, the piece goes as it is. */
  if (vonk_buffer_create(task->budget, bound, &packed) != VONK_OK) return write_piece(task, file, data, size, size, offset);
  size_t stored_size = vonk_compress(VONK_CODEC_LZ4_RAW, data, size, packed->data, bound);
  bool smaller = stored_size && stored_size < size;
  enum vonk_status status = write_piece(task, file, smaller ? packed->data : data, smaller ? stored_size : size, size, offset);
  vonk_buffer_release(packed);
  return status;
}

STATUS vonk_spill_file_read(struct vonk_task *task, struct vonk_spill_file *file, uint64_t offset, void *data, size_t size) {
  struct piece piece;
  TRY(read_at(task, file, offset, &piece, sizeof piece));
  if (piece.size != size || piece.stored_size > size) return raise_io(task, "wrong size in", "a spill file");
  offset += sizeof piece;
  if (piece.stored_size == size) return read_at(task, file, offset, data, size);
  struct vonk_buffer *packed;
  TRY(vonk_buffer_create(task->budget, piece.stored_size, &packed));
  enum vonk_status status = read_at(task, file, offset, packed->data, piece.stored_size);
  if (status == VONK_OK && !vonk_decompress(VONK_CODEC_LZ4_RAW, packed->data, piece.stored_size, data, size)) {
    status = raise_io(task, "cannot unpack", "a spill file");
  }
  vonk_buffer_release(packed);
  return status;
}

uint64_t vonk_spill_file_byte_size(const struct vonk_spill_file *file) { return atomic_load(&((struct vonk_spill_file *)file)->size); }
