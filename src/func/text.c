/* text.c: positions in UTF-8. */
#include "func/text.h"

const struct vonk_expr *vonk_expr_argument(const struct vonk_expr *expr, uint32_t index) {
  const struct vonk_expr_call *call = EXPR_AS(expr, call);
  const struct vonk_expr_aggregate *aggregate = EXPR_AS(expr, aggregate);
  return call ? call->arguments.items[index] : aggregate->arguments.items[index];
}

size_t vonk_text_offset(struct vonk_str text, int64_t index) {
  size_t position = 0;
  while (index > 0 && position < text.size) {
    if (text.data[position] & 0x80) vonk_utf8_decode(text, &position);
    else position++;
    index--;
  }
  return position;
}

struct vonk_str vonk_text_substring(struct vonk_str text, int64_t from, int64_t length, bool binary) {
  if (length <= 0) return (struct vonk_str){text.data, 0};
  /* Where the position is negative, characters are counted; a start before the text uses up some of the length. */
  int64_t start = from > 0 ? from - 1 : from;
  if (from < 0) start = from + (int64_t)(binary ? text.size : vonk_utf8_count(text));
  int64_t end = start + length;
  if (end <= 0) return (struct vonk_str){text.data, 0};
  if (start < 0) start = 0;
  if (binary) {
    size_t size = text.size;
    size_t low = (uint64_t)start < size ? (size_t)start : size, high = (uint64_t)end < size ? (size_t)end : size;
    return vonk_str_slice(text, low, high);
  }
  size_t low = vonk_text_offset(text, start);
  struct vonk_str rest = vonk_str_slice(text, low, text.size);
  return vonk_str_make(rest.data, vonk_text_offset(rest, end - start));
}

STATUS vonk_case_open(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  (void)expr;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_case *state = ARENA_NEW(arena, struct vonk_case);
  *state = (struct vonk_case){.arena = arena, .row_arena = vonk_arena_create(task->budget)};
  *out = state;
  return VONK_OK;
}
void vonk_case_close(void *object) {
  struct vonk_case *state = object;
  vonk_unicode_close(&state->unicode);
  vonk_arena_destroy(state->row_arena);
  vonk_arena_destroy(state->arena);
}
