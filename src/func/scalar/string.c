/* string.c: length, parts, case, trimming, padding, joining. Positions and lengths count code points. */
#include "func/rows.h"
#include "func/text.h"
#include "func/unicode.h"

/* --- length --- */

static STATUS octet_length_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, (int32_t)vonk_row_str(frame, 0, row).size);
  return VONK_OK;
}
static STATUS octet_length(struct vonk_frame *frame) { return vonk_rows_each(frame, octet_length_row); }

static STATUS char_length_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, (int32_t)vonk_utf8_count(vonk_row_str(frame, 0, row)));
  return VONK_OK;
}
static STATUS length(struct vonk_frame *frame) {
  bool binary = vonk_expr_argument(frame->expr, 0)->type->id == VONK_TYPE_BINARY;
  return binary ? vonk_rows_each(frame, octet_length_row) : vonk_rows_each(frame, char_length_row);
}

static STATUS bit_length_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, (int32_t)((uint32_t)vonk_row_str(frame, 0, row).size * 8));
  return VONK_OK;
}
static STATUS bit_length(struct vonk_frame *frame) { return vonk_rows_each(frame, bit_length_row); }

/* --- parts --- */

static STATUS substring_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  int64_t from = vonk_row_int(frame, 1, row);
  int64_t length = vonk_row_int(frame, 2, row);
  bool binary = vonk_expr_argument(frame->expr, 0)->type->id == VONK_TYPE_BINARY;
  return vonk_row_add_str(frame, vonk_text_substring(text, from, length, binary));
}
static STATUS substring(struct vonk_frame *frame) { return vonk_rows_build(frame, substring_row); }

static STATUS left_row(struct vonk_frame *frame, uint32_t row) {
  bool binary = vonk_expr_argument(frame->expr, 0)->type->id == VONK_TYPE_BINARY;
  return vonk_row_add_str(frame, vonk_text_substring(vonk_row_str(frame, 0, row), 1, vonk_row_int(frame, 1, row), binary));
}
static STATUS left(struct vonk_frame *frame) { return vonk_rows_build(frame, left_row); }

static STATUS right_row(struct vonk_frame *frame, uint32_t row) {
  int64_t length = vonk_row_int(frame, 1, row);
  struct vonk_str text = vonk_row_str(frame, 0, row);
  if (length <= 0) return vonk_row_add_str(frame, STR(""));
  return vonk_row_add_str(frame, vonk_text_substring(text, -length, INT32_MAX, false));
}
static STATUS right(struct vonk_frame *frame) { return vonk_rows_build(frame, right_row); }

static STATUS overlay_row(struct vonk_frame *frame, uint32_t row) {
  bool binary = vonk_expr_argument(frame->expr, 0)->type->id == VONK_TYPE_BINARY;
  struct vonk_str text = vonk_row_str(frame, 0, row), replacement = vonk_row_str(frame, 1, row);
  int64_t from = vonk_row_int(frame, 2, row), length = vonk_row_int(frame, 3, row);
  if (length < 0) length = (int64_t)(binary ? replacement.size : vonk_utf8_count(replacement));
  struct vonk_str head = vonk_text_substring(text, 1, from - 1, binary);
  struct vonk_str tail = vonk_text_substring(text, from + length, INT32_MAX, binary);
  char *out;
  size_t size = head.size + replacement.size + tail.size;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, size, &out));
  memcpy(out, head.data, head.size);
  memcpy(out + head.size, replacement.data, replacement.size);
  memcpy(out + head.size + replacement.size, tail.data, tail.size);
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}
static STATUS overlay(struct vonk_frame *frame) { return vonk_rows_build(frame, overlay_row); }

/* --- case --- */

static STATUS add_ascii(struct vonk_frame *frame, struct vonk_str text, char low, char high) {
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, text.size, &out));
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    out[i] = (char)(c ^ ((c >= low && c <= high) ? 0x20 : 0));
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, text.size);
}

static STATUS upper_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_case *state = frame->state;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  if (vonk_unicode_is_ascii(text)) return add_ascii(frame, text, 'a', 'z');
  TRY(vonk_unicode_upper(frame->task, &state->unicode, state->row_arena, text, &text));
  TRY(vonk_row_add_str(frame, text));
  vonk_arena_reset(state->row_arena);
  return VONK_OK;
}
static STATUS upper(struct vonk_frame *frame) { return vonk_rows_build(frame, upper_row); }

static STATUS lower_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_case *state = frame->state;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  if (vonk_unicode_is_ascii(text)) return add_ascii(frame, text, 'A', 'Z');
  TRY(vonk_unicode_lower(frame->task, &state->unicode, state->row_arena, text, &text));
  TRY(vonk_row_add_str(frame, text));
  vonk_arena_reset(state->row_arena);
  return VONK_OK;
}
static STATUS lower(struct vonk_frame *frame) { return vonk_rows_build(frame, lower_row); }

