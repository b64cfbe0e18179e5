/* expression.c: operators and predicates, by precedence climbing.
 *
 * From loose to tight: OR, AND, NOT, one predicate (IS, IN, LIKE, BETWEEN, ...), then the binary operators of the table below,
 * then what primary.c reads. A chain of AND or OR becomes a balanced tree so that thousands of conjuncts stay shallow.
 */
#include "sql/parser_internal.h"

struct vonk_expr *function_expr(struct parser *p, const char *name, uint32_t first, uint32_t count, ...) {
  struct vonk_expr_function *function = EXPR_NEW(p->arena, function, place(p, first));
  struct vonk_str *part = ARENA_NEW(p->arena, struct vonk_str);
  *part = vonk_str_of(name);
  function->name = (struct vonk_name){part, 1};
  function->arguments = (struct vonk_exprs){ARENA_ARRAY(p->arena, struct vonk_expr *, count), count};
  va_list arguments;
  va_start(arguments, count);
  for (uint32_t i = 0; i < count; i++) function->arguments.items[i] = va_arg(arguments, struct vonk_expr *);
  va_end(arguments);
  return &function->expr;
}

static struct vonk_expr *negate(struct parser *p, bool negated, uint32_t first, struct vonk_expr *expr) {
  return negated ? function_expr(p, "not", first, 1, expr) : expr;
}

/* --- binary operators --- */

enum { LEVEL_COMPARISON = 1, LEVEL_PIPE, LEVEL_CARET, LEVEL_AMPERSAND, LEVEL_SHIFT, LEVEL_SUM, LEVEL_PRODUCT };

static const struct {
  uint16_t symbol;
  uint8_t level;
  const char *name; /* NULL: "not" of "==" */
} operators[] = {
    {SYMBOL_EQUAL, LEVEL_COMPARISON, "=="}, {SYMBOL_NULL_SAFE, LEVEL_COMPARISON, "<=>"}, {SYMBOL_NOT_EQUAL, LEVEL_COMPARISON, NULL},
    {SYMBOL_LESS_GREATER, LEVEL_COMPARISON, NULL}, {SYMBOL_LESS, LEVEL_COMPARISON, "<"}, {SYMBOL_LESS_EQUAL, LEVEL_COMPARISON, "<="},
    {SYMBOL_GREATER, LEVEL_COMPARISON, ">"}, {SYMBOL_GREATER_EQUAL, LEVEL_COMPARISON, ">="}, {SYMBOL_PIPE, LEVEL_PIPE, "|"},
    {SYMBOL_CARET, LEVEL_CARET, "^"}, {SYMBOL_AMPERSAND, LEVEL_AMPERSAND, "&"}, {SYMBOL_SHIFT_LEFT, LEVEL_SHIFT, "<<"},
    {SYMBOL_SHIFT_RIGHT, LEVEL_SHIFT, ">>"}, {SYMBOL_SHIFT_RIGHT_UNSIGNED, LEVEL_SHIFT, ">>>"},
    {SYMBOL_PLUS, LEVEL_SUM, "+"}, {SYMBOL_MINUS, LEVEL_SUM, "-"}, {SYMBOL_CONCAT, LEVEL_SUM, "concat"}, {SYMBOL_STAR, LEVEL_PRODUCT, "*"},
    {SYMBOL_SLASH, LEVEL_PRODUCT, "/"}, {SYMBOL_PERCENT, LEVEL_PRODUCT, "%"},
};

/* The level of the operator at the position, 0 when there is none. */
static uint8_t operator_at(const struct parser *p, const char **name) {
  if (at_word(p, WORD_DIV)) {
    *name = "div";
    return LEVEL_PRODUCT;
  }
  if (peek(p)->kind != TOKEN_SYMBOL) return 0;
  for (size_t i = 0; i < COUNT_OF(operators); i++) {
    if (operators[i].symbol != peek(p)->word) continue;
    *name = operators[i].name;
    return operators[i].level;
  }
  return 0;
}

