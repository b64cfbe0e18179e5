/* submit.c: vonk submit: a Spark Connect server of its own, and beside it one Python program that is told where the server is.
 *
 * The program gets SPARK_REMOTE and, in front of its PYTHONPATH, a folder with the package `vonk` and a sitecustomize that makes
 * the classic idioms work (python/vonk/submitted.py). The server listens on the loopback interface alone and asks for a random
 * token. Signals go on to the program; when it ends, the server ends, and the program's exit code is ours.
 */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/uuid.h"
#include "main/command.h"
#include "main/flags.h"
#include "main/package.h"
#include "server/server.h"

enum { FOLDER_DEPTH_MAX = 8, SIGNAL_EXIT = 128 };

struct submit_options {
  struct vonk_flag_settings common;
  const char *py_files;
};

struct submitted {
  struct vonk_arena *arena;
  char **words;                    /* script and its arguments, NULL at the end */
  const char *folder;              /* ours, removed at the end */
  const char *python_path;         /* what --py-files adds, and PYTHONPATH as it was */
  sigset_t signals, signals_before;
};

static const struct {
  const char *name;
  const uint8_t *bytes;
  const size_t *size;
} package_files[] = {
    {"sitecustomize.py", vonk_package_submitted, &vonk_package_submitted_size}, {"vonk/__init__.py", vonk_package_init, &vonk_package_init_size},
    {"vonk/binary.py", vonk_package_binary, &vonk_package_binary_size},         {"vonk/classic.py", vonk_package_classic, &vonk_package_classic_size},
    {"vonk/servers.py", vonk_package_servers, &vonk_package_servers_size},      {"vonk/sessions.py", vonk_package_sessions, &vonk_package_sessions_size},
};

static bool take_py_files(void *options, const char *flag, const char *value) {
  (void)flag;
  ((struct submit_options *)options)->py_files = value;
  return true;
}

static const struct vonk_flag flags[] = {{"--py-files", NULL, true, take_py_files}, VONK_FLAGS_OF_SETTINGS};

/* FORMAT filled in, with a NUL behind it. */
#define TEXT(job, ...) (vonk_str_format((job)->arena, __VA_ARGS__).data)

static const char *path_in(const struct submitted *job, const char *name) { return TEXT(job, "%s/%s", job->folder, name); }

static bool complain(const char *what) {
  fprintf(stderr, "vonk submit: %s: %s\n", what, strerror(errno));
  return false;
}

static bool write_file(const char *path, const uint8_t *bytes, size_t size) {
  FILE *file = fopen(path, "w");
  bool written = file && fwrite(bytes, 1, size, file) == size;
  if (file && fclose(file)) written = false;
  return written || complain(path);
}

/* The folder that goes in front of the program's PYTHONPATH. */
static bool write_package(struct submitted *job) {
  const char *temporary = getenv("TMPDIR");
  char *path = (char *)TEXT(job, "%s/vonk-submit-XXXXXX", temporary && *temporary ? temporary : "/tmp");
  if (!mkdtemp(path)) return complain(path);
  job->folder = path;
  const char *folders[] = {"vonk", "py-files"};
  for (size_t i = 0; i < COUNT_OF(folders); i++) {
    if (mkdir(path_in(job, folders[i]), 0700)) return complain(path_in(job, folders[i]));
  }
  for (size_t i = 0; i < COUNT_OF(package_files); i++) {
    if (!write_file(path_in(job, package_files[i].name), package_files[i].bytes, *package_files[i].size)) return false;
  }
  return true;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status, (void)kind, (void)place;
  return remove(path);
}

