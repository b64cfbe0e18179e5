/* from.c: the FROM clause: tables, subqueries, functions, joins, LATERAL VIEW. PIVOT, UNPIVOT and TABLESAMPLE are in reshape.c. */
#include "sql/parser_internal.h"

static STATUS parse_relation(struct parser *p, bool joins, struct vonk_relation **out);

STATUS parse_table_alias(struct parser *p, struct vonk_relation **relation) {
  uint32_t first = p->position;
  bool as = accept_word(p, WORD_AS);
  if (!as && !at_table_alias(p)) return VONK_OK;
  struct vonk_relation_subquery_alias *alias = RELATION_NEW(p->arena, subquery_alias, NULL);
  TRY(parse_identifier(p, &alias->alias));
  TRY(parse_name_list(p, false, &alias->column_aliases));
  alias->input = *relation;
  alias->relation.node.origin = place(p, first);
  *relation = &alias->relation;
  return grow(p);
}

/* FOR (SYSTEM_VERSION | VERSION | SYSTEM_TIME | TIMESTAMP) AS OF x, FOR left out or not. */
STATUS parse_time_travel(struct parser *p, struct vonk_relation_read *read) {
  uint32_t ahead = at_word(p, WORD_FOR);
  const struct token *kind = peek_at(p, ahead);
  bool version = is_word(kind, WORD_VERSION) || is_word(kind, WORD_SYSTEM_VERSION);
  bool time = is_word(kind, WORD_TIMESTAMP) || is_word(kind, WORD_SYSTEM_TIME);
  if (!(version || time) || !is_word(peek_at(p, ahead + 1), WORD_AS) || !is_word(peek_at(p, ahead + 2), WORD_OF)) return VONK_OK;
  p->position += ahead + 3;
  read->by_version = version;
  return parse_operand(p, &read->time_travel);
}

static bool names_function(const struct parser *p) {
  uint32_t ahead = 0;
  if (!is_name(p, peek(p))) return false;
  while (is_symbol(peek_at(p, ahead + 1), SYMBOL_DOT) && is_name(p, peek_at(p, ahead + 2))) ahead += 2;
  return is_symbol(peek_at(p, ahead + 1), SYMBOL_OPEN) && !at_word(p, WORD_IDENTIFIER);
}

static STATUS parse_table_function(struct parser *p, struct vonk_relation **out) {
  uint32_t first = p->position;
  struct vonk_name name;
  struct vonk_expr *call;
  TRY(parse_name(p, &name));
  TRY(parse_call(p, name, first, &call));
  struct vonk_relation_table_function *function = RELATION_NEW(p->arena, table_function, place(p, first));
  function->call = call;
  *out = &function->relation;
  return parse_table_alias(p, out);
}

static STATUS parse_table(struct parser *p, struct vonk_relation **out) {
  uint32_t first = p->position;
  struct vonk_relation_read *read = RELATION_NEW(p->arena, read, NULL);
  TRY(parse_name(p, &read->name));
  read->relation.node.origin = place(p, first);
  if (at_word(p, WORD_WITH) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) {
    p->position++;
    TRY(parse_options(p, &read->options));
  }
  TRY(parse_time_travel(p, read));
  *out = &read->relation;
  TRY(parse_sample(p, out));
  return parse_table_alias(p, out);
}

static STATUS parse_parenthesised_relation(struct parser *p, struct vonk_relation **out) {
  bool query = at_query(p, 1);
  p->position++;
  if (query) TRY(parse_query(p, out));
  else TRY(parse_relation(p, true, out));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  TRY(parse_sample(p, out));
  return parse_table_alias(p, out);
}

