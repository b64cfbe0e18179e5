/* regex.c: compiled patterns and matching. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "func/regex.h"

#include <pcre2.h>

enum { STACK_FIRST = 32 << 10, STACK_MAX = 1 << 20 };

struct vonk_regex {
  struct vonk_arena *arena;
  pcre2_code *code;
  pcre2_match_data *data;
  pcre2_match_context *context;
  pcre2_jit_stack *stack;
  uint32_t group_count;
};

STATUS vonk_regex_open(struct vonk_task *task, struct vonk_str pattern, struct vonk_regex **out) {
  struct vonk_arena *arena = vonk_arena_create(task->budget);
  struct vonk_regex *regex = ARENA_NEW(arena, struct vonk_regex);
  struct vonk_str text = vonk_regex_translate(arena, pattern);
  int error;
  PCRE2_SIZE error_at;
  regex->arena = arena;
  *out = NULL;
  pcre2_compile_context *options = pcre2_compile_context_create(NULL);
  if (options) pcre2_set_newline(options, PCRE2_NEWLINE_ANYCRLF);
  regex->code = pcre2_compile((PCRE2_SPTR)(text.size ? text.data : ""), text.size, PCRE2_UTF, &error, &error_at, options);
  pcre2_compile_context_free(options);
  if (!regex->code) {
    vonk_arena_destroy(arena);
    return VONK_OK;
  }
  pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->group_count);
  regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
  regex->context = pcre2_match_context_create(NULL);
  if (regex->context && pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0) {
    regex->stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MAX, NULL);
    if (regex->stack) pcre2_jit_stack_assign(regex->context, NULL, regex->stack);
  }
  if (!regex->data || !regex->context) {
    vonk_regex_close(regex);
    return VONK_NO_MEMORY;
  }
  *out = regex;
  return VONK_OK;
}

void vonk_regex_close(struct vonk_regex *regex) {
  if (!regex) return;
  pcre2_jit_stack_free(regex->stack);
  pcre2_match_context_free(regex->context);
  pcre2_match_data_free(regex->data);
  pcre2_code_free(regex->code);
  vonk_arena_destroy(regex->arena);
}

uint32_t vonk_regex_group_count(const struct vonk_regex *regex) { return regex->group_count; }

uint32_t vonk_regex_group_number(const struct vonk_regex *regex, struct vonk_str name) {
  char text[33] = {0};
  if (name.size >= sizeof text) return 0;
  memcpy(text, name.data, name.size);
  int number = pcre2_substring_number_from_name(regex->code, (PCRE2_SPTR)text);
  return number > 0 ? (uint32_t)number : 0;
}

static STATUS run(struct vonk_task *task, struct vonk_regex *regex, struct vonk_str text, size_t from, bool *found) {
  int count = pcre2_match(regex->code, (PCRE2_SPTR)(text.size ? text.data : ""), text.size, from, 0, regex->data, regex->context);
  *found = count >= 0;
  bool malformed = count <= PCRE2_ERROR_UTF8_ERR1 && count >= PCRE2_ERROR_UTF8_ERR21;
  if (count >= 0 || count == PCRE2_ERROR_NOMATCH || malformed) return VONK_OK;
  return vonk_unsupported(task, NULL, "a regular expression that needs more steps or stack than the limit");
}

STATUS vonk_regex_test(struct vonk_task *task, struct vonk_regex *regex, struct vonk_str text, bool *found) {
  return run(task, regex, text, 0, found);
}

STATUS vonk_regex_find(struct vonk_task *task, struct vonk_regex *regex, struct vonk_str text, size_t from, struct vonk_regex_match *match,
                       bool *found) {
  *found = false;
  if (from > text.size) return VONK_OK;
  TRY(run(task, regex, text, from, found));
  if (!*found) return VONK_OK;
  const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->data);
  match->group_count = regex->group_count + 1 < VONK_REGEX_GROUPS_MAX ? regex->group_count + 1 : VONK_REGEX_GROUPS_MAX;
  for (uint32_t i = 0; i < match->group_count; i++) {
    bool unset = offsets[2 * i] == PCRE2_UNSET;
    match->groups[i].from = unset ? SIZE_MAX : offsets[2 * i];
    match->groups[i].to = unset ? SIZE_MAX : offsets[2 * i + 1];
  }
  return VONK_OK;
}

size_t vonk_regex_next(struct vonk_str text, const struct vonk_regex_match *match) {
  size_t at = match->groups[0].to;
  if (match->groups[0].from != at) return at;
  if (at >= text.size) return SIZE_MAX;
  vonk_utf8_decode(text, &at);
  return at;
}
