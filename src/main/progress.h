/* progress.h: the progress bar of queries that take long, on stderr when that is a terminal. */
#ifndef VONK_MAIN_PROGRESS_H
#define VONK_MAIN_PROGRESS_H

#include "vonk/vonk.h"

struct vonk_progress_bar {
  bool wanted;  /* stderr is a terminal */
  bool shown;
  unsigned columns;
};

void vonk_progress_bar_init(struct vonk_progress_bar *bar);
/* For struct vonk_run_options; OBJECT is the bar. Draws nothing in the first half second. */
void vonk_progress_bar_draw(void *object, const struct vonk_progress *progress);
/* Wipes it before other things are written. */
void vonk_progress_bar_clear(struct vonk_progress_bar *bar);

#endif
