/* fs.h: files: reading at offsets, listing, and writing that shows all or nothing.
 *
 * A path is a POSIX path or a URI; "file:" and no scheme mean the local file system, whose paths are told without a scheme;
 * all others keep theirs. Errors are raised with the path: PATH_NOT_FOUND, FAILED_READ_FILE, FAILED_WRITE_FILE. Files may be
 * read from several threads at once. What a store needs to know (endpoints, credentials) comes with the task (fs/files.h).
 */
#ifndef VONK_FS_FS_H
#define VONK_FS_FS_H

#include "base/task.h"

struct vonk_file;
struct vonk_file_type {
  STATUS (*read)(struct vonk_task *task, struct vonk_file *file, uint64_t offset, size_t size, void *out);
  /* Optional: SIZE bytes at OFFSET will be wanted soon; returns at once. */
  void (*prefetch)(struct vonk_file *file, uint64_t offset, uint64_t size);
  void (*close)(struct vonk_file *file);
};

/* An open file for reading; the first member of a file system's own struct. */
struct vonk_file {
  const struct vonk_file_type *type;
  struct vonk_str path;          /* as errors name it */
  uint64_t byte_size;
  int64_t mtime_ns;
  uint64_t inode;                /* another one when another file took the name */
};

struct vonk_fs_entry {
  struct vonk_str path;          /* whole path */
  uint64_t byte_size;
  int64_t mtime_ns;
  uint64_t inode;
  bool is_folder;
};
struct vonk_fs_list {
  struct vonk_fs_entry *items;
  size_t count, capacity;
};

struct vonk_output;
struct vonk_output_type {
  STATUS (*write)(struct vonk_task *task, struct vonk_output *output, const void *bytes, size_t size);
  /* All bytes are brought to where they last. */
  STATUS (*seal)(struct vonk_task *task, struct vonk_output *output);
  /* The file becomes visible, whole; sealed or not. */
  STATUS (*publish)(struct vonk_task *task, struct vonk_output *output);
  /* Ends its life; unless published nothing stays behind. */
  void (*close)(struct vonk_output *output);
};

/* A file being written, invisible under its name until vonk_output_commit; the first member of a file system's own struct. */
struct vonk_output {
  const struct vonk_output_type *type;
  struct vonk_str path;          /* as errors name it */
  uint64_t position;             /* bytes written so far */
  bool sealed;
};

/* What became of creating a file that must not be there. */
enum vonk_fs_claim {
  VONK_FS_WON,       /* it holds the bytes given */
  VONK_FS_LOST,      /* another was there before */
  VONK_FS_ASK_AGAIN, /* the store could not decide, nothing was written */
};

struct vonk_fs_type {
  const char *schemes[4];        /* of URIs, lower case, ended by NULL */
  bool renames;                  /* a move is one step; else files are made under their own names, sealed and then published */
  STATUS (*open)(struct vonk_task *task, struct vonk_str path, struct vonk_file **out);
  /* False in FOUND when there is nothing; fails for other reasons only. */
  STATUS (*stat)(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_fs_entry *out);
  /* Entries of a folder, by name in byte order; memory on the task's arena. */
  STATUS (*list)(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out);
  /* Optional, faster than listing each folder: all files below, at any depth. */
  STATUS (*list_below)(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out);
  /* Optional: without, folders are not things of their own. */
  STATUS (*make_folder)(struct vonk_task *task, struct vonk_str path);
  STATUS (*remove_empty)(struct vonk_task *task, struct vonk_str path);
  /* NULL where nothing can be written. */
  STATUS (*remove)(struct vonk_task *task, struct vonk_str path);
  STATUS (*create)(struct vonk_task *task, struct vonk_str path, struct vonk_output **out);
  STATUS (*move)(struct vonk_task *task, struct vonk_str from, struct vonk_str to);
  STATUS (*create_if_absent)(struct vonk_task *task, struct vonk_str path, struct vonk_str bytes, enum vonk_fs_claim *out);
};

