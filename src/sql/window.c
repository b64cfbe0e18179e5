/* window.c: OVER, window specifications and frames, the WINDOW clause, and lists of sort orders. */
#include "sql/parser_internal.h"

STATUS parse_sort_items(struct parser *p, struct vonk_exprs *out) {
  struct expr_list items = {0};
  do {
    uint32_t first = p->position;
    struct vonk_expr *child;
    TRY(parse_expression(p, &child));
    bool descending = accept_word(p, WORD_DESC);
    if (!descending) accept_word(p, WORD_ASC);
    int32_t nulls = 0;
    if (at_word(p, WORD_NULLS) && (at_text(p, 1, "first") || at_text(p, 1, "last"))) {
      nulls = at_text(p, 1, "first") ? 1 : 2;
      p->position += 2;
    }
    struct vonk_expr_sort_order *order = EXPR_NEW(p->arena, sort_order, place(p, first));
    order->child = child;
    order->descending = descending;
    order->nulls = nulls;
    *ARRAY_PUSH(p->arena, &items) = &order->expr;
  } while (accept_symbol(p, SYMBOL_COMMA));
  *out = exprs_of(items);
  return VONK_OK;
}

static STATUS parse_bound(struct parser *p, bool upper, int32_t *bound, struct vonk_expr **value) {
  uint32_t first = p->position;
  *value = NULL;
  if (at_words(p, WORD_CURRENT, WORD_ROW)) {
    p->position += 2;
    *bound = VONK_BOUND_CURRENT;
    return VONK_OK;
  }
  if (at_word(p, WORD_UNBOUNDED)) {
    p->position++;
    *bound = VONK_BOUND_UNBOUNDED;
    if (at_word(p, WORD_PRECEDING) && upper) return fail_unsupported(p, first, "a frame that ends with UNBOUNDED PRECEDING");
    if (at_word(p, WORD_FOLLOWING) && !upper) return fail_unsupported(p, first, "a frame that starts with UNBOUNDED FOLLOWING");
    return accept_word(p, upper ? WORD_FOLLOWING : WORD_PRECEDING) ? VONK_OK : fail_syntax(p);
  }
  TRY(parse_expression(p, value));
  *bound = VONK_BOUND_VALUE;
  if (accept_word(p, WORD_PRECEDING)) *value = function_expr(p, "-", first, 1, *value);
  else TRY(expect_word(p, WORD_FOLLOWING));
  return VONK_OK;
}

static STATUS parse_frame(struct parser *p, struct vonk_expr_window *window) {
  bool rows = at_word(p, WORD_ROWS);
  if (!rows && !at_word(p, WORD_RANGE)) return VONK_OK;
  p->position++;
  window->frame_unit = rows ? VONK_FRAME_ROWS : VONK_FRAME_RANGE;
  bool between = accept_word(p, WORD_BETWEEN);
  TRY(parse_bound(p, false, &window->lower, &window->lower_value));
  window->upper = VONK_BOUND_CURRENT;
  if (!between) return VONK_OK;
  TRY(expect_word(p, WORD_AND));
  return parse_bound(p, true, &window->upper, &window->upper_value);
}

/* Behind the opening parenthesis, the closing one included. */
STATUS parse_window_specification(struct parser *p, struct vonk_expr_window *window) {
  struct expr_list partition = {0};
  bool cluster = at_words(p, WORD_CLUSTER, WORD_BY);
  bool partitioned = cluster || at_words(p, WORD_PARTITION, WORD_BY) || at_words(p, WORD_DISTRIBUTE, WORD_BY);
  if (partitioned) {
    p->position += 2;
    TRY(parse_expressions(p, &partition));
    window->partition = exprs_of(partition);
  } else if (is_name(p, peek(p)) && is_symbol(peek_at(p, 1), SYMBOL_CLOSE)) {
    TRY(parse_identifier(p, &window->reference));
  }
  if (!cluster && (accept_words(p, WORD_ORDER, WORD_BY) || accept_words(p, WORD_SORT, WORD_BY))) TRY(parse_sort_items(p, &window->order));
  TRY(parse_frame(p, window));
  return expect_symbol(p, SYMBOL_CLOSE);
}

STATUS parse_over(struct parser *p, struct vonk_expr *function, struct vonk_expr **out) {
  struct vonk_expr_window *window = EXPR_NEW(p->arena, window, NULL);
  uint32_t specification = ++p->position;
  window->function = function;
  if (accept_symbol(p, SYMBOL_OPEN)) TRY(parse_window_specification(p, window));
  else TRY(parse_identifier(p, &window->reference));
  TRY(grow(p));
  window->expr.node.origin = place(p, specification);
  *out = &window->expr;
  return VONK_OK;
}

STATUS parse_window_clause(struct parser *p, struct vonk_relation *input, struct vonk_relation **out) {
  uint32_t first = p->position++;
  struct expr_list definitions = {0};
  do {
    uint32_t at = p->position;
    struct vonk_str *name = ARENA_NEW(p->arena, struct vonk_str);
    TRY(parse_identifier(p, name));
    TRY(expect_word(p, WORD_AS));
    struct vonk_expr_window *window = EXPR_NEW(p->arena, window, place(p, at));
    if (accept_symbol(p, SYMBOL_OPEN)) TRY(parse_window_specification(p, window));
    else TRY(parse_identifier(p, &window->reference));
    for (size_t i = 0; i < definitions.count; i++) {
      if (!vonk_str_equal_nocase(EXPR_AS(definitions.items[i], alias)->names.parts[0], *name)) continue;
      return fail(p, at, VONK_INVALID_SQL_SYNTAX__REPETITIVE_WINDOW_DEFINITION, "windowName", *name);
    }
    struct vonk_expr_alias *alias = EXPR_NEW(p->arena, alias, place(p, at));
    alias->child = &window->expr;
    alias->names = (struct vonk_name){name, 1};
    *ARRAY_PUSH(p->arena, &definitions) = &alias->expr;
  } while (accept_symbol(p, SYMBOL_COMMA));
  struct vonk_relation_window_clause *clause = RELATION_NEW(p->arena, window_clause, place(p, first));
  clause->input = input;
  clause->definitions = exprs_of(definitions);
  *out = &clause->relation;
  return VONK_OK;
}