static STATUS parse_relation_primary(struct parser *p, struct vonk_relation **out) {
  if (at_symbol(p, SYMBOL_OPEN)) return parse_parenthesised_relation(p, out);
  if (at_word(p, WORD_VALUES) && !is_symbol(peek_at(p, 1), SYMBOL_COMMA) && !is_symbol(peek_at(p, 1), SYMBOL_CLOSE) && at_query(p, 0)) {
    return parse_values(p, out);
  }
  const struct token *token = peek(p);
  /* FROM followed by the word of a clause: what should be a table is missing. */
  bool clause = token->kind == TOKEN_WORD && (vonk_sql_keyword_flags(token->word) & (KEYWORD_CLAUSE | KEYWORD_JOIN)) && !at_table_alias(p);
  const struct token *next = peek_at(p, 1);
  if (clause && next->kind != TOKEN_END && !is_symbol(next, SYMBOL_DOT) && !is_symbol(next, SYMBOL_CLOSE) && !is_symbol(next, SYMBOL_SEMICOLON)) {
    return fail_syntax(p);
  }
  return names_function(p) ? parse_table_function(p, out) : parse_table(p, out);
}

/* --- joins --- */

/* The words before JOIN: how many there are, 0 when no join stands here. */
static uint32_t join_at(const struct parser *p, uint32_t ahead, int32_t *type) {
  uint32_t words = 1;
  const struct token *token = peek_at(p, ahead), *next = peek_at(p, ahead + 1);
  if (token->kind != TOKEN_WORD) return 0;
  bool side = token->word == WORD_LEFT || token->word == WORD_RIGHT || token->word == WORD_FULL;
  *type = VONK_JOIN_INNER;
  switch (token->word) {
    case WORD_JOIN: return 1;
    case WORD_CROSS: *type = VONK_JOIN_CROSS; break;
    case WORD_INNER: break;
    case WORD_LEFT: *type = VONK_JOIN_LEFT; break;
    case WORD_RIGHT: *type = VONK_JOIN_RIGHT; break;
    case WORD_FULL: *type = VONK_JOIN_FULL; break;
    case WORD_SEMI: *type = VONK_JOIN_SEMI; break;
    case WORD_ANTI: *type = VONK_JOIN_ANTI; break;
    default: return 0;
  }
  if (side && is_word(next, WORD_OUTER)) words = 2;
  if (token->word == WORD_LEFT && (is_word(next, WORD_SEMI) || is_word(next, WORD_ANTI))) {
    *type = is_word(next, WORD_SEMI) ? VONK_JOIN_SEMI : VONK_JOIN_ANTI;
    words = 2;
  }
  return is_word(peek_at(p, ahead + words), WORD_JOIN) ? words + 1 : 0;
}

static STATUS parse_lateral_join(struct parser *p, uint32_t first, uint32_t words, int32_t type, bool criteria, struct vonk_relation **relation) {
  struct vonk_relation_lateral_join *join = RELATION_NEW(p->arena, lateral_join, NULL);
  join->left = *relation;
  join->join_type = type;
  TRY(parse_relation_primary(p, &join->right));
  if (criteria && accept_word(p, WORD_USING)) {
    struct vonk_name columns;
    TRY(parse_name_list(p, true, &columns));
    return fail(p, words, VONK_UNSUPPORTED_FEATURE__LATERAL_JOIN_USING, NULL, STR(""));
  }
  if (criteria && accept_word(p, WORD_ON)) TRY(parse_expression(p, &join->condition));
  join->relation.node.origin = place(p, first);
  *relation = &join->relation;
  return grow(p);
}

static STATUS parse_join(struct parser *p, uint32_t first, uint32_t words, int32_t type, bool natural, struct vonk_relation **relation) {
  if (at_word(p, WORD_LATERAL)) {
    p->position++;
    if (natural) return fail_unsupported(p, first, "NATURAL joins with LATERAL");
    return parse_lateral_join(p, first, words, type, true, relation);
  }
  struct vonk_relation_join *join = RELATION_NEW(p->arena, join, NULL);
  join->left = *relation;
  join->join_type = type;
  join->natural = natural;
  TRY(parse_relation_primary(p, &join->right));
  if (!natural && accept_word(p, WORD_ON)) TRY(parse_expression(p, &join->condition));
  else if (!natural && accept_word(p, WORD_USING)) TRY(parse_name_list(p, true, &join->using_columns));
  join->relation.node.origin = place(p, first);
  *relation = &join->relation;
  return grow(p);
}

