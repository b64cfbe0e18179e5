/* regexp.c: functions of regular expressions (func/regex.h). A pattern is compiled when it differs from the last row's. */
#include "func/bind_call.h"
#include "func/regex.h"
#include "func/rows.h"
#include "func/text.h"

struct regexp_state {
  struct vonk_arena *arena, *row_arena;
  struct vonk_regex *regex;
  struct vonk_str pattern;
};

static STATUS open_regexp(struct vonk_task *task, const struct vonk_expr *expr, void **out) {
  (void)expr;
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct regexp_state *state = ARENA_NEW(arena, struct regexp_state);
  *state = (struct regexp_state){.arena = arena, .row_arena = vonk_arena_create(task->budget)};
  *out = state;
  return VONK_OK;
}
static void close_regexp(void *object) {
  struct regexp_state *state = object;
  vonk_regex_close(state->regex);
  vonk_arena_destroy(state->row_arena);
  vonk_arena_destroy(state->arena);
}

static struct vonk_str function_name(const struct vonk_frame *frame) {
  return vonk_str_format(frame->task->arena, "`%s`", EXPR_AS(frame->expr, call)->function->name);
}

static STATUS pattern_of(struct vonk_frame *frame, uint32_t row, struct vonk_regex **out) {
  struct regexp_state *state = frame->state;
  struct vonk_str pattern = vonk_row_str(frame, 1, row);
  if (!state->regex || !vonk_str_equal(pattern, state->pattern)) {
    vonk_regex_close(state->regex);
    state->regex = NULL;
    vonk_arena_reset(state->row_arena);
    state->pattern = vonk_str_copy(state->row_arena, pattern);
    TRY(vonk_regex_open(frame->task, state->pattern, &state->regex));
  }
  *out = state->regex;
  if (state->regex) return VONK_OK;
  return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__PATTERN, frame->expr->node.origin, "functionName", function_name(frame), "parameter",
                    STR("`regexp`"), "value", vonk_str_format(frame->task->arena, "'" STR_FMT "'", STR_ARG(pattern)), NULL);
}

static STATUS rlike_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_regex *regex;
  bool found;
  TRY(pattern_of(frame, row, &regex));
  TRY(vonk_regex_test(frame->task, regex, vonk_row_str(frame, 0, row), &found));
  vonk_row_put_bool(frame, row, found);
  return VONK_OK;
}
static STATUS rlike(struct vonk_frame *frame) { return vonk_rows_each(frame, rlike_row); }

/* --- extraction --- */

static STATUS group_of(struct vonk_frame *frame, uint32_t row, const struct vonk_regex *regex, uint32_t *out) {
  int64_t group = vonk_row_int(frame, 2, row);
  uint32_t count = vonk_regex_group_count(regex);
  *out = (uint32_t)group;
  if (group >= 0 && group <= count && group < VONK_REGEX_GROUPS_MAX) return VONK_OK;
  return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__REGEX_GROUP_INDEX, frame->expr->node.origin, "functionName", function_name(frame),
                    "parameter", STR("`idx`"), "groupCount", vonk_str_format(frame->task->arena, "%u", count), "groupIndex",
                    vonk_str_format(frame->task->arena, "%lld", (long long)group), NULL);
}

static struct vonk_str group_text(struct vonk_str text, const struct vonk_regex_match *match, uint32_t group) {
  if (match->groups[group].from == SIZE_MAX) return STR("");
  return vonk_str_slice(text, match->groups[group].from, match->groups[group].to);
}

/* The first match in the text of ROW. */
static STATUS find_first(struct vonk_frame *frame, uint32_t row, struct vonk_regex **regex, struct vonk_regex_match *match, bool *found) {
  TRY(pattern_of(frame, row, regex));
  return vonk_regex_find(frame->task, *regex, vonk_row_str(frame, 0, row), 0, match, found);
}

static STATUS extract_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_regex *regex;
  struct vonk_regex_match match;
  uint32_t group;
  bool found;
  TRY(find_first(frame, row, &regex, &match, &found));
  if (!found) return vonk_row_add_str(frame, STR(""));
  TRY(group_of(frame, row, regex, &group));
  return vonk_row_add_str(frame, group_text(vonk_row_str(frame, 0, row), &match, group));
}
static STATUS regexp_extract(struct vonk_frame *frame) { return vonk_rows_build(frame, extract_row); }

static STATUS extract_all_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_regex *regex;
  struct vonk_regex_match match;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  uint32_t group;
  bool found;
  TRY(pattern_of(frame, row, &regex));
  for (size_t from = 0; from != SIZE_MAX; from = vonk_regex_next(text, &match)) {
    TRY(vonk_regex_find(frame->task, regex, text, from, &match, &found));
    if (!found) break;
    TRY(group_of(frame, row, regex, &group));
    struct vonk_str part = group_text(text, &match, group);
    TRY(vonk_builder_add_bytes(frame->task, &frame->builder->children[0], part.data, part.size));
  }
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS regexp_extract_all(struct vonk_frame *frame) { return vonk_rows_build(frame, extract_all_row); }

