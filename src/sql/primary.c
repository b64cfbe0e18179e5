/* primary.c: what operators stand between: literals, names, calls, CASE, parentheses, subqueries, and what follows them
 * tightly: `.field`, `[index]`, `::type`, COLLATE. */
#include "sql/parser_internal.h"

struct vonk_expr *attribute_expr(struct parser *p, struct vonk_name name, uint32_t first) {
  struct vonk_expr_attribute *attribute = EXPR_NEW(p->arena, attribute, place(p, first));
  attribute->name = name;
  return &attribute->expr;
}

static STATUS parse_case(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position++;
  struct expr_list arguments = {0};
  struct vonk_expr *subject = NULL, *item;
  if (!at_word(p, WORD_WHEN)) TRY(parse_expression(p, &subject));
  if (!at_word(p, WORD_WHEN)) return fail_syntax(p);
  while (at_word(p, WORD_WHEN)) {
    uint32_t when = p->position++;
    TRY(parse_expression(p, &item));
    if (subject) item = function_expr(p, "==", when, 2, subject, item);
    *ARRAY_PUSH(p->arena, &arguments) = item;
    TRY(expect_word(p, WORD_THEN));
    TRY(parse_expression(p, &item));
    *ARRAY_PUSH(p->arena, &arguments) = item;
  }
  if (accept_word(p, WORD_ELSE)) {
    TRY(parse_expression(p, &item));
    *ARRAY_PUSH(p->arena, &arguments) = item;
  }
  TRY(expect_word(p, WORD_END));
  TRY(grow(p));
  *out = function_expr(p, "when", first, 0);
  EXPR_AS(*out, function)->arguments = exprs_of(arguments);
  return VONK_OK;
}

static STATUS parse_subquery(struct parser *p, uint32_t first, int32_t kind, struct vonk_expr **out) {
  struct vonk_relation *query;
  TRY(parse_parenthesised_query(p, &query));
  struct vonk_expr_subquery *subquery = EXPR_NEW(p->arena, subquery, place(p, first));
  subquery->kind = kind;
  subquery->plan = &query->node;
  *out = &subquery->expr;
  return VONK_OK;
}

/* (query), (expression), or a row (a, b AS c). */
static STATUS parse_parenthesis(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  if (at_query(p, 1)) return parse_subquery(p, first, VONK_SUBQUERY_SCALAR, out);
  struct expr_list items = {0};
  p->position++;
  do {
    struct vonk_expr *item;
    TRY(parse_named_expression(p, &item));
    *ARRAY_PUSH(p->arena, &items) = item;
  } while (accept_symbol(p, SYMBOL_COMMA));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  *out = items.items[0];
  if (items.count == 1) {
    if (!EXPR_IS(*out, alias)) return VONK_OK;
    p->position = first + 1;
    return fail_syntax(p);
  }
  *out = function_expr(p, "struct", first, 0);
  EXPR_AS(*out, function)->arguments = exprs_of(items);
  return VONK_OK;
}

/* The parenthesis at the position holds nothing but names: EXCEPT (a, b.c) after a star, not a query. */
static bool at_except_list(const struct parser *p) {
  if (!(at_word(p, WORD_EXCEPT) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) || at_query(p, 1)) return false;
  return is_name(p, peek_at(p, 2));
}

static STATUS parse_star(struct parser *p, uint32_t first, struct vonk_name target, struct vonk_expr **out) {
  TRY(expect_symbol(p, SYMBOL_STAR));
  struct vonk_expr_star *star = EXPR_NEW(p->arena, star, NULL);
  star->target = target;
  if (at_except_list(p)) {
    struct expr_list except = {0};
    p->position += 2;
    do {
      uint32_t at = p->position;
      struct vonk_name name;
      TRY(parse_name(p, &name));
      *ARRAY_PUSH(p->arena, &except) = attribute_expr(p, name, at);
    } while (accept_symbol(p, SYMBOL_COMMA));
    TRY(expect_symbol(p, SYMBOL_CLOSE));
    star->except = exprs_of(except);
  }
  star->expr.node.origin = place(p, first);
  *out = &star->expr;
  return VONK_OK;
}

static STATUS parse_parameter(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  bool named = at_symbol(p, SYMBOL_COLON);
  struct vonk_str name = STR("");
  p->position++;
  if (named) TRY(parse_identifier(p, &name));
  struct vonk_expr_parameter *parameter = EXPR_NEW(p->arena, parameter, place(p, first));
  parameter->name = name;
  parameter->position = named ? -1 : p->parameter_count++;
  *out = &parameter->expr;
  return VONK_OK;
}

