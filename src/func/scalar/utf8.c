/* utf8.c: checking and mending UTF-8. Each malformed part becomes one U+FFFD, as the Unicode standard counts parts (3.9, table 3-8). */
#include "func/rows.h"

/* Length of the well-formed sequence at TEXT, or minus the length of the longest part that could begin one. */
static int sequence_length(const unsigned char *text, size_t size) {
  unsigned char lead = text[0], low = 0x80, high = 0xBF;
  int length = lead < 0x80 ? 1 : lead >= 0xC2 && lead <= 0xDF ? 2 : lead >= 0xE0 && lead <= 0xEF ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
  if (length == 0) return -1;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (int i = 1; i < length; i++) {
    if ((size_t)i >= size || text[i] < low || text[i] > high) return -i;
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

static STATUS is_valid_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_bool(frame, row, vonk_utf8_valid(vonk_row_str(frame, 0, row)));
  return VONK_OK;
}
static STATUS is_valid_utf8(struct vonk_frame *frame) { return vonk_rows_each(frame, is_valid_row); }

static STATUS make_valid_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  char *out;
  size_t used = 0;
  if (vonk_utf8_valid(text)) return vonk_row_add_str(frame, text);
  if (text.size > VONK_STRING_SIZE_MAX / 3) return vonk_unsupported(frame->task, frame->expr->node.origin, "strings of 2 GiB");
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, text.size * 3, &out));
  for (size_t i = 0; i < text.size;) {
    int length = sequence_length((const unsigned char *)text.data + i, text.size - i);
    if (length > 0) memcpy(out + used, text.data + i, (size_t)length);
    else memcpy(out + used, "\xEF\xBF\xBD", 3);
    used += length > 0 ? (size_t)length : 3;
    i += (size_t)(length > 0 ? length : -length);
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, used);
}
static STATUS make_valid_utf8(struct vonk_frame *frame) { return vonk_rows_build(frame, make_valid_row); }

static STATUS validate_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  struct vonk_text bytes;
  if (vonk_utf8_valid(text)) return vonk_row_add_str(frame, text);
  vonk_text_init(&bytes, frame->task->arena);
  size_t i = 0;
  for (int length; (length = sequence_length((const unsigned char *)text.data + i, text.size - i)) > 0;) i += (size_t)length;
  int bad = -sequence_length((const unsigned char *)text.data + i, text.size - i);
  for (int k = 0; k < bad; k++) vonk_text_addf(&bytes, "\\x%02X", (unsigned char)text.data[i + (size_t)k]);
  return vonk_raise(frame->task, VONK_INVALID_UTF8_STRING, frame->expr->node.origin, "str", vonk_text_str(&bytes), NULL);
}
static STATUS validate_utf8(struct vonk_frame *frame) { return vonk_rows_build(frame, validate_row); }

static STATUS try_validate_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  return vonk_utf8_valid(text) ? vonk_row_add_str(frame, text) : vonk_row_add_null(frame);
}
static STATUS try_validate_utf8(struct vonk_frame *frame) { return vonk_rows_build(frame, try_validate_row); }

static STATUS bind_raises(struct vonk_bind_call *call) {
  call->expr->raises = true;
  return VONK_OK;
}

#define ROW(row_name, row_result, row_eval, ...)                                                                         \
  {.name = row_name, .signature = "(string) -> " row_result, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = "string_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_utf8[] = {
    ROW("is_valid_utf8", "boolean", is_valid_utf8, .flags = VONK_FN_MAY_NULL, .doc = "Is the text well-formed UTF-8?", .example = "SELECT is_valid_utf8(X'61FF')"),
    ROW("make_valid_utf8", "string", make_valid_utf8, .flags = VONK_FN_MAY_NULL, .doc = "The text with U+FFFD in place of what is not UTF-8.",
        .example = "SELECT make_valid_utf8(X'61FF62')"),
    ROW("validate_utf8", "string", validate_utf8, .flags = VONK_FN_MAY_NULL, .bind = bind_raises, .doc = "The text itself; an error when it is not UTF-8.",
        .example = "SELECT validate_utf8('kaas')"),
    ROW("try_validate_utf8", "string", try_validate_utf8, .flags = VONK_FN_MAY_NULL, .doc = "The text itself, null when it is not UTF-8.",
        .example = "SELECT try_validate_utf8(X'61FF')"),
    {0},
};
