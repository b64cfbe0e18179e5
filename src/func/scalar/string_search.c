/* string_search.c: finding, replacing, splitting and joining texts. Positions count code points from 1. */
#include "base/array.h"
#include "func/bind_call.h"
#include "func/rows.h"
#include "func/text.h"

/* Position of byte offset AT. */
static int32_t position_of(struct vonk_str text, size_t at) { return (int32_t)vonk_utf8_count(vonk_str_make(text.data, at)) + 1; }

static int32_t find_from(struct vonk_str text, struct vonk_str needle, int64_t from) {
  if (from < 1) return 0;
  size_t start = vonk_text_offset(text, from - 1);
  if (needle.size == 0) return from <= 1 ? 1 : (int32_t)from;
  size_t at = vonk_str_find(text, needle, start);
  return at == SIZE_MAX ? 0 : position_of(text, at);
}

static STATUS instr_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_int(frame, row, find_from(vonk_row_str(frame, 0, row), vonk_row_str(frame, 1, row), 1));
  return VONK_OK;
}
static STATUS instr(struct vonk_frame *frame) { return vonk_rows_each(frame, instr_row); }

static STATUS locate_row(struct vonk_frame *frame, uint32_t row) {
  int64_t from = vonk_row_int(frame, 2, row);
  vonk_row_put_int(frame, row, find_from(vonk_row_str(frame, 1, row), vonk_row_str(frame, 0, row), from));
  return VONK_OK;
}
static STATUS locate(struct vonk_frame *frame) { return vonk_rows_each(frame, locate_row); }

static STATUS startswith_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_bool(frame, row, vonk_str_starts_with(vonk_row_str(frame, 0, row), vonk_row_str(frame, 1, row)));
  return VONK_OK;
}
static STATUS startswith(struct vonk_frame *frame) { return vonk_rows_each(frame, startswith_row); }

static STATUS endswith_row(struct vonk_frame *frame, uint32_t row) {
  vonk_row_put_bool(frame, row, vonk_str_ends_with(vonk_row_str(frame, 0, row), vonk_row_str(frame, 1, row)));
  return VONK_OK;
}
static STATUS endswith(struct vonk_frame *frame) { return vonk_rows_each(frame, endswith_row); }

static STATUS contains_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str needle = vonk_row_str(frame, 1, row);
  vonk_row_put_bool(frame, row, needle.size == 0 || vonk_str_find(vonk_row_str(frame, 0, row), needle, 0) != SIZE_MAX);
  return VONK_OK;
}
static STATUS contains(struct vonk_frame *frame) { return vonk_rows_each(frame, contains_row); }

/* --- replacing --- */

static STATUS replace_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row), from = vonk_row_str(frame, 1, row);
  struct vonk_str to = vonk_row_str(frame, 2, row);
  size_t count = 0;
  for (size_t at = 0; from.size && (at = vonk_str_find(text, from, at)) != SIZE_MAX; at += from.size) count++;
  if (count == 0) return vonk_row_add_str(frame, text);
  size_t size = text.size - count * from.size + count * to.size;
  if (size > VONK_STRING_SIZE_MAX) return vonk_unsupported(frame->task, frame->expr->node.origin, "strings of 2 GiB");
  char *out;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, size, &out));
  size_t done = 0;
  for (size_t i = 0; i < count; i++) {
    size_t at = vonk_str_find(text, from, done);
    memcpy(out, text.data + done, at - done);
    memcpy(out + (at - done), to.data, to.size);
    out += at - done + to.size;
    done = at + from.size;
  }
  memcpy(out, text.data + done, text.size - done);
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}
static STATUS replace(struct vonk_frame *frame) { return vonk_rows_build(frame, replace_row); }

