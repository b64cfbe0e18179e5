/* write_commit.c: see write_commit.h. */
#include "session/write_commit.h"

#include "base/map.h"
#include "base/uuid.h"
#include "fs/journal.h"
#include "fs/sink_log.h"

#define TEMPORARY "_temporary"

static struct vonk_str join(struct vonk_arena *arena, struct vonk_str folder, struct vonk_str path) {
  const char *slash = path.size && !vonk_str_ends_with(folder, STR("/")) ? "/" : "";
  return vonk_str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(folder), slash, STR_ARG(path));
}

/* The folder of PATH, empty for a file of the commit's own folder. */
static struct vonk_str parent(struct vonk_str path) {
  size_t size = path.size;
  while (size > 0 && path.data[size - 1] != '/') size--;
  return vonk_str_slice(path, 0, size ? size - 1 : 0);
}

STATUS vonk_commit_begin(struct vonk_task *task, struct vonk_arena *arena, struct vonk_str folder, struct vonk_commit *out) {
  while (folder.size > 1 && folder.data[folder.size - 1] == '/') folder.size--;
  *out = (struct vonk_commit){.arena = arena, .folder = folder};
  struct vonk_str resolved = folder;
  const struct vonk_fs_type *type;
  struct vonk_fs_entry entry;
  bool found;
  TRY(vonk_fs_resolve(task, &resolved, &type));
  out->renames = type->renames;
  TRY(vonk_fs_stat(task, folder, &found, &entry));
  out->is_new = !found;
  out->unique = vonk_uuid_random(arena); /* files of several writers of one folder must not meet */
  struct vonk_str self = vonk_journal_self(arena);
  out->staging = vonk_str_format(arena, STR_FMT "/" TEMPORARY "/" STR_FMT "." STR_FMT, STR_ARG(folder), STR_ARG(out->unique), STR_ARG(self));
  if (found && entry.is_folder) TRY(vonk_journal_sweep(task, folder));
  return VONK_OK;
}

STATUS vonk_commit_open_file(struct vonk_task *task, struct vonk_commit *commit, struct vonk_str path, struct vonk_output **out) {
  path = vonk_str_copy(commit->arena, path);
  TRY(vonk_output_create(task, join(commit->arena, commit->renames ? commit->staging : commit->folder, path), out));
  *ARRAY_PUSH(commit->arena, &commit->files) = path;
  *ARRAY_PUSH(commit->arena, &commit->outputs) = *out;
  return VONK_OK;
}

STATUS vonk_commit_close_file(struct vonk_task *task, struct vonk_commit *commit, struct vonk_output *output) {
  if (!commit->renames) return vonk_output_seal(task, output);
  commit->outputs.items[commit->outputs.count - 1] = NULL;
  return vonk_output_commit(task, output);
}

/* The files at PATH below the folder; none when there is no such folder. */
static STATUS list_old(struct vonk_task *task, const struct vonk_commit *commit, struct vonk_str path, struct vonk_fs_list *out) {
  struct vonk_fs_entry entry;
  bool found;
  path = join(commit->arena, commit->folder, path);
  TRY(vonk_fs_stat(task, path, &found, &entry));
  return found ? vonk_fs_find(task, path, out) : VONK_OK;
}

static STATUS list_overwritten(struct vonk_task *task, const struct vonk_commit *commit, enum vonk_write_mode mode, struct vonk_str overwritten,
                               struct vonk_fs_list *out) {
  struct vonk_map folders;
  if (mode == VONK_WRITE_OVERWRITE) return list_old(task, commit, overwritten, out);
  vonk_map_init(&folders, commit->arena, false);
  for (size_t i = 0; mode == VONK_WRITE_OVERWRITE_PARTITIONS && i < commit->files.count; i++) {
    struct vonk_str folder = parent(commit->files.items[i]);
    if (vonk_map_put(&folders, folder, commit->files.items)) TRY(list_old(task, commit, folder, out));
  }
  return VONK_OK;
}

static void remove_quietly(struct vonk_task *task, struct vonk_str path) {
  struct vonk_error error;
  struct vonk_task own = *task;
  vonk_error_init(&error);
  own.error = &error;
  /* What led here counts, not a failure of cleaning up. */
  if (vonk_fs_remove(&own, path) != VONK_OK) vonk_error_clear(&error);
  vonk_error_deinit(&error);
}

static void remove_empty_quietly(struct vonk_task *task, struct vonk_str path) {
  struct vonk_error error;
  struct vonk_task own = *task;
  vonk_error_init(&error);
  own.error = &error;
  if (vonk_fs_remove_empty(&own, path) != VONK_OK) vonk_error_clear(&error);
  vonk_error_deinit(&error);
}

static void remove_staging(struct vonk_task *task, const struct vonk_commit *commit) {
  if (!commit->renames) return;
  remove_quietly(task, commit->staging);
  remove_empty_quietly(task, join(commit->arena, commit->folder, STR(TEMPORARY)));
}

void vonk_commit_abort_files(struct vonk_commit *commit) {
  for (size_t i = 0; i < commit->outputs.count; i++) vonk_output_abort(commit->outputs.items[i]);
  commit->outputs.count = 0;
}

void vonk_commit_abort(struct vonk_task *task, struct vonk_commit *commit) {
  vonk_commit_abort_files(commit);
  remove_staging(task, commit);
  if (commit->is_new) remove_empty_quietly(task, commit->folder);
}

