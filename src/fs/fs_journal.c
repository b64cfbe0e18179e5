/* fs_journal.c: see journal.h.
 *
 * The file is lines: "vonk journal 1", "state prepared" or "state committed", "owner NAME", "+PATH" and "-PATH", and "end" so that a part of
 * one is none. Paths do not hold line feeds: names of files are ours, those of folders are escaped.
 */
#include "fs/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/fs_internal.h"

enum { JOURNAL_BYTES_MAX = 256 << 20 };

STATUS vonk_journal_write(struct vonk_task *task, struct vonk_str path, const struct vonk_journal *journal) {
  struct vonk_output *output;
  struct vonk_text text;
  vonk_text_init(&text, task->arena);
  vonk_text_addf(&text, "vonk journal 1\nstate %s\nowner " STR_FMT "\n", journal->committed ? "committed" : "prepared", STR_ARG(journal->owner));
  for (size_t i = 0; i < journal->added.count; i++) vonk_text_addf(&text, "+" STR_FMT "\n", STR_ARG(journal->added.items[i]));
  for (size_t i = 0; i < journal->removed.count; i++) vonk_text_addf(&text, "-" STR_FMT "\n", STR_ARG(journal->removed.items[i]));
  vonk_text_add(&text, STR("end\n"));
  TRY(vonk_output_create(task, path, &output));
  enum vonk_status status = vonk_output_write(task, output, text.data, text.size);
  if (status == VONK_OK) return vonk_output_commit(task, output);
  vonk_output_abort(output);
  return status;
}

/* A path that leads out of the folder is not one of ours. */
static bool is_below(struct vonk_str path) {
  if (path.size == 0 || path.data[0] == '/') return false;
  for (size_t at = 0; at <= path.size;) {
    size_t end = vonk_str_find(path, STR("/"), at);
    if (end == SIZE_MAX) end = path.size;
    struct vonk_str name = vonk_str_slice(path, at, end);
    if (name.size == 0 || vonk_str_equal(name, STR(".")) || vonk_str_equal(name, STR(".."))) return false;
    at = end + 1;
  }
  return true;
}

static bool parse(struct vonk_arena *arena, struct vonk_str text, struct vonk_journal *out) {
  size_t line_number = 0;
  bool ended = false;
  for (size_t at = 0; at < text.size && !ended; line_number++) {
    size_t end = vonk_str_find(text, STR("\n"), at);
    if (end == SIZE_MAX) return false;
    struct vonk_str line = vonk_str_slice(text, at, end);
    at = end + 1;
    if (line_number == 0 && !vonk_str_equal(line, STR("vonk journal 1"))) return false;
    if (line_number == 1) out->committed = vonk_str_equal(line, STR("state committed"));
    if (line_number == 1 && !out->committed && !vonk_str_equal(line, STR("state prepared"))) return false;
    if (line_number == 2) out->owner = vonk_str_starts_with(line, STR("owner ")) ? vonk_str_slice(line, 6, line.size) : STR("");
    if (line_number < 3) continue;
    ended = vonk_str_equal(line, STR("end"));
    if (ended) break;
    struct vonk_str path = line.size ? vonk_str_slice(line, 1, line.size) : line;
    if (!is_below(path) || (line.data[0] != '+' && line.data[0] != '-')) return false;
    if (line.data[0] == '+') *ARRAY_PUSH(arena, &out->added) = path;
    else *ARRAY_PUSH(arena, &out->removed) = path;
  }
  return ended;
}

STATUS vonk_journal_read(struct vonk_task *task, struct vonk_str path, bool *found, struct vonk_journal *out) {
  struct vonk_error error;
  struct vonk_task own = *task;
  struct vonk_str text;
  *out = (struct vonk_journal){0};
  vonk_error_init(&error);
  own.error = &error;
  enum vonk_status status = vonk_fs_read_small(&own, path, JOURNAL_BYTES_MAX, &text);
  *found = status == VONK_OK;
  bool gone = status == VONK_FAILED && error.condition == VONK_FAILED_READ_FILE__FILE_NOT_EXIST;
  if (status != VONK_OK && !gone) vonk_error_copy(task->error, &error);
  vonk_error_deinit(&error);
  if (gone) return VONK_OK;
  TRY(status);
  return parse(task->arena, text, out) ? VONK_OK : vonk_fs_raise_read(task, path, "the journal of a job is malformed");
}

/* --- who --- */

static struct vonk_str first_line(struct vonk_arena *arena, const char *path) {
  char bytes[512];
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = descriptor < 0 ? -1 : read(descriptor, bytes, sizeof bytes);
  if (descriptor >= 0) close(descriptor);
  return size > 0 ? vonk_str_trim(vonk_str_copy(arena, vonk_str_make(bytes, (size_t)size))) : STR("");
}