/* Each character of FROM becomes the one at the same place in TO; those without one go. The first of equal ones counts. */
static STATUS translate_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row), from = vonk_row_str(frame, 1, row), to = vonk_row_str(frame, 2, row);
  char *out;
  size_t size = 0;
  TRY(vonk_builder_reserve_bytes(frame->task, frame->builder, text.size * 4, &out));
  for (size_t i = 0; i < text.size;) {
    size_t start = i;
    vonk_utf8_decode(text, &i);
    struct vonk_str character = vonk_str_slice(text, start, i);
    size_t at = vonk_str_find(from, character, 0);
    if (at != SIZE_MAX) {
      int64_t index = (int64_t)vonk_utf8_count(vonk_str_make(from.data, at));
      character = vonk_text_substring(to, index + 1, 1, false);
    }
    memcpy(out + size, character.data, character.size);
    size += character.size;
  }
  return vonk_builder_commit_bytes(frame->task, frame->builder, size);
}
static STATUS translate(struct vonk_frame *frame) { return vonk_rows_build(frame, translate_row); }

/* --- splitting --- */

/* The part up to the COUNT-th delimiter; from the end when negative. */
static STATUS substring_index_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row), delimiter = vonk_row_str(frame, 1, row);
  int64_t count = vonk_row_int(frame, 2, row);
  if (count == 0 || delimiter.size == 0) return vonk_row_add_str(frame, STR(""));
  if (count > 0) {
    size_t at = 0;
    for (size_t from = 0; count > 0; count--, from = at + 1) {
      at = vonk_str_find(text, delimiter, from);
      if (at == SIZE_MAX) return vonk_row_add_str(frame, text);
    }
    return vonk_row_add_str(frame, vonk_str_make(text.data, at));
  }
  size_t end = text.size;
  for (; count < 0; count++) {
    size_t at = SIZE_MAX;
    for (size_t i = end >= delimiter.size ? end - delimiter.size + 1 : 0; i-- > 0;) {
      if (memcmp(text.data + i, delimiter.data, delimiter.size) == 0) {
        at = i;
        break;
      }
    }
    if (at == SIZE_MAX) return vonk_row_add_str(frame, text);
    end = at + delimiter.size - 1;
    if (count == -1) return vonk_row_add_str(frame, vonk_str_slice(text, at + delimiter.size, text.size));
  }
  return vonk_row_add_str(frame, text);
}
static STATUS substring_index(struct vonk_frame *frame) { return vonk_rows_build(frame, substring_index_row); }

static STATUS split_part_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str text = vonk_row_str(frame, 0, row), delimiter = vonk_row_str(frame, 1, row);
  int64_t wanted = vonk_row_int(frame, 2, row), parts = 1;
  if (wanted == 0) return vonk_raise(frame->task, VONK_INVALID_INDEX_OF_ZERO, frame->expr->node.origin, NULL);
  for (size_t at = 0; delimiter.size && (at = vonk_str_find(text, delimiter, at)) != SIZE_MAX; at += delimiter.size) parts++;
  int64_t index = wanted > 0 ? wanted - 1 : parts + wanted;
  if (index < 0 || index >= parts) return vonk_row_add_str(frame, STR(""));
  size_t from = 0;
  for (; index > 0; index--) from = vonk_str_find(text, delimiter, from) + delimiter.size;
  size_t end = delimiter.size ? vonk_str_find(text, delimiter, from) : SIZE_MAX;
  return vonk_row_add_str(frame, vonk_str_slice(text, from, end == SIZE_MAX ? text.size : end));
}
static STATUS split_part(struct vonk_frame *frame) { return vonk_rows_build(frame, split_part_row); }

/* Place of a text in a list with commas. */
static STATUS find_in_set_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_str word = vonk_row_str(frame, 0, row), list = vonk_row_str(frame, 1, row);
  int32_t place = 1, found = 0;
  for (size_t from = 0; found == 0 && vonk_str_find(word, STR(","), 0) == SIZE_MAX; place++) {
    size_t comma = vonk_str_find(list, STR(","), from);
    size_t end = comma == SIZE_MAX ? list.size : comma;
    if (vonk_str_equal(vonk_str_slice(list, from, end), word)) found = place;
    if (comma == SIZE_MAX) break;
    from = comma + 1;
  }
  vonk_row_put_int(frame, row, found);
  return VONK_OK;
}
static STATUS find_in_set(struct vonk_frame *frame) { return vonk_rows_each(frame, find_in_set_row); }

/* --- joining --- */

