/* fs_process.c: see files.h. */
#include "base/array.h"
#include "fs/fs_internal.h"

struct vonk_fs_process {
  struct vonk_arena *arena;
  struct vonk_budget *root;
  struct vonk_mutex lock;
  struct vonk_fs_part *parts[VONK_FS_SLOT_COUNT];
};

struct vonk_fs_process *vonk_fs_process_create(struct vonk_budget *root) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_fs_process *process = ARENA_NEW(arena, struct vonk_fs_process);
  process->arena = arena;
  process->root = root;
  vonk_mutex_init(&process->lock);
  return process;
}

void vonk_fs_process_destroy(struct vonk_fs_process *process) {
  if (!process) return;
  /* Later parts may stand on earlier ones. */
  for (size_t i = COUNT_OF(process->parts); i-- > 0;) {
    if (process->parts[i]) process->parts[i]->destroy(process->parts[i]);
  }
  vonk_mutex_deinit(&process->lock);
  vonk_arena_destroy(process->arena);
}

STATUS vonk_fs_part(struct vonk_task *task, enum vonk_fs_slot slot,
                    STATUS (*create)(struct vonk_task *task, struct vonk_budget *root, struct vonk_fs_part **out), struct vonk_fs_part **out) {
  if (!task->files) return vonk_unsupported(task, NULL, "other file systems than the local one in this place");
  struct vonk_fs_process *process = task->files->process;
  enum vonk_status status = VONK_OK;
  vonk_mutex_lock(&process->lock);
  if (!process->parts[slot]) status = create(task, process->root, &process->parts[slot]);
  *out = process->parts[slot];
  vonk_mutex_unlock(&process->lock);
  return status;
}