static STATUS parse_unary(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  const char *name = at_symbol(p, SYMBOL_MINUS) ? "-" : at_symbol(p, SYMBOL_PLUS) ? "positive" : at_symbol(p, SYMBOL_TILDE) ? "~" : NULL;
  if (!name || (at_symbol(p, SYMBOL_MINUS) && at_number(p, 1))) return parse_primary(p, out);
  struct level level;
  struct vonk_expr *operand;
  p->position++;
  TRY(enter(p, &level));
  TRY(parse_unary(p, &operand));
  TRY(grow(p));
  leave(p, &level);
  *out = function_expr(p, name, first, 1, operand);
  return VONK_OK;
}

static STATUS parse_binary(struct parser *p, uint8_t least, struct vonk_expr **out) {
  uint32_t first = p->position;
  uint8_t level;
  const char *name;
  TRY(parse_unary(p, out));
  while ((level = operator_at(p, &name)) >= least && level > 0) {
    struct level frame;
    struct vonk_expr *right;
    p->position++;
    TRY(enter(p, &frame));
    TRY(parse_binary(p, level + 1, &right));
    leave(p, &frame);
    TRY(grow(p));
    *out = function_expr(p, name ? name : "==", first, 2, *out, right);
    if (name) continue;
    TRY(grow(p));
    *out = function_expr(p, "not", first, 1, *out);
  }
  return VONK_OK;
}

STATUS parse_operand(struct parser *p, struct vonk_expr **out) {
  struct level level;
  TRY(enter(p, &level));
  TRY(parse_binary(p, LEVEL_COMPARISON, out));
  leave(p, &level);
  return VONK_OK;
}

/* --- predicates --- */

static STATUS parse_is(struct parser *p, uint32_t first, struct vonk_expr **expr) {
  bool negated = accept_word(p, WORD_NOT) || accept_symbol(p, SYMBOL_BANG);
  const char *test = negated ? "isnotnull" : "isnull";
  struct vonk_expr *right;
  if (at_word(p, WORD_NULL) || at_word(p, WORD_UNKNOWN)) {
    p->position++;
    *expr = function_expr(p, test, first, 1, *expr);
    return VONK_OK;
  }
  if (at_word(p, WORD_TRUE) || at_word(p, WORD_FALSE)) {
    uint32_t literal = p->position++;
    right = literal_expr(p, vonk_value_integer(&vonk_type_boolean, is_word(&p->tokens[literal], WORD_TRUE)), literal);
  } else {
    TRY(expect_word(p, WORD_DISTINCT));
    TRY(expect_word(p, WORD_FROM));
    TRY(parse_operand(p, &right));
    negated = !negated;
  }
  *expr = negate(p, negated, first, function_expr(p, "<=>", first, 2, *expr, right));
  return VONK_OK;
}

/* The values on the left of IN (query): the parts of a row. */
static struct vonk_exprs row_parts(struct parser *p, struct vonk_expr *expr) {
  struct vonk_expr_function *function = EXPR_AS(expr, function);
  bool row = function && function->name.count == 1 && vonk_str_equal(function->name.parts[0], STR("struct")) &&
             expr->node.origin && expr->node.origin->text.data[expr->node.origin->start] == '(';
  if (row) return function->arguments;
  struct vonk_expr **items = ARENA_NEW(p->arena, struct vonk_expr *);
  items[0] = expr;
  return (struct vonk_exprs){items, 1};
}

