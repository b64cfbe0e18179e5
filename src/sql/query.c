/* query.c: WITH, set operations, and what orders and cuts a result. */
#include "sql/parser_internal.h"

/* Words that may follow a query in parentheses when the whole is a query again. */
static bool continues_query(const struct token *token) {
  if (is_symbol(token, SYMBOL_CLOSE)) return true;
  if (token->kind != TOKEN_WORD) return false;
  switch (token->word) {
    case WORD_UNION:
    case WORD_EXCEPT:
    case WORD_MINUS:
    case WORD_INTERSECT:
    case WORD_ORDER:
    case WORD_SORT:
    case WORD_CLUSTER:
    case WORD_DISTRIBUTE:
    case WORD_LIMIT:
    case WORD_OFFSET: return true;
    default: return false;
  }
}

static bool begins_query(const struct parser *p, uint32_t at) {
  const struct token *token = &p->tokens[at], *next = at + 1 < p->count ? token + 1 : token;
  if (token->kind != TOKEN_WORD) return false;
  switch (token->word) {
    case WORD_SELECT: return next->kind != TOKEN_SYMBOL || !(next->word == SYMBOL_CLOSE || next->word == SYMBOL_COMMA || next->word == SYMBOL_DOT);
    case WORD_WITH: {
      const struct token *behind = at + 2 < p->count ? token + 2 : next;
      if (is_symbol(behind, SYMBOL_CLOSE) || is_symbol(behind, SYMBOL_COMMA)) return false;
      return is_name(p, next);
    }
    case WORD_FROM: return is_name(p, next) || is_symbol(next, SYMBOL_OPEN);
    case WORD_VALUES: return next->kind != TOKEN_END && (next->kind != TOKEN_SYMBOL || next->word == SYMBOL_OPEN || next->word == SYMBOL_MINUS) &&
                             !is_word(next, WORD_FROM) && !is_word(next, WORD_AS);
    case WORD_TABLE: return is_name(p, next);
    default: return false;
  }
}

bool at_query(const struct parser *p, uint32_t ahead) {
  uint32_t at = p->position + ahead, depth = 0;
  if (at >= p->count) return false;
  while (is_symbol(&p->tokens[at + depth], SYMBOL_OPEN)) {
    if (++depth > VONK_NODE_DEPTH_MAX) return false;
  }
  if (!begins_query(p, at + depth)) return false;
  /* ((SELECT 1) + 2) is no query: what stands behind each inner parenthesis tells. */
  for (; depth > 0; depth--) {
    uint32_t close = p->close[at + depth - 1];
    const struct token *next = &p->tokens[close + 1 < p->count ? close + 1 : close];
    bool whole = depth == 1 && ahead == 0;
    if (!whole && !continues_query(next)) return false;
  }
  return true;
}

STATUS parse_parenthesised_query(struct parser *p, struct vonk_relation **out) {
  TRY(expect_symbol(p, SYMBOL_OPEN));
  TRY(parse_query(p, out));
  return expect_symbol(p, SYMBOL_CLOSE);
}

/* --- WITH --- */

static STATUS parse_definition(struct parser *p, struct vonk_relation_with_cte *with, struct node_list *definitions) {
  uint32_t first = p->position;
  struct vonk_relation_subquery_alias *alias = RELATION_NEW(p->arena, subquery_alias, NULL);
  TRY(parse_identifier(p, &alias->alias));
  TRY(parse_name_list(p, false, &alias->column_aliases));
  if (at_text(p, 0, "max") && at_text(p, 1, "recursion") && at_text(p, 2, "level")) {
    p->position += 3;
    TRY(parse_integer(p, &with->max_depth));
  }
  if (with->max_depth >= 0 && !with->recursive) {
    return fail(p, first, VONK__LEGACY_ERROR_TEMP_0035, "message", STR("Cannot specify MAX RECURSION LEVEL when the CTE is not marked as RECURSIVE"));
  }
  accept_word(p, WORD_AS);
  TRY(parse_parenthesised_query(p, &alias->input));
  alias->relation.node.origin = place(p, first);
  for (size_t i = 0; i < definitions->count; i++) {
    struct vonk_relation_subquery_alias *other = RELATION_AS(definitions->items[i], subquery_alias);
    if (!vonk_str_equal_nocase(other->alias, alias->alias)) continue;
    return fail(p, first, VONK_DUPLICATED_CTE_NAMES, "duplicateNames", vonk_type_quote(p->arena, alias->alias));
  }
  *ARRAY_PUSH(p->arena, definitions) = &alias->relation.node;
  return VONK_OK;
}

