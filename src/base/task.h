/* task.h: the explicit context of a running piece of work: arena, error, budget, cancel flag.
 *
 * First parameter of everything above base that can fail or allocate. A task belongs to one thread at a time; the cancel
 * flag is shared by all tasks of a query.
 */
#ifndef VONK_BASE_TASK_H
#define VONK_BASE_TASK_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/error.h"
#include "base/status.h"
#include "base/str.h"

struct vonk_files;

struct vonk_cancel {
  atomic_bool requested;
};

struct vonk_task {
  struct vonk_arena *arena;    /* life of the task; borrowed */
  struct vonk_error *error;    /* borrowed */
  struct vonk_budget *budget;  /* borrowed */
  struct vonk_cancel *cancel;  /* borrowed, may be NULL */
  const struct vonk_files *files; /* what file systems know of the session (fs/files.h); borrowed, may be NULL */
};

/* Sets the error (the first one wins) and returns VONK_FAILED, so: return vonk_raise(task, VONK_X, NULL, "name", value, NULL).
 * ORIGIN may be NULL. Pairs of const char *name, struct vonk_str value follow, ended by NULL. */
__attribute__((sentinel)) STATUS vonk_raise(struct vonk_task *task, enum vonk_condition condition,
                                            const struct vonk_origin *origin, ...);
/* One parameter, printf style. */
__attribute__((format(printf, 5, 6))) STATUS vonk_raisef(struct vonk_task *task, enum vonk_condition condition,
                                                         const struct vonk_origin *origin, const char *parameter,
                                                         const char *format, ...);
/* UNSUPPORTED_FEATURE with a plain name of what is missing. */
STATUS vonk_unsupported(struct vonk_task *task, const struct vonk_origin *origin, const char *feature);
/* Turns VONK_NO_MEMORY into the error users see; other statuses pass. */
STATUS vonk_task_memory_error(struct vonk_task *task, enum vonk_status status);
/* The same, and the error tells that the file at PATH was being read. */
STATUS vonk_task_memory_error_reading(struct vonk_task *task, enum vonk_status status, struct vonk_str path);
/* Arenas are never refused, so that room for MOST bytes more is asked for beforehand and given back; the error tells of PATH. */
STATUS vonk_task_check_room_reading(struct vonk_task *task, uint64_t most, struct vonk_str path);

static inline bool vonk_task_cancelled(const struct vonk_task *task) {
  return task->cancel && atomic_load_explicit(&task->cancel->requested, memory_order_relaxed);
}
/* VONK_CANCELLED with OPERATION_CANCELED set, when asked for. Tested per slice and in every loop over 1 ms. */
STATUS vonk_task_check(struct vonk_task *task);

#endif
