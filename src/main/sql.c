/* sql.c: `vonk sql`: opens an instance and a session, then runs what the flags name. */
#include <locale.h>
#include <unistd.h>

#include "main/command.h"
#include "main/interrupt.h"
#include "main/shell.h"

static bool opened(const struct vonk_problem *problem, int code) {
  if (code == VONK_RUN_OK) return true;
  fprintf(stderr, "%s\n", problem->rendered);
  return false;
}

static bool open_session(struct vonk_shell *shell) {
  const struct vonk_sql_options *options = shell->options;
  struct vonk_instance_options instance_options = vonk_flags_instance(&options->common);
  int code = vonk_instance_open(&instance_options, &shell->instance);
  if (!opened(vonk_instance_problem(shell->instance), code)) return false;
  struct vonk_session_options session_options = VONK_OPTIONS_INIT(struct vonk_session_options);
  session_options.database = options->database;
  code = vonk_session_open(shell->instance, &session_options, &shell->session);
  return opened(vonk_session_problem(shell->session), code);
}

static void close_session(struct vonk_shell *shell) {
  vonk_interrupt_watch(NULL);
  vonk_session_close(shell->session);
  vonk_instance_close(shell->instance);
}

static bool run_sources(struct vonk_shell *shell, const struct vonk_sql_source *sources, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const char *text = sources[i].text;
    bool go_on = sources[i].kind == VONK_SQL_TEXT ? vonk_shell_run_script(shell, text, strlen(text)) : vonk_shell_run_file(shell, text);
    if (!go_on) return false;
  }
  return true;
}

static void run_all(struct vonk_shell *shell) {
  const struct vonk_sql_options *options = shell->options;
  if (!run_sources(shell, options->init_files.items, options->init_files.count)) return;
  if (options->sources.count > 0) {
    (void)run_sources(shell, options->sources.items, options->sources.count);
  } else if (isatty(STDIN_FILENO)) {
    vonk_shell_prompt(shell);
  } else {
    (void)vonk_shell_run_file(shell, "-");
  }
}

int vonk_command_sql(int count, char **arguments) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_sql_options options;
  struct vonk_shell shell = {.arena = arena, .options = &options};
  if (!vonk_sql_options_parse(arena, count, arguments, &options)) {
    shell.exit_code = VONK_EXIT_USAGE;
  } else if (options.common.help) {
    fputs(vonk_sql_help, stdout);
  } else {
    const char *by_default = isatty(STDOUT_FILENO) ? "table" : "tsv";
    shell.output.type = options.format ? options.format : vonk_printer_find(by_default);
    shell.output.file = stdout;
    if (shell.output.type == &vonk_printer_table) setlocale(LC_CTYPE, "");
    vonk_progress_bar_init(&shell.bar);
    if (options.silent) shell.bar.wanted = false;
    if (open_session(&shell)) {
      vonk_interrupt_watch(shell.session);
      run_all(&shell);
    } else {
      shell.exit_code = VONK_EXIT_FAILED;
    }
    close_session(&shell);
    if (fflush(stdout) != 0 && shell.exit_code == VONK_EXIT_FINE) {
      perror("vonk sql: standard output");
      shell.exit_code = VONK_EXIT_FAILED;
    }
  }
  vonk_arena_destroy(arena);
  return shell.exit_code;
}
