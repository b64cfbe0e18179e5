/* write_commit.h: the files of a job become visible together.
 *
 * They are written below FOLDER/_temporary/UUID.OWNER, which readers do not look into, or, on stores that cannot rename, under their own
 * names as uploads that are not complete. Committing makes them visible, then what is overwritten goes, then _SUCCESS is made. Where that is
 * more than one file that changes, a journal (fs/journal.h) stands beside them meanwhile: readers of ours see the old files or the new ones
 * at any moment, also when the process is killed; others are promised _SUCCESS last. The next writer finishes or takes back what is left.
 */
#ifndef VONK_SESSION_WRITE_COMMIT_H
#define VONK_SESSION_WRITE_COMMIT_H

#include "base/array.h"
#include "fs/fs.h"
#include "session/write.h"

struct vonk_commit {
  struct vonk_arena *arena;
  struct vonk_str folder;
  bool is_new;                         /* the folder was not there before */
  struct vonk_str unique;              /* UUID, part of every file's name */
  struct vonk_str staging;
  struct vonk_str journal;             /* its path, when there is one */
  bool renames;                        /* files are staged; else they are made in their places, and published at the end */
  ARRAY_OF(struct vonk_str) files;     /* paths below the folder */
  ARRAY_OF(struct vonk_output *) outputs; /* not staged: one per file, sealed when it is whole; NULL once published */
};

/* Makes nothing yet. Memory on ARENA. */
STATUS vonk_commit_begin(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str folder, struct vonk_commit *out);
/* The file PATH (below the folder) is to be written; it is committed or taken back with the others. */
STATUS vonk_commit_open_file(struct vonk_task *task, struct vonk_commit *commit, struct vonk_str path, struct vonk_output **out);
/* All bytes are in the file opened last. */
STATUS vonk_commit_close_file(struct vonk_task *task, struct vonk_commit *commit, struct vonk_output *output);
/* Ends the files that are not whole, and takes back those that are: while the budget they are charged to is there. The job has failed. */
void vonk_commit_abort_files(struct vonk_commit *commit);
/* OVERWRITTEN: as in struct vonk_write_request. */
STATUS vonk_commit_finish(struct vonk_task *task, struct vonk_commit *commit, enum vonk_write_mode mode, struct vonk_str overwritten, bool mark_success);
/* Leaves nothing of the job; for a task that has failed, whose error stays. */
void vonk_commit_abort(struct vonk_task *task, struct vonk_commit *commit);

#endif