/* What may follow a relation, again and again: joins, PIVOT, UNPIVOT. */
static STATUS parse_extensions(struct parser *p, uint32_t first, struct vonk_relation **relation) {
  for (;;) {
    int32_t type;
    bool natural = at_word(p, WORD_NATURAL);
    uint32_t words = join_at(p, natural, &type);
    if (words) {
      uint32_t at = p->position;
      p->position += words + natural;
      TRY(parse_join(p, first, at, type, natural, relation));
    } else if (at_word(p, WORD_PIVOT) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) {
      TRY(parse_pivot(p, relation));
    } else if (at_word(p, WORD_UNPIVOT)) {
      TRY(parse_unpivot(p, relation));
    } else {
      return VONK_OK;
    }
    TRY(grow(p));
  }
}

static STATUS parse_relation(struct parser *p, bool joins, struct vonk_relation **out) {
  struct level level;
  uint32_t first = p->position;
  TRY(enter(p, &level));
  if (at_word(p, WORD_LATERAL) && !is_word(peek_at(p, 1), WORD_VIEW)) {
    /* The first relation has nothing on its left; LATERAL changes nothing. */
    p->position++;
  }
  TRY(parse_relation_primary(p, out));
  if (joins) TRY(parse_extensions(p, first, out));
  TRY(grow(p));
  leave(p, &level);
  return VONK_OK;
}

static STATUS parse_comma(struct parser *p, uint32_t first, struct vonk_relation **relation) {
  if (at_word(p, WORD_LATERAL) && !is_word(peek_at(p, 1), WORD_VIEW)) {
    p->position++;
    TRY(parse_lateral_join(p, first, first, VONK_JOIN_INNER, false, relation));
    return parse_extensions(p, first, relation);
  }
  struct vonk_relation_join *join = RELATION_NEW(p->arena, join, NULL);
  join->left = *relation;
  join->join_type = VONK_JOIN_INNER;
  TRY(parse_relation(p, p->options.relation_precedence, &join->right));
  join->relation.node.origin = place(p, first);
  *relation = &join->relation;
  TRY(grow(p));
  /* As Spark does unless told otherwise, a JOIN behind a comma has all that stands before it on its left. */
  return parse_extensions(p, first, relation);
}

static STATUS parse_lateral_view(struct parser *p, struct vonk_relation **relation) {
  uint32_t first = p->position;
  p->position += 2;
  struct vonk_relation_lateral_view *view = RELATION_NEW(p->arena, lateral_view, NULL);
  struct str_list columns = {0};
  view->input = *relation;
  view->is_outer = accept_word(p, WORD_OUTER);
  uint32_t call = p->position;
  struct vonk_name name;
  TRY(parse_name(p, &name));
  TRY(parse_call(p, name, call, &view->generator));
  if (!at_word(p, WORD_AS)) TRY(parse_identifier(p, &view->table_alias));
  if (accept_word(p, WORD_AS) || at_table_alias(p)) {
    do {
      TRY(parse_identifier(p, ARRAY_PUSH(p->arena, &columns)));
    } while (accept_symbol(p, SYMBOL_COMMA));
  }
  view->column_aliases = name_of(columns);
  view->relation.node.origin = place(p, first);
  *relation = &view->relation;
  return grow(p);
}

STATUS parse_from(struct parser *p, struct vonk_relation **out) {
  struct level level;
  uint32_t first = p->position;
  TRY(enter(p, &level));
  TRY(parse_relation(p, true, out));
  while (accept_symbol(p, SYMBOL_COMMA)) TRY(parse_comma(p, first, out));
  while (at_words(p, WORD_LATERAL, WORD_VIEW)) TRY(parse_lateral_view(p, out));
  if (at_word(p, WORD_PIVOT) || at_word(p, WORD_UNPIVOT)) TRY(parse_extensions(p, first, out));
  leave(p, &level);
  return VONK_OK;
}
