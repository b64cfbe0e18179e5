/* text_form.c: texts chosen, quoted, masked, checked, and taken apart into maps. */
#include "func/bind_call.h"
#include "func/constant.h"
#include "func/map_entries.h"
#include "func/regex.h"
#include "func/rows.h"
#include "func/text.h"

/* --- elt --- */

static STATUS elt_row(struct vonk_frame *frame, uint32_t row) {
  if (!vonk_row_valid(frame, 0, row)) return vonk_row_add_null(frame);
  int64_t index = vonk_row_int(frame, 0, row);
  uint32_t count = frame->argument_count - 1;
  if (index >= 1 && index <= count) return vonk_builder_add_row(frame->task, frame->builder, &frame->arguments[index], row);
  struct vonk_arena *arena = frame->task->arena;
  return vonk_raise(frame->task, VONK_INVALID_ARRAY_INDEX, frame->expr->node.origin, "indexValue", vonk_str_format(arena, "%lld", (long long)index),
                    "arraySize", vonk_str_format(arena, "%u", count), NULL);
}
static STATUS elt(struct vonk_frame *frame) { return vonk_rows_build(frame, elt_row); }

static STATUS bind_elt(struct vonk_bind_call *call) {
  bool binary = true;
  for (uint32_t i = 1; i < call->arguments.count; i++) binary &= call->arguments.items[i]->type->id == VONK_TYPE_BINARY;
  call->expr->type = binary ? &vonk_type_binary : &vonk_type_string;
  for (uint32_t i = 1; i < call->arguments.count; i++) TRY(vonk_bind_coerce(call, i, call->expr->type));
  return VONK_OK;
}

/* --- quote --- */

static STATUS quote_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row);
  char *out;
  size_t used = 0;
  if (text.size > VONK_STRING_SIZE_MAX / 2 - 2) return vonk_unsupported(frame->task, frame->expr->node.origin, "strings of 2 GiB");
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, text.size * 2 + 2, &out));
  out[used++] = '\'';
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] == '\'') out[used++] = '\\';
    out[used++] = text.data[i];
  }
  out[used++] = '\'';
  return vonk_builder_commit_bytes(frame->task, frame->builder, used);
}
static STATUS quote(struct vonk_frame *frame) { return vonk_rows_build(frame, quote_row); }

/* --- mask --- */

enum letter { UPPER = 1, LOWER = 2, DIGIT = 3, OTHER = 4 }; /* the argument that replaces it */

static STATUS letter_of(struct vonk_frame *frame, uint32_t c, enum letter *out) {
  struct vonk_case *state = frame->state;
  if (c < 0x80) {
    *out = c >= 'A' && c <= 'Z' ? UPPER : c >= 'a' && c <= 'z' ? LOWER : c >= '0' && c <= '9' ? DIGIT : OTHER;
    return VONK_OK;
  }
  TRY(vonk_unicode_open(frame->task, &state->unicode));
  *out = state->unicode.is_upper((int32_t)c) ? UPPER : state->unicode.is_lower((int32_t)c) ? LOWER : state->unicode.is_digit((int32_t)c) ? DIGIT : OTHER;
  return VONK_OK;
}

static STATUS mask_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_case *state = frame->state;
  struct vonk_text out;
  enum letter letter;
  if (!vonk_row_valid(frame, 0, row)) return vonk_row_add_null(frame);
  struct vonk_str text = vonk_row_str(frame, 0, row);
  vonk_text_init(&out, state->row_arena);
  for (size_t i = 0; i < text.size;) {
    size_t from = i;
    TRY(letter_of(frame, vonk_utf8_decode(text, &i), &letter));
    vonk_text_add(&out, vonk_row_valid(frame, letter, row) ? vonk_row_str(frame, letter, row) : vonk_str_slice(text, from, i));
  }
  TRY(vonk_row_add_str(frame, vonk_text_str(&out)));
  vonk_arena_reset(state->row_arena);
  return VONK_OK;
}
static STATUS mask(struct vonk_frame *frame) { return vonk_rows_build(frame, mask_row); }