static STATUS parse_in(struct parser *p, uint32_t first, bool negated, struct vonk_expr **expr) {
  uint32_t predicate = p->position - 1 - negated;
  if (at_symbol(p, SYMBOL_OPEN) && at_query(p, 1)) {
    struct vonk_relation *query;
    TRY(parse_parenthesised_query(p, &query));
    struct vonk_expr_subquery *subquery = EXPR_NEW(p->arena, subquery, place(p, first));
    subquery->kind = VONK_SUBQUERY_IN;
    subquery->plan = &query->node;
    subquery->values = row_parts(p, *expr);
    *expr = negate(p, negated, first, &subquery->expr);
    return VONK_OK;
  }
  struct expr_list items = {0};
  *ARRAY_PUSH(p->arena, &items) = *expr;
  TRY(expect_symbol(p, SYMBOL_OPEN));
  if (accept_symbol(p, SYMBOL_CLOSE)) return fail(p, predicate, VONK_INVALID_SQL_SYNTAX__EMPTY_IN_PREDICATE, NULL, STR(""));
  TRY(parse_expressions(p, &items));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  struct vonk_expr *in = function_expr(p, "in", first, 0);
  EXPR_AS(in, function)->arguments = exprs_of(items);
  *expr = negate(p, negated, first, in);
  return VONK_OK;
}

static STATUS parse_between(struct parser *p, uint32_t first, bool negated, struct vonk_expr **expr) {
  struct vonk_expr *low, *high;
  TRY(parse_operand(p, &low));
  TRY(expect_word(p, WORD_AND));
  TRY(parse_operand(p, &high));
  *expr = negate(p, negated, first, function_expr(p, "between", first, 3, *expr, low, high));
  return VONK_OK;
}

/* Halves, so that depth is the logarithm of the count. */
static struct vonk_expr *balance(struct parser *p, const char *name, uint32_t first, struct vonk_expr **items, size_t low, size_t high) {
  if (low == high) return items[low];
  size_t middle = low + (high - low) / 2;
  struct vonk_expr *left = balance(p, name, first, items, low, middle), *right = balance(p, name, first, items, middle + 1, high);
  return function_expr(p, name, first, 2, left, right);
}

/* LIKE ANY (a, b): each pattern by itself, joined by OR or AND. */
static STATUS parse_like_list(struct parser *p, uint32_t first, const char *name, bool negated, bool all, struct vonk_expr **expr) {
  struct expr_list patterns = {0};
  uint32_t predicate = p->position - 2 - negated;
  TRY(expect_symbol(p, SYMBOL_OPEN));
  if (accept_symbol(p, SYMBOL_CLOSE)) {
    return fail(p, predicate, VONK__LEGACY_ERROR_TEMP_0064, "msg", STR("Expected something between '(' and ')'."));
  }
  TRY(parse_expressions(p, &patterns));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  for (size_t i = 0; i < patterns.count; i++) {
    patterns.items[i] = negate(p, negated, first, function_expr(p, name, first, 2, *expr, patterns.items[i]));
  }
  *expr = balance(p, all ? "and" : "or", first, patterns.items, 0, patterns.count - 1);
  return VONK_OK;
}

static STATUS parse_like(struct parser *p, uint32_t first, const char *name, bool negated, struct vonk_expr **expr) {
  bool quantified = at_word(p, WORD_ANY) || at_word(p, WORD_SOME) || at_word(p, WORD_ALL);
  if (quantified && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) {
    bool all = at_word(p, WORD_ALL);
    p->position++;
    return parse_like_list(p, first, name, negated, all, expr);
  }
  struct vonk_expr *pattern, *escape;
  TRY(parse_operand(p, &pattern));
  if (!accept_word(p, WORD_ESCAPE)) {
    *expr = negate(p, negated, first, function_expr(p, name, first, 2, *expr, pattern));
    return VONK_OK;
  }
  uint32_t at = p->position;
  TRY(parse_string_expr(p, &escape));
  struct vonk_str text = EXPR_AS(escape, literal)->value.text;
  if (vonk_utf8_count(text) != 1) return fail(p, at, VONK_INVALID_ESC, "invalidEscape", vonk_str_format(p->arena, "'" STR_FMT "'", STR_ARG(text)));
  *expr = negate(p, negated, first, function_expr(p, name, first, 3, *expr, pattern, escape));
  return VONK_OK;
}

