/* doctor.c: `vonk doctor`: what of this machine would be used, and whether it would do. */
#include <inttypes.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "main/command.h"
#include "main/sql_options.h"

static void put(const char *name, struct vonk_str value) { printf("%-18s " STR_FMT "\n", name, STR_ARG(value)); }

static struct vonk_str size_text(struct vonk_arena *arena, uint64_t bytes) {
  if (bytes >= (uint64_t)1 << 30) return vonk_str_format(arena, "%.1f GiB", (double)bytes / (1 << 30));
  return vonk_str_format(arena, "%.0f MiB", (double)bytes / (1 << 20));
}

/* The folder itself or, when it is not there yet, the one it would be made in. */
static struct vonk_str existing_folder(struct vonk_arena *arena, const char *path) {
  struct vonk_str folder = vonk_str_copy(arena, vonk_str_of(path));
  while (folder.size > 1 && access(folder.data, F_OK) != 0) {
    size_t slash = folder.size;
    while (slash > 0 && folder.data[slash - 1] != '/') slash--;
    folder = slash > 1 ? vonk_str_copy(arena, vonk_str_slice(folder, 0, slash - 1)) : slash == 1 ? STR("/") : STR(".");
    if (slash == 0) break;
  }
  return folder;
}

/* False when temporary files could not be written there. */
static bool put_folder(struct vonk_arena *arena, const char *name, const char *path) {
  struct statvfs space;
  struct vonk_str folder = existing_folder(arena, path);
  if (access(folder.data, W_OK) != 0 || statvfs(folder.data, &space) != 0) {
    put(name, vonk_str_format(arena, "%s: cannot be written", path));
    return false;
  }
  uint64_t free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
  put(name, vonk_str_format(arena, "%s, " STR_FMT " free", path, STR_ARG(size_text(arena, free_bytes))));
  return true;
}

static bool run_probe(struct vonk_instance *instance) {
  struct vonk_session *session;
  struct vonk_statement *statement = NULL;
  bool fine = vonk_session_open(instance, NULL, &session) == VONK_RUN_OK &&
              vonk_session_run(session, "SELECT 1", 8, NULL, &statement) == VONK_RUN_OK &&
              vonk_statement_next_row(statement) == VONK_RUN_ROW;
  put("SELECT 1", fine ? STR("1") : vonk_str_of(vonk_session_problem(session)->message));
  vonk_statement_close(statement);
  vonk_session_close(session);
  return fine;
}

static bool examine(struct vonk_arena *arena, const struct vonk_sql_options *options) {
  struct vonk_instance_options instance_options = vonk_flags_instance(&options->common);
  struct vonk_instance *instance;
  put("version", vonk_str_of(vonk_version()));
  bool fine = vonk_instance_open(&instance_options, &instance) == VONK_RUN_OK;
  if (!fine) {
    put("settings", vonk_str_of(vonk_instance_problem(instance)->message));
  } else {
    struct vonk_instance_facts facts = {0};
    vonk_instance_describe(instance, &facts, sizeof facts);
    put("memory of machine", size_text(arena, facts.memory_machine_bytes));
    put("memory limit", size_text(arena, facts.memory_limit_bytes));
    put("worker threads", vonk_str_format(arena, "%u of %ld cores", facts.worker_count, sysconf(_SC_NPROCESSORS_ONLN)));
    put("kernels", vonk_str_of(facts.cpu_level));
    fine = put_folder(arena, "temporary files", facts.local_dir);
    put("warehouse", access(facts.warehouse_dir, F_OK) == 0 ? vonk_str_of(facts.warehouse_dir)
                                                            : vonk_str_format(arena, "%s, made when the first table is", facts.warehouse_dir));
    fine = run_probe(instance) && fine;
  }
  put("verdict", fine ? STR("fine") : STR("something above is wrong"));
  vonk_instance_close(instance);
  return fine;
}

int vonk_command_doctor(int count, char **arguments) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_sql_options options;
  int code = VONK_EXIT_USAGE;
  if (vonk_sql_options_parse(arena, count, arguments, &options)) {
    if (options.common.help) {
      fputs(vonk_doctor_help, stdout);
      code = VONK_EXIT_FINE;
    } else {
      code = examine(arena, &options) ? VONK_EXIT_FINE : VONK_EXIT_FAILED;
    }
  }
  vonk_arena_destroy(arena);
  return code;
}
