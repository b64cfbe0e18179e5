/* select.c: SELECT ... FROM ... WHERE ... GROUP BY ... HAVING ... WINDOW, and VALUES. */
#include "sql/parser_internal.h"

/* --- hints --- */

struct hint { struct vonk_str name; struct vonk_exprs parameters; uint32_t first; };
struct hint_list { struct hint *items; size_t count, capacity; };

/* BROADCAST(a, b), COALESCE(3) ... up to the end of the comment. */
static STATUS parse_hints(struct parser *p, struct hint_list *hints) {
  while (accept_symbol(p, SYMBOL_HINT_OPEN)) {
    while (!accept_symbol(p, SYMBOL_HINT_CLOSE)) {
      struct hint *hint = ARRAY_PUSH(p->arena, hints);
      struct expr_list parameters = {0};
      hint->first = p->position;
      TRY(parse_identifier(p, &hint->name));
      if (accept_symbol(p, SYMBOL_OPEN)) {
        if (!at_symbol(p, SYMBOL_CLOSE)) TRY(parse_expressions(p, &parameters));
        TRY(expect_symbol(p, SYMBOL_CLOSE));
      }
      hint->parameters = exprs_of(parameters);
      accept_symbol(p, SYMBOL_COMMA);
    }
  }
  return VONK_OK;
}

static struct vonk_relation *hinted(struct parser *p, struct vonk_relation *relation, const struct hint_list *hints) {
  for (size_t i = hints->count; i-- > 0;) {
    struct vonk_relation_hint *hint = RELATION_NEW(p->arena, hint, place(p, hints->items[i].first));
    hint->input = relation;
    hint->name = hints->items[i].name;
    hint->parameters = hints->items[i].parameters;
    relation = &hint->relation;
  }
  return relation;
}

/* --- GROUP BY --- */

static STATUS parse_grouping_item(struct parser *p, bool in_sets, struct vonk_expr **out);

/* (a, b) or () as one set; a parenthesis that an expression begins with is not one. */
static bool at_grouping_set(const struct parser *p) {
  if (!at_symbol(p, SYMBOL_OPEN) || at_query(p, 1)) return false;
  uint32_t close = p->close[p->position];
  const struct token *next = &p->tokens[close + 1 < p->count ? close + 1 : close];
  return is_symbol(next, SYMBOL_COMMA) || is_symbol(next, SYMBOL_CLOSE);
}

static STATUS parse_grouping_set(struct parser *p, struct vonk_expr **out) {
  uint32_t first = p->position++;
  struct expr_list items = {0};
  if (!at_symbol(p, SYMBOL_CLOSE)) TRY(parse_expressions(p, &items));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  *out = function_expr(p, "grouping_set", first, 0);
  EXPR_AS(*out, function)->arguments = exprs_of(items);
  return VONK_OK;
}

/* The parenthesised list of ROLLUP, CUBE or GROUPING SETS as a function NAME. */
static STATUS parse_grouping_call(struct parser *p, uint32_t first, const char *name, bool sets, struct vonk_expr **out) {
  struct expr_list items = {0};
  uint32_t open = p->position, clause = first >= 2 && is_word(&p->tokens[first - 1], WORD_BY) ? first - 2 : first;
  TRY(expect_symbol(p, SYMBOL_OPEN));
  do {
    struct vonk_expr *item;
    if (!sets && at_symbol(p, SYMBOL_OPEN) && is_symbol(peek_at(p, 1), SYMBOL_CLOSE)) {
      p->position = p->close[open] + 1u;
      return fail(p, clause, VONK__LEGACY_ERROR_TEMP_0051, "element", vonk_str_upper(p->arena, vonk_str_of(name)));
    }
    if (at_grouping_set(p)) TRY(parse_grouping_set(p, &item));
    else if (sets) TRY(parse_grouping_item(p, true, &item));
    else TRY(parse_expression(p, &item));
    *ARRAY_PUSH(p->arena, &items) = item;
  } while (accept_symbol(p, SYMBOL_COMMA));
  TRY(expect_symbol(p, SYMBOL_CLOSE));
  *out = function_expr(p, name, first, 0);
  EXPR_AS(*out, function)->arguments = exprs_of(items);
  return VONK_OK;
}