/* Raises for scheme://name:password@host, which would be kept and shown wherever paths are. */
STATUS vonk_fs_check_address(struct vonk_task *task, struct vonk_str path);
/* The file system of PATH, and PATH as it wants it (fs.h's head). Raises UNSUPPORTED_FEATURE for an unknown scheme, and as the one above. */
STATUS vonk_fs_resolve(struct vonk_task *task, struct vonk_str *path, const struct vonk_fs_type **out);

STATUS vonk_file_open(struct vonk_task *task, struct vonk_str path, struct vonk_file **out);
/* Exactly SIZE bytes at OFFSET; a shorter file is an error. */
STATUS vonk_file_read(struct vonk_task *task, struct vonk_file *file, uint64_t offset, size_t size, void *out);
/* A hint: what the system does not hold of it already is fetched in the background. */
static inline void vonk_file_prefetch(struct vonk_file *file, uint64_t offset, uint64_t size) {
  if (file->type->prefetch) file->type->prefetch(file, offset, size);
}
/* Takes NULL. */
void vonk_file_close(struct vonk_file *file);

STATUS vonk_fs_stat(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_fs_entry *out);
/* The files at PATH: itself, what its glob (* ? [abc] {a,b}) matches, or all files below the folder, in byte order of their
 * paths; names that start with _ or . are left out (Spark's hidden files), unless they hold '='. PATH_NOT_FOUND when nothing is there. */
STATUS vonk_fs_find(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out);
/* The files and folders that PATH names: itself, or what its glob matches; not what is in the folders. As vonk_fs_find otherwise. */
STATUS vonk_fs_expand(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out);
/* As messages and tables show a path: file:/a/b for one of this machine, others as they are. */
struct vonk_str vonk_fs_uri(struct vonk_arena *arena, struct vonk_str path);
/* ENTRY itself when it is a file, else all files below it. As vonk_fs_find otherwise. */
STATUS vonk_fs_walk(struct vonk_task *task, const struct vonk_fs_entry *entry, struct vonk_fs_list *out);
/* With missing folders above. */
STATUS vonk_fs_make_folder(struct vonk_task *task, struct vonk_str path);
/* A file, or a folder with all it holds; nothing there is fine. */
STATUS vonk_fs_remove(struct vonk_task *task, struct vonk_str path);
/* A folder that holds nothing; any other stays. */
STATUS vonk_fs_remove_empty(struct vonk_task *task, struct vonk_str path);
/* A file or folder of the same file system to its new place, durably, in place of a file that is there; with missing folders above. */
STATUS vonk_fs_move(struct vonk_task *task, struct vonk_str from, struct vonk_str to);
/* Makes the file PATH with BYTES unless there is one: of several writers at once exactly one wins. */
STATUS vonk_fs_create_if_absent(struct vonk_task *task, struct vonk_str path, struct vonk_str bytes, enum vonk_fs_claim *out);
/* All bytes of a file of at most LIMIT, on the task's arena; FAILED_READ_FILE for a longer one. */
STATUS vonk_fs_read_small(struct vonk_task *task, struct vonk_str path, size_t limit, struct vonk_str *out);

/* Entries of a folder, by name; none when it is not there. */
STATUS vonk_fs_list_folder(struct vonk_task *task, struct vonk_str path, struct vonk_fs_list *out);

/* Creates the folders above. The path must not name a folder. */
STATUS vonk_output_create(struct vonk_task *task, struct vonk_str path, struct vonk_output **out);
STATUS vonk_output_write(struct vonk_task *task, struct vonk_output *output, const void *bytes, size_t size);
static inline uint64_t vonk_output_position(const struct vonk_output *output) { return output->position; }
/* No more bytes: those written last, and cost next to no memory, until the output is committed. */
STATUS vonk_output_seal(struct vonk_task *task, struct vonk_output *output);
/* Both end its life; a commit that fails leaves nothing behind. Abort takes NULL. */
STATUS vonk_output_commit(struct vonk_task *task, struct vonk_output *output);
void vonk_output_abort(struct vonk_output *output);

#endif
