/* progress.c: one line, redrawn in place: a bar, units done, rows read, memory. */
#include "main/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { QUIET_NS = 500 * 1000 * 1000, BAR_CELLS = 30 };

void vonk_progress_bar_init(struct vonk_progress_bar *bar) {
  *bar = (struct vonk_progress_bar){.wanted = isatty(STDERR_FILENO) == 1, .columns = 80};
  struct winsize size;
  if (bar->wanted && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) bar->columns = size.ws_col;
}

void vonk_progress_bar_draw(void *object, const struct vonk_progress *progress) {
  struct vonk_progress_bar *bar = object;
  if (!bar->wanted || progress->elapsed_ns < QUIET_NS) return;
  char line[256];
  uint64_t total = progress->total_units ? progress->total_units : 1;
  uint64_t done = progress->done_units < total ? progress->done_units : total;
  int cells = (int)(done * BAR_CELLS / total);
  int size = snprintf(line, sizeof line, "[%.*s%*s] %3" PRIu64 " %%  %.1f s  %" PRIu64 " MB", cells,
                      "==============================", BAR_CELLS - cells, "", done * 100 / total,
                      (double)progress->elapsed_ns / 1e9, progress->memory_bytes >> 20);
  if (progress->spilled_bytes) {
    size += snprintf(line + size, sizeof line - (size_t)size, "  spilled %" PRIu64 " MB", progress->spilled_bytes >> 20);
  }
  if (size >= (int)bar->columns) size = (int)bar->columns - 1;
  fprintf(stderr, "\r%.*s\033[K", size, line);
  fflush(stderr);
  bar->shown = true;
}

void vonk_progress_bar_clear(struct vonk_progress_bar *bar) {
  if (!bar->shown) return;
  fputs("\r\033[K", stderr);
  fflush(stderr);
  bar->shown = false;
}
