/* rows.c: the state of functions that need memory for a row. */
#include "func/rows.h"

STATUS vonk_rows_open_arena(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  (void)expr;
  *out = vonk_arena_create(task->budget);
  return VONK_OK;
}

void vonk_rows_close_arena(void *state) { vonk_arena_destroy(state); }