static STATUS parse_grouping_item(struct parser *p, bool in_sets, struct vonk_expr **out) {
  struct level level;
  uint32_t first = p->position;
  bool sets = at_words(p, WORD_GROUPING, WORD_SETS);
  bool call = is_symbol(peek_at(p, 1), SYMBOL_OPEN) && (at_word(p, WORD_ROLLUP) || at_word(p, WORD_CUBE));
  TRY(enter(p, &level));
  if (sets || call) {
    const char *name = sets ? "grouping_sets" : at_word(p, WORD_CUBE) ? "cube" : "rollup";
    p->position += sets ? 2 : 1;
    TRY(parse_grouping_call(p, first, name, sets, out));
  } else {
    TRY(parse_expression(p, out));
    if (in_sets) *out = function_expr(p, "grouping_set", first, 1, *out);
  }
  TRY(grow(p));
  leave(p, &level);
  return VONK_OK;
}

static int32_t grouping_of(const struct vonk_expr *item) {
  const struct vonk_expr_function *function = EXPR_IS(item, function) ? (const struct vonk_expr_function *)item : NULL;
  /* Only our own names, which are static: a call `rollup(a)` is never read as an ordinary function here. */
  if (!function || function->name.count != 1) return VONK_GROUP_BY;
  struct vonk_str name = function->name.parts[0];
  if (vonk_str_equal(name, STR("grouping_sets"))) return VONK_GROUP_SETS;
  if (vonk_str_equal(name, STR("rollup"))) return VONK_GROUP_ROLLUP;
  return vonk_str_equal(name, STR("cube")) ? VONK_GROUP_CUBE : VONK_GROUP_BY;
}

static STATUS parse_group_by(struct parser *p, struct vonk_relation_aggregate *aggregate) {
  struct expr_list group = {0};
  bool all = at_word(p, WORD_ALL) && !is_symbol(peek_at(p, 1), SYMBOL_DOT) && !is_symbol(peek_at(p, 1), SYMBOL_OPEN) &&
             !is_symbol(peek_at(p, 1), SYMBOL_COMMA);
  if (all) {
    p->position++;
    aggregate->grouping = VONK_GROUP_ALL;
    return VONK_OK;
  }
  do {
    struct vonk_expr *item;
    TRY(parse_grouping_item(p, false, &item));
    *ARRAY_PUSH(p->arena, &group) = item;
  } while (accept_symbol(p, SYMBOL_COMMA));
  aggregate->group = exprs_of(group);
  int32_t single = group.count == 1 ? grouping_of(group.items[0]) : VONK_GROUP_BY;
  if (single != VONK_GROUP_BY) {
    aggregate->grouping = single;
    aggregate->group = EXPR_AS(group.items[0], function)->arguments;
  } else if (at_words(p, WORD_WITH, WORD_ROLLUP) || at_words(p, WORD_WITH, WORD_CUBE)) {
    aggregate->grouping = is_word(peek_at(p, 1), WORD_CUBE) ? VONK_GROUP_CUBE : VONK_GROUP_ROLLUP;
    p->position += 2;
  } else if (at_words(p, WORD_GROUPING, WORD_SETS)) {
    struct vonk_expr *sets;
    TRY(parse_grouping_item(p, false, &sets));
    aggregate->listed = aggregate->group;
    aggregate->grouping = VONK_GROUP_SETS;
    aggregate->group = EXPR_AS(sets, function)->arguments;
  }
  return VONK_OK;
}

/* --- SELECT --- */

static STATUS parse_where(struct parser *p, struct vonk_relation **relation) {
  struct vonk_expr *condition;
  if (!accept_word(p, WORD_WHERE)) return VONK_OK;
  TRY(parse_expression(p, &condition));
  struct vonk_relation_filter *filter = RELATION_NEW(p->arena, filter, NULL); /* parse_select places it */
  filter->input = *relation;
  filter->condition = condition;
  *relation = &filter->relation;
  return VONK_OK;
}

static struct vonk_relation *deduplicated(struct parser *p, uint32_t first, struct vonk_relation *input) {
  struct vonk_relation_deduplicate *deduplicate = RELATION_NEW(p->arena, deduplicate, place(p, first));
  deduplicate->input = input;
  deduplicate->all_columns = true;
  return &deduplicate->relation;
}

