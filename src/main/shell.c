/* shell.c: a statement from its text to the last printed row, with time and failure. */
#include "main/shell.h"

#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "main/command.h"
#include "main/interrupt.h"

static void report_problem(struct vonk_shell *shell) {
  const struct vonk_problem *problem = vonk_session_problem(shell->session);
  if (shell->output.type->problem) {
    shell->output.type->problem(&shell->output, problem);
    return;
  }
  fflush(shell->output.file);
  fprintf(stderr, "%s\n", problem->rendered);
}

static bool finish(struct vonk_shell *shell, int code) {
  vonk_progress_bar_clear(&shell->bar);
  if (code == VONK_RUN_OK || code == VONK_RUN_END) return true;
  report_problem(shell);
  bool interrupted = vonk_interrupt_take();
  if (code == VONK_RUN_CANCELLED && interrupted) {
    shell->exit_code = VONK_EXIT_CANCELLED;
    return false;
  }
  if (shell->exit_code == VONK_EXIT_FINE) shell->exit_code = VONK_EXIT_FAILED;
  return shell->output.type->own_failures;
}

static int print_rows(struct vonk_shell *shell, struct vonk_statement *statement) {
  struct vonk_printer *output = &shell->output;
  bool answers = output->column_count > 0 || output->type->always;
  bool terminal = shell->bar.wanted;
  int code = VONK_RUN_END;
  /* The first row is fetched before the head is written, so that a query that fails at once prints nothing. */
  if (output->column_count > 0) code = vonk_statement_next_row(statement);
  if (code != VONK_RUN_ROW && code != VONK_RUN_END) return code;
  if (answers) output->type->begin(output);
  while (code == VONK_RUN_ROW) {
    if (terminal) vonk_progress_bar_clear(&shell->bar);
    output->type->row(output);
    output->row_count++;
    code = vonk_statement_next_row(statement);
  }
  if (answers && code == VONK_RUN_END) output->type->end(output);
  return code;
}

static ssize_t keep(void *object, const char *bytes, size_t size) {
  vonk_text_add(object, vonk_str_make(bytes, size));
  return (ssize_t)size;
}

/* The test format takes either an answer or an error, never half of both: rows are kept until the end is known. */
static int print_whole(struct vonk_shell *shell, struct vonk_statement *statement) {
  struct vonk_printer *output = &shell->output;
  struct vonk_text text;
  vonk_text_init(&text, output->arena);
  FILE *file = output->file, *kept = fopencookie(&text, "w", (cookie_io_functions_t){.write = keep});
  if (!kept) return print_rows(shell, statement);
  output->file = kept;
  int code = print_rows(shell, statement);
  output->file = file;
  fclose(kept);
  if (code == VONK_RUN_END) fwrite(text.data, 1, text.size, file);
  return code;
}

bool vonk_shell_run(struct vonk_shell *shell, const char *sql, size_t size) {
  uint64_t start_ns = vonk_clock_monotonic_ns();
  if (shell->options->verbose) {
    fwrite(sql, 1, size, shell->output.file);
    putc('\n', shell->output.file);
  }
  struct vonk_run_options options = VONK_OPTIONS_INIT(struct vonk_run_options);
  if (shell->bar.wanted) {
    options.progress = vonk_progress_bar_draw;
    options.progress_object = &shell->bar;
  }
  struct vonk_statement *statement;
  int code = vonk_session_run(shell->session, sql, size, &options, &statement);
  if (code != VONK_RUN_OK) return finish(shell, code);
  struct vonk_printer *output = &shell->output;
  const char *header = vonk_session_setting(shell->session, "spark.sql.cli.print.header");
  output->header = header && strcmp(header, "true") == 0;
  output->statement = statement;
  output->column_count = vonk_statement_column_count(statement);
  output->row_count = 0;
  output->arena = vonk_arena_create(NULL);
  code = output->type->own_failures ? print_whole(shell, statement) : print_rows(shell, statement);
  fflush(output->file);
  bool go_on = finish(shell, code);
  vonk_statement_close(statement);
  vonk_arena_destroy(output->arena);
  output->statement = NULL;
  if (code == VONK_RUN_END && !shell->options->silent) {
    double seconds = (double)(vonk_clock_monotonic_ns() - start_ns) / 1e9;
    fprintf(stderr, "Time taken: %.3f seconds, Fetched %" PRIu64 " row(s)\n", seconds, output->row_count);
  }
  return go_on;
}

bool vonk_shell_run_script(struct vonk_shell *shell, const char *text, size_t size) {
  struct vonk_script_piece piece;
  for (size_t at = 0; vonk_script_next(text, size, at, &piece); at = piece.next) {
    if (piece.empty) continue;
    if (vonk_interrupt_take()) {
      shell->exit_code = VONK_EXIT_CANCELLED;
      return false;
    }
    if (!vonk_shell_run(shell, text + piece.start, piece.stop - piece.start)) return false;
  }
  return true;
}

bool vonk_shell_run_file(struct vonk_shell *shell, const char *path) {
  bool standard_input = strcmp(path, "-") == 0;
  FILE *file = standard_input ? stdin : fopen(path, "re");
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_text text;
  vonk_text_init(&text, arena);
  char piece[16384];
  size_t count;
  while (file && (count = fread(piece, 1, sizeof piece, file)) > 0) vonk_text_add(&text, vonk_str_make(piece, count));
  bool fine = file && !ferror(file);
  if (!fine) {
    fprintf(stderr, "vonk sql: cannot read %s: %s\n", path, strerror(errno));
    shell->exit_code = VONK_EXIT_FAILED;
  }
  if (file && !standard_input) fclose(file);
  if (fine) fine = vonk_shell_run_script(shell, text.data, text.size);
  vonk_arena_destroy(arena);
  return fine;
}