/* x -> or (x, y) ->; a single name in parentheses is an expression. */
bool at_lambda(const struct parser *p) {
  if (is_name(p, peek(p))) return is_symbol(peek_at(p, 1), SYMBOL_ARROW);
  if (!at_symbol(p, SYMBOL_OPEN)) return false;
  uint32_t ahead = 1;
  while (is_name(p, peek_at(p, ahead)) && is_symbol(peek_at(p, ahead + 1), SYMBOL_COMMA)) ahead += 2;
  return ahead > 1 && is_name(p, peek_at(p, ahead)) && is_symbol(peek_at(p, ahead + 1), SYMBOL_CLOSE) && is_symbol(peek_at(p, ahead + 2), SYMBOL_ARROW);
}

STATUS parse_lambda(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  struct expr_list parameters = {0};
  bool list = accept_symbol(p, SYMBOL_OPEN);
  do {
    uint32_t at = p->position;
    struct vonk_str *part = ARENA_NEW(p->arena, struct vonk_str);
    TRY(parse_identifier(p, part));
    struct vonk_expr_lambda_variable *variable = EXPR_NEW(p->arena, lambda_variable, place(p, at));
    variable->name = (struct vonk_name){part, 1};
    *ARRAY_PUSH(p->arena, &parameters) = &variable->expr;
  } while (list && accept_symbol(p, SYMBOL_COMMA));
  if (list) TRY(expect_symbol(p, SYMBOL_CLOSE));
  TRY(expect_symbol(p, SYMBOL_ARROW));
  struct vonk_expr *body;
  TRY(parse_expression(p, &body));
  TRY(grow(p));
  struct vonk_expr_lambda *lambda = EXPR_NEW(p->arena, lambda, place(p, first));
  lambda->body = body;
  lambda->parameters = exprs_of(parameters);
  *out = &lambda->expr;
  return VONK_OK;
}

/* current_date and the like without parentheses, where they are reserved. */
static const char *reserved_call(const struct parser *p) {
  if (!p->options.reserved_keywords || peek(p)->kind != TOKEN_WORD) return NULL;
  switch (peek(p)->word) {
    case WORD_CURRENT_DATE: return "current_date";
    case WORD_CURRENT_TIMESTAMP: return "current_timestamp";
    case WORD_CURRENT_TIME: return "current_time";
    case WORD_CURRENT_USER: return "current_user";
    case WORD_USER: return "user";
    case WORD_SESSION_USER: return "session_user";
    default: return NULL;
  }
}

/* A word of clauses is a column only if what follows cannot belong to the clause. */
static bool at_column_name(const struct parser *p) {
  const struct token *token = peek(p), *next = peek_at(p, 1);
  bool call = is_symbol(next, SYMBOL_OPEN);
  if (token->kind == TOKEN_WORD && call && (token->word == WORD_LEFT || token->word == WORD_RIGHT || token->word == WORD_ANY ||
                                            token->word == WORD_SOME || token->word == WORD_FILTER || token->word == WORD_USER)) return true;
  if (!is_name(p, token)) return false;
  /* SELECT FROM t is the column `from` under the name t. */
  if (is_word(token, WORD_FROM) && p->position > 0 && is_word(token - 1, WORD_SELECT) && is_name(p, next)) return true;
  if (token->kind == TOKEN_NAME || token->word == WORD_WINDOW || !(vonk_sql_keyword_flags(token->word) & KEYWORD_CLAUSE)) return true;
  if (next->kind == TOKEN_SYMBOL) {
    if (call) return token->word == WORD_DIV || token->word == WORD_LIKE || token->word == WORD_ILIKE || token->word == WORD_RLIKE || token->word == WORD_REGEXP;
    return next->word != SYMBOL_STAR && next->word != SYMBOL_OPEN_BRACKET;
  }
  return next->kind == TOKEN_END || is_word(next, WORD_FROM) || is_word(next, WORD_AS);
}

