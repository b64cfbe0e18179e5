/* unicode.h: letters beyond ASCII: full case mapping by ICU, which is opened when the first such text comes. */
#ifndef VONK_FUNC_UNICODE_H
#define VONK_FUNC_UNICODE_H

#include "base/task.h"

/* Zero-initialised is closed. One worker each. */
struct vonk_unicode {
  void *library;
  void *case_map;
  int32_t (*map_lower)(const void *, char *, int32_t, const char *, int32_t, int *);
  int32_t (*map_upper)(const void *, char *, int32_t, const char *, int32_t, int *);
  void (*close_map)(void *);
  int8_t (*is_upper)(int32_t);
  int8_t (*is_lower)(int32_t);
  int8_t (*is_digit)(int32_t);
  int8_t (*category)(int32_t);   /* UCharCategory of ICU's uchar.h */
};

bool vonk_unicode_is_ascii(struct vonk_str text);
STATUS vonk_unicode_open(struct vonk_task *task, struct vonk_unicode *unicode);
void vonk_unicode_close(struct vonk_unicode *unicode);
/* Result on ARENA (TEXT itself when there is nothing to do). Malformed bytes come out as U+FFFD. */
STATUS vonk_unicode_lower(struct vonk_task *task, struct vonk_unicode *unicode, struct vonk_arena *arena, struct vonk_str text,
                          struct vonk_str *out);
STATUS vonk_unicode_upper(struct vonk_task *task, struct vonk_unicode *unicode, struct vonk_arena *arena, struct vonk_str text,
                          struct vonk_str *out);

#endif
