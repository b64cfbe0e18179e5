/* journal.h: what a job that makes several files visible leaves beside them while it does so, and what readers make of it.
 *
 * FOLDER/_vonk_commit_ID lists the files that come and those that go. While it says that the job is under way readers pass over those that
 * come; once it says that all are there they pass over those that go; then these are deleted, and the journal at last. Each step is one
 * file made or replaced whole, so readers find the state before or the one after. A job without files that go ends with the journal's
 * removal. What a killed process leaves is taken back or finished by the next writer: `owner` tells whether it still runs.
 */
#ifndef VONK_FS_JOURNAL_H
#define VONK_FS_JOURNAL_H

#include "base/array.h"
#include "fs/fs.h"

#define VONK_JOURNAL_PREFIX "_vonk_commit_"
/* Local files under way: this, anything, a dot, the owner. */
#define VONK_JOURNAL_HIDDEN "._temporary-"

struct vonk_journal {
  bool committed;
  struct vonk_str owner;               /* vonk_journal_self of the writer */
  ARRAY_OF(struct vonk_str) added, removed; /* paths below the folder */
};

/* Writes or replaces it, durably. */
STATUS vonk_journal_write(struct vonk_task *task, struct vonk_str path, const struct vonk_journal *journal);
/* FOUND false when there is none. Memory on the task's arena. */
STATUS vonk_journal_read(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_journal *out);

/* This process: machine and start, process and start. On ARENA, without white space or slashes. */
struct vonk_str vonk_journal_self(struct vonk_arena *arena);
/* OWNER was a process of this machine, and has ended. */
bool vonk_journal_is_dead(struct vonk_arena *arena, struct vonk_str owner);

/* Takes back or finishes what dead writers left in FOLDER. */
STATUS vonk_journal_sweep(struct vonk_task *task, struct vonk_str folder);

#endif
