/* prompt.c: the prompt of `vonk sql`: line editing and history by libedit, statements over several lines until a semicolon.
 *
 * libedit is touched here only, so a run without a prompt never initialises it. The history file is made with mode 0600,
 * for statements may hold what others should not read.
 */
#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/command.h"
#include "main/interrupt.h"
#include "main/shell.h"

enum { HISTORY_LINES = 10000 };

struct prompt {
  struct vonk_shell *shell;
  EditLine *editor;
  History *history;
  struct vonk_text statement; /* what was typed of it so far */
  struct vonk_str label;      /* "spark-sql (default)> " or as many blanks and "> " */
  const char *history_path;   /* NULL: none */
};

/* Made with its folders when absent; NULL when there is no place for it. */
static const char *history_path(struct vonk_arena *arena) {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  struct vonk_str path;
  if (state && state[0] == '/') {
    path = vonk_str_format(arena, "%s/vonk/history", state);
  } else if (home && home[0] == '/') {
    path = vonk_str_format(arena, "%s/.local/state/vonk/history", home);
  } else {
    return NULL;
  }
  char *text = vonk_arena_copy(arena, path.data, path.size + 1);
  for (char *slash = strchr(text + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    bool made = mkdir(text, 0700) == 0 || errno == EEXIST;
    *slash = '/';
    if (!made) return NULL;
  }
  int file = open(text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return NULL;
  (void)fchmod(file, 0600);
  close(file);
  return text;
}

static char *prompt_label(EditLine *editor) {
  struct prompt *prompt = NULL;
  el_get(editor, EL_CLIENTDATA, &prompt);
  return (char *)(uintptr_t)prompt->label.data;
}

static void set_label(struct prompt *prompt) {
  struct vonk_str first = vonk_str_format(prompt->shell->arena, "spark-sql (%s)> ", vonk_session_database(prompt->shell->session));
  if (prompt->statement.size > 0) {
    first = vonk_str_format(prompt->shell->arena, "%*s> ", (int)first.size - 2, "");
  }
  prompt->label = first;
}

static void remember(struct prompt *prompt, struct vonk_str text) {
  HistEvent event;
  char *line = vonk_arena_copy(prompt->shell->arena, text.data, text.size + 1);
  line[text.size] = 0;
  for (size_t i = 0; i < text.size; i++) {
    if (line[i] == '\n') line[i] = ' ';
  }
  history(prompt->history, &event, H_ENTER, line);
  if (!prompt->history_path) return;
  history(prompt->history, &event, H_SAVE, prompt->history_path);
  (void)chmod(prompt->history_path, 0600);
}

/* What is not SQL: quit, exit, source FILE, !COMMAND. False: leave the prompt. */
static bool run_word(struct prompt *prompt, struct vonk_str text, bool *taken) {
  struct vonk_shell *shell = prompt->shell;
  while (text.size && text.data[text.size - 1] == ';') text = vonk_str_trim(vonk_str_slice(text, 0, text.size - 1));
  *taken = true;
  if (vonk_str_equal_nocase(text, STR("quit")) || vonk_str_equal_nocase(text, STR("exit"))) return false;
  if (text.size > 1 && text.data[0] == '!') {
    int code = system(vonk_str_copy(shell->arena, vonk_str_slice(text, 1, text.size)).data);
    if (code != 0) fprintf(stderr, "exit code %d\n", WIFEXITED(code) ? WEXITSTATUS(code) : code);
    return true;
  }
  if (vonk_str_starts_with_nocase(text, STR("source "))) {
    struct vonk_str path = vonk_str_trim(vonk_str_slice(text, 7, text.size));
    (void)vonk_shell_run_file(shell, vonk_str_copy(shell->arena, path).data);
    return true;
  }
  *taken = false;
  return true;
}

/* Runs the complete statements typed so far and keeps the rest. */
static void run_typed(struct prompt *prompt) {
  struct vonk_script_piece piece;
  struct vonk_text *typed = &prompt->statement;
  size_t at = 0;
  while (vonk_script_next(typed->data, typed->size, at, &piece) && piece.complete) {
    if (!piece.empty) {
      remember(prompt, vonk_str_slice(vonk_text_str(typed), piece.start, piece.next));
      (void)vonk_shell_run(prompt->shell, typed->data + piece.start, piece.stop - piece.start);
      (void)vonk_interrupt_take();
    }
    at = piece.next;
  }
  struct vonk_str rest = vonk_str_trim(vonk_str_slice(vonk_text_str(typed), at, typed->size));
  memmove(typed->data, rest.data, rest.size);
  typed->size = rest.size;
  if (rest.size) vonk_text_add_char(typed, '\n');
}

static bool open_prompt(struct prompt *prompt) {
  HistEvent event;
  prompt->editor = el_init("vonk", stdin, stdout, stderr);
  prompt->history = history_init();
  if (!prompt->editor || !prompt->history) return false;
  history(prompt->history, &event, H_SETSIZE, HISTORY_LINES);
  history(prompt->history, &event, H_SETUNIQUE, 1);
  prompt->history_path = history_path(prompt->shell->arena);
  if (prompt->history_path) history(prompt->history, &event, H_LOAD, prompt->history_path);
  el_set(prompt->editor, EL_CLIENTDATA, prompt);
  el_set(prompt->editor, EL_PROMPT, prompt_label);
  el_set(prompt->editor, EL_EDITOR, "emacs");
  el_set(prompt->editor, EL_HIST, history, prompt->history);
  el_set(prompt->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_source(prompt->editor, NULL);
  return true;
}

void vonk_shell_prompt(struct vonk_shell *shell) {
  struct prompt prompt = {.shell = shell};
  vonk_text_init(&prompt.statement, shell->arena);
  if (!open_prompt(&prompt)) {
    (void)vonk_shell_run_file(shell, "-");
    return;
  }
  printf("vonk %s. Statements end with ; and quit leaves.\n", vonk_version());
  for (;;) {
    set_label(&prompt);
    int count = 0;
    const char *line = el_gets(prompt.editor, &count);
    if (vonk_interrupt_take()) {
      prompt.statement.size = 0;
      el_reset(prompt.editor);
      putchar('\n');
      continue;
    }
    if (!line || count <= 0) break;
    struct vonk_str typed = vonk_str_trim(vonk_str_make(line, (size_t)count));
    if (prompt.statement.size == 0) {
      bool taken = typed.size == 0;
      if (!taken && !run_word(&prompt, typed, &taken)) break;
      if (taken) continue;
    }
    vonk_text_add(&prompt.statement, vonk_str_make(line, (size_t)count));
    run_typed(&prompt);
  }
  putchar('\n');
  history_end(prompt.history);
  el_end(prompt.editor);
  /* What failed at the prompt was seen there. */
  shell->exit_code = VONK_EXIT_FINE;
}