/* Texts and arrays of texts with a separator between; nulls are left out, a null separator gives null. */
static STATUS concat_ws_row(struct vonk_frame *frame, uint32_t row) {
  if (!vonk_row_valid(frame, 0, row)) return vonk_row_add_null(frame);
  struct vonk_str separator = vonk_row_str(frame, 0, row);
  struct vonk_text out;
  vonk_text_init(&out, frame->state);
  bool first = true;
  for (uint32_t a = 1; a < frame->argument_count; a++) {
    const struct vonk_column *c = &frame->arguments[a];
    if (!vonk_row_valid(frame, a, row)) continue;
    bool list = c->physical == VONK_PHYSICAL_LIST;
    struct vonk_list items = list ? ((const struct vonk_list *)c->data)[vonk_column_index(c, row)] : (struct vonk_list){row, 1};
    const struct vonk_column *from = list ? &c->children[0] : c;
    for (uint32_t i = items.offset; i < items.offset + items.length; i++) {
      if (!vonk_column_row_valid(from, i)) continue;
      if (!first) vonk_text_add(&out, separator);
      first = false;
      vonk_text_add(&out, vonk_view_str((const struct vonk_view *)vonk_column_values(from) + vonk_column_index(from, i)));
    }
  }
  TRY(vonk_row_add_str(frame, vonk_text_str(&out)));
  vonk_arena_reset(frame->state);
  return VONK_OK;
}
static STATUS concat_ws(struct vonk_frame *frame) { return vonk_rows_build(frame, concat_ws_row); }

/* --- distance and sound --- */

static uint32_t *decode(struct vonk_arena *arena, struct vonk_str text, uint32_t *count) {
  uint32_t *out = vonk_arena_calloc(arena, text.size + 1, sizeof *out);
  *count = 0;
  for (size_t i = 0; i < text.size;) out[(*count)++] = vonk_utf8_decode(text, &i);
  return out;
}

static STATUS levenshtein_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_arena *arena = frame->state;
  uint32_t a_count, b_count;
  uint32_t *a = decode(arena, vonk_row_str(frame, 0, row), &a_count), *b = decode(arena, vonk_row_str(frame, 1, row), &b_count);
  uint32_t *line = vonk_arena_calloc(arena, (size_t)b_count + 1, sizeof *line);
  for (uint32_t j = 0; j <= b_count; j++) line[j] = j;
  for (uint32_t i = 1; i <= a_count; i++) {
    uint32_t diagonal = line[0];
    line[0] = i;
    for (uint32_t j = 1; j <= b_count; j++) {
      uint32_t best = diagonal + (a[i - 1] != b[j - 1]);
      if (line[j] + 1 < best) best = line[j] + 1;
      if (line[j - 1] + 1 < best) best = line[j - 1] + 1;
      diagonal = line[j];
      line[j] = best;
    }
  }
  int32_t distance = (int32_t)line[b_count];
  if (frame->argument_count > 2 && distance > vonk_row_int(frame, 2, row)) distance = -1;
  vonk_row_put_int(frame, row, distance);
  vonk_arena_reset(arena);
  return VONK_OK;
}
static STATUS levenshtein(struct vonk_frame *frame) { return vonk_rows_each(frame, levenshtein_row); }

/* Letter and three digits; H and W do not part equal sounds, vowels do. A text that does not start with a letter is itself. */
static STATUS soundex_row(struct vonk_frame *frame, uint32_t row) {
  static const char codes[] = "01230127022455012623017202";
  struct vonk_str text = vonk_row_str(frame, 0, row);
  if (text.size == 0) return vonk_row_add_str(frame, text);
  char first = (char)(text.data[0] & ~0x20);
  if (first < 'A' || first > 'Z') return vonk_row_add_str(frame, text);
  char out[4] = {first, '0', '0', '0'};
  char last = codes[first - 'A'];
  size_t size = 1;
  for (size_t i = 1; i < text.size && size < 4; i++) {
    char c = (char)(text.data[i] & ~0x20);
    if (c < 'A' || c > 'Z') {
      last = '0';
      continue;
    }
    char code = codes[c - 'A'];
    if (code == '7') continue;
    if (code != '0' && code != last) out[size++] = code;
    last = code;
  }
  return vonk_row_add_str(frame, vonk_str_make(out, 4));
}
static STATUS soundex(struct vonk_frame *frame) { return vonk_rows_build(frame, soundex_row); }