static STATUS bind_mask(struct vonk_bind_call *call) {
  static const char *const names[] = {"upperChar", "lowerChar", "digitChar", "otherChar"};
  struct vonk_arena *arena = call->task->arena;
  for (uint32_t i = 1; i < call->arguments.count; i++) {
    struct vonk_value value;
    TRY(vonk_bind_constant(call, i, &value));
    if (value.is_null || vonk_utf8_count(value.text) == 1) continue;
    return vonk_raise(call->task, VONK_DATATYPE_MISMATCH__INPUT_SIZE_NOT_ONE, call->expr->node.origin, "sqlExpr",
                      vonk_bind_quote_expr(arena, call->expr), "exprName", vonk_str_of(names[i - 1]), NULL);
  }
  return VONK_OK;
}

/* --- luhn_check --- */

static bool passes_luhn(struct vonk_str digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size; i++) {
    char c = digits.data[digits.size - 1 - i];
    if (c < '0' || c > '9') return false;
    int digit = (c - '0') << (i & 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return digits.size && sum % 10 == 0;
}

static STATUS luhn_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_bool(frame, row, passes_luhn(vonk_row_str(frame, 0, row)));
  return VONK_OK;
}
static STATUS luhn_check(struct vonk_frame *frame) { return vonk_rows_each(frame, luhn_row); }

/* --- str_to_map --- */

struct map_state {
  struct vonk_arena *arena, *row_arena;
  struct vonk_str patterns[2];
  struct vonk_regex *regexes[2];
};

static STATUS open_map(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  (void)expr;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct map_state *state = ARENA_NEW(arena, struct map_state);
  state->arena = arena;
  state->row_arena = vonk_arena_create(task->budget);
  *out = state;
  return VONK_OK;
}

static void close_map(void *object) {
  struct map_state *state = object;
  for (int i = 0; i < 2; i++) {
    if (state->regexes[i]) vonk_regex_close(state->regexes[i]);
  }
  vonk_arena_destroy(state->row_arena);
  vonk_arena_destroy(state->arena);
}

/* The delimiters are patterns; each is compiled when it differs from the last row's. */
static STATUS delimiter(struct vonk_frame *frame, uint32_t which, struct vonk_str pattern) {
  struct map_state *state = frame->state;
  if (state->regexes[which] && vonk_str_equal(state->patterns[which], pattern)) return VONK_OK;
  if (state->regexes[which]) vonk_regex_close(state->regexes[which]);
  state->regexes[which] = NULL;
  state->patterns[which] = vonk_str_copy(state->arena, pattern);
  TRY(vonk_regex_open(frame->task, pattern, &state->regexes[which]));
  if (state->regexes[which]) return VONK_OK;
  return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__PATTERN, frame->expr->node.origin, "functionName", STR("`str_to_map`"), "parameter",
                    STR("`delimiter`"), "value", vonk_str_format(frame->task->arena, "'" STR_FMT "'", STR_ARG(pattern)), NULL);
}

/* The first delimiter in TEXT at or behind FROM; one that matches nothing splits behind a character. */
static STATUS find_delimiter(struct vonk_frame *frame, uint32_t which, struct vonk_str text, size_t from, size_t *start, size_t *stop) {
  struct map_state *state = frame->state;
  struct vonk_regex_match match;
  bool found = false;
  *start = *stop = text.size;
  for (size_t at = from; at <= text.size;) {
    TRY(vonk_regex_find(frame->task, state->regexes[which], text, at, &match, &found));
    if (!found) return VONK_OK;
    if (match.groups[0].to > from) break;
    at++;
  }
  if (!found || match.groups[0].from == match.groups[0].to) found = found && match.groups[0].from < text.size;
  if (!found) return VONK_OK;
  *start = match.groups[0].from;
  *stop = match.groups[0].to;
  return VONK_OK;
}

