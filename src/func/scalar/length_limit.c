/* length_limit.c: what CHAR(n) and VARCHAR(n) columns do to texts written to them. Lengths count code points. */
#include "func/rows.h"
#include "func/text.h"

static STATUS exceeded(struct vonk_frame *frame, int64_t limit) {
  return vonk_raise(frame->task, VONK_EXCEED_LIMIT_LENGTH, frame->expr->node.origin, "limit", vonk_str_format(frame->task->arena, "%lld", (long long)limit), NULL);
}

/* TEXT without the blanks at its end that pass LIMIT; fails when more passes it. */
static STATUS cut(struct vonk_frame *frame, struct vonk_str text, int64_t limit, struct vonk_str *out, int64_t *length) {
  *length = (int64_t)vonk_utf8_count(text);
  while (*length > limit && text.data[text.size - 1] == ' ') text.size--, (*length)--;
  *out = text;
  return *length > limit ? exceeded(frame, limit) : VONK_OK;
}

static STATUS varchar_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text;
  int64_t length;
  TRY(cut(frame, vonk_row_str(frame, 0, row), vonk_row_int(frame, 1, row), &text, &length));
  return vonk_row_add_str(frame, text);
}
static STATUS varchar_limit(struct vonk_frame *frame) { return vonk_rows_build(frame, varchar_row); }

static STATUS char_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text;
  int64_t limit = vonk_row_int(frame, 1, row), length;
  TRY(cut(frame, vonk_row_str(frame, 0, row), limit, &text, &length));
  size_t size = text.size + (size_t)(limit - length);
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, size, &out));
  if (text.size) memcpy(out, text.data, text.size);
  memset(out + text.size, ' ', size - text.size);
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}
static STATUS char_limit(struct vonk_frame *frame) { return vonk_rows_build(frame, char_row); }

const struct vonk_function vonk_functions_length_limit[] = {
    {.name = "chartypewritesidecheck", .signature = "(string, int) -> string", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_RAISES | VONK_FN_INTERNAL,
     .eval = char_limit, .raise = char_row, .group = "string_funcs", .doc = "What a CHAR column holds of a text.", .example = "SELECT CAST('a' AS CHAR(3))"},
    {.name = "varchartypewritesidecheck", .signature = "(string, int) -> string", .nulls = VONK_NULLS_STRICT, .flags = VONK_FN_RAISES | VONK_FN_INTERNAL,
     .eval = varchar_limit, .raise = varchar_row, .group = "string_funcs", .doc = "What a VARCHAR column holds of a text.",
     .example = "SELECT CAST('a' AS VARCHAR(3))"},
    {0},
};