static STATUS substr_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_regex *regex;
  struct vonk_regex_match match;
  bool found;
  TRY(find_first(frame, row, &regex, &match, &found));
  return found ? vonk_row_add_str(frame, group_text(vonk_row_str(frame, 0, row), &match, 0)) : vonk_row_add_null(frame);
}
static STATUS regexp_substr(struct vonk_frame *frame) { return vonk_rows_build(frame, substr_row); }

static STATUS instr_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_regex *regex;
  struct vonk_regex_match match;
  bool found;
  TRY(find_first(frame, row, &regex, &match, &found));
  vonk_row_put_int(frame, row, found ? (int32_t)vonk_utf8_count(vonk_str_make(vonk_row_str(frame, 0, row).data, match.groups[0].from)) + 1 : 0);
  return VONK_OK;
}
static STATUS regexp_instr(struct vonk_frame *frame) { return vonk_rows_each(frame, instr_row); }

static STATUS count_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_regex *regex;
  struct vonk_regex_match match;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  int32_t count = 0;
  bool found;
  TRY(pattern_of(frame, row, &regex));
  for (size_t from = 0; from != SIZE_MAX; from = vonk_regex_next(text, &match)) {
    TRY(vonk_regex_find(frame->task, regex, text, from, &match, &found));
    if (!found) break;
    count++;
  }
  vonk_row_put_int(frame, row, count);
  return VONK_OK;
}
static STATUS regexp_count(struct vonk_frame *frame) { return vonk_rows_each(frame, count_row); }

/* --- replacing --- */

static STATUS bad_replacement(struct vonk_frame *frame, struct vonk_str replacement) {
  return vonk_raise(frame->task, VONK_INVALID_PARAMETER_VALUE__PATTERN, frame->expr->node.origin, "functionName", function_name(frame), "parameter",
                    STR("`replacement`"), "value", vonk_str_format(frame->task->arena, "'" STR_FMT "'", STR_ARG(replacement)), NULL);
}

/* $1, ${name} and \ before any character, as Matcher.appendReplacement reads them. */
static STATUS add_replacement(struct vonk_frame *frame, const struct vonk_regex *regex, struct vonk_str text, const struct vonk_regex_match *match,
                              struct vonk_str replacement, struct vonk_text *out) {
  for (size_t i = 0; i < replacement.size;) {
    char c = replacement.data[i++];
    if (c != '\\' && c != '$') {
      vonk_text_add_char(out, c);
      continue;
    }
    if (i == replacement.size) return bad_replacement(frame, replacement);
    c = replacement.data[i - 1] == '\\' ? '\\' : replacement.data[i];
    if (c == '\\') {
      vonk_text_add_char(out, replacement.data[i++]);
      continue;
    }
    uint32_t group = 0;
    if (c == '{') {
      size_t close = vonk_str_find(replacement, STR("}"), i);
      if (close == SIZE_MAX) return bad_replacement(frame, replacement);
      group = vonk_regex_group_number(regex, vonk_str_slice(replacement, i + 1, close));
      if (group == 0) return bad_replacement(frame, replacement);
      i = close + 1;
    } else {
      if (c < '0' || c > '9') return bad_replacement(frame, replacement);
      group = (uint32_t)(c - '0');
      i++;
      while (i < replacement.size && replacement.data[i] >= '0' && replacement.data[i] <= '9') {
        uint32_t longer = group * 10 + (uint32_t)(replacement.data[i] - '0');
        if (longer > vonk_regex_group_count(regex)) break;
        group = longer;
        i++;
      }
    }
    if (group >= match->group_count) return bad_replacement(frame, replacement);
    vonk_text_add(out, group_text(text, match, group));
  }
  return VONK_OK;
}

static STATUS replace_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_regex *regex;
  struct vonk_regex_match match;
  struct vonk_str text = vonk_row_str(frame, 0, row), replacement = vonk_row_str(frame, 2, row);
  int64_t position = vonk_row_int(frame, 3, row);
  struct vonk_text out;
  size_t done = 0;
  bool found;
  TRY(pattern_of(frame, row, &regex));
  struct vonk_arena *arena = vonk_arena_create(frame->task->budget);
  enum vonk_status status = VONK_OK;
  vonk_text_init(&out, arena);
  size_t from = vonk_text_offset(text, position - 1);
  if (position > 1 && from >= text.size) from = SIZE_MAX;
  for (; from != SIZE_MAX; from = vonk_regex_next(text, &match)) {
    status = vonk_regex_find(frame->task, regex, text, from, &match, &found);
    if (status != VONK_OK || !found) break;
    vonk_text_add(&out, vonk_str_slice(text, done, match.groups[0].from));
    status = add_replacement(frame, regex, text, &match, replacement, &out);
    if (status != VONK_OK) break;
    done = match.groups[0].to;
  }
  vonk_text_add(&out, vonk_str_slice(text, done, text.size));
  if (status == VONK_OK) status = vonk_row_add_str(frame, vonk_text_str(&out));
  vonk_arena_destroy(arena);
  return status;
}
static STATUS regexp_replace(struct vonk_frame *frame) { return vonk_rows_build(frame, replace_row); }

/* --- splitting --- */

