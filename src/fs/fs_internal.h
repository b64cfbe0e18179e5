/* fs_internal.h: what the file systems share: their type structs, how they report, and what lives as long as the process. */
#ifndef VONK_FS_FS_INTERNAL_H
#define VONK_FS_FS_INTERNAL_H

#include "base/thread.h"
#include "fs/files.h"
#include "fs/fs.h"

#define VONK_FS(name) extern const struct vonk_fs_type vonk_fs_##name;
#include "fs/registry.def"
#undef VONK_FS

/* FAILED_READ_FILE.NO_HINT, FAILED_READ_FILE.FILE_NOT_EXIST, FAILED_WRITE_FILE; REASON is copied. */
STATUS vonk_fs_raise_read(struct vonk_task *task, struct vonk_str path, const char *reason);
STATUS vonk_fs_raise_missing(struct vonk_task *task, struct vonk_str path);
STATUS vonk_fs_raise_write(struct vonk_task *task, struct vonk_str path, const char *reason);

/* Parts of a process, by who needs them. */
enum vonk_fs_slot { VONK_FS_SLOT_MEMORY, VONK_FS_SLOT_RANGES, VONK_FS_SLOT_HTTP, VONK_FS_SLOT_CREDENTIALS, VONK_FS_SLOT_PROBES, VONK_FS_SLOT_KNOWN, VONK_FS_SLOT_COUNT };
/* The head of a part. */
struct vonk_fs_part {
  void (*destroy)(struct vonk_fs_part *part);
};
/* The part of the task's process, made by CREATE when it is not there yet (one caller at a time). Raises UNSUPPORTED_FEATURE
 * for a task without file systems. */
STATUS vonk_fs_part(struct vonk_task *task, enum vonk_fs_slot slot,
                    STATUS (*create)(struct vonk_task *task, struct vonk_budget *root, struct vonk_fs_part **out), struct vonk_fs_part **out);

/* The last name of PATH. */
struct vonk_str vonk_fs_base_name(struct vonk_str path);
/* By path, in byte order. */
void vonk_fs_sort(struct vonk_fs_list *list, size_t from);

#endif