STATUS parse_with(struct parser *p, struct vonk_relation_with_cte **out) {
  uint32_t first = p->position++;
  struct node_list definitions = {0};
  struct vonk_relation_with_cte *with = RELATION_NEW(p->arena, with_cte, NULL);
  with->max_depth = -1;
  bool recursive = at_word(p, WORD_RECURSIVE) && is_name(p, peek_at(p, 1)) && !is_word(peek_at(p, 1), WORD_AS);
  if (recursive) p->position++;
  with->recursive = recursive;
  do {
    TRY(parse_definition(p, with, &definitions));
  } while (accept_symbol(p, SYMBOL_COMMA));
  with->definitions = nodes_of(definitions);
  with->relation.node.origin = place(p, first);
  *out = with;
  return VONK_OK;
}

/* --- set operations --- */

static STATUS parse_table_query(struct parser *p, struct vonk_relation **out) {
  uint32_t first = p->position++;
  struct vonk_name name;
  TRY(parse_name(p, &name));
  struct vonk_relation_read *read = RELATION_NEW(p->arena, read, place(p, first));
  read->name = name;
  *out = &read->relation;
  return VONK_OK;
}

/* FROM t SELECT a */
static STATUS parse_from_first(struct parser *p, struct vonk_relation **out) {
  struct vonk_relation *from;
  uint32_t first = p->position++;
  TRY(parse_from(p, &from));
  if (at_word(p, WORD_INSERT)) return fail_unsupported(p, first, "FROM with INSERT");
  if (!at_word(p, WORD_SELECT)) {
    if (at_word(p, WORD_MAP) || at_word(p, WORD_REDUCE)) return fail_unsupported(p, first, "MAP and REDUCE with scripts");
    return fail_syntax(p);
  }
  return parse_select(p, from, out);
}

static STATUS parse_query_primary(struct parser *p, struct vonk_relation **out) {
  if (at_word(p, WORD_SELECT)) return parse_select(p, NULL, out);
  if (at_word(p, WORD_VALUES)) return parse_values(p, out);
  if (at_word(p, WORD_FROM)) return parse_from_first(p, out);
  if (at_word(p, WORD_TABLE)) return parse_table_query(p, out);
  if (at_symbol(p, SYMBOL_OPEN)) return parse_parenthesised_query(p, out);
  return fail_syntax(p);
}

static bool set_op_at(const struct parser *p, int32_t *op) {
  if (at_word(p, WORD_UNION)) *op = VONK_SET_UNION;
  else if (at_word(p, WORD_INTERSECT)) *op = VONK_SET_INTERSECT;
  else if (at_word(p, WORD_EXCEPT) || at_word(p, WORD_MINUS)) *op = VONK_SET_EXCEPT;
  else return false;
  return true;
}

/* INTERSECT binds closer than UNION and EXCEPT. */
static STATUS parse_set_ops(struct parser *p, bool only_intersect, struct vonk_relation **out) {
  uint32_t first = p->position;
  bool inner = !only_intersect && !p->options.set_ops_left_to_right;
  struct level level;
  int32_t op;
  TRY(enter(p, &level));
  TRY(inner ? parse_set_ops(p, true, out) : parse_query_primary(p, out));
  while (set_op_at(p, &op) && (!only_intersect || op == VONK_SET_INTERSECT)) {
    struct vonk_relation_set_op *set_op = RELATION_NEW(p->arena, set_op, NULL);
    p->position++;
    set_op->op = op;
    set_op->left = *out;
    set_op->is_all = accept_word(p, WORD_ALL);
    if (!set_op->is_all) accept_word(p, WORD_DISTINCT);
    if (op == VONK_SET_UNION && at_text(p, 0, "by") && at_word(p, WORD_BY) && is_word(peek_at(p, 1), WORD_NAME)) {
      p->position += 2;
      set_op->by_name = true;
    }
    TRY(inner ? parse_set_ops(p, true, &set_op->right) : parse_query_primary(p, &set_op->right));
    set_op->relation.node.origin = place(p, first);
    *out = &set_op->relation;
    TRY(grow(p));
  }
  leave(p, &level);
  return VONK_OK;
}

/* --- ORDER BY ... OFFSET --- */

static struct vonk_relation *sorted(struct parser *p, uint32_t first, struct vonk_relation *input, struct vonk_exprs order, bool is_global) {
  struct vonk_relation_sort *sort = RELATION_NEW(p->arena, sort, place(p, first));
  sort->input = input;
  sort->order = order;
  sort->is_global = is_global;
  return &sort->relation;
}