static STATUS parse_column_or_call(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  struct vonk_name name;
  if (at_word(p, WORD_IDENTIFIER) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) {
    TRY(parse_name(p, &name));
  } else {
    if (!at_column_name(p)) return fail_syntax(p);
    bool quoted = peek(p)->kind == TOKEN_NAME;
    struct str_list parts = {0};
    *ARRAY_PUSH(p->arena, &parts) = unquote_name(p, peek(p));
    p->position++;
    while (at_symbol(p, SYMBOL_DOT) && parts.count < NAME_PARTS_MAX) {
      if (is_symbol(peek_at(p, 1), SYMBOL_STAR)) {
        p->position++;
        return parse_star(p, first, name_of(parts), out);
      }
      if (!is_name(p, peek_at(p, 1))) break;
      quoted = peek_at(p, 1)->kind == TOKEN_NAME;
      *ARRAY_PUSH(p->arena, &parts) = unquote_name(p, peek_at(p, 1));
      p->position += 2;
    }
    name = name_of(parts);
    if (p->options.regex_names && quoted && !at_symbol(p, SYMBOL_OPEN)) {
      struct vonk_expr_regex *regex = EXPR_NEW(p->arena, regex, place(p, first));
      regex->pattern = name.parts[name.count - 1];
      regex->target = (struct vonk_name){name.parts, name.count - 1};
      *out = &regex->expr;
      return VONK_OK;
    }
  }
  if (at_symbol(p, SYMBOL_OPEN)) return parse_call(p, name, first, out);
  *out = attribute_expr(p, name, first);
  return VONK_OK;
}

static STATUS parse_word(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  const struct token *next = peek_at(p, 1);
  bool open = is_symbol(next, SYMBOL_OPEN), dot = is_symbol(next, SYMBOL_DOT), found = false;
  if (at_lambda(p)) return parse_lambda(p, out);
  if (at_interval(p)) return parse_interval(p, out);
  if (next->kind == TOKEN_STRING && !at_word(p, WORD_CASE) && !(vonk_sql_keyword_flags(peek(p)->word) & KEYWORD_CLAUSE)) {
    return parse_typed_literal(p, out);
  }
  switch (peek(p)->word) {
    case WORD_NULL:
      if (open || dot) break;
      p->position++;
      *out = literal_expr(p, vonk_value_null(&vonk_type_void), first);
      return VONK_OK;
    case WORD_TRUE:
    case WORD_FALSE:
      if (open || dot) break;
      p->position++;
      *out = literal_expr(p, vonk_value_integer(&vonk_type_boolean, is_word(&p->tokens[first], WORD_TRUE)), first);
      return VONK_OK;
    case WORD_CASE: return parse_case(p, out);
    case WORD_EXISTS:
      if (!open || !at_query(p, 2)) break;
      p->position++;
      return parse_subquery(p, first, VONK_SUBQUERY_EXISTS, out);
    default: break;
  }
  const char *call = open ? NULL : reserved_call(p);
  if (call) {
    p->position++;
    *out = function_expr(p, call, first, 0);
    return VONK_OK;
  }
  if (open) TRY(parse_special_call(p, &found, out));
  return found ? VONK_OK : parse_column_or_call(p, out);
}

static STATUS parse_base(struct parser *p, struct vonk_expr **out) {
  const struct token *token = peek(p);
  uint32_t first = p->position;
  if (at_number(p, 0)) return parse_number(p, false, first, out);
  if (token->kind == TOKEN_STRING) return parse_string_expr(p, out);
  if (token->kind == TOKEN_WORD) return parse_word(p, out);
  if (token->kind == TOKEN_NAME) return at_lambda(p) ? parse_lambda(p, out) : parse_column_or_call(p, out);
  if (token->kind != TOKEN_SYMBOL) return fail_syntax(p);
  switch (token->word) {
    case SYMBOL_OPEN: return at_lambda(p) ? parse_lambda(p, out) : parse_parenthesis(p, out);
    case SYMBOL_STAR: return parse_star(p, first, (struct vonk_name){0}, out);
    case SYMBOL_QUESTION:
    case SYMBOL_COLON: return parse_parameter(p, out);
    case SYMBOL_MINUS:
      p->position++;
      return parse_number(p, true, first, out);
    default: return fail_syntax(p);
  }
}

static struct vonk_expr *extract_expr(struct parser *p, uint32_t first, struct vonk_expr *child, struct vonk_expr *extraction) {
  struct vonk_expr_extract *extract = EXPR_NEW(p->arena, extract, place(p, first));
  extract->child = child;
  extract->extraction = extraction;
  return &extract->expr;
}

