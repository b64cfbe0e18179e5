/* fs_internal.h: what the file systems share: their type structs and how they report. */
#ifndef VONK_FS_FS_INTERNAL_H
#define VONK_FS_FS_INTERNAL_H

#include "fs/fs.h"

#define VONK_FS(name) extern const struct vonk_fs_type vonk_fs_##name;
#include "fs/registry.def"
#undef VONK_FS

/* FAILED_READ_FILE.NO_HINT; REASON is copied. */
STATUS vonk_fs_raise_read(struct vonk_task *task, struct vonk_str path, const char *reason);

#endif