/* Words are separated by single blanks; the first letter is made upper, the rest lower. */
static STATUS initcap_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_case *state = frame->state;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  struct vonk_str low;
  TRY(vonk_unicode_lower(frame->task, &state->unicode, state->row_arena, text, &low));
  struct vonk_text out;
  vonk_text_init(&out, state->row_arena);
  bool start = true;
  for (size_t i = 0; i < low.size;) {
    size_t from = i;
    uint32_t c = vonk_utf8_decode(low, &i);
    struct vonk_str letter = vonk_str_slice(low, from, i);
    if (start) TRY(vonk_unicode_upper(frame->task, &state->unicode, state->row_arena, letter, &letter));
    vonk_text_add(&out, letter);
    start = c == ' ';
  }
  TRY(vonk_row_add_str(frame, vonk_text_str(&out)));
  vonk_arena_reset(state->row_arena);
  return VONK_OK;
}
static STATUS initcap(struct vonk_frame *frame) { return vonk_rows_build(frame, initcap_row); }

/* --- trimming and padding --- */

static bool in_set(struct vonk_str set, struct vonk_str character) {
  return vonk_str_find(set, character, 0) != SIZE_MAX; /* UTF-8 synchronises itself */
}

/* SIDES: 1 left, 2 right. */
static struct vonk_str trim_set(struct vonk_str text, struct vonk_str set, int sides) {
  if (sides & 1) {
    size_t i = 0, next = 0;
    while (next < text.size) {
      vonk_utf8_decode(text, &next);
      if (!in_set(set, vonk_str_slice(text, i, next))) break;
      i = next;
    }
    text = vonk_str_slice(text, i, text.size);
  }
  if (!(sides & 2)) return text;
  while (text.size) {
    size_t from = text.size - 1;
    while (from > 0 && (text.data[from] & 0xC0) == 0x80) from--;
    if (!in_set(set, vonk_str_slice(text, from, text.size))) break;
    text.size = from;
  }
  return text;
}

__attribute__((always_inline)) static inline STATUS trim_rows(struct vonk_frame *frame, int sides, uint32_t set_argument) {
  for (uint32_t row = 0; row < frame->row_count; row++) {
    if (!vonk_bits_get(frame->live, row)) {
      TRY(vonk_row_add_null(frame));
      continue;
    }
    bool has_set = frame->argument_count > 1;
    struct vonk_str text = vonk_row_str(frame, has_set ? 1 - set_argument : 0, row);
    struct vonk_str set = has_set ? vonk_row_str(frame, set_argument, row) : STR(" ");
    TRY(vonk_row_add_str(frame, trim_set(text, set, sides)));
  }
  return VONK_OK;
}
static STATUS trim(struct vonk_frame *frame) { return trim_rows(frame, 3, 0); }
static STATUS ltrim(struct vonk_frame *frame) { return trim_rows(frame, 1, 0); }
static STATUS rtrim(struct vonk_frame *frame) { return trim_rows(frame, 2, 0); }
static STATUS btrim(struct vonk_frame *frame) { return trim_rows(frame, 3, 1); }

/* Byte length of the first COUNT code points. */
static size_t prefix_size(struct vonk_str text, int64_t count, bool binary) {
  return vonk_text_substring(text, 1, count, binary).size;
}

__attribute__((always_inline)) static inline STATUS pad_row(struct vonk_frame *frame, uint32_t row, bool at_left) {
  bool binary = vonk_expr_argument(frame->expr, 0)->type->id == VONK_TYPE_BINARY;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  struct vonk_str pad = vonk_row_str(frame, 2, row);
  int64_t wanted = vonk_row_int(frame, 1, row), have = (int64_t)(binary ? text.size : vonk_utf8_count(text));
  int64_t pad_count = (int64_t)(binary ? pad.size : vonk_utf8_count(pad));
  if (wanted <= have || pad_count == 0) {
    int64_t keep = wanted < 0 ? 0 : wanted;
    return vonk_row_add_str(frame, vonk_str_make(text.data, prefix_size(text, keep, binary)));
  }
  int64_t whole = (wanted - have) / pad_count;
  size_t rest = prefix_size(pad, (wanted - have) % pad_count, binary);
  size_t fill = (size_t)whole * pad.size + rest;
  if (fill + text.size > VONK_STRING_SIZE_MAX) return vonk_unsupported(frame->task, frame->expr->node.origin, "strings of 2 GiB");
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, fill + text.size, &out));
  memcpy(out + (at_left ? fill : 0), text.data, text.size);
  char *to = out + (at_left ? 0 : text.size);
  for (int64_t i = 0; i < whole; i++) memcpy(to + (size_t)i * pad.size, pad.data, pad.size);
  memcpy(to + (size_t)whole * pad.size, pad.data, rest);
  return vonk_builder_commit_bytes(frame->task, frame->builder, fill + text.size);
}
static STATUS lpad_row(struct vonk_frame *frame, uint32_t row) { return pad_row(frame, row, true); }
static STATUS rpad_row(struct vonk_frame *frame, uint32_t row) { return pad_row(frame, row, false); }
static STATUS lpad(struct vonk_frame *frame) { return vonk_rows_build(frame, lpad_row); }
static STATUS rpad(struct vonk_frame *frame) { return vonk_rows_build(frame, rpad_row); }

