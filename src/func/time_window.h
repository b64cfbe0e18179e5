/* time_window.h: what window() asks for, for the binder that puts relations in its place. */
#ifndef VONK_FUNC_TIME_WINDOW_H
#define VONK_FUNC_TIME_WINDOW_H

#include "expr/function.h"

/* Windows begin at `start` plus a multiple of `slide` and last `duration`: microseconds, 0 < slide <= duration, |start| < slide. */
struct vonk_time_window {
  int64_t duration, slide, start;
};

enum vonk_time_window_kind { VONK_NO_TIME_WINDOW, VONK_TIME_WINDOW, VONK_SESSION_WINDOW, VONK_WINDOW_TIME };

/* Which of window, session_window and window_time FUNCTION is. A bound call of the first has a struct vonk_time_window as data. */
enum vonk_time_window_kind vonk_time_window_kind(const struct vonk_function *function);

#endif
