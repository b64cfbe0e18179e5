/* text.h: what several families need of strings: parts by code points, the arguments of a call. */
#ifndef VONK_FUNC_TEXT_H
#define VONK_FUNC_TEXT_H

#include "expr/expr.h"
#include "func/unicode.h"

/* State of functions that map case. */
struct vonk_case {
  struct vonk_arena *arena, *row_arena;
  struct vonk_unicode unicode;
};

STATUS vonk_case_open(struct vonk_task *task, const struct vonk_expr *expr, void **out);
void vonk_case_close(void *state);

/* Argument INDEX of a call, aggregate or window call's function. */
const struct vonk_expr *vonk_expr_argument(const struct vonk_expr *expr, uint32_t index);

/* Spark's substring: FROM counts from 1, negative ones from the end; 0 is 1. BINARY counts bytes, else code points. */
struct vonk_str vonk_text_substring(struct vonk_str text, int64_t from, int64_t length, bool binary);
/* Byte offset of code point INDEX (from 0); the size when there are fewer. */
size_t vonk_text_offset(struct vonk_str text, int64_t index);

#endif