static STATUS bind_concat_ws(struct vonk_bind_call *call) {
  bool nullable = call->arguments.items[0]->nullable;
  for (uint32_t i = 1; i < call->arguments.count; i++) {
    const struct vonk_type *type = call->arguments.items[i]->type;
    bool texts = type->id == VONK_TYPE_ARRAY && (vonk_type_is_string(type->element) || type->element->id == VONK_TYPE_VOID);
    if (texts) continue;
    if (vonk_type_is_nested(type)) return vonk_bind_unexpected(call, i, "(\"ARRAY<STRING>\" or \"STRING\")");
    TRY(vonk_bind_coerce(call, i, &vonk_type_string));
  }
  call->expr->type = &vonk_type_string;
  call->expr->nullable = nullable;
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, ...)                                                                     \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .group = "string_funcs", __VA_ARGS__}

const struct vonk_function vonk_functions_string_search[] = {
    ROW("instr", "(string, string) -> int", instr, .doc = "Position of the first place of the second text in the first, 0 if none.",
        .example = "SELECT instr('stroopwafel', 'waf')"),
    ROW("locate", "(string, string, [int = 1]) -> int", locate, .doc = "Position of the first text in the second, at or behind a position.",
        .example = "SELECT locate('o', 'stroopwafel', 5)"),
    ROW("position", "(string, string, [int = 1]) -> int", locate, .doc = "The same as locate.", .example = "SELECT position('waf', 'stroopwafel')"),
    ROW("startswith", "(string, string) -> boolean | (binary, binary) -> boolean", startswith, .doc = "Does the first begin with the second?",
        .example = "SELECT startswith('stroopwafel', 'stroop')"),
    ROW("endswith", "(string, string) -> boolean | (binary, binary) -> boolean", endswith, .doc = "Does the first end with the second?",
        .example = "SELECT endswith('stroopwafel', 'wafel')"),
    ROW("contains", "(string, string) -> boolean | (binary, binary) -> boolean", contains, .doc = "Does the first hold the second?",
        .example = "SELECT contains('stroopwafel', 'pwa')"),
    ROW("replace", "(string, string, [string = '']) -> string", replace, .doc = "Each place of the second text becomes the third, or goes.",
        .example = "SELECT replace('banana', 'an', 'o')"),
    ROW("translate", "(string, string, string) -> string", translate,
        .doc = "Each character of the second text becomes the one at its place in the third.", .example = "SELECT translate('water', 'aer', '43')"),
    ROW("substring_index", "(string, string, int) -> string", substring_index,
        .doc = "The part before the n-th delimiter, or behind it counted from the end.", .example = "SELECT substring_index('a.b.c.d', '.', 2)"),
    ROW("split_part", "(string, string, int) -> string", split_part, .flags = VONK_FN_RAISES | VONK_FN_MAY_NULL, .raise = split_part_row,
        .doc = "The n-th part between delimiters.", .example = "SELECT split_part('a-b-c', '-', 2)"),
    ROW("find_in_set", "(string, string) -> int", find_in_set, .doc = "Place of a text in a list with commas, 0 if none.",
        .example = "SELECT find_in_set('b', 'a,b,c')"),
    {.name = "concat_ws", .signature = "(string, any*) -> bind", .nulls = VONK_NULLS_CUSTOM, .eval = concat_ws, .bind = bind_concat_ws, .open = vonk_rows_open_arena,
     .close = vonk_rows_close_arena, .group = "string_funcs", .doc = "Joins texts and arrays of texts with a separator; nulls are left out.",
     .example = "SELECT concat_ws('-', 'a', NULL, array('b', 'c'))"},
    ROW("levenshtein", "(string, string, [int]) -> int", levenshtein, .open = vonk_rows_open_arena, .close = vonk_rows_close_arena,
        .doc = "How many characters must change to make one text the other; -1 above a threshold.", .example = "SELECT levenshtein('kitten', 'sitting')"),
    ROW("soundex", "(string) -> string", soundex, .doc = "The Soundex code of a name.", .example = "SELECT soundex('Robert')"),
    {0},
};