/* HAVING without GROUP BY. */
static struct vonk_relation *having(struct parser *p, uint32_t first, struct vonk_relation *input, struct vonk_expr *condition) {
  if (p->options.having_as_where) {
    struct vonk_relation_project_star *project = RELATION_AS(input, project_star);
    struct vonk_relation_filter *filter = RELATION_NEW(p->arena, filter, place(p, first));
    filter->input = project->input;
    filter->condition = condition;
    project->input = &filter->relation;
    return input;
  }
  struct vonk_relation_having *node = RELATION_NEW(p->arena, having, place(p, first));
  node->input = input;
  node->condition = condition;
  return &node->relation;
}

/* GROUP BY, HAVING, WINDOW, and the node that makes the columns. */
static STATUS parse_select_tail(struct parser *p, uint32_t first, struct vonk_relation *input, struct vonk_exprs expressions,
                                struct vonk_relation **out) {
  struct vonk_relation_aggregate *aggregate = NULL;
  struct vonk_expr *condition = NULL;
  if (at_words(p, WORD_GROUP, WORD_BY)) {
    p->position += 2;
    aggregate = RELATION_NEW(p->arena, aggregate, NULL);
    TRY(parse_group_by(p, aggregate));
  }
  uint32_t having_first = p->position;
  if (accept_word(p, WORD_HAVING)) TRY(parse_expression(p, &condition));
  if (at_word(p, WORD_QUALIFY)) return fail_unsupported(p, p->position, "QUALIFY");
  if (at_word(p, WORD_WINDOW) && is_word(peek_at(p, 2), WORD_AS)) TRY(parse_window_clause(p, input, &input));
  if (aggregate) {
    aggregate->input = input;
    aggregate->expressions = expressions;
    aggregate->having = condition;
    aggregate->relation.node.origin = place(p, first);
    *out = &aggregate->relation;
    return VONK_OK;
  }
  struct vonk_relation_project_star *project = RELATION_NEW(p->arena, project_star, place(p, first));
  project->input = input;
  project->expressions = expressions;
  *out = condition ? having(p, having_first, &project->relation, condition) : &project->relation;
  return VONK_OK;
}

STATUS parse_select(struct parser *p, struct vonk_relation *from, struct vonk_relation **out) {
  uint32_t first = p->position++;
  struct hint_list hints = {0};
  struct expr_list expressions = {0};
  TRY(parse_hints(p, &hints));
  if (at_word(p, WORD_TRANSFORM) && is_symbol(peek_at(p, 1), SYMBOL_OPEN)) {
    const struct token *next = &p->tokens[p->close[p->position + 1]];
    next += next->kind != TOKEN_END;
    if (is_word(next, WORD_USING) || is_word(next, WORD_ROW)) return fail_unsupported(p, first, "SELECT TRANSFORM with scripts");
  }
  const struct token *next = peek_at(p, 1);
  bool quantified = !is_symbol(next, SYMBOL_COMMA) && !is_symbol(next, SYMBOL_DOT) && !is_word(next, WORD_FROM) && next->kind != TOKEN_END;
  bool distinct = quantified && accept_word(p, WORD_DISTINCT);
  if (!distinct && quantified) accept_word(p, WORD_ALL);
  do {
    struct vonk_expr *expr;
    TRY(parse_named_expression(p, &expr));
    *ARRAY_PUSH(p->arena, &expressions) = expr;
  } while (accept_symbol(p, SYMBOL_COMMA));
  if (!from && accept_word(p, WORD_FROM)) TRY(parse_from(p, &from));
  TRY(parse_where(p, &from));
  TRY(parse_select_tail(p, first, from, exprs_of(expressions), out));
  if (from && !from->node.origin) from->node.origin = place(p, first);
  if (distinct) *out = deduplicated(p, first, *out);
  *out = hinted(p, *out, &hints);
  for (int layer = 0; layer < 5; layer++) TRY(grow(p));
  return VONK_OK;
}

/* --- VALUES --- */

STATUS parse_values(struct parser *p, struct vonk_relation **out) {
  uint32_t first = p->position++;
  struct node_list rows = {0};
  do {
    struct vonk_expr *row;
    TRY(parse_expression(p, &row));
    *ARRAY_PUSH(p->arena, &rows) = &row->node;
  } while (accept_symbol(p, SYMBOL_COMMA));
  struct vonk_relation_values *values = RELATION_NEW(p->arena, values, place(p, first));
  values->rows = nodes_of(rows);
  *out = &values->relation;
  return parse_table_alias(p, out);
}