/* --- repeating --- */

static STATUS add_repeated(struct vonk_frame *frame, struct vonk_str text, int64_t count) {
  if (count <= 0 || text.size == 0) return vonk_row_add_str(frame, STR(""));
  size_t size;
  if (__builtin_mul_overflow(text.size, (size_t)count, &size) || size > VONK_STRING_SIZE_MAX) {
    return vonk_unsupported(frame->task, frame->expr->node.origin, "strings of 2 GiB");
  }
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, size, &out));
  for (size_t i = 0; i < size; i += text.size) memcpy(out + i, text.data, text.size);
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}

static STATUS repeat_row(struct vonk_frame *frame, uint32_t row) {
  return add_repeated(frame, vonk_row_str(frame, 0, row), vonk_row_int(frame, 1, row));
}
static STATUS repeat(struct vonk_frame *frame) { return vonk_rows_build(frame, repeat_row); }

static STATUS space_row(struct vonk_frame *frame, uint32_t row) { return add_repeated(frame, STR(" "), vonk_row_int(frame, 0, row)); }
static STATUS space(struct vonk_frame *frame) { return vonk_rows_build(frame, space_row); }

/* --- characters --- */

static STATUS ascii_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  size_t position = 0;
  vonk_row_put_int(frame, row, text.size ? (int32_t)vonk_utf8_decode(text, &position) : 0);
  return VONK_OK;
}
static STATUS ascii(struct vonk_frame *frame) { return vonk_rows_each(frame, ascii_row); }

/* The character of the low byte of a number; nothing for negative ones. */
static STATUS chr_row(struct vonk_frame *frame, uint32_t row) {
  int64_t code = vonk_row_int(frame, 0, row);
  char bytes[4];
  size_t size = code < 0 ? 0 : vonk_utf8_encode((uint32_t)(code & 0xFF), bytes);
  return vonk_row_add_str(frame, vonk_str_make(bytes, size));
}
static STATUS chr(struct vonk_frame *frame) { return vonk_rows_build(frame, chr_row); }

/* Bytes are filled up with zeros. */
static STATUS bind_pad(struct vonk_bind_call *call) {
  if (call->arguments.count > 2) return VONK_OK;
  struct vonk_value zero = vonk_value_text(&vonk_type_binary, vonk_str_make("\0", 1));
  struct vonk_expr **items = ARENA_ARRAY(call->task->arena, struct vonk_expr *, 3);
  memcpy(items, call->arguments.items, 2 * sizeof *items);
  items[2] = vonk_expr_literal_of(call->task->arena, &zero, call->expr->node.origin);
  call->arguments = (struct vonk_exprs){items, 3};
  return VONK_OK;
}

#define SCALAR(row_name, row_signature, row_nulls, row_flags, row_eval, ...)                                            \
  {.name = row_name, .kind = VONK_SCALAR, .signature = row_signature, .nulls = row_nulls, .flags = row_flags, .eval = row_eval, \
   .group = "string_funcs", __VA_ARGS__}
#define STRICT(row_name, row_signature, row_eval, ...) SCALAR(row_name, row_signature, VONK_NULLS_STRICT, 0, row_eval, __VA_ARGS__)

#define TEXT_OR_BYTES(rest, result) "(string" rest ") -> " result " | (binary" rest ") -> " result

