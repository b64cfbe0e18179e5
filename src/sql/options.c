/* options.c: lists of keys and values: OPTIONS (...), TBLPROPERTIES (...), PARTITION (...). */
#include "sql/parser_internal.h"

/* 'text', a.b.c, and names with dashes between. */
static STATUS parse_key(struct parser *p, struct vonk_str *out) {
  if (peek(p)->kind == TOKEN_STRING) return parse_one_string(p, out);
  struct vonk_name name;
  TRY(parse_name(p, &name));
  struct vonk_text text;
  vonk_text_init(&text, p->arena);
  for (uint32_t i = 0; i < name.count; i++) {
    if (i) vonk_text_add_char(&text, '.');
    vonk_text_add(&text, name.parts[i]);
  }
  *out = vonk_text_str(&text);
  return VONK_OK;
}

/* The text of a literal; DATA NULL for the word NULL. */
static STATUS parse_value(struct parser *p, struct vonk_str *out) {
  uint32_t first = p->position;
  if (peek(p)->kind == TOKEN_STRING) return parse_string(p, out);
  if (at_word(p, WORD_TRUE) || at_word(p, WORD_FALSE)) {
    *out = vonk_str_lower(p->arena, token_text(p, peek(p)));
    p->position++;
    return VONK_OK;
  }
  bool sign = accept_symbol(p, SYMBOL_MINUS);
  if (!sign && peek(p)->kind == TOKEN_WORD) {
    struct vonk_expr *value;
    TRY(parse_operand(p, &value));
    *out = source_text(p, first);
    if (EXPR_IS(value, literal)) {
      struct vonk_value *literal = &EXPR_AS(value, literal)->value;
      *out = literal->is_null ? (struct vonk_str){0} : vonk_value_sql(p->arena, literal);
    }
    return VONK_OK;
  }
  if (!at_number(p, 0)) return fail_syntax(p);
  p->position++;
  *out = source_text(p, first);
  return VONK_OK;
}

STATUS parse_options(struct parser *p, struct vonk_options *out) {
  struct option_list options = {0};
  TRY(expect_symbol(p, SYMBOL_OPEN));
  do {
    struct vonk_option *option = ARRAY_PUSH(p->arena, &options);
    TRY(parse_key(p, &option->key));
    bool equal = accept_symbol(p, SYMBOL_EQUAL);
    if (equal || (!at_symbol(p, SYMBOL_COMMA) && !at_symbol(p, SYMBOL_CLOSE))) TRY(parse_value(p, &option->value));
  } while (accept_symbol(p, SYMBOL_COMMA));
  *out = options_of(options);
  return expect_symbol(p, SYMBOL_CLOSE);
}

STATUS parse_partition(struct parser *p, struct vonk_options *out) {
  struct option_list options = {0};
  *out = (struct vonk_options){0};
  if (!accept_word(p, WORD_PARTITION)) return VONK_OK;
  TRY(expect_symbol(p, SYMBOL_OPEN));
  do {
    struct vonk_option *option = ARRAY_PUSH(p->arena, &options);
    TRY(parse_identifier(p, &option->key));
    if (accept_symbol(p, SYMBOL_EQUAL)) TRY(parse_value(p, &option->value));
  } while (accept_symbol(p, SYMBOL_COMMA));
  *out = options_of(options);
  return expect_symbol(p, SYMBOL_CLOSE);
}

STATUS parse_if_exists(struct parser *p, bool *out) {
  *out = accept_words(p, WORD_IF, WORD_EXISTS);
  return VONK_OK;
}

STATUS parse_if_not_exists(struct parser *p, bool *out) {
  *out = at_words(p, WORD_IF, WORD_NOT);
  if (!*out) return VONK_OK;
  p->position += 2;
  return expect_word(p, WORD_EXISTS);
}
