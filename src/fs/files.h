/* files.h: what file systems know of the session they serve: its settings, and what all sessions of a process share.
 *
 * A task carries it (base/task.h). Without one only the local file system is there.
 */
#ifndef VONK_FS_FILES_H
#define VONK_FS_FILES_H

#include "base/secret.h"
#include "base/task.h"
#include "conf/conf.h"

/* Of an instance: connections, caches of ranges and credentials, the files of `memory:`. Each part is made at first use. */
struct vonk_fs_process;

/* Who asks a store, when the caller says it: then nothing that the process or the machine has is used. */
struct vonk_fs_identity {
  struct vonk_str key_id, region;      /* region may be empty */
  struct vonk_secret secret, token;    /* token may be empty */
};

struct vonk_files {
  struct vonk_fs_process *process;
  const struct vonk_conf *conf; /* a snapshot that outlives the task */
  uint64_t statement;           /* another for each statement of the process; 0: none */
  const struct vonk_fs_identity *identity; /* NULL: by settings and environment */
};

/* Caches and buffers are charged to ROOT, which is asked to evict them. */
struct vonk_fs_process *vonk_fs_process_create(struct vonk_budget *root);
/* No file is open any more. Takes NULL. */
void vonk_fs_process_destroy(struct vonk_fs_process *process);

#endif