const struct vonk_function vonk_functions_string[] = {
    STRICT("length", TEXT_OR_BYTES("", "int"), length, .doc = "Number of characters of a text, or of bytes of a binary.",
           .example = "SELECT length('grüße ')"),
    STRICT("len", TEXT_OR_BYTES("", "int"), length, .doc = "The same as length.", .example = "SELECT len('kite')"),
    STRICT("char_length", TEXT_OR_BYTES("", "int"), length, .doc = "The same as length.", .example = "SELECT char_length('kite')"),
    STRICT("character_length", TEXT_OR_BYTES("", "int"), length, .doc = "The same as length.",
           .example = "SELECT character_length('kite')"),
    STRICT("octet_length", TEXT_OR_BYTES("", "int"), octet_length, .doc = "Number of bytes.", .example = "SELECT octet_length('ü')"),
    STRICT("bit_length", TEXT_OR_BYTES("", "int"), bit_length, .doc = "Number of bits.", .example = "SELECT bit_length('kite')"),
    STRICT("substring", "(string, int, [int = 2147483647]) -> string | (binary, int, [int = 2147483647]) -> binary", substring,
           .doc = "The part from a position, counted from 1, or from the end when negative, with at most so many characters.",
           .example = "SELECT substring('windmill', 5, 3)"),
    STRICT("substr", "(string, int, [int = 2147483647]) -> string | (binary, int, [int = 2147483647]) -> binary", substring, .doc = "The same as substring.",
           .example = "SELECT substr('windmill', -4)"),
    STRICT("left", "(string, int) -> string | (binary, int) -> binary", left, .doc = "The first characters.",
           .example = "SELECT left('windmill', 4)"),
    SCALAR("right", "(string, int) -> string", VONK_NULLS_STRICT, VONK_FN_MAY_NULL, right, .doc = "The last characters.", .example = "SELECT right('windmill', 4)"),
    STRICT("overlay", "(string, string, int, [int = -1]) -> string | (binary, binary, int, [int = -1]) -> binary", overlay,
           .doc = "Puts a text over part of another, from a position on and for a length.",
           .example = "SELECT overlay('windmill' PLACING 'sock' FROM 5)"),
    STRICT("upper", "(string) -> string", upper, .open = vonk_case_open, .close = vonk_case_close, .doc = "All letters in upper case.",
           .example = "SELECT upper('Gouda')"),
    STRICT("ucase", "(string) -> string", upper, .open = vonk_case_open, .close = vonk_case_close, .doc = "The same as upper.",
           .example = "SELECT ucase('Gouda')"),
    STRICT("lower", "(string) -> string", lower, .open = vonk_case_open, .close = vonk_case_close, .doc = "All letters in lower case.",
           .example = "SELECT lower('Gouda')"),
    STRICT("lcase", "(string) -> string", lower, .open = vonk_case_open, .close = vonk_case_close, .doc = "The same as lower.",
           .example = "SELECT lcase('Gouda')"),
    STRICT("initcap", "(string) -> string", initcap, .open = vonk_case_open, .close = vonk_case_close,
           .doc = "The first letter of each word in upper case, the others in lower case.", .example = "SELECT initcap('red tULIP')"),
    STRICT("trim", "(string) -> string | (string, string) -> string", trim, .shown = "TRIM(BOTH $1 FROM $2)", .doc = "Takes blanks, or the characters of a set, from both ends.",
           .example = "SELECT trim('  mill  ')"),
    STRICT("ltrim", "(string) -> string | (string, string) -> string", ltrim, .shown = "TRIM(LEADING $1 FROM $2)",
           .doc = "Takes blanks, or the characters of a set, from the start.", .example = "SELECT ltrim('  mill')"),
    STRICT("rtrim", "(string) -> string | (string, string) -> string", rtrim, .shown = "TRIM(TRAILING $1 FROM $2)",
           .doc = "Takes blanks, or the characters of a set, from the end.", .example = "SELECT rtrim('mill  ')"),
    STRICT("btrim", "(string, [string]) -> string", btrim, .doc = "Takes blanks, or the characters of a set, from both ends.",
           .example = "SELECT btrim('xxmillxy', 'xy')"),
    STRICT("lpad", "(string, int, [string = ' ']) -> string | (binary, int, [binary]) -> binary", lpad, .bind = bind_pad,
           .doc = "Fills up at the left to a length, or cuts.", .example = "SELECT lpad('42', 5, '0')"),
    STRICT("rpad", "(string, int, [string = ' ']) -> string | (binary, int, [binary]) -> binary", rpad, .bind = bind_pad,
           .doc = "Fills up at the right to a length, or cuts.", .example = "SELECT rpad('ab', 5, 'xy')"),
    STRICT("repeat", "(string, int) -> string", repeat, .doc = "The text so many times.", .example = "SELECT repeat('ha', 3)"),
    STRICT("space", "(int) -> string", space, .doc = "So many blanks.", .example = "SELECT concat('a', space(2), 'b')"),
    STRICT("ascii", "(string) -> int", ascii, .doc = "Number of the first character.", .example = "SELECT ascii('Vonk')"),
    STRICT("chr", "(bigint) -> string", chr, .doc = "The character of a number, modulo 256.", .example = "SELECT chr(86)"),
    STRICT("char", "(bigint) -> string", chr, .doc = "The same as chr.", .example = "SELECT char(86)"),
    {0},
};