/* A step of the path behind a colon: a name, or an index or key in brackets. NAME becomes the key. */
static STATUS parse_path_step(struct parser *p, struct vonk_text *path, struct vonk_str *name) {
  struct vonk_str text;
  if (!accept_symbol(p, SYMBOL_OPEN_BRACKET)) {
    TRY(parse_identifier(p, name));
    vonk_text_addf(path, "." STR_FMT, STR_ARG(*name));
    size_t dot = name->size;
    while (dot > 0 && name->data[dot - 1] != '.') dot--;
    *name = vonk_str_slice(*name, dot, name->size); /* dots part the steps, in backquotes as well */
    return VONK_OK;
  }
  if (peek(p)->kind == TOKEN_STRING) {
    TRY(parse_string(p, name));
    vonk_text_addf(path, "['" STR_FMT "']", STR_ARG(*name));
  } else {
    text = token_text(p, peek(p));
    if (!text.size || text.data[0] < '0' || text.data[0] > '9') return fail_syntax(p);
    vonk_text_addf(path, "[" STR_FMT "]", STR_ARG(text));
    p->position++;
  }
  return expect_symbol(p, SYMBOL_CLOSE_BRACKET);
}

/* v:a.b[0]['c'] is variant_get(v, '$.a.b[0][\'c\']'), named after the last key. */
static STATUS parse_path(struct parser *p, uint32_t first, struct vonk_expr **expr) {
  uint32_t at = ++p->position;
  struct vonk_str name = {0};
  struct vonk_text path;
  vonk_text_init(&path, p->arena);
  vonk_text_add_char(&path, '$');
  TRY(parse_path_step(p, &path, &name));
  while (at_symbol(p, SYMBOL_OPEN_BRACKET) || (at_symbol(p, SYMBOL_DOT) && is_name(p, peek_at(p, 1)))) {
    if (at_symbol(p, SYMBOL_DOT)) p->position++;
    TRY(parse_path_step(p, &path, &name));
  }
  *expr = function_expr(p, "variant_get", first, 2, *expr, string_expr(p, vonk_text_str(&path), at));
  if (!name.data) return VONK_OK;
  struct vonk_expr_alias *alias = EXPR_NEW(p->arena, alias, (*expr)->node.origin);
  struct vonk_str *part = ARENA_NEW(p->arena, struct vonk_str);
  *part = name;
  alias->child = *expr;
  alias->names = (struct vonk_name){part, 1};
  *expr = &alias->expr;
  return VONK_OK;
}

/* One of `.field`, `[index]`, `:path`, `::type`, COLLATE; *FOUND says whether there was one. */
static STATUS parse_postfix(struct parser *p, uint32_t first, bool *found, struct vonk_expr **expr) {
  uint32_t at = p->position + 1;
  *found = true;
  if (at_symbol(p, SYMBOL_DOT) && is_name(p, peek_at(p, 1))) {
    struct vonk_str field;
    p->position++;
    TRY(parse_identifier(p, &field));
    struct vonk_expr *name = string_expr(p, field, at);
    *expr = extract_expr(p, first, *expr, name);
  } else if (accept_symbol(p, SYMBOL_OPEN_BRACKET)) {
    struct vonk_expr *index;
    TRY(parse_operand(p, &index));
    TRY(expect_symbol(p, SYMBOL_CLOSE_BRACKET));
    *expr = extract_expr(p, first, *expr, index);
  } else if (accept_symbol(p, SYMBOL_CAST)) {
    const struct vonk_type *type;
    TRY(parse_type(p, &type));
    struct vonk_expr_cast *cast = EXPR_NEW(p->arena, cast, place(p, first));
    cast->child = *expr;
    cast->target = type;
    *expr = &cast->expr;
  } else if (accept_word(p, WORD_COLLATE)) {
    struct vonk_name name;
    TRY(parse_name(p, &name));
    struct vonk_expr *collation = string_expr(p, name.parts[name.count - 1], at);
    *expr = function_expr(p, "collate", first, 2, *expr, collation);
  } else if (at_symbol(p, SYMBOL_COLON) && (is_name(p, peek_at(p, 1)) || is_symbol(peek_at(p, 1), SYMBOL_OPEN_BRACKET))) {
    TRY(parse_path(p, first, expr));
  } else {
    *found = false;
    return VONK_OK;
  }
  return grow(p);
}

STATUS parse_primary(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  bool found = true;
  TRY(parse_base(p, out));
  TRY(grow(p));
  while (found) TRY(parse_postfix(p, first, &found, out));
  return VONK_OK;
}
