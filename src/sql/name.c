/* name.c: names, and which words may be one.
 *
 * Without the ANSI list every keyword may be a name, so what is possible depends on where it stands: an alias without AS
 * must not be a word that goes on with the query, a table's alias no word of joins.
 */
#include "sql/parser_internal.h"

bool is_name(const struct parser *p, const struct token *token) {
  if (token->kind == TOKEN_NAME) return true;
  if (token->kind != TOKEN_WORD) return false;
  return !p->options.reserved_keywords || !(vonk_sql_keyword_flags(token->word) & KEYWORD_RESERVED);
}

/* Words that go on with a query only together with the next one. */
static bool begins_pair(const struct parser *p) {
  const struct token *next = peek_at(p, 1);
  switch (peek(p)->word) {
    case WORD_GROUP:
    case WORD_ORDER:
    case WORD_SORT:
    case WORD_CLUSTER:
    case WORD_DISTRIBUTE: return is_word(next, WORD_BY);
    case WORD_INSERT: return is_word(next, WORD_INTO) || is_word(next, WORD_OVERWRITE);
    case WORD_WINDOW: return is_name(p, next) && is_word(peek_at(p, 2), WORD_AS);
    case WORD_TABLESAMPLE:
    case WORD_PIVOT: return is_symbol(next, SYMBOL_OPEN);
    case WORD_UNPIVOT: return is_symbol(next, SYMBOL_OPEN) || is_word(next, WORD_INCLUDE) || is_word(next, WORD_EXCLUDE);
    default: return true;
  }
}

bool at_column_alias(const struct parser *p) {
  const struct token *token = peek(p);
  if (!is_name(p, token)) return false;
  if (token->kind == TOKEN_NAME) return true;
  return !(vonk_sql_keyword_flags(token->word) & KEYWORD_CLAUSE) || !begins_pair(p);
}

bool at_table_alias(const struct parser *p) {
  const struct token *token = peek(p);
  if (!at_column_alias(p)) return false;
  return token->kind == TOKEN_NAME || !(vonk_sql_keyword_flags(token->word) & KEYWORD_JOIN);
}

struct vonk_str unquote_name(struct parser *p, const struct token *token) {
  struct vonk_str text = token_text(p, token);
  if (token->kind != TOKEN_NAME) return text;
  char quote = text.data[0];
  struct vonk_text out;
  vonk_text_init(&out, p->arena);
  for (size_t i = 1; i + 1 < text.size; i++) {
    vonk_text_add_char(&out, text.data[i]);
    if (text.data[i] == quote) i++;
  }
  return vonk_text_str(&out);
}

STATUS parse_identifier(struct parser *p, struct vonk_str *out) {
  const struct token *token = peek(p);
  if (!is_name(p, token)) return fail_syntax(p);
  *out = unquote_name(p, token);
  p->position++;
  return VONK_OK;
}

/* IDENTIFIER('a.b'): only texts; anything that must be computed is not known here. */
static STATUS parse_identifier_clause(struct parser *p, struct vonk_name *out) {
  uint32_t first = p->position;
  struct vonk_str text;
  p->position += 2;
  if (peek(p)->kind != TOKEN_STRING) return fail_unsupported(p, first, "IDENTIFIER with anything but a string");
  TRY(parse_string(p, &text));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  return vonk_sql_parse_name(p->task, text, out);
}

STATUS parse_name(struct parser *p, struct vonk_name *out) {
  if (at_word(p, WORD_IDENTIFIER) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) return parse_identifier_clause(p, out);
  struct str_list parts = {0};
  do {
    if (parts.count == NAME_PARTS_MAX) return fail_syntax(p);
    TRY(parse_identifier(p, ARRAY_PUSH(p->arena, &parts)));
  } while (accept_symbol(p, SYMBOL_DOT));
  *out = name_of(parts);
  return VONK_OK;
}

STATUS parse_placed_name(struct parser *p, struct vonk_name *out, const struct vonk_origin **at) {
  uint32_t first = p->position;
  TRY(parse_name(p, out));
  *at = place(p, first);
  return VONK_OK;
}

STATUS parse_name_list(struct parser *p, bool mandatory, struct vonk_name *out) {
  struct str_list names = {0};
  *out = (struct vonk_name){0};
  if (!mandatory && !at_symbol(p, SYMBOL_OPEN)) return VONK_OK;
  TRY(expect_symbol(p, SYMBOL_OPEN));
  do {
    TRY(parse_identifier(p, ARRAY_PUSH(p->arena, &names)));
  } while (accept_symbol(p, SYMBOL_COMMA));
  *out = name_of(names);
  return expect_symbol(p, SYMBOL_CLOSE);
}