static STATUS add_part(struct vonk_frame *frame, struct vonk_str part) {
  return vonk_builder_add_bytes(frame->task, &frame->builder->children[0], part.data, part.size);
}

/* An empty match at the start makes no part; a limit above 0 bounds the number of parts. */
static STATUS split_row(struct vonk_frame *frame, uint32_t row) {
  struct vonk_regex *regex;
  struct vonk_regex_match match;
  struct vonk_str text = vonk_row_str(frame, 0, row);
  int64_t limit = vonk_row_int(frame, 2, row), parts = 1;
  size_t done = 0;
  bool found, every = vonk_row_str(frame, 1, row).size == 0;
  TRY(pattern_of(frame, row, &regex));
  for (size_t from = 0; from != SIZE_MAX && (limit <= 0 || parts < limit); from = vonk_regex_next(text, &match)) {
    TRY(vonk_regex_find(frame->task, regex, text, from, &match, &found));
    if (!found) break;
    if (match.groups[0].to == 0) continue;
    if (every && match.groups[0].from == text.size) break;
    TRY(add_part(frame, vonk_str_slice(text, done, match.groups[0].from)));
    done = match.groups[0].to;
    parts++;
  }
  TRY(add_part(frame, vonk_str_slice(text, done, text.size)));
  return vonk_builder_end_list(frame->task, frame->builder);
}
static STATUS split(struct vonk_frame *frame) { return vonk_rows_build(frame, split_row); }

/* --- binding --- */

static STATUS bind_can_raise(struct vonk_bind_call *call) {
  call->expr->raises = true;
  return VONK_OK;
}
static STATUS bind_list(struct vonk_bind_call *call) {
  call->expr->raises = true;
  call->expr->type = vonk_type_array(call->task->arena, &vonk_type_string, false);
  return VONK_OK;
}
static STATUS bind_extract_all(struct vonk_bind_call *call) {
  call->expr->raises = true;
  call->expr->type = vonk_type_array(call->task->arena, &vonk_type_string, true);
  return VONK_OK;
}

#define ROW(row_name, row_signature, row_eval, row_bind, ...)                                                            \
  {.name = row_name, .signature = row_signature, .nulls = VONK_NULLS_STRICT, .eval = row_eval, .bind = row_bind,          \
   .open = open_regexp, .close = close_regexp, __VA_ARGS__}
#define TEXT_GROUP .group = "string_funcs"

const struct vonk_function vonk_functions_regexp[] = {
    ROW("rlike", "(string, string) -> boolean", rlike, bind_can_raise, .shown = "RLIKE", .group = "predicate_funcs", .doc = "Is there a match of the pattern in the text?",
        .example = "SELECT rlike('order 66', '[0-9]+')"),
    ROW("regexp", "(string, string) -> boolean", rlike, bind_can_raise, .shown = "REGEXP", .group = "predicate_funcs", .doc = "The same as rlike.",
        .example = "SELECT regexp('order 66', '^[a-z]+$')"),
    ROW("regexp_like", "(string, string) -> boolean", rlike, bind_can_raise, .shown = "REGEXP_LIKE", .group = "predicate_funcs", .doc = "The same as rlike.",
        .example = "SELECT regexp_like('order 66', '6{2}')"),
    ROW("regexp_extract", "(string, string, [int = 1]) -> string", regexp_extract, bind_can_raise, TEXT_GROUP,
        .doc = "A group of the first match, the first one if not said; empty when nothing matches.",
        .example = "SELECT regexp_extract('10-20', '(\\\\d+)-(\\\\d+)', 2)"),
    ROW("regexp_extract_all", "(string, string, [int = 1]) -> bind", regexp_extract_all, bind_extract_all, TEXT_GROUP,
        .doc = "A group of every match.", .example = "SELECT regexp_extract_all('10-20, 30-40', '(\\\\d+)-(\\\\d+)', 1)"),
    ROW("regexp_replace", "(string, string, string, [int = 1]) -> string", regexp_replace, bind_can_raise, TEXT_GROUP,
        .doc = "Each match becomes the replacement, in which $1 is the first group.", .example = "SELECT regexp_replace('10-20', '(\\\\d+)', '<$1>')"),
    ROW("regexp_count", "(string, string) -> int", regexp_count, bind_can_raise, TEXT_GROUP, .doc = "Number of matches.",
        .example = "SELECT regexp_count('banana', 'an')"),
    ROW("regexp_substr", "(string, string) -> string", regexp_substr, bind_can_raise, TEXT_GROUP, .flags = VONK_FN_MAY_NULL,
        .doc = "The first match, null if none.", .example = "SELECT regexp_substr('order 66', '[0-9]+')"),
    ROW("regexp_instr", "(string, string, [int = 0]) -> int", regexp_instr, bind_can_raise, TEXT_GROUP, .doc = "Position of the first match, 0 if none.",
        .example = "SELECT regexp_instr('order 66', '[0-9]+')"),
    ROW("split", "(string, string, [int = -1]) -> bind", split, bind_list, TEXT_GROUP, .doc = "The parts between matches, at most so many.",
        .example = "SELECT split('a1b22c', '[0-9]+')"),
    {0},
};