/* Since the machine's start, in ticks: the twenty-second field of its state; empty when there is no such process. */
static struct vonk_str start_of(struct vonk_arena *arena, int64_t process) {
  struct vonk_str state = first_line(arena, vonk_str_format(arena, "/proc/%lld/stat", (long long)process).data);
  size_t at = state.size;
  while (at > 0 && state.data[at - 1] != ')') at--; /* behind the name, which may hold anything */
  for (int field = 2; field < 22 && at < state.size; field++) {
    at = vonk_str_find(state, STR(" "), at);
    if (at == SIZE_MAX) return STR("");
    at++;
  }
  size_t end = at < state.size ? vonk_str_find(state, STR(" "), at) : SIZE_MAX;
  return end == SIZE_MAX ? STR("") : vonk_str_slice(state, at, end);
}

/* The machine since its start, and what of its processes can be seen from here. */
static struct vonk_str machine(struct vonk_arena *arena) {
  struct stat space = {0};
  struct vonk_str boot = first_line(arena, "/proc/sys/kernel/random/boot_id");
  (void)stat("/proc/self/ns/pid", &space);
  return vonk_str_format(arena, STR_FMT "-%llx", STR_ARG(boot), (unsigned long long)space.st_ino);
}

struct vonk_str vonk_journal_self(struct vonk_arena *arena) {
  return vonk_str_format(arena, STR_FMT "_%lld_" STR_FMT, STR_ARG(machine(arena)), (long long)getpid(), STR_ARG(start_of(arena, getpid())));
}

bool vonk_journal_is_dead(struct vonk_arena *arena, struct vonk_str owner) {
  struct vonk_str here = machine(arena);
  int64_t process;
  if (!vonk_str_starts_with(owner, here) || owner.size <= here.size + 1 || owner.data[here.size] != '_') return false;
  struct vonk_str rest = vonk_str_slice(owner, here.size + 1, owner.size);
  size_t joint = vonk_str_find(rest, STR("_"), 0);
  if (joint == SIZE_MAX || !vonk_str_to_int64(vonk_str_slice(rest, 0, joint), &process)) return false;
  return !vonk_str_equal(start_of(arena, process), vonk_str_slice(rest, joint + 1, rest.size));
}

/* --- after the dead --- */

static STATUS finish_for(struct vonk_task *task, struct vonk_str folder, struct vonk_str path) {
  struct vonk_journal journal;
  bool found;
  TRY(vonk_journal_read(task, path, &found, &journal));
  if (!found || !vonk_journal_is_dead(task->arena, journal.owner)) return VONK_OK;
  size_t count = journal.committed ? journal.removed.count : journal.added.count;
  const struct vonk_str *files = journal.committed ? journal.removed.items : journal.added.items;
  for (size_t i = 0; i < count; i++) TRY(vonk_fs_remove(task, vonk_str_format(task->arena, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(files[i]))));
  return vonk_fs_remove(task, path);
}

/* The owner stands behind the last dot of a name. */
static bool is_of_the_dead(struct vonk_task *task, struct vonk_str name) {
  size_t joint = name.size;
  while (joint > 0 && name.data[joint - 1] != '.') joint--;
  return joint > 0 && vonk_journal_is_dead(task->arena, vonk_str_slice(name, joint, name.size));
}

static STATUS sweep_staging(struct vonk_task *task, struct vonk_str folder) {
  struct vonk_fs_list jobs;
  TRY(vonk_fs_list_folder(task, folder, &jobs));
  for (size_t i = 0; i < jobs.count; i++) {
    if (is_of_the_dead(task, vonk_fs_base_name(jobs.items[i].path))) TRY(vonk_fs_remove(task, jobs.items[i].path));
  }
  return vonk_fs_remove_empty(task, folder);
}

STATUS vonk_journal_sweep(struct vonk_task *task, struct vonk_str folder) {
  struct vonk_fs_list entries;
  TRY(vonk_fs_list_folder(task, folder, &entries));
  for (size_t i = 0; i < entries.count; i++) {
    struct vonk_str name = vonk_fs_base_name(entries.items[i].path);
    if (entries.items[i].is_folder && vonk_str_equal(name, STR("_temporary"))) TRY(sweep_staging(task, entries.items[i].path));
    bool hidden = !entries.items[i].is_folder && vonk_str_starts_with(name, STR(VONK_JOURNAL_HIDDEN));
    if (hidden && is_of_the_dead(task, name)) TRY(vonk_fs_remove(task, entries.items[i].path));
    if (!entries.items[i].is_folder && vonk_str_starts_with(name, STR(VONK_JOURNAL_PREFIX))) TRY(finish_for(task, folder, entries.items[i].path));
  }
  return VONK_OK;
}
