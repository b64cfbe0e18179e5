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

/* IDENTIFIER('a.b'), IDENTIFIER('a' || 'b'): a name that is computed. */
static STATUS parse_identifier_clause(struct parser *p, struct vonk_name *out) {
  uint32_t first = p->position;
  struct vonk_str text;
  p->position += 2;
  if (peek(p)->kind == TOKEN_STRING && is_symbol(peek_at(p, 1), SYMBOL_CLOSE)) {
    TRY(parse_string(p, &text));
  } else {
    struct vonk_expr *expr;
    if (!p->options.constant_text) return fail_unsupported(p, first, "IDENTIFIER with anything but a string");
    TRY(parse_expression(p, &expr));
    TRY(p->options.constant_text(p->options.constant_object, p->task, expr, &text));
  }
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  return vonk_sql_parse_name(p->task, text, out);
}

static bool at_identifier_clause(const struct parser *p) { return at_word(p, WORD_IDENTIFIER) && is_symbol(peek_at(p, 1), SYMBOL_OPEN); }

STATUS parse_identifier(struct parser *p, struct vonk_str *out) {
  const struct token *token = peek(p);
  if (at_identifier_clause(p) && !p->options.legacy_identifier) {
    struct vonk_name computed;
    uint32_t first = p->position;
    TRY(parse_identifier_clause(p, &computed));
    *out = computed.parts[0];
    if (computed.count == 1) return VONK_OK;
    return vonk_raise(p->task, VONK_IDENTIFIER_TOO_MANY_NAME_PARTS, place(p, first), "identifier", vonk_type_quote_name(p->arena, *out), "limit", STR("1"), NULL);
  }
  if (!is_name(p, token)) return fail_syntax(p);
  *out = unquote_name(p, token);
  p->position++;
  return VONK_OK;
}

STATUS parse_name(struct parser *p, struct vonk_name *out) {
  struct str_list parts = {0};
  if (at_identifier_clause(p) && p->options.legacy_identifier) return parse_identifier_clause(p, out);
  do {
    struct vonk_name computed = {0};
    if (at_identifier_clause(p)) TRY(parse_identifier_clause(p, &computed));
    for (uint32_t i = 0; i < computed.count && parts.count < NAME_PARTS_MAX; i++) *ARRAY_PUSH(p->arena, &parts) = computed.parts[i];
    if (parts.count == NAME_PARTS_MAX) return fail_syntax(p);
    if (!computed.count) TRY(parse_identifier(p, ARRAY_PUSH(p->arena, &parts)));
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
