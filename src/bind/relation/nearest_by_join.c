/* nearest_by_join.c: each left row with the right rows of the best rank: a numbering of all pairs, cut at the number asked for. */
#include "bind/rewrite.h"

struct nearest {
  const struct vonk_relation_nearest_by_join *node;
  const struct bind_scope *outer;
  struct vonk_relation *left, *right;
  struct vonk_expr *ranking;
  bool is_left;
};

static void add_columns(struct binder *b, const struct vonk_relation *relation, struct make_exprs *out) {
  for (uint32_t i = 0; i < relation->column_count; i++) {
    if (!relation->columns[i].hidden) *ARRAY_PUSH(b->arena, out) = bind_reference(b, &relation->columns[i], NULL);
  }
}

static STATUS bind_ranking(struct binder *b, struct nearest *n) {
  struct bind_scope scope = {.outer = n->outer};
  uint32_t left = n->left->column_count, right = n->right->column_count;
  struct vonk_plan_column *columns = ARENA_ARRAY(b->arena, struct vonk_plan_column, (size_t)left + right);
  memcpy(columns, n->left->columns, left * sizeof *columns);
  memcpy(columns + left, n->right->columns, right * sizeof *columns);
  scope.columns = (struct bind_columns){columns, left + right};
  TRY(bind_expr(b, &scope, n->node->ranking, &n->ranking));
  const struct vonk_origin *origin = n->node->relation.node.origin;
  struct vonk_str shown = bind_quote_expr(b, n->ranking);
  if (bind_find(&n->ranking->node, false, bind_test_aggregate, NULL)) return vonk_raise(b->task, VONK_UNSUPPORTED_EXPR_FOR_OPERATOR, origin, "invalidExprSqls", shown, NULL);
  if (vonk_type_is_orderable(n->ranking->type)) return VONK_OK;
  return vonk_raise(b->task, VONK_NEAREST_BY_JOIN__NON_ORDERABLE_RANKING_EXPRESSION, origin, "expression", shown, "type", bind_quote_type(b, n->ranking->type), NULL);
}

/* row_number() OVER (PARTITION BY row ORDER BY ranking) */
static struct vonk_expr *number_of(struct binder *b, const struct nearest *n, struct vonk_expr *row) {
  struct vonk_expr_window *window = EXPR_NEW(b->arena, window, n->node->relation.node.origin);
  struct make_exprs partition = {0}, order = {0};
  struct vonk_expr_sort_order *key = EXPR_NEW(b->arena, sort_order, NULL);
  key->child = n->ranking;
  key->descending = vonk_str_equal_nocase(n->node->direction, STR("similarity"));
  key->nulls = 2;
  *ARRAY_PUSH(b->arena, &partition) = row;
  *ARRAY_PUSH(b->arena, &order) = &key->expr;
  window->function = make_call_of(b, "row_number", 0, NULL);
  window->partition = make_list(&partition);
  window->order = make_list(&order);
  return &window->expr;
}

STATUS bind_nearest_by_join(struct binder *b, const struct vonk_relation_nearest_by_join *join, const struct bind_scope *outer, struct vonk_relation **out) {
  struct nearest n = {.node = join, .outer = outer};
  const struct vonk_origin *origin = join->relation.node.origin;
  struct vonk_str type = vonk_str_lower(b->arena, join->join_type);
  struct vonk_relation *rows;
  struct make_exprs with_row = {0}, pairs = {0};
  n.is_left = vonk_str_equal(type, STR("left")) || vonk_str_equal(type, STR("leftouter")) || vonk_str_equal(type, STR("left_outer"));
  TRY(bind_input(b, join->left, outer, &n.left));
  TRY(bind_input(b, join->right, outer, &n.right));
  n.right = bind_without_conflicts(b, n.left, n.right);
  TRY(bind_ranking(b, &n));
  add_columns(b, n.left, &with_row);
  *ARRAY_PUSH(b->arena, &with_row) = make_alias(b, make_call_of(b, "monotonically_increasing_id", 0, NULL), STR("_row"));
  TRY(bind_rewritten(b, make_project(b, n.left, make_list(&with_row), origin), outer, &rows));
  struct vonk_expr *row = bind_reference(b, &rows->columns[rows->column_count - 1], origin);
  struct vonk_relation_join *all = RELATION_NEW(b->arena, join, origin);
  all->left = rows;
  all->right = n.right;
  all->join_type = n.is_left ? VONK_JOIN_LEFT : VONK_JOIN_INNER;
  all->condition = make_call(b, "isnotnull", n.ranking); /* rows without a rank are none */
  TRY(bind_rewritten(b, &all->relation, outer, &rows));
  add_columns(b, n.left, &pairs);
  add_columns(b, n.right, &pairs);
  *ARRAY_PUSH(b->arena, &pairs) = make_alias(b, number_of(b, &n, row), STR("_rank"));
  TRY(bind_rewritten(b, make_project(b, rows, make_list(&pairs), origin), outer, &rows));
  struct vonk_expr *rank = bind_reference(b, &rows->columns[rows->column_count - 1], origin);
  TRY(bind_rewritten(b, make_filter(b, rows, make_call(b, "<=", rank, make_int(b, join->results)), origin), outer, &rows));
  *out = bind_first_columns(b, rows, rows->column_count - 1);
  return VONK_OK;
}