static STATUS parse_distribution(struct parser *p, uint32_t first, struct vonk_relation **relation) {
  struct expr_list by = {0};
  TRY(parse_expressions(p, &by));
  struct vonk_relation_repartition *repartition = RELATION_NEW(p->arena, repartition, place(p, first));
  repartition->input = *relation;
  repartition->shuffle = true;
  repartition->by = exprs_of(by);
  *relation = &repartition->relation;
  return VONK_OK;
}

static STATUS parse_cluster(struct parser *p, uint32_t first, struct vonk_relation **relation) {
  TRY(parse_distribution(p, first, relation));
  struct vonk_exprs by = RELATION_AS(*relation, repartition)->by, order = {ARENA_ARRAY(p->arena, struct vonk_expr *, by.count), by.count};
  for (uint32_t i = 0; i < by.count; i++) {
    struct vonk_expr_sort_order *item = EXPR_NEW(p->arena, sort_order, by.items[i]->node.origin);
    item->child = by.items[i];
    order.items[i] = &item->expr;
  }
  *relation = sorted(p, first, *relation, order, false);
  return VONK_OK;
}

static STATUS parse_ordering(struct parser *p, struct vonk_relation **relation) {
  uint32_t first = p->position, count = 0;
  struct vonk_exprs order;
  for (;; count++) {
    bool global = at_words(p, WORD_ORDER, WORD_BY), sort = at_words(p, WORD_SORT, WORD_BY);
    bool cluster = at_words(p, WORD_CLUSTER, WORD_BY), distribute = at_words(p, WORD_DISTRIBUTE, WORD_BY);
    if (!global && !sort && !cluster && !distribute) return VONK_OK;
    /* Only DISTRIBUTE BY and SORT BY go together. */
    if (count && !(count == 1 && sort && RELATION_IS(*relation, repartition))) {
      return fail(p, first, VONK_UNSUPPORTED_FEATURE__COMBINATION_QUERY_RESULT_CLAUSES, NULL, STR(""));
    }
    p->position += 2;
    if (cluster) {
      TRY(parse_cluster(p, first, relation));
    } else if (distribute) {
      TRY(parse_distribution(p, first, relation));
    } else {
      TRY(parse_sort_items(p, &order));
      *relation = sorted(p, first, *relation, order, global);
    }
  }
}

static STATUS parse_limits(struct parser *p, struct vonk_relation **relation) {
  uint32_t first = p->position, last = first;
  struct vonk_expr *count = NULL;
  bool limited = accept_word(p, WORD_LIMIT);
  if (limited && !accept_word(p, WORD_ALL)) TRY(parse_expression(p, &count));
  last = p->position;
  if (accept_word(p, WORD_OFFSET)) {
    struct vonk_expr *skipped;
    TRY(parse_expression(p, &skipped));
    struct vonk_relation_offset *offset = RELATION_NEW(p->arena, offset, place(p, last));
    offset->input = *relation;
    offset->count = skipped;
    *relation = &offset->relation;
  }
  if (!limited) return VONK_OK;
  struct vonk_relation_limit *limit = RELATION_NEW(p->arena, limit, place(p, first));
  limit->input = *relation;
  limit->count = count;
  *relation = &limit->relation;
  return VONK_OK;
}

static STATUS parse_query_here(struct parser *p, struct vonk_relation **out) {
  struct vonk_relation_with_cte *with = NULL;
  if (at_word(p, WORD_WITH)) TRY(parse_with(p, &with));
  TRY(parse_set_ops(p, false, out));
  TRY(parse_ordering(p, out));
  if (at_word(p, WORD_WINDOW) && is_word(peek_at(p, 2), WORD_AS)) TRY(parse_window_clause(p, *out, out));
  TRY(parse_limits(p, out));
  if (at_symbol(p, SYMBOL_PIPE_GREATER)) return fail_unsupported(p, p->position, "pipe syntax (|>)");
  if (!with) return VONK_OK;
  with->body = *out;
  *out = &with->relation;
  return VONK_OK;
}

STATUS parse_query(struct parser *p, struct vonk_relation **out) {
  struct level level;
  TRY(enter(p, &level));
  TRY(parse_query_here(p, out));
  for (int layer = 0; layer < 4; layer++) TRY(grow(p));
  leave(p, &level);
  return VONK_OK;
}