static STATUS show(struct vonk_task *task, struct vonk_commit *commit, size_t file) {
  struct vonk_str path = commit->files.items[file];
  struct vonk_output *output = commit->outputs.items[file];
  if (commit->renames) return vonk_fs_move(task, join(commit->arena, commit->staging, path), join(commit->arena, commit->folder, path));
  commit->outputs.items[file] = NULL;
  return vonk_output_commit(task, output);
}

/* Nothing of what was shown stays, as far as that can be done. */
static void take_back(struct vonk_task *task, struct vonk_commit *commit) {
  for (size_t i = 0; i < commit->files.count; i++) remove_quietly(task, join(commit->arena, commit->folder, commit->files.items[i]));
  if (commit->journal.size) remove_quietly(task, commit->journal);
}

/* --- the journal: needed where more than one file changes --- */

static STATUS write_journal(struct vonk_task *task, struct vonk_commit *commit, const struct vonk_fs_list *old, bool committed) {
  struct vonk_journal journal = {.committed = committed, .owner = vonk_journal_self(commit->arena)};
  const struct vonk_fs_type *type;
  struct vonk_str folder = commit->folder; /* as the paths of the files that go have it */
  TRY(vonk_fs_resolve(task, &folder, &type));
  for (size_t i = 0; i < commit->files.count; i++) *ARRAY_PUSH(commit->arena, &journal.added) = commit->files.items[i];
  for (size_t i = 0; i < old->count; i++) {
    *ARRAY_PUSH(commit->arena, &journal.removed) = vonk_str_slice(old->items[i].path, folder.size + 1, old->items[i].path.size);
  }
  return vonk_journal_write(task, commit->journal, &journal);
}

static struct vonk_str success_path(const struct vonk_commit *commit) { return join(commit->arena, commit->folder, STR("_SUCCESS")); }

/* From now on others than our readers may see a mixture: the mark that they go by is not there until that is over. */
static STATUS begin_journal(struct vonk_task *task, struct vonk_commit *commit, const struct vonk_fs_list *old) {
  if (commit->files.count + old->count <= 1) return VONK_OK;
  struct vonk_str path = vonk_str_format(commit->arena, VONK_JOURNAL_PREFIX STR_FMT, STR_ARG(commit->unique));
  commit->journal = join(commit->arena, commit->folder, path);
  TRY(write_journal(task, commit, old, false));
  return vonk_fs_remove(task, success_path(commit));
}

/* All files are there: one step makes them count. A store's answer to that may be lost, so the journal itself is asked. */
static STATUS decide(struct vonk_task *task, struct vonk_commit *commit, const struct vonk_fs_list *old, bool *decided) {
  *decided = true;
  if (!commit->journal.size) return VONK_OK;
  enum vonk_status status = old->count ? write_journal(task, commit, old, true) : vonk_fs_remove(task, commit->journal);
  if (status == VONK_OK) return VONK_OK;
  struct vonk_error error;
  struct vonk_task own = *task;
  struct vonk_journal journal;
  bool found;
  vonk_error_init(&error);
  own.error = &error;
  own.cancel = NULL;
  bool read = vonk_journal_read(&own, commit->journal, &found, &journal) == VONK_OK;
  vonk_error_deinit(&error);
  /* What cannot be told must not be taken back: the next writer does what the journal says then. */
  *decided = !read || !found || journal.committed;
  return status;
}

static STATUS show_all(struct vonk_task *task, struct vonk_commit *commit, const struct vonk_fs_list *old) {
  bool decided = false;
  enum vonk_status status = begin_journal(task, commit, old);
  for (size_t i = 0; status == VONK_OK && i < commit->files.count; i++) status = show(task, commit, i);
  if (status == VONK_OK) status = decide(task, commit, old, &decided);
  if (status != VONK_OK && !decided) take_back(task, commit);
  return status;
}

/* Folders that held nothing else go as well, up to the commit's own. */
static STATUS remove_old(struct vonk_task *task, const struct vonk_commit *commit, const struct vonk_fs_list *old) {
  for (size_t i = 0; i < old->count; i++) {
    struct vonk_str path = old->items[i].path;
    TRY(vonk_fs_remove(task, path));
    bool last = i + 1 == old->count || !vonk_str_equal(parent(path), parent(old->items[i + 1].path));
    for (struct vonk_str folder = parent(path); last && folder.size > commit->folder.size; folder = parent(folder)) TRY(vonk_fs_remove_empty(task, folder));
  }
  return VONK_OK;
}

STATUS vonk_commit_finish(struct vonk_task *task, struct vonk_commit *commit, enum vonk_write_mode mode, struct vonk_str overwritten, bool mark_success) {
  struct vonk_fs_list old = {0};
  TRY(list_overwritten(task, commit, mode, overwritten, &old));
  TRY(vonk_fs_make_folder(task, commit->folder));
  if (mode == VONK_WRITE_OVERWRITE && !overwritten.size) TRY(vonk_sink_log_remove(task, commit->folder));
  TRY(show_all(task, commit, &old));
  TRY(remove_old(task, commit, &old));
  if (commit->journal.size && old.count) TRY(vonk_fs_remove(task, commit->journal));
  remove_staging(task, commit);
  if (!mark_success) return VONK_OK;
  struct vonk_output *success;
  TRY(vonk_output_create(task, success_path(commit), &success));
  return vonk_output_commit(task, success);
}
