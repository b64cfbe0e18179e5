/* shell.h: runs statements of a session one after another and prints what they answer. */
#ifndef VONK_MAIN_SHELL_H
#define VONK_MAIN_SHELL_H

#include "main/progress.h"
#include "main/sql_options.h"

struct vonk_shell {
  struct vonk_arena *arena;
  struct vonk_instance *instance;
  struct vonk_session *session;
  const struct vonk_sql_options *options;
  struct vonk_printer output;
  struct vonk_progress_bar bar;
  int exit_code; /* of the worst so far: 130 over 1 over 0 */
};

/* One statement; false when what follows must not run (a failure that the format does not take as an answer). */
bool vonk_shell_run(struct vonk_shell *shell, const char *sql, size_t size);
/* All statements of a text, the last one also without a semicolon. False as above. */
bool vonk_shell_run_script(struct vonk_shell *shell, const char *text, size_t size);
/* PATH "-" is standard input. */
bool vonk_shell_run_file(struct vonk_shell *shell, const char *path);
/* Reads statements from a terminal until its end, quit or exit. */
void vonk_shell_prompt(struct vonk_shell *shell);

#endif
