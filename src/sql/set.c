/* set.c: SET and RESET. What follows SET is text, not tokens: values may hold anything. */
#include "sql/parser_internal.h"

static bool is_key_character(char c) {
  return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '.' || c == ':' || c == '\\';
}

/* All text behind the word that was read, without semicolons at the end. */
static struct vonk_str rest_of(struct parser *p) {
  uint32_t stop = (uint32_t)p->text.size;
  struct vonk_str rest = vonk_str_trim(vonk_str_slice(p->text, p->tokens[p->position - 1].stop, stop));
  while (rest.size && rest.data[rest.size - 1] == ';') rest = vonk_str_trim(vonk_str_slice(rest, 0, rest.size - 1));
  p->position = p->count - 1;
  return rest;
}

/* SET TIME ZONE (LOCAL | 'zone' | INTERVAL ...) */
static STATUS parse_time_zone(struct parser *p, struct vonk_command_set *set) {
  uint32_t first = p->position - 1;
  p->position += 2;
  set->key = STR("spark.sql.session.timeZone");
  if (at_interval(p) || (at_word(p, WORD_INTERVAL) && peek_at(p, 1)->kind == TOKEN_STRING)) return parse_operand(p, &set->time_zone);
  set->has_value = true;
  if (accept_word(p, WORD_LOCAL)) {
    set->value = STR("LOCAL");
    return VONK_OK;
  }
  if (peek(p)->kind == TOKEN_STRING) return parse_string(p, &set->value);
  return fail(p, first, VONK__LEGACY_ERROR_TEMP_0045, NULL, STR(""));
}

/* `key` or `key` = value, the value in backquotes or bare. */
static STATUS parse_quoted_set(struct parser *p, struct vonk_command_set *set) {
  uint32_t first = p->position - 1;
  set->key = unquote_name(p, peek(p));
  p->position++;
  if (at_end(p) || at_symbol(p, SYMBOL_SEMICOLON)) return VONK_OK;
  if (!accept_symbol(p, SYMBOL_EQUAL)) return fail(p, first, VONK_INVALID_SET_SYNTAX, NULL, STR(""));
  set->has_value = true;
  bool quoted = peek(p)->kind == TOKEN_NAME;
  if (quoted) set->value = unquote_name(p, peek(p));
  else set->value = rest_of(p);
  if (quoted) p->position++;
  return VONK_OK;
}

static STATUS parse_plain_set(struct parser *p, struct vonk_command_set *set) {
  uint32_t first = p->position - 1;
  struct vonk_str rest = rest_of(p);
  size_t key = 0;
  if (rest.size == 0) {
    set->all = true;
    return VONK_OK;
  }
  if (vonk_str_equal(rest, STR("-v"))) {
    set->verbose = set->all = true;
    return VONK_OK;
  }
  while (key < rest.size && is_key_character(rest.data[key])) key++;
  set->key = vonk_str_slice(rest, 0, key);
  struct vonk_str behind = vonk_str_trim(vonk_str_slice(rest, key, rest.size));
  bool good = key > 0 && (key == rest.size || (behind.size && behind.data[0] == '='));
  if (good && key < rest.size) {
    set->value = vonk_str_trim(vonk_str_slice(behind, 1, behind.size));
    set->has_value = true;
    return VONK_OK;
  }
  /* A value in backquotes. */
  return good ? VONK_OK : fail(p, first, VONK_INVALID_SET_SYNTAX, NULL, STR(""));
}

STATUS parse_set(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_set *set = COMMAND_NEW(p->arena, set, NULL);
  const struct token *next = peek_at(p, 1);
  if ((at_word(p, WORD_VAR) || at_word(p, WORD_VARIABLE)) && !is_symbol(next, SYMBOL_DOT) && !is_symbol(next, SYMBOL_EQUAL)) {
    return fail_unsupported(p, first, "SQL variables");
  }
  if (at_text(p, 0, "path") && is_symbol(next, SYMBOL_EQUAL)) return fail_unsupported(p, first, "SET PATH");
  if (at_word(p, WORD_ROLE) && next->kind == TOKEN_WORD) return fail_unsupported(p, first, "SET ROLE");
  if (at_word(p, WORD_CATALOG) && is_name(p, next)) {
    struct vonk_command_use *use = COMMAND_NEW(p->arena, use, NULL);
    p->position++;
    use->catalog = true;
    TRY(parse_name(p, &use->name));
    use->node.origin = place(p, first);
    *out = &use->node;
    return VONK_OK;
  }
  if (at_words(p, WORD_TIME, WORD_ZONE)) TRY(parse_time_zone(p, set));
  else if (peek(p)->kind == TOKEN_NAME) TRY(parse_quoted_set(p, set));
  else TRY(parse_plain_set(p, set));
  set->node.origin = place(p, first);
  *out = &set->node;
  return VONK_OK;
}

STATUS parse_reset(struct parser *p, struct vonk_node **out) {
  uint32_t first = p->position++;
  struct vonk_command_reset *reset = COMMAND_NEW(p->arena, reset, NULL);
  if (peek(p)->kind == TOKEN_NAME) {
    reset->key = unquote_name(p, peek(p));
    p->position++;
  } else {
    reset->key = rest_of(p);
  }
  reset->node.origin = place(p, first);
  *out = &reset->node;
  return VONK_OK;
}