static STATUS add_texts(struct vonk_frame *frame, struct vonk_str *keys, struct vonk_str *values, uint32_t count) {
  struct map_state *state = frame->state;
  struct vonk_view *views[2] = {ARENA_ARRAY(state->row_arena, struct vonk_view, count), ARENA_ARRAY(state->row_arena, struct vonk_view, count)};
  uint64_t *valid = ARENA_ARRAY(state->row_arena, uint64_t, vonk_bits_words(count));
  struct vonk_map_entry *entries = ARENA_ARRAY(state->row_arena, struct vonk_map_entry, count);
  struct vonk_column columns[2];
  for (uint32_t side = 0; side < 2; side++) {
    columns[side] = (struct vonk_column){.type = &vonk_type_string, .physical = VONK_PHYSICAL_VIEW, .data = views[side], .valid = side ? valid : NULL};
  }
  for (uint32_t i = 0; i < count; i++) {
    vonk_view_put(&views[0][i], keys[i].data, (uint32_t)keys[i].size);
    vonk_bits_put(valid, i, values[i].data != NULL);
    if (values[i].data) vonk_view_put(&views[1][i], values[i].data, (uint32_t)values[i].size);
    entries[i] = (struct vonk_map_entry){&columns[0], &columns[1], i, i};
  }
  return vonk_map_add_entries(frame, state->row_arena, entries, count);
}

static STATUS str_to_map_row(struct vonk_frame *frame, uint32_t row) {
  struct map_state *state = frame->state;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  ARRAY_OF(struct vonk_str) keys = {0}, values = {0};
  TRY(delimiter(frame, 0, vonk_row_str(frame, 1, row)));
  TRY(delimiter(frame, 1, vonk_row_str(frame, 2, row)));
  for (size_t at = 0;;) {
    size_t start, stop, cut, behind;
    TRY(find_delimiter(frame, 0, text, at, &start, &stop));
    struct vonk_str pair = vonk_str_slice(text, at, start);
    TRY(find_delimiter(frame, 1, pair, 0, &cut, &behind));
    *ARRAY_PUSH(state->row_arena, &keys) = vonk_str_slice(pair, 0, cut);
    *ARRAY_PUSH(state->row_arena, &values) = cut < pair.size ? vonk_str_slice(pair, behind, pair.size) : (struct vonk_str){0};
    if (start == text.size) break;
    at = stop;
  }
  TRY(add_texts(frame, keys.items, values.items, (uint32_t)keys.count));
  vonk_arena_reset(state->row_arena);
  return VONK_OK;
}
static STATUS str_to_map(struct vonk_frame *frame) { return vonk_rows_build(frame, str_to_map_row); }

static STATUS bind_str_to_map(struct vonk_bind_call *call) {
  call->expr->type = vonk_type_map(call->task->arena, &vonk_type_string, &vonk_type_string, true);
  call->expr->raises = true;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_nulls, row_eval, ...)                                                           \
  {.name = row_name, .signature = row_signature, .nulls = row_nulls, .eval = row_eval, .group = "string_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_text_form[] = {
    ROW("elt", "(int, any...) -> bind", VONK_NULLS_CUSTOM, elt, .bind = bind_elt, .flags = VONK_FN_RAISES, .raise = elt_row,
        .doc = "The text at a place, counted from 1, among those that follow.", .example = "SELECT elt(2, 'bread', 'butter', 'jam')"),
    ROW("quote", "(string) -> string", VONK_NULLS_STRICT, quote, .flags = VONK_FN_MAY_NULL, .doc = "The text in single quotes, with a backslash before those inside.",
        .example = "SELECT quote('it''s')"),
    ROW("mask", "(string, [string! = 'X'], [string! = 'x'], [string! = 'n'], [string! = null]) -> string", VONK_NULLS_CUSTOM, mask, .bind = bind_mask,
        .open = vonk_case_open, .close = vonk_case_close,
        .doc = "Hides a text: other characters for upper case, lower case, digits and the rest; null leaves them.",
        .example = "SELECT mask('Order 66-b')"),
    ROW("luhn_check", "(string) -> boolean", VONK_NULLS_STRICT, luhn_check, .flags = VONK_FN_MAY_NULL, .doc = "Has the number, as text, a right check digit by Luhn's rule?",
        .example = "SELECT luhn_check('4111111111111111')"),
    ROW("str_to_map", "(string, [string = ','], [string = ':']) -> bind", VONK_NULLS_STRICT, str_to_map, .bind = bind_str_to_map, .open = open_map,
        .close = close_map, .doc = "A map of a text: pairs are split at one pattern, keys from values at the other.",
        .example = "SELECT str_to_map('a=1&b', '&', '=')"),
    {0},
};