static void remove_package(const struct submitted *job) {
  if (job->folder) (void)nftw(job->folder, remove_one, FOLDER_DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}

static void add_path(struct submitted *job, const char *path) {
  job->python_path = job->python_path ? TEXT(job, "%s:%s", job->python_path, path) : path;
}

/* One of --py-files: a module is linked into a folder of ours, so that its neighbours stay out; archives and folders go on the path. */
static bool add_py_file(struct submitted *job, const char *name) {
  char path[PATH_MAX];
  if (!realpath(name, path)) return complain(name);
  const char *whole = TEXT(job, "%s", path);
  if (!vonk_str_ends_with(vonk_str_of(whole), STR(".py"))) {
    add_path(job, whole);
    return true;
  }
  const char *link = TEXT(job, "%s/py-files/%s", job->folder, strrchr(whole, '/') + 1);
  return symlink(whole, link) == 0 || complain(link);
}

/* The path of modules is set for this process too, since Python workers start from here. */
static bool set_python_path(struct submitted *job, const char *py_files) {
  const char *before = getenv("PYTHONPATH");
  add_path(job, path_in(job, "py-files"));
  while (py_files && *py_files) {
    size_t size = strcspn(py_files, ",");
    if (size && !add_py_file(job, TEXT(job, "%.*s", (int)size, py_files))) return false;
    py_files += size + (py_files[size] == ',');
  }
  if (before && *before) add_path(job, before);
  return setenv("PYTHONPATH", job->python_path, 1) == 0 || complain("PYTHONPATH");
}

/* This process's environment with what the program needs. */
static char **environment_of(const struct submitted *job, const char *remote) {
  char own_path[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", own_path, sizeof own_path);
  const char *added[] = {
      TEXT(job, "SPARK_REMOTE=%s", remote),
      TEXT(job, "PYTHONPATH=%s:%s", job->folder, job->python_path),
      TEXT(job, "VONK_BINARY=%.*s", size > 0 ? (int)size : 0, own_path),
  };
  size_t count = 0, kept = 0;
  while (environ[count]) count++;
  char **made = ARENA_ARRAY(job->arena, char *, count + COUNT_OF(added) + 1);
  for (size_t i = 0; i < count; i++) {
    bool is_replaced = false;
    for (size_t k = 0; k < COUNT_OF(added); k++) is_replaced |= strncmp(environ[i], added[k], strcspn(added[k], "=") + 1) == 0;
    if (!is_replaced) made[kept++] = environ[i];
  }
  for (size_t k = 0; k < COUNT_OF(added); k++) made[kept++] = (char *)added[k];
  return made;
}

/* The program, with the signals as they were before ours. */
static bool start_program(const struct submitted *job, const char *remote, pid_t *out) {
  const char *named = getenv("PYSPARK_PYTHON");
  const char *python = named && *named ? named : "python3";
  posix_spawnattr_t attributes;
  size_t count = 0;
  while (job->words[count]) count++;
  char **words = ARENA_ARRAY(job->arena, char *, count + 2);
  words[0] = (char *)python;
  memcpy(words + 1, job->words, count * sizeof *words);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &job->signals_before);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  errno = posix_spawnp(out, python, NULL, &attributes, words, environment_of(job, remote));
  posix_spawnattr_destroy(&attributes);
  return errno == 0 || complain(python);
}

/* Until the program has ended; its exit code. A Ctrl-C at the terminal reaches the program without our help. */
static int wait_for_program(const struct submitted *job, pid_t program) {
  for (;;) {
    int status;
    siginfo_t signal;
    if (waitpid(program, &status, WNOHANG) == program) return WIFSIGNALED(status) ? SIGNAL_EXIT + WTERMSIG(status) : WEXITSTATUS(status);
    if (sigwaitinfo(&job->signals, &signal) > 0 && signal.si_signo != SIGCHLD && signal.si_code != SI_KERNEL) kill(program, signal.si_signo);
  }
}

static void block_signals(struct submitted *job) {
  const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  sigemptyset(&job->signals);
  for (size_t i = 0; i < COUNT_OF(numbers); i++) sigaddset(&job->signals, numbers[i]);
  sigprocmask(SIG_BLOCK, &job->signals, &job->signals_before);
}

static int serve_and_run(struct submitted *job, struct vonk_instance *instance) {
  const struct vonk_str host = STR("127.0.0.1"), token = vonk_uuid_random(job->arena);
  struct vonk_server_options options = {.host = host, .connect_port = VONK_SERVER_PORT_ANY, .rest_port = VONK_SERVER_PORT_OFF, .token = token};
  struct vonk_server *server;
  pid_t program;
  int code = VONK_EXIT_FAILED;
  if (vonk_server_open(instance, &options, &server) != VONK_RUN_OK) {
    fprintf(stderr, "vonk submit: %s\n", vonk_instance_problem(instance)->message);
    return code;
  }
  /* As a header of the call, since clients take "token" for a wish for TLS. */
  const char *remote = TEXT(job, "sc://" STR_FMT ":%u/;authorization=Bearer%%20" STR_FMT, STR_ARG(host), (unsigned)vonk_server_connect_port(server), STR_ARG(token));
  if (start_program(job, remote, &program)) code = wait_for_program(job, program);
  vonk_server_close(server, 0);
  return code;
}

static int open_and_run(struct submitted *job, const struct submit_options *options) {
  struct vonk_instance_options instance_options = vonk_flags_instance(&options->common);
  struct vonk_instance *instance;
  int code = VONK_EXIT_FAILED;
  block_signals(job); /* before there are threads, which inherit this */
  if (!write_package(job) || !set_python_path(job, options->py_files)) return code;
  if (vonk_instance_open(&instance_options, &instance) == VONK_RUN_OK) code = serve_and_run(job, instance);
  else fprintf(stderr, "vonk submit: %s\n", vonk_instance_problem(instance)->message);
  vonk_instance_close(instance);
  return code;
}

int vonk_command_submit(int count, char **arguments) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct submit_options options = {.common = {.command = "submit", .arena = arena}};
  struct submitted job = {.arena = arena};
  int rest, code = VONK_EXIT_USAGE;
  struct vonk_setting *name = ARRAY_PUSH(arena, &options.common.settings); /* settings behind it win */
  *name = (struct vonk_setting){"spark.app.name", "vonk"};
  if (vonk_flags_parse(flags, COUNT_OF(flags), count, arguments, &options, &rest)) {
    if (options.common.help) {
      code = fputs(vonk_submit_help, stdout) < 0 ? VONK_EXIT_FAILED : VONK_EXIT_FINE;
    } else if (rest == count) {
      fprintf(stderr, "vonk submit: which program?\nTry vonk submit --help.\n");
    } else {
      const char *slash = strrchr(arguments[rest], '/');
      options.common.settings.items[0].value = slash ? slash + 1 : arguments[rest];
      job.words = arguments + rest;
      code = open_and_run(&job, &options);
    }
  }
  remove_package(&job);
  vonk_arena_destroy(arena);
  return code;
}