static STATUS parse_predicate(struct parser *p, struct vonk_expr **out) {
  TRY(parse_binary(p, LEVEL_COMPARISON, out));
  /* Errors point at the predicate without its left side. */
  uint32_t first = p->position;
  if (accept_word(p, WORD_IS)) return parse_is(p, first, out);
  bool negated = at_word(p, WORD_NOT) || at_symbol(p, SYMBOL_BANG);
  const struct token *word = peek_at(p, negated);
  if (word->kind != TOKEN_WORD) return VONK_OK;
  switch (word->word) {
    case WORD_IN:
    case WORD_BETWEEN:
    case WORD_LIKE:
    case WORD_ILIKE:
    case WORD_RLIKE:
    case WORD_REGEXP: break;
    default: return VONK_OK;
  }
  p->position += negated + 1u;
  switch (word->word) {
    case WORD_IN: return parse_in(p, first, negated, out);
    case WORD_BETWEEN: return parse_between(p, first, negated, out);
    case WORD_LIKE: return parse_like(p, first, "like", negated, out);
    case WORD_ILIKE: return parse_like(p, first, "ilike", negated, out);
    default: {
      struct vonk_expr *pattern;
      TRY(parse_operand(p, &pattern));
      *out = negate(p, negated, first, function_expr(p, "rlike", first, 2, *out, pattern));
      return VONK_OK;
    }
  }
}

/* --- NOT, AND, OR --- */

static STATUS parse_not(struct parser *p, struct vonk_expr **out) {
  struct level level;
  uint32_t first = p->position;
  TRY(enter(p, &level));
  bool negation = at_symbol(p, SYMBOL_BANG) || (at_word(p, WORD_NOT) && !is_symbol(peek_at(p, 1), SYMBOL_COMMA));
  if (negation) {
    p->position++;
    TRY(parse_not(p, out));
    *out = function_expr(p, "not", first, 1, *out);
  } else {
    TRY(parse_predicate(p, out));
    TRY(grow(p));
  }
  TRY(grow(p));
  leave(p, &level);
  return VONK_OK;
}

static STATUS parse_chain(struct parser *p, enum keyword word, struct vonk_expr **out) {
  uint32_t first = p->position;
  struct expr_list items = {0};
  for (;;) {
    if (word == WORD_OR) TRY(parse_chain(p, WORD_AND, out));
    else TRY(parse_not(p, out));
    if (items.count == 0 && !at_word(p, word)) return VONK_OK;
    *ARRAY_PUSH(p->arena, &items) = *out;
    if (!accept_word(p, word)) break;
  }
  for (size_t left = items.count; left > 1; left = (left + 1) / 2) TRY(grow(p));
  *out = balance(p, word == WORD_OR ? "or" : "and", first, items.items, 0, items.count - 1);
  return VONK_OK;
}

STATUS parse_expression(struct parser *p, struct vonk_expr **out) {
  struct level level;
  TRY(enter(p, &level));
  TRY(parse_chain(p, WORD_OR, out));
  leave(p, &level);
  return VONK_OK;
}

STATUS parse_expressions(struct parser *p, struct expr_list *out) {
  do {
    struct vonk_expr *item;
    TRY(parse_expression(p, &item));
    *ARRAY_PUSH(p->arena, out) = item;
  } while (accept_symbol(p, SYMBOL_COMMA));
  return VONK_OK;
}

STATUS parse_named_expression(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position;
  TRY(parse_expression(p, out));
  bool as = accept_word(p, WORD_AS);
  struct vonk_name names;
  if (at_symbol(p, SYMBOL_OPEN) && (as || is_name(p, peek_at(p, 1)))) {
    TRY(parse_name_list(p, true, &names));
  } else if (as || at_column_alias(p)) {
    struct vonk_str *name = ARENA_NEW(p->arena, struct vonk_str);
    TRY(parse_identifier(p, name));
    names = (struct vonk_name){name, 1};
  } else {
    return VONK_OK;
  }
  struct vonk_expr_alias *alias = EXPR_NEW(p->arena, alias, place(p, first));
  alias->child = *out;
  alias->names = names;
  *out = &alias->expr;
  return VONK_OK;
}
